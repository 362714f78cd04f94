"""Questions for the option that serves a purpose."""

from __future__ import annotations

import pytest

from granulator.extraction import described, means
from granulator.extraction.cloze import Item
from tests.unit.extraction.samples import vocabulary

TEXT = """# Lock tool

The tool runs in the office.

{}

The tool prints the toll of a barge when `--price` stands behind its name.

The keeper sees the berth plan of the day by means of `--berths` in the evening.

A pilot who arrives at night finds the depth of water behind `--sound` at once.
"""
OPTIONS = {"--chain", "--price", "--berths", "--sound"}


def asked(sentence: str, title: str = "Lock tool") -> list[Item]:
    known = vocabulary(TEXT.format(sentence).replace("Lock tool", title))
    found = means.items(known, described.things(known.reading), 0, 100)
    return [item for item in found if item.answer == "--chain"]


@pytest.mark.parametrize(
    ("sentence", "question"),
    [
        (
            "Use `--chain` to keep every gate shut in a storm.",
            "Which option is used to keep every gate shut in a storm?",
        ),
        (
            "To keep every gate shut in a storm, pass `--chain`:",
            "Which option is used to keep every gate shut in a storm?",
        ),
        ("You can keep every gate shut with the `--chain` flag.", "Which flag is used to keep every gate shut?"),
        ("The `--chain` option closes every gate in a storm.", "Which option closes every gate in a storm?"),
        (
            "The number of open gates can be changed using the `--chain` argument.",
            "With which argument can the number of open gates be changed?",
        ),
    ],
)
def test_the_means_are_asked_for_by_their_purpose(sentence: str, question: str):
    (item,) = asked(sentence)

    assert (item.stem, set(item.options)) == (question, OPTIONS)


@pytest.mark.parametrize(
    "sentence",
    [
        "Use `--chain` to keep them shut in this storm.",
        "Use `--chain` to keep the chain tight in a storm.",
        "Use `--chain` to see the toll of a barge behind its name.",
        "The tool knows `--chain` and four more words.",
    ],
)
def test_what_leans_on_other_text_names_its_answer_or_fits_another_is_not_asked(sentence: str):
    assert asked(sentence) == []


@pytest.mark.parametrize(("title", "count"), [("Lock tool", 1), ("Deprecated lock tool", 0)])
def test_what_holds_elsewhere_only_is_not_asked(title: str, count: int):
    assert len(asked("Use `--chain` to keep every gate shut in a storm.", title)) == count
