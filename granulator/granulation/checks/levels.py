"""Checks of counts: the template's bounds and levels, declared counts, and the size of the granularity level."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from granulator.granulation.checks.codes import issue
from granulator.granulation.checks.document import Document, Expectation
from granulator.granulation.plan import COURSE_LEVELS, QUIZ_LEVELS, TOLERANCE
from granulator.granulation.structures import at, is_blank
from granulator.model import Issue, Json, StructureType

_COUNTED: Mapping[StructureType, Mapping[str, tuple[str, str]]] = {
    StructureType.COURSE: {"Modules": ("", "modules"), "LessonsPerModule": ("modules[]", "lessons")},
    StructureType.QUIZ: {"Categories": ("", "categories")},
}
"""Name of a bound -> where the lists it bounds are found, and their key."""


def missing_level(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find levels of the structure without a single element, and single modules without lessons."""
    for parent_path, key in (("", _top(document)), (f"{_top(document)}[]", _leaves_key(document))):
        parents = list(at(document.structure, parent_path))
        if parents and all(_length(parent, key) == 0 for _, parent in parents):
            path = _join(parents[0][0], key)
            yield issue("missing_level", path, f"{path}: there are no {key} at all", f"Add {key}")
        else:
            yield from (_without(path, key) for path, parent in parents if _length(parent, key) == 0)


def _without(path: str, key: str) -> Issue:
    at_path = _join(path, key)
    code = "empty_module" if key == "lessons" else "missing_level"
    return issue(code, at_path, f"{at_path} is empty", f"Add {key} to {path}, or remove {path}")


def bounds(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find counts outside the template's ``validationRules``."""
    if expected.template is None:
        return
    rules = expected.template.validation_rules
    for name, (parent_path, key) in _COUNTED[document.structure_type].items():
        yield from _outside(document, parent_path, key, rules.get(f"min{name}"), rules.get(f"max{name}"))
    if document.structure_type is StructureType.QUIZ:
        count = len(document.questions)
        yield from _bounded(
            "categories", "questions in all", count, rules.get("minQuestions"), rules.get("maxQuestions")
        )


def levels(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find what breaks the template's ``structureRules``: counts by level, and required fields that are blank."""
    if expected.template is None:
        return
    entries = expected.template.structure_rules.get("levels")
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict):
            yield from _level(document, entry)
    overview = expected.template.structure_rules.get("overview")
    required = overview.get("required") if isinstance(overview, dict) else None
    overview_path = "courseOverview" if document.structure_type is StructureType.COURSE else "quizOverview"
    yield from _blank_fields(at(document.structure, overview_path), required)


def _level(document: Document, entry: Mapping[str, Json]) -> Iterator[Issue]:
    path = entry.get("path")
    if not isinstance(path, str):
        return
    parent_path, _, key = path.rpartition(".")
    minimum, maximum = _whole(entry.get("min")), _whole(entry.get("max"))
    yield from _outside(document, parent_path, key, minimum, maximum)
    yield from _blank_fields(at(document.structure, f"{path}[]"), entry.get("required"))


def _whole(bound: Json) -> int | None:
    return bound if isinstance(bound, int) else None


def _outside(
    document: Document, parent_path: str, key: str, minimum: int | None, maximum: int | None
) -> Iterator[Issue]:
    for path, parent in at(document.structure, parent_path):
        if count := _length(parent, key):
            yield from _bounded(_join(path, key), key, count, minimum, maximum)


def _bounded(path: str, name: str, count: int, minimum: int | None, maximum: int | None) -> Iterator[Issue]:
    if minimum is not None and count < minimum:
        message = f"{path}: there are {count} {name}, at least {minimum} are needed"
        yield issue("below_minimum", path, message, f"Add {minimum - count} more to {path}")
    if maximum is not None and count > maximum:
        message = f"{path}: there are {count} {name}, at most {maximum} are allowed"
        yield issue("above_maximum", path, message, f"Merge {count - maximum} of {path} into their neighbours")


def _blank_fields(elements: Iterator[tuple[str, Json]], required: Json) -> Iterator[Issue]:
    fields = [name for name in required if isinstance(name, str)] if isinstance(required, list) else []
    for path, element in elements:
        for name in fields:
            if isinstance(element, dict) and is_blank(element.get(name)):
                at_path = f"{path}.{name}"
                yield issue("empty", at_path, f"{at_path} is required and blank", f"Fill {at_path} with real content")


def count_mismatch(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find declared counts that are not the real ones."""
    count = len(document.questions)
    for path, declared in at(document.structure, "quizOverview.totalQuestions"):
        if isinstance(declared, int | float) and declared != count:
            message = f"{path} is {declared:g}, but there are {count} questions"
            yield issue("count_mismatch", path, message, f"Set {path} to {count}")


def granularity_mismatch(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find sizes more than a quarter away from what the level, or the plan made from it, asks for."""
    wanted = _wanted(document, expected)
    if wanted is None or not document.groups:
        return
    found = (len(document.groups), sum(len(group.leaves) for group in document.groups))
    names = (_top(document), _leaves_key(document))
    off = [
        f"{have} {name} instead of {want}"
        for name, have, want in zip(names, found, wanted, strict=True)
        if abs(have - want) > int(want * TOLERANCE)
    ]
    if off:
        yield issue(
            "granularity_mismatch",
            _top(document),
            f"The size is not that of the granularity level: {' and '.join(off)}",
            f"Plan for {wanted[0]} {names[0]} and {wanted[1]} {names[1]}",
        )


def _wanted(document: Document, expected: Expectation) -> tuple[int, int] | None:
    if expected.sizes is not None:
        return expected.sizes.groups, expected.sizes.leaves
    if expected.granularity_level is None:
        return None
    if document.structure_type is StructureType.QUIZ:
        return QUIZ_LEVELS[expected.granularity_level]
    modules, lessons = COURSE_LEVELS[expected.granularity_level]
    return modules, modules * lessons


def _top(document: Document) -> str:
    return "modules" if document.structure_type is StructureType.COURSE else "categories"


def _leaves_key(document: Document) -> str:
    return "lessons" if document.structure_type is StructureType.COURSE else "questions"


def _length(parent: Json, key: str) -> int:
    value = parent.get(key) if isinstance(parent, dict) else None
    return len(value) if isinstance(value, Sequence) and not isinstance(value, str) else 0


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
