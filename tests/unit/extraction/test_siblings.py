"""Terms of one class: written alike, or listed side by side by the source."""

from __future__ import annotations

import pytest

from granulator.extraction import siblings
from granulator.extraction.terms import Term, code_shape
from tests.unit.extraction.samples import vocabulary


def code(text: str) -> Term:
    return Term(text, (code_shape(text, is_marked=True),))


@pytest.mark.parametrize(
    ("one", "other", "is_alike"),
    [
        ("--force", "--quiet", True),
        ("--force", "-q", False),
        ("LOCK_DEPTH", "LOCK_WIDTH", True),
        ("LOCK_DEPTH", "TOWER_HEIGHT", False),
        ("ledger.json", "berths.toml", True),
        ("ledger.json", "/var/harbour", False),
        ("/dev/null", "/var/harbour", False),
        ("harbour.example", "ledger.json", False),
        ("XML", "SOCKS", False),
    ],
)
def test_identifiers_are_of_one_class_when_they_are_written_as_only_that_class_is(one: str, other: str, is_alike: bool):
    assert siblings.are_alike({}, code(one), code(other)) == is_alike


def listed_beside(text: str, key: str) -> frozenset[str]:
    return vocabulary(f"# Formats\n\n{text}\n").siblings.get(key, frozenset())


def test_three_members_of_an_enumeration_are_siblings_and_a_pair_is_not():
    assert listed_beside("The tower reads `XML`, `CSV` and `YAML` before noon.", "xml") == {"csv", "yaml"}
    assert listed_beside("The tower reads `XML` or `CSV` before noon.", "xml") == set()


def test_entries_of_one_list_are_siblings():
    text = "The clerk sends `XML`. The mate sends `CSV`.\n\n- `XML`: what clerks send\n- `CSV`: what mates send"

    assert listed_beside(text, "xml") == {"csv"}


def test_headings_of_one_level_are_siblings():
    text = "The clerk sends `XML`. The mate sends `CSV`.\n\n## XML\n\nFor clerks.\n\n## CSV\n\nFor mates."

    assert listed_beside(text, "xml") == {"csv"}
