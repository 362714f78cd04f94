"""Terms that a document defines in its lists and under its headings."""

from __future__ import annotations

from granulator.extraction import glossary
from tests.unit.extraction.samples import HARBOUR, reading


def test_bold_terms_of_a_list_are_definitions_with_a_span():
    found = glossary.definitions(reading())

    assert [(one.term, one.text) for one in found] == [
        ("Breakwater", "a long dam that keeps heavy waves out of the basin"),
        ("Slipway", "a sloping ramp on which small boats are pulled ashore for repairs"),
        ("Dolphin", "a group of piles that stands alone in deep water and carries a light"),
        ("Bollard", "a short iron post around which ropes are laid"),
    ]
    assert HARBOUR[found[1].start : found[1].end].startswith("Slipway**: a sloping ramp")


def test_what_leans_on_other_text_is_no_definition():
    text = (
        "- **Quay**: the wall at which they lie while it rains\n"
        "- **Note**: a reader of the plan should know all of the rules\n"
    )

    assert glossary.definitions(reading(text)) == ()


def test_a_term_defined_twice_is_left_out():
    text = "- **Cone**: a red sign on the tall mast by day\n- **Cone**: a round wooden plug for broken pipes\n"

    assert glossary.definitions(reading(text)) == ()


def test_a_heading_that_names_an_option_is_defined_by_the_sentence_below_it():
    text = "# Options\n\n## dry-run\n\nPrints what would be removed without touching any file. More follows.\n"

    assert [(one.term, one.text) for one in glossary.definitions(reading(text))] == [
        ("dry-run", "Prints what would be removed without touching any file.")
    ]
