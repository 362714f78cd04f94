"""Extracted questions as elements: every kind has the key the structure asks for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydantic import TypeAdapter

from granulator.extraction.cloze import Item
from granulator.granulation.authors import questions
from granulator.granulation.structures.question import Question
from tests.unit.extraction.samples import reading

READING = reading("# Lamps\n\nThe lamp of the tower burns for 25 minutes before dawn.\n")
ITEM = Item("multiple_choice", "What?", "lamp", ("lamp", "bell", "rope", "flag"), "Said.", 9, 20, 0, 0.0, "remember")
JUDGED = replace(ITEM, kind="true_false", stem="Judge: it burns.", options=("Judge: it burns.", "Judge: it does not."))


def element(item: Item) -> dict[str, Any]:
    (made,) = questions.elements(READING, [item], "q_", "seed")
    assert isinstance(made, dict)
    return made


@pytest.mark.parametrize(("answer", "shown", "key"), [("True", "it burns.", 0), ("False", "it does not.", 1)])
def test_a_statement_is_shown_as_its_answer_says(answer: str, shown: str, key: int):
    made = element(replace(JUDGED, answer=answer))

    assert (made["question"], made["options"], made["correctAnswer"]) == (f"Judge: {shown}", ["True", "False"], key)


def test_an_amount_is_a_value_without_tolerance():
    made = element(replace(ITEM, kind="numeric", answer="1,250", options=()))

    assert (made["options"], made["correctAnswer"]) == ([], {"value": 1250.0, "tolerance": 0.0})


def test_the_right_answer_of_a_choice_is_at_its_key():
    made = element(ITEM)

    assert made["options"][made["correctAnswer"]] == "lamp"
    assert sorted(made["options"]) == ["bell", "flag", "lamp", "rope"]


@pytest.mark.parametrize(
    "item",
    [
        ITEM,
        replace(JUDGED, answer="True"),
        replace(ITEM, kind="numeric", answer="25", options=()),
        replace(ITEM, kind="ordering", answer="", options=("One.", "Two.", "Three.")),
        replace(ITEM, kind="matching", answer="", options=(), pairs=(("a", "b"), ("c", "d"))),
        replace(ITEM, bloom="apply"),
    ],
)
def test_every_kind_is_a_question_of_the_structure(item: Item):
    TypeAdapter(Question).validate_python(element(item))
