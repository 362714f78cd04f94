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
