"""Answers read as elements and put into a structure, of which everything else stays as it was."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from granulator.extraction import documents
from granulator.granulation import grounding, validation
from granulator.granulation.repairing import places, recount
from granulator.granulation.repairing.applying import Applied, apply
from granulator.granulation.repairing.elements import Setting, read_answer, schema
from granulator.granulation.repairing.kinds import KINDS, Kind, kind_at
from granulator.granulation.repairing.locating import Target
from granulator.model import Issue, JsonObject, Source, StructureType
from tests.unit.granulation.samples import (
    COURSE,
    KNOWLEDGE_MAP,
    LEARNING_PATH,
    NOVEL,
    QUIZ,
    WORKFLOW,
    clean,
    course,
    novel,
    quiz,
    template,
    values,
    workflow,
)

ISSUE = Issue("thin", "error", "$", "is thin", "write more")
MODEL = {"kind": "model"}


def target(structure_type: StructureType, path: str, action: Any = "rewrite", **more: Any) -> Target:
    place = places.parse(path)
    kind = kind_at(structure_type, places.pattern(place) + ("" if action == "rewrite" else "[]"))
    assert kind is not None
    return Target(action, place, kind, (ISSUE,), **more)


def setting(structure_type: StructureType, structure: JsonObject, **more: Any) -> Setting:
    return Setting(structure_type, structure, 2, **more)


def written(
    structure_type: StructureType, structure: JsonObject, wanted: Target, answer: JsonObject
) -> tuple[Applied, Any]:
    """Return what becomes of a structure with an answer, and what is wrong with the answer."""
    found, faults = read_answer(wanted, answer, setting(structure_type, structure))
    elements: Any = found["elements"] if found else []
    return apply(Applied(structure), wanted, elements), faults


def differing(before: Any, after: Any) -> set[str]:
    """Return the paths of single values that are not the same in both."""
    old = {path: value for path, value in values(before) if not isinstance(value, dict | list)}
    new = {path: value for path, value in values(after) if not isinstance(value, dict | list)}
    return {path for path in old.keys() | new.keys() if old.get(path, ...) != new.get(path, ...)}


LESSON: JsonObject = {
    "title": "Feeding the heap",
    "content": "Kitchen scraps bring nitrogen and dry leaves bring carbon. A heap needs both in turn, in thin layers. "
    "Whoever tips a whole bucket of peelings on top gets a cold, wet patch that smells within a week.",
    "keyPoints": ["Scraps bring nitrogen.", "Leaves bring carbon."],
    "examples": ["One bucket of peelings, two of leaves."],
    "practicalExercises": ["Layer a bucket.", "Weigh it a week later.", "Write down what changed."],
}
SIEVING: JsonObject = {
    "title": "Sieving what is ready",
    "content": "Ripe compost smells of forest and falls through a sieve as wide as a finger. What stays behind goes "
    "back to the next heap, where it starts the rot much sooner than fresh waste alone ever would.",
    "keyPoints": ["Ripe compost smells of forest.", "What stays in the sieve goes back."],
    "examples": ["A garden sieve over a barrow."],
    "practicalExercises": ["Sieve one bucket."],
}
STEP: JsonObject = {
    "id": "anything",
    "name": "Test the brakes",
    "type": "task",
    "responsible": "Mechanic",
    "description": "The mechanic brakes hard on a slope and writes down how far the bicycle rolls.",
    "inputs": ["repaired bicycle"],
    "outputs": ["brake note"],
    "tools": ["chalk"],
    "nextSteps": ["step_6"],
    "conditions": [],
}
CONCEPT: JsonObject = {
    "label": "Proving",
    "altLabels": ["Proofing"],
    "definition": "The rest that lets gas gather before baking.",
    "examples": ["an hour in a basket"],
}
SCENE: JsonObject = {
    "goal": "Ines wants the page.",
    "conflict": "The clerk has burnt it.",
    "outcome": "She keeps the ash.",
    "characterIds": ["Ines Duarte"],
    "threadIds": [],
    "location": "Harbour office",
    "beat": "none",
}
MILESTONE: JsonObject = {
    "id": "x",
    "title": "Mend a puncture",
    "requires": ["milestone_1"],
    "developsCompetencies": ["comp_1"],
    "hours": 4.0,
    "optional": False,
    "activities": [{"type": "practice", "description": "Patch three tubes by the roadside.", "hours": 3.0}],
    "assessment": {"type": "demonstration", "criterion": "The tube holds air overnight."},
    "project": "",
}


def question(stem: str, difficulty: str = "easy") -> JsonObject:
    reason = "because warm air runs ahead" if difficulty == "easy" else "since the front has not passed yet"
    return {
        "type": "multiple_choice",
        "question": stem,
        "options": ["Rain within the hour", "A falling glass", "A rising glass", "Fog at dawn"],
        "correctAnswer": 1,
        "explanation": f"A falling glass it is, {reason}: {stem.casefold().rstrip('?')} {len(stem)} hours earlier.",
        "difficulty": difficulty,
    }


AGAIN = [
    # type, path, answer
    (COURSE, "modules[1].lessons[0]", LESSON),
    (
        COURSE,
        "modules[0]",
        {
            "title": "Heat and air",
            "description": "Why a heap warms up, and what stops it from doing so.",
            "estimatedDuration": "80 minutes",
            "learningObjectives": ["Explain why a heap warms up"],
        },
    ),
    (QUIZ, "categories[1]", {"name": "Fronts and clouds"}),
    (NOVEL, "acts[0].chapters[0].scenes[0]", SCENE),
    (
        NOVEL,
        "acts[1].chapters[0]",
        {"title": "The ash", "pov": "char_ines", "summary": "Ines finds that somebody burnt the page she came for."},
    ),
    (WORKFLOW, "steps[4]", STEP),
    (KNOWLEDGE_MAP, "concepts[2]", CONCEPT),
    (KNOWLEDGE_MAP, "relations[2]", {"source": "concept_3", "target": "concept_1", "type": "related"}),
    (LEARNING_PATH, "milestones[1]", MILESTONE),
    (LEARNING_PATH, "competencies[0]", {"id": "x", "label": "Sets brakes", "level": 2}),
]


@pytest.mark.parametrize(("structure_type", "path", "answer"), AGAIN, ids=[row[1] for row in AGAIN])
def test_only_the_element_that_was_named_changes(structure_type: StructureType, path: str, answer: JsonObject) -> None:
    before = clean(structure_type)

    applied, faults = written(structure_type, before, target(structure_type, path), answer)

    changed = differing(before, applied.structure)
    assert faults == ()
    assert changed
    assert {one for one in changed if not one.startswith(path)} == set()
    assert before == clean(structure_type)
    assert applied.written == (places.parse(path),)


@pytest.mark.parametrize(("structure_type", "path", "answer"), AGAIN, ids=[row[1] for row in AGAIN])
def test_an_element_written_again_keeps_its_id_and_its_children(
    structure_type: StructureType, path: str, answer: JsonObject
) -> None:
    before: Any = places.get(clean(structure_type), places.parse(path))

    applied, _ = written(structure_type, clean(structure_type), target(structure_type, path), answer)

    after: Any = places.get(applied.structure, places.parse(path))
    assert after.get("id") == before.get("id")
    for key in ("lessons", "assessment", "questions", "scenes", "chapters"):
        assert key in answer or after.get(key) == before.get(key)
    assert after["provenance"] == MODEL


@pytest.mark.parametrize("structure_type", StructureType)
def test_an_element_given_back_as_it_was_is_found_to_be_sound(structure_type: StructureType) -> None:
    structure = clean(structure_type)
    for kind, path, element in elements_of(structure_type, structure):
        answer = dict(element)
        for key, value in (("beat", "none"), ("type", "task")):
            if key in kind.again.model_fields:
                answer.setdefault(key, value)

        applied, faults = written(structure_type, structure, target(structure_type, path), answer)

        assert (path, faults) == (path, ())
        assert differing(structure, applied.structure) <= {f"{path}.{key}" for key in told_anew(kind)}


def told_anew(kind: Kind) -> set[str]:
    """Return what an answer decides even when it repeats everything: where it comes from, and what it did not say."""
    if kind.name == "relation":
        return {"provenance.kind", "label", "weight"}
    if kind.name == "step":
        return {"provenance.kind", "type"}
    inner = {"character": "arc", "milestone": "assessment"}.get(kind.name)
    return {"provenance.kind", f"{inner}.provenance.kind", *(f"activities[{at}].provenance.kind" for at in range(9))}


def is_in_words(element: JsonObject) -> bool:
    conditions: Any = element.get("conditions", [])
    return any(isinstance(condition, str) for condition in conditions)


def elements_of(structure_type: StructureType, structure: JsonObject) -> Iterator[tuple[Kind, str, JsonObject]]:
    """Yield every element that can be written again in the words it has."""
    for kind in KINDS[structure_type]:
        if kind.name != "question":
            for path, element in values(structure):
                # Conditions in words are read from others, and asked of nobody.
                if places.pattern(places.parse(path)) == kind.path and not is_in_words(element):
                    yield kind, path, element


def test_a_lesson_gets_no_more_exercises_than_it_had() -> None:
    before = course()

    applied, _ = written(COURSE, before, target(COURSE, "modules[0].lessons[0]"), LESSON)

    had = before["modules"][0]["lessons"][0]["practicalExercises"]
    now: Any = places.get(applied.structure, ("modules", 0, "lessons", 0, "practicalExercises"))
    assert len(now) == len(had)


def test_a_name_of_an_element_is_understood_as_its_id() -> None:
    applied, faults = written(NOVEL, novel(), target(NOVEL, "acts[0].chapters[0].scenes[0]"), SCENE)

    assert faults == ()
    assert places.get(applied.structure, places.parse("acts[0].chapters[0].scenes[0].characterIds")) == ["char_ines"]


def test_a_reference_to_nothing_is_told_what_there_is_and_left_out() -> None:
    applied, faults = written(
        WORKFLOW, workflow(), target(WORKFLOW, "steps[4]"), STEP | {"nextSteps": ["step_6", "step_99"]}
    )

    ((path, message),) = faults
    assert (path, message.partition(" is none of ")[0]) == ("nextSteps", '"step_99"')
    assert "step_1, step_2" in message
    assert "step_5" not in message
    assert places.get(applied.structure, places.parse("steps[4].nextSteps")) == ["step_6"]


BROKEN = [
    (COURSE, "modules[0].lessons[0]", LESSON | {"keyPoints": ["Only one."]}),
    (COURSE, "modules[0].lessons[0]", {"title": "Nothing else"}),
    (KNOWLEDGE_MAP, "relations[0]", {"source": "concept_3", "target": "concept_1", "type": "loves"}),
    (LEARNING_PATH, "milestones[1]", MILESTONE | {"activities": []}),
]


@pytest.mark.parametrize(("structure_type", "path", "answer"), BROKEN)
def test_an_answer_that_breaks_the_shape_is_no_element(
    structure_type: StructureType, path: str, answer: JsonObject
) -> None:
    applied, faults = written(structure_type, clean(structure_type), target(structure_type, path), answer)

    assert faults
    assert applied == Applied(clean(structure_type))


def test_a_beat_that_is_said_no_longer_is_gone() -> None:
    structure = novel()
    place = places.parse("acts[0].chapters[0].scenes[0]")
    structure = places.put(structure, (*place, "beat"), "catalyst")

    applied, _ = written(NOVEL, structure, target(NOVEL, places.written(place)), SCENE)

    after: Any = places.get(applied.structure, place)
    assert "beat" not in after


# Questions


def test_a_dropped_question_gives_its_place_and_id_to_a_fresh_one() -> None:
    before = quiz()
    wanted = target(QUIZ, "categories[0].questions", "questions", indexes=(1, 3))

    applied, faults = written(
        QUIZ, before, wanted, {"questions": [question("What goes before a low?"), question("What comes after it?")]}
    )

    fresh: Any = places.get(applied.structure, ("categories", 0, "questions"))
    assert faults == ()
    assert [one["id"] for one in fresh] == [one["id"] for one in before["categories"][0]["questions"]]
    assert fresh[1] == {"id": "q_2", **question("What goes before a low?"), "provenance": MODEL}
    assert {path[: len("categories[0].questions[1]")] for path in differing(before, applied.structure)} == {
        "categories[0].questions[1]",
        "categories[0].questions[3]",
    }
    assert applied.dropped == applied.written == (places.parse("categories[0].questions[1]"), (*wanted.place, 3))


def test_a_question_that_repeats_an_existing_one_is_no_replacement() -> None:
    before = quiz()
    old = before["categories"][1]["questions"][0]["question"]
    wanted = target(QUIZ, "categories[0].questions", "questions", indexes=(1,))

    applied, faults = written(QUIZ, before, wanted, {"questions": [question(old.upper())]})

    assert applied.structure == before
    assert faults == (
        ("questions[0].question", "repeats a question that exists"),
        ("questions", "has 0 usable questions, exactly 1 are wanted"),
    )


def test_too_few_questions_replace_the_first_and_leave_the_rest_standing() -> None:
    before = quiz()
    wanted = target(QUIZ, "categories[0].questions", "questions", indexes=(1, 3))

    applied, faults = written(QUIZ, before, wanted, {"questions": [question("What goes before a low?")]})

    assert faults == (("questions", "has 1 usable questions, exactly 2 are wanted"),)
    assert {path[:26] for path in differing(before, applied.structure)} == {"categories[0].questions[1]"}
    assert applied.dropped == (places.parse("categories[0].questions[1]"),)


def test_a_question_whose_key_is_no_option_is_not_taken() -> None:
    wanted = target(QUIZ, "categories[0].questions", "questions", indexes=(0,))

    found, faults = read_answer(
        wanted, {"questions": [question("What goes before a low?") | {"correctAnswer": 9}]}, setting(QUIZ, quiz())
    )

    assert found is None
    assert faults[0] == ("questions[0]", "the key must be the index of an option, counted from 0")


# Further elements


ADDED = [
    # type, list, answer, the ids of what is new
    (COURSE, "modules[1].lessons", {"lessons": [LESSON]}, {"lesson_2_3"}),
    (
        COURSE,
        "modules",
        {
            "modules": [
                {
                    "title": "Using compost",
                    "description": "Where it goes, and when it is ready.",
                    "estimatedDuration": "60 minutes",
                    "learningObjectives": ["Judge when compost is ready"],
                    "lessons": [LESSON, SIEVING],
                    "assessment": {"questions": [question("When is it ready?"), question("Where does it go?", "hard")]},
                }
            ]
        },
        {"module_3", "lesson_3_1", "lesson_3_2", "q_3_1", "q_3_2"},
    ),
    (
        QUIZ,
        "categories",
        {
            "categories": [
                {"name": "Clouds", "questions": [question("Which cloud rains?"), question("Which does not?")]}
            ]
        },
        {"q_11", "q_12"},
    ),
    (NOVEL, "acts[1].chapters[0].scenes", {"scenes": [SCENE]}, None),
    (
        NOVEL,
        "acts[2].chapters",
        {
            "chapters": [
                {
                    "title": "The last page",
                    "pov": "char_ines",
                    "summary": "Ines writes down what the page said, and nobody stops her.",
                    "scenes": [SCENE],
                }
            ]
        },
        {"chapter_7", "scene_7_1"},
    ),
    (
        WORKFLOW,
        "steps",
        {
            "steps": [
                {key: value for key, value in STEP.items() if key not in ("id", "type", "nextSteps", "conditions")}
                | {"after": "step_1"}
            ]
        },
        {"step_8"},
    ),
    (KNOWLEDGE_MAP, "concepts", {"concepts": [CONCEPT | {"broader": "Leavening"}]}, {"concept_8"}),
    (
        KNOWLEDGE_MAP,
        "relations",
        {"relations": [{"source": "concept_6", "target": "concept_2", "type": "related"}]},
        set(),
    ),
    (LEARNING_PATH, "milestones", {"milestones": [MILESTONE]}, {"milestone_5"}),
]


@pytest.mark.parametrize(
    ("structure_type", "path", "answer", "ids"), ADDED, ids=[f"{row[0]}-{row[1]}" for row in ADDED]
)
def test_a_further_element_is_sound_and_has_ids_that_nothing_had(
    structure_type: StructureType, path: str, answer: JsonObject, ids: set[str] | None
) -> None:
    before = clean(structure_type)
    wanted = target(structure_type, path, "add", count=1)

    applied, faults = written(structure_type, before, wanted, answer)

    after = recount(structure_type, applied.structure)
    verdict = validation.validate(after, structure_type, template=template(structure_type), level=1)
    assert faults == ()
    assert [(issue.code, issue.path) for issue in verdict.issues] == []
    assert ids is None or ids_of(after) - ids_of(before) == ids
    assert len(ids_of(after)) == len([one for one, _ in values(after) if one.endswith(".id")])


def ids_of(structure: Any) -> set[str]:
    return {value for path, value in values(structure) if path.endswith(".id")}


def test_a_further_step_is_put_between_the_one_named_and_what_came_after_it() -> None:
    before = workflow()
    wanted = target(WORKFLOW, "steps", "add", count=1)
    fresh = {key: STEP[key] for key in ("name", "responsible", "description", "inputs", "outputs", "tools")}

    applied, _ = written(WORKFLOW, before, wanted, {"steps": [fresh | {"after": "Receive the bicycle"}]})

    after: Any = applied.structure
    assert differing(before, {**after, "steps": after["steps"][:-1]}) == {"steps[0].nextSteps[0]"}
    first, *_, last = places.objects_at(applied.structure, ("steps",))
    assert (first["nextSteps"], last["nextSteps"]) == (["step_8"], before["steps"][0]["nextSteps"])


def test_more_elements_than_were_asked_for_are_left_out_and_fewer_are_a_fault() -> None:
    wanted = target(COURSE, "modules[1].lessons", "add", count=2)

    many, _ = read_answer(wanted, {"lessons": [LESSON] * 3}, setting(COURSE, course()))
    few, faults = read_answer(wanted, {"lessons": [LESSON]}, setting(COURSE, course()))

    assert many is not None
    assert few is not None
    assert [len(found["elements"]) for found in (many, few)] == [2, 1]  # type: ignore[arg-type]
    assert faults == (("lessons", "has 1 entries, exactly 2 are wanted"),)


# The source


@pytest.fixture(scope="module")
def passages() -> Any:
    scraps = "Kitchen scraps bring nitrogen to a heap, and they bring water as well. " * 12
    text = f"# Heaps\n\n{scraps}\n\n# Leaves\n\nDry leaves bring carbon to it in autumn, when there are most of them."
    return grounding.read(Source(format="markdown", text=text))


def test_what_cites_a_passage_comes_from_its_span(passages: Any) -> None:
    wanted = target(COURSE, "modules[0].lessons[0]")
    label = passages.passages[0].label
    shown = f"[{label}] {passages.passages[0].text}"

    found, faults = read_answer(
        wanted, LESSON | {"cites": [label]}, setting(COURSE, course(), passages=passages, shown=shown)
    )

    assert faults == ()
    assert found is not None
    elements: Any = found["elements"]
    (element,) = elements
    assert "cites" not in element
    assert element["provenance"]["kind"] == "source"
    assert element["provenance"]["span"]["doc"] == documents.NAME


def test_what_cites_nothing_or_a_passage_that_was_not_shown_is_asked_again(passages: Any) -> None:
    wanted = target(COURSE, "modules[0].lessons[0]")
    (shown, other) = [passage.label for passage in passages.passages][:2]
    given = setting(COURSE, course(), passages=passages, shown=f"[{shown}] text")

    faults = [read_answer(wanted, LESSON | {"cites": cites}, given)[1] for cites in ([], [other], ["p9999"])]

    assert [[path for path, _ in found] for found in faults] == [["cites"]] * 3


# What is asked for


@pytest.mark.parametrize("structure_type", StructureType)
@pytest.mark.parametrize("cites", [False, True])
def test_every_schema_is_plain_and_requires_everything(structure_type: StructureType, cites: bool) -> None:
    for kind in KINDS[structure_type]:
        actions = ["questions"] if kind.name == "question" else ["rewrite", *(["add"] if kind.fresh else [])]
        for action in actions:
            asked = schema(Target(action, ("x", 0), kind, ()), cites=cites)  # type: ignore[arg-type]

            text = json.dumps(asked)
            assert '"$ref"' not in text
            assert ('"cites"' in text) <= cites
            for node in objects_in(asked):
                assert node["required"] == list(node["properties"])
                assert node["additionalProperties"] is False


def objects_in(node: Any) -> Iterator[Any]:
    if isinstance(node, dict):
        if "properties" in node:
            yield node
        for value in node.values():
            yield from objects_in(value)
    elif isinstance(node, list):
        for entry in node:
            yield from objects_in(entry)
