"""A model's answer as elements: merged into what they were, ids and children kept, what they refer to made sure of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import cast

from pydantic import Field, create_model

from granulator.granulation import grounding
from granulator.granulation.asking import Faults
from granulator.granulation.drafts import questions
from granulator.granulation.drafts.answers import Asked, checked, published, read
from granulator.granulation.drafts.course import PASSING_SCORE
from granulator.granulation.drafts.fields import inner, objects, text, without
from granulator.granulation.drafts.learning_path import fitted
from granulator.granulation.drafts.novel import CHAPTER_WORDS
from granulator.granulation.drafts.references import References
from granulator.granulation.grounding import Passages
from granulator.granulation.repairing import places
from granulator.granulation.repairing.kinds import Kind, Questions
from granulator.granulation.repairing.locating import Target
from granulator.granulation.repairing.places import Place, get
from granulator.granulation.structures import at
from granulator.granulation.wording import fold
from granulator.model import Json, JsonObject, StructureType

IDS_TOLD = 60
"""An answer that names what does not exist is told so many ids that do."""

_NAMES = ("name", "label", "title")
_SAID_ONCE = ("beat", "project", "label", "weight")
"""Keys of an element that are dropped when its new version does not say them."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What an answer is read against: the structure, and the source with what was shown of it."""

    structure_type: StructureType
    structure: JsonObject
    level: int
    passages: Passages | None = None
    shown: str = ""


def schema(target: Target, *, cites: bool) -> JsonObject:
    """Return the schema of the answer to a target."""
    return published(_answer(target), *([] if cites else ["cites"]))


def _answer(target: Target) -> type[Asked]:
    if target.action == "questions":
        return Questions
    return _several(target.kind) if target.action == "add" else target.kind.again


@cache
def _several(kind: Kind) -> type[Asked]:
    entry = kind.fresh or kind.again
    listed = Field(min_length=1, description="Exactly as many as asked for.")
    fields: dict[str, tuple[object, object]] = {kind.list_key: (list[entry], listed)}  # type: ignore[valid-type]
    return cast(type[Asked], create_model("Several", __base__=Asked, **fields))  # type: ignore[call-overload]


def read_answer(target: Target, answer: JsonObject, setting: Setting) -> tuple[JsonObject | None, Faults]:
    """Return the elements an answer holds under ``elements``, each as it is to stand in the structure but for its id.

    None when nothing can be made of it; with faults it can be, but had better be asked for again.
    """
    said, found = read(_answer(target), answer)
    if said is None:
        return None, tuple((fault.path, fault.message) for fault in found)
    if target.action == "questions":
        elements, faults = _questions(target, cast(Questions, said), setting)
    elif target.action == "add":
        elements, faults = _fresh(target, said.plain(), setting)
    else:
        elements, faults = _again(target, said.plain(), setting)
    if not faults and setting.passages is not None:
        faults = _citation_faults(target, answer, setting)
    grounded: list[Json] = [_grounded(target, element, setting) for element in elements]
    return ({"elements": grounded} if grounded else None), faults


# One element again


def _again(target: Target, said: JsonObject, setting: Setting) -> tuple[list[JsonObject], Faults]:
    old = get(setting.structure, target.place)
    assert isinstance(old, dict)
    refers = {key: lists for key, lists in target.kind.refers.items() if "." not in key or key.split("[")[0] in said}
    told, faults = _resolved(without(said, "id"), refers, setting.structure, own=text(old, "id"))
    told = _as_planned(old, told, target)
    broken = _own_faults(target.kind, merged(old, told), told)
    if target.kind.name == "milestone" and not told["activities"]:
        broken = (*broken, ("activities", "needs at least one activity"))
    return ([] if broken else [told]), (*broken, *faults)


def merged(old: JsonObject, told: JsonObject) -> JsonObject:
    """Return an element with its new content: what the answer does not say, its id and its children, stays."""
    return without(old, "x_citations", *(key for key in _SAID_ONCE if key not in told)) | told


def _as_planned(old: JsonObject, told: JsonObject, target: Target) -> JsonObject:
    """Return the content of an element with as many parts as before: the size of a structure is not up to a repair."""
    told = {key: value for key, value in told.items() if not (key == "project" and value == "")}
    if told.get("beat") == "none":
        del told["beat"]
    for key in ("practicalExercises", "activities"):
        many, before = told.get(key), old.get(key)
        is_named = any(f".{key}" in issue.path for issue in target.issues)
        if isinstance(many, list) and isinstance(before, list) and (before or not is_named):
            told[key] = many[: len(before)]
    if target.kind.name == "milestone":
        told["activities"] = [*fitted(objects(told, "activities"), _hours(told))]
    return told


def _hours(milestone: JsonObject) -> float:
    hours = milestone["hours"]
    assert isinstance(hours, int | float)
    return hours


def _own_faults(kind: Kind, element: JsonObject, told: JsonObject) -> Faults:
    """Return what the full model says against the new content; what was wrong before and is not asked for stays."""
    found = checked(kind.model, element, "")
    return tuple(
        (fault.path, fault.message)
        for fault in found
        if fault.path.removeprefix(".").partition(".")[0].partition("[")[0] in told
    )


# Questions


def _questions(target: Target, said: Questions, setting: Setting) -> tuple[list[JsonObject], Faults]:
    """Return fresh questions that nobody asked before; those that are broken or repeat another are left out."""
    wanted = len(target.indexes) + target.count
    asked = {fold(text(one, "question")) for one in all_questions(setting.structure)}
    sound: list[JsonObject] = []
    faults: list[tuple[str, str]] = []
    for place, answer in enumerate(said.questions):
        path = f"questions[{place}]"
        element = questions.element(answer)
        broken = questions.faults([(path, {"id": "q_1"} | element)])
        faults.extend((fault.path, fault.message) for fault in broken)
        if fold(text(element, "question")) in asked:
            faults.append((f"{path}.question", "repeats a question that exists"))
        elif not broken:
            asked.add(fold(text(element, "question")))
            sound.append(element)
    if len(sound) < wanted:
        faults.append(("questions", f"has {len(sound)} usable questions, exactly {wanted} are wanted"))
        return sound, tuple(faults)
    return sound[:wanted], ()


def all_questions(structure: JsonObject) -> Iterator[JsonObject]:
    """Yield the questions of a course or a quiz."""
    for path in ("modules[].assessment.questions[]", "categories[].questions[]"):
        yield from (question for _, question in at(structure, path) if isinstance(question, dict))


# Further elements


def _fresh(target: Target, said: JsonObject, setting: Setting) -> tuple[list[JsonObject], Faults]:
    key = target.kind.list_key
    elements: list[JsonObject] = []
    faults: list[tuple[str, str]] = []
    for index, entry in enumerate(objects(said, key)[: target.count]):
        told, found = _resolved(without(entry, "id"), target.kind.refers, setting.structure, own="")
        faults.extend((f"{key}[{index}].{path}", message) for path, message in found)
        elements.append(_composed(target, told, setting))
    if len(elements) < target.count:
        faults.append((key, f"has {len(elements)} entries, exactly {target.count} are wanted"))
    return elements, tuple(faults)


def _composed(target: Target, told: JsonObject, setting: Setting) -> JsonObject:
    """Return a further element as it stands in a structure, but for the ids, which are given when it is put there."""
    match target.kind.name:
        case "module":
            assessment: JsonObject = {"questions": _drawn(inner(told, "assessment")), "passingScore": PASSING_SCORE}
            return told | {"assessment": assessment}
        case "category":
            return told | {"questions": _drawn(told)}
        case "chapter":
            scenes: list[Json] = [_as_scene(scene) for scene in objects(told, "scenes")]
            words = next((value for _, value in at(setting.structure, "acts[].chapters[].targetWords")), None)
            return told | {"targetWords": words or CHAPTER_WORDS[setting.level - 1], "scenes": scenes}
        case "scene":
            return _as_scene(told)
        case "milestone":
            told = {key: value for key, value in told.items() if not (key == "project" and value == "")}
            return told | {"activities": [*fitted(objects(told, "activities"), _hours(told))]}
        case _:
            return told


def _drawn(holder: JsonObject) -> list[Json]:
    """Return questions as they stand in a structure, with options where they have none to choose."""
    return [{"options": [*questions.TRUE_FALSE]} | one if one.get("type") == "true_false" else {"options": []} | one
            for one in objects(holder, "questions")]  # fmt: skip


def _as_scene(scene: JsonObject) -> JsonObject:
    return without(scene, "beat") if scene.get("beat") == "none" else scene


# References and citations


def _resolved(
    said: JsonObject, refers: Mapping[str, tuple[str, ...]], structure: JsonObject, *, own: str
) -> tuple[JsonObject, Faults]:
    """Return an answer with ids of ours in place of the names it uses, and what it names that does not exist."""
    faults: list[tuple[str, str]] = []
    for path, lists in refers.items():
        known = _known(structure, lists, own)
        said = _walked(said, path.split("."), known, "", faults)
    return said, tuple(faults)


def _known(structure: JsonObject, lists: Sequence[str], own: str) -> References:
    found = [element for path in lists for _, element in at(structure, path) if isinstance(element, dict)]
    return References(
        (text(one, "id"), text(one, "id"), next((text(one, key) for key in _NAMES if text(one, key)), text(one, "id")))
        for one in found
        if text(one, "id") != own
    )


def _walked(
    node: JsonObject, steps: Sequence[str], known: References, where: str, faults: list[tuple[str, str]]
) -> JsonObject:
    key, rest = steps[0].removesuffix("[]"), steps[1:]
    value, path = node.get(key), f"{where}{key}"
    if rest:
        entries: list[Json] = [
            _walked(entry, rest, known, f"{path}[{index}].", faults) for index, entry in enumerate(objects(node, key))
        ]
        return node | {key: entries} if key in node else node
    names = value if isinstance(value, list) else [value]
    for name in names:
        if isinstance(name, str) and name.strip() and known.find(name) is None:
            faults.append((path, f'"{name[:80]}" is none of {", ".join(known.ids[:IDS_TOLD])}'))
    if isinstance(value, list):
        return node | {key: [*known.known([name for name in value if isinstance(name, str)])]}
    found = known.find(value) if isinstance(value, str) else None
    return node | {key: found} if found is not None else node


def _citation_faults(target: Target, answer: JsonObject, setting: Setting) -> Faults:
    assert setting.passages is not None
    key = target.kind.list_key
    told: JsonObject = answer if target.action != "rewrite" or not key else {key: [answer]}
    found = grounding.faults(setting.structure_type, told, setting.passages, shown=setting.shown)
    return tuple((path.removeprefix(f"{key}[0].") if told is not answer else path, message) for path, message in found)


def _grounded(target: Target, element: JsonObject, setting: Setting) -> JsonObject:
    """Return an element with its provenance in place of the labels it cites."""
    place: Place = target.place if target.action == "rewrite" else (*target.place, 0)
    alone = grounding.ground(setting.structure_type, places.skeleton(place, element), setting.passages)
    found = get(alone, places.first(place))
    assert isinstance(found, dict)
    return found
