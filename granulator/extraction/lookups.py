"""Questions on what a table gives for the things in its first column. Knows no other text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from granulator.extraction import echoing, labels, outline, tables
from granulator.extraction.cloze import Item
from granulator.extraction.described import ASIDE, ATTRIBUTES
from granulator.extraction.distractors import DISTRACTORS
from granulator.extraction.sections import Reading
from granulator.extraction.tables import Row, Table
from granulator.extraction.vocabulary import listed, words

MOST_WORDS = 6
LONGEST = 60
MOST_ASKED = 2
"""So many questions one table gives."""

PROPERTIES = listed("""
    unit symbol size limit range port extension format encoding method colour color operator equivalent shortcut signal
    capital length weight height depth speed duration interval frequency temperature voltage precision alias prefix
    suffix module command protocol algorithm cost price level
""")
"""Titles of columns with which the question reads as English and cannot be guessed, as a type can."""


def items(reading: Reading, first: int, last: int) -> Iterator[Item]:
    """Yield questions on the tables in blocks ``first`` to ``last``."""
    for table in tables.tables(reading):
        section = reading.sections[reading.section_of[table.rows[0].index]]
        if first <= table.rows[0].index < last and not section.is_boilerplate and not ASIDE.search(section.title):
            yield from list(_asked(reading, table))[:MOST_ASKED]


def _asked(reading: Reading, table: Table) -> Iterator[Item]:
    title = reading.sections[reading.section_of[table.rows[0].index]].title
    place = ATTRIBUTES.sub("", outline.short_title(title)) if labels.is_label(title) else ""
    for column in range(1, len(table.header)):
        if not _is_property(table.header[column]):
            continue
        counts = Counter(row.text(column).casefold() for row in table.rows)
        for row in table.rows:
            told = row.text(column)
            others = [other.text(column) for other in table.rows if other is not row]
            wrong = [text for text in dict.fromkeys(others) if _is_like(text, told)]
            keys = [other.text(0) for other in table.rows if other is not row]
            is_one = counts[told.casefold()] == 1 and _is_short(told) and _is_short(row.text(0))
            if is_one and len(wrong) >= DISTRACTORS and not echoing.echoes(told, row.text(0), keys):
                yield _item(table, row, column, wrong[:DISTRACTORS], place)


def _is_property(title: str) -> bool:
    """Whether a column gives a property: its title is one, or ends in one, as "maximum size" does."""
    row = title.casefold().split()
    return 1 <= len(row) <= 2 and row[-1] in PROPERTIES and (len(row) == 1 or row[0].isalpha())


def _is_short(text: str) -> bool:
    return (
        text[:1] not in ("", "[", "(", "<")
        and 2 <= len(text) <= LONGEST
        and 1 <= len(text.split()) <= MOST_WORDS
        and bool(words(text) or text.isdigit())
    )


def _is_like(text: str, told: str) -> bool:
    """Whether a cell can be offered beside ``told``: another short text, neither part of the other."""
    return _is_short(text) and text.casefold() not in told.casefold() and told.casefold() not in text.casefold()


def _item(table: Table, row: Row, column: int, wrong: list[str], place: str) -> Item:
    title, key, told = table.header[column], row.text(0), row.text(column)
    asked = title if title[1:] != title[1:].lower() else title.lower()
    lead = f"Under \u201c{place}\u201d, what" if place else "What"
    first = table.header[0]
    kind = f"the {labels.singular(first.lower())} " if first and first[1:] == first[1:].lower() else ""
    question = f"{lead} is the {asked} of {kind}\u201c{key}\u201d?"
    return Item("multiple_choice", question, told, (told, *wrong), f"{key}: {told}", row.start, row.end,
                -1 - row.index, 0.0, "remember", form="table")  # fmt: skip
