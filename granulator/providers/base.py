"""What every AI provider looks like from above: one request, one answer, one kind of fault. No vendor and no policy.

An adapter makes exactly one call on the wire per ``complete``. Retries, fallback, breakers, the ledger and parsing are
above it (``call.py`` and the author); reading models, prices and settings is beside it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, Protocol

from granulator.model import JsonObject, Usage

Mode = Literal["strict", "tool", "json", "prompt", "text"]
"""How structure is asked for: the ladder from a native schema down to words; ``text`` asks for no structure."""

Dialect = Literal["openai", "anthropic", "none"]
"""Whose subset of JSON Schema a model accepts; see ``lowering.py``."""


class Stop(StrEnum):
    """Why a model stopped. Read before its text: only ``complete`` and ``tool`` are a whole answer."""

    COMPLETE = "complete"
    TRUNCATED = "truncated"
    REFUSED = "refused"
    FILTERED = "filtered"
    CONTEXT_FULL = "context_full"
    TOOL = "tool"
    CUT = "cut"
    UNKNOWN = "unknown"


class Kind(StrEnum):
    """What went wrong with a call; the words of ``details.kind`` in the API."""

    AUTH = "auth"
    RATE_LIMITED = "rate_limited"
    QUOTA = "quota"
    OVERLOADED = "overloaded"
    UPSTREAM = "upstream"
    NETWORK = "network"
    TIMEOUT = "timeout"
    CONTEXT = "context"
    PARAM = "param"
    SCHEMA = "schema"
    MODEL = "model"
    BAD_REQUEST = "bad_request"
    REFUSED = "refused"
    CUT = "cut"
    MALFORMED = "malformed"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of the conversation."""

    role: Literal["user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class ModelProfile:
    """What a model accepts and how much; ``structured`` is the rung of the ladder to begin at.

    ``temperature`` is accepted always, only while reasoning is switched off, or never. ``context`` and ``max_output``
    count tokens. ``effort`` is the value of ``reasoning_effort`` to send for structuring, None where there is none.
    """

    structured: Literal["strict", "tool", "json", "prompt"]
    dialect: Dialect
    context: int
    max_output: int
    temperature: Literal["always", "effort_none", "never"] = "always"
    token_param: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    supports_seed: bool = False
    supports_streaming: bool = True
    effort: Literal["none", "low"] | None = None
    lifecycle: Literal["current", "deprecated", "retired", "unknown"] = "unknown"
    shutdown_on: str | None = None


@dataclass(frozen=True, slots=True)
class Deadline:
    """An absolute instant of ``time.monotonic()``, in seconds, after which nothing may still run."""

    at: float

    def remaining(self) -> float:
        """Return the seconds left, at least 0."""
        return max(0.0, self.at - time.monotonic())


@dataclass(frozen=True, slots=True)
class GenRequest:
    """One call as an adapter is to make it. ``schema`` is lowered already; it is None in the modes without one.

    A parameter that is None is not sent. ``fails_fast`` asks a provider that queues to refuse instead.
    """

    model: str
    profile: ModelProfile
    system: str
    messages: tuple[Message, ...]
    max_output_tokens: int
    mode: Mode = "text"
    schema: JsonObject | None = None
    schema_name: str = "answer"
    temperature: float | None = None
    seed: int | None = None
    effort: str | None = None
    fails_fast: bool = False


@dataclass(frozen=True, slots=True)
class GenResult:
    """What a provider answered. ``text`` may be partial, see ``stop``; ``data`` is an object it returned natively.

    Cached input is inside ``usage.input_tokens`` and reasoning inside ``usage.output_tokens``, whatever the vendor
    does. Times are milliseconds; ``ttft_ms`` is the time to the first token of a stream.
    """

    text: str
    stop: Stop
    usage: Usage
    model_served: str
    data: JsonObject | None = None
    raw_stop: str | None = None
    refusal: str | None = None
    request_id: str | None = None
    ttft_ms: int | None = None
    latency_ms: int = 0


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """What arrived meanwhile: a piece of text."""

    text: str


EventSink = Callable[[StreamEvent], None]


@dataclass(slots=True)
class ProviderFault(Exception):
    """A call failed. ``message`` is ours or redacted, one line, and never holds a key, a header or a raw body.

    ``billed`` says whether the provider may charge for it; ``parameter`` is what a ``param`` fault names (our name:
    temperature, seed, effort, max_output_tokens); ``retry_after`` is in seconds; ``partial`` and ``usage`` are what had
    arrived.
    """

    kind: Kind
    message: str
    status: int | None = None
    code: str | None = None
    retry_after: float | None = None
    request_id: str | None = None
    parameter: str | None = None
    billed: Literal["yes", "no", "maybe"] = "no"
    partial: str = ""
    usage: Usage | None = None
    facts: dict[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.kind}: {self.message}"


class Provider(Protocol):
    """One configured provider. Construction makes no call and imports no vendor package."""

    name: str

    async def complete(self, request: GenRequest, deadline: Deadline, on_event: EventSink | None = None) -> GenResult:
        """Make one call; with ``on_event`` it is streamed. Raises ProviderFault, and nothing else but cancellation.

        A stream that ends without a stop signal is no fault here: it is a result whose ``stop`` is CUT.
        """
        ...

    async def warm_up(self) -> None:
        """Load what the first call would have to load, away from the event loop."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...
