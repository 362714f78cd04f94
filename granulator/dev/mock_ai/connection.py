"""Uvicorn's HTTP protocol with its transport within reach of the application, so that a fault can be a real one."""

from __future__ import annotations

import asyncio
import socket
import struct

from uvicorn.protocols.http.h11_impl import H11Protocol

_LINGER_NOT = struct.pack("ii", 1, 0)
TRANSPORT = "transport"
"""The key of the scope's state that holds the transport."""


class Connection(H11Protocol):
    """A connection that tells the requests on it what it is made of."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to serve a connection."""
        self.app_state = {**self.app_state, TRANSPORT: transport}
        # The event loop does this only for sockets it made itself; without it every second write waits 40 ms.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().connection_made(transport)


def reset(transport: asyncio.Transport) -> None:
    """End a connection with a reset instead of a close: the peer reads an error, not an end."""
    plug = transport.get_extra_info("socket")
    plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
    transport.abort()
