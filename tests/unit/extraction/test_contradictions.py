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
    return {item.options[1].partition(": ")[2] for item in judged(text) if len(item.options) > 1}


@pytest.mark.parametrize(
    ("text", "contrary"),
    [
        (STEADY, STEADY.replace("before", "after")),
        (
            "The sluice of the northern harbour fills behind the last barge of the evening.",
            "The sluice of the northern harbour fills behind the first barge of the evening.",
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

    after = STEADY.replace("before", "after")

    assert [after in item.options[1] for item in judged(STEADY)] == [True]
    assert [after in item.options[1] for item in judged(STEADY, other)] == [False]


RUNG = "When the harbour bell rings, the northern sluice is opened from the river side."


@pytest.mark.parametrize(
    ("text", "contrary"),
    [
        (RUNG, RUNG.replace("is opened", "is not opened")),
        (RUNG.replace("is opened", "will open"), RUNG.replace("is opened", "will not open")),
        (RUNG.replace("is opened", "leaves the mole"), RUNG.replace("is opened", "does not leave the mole")),
    ],
)
def test_a_denial_is_put_into_the_main_clause_where_it_could_be_believed(text: str, contrary: str):
    assert turned(text) == {contrary}


@pytest.mark.parametrize(
    "text",
    [
        RUNG.replace("the northern sluice", "every sluice"),
        RUNG.replace("is opened from", "is the pride of"),
        RUNG.replace("is opened from", "is usually opened from"),
        RUNG.replace("the northern sluice", "the northern sluice of each river side"),
        "The northern sluice is opened to let the river into the basin before noon.",
        "The keeper paints the northern sluice of the basin with oil and sand.",
    ],
)
def test_no_denial_is_put_in_that_nobody_would_believe_or_that_leaves_the_statement_right(text: str):
    assert not any(" not " in wrong for wrong in turned(text))


DENIED = "The old clerk of the harbour office does not write the name of the vessel into the ledger."


@pytest.mark.parametrize(
    ("text", "contrary"),
    [
        (DENIED, DENIED.replace("does not write", "writes")),
        (DENIED.replace("does not write", "will not write"), DENIED.replace("does not write", "will write")),
        (DENIED.replace("does not write", "must not write"), DENIED.replace("does not write", "may write")),
        (DENIED.replace("does not write", "cannot write"), DENIED.replace("does not write", "can write")),
    ],
)
def test_a_statement_that_denies_is_turned_round_by_affirming(text: str, contrary: str):
    assert turned(text) == {contrary}


@pytest.mark.parametrize("more", [" until the bell rings", " but the mate does", " at all", " or any slate"])
def test_a_denial_that_goes_with_other_words_is_not_affirmed(more: str):
    assert turned(DENIED.replace(" into the ledger", f" into the ledger{more}")) == set()


def test_the_two_sides_of_an_order_of_rank_are_exchanged():
    text = "The word of the harbour clerk overrides the ledger of the vessel."

    assert turned(text) == {"The ledger of the vessel overrides the word of the harbour clerk."}


@pytest.mark.parametrize(
    ("text", "contrary"),
    [
        ("Names of a vessel must be separated by exactly two spaces in the ledger.", "exactly four spaces"),
        ("The harbour clerk always calls the owners of a vessel one at a time.", "all at once"),
    ],
)
def test_another_number_or_manner_makes_a_statement_false(text: str, contrary: str):
    (wrong,) = turned(text)

    assert contrary in wrong


def test_a_reason_that_would_betray_the_contrary_leaves_the_statement_as_it_is():
    assert turned(STEADY.replace("before supper", "before supper because the ink must dry")) == set()


def test_one_kind_of_a_thing_stands_for_another_that_has_a_heading_too():
    upper = "The upper gate is opened by the keeper at the HIGH signal."
    known = vocabulary(f"# Doors\n\n## Upper gate\n\n{upper}\n\n## Lower gate\n\nNone.\n")
    (item,) = contradictions.items(known, known.reading.usable[:1], {})

    assert item.options[1].endswith("The lower gate is opened by the keeper at the HIGH signal.")


def test_a_statement_of_what_can_be_done_is_turned_round_by_its_action():
    text = "After noon, skippers can {} the passage of the harbour lock by turning the brass key of the tower."

    assert turned(text.format("speed up")) == {text.format("slow down")}


def test_nobody_is_asked_to_believe_that_a_key_disables_what_it_turns_on():
    assert turned("Skippers can enable the harbour lights by turning the brass key of the tower.") == set()


def test_a_statement_shows_its_sentence_and_its_contrary():
    (item,) = judged(STEADY)

    assert (item.kind, item.explanation, item.answer) == ("true_false", STEADY, "")
    assert item.stem == item.options[0] == f"Judge this statement: {STEADY}"


@pytest.mark.parametrize(
    ("heading", "lead"),
    [
        ("Evening work", "Judge this statement about \u201cEvening work\u201d"),
        ("Harbour clerk", "Judge this statement"),
        ("Notes", "Judge this statement"),
    ],
)
def test_the_heading_is_named_unless_it_says_nothing_or_the_statement_names_it(heading: str, lead: str):
    known = vocabulary(f"# {heading}\n\n{STEADY}\n")
    (item,) = contradictions.items(known, known.reading.usable, {})

    assert item.stem == f"{lead}: {STEADY}"
