"""Single questions: a wrong key, a leak, a copy is found; a good question is left alone."""

from __future__ import annotations

from typing import Any

import pytest

from granulator.granulation.checks import keys
from granulator.granulation.checks import quiz as checks
from tests.unit.granulation.samples import course, found, questions, quiz

FIRST = "categories[0].questions[0]"
SECOND = "categories[0].questions[1]"


def with_questions(*changes: dict[str, Any]) -> Any:
    structure = quiz()
    for question, change in zip(questions(structure), changes, strict=False):
        question.update(change)
    return structure


@pytest.mark.parametrize(
    "check",
    [
        checks.dup_options,
        checks.answer_in_stem,
        checks.answer_leak,
        keys.key_contradicts_explanation,
        checks.dup_question,
    ],
)
def test_clean_questions_have_none_of_it(check: Any) -> None:
    assert found(check, quiz()) == []
    assert found(check, course()) == []


@pytest.mark.parametrize(
    ("one", "other"), [("the heat", "The  heat"), ("Cold air", "cold air."), ("x = 1", "x  =  1"), ("list", " list ")]
)
def test_options_that_differ_in_nothing_are_found(one: str, other: str) -> None:
    structure = with_questions({"options": ["something else", one, "other", other]})

    assert found(checks.dup_options, structure) == [("dup_options", f"{FIRST}.options[3]")]


@pytest.mark.parametrize(
    "options",
    [
        ["list", "List", "LIST", "lists"],
        ["-1", "1", "+1", "1.0"],
        ["C", "C++", "C#", "c"],
        ["x > y", "y > x", "x = y", "x"],
    ],
)
def test_symbols_that_differ_in_case_or_sign_are_different_options(options: list[str]) -> None:
    assert found(checks.dup_options, with_questions({"options": options})) == []


def test_an_answer_in_its_own_stem_is_found() -> None:
    structure = with_questions({"question": "Isobars join places of equal pressure. What do isobars join?"})

    assert found(checks.answer_in_stem, structure) == [("answer_in_stem", f"{FIRST}.question")]


@pytest.mark.parametrize(
    "change",
    [
        {"question": "Do isobars join places of equal pressure or places of equal height?"},
        {"question": "What is pH?", "options": ["pH", "pK", "pA"], "correctAnswer": 0},
        {"question": "Which places of equal pressures are joined?"},
        {"type": "true_false", "question": "True?", "options": ["True", "False"], "correctAnswer": 0},
    ],
)
def test_a_stem_that_gives_nothing_away_is_left_alone(change: dict[str, Any]) -> None:
    assert found(checks.answer_in_stem, with_questions(change)) == []


def test_a_stem_that_answers_another_question_leaks() -> None:
    structure = with_questions(
        {}, {"question": "Isobars join places of equal pressure on a weather map. When they are packed, what follows?"}
    )

    assert found(checks.answer_leak, structure) == [("answer_leak", f"{FIRST}.question")]


def test_a_stem_of_any_type_may_leak() -> None:
    pairs = [{"left": "low", "right": "rain"}, {"left": "high", "right": "sun"}]
    structure = with_questions(
        {},
        {
            "type": "matching",
            "question": "Isobars join places of equal pressure on a weather map. Match the systems with their weather.",
            "options": [],
            "correctAnswer": pairs,
        },
    )

    assert found(checks.answer_leak, structure) == [("answer_leak", f"{FIRST}.question")]


def test_a_stem_with_the_answer_but_another_question_does_not_leak() -> None:
    structure = with_questions(
        {
            "question": "Which built-in container keeps unique hashable members without any order?",
            "options": ["frozen", "tuples", "mappings"],
            "correctAnswer": 1,
        },
        {"question": "Which built-in container do tuples resemble, apart from being written in brackets?"},
    )

    assert found(checks.answer_leak, structure) == []


def test_a_term_that_only_occurs_in_another_stem_does_not_leak() -> None:
    structure = with_questions(
        {
            "question": "Which keyword begins a definition?",
            "options": ["function", "return", "yield"],
            "correctAnswer": 0,
        },
        {"question": "How many values may a function give back to its caller?"},
    )

    assert found(checks.answer_leak, structure) == []


def test_a_key_shifted_by_one_is_contradicted_in_most_questions() -> None:
    structure = quiz()
    for question in questions(structure):
        question["correctAnswer"] = (question["correctAnswer"] + 1) % 4

    assert len(found(keys.key_contradicts_explanation, structure)) >= 6


SENTENCE = 'The source says: "The sys.path holds the search path."'


def cloze(key: int) -> Any:
    return with_questions(
        {
            "question": "Fill in the blank: The _____ holds the search path.",
            "options": ["sys.argv", "sys.path", "os.environ", "sys.modules"],
            "correctAnswer": key,
            "explanation": SENTENCE,
        }
    )


def test_a_cloze_is_supported_by_the_sentence_it_was_made_from() -> None:
    assert found(keys.key_contradicts_explanation, cloze(1)) == []


def test_a_cloze_that_denies_something_is_checked_all_the_same() -> None:
    structure = with_questions(
        {
            "question": "Fill in the blank: Headers received by _____ servers must not exceed 8192 bytes.",
            "options": ["HTTP", "TLS", "URL", "REPL"],
            "correctAnswer": 1,
            "explanation": 'The source says: "Headers received by HTTP servers must not exceed 8192 bytes."',
        }
    )

    assert found(keys.key_contradicts_explanation, structure) == [
        ("key_contradicts_explanation", f"{FIRST}.correctAnswer")
    ]


@pytest.mark.parametrize("key", [0, 2, 3])
def test_a_cloze_with_any_other_key_is_contradicted(key: int) -> None:
    assert found(keys.key_contradicts_explanation, cloze(key)) == [
        ("key_contradicts_explanation", f"{FIRST}.correctAnswer")
    ]


@pytest.mark.parametrize(
    ("key", "explanation"),
    [
        (0, "The correct answer is B, because isobars are drawn that way."),
        (2, "Option B is correct."),
        (3, "Lines are drawn through places of equal pressure."),
    ],
)
def test_an_explanation_that_names_another_option_contradicts_the_key(key: int, explanation: str) -> None:
    structure = with_questions({"correctAnswer": key, "explanation": explanation})

    assert found(keys.key_contradicts_explanation, structure) == [
        ("key_contradicts_explanation", f"{FIRST}.correctAnswer")
    ]


@pytest.mark.parametrize(
    "explanation",
    [
        "The correct answer is B, because isobars are drawn that way.",
        "They join equal pressure, not places of equal height.",
        "Unlike contour lines, which join places of equal height, they show what a barometer reads.",
        "A barometer reads the same everywhere along such a line.",
        "Places of equal rainfall are joined by isohyets, places of equal pressure by isobars.",
    ],
)
def test_an_explanation_that_rejects_or_ignores_other_options_does_not(explanation: str) -> None:
    assert found(keys.key_contradicts_explanation, with_questions({"explanation": explanation})) == []


def test_true_and_false_are_checked_against_what_the_explanation_says() -> None:
    base = {"type": "true_false", "options": ["True", "False"], "question": "Isobars join clouds."}
    wrong = with_questions(base | {"correctAnswer": 0, "explanation": "This is false: they join equal pressure."})
    right = with_questions(base | {"correctAnswer": 1, "explanation": "This is false: they join equal pressure."})

    assert found(keys.key_contradicts_explanation, wrong) == [("key_contradicts_explanation", f"{FIRST}.correctAnswer")]
    assert found(keys.key_contradicts_explanation, right) == []


def test_a_question_asked_again_is_found() -> None:
    structure = quiz()
    structure["categories"][1]["questions"][2] = questions(structure)[0] | {"id": "q_8"}

    assert found(checks.dup_question, structure) == [("dup_question", "categories[1].questions[2].question")]


def test_a_question_asked_again_in_other_words_is_found() -> None:
    structure = with_questions(
        {"question": "Which places do isobars join on a weather map?"},
        {
            "question": "On weather maps, isobars are joining which places?",
            "options": ["Places of equal pressure", "Places of equal snow", "Places of equal rain", "Places of rest"],
            "correctAnswer": 0,
        },
    )

    assert found(checks.dup_question, structure) == [("dup_question", f"{SECOND}.question")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("What is the plural of mouse?", "mice"), ("What is the plural of house?", "houses")),
        (("What is 7 times 8?", "56"), ("What is 7 times 9?", "63")),
        (("Which of the following is true?", "Heaps need air"), ("Which of the following is true?", "Lows turn left")),
        (("____ stores the search path.", "sys.path"), ("____ stores the loaded modules.", "sys.modules")),
    ],
)
def test_questions_of_one_pattern_are_different_questions(one: tuple[str, str], other: tuple[str, str]) -> None:
    changes = [
        {"question": stem, "options": [answer, f"not {answer}", f"never {answer}"], "correctAnswer": 0}
        for stem, answer in (one, other)
    ]

    assert found(checks.dup_question, with_questions(*changes)) == []


def choice(stem: str, options: list[str], key: int, explanation: str) -> Any:
    return with_questions({"question": stem, "options": options, "correctAnswer": key, "explanation": explanation})


@pytest.mark.parametrize(
    "explanation",
    ["Do not be misled: salt is meant, not one of the others.", "Salt it is. The others do nothing of the kind."],
)
def test_an_explanation_that_dismisses_the_others_supports_the_option_it_names(explanation: str) -> None:
    options = ["Salt", "Sugar", "Butter", "Vinegar"]
    stem = "What tightens the gluten of a dough?"

    assert found(keys.key_contradicts_explanation, choice(stem, options, 0, explanation)) == []
    assert found(keys.key_contradicts_explanation, choice(stem, options, 1, explanation)) == [
        ("key_contradicts_explanation", f"{FIRST}.correctAnswer")
    ]


def test_a_stem_with_without_asks_for_no_exception() -> None:
    options = ["A falling barometer", "A clear night", "A full moon", "A warm spring"]
    explanation = "A falling barometer tells of a front long before any cloud does."
    stem = "What announces a storm to a sailor without a radio?"

    assert found(keys.key_contradicts_explanation, choice(stem, options, 0, explanation)) == []
    assert found(keys.key_contradicts_explanation, choice(stem, options, 2, explanation)) == [
        ("key_contradicts_explanation", f"{FIRST}.correctAnswer")
    ]


@pytest.mark.parametrize(
    ("stem", "leaks"),
    [
        ("How warm is a proving box? (This has nothing to do with rye flour.)", True),
        ("In contrast to the case where rye flour was right: how warm is a proving box?", True),
        ("In a bakery that keeps rye flour, how warm is a proving box?", False),
    ],
)
def test_an_aside_that_tells_another_answer_is_a_leak(stem: str, leaks: bool) -> None:
    structure = with_questions(
        {"question": "What feeds a starter best?", "options": ["Rye flour", "Salt", "Oil", "Milk"], "correctAnswer": 0},
        {"question": stem},
    )

    assert found(checks.answer_leak, structure) == ([("answer_leak", f"{FIRST}.question")] if leaks else [])


def test_an_answer_is_told_although_a_part_of_it_is_an_option_of_its_own() -> None:
    options = ["Salt water", "Salt", "Oil", "Milk"]
    structure = choice("Remember salt water: what conducts a current best?", options, 0, "Ions carry the current.")

    assert found(checks.answer_in_stem, structure) == [("answer_in_stem", f"{FIRST}.question")]
