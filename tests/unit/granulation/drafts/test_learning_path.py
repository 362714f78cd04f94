"""A learning path as asked of a model: what stands in the structure, and what each bad answer is told."""

from __future__ import annotations

from typing import Any

import pytest

from granulator.granulation.drafts.base import Fault
from granulator.granulation.drafts.learning_path import LearningPathDraft
from tests.unit.granulation.drafts.samples import PATH, learning_path, outline, part_answer, planned, wanted

DRAFT = LearningPathDraft()


def read(answer: Any, **changes: Any) -> tuple[Any, list[Fault]]:
    structure, found = DRAFT.read_whole(answer, wanted(PATH, **changes))
    return structure, list(found)


def test_ids_are_ours_and_hours_are_added_up() -> None:
    structure, found = read(learning_path())

    assert found == []
    assert structure["pathOverview"] == learning_path()["pathOverview"] | {"totalHours": 41.5}
    assert structure["competencies"] == [
        {"id": "competency_1", "label": "Saws to a line", "level": 1},
        {"id": "competency_2", "label": "Cuts a joint that holds", "level": 3},
    ]
    assert structure["milestones"][2] == {
        "id": "milestone_3",
        "title": "A chair",
        "requires": ["milestone_2", "milestone_1"],
        "developsCompetencies": ["competency_1", "competency_2"],
        "activities": [
            {"type": "practice", "description": "Practise a chair, round 1.", "hours": 20.0},
            {"type": "practice", "description": "Practise a chair, round 2.", "hours": 5.0},
        ],
        "assessment": {"type": "demonstration", "criterion": "Shows a chair to the master."},
        "project": "A chair that carries its maker",
        "hours": 25.0,
        "optional": False,
    }
    assert "project" not in structure["milestones"][0]


def test_activities_that_take_longer_than_their_milestone_are_scaled_to_fit() -> None:
    answer = learning_path()
    answer["milestones"][2]["hours"] = 10

    structure, _ = read(answer)

    assert [one["hours"] for one in structure["milestones"][2]["activities"]] == [8.0, 2.0]
    assert structure["pathOverview"]["totalHours"] == 26.5


def test_a_milestone_is_planned_with_the_number_of_its_activities() -> None:
    assert [part["leaves"] for part in DRAFT.parts(planned(PATH), 1)][1] == [
        {
            "id": "milestone_2",
            "title": "Joints",
            "requires": ["milestone_1"],
            "developsCompetencies": ["competency_2"],
            "hours": 10.0,
            "optional": False,
            "activities": 2,
        }
    ]


def test_another_number_of_activities_than_planned_is_a_fault() -> None:
    plan = planned(PATH)
    part = DRAFT.parts(plan, 1)[1]
    answer = part_answer(PATH, part, plan)
    answer["milestones"][0]["activities"].pop()

    assert DRAFT.read_part(part, answer, plan) == (
        {},
        (Fault("milestones[0].activities", "has 1 activities, exactly 2 are planned"),),
    )


def spoilt(part: str, place: int, **changes: Any) -> Any:
    answer = outline(PATH)
    answer[part][place] |= changes
    return answer


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            spoilt("milestones", 1, requires=["varnish"]),
            [Fault("milestones[1].requires", '"varnish" is no milestone of this answer')],
        ),
        (
            spoilt("milestones", 0, requires=["chair"]),
            [Fault(f"milestones[{place}].requires", "leads back to the milestone itself") for place in range(3)],
        ),
        (
            spoilt("milestones", 0, developsCompetencies=["c9"]),
            [Fault("milestones[0].developsCompetencies", '"c9" is no competency of this answer')],
        ),
        (
            {
                **outline(PATH),
                "competencies": [*outline(PATH)["competencies"], {"id": "c3", "label": "Glues", "level": 2}],
            },
            [Fault("competencies[2]", "is developed by no milestone")],
        ),
        (
            spoilt("milestones", 2, title="SAWING"),
            [Fault("milestones[2].title", "repeats milestones[0].title: give each its own")],
        ),
    ],
)
def test_a_path_that_does_not_hold_together_is_told_where(answer: Any, expected: list[Fault]) -> None:
    assert list(DRAFT.read_outline(answer, wanted(PATH))[1]) == expected


def test_an_exit_below_the_entry_is_a_fault() -> None:
    answer = learning_path()
    answer["pathOverview"]["exitLevel"] = 1
    answer["pathOverview"]["entryLevel"] = 2

    assert read(answer) == ({}, [Fault("pathOverview", "exitLevel must not be below entryLevel")])


@pytest.mark.parametrize("hours", [0, -1, float("nan"), True, "ten"])
def test_hours_that_are_none_are_a_fault(hours: object) -> None:
    answer = learning_path()
    answer["milestones"][0]["hours"] = hours

    structure, found = read(answer)

    assert (structure, [fault.path for fault in found]) == ({}, ["milestones[0].hours"])


def test_a_milestone_without_activities_is_a_fault() -> None:
    answer = learning_path()
    answer["milestones"][0]["activities"] = []

    assert read(answer) == ({}, [Fault("milestones[0].activities", "needs at least one activity")])
