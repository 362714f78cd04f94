"""``/api/webhooks/deliveries``: what became of the caller's callbacks, and sending one again."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response

from granulator import errors
from granulator.api import wire
from granulator.api.auth import principal
from granulator.casing import RequestModel
from granulator.clock import moment, moment_or_none
from granulator.model import Json, JsonObject
from granulator.services import Services
from granulator.settings import Settings
from granulator.store import outbox, webhook_tries
from granulator.store.outbox import Delivery, State
from granulator.store.webhook_tries import Try
from granulator.webhooks import callbacks
from granulator.webhooks.callbacks import Event


class RedeliverRequest(RequestModel):
    """The optional body of a redelivery: nothing can be said."""


async def list_deliveries(request: Request) -> Response:
    """List the webhook messages of the caller's jobs, newest first."""
    services: Services = request.app.state.services
    params = wire.query(request, "jobId", "event", "status", "limit", "offset", "page")
    asked = wire.page(params)
    event = wire.choice_query(params, "event", Event)
    status = wire.choice_query(params, "status", State)
    job_id = wire.whole_query(params, "jobId", default=0, least=1, most=wire.MAX_ROW)
    found = await outbox.page(
        services.db,
        client_id=principal(request).client_id,
        job_id=job_id or None,
        event=None if event is None else event.value,
        state=status,
        limit=asked.limit,
        offset=asked.offset,
    )
    return wire.reply(wire.paged("deliveries", [_row(delivery) for delivery in found.rows], found.total, asked))


async def get_delivery(request: Request) -> Response:
    """Show one webhook message with its tries; a number that is missing is a try whose process died."""
    services: Services = request.app.state.services
    delivery = await _owned(request)
    tries = await webhook_tries.of_message(services.db, delivery.message_id)
    log: list[Json] = [_try(each) for each in tries]
    return wire.reply({"delivery": {**_row(delivery), "log": log}})


async def redeliver(request: Request) -> Response:
    """Send a webhook message again, the same under the same id, with as many tries as at first.

    One that waits for its next try is sent now; one that is being sent at this moment is left to that try.
    """
    services: Services = request.app.state.services
    await wire.read_optional(request, RedeliverRequest)
    delivery = await _owned(request)
    now = services.now_ms()
    tries = _tries(services.settings, delivery)
    await services.db.batch([outbox.hasten(delivery.id, now), outbox.redeliver(delivery.id, tries=tries, now=now)])
    return wire.reply({"success": True, "delivery": _row(await _owned(request))}, 202)


def _tries(settings: Settings, delivery: Delivery) -> int:
    try:
        return callbacks.unseal(settings, delivery.callback or "").retries + 1
    except callbacks.Unreadable:
        # The one try there is will say so.
        return 1


async def _owned(request: Request) -> Delivery:
    """Return the message the path names; raises DeliveryNotFound for another tenant's just as for none."""
    services: Services = request.app.state.services
    wire.query(request)
    text = request.path_params["deliveryId"]
    row = int(text) if re.fullmatch("[1-9][0-9]{0,15}", text) else 0
    found = await outbox.get(services.db, row, principal(request).client_id) if 0 < row <= wire.MAX_ROW else None
    if found is None:
        raise errors.DeliveryNotFound
    return found


def _row(delivery: Delivery) -> JsonObject:
    return {
        "id": str(delivery.id),
        "webhookId": delivery.message_id,
        "jobId": delivery.job_id,
        "event": delivery.event,
        "url": delivery.url,
        "status": delivery.state,
        "attempts": delivery.tries,
        "maxAttempts": delivery.max_tries,
        "responseStatus": delivery.response_status,
        "lastError": delivery.last_error,
        "nextAttemptAt": moment_or_none(delivery.next_at),
        "createdAt": moment(delivery.created_at),
        "deliveredAt": moment_or_none(delivery.delivered_at),
    }


def _try(each: Try) -> JsonObject:
    return {
        "number": each.number,
        "startedAt": moment(each.started_at),
        "durationMs": each.duration_ms,
        "responseStatus": each.response_status,
        "error": each.error,
    }
