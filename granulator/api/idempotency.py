"""The ``Idempotency-Key`` header: one key of a tenant and path stands for one body, one piece of work and one bill.

Nothing of an answer is stored: it is made from the rows of the work again. What was refused before admission took no
key.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from granulator import errors
from granulator.api import receipts, wire
from granulator.api.auth import principal
from granulator.granulation import service
from granulator.granulation.admission import AlreadyAdmitted
from granulator.model import Job, Json, JsonObject
from granulator.services import Services
from granulator.store import batches, idempotency, jobs
from granulator.store.idempotency import Earlier, Once

HEADER: Final = "Idempotency-Key"
KEY: Final = re.compile(r"[\x20-\x7e]{1,255}")
REPLAYED: Final = {"Idempotent-Replayed": "true"}
LOOKS: Final = 3
"""More are needed only when a key's time ends just then."""

RETRY_AFTER_SECONDS: Final = 2
"""When to ask again while the first request is worked on."""


async def once(request: Request, body: JsonObject, path: str) -> Once | None:
    """Return the key a request was sent under, None without one; ``path`` is the path as it is always written.

    Raises InvalidParameter for one that is no key.
    """
    sent = request.headers.getlist(HEADER)
    if not sent:
        return None
    if len(sent) > 1 or not KEY.fullmatch(sent[0]):
        raise errors.InvalidParameter(
            f"{HEADER} must be one header of 1 to 255 printable ASCII characters", field=HEADER, path=HEADER
        )
    return Once(path, sent[0], await asyncio.to_thread(fingerprint, body))


def refuse(request: Request, what: str) -> None:
    """Raise InvalidParameter for a key where it would promise what is not kept."""
    if HEADER in request.headers:
        raise errors.InvalidParameter(f"{HEADER} is not supported for {what}", field=HEADER, path=HEADER)


def fingerprint(body: JsonObject) -> str:
    """Return the SHA-256 (hex) of a body as JSON whose keys are in order and whose 3.0 is written as 3."""
    text = json.dumps(_plain(body), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


async def at_most_once(request: Request, key: Once | None, start: Callable[[], Awaitable[Response]]) -> Response:
    """Return what ``start`` answers, or the answer to the request that came before under the same key.

    Raises IdempotencyConflict when that request had another body or is still worked on.
    """
    if key is None:
        return await start()
    services: Services = request.app.state.services
    client_id = principal(request).client_id
    for _ in range(LOOKS):
        earlier = await idempotency.find(services.db, client_id, key, services.now_ms())
        if earlier is not None:
            return await _again(services, client_id, key, earlier)
        try:
            return await start()
        except AlreadyAdmitted:
            # Somebody was faster between the look and the admission; now there is something to find.
            continue
    raise errors.InternalError("The Idempotency-Key is taken and stands for nothing")


async def _again(services: Services, client_id: str, key: Once, earlier: Earlier) -> Response:
    if earlier.body_sha256 != key.body_sha256:
        raise errors.IdempotencyConflict(
            "The Idempotency-Key was sent with another body before", reason="body_mismatch", field=HEADER, path=HEADER
        )
    answer = await _answer(services, client_id, earlier)
    answer.headers.update(REPLAYED)
    return answer


async def _answer(services: Services, client_id: str, earlier: Earlier) -> Response:
    if earlier.batch_id is not None:
        found = await batches.jobs(services.db, earlier.batch_id, client_id)
        return receipts.sent_together(earlier.batch_id, [job.id for job in found])
    job = None if earlier.job_id is None else await jobs.get(services.db, earlier.job_id, client_id)
    if job is None:
        raise errors.JobNotFound("The job of this Idempotency-Key was deleted")
    if earlier.answer == "retry" and job.retry_of is not None:
        return receipts.retried(job.id, job.retry_of)
    return receipts.accepted(job.id) if earlier.answer == "accepted" else await _result(services, job)


async def _result(services: Services, job: Job) -> Response:
    if not job.status.is_terminal:
        raise errors.IdempotencyConflict(
            f"Job {job.id} of the first request is still worked on",
            reason="in_progress",
            jobId=job.id,
            field=HEADER,
            path=HEADER,
            headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
        )
    outcome = await service.follow(services, job.id)
    return wire.reply(outcome.body, outcome.status, outcome.headers)


def _plain(value: Json) -> Json:
    """Return JSON in which equal numbers are written alike."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return value
