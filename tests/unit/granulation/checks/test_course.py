"""Courses only: objectives, balance and durations."""

from __future__ import annotations

from typing import Any

import pytest

from granulator.granulation.checks import course as checks
from tests.unit.granulation.samples import course, found, lesson, put, quiz


@pytest.mark.parametrize(
    "check",
    [checks.unmeasurable_objective, checks.objective_uncovered, checks.imbalance, checks.duration_mismatch],
)
def test_a_clean_structure_has_none_of_it(check: Any) -> None:
    assert found(check, course()) == []
    assert found(check, quiz()) == []


@pytest.mark.parametrize(
    "objective",
    ["Understand lists", "Know the parts of a heap", "By the end of this module, students will understand heaps",
     "Be able to appreciate compost", "To become familiar with heaps", "Gain an understanding of microbes"],
)  # fmt: skip
def test_an_objective_nobody_can_observe_is_found(objective: str) -> None:
    structure = course()
    structure["modules"][0]["learningObjectives"] = [objective]

    assert found(checks.unmeasurable_objective, structure) == [
        ("unmeasurable_objective", "modules[0].learningObjectives[0]")
    ]


@pytest.mark.parametrize(
    "objective", ["Learners will be able to explain heaps", "Explain what you know", "Knowledgeably choose a spot"]
)
def test_an_objective_with_a_measurable_verb_is_fine(objective: str) -> None:
    structure = course()
    structure["modules"][0]["learningObjectives"] = [objective]

    assert found(checks.unmeasurable_objective, structure) == []


def test_an_objective_is_covered_once_it_is_taught_and_assessed() -> None:
    structure = course()
    module = structure["modules"][0]
    module["objectives"] = [{"id": "obj_1", "text": "Explain", "bloom": "understand"}]
    assert found(checks.objective_uncovered, structure) == [("objective_uncovered", "modules[0].objectives[0]")]

    lesson(structure)["objectiveIds"] = ["obj_1"]
    assert found(checks.objective_uncovered, structure) == [("objective_uncovered", "modules[0].objectives[0]")]

    module["assessment"]["questions"][0]["objectiveIds"] = ["obj_1"]
    assert found(checks.objective_uncovered, structure) == []


def test_a_module_over_four_times_as_long_as_another_is_out_of_balance() -> None:
    structure = course()
    for entry in structure["modules"][0]["lessons"]:
        entry["content"] = " ".join(entry["content"].split()[:20])

    assert found(checks.imbalance, structure) == [("imbalance", "modules[1]")]


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("45 minutes", 45), ("2 hours", 120), ("1 hour 30 minutes", 90), ("1.5 h", 90), ("90 min", 90),
     ("about 2 hours", 120), ("8 weeks", None),
     ("2 hours per week", None), ("", None), ("an hour", None), (7, None)],
)  # fmt: skip
def test_minutes_are_read_only_where_they_are_certain(text: Any, minutes: float | None) -> None:
    assert checks.minutes(text) == minutes


def test_a_duration_that_contradicts_its_minutes_is_found() -> None:
    structure = course()
    structure["modules"][0]["durationMinutes"] = 600

    assert found(checks.duration_mismatch, structure) == [("duration_mismatch", "modules[0].estimatedDuration")]


def test_a_course_shorter_than_half_its_modules_is_found() -> None:
    structure = course()
    structure["courseOverview"]["duration"] = "1 hour"

    assert found(checks.duration_mismatch, structure) == [("duration_mismatch", "courseOverview.duration")]


def test_a_time_limit_that_does_not_fit_the_questions_is_found() -> None:
    structure = quiz()
    structure["quizOverview"]["timeLimit"] = "2 hours"

    assert found(checks.duration_mismatch, structure) == [("duration_mismatch", "quizOverview.timeLimit")]


@pytest.mark.parametrize(
    ("objective", "is_measurable"),
    [
        ("Acquire background on the matter", False),
        ("Deepen one's knowledge of soils", False),
        ("Form an impression of the site", False),
        ("See why air matters", False),
        ("Acquire a sample of soil and label it", True),
        ("Form plural nouns", True),
        ("Be able to turn a heap", True),
        ("Explore a data set with summary statistics", True),
    ],
)
def test_an_objective_is_measurable_unless_it_happens_in_a_mind(objective: str, is_measurable: bool) -> None:
    path = "modules[0].learningObjectives[0]"
    wanted = [] if is_measurable else [("unmeasurable_objective", path)]

    assert found(checks.unmeasurable_objective, put(course(), path, objective)) == wanted
