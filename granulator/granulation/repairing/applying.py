"""New content put into a structure: what is not named in a target is the very same afterwards. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count

from pydantic import TypeAdapter

from granulator.granulation.drafts.fields import inner, number, objects, text, texts, without
from granulator.granulation.drafts.runs import in_order
from granulator.granulation.repairing import places
from granulator.granulation.repairing.elements import merged
from granulator.granulation.repairing.kinds import Kind
from granulator.granulation.repairing.locating import Target
from granulator.granulation.repairing.places import Place, get, objects_at, put
from granulator.model import Json, JsonObject

LEVELS_MOST = 4
"""The deepest level of a concept."""


@dataclass(frozen=True, slots=True)
class Applied:
    """A structure with what was written anew in it; ``dropped`` are the unsound questions others stand in place of."""

    structure: JsonObject
    written: tuple[Place, ...] = ()
    dropped: tuple[Place, ...] = ()


def apply(applied: Applied, target: Target, elements: Sequence[JsonObject]) -> Applied:
    """Return the structure with the elements in it that were written for a target."""
    match target.action:
        case "rewrite":
            return _again(applied, target, elements) if elements else applied
        case "questions":
            return _questions(applied, target, elements)
        case "add":
            for element in elements:
                applied = _added(applied, target, element)
            return applied


def _again(applied: Applied, target: Target, elements: Sequence[JsonObject]) -> Applied:
    old = get(applied.structure, target.place)
    assert isinstance(old, dict)
    changed = put(applied.structure, target.place, merged(old, elements[0]))
    return replace(applied, structure=changed, written=(*applied.written, target.place))


def _questions(applied: Applied, target: Target, elements: Sequence[JsonObject]) -> Applied:
    """A fresh question takes place and id of a dropped one: nobody has seen that yet. One without another stays."""
    for index, element in zip(target.indexes, elements, strict=False):
        place: Place = (*target.place, index)
        old = get(applied.structure, place)
        assert isinstance(old, dict)
        changed = put(applied.structure, place, in_order(old, "id") | element)
        dropped = (*applied.dropped, place)
        applied = replace(applied, structure=changed, written=(*applied.written, place), dropped=dropped)
    for element in elements[len(target.indexes) :]:
        applied = _added(applied, target, element)
    return applied


def _added(applied: Applied, target: Target, element: JsonObject) -> Applied:
    entry = _named(applied.structure, target, element)
    structure, entry = _tied(applied.structure, target.kind, entry)
    listed = objects_at(structure, target.place)
    changed = put(structure, target.place, [*listed, _in_order(target.kind, entry)])
    return replace(applied, structure=changed, written=(*applied.written, (*target.place, len(listed))))


def _in_order(kind: Kind, entry: JsonObject) -> JsonObject:
    """Return an element with its keys in the order of its model, what the model does not know behind them."""
    if isinstance(kind.model, TypeAdapter):
        return entry
    known = [field.alias or name for name, field in kind.model.model_fields.items()]
    return in_order(entry, *known) | entry


# Ids


def _named(structure: JsonObject, target: Target, element: JsonObject) -> JsonObject:
    """Return a further element with an id that nothing has, and its children with ids that follow from it."""
    taken, prefix = _ids(structure), target.kind.prefix
    if target.kind.name == "category":
        return element | {"questions": _numbered("q", objects(element, "questions"), taken)}
    if not prefix:
        return element
    own = next(_free(_stem(structure, target), taken))
    number_of = own.rpartition("_")[2]
    named = {"id": own} | element
    if target.kind.name == "module":
        assessment = inner(element, "assessment")
        asked = _numbered(f"q_{number_of}", objects(assessment, "questions"), taken)
        named["assessment"] = assessment | {"questions": asked}
        named["lessons"] = _numbered(f"lesson_{number_of}", objects(element, "lessons"), taken)
    if target.kind.name == "chapter":
        named["scenes"] = _numbered(f"scene_{number_of}", objects(element, "scenes"), taken)
    return named


def _stem(structure: JsonObject, target: Target) -> str:
    """Return how the ids of a list begin: the third lesson of module_2 is lesson_2_3."""
    prefix = target.kind.prefix
    holders = [above for above in places.prefixes(target.place) if isinstance(above[-1], int)]
    holder = get(structure, holders[0]) if holders else None
    number_of = text(holder, "id").rpartition("_")[2] if isinstance(holder, dict) else ""
    return f"{prefix}_{number_of}" if number_of and target.kind.name in ("lesson", "question", "scene") else prefix


def _free(stem: str, taken: Collection[str]) -> Iterator[str]:
    return (name for place in count(1) if (name := f"{stem}_{place}") not in taken)


def _numbered(stem: str, elements: Sequence[JsonObject], taken: Collection[str]) -> list[Json]:
    return [{"id": name} | element for name, element in zip(_free(stem, taken), elements, strict=False)]


def _ids(node: Json) -> set[str]:
    found: set[str] = set()
    waiting = [node]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            found.add(text(value, "id"))
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return found


# What a further element is tied to


def _tied(structure: JsonObject, kind: Kind, entry: JsonObject) -> tuple[JsonObject, JsonObject]:
    """Return the structure with a way to a further step or concept, and the element with what follows from its place.

    A step is put between the step named and what came after that; of all others not a byte changes.
    """
    if kind.name == "concept":
        above = text(entry, "broader")
        known = {text(one, "id"): number(one, "level") for one in objects(structure, "concepts")}
        relation: JsonObject = {"source": entry["id"], "target": above, "type": "broader"}
        relation |= {"provenance": {"kind": "model"}}
        level: JsonObject = {"level": min(LEVELS_MOST, known.get(above, 1) + 1)}
        changed = structure | {"relations": [*objects(structure, "relations"), relation]}
        return changed, without(entry, "broader") | level
    if kind.name == "step":
        place: Place = ("steps", _before(structure, text(entry, "after")), "nextSteps")
        following: JsonObject = {"type": "task", "nextSteps": get(structure, place), "conditions": []}
        return put(structure, place, [entry["id"]]), without(entry, "after") | following
    return structure, entry | ({"chapterNumber": 1} if kind.name == "chapter" else {})


def _before(structure: JsonObject, named: str) -> int:
    """Return the step behind which another can be put: the one named if it leads to one other, else the first such."""
    steps = objects(structure, "steps")
    single = [index for index, step in enumerate(steps) if len(texts(step, "nextSteps")) == 1]
    chosen = [index for index in single if text(steps[index], "id") == named]
    return next(iter(chosen or single), len(steps) - 1)
