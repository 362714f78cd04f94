"""The summary: exactly the API document's keys, sums that add up, counts that are counted."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from granulator.granulation import summary, word_estimates
from granulator.model import StructureType
from tests.unit.granulation.merging.grown import sized
from tests.unit.granulation.samples import (
    COURSE,
    KNOWLEDGE_MAP,
    LEARNING_PATH,
    NOVEL,
    QUIZ,
    WORKFLOW,
    clean,
    course,
    kind_of,
    lesson,
    novel,
    put,
    quiz,
    template,
    values,
)


def summarise(structure: Any, level: int = 1, **changes: Any) -> Any:
    kind = kind_of(structure)
    return summary.summarise(
        kind,
        structure,
        template=replace(template(kind), **changes),
        granularity_level=level,
        topic="Composting",
        target_audience="gardeners",
        language="en",
        worker="granulator",
    )


def test_the_summary_of_a_course_has_the_keys_of_the_api_document() -> None:
    assert summarise(course()) == {
        "totalElements": 12,
        "modules": 2,
        "lessons": 4,
        "assessments": 2,
        "exercises": 4,
        "wordCountEstimates": {
            "total": 1440,
            "bySection": {
                "moduleIntroductions": 160,
                "lessonContent": 800,
                "examples": 80,
                "exercises": 160,
                "assessments": 240,
            },
            "byPriority": {"high": 1040, "medium": 240, "low": 160},
            "actual": 1013,
            "method": word_estimates.METHOD,
            "assumptions": [
                {"elementType": "moduleIntroductions", "wordsPerElement": 80, "assumed": False},
                {"elementType": "lessonContent", "wordsPerElement": 200, "assumed": False},
                {"elementType": "examples", "wordsPerElement": 40, "assumed": False},
                {"elementType": "exercises", "wordsPerElement": 40, "assumed": False},
                {"elementType": "assessments", "wordsPerElement": 40, "assumed": False},
            ],
        },
        "contentMetadata": {
            "workerChain": {
                "currentWorker": "granulator",
                "nextWorkers": ["content-generator", "quality-validator"],
                "outputFormat": "structured_json",
                "version": "2.0",
            },
            "standardParameters": {
                "topic": "Composting",
                "structureType": "course",
                "granularityLevel": 1,
                "targetAudience": "gardeners",
                "language": "en",
                "tone": "educational_engaging",
                "style": "educational",
            },
        },
    }


def test_the_summary_of_a_quiz_counts_categories_and_questions() -> None:
    result = summarise(quiz(), level=2)

    assert (result["totalElements"], result["categories"], result["questions"]) == (12, 2, 10)
    assert result["wordCountEstimates"]["bySection"] == {
        "overview": 50,
        "stems": 250,
        "options": 320,
        "explanations": 350,
    }
    assert result["wordCountEstimates"]["byPriority"] == {"high": 570, "medium": 350, "low": 50}


def test_words_the_template_does_not_name_are_assumed_and_say_so() -> None:
    result = summarise(course(), word_targets={"lessonContent": [1000] * 5})["wordCountEstimates"]

    assert result["bySection"]["lessonContent"] == 4000
    assert [entry["elementType"] for entry in result["assumptions"] if not entry["assumed"]] == ["lessonContent"]


def test_lessons_linked_to_no_objective_weigh_less_where_others_are_linked() -> None:
    structure = course()
    lesson(structure)["objectiveIds"] = ["obj_1"]

    assert summarise(structure)["wordCountEstimates"]["byPriority"] == {"high": 200, "medium": 1080, "low": 160}


def test_exercises_are_optional_up_to_level_3() -> None:
    assert summarise(course(), level=3)["wordCountEstimates"]["byPriority"]["low"] == 320
    assert summarise(course(), level=4)["wordCountEstimates"]["byPriority"]["low"] == 0


def test_code_among_the_examples_is_not_counted() -> None:
    structure = course()
    lesson(structure, 0, 1)["examples"] = ["def turn(heap):\n    return heap.turned()"]

    assert summarise(structure)["wordCountEstimates"]["actual"] == 1013


def test_what_a_session_prints_is_code_too() -> None:
    structure = course()
    lesson(structure, 0, 1)["examples"] = [">>> heap.turn()\nturned twice"]

    assert summarise(structure)["wordCountEstimates"]["actual"] == 1013


def test_prose_around_the_code_of_an_example_is_counted() -> None:
    structure = course()
    lesson(structure, 0, 1)["examples"] = [
        "First the heap is turned,\nthen it rests,\nheap.turn()\nand is turned again."
    ]

    assert summarise(structure)["wordCountEstimates"]["actual"] == 1013 + 12


NOT_WORDS = re.compile(
    r"(^|[.])(schemaVersion|language|id|type|difficulty|bloom|role|beat|uri|kind|sha256|doc|source|target|next|rootId"
    r"|duration|estimatedDuration|timeLimit|setupScene|payoffScene|provenance[.].*|x_.*"
    r"|(objectiveIds|nextSteps|stepIds|requires|developsCompetencies|characterIds|threadIds)\[\d+\])$"
    r"|^acts\[\d+\][.]chapters\[\d+\][.]pov$|^competencies\[\d+\][.]framework[.]name$"
)
"""Strings that name, order or measure, and say nothing by themselves."""
WORDS_NONETHELESS = re.compile(r"[.](activities\[\d+\]|assessment)[.]type$")


@pytest.mark.parametrize("kind", StructureType)
def test_every_text_of_a_structure_is_counted_and_nothing_else(kind: StructureType) -> None:
    structure = clean(kind)
    for path, value in values(structure):
        is_text = isinstance(value, str) and (not NOT_WORDS.search(path) or WORDS_NONETHELESS.search(path))
        before = summarise(structure)["wordCountEstimates"]["actual"]
        if isinstance(value, str):
            put(structure, path, f"{value} plus three words")
            after = summarise(structure)["wordCountEstimates"]["actual"]
            assert (path, after - before) == (path, 3 if is_text else 0)
            put(structure, path, value)


@settings(max_examples=25, deadline=None)
@pytest.mark.parametrize("kind", StructureType)
@given(data=st.data(), level=st.integers(1, 5))
def test_counts_and_sums_agree_with_structures_of_any_size(
    kind: StructureType, data: st.DataObject, level: int
) -> None:
    structure = data.draw(sized(kind))
    odd = st.sampled_from(
        ["堆肥需要空气。", "```\nheap.turn()\n```", "def turn(heap):\n    return heap", "हिन्दी में", "🪱", "\u200b"]
    )
    for path, value in values(structure):
        if isinstance(value, str) and value.endswith("own.") and data.draw(st.integers(0, 9)) == 0:
            put(structure, path, data.draw(odd))

    result = summarise(structure, level)

    words = result["wordCountEstimates"]
    assert sum(words["bySection"].values()) == sum(words["byPriority"].values()) == words["total"] > 0
    assert list(words["bySection"]) == list(word_estimates.SECTIONS[kind])
    assert all(isinstance(count, int) and count >= 0 for count in words["bySection"].values())
    counted = {name: result[name] for name in COUNTS[kind]}
    assert counted == {name: count(structure) for name, count in COUNTS[kind].items()}
    assert result["totalElements"] == sum(count for name, count in counted.items() if name not in BESIDE)


def listed(key: str) -> Callable[[Any], int]:
    """How many entries all lists under a key have, wherever they stand."""
    return lambda structure: sum(len(value) for path, value in values(structure) if re.search(rf"(^|[.]){key}$", path))


COUNTS: dict[StructureType, dict[str, Callable[[Any], int]]] = {
    COURSE: {
        "modules": listed("modules"),
        "lessons": listed("lessons"),
        "assessments": lambda structure: len(re.findall(r"'assessment': ", str(structure))),
        "exercises": listed("practicalExercises"),
    },
    QUIZ: {"categories": listed("categories"), "questions": listed("questions")},
    NOVEL: {
        "acts": listed("acts"),
        "chapters": listed("chapters"),
        "scenes": listed("scenes"),
        "characters": listed("characters"),
        "plotThreads": listed("plotThreads"),
    },
    WORKFLOW: {
        "steps": listed("steps"),
        "decisions": lambda structure: len(re.findall(r"'type': 'decision'", str(structure))),
    },
    KNOWLEDGE_MAP: {"concepts": listed("concepts"), "relations": listed("relations")},
    LEARNING_PATH: {
        "milestones": listed("milestones"),
        "activities": listed("activities"),
        "competencies": listed("competencies"),
    },
}
BESIDE = ("characters", "plotThreads", "decisions", "relations", "competencies")


@given(
    st.lists(st.integers(0, 6), min_size=1, max_size=8),
    st.integers(1, 5),
    st.lists(st.integers(1, 9999), min_size=5, max_size=5),
)
def test_sections_and_priorities_each_add_up_to_the_total(lessons: list[int], level: int, each: list[int]) -> None:
    structure: Any = course()
    structure["modules"] = [structure["modules"][0] | {"lessons": [lesson(course())] * count} for count in lessons]

    words = summarise(structure, level, word_targets={"lessonContent": each, "exercises": each})["wordCountEstimates"]

    assert sum(words["bySection"].values()) == sum(words["byPriority"].values()) == words["total"]


@given(st.lists(st.integers(0, 12), min_size=1, max_size=6), st.integers(1, 5))
def test_those_of_a_quiz_do_too(questions: list[int], level: int) -> None:
    structure: Any = quiz()
    entries = structure["categories"][0]["questions"] * 3
    structure["categories"] = [{"name": "a", "questions": entries[:count]} for count in questions]

    result = summarise(structure, level)

    words = result["wordCountEstimates"]
    assert sum(words["bySection"].values()) == sum(words["byPriority"].values()) == words["total"]
    assert result["totalElements"] == len(questions) + sum(questions) == summary.total_elements(QUIZ, structure)


def test_the_total_is_the_sum_of_its_parts_and_zero_for_nothing() -> None:
    assert summary.total_elements(COURSE, course()) == 12
    assert summary.total_elements(COURSE, {}) == 0


@pytest.mark.parametrize(
    ("kind", "counts", "total"),
    [
        (NOVEL, {"acts": 3, "chapters": 6, "scenes": 8, "characters": 2, "plotThreads": 2}, 17),
        (WORKFLOW, {"steps": 7, "decisions": 2}, 7),
        (KNOWLEDGE_MAP, {"concepts": 7, "relations": 7}, 7),
        (LEARNING_PATH, {"milestones": 4, "activities": 5, "competencies": 2}, 9),
    ],
)
def test_every_type_is_counted_and_what_holds_it_together_is_not_added(
    kind: StructureType, counts: dict[str, int], total: int
) -> None:
    result = summarise(clean(kind))

    assert list(result) == ["totalElements", *counts, "wordCountEstimates", "contentMetadata"]
    assert {key: result[key] for key in counts} == counts
    assert result["totalElements"] == total == summary.total_elements(kind, clean(kind))


@pytest.mark.parametrize(
    ("kind", "sections", "priorities"),
    [
        (
            NOVEL,
            {"overview": 120, "act1": 5000, "act2": 7500, "act3": 2500},
            {"high": 15000, "medium": 0, "low": 120},
        ),
        (WORKFLOW, {"overview": 80, "steps": 420}, {"high": 420, "medium": 0, "low": 80}),
        (
            KNOWLEDGE_MAP,
            {"overview": 60, "definitions": 210, "examples": 45},
            {"high": 210, "medium": 45, "low": 60},
        ),
        (
            LEARNING_PATH,
            {"overview": 80, "activities": 250, "assessments": 160},
            {"high": 200, "medium": 120, "low": 170},
        ),
    ],
)
def test_the_words_of_every_type_are_told_by_section_and_by_priority(
    kind: StructureType, sections: dict[str, int], priorities: dict[str, int]
) -> None:
    words = summarise(clean(kind))["wordCountEstimates"]

    assert words["bySection"] == sections
    assert words["byPriority"] == priorities
    assert words["total"] == sum(sections.values()) == sum(priorities.values())


def test_a_chapter_is_given_the_words_it_asks_for_and_the_usual_ones_if_it_asks_for_none() -> None:
    structure = novel()
    del structure["acts"][0]["chapters"][0]["targetWords"]
    assumed = {"elementType": "chapters", "wordsPerElement": 1800, "assumed": False}

    words = summarise(structure)["wordCountEstimates"]

    assert words["bySection"]["act1"] == 1800 + 2500
    assert assumed in words["assumptions"]
    assert assumed not in summarise(novel())["wordCountEstimates"]["assumptions"]


@pytest.mark.parametrize("kind", StructureType)
def test_the_words_assumed_are_those_of_the_default_template(kind: StructureType) -> None:
    shipped = {name: tuple(words) for name, words in template(kind).word_targets.items()}

    assert word_estimates.DEFAULT_WORDS[kind] == shipped


@given(st.sampled_from(StructureType), st.integers(1, 5), st.data())
def test_sums_hold_whatever_is_missing_from_a_structure(kind: StructureType, level: int, data: st.DataObject) -> None:
    structure = clean(kind)
    for _ in range(data.draw(st.integers(0, 4))):
        place = data.draw(st.sampled_from([path for path, _ in values(structure)] or [""]))
        if place and not place.endswith("]"):
            put(structure, place, data.draw(st.sampled_from([None, 0, True, "text", [], {}, -5, 1e300, 10**30])))

    words = summarise(structure, level)["wordCountEstimates"]

    assert sum(words["bySection"].values()) == sum(words["byPriority"].values()) == words["total"] >= 0
