"""Places in a structure: paths such as ``modules[0].lessons[1].title`` taken apart, read and written. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from granulator.model import Json, JsonObject

Place = tuple[str | int, ...]
"""The keys and indexes that lead from the structure to a value."""

_STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]")


def parse(path: str) -> Place:
    """Return the place a path names; ``$``, the whole structure, is the empty one."""
    steps = _STEP.findall(path) if path != "$" else []
    return tuple(int(index) if index else key for key, index in steps)


def written(place: Place) -> str:
    """Return the path of a place."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return text.removeprefix(".") or "$"


def pattern(place: Place) -> str:
    """Return the path of a place without its indexes, such as ``modules[].lessons[]``."""
    return re.sub(r"\[\d+\]", "[]", written(place)) if place else ""


def get(structure: Json, place: Place) -> Json:
    """Return the value at a place, None where there is none."""
    value = structure
    for step in place:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and step < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value


def objects_at(structure: Json, place: Place) -> list[JsonObject]:
    """Return the objects of the list at a place, empty where there is none."""
    found = get(structure, place)
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def put(structure: JsonObject, place: Place, value: Json) -> JsonObject:
    """Return the structure with a value put at a place that exists, or under a key that is missing there.

    What is not on the way to it is the very same.
    """
    changed = _put(structure, place, value)
    assert isinstance(changed, dict)
    return changed


def _put(node: Json, place: Place, value: Json) -> Json:
    if not place:
        return value
    step, rest = place[0], place[1:]
    if isinstance(step, int):
        assert isinstance(node, list)
        return [*node[:step], _put(node[step], rest, value), *node[step + 1 :]]
    inside = node if isinstance(node, dict) else {}
    return {**inside, step: _put(inside.get(step), rest, value)}


def without(structure: JsonObject, place: Place, indexes: Collection[int]) -> JsonObject:
    """Return the structure without the entries of these indexes in the list at a place."""
    found = get(structure, place)
    kept = [entry for index, entry in enumerate(found) if index not in indexes] if isinstance(found, list) else []
    return put(structure, place, kept)


def skeleton(place: Place, value: Json) -> JsonObject:
    """Return a structure that holds nothing but a value at a place, as the first entry of every list on the way."""
    node = value
    for step in reversed(place):
        node = [node] if isinstance(step, int) else {step: node}
    assert isinstance(node, dict)
    return node


def first(place: Place) -> Place:
    """Return the place with every index 0: where ``skeleton`` puts its value."""
    return tuple(0 if isinstance(step, int) else step for step in place)


def prefixes(place: Place) -> Sequence[Place]:
    """Return the place and all above it, the longest first."""
    return [place[:length] for length in range(len(place), 0, -1)]
