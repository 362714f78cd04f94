"""Statements turned into their contrary: only where they are surely false then."""

from __future__ import annotations

import pytest

from granulator.extraction import contradictions
from granulator.extraction.cloze import Item
from tests.unit.extraction.samples import vocabulary

STEADY = "The old clerk of the harbour office writes the name of the vessel into the ledger before supper."


def judged(*sentences: str, only: int = 0) -> list[Item]:
    known = vocabulary("# Notes on skippers\n\n" + "\n\n".join(sentences) + "\n")
    return [item for item in contradictions.items(known, known.reading.usable, {}) if item.order == only]


def turned(text: str) -> set[str]:
    return {item.options[1].removeprefix("Judge this statement: ") for item in judged(text) if len(item.options) > 1}


@pytest.mark.parametrize(
    ("text", "contrary"),
    [
        (STEADY, STEADY.replace("before", "after")),
        (
            "The sluice of the northern harbour fills automatically behind the last barge of the evening.",
            "The sluice of the northern harbour fills manually behind the last barge of the evening.",
        ),
        (
            "The toll for barges with a cargo of salt is optional in the whole valley of the river.",
            "The toll for barges with a cargo of salt is required in the whole valley of the river.",
        ),
    ],
)
def test_a_statement_is_turned_round_by_one_word(text: str, contrary: str):
    assert turned(text) == {contrary}


@pytest.mark.parametrize(
    "text",
    [
        "The map on the wall of the harbour office shows the entrance of the northern canal.",
        "Night watchmen of the northern harbour always carry lamps and whistles of brass.",
        "The pilots of the northern harbour keep track of the depth below the stone bridge.",
    ],
)
def test_a_word_whose_opposite_nobody_would_write_there_is_not_turned_round(text: str):
    assert turned(text) == set()


def test_praise_is_not_put_up_for_judgement():
    assert judged("The flexible toll office of the harbour closes before the last barge of the evening.") == []


def test_an_amount_is_replaced_by_one_the_text_does_not_give():
    text = "The great bell of the tower rings for 25 minutes at every departure of the mail boat."
    (contrary,) = turned(text)

    assert contrary != text
    assert contrary.startswith("The great bell of the tower rings for ")
    assert contrary.endswith(" minutes at every departure of the mail boat.")


@pytest.mark.parametrize(
    "text",
    [
        "The old clerk of the harbour office may write the name of the vessel into the ledger before supper.",
        "The old clerk of the harbour office writes no name of a foreign vessel into the ledger before supper.",
        "The optional toll for barges and the harbour ledger belong to the old clerk of the office.",
        "When the clerk of the office writes before supper the ledger of the harbour stays open.",
        "The ledger that holds names from before the war belongs to the clerk of the harbour office.",
        "The toll for barges with a cargo of salt is required to build the harbour wall of stone.",
        "The clerk does not carry any ledger out of the dry stone vault of the harbour office.",
        "The clerk does not carry the ledger out of the stone vault until the harbour bell rings.",
        "The old clerk of the harbour office is more than able to fill the ledger with names.",
        STEADY.replace("old clerk", "right clerk"),
        STEADY.replace("before supper", "of the Permanent Guild"),
    ],
)
def test_a_statement_whose_contrary_may_be_right_too_is_not_judged(text: str):
    assert turned(text) == set()


def test_a_contrary_that_the_text_states_elsewhere_is_not_offered():
    other = "A young clerk of the harbour office writes the name of the vessel into the ledger after supper."

    assert [len(item.options) for item in judged(STEADY)] == [2]
    assert [len(item.options) for item in judged(STEADY, other)] == [1]


def test_no_word_is_put_in_or_taken_out_to_make_a_statement_false():
    plain = STEADY.replace(" before supper", "")

    assert [len(item.options) for item in judged(plain)] == [1]
    assert turned(plain.replace("writes", "does not write")) == set()


def test_a_statement_of_what_can_be_done_is_turned_round_by_its_action():
    text = "Skippers can {} the harbour lights by turning the brass key of the northern tower."

    assert turned(text.format("disable")) == {text.format("enable")}


def test_a_statement_shows_its_sentence_and_its_contrary():
    (item,) = judged(STEADY)

    assert (item.kind, item.explanation, item.answer) == ("true_false", STEADY, "")
    assert item.stem == item.options[0] == f"Judge this statement: {STEADY}"
