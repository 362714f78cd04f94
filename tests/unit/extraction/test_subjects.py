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
