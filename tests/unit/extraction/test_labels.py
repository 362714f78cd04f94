"""Which headings and terms can be the name of a concept, and when two names are one."""

from __future__ import annotations

import pytest

from granulator.extraction import labels


@pytest.mark.parametrize(
    "title",
    [
        "Berths",
        "The lock",
        "Access control",
        "PEP 634",
        "Reserve berths",
        "Test runner",
        'The "while" statement',
        "json.load",
    ],
)
def test_a_heading_that_names_something_is_a_label(title: str):
    assert labels.is_label(title)


@pytest.mark.parametrize(
    "title",
    [
        "Introduction",
        "Some further examples",
        "Usage and notes",
        "How does it work",
        "Ready?",
        "Watch out!",
        "With an AI provider",
        "The lock joins the basin to the river",
        "One two three four five six seven",
        "https://example.org",
        "1.2",
        "And there is more\u2026",
        "Important note about permissions",
        "Workarounds",
        "Avoid long waits",
        "Reserve one berth",
        "",
    ],
)
def test_a_heading_that_asks_states_or_only_says_what_kind_of_text_follows_is_none(title: str):
    assert not labels.is_label(title)


@pytest.mark.parametrize(
    ("term", "label"),
    [
        ("ship load -t", "ship load -t"),
        ("berth", "Berth"),
        ("**mooring line:**", "Mooring line"),
        ('"quay"', "Quay"),
        ('"else" clause', '"else" clause'),
        ("dry_run", "dry_run"),
        ("json.load", "json.load"),
        ("Edit menu (Editor only)", "Edit menu"),
        ("TLS", "TLS"),
        ('"', '"'),
    ],
)
def test_a_term_is_written_as_a_label(term: str, label: str):
    assert labels.written(term) == label


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Berths", "berth"),
        ("The Lock-Gates", "lock gate"),
        ("Boxes", "box"),
        ("Batteries", "battery"),
        ("Status", "STATUS"),
        ("Classes", "class"),
    ],
)
def test_names_that_differ_in_case_signs_articles_and_number_are_the_same(one: str, other: str):
    assert labels.key(one) == labels.key(other)


@pytest.mark.parametrize(("one", "other"), [("Lock", "Lock gate"), ("Gas", "Ga"), ("Bus", "Bu"), ("Port", "Report")])
def test_names_of_different_things_stay_different(one: str, other: str):
    assert labels.key(one) != labels.key(other)
