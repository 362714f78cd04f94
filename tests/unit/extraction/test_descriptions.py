"""Questions on definitions: for the term, for the meaning, and for pairs of both."""

from __future__ import annotations

import re

import pytest

from granulator.extraction import described, descriptions, glossary
from granulator.extraction.cloze import Item
from tests.unit.extraction.samples import vocabulary

DEFINED = (
    "A sluice gate is a plate of iron that slides in a canal.",
    "A tow rope is a line that pulls heavy barges along a canal.",
    "A pilot chart is a list of heavy dangers on the coast.",
    "A brass bell is a signal of iron that warns boats on the coast.",
)


def single(*sentences: str, lists: str = "") -> list[Item]:
    known = vocabulary("# Harbour words\n\n" + "\n\n".join(sentences) + f"\n\n{lists}\n")
    every = [*described.things(known.reading), *descriptions.stated(known)]
    return list(descriptions.items(every, 0, len(known.reading.document.blocks))[1])


def test_a_sentence_that_defines_is_asked_for_the_meaning_and_the_next_for_the_term():
    first, second, *_ = single(*DEFINED)

    assert (first.stem, first.answer) == (
        "What does the source say about \u201csluice gate\u201d?",
        "A plate of iron that slides in a canal",
    )
    assert (second.stem, second.answer) == (
        "Which of these terms is described as follows: \u201ca line that pulls heavy barges along a canal\u201d?",
        "tow rope",
    )
    assert set(second.options) == {"tow rope", "sluice gate", "pilot chart", "brass bell"}


def test_a_meaning_is_never_longer_than_every_wrong_one():
    for item in single(*DEFINED):
        if item.bloom == "understand":
            assert max(map(len, item.options[1:])) >= len(item.answer)


def test_the_longest_description_is_asked_for_its_term():
    longest = "A sluice gate is a plate of iron that slides slowly upwards inside the wall of a canal."
    first = single(longest, *DEFINED[1:])[0]

    assert (first.answer, first.bloom) == ("sluice gate", "remember")


def test_a_meaning_that_names_its_term_is_not_asked_for():
    named = DEFINED[0].replace("a plate of iron", "a gate of iron")

    assert "sluice gate" not in {item.answer for item in single(named, *DEFINED[1:])}
    assert not [item for item in single(named, *DEFINED[1:]) if "\u201csluice gate\u201d" in item.stem]


def test_a_number_of_the_term_gives_it_away():
    texts = (
        "thick paper with grey rocks and deep water",
        "white cliffs drawn by a steady hand",
        "old piers seen from a passing barge",
        "flat sands where seals rest at noon",
    )
    rows = [f"- **chart{number}**: {text}" for number, text in enumerate(texts, 3)]
    told = [rows[0].replace("paper", "sheet 3"), *rows[1:]]

    def is_asked(lists: list[str]) -> bool:
        found = single(lists="\n".join(lists))
        return any(item.answer == "chart3" or "\u201cchart3\u201d" in item.stem for item in found)

    assert (is_asked(rows), is_asked(told)) == (True, False)


def test_terms_that_nobody_would_take_for_each_other_are_not_asked_for():
    marks = ("straw", "cedar", "linen", "slate")
    shared = re.compile("iron|heavy|canal|coast")

    assert single(*(shared.sub(mark, sentence) for sentence, mark in zip(DEFINED, marks, strict=True))) == []


ACTING = (
    "`tide_rule` sets the hour before which the lock keeper counts a barge.",
    "`tide_mark` sets the place at which the lock keeper stops a barge.",
    "`tide_sign` sets the coins that a guild owes for a barge.",
)


def test_what_a_thing_does_is_told_of_another_one_to_be_judged():
    rows = "\n".join(f"- {row}" for row in ACTING)
    known = vocabulary(f"# Basin\n\n{rows}\n\nThe words are old.\n")
    found = list(descriptions.items(described.things(known.reading), 0, 100)[1])

    assert {item.kind for item in found} == {"true_false"}
    for item in found:
        name = item.explanation.partition(":")[0]
        right, wrong = (option.partition(f"{name} sets ")[2] for option in item.options)
        told = {row.split("`")[1]: row.partition(" sets ")[2] for row in ACTING}
        assert item.stem.startswith(f"Judge this statement about \u201cBasin\u201d: {name} sets ")
        assert right == told[name] != wrong
        assert wrong in told.values()


def test_too_few_definitions_of_one_kind_give_no_question():
    assert single(*DEFINED[:3]) == []


@pytest.mark.parametrize("title", ["SEE ALSO", "License", "Authors"])
def test_a_heading_of_boilerplate_is_no_term(title: str):
    lists = f"- **{title}**: the pages of the river board and the old canal company\n"
    known = vocabulary(f"# Words\n\n{lists}\n")

    assert glossary.definitions(known.reading) == ()


def test_the_things_of_one_row_are_matched_where_enough_of_them_are_left():
    rows = ("iron plate that slides upwards", "line on which barges are pulled", "list of lights at sea",
            "signal against fog", "wall where vessels lie")  # fmt: skip
    lists = "\n".join(f"- `berth_{name}`: {text} at noon" for name, text in zip("abcde", rows, strict=True))
    known = vocabulary(f"# Harbour words\n\n{lists}\n\nThe words are old.\n")
    things = described.things(known.reading)
    few = [one for one in things if one.term != "berth_e"]

    assert [len(item.pairs) for item in descriptions.items(things, 0, 100)[0]] == [4]
    assert list(descriptions.items(few, 0, 100)[0]) == []
