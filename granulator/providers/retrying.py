"""How often and how soon a call is tried again: attempts, pauses and the budget for retries. No calls, no waiting."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """The bounds of the call loop; all times are seconds.

    ``attempts`` counts per target. ``reserve_seconds`` of every deadline stay free for what follows the last call.
    While a fallback is left, ``fallback_share`` of the time is kept for it. A timeout of less than
    ``fair_trial_seconds`` is the caller's haste and not held against the provider. A stream is given up when its first
    piece does not come within ``first_piece_seconds``, or the next one within ``idle_seconds``.
    """

    attempts: int = 3
    base_seconds: float = 0.5
    cap_seconds: float = 8.0
    attempt_cap_seconds: float = 300.0
    first_piece_seconds: float = 90.0
    idle_seconds: float = 30.0
    reserve_seconds: float = 0.25
    shortest_attempt_seconds: float = 0.25
    fallback_share: float = 1 / 3
    fair_trial_seconds: float = 30.0
    retry_share: float = 0.1
    retry_floor: float = 10.0
    retry_refill_per_second: float = 0.2


DEFAULT_POLICY = RetryPolicy()


def stated_wait(retry_after: float | None) -> float | None:
    """Return the seconds a provider asked to wait, None when it named no time or no usable one."""
    if retry_after is None or not math.isfinite(retry_after) or retry_after <= 0:
        return None
    return retry_after


def pause(policy: RetryPolicy, attempt: int, retry_after: float | None, jitter: Callable[[], float]) -> float:
    """Return the seconds to wait after ``attempt`` (counted from 1); ``jitter`` draws from 0..1.

    Without a word of the provider it is full jitter; else a little more than what the provider said, so that those who
    wait for the same instant do not come back as one.
    """
    if (stated := stated_wait(retry_after)) is not None:
        return stated + jitter() * policy.base_seconds
    longest: float = min(policy.cap_seconds, policy.base_seconds * 2.0 ** (attempt - 1))
    return jitter() * longest


class RetryBudget:
    """The retries one provider may still get, so that an outage is not answered with three times the calls.

    Every call adds a share of a retry and every second a little, so that a lone call can always be retried; what is
    saved never passes the floor it began with.
    """

    def __init__(self, policy: RetryPolicy, monotonic: Callable[[], float]) -> None:
        self._policy = policy
        self._monotonic = monotonic
        self._tokens = policy.retry_floor
        self._counted_at = monotonic()

    def deposit(self) -> None:
        """Count a call that was not a retry."""
        self._add(self._policy.retry_share)

    def withdraw(self) -> bool:
        """Take one retry and say whether there was one."""
        now = self._monotonic()
        self._add((now - self._counted_at) * self._policy.retry_refill_per_second)
        self._counted_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def _add(self, tokens: float) -> None:
        self._tokens = min(self._policy.retry_floor, self._tokens + tokens)
