"""Four statements side by side: one is false, or one is true."""

from __future__ import annotations

from granulator.extraction import comparisons
from granulator.extraction.cloze import Item
from granulator.extraction.sentences import Sentence
from tests.unit.extraction.samples import vocabulary

ROWS = (
    "The harbour clerk writes the name of every vessel into the ledger before supper.",
    "Barges of the harbour company never enter the stone basin at night in winter.",
    "The toll for salt barges is optional in the whole harbour of the upper valley.",
    "The harbour office keeps old maps of the breakwater for at most twenty summers.",
    "The harbour bell of the tower gives a signal at every departure of a mail boat.",
    "The fishermen of the harbour can dry nets beside the wooden crane of the market.",
)


def made(taken: tuple[str, ...] = ()) -> list[Item]:
    known = vocabulary("# Harbour\n\n" + "\n\n".join(ROWS) + "\n")

    def is_taken(sentence: Sentence) -> bool:
        return sentence.text in taken

    return list(comparisons.items(known, known.reading.usable, {}, is_taken))


def test_one_false_statement_stands_beside_three_of_the_source():
    item = next(one for one in made() if one.is_contrary)

    assert item.stem == "According to the part \u201cHarbour\u201d, which of these statements is false?"
    assert item.answer not in ROWS
    assert item.explanation in ROWS
    assert set(item.options[1:]) < set(ROWS) - {item.explanation}


def test_one_true_statement_stands_beside_three_made_false():
    item = next(one for one in made() if not one.is_contrary)

    assert item.stem.endswith("which of these statements is true?")
    assert item.answer == item.explanation
    assert set(item.options).intersection(ROWS) == {item.answer}


def test_the_spans_of_all_four_sentences_are_known():
    assert [len({(one.start, one.end), *one.others}) for one in made()] == [4, 4]


def test_a_sentence_asked_about_elsewhere_is_not_shown():
    assert all(ROWS[3] not in one.options for one in made((ROWS[3],)))
    assert made(ROWS[:3]) == []
