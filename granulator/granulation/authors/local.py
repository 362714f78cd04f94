"""The author that needs no key and no network: it writes what the source says, or a scaffold that says nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, Protocol, TypeVar

from granulator.granulation import merging, structures
from granulator.granulation.authors import scaffolds
from granulator.granulation.authors.base import Brief, Outline, Part
from granulator.granulation.authors.extracted import course, knowledge_map, learning_path, quiz, workflow
from granulator.granulation.authors.extracted.material import Material, read
from granulator.model import JsonObject, StructureType

T = TypeVar("T")
Written = tuple[Outline, tuple[JsonObject, ...]]

FROM_SOURCE: Final[Mapping[StructureType, Callable[[Brief, Material], Written]]] = {
    StructureType.COURSE: course.write,
    StructureType.QUIZ: quiz.write,
    StructureType.WORKFLOW: workflow.write,
    StructureType.KNOWLEDGE_MAP: knowledge_map.write,
    StructureType.LEARNING_PATH: learning_path.write,
}
"""What a source can be made into; a novel is a scaffold with a source too, for no plot can be taken from one."""

FROM_LISTS: Final = frozenset({StructureType.WORKFLOW})
"""What a list of steps without a complete sentence is enough for."""


class InThread(Protocol):
    """Runs a blocking function away from the event loop, as ``asyncio.to_thread`` does."""

    def __call__(self, function: Callable[[], T], /) -> Awaitable[T]: ...


class LocalAuthor:
    """Writes what is true to the source; without one, a labelled scaffold."""

    fan_out = 1

    def __init__(self, brief: Brief, run_in_thread: InThread = asyncio.to_thread) -> None:
        self._brief = brief
        self._run_in_thread = run_in_thread
        self._written: Written | None = None

    async def outline(self) -> Outline:
        """Return the outline of the structure.

        Raises SourceUnreadable, or SourceRequired when the structure cannot be made without a source.
        """
        return (await self._work())[0]

    async def part(self, outline: Outline, index: int, attempt: int) -> Part:
        """Return the module or category ``index``; the same again for the same brief."""
        return Part((await self._work())[1][index])

    async def assemble(self, outline: Outline, parts: Sequence[JsonObject]) -> JsonObject:
        """Return the structure; the frame is its overview, or all of it when it was written as one.

        Raises AiResponseInvalid when it is too large and cannot be joined to what it may be.
        """
        kind, language = self._brief.structure_type, self._brief.language
        if outline.plan == "single":
            whole = structures.framed(kind, outline.frame, language)
        else:
            whole = structures.assemble(kind, outline.frame, parts, language)
        return merging.merge(kind, whole, self._brief.max_elements, self._brief.template)

    async def _work(self) -> Written:
        if self._written is None:
            self._written = await self._run_in_thread(lambda: write(self._brief))
        return self._written


def write(brief: Brief) -> Written:
    """Return the outline and all parts for ``brief``; pure, and as long as the source is.

    Raises SourceUnreadable and SourceRequired.
    """
    if brief.source is None or brief.structure_type not in FROM_SOURCE:
        return scaffolds.write(brief)
    material = read(brief.source, is_prose=brief.structure_type not in FROM_LISTS)
    return FROM_SOURCE[brief.structure_type](brief, material)
