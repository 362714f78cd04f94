"""A course as asked of a model: what stands in the structure, and what each bad answer is told."""

from __future__ import annotations

from typing import Any

import pytest

from granulator.granulation.drafts.base import Fault, Planned
from granulator.granulation.drafts.course import CourseDraft
from granulator.granulation.plan import Sizes
from granulator.model import JsonObject
from tests.unit.granulation.drafts.samples import ACID, BRINE, COURSE, course, outline, part_answer, planned, wanted

DRAFT = CourseDraft()


def faults(answer: Any, **changes: Any) -> list[Fault]:
    return list(DRAFT.read_whole(answer, wanted(COURSE, **changes))[1])


def first_part() -> tuple[Planned, JsonObject, Any]:
    plan = planned(COURSE)
    part = DRAFT.parts(plan, 50)[0]
    return plan, part, part_answer(COURSE, part, plan)


def test_ids_options_and_the_passing_score_are_ours_and_the_rest_is_the_answers() -> None:
    answer = course()

    structure, found = DRAFT.read_whole(answer, wanted(COURSE))

    modules: Any = structure["modules"]
    assert found == ()
    assert structure["courseOverview"] == answer["courseOverview"]
    assert modules[1]["lessons"] == [
        {"id": f"lesson_2_{place}"} | lesson for place, lesson in enumerate(answer["modules"][1]["lessons"], 1)
    ]
    assert modules[1]["assessment"] == {
        "questions": [
            answer["modules"][1]["assessment"]["questions"][0] | {"id": "q_2_1"},
            ACID | {"id": "q_2_2", "options": []},
        ],
        "passingScore": 70,
    }
    assert modules[0]["assessment"]["questions"][1]["options"] == ["True", "False"]
    assert list(modules[0]) == [
        "id", "title", "description", "estimatedDuration", "learningObjectives", "lessons", "assessment",
    ]  # fmt: skip


def test_a_module_is_planned_with_the_work_of_each_lesson() -> None:
    answer = outline(COURSE)
    answer["modules"][0]["sections"] = ["s1"]

    plan, _ = DRAFT.read_outline(answer, wanted(COURSE, level=4))

    assert plan is not None
    assert plan.groups[0] == {
        "id": "module_1",
        "title": "Before the jar is closed",
        "learningObjectives": ["What only Choosing cabbage tells", "What only Salting tells"],
        "questions": 3,
        "leaves": [
            {"id": "lesson_1_1", "title": "Choosing cabbage", "objective": "What only Choosing cabbage tells"}
            | {"exercises": 1, "examples": 1},
            {"id": "lesson_1_2", "title": "Salting", "objective": "What only Salting tells"}
            | {"exercises": 1, "examples": 1},
        ],
        "sections": ["s1"],
    }


def test_fewer_exercises_than_lessons_are_dealt_out_and_a_surplus_is_left_out() -> None:
    structure, found = DRAFT.read_whole(course(), wanted(COURSE, sizes=Sizes(2, 4, 2), max_elements=10))

    modules: Any = structure["modules"]
    assert [len(one["practicalExercises"]) for module in modules for one in module["lessons"]] == [0, 1, 0, 1]
    assert found == ()


def test_from_level_four_on_every_lesson_needs_an_example_and_an_exercise() -> None:
    plan, _ = DRAFT.read_outline(outline(COURSE), wanted(COURSE, level=4))
    assert plan is not None
    part = DRAFT.parts(plan, 1)[0]
    answer = part_answer(COURSE, part, plan)
    answer["lessons"][0]["practicalExercises"] = []

    assert DRAFT.read_part(part, answer, plan) == (
        {},
        (
            Fault("lessons[0].examples", "needs at least one example"),
            Fault("lessons[0].practicalExercises", "has 0 exercises, 1 are planned"),
        ),
    )


def test_lessons_of_a_part_are_named_by_their_place_in_the_answer() -> None:
    plan, part, answer = first_part()
    answer["lessons"].reverse()
    answer["lessons"][0]["keyPoints"] = ["Only one"]

    assert DRAFT.read_part(part, answer, plan) == (
        {},
        (Fault("lessons[0].keyPoints", "has 1 entries, at least 2 are needed"),),
    )


def test_too_few_questions_are_a_fault_and_too_many_are_left_out() -> None:
    plan, part, answer = first_part()

    few = DRAFT.read_part(part, answer | {"questions": [BRINE]}, plan)
    many = DRAFT.read_part(part, answer | {"questions": [*answer["questions"], ACID]}, plan)

    assert few == ({}, (Fault("questions", "has 1 questions, exactly 2 are planned"),))
    assert many == DRAFT.read_part(part, answer, plan)


def test_lessons_of_the_same_title_are_a_fault_of_the_outline() -> None:
    answer = outline(COURSE)
    answer["modules"][1]["lessons"][0]["title"] = "choosing  Cabbage"

    _, found = DRAFT.read_outline(answer, wanted(COURSE))

    assert found == (Fault("modules[1].lessons[0].title", "repeats modules[0].lessons[0].title: give each its own"),)


def test_a_module_with_far_more_lessons_than_the_others_is_a_fault() -> None:
    answer = course()
    answer["modules"][0]["lessons"].append(answer["modules"][1]["lessons"].pop())

    assert faults(answer) == [
        Fault("modules[0].lessons", "has 3 lessons, 2 to 2 are wanted in each module"),
        Fault("modules[1].lessons", "has 1 lessons, 2 to 2 are wanted in each module"),
    ]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"title": " "}, Fault("modules[0].title", "must not be blank")),
        ({"lessons": []}, Fault("modules[0].lessons", "has 0 entries, at least 1 are needed")),
        ({"lessons": "none"}, Fault("modules[0].lessons", "must be a list")),
        ({"lessons": ["one"]}, Fault("modules[0].lessons[0]", "must be a JSON object")),
        ({"learningObjectives": [7]}, Fault("modules[0].learningObjectives[0]", "must be a string")),
        ({"assessment": {}}, Fault("modules[0].assessment.questions", "is missing")),
    ],
)
def test_what_is_wrong_with_a_module_is_said_in_words_with_its_place(change: Any, fault: Fault) -> None:
    answer = course()
    answer["modules"][0] |= change

    assert faults(answer) == [fault]
