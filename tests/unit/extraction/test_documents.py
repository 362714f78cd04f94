"""Reading bytes and text into blocks whose spans resolve."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from granulator.errors import SourceUnreadable
from granulator.extraction import documents
from granulator.extraction.documents import Document
from granulator.model import Source
from tests.unit.extraction.samples import HARBOUR, HTML, RST, document


def outline(read: Document) -> list[tuple[str, int, int | None, str]]:
    return [(block.kind, block.level, block.number, block.text) for block in read.blocks]


def test_markdown_headings_lists_code_and_marks_are_read():
    text = (
        "Setext *title*\n===\n\nA **bold** word, `code()`, a [link](http://a.example) and ![no](x.png) image.\n\n"
        "1. one\n2. two\n\n```py\nx = 1\n```\n\n| a | b |\n|---|---|\n| c | d |\n\n> said\n> so\n\n<!-- hidden -->\n"
    )

    read = document(text)

    assert outline(read) == [
        ("heading", 1, None, "Setext title"),
        ("paragraph", 0, None, "A bold word, code(), a link and image."),
        ("item", 1, 1, "one"),
        ("item", 1, 2, "two"),
        ("code", 0, None, "x = 1"),
        ("cell", 0, None, "a"),
        ("cell", 0, None, "b"),
        ("cell", 0, None, "c"),
        ("cell", 0, None, "d"),
        ("quote", 0, None, "said so"),
    ]
    assert [(mark.kind, read.blocks[1].text[mark.start : mark.end]) for mark in read.blocks[1].marks] == [
        ("strong", "bold"),
        ("code", "code()"),
        ("link", "link"),
    ]


@pytest.mark.parametrize(
    ("heading", "title"),
    [("Threads", "Threads"), ("Abstract", "Threads - A Handbook")],
)
def test_a_page_is_called_by_its_first_heading_only_if_its_own_title_says_so_too(heading: str, title: str):
    page = f"<title>Threads - A Handbook</title><h1>{heading}</h1><p>A thread runs beside others.</p>"

    assert document(page, "html").title == title


def test_markdown_front_matter_is_no_content_but_gives_the_title():
    read = document("---\ntitle: 'Salt'\ntags: [a]\n---\n\n# Another\n\nSalt is a mineral.\n")

    assert (read.title, outline(read)[0]) == ("Salt", ("heading", 1, None, "Another"))


def test_markdown_reference_links_lose_their_brackets_and_others_keep_them():
    read = document("See [the guide][g] and [g], but not a[0].\n\n[g]: http://a.example\n")

    assert read.blocks[0].text == "See the guide and g, but not a[0]."


def test_html_is_read_without_scripts_navigation_and_permalinks():
    read = document(HTML, "html")

    assert read.title == "Bread & Time"
    assert outline(read) == [
        ("heading", 1, None, "Bread & Time"),
        ("paragraph", 0, None, "A sourdough is a dough that rises with wild yeast. It needs 12 hours."),
        ("code", 0, None, "mix flour\nrest 1h"),
        ("term", 1, None, "Crumb"),
        ("definition", 1, None, "The soft inner part of a loaf."),
        ("item", 1, 1, "Mix the flour"),
        ("item", 1, 2, "Bake the loaf"),
    ]


def test_html_navigation_is_read_when_there_is_nothing_else():
    read = document("<nav><p>Only the menu has words here.</p></nav>", "html")

    assert [block.text for block in read.blocks] == ["Only the menu has words here."]


def test_restructured_text_directives_literals_and_roles_are_understood():
    read = document(RST, "text")

    assert outline(read) == [
        ("heading", 1, None, "Kites"),
        ("paragraph", 0, None, "A kite is a tethered craft. It is held by a line and a bridle."),
        ("heading", 2, None, "Flying"),
        ("paragraph", 0, None, "Wind is needed."),
        ("code", 0, None, "fly(height=30)"),
        ("paragraph", 0, None, "Launch it like this:"),
        ("code", 0, None, 'run(into="wind")'),
        ("paragraph", 0, None, "Then wait."),
    ]


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("CHAPTER I. The Storm\n\nIt rained for days.\n", (1, "CHAPTER I. The Storm")),
        ("1.2 Ropes and knots\n\nA rope is twisted from strands.\n", (3, "1.2 Ropes and knots")),
        ("OPENING HOURS\n\nThe office opens at nine.\n", (2, "OPENING HOURS")),
        ("DESCRIPTION\n       The tool lists the files\n       of a directory.\n", (2, "DESCRIPTION")),
        ("Knots\n~~~~~\n\nA knot holds a rope.\n", (1, "Knots")),
    ],
)
def test_plain_text_headings_are_recognised_as_people_type_them(text: str, heading: tuple[int, str]):
    first = document(text, "text").blocks[0]

    assert (first.kind, (first.level, first.text)) == ("heading", heading)


def test_a_numbered_heading_may_be_indented_as_far_as_the_text():
    body = "          A rope is twisted from strands.\n          It holds a boat at the quay.\n\n" * 3
    read = document(f"{body}          3.1.  Knots and bends\n\n{body}", "text")

    assert [block.text for block in read.blocks if block.kind == "heading"] == ["3.1. Knots and bends"]


def test_the_role_of_a_code_is_not_read_as_text():
    (block,) = document("The type is {class}`BoolParamType` for flags.\n").blocks

    assert block.text == "The type is BoolParamType for flags."


@pytest.mark.parametrize(
    "text",
    [
        "1. Buy flour\n2. Buy salt\n",
        "He said that it was late.\n\nNobody answered him.\n",
        "Figure 2\n\nThe rope is shown from above.\n",
        "March 8, 2020\n\nThe rope was bought.\n",
        "Commands differ by far.\n\n     !    Escape to a shell.\n\n     #    Perform a command.\n",
        "Sizes differ by far.\n\nsize    load\n----    ----\nlarge   12\n",
    ],
)
def test_plain_text_that_is_no_heading_is_not_taken_for_one(text: str):
    assert "heading" not in {block.kind for block in document(text, "text").blocks}


def test_plain_text_wrapped_by_hand_is_joined_and_its_spans_still_resolve():
    read = document("The first line of this text\n   goes on *here*.\n", "text")
    block = read.blocks[0]
    start, end = block.span(23, 40)

    assert block.text == "The first line of this text goes on here."
    assert (block.text[23:40], read.text[start:end]) == ("text goes on here", "text\n   goes on *here")


@pytest.mark.parametrize(("text", "form"), [(HARBOUR, "markdown"), (HTML, "html"), (RST, "text")])
def test_every_word_of_every_block_stands_where_its_span_says(text: str, form: str):
    read = document(text, form)

    for block in read.blocks:
        for word in re.finditer(r"\w+", block.text) if block.kind != "code" else ():
            start, end = block.span(*word.span())
            assert read.text[start:end] == word[0]


def test_offsets_hold_when_newlines_are_those_of_another_system():
    read = document("\ufeff# Title\r\n\r\nA word.\r\n")

    assert read.text == "# Title\n\nA word.\n"
    assert [read.text[block.start : block.end] for block in read.blocks] == ["Title", "A word."]


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (b"\xef\xbb\xbfA word.", "A word."),
        ("Ein Wörtchen.".encode("utf-16"), "Ein Wörtchen."),
        ("Ein Wörtchen.".encode(), "Ein Wörtchen."),
    ],
)
def test_files_are_decoded_by_their_byte_order_mark_or_as_utf8(file: bytes, expected: str):
    assert documents.read(Source("text", file=file)).text == expected


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (Source("text", file=b"\xff\xd8\xff\xe0 JFIF"), "decode"),
        (Source("text", file=b"word\x00word"), "decode"),
        (Source("text", text="\x01\x02\x03 some words"), "decode"),
        (Source("text", text="lone \ud800 surrogate"), "decode"),
        (Source("text", file=b""), "empty"),
        (Source("markdown", text=" \n\t "), "empty"),
        (Source("text", text="12 + 30 = 42 !!"), "empty"),
        (Source("html", text="<script>only code here</script>"), "empty"),
        (Source("text", text="word " * 1_000_001), "too_large"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(source: Source, reason: str):
    with pytest.raises(SourceUnreadable) as refused:
        documents.read(source)

    assert refused.value.details["reason"] == reason


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("<a " * 100_000 + "word", "html"),
        ("words here <!-- " + "<!-- " * 100_000, "html"),
        ("[" * 100_000 + " word", "markdown"),
        ("`a ``b " * 50_000 + "word", "markdown"),
        ("*a **b " * 50_000 + "word", "text"),
    ],
)
def test_hostile_markup_is_read_or_refused_in_linear_time(text: str, form: str):
    with suppress(SourceUnreadable):
        assert len(document(text, form).text) == len(text)


@settings(max_examples=60, deadline=None)
@given(
    st.text(alphabet=st.sampled_from(list("aB1 .\n\n#*_`[]()<>&;|-=:>\"'\\/!é世")), max_size=200),
    st.sampled_from(["markdown", "html", "text"]),
)
def test_any_text_is_read_or_refused_and_no_span_leaves_it(text: str, form: str):
    try:
        read = document("word " + text, form)
    except SourceUnreadable:
        return

    for block in read.blocks:
        assert 0 <= block.start <= block.end <= len(read.text)
        start, end = block.span(0, len(block.text))
        assert (start, end) == (block.start, block.end)
