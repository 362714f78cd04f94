"""What a caller requires to be named: refused where it cannot be met, and said in words for a model. Checks no text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from granulator.errors import InvalidParameter
from granulator.granulation import places
from granulator.granulation.checks.document import RequiredElement
from granulator.granulation.plan import Sizes, described
from granulator.model import StructureType

ELEMENT_TYPES: Final = {
    StructureType.COURSE: ("topic", "skill"),
    StructureType.QUIZ: ("topic",),
    StructureType.NOVEL: ("character", "location", "thread", "object"),
    StructureType.WORKFLOW: ("role", "tool", "step"),
    StructureType.KNOWLEDGE_MAP: ("concept",),
    StructureType.LEARNING_PATH: ("competency", "topic"),
}
"""What ``requiredElements`` may name in each type of structure."""


def check(structure_type: StructureType, required: Sequence[RequiredElement], planned: Sizes) -> None:
    """Refuse what no structure of the planned sizes can meet, before anything is spent on it.

    Raises InvalidParameter for a type of element that the structure type does not have, for more appearances than
    there are leaves, and for a place that cannot exist, naming in ``details.nearest`` one that can.
    """
    possible = places.possible(structure_type, planned) if any(element.placement for element in required) else ()
    for index, element in enumerate(required):
        path = f"input.requiredElements[{index}]"
        _check_type(structure_type, element, f"{path}.type")
        _check_appearances(structure_type, element, planned, f"{path}.minAppearances")
        for number, wanted in enumerate(element.placement):
            if wanted not in possible:
                raise _no_such_place(structure_type, wanted, planned, possible, f"{path}.placement[{number}]")


def line(structure_type: StructureType, element: RequiredElement) -> str:
    """Return a required element in words, such as "Mira (character), in 2.1 (act 2, chapter 1)"."""
    return "".join(_told(structure_type, element))


def _told(structure_type: StructureType, element: RequiredElement) -> Iterator[str]:
    # A name is one line of a list, whatever it holds.
    yield " ".join(element.name.split())
    if element.type is not None:
        yield f" ({element.type})"
    if element.min_appearances > 1:
        yield f", in at least {element.min_appearances} places"
    if element.placement:
        yield f", in {' and in '.join(places.spoken(structure_type, place) for place in element.placement)}"


def _check_type(structure_type: StructureType, element: RequiredElement, path: str) -> None:
    known = ELEMENT_TYPES[structure_type]
    if element.type is not None and element.type not in known:
        raise InvalidParameter(
            f"Invalid value for {path}: it must be one of {', '.join(known)}",
            field="type",
            path=path,
            value=element.type,
        )


def _check_appearances(structure_type: StructureType, element: RequiredElement, planned: Sizes, path: str) -> None:
    most = places.leaf_count(structure_type, planned)
    if element.min_appearances > most:
        noun = places.leaf_noun(structure_type, planned)
        raise InvalidParameter(
            f"Invalid value for {path}: {described(structure_type, planned)} are planned, so it can appear in at most "
            f"{most} {noun}{'s' * (most != 1)}",
            field="minAppearances",
            path=path,
            value=element.min_appearances,
            maximum=most,
        )


def _no_such_place(
    structure_type: StructureType, wanted: str, planned: Sizes, possible: Sequence[str], path: str
) -> InvalidParameter:
    nearest = places.nearest(wanted, possible)
    return InvalidParameter(
        f"Invalid value for {path}: {described(structure_type, planned)} are planned, and none of them is "
        f"\u201c{wanted[:50]}\u201d; did you mean \u201c{nearest}\u201d?",
        field="placement",
        path=path,
        value=wanted[:100],
        nearest=nearest,
    )
