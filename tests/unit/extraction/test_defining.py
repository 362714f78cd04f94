"""Sentences that say what a term is, and sentences that only look like it."""

from __future__ import annotations

import pytest

from granulator.extraction import defining
from tests.unit.extraction.samples import HARBOUR, reading

USES = {"lock": 5, "fog": 3, "lanterns": 2, "lantern": 2, "tide table": 1, "bollard": 1}


def defined(text: str) -> list[tuple[str, tuple[str, ...], str]]:
    found = defining.statements(reading(f"# Notes\n\n{text}\n"), USES)
    return [(one.term, one.others, one.kind) for one in found]


def test_the_definitions_of_a_text_are_found_with_what_kind_of_thing_each_is():
    found = defining.statements(
        reading(), dict.fromkeys(["berth", "mooring line", "fender", "sluice gate", "mitre gate", "surge wave"], 1)
    )

    assert [(one.term, one.kind) for one in found] == [
        ("berth", "numbered place"),
        ("mooring line", "rope"),
        ("fender", "cushion"),
        ("sluice gate", "plate"),
        ("mitre gate", "pair"),
        ("surge wave", "sudden rise"),
    ]
    assert HARBOUR[found[0].sentence.start : found[0].sentence.end] == found[0].sentence.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The lock is a chamber between two gates of timber.", [("lock", (), "chamber")]),
        ("A tide table (TT) is a list of the hours of high water.", [("tide table", ("TT",), "list")]),
        (
            "A bollard, also called a pile, is a short iron post at the quay.",
            [("bollard", ("pile",), "short iron post")],
        ),
        ("Ballast means everything that is loaded only for its weight.", []),
        ("Fog means that nobody can see the far bank of the river.", [("Fog", (), "")]),
        ("Lanterns are lamps that hang from the roof of a shed.", [("Lanterns", (), "lamps")]),
        ("The stretch of water behind the dam is called a *basin* by pilots.", [("basin", (), "")]),
    ],
)
def test_a_term_may_be_defined_in_several_ways(text: str, expected: list[tuple[str, tuple[str, ...], str]]):
    assert defined(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "It is a rope that holds a vessel at the quay.",
        "The problem is a rope that nobody has ever tied.",
        "A good idea is a rope of twelve metres or more.",
        "A mooring line is a must for every single skipper.",
        "The buoy is a red one with a lamp on the top.",
        "This gate is a plate that slides upwards in its frame.",
        "The water level will not be called automatically by the office.",
        "A fender is useful.",
    ],
)
def test_what_only_looks_like_a_definition_is_none(text: str):
    assert defined(text) == []
