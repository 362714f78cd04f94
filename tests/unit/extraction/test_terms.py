"""Finding identifiers, names and noun phrases without a tagger."""

from __future__ import annotations

import pytest

from granulator.extraction import terms
from tests.unit.extraction.samples import vocabulary


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("fs.open()", "call"),
        ("--force", "flag"),
        ("MAX_SIZE", "constant"),
        ("HTTP", "acronym"),
        ("highWaterMark", "compound"),
        ("row_count", "compound"),
        ("net::Socket", "dotted"),
    ],
)
def test_identifiers_are_recognised_without_markup(text: str, shape: str):
    assert terms.code_shape(text, is_marked=False) == shape


@pytest.mark.parametrize("text", ["harbour", "Anna", "THE", "MUST", "well-known"])
def test_ordinary_words_are_no_identifiers(text: str):
    assert terms.code_shape(text, is_marked=False) == ""


def test_noun_phrases_are_found_with_their_number_and_where_they_stand():
    found = vocabulary().terms

    assert found["log book"].shape == ("noun", "singular")
    assert found["mitre gates"].shape == ("noun", "plural")
    assert len(found["log book"].occurrences) == 2
    assert found["sluice gate"].is_defined


def test_verbs_and_common_words_are_no_terms():
    found = vocabulary().terms

    assert found.keys().isdisjoint({"decides", "vessel passes", "day", "opens", "handbook describes"})


def test_distance_is_counted_to_the_nearest_occurrence():
    term = vocabulary().terms["log book"]
    first, second = (found.order for found in term.occurrences)

    assert [term.distance(order) for order in (first - 3, first, second + 2)] == [3, 0, 2]


def test_a_phrase_after_a_singular_article_does_not_end_in_a_plural():
    found = vocabulary("# Trade\n\nIn a free market wages rise. Few fear the free market wages of the town.\n").terms

    assert all(place.before != "a" for term in found.values() for place in term.occurrences if term.text[-1] == "s")


def test_a_plural_before_an_object_is_a_verb():
    found = vocabulary("# Trade\n\nOf all the old books the price theory claims to be new. The claims fail.\n").terms

    assert "price theory claims" not in found


def test_a_term_in_two_cases_is_marked_as_mixed():
    found = vocabulary("# Town\n\nWe met Mason there. The tools of the mason are old. We met Brenner there.\n").terms

    assert (found["mason"].is_mixed, found["brenner"].is_mixed) == (True, False)
