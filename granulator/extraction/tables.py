"""Tables of a document as rows under a header. Blocks know only cells: the source between them tells the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from granulator.extraction.blocks import Block
from granulator.extraction.sections import Reading

LEAST_ROWS = 4
MOST_ROWS = 80

ROW_TAG = re.compile(r"<tr\b", re.IGNORECASE)
CELL_TAG = re.compile(r"<t[dh]\b", re.IGNORECASE)
HEAD_TAG = re.compile(r"<th\b[^<>]*>[^<]*(?:<(?!td|th|tr)[^<>]*>[^<]*)*$", re.IGNORECASE)
BEFORE = 400
"""So far before the first cell its tag is looked for."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: the block of each cell by its column, and the index of the first block."""

    cells: dict[int, Block]
    index: int

    @property
    def start(self) -> int:
        return min(cell.start for cell in self.cells.values())

    @property
    def end(self) -> int:
        return max(cell.end for cell in self.cells.values())

    def text(self, column: int) -> str:
        cell = self.cells.get(column)
        return " ".join(cell.text.split()) if cell else ""


@dataclass(frozen=True, slots=True)
class Table:
    """The titles of the columns and the rows below them, whose first cells all differ."""

    header: tuple[str, ...]
    rows: tuple[Row, ...]


def tables(reading: Reading) -> list[Table]:
    """Return the tables with a header and rows that their first cells tell apart."""
    found = (_table(reading, rows) for rows in _rows(reading))
    return [table for table in found if table]


def _rows(reading: Reading) -> Iterator[list[Row]]:
    """Yield the rows of each table: neighbouring cells of one group."""
    blocks, text = reading.document.blocks, reading.document.text
    rows: list[Row] = []
    for index, block in enumerate(blocks):
        before = blocks[index - 1] if index else None
        is_next = before is not None and before.kind == "cell" and block.kind == "cell" and before.group == block.group
        if not is_next and rows:
            yield rows
            rows = []
        if block.kind != "cell":
            continue
        gap = text[before.end : block.start] if is_next and before else ""
        if not rows or _is_new_row(gap):
            rows.append(Row({_skipped(gap, is_new=True): block}, index))
        else:
            rows[-1].cells[max(rows[-1].cells) + max(1, _skipped(gap, is_new=False))] = block
    if rows:
        yield rows


def _is_new_row(gap: str) -> bool:
    return ROW_TAG.search(gap) is not None or ("<" not in gap and "\n" in gap)


def _skipped(gap: str, *, is_new: bool) -> int:
    """Return how many columns further the cell behind ``gap`` stands; empty cells have no block."""
    if "<" in gap:
        after = ROW_TAG.split(gap)[-1]
        return max(0, len(CELL_TAG.findall(after)) - is_new)
    pipes = gap.rpartition("\n")[2].count("|") if is_new else gap.count("|")
    return max(0, pipes - is_new)


def _table(reading: Reading, rows: list[Row]) -> Table | None:
    head, *body = rows
    width = max(head.cells, default=0) + 1
    firsts = [row.text(0).casefold() for row in body]
    is_whole = len(head.cells) == width and width >= 2 and all(max(row.cells) < width for row in body)
    if not is_whole or not LEAST_ROWS <= len(body) <= MOST_ROWS or len(set(firsts)) < len(firsts) or "" in firsts:
        return None
    if not _is_header(reading.document.text, head):
        return None
    return Table(tuple(head.text(column) for column in range(width)), tuple(body))


def _is_header(text: str, head: Row) -> bool:
    """Whether the first row holds titles: by its tags in HTML, always in Markdown."""
    before = text[max(0, head.start - BEFORE) : head.start]
    return HEAD_TAG.search(before) is not None or not CELL_TAG.search(before[before.rfind("\n\n") + 1 :])
