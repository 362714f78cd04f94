"""Connections of the server: no answer waits for an acknowledgement."""

from __future__ import annotations

import asyncio
import socket

import uvicorn
from uvicorn.server import ServerState

from granulator.command.connection import Connection


async def nothing(scope: object, receive: object, send: object) -> None:
    """An application that is never asked."""


async def test_an_answer_on_a_socket_that_processes_share_is_sent_at_once() -> None:
    config = uvicorn.Config(nothing, log_config=None)
    with socket.create_server(("127.0.0.1", 0)) as shared, socket.create_connection(shared.getsockname()):
        accepted, _ = shared.accept()

        transport, _ = await asyncio.get_running_loop().connect_accepted_socket(
            lambda: Connection(config, ServerState(), {}), accepted
        )

        assert transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
        transport.abort()
