"""What a defect is, and the copy of a clean structure it is made in; makes none itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from random import Random
from types import MappingProxyType
from typing import TypeVar, cast

from granulator.dev.quality.clean.structures import Clean
from granulator.dev.quality.split import Split
from granulator.granulation.validation import RequiredElement
from granulator.model import Json, JsonObject, StructureType

T = TypeVar("T")

GROSS, PLAIN, SUBTLE = "gross", "plain", "subtle"
SEVERITIES = (GROSS, PLAIN, SUBTLE)
EVERY = frozenset(StructureType)

LEAVES: Mapping[StructureType, tuple[str, ...]] = MappingProxyType(
    {
        StructureType.COURSE: ("modules", "lessons"),
        StructureType.QUIZ: ("categories", "questions"),
        StructureType.NOVEL: ("acts", "chapters"),
        StructureType.WORKFLOW: ("steps",),
        StructureType.KNOWLEDGE_MAP: ("concepts",),
        StructureType.LEARNING_PATH: ("milestones", "activities"),
    }
)
"""Where the elements are that hold the prose."""

BODY: Mapping[StructureType, str] = MappingProxyType(
    {
        StructureType.COURSE: "content",
        StructureType.QUIZ: "explanation",
        StructureType.NOVEL: "summary",
        StructureType.WORKFLOW: "description",
        StructureType.KNOWLEDGE_MAP: "definition",
        StructureType.LEARNING_PATH: "description",
    }
)
"""The prose of a leaf."""

TITLED: Mapping[StructureType, tuple[tuple[str, ...], str]] = MappingProxyType(
    {
        StructureType.COURSE: (("modules", "lessons"), "title"),
        StructureType.QUIZ: (("categories",), "name"),
        StructureType.NOVEL: (("acts", "chapters"), "title"),
        StructureType.WORKFLOW: (("steps",), "name"),
        StructureType.KNOWLEDGE_MAP: (("concepts",), "label"),
        StructureType.LEARNING_PATH: (("milestones",), "title"),
    }
)
"""The elements with a heading, and its key."""

IDENTIFIED: Mapping[StructureType, tuple[str, ...]] = MappingProxyType(
    {**LEAVES, StructureType.LEARNING_PATH: ("milestones",)}
)
"""The leaves that have an id, which is what a placement names."""


class NoPlaceError(Exception):
    """The structure has no place for the defect."""


@dataclass(slots=True)
class Workpiece:
    """A copy of a clean structure with the request it answers; a defect changes either, never ``clean``."""

    clean: Clean
    severity: str
    draw: Random
    structure: JsonObject
    topic: str
    required: tuple[RequiredElement, ...] = ()
    level: int | None = None

    @classmethod
    def copied(cls, clean: Clean, severity: str, draw: Random) -> Workpiece:
        return cls(clean, severity, draw, deepcopy(clean.structure), clean.topic, (), clean.level)

    @property
    def structure_type(self) -> StructureType:
        return self.clean.structure_type

    @property
    def split(self) -> Split:
        return self.clean.split

    def choose(self, rows: Sequence[T]) -> T:
        """Return one of ``rows``. Raises NoPlaceError when there is none."""
        if not rows:
            raise NoPlaceError
        return rows[self.draw.randrange(len(rows))]

    def two(self, rows: Sequence[T]) -> tuple[T, T]:
        """Return two of ``rows``. Raises NoPlaceError when there are not as many."""
        if len(rows) < 2:
            raise NoPlaceError
        first, second = self.draw.sample(rows, 2)
        return first, second

    def some(self, rows: Sequence[T]) -> list[T]:
        """Return all of ``rows`` for a gross defect and one for any other."""
        return list(rows) if self.severity == GROSS else [self.choose(rows)]

    def worded(self, wordings: Mapping[Split, Mapping[str, Sequence[str]]]) -> str:
        """Return a wording of this split and severity."""
        return self.choose(wordings[self.split][self.severity])

    def leaves(self) -> list[JsonObject]:
        return rows(self.structure, *LEAVES[self.structure_type])

    def titled(self) -> list[JsonObject]:
        return rows(self.structure, *TITLED[self.structure_type][0])

    def identified(self) -> list[JsonObject]:
        return rows(self.structure, *IDENTIFIED[self.structure_type])

    @property
    def body(self) -> str:
        return BODY[self.structure_type]

    @property
    def title(self) -> str:
        return TITLED[self.structure_type][1]


@dataclass(frozen=True, slots=True)
class Defect:
    """One kind of defect. ``make`` returns False or raises NoPlaceError where the structure has no place for it.

    ``codes`` are the codes of which one has to appear, in front the one that names the defect best;
    ``is_error`` says that one of them has to be an error.
    """

    kind: str
    types: frozenset[StructureType]
    codes: tuple[str, ...]
    make: Callable[[Workpiece], bool]
    is_error: bool = True
    severities: tuple[str, ...] = SEVERITIES
    is_beyond_rules: bool = False


def defect(
    kind: str,
    types: Iterable[StructureType],
    codes: str,
    make: Callable[[Workpiece], bool],
    severities: tuple[str, ...] = SEVERITIES,
) -> Defect:
    """Return a defect that has to be found as an error; ``codes`` are separated by spaces."""
    return Defect(kind, frozenset(types), tuple(codes.split()), make, True, severities)


def blemish(
    kind: str,
    types: Iterable[StructureType],
    codes: str,
    make: Callable[[Workpiece], bool],
    severities: tuple[str, ...] = SEVERITIES,
) -> Defect:
    """Return a defect for which a warning is enough."""
    return Defect(kind, frozenset(types), tuple(codes.split()), make, False, severities)


def rows(element: JsonObject, *keys: str) -> list[JsonObject]:
    """Return the objects reached through the lists under ``keys``, in their order."""
    found = [element]
    for key in keys:
        found = [row for parent in found for row in cast("list[JsonObject]", parent.get(key) or [])]
    return found


def child(element: JsonObject, key: str) -> JsonObject:
    return cast("JsonObject", element[key])


def text(element: JsonObject, key: str) -> str:
    return cast("str", element[key])


def strings(element: JsonObject, key: str) -> list[str]:
    return cast("list[str]", element.get(key) or [])


def listed(element: JsonObject, key: str) -> list[Json]:
    return cast("list[Json]", element[key])


def number(element: JsonObject, key: str) -> float:
    return cast("float", element[key])
