"""Checks of counts: the template's bounds and levels, declared counts, and the size of the granularity level."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import count as count_from

from granulator.granulation.checks.codes import issue
from granulator.granulation.checks.document import Document, Expectation
from granulator.granulation.checks.workflow import decisions
from granulator.granulation.plan import TOLERANCE, Sizes, level_sizes
from granulator.granulation.structures import LISTS, OVERVIEWS, at, is_blank
from granulator.model import Issue, Json, StructureType

_LISTS: Mapping[StructureType, tuple[tuple[str, str], ...]] = {
    StructureType.COURSE: (("", "modules"), ("modules[]", "lessons")),
    StructureType.QUIZ: (("", "categories"), ("categories[]", "questions")),
    StructureType.NOVEL: (("", "acts"), ("acts[]", "chapters")),
    StructureType.WORKFLOW: (("", "steps"),),
    StructureType.KNOWLEDGE_MAP: (("", "concepts"), ("", "relations")),
    StructureType.LEARNING_PATH: (("", "competencies"), ("", "milestones"), ("milestones[]", "activities")),
}
"""The lists no structure of a type can be without: where what holds them is found, and their key."""

_CODE_OF_ONE = {"lessons": "empty_module", "chapters": "empty_act"}
"""What it is called when one of several lists is empty; all of them empty is a missing level."""

_IN_EACH: Mapping[str, tuple[str, str]] = {
    "LessonsPerModule": ("modules[]", "lessons"),
    "ScenesPerChapter": ("acts[].chapters[]", "scenes"),
    "ActivitiesPerMilestone": ("milestones[]", "activities"),
}
"""Bounds on each of several lists: where what holds them is found, and their key."""


LEVELS_MAX = 100
WORDS_MAX = 100_000_000
"""What is beyond is no count: the shape says so, and nothing is reckoned with it."""


def _number_of(path: str) -> Callable[[Json], int]:
    return lambda structure: sum(1 for _ in at(structure, path))


def _depth(structure: Json) -> int:
    levels = (level for _, level in at(structure, "concepts[].level"))
    return max(
        (int(level) for level in levels if isinstance(level, int | float) and 1 <= level <= LEVELS_MAX), default=0
    )


_IN_ALL: Mapping[str, tuple[str, str, Callable[[Json], int]]] = {
    "Modules": ("modules", "modules", _number_of("modules[]")),
    "Categories": ("categories", "categories", _number_of("categories[]")),
    "Questions": ("categories", "questions in all", _number_of("categories[].questions[]")),
    "Chapters": ("acts", "chapters in all", _number_of("acts[].chapters[]")),
    "Steps": ("steps", "steps", _number_of("steps[]")),
    "Decisions": ("steps", "decisions", decisions),
    "Concepts": ("concepts", "concepts", _number_of("concepts[]")),
    "Depth": ("concepts", "levels", _depth),
    "Milestones": ("milestones", "milestones", _number_of("milestones[]")),
}
"""Bounds on a count over the whole structure: the path to report, what is counted, how."""

_SIZED: Mapping[StructureType, tuple[tuple[str, Callable[[Json], int], Callable[[Sizes], int]], ...]] = {
    StructureType.COURSE: (
        ("modules", _number_of("modules[]"), lambda sizes: sizes.groups),
        ("lessons", _number_of("modules[].lessons[]"), lambda sizes: sizes.leaves),
    ),
    StructureType.QUIZ: (
        ("categories", _number_of("categories[]"), lambda sizes: sizes.groups),
        ("questions", _number_of("categories[].questions[]"), lambda sizes: sizes.leaves),
    ),
    StructureType.NOVEL: (
        ("chapters", _number_of("acts[].chapters[]"), lambda sizes: sizes.leaves),
        ("scenes", _number_of("acts[].chapters[].scenes[]"), lambda sizes: sizes.extras),
    ),
    StructureType.WORKFLOW: (
        ("steps", _number_of("steps[]"), lambda sizes: sizes.leaves),
        ("decisions", decisions, lambda sizes: sizes.extras),
    ),
    StructureType.KNOWLEDGE_MAP: (
        ("concepts", _number_of("concepts[]"), lambda sizes: sizes.leaves),
        ("levels", _depth, lambda sizes: sizes.extras),
    ),
    StructureType.LEARNING_PATH: (
        ("milestones", _number_of("milestones[]"), lambda sizes: sizes.groups),
        ("activities", _number_of("milestones[].activities[]"), lambda sizes: sizes.leaves),
    ),
}
"""What the granularity level sizes: its name, how it is counted, how many are planned."""


def missing_level(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find levels of the structure without a single element, and single modules or acts without any."""
    for parent_path, key in _LISTS[document.structure_type]:
        if key != "relations" or len(document.leaves) > 1:
            yield from _empty_lists(list(at(document.structure, parent_path)), key)
    if document.structure_type is StructureType.NOVEL and _wants_scenes(expected):
        yield from _empty_lists(list(at(document.structure, "acts[].chapters[]")), "scenes")


def _empty_lists(parents: Sequence[tuple[str, Json]], key: str) -> Iterator[Issue]:
    empty = [path for path, parent in parents if _length(parent, key) == 0]
    if empty and len(empty) == len(parents):
        path = _join(empty[0], key)
        yield issue("missing_level", path, f"{path}: there are no {key} at all", f"Add {key}")
    else:
        yield from (_without(path, key) for path in empty)


def _without(path: str, key: str) -> Issue:
    at_path = _join(path, key)
    code = _CODE_OF_ONE.get(key, "missing_level")
    return issue(code, at_path, f"{at_path} is empty", f"Add {key} to {path}, or remove {path}")


def _wants_scenes(expected: Expectation) -> bool:
    planned = _planned(StructureType.NOVEL, expected)
    return planned is not None and planned.extras >= planned.leaves


def bounds(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find counts outside the template's ``validationRules``."""
    rules = expected.template.validation_rules if expected.template else {}
    # A template may only name the rules of its own type.
    for name in dict.fromkeys(rule[3:] for rule in rules):
        least, most = rules.get(f"min{name}"), rules.get(f"max{name}")
        if name in _IN_EACH:
            yield from _outside(document, *_IN_EACH[name], least, most)
        elif name in _IN_ALL:
            path, counted, number_of = _IN_ALL[name]
            if number := number_of(document.structure):
                yield from _bounded(path, counted, number, least, most)


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
    yield from _blank_fields(at(document.structure, OVERVIEWS[document.structure_type]), required)


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
        # An empty list that must not be empty is found by missing_level.
        if (count := _length(parent, key)) or key == "scenes":
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
    """Find declared counts and numbers that are not the real ones."""
    structure = document.structure
    if document.structure_type is StructureType.QUIZ:
        yield from _miscounted(structure, "quizOverview.totalQuestions", [len(document.questions)], "questions")
    if document.structure_type is StructureType.NOVEL:
        yield from _miscounted(structure, "acts[].actNumber", count_from(1), "acts so far")
        yield from _miscounted(structure, "acts[].chapters[].chapterNumber", count_from(1), "chapters so far")
        words = [words for _, words in at(structure, "acts[].chapters[].targetWords")]
        known = [number for number in words if isinstance(number, int) and number <= WORDS_MAX]
        if len(known) == len(words):
            yield from _miscounted(structure, "novelOverview.targetWords", [sum(known)], "words in its chapters")


def _miscounted(structure: Json, path: str, real: Iterable[int], what: str) -> Iterator[Issue]:
    for (at_path, declared), count in zip(at(structure, path), real, strict=False):
        if isinstance(declared, int | float) and declared != count:
            message = f"{at_path} is {str(declared)[:20]}, but there are {count} {what}"
            yield issue("count_mismatch", at_path, message, f"Set {at_path} to {count}")


def granularity_mismatch(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find sizes more than a quarter away from what the level, or the plan made from it, asks for."""
    planned = _planned(document.structure_type, expected)
    if planned is None or not document.groups:
        return
    rows = [
        (name, number_of(document.structure), wanted_of(planned))
        for name, number_of, wanted_of in _SIZED[document.structure_type]
    ]
    off = [f"{have} {name} instead of {want}" for name, have, want in rows if abs(have - want) > int(want * TOLERANCE)]
    if off:
        yield issue(
            "granularity_mismatch",
            LISTS[document.structure_type],
            f"The size is not that of the granularity level: {' and '.join(off)}",
            f"Plan for {' and '.join(f'{want} {name}' for name, _, want in rows)}",
        )


def _planned(structure_type: StructureType, expected: Expectation) -> Sizes | None:
    if expected.sizes is not None:
        return expected.sizes
    if expected.granularity_level is None:
        return None
    return level_sizes(structure_type, expected.granularity_level)


def _length(parent: Json, key: str) -> int:
    value = parent.get(key) if isinstance(parent, dict) else None
    return len(value) if isinstance(value, Sequence) and not isinstance(value, str) else 0


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
