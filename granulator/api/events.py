"""``GET /api/jobs/{id}/events``: what happens to a job, as server-sent events that can be resumed from any process.

Events are read from the database, so it does not matter which process does the job. A stream is a plain streaming
answer, not sse-starlette's: importing that replaces uvicorn's exit handler for the whole process, its flag for the end
is never reset, and it cancels a stream wherever it stands, while ours ends between two events when the server stops.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from granulator import errors
from granulator.api.auth import principal
from granulator.api.jobs import owned_job
from granulator.api.wire import MAX_ROW
from granulator.model import Job
from granulator.services import Services
from granulator.store import events, jobs
from granulator.store.events import Event

POLL_SECONDS: Final = 0.25
QUIET_SECONDS: Final = 15.0
"""After so long without an event a comment is sent: it shows that both ends are alive."""

RETRY_MS: Final = 2000
STREAMS: Final = 10
"""How many a caller may have open at once in one process."""

RETRY_AFTER_SECONDS: Final = 5
MEDIA_TYPE: Final = "text/event-stream"
HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
LAST: Final = frozenset({"completed", "failed"})


async def get_events(request: Request) -> Response:
    """Tell what happens to a job as it happens, until it is over; `Last-Event-ID` resumes behind that event."""
    services: Services = request.app.state.services
    seen = _last_event_id(request)
    job = await owned_job(request)
    first = await events.after(services.db, job.id, seen)
    if job.status.is_terminal and not first:
        # It is over and everything was told: this keeps a browser from asking again.
        return Response(status_code=204, headers=HEADERS)
    if seen and not first and not await events.after(services.db, job.id, seen - 1, limit=1):
        # Whoever waits behind an event that was never sent would miss all that come before it, the last one too.
        raise _no_event(f"Job {job.id} has sent no event {seen} yet", str(seen))
    if request.method == "HEAD":
        return Response(headers=HEADERS, media_type=MEDIA_TYPE)
    return _Stream(request, job, first, seen)


class _Stream(StreamingResponse):
    """One open stream; it is counted from here on until the answer has ended, however that comes about."""

    def __init__(self, request: Request, job: Job, first: tuple[Event, ...], seen: int) -> None:
        self._open: Counter[str] = _open_streams(request)
        self._caller = principal(request).id
        if self._open[self._caller] >= STREAMS:
            raise errors.ConcurrencyLimitExceeded(
                "Too many event streams of this caller are open",
                limit=STREAMS,
                headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
            )
        super().__init__(_told(request, job, first, seen), headers=HEADERS, media_type=MEDIA_TYPE)
        self._open[self._caller] += 1

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._open[self._caller] -= 1
            if not self._open[self._caller]:
                del self._open[self._caller]


async def _told(request: Request, job: Job, first: tuple[Event, ...], seen: int) -> AsyncIterator[str]:
    """Yield whole events only, so that a stream never ends within one."""
    services: Services = request.app.state.services
    is_stopping: asyncio.Event = getattr(request.app.state, "is_stopping", None) or asyncio.Event()
    found, quiet_since = first, time.monotonic()
    yield f"retry: {RETRY_MS}\n\n"
    while not is_stopping.is_set():
        if found:
            yield "".join(map(_written, found))
            seen, quiet_since = found[-1].seq, time.monotonic()
            if found[-1].event in LAST:
                return
        elif time.monotonic() - quiet_since >= QUIET_SECONDS:
            if await _is_untold(services, job.id, seen):
                return
            yield ": \n\n"
            quiet_since = time.monotonic()
        with suppress(TimeoutError):
            await asyncio.wait_for(is_stopping.wait(), POLL_SECONDS)
        found = await _next(services, job.id, seen)
    # The caller comes back with the number of the last event it saw.


async def _next(services: Services, job_id: int, seen: int) -> tuple[Event, ...]:
    """Return what came after ``seen``; a database that is away for a while is waited for."""
    try:
        return await events.after(services.db, job_id, seen)
    except errors.DatabaseError:
        return ()


async def _is_untold(services: Services, job_id: int, seen: int) -> bool:
    """Return whether the job is over and its last event is gone: a clean-up took it."""
    try:
        job = await jobs.by_id(services.db, job_id)
        return (job is None or job.status.is_terminal) and not await events.after(services.db, job_id, seen)
    except errors.DatabaseError:
        return False


def _written(event: Event) -> str:
    return f"id: {event.seq}\nevent: {event.event}\ndata: {event.data}\n\n"


def _last_event_id(request: Request) -> int:
    """Return the number of the last event the caller saw, 0 for none. Raises InvalidParameter for what is no number."""
    sent = request.headers.getlist("last-event-id")
    if not sent:
        return 0
    if len(sent) == 1 and re.fullmatch("[0-9]{1,16}", sent[0]) and int(sent[0]) <= MAX_ROW:
        return int(sent[0])
    raise _no_event("Last-Event-ID must be the whole number of an event", sent[0])


def _no_event(message: str, value: str) -> errors.InvalidParameter:
    return errors.InvalidParameter(message, field="Last-Event-ID", path="Last-Event-ID", value=value)


def _open_streams(request: Request) -> Counter[str]:
    """Return how many streams each caller of this application has open."""
    state = request.app.state
    if not hasattr(state, "open_streams"):
        state.open_streams = Counter()
    found: Counter[str] = state.open_streams
    return found
