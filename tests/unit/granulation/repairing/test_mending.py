"""Broken structures mended by a writer who gives back what was sound: every error goes, and nothing else moves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from granulator.granulation.drafts.questions import TRUE_FALSE
from granulator.granulation.plan import Sizes
from granulator.granulation.repairing import places, recount
from granulator.granulation.repairing.applying import Applied, apply
from granulator.granulation.repairing.elements import Setting, read_answer
from granulator.granulation.repairing.kinds import kind_at
from granulator.granulation.repairing.locating import Found, Target, targets
from granulator.granulation.repairing.rounds import to_mend
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
    value_at,
    verdict,
)

SIZES: Mapping[StructureType, Sizes] = {
    COURSE: Sizes(2, 4, 4),
    QUIZ: Sizes(2, 10),
    NOVEL: Sizes(3, 6, 6),
    WORKFLOW: Sizes(1, 7, 2),
    KNOWLEDGE_MAP: Sizes(1, 7, 2),
    LEARNING_PATH: Sizes(4, 5),
}


@dataclass(frozen=True, slots=True)
class Spoiled:
    """A value put at a path of a clean structure, and the code of an error that has to follow."""

    structure_type: StructureType
    path: str
    value: Any
    code: str

    @property
    def structure(self) -> Any:
        sound = clean(self.structure_type)
        return put(sound, self.path, self.value(sound) if callable(self.value) else self.value)


def same_as(path: str) -> Callable[[Any], Any]:
    return lambda structure: value_at(structure, path)


def one_less(path: str) -> Callable[[Any], Any]:
    return lambda structure: value_at(structure, path)[:-1]


def asked_again(structure: Any) -> Any:
    """Return the first question of a quiz under the id of the first of its second category."""
    return {
        **value_at(structure, "categories[0].questions[0]"),
        "id": value_at(structure, "categories[1].questions[0].id"),
    }


def related_to_others(structure: Any) -> list[Any]:
    """Return the relations without those of the last concept that hangs by a single one."""
    ends = [end for one in structure["relations"] for end in (one["source"], one["target"])]
    alone = next(one["id"] for one in reversed(structure["concepts"]) if ends.count(one["id"]) == 1)
    return [one for one in structure["relations"] if alone not in (one["source"], one["target"])]


SPOILED = [
    Spoiled(COURSE, "modules[0].lessons[1].content", "To be written.", "placeholder"),
    Spoiled(COURSE, "modules[0].lessons[1].content", same_as("modules[0].lessons[0].content"), "dup_content"),
    Spoiled(COURSE, "modules[1].lessons[0].title", "Untitled", "placeholder"),
    Spoiled(COURSE, "modules[1].lessons[0].keyPoints", [], "no_keypoints"),
    Spoiled(COURSE, "modules[0].learningObjectives", [], "no_objectives"),
    Spoiled(COURSE, "modules[0].description", " ", "empty"),
    Spoiled(COURSE, "courseOverview.title", "Untitled course", "placeholder"),
    Spoiled(COURSE, "modules[1].lessons", [], "empty_module"),
    Spoiled(COURSE, "modules[1].lessons", one_less("modules[1].lessons"), "below_minimum"),
    Spoiled(COURSE, "modules[0].assessment.questions[0].correctAnswer", 9, "key_range"),
    Spoiled(COURSE, "modules[0].assessment.questions[0].explanation", "To be written.", "placeholder"),
    Spoiled(
        QUIZ, "categories[0].questions[0].options[0]", same_as("categories[0].questions[0].options[1]"), "dup_options"
    ),
    Spoiled(QUIZ, "categories[1].questions[0]", asked_again, "dup_question"),
    Spoiled(QUIZ, "categories[1].name", "Category 2", "placeholder"),
    Spoiled(QUIZ, "categories[0].questions[0].correctAnswer", True, "key_range"),
    Spoiled(NOVEL, "characters[0].arc", ..., "no_arc"),
    Spoiled(NOVEL, "characters[0].role", "ally", "no_arc"),
    Spoiled(NOVEL, "plotThreads[0].payoffScene", same_as("plotThreads[0].setupScene"), "thread_unresolved"),
    Spoiled(NOVEL, "plotThreads[0].payoffScene", "scene_99_9", "dangling_ref"),
    Spoiled(NOVEL, "acts[0].chapters[0].summary", "To be written.", "placeholder"),
    Spoiled(NOVEL, "acts[0].chapters[0].pov", "char_nobody", "dangling_ref"),
    Spoiled(NOVEL, "acts[0].chapters[0].scenes[0].goal", "", "empty"),
    Spoiled(NOVEL, "acts[0].title", "Untitled", "placeholder"),
    Spoiled(WORKFLOW, "steps[1].nextSteps", ["step_99"], "dangling_ref"),
    Spoiled(WORKFLOW, "steps[1].nextSteps", ["step_2"], "self_loop"),
    Spoiled(WORKFLOW, "steps[1].description", "To be written.", "placeholder"),
    Spoiled(WORKFLOW, "steps[1].responsible", "", "no_responsible"),
    Spoiled(KNOWLEDGE_MAP, "relations[1].target", "concept_99", "dangling_ref"),
    Spoiled(KNOWLEDGE_MAP, "relations[1].target", same_as("relations[1].source"), "self_loop"),
    Spoiled(KNOWLEDGE_MAP, "concepts[2].definition", same_as("concepts[1].definition"), "dup_content"),
    Spoiled(KNOWLEDGE_MAP, "relations", related_to_others, "isolated"),
    Spoiled(KNOWLEDGE_MAP, "relations", [], "missing_level"),
    Spoiled(LEARNING_PATH, "milestones[0].requires", ["milestone_4"], "cycle"),
    Spoiled(LEARNING_PATH, "milestones[2].requires", ["milestone_99"], "dangling_ref"),
    Spoiled(LEARNING_PATH, "milestones[1].assessment.criterion", "", "empty"),
    Spoiled(LEARNING_PATH, "milestones[0].activities[0].description", "To be written.", "placeholder"),
]


def sound_answer(sound: Any, broken: Any, target: Target) -> dict[str, Any]:
    """Return what a writer would answer who knows the structure as it was."""
    if target.action == "rewrite":
        return answer_of(places.get(sound, target.place))
    if target.action == "questions":
        wanted = len(target.indexes) + target.count
        return {"questions": [fresh_question(place) for place in range(wanted)]}
    kept = places.objects_at(broken, target.place)
    gone = [one for one in places.objects_at(sound, target.place) if one not in kept]
    return {target.kind.list_key: [answer_of(one) for one in gone[: target.count]]}


def answer_of(element: Any) -> dict[str, Any]:
    return {"beat": "none", "type": "task", **element}


def fresh_question(place: int) -> dict[str, Any]:
    colour = ("amber", "violet", "crimson", "olive")[place]
    return {
        "type": "true_false",
        "question": f"The {colour} lantern hangs over the harbour gate at dusk.",
        "options": [*TRUE_FALSE],
        "correctAnswer": 0,
        "explanation": f"It is true: the watch lights the {colour} lantern when the sun is down.",
        "difficulty": "easy",
    }


def mended(spoiled: Spoiled) -> tuple[Any, tuple[Target, ...]]:
    """Return a broken structure after one round of a writer who gives back what was sound, and what was asked for."""
    kind, broken = spoiled.structure_type, spoiled.structure
    issues = to_mend(verdict(broken, level=1), is_scored=True)
    asked = targets(Found(kind, broken, "en", SIZES[kind]), issues)
    applied = Applied(broken)
    for target in asked:
        answer = sound_answer(clean(kind), broken, target)
        found, _ = read_answer(target, answer, Setting(kind, broken, 2))
        elements: Any = found["elements"] if found else []
        applied = apply(applied, target, elements)
    return recount(kind, applied.structure), asked


IDS = [f"{one.structure_type}-{one.path}-{one.code}" for one in SPOILED]


@pytest.mark.parametrize("spoiled", SPOILED, ids=IDS)
def test_what_was_broken_is_found_asked_for_and_mended(spoiled: Spoiled) -> None:
    assert spoiled.code in {issue.code for issue in verdict(spoiled.structure, level=1).issues}

    structure, asked = mended(spoiled)

    assert asked
    assert [(issue.code, issue.path) for issue in verdict(structure, level=1).issues if issue.severity == "error"] == []


@pytest.mark.parametrize("spoiled", SPOILED, ids=IDS)
def test_nothing_that_was_not_asked_for_is_another_object(spoiled: Spoiled) -> None:
    broken = spoiled.structure
    kind = spoiled.structure_type
    structure, asked = mended(spoiled)

    named = [target.place for target in asked]
    for path in ("modules[].lessons[]", "categories[].questions[]", "acts[].chapters[]", "steps[]", "concepts[]"):
        if kind_at(kind, path) is None:
            continue
        for place in places_of(broken, path):
            is_named = any(place[: len(one)] == one or one[: len(place)] == place for one in named)
            assert is_named or places.get(structure, place) == places.get(broken, place)


def places_of(structure: Any, path: str) -> list[places.Place]:
    """Return the places of all elements at a path with empty brackets."""
    found: list[places.Place] = [()]
    for step in path.split("."):
        key = step.removesuffix("[]")
        lists = [(*place, key) for place in found]
        found = [(*home, at) for home in lists for at in range(len(places.objects_at(structure, home)))]
    return found
