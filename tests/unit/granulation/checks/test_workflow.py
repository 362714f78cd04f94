"""Workflows: every step is reached, can finish, and says which way to go."""

from __future__ import annotations

from typing import Any

import pytest

from granulator.granulation.checks import workflow as checks
from tests.unit.granulation.samples import StructureType, clean, found, put, workflow

CHECKS = [
    checks.unreachable,
    checks.no_end,
    checks.cannot_finish,
    checks.endless_loop,
    checks.branch_no_condition,
    checks.foreign_branch,
]


@pytest.mark.parametrize("kind", StructureType)
@pytest.mark.parametrize("check", CHECKS)
def test_a_clean_structure_has_none_of_it(check: Any, kind: StructureType) -> None:
    assert found(check, clean(kind)) == []


def flow(*following: tuple[str, ...], types: dict[int, str] | None = None, conditions: tuple[int, ...] = ()) -> Any:
    """A workflow of steps 1, 2, ... each followed by the steps named, such as ``("2", "3")``."""
    structure = workflow()
    plain = structure["steps"][1]
    structure["steps"] = [
        {
            **plain,
            "id": f"step_{number}",
            "type": (types or {}).get(number, "task"),
            "nextSteps": [f"step_{name}" for name in names],
            "conditions": ["if it rains"] if number in conditions else [],
        }
        for number, names in enumerate(following, 1)
    ]
    return structure


def everything(structure: Any) -> list[tuple[str, str]]:
    return [problem for check in CHECKS for problem in found(check, structure)]


def test_a_second_beginning_is_a_step_nobody_reaches() -> None:
    assert everything(flow(("3",), ("3",), ())) == [("unreachable", "steps[1]")]


def test_the_step_marked_as_start_is_where_the_workflow_begins() -> None:
    assert everything(flow(("3",), ("3",), (), types={2: "start"})) == [("unreachable", "steps[0]")]


def test_a_workflow_whose_last_step_leads_back_has_no_end() -> None:
    structure = flow(("2",), ("3",), ("1", "2"), types={3: "decision"}, conditions=(3,))

    assert everything(structure) == [("no_end", "steps")]


def test_steps_that_only_lead_into_a_dead_loop_cannot_finish() -> None:
    # 1 decides: 2 ends, 3 leads to 4 and 5, which decide to go round for ever.
    structure = flow(
        ("2", "3"), (), ("4",), ("5", "4"), ("4", "5"), types={1: "decision", 4: "decision"}, conditions=(1, 4, 5)
    )
    structure["steps"][3]["nextSteps"], structure["steps"][4]["nextSteps"] = ["step_5"], ["step_4"]

    assert everything(structure) == [
        ("cannot_finish", "steps[2]"),
        ("cannot_finish", "steps[3]"),
        ("cannot_finish", "steps[4]"),
    ]


def test_a_loop_without_a_decision_is_endless() -> None:
    structure = flow(("2", "4"), ("3",), ("2",), (), types={1: "decision"}, conditions=(1,))

    assert everything(structure) == [("endless_loop", "steps[1]")]


def test_a_loop_in_parallel_branches_is_endless_even_inside_a_loop_that_decides() -> None:
    structure = flow(("2",), ("3", "4"), ("2",), ("1", "5"), (), types={2: "parallel", 4: "decision"}, conditions=(4,))

    assert everything(structure) == [("endless_loop", "steps[1]")]


@pytest.mark.parametrize("kind", ["decision", "task"])
def test_a_loop_that_somebody_decides_to_leave_is_fine(kind: str) -> None:
    assert everything(flow(("2",), ("1", "3"), (), types={2: kind}, conditions=(2,))) == []


def test_several_next_steps_need_conditions_unless_they_run_in_parallel() -> None:
    branching = (("2", "3"), ("4",), ("4",), ())

    assert everything(flow(*branching)) == [("branch_no_condition", "steps[0].conditions")]
    assert everything(flow(*branching, conditions=(1,))) == []
    assert everything(flow(*branching, types={1: "parallel"})) == []


def test_a_condition_leads_to_one_of_the_next_steps() -> None:
    structure = put(workflow(), "steps[2].conditions[0].next", "step_7")

    assert found(checks.foreign_branch, structure) == [("dangling_ref", "steps[2].conditions[0].next")]


@pytest.mark.parametrize(
    ("step", "decides"),
    [
        ({"type": "decision"}, True),
        ({"nextSteps": ["a_1", "b_1"], "conditions": ["if"]}, True),
        ({"nextSteps": ["a_1", "b_1"]}, False),
        ({"nextSteps": ["a_1"], "conditions": ["if"]}, False),
        ({"type": "parallel", "nextSteps": ["a_1", "b_1"], "conditions": ["if"]}, False),
        (3, False),
    ],
)
def test_a_decision_is_one_by_its_type_or_by_its_conditions(step: Any, decides: bool) -> None:
    assert checks.is_decision(step) is decides
