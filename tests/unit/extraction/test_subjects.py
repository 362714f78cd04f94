"""Where the subject of a sentence ends."""

from __future__ import annotations

import pytest

from granulator.extraction import subjects


@pytest.mark.parametrize(
    "text",
    [
        "A sluice gate | holds back the water.",
        "The changes | are written to the ledger.",
        "Creating a ledger | takes one hour of work.",
        "By default, the gate | stays open.",
        "Old sailors | keep the lamp alight.",
        "The size of the ledger | depends on the clerk.",
        "The keeper | ensures that the lamp burns.",
    ],
)
def test_a_plain_subject_ends_before_its_verb(text: str):
    subject, predicate = text.split("| ")

    assert subjects.end(subject + predicate) == len(subject)


@pytest.mark.parametrize(
    "text",
    [
        "The harbour rules of the town and its old clerk.",
        "The gate the keeper opens is old.",
        "The lamp, which burns, is old.",
        "Because the lamp burns the ship is safe.",
        "Each clerk names containing a slash.",
        "A keeper's search path of the northern town.",
        "Many web sites of the harbour.",
        "The clerk-is-out sign hangs there.",
    ],
)
def test_a_subject_with_a_clause_in_it_is_not_plain(text: str):
    assert subjects.end(text) == -1


@pytest.mark.parametrize(
    ("text", "does_tell"),
    [
        ("The bell of the tower rings for an hour.", True),
        ("Names of a vessel must stand in the ledger.", True),
        ("The number of hours to wait for the tide after the bell has rung.", False),
        ("A list of lamps that burn in the tower.", False),
        ("Rings the bell and opens the gate.", False),
        ("The most barges a keeper will let in before noon.", False),
    ],
)
def test_a_text_tells_where_its_verb_stands_outside_every_clause_and_aim(text: str, does_tell: bool):
    assert subjects.tells(text) == does_tell
