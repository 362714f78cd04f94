"""Receivers of webhooks on the loopback: real sockets that note every connection and answer as scripted."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Script = bytes | Behaviour


def answer(status: int, *headers: str, body: bytes = b"") -> bytes:
    """An answer of HTTP/1.1 as bytes."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *headers]
    return "".join(f"{line}\r\n" for line in lines).encode() + b"\r\n" + body


OK = answer(200)


async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say nothing until the other side goes away."""
    await reader.read()


@dataclass
class Endless:
    """Answers 200 and never comes to the end of the body."""

    sent: int = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        with suppress(ConnectionError):
            while not reader.at_eof():
                writer.write(chunk)
                await writer.drain()
                self.sent += len(chunk)
                await asyncio.sleep(0)


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came; header names in lower case."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """What a receiver saw, and what it answers: the script's entries in turn, its last one for ever."""

    script: Sequence[Script]
    port: int = 0
    host: str = "127.0.0.1"
    scheme: str = "http"
    connections: int = 0
    requests: list[Received] = field(default_factory=list)
    came: asyncio.Condition = field(default_factory=asyncio.Condition)
    open: dict[asyncio.Task[None], asyncio.StreamWriter] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}/hook"

    async def seen(self, count: int) -> None:
        """Wait until so many requests have come."""
        async with asyncio.timeout(10), self.came:
            await self.came.wait_for(lambda: len(self.requests) >= count)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self.open[task] = writer
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await self._answer(reader, writer)
        writer.close()
        with suppress(ConnectionError, ssl.SSLError, asyncio.CancelledError):
            await writer.wait_closed()
        del self.open[task]

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        pairs = [line.split(": ", 1) for line in head[1:] if line]
        headers = {name.lower(): value for name, value in pairs}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        entry = self.script[min(len(self.requests), len(self.script) - 1)]
        async with self.came:
            self.requests.append(Received(head[0], headers, body))
            self.came.notify_all()
        if isinstance(entry, bytes):
            writer.write(entry)
            await writer.drain()
        else:
            await entry(reader, writer)


@asynccontextmanager
async def receiving(*script: Script, context: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """Receive on a free port of 127.0.0.1, with TLS where a context is given."""
    receiver = Receiver(script or (OK,), scheme="http" if context is None else "https")
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=context)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        for task, writer in tuple(receiver.open.items()):
            writer.transport.abort()
            task.cancel()
        await asyncio.gather(*receiver.open)
        await server.wait_closed()
