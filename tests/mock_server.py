"""The mock AI server on a free loopback port, in a thread, for whoever needs a vendor to talk to. Needs no pytest."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

from granulator.dev.mock_ai.connection import Connection
from granulator.dev.mock_ai.server import MockState, create_app
from granulator.model import Json


@dataclass(frozen=True, slots=True)
class MockAi:
    """A running mock server."""

    url: str
    state: MockState

    @property
    def requests(self) -> list[dict[str, Json]]:
        """Every request so far: path, headers (lower-case names), body, scenario, and whether the client left early."""
        return [
            {
                "path": row.path,
                "headers": dict(row.headers),
                "body": dict(row.body),
                "scenario": row.scenario,
                "disconnected": row.outcome.disconnected,
            }
            for row in tuple(self.state.requests)
        ]

    def reset(self) -> None:
        """Forget the requests, and the counts of the scenarios that count calls."""
        self.state.reset()


@contextmanager
def mock_ai(*, latency_ms: int = 0, ttft_ms: int = 0, tokens_per_second: int = 0) -> Iterator[MockAi]:
    """Serve the mock until the block ends; answers that hang then are cut."""
    app = create_app(latency_ms=latency_ms, ttft_ms=ttft_ms, tokens_per_second=tokens_per_second)
    # Listening before the server starts: a client that is early waits in the queue of the socket.
    with socket.create_server(("127.0.0.1", 0), backlog=512) as plug:
        config = uvicorn.Config(app, http=Connection, ws="none", log_config=None, access_log=False, lifespan="off")
        config.timeout_graceful_shutdown = 0
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [plug]}, daemon=True)
        thread.start()
        try:
            yield MockAi(f"http://127.0.0.1:{plug.getsockname()[1]}", app.state.mock)
        finally:
            server.should_exit = True
            thread.join(timeout=10)
