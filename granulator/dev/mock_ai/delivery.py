"""How an answer travels: when each piece of it leaves, and by which fault its connection ends. No content."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from granulator.dev.mock_ai.connection import TRANSPORT, reset

Ending = Literal["end", "hold", "reset", "close"]
"""After the last piece: the answer ends; nothing more ever comes; the connection is reset; it is closed too early."""

TRICKLE_SECONDS = 0.2
READ_SECONDS = 0.05
"""What the peer gets to read what was sent before a reset takes it away."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast the mock is; ``tokens_per_second`` 0 sends everything at once."""

    latency_ms: int = 0
    ttft_ms: int = 0
    tokens_per_second: int = 0

    def due(self, tokens: int | None) -> float:
        """Return after how many seconds the piece that ends with this token leaves; None is before any token."""
        if tokens is None:
            return self.latency_ms / 1000
        written = tokens / self.tokens_per_second if self.tokens_per_second else 0.0
        return (self.latency_ms + self.ttft_ms) / 1000 + written


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes that leave once ``tokens`` tokens are written; None is before any token."""

    content: bytes
    tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Script:
    """One answer as it is to go over the connection; ``status`` None sends not even a head.

    ``missing_bytes`` are announced by the head and never sent.
    """

    status: int | None
    pieces: tuple[Piece, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    ending: Ending = "end"
    is_sized: bool = True
    missing_bytes: int = 0
    trickles: bool = False


@dataclass(slots=True)
class Outcome:
    """What became of an answer: whether the client left before its end."""

    disconnected: bool = False


class Delivery(Response):
    """A response that follows a script and a pace, and stops when the client leaves."""

    def __init__(self, script: Script, pace: Pace, started_at: float, outcome: Outcome) -> None:
        super().__init__(status_code=script.status or 200)
        self._script, self._pace, self._started_at, self._outcome = script, pace, started_at, outcome

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer, or as much of it as the client stays for."""
        sending = asyncio.create_task(self._send(scope, send))
        leaving = asyncio.create_task(_left(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
            self._outcome.disconnected = not sending.done() and self._script.ending in ("end", "hold")
        finally:
            for task in (sending, leaving):
                task.cancel()
            with suppress(asyncio.CancelledError):
                await leaving
        with suppress(asyncio.CancelledError):
            await sending

    async def _send(self, scope: Scope, send: Send) -> None:
        if self._script.status is not None:
            await self._until(self._pace.due(self._script.pieces[0].tokens if self._script.pieces else None))
            await send({"type": "http.response.start", "status": self._script.status, "headers": self._head()})
        if self._script.trickles:
            await self._trickle(send)
        else:
            await self._pieces(send)
        if self._script.ending == "end":
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return
        if self._script.ending != "hold":
            await asyncio.sleep(READ_SECONDS)
            _break(scope["state"][TRANSPORT], self._script.ending)
        await asyncio.Event().wait()

    def _head(self) -> list[tuple[bytes, bytes]]:
        headers = dict(self._script.headers)
        if self._script.is_sized:
            size = sum(len(piece.content) for piece in self._script.pieces) + self._script.missing_bytes
            headers["content-length"] = str(size)
        return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]

    async def _pieces(self, send: Send) -> None:
        for piece in self._script.pieces:
            await self._until(self._pace.due(piece.tokens))
            await send({"type": "http.response.body", "body": piece.content, "more_body": True})

    async def _trickle(self, send: Send) -> None:
        for byte in b"".join(piece.content for piece in self._script.pieces):
            await send({"type": "http.response.body", "body": bytes([byte]), "more_body": True})
            await asyncio.sleep(TRICKLE_SECONDS)

    async def _until(self, due: float) -> None:
        wait = self._started_at + due - asyncio.get_running_loop().time()
        if wait > 0:
            await asyncio.sleep(wait)


def _break(transport: asyncio.Transport, ending: Ending) -> None:
    if ending == "reset":
        reset(transport)
    else:
        transport.close()


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
