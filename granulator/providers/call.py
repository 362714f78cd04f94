"""The one call loop: deadline, retries, breakers, fallback and self-healing around one wire call. Knows no vendor."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from granulator import errors
from granulator.providers import failures
from granulator.providers.attempt import Attempt, Planned, Recorder, Wire
from granulator.providers.base import (
    Deadline,
    EventSink,
    GenRequest,
    GenResult,
    Kind,
    Mode,
    ModelProfile,
    Provider,
    ProviderFault,
    StreamEvent,
)
from granulator.providers.breaker import (
    DEFAULT_BREAKERS,
    Blocked,
    BreakerPolicy,
    Breakers,
    Permit,
    Recent,
    Verdict,
)
from granulator.providers.failures import RULES, Failure
from granulator.providers.lowering import Lowered
from granulator.providers.retrying import DEFAULT_POLICY, RetryBudget, RetryPolicy, pause, stated_wait
from granulator.providers.shaping import CallRequest, Lesson, Shape, Target, learn, shape

__all__ = ["Answer", "CallRequest", "Caller", "Models", "Planned", "Recorder", "Target"]

log = logging.getLogger(__name__)

KEPT_LESSONS = 512
CONTEXT_MARGIN = 1.25
"""A prompt is not sent where its estimate passes the context this many times: some servers cut it silently."""

CLOCK_SLACK_SECONDS = 0.05
"""A timeout this close to the end of its allowance was caused by it, whoever noticed first."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole or a truncated answer. ``lowered.restore`` lifts its object back to the published schema.

    ``dropped`` are the wire names of what the caller asked for and the model did not take.
    """

    result: GenResult
    target: Target
    mode: Mode
    lowered: Lowered | None
    dropped: tuple[str, ...]
    is_fallback: bool
    attempt_id: str


class Models(Protocol):
    """Where the profiles of models are."""

    def profile(self, provider: str, model: str) -> ModelProfile:
        """Return what is known of a model."""
        ...


@dataclass(frozen=True, slots=True)
class _Try:
    """One target of one call."""

    call: CallRequest
    target: Target
    profile: ModelProfile
    wire: Wire
    is_primary: bool
    is_last: bool


class Caller:
    """Makes calls for one process and remembers what they taught: breakers, retry budgets, refused parameters."""

    def __init__(
        self,
        open_provider: Callable[[str], Provider],
        models: Models,
        *,
        policy: RetryPolicy = DEFAULT_POLICY,
        breakers: BreakerPolicy = DEFAULT_BREAKERS,
        jitter: Callable[[], float] = random.random,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open_provider = open_provider
        self._models = models
        self._policy = policy
        self._jitter = jitter
        self._sleep = sleep
        self._monotonic = monotonic
        self._breakers = Breakers(monotonic, breakers)
        self._budgets: dict[str, RetryBudget] = {}  # one per configured provider
        self._lessons: Recent[tuple[str, str], Lesson] = Recent(KEPT_LESSONS, Lesson)

    def retry_at(self, provider: str, model: str) -> float | None:
        """Return the instant of the monotonic clock from which a model may be called again, None when it may be now."""
        return self._breakers.blocked_until(provider, model)

    async def call(self, request: CallRequest, recorder: Recorder, on_event: EventSink | None = None) -> Answer:
        """Return the answer of the first target that gives one; a retry that streams begins its text anew.

        Raises AiProviderError, ContentRefused, ContextTooLong, ModelUnavailable, RequestTimeout when the deadline is
        gone, and what ``recorder`` raises.
        """
        if not request.targets:
            raise ValueError("a call needs a target")
        failed: list[Failure] = []
        for index, target in enumerate(request.targets):
            if not self._has_room(request.deadline.at - self._policy.reserve_seconds):
                break
            one = self._open(request, index, recorder, on_event)
            if one.profile.context <= _too_small(failed):
                continue
            outcome = await self._try(one)
            if isinstance(outcome, Answer):
                return outcome
            failed.append(outcome)
            if not RULES[outcome.fault.kind].falls_back:
                break
            log.info("target failed", extra={"facts": _facts(target, outcome.fault)})
        raise self._error(request, failed)

    def _open(self, request: CallRequest, index: int, recorder: Recorder, on_event: EventSink | None) -> _Try:
        target, is_last = request.targets[index], index == len(request.targets) - 1
        profile = self._models.profile(target.provider, target.model)
        return _Try(
            call=request,
            target=target,
            profile=profile,
            wire=Wire(
                provider=self._open_provider(target.provider),
                recorder=recorder,
                sink=(on_event or _unheard) if request.streams and profile.supports_streaming else None,
                until=self._until(request.deadline, is_last=is_last),
                policy=self._policy,
                monotonic=self._monotonic,
            ),
            is_primary=index == 0,
            is_last=is_last,
        )

    def _until(self, deadline: Deadline, *, is_last: bool) -> float:
        """Return until when a target may take: a share is kept for the fallback, but never the only call there is."""
        until = deadline.at - self._policy.reserve_seconds
        shared = until - self._policy.fallback_share * (until - self._monotonic())
        return until if is_last or not self._has_room(shared) else shared

    async def _try(self, one: _Try) -> Answer | Failure:
        """Ask one target until it answers, may not be asked again or there is no time left for it."""
        if (unfit := _unfit(one)) is not None:
            return self._failure(one, unfit, 0)
        self._budget(one.target.provider).deposit()
        attempt, last = 1, None
        healed: set[str] = set()
        while True:
            admitted = await self._admit(one)
            if isinstance(admitted, ProviderFault):
                return self._failure(one, last or admitted, attempt - 1, admitted.retry_after)
            with admitted:
                formed = self._shape(one)
                outcome = await self._once(one, formed, admitted)
            if isinstance(outcome, Answer):
                return outcome
            if self._heals(one.target, formed.request, outcome, healed):
                continue
            wait = self._wait(one, outcome, attempt)
            if wait is None:
                return self._failure(one, outcome, attempt, self._shut_for(one.target))
            await self._sleep(wait)
            attempt, last = attempt + 1, outcome

    async def _admit(self, one: _Try) -> Permit | ProviderFault:
        """Return the right to call, waiting where the provider named a time that fits."""
        while self._has_room(one.wire.until):
            gate = self._breakers.enter(one.target.provider, one.target.model)
            if isinstance(gate, Permit):
                return gate
            wait = gate.until - self._monotonic()
            paused = pause(self._policy, 1, wait, self._jitter)
            if not gate.is_cooling or not self._has_room(one.wire.until - paused):
                return _left_alone(one.target, gate, wait)
            await self._sleep(paused)
        return ProviderFault(Kind.TIMEOUT, "no time is left for a call")

    async def _once(self, one: _Try, formed: Shape, permit: Permit) -> Answer | ProviderFault:
        """Make one call and tell the breaker how it ended."""
        request = formed.request
        planned = Planned(
            provider=one.target.provider,
            model=one.target.model,
            max_output_tokens=request.max_output_tokens,
            input_tokens=one.call.input_tokens,
            mode=request.mode,
            dialect=one.profile.dialect if request.mode in ("strict", "tool") else "none",
            dropped=formed.dropped,
            is_fallback=not one.is_primary,
        )
        made = await one.wire.attempt(request, planned)
        permit.record(self._verdict(made), getattr(made.outcome, "retry_after", None))
        if isinstance(made.outcome, ProviderFault):
            return made.outcome
        return failures.fault_of(made.outcome) or _answer(one, formed, made.id, made.outcome)

    def _verdict(self, made: Attempt) -> Verdict:
        is_timeout = isinstance(made.outcome, ProviderFault) and made.outcome.kind is Kind.TIMEOUT
        is_ours = is_timeout and self._monotonic() >= made.until - CLOCK_SLACK_SECONDS
        if is_ours and made.until - made.began < self._policy.fair_trial_seconds:
            return "none"
        return failures.verdict_of(made.outcome)

    def _heals(self, target: Target, sent: GenRequest, fault: ProviderFault, steps: set[str]) -> bool:
        """Learn what a model does not take and say whether to ask again without it; each step at most once per call."""
        key = (target.provider, target.model)
        learned = learn(self._lessons[key], sent, fault)
        if learned is None or learned[1] in steps:
            return False
        self._lessons[key], step = learned
        steps.add(step)
        log.info("model refused a part of the request", extra={"facts": {**_facts(target, fault), "step": step}})
        return True

    def _shape(self, one: _Try) -> Shape:
        lesson = self._lessons[one.target.provider, one.target.model]
        return shape(one.call, one.target.model, one.profile, lesson, fails_fast=not one.is_last)

    def _wait(self, one: _Try, fault: ProviderFault, attempt: int) -> float | None:
        """Return the pause before the next attempt, None when there is to be none.

        A retry at an instant the provider named is by invitation and takes nothing from the budget.
        """
        if not RULES[fault.kind].is_retried or attempt >= self._policy.attempts or self._shut_for(one.target):
            return None
        wait = pause(self._policy, attempt, fault.retry_after, self._jitter)
        if not self._has_room(one.wire.until - wait):
            return None
        is_invited = stated_wait(fault.retry_after) is not None
        return wait if is_invited or self._budget(one.target.provider).withdraw() else None

    def _error(self, request: CallRequest, failed: list[Failure]) -> errors.GranulatorError:
        told = failures.told(failed) if failed else None
        if told is None or self._is_too_late(request, told):
            error: errors.GranulatorError = _timeout(request)
        else:
            error = failures.error_of(told)
        error.__cause__ = told.fault if told else None
        return error

    def _is_too_late(self, request: CallRequest, told: Failure) -> bool:
        is_gone = self._monotonic() >= request.deadline.at
        is_used_up = told.fault.kind is Kind.TIMEOUT and not self._has_room(
            request.deadline.at - self._policy.reserve_seconds
        )
        return told.is_retryable and (is_gone or is_used_up)

    def _failure(self, one: _Try, fault: ProviderFault, attempt: int, blocked_for: float | None = None) -> Failure:
        return Failure(
            target=one.target,
            fault=fault,
            attempt=attempt,
            attempts=self._policy.attempts,
            context=one.profile.context,
            is_primary=one.is_primary,
            retry_after=blocked_for or fault.retry_after,
        )

    def _budget(self, provider: str) -> RetryBudget:
        if provider not in self._budgets:
            self._budgets[provider] = RetryBudget(self._policy, self._monotonic)
        return self._budgets[provider]

    def _shut_for(self, target: Target) -> float | None:
        return self._breakers.shut_for(target.provider, target.model)

    def _has_room(self, until: float) -> bool:
        return until - self._monotonic() >= self._policy.shortest_attempt_seconds


def _answer(one: _Try, formed: Shape, attempt_id: str, result: GenResult) -> Answer:
    return Answer(
        result=result,
        target=one.target,
        mode=formed.request.mode,
        lowered=formed.lowered,
        dropped=formed.dropped,
        is_fallback=not one.is_primary,
        attempt_id=attempt_id,
    )


def _unfit(one: _Try) -> ProviderFault | None:
    if one.call.input_tokens <= one.profile.context * CONTEXT_MARGIN:
        return None
    return ProviderFault(
        Kind.CONTEXT, f"about {one.call.input_tokens} tokens of prompt do not fit into {one.profile.context}"
    )


def _too_small(failed: list[Failure]) -> int:
    """Return the largest context, in tokens, that was too small so far."""
    return max((failure.context for failure in failed if failure.fault.kind is Kind.CONTEXT), default=-1)


def _left_alone(target: Target, gate: Blocked, wait: float) -> ProviderFault:
    why = "as it asked" if gate.is_cooling else "after failures"
    message = f"{target.provider}/{target.model} is not called for another {wait:.0f} s {why}"
    return ProviderFault(Kind.UNAVAILABLE, message, retry_after=wait)


def _timeout(request: CallRequest) -> errors.RequestTimeout:
    if request.timeout_ms is None:
        return errors.RequestTimeout(stage="generate")
    return errors.RequestTimeout(timeout=request.timeout_ms, stage="generate")


def _facts(target: Target, fault: ProviderFault) -> dict[str, object]:
    return {
        "provider": target.provider,
        "model": target.model,
        "kind": fault.kind.value,
        "status": fault.status,
        "providerRequestId": fault.request_id,
    }


def _unheard(event: StreamEvent) -> None:
    """Let a piece of a stream pass: the answer holds it all."""
