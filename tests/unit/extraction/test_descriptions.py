"""Questions on definitions: for the term, for the meaning, and for pairs of both."""

from __future__ import annotations

import pytest

from granulator.extraction import descriptions, glossary
from granulator.extraction.cloze import Item
from tests.unit.extraction.samples import vocabulary

DEFINED = (
    "A sluice gate is a plate that slides upwards in iron.",
    "A tow rope is a line that pulls heavy barges along a canal.",
    "A pilot chart is a list of dangers and lights on the coast.",
    "A brass bell is a signal that warns small boats of fog.",
)


def single(*sentences: str, lists: str = "") -> list[Item]:
    known = vocabulary("# Harbour words\n\n" + "\n\n".join(sentences) + f"\n\n{lists}\n")
    every = [*glossary.definitions(known.reading), *descriptions.stated(known)]
    return list(descriptions.items(known.reading, every, 0, len(known.reading.document.blocks))[1])


def test_a_sentence_that_defines_is_asked_for_the_meaning_and_the_next_for_the_term():
    first, second, *_ = single(*DEFINED)

    assert (first.stem, first.answer) == (
        "What does the source say about \u201csluice gate\u201d?",
        "A plate that slides upwards in iron",
    )
    assert (second.stem, second.answer) == (
        "Which of these does the source describe as follows: a line that pulls heavy barges along a canal?",
        "tow rope",
    )
    assert set(second.options) == {"tow rope", "sluice gate", "pilot chart", "brass bell"}


def test_a_meaning_is_never_longer_than_every_wrong_one():
    for item in single(*DEFINED):
        if item.bloom == "understand":
            assert max(map(len, item.options[1:])) >= len(item.answer)


def test_the_longest_description_is_asked_for_its_term():
    longest = "A sluice gate is a plate that slides upwards inside a tall frame of iron."
    first = single(longest, *DEFINED[1:])[0]

    assert (first.answer, first.bloom) == ("sluice gate", "remember")


def test_a_meaning_that_names_its_term_is_not_asked_for():
    named = DEFINED[0].replace("a plate that slides", "a gate that slides")

    assert "sluice gate" not in {item.answer for item in single(named, *DEFINED[1:])}
    assert not [item for item in single(named, *DEFINED[1:]) if "\u201csluice gate\u201d" in item.stem]


def test_a_number_of_the_term_gives_it_away():
    texts = (
        "thick paper with grey rocks and deep water",
        "white cliffs drawn by a careful hand",
        "old piers seen from a passing barge",
        "flat sands where seals rest at noon",
    )
    rows = [f"- **chart{number}**: {text}" for number, text in enumerate(texts, 3)]
    told = [rows[0].replace("paper", "sheet 3"), *rows[1:]]

    def is_asked(lists: list[str]) -> bool:
        found = single(lists="\n".join(lists))
        return any(item.answer == "chart3" or "\u201cchart3\u201d" in item.stem for item in found)

    assert (is_asked(rows), is_asked(told)) == (True, False)


def test_too_few_definitions_of_one_kind_give_no_question():
    assert single(*DEFINED[:3]) == []


@pytest.mark.parametrize("title", ["SEE ALSO", "License", "Authors"])
def test_a_heading_of_boilerplate_is_no_term(title: str):
    lists = f"- **{title}**: the pages of the river board and the old canal company\n"
    known = vocabulary(f"# Words\n\n{lists}\n")

    assert glossary.definitions(known.reading) == ()
