"""One wire call between its two rows: started before it, settled after it, whatever happens. No policy, no retry."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from granulator.providers.base import (
    Deadline,
    Dialect,
    EventSink,
    GenRequest,
    GenResult,
    Kind,
    Mode,
    Provider,
    ProviderFault,
    StreamEvent,
)
from granulator.providers.failures import cut_of
from granulator.providers.retrying import RetryPolicy

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Planned:
    """A call about to be made: what it can cost at most, and how it is put, for whoever keeps its answer.

    ``dropped`` are the wire names of what the caller asked for and the model does not take.
    """

    provider: str
    model: str
    max_output_tokens: int
    input_tokens: int
    mode: Mode = "text"
    dialect: Dialect = "none"
    dropped: tuple[str, ...] = ()
    is_fallback: bool = False


class Recorder(Protocol):
    """The ledger's side of a call."""

    async def started(self, call: Planned) -> str:
        """Commit the row of a call before it is made and return its id. What it raises goes up unchanged."""
        ...

    async def settled(self, attempt_id: str, outcome: GenResult | ProviderFault, latency_ms: int) -> None:
        """Store how the call ended: once for every id that ``started`` returned, also when the call is cancelled."""
        ...


@dataclass(frozen=True, slots=True)
class Attempt:
    """A call that was made: its row, how it ended, and the instants (monotonic seconds) of its allowance."""

    id: str
    outcome: GenResult | ProviderFault
    began: float
    until: float


@dataclass(frozen=True, slots=True)
class Wire:
    """A provider with the clock and the bounds its calls are made under, in seconds."""

    provider: Provider
    recorder: Recorder
    sink: EventSink | None
    until: float
    policy: RetryPolicy
    monotonic: Callable[[], float]

    async def attempt(self, request: GenRequest, planned: Planned) -> Attempt:
        """Make one call. A stream that was cut is a fault; every other result is given back as it is.

        Raises what the recorder raises, and what the provider raises beside ProviderFault, once the row is settled.
        """
        attempt_id = await _started(self.recorder, planned)
        began = self.monotonic()
        until = min(self.until, began + self.policy.attempt_cap_seconds)
        try:
            outcome = await self._call(request, until)
        except (Exception, asyncio.CancelledError):
            await _settle_quietly(self.recorder, attempt_id, self._broken_off(until), self._since(began))
            raise
        await _to_the_end(self.recorder.settled(attempt_id, outcome, self._since(began)))
        return Attempt(attempt_id, outcome, began, until)

    async def _call(self, request: GenRequest, until: float) -> GenResult | ProviderFault:
        left = until - self.monotonic()
        if left <= 0:
            return ProviderFault(Kind.TIMEOUT, "no time was left to send the call", billed="no")
        loop = asyncio.get_running_loop()
        end = loop.time() + left
        patience = left if self.sink is None else self.policy.first_piece_seconds
        limit = asyncio.timeout_at(min(end, loop.time() + patience))

        def heard(event: StreamEvent) -> None:
            if not limit.expired():
                limit.reschedule(min(end, loop.time() + self.policy.idle_seconds))
            if self.sink is not None:
                self.sink(event)

        try:
            async with limit:
                result = await self.provider.complete(request, Deadline(until), heard if self.sink else None)
        except ProviderFault as fault:
            return fault
        except TimeoutError:
            if not limit.expired():
                raise
            is_over = loop.time() >= end
            waited = f"no whole answer within {left:.1f} s" if is_over else "the stream fell silent"
            return ProviderFault(Kind.TIMEOUT, waited, billed="maybe")
        return cut_of(result) or result

    def _broken_off(self, until: float) -> ProviderFault:
        kind = Kind.TIMEOUT if self.monotonic() >= until else Kind.NETWORK
        return ProviderFault(kind, "the call was broken off before it ended", billed="maybe")

    def _since(self, began: float) -> int:
        return round((self.monotonic() - began) * 1000)


async def _started(recorder: Recorder, planned: Planned) -> str:
    """Commit the row of a call. When we are cancelled meanwhile the row stands, so it is settled as never sent."""
    committing = asyncio.ensure_future(recorder.started(planned))
    try:
        return await _to_the_end(committing)
    except asyncio.CancelledError:
        if committing.done() and not committing.cancelled() and committing.exception() is None:
            unsent = ProviderFault(Kind.NETWORK, "the call was cancelled before it was sent", billed="no")
            await _settle_quietly(recorder, committing.result(), unsent, 0)
        raise


async def _settle_quietly(recorder: Recorder, attempt_id: str, outcome: ProviderFault, latency_ms: int) -> None:
    """Settle a call that is being broken off: what broke it off goes on, even when this fails."""
    try:
        await _to_the_end(recorder.settled(attempt_id, outcome, latency_ms))
    except Exception:
        log.exception("an interrupted call could not be settled", extra={"facts": {"attemptId": attempt_id}})


async def _to_the_end(doing: Awaitable[T]) -> T:
    """Wait for a write however often we are cancelled meanwhile; then be cancelled."""
    writing = asyncio.ensure_future(doing)
    cancelled: asyncio.CancelledError | None = None
    while not writing.done():
        try:
            await asyncio.wait([writing])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is None:
        return writing.result()
    if not writing.cancelled() and (failed := writing.exception()) is not None:
        log.error("a write failed while its call was cancelled", exc_info=failed)
    raise cancelled
