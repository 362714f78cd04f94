"""Checks that the elements a caller required are there, often enough and where they belong."""

from __future__ import annotations

from collections.abc import Iterator

from granulator.granulation.checks.codes import issue, quote
from granulator.granulation.checks.document import Document, Expectation, RequiredElement
from granulator.granulation.wording import contains, fold
from granulator.model import Issue


def required(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find required elements that are missing, named too seldom, or not named where they were placed."""
    if not expected.required_elements:
        return
    texts = _texts(document)
    for index, element in enumerate(expected.required_elements):
        yield from _missing(texts, element, f"requiredElements[{index}]")


def _texts(document: Document) -> dict[str, tuple[str, str, str]]:
    """Return path -> (id, place, folded text) of every leaf and group; a group's text is that of all in it."""
    texts: dict[str, tuple[str, str, str]] = {}
    for group in document.groups:
        inside = []
        for leaf in group.leaves:
            texts[leaf.path] = (leaf.id, leaf.place, fold(f"{leaf.text}\n{' '.join(leaf.objective_ids)}"))
            inside.append(texts[leaf.path][2])
        texts[group.path] = (group.id, group.place, fold("\n".join((group.title, group.description, *inside))))
    return texts


def _missing(texts: dict[str, tuple[str, str, str]], element: RequiredElement, path: str) -> Iterator[Issue]:
    name = fold(element.name)
    leaves = [entry for entry in texts.values() if "." in entry[1]]
    count = sum(contains(text, name) or fold(identity) == name for identity, _, text in leaves)
    if count == 0:
        message = f"{quote(element.name)} does not occur"
        yield issue("required_missing", path, message, f"Write about {quote(element.name)}")
    elif count < element.min_appearances:
        message = f"{quote(element.name)} occurs in {count} elements, {element.min_appearances} are required"
        fix = f"Name {quote(element.name)} in {element.min_appearances - count} more elements"
        yield issue("required_too_few", path, message, fix)
    for wanted in element.placement:
        found = next((key for key, (identity, place, _) in texts.items() if wanted in (identity, place)), None)
        if found is None or not contains(texts[found][2], name):
            where = found or path
            message = f"{quote(element.name)} does not occur in {quote(wanted)}"
            yield issue("required_misplaced", where, message, f"Name {quote(element.name)} in {quote(wanted)}")
