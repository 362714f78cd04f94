"""A quiz as asked of a model: what stands in the structure, and what each bad answer is told."""

from __future__ import annotations

from typing import Any

from granulator.granulation.drafts.base import Fault
from granulator.granulation.drafts.quiz import QuizDraft
from tests.unit.granulation.drafts.samples import (
    ACID,
    AIR,
    BRINE,
    CELLAR,
    QUIZ,
    WARMTH,
    outline,
    part_answer,
    planned,
    quiz,
    wanted,
)

DRAFT = QuizDraft()


def test_questions_are_numbered_through_the_whole_quiz_and_counted() -> None:
    assert DRAFT.read_whole(quiz(), wanted(QUIZ)) == (
        {
            "quizOverview": quiz()["quizOverview"] | {"totalQuestions": 5},
            "categories": [
                {
                    "name": "Salt and air",
                    "questions": [{"id": "q_1"} | BRINE, {"id": "q_2", "options": ["True", "False"]} | AIR],
                },
                {
                    "name": "Time and warmth",
                    "questions": [{"id": "q_3"} | WARMTH, {"id": "q_4", "options": []} | ACID, {"id": "q_5"} | CELLAR],
                },
            ],
        },
        (),
    )


def test_a_part_holds_the_facts_to_test_and_takes_its_difficulty_from_the_plan() -> None:
    plan = planned(QUIZ)
    part = DRAFT.parts(plan, 2)[1]
    answer = part_answer(QUIZ, part, plan)

    read, found = DRAFT.read_part(part, answer, plan)

    questions: Any = read["questions"]
    assert part == {
        "group": 1,
        "title": "Time and warmth",
        "leaves": [{"id": "q_3", "fact": WARMTH["question"], "difficulty": "hard"}],
        "isFirst": True,
        "isLast": False,
        "neighbours": ["Salt and air"],
        "sections": [],
    }
    assert ("difficulty" in answer["questions"][0], questions[0]["difficulty"], found) == (False, "hard", ())


def test_facts_planned_twice_are_a_fault() -> None:
    answer = outline(QUIZ)
    answer["categories"][1]["items"][2]["fact"] = AIR["question"]

    _, found = DRAFT.read_outline(answer, wanted(QUIZ))

    assert found == (Fault("categories[1].items[2].fact", "repeats categories[0].items[1].fact: give each its own"),)


def test_a_wrong_number_of_questions_is_a_fault() -> None:
    answer = quiz()
    del answer["categories"][1]["questions"][:2]

    assert DRAFT.read_whole(answer, wanted(QUIZ))[1] == (
        Fault("categories", "has 3 questions in all, 4 to 6 are wanted"),
    )


def test_a_passing_score_beyond_percent_is_a_fault() -> None:
    answer = quiz()
    answer["quizOverview"]["passingScore"] = 110

    assert DRAFT.read_whole(answer, wanted(QUIZ)) == (
        {},
        (Fault("quizOverview.passingScore", "input should be less than or equal to 100"),),
    )
