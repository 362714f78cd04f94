"""The pieces a document is read into; every piece knows where it stands in the source. Reading is elsewhere."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, replace
from typing import Literal

BlockKind = Literal["heading", "paragraph", "item", "code", "quote", "term", "definition", "cell"]
MarkKind = Literal["code", "strong", "emphasis", "link"]

IRREGULAR_SPACE = re.compile(r"[^\S ]\s*| \s+")


@dataclass(frozen=True, slots=True)
class Mark:
    """A marked stretch of ``Block.text``, as half-open offsets into it."""

    kind: MarkKind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of ``Block.text`` beginning at ``plain``, made from ``start`` to ``end`` of the source."""

    plain: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Block:
    """One heading, paragraph, list item, code listing or cell, with its readable text.

    ``start`` and ``end`` are half-open character offsets into the source; ``level`` is the heading level or the
    depth of the list; ``number`` is set in ordered lists only; ``group`` tells lists and tables apart.
    """

    kind: BlockKind
    text: str
    start: int
    end: int
    level: int = 0
    number: int | None = None
    group: int = 0
    marks: tuple[Mark, ...] = ()
    runs: tuple[Run, ...] = ()

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the source offsets of ``text[start:end]``, which is not empty."""
        if not self.runs:
            return self.start, self.end
        return self._source(start, after=False), self._source(end - 1, after=True)

    def _source(self, plain: int, *, after: bool) -> int:
        index = max(0, bisect_right(self.runs, plain, key=lambda run: run.plain) - 1)
        run = self.runs[index]
        stop = self.runs[index + 1].plain if index + 1 < len(self.runs) else len(self.text)
        if stop - run.plain == run.end - run.start:
            return run.start + plain - run.plain + after
        return run.end if after else run.start

    def cut(self, length: int) -> Block:
        """Return the block with only the first ``length`` characters of its text, at least one."""
        if length >= len(self.text) or not self.runs:
            return self
        end = self._source(length - 1, after=True)
        marks = tuple(Mark(mark.kind, mark.start, min(mark.end, length)) for mark in self.marks if mark.start < length)
        runs = [run for run in self.runs if run.plain < length]
        runs[-1] = Run(runs[-1].plain, runs[-1].start, end)
        return replace(self, text=self.text[:length], end=end, marks=marks, runs=tuple(runs))

    def is_linked(self) -> bool:
        """Whether nearly all of the text is link text, as in a table of contents."""
        linked = sum(mark.end - mark.start for mark in self.marks if mark.kind == "link")
        return linked >= 0.8 * len(self.text)


class Flow:
    """Collects the visible text of one block and where each stretch of it came from."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._runs: list[Run] = []
        self._marks: list[Mark] = []
        self._ends_in_space = True
        self.length = 0

    def add(self, text: str, start: int) -> None:
        """Add text that stands at ``start`` of the source; every stretch of white space becomes one space."""
        position = 0
        for gap in IRREGULAR_SPACE.finditer(text):
            self._keep(text[position : gap.start()], start + position, start + gap.start())
            self._keep(" ", start + gap.start(), start + gap.end())
            position = gap.end()
        self._keep(text[position:], start + position, start + len(text))

    def put(self, text: str, start: int, end: int) -> None:
        """Add text that replaces ``start`` to ``end`` of the source."""
        self._keep(text, start, end)

    def mark(self, kind: MarkKind, since: int) -> None:
        """Mark what was added since the flow was ``since`` long."""
        if self.length > since:
            self._marks.append(Mark(kind, since, self.length))

    def block(self, kind: BlockKind, *, level: int = 0, number: int | None = None, group: int = 0) -> Block | None:
        """Return what was collected as a block, or None when nothing of it is visible."""
        text = "".join(self._pieces)
        if not text.strip():
            return None
        start, end = self._runs[0].start, self._runs[-1].end
        whole = Block(kind, text, start, end, level, number, group, tuple(self._marks), tuple(self._runs))
        return whole.cut(len(text.rstrip()))

    def _keep(self, text: str, start: int, end: int) -> None:
        if self._ends_in_space and text[:1] == " ":
            text, start = text[1:], start + 1
        if not text:
            return
        previous = self._runs[-1] if self._runs else None
        is_verbatim = len(text) == end - start
        if (
            previous
            and is_verbatim
            and previous.end == start
            and self.length - previous.plain == start - previous.start
        ):
            self._runs[-1] = Run(previous.plain, previous.start, end)
        else:
            self._runs.append(Run(self.length, start, end))
        self._pieces.append(text)
        self.length += len(text)
        self._ends_in_space = text[-1] == " "


def code(text: str, start: int, end: int, *, group: int = 0) -> Block | None:
    """Return a code block whose text keeps its line breaks, or None when it is blank."""
    return Block("code", text, start, end, group=group) if text.strip() else None
