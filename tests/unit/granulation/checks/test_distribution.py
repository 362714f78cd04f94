"""All questions together: difficulty, key positions, lengths, catch-all options."""

from __future__ import annotations

from typing import Any

import pytest

from granulator.granulation.checks import distribution
from tests.unit.granulation.samples import found, questions, quiz


@pytest.mark.parametrize(
    "check",
    [
        distribution.difficulty_flat,
        distribution.key_position_bias,
        distribution.longest_is_correct,
        distribution.all_of_above,
    ],
)
def test_a_clean_quiz_has_none_of_it(check: Any) -> None:
    assert found(check, quiz()) == []


def with_each(count: int = 10, **changes: Any) -> Any:
    structure = quiz()
    for question in questions(structure):
        question.update(changes)
    structure["categories"][1]["questions"] = structure["categories"][1]["questions"][: count - 5]
    return structure


def test_one_difficulty_throughout_is_flat_from_eight_questions_on() -> None:
    assert found(distribution.difficulty_flat, with_each(8, difficulty="easy")) == [("difficulty_flat", "categories")]
    assert found(distribution.difficulty_flat, with_each(7, difficulty="easy")) == []


def test_the_key_always_at_c_is_biased() -> None:
    assert found(distribution.key_position_bias, with_each(correctAnswer=2)) == [("key_position_bias", "categories")]


def test_keys_as_chance_spreads_them_are_not() -> None:
    structure = quiz()
    for question, key in zip(questions(structure), [0, 0, 1, 2, 0, 3, 1, 0, 2, 1], strict=True):
        question["correctAnswer"] = key

    assert found(distribution.key_position_bias, structure) == []


def test_the_longest_option_always_correct_is_found_over_the_whole_quiz() -> None:
    structure = quiz()
    for question in questions(structure):
        question["options"][question["correctAnswer"]] += ", as every careful observer will confirm"

    assert found(distribution.longest_is_correct, structure) == [("longest_is_correct", "categories")]

    for question in questions(structure)[:5]:
        question["options"][question["correctAnswer"] - 1] += ", though no careful observer would ever confirm that"
    assert found(distribution.longest_is_correct, structure) == []


@pytest.mark.parametrize("option", ["All of the above", "None of these.", "none of the above"])
def test_a_catch_all_option_is_found(option: str) -> None:
    structure = quiz()
    questions(structure)[0]["options"][3] = option

    assert found(distribution.all_of_above, structure) == [("all_of_above", "categories[0].questions[0].options[3]")]


def test_an_option_that_speaks_of_all_is_no_catch_all() -> None:
    structure = quiz()
    questions(structure)[0]["options"][3] = "All of the clouds above 6000 m"

    assert found(distribution.all_of_above, structure) == []
