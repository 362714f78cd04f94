"""Statements that can be judged by someone who sees nothing else."""

from __future__ import annotations

import pytest

from granulator.extraction import statements
from tests.unit.extraction.samples import vocabulary

SAID = "The harbour clerk writes the name of every vessel into the ledger before supper."


def shown(text: str) -> list[str]:
    known = vocabulary(f"# Harbour clerks\n\n{text}\n")
    return [one.text for one in statements.fit(known, known.reading.usable)]


@pytest.mark.parametrize(
    "text",
    [
        SAID,
        SAID.replace(" before supper", " before supper (with green ink)"),
        SAID.replace("writes", "also writes"),
        SAID.replace(" before supper", " before supper as well"),
        f"Additionally, {SAID[0].lower()}{SAID[1:]}",
        SAID.replace("the ledger", "the ~ledger"),
    ],
)
def test_a_statement_is_shown_without_its_asides(text: str):
    assert shown(text) == [SAID]


@pytest.mark.parametrize(
    "text",
    [
        SAID.replace("the ledger", "that ledger").replace("into", "in"),
        SAID.replace("before supper", "in the same way"),
        SAID.replace("before supper", "as described"),
        SAID.replace("writes", "wrote").replace("before supper", "until 1902"),
        f"If the tower is dark, the pilot waits. {SAID}",
        SAID.replace("The harbour clerk writes", "A quill that writes"),
        SAID.replace("The harbour clerk", "The server"),
        SAID.replace("every vessel", "3 vessels of 4 owners and 5 masts"),
        "In winter you find it in the ledger of the harbour clerk before every supper.",
        f"Only at low tide:\n\n- {SAID}",
    ],
)
def test_a_sentence_that_leans_on_another_is_no_statement(text: str):
    assert shown(text) == []


def test_a_sentence_on_no_topic_of_its_section_is_no_statement():
    assert shown("Small green birds rest upon cold chimneys during the shortest night of winter.") == []


def test_a_statement_below_a_heading_that_sets_a_condition_is_none():
    known = vocabulary(f"# Harbour clerks\n\n## Legacy harbour clerks\n\n{SAID}\n")

    assert statements.fit(known, known.reading.usable) == []


@pytest.mark.parametrize(
    "text",
    [
        "The number of lamps to hang out after the harbour clerk has closed the ledger.",
        "A list of harbour clerks that keep the ledger of every vessel in the tower.",
        "Closes the ledger of every vessel and opens the tower for the harbour clerk.",
    ],
)
def test_what_names_no_subject_of_its_own_is_no_statement(text: str):
    assert shown(text) == []
