"""The seam where content is written: an author makes an outline, writes its parts, and puts them together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from granulator.granulation.checks.document import RequiredElement
from granulator.granulation.generation import Plan
from granulator.granulation.plan import Sizes
from granulator.model import Json, JsonObject, Source, StructureType, Template


@dataclass(frozen=True, slots=True)
class Brief:
    """What an author is asked for. ``level`` is the granularity level, 1 to 5; ``required`` is what has to be named."""

    topic: str
    structure_type: StructureType
    level: int
    audience: str
    language: str
    sizes: Sizes
    template: Template
    source: Source | None
    required: tuple[RequiredElement, ...] = ()
    max_elements: int | None = None
    system_prompt: str | None = None


@dataclass(frozen=True, slots=True)
class Outline:
    """The frame of a structure and one JSON object per part still to be written; all of it is kept as a job's step.

    ``frame`` and ``parts`` hold whatever the author needs to go on after a crash; with the plan ``single`` the frame
    is the structure and there are no parts. ``notice`` is shown to the caller; a scaffold carries no facts and is
    never scored as content; ``is_repaired`` says that an answer of the model was damaged.
    """

    frame: JsonObject
    parts: tuple[JsonObject, ...]
    notice: str | None = None
    is_scaffold: bool = False
    plan: Plan = "outline"
    prompt_hash: str | None = None
    is_repaired: bool = False

    def to_json(self) -> JsonObject:
        return {
            "frame": self.frame,
            "parts": list(self.parts),
            "notice": self.notice,
            "isScaffold": self.is_scaffold,
            "plan": self.plan,
            "promptHash": self.prompt_hash,
            "isRepaired": self.is_repaired,
        }


@dataclass(frozen=True, slots=True)
class Part:
    """A written part: a module of a course, some of its lessons, a category of a quiz."""

    element: JsonObject
    is_repaired: bool = False

    def to_json(self) -> JsonObject:
        return {"element": self.element, "isRepaired": self.is_repaired}


class Author(Protocol):
    """Writes one structure; made for one brief and one attempt at its job.

    ``fan_out`` is how many parts may be written at once. Every method raises JobErrors: SourceUnreadable when the
    source cannot be read, and whatever keeps a model from answering.
    """

    fan_out: int

    async def outline(self) -> Outline:
        """Return the outline."""
        ...

    async def part(self, outline: Outline, index: int, attempt: int) -> Part:
        """Write part ``index``; ``attempt`` counts from 1, and another attempt begins afresh."""
        ...

    async def assemble(self, outline: Outline, parts: Sequence[JsonObject]) -> JsonObject:
        """Return the structure of the outline and the elements of its parts."""
        ...


def outline_from_json(stored: Mapping[str, Json]) -> Outline:
    """Return the outline a stored step holds."""
    notice, prompt_hash = stored["notice"], stored["promptHash"]
    return Outline(
        frame=cast(JsonObject, stored["frame"]),
        parts=tuple(cast(list[JsonObject], stored["parts"])),
        notice=notice if isinstance(notice, str) else None,
        is_scaffold=stored["isScaffold"] is True,
        plan="single" if stored["plan"] == "single" else "outline",
        prompt_hash=prompt_hash if isinstance(prompt_hash, str) else None,
        is_repaired=stored["isRepaired"] is True,
    )


def part_from_json(stored: Mapping[str, Json]) -> Part:
    """Return the part a stored step holds."""
    return Part(cast(JsonObject, stored["element"]), stored["isRepaired"] is True)
