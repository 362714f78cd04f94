"""Questions on what a table gives: single answers only, beside the other cells of the column."""

from __future__ import annotations

import pytest

from granulator.extraction import lookups
from granulator.extraction.cloze import Item
from tests.unit.extraction.samples import vocabulary

ROWS = (
    ("Tower", "white", "open", "30 metres high"),
    ("Mole", "red", "open", "6 metres high"),
    ("Pier", "green", "open", "4 metres high"),
    ("Wreck", "yellow", "shut", "2 metres high"),
)


def asked(
    header: str = "| Lamp | Colour | Gate | Note |", title: str = "Harbour lamps", more: tuple[str, ...] = ()
) -> list[Item]:
    lines = "\n".join(f"| {' | '.join(row)} |" for row in (*ROWS, more) if row)
    text = f"# {title}\n\n{header}\n|---|---|---|---|\n{lines}\n\nThe lamps are lit at dusk.\n"
    return list(lookups.items(vocabulary(text).reading, 0, 100))


def test_the_other_cells_of_the_column_are_the_wrong_answers():
    first = asked()[0]

    assert first.stem == "Under \u201cHarbour lamps\u201d, what is the colour of the lamp \u201cTower\u201d?"
    assert (first.answer, set(first.options)) == ("white", {"white", "red", "green", "yellow"})


def test_one_table_gives_few_questions_and_none_on_what_is_told_of_many():
    assert [item.answer for item in asked()] == ["white", "red"]


@pytest.mark.parametrize(
    "header",
    ["| Lamp | Status | Note | Notes |", "| Lamp | What burns | Is open | Gates |", "| Lamp | Type | From | To |"],
)
def test_a_column_that_names_no_property_is_not_asked_for(header: str):
    assert asked(header) == []


def test_a_table_of_an_example_is_left_out():
    assert asked(title="Examples") == []


def test_what_is_told_of_two_things_is_asked_of_neither():
    assert [item.answer for item in asked(more=("Buoy", "white", "shut", "1 metre high"))] == ["red", "green"]
