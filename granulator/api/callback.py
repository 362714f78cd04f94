"""The ``callback`` of a request: whom to tell of a job's end, as sent, and whether that may be called at all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from granulator import errors
from granulator.api.wire import WholeNumber
from granulator.casing import RequestModel
from granulator.services import Services
from granulator.webhooks import callbacks, guard
from granulator.webhooks.callbacks import Callback, Event

HEADERS_MOST: Final = 20
LONGEST_NAME: Final = 100
LONGEST_VALUE: Final = 4096
HEADERS_CHARACTERS: Final = 16_384
"""Of all names and values together: receivers refuse more."""

REFUSED_NAMES: Final = frozenset(
    ("connection", "expect", "host", "http2-settings", "keep-alive", "proxy-authenticate", "proxy-authentication-info")
    + ("proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade")
)
"""What frames the request or belongs to one connection only."""

REFUSED_BEGINNINGS: Final = ("content-", "webhook-")

_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)
_VALUE: Final = re.compile(r"(?:[\x21-\x7e\xa0-\xff](?:[\t\x20-\x7e\xa0-\xff]*[\x21-\x7e\xa0-\xff])?)?")


def _url(value: object) -> str:
    try:
        guard.parse(str(value) if isinstance(value, str) else "")
    except guard.Refused as refused:
        facts = {"message": refused.message, "reason": refused.reason}
        raise PydanticCustomError("callback_url", "{message}", facts) from refused
    return str(value)


def _headers(value: object) -> dict[str, str]:
    """Check all headers as one value, so that none of them is ever repeated in an error."""
    if not isinstance(value, Mapping):
        raise ValueError("it must be an object of names and texts")
    if len(value) > HEADERS_MOST:
        raise ValueError(f"it has {len(value)} headers, at most {HEADERS_MOST} are accepted")
    for number, (name, text) in enumerate(value.items(), 1):
        if (fault := _header_fault(name, text)) is not None:
            raise ValueError(f"header {number} {fault}")
    if len({name.lower() for name in value}) < len(value):
        raise ValueError("a name stands twice, in different cases")
    if sum(len(name) + len(text) for name, text in value.items()) > HEADERS_CHARACTERS:
        raise ValueError(f"it has more than {HEADERS_CHARACTERS} characters")
    return dict(value)


def _header_fault(name: str, text: object) -> str | None:
    if len(name) > LONGEST_NAME or not _NAME.fullmatch(name):
        return f"has a name that is none: 1 to {LONGEST_NAME} letters, digits and hyphens"
    if name.lower() in REFUSED_NAMES or name.lower().startswith(REFUSED_BEGINNINGS):
        return f"is {name}, which is ours to send"
    if not isinstance(text, str):
        return f"({name}) is not a text"
    if len(text) > LONGEST_VALUE or not _VALUE.fullmatch(text):
        return (
            f"({name}) must have at most {LONGEST_VALUE} Latin-1 characters, no line breaks and no spaces around them"
        )
    return None


Url = Annotated[
    str, BeforeValidator(_url), WithJsonSchema({"type": "string", "format": "uri", "maxLength": guard.LONGEST_URL})
]
Headers = Annotated[
    dict[str, str],
    BeforeValidator(_headers),
    WithJsonSchema(
        {"type": "object", "maxProperties": HEADERS_MOST, "additionalProperties": {"type": "string"}, "default": {}}
    ),
]


class CallbackRequest(RequestModel):
    """Whom to tell of the job's end; makes the request asynchronous. The headers are never shown again."""

    url: Url
    headers: Headers = {}
    retries: Annotated[WholeNumber, Field(ge=0, le=10)] = callbacks.DEFAULT_RETRIES
    events: Annotated[list[Event], Field(max_length=10)] = list(Event)


async def checked(
    services: Services, sent: CallbackRequest, *, path: str = "callback", lookup: guard.Lookup = guard.lookup
) -> Callback:
    """Return the callback once its URL is one that we may call now; ``path`` is where it stands in the body.

    Raises InvalidCallbackUrl with the reason.
    """
    try:
        await guard.check(services.settings, sent.url, lookup=lookup)
    except guard.Refused as refused:
        raise errors.InvalidCallbackUrl(
            refused.message, field="url", path=f"{path}.url", reason=refused.reason
        ) from refused
    return Callback(sent.url, sent.headers, sent.retries, tuple(dict.fromkeys(sent.events)))
