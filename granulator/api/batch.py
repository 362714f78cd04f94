"""``/api/batch``: orders that are sent together, and what became of them. One that is wrong refuses them all."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Annotated, Final

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from granulator import errors
from granulator.api import idempotency, receipts, wire
from granulator.api.auth import principal
from granulator.api.granulate import GranulateRequest, callback_of, order_of
from granulator.casing import RequestModel
from granulator.clock import moment
from granulator.granulation import admission
from granulator.granulation.admission import Wanted
from granulator.granulation.result import fraction, short_error, usd
from granulator.model import Job, JobStatus, Json, JsonObject
from granulator.services import Services
from granulator.store import batches
from granulator.store.batches import Batch
from granulator.store.idempotency import Once

PATH: Final = "/api/batch"
MOST: Final = 100
BATCH_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


class BatchRequest(RequestModel):
    """Orders that are sent together."""

    requests: Annotated[list[GranulateRequest], Field(min_length=1, max_length=MOST)]


async def send_batch(request: Request) -> Response:
    """Put up to 100 jobs in line, all or none."""
    sent = await wire.read_object(request)
    _check_actions(sent.get("requests"))
    body = wire.parse(BatchRequest, sent)
    key = await idempotency.once(request, sent, PATH)
    return await idempotency.at_most_once(request, key, partial(_accept, request, body, key))


async def get_batch(request: Request) -> Response:
    """Show what became of the jobs of a batch."""
    services: Services = request.app.state.services
    wire.query(request)
    client_id, batch_id = principal(request).client_id, request.path_params["batchId"]
    batch = await batches.get(services.db, batch_id, client_id) if BATCH_ID.fullmatch(batch_id) else None
    if batch is None:
        raise errors.BatchNotFound
    return wire.reply(_shown(batch, await batches.jobs(services.db, batch.id, client_id)))


async def _accept(request: Request, body: BatchRequest, key: Once | None) -> Response:
    services: Services = request.app.state.services
    callbacks = await _callbacks(services, body)
    wanted = [_wanted(index, each, callbacks[index]) for index, each in enumerate(body.requests)]
    batch, job_ids = await admission.accept_all(
        services, principal(request), wanted, request_id=request.state.request_id, once=key
    )
    return receipts.sent_together(batch.id, job_ids)


async def _callbacks(services: Services, body: BatchRequest) -> list[str | None]:
    """Return the callbacks, sealed. All hosts are looked up at once; raises for the first that may not be called."""
    looked_up = (callback_of(services, each, under=f"{_place(i)}.") for i, each in enumerate(body.requests))
    found: list[str | None] = []
    for one in await asyncio.gather(*looked_up, return_exceptions=True):
        if isinstance(one, BaseException):
            raise one
        found.append(one)
    return found


def _wanted(index: int, sent: GranulateRequest, callback: str | None) -> Wanted:
    try:
        return Wanted(order_of(sent, is_waited_for=False), callback)
    except errors.GranulatorError as error:
        error.put_under(_place(index))
        raise


def _check_actions(requests: Json) -> None:
    """Refuse an action that is none of a batch, under the code that it has everywhere."""
    for index, each in enumerate(requests) if isinstance(requests, list) else ():
        action = each.get("action") if isinstance(each, dict) else None
        if action not in (None, "granulate"):
            raise errors.InvalidAction(
                "Unsupported action in a batch",
                field="action",
                path=f"{_place(index)}.action",
                value=action,
                supported=["granulate"],
            )


def _place(index: int) -> str:
    return f"requests[{index}]"


def _shown(batch: Batch, found: Sequence[Job]) -> JsonObject:
    counted = Counter(job.status for job in found)
    is_over = all(job.status.is_terminal for job in found)
    ended = [job.completed_at for job in found if job.completed_at is not None]
    rows: list[Json] = [_row(index, job) for index, job in enumerate(found)]
    return {
        "batchId": batch.id,
        "status": "completed" if is_over else "processing",
        "total": batch.size,
        "counts": {status.value: counted[status] for status in JobStatus},
        "jobs": rows,
        "costUsd": _cost(found),
        "createdAt": moment(batch.created_at),
        "completedAt": moment(max(ended)) if is_over and ended else None,
    }


def _row(index: int, job: Job) -> JsonObject:
    row: JsonObject = {
        "index": index,
        "jobId": job.id,
        "status": job.status.value,
        "qualityScore": fraction(job.quality_score),
        "costUsd": usd(job.cost_nano_usd),
    }
    if job.error is not None:
        row["error"] = short_error(job.error)
    return row


def _cost(found: Sequence[Job]) -> float | None:
    """Return what the jobs that have ended cost; None when that of one of them is unknown."""
    costs = [job.cost_nano_usd for job in found if job.status.is_terminal]
    known = [cost for cost in costs if cost is not None]
    return usd(sum(known)) if len(known) == len(costs) else None
