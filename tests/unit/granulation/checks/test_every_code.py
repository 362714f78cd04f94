"""Every code that a rule can find: a structure that has the defect, and one that only looks as if it had."""

from __future__ import annotations

from typing import Any

import pytest

from granulator.granulation.checks import codes
from granulator.granulation.validation import RequiredElement
from granulator.model import StructureType
from tests.unit.granulation.samples import (
    COURSE,
    KNOWLEDGE_MAP,
    LEARNING_PATH,
    NOVEL,
    QUIZ,
    WORKFLOW,
    clean,
    put,
    template,
    verdict,
)

Q = "categories[0].questions[0]"
L = "modules[0].lessons[0]"
BODY = "Keep the heap moist, turn it often and feed it with a mixed diet of leaves and peelings through the year. "
LONG = (
    "Institutionalised interdependencies notwithstanding, multidimensional operationalisation necessitates "
    "interdisciplinary conceptualisation of organisational heterogeneity, whose terminological differentiation "
    "presupposes methodological reconsideration. "
)
GERMAN = "Der Kompost ist nicht ein Haufen, sondern die Nahrung für die Bakterien, und es wird mit der Zeit warm. " * 4

STRANGER = {**clean(NOVEL)["characters"][1], "id": "char_olga", "name": "Aunt Olga Prim", "role": "ally"}

CASES: list[tuple[str, StructureType, dict[str, Any], dict[str, Any]]] = [
    ("schema", COURSE, {f"{L}.id": 7}, {f"{L}.x_note": 7}),
    ("empty", COURSE, {f"{L}.title": "\u200b"}, {f"{L}.title": "O"}),
    ("placeholder", COURSE, {f"{L}.title": "Untitled"}, {f"{L}.title": "The untitled letters"}),
    ("truncated", COURSE, {f"{L}.content": BODY * 2 + "Then feed it and"}, {f"{L}.content": BODY + "And so on."}),
    ("dup_id", COURSE, {f"{L}.id": "lesson_1_2"}, {f"{L}.id": "lesson_1_3"}),
    ("count_mismatch", QUIZ, {"quizOverview.totalQuestions": 9}, {"quizOverview.totalQuestions": 10}),
    ("below_minimum", COURSE, {"modules[1]": ...}, {}),
    ("above_maximum", COURSE, {"modules": []}, {}),
    ("missing_level", KNOWLEDGE_MAP, {"relations": []}, {"concepts[1].examples": []}),
    ("thin", COURSE, {f"{L}.content": "Compost needs brown and green."}, {f"{L}.content": BODY}),
    ("key_range", QUIZ, {f"{Q}.correctAnswer": 4}, {f"{Q}.correctAnswer": 3}),
    (
        "dup_options",
        QUIZ,
        {f"{Q}.options[0]": "places of equal pressure."},
        {f"{Q}.options[0]": "Places of equal snow"},
    ),
    ("few_options", QUIZ, {f"{Q}.options": ["A", "B"]}, {f"{Q}.options": ["Rain", "Places of equal pressure", "Fog"]}),
    ("empty_module", COURSE, {"modules[0].lessons": []}, {}),
    ("no_objectives", COURSE, {"modules[0].learningObjectives": []}, {"modules[0].learningObjectives[1]": ...}),
    ("no_keypoints", COURSE, {f"{L}.keyPoints": []}, {f"{L}.keyPoints[2]": ...}),
    ("missing_act", NOVEL, {"acts[2]": ...}, {"acts[2].title": ...}),
    ("empty_act", NOVEL, {"acts[1].chapters": []}, {"acts[1].chapters[0].scenes": []}),
    ("no_responsible", WORKFLOW, {"steps[1].responsible": ""}, {"steps[1].responsible": "mechanic"}),
    ("answer_in_stem", QUIZ, {f"{Q}.question": "Which places of equal pressure are joined?"}, {}),
    ("dangling_ref", WORKFLOW, {"steps[1].nextSteps": ["step_9"]}, {"steps[1].nextSteps": ["step_3", "step_4"]}),
    ("dup_content", COURSE, {f"{L}.content": BODY * 3}, {f"{L}.content": BODY}),
    (
        "answer_leak",
        QUIZ,
        {"categories[1].questions[0].question": "Recall the earlier answer, places of equal pressure: what is it?"},
        {"categories[1].questions[0].question": "Recall the earlier answer: what is a front?"},
    ),
    ("key_contradicts_explanation", QUIZ, {f"{Q}.correctAnswer": 0}, {f"{Q}.explanation": "A barometer shows it."}),
    (
        "dup_question",
        QUIZ,
        {"categories[0].questions[1]": {**clean(QUIZ)["categories"][0]["questions"][0], "id": "q_2"}},
        {"categories[0].questions[1].question": "What do the isotherms on a weather map join?"},
    ),
    ("self_loop", KNOWLEDGE_MAP, {"relations[0].target": "concept_2"}, {"relations[0].target": "concept_3"}),
    ("cycle", LEARNING_PATH, {"milestones[0].requires": ["milestone_4"]}, {"milestones[3].requires": ["milestone_1"]}),
    ("isolated", KNOWLEDGE_MAP, {"relations[2]": ...}, {"relations[2].type": "related"}),
    ("unreachable", WORKFLOW, {"steps[1].nextSteps": ["step_7"]}, {"steps[3].nextSteps": ["step_5", "step_6"]}),
    (
        "no_end",
        WORKFLOW,
        {
            "steps[5].nextSteps": ["step_1"],
            "steps[6].nextSteps": ["step_1"],
            "steps[5].type": "task",
            "steps[6].type": "task",
        },
        {"steps[6].type": "task"},
    ),
    ("cannot_finish", WORKFLOW, {"steps[4].nextSteps": ["step_4"]}, {"steps[4].nextSteps": ["step_7"]}),
    ("endless_loop", WORKFLOW, {"steps[1].nextSteps": ["step_1"]}, {"steps[4].nextSteps": ["step_2", "step_7"]}),
    ("branch_no_condition", WORKFLOW, {"steps[2].conditions": []}, {"steps[2].conditions[1]": ...}),
    ("thread_unresolved", NOVEL, {"plotThreads[0].payoffScene": "scene_1"}, {"plotThreads[0].payoffScene": "scene_2"}),
    ("no_arc", NOVEL, {"characters[0].role": "ally"}, {"characters[1].role": "ally"}),
    (
        "character_vanishes",
        NOVEL,
        {"characters": [*clean(NOVEL)["characters"], STRANGER]},
        {
            "characters": [*clean(NOVEL)["characters"], STRANGER],
            "acts[1].chapters[0].summary": "Olga Prim saw the lamp go dark. She took money for looking away.",
        },
    ),
    ("competency_uncovered", LEARNING_PATH, {"competencies[1].id": "comp_3"}, {"competencies[1].level": 2}),
    (
        "off_topic",
        NOVEL,
        {
            "acts[1].chapters[0].summary": "Penguins breed on ice during dark polar months. Thousands huddle "
            "together while winter gales blow over frozen colonies."
        },
        {"acts[1].chapters[0].summary": "Ines watches penguins breed on ice during dark polar months."},
    ),
    (
        "keypoints_unrelated",
        COURSE,
        {f"{L}.keyPoints": ["Castling moves king and rook", "Pawns promote on the last rank"]},
        {f"{L}.keyPoints[0]": "Straw supplies carbon, fuel of microbes."},
    ),
    ("dup_title", COURSE, {f"{L}.title": "AIR AND WATER."}, {f"{L}.title": "Air and straw"}),
    (
        "dup_step",
        WORKFLOW,
        {"steps[3].name": "The bicycle: test its repair", "steps[4].name": "Test the repair, bicycle"},
        {"steps[3].name": "Repair the brakes"},
    ),
    ("dup_concept", KNOWLEDGE_MAP, {"concepts[3].altLabels": ["yeasts"]}, {"concepts[3].altLabels": ["yeast cell"]}),
    (
        "dup_relation",
        KNOWLEDGE_MAP,
        {"relations[3]": {"source": "concept_2", "target": "concept_3", "type": "contrasts"}},
        {"relations[6].type": "related"},
    ),
    (
        "objective_uncovered",
        COURSE,
        {"modules[0].learningObjectives[0]": "Explain castling and pawn promotion"},
        {"modules[0].learningObjectives[0]": "Explain castling with straw"},
    ),
    (
        "disconnected",
        KNOWLEDGE_MAP,
        {"relations[3]": {"source": "concept_4", "target": "concept_5", "type": "related"}},
        {"relations[3].type": "related"},
    ),
    ("concept_level", KNOWLEDGE_MAP, {"concepts[1].level": 1}, {"concepts[1].level": 3}),
    ("unknown_role", WORKFLOW, {"steps[1].responsible": "Accountant"}, {"steps[1].responsible": "the mechanics"}),
    ("unused_output", WORKFLOW, {"steps[1].outputs": ["invoice"]}, {"steps[1].outputs": ["the finding"]}),
    ("dead_end", WORKFLOW, {"steps[5].type": "task"}, {"steps[5].type": "end"}),
    ("hours_mismatch", LEARNING_PATH, {"pathOverview.totalHours": 40}, {"pathOverview.totalHours": 28}),
    (
        "level_falls",
        LEARNING_PATH,
        {"competencies[0].level": 3, "competencies[1].level": 1},
        {"competencies[0].level": 3, "competencies[1].level": 3},
    ),
    (
        "character_absent",
        NOVEL,
        {
            "acts[1].chapters[0].pov": "char_tomas",
            "acts[1].chapters[0].scenes[0].characterIds": ["char_tomas"],
            "characters[0].name": "Olga Prim",
            "acts[1].chapters[1].scenes[0].characterIds": ["char_tomas"],
            "acts[1].chapters[2].scenes[0].characterIds": ["char_tomas"],
            "acts[1].chapters[1].pov": "char_tomas",
        },
        {"acts[1].chapters[0].pov": "char_tomas"},
    ),
    (
        "unmeasurable_objective",
        COURSE,
        {"modules[0].learningObjectives[0]": "Gain a deep appreciation of heaps"},
        {"modules[0].learningObjectives[0]": "Explain how to appreciate a heap"},
    ),
    (
        "difficulty_flat",
        QUIZ,
        {f"categories[{c}].questions[{i}].difficulty": "easy" for c in (0, 1) for i in range(5)},
        {"categories[0].questions[2].difficulty": "easy"},
    ),
    (
        "all_of_above",
        QUIZ,
        {f"{Q}.options[3]": "Each of these answers is correct"},
        {f"{Q}.options[3]": "All of the clouds above the sea"},
    ),
    ("wrong_language", COURSE, {f"{L}.content": GERMAN}, {f"{L}.content": BODY}),
    (
        "overlapping_options",
        QUIZ,
        {f"{Q}.options[0]": "Mostly places of equal pressure"},
        {f"{Q}.options[0]": "Places of rising pressure"},
    ),
    ("readability", COURSE, {f"{L}.content": LONG * 3}, {f"{L}.content": BODY}),
    ("imbalance", COURSE, {f"{L}.content": " ".join(f"{BODY[:-2]} number {n}." for n in range(60))}, {}),
    ("act_balance", NOVEL, {"acts[1].chapters[0].targetWords": 90_000}, {"acts[1].chapters[0].targetWords": 2600}),
    (
        "beat_position",
        NOVEL,
        {"acts[2].chapters[0].scenes[0].beat": "catalyst"},
        {"acts[1].chapters[0].scenes[0].beat": "fun_and_games"},
    ),
    ("duration_mismatch", COURSE, {"courseOverview.duration": "10 hours"}, {"courseOverview.duration": "4 hours"}),
]

BY_EXPECTATION: list[tuple[str, StructureType, dict[str, Any], dict[str, Any]]] = [
    ("granularity_mismatch", COURSE, {"granularity_level": 3}, {"granularity_level": 1}),
    ("topic_missing", COURSE, {"topic": "Chess openings"}, {"topic": "Composting"}),
    (
        "ungrounded",
        COURSE,
        {"sources": {"source": "Castling moves king and rook. " * 30}},
        {"sources": {"source": "\n".join(each["content"] for m in clean(COURSE)["modules"] for each in m["lessons"])}},
    ),
    (
        "required_missing",
        NOVEL,
        {"required_elements": [RequiredElement("Amaro")]},
        {"required_elements": [RequiredElement("ines")]},
    ),
    (
        "required_too_few",
        NOVEL,
        {"required_elements": [RequiredElement("Tomas Reis", "character", min_appearances=8)]},
        {"required_elements": [RequiredElement("Tomas Reis", "character", min_appearances=2)]},
    ),
    (
        "required_misplaced",
        WORKFLOW,
        {"required_elements": [RequiredElement("workstand", "tool", placement=("phase_1", "1"))]},
        {"required_elements": [RequiredElement("workstand", "tool", placement=("phase_1", "2"))]},
    ),
]

OF_THE_WHOLE = {"above_maximum", "key_position_bias", "longest_is_correct"}
"""What only many changes bring about; tested below, or where the check is."""


@pytest.mark.parametrize(("code", "kind", "defect", "near"), CASES, ids=[row[0] for row in CASES])
def test_a_defect_is_found_and_what_only_looks_like_it_is_not(
    code: str, kind: StructureType, defect: dict[str, Any], near: dict[str, Any]
) -> None:
    if code in OF_THE_WHOLE:
        return

    assert (code in codes_of(kind, defect), code in codes_of(kind, near)) == (True, False)


@pytest.mark.parametrize(("code", "kind", "defect", "near"), BY_EXPECTATION, ids=[row[0] for row in BY_EXPECTATION])
def test_what_was_asked_for_and_is_not_there_is_found(
    code: str, kind: StructureType, defect: dict[str, Any], near: dict[str, Any]
) -> None:
    found, other = ({each.code for each in verdict(clean(kind), **options).issues} for options in (defect, near))

    assert (code in found, code in other) == (True, False)


def test_more_modules_than_the_template_allows_are_found() -> None:
    structure = clean(COURSE)
    most = template(COURSE).validation_rules["maxModules"]
    one = structure["modules"][0]

    assert "above_maximum" not in {each.code for each in verdict({**structure, "modules": [one] * most}).issues}
    assert "above_maximum" in {each.code for each in verdict({**structure, "modules": [one] * (most + 1)}).issues}


@pytest.mark.parametrize(("count", "is_found"), [(3, False), (5, True), (10, True)])
def test_keys_that_all_stand_in_one_place_are_found_from_five_questions_on(count: int, is_found: bool) -> None:
    structure = clean(QUIZ)
    structure["categories"] = [{"name": "All", "questions": all_at_c(structure)[:count]}]

    found = {each.code for each in verdict(structure).issues}

    assert ("key_position_bias" in found) is is_found


@pytest.mark.parametrize(("count", "is_found"), [(5, True), (6, True), (8, True), (3, False)])
def test_right_options_that_are_always_the_longest_are_found(count: int, is_found: bool) -> None:
    structure = clean(QUIZ)
    rows = [each for category in structure["categories"] for each in category["questions"]][:count]
    for row in rows:
        row["options"][row["correctAnswer"]] += ", as most people in the field would say today"
    structure["categories"] = [{"name": "All", "questions": rows}]

    found = {each.code for each in verdict(structure).issues}

    assert ("longest_is_correct" in found) is is_found


def test_every_code_that_a_rule_finds_stands_here() -> None:
    judged = {code for table in (codes._JUDGED_ERRORS, codes._JUDGED_WARNINGS) for row in table.values()
              for code in row.split()}  # fmt: skip
    covered = {row[0] for row in (*CASES, *BY_EXPECTATION)} | OF_THE_WHOLE

    assert set(codes.RULES) - judged == covered


def all_at_c(structure: Any) -> list[Any]:
    rows = [each for category in structure["categories"] for each in category["questions"]]
    for row in rows:
        options, key = row["options"], row["correctAnswer"]
        options[2], options[key] = options[key], options[2]
        row["correctAnswer"] = 2
    return rows


def codes_of(kind: StructureType, changes: dict[str, Any]) -> set[str]:
    structure = clean(kind)
    for path, value in changes.items():
        put(structure, path, value)
    return {each.code for each in verdict(structure).issues}
