"""What the mock needs of a wire format, and how server-sent events are written; no vendor."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from granulator.dev.mock_ai.asked import Asked, Reply
from granulator.model import Json, JsonObject


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer of a status other than 200."""

    status: int
    body: JsonObject


class Wire(Protocol):
    """One vendor's format."""

    request_id_header: str

    def read(self, body: Mapping[str, Json], model: str) -> Asked:
        """Return what a request asks for; ``model`` is the one named in the path, else ""."""
        ...

    def plain(self, reply: Reply, asked: Asked, ident: str) -> JsonObject:
        """Return the body of an answer that is not streamed."""
        ...

    def head(self, reply: Reply, asked: Asked, ident: str) -> bytes:
        """Return the events before the first piece of text."""
        ...

    def piece(self, text: str, reply: Reply, asked: Asked, ident: str) -> bytes:
        """Return the event of one piece of text."""
        ...

    def tail(self, reply: Reply, asked: Asked, ident: str) -> bytes:
        """Return the events after the last piece of text."""
        ...

    def refusal(self, name: str, asked: Asked, ident: str) -> Refusal:
        """Return the error of this name in the vendor's words."""
        ...

    def error_event(self, name: str, asked: Asked, ident: str) -> bytes:
        """Return the event by which the vendor says inside a stream that it failed."""
        ...

    def oddity(self, name: str, asked: Asked, ident: str) -> JsonObject:
        """Return the body of a 200 that holds no answer: ``err200``, ``emptychoices`` or ``nullchoices``."""
        ...

    def odd_event(self, name: str, asked: Asked, ident: str) -> bytes:
        """Return the same as a stream."""
        ...


def event(data: JsonObject, name: str = "") -> bytes:
    """Return one server-sent event."""
    line = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    start = f"event: {name}\n" if name else ""
    return f"{start}data: {line}\n\n".encode()


def events(rows: Sequence[bytes]) -> bytes:
    """Return events as one piece of a stream."""
    return b"".join(rows)
