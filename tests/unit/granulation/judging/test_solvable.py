"""Questions without their keys: what solvers see of them, and when an answer is the key."""

from __future__ import annotations

import re
from typing import Any

import pytest

from granulator.granulation.judging.solvable import Sheet, Solvable, Vote, questions_of, read, sheet
from granulator.model import JsonObject, StructureType

OPTIONS = ["An hour", "A day", "A minute", "A week"]


def question(kind: str, key: object, options: list[str] | None = None) -> Any:
    asked = {"id": "q_1", "type": kind, "question": "How long does dough rest?", "correctAnswer": key}
    return asked | {"options": OPTIONS if options is None else options, "explanation": "It rests for an hour."}


def quiz(*questions: object) -> JsonObject:
    return {"categories": [{"questions": list(questions)}]}


def solvable(kind: str, key: object, options: list[str] | None = None) -> Solvable:
    (found,) = questions_of(StructureType.QUIZ, quiz(question(kind, key, options)))
    return found


PAIRS = [{"left": "Rye", "right": "Dense"}, {"left": "Wheat", "right": "Light"}, {"left": "Oats", "right": "Moist"}]
IN_ORDER = Sheet(solvable("multiple_choice", 0), (0, 1, 2, 3))


def as_given(asked: Solvable) -> Sheet:
    return Sheet(asked, tuple(range(len(asked.options))))


@pytest.mark.parametrize(
    ("kind", "key", "options"),
    [
        ("multiple_choice", 0, None),
        ("multiple_response", [0, 2], None),
        ("ordering", [2, 0, 1, 3], None),
        ("true_false", 1, ["True", "False"]),
        ("matching", PAIRS, []),
        ("short_answer", ["An hour", "60 minutes"], []),
        ("numeric", {"value": 60, "tolerance": 5}, []),
    ],
)
def test_a_sheet_shows_stem_and_options_and_neither_key_nor_explanation(
    kind: str, key: object, options: list[str] | None
) -> None:
    asked = solvable(kind, key, options)

    shown = sheet(asked, 0).text()

    assert shown.startswith("How long does dough rest?")
    assert sorted(re.findall(r"^[A-Z]\. (.*)$", shown, re.MULTILINE)) == sorted(asked.options)
    assert re.findall(r"^\d\) (.*)$", shown, re.MULTILINE) == list(asked.items)
    assert "rests for" not in shown
    assert ("60 minutes" in shown) is False


def test_each_vote_has_an_order_of_its_own_that_is_the_same_after_a_crash() -> None:
    asked = solvable("multiple_choice", 0, [f"Option {number}" for number in range(8)])

    orders = [sheet(asked, vote).order for vote in range(3)]

    assert len(set(orders)) == 3
    assert orders == [sheet(asked, vote).order for vote in range(3)]
    assert {tuple(sorted(order)) for order in orders} == {tuple(range(8))}


@pytest.mark.parametrize("vote", range(3))
@pytest.mark.parametrize(
    ("kind", "key", "options"),
    [
        ("multiple_choice", 3, None),
        ("multiple_response", [1, 2], None),
        ("ordering", [2, 0, 1, 3], None),
        ("true_false", 0, ["True", "False"]),
        ("matching", PAIRS, []),
    ],
)
def test_letters_are_mapped_back_from_the_order_they_were_shown_in(
    kind: str, key: object, options: list[str] | None, vote: int
) -> None:
    shown = sheet(solvable(kind, key, options), vote)

    letters = ["ABCDEFGH"[shown.order.index(index)] for index in shown.question.key]

    right = read(shown, letters)
    assert right is not None
    assert right.agrees is True
    assert read(shown, letters[::-1] if kind in ("ordering", "matching") else ["A"]) != right or letters == ["A"]


@pytest.mark.parametrize(
    ("answer", "agrees"),
    [
        (["A"], True),
        (["a"], True),
        (["A. An hour"], True),
        (["(A)"], True),
        (["B"], False),
        (["b)"], False),
    ],
)
def test_a_letter_is_read_however_it_is_written(answer: list[str], agrees: bool) -> None:
    vote = read(IN_ORDER, answer)

    assert vote is not None
    assert vote.agrees is agrees


@pytest.mark.parametrize("answer", [["E"], ["An hour"], ["A", "B"], ["1"], ["?"]])
def test_what_names_no_option_is_no_answer(answer: list[str]) -> None:
    assert read(IN_ORDER, answer) is None


@pytest.mark.parametrize("answer", [[], [""], ["  "]])
def test_an_empty_answer_is_an_abstention(answer: list[str]) -> None:
    assert read(IN_ORDER, answer) == Vote(None)


def test_several_right_options_may_come_in_any_order_and_in_one_text() -> None:
    shown = as_given(solvable("multiple_response", [0, 2]))

    found = [read(shown, answer) for answer in (["C", "A"], ["A, C"], ["A"], ["A", "C", "B"])]

    assert [vote.agrees for vote in found if vote is not None] == [True, True, False, False]


def test_two_options_of_the_same_words_are_one_answer() -> None:
    shown = as_given(solvable("ordering", [0, 1, 2], ["Wait", "Fold", "Wait"]))

    vote = read(shown, ["C", "B", "A"])

    assert vote is not None
    assert vote.agrees is True


@pytest.mark.parametrize(
    ("answer", "agrees"),
    [
        ("an hour", True),
        ("An hour.", True),
        ("It takes about 60 minutes", None),
        ("about 60 minutes", True),
        ("60 minutes", True),
        ("A week", None),
    ],
)
def test_an_answer_in_words_is_the_key_or_is_to_be_graded(answer: str, agrees: bool | None) -> None:
    shown = as_given(solvable("short_answer", ["An hour", "60 minutes"], []))

    assert read(shown, [answer]) == Vote(agrees, answer)


@pytest.mark.parametrize(
    ("value", "tolerance", "answer", "agrees"),
    [
        (60, 5, "65", True),
        (60, 5, "66", False),
        (1970, 0, "1970", True),
        (1970, 0, "1969", False),
        (3.14159, 0, "3.14", True),
        (3.14159, 0, "3.2", False),
        (12500, 0, "12,500 grams", True),
        (-4, 0, "−4", True),
        (0, 0, "0", True),
        (0, 0, "0.001", False),
        (1e6, 0, "1e6", True),
        (3.5, 0, "3,5 Liter", True),
        (3.5, 0, "3,6", False),
        (1234.5, 0, "1.234,5", True),
        (1234.5, 0, "1,234.5.", True),
        (1500, 0, "1.500", True),
        (1.5, 0, "1.500", True),
        (15, 0, "1.500", False),
        (0.25, 0, ".25", True),
        (2500000, 0, "2 500 000", True),
    ],
)
def test_a_number_agrees_within_its_tolerance_and_a_fraction_may_be_rounded(
    value: float, tolerance: float, answer: str, agrees: bool
) -> None:
    vote = read(as_given(solvable("numeric", {"value": value, "tolerance": tolerance}, [])), [answer])

    assert vote is not None
    assert vote.agrees is agrees


def test_a_number_that_was_asked_for_and_not_given_is_no_answer() -> None:
    assert read(as_given(solvable("numeric", {"value": 1, "tolerance": 0}, [])), ["many"]) is None


@pytest.mark.parametrize(
    "broken",
    [
        question("multiple_choice", 4),
        question("multiple_choice", -1),
        question("multiple_choice", 1, ["An hour", "", "A day"]),
        question("multiple_choice", 1, ["An hour", 60, "A day"]),
        question("multiple_choice", True),
        question("multiple_choice", [0, 1]),
        question("multiple_choice", 0, ["One"]),
        question("multiple_choice", "An hour"),
        question("multiple_response", []),
        question("multiple_response", [0, 0]),
        question("ordering", [0, 1]),
        question("matching", [{"left": "Rye"}]),
        question("matching", "Rye"),
        question("short_answer", []),
        question("numeric", {"value": "1", "tolerance": 0}),
        question("numeric", {"value": float("nan"), "tolerance": 0}),
        question("numeric", {"value": 10**400, "tolerance": 0}),
        question("multiple_choice", 10**400),
        question("multiple_choice", float("inf")),
        question("essay", ["Whatever is well argued"], []),
        question("riddle", 0),
        {"type": "multiple_choice", "options": OPTIONS, "correctAnswer": 0},
        {"type": ["multiple_choice"], "question": "?"},
        {},
        "a text",
        None,
    ],
)
def test_a_question_without_a_sound_key_is_not_solved(broken: object) -> None:
    assert questions_of(StructureType.QUIZ, quiz(broken)) == ()


def test_the_questions_of_a_course_are_those_of_its_assessments() -> None:
    course: JsonObject = {"modules": [{"assessment": {"questions": [question("multiple_choice", 0)]}}]}

    assert [found.path for found in questions_of(StructureType.COURSE, course)] == [
        "modules[0].assessment.questions[0]"
    ]
    assert questions_of(StructureType.NOVEL, course) == ()


def test_the_key_can_be_said_in_words() -> None:
    kinds = [
        solvable("multiple_response", [0, 2]),
        solvable("matching", PAIRS, []),
        solvable("short_answer", ["An hour", "60 minutes"], []),
        solvable("numeric", {"value": 2.5, "tolerance": 0}, []),
    ]

    assert [asked.key_text for asked in kinds] == [
        "An hour; A minute",
        "Rye: Dense; Wheat: Light; Oats: Moist",
        "An hour",
        "2.5",
    ]
