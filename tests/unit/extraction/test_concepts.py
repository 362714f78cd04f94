"""What a document is about: headings and terms, each with the sentence that says what it is."""

from __future__ import annotations

from granulator.extraction import concepts
from granulator.extraction.concepts import Concept
from tests.unit.extraction.samples import HARBOUR, reading, vocabulary

GARDEN = """# Garden notes

A garden bed is a strip of loose soil in which plants grow.

## Compost

Heaps need air. Compost is a dark mix of rotted leaves that feeds the soil.

## Watering

This is done at dawn. Watering reaches the roots of a plant and not its leaves. For example, watering with a can keeps \
the leaves dry.

## Do it today

Turn the heap with a fork. Cover the heap with straw.

## Introduction

Spring is a busy season for everyone who owns a spade. In spring the beds are still empty.

## Tools

- **Spade**: a flat blade on a shaft with which soil is lifted
- **Rake**: Rake the soil until it lies flat and even
- **Note**: a word that every gardener should know by now

The spade cuts roots. A trowel breaks the crust of the soil. Soil sticks to the trowel. Nobody lends a trowel.
"""


def found(text: str = GARDEN) -> dict[str, Concept]:
    return {one.label: one for one in concepts.concepts(vocabulary(text))}


def test_headings_and_terms_are_found_with_their_own_sentences():
    assert {label: one.definition for label, one in found().items()} == {
        "Garden bed": "A garden bed is a strip of loose soil in which plants grow.",
        "Compost": "Compost is a dark mix of rotted leaves that feeds the soil.",
        "Watering": "Watering reaches the roots of a plant and not its leaves.",
        "Spring": "Spring is a busy season for everyone who owns a spade.",
        "Spade": "a flat blade on a shaft with which soil is lifted",
        "Trowel": "A trowel breaks the crust of the soil.",
    }


def test_every_definition_stands_in_the_source_where_its_span_says():
    for one in found(HARBOUR).values():
        assert one.definition in HARBOUR[one.start : one.end].replace("**", "").replace("`", "")


def test_a_heading_and_the_term_it_names_are_one_concept():
    berths = found(HARBOUR)["Berths"]

    assert berths.is_section
    assert berths.definition == "A berth is a numbered place at the quay where one vessel can lie."
    assert "Berth" not in found(HARBOUR)


def test_a_heading_about_which_no_sentence_says_anything_is_no_concept():
    assert "Do it today" not in found()


def test_a_short_form_given_in_brackets_is_another_name_and_no_concept_of_its_own():
    text = (
        "# Rules\n\n## Harbour board\n\nThe harbour board (HB) decides about fees.\n\n"
        "The HB meets in May. Members of the HB are paid. Nobody may leave the HB early.\n"
    )

    assert {label: one.others for label, one in found(text).items()} == {"Harbour board": ("HB",)}


def test_no_two_concepts_have_the_same_definition():
    definitions = [one.definition for one in found(HARBOUR).values()]

    assert len(set(definitions)) == len(definitions)


def test_what_a_text_speaks_of_more_often_weighs_more():
    terms = found(HARBOUR)

    assert terms["Berths"].weight > terms["Fender"].weight > 0


def test_the_document_is_opened_by_the_sentence_that_names_it():
    opening = concepts.opening(reading(), "Running a Small Harbour")

    assert opening is not None
    assert opening.definition.startswith("A harbour master decides which vessels may enter")


def test_a_document_without_sentences_has_no_opening():
    assert concepts.opening(reading("# Title\n\nonly words here\n"), "Title") is None


def test_an_example_of_a_concept_is_quoted_from_its_section():
    read = reading(GARDEN)
    watering = found()["Watering"]

    assert concepts.examples(read, watering) == ("For example, watering with a can keeps the leaves dry.",)


def test_a_short_listing_is_the_example_where_no_sentence_gives_one():
    assert concepts.examples(reading(), found(HARBOUR)["Berths"]) == (
        "berth 4: Anna Lena, until Friday\nberth 5: free",
    )


def test_a_concept_of_a_section_without_any_example_has_none():
    assert concepts.examples(reading(GARDEN), found()["Spade"]) == ()


def test_what_a_thing_may_do_does_not_say_what_it_is():
    text = GARDEN.replace("A trowel breaks the", "A trowel may break the")

    assert ("Trowel" in found(), "Trowel" in found(text)) == (True, False)


def test_a_sentence_that_speaks_of_its_reader_comes_after_one_that_does_not():
    text = (
        "# Mill\n\n## Flour\n\nIf you bake at home, the mill sells flour in small bags. "
        "The miller keeps the flour in dry bags of paper.\n"
    )

    assert found(text)["Flour"].definition == "The miller keeps the flour in dry bags of paper."
