"""Where in a structure of planned sizes something can stand: ordinal paths such as ``2.1``, and ids. Checks nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import count
from typing import Final

from granulator.granulation.drafts.counts import dealt
from granulator.granulation.plan import Sizes, shares
from granulator.model import StructureType

Names = tuple[str, ...]

LEVELS: Final = {
    StructureType.COURSE: ("module", "lesson"),
    StructureType.QUIZ: ("category", "question"),
    StructureType.NOVEL: ("act", "chapter", "scene"),
    StructureType.WORKFLOW: ("step",),
    StructureType.KNOWLEDGE_MAP: ("concept",),
    StructureType.LEARNING_PATH: ("milestone",),
}
"""What the numbers of an ordinal path count, the outermost first; a novel without scenes ends at its chapters."""

_Enumeration = Callable[[Sizes, Sequence[int], Sequence[int]], Iterator[Names]]

_ORDINAL = re.compile(r"\d{1,4}(?:\.\d{1,4}){0,2}")
_NUMBER = re.compile(r"\d+")


def leaves(structure_type: StructureType, planned: Sizes) -> tuple[Names, ...]:
    """Return, leaf by leaf, every name of a place that holds the leaf: its ordinal path and id, those of its groups."""
    chapters = dealt(planned.extras, planned.leaves)
    return tuple(_NAMES[structure_type](planned, shares(structure_type, planned), chapters))


def leaf_count(structure_type: StructureType, planned: Sizes) -> int:
    """Return how many leaves a structure of the planned sizes has, as a required element's appearances are counted."""
    return len(leaves(structure_type, planned))


def leaf_noun(structure_type: StructureType, planned: Sizes) -> str:
    """Return what a leaf is called; a chapter where a novel has no scenes."""
    if structure_type is StructureType.NOVEL:
        return "scene" if planned.extras >= planned.leaves else "chapter"
    return LEVELS[structure_type][-1]


def possible(structure_type: StructureType, planned: Sizes) -> tuple[str, ...]:
    """Return the names of all places a structure of the planned sizes can have, in order, each once.

    How leaves are spread over groups is not decided yet: each group may get as many as the fullest one does.
    """
    spread = shares(structure_type, planned)
    if structure_type in (StructureType.COURSE, StructureType.QUIZ):
        spread = (max(spread),) * len(spread)
    scenes = [-(-planned.extras // planned.leaves)] * planned.leaves
    found = _NAMES[structure_type](planned, spread, scenes)
    return tuple(dict.fromkeys(name for names in found for name in names))


def nearest(wanted: str, names: Sequence[str]) -> str:
    """Return the name most like ``wanted``: of its kind the one with the nearest numbers, else the likest spelling."""
    kind = _kind(wanted)
    alike = [name for name in names if _kind(name) == kind]
    if not alike and _ORDINAL.fullmatch(wanted):
        alike = [name for name in names if _ORDINAL.fullmatch(name)]
    if alike:
        return min(alike, key=lambda name: _distance(_numbers(name), _numbers(wanted)))
    return next(iter(get_close_matches(wanted.casefold(), names, n=1, cutoff=0.0)), names[0])


def spoken(structure_type: StructureType, place: str) -> str:
    """Return ``2.1 (module 2, lesson 1)`` for a path, an id as it is."""
    if not _ORDINAL.fullmatch(place):
        return place
    numbered = zip(LEVELS[structure_type], place.split("."), strict=False)
    return f"{place} ({', '.join(f'{level} {number}' for level, number in numbered)})"


def _kind(name: str) -> str:
    """Return ``module_#`` for ``module_2``."""
    return _NUMBER.sub("#", name.casefold())


def _numbers(name: str) -> list[int]:
    return [int(number[:9]) for number in _NUMBER.findall(name)]


def _distance(numbers: Sequence[int], wanted: Sequence[int]) -> tuple[int, ...]:
    # A path of the same depth is nearer than any other, and its first numbers weigh most.
    gaps = (abs(have - want) for have, want in zip(numbers, wanted, strict=False))
    return abs(len(numbers) - len(wanted)), *gaps


def _course(planned: Sizes, spread: Sequence[int], scenes: Sequence[int]) -> Iterator[Names]:
    for module, lessons in enumerate(spread, 1):
        for lesson in range(1, lessons + 1):
            yield f"{module}.{lesson}", f"lesson_{module}_{lesson}", f"{module}", f"module_{module}"


def _quiz(planned: Sizes, spread: Sequence[int], scenes: Sequence[int]) -> Iterator[Names]:
    ids = count(1)
    for category, questions in enumerate(spread, 1):
        for question in range(1, questions + 1):
            yield f"{category}.{question}", f"q_{next(ids)}", f"{category}"


def _novel(planned: Sizes, spread: Sequence[int], scenes: Sequence[int]) -> Iterator[Names]:
    numbers = count(1)
    for act, chapters in enumerate(spread, 1):
        for place, number in zip(range(1, chapters + 1), numbers, strict=False):
            around = f"{act}.{place}", f"chapter_{number}", f"{act}", f"act_{act}"
            if not scenes[number - 1]:
                yield around
            for scene in range(1, scenes[number - 1] + 1):
                yield f"{act}.{place}.{scene}", f"scene_{number}_{scene}", *around


def _numbered(noun: str) -> _Enumeration:
    def names(planned: Sizes, spread: Sequence[int], scenes: Sequence[int]) -> Iterator[Names]:
        number_of = planned.groups if noun == "milestone" else planned.leaves
        for number in range(1, number_of + 1):
            yield f"{number}", f"{noun}_{number}"

    return names


_NAMES: Mapping[StructureType, _Enumeration] = {
    StructureType.COURSE: _course,
    StructureType.QUIZ: _quiz,
    StructureType.NOVEL: _novel,
    StructureType.WORKFLOW: _numbered("step"),
    StructureType.KNOWLEDGE_MAP: _numbered("concept"),
    StructureType.LEARNING_PATH: _numbered("milestone"),
}
