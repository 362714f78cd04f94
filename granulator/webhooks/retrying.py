"""What follows from one try: delivered, tried again and when, or given up. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from granulator.store.outbox import State

FIRST_PAUSE_MS: Final = 5_000
LONGEST_PAUSE_MS: Final = 6 * 3_600_000
JITTER: Final = 0.2
GONE: Final = 410


@dataclass(frozen=True, slots=True)
class Answer:
    """How a try ended: the status that came, or why none did; ``error`` is for the log, without anything secret."""

    status: int | None
    error: str | None = None
    retry_after: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of the message; ``next_at`` is set while it is pending."""

    state: State
    next_at: int | None = None
    error: str | None = None


def decide(answer: Answer, *, number: int, tries: int, now: int, jitter: float) -> Decision:
    """Return what follows from try ``number`` of ``tries``, both counted from 1; ``jitter`` is random in 0..1."""
    if answer.status is not None and 200 <= answer.status < 300:
        return Decision(State.DELIVERED)
    error = answer.error or f"the receiver answered {answer.status}"
    if answer.status == GONE:
        return Decision(State.FAILED, error=f"{error}: it wants no more of this")
    if number >= tries:
        return Decision(State.FAILED, error=error)
    pause = max(pause_ms(number, jitter), _asked_pause_ms(answer.retry_after, now))
    return Decision(State.PENDING, now + min(pause, LONGEST_PAUSE_MS), error)


def pause_ms(number: int, jitter: float) -> int:
    """Return the pause after failed try ``number``: 5 s, 20 s, 80 s and so on up to six hours, a fifth up or down."""
    pause = FIRST_PAUSE_MS << 2 * min(max(number - 1, 0), 10)
    return min(round(pause * (1 - JITTER + 2 * JITTER * jitter)), LONGEST_PAUSE_MS)


def _asked_pause_ms(retry_after: str | None, now: int) -> int:
    """Read a Retry-After, seconds or a date; one that is neither asks for nothing."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdecimal():
        return int(text[:9]) * 1000
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return 0
    until = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return max(round((until - datetime.fromtimestamp(now / 1000, UTC)).total_seconds() * 1000), 0)
