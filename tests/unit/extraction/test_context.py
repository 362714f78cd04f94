"""What a statement takes from outside itself, and how much it is worth asking."""

from __future__ import annotations

from dataclasses import replace

import pytest

from granulator.extraction import candidates, context
from tests.unit.extraction.samples import vocabulary

PLAIN = "The harbour lamp is lit when the bell of the tower rings."
SECTIONS = "".join(
    f"# Part {name}\n\nNothing is said of {name} but words.\n\n" for name in ("one", "two", "six", "ten")
)


def leans(text: str) -> bool:
    known = vocabulary(f"# Harbour lamp\n\n{text}\n\n{SECTIONS}")
    return context.leans(known, replace(known.reading.sentences[0], text=text))


def merit(text: str) -> float:
    known = vocabulary(f"# Harbour lamp\n\n{text}\n\n{SECTIONS}")
    return context.merit(known, replace(known.reading.sentences[0], text=text))


@pytest.mark.parametrize(
    ("text", "does_lean"),
    [
        (PLAIN, False),
        (PLAIN.replace("is lit", "is lit instead"), True),
        (PLAIN.replace("lamp is", "lamp behaves differently and is"), True),
        (PLAIN.replace("The harbour lamp", "Message 600"), True),
        (PLAIN.replace("The harbour lamp", "The producer"), True),
        (PLAIN.replace("The harbour lamp", "The producer of oil"), False),
        (PLAIN.replace("the bell", "path/to/bell"), True),
        ("When enabled, a harbour lamp burns until noon.", True),
    ],
)
def test_a_statement_leans_on_what_stands_outside_it(text: str, does_lean: bool):
    assert leans(text) == does_lean


@pytest.mark.parametrize(
    "claim",
    [
        "A harbour lamp is a simple tool for small boats.",
        "A harbour lamp provides light for small boats.",
        "You can use lamps for small boats.",
    ],
)
def test_what_nobody_can_miss_is_worth_less_than_what_lays_something_down(claim: str):
    assert merit(claim) < candidates.HIGH_MERIT < merit(PLAIN)
