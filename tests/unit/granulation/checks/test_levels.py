"""Counts: the template's bounds, declared totals and the size of a granularity level."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from granulator.granulation.checks import levels
from granulator.granulation.plan import Sizes
from tests.unit.granulation.samples import COURSE, QUIZ, course, found, lesson, quiz, template


@pytest.mark.parametrize("check", [levels.missing_level, levels.bounds, levels.levels, levels.count_mismatch])
def test_a_clean_structure_has_its_levels(check: Any) -> None:
    assert found(check, course(), template=template(COURSE)) == []
    assert found(check, quiz(), template=template(QUIZ)) == []


def test_a_course_without_a_single_lesson_misses_a_level() -> None:
    structure = course()
    for module in structure["modules"]:
        module["lessons"] = []

    assert found(levels.missing_level, structure) == [("missing_level", "modules[0].lessons")]


def test_one_module_without_lessons_is_empty() -> None:
    structure = course()
    structure["modules"][1]["lessons"] = []

    assert found(levels.missing_level, structure) == [("empty_module", "modules[1].lessons")]


def test_a_category_without_questions_misses_a_level() -> None:
    structure = quiz()
    structure["categories"][1]["questions"] = []

    assert found(levels.missing_level, structure) == [("missing_level", "categories[1].questions")]


def test_counts_below_the_bounds_of_the_template_are_found() -> None:
    structure = course()
    structure["modules"] = structure["modules"][:1]
    del structure["modules"][0]["lessons"][1]

    assert found(levels.bounds, structure, template=template(COURSE)) == [
        ("below_minimum", "modules"),
        ("below_minimum", "modules[0].lessons"),
    ]


def test_counts_above_the_bounds_of_the_template_are_found() -> None:
    structure = quiz()
    structure["categories"] *= 8

    assert found(levels.bounds, structure, template=template(QUIZ)) == [
        ("above_maximum", "categories"),
        ("above_maximum", "categories"),
    ]


def test_structure_rules_bound_every_list_they_name_and_require_their_fields() -> None:
    structure = course()
    structure["courseOverview"]["duration"] = " "
    lesson(structure)["keyPoints"] = []
    structure["modules"][1]["lessons"] *= 5

    assert found(levels.levels, structure, template=template(COURSE)) == [
        ("above_maximum", "modules[1].lessons"),
        ("empty", "modules[0].lessons[0].keyPoints"),
        ("empty", "courseOverview.duration"),
    ]


def test_a_template_without_rules_bounds_nothing() -> None:
    free = replace(template(COURSE), validation_rules={}, structure_rules={})

    assert found(levels.bounds, {"modules": []}, template=free) == []
    assert found(levels.levels, {"modules": []}, template=free) == []


def test_a_declared_total_that_is_not_the_count_is_found() -> None:
    structure = quiz()
    structure["quizOverview"]["totalQuestions"] = 20

    assert found(levels.count_mismatch, structure) == [("count_mismatch", "quizOverview.totalQuestions")]


@pytest.mark.parametrize(("level", "fits"), [(1, True), (2, False), (3, False)])
def test_a_course_of_two_by_two_has_the_size_of_level_1_only(level: int, fits: bool) -> None:
    problems = found(levels.granularity_mismatch, course(), granularity_level=level)

    assert problems == ([] if fits else [("granularity_mismatch", "modules")])


@pytest.mark.parametrize(("questions", "fits"), [(8, True), (12, True), (13, False), (7, False)])
def test_a_count_may_be_a_quarter_off(questions: int, fits: bool) -> None:
    structure = quiz()
    entries = (structure["categories"][0]["questions"] * 3)[:questions]
    structure["categories"] = [{"name": "a", "questions": entries[:4]}, {"name": "b", "questions": entries[4:]}]

    problems = found(levels.granularity_mismatch, structure, granularity_level=2)

    assert problems == ([] if fits else [("granularity_mismatch", "categories")])


def test_planned_sizes_win_over_the_level() -> None:
    assert found(levels.granularity_mismatch, course(), granularity_level=5, sizes=Sizes(2, 4)) == []
