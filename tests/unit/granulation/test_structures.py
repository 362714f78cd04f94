"""What shape a course and a quiz must have, and that nothing a caller sends can break the look at it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from granulator.granulation import structures
from granulator.granulation.structures.elements import FindingBudget
from granulator.model import Issue
from tests.unit.granulation.samples import COURSE, QUIZ, course, lesson, questions, quiz


def shape(structure: Any) -> list[tuple[str, str]]:
    kind = QUIZ if "categories" in structure else COURSE
    return [(issue.code, issue.path) for issue in structures.shape(kind, structure)]


def with_question(**changes: Any) -> Any:
    structure = quiz()
    questions(structure)[0].update(changes)
    return structure


FIRST = "categories[0].questions[0]"
WITHOUT_OPTIONS: dict[str, Any] = {"options": []}


def test_a_clean_course_and_quiz_have_their_shape() -> None:
    assert shape(course()) == []
    assert shape(quiz()) == []


def test_an_empty_object_lacks_every_level() -> None:
    assert structures.shape(COURSE, {}) == (
        Issue("schema", "error", "courseOverview", "courseOverview: is missing", "Add courseOverview"),
        Issue("missing_level", "error", "modules", "modules: is missing", "Add modules"),
    )


@pytest.mark.parametrize("structure", [[1, 2, 3], None, "text", 3, True])
def test_anything_but_an_object_is_one_schema_issue(structure: Any) -> None:
    assert structures.shape(QUIZ, structure) == (
        Issue("schema", "error", "$", "$: must be a JSON object", "Change $: must be a JSON object"),
    )


@pytest.mark.parametrize("number", [3.0, 3])
def test_a_whole_number_may_be_written_with_a_fraction_of_zero(number: float) -> None:
    assert shape(with_question(correctAnswer=number)) == []


@pytest.mark.parametrize("key", [True, False, -1, 4, 2.5, "1", None, [1], {}, 10**400, float("nan")])
def test_a_key_that_is_no_index_of_an_option_is_out_of_range(key: Any) -> None:
    path = FIRST if isinstance(key, int) and not isinstance(key, bool) else f"{FIRST}.correctAnswer"

    assert shape(with_question(correctAnswer=key)) == [("key_range", path)]


@pytest.mark.parametrize("score", [0, 101, True, "70", 70.5])
def test_a_passing_score_is_a_whole_number_from_1_to_100(score: Any) -> None:
    structure = quiz()
    structure["quizOverview"]["passingScore"] = score

    assert shape(structure) == [("schema", "quizOverview.passingScore")]


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "true_false", "options": ["True", "False"], "correctAnswer": 1},
        {"type": "multiple_response", "correctAnswer": [0, 2]},
        {"type": "ordering", "correctAnswer": [3, 0, 2, 1]},
        {"type": "short_answer", "correctAnswer": ["isobar", "isobars"], **WITHOUT_OPTIONS},
        {"type": "essay", "correctAnswer": ["names two causes"], **WITHOUT_OPTIONS},
        {
            "type": "matching",
            "correctAnswer": [{"left": "low", "right": "rain"}, {"left": "high", "right": "sun"}],
            **WITHOUT_OPTIONS,
        },
        {"type": "numeric", "correctAnswer": {"value": 4, "tolerance": 0.5}, **WITHOUT_OPTIONS},
    ],
)
def test_each_question_type_has_a_key_of_its_own_shape(changes: dict[str, Any]) -> None:
    assert shape(with_question(**changes)) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "true_false", "options": ["True", "False"], "correctAnswer": 2},
        {"type": "multiple_response", "correctAnswer": [0, 0]},
        {"type": "multiple_response", "correctAnswer": []},
        {"type": "multiple_response", "correctAnswer": 0},
        {"type": "ordering", "correctAnswer": [0, 1]},
        {"type": "short_answer", "correctAnswer": [], **WITHOUT_OPTIONS},
        {"type": "matching", "correctAnswer": [{"left": "low", "right": "rain"}], **WITHOUT_OPTIONS},
        {"type": "numeric", "correctAnswer": {"value": 4, "tolerance": -1}, **WITHOUT_OPTIONS},
    ],
)
def test_a_key_of_another_shape_is_refused(changes: dict[str, Any]) -> None:
    assert shape(with_question(**changes)) != []


def test_true_and_false_are_a_fixed_pair() -> None:
    structure = with_question(type="true_false", options=["Yes", "No"], correctAnswer=0)

    assert shape(structure) == [("schema", FIRST)]


def test_a_question_of_unknown_type_names_the_known_ones() -> None:
    issue = structures.shape(QUIZ, with_question(type="riddle"))[0]

    assert (issue.code, issue.path) == ("schema", FIRST)
    assert "multiple_choice, true_false" in issue.message


def test_two_options_are_too_few() -> None:
    assert shape(with_question(options=["yes", "no"])) == [("few_options", f"{FIRST}.options")]


def test_a_rationale_has_one_entry_per_option_and_none_for_the_key() -> None:
    assert shape(with_question(distractorRationale=["no", None, "no", "no"])) == []
    assert shape(with_question(distractorRationale=["no", "no", "no", "no"])) == [("schema", FIRST)]


@pytest.mark.parametrize("blank", ["", "   ", "\n\t"])
def test_blank_text_is_empty(blank: str) -> None:
    structure = course()
    lesson(structure)["title"] = blank

    assert shape(structure) == [("empty", "modules[0].lessons[0].title")]


@pytest.mark.parametrize(
    ("key", "code"), [("keyPoints", "no_keypoints"), ("id", "schema"), ("content", "schema"), ("examples", "schema")]
)
def test_a_missing_lesson_field_is_named(key: str, code: str) -> None:
    structure = course()
    del lesson(structure, 1, 0)[key]

    assert shape(structure) == [(code, f"modules[1].lessons[0].{key}")]


def test_a_module_without_lessons_or_objectives_is_found() -> None:
    structure = course()
    structure["modules"][0] |= {"lessons": [], "learningObjectives": []}

    assert shape(structure) == [
        ("no_objectives", "modules[0].learningObjectives"),
        ("empty_module", "modules[0].lessons"),
    ]


def test_an_unknown_key_is_refused_unless_it_begins_with_x() -> None:
    structure = course()
    lesson(structure)["homework"] = "none"
    lesson(structure)["x_homework"] = {"anything": [1, None]}

    assert shape(structure) == [("schema", "modules[0].lessons[0].homework")]


@pytest.mark.parametrize("identity", ["", "Lesson_1", "lesson", "lesson 1", "lesson_", "1_1", 7])
def test_an_id_is_a_word_and_at_least_one_part(identity: Any) -> None:
    structure = course()
    lesson(structure)["id"] = identity

    assert shape(structure) == [("schema", "modules[0].lessons[0].id")]


def test_what_comes_from_a_source_says_from_where() -> None:
    structure = course()
    lesson(structure)["provenance"] = {"kind": "source"}
    lesson(structure, 0, 1)["provenance"] = {"kind": "source", "span": {"doc": "source", "start": 9, "end": 9}}

    assert shape(structure) == [
        ("schema", "modules[0].lessons[0].provenance"),
        ("schema", "modules[0].lessons[1].provenance.span"),
    ]


def test_a_structure_wrong_throughout_gets_a_bounded_number_of_issues() -> None:
    structure = {"courseOverview": {}, "modules": [{"lessons": [{}] * 300} for _ in range(20)]}

    assert len(structures.shape(COURSE, structure)) <= structures.FINDINGS_MAX


def test_elements_are_no_longer_looked_at_once_enough_is_found() -> None:
    structure = {"courseOverview": {}, "modules": [{"lessons": [{}] * 300} for _ in range(20)]}

    with pytest.raises(ValidationError) as raised:
        structures.model_of(COURSE).model_validate(structure, context=FindingBudget(30))

    assert raised.value.error_count() < 60


def test_a_structure_far_too_large_is_refused_unread() -> None:
    structure: Any = {"categories": [{"questions": [1] * 2_000_000}]}

    assert [(i.code, i.path) for i in structures.shape(QUIZ, structure)] == [("above_maximum", "$")]


def test_text_no_encoding_can_carry_is_refused_in_words_that_can_be_sent() -> None:
    structure = {"\udc80": 1, "courseOverview": {"title": "\udc80"}, "modules": []}

    for issue in structures.shape(COURSE, structure):
        f"{issue.path} {issue.message} {issue.fix}".encode()


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(categories=["Cs", "L", "C", "P"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["modules", "lessons", "type"]), inner),
)


@given(anything, st.sampled_from(["modules", "courseOverview", "language"]))
def test_no_json_raises(value: Any, key: str) -> None:
    assert structures.shape(COURSE, value) != ()
    assert structures.shape(COURSE, course() | {key: value}) is not None
    assert structures.filled(COURSE, {"modules": [value]})[1] > 0


def test_the_json_schema_speaks_the_names_of_the_wire_and_keeps_the_limits() -> None:
    schema: Any = structures.json_schema(QUIZ)

    assert schema["required"] == ["quizOverview", "categories"]
    assert schema["additionalProperties"] is False
    assert schema["$defs"]["QuizOverview"]["properties"]["passingScore"] == {
        "maximum": 100,
        "minimum": 1,
        "title": "Passingscore",
        "type": "integer",
    }


def test_filled_counts_required_fields_and_absent_elements() -> None:
    assert structures.filled(QUIZ, {}) == (0, 3)
    assert structures.filled(QUIZ, quiz()) == (79, 79)


def test_filled_does_not_count_blank_fields() -> None:
    structure = quiz()
    structure["quizOverview"]["title"] = "\u200b"
    questions(structure)[0] |= {"question": None, "explanation": ""}

    assert structures.filled(QUIZ, structure) == (76, 79)


def test_assemble_counts_the_questions_instead_of_believing_the_count() -> None:
    clean = quiz()
    overview = clean["quizOverview"] | {"totalQuestions": 999}

    assert structures.assemble(QUIZ, overview, clean["categories"], "en") == clean


def test_assemble_puts_modules_under_their_overview() -> None:
    clean = course()

    assert structures.assemble(COURSE, clean["courseOverview"], clean["modules"], "en") == clean
