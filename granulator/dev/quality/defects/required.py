"""Requests whose required elements a sound structure does not meet: absent, too rare or in another place."""

from __future__ import annotations

import re
from collections import Counter

from granulator.dev.quality.defects import wordings
from granulator.dev.quality.defects.workpiece import (
    EVERY,
    GROSS,
    IDENTIFIED,
    PLAIN,
    Workpiece,
    defect,
    rows,
    text,
)
from granulator.granulation.validation import RequiredElement
from granulator.model import Json, JsonObject

_WORD = re.compile(r"[^\W\d_]+")
NAME_LETTERS = 6
REFERRED = ("characters", "plotThreads", "competencies", "roles")
"""What leaves refer to by id, and so mention without a word."""

NOT_PROSE = frozenset({"id", "provenance", "type", "difficulty", "objectiveIds"})


def _missing(work: Workpiece) -> bool:
    if work.severity == GROSS:
        name = work.choose(wordings.UNMENTIONED[work.split])
    else:
        every = _words(work.structure)
        long = sorted(word for word in every if len(word) >= NAME_LETTERS + 3)
        parts = [word[: -3 if work.severity == PLAIN else -2] for word in long]
        unused = [part for part in parts if part not in every]
        if not unused:
            return False
        name = work.choose(unused)
    work.required = (RequiredElement(name),)
    return True


def _too_few(work: Workpiece) -> bool:
    found = _once(work)
    if found is None:
        return False
    count = len(work.identified()) if work.severity == GROSS else 3 if work.severity == PLAIN else 2
    work.required = (RequiredElement(found[0], min_appearances=count),)
    return True


def _misplaced(work: Workpiece) -> bool:
    found = _once(work)
    if found is None:
        return False
    name, home = found
    others = [leaf for leaf in work.identified() if leaf is not home]
    other = work.choose(others)
    places: tuple[str, ...]
    if work.severity == GROSS:
        places = (text(other, "id"),)
    elif work.severity == PLAIN:
        places = (_ordinal(work, other),)
    else:
        places = (text(home, "id"), text(other, "id"))
    work.required = (RequiredElement(name, placement=places),)
    return True


def _once(work: Workpiece) -> tuple[str, JsonObject] | None:
    """Return a word that the structure has in a single leaf, and this leaf."""
    leaves = work.identified()
    counts = Counter(word for leaf in leaves for word in _words(leaf))
    elsewhere = _words([work.structure.get(key, "") for key in REFERRED])
    named = [
        (word, leaf)
        for leaf in leaves
        for word in sorted(_words(text(leaf, _PROSE.get(work.body, work.body)) if work.body in leaf else leaf))
        if counts[word] == 1 and word not in elsewhere and len(word) >= NAME_LETTERS
    ]
    return work.choose(named) if named and len(leaves) > 1 else None


_PROSE = {"explanation": "question"}
"""What a question asks about stands in its stem."""


def _words(value: Json) -> set[str]:
    if isinstance(value, str):
        return {word.casefold() for word in _WORD.findall(value)}
    if isinstance(value, dict):
        return {word for key, row in value.items() if key not in NOT_PROSE for word in _words(row)}
    return {word for row in value for word in _words(row)} if isinstance(value, list) else set()


def _ordinal(work: Workpiece, leaf: JsonObject) -> str:
    path = IDENTIFIED[work.structure_type]
    for group, parent in enumerate(rows(work.structure, *path[:-1]), 1):
        for place, element in enumerate(rows(parent, path[-1]), 1):
            if element is leaf:
                return f"{group}.{place}" if len(path) > 1 else str(place)
    raise ValueError("the leaf is not part of the structure")


DEFECTS = (
    defect("a required element is missing", EVERY, "required_missing", _missing),
    defect("a required element appears too rarely", EVERY, "required_too_few required_missing", _too_few),
    defect("a required element is in another place", EVERY, "required_misplaced", _misplaced),
)
