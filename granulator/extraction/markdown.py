"""Markdown to blocks: markdown-it finds the blocks, ``inline`` reads their text. Spans index the source itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from markdown_it import MarkdownIt
from markdown_it.token import Token

from granulator.extraction import blocks, html, inline
from granulator.extraction.blocks import Block, BlockKind, Flow

FRONT_MATTER = re.compile(r"\A(---|\+\+\+)[ \t]*\n(.*?\n)?\1[ \t]*(?:\n|\Z)", re.DOTALL)
FRONT_TITLE = re.compile(r"^title[ \t]*[:=][ \t]*[\"']?(.+?)[\"']?[ \t]*$", re.MULTILINE)
ANCHOR = re.compile(r"\s*\{[#.][^{}]*\}\s*$|\s+#+\s*$")
QUOTE_PREFIX = re.compile(r"\n[ \t>]*")
NOTE_MARKER = re.compile(r"\[!\w+\]\s*$|^:::.*$", re.MULTILINE)


@dataclass(slots=True)
class _Reading:
    """Where the walk over the tokens is: the source by lines, the open containers and the blocks so far."""

    source: str
    lines: Sequence[str]
    starts: Sequence[int]
    references: frozenset[str]
    blocks: list[Block] = field(default_factory=list)
    quotes: int = 0
    lists: list[int] = field(default_factory=list)
    number: int | None = None
    is_item_start: bool = False
    groups: int = 0
    cell_line: int = -1
    cell_from: int = 0


def read(source: str) -> tuple[Block, ...]:
    """Return the blocks of Markdown ``source`` in order; front matter, comments and images are left out."""
    front = FRONT_MATTER.match(source)
    body = _blanked(front[0]) + source[front.end() :] if front else source
    parser = MarkdownIt("commonmark").enable("table")
    parser.core.ruler.enableOnly(["normalize", "block"])
    env: dict[str, dict[str, object]] = {}
    tokens = parser.parse(body, env)
    lines = body.split("\n")
    starts = [0, *accumulate(len(line) + 1 for line in lines)]
    reading = _Reading(body, lines, starts, frozenset(env.get("references", {})))
    for index, token in enumerate(tokens):
        _step(reading, token, tokens[index - 1])
    return tuple(reading.blocks)


def front_title(source: str) -> str | None:
    """Return the title in the front matter of ``source``, if it has one."""
    front = FRONT_MATTER.match(source)
    title = FRONT_TITLE.search(front[2] or "") if front else None
    return title[1] if title else None


def _blanked(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def _step(reading: _Reading, token: Token, before: Token) -> None:
    kind = token.type
    if kind in _LEAVES:
        _LEAVES[kind](reading, token, before)
    elif kind in ("blockquote_open", "blockquote_close"):
        reading.quotes += token.nesting
    elif kind == "list_item_open":
        reading.number = int(token.info) if token.info.isdigit() else None
        reading.is_item_start = True
    elif kind in _CONTAINERS:
        _container(reading, token)


def _container(reading: _Reading, token: Token) -> None:
    if token.nesting > 0:
        reading.groups += 1
        reading.lists.append(reading.groups)
    else:
        reading.lists.pop()


def _text(reading: _Reading, token: Token, before: Token) -> None:
    flow = Flow()
    raw, start = _raw(reading, token, before)
    inline.markdown(flow, raw, start, reading.references)
    kind, level = _kind(reading, before)
    number = reading.number if kind == "item" else None
    block = flow.block(kind, level=level, number=number, group=reading.lists[-1] if reading.lists else 0)
    reading.is_item_start = False
    if block:
        reading.blocks.append(block)


def _raw(reading: _Reading, token: Token, before: Token) -> tuple[str, int]:
    """Return the source of an inline token and its place; marks of containers around it become blanks."""
    first = (token.map or before.map or [0, 0])[0]
    rows = token.content.split("\n")
    start = _place(reading, first, rows[0], before)
    end = _place(reading, first + len(rows) - 1, rows[-1], before) + len(rows[-1]) if len(rows) > 1 else None
    raw = reading.source[start : start + len(rows[0]) if end is None else end]
    if reading.quotes:
        raw = QUOTE_PREFIX.sub(lambda prefix: "\n" + " " * (len(prefix[0]) - 1), raw)
    if before.type == "heading_open":
        return ANCHOR.sub("", raw), start
    return NOTE_MARKER.sub(lambda marker: " " * len(marker[0]), raw), start


def _place(reading: _Reading, line: int, row: str, before: Token) -> int:
    if line >= len(reading.lines):
        return reading.starts[-1] - 1
    is_cell = before.type in ("th_open", "td_open")
    since = reading.cell_from if is_cell and line == reading.cell_line else 0
    column = max(reading.lines[line].find(row, since), 0)
    if is_cell:
        reading.cell_line, reading.cell_from = line, column + len(row)
    return reading.starts[line] + column


def _kind(reading: _Reading, before: Token) -> tuple[BlockKind, int]:
    if before.type == "heading_open":
        return "heading", int(before.tag[1])
    if before.type in ("th_open", "td_open"):
        return "cell", 0
    if reading.lists and reading.is_item_start:
        return "item", len(reading.lists)
    return ("quote", 0) if reading.quotes else ("paragraph", len(reading.lists))


def _code(reading: _Reading, token: Token, _: Token) -> None:
    first, last = token.map or [0, 0]
    block = blocks.code(token.content.strip("\n"), reading.starts[first], reading.starts[last] - 1)
    if block:
        reading.blocks.append(block)


def _html(reading: _Reading, token: Token, _: Token) -> None:
    first, last = token.map or [0, 0]
    start = reading.starts[first]
    reading.groups += 1000
    reading.blocks.extend(html.read(reading.source[start : reading.starts[last]], start, group=reading.groups))


_LEAVES = {"inline": _text, "fence": _code, "code_block": _code, "html_block": _html}
_CONTAINERS = frozenset(
    f"{name}_{way}" for name in ("bullet_list", "ordered_list", "table") for way in ("open", "close")
)
