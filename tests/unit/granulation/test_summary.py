"""The summary: exactly the API document's keys, sums that add up, counts that are counted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from granulator.errors import InvalidStructureType
from granulator.granulation import summary
from granulator.model import StructureType
from tests.unit.granulation.samples import COURSE, QUIZ, course, lesson, quiz, template


def summarise(structure: Any, level: int = 1, **changes: Any) -> Any:
    kind = QUIZ if "categories" in structure else COURSE
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
            "method": summary.METHOD,
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


def test_a_type_without_a_model_is_refused_by_name() -> None:
    with pytest.raises(InvalidStructureType, match="novel"):
        summary.total_elements(StructureType.NOVEL, {})
