"""The life of a breaker: closed, open, half open; cooling and pausing."""

from __future__ import annotations

import logging

import pytest

from granulator.providers.breaker import DEFAULT_BREAKERS, Blocked, BreakerPolicy, Breakers, Permit, Recent, Verdict


class Clock:
    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breakers(clock: Clock) -> Breakers:
    return Breakers(clock)


def permit(breakers: Breakers, name: str = "openai/small") -> Permit:
    provider, _, model = name.partition("/")
    entered = breakers.enter(provider, model)
    assert isinstance(entered, Permit)
    return entered


def end(breakers: Breakers, *verdicts: Verdict, name: str = "openai/small", retry_after: float | None = None) -> None:
    for verdict in verdicts:
        with permit(breakers, name) as held:
            held.record(verdict, retry_after)


def test_breaker_opens_for_half_a_minute_after_five_failures_in_a_row(breakers: Breakers, clock: Clock) -> None:
    end(breakers, *["failed"] * 4)
    still_closed = permit(breakers)

    still_closed.record("failed")

    assert breakers.enter("openai", "small") == Blocked(80.0)
    assert (breakers.blocked_until("openai", "small"), breakers.blocked_until("openai", "large")) == (80.0, None)
    clock.now = 80.0
    assert breakers.blocked_until("openai", "small") is None


def test_breaker_tells_for_how_long_it_is_shut_without_letting_anyone_through(breakers: Breakers, clock: Clock) -> None:
    assert breakers.shut_for("openai", "small") is None
    end(breakers, *["failed"] * 5)
    clock.now = 60.0

    assert (breakers.shut_for("openai", "small"), breakers.shut_for("openai", "large")) == (20.0, None)
    clock.now = 80.0
    assert breakers.shut_for("openai", "small") is None
    permit(breakers)


def test_a_success_breaks_the_row(breakers: Breakers) -> None:
    end(breakers, *["failed"] * 4, "answered", *["failed"] * 4)

    permit(breakers)


def test_breaker_opens_when_more_than_half_of_ten_calls_failed(breakers: Breakers) -> None:
    end(breakers, *["answered", "failed"] * 5)
    permit(breakers)

    end(breakers, "failed")

    assert breakers.enter("openai", "small") == Blocked(80.0)


def test_nine_calls_are_too_few_to_judge_by_their_share(breakers: Breakers) -> None:
    end(breakers, "answered", "failed", "failed", "failed", "answered", "failed", "failed", "failed", "failed")

    permit(breakers)


def test_failures_older_than_the_window_do_not_count(breakers: Breakers, clock: Clock) -> None:
    end(breakers, *["failed", "answered"] * 5)
    clock.now += 30.0

    end(breakers, "failed")

    permit(breakers)


def test_one_probe_at_a_time_is_let_through_when_the_breaker_is_half_open(breakers: Breakers, clock: Clock) -> None:
    end(breakers, *["failed"] * 5)
    clock.now = 81.0

    with permit(breakers) as probe:
        meanwhile = breakers.enter("openai", "small")
        probe.record("answered")

    assert meanwhile == Blocked(86.0)
    first, second = permit(breakers), permit(breakers)
    assert first is not second


def test_breaker_that_closed_again_begins_with_a_clean_slate(clock: Clock) -> None:
    breakers = Breakers(clock, BreakerPolicy(open_seconds=5.0))
    end(breakers, *["answered", "failed"] * 5, "failed")
    clock.now += 5.0

    end(breakers, "answered", "failed")

    permit(breakers)


def test_failed_probe_opens_the_breaker_again_at_once(breakers: Breakers, clock: Clock) -> None:
    end(breakers, *["failed"] * 5)
    clock.now = 81.0

    end(breakers, "failed")

    assert breakers.enter("openai", "small") == Blocked(111.0)


def test_probe_that_ends_without_a_verdict_makes_way_for_another(breakers: Breakers, clock: Clock) -> None:
    end(breakers, *["failed"] * 5)
    clock.now = 81.0

    with pytest.raises(RuntimeError), permit(breakers):
        raise RuntimeError("cancelled")

    end(breakers, "failed")
    assert breakers.enter("openai", "small") == Blocked(111.0)


@pytest.mark.parametrize("late", ["answered", "failed"])
def test_calls_from_before_the_opening_neither_close_nor_prolong_it(
    breakers: Breakers, clock: Clock, late: Verdict
) -> None:
    early = [permit(breakers) for _ in range(5)]
    end(breakers, *["failed"] * 5)
    clock.now = 60.0

    for held in early:
        held.record(late)

    assert breakers.enter("openai", "small") == Blocked(80.0)


def test_models_of_a_provider_have_breakers_of_their_own(breakers: Breakers) -> None:
    end(breakers, *["failed"] * 5)

    permit(breakers, "openai/large")


def test_rate_limit_cools_one_model_until_the_time_it_named(breakers: Breakers, clock: Clock) -> None:
    end(breakers, "cools", retry_after=7.0)
    end_of_larger = breakers.enter("openai", "large")

    assert breakers.enter("openai", "small") == Blocked(57.0, is_cooling=True)
    assert isinstance(end_of_larger, Permit)
    clock.now = 57.0
    permit(breakers)


def test_shorter_retry_after_does_not_cut_a_longer_one(breakers: Breakers) -> None:
    first, second = permit(breakers), permit(breakers)
    first.record("cools", 7.0)

    second.record("cools", 2.0)

    assert breakers.enter("openai", "small") == Blocked(57.0, is_cooling=True)


def test_absurd_retry_after_cools_for_an_hour_at_most(breakers: Breakers) -> None:
    end(breakers, "cools", retry_after=1e12)

    assert breakers.enter("openai", "small") == Blocked(3650.0, is_cooling=True)


def test_rate_limit_without_a_time_never_blocks(breakers: Breakers) -> None:
    end(breakers, *["cools"] * 50)

    permit(breakers)


def test_refused_key_pauses_every_model_of_the_provider_and_alerts_once(
    breakers: Breakers, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    together = [permit(breakers), permit(breakers, "openai/large")]
    with caplog.at_level(logging.ERROR):
        for held in together:
            held.record("pauses")

    assert [record.getMessage() for record in caplog.records] == [
        "provider refuses our key or account: it is not called for now"
    ]
    assert breakers.enter("openai", "another") == Blocked(350.0)
    assert breakers.shut_for("openai", "another") == 300.0
    permit(breakers, "claude/small")
    clock.now = 350.0
    permit(breakers, "openai/another")


def test_memory_stays_bounded_whatever_models_are_named(clock: Clock) -> None:
    breakers = Breakers(clock, BreakerPolicy(kept_models=3))
    end(breakers, *["failed"] * 5)

    for number in range(100):
        end(breakers, "failed", name=f"openai/model-{number}")

    assert breakers.blocked_until("openai", "small") is None
    assert DEFAULT_BREAKERS.kept_models == 512


def test_recent_map_forgets_what_was_used_longest_ago() -> None:
    recent: Recent[str, list[str]] = Recent(2, list)
    recent["a"].append("first")
    recent["b"].append("second")
    recent["a"].append("again")

    recent["c"].append("third")

    assert (recent.items(), len(recent)) == ([("a", ["first", "again"]), ("c", ["third"])], 2)
