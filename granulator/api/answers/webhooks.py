"""The answers of ``/api/webhooks/deliveries``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from granulator.api.answers.values import Count, Moment, Page, RowId
from granulator.casing import ResponseModel
from granulator.store.outbox import State
from granulator.webhooks.callbacks import Event

HttpStatus = Annotated[int, Field(ge=100, le=999)]


class DeliveryRow(ResponseModel):
    """A webhook message; headers and what stands behind the `?` of its URL are not shown.

    `attempts` counts every try that was begun, `maxAttempts` those there may be. While a try is under way
    `nextAttemptAt` is when another process takes over.
    """

    id: str
    webhook_id: str
    job_id: RowId
    event: Event
    url: str
    status: State
    attempts: Count
    max_attempts: Count
    response_status: HttpStatus | None
    last_error: str | None
    next_attempt_at: Moment | None
    created_at: Moment
    delivered_at: Moment | None


class DeliveryList(Page):
    """A page of the caller's webhook messages, newest first."""

    deliveries: list[DeliveryRow]


class DeliveryTry(ResponseModel):
    """One try; `responseStatus` is null where no answer came."""

    number: Annotated[int, Field(ge=1)]
    started_at: Moment
    duration_ms: Count
    response_status: HttpStatus | None
    error: str | None


class DeliveryDetail(DeliveryRow):
    """A webhook message with its tries in their order."""

    log: list[DeliveryTry]


class DeliveryAnswer(ResponseModel):
    """One webhook message."""

    delivery: DeliveryDetail


class Redelivered(ResponseModel):
    """The message is sent again under the same id."""

    success: Literal[True]
    delivery: DeliveryRow
