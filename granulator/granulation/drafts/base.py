"""What a model is asked for and how its answers are read: the protocol and its values, no structure type of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from granulator.granulation.plan import Sizes
from granulator.model import Json, JsonObject, StructureType

FAULTS_MAX = 20
"""A model is told this many faults of its answer and no more."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with an answer: a place in that answer, and words its writer can act on."""

    path: str
    message: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was ordered; ``max_elements`` bounds all elements together.

    ``words`` are the lengths asked for in the answer, ``targets`` those of the finished work, as the template has them;
    both by element type, one number per granularity level.
    """

    structure_type: StructureType
    level: int
    sizes: Sizes
    language: str
    max_elements: int | None = None
    words: Mapping[str, Sequence[int]] = field(default_factory=dict)
    targets: Mapping[str, Sequence[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Planned:
    """An outline as read: what stands beside the groups, and the groups with their leaves, all ids given. JSON-able."""

    frame: JsonObject
    groups: tuple[JsonObject, ...]

    def to_json(self) -> JsonObject:
        return {"frame": self.frame, "groups": list(self.groups)}


def planned_from_json(stored: Mapping[str, Json]) -> Planned:
    """Return the plan a stored step holds."""
    frame, groups = stored["frame"], stored["groups"]
    assert isinstance(frame, dict)
    assert isinstance(groups, list)
    return Planned(frame, tuple(group for group in groups if isinstance(group, dict)))


class Draft(Protocol):
    """One structure type as asked of a model: in one answer, or as an outline and parts. Stateless.

    Schemas are plain JSON Schema with every property required: no ``$ref``, no maps, no recursion. They depend on
    nothing but the arguments, never on the ids of one plan, so that a provider compiles each of them once.
    """

    def whole_schema(self, *, cites: bool) -> JsonObject:
        """Return the schema of the answer that is the whole structure."""
        ...

    def outline_schema(self, *, passages: bool) -> JsonObject:
        """Return the schema of the outline; with ``passages`` it may name sections of the source."""
        ...

    def part_schema(self, part: JsonObject, *, cites: bool) -> JsonObject:
        """Return the schema of the answer that writes one part."""
        ...

    def read_whole(self, answer: JsonObject, wanted: Wanted) -> tuple[JsonObject, tuple[Fault, ...]]:
        """Return the structure without ``schemaVersion`` and ``language``; {} when the faults leave none to build."""
        ...

    def read_outline(self, answer: JsonObject, wanted: Wanted) -> tuple[Planned | None, tuple[Fault, ...]]:
        """Return the plan, None when the faults leave none to build."""
        ...

    def parts(self, planned: Planned, leaves_per_part: int) -> tuple[JsonObject, ...]:
        """Return the plan cut into runs of at most that many leaves, none of them across two groups."""
        ...

    def read_part(self, part: JsonObject, answer: JsonObject, planned: Planned) -> tuple[JsonObject, tuple[Fault, ...]]:
        """Return what was written for the part's leaves, each with its id; {} when the faults leave none to build."""
        ...

    def split(self, part: JsonObject) -> tuple[JsonObject, JsonObject] | None:
        """Return the part as two, None when it has one leaf."""
        ...

    def merge(self, first: JsonObject, second: JsonObject) -> JsonObject:
        """Return what was written for the two halves of a part as if it had been written for the whole."""
        ...

    def assemble(self, planned: Planned, parts: Sequence[JsonObject], written: Sequence[JsonObject]) -> JsonObject:
        """Return the structure without ``schemaVersion`` and ``language``.

        Raises KeyError when a planned leaf was not written.
        """
        ...

    def outline_text(self, planned: Planned, part: JsonObject) -> str:
        """Return what the writer of a part has to know of the plan, in few words: it is paid for with every part."""
        ...

    def leaf_tokens(self, level: int, words: Mapping[str, Sequence[int]]) -> int:
        """Return about how many tokens of output one leaf takes, with its share of what comes once per group."""
        ...
