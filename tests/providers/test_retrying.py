"""Pauses and the budget for retries."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from granulator.providers.retrying import DEFAULT_POLICY, RetryBudget, RetryPolicy, pause, stated_wait


class Clock:
    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        return self.now


def test_longest_pause_doubles_from_half_a_second_up_to_eight() -> None:
    longest = [pause(DEFAULT_POLICY, attempt, None, lambda: 1.0) for attempt in range(1, 8)]

    assert longest == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]


@given(attempt=st.integers(1, 50), drawn=st.floats(0, 1))
def test_jitter_is_full(attempt: int, drawn: float) -> None:
    assert pause(DEFAULT_POLICY, attempt, None, lambda: drawn) == drawn * pause(
        DEFAULT_POLICY, attempt, None, lambda: 1.0
    )


@given(asked=st.floats(0.001, 1e6), drawn=st.floats(0, 1))
def test_pause_is_never_shorter_than_what_the_provider_asked_for(asked: float, drawn: float) -> None:
    waited = pause(DEFAULT_POLICY, 1, asked, lambda: drawn)

    assert asked <= waited <= asked + DEFAULT_POLICY.base_seconds


def test_those_who_wait_for_the_same_instant_do_not_come_back_as_one() -> None:
    assert [pause(DEFAULT_POLICY, 1, 3.0, lambda: 0.0), pause(DEFAULT_POLICY, 1, 3.0, lambda: 1.0)] == [3.0, 3.5]


@pytest.mark.parametrize("useless", [None, 0.0, -3.0, math.nan, math.inf])
def test_a_useless_retry_after_is_no_word_of_the_provider(useless: float | None) -> None:
    assert (stated_wait(useless), pause(DEFAULT_POLICY, 1, useless, lambda: 1.0)) == (None, 0.5)


def test_lone_request_gets_its_retries_from_the_floor() -> None:
    budget = RetryBudget(DEFAULT_POLICY, Clock())
    budget.deposit()

    assert [budget.withdraw(), budget.withdraw()] == [True, True]


def test_retries_of_a_busy_provider_stay_near_a_tenth_of_its_calls() -> None:
    budget = RetryBudget(DEFAULT_POLICY, Clock())

    granted = 0
    for _ in range(1000):
        budget.deposit()
        granted += budget.withdraw()

    assert granted == pytest.approx(DEFAULT_POLICY.retry_floor + 1000 * DEFAULT_POLICY.retry_share, abs=2)


def test_empty_budget_recovers_with_time_when_nobody_calls() -> None:
    clock = Clock()
    budget = RetryBudget(RetryPolicy(retry_floor=1.0, retry_refill_per_second=0.2), clock)
    assert [budget.withdraw(), budget.withdraw()] == [True, False]

    clock.now += 5.0

    assert [budget.withdraw(), budget.withdraw()] == [True, False]


def test_budget_never_saves_more_than_its_floor() -> None:
    clock = Clock()
    budget = RetryBudget(RetryPolicy(retry_floor=2.0), clock)
    for _ in range(1000):
        budget.deposit()

    clock.now += 1e6

    assert [budget.withdraw() for _ in range(3)] == [True, True, False]
