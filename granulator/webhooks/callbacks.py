"""Callbacks as callers ask for them, and how they are kept: sealed, for their headers and URL are secrets."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from cryptography.fernet import Fernet, InvalidToken

from granulator.model import JobStatus
from granulator.settings import Settings

DEFAULT_RETRIES: Final = 3


class Event(StrEnum):
    """What a callback can be told of."""

    COMPLETED = "granulation.completed"
    FAILED = "granulation.failed"
    CANCELLED = "granulation.cancelled"


EVENT_OF: Final[Mapping[JobStatus, Event]] = {
    JobStatus.COMPLETED: Event.COMPLETED,
    JobStatus.FAILED: Event.FAILED,
    JobStatus.CANCELLED: Event.CANCELLED,
}


class Unreadable(Exception):
    """The sealed text was not made with this SESSION_SECRET, or is damaged."""


@dataclass(frozen=True, slots=True)
class Callback:
    """Whom to tell of a job's end; ``retries`` counts the tries after the first. Neither URL nor headers are shown."""

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    retries: int = DEFAULT_RETRIES
    events: tuple[Event, ...] = tuple(Event)


def seal(settings: Settings, callback: Callback) -> str:
    """Return a callback encrypted and authenticated, as ASCII text."""
    fields = {
        "url": callback.url,
        "headers": dict(callback.headers),
        "retries": callback.retries,
        "events": list(callback.events),
    }
    return _cipher(settings).encrypt(json.dumps(fields).encode("ascii")).decode("ascii")


def unseal(settings: Settings, text: str) -> Callback:
    """Return the callback that was sealed. Raises Unreadable."""
    try:
        fields = json.loads(_cipher(settings).decrypt(text.encode("ascii")))
    except (InvalidToken, UnicodeEncodeError) as error:
        raise Unreadable(
            "the callback cannot be read: SESSION_SECRET was changed since, or the row is damaged"
        ) from error
    return Callback(
        url=fields["url"],
        headers=fields["headers"],
        retries=fields["retries"],
        events=tuple(Event(event) for event in fields["events"]),
    )


def _cipher(settings: Settings) -> Fernet:
    return Fernet(urlsafe_b64encode(settings.derived_key("callback")))
