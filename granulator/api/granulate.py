"""The body of action ``granulate``: what a caller orders, as it is sent and as an order has it."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from granulator import errors
from granulator.api.callback import CallbackRequest, checked
from granulator.api.config import GranulateConfig, settings_of
from granulator.api.wire import Text, WholeNumber
from granulator.casing import RequestModel
from granulator.granulation.order import Order
from granulator.granulation.validation import RequiredElement
from granulator.model import Source, StructureType
from granulator.services import Services
from granulator.webhooks import callbacks

TIMEOUT_MS: Final = 120_000
ASYNC_TIMEOUT_MS: Final = 600_000
"""How long a job may take when its caller does not say, and how long when nobody waits for it."""

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
    callback: CallbackRequest | None = None
    timeout: Annotated[WholeNumber, Field(ge=1000, le=ASYNC_TIMEOUT_MS)] = Field(
        default=TIMEOUT_MS, description="Milliseconds from the request on, waiting included; 600000 where nobody waits."
    )


def order_of(body: GranulateRequest, *, is_waited_for: bool = True) -> Order:
    """Return the order a checked request stands for; raises PayloadTooLarge or InvalidParameter for its source."""
    wanted = body.input
    is_timeout_sent = "timeout" in body.model_fields_set
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
        timeout_ms=body.timeout if is_waited_for or is_timeout_sent else ASYNC_TIMEOUT_MS,
    )


async def callback_of(services: Services, body: GranulateRequest, *, under: str = "") -> str | None:
    """Return the callback of a checked request, sealed, once its URL is one that may be called now.

    Raises InvalidCallbackUrl with its path, which begins with ``under``.
    """
    if body.callback is None:
        return None
    found = await checked(services, body.callback, path=f"{under}callback")
    return callbacks.seal(services.settings, found)


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
