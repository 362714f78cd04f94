"""``granulator serve`` and ``granulator worker``: the processes that stay."""

from __future__ import annotations

import argparse
import asyncio
import signal
import socket
import sys
from contextlib import suppress

import uvicorn

from granulator import logs, worker
from granulator.command.connection import Connection
from granulator.errors import ConfigurationError
from granulator.granulation import service
from granulator.services import open_services
from granulator.settings import Settings, ensure_development_secrets, load, require_secrets

DRAIN_SECONDS = 20
"""How long running requests may take to finish when the server stops; what is left is taken over later."""


def serve_command(arguments: argparse.Namespace) -> int:
    """Answer HTTP until stopped."""
    settings = ready_settings()
    asyncio.run(_prepare(settings))
    logs.configure(settings.log_level)
    _check_address(arguments.host, arguments.port)
    sys.stderr.write(f"Granulator listens on http://{arguments.host}:{arguments.port}\n")
    uvicorn.run(
        "granulator.app:create_app",
        factory=True,
        http=Connection,
        host=arguments.host,
        port=arguments.port,
        workers=arguments.workers,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    return 0


async def _prepare(settings: Settings) -> None:
    """Meet a broken template or migration here, where its reason can be told in one line."""
    async with open_services(settings) as services:
        await service.install_templates(services)


def _check_address(host: str, port: int) -> None:
    """Say in one line that the address cannot be had, which the server itself would tell in its log."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise ConfigurationError(f"cannot listen on {host}:{port}: {error.strerror}") from error


def worker_command(arguments: argparse.Namespace) -> int:
    """Take over abandoned jobs until stopped by SIGTERM or SIGINT; what is running then is handed back."""
    settings = ready_settings()
    logs.configure(settings.log_level)
    asyncio.run(_work(settings))
    return 0


async def _work(settings: Settings) -> None:
    working = asyncio.create_task(worker.serve(settings))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, working.cancel)
    with suppress(asyncio.CancelledError):
        await working


def ready_settings() -> Settings:
    """Return the settings with every secret they need; in development missing ones are made, and that is said.

    Raises ConfigurationError naming what is wrong or missing.
    """
    settings, written = ensure_development_secrets(load())
    if written is not None:
        sys.stderr.write(f"Wrote new random secrets for development to {written} (mode 0600, ignored by git)\n")
    require_secrets(settings)
    return settings
