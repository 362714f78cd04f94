"""What is to be written again: the element an issue names, or the one that can mend it."""

from __future__ import annotations

import json
from math import ceil
from typing import Any

import pytest

from granulator.granulation.checks.cast import PROTAGONIST_SHARE
from granulator.granulation.checks.codes import RULES
from granulator.granulation.checks.document import RequiredElement
from granulator.granulation.plan import Sizes
from granulator.granulation.repairing import places
from granulator.granulation.repairing.locating import LEFT_ALONE, Found, Target, targets
from granulator.model import Issue, StructureType
from tests.unit.granulation.samples import (
    clean,
    course,
    kind_of,
    knowledge_map,
    learning_path,
    lesson,
    novel,
    put,
    quiz,
    values,
    verdict,
    workflow,
)

SIZES = {
    "course": Sizes(2, 4, 4),
    "quiz": Sizes(2, 10),
    "novel": Sizes(3, 6, 6),
    "workflow": Sizes(1, 7, 2),
    "knowledge_map": Sizes(1, 7, 2),
    "learning_path": Sizes(4, 5),
}


def found(structure: Any, *required: RequiredElement) -> Found:
    kind = kind_of(structure)
    return Found(kind, structure, "en", SIZES[kind.value], required)


def issue(code: str, path: str, message: str = "wrong") -> Issue:
    return Issue(code, "error", path, message, "mend it")


def told(structure: Any, *issues: Issue, required: tuple[RequiredElement, ...] = ()) -> list[tuple[Any, ...]]:
    """Return of every target what is done where, to which of the questions, and how many are asked for."""
    return [
        (target.action, target.path, target.kind.name, target.indexes, target.count)
        for target in targets(found(structure, *required), issues)
    ]


OWNERS = [
    # structure, code, path of the issue; path and kind of what is written again
    (course, "placeholder", "modules[0].lessons[1].content", "modules[0].lessons[1]", "lesson"),
    (course, "no_keypoints", "modules[1].lessons[0].keyPoints", "modules[1].lessons[0]", "lesson"),
    (course, "empty", "modules[1].description", "modules[1]", "module"),
    (course, "dup_title", "courseOverview.title", "courseOverview", "overview"),
    (course, "topic_missing", "$", "courseOverview", "overview"),
    (quiz, "dup_title", "categories[1].name", "categories[1]", "category"),
    (novel, "no_arc", "characters[1].arc", "characters[1]", "character"),
    (novel, "no_arc", "characters", "characters[0]", "character"),
    (novel, "below_minimum", "plotThreads", "plotThreads[0]", "plot thread"),
    (novel, "thread_unresolved", "plotThreads[1].payoffScene", "plotThreads[1]", "plot thread"),
    (novel, "placeholder", "acts[0].title", "acts[0]", "act"),
    (novel, "thin", "acts[1].chapters[0].summary", "acts[1].chapters[0]", "chapter"),
    (novel, "dangling_ref", "acts[1].chapters[0].scenes[0].threadIds[0]", "acts[1].chapters[0].scenes[0]", "scene"),
    (workflow, "branch_no_condition", "steps[2].conditions", "steps[2]", "step"),
    (workflow, "self_loop", "steps[2].nextSteps[0]", "steps[2]", "step"),
    (workflow, "no_end", "steps", "steps[6]", "step"),
    # Nothing leads to it: the step before it has to.
    (workflow, "unreachable", "steps[4]", "steps[3]", "step"),
    (workflow, "unreachable", "steps[0]", "steps[1]", "step"),
    (knowledge_map, "dangling_ref", "relations[3].target", "relations[3]", "relation"),
    (knowledge_map, "dup_content", "concepts[2].definition", "concepts[2]", "concept"),
    (learning_path, "cycle", "milestones[1]", "milestones[1]", "milestone"),
    (learning_path, "thin", "milestones[0].activities[0].description", "milestones[0]", "milestone"),
    (learning_path, "dup_title", "competencies[1].label", "competencies[1]", "competency"),
]


@pytest.mark.parametrize(
    ("structure", "code", "path", "owner", "kind"), OWNERS, ids=[f"{row[1]}-{row[2]}" for row in OWNERS]
)
def test_an_issue_names_the_innermost_element_that_can_mend_it(
    structure: Any, code: str, path: str, owner: str, kind: str
) -> None:
    assert told(structure(), issue(code, path)) == [("rewrite", owner, kind, (), 0)]


def test_an_element_with_several_issues_is_written_once_with_all_of_them() -> None:
    thin, vague = issue("thin", "modules[0].lessons[1].content"), issue("placeholder", "modules[0].lessons[1].title")

    (target,) = targets(found(course()), [thin, vague, thin])

    assert (target.path, target.issues) == ("modules[0].lessons[1]", (thin, vague))


def test_unsound_questions_of_a_list_are_replaced_together() -> None:
    issues = [
        issue("key_disputed", "categories[0].questions[3]"),
        issue("dup_options", "categories[0].questions[1].options[2]"),
        issue("dup_question", "categories[1].questions[0].question"),
        issue("key_range", "categories[0].questions[3].correctAnswer"),
    ]

    assert told(quiz(), *issues) == [
        ("questions", "categories[0].questions", "question", (1, 3), 0),
        ("questions", "categories[1].questions", "question", (0,), 0),
    ]


def test_a_question_of_an_assessment_is_replaced_and_its_module_left_alone() -> None:
    wrong = issue("key_contradicts_explanation", "modules[1].assessment.questions[0]")

    assert told(course(), wrong) == [("questions", "modules[1].assessment.questions", "question", (0,), 0)]


MISSING = [
    # structure, what is put where; code and path of the issue; what is added
    (
        course,
        "modules[0].lessons",
        [],
        "empty_module",
        "modules[0].lessons",
        ("add", "modules[0].lessons", "lesson", 2),
    ),
    (course, "modules[1]", ..., "below_minimum", "modules", ("add", "modules", "module", 1)),
    (quiz, "categories[1]", ..., "below_minimum", "categories", ("add", "categories", "category", 1)),
    (workflow, "steps[6]", ..., "below_minimum", "steps", ("add", "steps", "step", 1)),
    (knowledge_map, "concepts[6]", ..., "below_minimum", "concepts", ("add", "concepts", "concept", 1)),
    (knowledge_map, "relations", [], "missing_level", "relations", ("add", "relations", "relation", 6)),
    (learning_path, "milestones[3]", ..., "below_minimum", "milestones", ("add", "milestones", "milestone", 1)),
    (novel, "acts[0].chapters", [], "empty_act", "acts[0].chapters", ("add", "acts[0].chapters", "chapter", 2)),
    (
        novel,
        "acts[0].chapters[0].scenes",
        [],
        "missing_level",
        "acts[0].chapters[0].scenes",
        ("add", "acts[0].chapters[0].scenes", "scene", 1),
    ),
]


@pytest.mark.parametrize(
    ("structure", "path", "value", "code", "at", "wanted"), MISSING, ids=[row[1] for row in MISSING]
)
def test_what_is_missing_is_added_up_to_what_was_planned(
    structure: Any, path: str, value: Any, code: str, at: str, wanted: tuple[str, str, str, int]
) -> None:
    broken = put(structure(), path, value)

    action, where, kind, count = wanted
    assert told(broken, issue(code, at)) == [(action, where, kind, (), count)]


def test_questions_that_are_too_few_in_all_are_added_where_most_are_lacking() -> None:
    structure = quiz()
    del structure["categories"][1]["questions"][1:]

    assert told(structure, issue("below_minimum", "categories")) == [
        ("questions", "categories[1].questions", "question", (), 4)
    ]


def test_a_concept_without_relations_gets_one_and_keeps_its_words() -> None:
    assert told(knowledge_map(), issue("isolated", "concepts[4]")) == [("add", "relations", "relation", (), 1)]


def test_a_circle_of_concepts_is_opened_at_the_last_link_of_the_first() -> None:
    structure = knowledge_map()
    first = structure["concepts"][1]["id"]
    links = [at for at, one in enumerate(structure["relations"]) if one["source"] == first and one["type"] == "broader"]

    assert told(structure, issue("cycle", "concepts[1]")) == [("rewrite", f"relations[{links[-1]}]", "relation", (), 0)]


def test_a_competency_nobody_develops_is_developed_by_the_milestone_that_fits_it() -> None:
    structure = learning_path()
    (target,) = targets(found(structure), [issue("competency_uncovered", "competencies[1]")])

    milestone = structure["milestones"][int(target.path.removeprefix("milestones[").removesuffix("]"))]
    assert target.kind.name == "milestone"
    assert "wheel" in str(milestone).casefold()


def test_a_character_who_is_nowhere_gets_a_part_in_one_scene() -> None:
    structure = novel()
    structure["characters"].append(structure["characters"][-1] | {"id": "char_bo", "name": "Bo Lind", "role": "ally"})
    (vanished,) = [one for one in verdict(structure).issues if one.code == "character_vanishes"]

    ((action, path, kind, _, _),) = told(structure, vanished)

    assert (vanished.path, action, kind) == (f"characters[{len(structure['characters']) - 1}]", "rewrite", "scene")
    assert path.startswith("acts[")


def test_a_protagonist_in_too_few_scenes_gets_as_many_more_as_are_wanted() -> None:
    structure = novel()
    scenes = [scene for act in structure["acts"] for chapter in act["chapters"] for scene in chapter["scenes"]]
    others = [one["id"] for one in structure["characters"] if one["role"] != "protagonist"]
    for scene in scenes[1:]:
        scene["characterIds"] = others[:1]
    structure = json.loads(json.dumps(structure).replace("Ines", "Her sister"))
    structure["characters"][0]["name"] = "Ines Duarte"
    named = issue("character_vanishes", "characters[0]")

    rewritten = told(structure, named)

    assert {kind for _, _, kind, _, _ in rewritten} == {"scene"}
    assert len(rewritten) == ceil(PROTAGONIST_SHARE * len(scenes)) - 1


@pytest.mark.parametrize("code", sorted(LEFT_ALONE))
def test_what_is_counted_or_merged_is_asked_of_nobody(code: str) -> None:
    assert told(course(), issue(code, "modules")) == []


# Names that were required


def test_a_name_that_is_missing_is_worked_into_the_elements_it_fits_best() -> None:
    structure = course()
    words = lesson(structure, 1, 0)["title"]
    element = RequiredElement(f"{words} of Aunt Berta", min_appearances=2)

    (first, second) = told(structure, issue("required_missing", "requiredElements[0]"), required=(element,))

    assert first[1] == "modules[1].lessons[0]"
    assert second[0] == "rewrite"
    assert second[1] != first[1]


def test_a_name_that_is_named_too_seldom_goes_to_elements_without_it() -> None:
    structure = course()
    lesson(structure)["content"] += " Aunt Berta agrees."
    element = RequiredElement("Aunt Berta", min_appearances=2)

    (target,) = told(structure, issue("required_too_few", "requiredElements[0]"), required=(element,))

    assert target[1] != "modules[0].lessons[0]"


def test_a_misplaced_name_goes_where_it_was_placed() -> None:
    structure = course()
    element = RequiredElement("Aunt Berta", placement=("2.1", "module_1"))
    issues = [one for one in verdict(structure, required_elements=[element]).issues if one.code.startswith("required")]

    found_targets = told(structure, *issues, required=(element,))

    # Where it is placed it also occurs: nobody else is asked for it.
    assert {target[1].partition("]")[0] for target in found_targets} == {"modules[1", "modules[0"}
    assert len(found_targets) == 2


def test_a_place_that_does_not_exist_is_asked_of_nobody() -> None:
    element = RequiredElement("Aunt Berta", placement=("9.9",))

    assert told(course(), issue("required_misplaced", "requiredElements[0]"), required=(element,)) == []


@pytest.mark.parametrize("code", ["wrong_language", "readability"])
def test_what_is_wrong_with_all_prose_has_all_of_it_written_again(code: str) -> None:
    paths = [target.path for target in targets(found(course()), [issue(code, "$")])]

    assert paths == [
        "courseOverview",
        "modules[0].lessons[0]",
        "modules[0].lessons[1]",
        "modules[1].lessons[0]",
        "modules[1].lessons[1]",
    ]


NOWHERE = (
    "$",
    "nowhere",
    "modules[99].lessons[3].x",
    "steps[99]",
    "concepts[99]",
    "requiredElements[7]",
    "acts[9].chapters",
)


@pytest.mark.parametrize("structure_type", StructureType)
def test_every_code_at_every_path_leads_to_elements_that_exist_or_to_nothing(structure_type: StructureType) -> None:
    structure = clean(structure_type)
    paths = [*(path for path, _ in values(structure)), *NOWHERE]
    issues = [issue(code, path) for path in paths for code in RULES]

    asked = targets(found(structure, RequiredElement("Aunt Berta")), issues)

    assert asked
    for target in asked:
        at = places.get(structure, target.place)
        assert isinstance(at, dict if target.action == "rewrite" else list)
        assert all(isinstance(places.get(structure, (*target.place, index)), dict) for index in target.indexes)


def test_a_target_is_told_by_its_path() -> None:
    (target,) = targets(found(course()), [issue("thin", "modules[0].lessons[0].content")])

    assert isinstance(target, Target)
    assert target.path == "modules[0].lessons[0]"
