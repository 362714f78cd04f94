"""``POST /api/execute``: one request, one action. What cannot be served is refused before a job exists."""

from __future__ import annotations

import asyncio
import base64
import binascii
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError
from starlette.requests import Request
from starlette.responses import Response

from granulator import errors
from granulator.api import validation, wire
from granulator.api.auth import principal
from granulator.api.config import GranulateConfig, settings_of
from granulator.api.errors import log_failure
from granulator.api.wire import Number, Text, WholeNumber
from granulator.casing import RequestModel
from granulator.granulation import result, service
from granulator.granulation.order import Order
from granulator.granulation.validation import RequiredElement
from granulator.model import Json, JsonObject, Source, StructureType
from granulator.services import Services
from granulator.store.database import GuardFailed

SOURCE_CHARACTERS: Final = 5_000_000
SOURCE_BYTES: Final = 20_000_000
"""As many as 5,000,000 characters of UTF-8 can have."""


def _not_blank(value: object) -> object:
    if isinstance(value, str) and not value.strip():
        raise PydanticCustomError("blank", "It is blank")
    return value


def _named(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


Topic = Annotated[Text, StringConstraints(min_length=1, max_length=500), BeforeValidator(_not_blank)]
Language = Annotated[Text, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$")]


class SourceInput(RequestModel):
    """The caller's own material: exactly one of ``text`` and ``file`` (base64), with its ``format``."""

    text: Annotated[str, Field(strict=True)] | None = None
    file: Annotated[str, Field(strict=True)] | None = None
    format: Literal["markdown", "html", "text"]
    title: Annotated[Text, StringConstraints(min_length=1, max_length=300)] | None = None

    @model_validator(mode="after")
    def exactly_one(self) -> SourceInput:
        if (self.text is None) == (self.file is None):
            raise PydanticCustomError("one_of", "Give exactly one of text and file")
        return self


class RequiredElementInput(RequestModel):
    """A name that must appear in the structure, how often and where; a plain string is the name alone."""

    name: Annotated[Text, StringConstraints(min_length=1, max_length=200)]
    type: Annotated[Text, StringConstraints(min_length=1, max_length=50)] | None = None
    min_appearances: Annotated[WholeNumber, Field(ge=1, le=100)] = 1
    placement: Annotated[
        list[Annotated[Text, StringConstraints(min_length=1, max_length=100)]], Field(max_length=100)
    ] = []


class GranulateInput(RequestModel):
    """What to make."""

    topic: Topic
    structure_type: StructureType
    template_name: Annotated[Text, StringConstraints(min_length=1, max_length=64)] | None = None
    granularity_level: Annotated[WholeNumber, Field(ge=1, le=5)] = 3
    target_audience: Annotated[Text, StringConstraints(min_length=1, max_length=500)] | None = None
    max_elements: Annotated[WholeNumber, Field(ge=1, le=500)] | None = None
    language: Language = "en"
    source: SourceInput | None = None
    required_elements: Annotated[
        list[
            Annotated[RequiredElementInput, BeforeValidator(_named, json_schema_input_type=str | RequiredElementInput)]
        ],
        Field(max_length=100),
    ] = []


class GranulateRequest(RequestModel):
    """The body of action ``granulate``."""

    action: Literal["granulate"]
    input: GranulateInput
    config: GranulateConfig = GranulateConfig()
    timeout: Annotated[WholeNumber, Field(ge=1000, le=600_000)] = 120_000


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
            callback = body.pop("callback", None)
            parsed = wire.parse(GranulateRequest, body)
            _refuse_unavailable(request, callback)
            return await _granulate(request, parsed)
        case "validate":
            return await _validate(request, wire.parse(ValidateAction, body))
        case unknown:
            raise errors.InvalidAction(
                "Unsupported action", field="action", path="action", value=unknown, supported=["granulate", "validate"]
            )


async def _granulate(request: Request, body: GranulateRequest) -> Response:
    services: Services = request.app.state.services
    lease = await service.submit(services, principal(request), order_of(body), request_id=request.state.request_id)
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


def _refuse_unavailable(request: Request, callback: Json) -> None:
    """A caller who relies on a promise that is not kept yet must be told, not left to find out."""
    if callback is not None:
        raise errors.InvalidParameter(
            "Callbacks are not available in this version; leave callback out and wait for the answer",
            field="callback",
            path="callback",
        )
    if "idempotency-key" in request.headers:
        raise errors.InvalidParameter(
            "Idempotency-Key is not available in this version; leave it out",
            field="Idempotency-Key",
            path="Idempotency-Key",
        )


def order_of(body: GranulateRequest) -> Order:
    """Return the order a checked request stands for; raises PayloadTooLarge or InvalidParameter for its source."""
    wanted = body.input
    return Order(
        topic=wanted.topic,
        structure_type=wanted.structure_type,
        template_name=wanted.template_name,
        granularity_level=wanted.granularity_level,
        target_audience=wanted.target_audience,
        max_elements=wanted.max_elements,
        language=wanted.language,
        source=_source(wanted.source),
        required_elements=tuple(
            RequiredElement(
                name=element.name,
                type=element.type,
                min_appearances=element.min_appearances,
                placement=tuple(element.placement),
            )
            for element in wanted.required_elements
        ),
        **settings_of(body.config),
        timeout_ms=body.timeout,
    )


def _source(sent: SourceInput | None) -> Source | None:
    if sent is None:
        return None
    if sent.text is not None:
        if len(sent.text) > SOURCE_CHARACTERS:
            raise _source_too_large("text", f"{SOURCE_CHARACTERS} characters")
        return Source(format=sent.format, text=sent.text, title=sent.title)
    try:
        content = base64.b64decode(sent.file or "", validate=True)
    except (binascii.Error, ValueError) as error:
        raise errors.InvalidParameter(
            "Invalid value for input.source.file: it is not base64", field="file", path="input.source.file"
        ) from error
    if len(content) > SOURCE_BYTES:
        raise _source_too_large("file", f"{SOURCE_BYTES} bytes")
    return Source(format=sent.format, file=content, title=sent.title)


def _source_too_large(field: str, limit: str) -> errors.PayloadTooLarge:
    return errors.PayloadTooLarge(f"The source is larger than {limit}", field=field, path=f"input.source.{field}")
