"""Counts: the template's bounds, declared totals and the size of a granularity level."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from granulator.granulation.checks import levels
from granulator.granulation.plan import Sizes
from granulator.model import StructureType
from tests.unit.granulation.samples import (
    COURSE,
    KNOWLEDGE_MAP,
    LEARNING_PATH,
    NOVEL,
    QUIZ,
    WORKFLOW,
    clean,
    course,
    found,
    knowledge_map,
    learning_path,
    lesson,
    novel,
    put,
    quiz,
    template,
    workflow,
)


@pytest.mark.parametrize("kind", StructureType)
@pytest.mark.parametrize("check", [levels.missing_level, levels.bounds, levels.levels, levels.count_mismatch])
def test_a_clean_structure_has_its_levels(check: Any, kind: StructureType) -> None:
    assert found(check, clean(kind), template=template(kind)) == []


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


@pytest.mark.parametrize(
    ("structure", "path", "expected"),
    [
        (novel(), "acts", ("missing_level", "acts")),
        (novel(), "acts[2].chapters", ("empty_act", "acts[2].chapters")),
        (workflow(), "steps", ("missing_level", "steps")),
        (knowledge_map(), "concepts", ("missing_level", "concepts")),
        (knowledge_map(), "relations", ("missing_level", "relations")),
        (learning_path(), "competencies", ("missing_level", "competencies")),
        (learning_path(), "milestones", ("missing_level", "milestones")),
        (learning_path(), "milestones[1].activities", ("missing_level", "milestones[1].activities")),
    ],
)
def test_a_list_that_must_not_be_empty_is_found(structure: Any, path: str, expected: tuple[str, str]) -> None:
    assert expected in found(levels.missing_level, put(structure, path, []))


def test_a_single_concept_needs_no_relation() -> None:
    structure = put(knowledge_map(), "relations", [])
    structure["concepts"] = structure["concepts"][:1]

    assert found(levels.missing_level, structure) == []


def without_scenes(*chapters: int) -> Any:
    structure = novel()
    told = [chapter for act in structure["acts"] for chapter in act["chapters"]]
    for number in chapters:
        told[number - 1]["scenes"] = []
    return structure


def test_a_novel_without_scenes_misses_a_level_from_level_3_on() -> None:
    structure = without_scenes(1, 2, 3, 4, 5, 6)

    assert found(levels.missing_level, structure, granularity_level=2) == []
    assert found(levels.missing_level, structure) == []
    assert found(levels.missing_level, structure, granularity_level=3) == [
        ("missing_level", "acts[0].chapters[0].scenes")
    ]


def test_one_chapter_without_scenes_is_found_where_every_chapter_was_to_have_some() -> None:
    structure = without_scenes(4)

    assert found(levels.missing_level, structure, sizes=Sizes(3, 6, 8)) == [
        ("missing_level", "acts[1].chapters[1].scenes")
    ]
    assert found(levels.missing_level, structure, sizes=Sizes(3, 6, 5)) == []


@pytest.mark.parametrize(
    ("kind", "rules", "expected"),
    [
        (NOVEL, {"minChapters": 7}, [("below_minimum", "acts")]),
        (NOVEL, {"maxChapters": 5}, [("above_maximum", "acts")]),
        (NOVEL, {"maxScenesPerChapter": 1}, [("above_maximum", f"acts[{n}].chapters[0].scenes") for n in (0, 2)]),
        (WORKFLOW, {"minSteps": 8}, [("below_minimum", "steps")]),
        (WORKFLOW, {"maxDecisions": 1}, [("above_maximum", "steps")]),
        (KNOWLEDGE_MAP, {"maxConcepts": 6}, [("above_maximum", "concepts")]),
        (KNOWLEDGE_MAP, {"minDepth": 3}, [("below_minimum", "concepts")]),
        (KNOWLEDGE_MAP, {"maxDepth": 1}, [("above_maximum", "concepts")]),
        (LEARNING_PATH, {"minMilestones": 5}, [("below_minimum", "milestones")]),
        (
            LEARNING_PATH,
            {"minActivitiesPerMilestone": 2},
            [("below_minimum", f"milestones[{n}].activities") for n in (1, 2, 3)],
        ),
    ],
)
def test_every_rule_a_template_may_have_is_held(
    kind: StructureType, rules: dict[str, int], expected: list[tuple[str, str]]
) -> None:
    ruled = replace(template(kind), validation_rules=rules)

    assert found(levels.bounds, clean(kind), template=ruled) == expected


def test_a_chapter_without_scenes_is_below_the_least_number_of_them() -> None:
    ruled = replace(template(NOVEL), validation_rules={"minScenesPerChapter": 1})

    assert found(levels.bounds, without_scenes(2), template=ruled) == [("below_minimum", "acts[0].chapters[1].scenes")]


def test_numbers_and_sums_of_a_novel_are_those_that_are_counted() -> None:
    structure = put(novel(), "novelOverview.targetWords", 80_000)
    structure["acts"][2]["actNumber"] = 2
    structure["acts"][1]["chapters"][0]["chapterNumber"] = 1

    assert found(levels.count_mismatch, structure) == [
        ("count_mismatch", "acts[2].actNumber"),
        ("count_mismatch", "acts[1].chapters[0].chapterNumber"),
        ("count_mismatch", "novelOverview.targetWords"),
    ]


@pytest.mark.parametrize(
    ("kind", "fitting", "off", "path"),
    [
        (NOVEL, Sizes(3, 6, 8), Sizes(3, 6, 12), "acts"),
        (NOVEL, Sizes(3, 7, 8), Sizes(3, 10, 8), "acts"),
        (WORKFLOW, Sizes(1, 8, 2), Sizes(1, 8, 0), "steps"),
        (WORKFLOW, Sizes(1, 6, 2), Sizes(1, 12, 2), "steps"),
        (KNOWLEDGE_MAP, Sizes(1, 8, 2), Sizes(1, 8, 3), "concepts"),
        (KNOWLEDGE_MAP, Sizes(1, 9, 2), Sizes(1, 12, 2), "concepts"),
        (LEARNING_PATH, Sizes(4, 5), Sizes(4, 8), "milestones"),
        (LEARNING_PATH, Sizes(4, 6), Sizes(6, 6), "milestones"),
    ],
)
def test_each_type_is_held_to_both_of_its_sizes(kind: StructureType, fitting: Sizes, off: Sizes, path: str) -> None:
    assert found(levels.granularity_mismatch, clean(kind), granularity_level=5, sizes=fitting) == []
    assert found(levels.granularity_mismatch, clean(kind), sizes=off) == [("granularity_mismatch", path)]
