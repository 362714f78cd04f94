"""Checks that the elements a caller required are there, often enough and where they belong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from granulator.granulation.checks.codes import issue, quote
from granulator.granulation.checks.document import Document, Expectation, Leaf, RequiredElement
from granulator.granulation.structures import at
from granulator.granulation.wording import contains, fold
from granulator.model import Issue, Json

_ASPECTS = frozenset({"character", "thread", "location", "role", "tool"})
"""Types of required elements that a leaf names in a field of their own, where no other type is looked for."""


def required(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find required elements that are missing, named too seldom, or not named where they were placed."""
    if not expected.required_elements:
        return
    places = _places(document)
    by_name = {name: path for path, place in reversed(places.items()) for name in (place.place, place.id) if name}
    for index, element in enumerate(expected.required_elements):
        yield from _missing(places, by_name, element, f"requiredElements[{index}]")


@dataclass(frozen=True, slots=True)
class _Place:
    """A group or a leaf: its id, where it stands, its own text, what it names and refers to, folded, and its leaves."""

    id: str
    place: str
    text: str
    aspects: tuple[tuple[str, str], ...] = ()
    refers: frozenset[str] = frozenset()
    inside: tuple[str, ...] = ()
    is_leaf: bool = False

    def names(self, name: str, kind: str | None) -> bool:
        """Whether the element itself has the folded name, or refers to the id the name is."""
        if contains(self.text, name) or name in (fold(self.id), *self.refers):
            return True
        return any(contains(text, name) for aspect, text in self.aspects if kind not in _ASPECTS or aspect == kind)


def _places(document: Document) -> dict[str, _Place]:
    """Return path -> place of every leaf, everything that holds leaves, and everything numbered within one."""
    places = {leaf.path: _of_leaf(leaf) for leaf in document.leaves}
    for group in document.groups:
        for part in (*group.inner, group):
            inside = tuple(leaf.path for leaf in part.leaves if leaf.path != part.path)
            if inside or part.path not in places:
                text = fold("\n".join((part.title, part.description)))
                places[part.path] = _Place(part.id, part.place, text, inside=inside)
    return places | dict(_phases(document, places))


def _of_leaf(leaf: Leaf) -> _Place:
    aspects = tuple((kind, fold(name)) for kind, name in leaf.aspects)
    known = {name for _, name in leaf.aspects}
    # What a leaf names is looked for by its type; all else is prose.
    prose = leaf.text if not known else f"{leaf.title}\n{leaf.told}"
    return _Place(leaf.id, leaf.place, fold(prose), aspects, frozenset(map(fold, leaf.refers)), is_leaf=True)


def _phases(document: Document, places: Mapping[str, _Place]) -> Iterator[tuple[str, _Place]]:
    """Yield the phases of a workflow: places by their id, which hold the steps they name."""
    steps = {place.id: path for path, place in places.items() if place.is_leaf}
    for path, phase in at(document.structure, "phases[]"):
        inside = tuple(steps[name] for _, name in at(phase, "stepIds[]") if isinstance(name, str) and name in steps)
        yield path, _Place(_text(phase, "id"), "", fold(_text(phase, "name")), inside=inside)


def _text(element: Json, key: str) -> str:
    value = element.get(key) if isinstance(element, dict) else None
    return value if isinstance(value, str) else ""


def _missing(
    places: Mapping[str, _Place], by_name: Mapping[str, str], element: RequiredElement, path: str
) -> Iterator[Issue]:
    name = fold(element.name)
    named = {at_path for at_path, place in places.items() if place.names(name, element.type)}
    count = sum(places[at_path].is_leaf for at_path in named)
    if count == 0:
        message = f"{quote(element.name)} does not occur"
        yield issue("required_missing", path, message, f"Write about {quote(element.name)}")
    elif count < element.min_appearances:
        message = f"{quote(element.name)} occurs in {count} elements, {element.min_appearances} are required"
        fix = f"Name {quote(element.name)} in {element.min_appearances - count} more elements"
        yield issue("required_too_few", path, message, fix)
    for wanted in element.placement:
        found = by_name.get(wanted)
        if found is None or not named.intersection((found, *places[found].inside)):
            where = found or path
            message = f"{quote(element.name)} does not occur in {quote(wanted)}"
            yield issue("required_misplaced", where, message, f"Name {quote(element.name)} in {quote(wanted)}")
