"""What follows from one try: when the next one is, and when there is none."""

from __future__ import annotations

import pytest

from granulator.store.outbox import State
from granulator.webhooks.retrying import LONGEST_PAUSE_MS, Answer, Decision, decide, pause_ms

NOW = 1_800_000_000_000
"""Fri, 15 Jan 2027 08:00:00 GMT"""


def after(answer: Answer, *, number: int = 1, tries: int = 4, jitter: float = 0.5) -> Decision:
    return decide(answer, number=number, tries=tries, now=NOW, jitter=jitter)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_2xx_is_a_delivery(status: int) -> None:
    assert after(Answer(status)) == Decision(State.DELIVERED)


@pytest.mark.parametrize("status", [100, 199, 300, 301, 302, 307, 400, 401, 404, 429, 500, 503, 999])
def test_every_other_status_is_tried_again(status: int) -> None:
    assert after(Answer(status)) == Decision(State.PENDING, NOW + 5_000, f"the receiver answered {status}")


def test_no_answer_is_tried_again_and_says_why() -> None:
    assert after(Answer(None, "the connection broke")) == Decision(State.PENDING, NOW + 5_000, "the connection broke")


def test_410_ends_it_at_once() -> None:
    assert after(Answer(410)) == Decision(State.FAILED, error="the receiver answered 410: it wants no more of this")


@pytest.mark.parametrize(("number", "tries"), [(4, 4), (5, 4), (1, 1)])
def test_after_the_last_try_it_is_given_up(number: int, tries: int) -> None:
    assert after(Answer(500), number=number, tries=tries) == Decision(State.FAILED, error="the receiver answered 500")


@pytest.mark.parametrize(
    ("number", "pause"),
    [(1, 5_000), (2, 20_000), (3, 80_000), (4, 320_000), (7, 20_480_000), (8, 21_600_000), (11, 21_600_000)],
)
def test_each_pause_is_four_times_the_one_before_up_to_six_hours(number: int, pause: int) -> None:
    assert pause_ms(number, 0.5) == pause


def test_the_jitter_is_a_fifth_up_or_down_and_never_beyond_six_hours() -> None:
    assert [pause_ms(1, jitter) for jitter in (0.0, 0.25, 1.0)] == [4_000, 4_500, 6_000]
    assert pause_ms(8, 1.0) == LONGEST_PAUSE_MS


@pytest.mark.parametrize(
    ("retry_after", "pause"),
    [
        ("60", 60_000),
        (" 60 ", 60_000),
        ("0", 5_000),
        ("4", 5_000),
        ("99999999999999999999", LONGEST_PAUSE_MS),
        ("Fri, 15 Jan 2027 08:01:00 GMT", 60_000),
        ("Fri, 15 Jan 2027 08:01:00", 60_000),
        ("Fri, 15 Jan 2027 07:00:00 GMT", 5_000),
        ("Fri, 15 Jan 2100 07:00:00 GMT", LONGEST_PAUSE_MS),
        ("Fri, 99 Jan 2027 07:00:00 GMT", 5_000),
        ("-60", 5_000),
        ("1.5", 5_000),
        ("٦٠", 5_000),
        ("soon", 5_000),
        ("", 5_000),
        (None, 5_000),
    ],
)
def test_a_receiver_may_ask_for_a_longer_pause(retry_after: str | None, pause: int) -> None:
    assert after(Answer(503, retry_after=retry_after)).next_at == NOW + pause
