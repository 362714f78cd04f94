"""Passages: a source in numbered pieces that resolve exactly, whatever its format, and found again by their words."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from granulator.errors import SourceUnreadable
from granulator.extraction import documents
from granulator.granulation import passages
from granulator.model import Source

TEA = """# Tea

Tea is made from the leaves of one plant.

## Green tea

Green tea is heated soon after picking, which keeps the leaf green.

Steam is used in Japan. Iron pans are used in China.

### Brewing

Water for green tea stays below eighty degrees.

## Black tea

Black tea is left to oxidise before it is dried.
"""
PAGE = """<html><body><h1>Salt</h1><p>Salt is <b>sodium</b> chloride &amp; little else.</p>
<h2>Mining</h2><ul><li>Rock salt is dug.</li><li>Sea salt dries in pans.</li></ul></body></html>"""
NOTES = "SOIL\n\nSoil holds water and air.\n\nWORMS\n\nWorms turn the soil over.\n"


def read(text: str, form: Literal["markdown", "html", "text"] = "markdown") -> passages.Passages:
    return passages.read(Source(form, text=text))


def test_every_section_has_its_passages_in_order() -> None:
    found = read(TEA)

    assert [(entry.label, found.reading.sections[entry.section].title, entry.text) for entry in found.passages] == [
        ("p1", "Tea", "Tea is made from the leaves of one plant."),
        (
            "p2",
            "Green tea",
            "Green tea is heated soon after picking, which keeps the leaf green.\n"
            "Steam is used in Japan. Iron pans are used in China.",
        ),
        ("p3", "Brewing", "Water for green tea stays below eighty degrees."),
        ("p4", "Black tea", "Black tea is left to oxidise before it is dried."),
    ]


def test_a_section_knows_its_own_passages_and_those_of_its_subsections() -> None:
    found = read(TEA)

    assert [(span.first, span.last, span.inner) for span in found.ranges] == [
        (0, 1, 4), (1, 2, 3), (2, 3, 3), (3, 4, 4)
    ]  # fmt: skip


def test_what_stands_before_the_first_heading_has_no_subsections() -> None:
    found = read("A word before.\n\n## One\n\nThe first part is here.\n")

    assert [(span.first, span.last, span.inner) for span in found.ranges] == [(0, 1, 1), (1, 2, 2)]


def test_labels_lead_to_passages_and_sections_that_exist_and_to_nothing_else() -> None:
    found = read(TEA)

    assert [found.passage(label) for label in ("p1", "p4", "p5", "p0", "p01", "s1", "p1 ", "p\u0661", "")] == [
        0, 3, None, None, None, None, None, None, None
    ]  # fmt: skip
    assert [found.section(label) for label in ("s1", "s4", "s5", "p1")] == [0, 3, None, None]


@pytest.mark.parametrize(
    ("form", "text", "slices"),
    [
        ("markdown", TEA, {"p3": "Water for green tea stays below eighty degrees."}),
        (
            "html",
            PAGE,
            {
                "p1": "Salt is <b>sodium</b> chloride &amp; little else.",
                "p2": "Rock salt is dug.</li><li>Sea salt dries in pans.",
            },
        ),
        ("text", NOTES, {"p1": "Soil holds water and air.", "p2": "Worms turn the soil over."}),
        ("text", NOTES.replace("\n", "\r\n"), {"p2": "Worms turn the soil over."}),
    ],
)
def test_the_span_of_a_passage_is_where_it_stands_in_the_normalised_source(
    form: Any, text: str, slices: dict[str, str]
) -> None:
    found = read(text, form)
    normalised = documents.decode(Source(format="text", text=text))

    spans = {entry.label: normalised[entry.start : entry.end] for entry in found.passages}

    assert {label: spans[label] for label in slices} == slices


def test_a_long_paragraph_is_cut_between_its_sentences() -> None:
    sentence = "The {} keeper looks at every frame of the hive before the evening comes. "
    text = "".join(sentence.format(number) for number in range(60))

    found = read(text)

    assert "".join(entry.text + " " for entry in found.passages) == text
    assert [text[entry.start : entry.end] for entry in found.passages] == [entry.text for entry in found.passages]
    assert all(60 <= len(entry.text.split()) <= 150 for entry in found.passages[:-1])
    assert all(entry.text.endswith(".") for entry in found.passages)


def test_a_long_listing_is_cut_between_its_lines() -> None:
    code = "\n".join(f"value_{number} = compute(value_{number - 1}, step)" for number in range(1, 200))

    found = read(f"# Code\n\n```\n{code}\n```\n")

    assert "\n".join(entry.text for entry in found.passages) == code
    assert len(found.passages) > 3


@pytest.mark.parametrize(
    "text", ["a" * 50_000, "{" * 100_000 + " word", "数据库使用索引。" * 5_000, "word " * 20_000, "- item\n" * 5_000]
)
def test_no_passage_is_without_end_whatever_the_source(text: str) -> None:
    found = read(text)

    assert max(len(entry.text) for entry in found.passages) <= 2_000
    assert sum(len(entry.text) for entry in found.passages) >= 0.7 * len(text)


def test_a_source_of_headings_alone_is_its_headings() -> None:
    found = read("# Hive\n\n## Queen\n\n## Drone\n")

    assert [entry.text for entry in found.passages] == ["Hive", "Queen", "Drone"]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (Source("markdown", text=" \n"), "empty"),
        (Source("text", file=b"\xff\xfe\xfa"), "decode"),
        (Source("text", text="a word " * 800_000), "too_large"),
    ],
)
def test_a_source_that_cannot_be_read_says_why(source: Source, reason: str) -> None:
    with pytest.raises(SourceUnreadable) as raised:
        passages.read(source)

    assert raised.value.details["reason"] == reason


def test_the_passages_that_share_rare_words_with_a_query_score_best() -> None:
    found = passages.scores(read(TEA), "Brewing green tea in water")

    assert sorted(found, key=lambda index: -found[index])[0] == 2
    assert 3 in found


def test_a_query_is_matched_in_scripts_without_spaces_too() -> None:
    found = read("# 一\n\n数据库使用索引查找行。\n\n# 二\n\n海水在盐田中晒干。\n")

    assert list(passages.scores(found, "索引是什么")) == [0]


@given(st.text(alphabet="ab#-*`>.!? \n|<&;_[]()1", max_size=300), st.sampled_from(["markdown", "html", "text"]))
def test_passages_stand_in_order_inside_the_source_and_hold_text(text: str, form: Any) -> None:
    try:
        found = read("word " + text, form)
    except SourceUnreadable:
        return
    spans = [(entry.start, entry.end) for entry in found.passages]

    assert spans == sorted(spans)
    assert all(0 <= start < end <= len(found.reading.document.text) for start, end in spans)
    assert all(entry.text.strip() for entry in found.passages)
