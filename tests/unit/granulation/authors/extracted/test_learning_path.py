"""Learning paths from a source: its parts in its order, with hours that are counted."""

from __future__ import annotations

from typing import Any

import pytest

from granulator.granulation.authors.extracted.learning_path import NO_ORDER_NOTICE, ORDER_NOTICE
from granulator.granulation.authors.extracted.material import VERBS
from tests.unit.extraction.samples import HARBOUR
from tests.unit.granulation.authors.extracted.written import brief, write
from tests.unit.granulation.samples import LEARNING_PATH


def glossary() -> str:
    """A reference whose sections stand in the order of the alphabet."""
    words = ("Anchor", "Buoy", "Cable", "Dock", "Ebb", "Fathom", "Gale", "Hull")
    said = (
        "A {0} belongs to every harbour of some size. Sailors speak of the {0} when they come ashore. "
        "The master of the port keeps a list in which the {0} is written down. Nobody touches the {0} in a storm. "
        "Old books about the sea describe the {0} with great care and many drawings. "
        "The school of the town shows a {0} of wood to its pupils every spring of the year.\n\n"
    )
    return "# Words of the sea\n\n" + "".join(f"## {word}\n\n{said.format(word.lower())}" for word in words)


async def path(text: str = HARBOUR, level: int = 1, audience: str = "general") -> Any:
    return (await write(brief(LEARNING_PATH, text, level, audience=audience)))[1]


async def test_milestones_are_the_parts_of_the_source_in_its_order_each_after_the_one_before():
    outline, structure = await write(brief(LEARNING_PATH, HARBOUR, 1))

    assert [(one["id"], one["title"], one["requires"]) for one in structure["milestones"]] == [
        ("milestone_1", "Berths", []),
        ("milestone_2", "The lock", ["milestone_1"]),
        ("milestone_3", "Weather", ["milestone_2"]),
    ]
    assert outline.notice == ORDER_NOTICE


async def test_the_sections_of_an_alphabetical_reference_do_not_require_one_another():
    outline, structure = await write(brief(LEARNING_PATH, glossary(), 2))

    assert [one["requires"] for one in structure["milestones"]] == [[]] * len(structure["milestones"])
    assert outline.notice == NO_ORDER_NOTICE


@pytest.mark.parametrize("level", [1, 2, 3, 4, 5])
async def test_hours_are_sums_of_hours(level: int):
    structure = await path(level=level)

    for one in structure["milestones"]:
        assert one["hours"] == round(sum(activity["hours"] for activity in one["activities"]), 2)
    assert structure["pathOverview"]["totalHours"] == round(sum(one["hours"] for one in structure["milestones"]), 2)


async def test_reading_takes_as_long_as_its_words():
    longer = HARBOUR.replace(
        "## Weather\n\n", "## Weather\n\n" + HARBOUR.partition("## The lock\n")[2].split("\n\n")[1] * 3 + "\n\n"
    )
    short, long = await path(), await path(longer)

    assert long["pathOverview"]["totalHours"] >= short["pathOverview"]["totalHours"]


async def test_each_milestone_develops_a_competency_with_a_measurable_verb_and_assesses_it():
    structure = await path(level=3)

    assert [one["developsCompetencies"] for one in structure["milestones"]] == [
        [competency["id"]] for competency in structure["competencies"]
    ]
    assert all(one["label"].split()[0] in (*VERBS, "Use") for one in structure["competencies"])
    assert all(
        one["assessment"]["criterion"].startswith("States without the source") for one in structure["milestones"]
    )


@pytest.mark.parametrize("level", [1, 3, 5])
async def test_levels_rise_from_entry_to_exit(level: int):
    structure = await path(level=level)
    levels = [one["level"] for one in structure["competencies"]]

    assert (structure["pathOverview"]["entryLevel"], structure["pathOverview"]["exitLevel"]) == (1, level)
    assert levels == sorted(levels)
    assert (levels[0], levels[-1]) == (1, level)


async def test_there_is_practice_beside_reading_from_two_activities_on():
    kinds = [[activity["type"] for activity in one["activities"]] for one in (await path(level=2))["milestones"]]

    assert all(row == ["read", "practise"] for row in kinds)


@pytest.mark.parametrize(
    ("audience", "role"),
    [("general", "Reader of \u201cRunning a Small Harbour\u201d"), ("Lock keepers", "Lock keepers")],
)
async def test_the_role_is_the_audience_that_was_asked_for(audience: str, role: str):
    assert (await path(audience=audience))["pathOverview"]["targetRole"] == role


async def test_hours_count_every_word_that_is_read_also_those_of_lists():
    rows = "\n".join(f"- crate {number} of the red row by the west wall of the old shed" for number in range(180))
    text = f"# Crates\n\nThe shed holds all the crates of the harbour.\n\n{rows}\n"

    assert (await path(text))["milestones"][0]["activities"][0]["hours"] == pytest.approx(0.22, abs=0.03)
