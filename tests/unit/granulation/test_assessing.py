"""How the judge's answers are kept apart: those about one version of a structure are none about another."""

from __future__ import annotations

from granulator.granulation.assessing import _step
from tests.unit.granulation import samples


def test_what_was_said_of_one_version_of_a_round_is_not_read_for_another() -> None:
    other = samples.put(samples.quiz(), "categories[0].questions[0].question", "Why does dough rest?")

    assert _step(samples.quiz(), 1) == _step(samples.quiz(), 1)
    assert len({_step(samples.quiz(), 1), _step(samples.quiz(), 2), _step(other, 1)}) == 3


def test_what_was_written_is_the_same_after_a_crash_and_needs_no_mark() -> None:
    assert _step(samples.quiz(), 0) == "judge"
