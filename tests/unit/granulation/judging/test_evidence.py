"""Which part of a source a question or a claim is held against."""

from __future__ import annotations

import pytest

from granulator.granulation import passages
from granulator.granulation.judging.evidence import LETTERS_MAX, excerpt, span_of
from granulator.granulation.passages import Passages
from granulator.model import Json, Source

TOPICS = ("Flour", "Yeast", "Salt", "Water", "Ovens", "Crusts")


def text_of(topic: str) -> str:
    return " ".join(
        f"{topic} matter in way number {number}, as every baker of {topic} has seen." for number in range(9)
    )


SOURCE = "\n\n".join(f"# {topic}\n\n{text_of(topic)}" for topic in TOPICS)


@pytest.fixture(scope="module")
def read() -> Passages:
    return passages.read(Source("markdown", text=SOURCE))


def test_a_span_is_widened_to_the_passage_it_stands_in(read: Passages) -> None:
    start = SOURCE.index("Salt matter in way number 3")

    assert excerpt(read, (start, start + 10), "") == text_of("Salt")


def test_of_a_long_span_only_what_matches_is_taken(read: Passages) -> None:
    found = excerpt(read, (0, len(SOURCE)), "Why do ovens matter?")

    assert text_of("Ovens") in found
    assert len(found) <= LETTERS_MAX


def test_without_a_span_the_best_matches_are_taken(read: Passages) -> None:
    assert excerpt(read, None, "What is yeast?") == text_of("Yeast")


def test_where_nothing_matches_there_is_no_evidence(read: Passages) -> None:
    assert excerpt(read, None, "submarine warfare") == ""


@pytest.mark.parametrize(
    ("provenance", "span"),
    [
        ({"kind": "source", "span": {"doc": "source", "start": 3, "end": 9}}, (3, 9)),
        ({"kind": "source", "span": {"doc": "another", "start": 3, "end": 9}}, None),
        ({"kind": "source", "span": {"doc": "source", "start": 9, "end": 9}}, None),
        ({"kind": "source", "span": {"doc": "source", "start": "3", "end": 9}}, None),
        ({"kind": "model"}, None),
        ("source", None),
        (None, None),
    ],
)
def test_only_a_sound_span_of_the_requests_own_source_counts(provenance: Json, span: tuple[int, int] | None) -> None:
    assert span_of({"provenance": provenance}) == span
