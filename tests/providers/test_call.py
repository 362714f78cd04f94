"""The call loop: what is tried again, where else, for how long, what the caller is told and what the ledger saw."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from granulator import errors
from granulator.model import JsonObject, Usage
from granulator.providers.base import Kind, ModelProfile, ProviderFault, Stop, StreamEvent
from granulator.providers.call import Answer, Planned, Target
from granulator.providers.failures import RULES, one_line
from granulator.providers.lowering import lower
from granulator.providers.retrying import DEFAULT_POLICY, RetryPolicy
from tests.providers.scripted import FOREVER, PROFILE, Played, Step, World, fault, result

SCHEMA: JsonObject = {
    "type": "object",
    "properties": {"title": {"type": "string"}},
    "required": ["title"],
    "additionalProperties": False,
}

RETRIED = [kind for kind, rule in RULES.items() if rule.is_retried]
FALLS_BACK = [kind for kind, rule in RULES.items() if rule.falls_back and kind not in (Kind.CONTEXT, Kind.UNAVAILABLE)]
ENDS = [Kind.PARAM, Kind.SCHEMA, Kind.BAD_REQUEST, Kind.REFUSED]

Worlds = Callable[..., World]


@pytest.fixture
def worlds() -> Iterator[Worlds]:
    made: list[World] = []

    def make(scripts: dict[str, Sequence[Played]], **options: object) -> World:
        made.append(World(scripts, **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for world in made:
        world.close()


def told(world: World, *targets: str | Target, seconds: float = 120.0, **changes: object) -> errors.GranulatorError:
    """The error a call ends with."""
    with pytest.raises(errors.GranulatorError) as caught:
        world.call(world.request(*targets, seconds=seconds, **changes))
    return caught.value


# --- an answer ---


def test_call_returns_the_answer_between_its_two_rows(worlds: Worlds) -> None:
    world = worlds({"openai": [Step(result(), seconds=1.5)]})

    answer = world.call(world.request("openai", schema=SCHEMA, input_tokens=321, temperature=0.0, seed=7))

    assert answer == Answer(
        result=result(),
        target=Target("openai", "openai-model"),
        mode="strict",
        lowered=lower(SCHEMA, "openai"),
        dropped=(),
        is_fallback=False,
        attempt_id="1",
    )
    assert world.ledger.planned == [
        Planned("openai", "openai-model", 4_000, 321, mode="strict", dialect="openai", dropped=(), is_fallback=False)
    ]
    assert world.ledger.rows == [("started", "1"), ("settled", "1", "complete")]
    assert (world.ledger.outcomes, world.ledger.latencies) == ([result()], [1500])


@pytest.mark.parametrize("stop", [Stop.COMPLETE, Stop.TRUNCATED, Stop.TOOL])
def test_a_result_its_author_can_work_with_is_an_answer(worlds: Worlds, stop: Stop) -> None:
    world = worlds({"openai": [result(stop=stop)]})

    assert world.call(world.request("openai")).result.stop is stop


def test_pieces_reach_the_sink_only_when_streaming_is_wanted_and_possible(worlds: Worlds) -> None:
    world = worlds(
        {"openai": [Step(result(), pieces=("a", "b"))] * 2, "claude": [Step(result(), pieces=("c",))]},
        profiles={"claude": replace(PROFILE, supports_streaming=False)},
    )
    heard: list[StreamEvent] = []

    world.call(world.request("openai", streams=True), heard.append)
    world.call(world.request("openai"), heard.append)
    world.call(world.request("claude", streams=True), heard.append)

    assert heard == [StreamEvent("a"), StreamEvent("b")]


def test_call_without_targets_is_a_mistake_of_the_program(worlds: Worlds) -> None:
    world = worlds({})

    with pytest.raises(ValueError, match="needs a target"):
        world.call(world.request())


# --- the failure table ---


def test_every_kind_has_a_rule() -> None:
    assert set(RULES) == set(Kind)


@pytest.mark.parametrize("kind", RETRIED)
def test_passing_fault_is_tried_three_times_with_growing_pauses(worlds: Worlds, kind: Kind) -> None:
    world = worlds({"openai": [fault(kind, status=418)] * 3})

    error = told(world, "openai")

    assert (type(error), error.headers) == (errors.AiProviderError, {})
    assert error.details == {
        "context": "openai answered 418 on attempt 3 of 3",
        "provider": "openai",
        "model": "openai-model",
        "kind": kind.value,
        "retryable": True,
        "originalError": "it said no",
    }
    assert world.sleeps == [0.5, 1.0]
    assert world.ledger.rows == [
        row for number in ("1", "2", "3") for row in (("started", number), ("settled", number, kind.value))
    ]


@pytest.mark.parametrize("kind", RETRIED)
def test_passing_fault_is_over_when_the_next_attempt_answers(worlds: Worlds, kind: Kind) -> None:
    world = worlds({"openai": [fault(kind), fault(kind)]})

    answer = world.call(world.request("openai"))

    assert (answer.attempt_id, answer.is_fallback) == ("3", False)


@pytest.mark.parametrize("kind", [Kind.AUTH, Kind.QUOTA, Kind.PARAM, Kind.SCHEMA, Kind.BAD_REQUEST, Kind.MODEL])
def test_lasting_fault_is_not_tried_again(worlds: Worlds, kind: Kind) -> None:
    world = worlds({"openai": [fault(kind)]})

    error = told(world, "openai")

    assert error.details == {
        "context": f"openai failed ({kind.value}) on attempt 1 of 3",
        "provider": "openai",
        "model": "openai-model",
        "kind": kind.value,
        "retryable": False,
        "originalError": "it said no",
    }
    assert (type(error), world.sleeps) == (errors.AiProviderError, [])


@pytest.mark.parametrize(
    ("played", "said"),
    [
        (fault(Kind.REFUSED, "policy"), "policy"),
        (result("", Stop.REFUSED, refusal="I cannot\nhelp with that"), "I cannot help with that"),
        (result("", Stop.REFUSED, refusal="Not with Bearer sk-abcd1234."), "Not with Bearer ***"),
        (result("", Stop.FILTERED, raw_stop="content_filter"), "the answer was stopped (content_filter)"),
    ],
)
def test_refusal_has_an_error_of_its_own_and_no_second_try(worlds: Worlds, played: Played, said: str) -> None:
    world = worlds({"openai": [played], "claude": []})

    error = told(world, "openai", "claude")

    assert (type(error), error.details) == (
        errors.ContentRefused,
        {"provider": "openai", "model": "openai-model", "originalError": said},
    )
    assert (world.asked("openai"), world.asked("claude")) == (1, 0)


def test_result_that_was_refused_is_settled_as_the_result_it_is(worlds: Worlds) -> None:
    refused = result("", Stop.REFUSED, refusal="no")
    world = worlds({"openai": [refused]})

    told(world, "openai")

    assert world.ledger.outcomes == [refused]


@pytest.mark.parametrize("played", [fault(Kind.CONTEXT), result("half", Stop.CONTEXT_FULL)])
def test_full_context_tells_the_limit(worlds: Worlds, played: Played) -> None:
    world = worlds({"openai": [played]})

    error = told(world, "openai")

    assert (type(error), error.details) == (
        errors.ContextTooLong,
        {"provider": "openai", "model": "openai-model", "limit": 100_000},
    )


@pytest.mark.parametrize("stop", [Stop.CUT, Stop.UNKNOWN])
def test_answer_without_a_stop_signal_is_a_cut_and_tried_again(worlds: Worlds, stop: Stop) -> None:
    world = worlds({"openai": [result("half", stop, request_id="r1")]})

    world.call(world.request("openai"))

    assert world.ledger.outcomes == [
        ProviderFault(
            Kind.CUT,
            "the answer ended without a stop signal",
            request_id="r1",
            billed="yes",
            partial="half",
            usage=Usage(input_tokens=10, output_tokens=5),
        ),
        result(),
    ]


def test_cut_answer_whose_usage_is_only_estimated_may_be_billed(worlds: Worlds) -> None:
    cut = result("half", Stop.CUT, usage=Usage(10, 5, is_estimated=True))
    world = worlds({"openai": [cut] * 3})

    error = told(world, "openai")

    assert [outcome.billed for outcome in world.ledger.outcomes if isinstance(outcome, ProviderFault)] == ["maybe"] * 3
    assert error.details["kind"] == "cut"


@pytest.mark.parametrize(
    ("target", "expected", "details"),
    [
        (
            Target("openai", "gone", is_callers_choice=True),
            errors.ModelUnavailable,
            {"provider": "openai", "model": "gone"},
        ),
        (
            Target("openai", "gone"),
            errors.AiProviderError,
            {
                "context": "openai answered 404 on attempt 1 of 3",
                "provider": "openai",
                "model": "gone",
                "kind": "model",
                "retryable": False,
                "originalError": "it said no",
            },
        ),
    ],
)
def test_dead_model_is_the_callers_to_mend_only_where_the_caller_chose_it(
    worlds: Worlds, target: Target, expected: type[errors.GranulatorError], details: dict[str, object]
) -> None:
    world = worlds({"openai": [fault(Kind.MODEL, status=404)]})

    error = told(world, target)

    assert (type(error), error.details) == (expected, details)


def test_dead_model_of_a_fallback_is_never_blamed_on_the_caller(worlds: Worlds) -> None:
    world = worlds({"openai": [fault(Kind.AUTH)], "claude": [fault(Kind.MODEL)]})

    error = told(world, "openai", Target("claude", "gone", is_callers_choice=True))

    assert (type(error), error.details["kind"]) == (errors.AiProviderError, "model")


def test_what_a_provider_said_is_shown_as_one_short_line(worlds: Worlds) -> None:
    world = worlds({"openai": [fault(Kind.BAD_REQUEST, "a\r\n\tb\x00c " + "x" * 900)]})

    error = told(world, "openai")

    assert error.details["originalError"] == one_line("a b c " + "x" * 900)
    assert len(str(error.details["originalError"])) == 300


@pytest.mark.parametrize(("status", "told_as"), [(200, "failed (malformed)"), (502, "answered 502")])
def test_error_inside_a_200_is_not_called_an_answer_of_200(worlds: Worlds, status: int, told_as: str) -> None:
    world = worlds({"openai": [fault(Kind.MALFORMED, status=status)] * 3})

    assert told(world, "openai").details["context"] == f"openai {told_as} on attempt 3 of 3"


def test_cause_of_the_error_is_the_fault(worlds: Worlds) -> None:
    world = worlds({"openai": [fault(Kind.BAD_REQUEST)]})

    assert told(world, "openai").__cause__ == fault(Kind.BAD_REQUEST)


# --- Retry-After and the retry budget ---


def test_retry_after_that_fits_is_waited_for(worlds: Worlds) -> None:
    world = worlds({"openai": [fault(Kind.RATE_LIMITED, retry_after=20.0)]}, jitter=0.0)

    world.call(world.request("openai"))

    assert world.providers["openai"].times[1] - world.providers["openai"].times[0] == pytest.approx(20.0)


def test_retry_after_beyond_the_deadline_fails_at_once_and_never_sleeps(worlds: Worlds) -> None:
    world = worlds({"openai": [fault(Kind.RATE_LIMITED, "slow down", status=429, retry_after=299.2)]})

    error = told(world, "openai", seconds=120)

    assert (type(error), error.headers) == (errors.AiProviderError, {"Retry-After": "300"})
    assert error.details == {
        "context": "openai answered 429 on attempt 1 of 3",
        "provider": "openai",
        "model": "openai-model",
        "kind": "rate_limited",
        "retryable": True,
        "originalError": "slow down",
    }
    assert (world.sleeps, world.asked("openai")) == ([], 1)


def test_retry_after_beyond_the_deadline_goes_to_the_fallback_at_once(worlds: Worlds) -> None:
    world = worlds({"openai": [fault(Kind.RATE_LIMITED, retry_after=300)], "claude": []})

    answer = world.call(world.request("openai", "claude"))

    assert (answer.target.provider, answer.is_fallback, world.sleeps) == ("claude", True, [])


def test_calls_beside_a_rate_limited_one_wait_for_the_same_time(worlds: Worlds) -> None:
    world = worlds({"openai": [fault(Kind.RATE_LIMITED, retry_after=5.0)]}, jitter=0.0)

    async def parts() -> None:
        first = asyncio.create_task(world.caller.call(world.request("openai"), world.ledger))
        await asyncio.sleep(1.0)
        await asyncio.gather(first, world.caller.call(world.request("openai"), world.ledger))

    world.run(parts())

    begun = world.providers["openai"].times
    assert [at - begun[0] for at in begun] == pytest.approx([0.0, 5.0, 5.0])


def test_call_beside_a_rate_limited_one_does_not_wait_beyond_its_deadline(worlds: Worlds) -> None:
    world = worlds({"openai": [fault(Kind.RATE_LIMITED, retry_after=100.0)]})
    told(world, "openai", seconds=30)

    error = told(world, "openai", seconds=30)

    assert (error.details["kind"], error.details["retryable"], error.headers) == (
        "unavailable",
        True,
        {"Retry-After": "100"},
    )
    assert (world.sleeps, world.asked("openai")) == ([], 1)


def test_retries_stop_when_the_budget_of_the_provider_is_spent(worlds: Worlds) -> None:
    policy = RetryPolicy(retry_floor=3.0, retry_share=0.0, retry_refill_per_second=0.0)
    world = worlds({"openai": [fault(Kind.RATE_LIMITED)] * 30}, policy=policy)

    for _ in range(5):
        told(world, "openai")

    assert world.asked("openai") == 5 + 3


def test_retry_at_a_time_the_provider_named_takes_nothing_from_the_budget(worlds: Worlds) -> None:
    policy = RetryPolicy(retry_floor=0.0)
    world = worlds({"openai": [fault(Kind.OVERLOADED, retry_after=1.0)]}, policy=policy)

    assert world.call(world.request("openai")).attempt_id == "2"


def test_calls_earn_retries_for_the_budget(worlds: Worlds) -> None:
    policy = RetryPolicy(retry_floor=1.0, retry_share=0.5, retry_refill_per_second=0.0, attempts=2)
    world = worlds({"openai": [fault(Kind.RATE_LIMITED)] * 9}, policy=policy)

    asked = []
    for _ in range(4):
        told(world, "openai")
        asked.append(world.asked("openai"))

    assert asked == [2, 3, 5, 6]


def test_lasting_fault_carries_no_retry_after(worlds: Worlds) -> None:
    world = worlds({"openai": [fault(Kind.QUOTA, status=429, retry_after=60.0)]})

    assert told(world, "openai").headers == {}


def test_call_that_may_not_go_on_because_of_another_tells_its_own_fault(worlds: Worlds) -> None:
    world = worlds({"openai": [fault(Kind.UPSTREAM, status=502), fault(Kind.RATE_LIMITED, retry_after=500.0)]})

    async def parts() -> BaseException:
        first = asyncio.create_task(world.caller.call(world.request("openai"), world.ledger))
        await asyncio.sleep(0.1)
        ended = await asyncio.gather(
            first, world.caller.call(world.request("openai"), world.ledger), return_exceptions=True
        )
        assert isinstance(ended[0], BaseException)
        return ended[0]

    error = world.run(parts())

    assert isinstance(error, errors.AiProviderError)
    assert (error.details["context"], error.headers) == (
        "openai answered 502 on attempt 1 of 3",
        {"Retry-After": "500"},
    )


# --- the deadline ---


def test_hanging_provider_is_broken_off_at_the_deadline_less_the_reserve(worlds: Worlds) -> None:
    world = worlds({"openai": [Step(result(), seconds=FOREVER)]})
    began = world.loop.time()

    error = told(world, "openai", seconds=10, timeout_ms=10_000)

    assert (type(error), error.details) == (errors.RequestTimeout, {"timeout": 10_000, "stage": "generate"})
    assert world.loop.time() - began == pytest.approx(9.75)
    assert world.providers["openai"].broken_off == 1
    assert world.ledger.outcomes == [ProviderFault(Kind.TIMEOUT, "no whole answer within 9.8 s", billed="maybe")]


def test_timeout_that_nobody_named_is_not_invented(worlds: Worlds) -> None:
    world = worlds({"openai": [Step(result(), seconds=FOREVER)]})

    assert told(world, "openai", seconds=10).details == {"stage": "generate"}


def test_adapter_is_given_the_end_of_its_attempt(worlds: Worlds) -> None:
    world = worlds({"openai": []}, policy=RetryPolicy(attempt_cap_seconds=40.0))

    world.call(world.request("openai", seconds=120))
    world.call(world.request("openai", seconds=20))

    assert [deadline.at - 1000.0 for deadline in world.providers["openai"].deadlines] == [40.0, 19.75]


def test_attempt_that_hits_its_cap_is_tried_again_while_there_is_time(worlds: Worlds) -> None:
    world = worlds({"openai": [Step(result(), seconds=FOREVER)]}, policy=RetryPolicy(attempt_cap_seconds=40.0))

    answer = world.call(world.request("openai", seconds=120))

    assert (answer.attempt_id, world.providers["openai"].broken_off) == ("2", 1)


def test_a_key_that_is_refused_for_one_model_does_not_stop_the_others(worlds: Worlds) -> None:
    world = worlds({"openai": [fault(Kind.AUTH, status=403)]})
    told(world, "openai/closed-beta")

    answer = world.call(world.request("openai/large"))

    assert (answer.target.model, world.caller.retry_at("openai", "large")) == ("large", None)


def test_a_stream_that_falls_silent_is_given_up_and_tried_again(worlds: Worlds) -> None:
    world = worlds({"openai": [Step(result(), seconds=FOREVER, pieces=("{",))]}, policy=RetryPolicy(idle_seconds=30.0))

    answer = world.call(world.request("openai", seconds=120, streams=True))

    assert (answer.attempt_id, world.providers["openai"].broken_off, world.ledger.latencies[0]) == ("2", 1, 30_000)


def test_a_stream_that_never_begins_is_given_up_and_tried_again(worlds: Worlds) -> None:
    policy = RetryPolicy(first_piece_seconds=50.0, idle_seconds=30.0)
    world = worlds({"openai": [Step(result(), seconds=FOREVER)]}, policy=policy)

    world.call(world.request("openai", seconds=120, streams=True))

    assert world.ledger.latencies[0] == 50_000
    assert "fell silent" in str(world.ledger.outcomes[0])


def test_an_answer_in_one_piece_may_take_the_whole_time(worlds: Worlds) -> None:
    world = worlds({"openai": [Step(result(), seconds=110.0)]}, policy=RetryPolicy(first_piece_seconds=50.0))

    answer = world.call(world.request("openai", seconds=120))

    assert (answer.attempt_id, world.ledger.latencies) == ("1", [110_000])


def test_provider_timeout_with_time_left_is_an_error_of_the_provider(worlds: Worlds) -> None:
    world = worlds({"openai": [fault(Kind.TIMEOUT, status=408)] * 3})

    error = told(world, "openai")

    assert (type(error), error.details["kind"]) == (errors.AiProviderError, "timeout")


def test_call_whose_deadline_is_gone_asks_nobody(worlds: Worlds) -> None:
    world = worlds({"openai": [], "claude": []})

    error = told(world, "openai", "claude", seconds=0.3)

    assert (type(error), world.ledger.rows, world.asked("openai")) == (errors.RequestTimeout, [], 0)


def test_retry_that_cannot_fit_is_not_begun(worlds: Worlds) -> None:
    world = worlds({"openai": [Step(fault(Kind.UPSTREAM), seconds=9.2)]})

    error = told(world, "openai", seconds=10)

    assert (type(error), error.details["kind"]) == (errors.AiProviderError, "upstream")
    assert (world.asked("openai"), world.sleeps) == (1, [])


def test_fault_that_arrives_with_the_deadline_gone_is_a_timeout_of_the_request(worlds: Worlds) -> None:
    world = worlds({"openai": [Step(fault(Kind.UPSTREAM), seconds=9.7)]})
    world.ledger.settle_seconds = 1.0

    assert type(told(world, "openai", seconds=10)) is errors.RequestTimeout


def test_refusal_is_told_even_when_the_deadline_passed_meanwhile(worlds: Worlds) -> None:
    world = worlds({"openai": [Step(fault(Kind.REFUSED), seconds=9.7)]})
    world.ledger.settle_seconds = 1.0

    assert type(told(world, "openai", seconds=10)) is errors.ContentRefused


def test_row_that_takes_all_the_time_to_commit_is_settled_without_a_call(worlds: Worlds) -> None:
    world = worlds({"openai": []})
    world.ledger.start_seconds = 30.0

    error = told(world, "openai", seconds=10)

    assert (type(error), world.asked("openai")) == (errors.RequestTimeout, 0)
    assert world.ledger.outcomes == [ProviderFault(Kind.TIMEOUT, "no time was left to send the call", billed="no")]


# --- fallback ---


@pytest.mark.parametrize("kind", FALLS_BACK)
def test_fallback_answers_when_the_primary_cannot(worlds: Worlds, kind: Kind) -> None:
    world = worlds({"openai": [fault(kind)] * 3, "claude": []})

    answer = world.call(world.request("openai", "claude"))

    assert (answer.target, answer.is_fallback) == (Target("claude", "claude-model"), True)
    assert world.asked("openai") == (3 if RULES[kind].is_retried else 1)


@pytest.mark.parametrize("kind", ENDS)
def test_fallback_is_not_asked_about_what_is_the_same_everywhere(worlds: Worlds, kind: Kind) -> None:
    world = worlds({"openai": [fault(kind)], "claude": []})

    told(world, "openai", "claude")

    assert (world.asked("openai"), world.asked("claude")) == (1, 0)


def test_fallbacks_are_asked_in_order(worlds: Worlds) -> None:
    world = worlds({"openai": [fault(Kind.AUTH)], "claude": [fault(Kind.QUOTA)], "cloudflare": []})

    answer = world.call(world.request("openai", "claude", "cloudflare"))

    assert answer.target.provider == "cloudflare"
    assert [call.provider for call in world.ledger.planned] == ["openai", "claude", "cloudflare"]


def test_full_context_goes_only_to_a_larger_one(worlds: Worlds) -> None:
    world = worlds(
        {"openai": [fault(Kind.CONTEXT)], "same": [], "smaller": [], "larger": []},
        profiles={"smaller": replace(PROFILE, context=50_000), "larger": replace(PROFILE, context=400_000)},
    )

    answer = world.call(world.request("openai", "same", "smaller", "larger"))

    assert (answer.target.provider, world.asked("same"), world.asked("smaller")) == ("larger", 0, 0)


def test_full_context_without_a_larger_one_is_told_with_the_largest_limit(worlds: Worlds) -> None:
    world = worlds(
        {"openai": [fault(Kind.CONTEXT)], "larger": [fault(Kind.CONTEXT)], "smaller": []},
        profiles={"larger": replace(PROFILE, context=400_000)},
    )

    error = told(world, "openai", "larger", "smaller")

    assert (type(error), error.details["limit"]) == (errors.ContextTooLong, 400_000)


def test_prompt_far_beyond_the_context_is_not_sent(worlds: Worlds) -> None:
    world = worlds({"openai": [], "larger": []}, profiles={"larger": replace(PROFILE, context=400_000)})

    answer = world.call(world.request("openai", "larger", input_tokens=125_001))

    assert (answer.target.provider, world.asked("openai")) == ("larger", 0)


def test_prompt_that_may_just_fit_is_sent(worlds: Worlds) -> None:
    world = worlds({"openai": []})

    world.call(world.request("openai", input_tokens=125_000))

    assert world.asked("openai") == 1


def test_hanging_primary_leaves_time_for_its_fallback(worlds: Worlds) -> None:
    world = worlds({"openai": [Step(result(), seconds=FOREVER)], "claude": [Step(result(), seconds=30)]})

    answer = world.call(world.request("openai", "claude", seconds=120))

    assert (answer.target.provider, world.asked("openai")) == ("claude", 1)


def test_primary_is_asked_when_there_is_time_for_one_call_only(worlds: Worlds) -> None:
    world = worlds({"openai": [], "claude": []})

    answer = world.call(world.request("openai", "claude", seconds=0.55))

    assert (answer.target.provider, world.asked("claude")) == ("openai", 0)


def test_queueing_provider_is_to_refuse_only_while_a_fallback_is_left(worlds: Worlds) -> None:
    world = worlds({"openai": [fault(Kind.AUTH)], "claude": []})

    world.call(world.request("openai", "claude"))

    assert [world.providers[name].requests[0].fails_fast for name in ("openai", "claude")] == [True, False]


@pytest.mark.parametrize(
    ("primary", "fallback", "expected"),
    [
        (Kind.OVERLOADED, Kind.AUTH, ("openai", "overloaded")),
        (Kind.AUTH, Kind.OVERLOADED, ("claude", "overloaded")),
        (Kind.OVERLOADED, Kind.NETWORK, ("claude", "network")),
        (Kind.AUTH, Kind.MODEL, ("claude", "model")),
        (Kind.UPSTREAM, Kind.CONTEXT, ("openai", "upstream")),
        (Kind.UPSTREAM, Kind.BAD_REQUEST, ("openai", "upstream")),
        (Kind.AUTH, Kind.CONTEXT, ("openai", "auth")),
        (Kind.UPSTREAM, Kind.UNAVAILABLE, ("openai", "upstream")),
        (Kind.AUTH, Kind.UNAVAILABLE, ("claude", "unavailable")),
    ],
)
def test_of_several_failures_the_one_that_may_pass_is_told(
    worlds: Worlds, primary: Kind, fallback: Kind, expected: tuple[str, str]
) -> None:
    world = worlds({"openai": [fault(primary)] * 3, "claude": [fault(fallback)] * 3})

    details = told(world, "openai", "claude").details

    assert (details["provider"], details["kind"]) == expected


def test_refusal_of_a_fallback_is_told_as_the_answer_it_is(worlds: Worlds) -> None:
    world = worlds({"openai": [fault(Kind.UPSTREAM)] * 3, "claude": [fault(Kind.REFUSED)]})

    assert type(told(world, "openai", "claude")) is errors.ContentRefused


# --- breakers ---


def test_open_breaker_answers_for_the_provider_until_a_probe_succeeds(worlds: Worlds) -> None:
    world = worlds({"openai": [fault(Kind.UPSTREAM, status=503)] * 5})
    told(world, "openai")
    told(world, "openai")

    error = told(world, "openai")

    assert world.asked("openai") == 5
    assert world.caller.retry_at("openai", "openai-model") == pytest.approx(world.loop.time() + 30)
    assert (type(error), error.headers) == (errors.AiProviderError, {"Retry-After": "30"})
    assert error.details == {
        "context": "openai is not called for now",
        "provider": "openai",
        "model": "openai-model",
        "kind": "unavailable",
        "retryable": True,
        "originalError": "openai/openai-model is not called for another 30 s after failures",
    }
    world.wait(30)
    assert world.caller.retry_at("openai", "openai-model") is None
    assert world.call(world.request("openai")).attempt_id == "6"


def test_breaker_that_opens_during_a_call_ends_it_with_what_really_happened(worlds: Worlds) -> None:
    world = worlds({"openai": [fault(Kind.UPSTREAM, status=503)] * 5})
    told(world, "openai")

    error = told(world, "openai")

    assert (error.details["kind"], error.details["context"]) == ("upstream", "openai answered 503 on attempt 2 of 3")
    assert (error.headers, world.sleeps) == ({"Retry-After": "30"}, [0.5, 1.0, 0.5])


def test_open_breaker_sends_the_call_to_the_fallback(worlds: Worlds) -> None:
    world = worlds({"openai": [fault(Kind.UPSTREAM)] * 5, "claude": []})
    told(world, "openai")
    told(world, "openai")

    answer = world.call(world.request("openai", "claude"))

    assert (answer.target.provider, world.asked("openai")) == ("claude", 5)


def test_refused_key_leaves_every_model_of_the_provider_alone(worlds: Worlds, caplog: pytest.LogCaptureFixture) -> None:
    world = worlds({"openai": [fault(Kind.AUTH, status=401)]})
    with caplog.at_level(logging.ERROR):
        told(world, "openai/small")

    error = told(world, "openai/large")

    assert (error.details["kind"], error.headers) == ("unavailable", {"Retry-After": "300"})
    assert (world.asked("openai"), len(caplog.records)) == (1, 1)


def test_timeouts_of_callers_in_a_hurry_do_not_open_the_breaker(worlds: Worlds) -> None:
    world = worlds({"openai": [Step(result(), seconds=FOREVER)] * 6})

    for _ in range(6):
        told(world, "openai", seconds=5)

    assert (world.asked("openai"), world.caller.retry_at("openai", "openai-model")) == (6, None)


def test_timeouts_after_a_fair_trial_open_the_breaker(worlds: Worlds) -> None:
    world = worlds({"openai": [Step(result(), seconds=FOREVER)] * 6})

    for _ in range(5):
        told(world, "openai", seconds=40)

    assert world.caller.retry_at("openai", "openai-model") is not None


@pytest.mark.parametrize("kind", [Kind.BAD_REQUEST, Kind.REFUSED, Kind.CONTEXT, Kind.MODEL])
def test_fault_of_the_request_says_nothing_against_the_provider(worlds: Worlds, kind: Kind) -> None:
    world = worlds({"openai": [fault(kind)] * 20})

    for _ in range(20):
        told(world, "openai")

    assert (world.asked("openai"), world.caller.retry_at("openai", "openai-model")) == (20, None)


def test_probe_that_the_budget_forbids_does_not_block_the_next(worlds: Worlds) -> None:
    world = worlds({"openai": [fault(Kind.UPSTREAM)] * 5})
    told(world, "openai")
    told(world, "openai")
    world.wait(31)
    world.ledger.refusals = {6: errors.BudgetExceeded(reason="spent")}
    assert type(told(world, "openai")) is errors.BudgetExceeded
    world.ledger.refusals = {}

    assert world.call(world.request("openai")).attempt_id == "6"


# --- self-healing ---


@pytest.mark.parametrize("parameter", ["temperature", "seed"])
def test_refused_parameter_is_dropped_named_and_remembered(worlds: Worlds, parameter: str) -> None:
    world = worlds({"openai": [fault(Kind.PARAM, parameter=parameter)]})
    wanted = world.request("openai", temperature=0.7, seed=3)

    answers = [world.call(wanted), world.call(wanted)]

    sent = [getattr(request, parameter) for request in world.providers["openai"].requests]
    assert sent == [getattr(wanted, parameter), None, None]
    assert [answer.dropped for answer in answers] == [(parameter,), (parameter,)]
    assert world.sleeps == []


def test_lesson_is_for_one_model_only(worlds: Worlds) -> None:
    world = worlds({"openai": [fault(Kind.PARAM, parameter="temperature")]})
    world.call(world.request("openai/small", temperature=0.7))

    answer = world.call(world.request("openai/large", temperature=0.7))

    assert answer.dropped == ()


def test_several_parameters_are_dropped_one_by_one_without_costing_attempts(worlds: Worlds) -> None:
    script = [
        fault(Kind.PARAM, parameter="temperature"),
        fault(Kind.PARAM, parameter="seed"),
        fault(Kind.SCHEMA),
        *[fault(Kind.UPSTREAM)] * 2,
    ]
    world = worlds({"openai": script})

    answer = world.call(world.request("openai", schema=SCHEMA, temperature=0.7, seed=3))

    assert (answer.dropped, answer.mode, answer.attempt_id) == (("temperature", "seed"), "tool", "6")


@pytest.mark.parametrize("parameter", ["temperature", "system", "top_p", None])
def test_parameter_that_was_not_sent_cannot_be_dropped(worlds: Worlds, parameter: str | None) -> None:
    world = worlds({"openai": [fault(Kind.PARAM, parameter=parameter)]})

    error = told(world, "openai")

    assert (error.details["kind"], world.asked("openai")) == ("param", 1)


def test_parameter_that_is_refused_again_after_it_was_dropped_ends_the_call(worlds: Worlds) -> None:
    world = worlds({"openai": [fault(Kind.PARAM, parameter="temperature")] * 9})

    told(world, "openai", temperature=0.7)

    assert world.asked("openai") == 2


def test_parts_that_meet_the_same_refusal_together_all_heal(worlds: Worlds) -> None:
    refusal = Step(fault(Kind.PARAM, parameter="temperature"), seconds=1.0)
    world = worlds({"openai": [refusal] * 8})

    async def parts() -> list[Answer]:
        wanted = world.request("openai", temperature=0.7)
        return await asyncio.gather(*(world.caller.call(wanted, world.ledger) for _ in range(8)))

    assert [answer.dropped for answer in world.run(parts())] == [("temperature",)] * 8


def test_refused_schema_goes_down_the_ladder_and_stays_there(worlds: Worlds) -> None:
    world = worlds({"openai": [fault(Kind.SCHEMA)] * 3})
    wanted = world.request("openai", schema=SCHEMA)

    answers = [world.call(wanted), world.call(wanted)]

    modes = [request.mode for request in world.providers["openai"].requests]
    assert modes == ["strict", "tool", "json", "prompt", "prompt"]
    assert [answer.lowered for answer in answers] == [lower(SCHEMA, "none")] * 2


def test_schema_refused_on_the_lowest_rung_is_an_error_of_the_provider(worlds: Worlds) -> None:
    world = worlds({"openai": [fault(Kind.SCHEMA)] * 4})

    error = told(world, "openai", schema=SCHEMA)

    assert (type(error), error.details["kind"], world.asked("openai")) == (errors.AiProviderError, "schema", 4)


@pytest.mark.parametrize("rung", ["json", "prompt"])
def test_schema_is_written_into_the_prompt_where_the_model_takes_none(worlds: Worlds, rung: str) -> None:
    world = worlds({"openai": []}, profiles={"openai": replace(PROFILE, structured=rung)})

    answer = world.call(world.request("openai", schema=SCHEMA))

    sent = world.providers["openai"].requests[0]
    assert (sent.mode, sent.schema, answer.mode) == (rung, None, rung)
    lines = sent.system.splitlines()
    assert lines[0] == "You write courses."
    assert lines[lines.index("JSON Schema:") + 1].startswith('{"type":"object"')


def test_strict_schema_is_sent_lowered_and_not_in_words(worlds: Worlds) -> None:
    world = worlds({"openai": []})

    world.call(world.request("openai", schema=SCHEMA, schema_name="part"))

    sent = world.providers["openai"].requests[0]
    assert (sent.schema, sent.schema_name, sent.system) == (
        lower(SCHEMA, "openai").schema,
        "part",
        "You write courses.",
    )


def test_schema_beyond_the_dialect_is_asked_for_as_plain_json(worlds: Worlds) -> None:
    huge: JsonObject = {
        "type": "object",
        "properties": {f"field{number}": {"type": "string"} for number in range(6_000)},
    }
    world = worlds({"openai": []})

    assert world.call(world.request("openai", schema=huge)).mode == "json"


@pytest.mark.parametrize(
    ("profile", "temperature", "dropped"),
    [
        (replace(PROFILE, temperature="never"), None, ("temperature",)),
        (replace(PROFILE, temperature="effort_none", effort="none"), 0.7, ()),
        (replace(PROFILE, temperature="effort_none", effort="low"), None, ("temperature",)),
        (replace(PROFILE, temperature="effort_none"), None, ("temperature",)),
    ],
)
def test_temperature_is_sent_only_where_the_profile_takes_it(
    worlds: Worlds, profile: ModelProfile, temperature: float | None, dropped: tuple[str, ...]
) -> None:
    world = worlds({"openai": []}, profiles={"openai": profile})

    answer = world.call(world.request("openai", temperature=0.7))

    sent = world.providers["openai"].requests[0]
    assert (sent.temperature, sent.effort, answer.dropped) == (temperature, profile.effort, dropped)


def test_temperature_goes_with_the_effort_it_hangs_on(worlds: Worlds) -> None:
    profile = replace(PROFILE, temperature="effort_none", effort="none")
    world = worlds({"openai": [fault(Kind.PARAM, parameter="effort")]}, profiles={"openai": profile})

    answer = world.call(world.request("openai", temperature=0.7))

    sent = world.providers["openai"].requests[1]
    assert (sent.effort, sent.temperature, answer.dropped) == (None, None, ("temperature",))


def test_seed_is_not_sent_to_a_model_without_seeds(worlds: Worlds) -> None:
    world = worlds({"openai": []}, profiles={"openai": replace(PROFILE, supports_seed=False)})

    answer = world.call(world.request("openai", seed=3))

    assert (world.providers["openai"].requests[0].seed, answer.dropped) == (None, ("seed",))


@pytest.mark.parametrize(
    ("wished", "prompt", "sent", "dropped"),
    [
        (8_000, 0, 8_000, ()),
        (8_001, 0, 8_000, ("maxTokens",)),
        (4_000, 97_000, 3_000, ("maxTokens",)),
        (4_000, 110_000, 256, ("maxTokens",)),
        (100, 110_000, 100, ()),
    ],
)
def test_output_limit_is_lowered_to_what_the_model_and_its_context_hold(
    worlds: Worlds, wished: int, prompt: int, sent: int, dropped: tuple[str, ...]
) -> None:
    world = worlds({"openai": []})

    answer = world.call(world.request("openai", max_output_tokens=wished, input_tokens=prompt))

    request = world.providers["openai"].requests[0]
    assert (request.max_output_tokens, answer.dropped) == (sent, dropped)
    assert world.ledger.planned[0].max_output_tokens == sent


def test_refused_output_limit_is_sent_under_its_other_name(worlds: Worlds) -> None:
    world = worlds({"openai": [fault(Kind.PARAM, parameter="max_output_tokens")] * 2})

    told(world, "openai")

    assert [request.profile.token_param for request in world.providers["openai"].requests] == [
        "max_tokens",
        "max_completion_tokens",
    ]


def test_output_limit_that_the_provider_named_is_kept_and_told(worlds: Worlds) -> None:
    refusal = fault(Kind.PARAM, parameter="max_output_tokens", facts={"limit": 1_000})
    world = worlds({"openai": [refusal]})

    answers = [world.call(world.request("openai")), world.call(world.request("openai"))]

    assert [request.max_output_tokens for request in world.providers["openai"].requests] == [4_000, 1_000, 1_000]
    assert [answer.dropped for answer in answers] == [("maxTokens",)] * 2


def test_healing_ends_with_the_deadline(worlds: Worlds) -> None:
    world = worlds({"openai": [Step(fault(Kind.PARAM, parameter="temperature"), seconds=9.6)]})

    error = told(world, "openai", seconds=10, temperature=0.7)

    assert (type(error), world.asked("openai")) == (errors.RequestTimeout, 1)


# --- the ledger, whatever happens ---


def test_call_that_the_ledger_forbids_is_not_made(worlds: Worlds) -> None:
    world = worlds({"openai": [fault(Kind.UPSTREAM)], "claude": []})
    forbidden = errors.BudgetExceeded(reason="spent")
    world.ledger.refusals = {2: forbidden}

    error = told(world, "openai", "claude")

    assert error is forbidden
    assert (world.asked("openai"), world.asked("claude")) == (1, 0)
    assert world.ledger.rows == [("started", "1"), ("settled", "1", "upstream")]


def test_cancelled_call_closes_the_wire_settles_its_row_and_goes_on_cancelled(worlds: Worlds) -> None:
    world = worlds({"openai": [Step(result(), seconds=FOREVER)]})
    world.ledger.settle_seconds = 1.0

    async def cancel_twice() -> None:
        calling = asyncio.create_task(world.caller.call(world.request("openai"), world.ledger))
        await asyncio.sleep(2.0)
        calling.cancel()
        await asyncio.sleep(0.5)
        calling.cancel()
        await calling

    with pytest.raises(asyncio.CancelledError):
        world.run(cancel_twice())

    assert world.ledger.rows == [("started", "1"), ("settled", "1", "network")]
    assert world.ledger.outcomes == [
        ProviderFault(Kind.NETWORK, "the call was broken off before it ended", billed="maybe")
    ]
    assert (world.ledger.latencies, world.providers["openai"].broken_off) == ([2000], 1)


def test_call_cancelled_by_a_deadline_around_it_is_settled_as_a_timeout(worlds: Worlds) -> None:
    world = worlds({"openai": [Step(result(), seconds=FOREVER)]}, policy=RetryPolicy(reserve_seconds=0.0))

    async def guarded() -> None:
        wanted = world.request("openai", seconds=10)
        async with asyncio.timeout(10.0):
            await world.caller.call(wanted, world.ledger)

    with pytest.raises((TimeoutError, errors.RequestTimeout)):
        world.run(guarded())

    assert world.ledger.rows == [("started", "1"), ("settled", "1", "timeout")]


def test_call_cancelled_while_its_row_is_committed_is_settled_as_never_sent(worlds: Worlds) -> None:
    world = worlds({"openai": []})
    world.ledger.start_seconds = 5.0

    async def cancel_early() -> None:
        calling = asyncio.create_task(world.caller.call(world.request("openai"), world.ledger))
        await asyncio.sleep(1.0)
        calling.cancel()
        await calling

    with pytest.raises(asyncio.CancelledError):
        world.run(cancel_early())

    assert world.asked("openai") == 0
    assert world.ledger.outcomes == [
        ProviderFault(Kind.NETWORK, "the call was cancelled before it was sent", billed="no")
    ]


def test_call_cancelled_while_its_row_is_refused_has_nothing_to_settle(worlds: Worlds) -> None:
    world = worlds({"openai": []})
    world.ledger.start_seconds = 5.0
    world.ledger.refusals = {1: errors.BudgetExceeded(reason="spent")}

    async def cancel_early() -> None:
        calling = asyncio.create_task(world.caller.call(world.request("openai"), world.ledger))
        await asyncio.sleep(1.0)
        calling.cancel()
        await calling

    with pytest.raises(asyncio.CancelledError):
        world.run(cancel_early())

    assert world.ledger.rows == []


def test_call_cancelled_while_it_is_settled_is_settled_once(worlds: Worlds) -> None:
    world = worlds({"openai": []})
    world.ledger.settle_seconds = 5.0

    async def cancel_late() -> None:
        calling = asyncio.create_task(world.caller.call(world.request("openai"), world.ledger))
        await asyncio.sleep(1.0)
        calling.cancel()
        await calling

    with pytest.raises(asyncio.CancelledError):
        world.run(cancel_late())

    assert world.ledger.rows == [("started", "1"), ("settled", "1", "complete")]


def test_cancellation_goes_on_when_the_row_cannot_be_settled(worlds: Worlds, caplog: pytest.LogCaptureFixture) -> None:
    world = worlds({"openai": [Step(result(), seconds=FOREVER)]})
    world.ledger.settle_error = errors.DatabaseError()

    async def cancel() -> None:
        calling = asyncio.create_task(world.caller.call(world.request("openai"), world.ledger))
        await asyncio.sleep(1.0)
        calling.cancel()
        await calling

    with pytest.raises(asyncio.CancelledError):
        world.run(cancel())

    assert [record.getMessage() for record in caplog.records] == ["an interrupted call could not be settled"]


def test_answer_whose_row_cannot_be_settled_is_not_given_out(worlds: Worlds) -> None:
    world = worlds({"openai": []})
    world.ledger.settle_error = errors.DatabaseError()

    assert type(told(world, "openai")) is errors.DatabaseError


def test_mistake_in_an_adapter_goes_up_after_its_row_is_settled(worlds: Worlds) -> None:
    world = worlds({"openai": [KeyError("choices")], "claude": []})

    with pytest.raises(KeyError):
        world.call(world.request("openai", "claude"))

    assert world.ledger.rows == [("started", "1"), ("settled", "1", "network")]


def test_timeout_that_an_adapter_let_through_is_not_taken_for_ours(worlds: Worlds) -> None:
    world = worlds({"openai": [TimeoutError()]})

    with pytest.raises(TimeoutError):
        world.call(world.request("openai"))

    assert world.ledger.rows == [("started", "1"), ("settled", "1", "network")]


# --- for any script ---


def is_unsent(outcome: ProviderFault) -> bool:
    return outcome.billed == "no" and "sent" in outcome.message


PARAMETERS = [None, "temperature", "seed", "effort", "max_output_tokens"]
FAULTS = st.builds(
    lambda kind, wait, parameter: fault(kind, retry_after=wait, parameter=parameter),
    st.sampled_from(list(Kind)),
    st.none() | st.floats(0, 400),
    st.sampled_from(PARAMETERS),
)
STEPS = st.builds(
    Step,
    FAULTS | st.builds(lambda stop: result(stop=stop), st.sampled_from(list(Stop))),
    st.sampled_from([0.0, 0.1, 1.0, 7.0, 45.0, FOREVER]),
)
HEALS = 7
"""Three parameters, two ways with the output limit, at most three rungs less the one begun on: more steps are none."""


@settings(max_examples=150, deadline=None)
@given(
    primary=st.lists(STEPS, max_size=14),
    fallback=st.lists(STEPS, max_size=14),
    seconds=st.floats(0.1, 200),
    jitter=st.floats(0, 1),
    cancelled_after=st.none() | st.floats(0, 100),
    parts=st.integers(1, 3),
)
def test_whatever_happens_rows_pair_up_and_nothing_outlives_the_deadline(
    primary: list[Step], fallback: list[Step], seconds: float, jitter: float, cancelled_after: float | None, parts: int
) -> None:
    world = World({"openai": primary, "claude": fallback}, jitter=jitter)
    end = world.loop.time() + seconds
    wanted = world.request("openai", "claude", seconds=seconds, schema=SCHEMA, temperature=0.5, seed=1)

    async def play() -> list[Answer | BaseException]:
        calls = [asyncio.create_task(world.caller.call(wanted, world.ledger)) for _ in range(parts)]
        if cancelled_after is not None:
            asyncio.get_running_loop().call_later(cancelled_after, lambda: [call.cancel() for call in calls])
        return await asyncio.gather(*calls, return_exceptions=True)

    try:
        ended = world.run(play())
        now = world.loop.time()
    finally:
        world.close()

    started = [row[1] for row in world.ledger.rows if row[0] == "started"]
    settled = [row[1] for row in world.ledger.rows if row[0] == "settled"]
    assert sorted(started) == sorted(settled)
    unsent = [outcome for outcome in world.ledger.outcomes if isinstance(outcome, ProviderFault) and is_unsent(outcome)]
    assert len(started) == len(set(started)) == world.asked("openai") + world.asked("claude") + len(unsent)
    assert max(world.asked("openai"), world.asked("claude")) <= parts * (DEFAULT_POLICY.attempts + HEALS)
    assert now <= end
    begun = [*world.providers["openai"].times, *world.providers["claude"].times]
    assert all(at <= end - DEFAULT_POLICY.reserve_seconds - DEFAULT_POLICY.shortest_attempt_seconds for at in begun)
    told_as = (Answer, errors.JobError, errors.ModelUnavailable, asyncio.CancelledError)
    assert [type(one) for one in ended if not isinstance(one, told_as)] == []
    for one in ended:
        if isinstance(one, Answer):
            assert one.result.stop in (Stop.COMPLETE, Stop.TRUNCATED, Stop.TOOL)
