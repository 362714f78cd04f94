"""The verdict: clean structures pass, every realistic failure does not, and the score follows the published formula."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from granulator.granulation import structures, validation
from granulator.granulation.checks.codes import RULES
from granulator.granulation.validation import RequiredElement
from granulator.model import Issue, StructureType
from tests.unit.granulation.samples import (
    KNOWLEDGE_MAP,
    LEARNING_PATH,
    NOVEL,
    QUIZ,
    WORKFLOW,
    clean,
    course,
    lesson,
    put,
    questions,
    quiz,
    template,
    verdict,
)


def codes(structure: Any, **options: Any) -> set[str]:
    return {issue.code for issue in verdict(structure, **options).issues}


def test_a_clean_course_is_valid() -> None:
    assert verdict(course(), granularity_level=1, topic="Composting at home") == validation.Verdict(
        is_valid=True,
        score=100,
        structure_completeness=100,
        content_coherence=100,
        quality_metrics=100,
        issues=(),
        recommendations=(),
        is_shape_ok=True,
        method="rules",
        rules_version="2",
    )


def test_a_clean_quiz_is_valid() -> None:
    result = verdict(quiz(), granularity_level=2, topic="Weather maps")

    assert (result.is_valid, result.score, result.issues) == (True, 100, ())


@pytest.mark.parametrize("structure", [{}, [], [1, 2, 3], None, "text", 0, {"modules": []}, {"categories": []}])
@pytest.mark.parametrize("kind", StructureType)
def test_what_holds_nothing_is_never_valid(structure: Any, kind: StructureType) -> None:
    result = validation.validate(structure, kind, template=None, threshold=0)

    assert (result.is_valid, result.score, result.structure_completeness, result.is_shape_ok) == (False, 0, 0, False)


def untitled(structure: Any) -> None:
    for module in structure["modules"]:
        module["title"] = "Unnamed Element"
        module["description"] = None


def without_lessons(structure: Any) -> None:
    for module in structure["modules"]:
        module["lessons"] = []


def only_one_module(structure: Any) -> None:
    del structure["modules"][1:]


def cut_off(structure: Any) -> None:
    lesson(structure, 1, 1)["content"] = lesson(structure, 1, 1)["content"][:300]


def reworded(structure: Any) -> None:
    sentences = lesson(structure)["content"].replace("heap", "pile").split(". ")
    random.Random(1).shuffle(sentences)
    lesson(structure, 1, 1)["content"] = ". ".join(sentences)


def filler(structure: Any) -> None:
    lesson(structure)["content"] = "Lorem ipsum dolor sit amet, consectetur adipiscing elit."


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (untitled, {"placeholder", "schema"}),
        (without_lessons, {"missing_level"}),
        (only_one_module, {"below_minimum"}),
        (cut_off, {"truncated"}),
        (reworded, {"dup_content"}),
        (filler, {"placeholder", "thin"}),
    ],
)
def test_a_course_that_failed_the_way_models_fail_is_caught(spoil: Any, expected: set[str]) -> None:
    structure = course()

    spoil(structure)

    assert expected <= codes(structure)
    assert verdict(structure).is_valid is False


def shifted_keys(structure: Any) -> None:
    for question in questions(structure):
        question["correctAnswer"] = (question["correctAnswer"] + 1) % 4


def always_c(structure: Any) -> None:
    for question in questions(structure):
        options, key = question["options"], question["correctAnswer"]
        options[2], options[key] = options[key], options[2]
        question["correctAnswer"] = 2


def wrong_total(structure: Any) -> None:
    structure["quizOverview"]["totalQuestions"] = 20


def one_question_reworded(structure: Any) -> None:
    stems = ["What do isobars join?", "Isobars join what?", "What is joined by isobars?", "What do the isobars join?"]
    for question, stem in zip(questions(structure), stems, strict=False):
        question |= questions(quiz())[0] | {"id": question["id"], "question": stem}


def stand_in_options(structure: Any) -> None:
    questions(structure)[0]["options"] = ["Option A", "Option B", "Option C", "Option D"]


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (shifted_keys, "key_contradicts_explanation"),
        (always_c, "key_position_bias"),
        (wrong_total, "count_mismatch"),
        (one_question_reworded, "dup_question"),
        (stand_in_options, "placeholder"),
    ],
)
def test_a_quiz_that_failed_the_way_models_fail_is_caught(spoil: Any, code: str) -> None:
    structure = quiz()

    spoil(structure)

    assert code in codes(structure)
    assert verdict(structure).is_valid is (RULES[code].severity == "warning")


def test_one_error_caps_the_score_below_the_threshold() -> None:
    structure = quiz()
    wrong_total(structure)

    result = verdict(structure)

    assert (result.is_valid, result.score, result.error_count, result.has_errors) == (False, 84, 1, True)
    assert result.structure_completeness == 90
    assert result.issues == (
        Issue(
            "count_mismatch",
            "error",
            "quizOverview.totalQuestions",
            "quizOverview.totalQuestions is 20, but there are 10 questions",
            "Set quizOverview.totalQuestions to 10",
        ),
    )
    assert result.recommendations == ("Set quizOverview.totalQuestions to 10",)


def test_each_further_error_costs_four_more() -> None:
    structure = quiz()
    wrong_total(structure)
    questions(structure)[1]["id"] = "q_1"
    questions(structure)[2]["id"] = "q_1"

    assert verdict(structure).score == 85 - 1 - 4 * 2
    assert verdict(structure, threshold=0).score == 0


def test_a_warning_costs_two_fifths_of_a_unit_of_its_dimension() -> None:
    structure = course()
    structure["modules"][0]["learningObjectives"] = ["Understand heaps"]

    result = verdict(structure)

    # One warning in four lessons: 0.4 / 4 of qualityMetrics, which weighs a quarter: 97.5, rounded half up.
    assert (result.structure_completeness, result.content_coherence, result.quality_metrics) == (100, 100, 90)
    assert (result.score, result.is_valid) == (98, True)


def test_a_score_below_the_threshold_is_not_valid_without_any_error() -> None:
    structure = course()
    structure["modules"][0]["learningObjectives"] = ["Understand heaps"]

    assert verdict(structure, threshold=98).is_valid is True
    assert verdict(structure, threshold=98.5).is_valid is False


def test_blank_required_fields_lower_completeness() -> None:
    structure = quiz()
    for question in questions(structure):
        question["explanation"] = ""

    assert verdict(structure).structure_completeness == 0


def test_completeness_is_multiplied_by_the_share_of_filled_fields() -> None:
    structure = quiz()
    questions(structure)[0]["explanation"] = ""

    # One error in ten questions leaves 90; 78 of 79 required fields are filled.
    assert verdict(structure).structure_completeness == round(90 * 78 / 79) == 89


def test_level_1_lists_errors_only() -> None:
    structure = course()
    structure["modules"][0]["learningObjectives"] = ["Understand heaps"]
    lesson(structure, 1, 1)["id"] = "lesson_1_1"

    assert codes(structure, level=1) == {"dup_id"}
    assert codes(structure, level=2) == codes(structure, level=3) == {"dup_id", "unmeasurable_objective"}


def test_errors_stand_before_warnings() -> None:
    structure = course()
    structure["modules"][0]["learningObjectives"] = ["Understand heaps"]
    lesson(structure, 1, 1)["id"] = "lesson_1_1"

    assert [issue.severity for issue in verdict(structure).issues] == ["error", "warning"]


def test_one_defect_is_reported_once() -> None:
    structure = course()
    structure["modules"] = []

    assert [(i.code, i.path) for i in verdict(structure).issues] == [("missing_level", "modules")]


def test_a_shape_that_is_broken_in_one_place_does_not_hide_defects_in_others() -> None:
    structure = course()
    del structure["modules"][0]["estimatedDuration"]
    lesson(structure, 1, 1)["id"] = "lesson_1_1"

    result = verdict(structure)

    assert (codes(structure), result.is_shape_ok) == ({"schema", "dup_id"}, False)


@pytest.mark.parametrize(
    ("spoil", "is_shape_ok"), [(only_one_module, False), (cut_off, True), (without_lessons, False)]
)
def test_levels_and_minimum_counts_belong_to_the_shape(spoil: Any, is_shape_ok: bool) -> None:
    structure = course()

    spoil(structure)

    assert verdict(structure).is_shape_ok is is_shape_ok


def test_a_scaffold_is_neither_valid_nor_scored() -> None:
    structure = course()
    for module in structure["modules"]:
        for entry in module["lessons"]:
            entry["content"] = "What must a reader know here?"

    result = verdict(structure, is_scaffold=True)

    assert (result.is_valid, result.score, result.content_coherence, result.quality_metrics) == (None, None, None, None)
    assert (result.structure_completeness, result.issues, result.is_shape_ok) == (100, (), True)


def test_a_scaffold_without_a_level_is_not_complete() -> None:
    structure = course()
    without_lessons(structure)

    result = verdict(structure, is_scaffold=True)

    assert (result.structure_completeness, result.is_shape_ok) == (0, False)


def test_required_elements_are_errors_of_their_own() -> None:
    wanted = [RequiredElement("vermiculture"), RequiredElement("ammonia", placement=("2.1", "2.2"))]

    result = verdict(course(), required_elements=wanted)

    assert [issue.code for issue in result.issues] == ["required_missing", *["required_misplaced"] * 2]


BROKEN = [
    (NOVEL, "characters[0].role", "ally", "no_arc"),
    (NOVEL, "characters[0].arc", ..., "no_arc"),
    (NOVEL, "plotThreads[0].type", "subplot", "below_minimum"),
    (NOVEL, "plotThreads[0].payoffScene", "scene_1", "thread_unresolved"),
    (NOVEL, "acts[1].chapters", [], "empty_act"),
    (NOVEL, "acts[2]", ..., "missing_act"),
    (NOVEL, "acts[0].chapters[1].chapterNumber", 7, "count_mismatch"),
    (NOVEL, "acts[0].chapters[0].scenes[0].characterIds", ["char_nobody"], "dangling_ref"),
    (WORKFLOW, "steps[1].nextSteps", ["step_7"], "unreachable"),
    (WORKFLOW, "steps[1].responsible", "", "no_responsible"),
    (WORKFLOW, "steps[2].conditions", [], "branch_no_condition"),
    (WORKFLOW, "steps[3].nextSteps", ["step_4"], "self_loop"),
    (WORKFLOW, "steps[1].nextSteps", ["step_1"], "endless_loop"),
    (WORKFLOW, "steps[4].nextSteps", ["step_4"], "cannot_finish"),
    (WORKFLOW, "steps[2].conditions[0].next", "step_2", "dangling_ref"),
    (KNOWLEDGE_MAP, "relations[0].target", "concept_6", "cycle"),
    (KNOWLEDGE_MAP, "relations[0].target", "concept_2", "self_loop"),
    (KNOWLEDGE_MAP, "relations[2]", ..., "isolated"),
    (KNOWLEDGE_MAP, "relations", [], "missing_level"),
    (LEARNING_PATH, "milestones[0].requires", ["milestone_4"], "cycle"),
    (LEARNING_PATH, "milestones[0].requires", ["milestone_1"], "unreachable"),
    (LEARNING_PATH, "competencies[1].id", "comp_3", "competency_uncovered"),
    (LEARNING_PATH, "milestones[1].activities", [], "missing_level"),
]


@pytest.mark.parametrize(("kind", "path", "value", "code"), BROKEN)
def test_one_defect_of_its_type_is_an_error_at_every_level_and_never_valid(
    kind: StructureType, path: str, value: Any, code: str
) -> None:
    for level in (1, 2):
        result = verdict(put(clean(kind), path, value), level=level)

        assert code in {issue.code for issue in result.issues if issue.severity == "error"}
        assert result.is_valid is False


def test_a_workflow_without_an_end_is_never_valid() -> None:
    structure = clean(WORKFLOW)
    for step in structure["steps"][5:]:
        step |= {"type": "task", "nextSteps": ["step_1"]}

    assert "no_end" in codes(structure)


def test_a_scaffold_of_any_type_is_held_to_its_ids_only() -> None:
    structure = put(clean(WORKFLOW), "steps[2].conditions", [])

    assert verdict(structure, is_scaffold=True).issues == ()
    assert verdict(put(structure, "phases[0].stepIds", ["step_99"]), is_scaffold=True).has_errors


def test_the_table_has_no_code_that_nothing_reports() -> None:
    package = Path(structures.__file__).parents[1]
    files = [path for name in ("checks", "structures", "judging") for path in package.glob(f"{name}/*.py")]
    reported = "".join(file.read_text(encoding="utf-8") for file in files if file.name != "codes.py")

    assert [code for code in RULES if f'"{code}"' not in reported] == []


strange = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=8,
)
PLACES = ["title", "content", "keyPoints", "examples", "id", "objectiveIds", "provenance", "practicalExercises"]


@given(strange, st.sampled_from(PLACES))
def test_no_lesson_whatever_it_holds_raises(value: Any, key: str) -> None:
    structure = course()
    lesson(structure)[key] = value

    result = verdict(structure, sources={"source": "text"}, topic="x", required_elements=[RequiredElement("y")])

    assert result.score is not None


@given(strange, st.sampled_from(["question", "options", "correctAnswer", "type", "explanation", "difficulty", "id"]))
def test_no_question_whatever_it_holds_raises(value: Any, key: str) -> None:
    structure = quiz()
    questions(structure)[0][key] = value

    assert verdict(structure).score is not None


def test_the_issues_of_a_structure_wrong_throughout_are_bounded() -> None:
    structure = quiz()
    structure["categories"][0]["questions"] *= 1000

    result = validation.validate(structure, QUIZ, template=template(QUIZ))

    assert result.score == 0
    assert len(result.issues) < 20 * validation.ISSUES_PER_CHECK_MAX
