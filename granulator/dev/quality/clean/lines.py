"""The notation the hand-written structures are kept in, ``tag: value`` by line; knows no structure type."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_LINE = re.compile(r"(?P<tag>[a-z]+)(?:\((?P<note>[^)]*)\))?: ?(?P<value>.*)")


@dataclass(frozen=True, slots=True)
class Line:
    """``tag(note): value``; ``fields`` are the values between bars."""

    tag: str
    note: str
    value: str

    @property
    def fields(self) -> list[str]:
        return [field.strip() for field in self.value.split("|")]

    def field(self, index: int) -> str:
        """Return the field, or nothing where the line is shorter."""
        return self.fields[index] if index < len(self.fields) else ""


@dataclass(frozen=True, slots=True)
class Block:
    """A line and the lines that belong to it."""

    head: Line
    body: Sequence[Line]

    def value(self, tag: str) -> str:
        """Return the value of the first line so tagged, or nothing."""
        return next((line.value for line in self.body if line.tag == tag), "")

    def values(self, tag: str) -> list[str]:
        return [line.value for line in self.body if line.tag == tag]

    def names(self, tag: str) -> list[str]:
        """Return what the line so tagged lists between semicolons."""
        return names(self.value(tag))

    def blocks(self, *tags: str) -> list[Block]:
        """Return the parts of the body that begin with one of ``tags``."""
        return blocks(self.body, *tags)

    def before(self, *tags: str) -> Block:
        """Return the block without the parts that begin with one of ``tags``."""
        first = next((at for at, line in enumerate(self.body) if line.tag in tags), len(self.body))
        return Block(self.head, self.body[:first])


def parse(text: str) -> Block:
    """Return the one block a text is. Raises ValueError, with the line, for anything else."""
    lines = [_line(number, row) for number, row in enumerate(text.splitlines(), 1) if row.strip()]
    return Block(lines[0], lines[1:])


def blocks(lines: Sequence[Line], *tags: str) -> list[Block]:
    """Return the stretches of ``lines`` from each line so tagged to the next."""
    starts = [at for at, line in enumerate(lines) if line.tag in tags]
    ends = [*starts[1:], len(lines)]
    return [Block(lines[start], lines[start + 1 : end]) for start, end in zip(starts, ends, strict=False)]


def names(value: str) -> list[str]:
    """Return what is listed between semicolons."""
    return [name.strip() for name in value.split(";") if name.strip()]


def _line(number: int, row: str) -> Line:
    match = _LINE.fullmatch(row.strip())
    if match is None:
        raise ValueError(f"line {number} has no tag: {row[:60]!r}")
    return Line(match["tag"], match["note"] or "", match["value"].strip())
