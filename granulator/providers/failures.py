"""What each kind of fault means: whether it is tried again, where else, and which error the caller is told. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

from granulator import errors
from granulator.providers.base import GenResult, Kind, ProviderFault, Stop
from granulator.providers.breaker import Verdict
from granulator.providers.redaction import redacted
from granulator.providers.retrying import stated_wait
from granulator.providers.shaping import Target

SHOWN_CHARACTERS = 300
"""What a provider said is shown up to this length."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What the call loop does about one kind of fault."""

    is_retried: bool
    falls_back: bool
    verdict: Verdict


RULES: dict[Kind, Rule] = {
    Kind.AUTH: Rule(is_retried=False, falls_back=True, verdict="pauses"),
    Kind.RATE_LIMITED: Rule(is_retried=True, falls_back=True, verdict="cools"),
    Kind.QUOTA: Rule(is_retried=False, falls_back=True, verdict="pauses"),
    Kind.OVERLOADED: Rule(is_retried=True, falls_back=True, verdict="failed"),
    Kind.UPSTREAM: Rule(is_retried=True, falls_back=True, verdict="failed"),
    Kind.NETWORK: Rule(is_retried=True, falls_back=True, verdict="failed"),
    Kind.TIMEOUT: Rule(is_retried=True, falls_back=True, verdict="failed"),
    # Only to a model with a larger context; the loop sees to that.
    Kind.CONTEXT: Rule(is_retried=False, falls_back=True, verdict="answered"),
    Kind.PARAM: Rule(is_retried=False, falls_back=False, verdict="answered"),
    Kind.SCHEMA: Rule(is_retried=False, falls_back=False, verdict="answered"),
    Kind.MODEL: Rule(is_retried=False, falls_back=True, verdict="answered"),
    Kind.BAD_REQUEST: Rule(is_retried=False, falls_back=False, verdict="answered"),
    Kind.REFUSED: Rule(is_retried=False, falls_back=False, verdict="answered"),
    Kind.CUT: Rule(is_retried=True, falls_back=True, verdict="failed"),
    Kind.MALFORMED: Rule(is_retried=True, falls_back=True, verdict="failed"),
    Kind.UNAVAILABLE: Rule(is_retried=False, falls_back=True, verdict="none"),
}


@dataclass(frozen=True, slots=True)
class Failure:
    """How one target ended: its last fault, on which of how many attempts, and the context it has, in tokens.

    ``retry_after`` is in seconds, None where nobody knows. ``is_primary`` is true of the first target of the chain.
    """

    target: Target
    fault: ProviderFault
    attempt: int
    attempts: int
    context: int
    is_primary: bool
    retry_after: float | None = None

    @property
    def is_retryable(self) -> bool:
        """Whether the same request may succeed later."""
        return RULES[self.fault.kind].is_retried or self.fault.kind is Kind.UNAVAILABLE


UNAUTHORIZED = 401


def verdict_of(outcome: GenResult | ProviderFault) -> Verdict:
    """Return what the end of a call says about its provider.

    A key that is refused for one model, a 403, says nothing about the others: only what refuses the key itself does.
    """
    if not isinstance(outcome, ProviderFault):
        return "answered"
    if outcome.kind is Kind.AUTH and outcome.status != UNAUTHORIZED:
        return "failed"
    return RULES[outcome.kind].verdict


def cut_of(result: GenResult) -> ProviderFault | None:
    """Return the fault of an answer that ended without a known stop signal, None when it had one."""
    if result.stop not in (Stop.CUT, Stop.UNKNOWN):
        return None
    is_counted = result.usage.output_tokens > 0 and not result.usage.is_estimated
    ended = _ended(Kind.CUT, "the answer ended without a stop signal", result)
    ended.billed = "yes" if is_counted else "maybe"
    return ended


def fault_of(result: GenResult) -> ProviderFault | None:
    """Return the fault that a whole answer stands for by its stop, None where its author can work with it."""
    if result.stop in (Stop.REFUSED, Stop.FILTERED):
        said = redacted(result.refusal or f"the answer was stopped ({result.raw_stop or result.stop.value})")
        return _ended(Kind.REFUSED, said, result)
    if result.stop is Stop.CONTEXT_FULL:
        return _ended(Kind.CONTEXT, "the context of the model was full before the answer ended", result)
    return None


def told(failures: list[Failure]) -> Failure:
    """Return the failure of a chain to tell the caller: the last one that says most about trying again.

    A target that was really asked and may answer later counts most; one that is left alone comes after it, and a
    fallback that was merely too small comes last.
    """
    return max(enumerate(failures), key=lambda numbered: (_weight(numbered[1]), numbered[0]))[1]


def error_of(failure: Failure) -> errors.GranulatorError:
    """Return the error of the API that a failure is told as."""
    target, fault = failure.target, failure.fault
    said = one_line(fault.message)
    if fault.kind is Kind.REFUSED:
        return errors.ContentRefused(provider=target.provider, model=target.model, originalError=said)
    if fault.kind is Kind.CONTEXT:
        return errors.ContextTooLong(provider=target.provider, model=target.model, limit=failure.context)
    if fault.kind is Kind.MODEL and target.is_callers_choice and failure.is_primary:
        return errors.ModelUnavailable(provider=target.provider, model=target.model)
    return errors.AiProviderError(
        headers=_headers(failure),
        context=_context(failure),
        provider=target.provider,
        model=target.model,
        kind=fault.kind.value,
        retryable=failure.is_retryable,
        originalError=said,
    )


def one_line(text: str) -> str:
    """Return a text as one line of bounded length, without control characters."""
    words = "".join(character if character.isprintable() else " " for character in text[: 4 * SHOWN_CHARACTERS])
    line = " ".join(words.split())
    return line if len(line) <= SHOWN_CHARACTERS else line[: SHOWN_CHARACTERS - 1] + "…"


def _ended(kind: Kind, message: str, result: GenResult) -> ProviderFault:
    return ProviderFault(
        kind,
        message,
        code=result.raw_stop,
        request_id=result.request_id,
        billed="yes",
        partial=result.text,
        usage=result.usage,
    )


def _weight(failure: Failure) -> int:
    if failure.fault.kind is Kind.CONTEXT:
        return 0
    if failure.fault.kind is Kind.UNAVAILABLE:
        return 2
    return 3 if failure.is_retryable or failure.fault.kind is Kind.REFUSED else 1


def _headers(failure: Failure) -> dict[str, str]:
    wait = stated_wait(failure.retry_after)
    return {} if wait is None or not failure.is_retryable else {"Retry-After": str(math.ceil(wait))}


def _context(failure: Failure) -> str:
    provider, fault = failure.target.provider, failure.fault
    if fault.kind is Kind.UNAVAILABLE:
        return f"{provider} is not called for now"
    is_status = fault.status is not None and fault.status >= 400  # an error inside a 200 is no answer of 200
    answered = f"{provider} answered {fault.status}" if is_status else f"{provider} failed ({fault.kind.value})"
    return f"{answered} on attempt {failure.attempt} of {failure.attempts}"
