"""How the server speaks HTTP on one connection: uvicorn's protocol, with every answer sent at once."""

from __future__ import annotations

import asyncio
import socket

from uvicorn.protocols.http.h11_impl import H11Protocol


class Connection(H11Protocol):
    """A connection whose answers do not wait for the acknowledgement of what was sent before.

    The event loop sees to that only for sockets it made itself. Those that several processes share are uvicorn's, and
    on these every answer waited 40 ms.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to serve a connection."""
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().connection_made(transport)
