"""The seam where content is written: an author makes an outline, then writes its parts one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from granulator.granulation.plan import Sizes
from granulator.model import Json, JsonObject, Source, StructureType, Template, Usage


@dataclass(frozen=True, slots=True)
class Brief:
    """What an author is asked for. ``level`` is the granularity level, 1 to 5."""

    topic: str
    structure_type: StructureType
    level: int
    audience: str
    language: str
    sizes: Sizes
    template: Template
    source: Source | None


@dataclass(frozen=True, slots=True)
class Outline:
    """The frame of a structure: its overview and one JSON object per part still to be written.

    ``parts`` hold whatever the author needs to write each part again after a crash; ``notice`` is shown to the
    caller; a scaffold carries no facts and is never scored as content.
    """

    overview: JsonObject
    parts: tuple[JsonObject, ...]
    notice: str | None = None
    is_scaffold: bool = False

    def to_json(self) -> JsonObject:
        return {
            "overview": self.overview,
            "parts": list(self.parts),
            "notice": self.notice,
            "isScaffold": self.is_scaffold,
        }


@dataclass(frozen=True, slots=True)
class Part:
    """A written part: a module of a course, a category of a quiz; and what writing it used."""

    element: JsonObject
    usage: Usage = field(default_factory=Usage)


class Author(Protocol):
    """Writes one structure; made for one brief. The same brief gives the same parts again after a crash.

    Raises SourceUnreadable when the source cannot be read.
    """

    async def outline(self) -> Outline: ...

    async def part(self, outline: Outline, index: int) -> Part: ...


def outline_from_json(stored: Mapping[str, Json]) -> Outline:
    """Return the outline a stored step holds."""
    overview, parts, notice = stored["overview"], stored["parts"], stored["notice"]
    assert isinstance(overview, dict)
    assert isinstance(parts, list)
    return Outline(
        overview=overview,
        parts=tuple(part for part in parts if isinstance(part, dict)),
        notice=notice if isinstance(notice, str) else None,
        is_scaffold=bool(stored["isScaffold"]),
    )
