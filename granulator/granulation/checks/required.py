"""Checks that the elements a caller required are there, often enough and where they belong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from granulator.granulation.checks.codes import issue, quote
from granulator.granulation.checks.document import Document, Expectation, RequiredElement
from granulator.granulation.wording import contains, fold
from granulator.model import Issue


def required(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find required elements that are missing, named too seldom, or not named where they were placed."""
    if not expected.required_elements:
        return
    places = _places(document)
    for index, element in enumerate(expected.required_elements):
        yield from _missing(places, element, f"requiredElements[{index}]")


@dataclass(frozen=True, slots=True)
class _Place:
    """A group or a leaf: its id, where it stands, and all text in it, folded."""

    id: str
    place: str
    text: str
    is_leaf: bool


def _places(document: Document) -> dict[str, _Place]:
    """Return path -> place of every leaf and group; a group's text is that of all in it."""
    places = {
        leaf.path: _Place(leaf.id, leaf.place, fold(f"{leaf.text}\n{' '.join(leaf.objective_ids)}"), is_leaf=True)
        for leaf in document.leaves
    }
    for group in document.groups:
        for part in (*group.inner, group):
            inside = [places[leaf.path].text for leaf in part.leaves]
            text = fold("\n".join((part.title, part.description, *inside)))
            places[part.path] = _Place(part.id, part.place, text, is_leaf=False)
    return places


def _missing(places: dict[str, _Place], element: RequiredElement, path: str) -> Iterator[Issue]:
    name = fold(element.name)
    count = sum(place.is_leaf and (contains(place.text, name) or fold(place.id) == name) for place in places.values())
    if count == 0:
        message = f"{quote(element.name)} does not occur"
        yield issue("required_missing", path, message, f"Write about {quote(element.name)}")
    elif count < element.min_appearances:
        message = f"{quote(element.name)} occurs in {count} elements, {element.min_appearances} are required"
        fix = f"Name {quote(element.name)} in {element.min_appearances - count} more elements"
        yield issue("required_too_few", path, message, fix)
    for wanted in element.placement:
        found = next((key for key, place in places.items() if wanted in (place.id, place.place)), None)
        if found is None or not contains(places[found].text, name):
            where = found or path
            message = f"{quote(element.name)} does not occur in {quote(wanted)}"
            yield issue("required_misplaced", where, message, f"Name {quote(element.name)} in {quote(wanted)}")
