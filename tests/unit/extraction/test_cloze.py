"""Questions with one blank: amounts are typed in or chosen, terms are chosen."""

from __future__ import annotations

from granulator.extraction import candidates, cloze
from granulator.extraction.cloze import Item
from tests.unit.extraction.samples import vocabulary

SENTENCE = "The great bell of the tower rings for {} minutes before every departure of the mail boat."


def amount(before: str = "", number: str = "25") -> Item | None:
    known = vocabulary(f"# Bells\n\n{before}{SENTENCE.format(number)}\n")
    found = candidates.candidates(known, known.reading.usable, {})
    return cloze.item(known, next(one for one in found if one.term.shape[0] == "number"))


def test_an_amount_in_every_other_sentence_is_typed_in():
    item = amount()

    assert item
    assert (item.kind, item.answer, item.options) == ("numeric", "25", ())
    assert item.stem == f"Which number is missing? {SENTENCE.format('_____')}"


def test_an_amount_in_the_sentences_between_is_chosen_from_four():
    item = amount(before="Nobody sleeps. ")

    assert item
    assert (item.kind, item.options[0]) == ("multiple_choice", "25")
    assert len({*item.options}) == 4
