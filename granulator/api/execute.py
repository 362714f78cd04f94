"""``POST /api/execute``: one request, one action. What cannot be served is refused before a job exists."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated, Literal

from pydantic import Field, StringConstraints
from starlette.requests import Request
from starlette.responses import Response

from granulator import errors
from granulator.api import idempotency, receipts, validation, wire
from granulator.api.auth import principal
from granulator.api.errors import log_failure
from granulator.api.granulate import GranulateRequest, callback_of, order_of
from granulator.api.preference import RESPOND_ASYNC, prefers_async
from granulator.api.wire import Number, Text, WholeNumber
from granulator.casing import RequestModel
from granulator.granulation import admission, result, service
from granulator.model import JsonObject, StructureType
from granulator.services import Services
from granulator.store.database import GuardFailed
from granulator.store.idempotency import Once

PATH = "/api/execute"


class ValidateConfig(RequestModel):
    """How strictly action ``validate`` checks."""

    validation_level: Annotated[WholeNumber, Field(ge=1, le=3)] = 2
    validation_threshold: Annotated[Number, Field(ge=0, le=100)] | None = None


class ValidateInput(RequestModel):
    """What action ``validate`` checks: a job's structure or one that is sent."""

    job_id: WholeNumber | None = None
    structure: dict[str, object] | None = None
    structure_type: StructureType | None = None
    template_name: Annotated[Text, StringConstraints(min_length=1, max_length=64)] | None = None


class ValidateAction(RequestModel):
    """The body of action ``validate``."""

    action: Literal["validate"]
    input: ValidateInput
    config: ValidateConfig = ValidateConfig()


async def execute(request: Request) -> Response:
    """Do the action the body names."""
    body = await wire.read_object(request)
    match body.get("action"):
        case None:
            raise errors.MissingRequiredField("Missing required field: action", field="action", path="action")
        case "granulate":
            return await _granulate(request, body)
        case "validate":
            idempotency.refuse(request, "action validate: it makes no job")
            return await _validate(request, wire.parse(ValidateAction, body))
        case unknown:
            raise errors.InvalidAction(
                "Unsupported action", field="action", path="action", value=unknown, supported=["granulate", "validate"]
            )


async def _granulate(request: Request, sent: JsonObject) -> Response:
    body = wire.parse(GranulateRequest, sent)
    key = await idempotency.once(request, sent, PATH)
    is_preferred = prefers_async(request)
    start = _do if body.callback is None and not is_preferred else _accept
    answer = await idempotency.at_most_once(request, key, partial(start, request, body, key))
    if is_preferred and answer.status_code == 202:
        answer.headers["Preference-Applied"] = RESPOND_ASYNC
    return answer


async def _accept(request: Request, body: GranulateRequest, key: Once | None) -> Response:
    """Put the job in line and answer at once."""
    services: Services = request.app.state.services
    job_id = await admission.accept(
        services,
        principal(request),
        order_of(body, is_waited_for=False),
        request_id=request.state.request_id,
        callback=await callback_of(services, body),
        once=key,
    )
    return receipts.accepted(job_id)


async def _do(request: Request, body: GranulateRequest, key: Once | None) -> Response:
    """Do the job and answer with how it ended."""
    services: Services = request.app.state.services
    lease = await admission.submit(
        services, principal(request), order_of(body), request_id=request.state.request_id, once=key
    )
    # The job goes on when its caller goes away.
    job = asyncio.create_task(service.run(services, lease))
    try:
        outcome = await asyncio.shield(job)
    except GuardFailed:
        outcome = await service.follow(services, lease.job_id)
    except errors.DatabaseError as error:
        log_failure(error)
        return wire.reply(result.unfinished(error, job_id=lease.job_id), error.status)
    except asyncio.CancelledError:
        stopping = errors.InternalError("The server is stopping; the job goes on when it starts again")
        return wire.reply(result.unfinished(stopping, job_id=lease.job_id), stopping.status)
    return wire.reply(outcome.body, outcome.status, outcome.headers)


async def _validate(request: Request, body: ValidateAction) -> Response:
    services: Services = request.app.state.services
    started = services.now_ms()
    checked = await validation.check(
        services,
        principal(request),
        validation.ValidateRequest.model_validate(
            {
                "job_id": body.input.job_id,
                "structure": body.input.structure,
                "structure_type": body.input.structure_type,
                "template_name": body.input.template_name,
                "validation_level": body.config.validation_level,
                "threshold": body.config.validation_threshold,
            },
            by_alias=False,
            by_name=True,
        ),
        under="input.",
        request_id=request.state.request_id,
    )
    answer: JsonObject = {
        "success": True,
        "output": checked,
        "usage": checked["usage"],
        "duration": services.now_ms() - started,
        "cost": checked["cost"],
        "metadata": {"method": checked["method"], "rulesVersion": checked["rulesVersion"]},
    }
    return wire.reply(answer)
