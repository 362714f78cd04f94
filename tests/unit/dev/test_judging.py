"""The mock as a judge: it solves its own questions, quotes what is there, and errs only when it is told to."""

from __future__ import annotations

import json
from typing import Any

import pytest

from granulator.dev.mock_ai import content
from granulator.dev.mock_ai.asked import Asked, Turn
from granulator.dev.mock_ai.writers import keys

RUBRIC = (
    "<structure-0a1b2c>\nquizOverview:\n title: Bees\n description: What every keeper of bees should know by spring.\n"
    "</structure-0a1b2c>\n\nfirst: Is it so?\n- yes: it is.\n- no: it is not.\n\nsecond: Is it right?\n- yes: it is.\n"
    "- no: it is not."
)
QUESTIONS = (
    "<questions-0a1b2c>\nQuestion 1\nWhich one?\nA. Smoke\nB. Honey\nC. Wax\n\n"
    "Question 2\nIs it so?\nA. False\nB. True\n\n"
    "Question 3\nWhich two?\nA. Smoke\nB. Honey\nC. Wax\n\n"
    "Question 4\nComplete the sentence from the text: Bees store ____ in wax.\nA. smoke\nB. honey\nC. nets\nExcerpt:\n"
    "Bees store honey in\nwax. They fly far.\n\n"
    "Question 5\nComplete the sentence from the text: Bees eat ____ .\nA. smoke\nB. honey\n\n"
    "Question 6\nWhat is it called?\n</questions-0a1b2c>\n\n"
    "1: the letter of the right option\n2: the letter of the right option\n3: the letters of all right options\n"
    "4: the letter of the right option\n5: the letter of the right option\n6: the answer alone, in a few words"
)
SUPPORT = (
    "<statements-0a1b2c>\nStatement 1\nQuestion: What?\nExplanation: Bees dance to tell the way.\n"
    "Excerpt:\nBees dance.\n</statements-0a1b2c>"
)


def record(**properties: object) -> dict[str, object]:
    return {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}


TEXT = {"type": "string"}
YES_NO = {"type": "string", "enum": ["yes", "no"]}
ONE = record(quote=TEXT, reason=TEXT, answer=YES_NO)


def said(prompt: str, schema: Any, manner: str = "") -> Any:
    asked = Asked("gpt", (Turn("system", "You review."), Turn("user", prompt)), form="schema", schema=schema)
    return json.loads(content.answer(asked, manner))


def rows(kind: str, **properties: object) -> dict[str, object]:
    return record(**{kind: {"type": "array", "items": record(number={"type": "integer"}, **properties)}})


ANSWERS = rows("answers", answer={"type": "array", "items": TEXT})


@pytest.mark.parametrize(("manner", "first"), [("", "yes"), ("judge_no", "no"), ("judge_wrong", "yes")])
def test_each_criterion_is_answered_with_words_that_are_there(manner: str, first: str) -> None:
    found = said(RUBRIC, record(criteria=record(first=ONE, second=ONE)), manner)["criteria"]

    assert [row["answer"] for row in found.values()] == [first, "yes"]
    assert {row["quote"] in RUBRIC for row in found.values()} == {True}


def test_quotations_can_be_invented() -> None:
    found = said(RUBRIC, record(criteria=record(first=ONE, second=ONE)), "judge_fakequote")["criteria"]

    assert {row["quote"] in RUBRIC for row in found.values()} == {False}


def test_questions_are_solved_by_their_words_and_gaps_from_the_excerpt() -> None:
    answers = [row["answer"] for row in said(QUESTIONS, ANSWERS)["answers"]]

    best = keys.best(["Smoke", "Honey", "Wax"])
    two = keys.best(["Smoke", "Honey", "Wax"], 2)
    assert answers == [
        ["ABC"[best[0]]],
        ["B" if keys.is_true("Is it so?") else "A"],
        ["ABC"[place] for place in two],
        ["B"],
        [],
        [keys.short_answer("What is it called?")],
    ]


def test_a_judge_that_is_to_be_wrong_is_wrong_wherever_it_answers() -> None:
    right = [row["answer"] for row in said(QUESTIONS, ANSWERS)["answers"]]
    wrong = [row["answer"] for row in said(QUESTIONS, ANSWERS, "judge_wrong")["answers"]]

    assert [one == other for one, other in zip(right, wrong, strict=True)] == [False, False, False, False, True, False]
    assert all(wrong[:4])


@pytest.mark.parametrize(("manner", "answer"), [("", "yes"), ("judge_no", "no")])
def test_support_is_found_in_the_excerpt_and_missed_in_the_statement(manner: str, answer: str) -> None:
    (row,) = said(SUPPORT, rows("findings", quote=TEXT, answer=YES_NO), manner)["findings"]

    assert row == {"number": 1, "quote": "Bees dance to tell the way." if manner else "Bees dance.", "answer": answer}


def test_what_no_judge_is_asked_does_not_depend_on_the_manner() -> None:
    schema = record(title=TEXT, lines={"type": "array", "items": TEXT})

    assert said("Write lines about bees.", schema) == said("Write lines about bees.", schema, "judge_wrong")
