"""A workflow as asked of a model: what stands in the structure, and what a graph is told that leads nowhere."""

from __future__ import annotations

from typing import Any

import pytest

from granulator.granulation.drafts.base import Fault
from granulator.granulation.drafts.workflow import WorkflowDraft
from granulator.granulation.plan import Sizes
from tests.unit.granulation.drafts.samples import WORKFLOW, outline, planned, step, wanted, workflow

DRAFT = WorkflowDraft()


def read(answer: Any, **changes: Any) -> tuple[Any, list[Fault]]:
    structure, found = DRAFT.read_whole(answer, wanted(WORKFLOW, **changes))
    return structure, list(found)


def test_steps_are_numbered_and_every_reference_follows() -> None:
    structure, found = read(workflow())

    assert found == []
    assert structure["steps"][1] == {
        "id": "step_2",
        "name": "Check seal",
        "description": "Check seal: done on the day the parcel comes, or the day after when the hall is full.",
        "type": "decision",
        "responsible": "Clerk",
        "inputs": ["parcel"],
        "outputs": ["note of: Check seal"],
        "tools": [],
        "nextSteps": ["step_5", "step_3"],
        "conditions": [
            {"expression": "The seal is whole", "label": "whole", "next": "step_5"},
            {"expression": "The seal is broken", "label": "broken", "next": "step_3"},
        ],
    }
    assert [one["nextSteps"] for one in structure["steps"]] == [
        ["step_2"],
        ["step_5", "step_3"],
        ["step_4"],
        ["step_6"],
        ["step_6"],
        [],
    ]


def test_whoever_is_responsible_becomes_a_stakeholder() -> None:
    structure, _ = read(workflow())

    assert structure["workflowOverview"]["stakeholders"] == ["Porter", "Clerk", "Driver"]


def test_a_condition_brings_the_step_it_leads_to() -> None:
    answer = workflow()
    answer["steps"][1]["nextSteps"] = ["s_store"]

    structure, found = read(answer)

    assert (structure["steps"][1]["nextSteps"], found) == (["step_5", "step_3"], [])


def test_a_step_may_be_named_instead_of_numbered() -> None:
    answer = outline(WORKFLOW)
    answer["steps"][0]["nextSteps"] = ["check  SEAL"]

    assert DRAFT.read_outline(answer, wanted(WORKFLOW)) == (planned(WORKFLOW), ())


def test_the_graph_stands_in_the_outline_text() -> None:
    plan = planned(WORKFLOW)

    assert DRAFT.outline_text(plan, DRAFT.parts(plan, 9)[0]).splitlines()[1:4] == [
        "  step_1 Accept parcel (Porter) -> step_2",
        "  step_2 Check seal (Clerk) -> step_5, step_3",
        "  step_3 Photograph damage (Clerk) -> step_4",
    ]


def change(place: int, **changes: Any) -> Any:
    answer = workflow()
    answer["steps"][place] |= changes
    return answer


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            change(0, nextSteps=["s_fly"]),
            [Fault("steps[0].nextSteps", '"s_fly" is no step of this answer')],
        ),
        (
            change(2, id="s_return"),
            [
                Fault("steps[3].id", "repeats steps[2].id: give each its own"),
                Fault("steps[1].nextSteps", '"s_photograph" is no step of this answer'),
                Fault("steps[1].conditions[1].next", '"s_photograph" is no step of this answer'),
            ],
        ),
        (
            change(1, conditions=[]),
            [Fault("steps[1].conditions", "needs one condition for each next step, or type parallel")],
        ),
        (
            change(2, nextSteps=["s_photograph", "s_return"], type="parallel"),
            [
                Fault("steps[2].nextSteps", "leads back to the step itself"),
                Fault("steps[2].nextSteps", "is part of a loop without a decision that can leave it"),
            ],
        ),
        (
            change(2, type="decision"),
            [
                Fault("steps[2].nextSteps", "a decision needs at least two next steps"),
                Fault("steps", "has 2 steps of type decision, exactly 1 are wanted"),
            ],
        ),
        (
            change(3, nextSteps=["s_photograph"]),
            [
                Fault("steps[2].nextSteps", "never leads to an end"),
                Fault("steps[3].nextSteps", "never leads to an end"),
            ],
        ),
        (
            change(4, type="start"),
            [Fault("steps", "needs exactly one entry, but step_1 and step_5 would be one; mark it with type start")],
        ),
        (
            change(5, nextSteps=["s_check"]),
            [
                Fault("steps", "needs an end: a step with empty nextSteps"),
            ],
        ),
    ],
)
def test_a_graph_that_leads_nowhere_is_told_where(answer: Any, expected: list[Fault]) -> None:
    assert read(answer) == ({}, expected)


def test_a_step_nobody_leads_to_is_told() -> None:
    answer = workflow()
    answer["steps"].append(step("Sweep hall", "task", "Porter", ["s_close"]))

    assert read(answer) == ({}, [Fault("steps[6]", "cannot be reached: no step before it names it in nextSteps")])


def test_a_process_that_runs_in_a_ring_needs_its_entry_marked() -> None:
    ring = workflow()
    ring["steps"][5] |= {"type": "decision", "nextSteps": ["s_accept", "s_end"]} | {
        "conditions": [
            {"expression": "More parcels", "label": "more", "next": "s_accept"},
            {"expression": "No more", "label": "done", "next": "s_end"},
        ]
    }
    ring["steps"].append(step("End of day", "end", "Clerk", []))
    unmarked = {**ring, "steps": [ring["steps"][0] | {"type": "task"}, *ring["steps"][1:]]}
    sizes = Sizes(1, 7, 2)

    assert read(ring, sizes=sizes)[1] == []
    assert read(unmarked, sizes=sizes)[1] == [
        Fault("steps", "needs exactly one entry, but no step would be one; mark it with type start")
    ]


def test_decisions_are_not_counted_where_none_are_asked_for() -> None:
    assert read(workflow(), sizes=Sizes(1, 6, 0))[1] == []
