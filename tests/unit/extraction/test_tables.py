"""Tables as rows under a header, in Markdown and in HTML, with cells that are empty."""

from __future__ import annotations

import pytest

from granulator.extraction import tables
from tests.unit.extraction.samples import vocabulary

HEADER = ("Lamp", "Colour", "Height")
ROWS = (("Tower", "white", "30"), ("Mole", "red", ""), ("Pier", "", "6"), ("Wreck", "green", "4"))


def markdown(rows: tuple[tuple[str, ...], ...] = ROWS) -> str:
    lines = [f"| {' | '.join(row)} |" for row in (HEADER, ("---",) * 3, *rows)]
    return "# Lamps\n\n" + "\n".join(lines) + "\n\nThe lamps are lit at dusk.\n"


def html(rows: tuple[tuple[str, ...], ...] = ROWS, head: str = "th") -> str:
    def line(cells: tuple[str, ...], tag: str) -> str:
        return "<tr>\n" + "\n".join(f"<{tag}><p>{cell}</p></{tag}>" for cell in cells) + "\n</tr>"

    body = "\n".join(line(row, "td") for row in rows)
    return f"<h1>Lamps</h1><table>\n{line(HEADER, head)}\n{body}</table><p>The lamps are lit at dusk.</p>"


def read(text: str, form: str) -> list[tables.Table]:
    return tables.tables(vocabulary(text, form).reading)


@pytest.mark.parametrize(("text", "form"), [(markdown(), "markdown"), (html(), "html")])
def test_every_cell_stands_in_its_column_even_behind_an_empty_one(text: str, form: str):
    (table,) = read(text, form)

    assert table.header == HEADER
    assert tuple(tuple(row.text(column) for column in range(3)) for row in table.rows) == ROWS


@pytest.mark.parametrize(("text", "form"), [(markdown(), "markdown"), (html(), "html")])
def test_the_span_of_a_row_holds_its_cells_and_no_others(text: str, form: str):
    (table,) = read(text, form)
    row = table.rows[0]

    assert all(cell in text[row.start : row.end] for cell in ROWS[0])
    assert "Mole" not in text[row.start : row.end]


def test_a_table_of_html_without_titles_is_none():
    assert read(html(head="td"), "html") == []


def test_rows_that_their_first_cells_do_not_tell_apart_are_no_table():
    assert read(markdown((*ROWS, ("Tower", "blue", "2"))), "markdown") == []


def test_too_few_rows_are_no_table():
    assert read(markdown(ROWS[:3]), "markdown") == []
