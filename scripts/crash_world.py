"""The world of a crash test, in a process that is never killed: a vendor that bills what it answers, and a receiver.

Every call and every webhook is one line of JSON in a log. A call is billed when its answer begins to leave.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import random
import re
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from granulator.dev.mock_ai.connection import Connection
from granulator.dev.mock_ai.delivery import Pace
from granulator.dev.mock_ai.server import create_app

HOOK: Final = "/hook"
TOPIC: Final = "Keeping bees, volume {}"
_NUMBER: Final = re.compile(r"Keeping bees, volume (\d+)")


@dataclass(frozen=True, slots=True)
class World:
    """The ASGI application; latencies are milliseconds, and each call has its own between the two."""

    vendor: Starlette
    log: TextIO
    fastest: int
    slowest: int

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _body(receive) if scope["type"] == "http" and scope["method"] == "POST" else b""
        if scope["type"] == "http" and scope["path"] == HOOK:
            await self._hear(scope, body, send)
        else:
            await self._answer(scope, body, receive, send)

    async def _hear(self, scope: Scope, body: bytes, send: Send) -> None:
        """Note a webhook, then answer that it came."""
        headers = dict(scope["headers"])
        told = json.loads(body)
        self._note(kind="hook", id=headers[b"webhook-id"].decode(), event=told["event"], job=told["jobId"])
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    async def _answer(self, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        started = _now()
        asked = json.loads(body)["messages"] if body else []
        found = _NUMBER.search(json.dumps(asked))

        async def bill(message: Message) -> None:
            if message["type"] == "http.response.start" and found is not None:
                request_id = dict(message["headers"])[b"x-request-id"].decode()
                prompt = hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:16]
                self._note(kind="call", topic=int(found[1]), prompt=prompt, started=started, request=request_id)
            await send(message)

        self.vendor.state.mock.pace = Pace(random.randint(self.fastest, self.slowest))
        await self.vendor(scope, _again(body, receive), bill)

    def _note(self, **row: object) -> None:
        self.log.write(json.dumps({**row, "at": _now()}) + "\n")
        self.log.flush()


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    """Give a body that was read once more, and then whatever comes after it."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def give() -> Message:
        return waiting.pop() if waiting else await receive()

    return give


def _now() -> int:
    return time.time_ns() // 1_000_000


async def serve(app: ASGIApp, plug: socket.socket) -> None:
    config = uvicorn.Config(app, http=Connection, ws="none", lifespan="off", log_config=None, access_log=False)
    config.timeout_graceful_shutdown = 0
    await uvicorn.Server(config).serve(sockets=[plug])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--latency-ms", type=int, nargs=2, default=(50, 300))
    arguments = parser.parse_args()
    with arguments.log.open("a") as log, socket.create_server(("127.0.0.1", arguments.port), backlog=1024) as plug:
        fastest, slowest = arguments.latency_ms
        asyncio.run(serve(World(create_app(), log, fastest, slowest), plug))


if __name__ == "__main__":
    main()
