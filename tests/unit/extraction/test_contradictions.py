"""Statements turned into their contrary: only where they are surely false then."""

from __future__ import annotations

import pytest

from granulator.extraction import contradictions
from granulator.extraction.cloze import Item
from tests.unit.extraction.samples import vocabulary

STEADY = "The old clerk of the harbour office writes the name of the vessel into the ledger before supper."


def judged(*sentences: str, only: int = 0, is_lively: bool = True) -> list[Item]:
    known = vocabulary("# Notes\n\n" + "\n\n".join(sentences) + "\n")
    found = contradictions.items(known, known.reading.usable, {}, is_lively=is_lively)
    return [item for item in found if item.order == only and contradictions.is_unsaid(known, item)]


def turned(text: str) -> set[str]:
    return {item.options[1].removeprefix("Judge this statement: ") for item in judged(text)}


@pytest.mark.parametrize(
    ("text", "contrary"),
    [
        (STEADY, STEADY.replace("before", "after")),
        (
            "Night watchmen of the northern harbour always carry two lamps and one brass whistle.",
            "Night watchmen of the northern harbour never carry two lamps and one brass whistle.",
        ),
        (
            "The toll for barges with a cargo of salt is optional in the whole valley of the river.",
            "The toll for barges with a cargo of salt is required in the whole valley of the river.",
        ),
        (
            "A clerk does not carry the harbour ledger out of the dry stone vault.",
            "A clerk carries the harbour ledger out of the dry stone vault.",
        ),
        (
            "Barges with a cargo of salt cannot enter the stone basin of the upper harbour.",
            "Barges with a cargo of salt can enter the stone basin of the upper harbour.",
        ),
    ],
)
def test_a_statement_is_turned_round_by_one_word(text: str, contrary: str):
    assert turned(text) == {contrary}


@pytest.mark.parametrize(
    ("said", "denied"),
    [
        ("must leave", "must not leave"),
        ("can leave", "cannot leave"),
        ("are kept in", "are not kept in"),
        ("leave", "do not leave"),
        ("can only leave", ""),
        ("never leave", ""),
        ("may leave", ""),
    ],
)
def test_the_main_verb_of_a_statement_is_denied(said: str, denied: str):
    text = "Barges of the salt merchants {} the stone basin of the upper harbour."
    wrong = {item.options[1].partition(": ")[2] for item in judged(text.format(said), is_lively=False)}

    assert wrong == ({text.format(denied)} if denied else set())


def test_a_verb_in_the_third_person_is_denied():
    (item,) = judged(STEADY.replace(" before supper", ""), is_lively=False)

    assert "office does not write the name" in item.options[1]


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
    ],
)
def test_a_statement_whose_contrary_may_be_right_too_is_not_judged(text: str):
    assert turned(text) == set()


def test_a_contrary_that_the_text_states_elsewhere_is_not_offered():
    other = "A young clerk of the harbour office writes the name of the vessel into the ledger after supper."

    assert judged(STEADY)
    assert not judged(STEADY, other)


def test_a_statement_shows_its_sentence_and_its_contrary():
    (item,) = judged(STEADY)

    assert (item.kind, item.explanation, item.answer) == ("true_false", STEADY, "")
    assert item.stem == item.options[0] == f"Judge this statement: {STEADY}"
