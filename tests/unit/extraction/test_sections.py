"""Cutting a document at its own headings."""

from __future__ import annotations

from tests.unit.extraction.samples import reading


def test_sections_follow_the_headings_and_know_what_is_above_them():
    found = reading()

    assert [(section.title, section.parents, section.is_boilerplate) for section in found.sections] == [
        ("Running a Small Harbour", (), False),
        ("Table of contents", ("Running a Small Harbour",), True),
        ("Berths", ("Running a Small Harbour",), False),
        ("The lock", ("Running a Small Harbour",), False),
        ("Weather", ("Running a Small Harbour",), False),
        ("License", ("Running a Small Harbour",), True),
    ]


def test_boilerplate_and_tables_of_contents_give_no_sentences():
    found = reading()
    texts = [found.sentences[order].text for order in found.usable]

    assert len(texts) == 29
    assert not any("Copyright" in text for text in texts)


def test_boilerplate_is_used_when_there_is_nothing_else():
    found = reading("# License\n\nEverybody may copy this text as often as they like.\n")

    assert [found.sentences[order].text for order in found.usable] == [
        "Everybody may copy this text as often as they like."
    ]


def test_a_sentence_said_again_in_nearly_the_same_words_is_used_once():
    found = reading(
        "The red valve lets cold water into the long upper basin every morning before seven.\n\n"
        "The blue valve lets cold water into the long upper basin every morning before seven.\n"
    )

    assert len(found.usable) == 1


def test_numbering_is_no_part_of_a_title():
    assert reading("1.2. Ropes\n==========\n\nA rope is strong and long.\n", "text").sections[0].title == "Ropes"


def test_the_title_of_a_box_begins_no_section():
    found = reading("# Ropes\n\nA rope holds a boat.\n\n### Note\n\nHemp rots.\n\n## Knots\n\nA knot is a bend.\n")

    assert [section.title for section in found.sections] == ["Ropes", "Knots"]


def test_a_chapter_is_called_by_its_title():
    found = reading("# Chapter 2. Ropes\n\nA rope holds a boat.\n\n# Appendix A. Knots\n\nA knot is a bend.\n")

    assert [section.title for section in found.sections] == ["Ropes", "Knots"]
