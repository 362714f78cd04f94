"""The gate: on structures no rule was tuned on, the checks find what is broken and leave alone what is not."""

from __future__ import annotations

from pathlib import Path

from granulator.dev.quality import gate, report
from granulator.dev.quality.split import Split
from granulator.granulation.validation import RULES_VERSION

ROOT = Path(__file__).parents[2]


def test_the_test_split_keeps_the_limits():
    measurement = gate.measure(Split.TEST, is_small=True)

    assert len(measurement.results) > 1000
    assert gate.faults(measurement) == [], f"{report.figures(measurement)}\n{report.missed_by_kind(measurement)}"


def test_the_published_figures_are_those_of_the_current_rules():
    published = (ROOT / "docs" / "quality.md").read_text(encoding="utf-8")

    assert published.startswith(f"# What the checks find, and what they do not\n\nRules version {RULES_VERSION}. ")
