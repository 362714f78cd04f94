"""Questions as models write them: which slips are mended without asking, and which are faults."""

from __future__ import annotations

from typing import Any

import pytest

from granulator.granulation.drafts.base import Fault
from granulator.granulation.drafts.quiz import QuizDraft
from tests.unit.granulation.drafts.samples import ACID, AIR, BRINE, QUIZ, WARMTH, quiz, wanted

FIRST = "categories[0].questions[0]"


def read(question: dict[str, Any]) -> tuple[Any, list[Fault]]:
    answer = quiz()
    answer["categories"][0]["questions"][0] = question
    structure, faults = QuizDraft().read_whole(answer, wanted(QUIZ))
    categories: Any = structure.get("categories", [{"questions": [None]}])
    return categories[0]["questions"][0], list(faults)


@pytest.mark.parametrize(("said", "key"), [(True, 0), (False, 1), ("False", 1), (" true", 0), (1, 1), (1.0, 1)])
def test_true_and_false_are_understood_in_every_spelling(said: object, key: int) -> None:
    assert read(AIR | {"correctAnswer": said}) == (
        {"id": "q_1"} | AIR | {"options": ["True", "False"], "correctAnswer": key},
        [],
    )


def test_a_single_short_answer_needs_no_list() -> None:
    question, faults = read(ACID | {"correctAnswer": "lactic acid"})

    assert (question["correctAnswer"], faults) == (["lactic acid"], [])


@pytest.mark.parametrize(
    ("question", "path", "message"),
    [
        (BRINE | {"correctAnswer": 4}, FIRST, "the key must be the index of an option, counted from 0"),
        (BRINE | {"correctAnswer": True}, f"{FIRST}.correctAnswer", "must be a whole number"),
        (BRINE | {"correctAnswer": "A"}, f"{FIRST}.correctAnswer", "must be a whole number"),
        (BRINE | {"options": ["One", "Two"]}, f"{FIRST}.options", "has 2 entries, at least 3 are needed"),
        (BRINE | {"options": list("abcdefghi")}, f"{FIRST}.options", "has too many entries, at most 8 are possible"),
        (AIR | {"correctAnswer": 2}, FIRST, "the key must be the index of an option, counted from 0"),
        (AIR | {"correctAnswer": "maybe"}, f"{FIRST}.correctAnswer", "must be a whole number"),
        (WARMTH | {"correctAnswer": [1, 1]}, FIRST, "the key names an option twice"),
        (WARMTH | {"correctAnswer": []}, f"{FIRST}.correctAnswer", "has 0 entries, at least 1 are needed"),
        (BRINE | {"difficulty": "Easy"}, f"{FIRST}.difficulty", "must be one of 'easy', 'medium' or 'hard'"),
        (
            BRINE | {"type": "riddle"},
            FIRST,
            "needs a type, one of 'multiple_choice', 'true_false', 'multiple_response', 'short_answer'",
        ),
        ({}, FIRST, "needs a type"),
    ],
)
def test_a_question_that_cannot_stand_is_a_fault_with_its_place(
    question: dict[str, Any], path: str, message: str
) -> None:
    assert read(question) == (None, [Fault(path, message)])
