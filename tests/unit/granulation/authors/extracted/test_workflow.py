"""Workflows from a source: its procedures, its words, and the roles it names."""

from __future__ import annotations

from typing import Any

import pytest

from granulator.errors import SourceRequired
from granulator.granulation.authors.extracted.workflow import SEVERAL_NOTICE, UNNAMED, UNNAMED_NOTICE
from tests.unit.extraction.procedure_samples import BREWERY, RUNBOOK, SECTIONS
from tests.unit.extraction.samples import HARBOUR
from tests.unit.granulation.authors.extracted.written import brief, write
from tests.unit.granulation.samples import WORKFLOW


async def written(text: str, level: int = 3, topic: str = "Work") -> Any:
    return (await write(brief(WORKFLOW, text, level, topic=topic)))[1]


async def test_a_numbered_list_becomes_the_steps_in_its_words():
    structure = await written(HARBOUR, 1)

    assert [(step["name"], step["description"], step["nextSteps"]) for step in structure["steps"]] == [
        (
            "Signal the vessel to wait behind the yellow line",
            "Signal the vessel to wait behind the yellow line.",
            ["step_2"],
        ),
        ("Fill the chamber", "Fill the chamber until the gauge shows river level.", ["step_3"]),
        ("Open the upper doors and let the vessel in", "Open the upper doors and let the vessel in.", ["step_4"]),
        ("Close the upper doors behind the stern", "Close the upper doors behind the stern.", []),
    ]


async def test_the_workflow_is_named_after_what_it_is_for():
    overview = (await written(HARBOUR, 1))["workflowOverview"]

    assert (overview["name"], overview["purpose"]) == ("Lock a vessel through", "To lock a vessel through.")


async def test_roles_are_those_the_source_names():
    structure = await written(BREWERY, 3, "Filling a tank")

    assert structure["workflowOverview"]["stakeholders"] == ["Brewer", "Shift leader"]
    assert [step["responsible"] for step in structure["steps"] if "label" in step["outputs"]] == ["Shift leader"]


async def test_who_is_not_named_is_said_not_to_be_named():
    outline, structure = await write(brief(WORKFLOW, HARBOUR, 1))

    assert structure["workflowOverview"]["stakeholders"] == [UNNAMED]
    assert outline.notice == UNNAMED_NOTICE


async def test_conditions_lead_where_the_source_says():
    structure = await written(BREWERY, 3, "Filling a tank")
    first = structure["steps"][0]
    names = {step["id"]: step["name"] for step in structure["steps"]}

    assert first["type"] == "decision"
    assert [(one["expression"], names[one["next"]]) for one in first["conditions"]] == [
        ("If the gauge shows more than 2 bar", "Open the valve slowly"),
        ("Otherwise", "Rinse the tank with hot water"),
    ]


async def test_the_command_of_a_step_is_shown_with_it_and_its_program_is_a_tool():
    structure = await written(BREWERY, 3, "Filling a tank")
    (running,) = [step for step in structure["steps"] if "tankctl" in step["description"]]

    assert running["description"].endswith("```\ntankctl fill --slow\n```")
    assert running["tools"] == ["tankctl"]


async def test_the_topic_decides_between_the_procedures_of_a_source():
    for topic in ("Emptying a tank", "Filling a tank"):
        assert (await written(BREWERY, 1, topic))["workflowOverview"]["name"] == topic


async def test_several_procedures_are_phases_behind_a_choice_between_them():
    outline, structure = await write(brief(WORKFLOW, RUNBOOK, 3, topic="Restart runbook"))
    choice = structure["steps"][0]

    assert [phase["name"] for phase in structure["phases"]] == ["Restarting the queue", "Replacing a disk"]
    assert [one["label"] for one in choice["conditions"]] == ["Restarting the queue", "Replacing a disk"]
    assert [one["next"] for one in choice["conditions"]] == [phase["stepIds"][0] for phase in structure["phases"]]
    assert outline.notice is not None
    assert outline.notice.startswith(SEVERAL_NOTICE)


async def test_a_decision_that_is_a_step_of_its_own_says_what_is_done_in_each_case():
    structure = await written(RUNBOOK, 3, "Restart runbook")
    (told,) = [step["description"] for step in structure["steps"] if step["name"].startswith("Check whether")]

    assert told == "If so: create a backup of the queue. Otherwise: this is left out."


async def test_procedures_that_the_source_numbers_follow_one_another():
    numbered = RUNBOOK.replace("## Restarting", "## Phase 1: The queue. Restarting").replace(
        "## Replacing", "## Phase 2: Replacing"
    )

    outline, structure = await write(brief(WORKFLOW, numbered, 3, topic="Restart runbook"))

    first, second = (phase["stepIds"] for phase in structure["phases"])
    following = {step["id"]: step["nextSteps"] for step in structure["steps"]}
    assert following[first[-1]] == [second[0]]
    assert outline.notice == UNNAMED_NOTICE


async def test_headings_that_are_steps_become_steps():
    structure = await written(SECTIONS, 1)

    assert [step["name"] for step in structure["steps"]] == [
        "Sort the folders",
        "Pack the boxes",
        "Hand the boxes over",
        "Lock the empty room",
    ]
    assert structure["workflowOverview"]["purpose"] == "To move the archive."


@pytest.mark.parametrize(
    "text", ["# Sea\n\nThe sea is calm today. The wind is low.\n", HARBOUR.partition("To lock")[0]]
)
async def test_a_source_without_a_procedure_is_refused_with_the_reason(text: str):
    with pytest.raises(SourceRequired) as refused:
        await written(text)

    assert refused.value.details["reason"] == "no_procedure"


async def test_a_step_of_one_word_that_cannot_be_joined_says_which_step_it_is():
    items = ("If the lamp is red, go to step 2.", "Wait.", "If the lamp is red, go to step 2.", "Open the door.")
    listed = "\n".join(f"{number}. {item}" for number, item in enumerate(items, 1))

    structure = await written(f"# Gate\n\nThe gate has a lamp. Follow these steps:\n\n{listed}\n", 1)

    assert "Wait, which is step 2 of \u201cGate\u201d." in [step["description"] for step in structure["steps"]]


async def test_a_bare_list_of_steps_needs_neither_a_heading_nor_a_full_stop():
    structure = await written("1. Boil the water\n2. Add the leaves\n3. Pour the tea\n4. Serve the tea\n", 1, "Tea")

    assert [step["name"] for step in structure["steps"]] == [
        "Boil the water",
        "Add the leaves",
        "Pour the tea",
        "Serve the tea",
    ]
    assert structure["workflowOverview"]["name"] == "Tea"


async def test_a_step_is_named_after_what_is_done_and_not_after_what_is_forbidden():
    text = "# Tank\n\n## Steps\n\n1. Do not lift the lid. Open the inlet.\n2. Fill the tank.\n3. Close the inlet.\n"

    assert (await written(text, 1))["steps"][0]["name"] == "Open the inlet"
