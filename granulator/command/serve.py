"""``granulator serve`` and ``granulator worker``: the processes that stay."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import socket
import sys
from types import FrameType

import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from granulator import logs, worker
from granulator.command.connection import Connection
from granulator.command.stopping import STOP_SIGNALS, Stop, end_at_a_signal
from granulator.errors import ConfigurationError
from granulator.granulation import admission, schedule
from granulator.services import open_services
from granulator.settings import Settings, ensure_development_secrets, load, require_secrets


def serve_command(arguments: argparse.Namespace) -> int:
    """Answer HTTP until stopped; 0 after an end in good order."""
    end_at_a_signal()
    settings = ready_settings()
    asyncio.run(_prepare(settings))
    logs.configure(settings.log_level)
    _check_address(arguments.host, arguments.port)
    sys.stderr.write(f"Granulator listens on http://{arguments.host}:{arguments.port}\n")
    config = uvicorn.Config(
        "granulator.command.stoppable:create_stoppable_app",
        factory=True,
        http=Connection,
        host=arguments.host,
        port=arguments.port,
        workers=arguments.workers,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=settings.drain_seconds,
    )
    return _serve_alone(config) if arguments.workers == 1 else _serve_together(config)


def _serve_alone(config: uvicorn.Config) -> int:
    server = uvicorn.Server(config)
    heard: list[int] = []

    def hear(number: int, frame: FrameType | None) -> None:
        """The server hands back the signals it had when it has ended; one that is none of these comes before it."""
        heard.append(number)
        if not server.should_exit:
            sys.exit(0)

    for number in STOP_SIGNALS:
        signal.signal(number, hear)
    server.run()
    # The first is handed back last.
    return 128 + heard[-1] if len(heard) > 1 else 0


def _serve_together(config: uvicorn.Config) -> int:
    supervisor = Supervisor(config, [config.bind_socket()])
    supervisor.run()
    if any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes):
        return STARTUP_FAILURE
    return 128 + signal.SIGTERM if supervisor.is_hurried else 0


class Supervisor(Multiprocess):
    """Uvicorn's supervisor, which waited for its processes deaf: a second signal is passed on to them."""

    is_hurried = False

    def join_all(self) -> None:
        """Wait for the processes to end."""
        self.signal_queue.clear()
        while living := [each for each in self.processes if each.process.is_alive()]:
            living[0].process.join(0.1)
            if any(number in STOP_SIGNALS for number in self.signal_queue):
                self.signal_queue.clear()
                self.is_hurried = True
                for each in living:
                    if each.pid is not None and each.process.is_alive():
                        os.kill(each.pid, signal.SIGTERM)


async def _prepare(settings: Settings) -> None:
    """Meet a broken template, migration or schedule here, where its reason can be told in one line."""
    schedule.check(settings)
    async with open_services(settings) as services:
        await admission.install_templates(services)


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
    """Run jobs until stopped by SIGTERM or SIGINT; what has not ended by then is handed back."""
    end_at_a_signal()
    settings = ready_settings()
    logs.configure(settings.log_level)
    return asyncio.run(_work(settings))


async def _work(settings: Settings) -> int:
    stop = Stop(lambda number: None)
    await worker.serve(settings, stop.heeded)
    return stop.exit_code


def ready_settings() -> Settings:
    """Return the settings with every secret they need; in development missing ones are made, and that is said.

    Raises ConfigurationError naming what is wrong or missing.
    """
    settings, written = ensure_development_secrets(load())
    if written is not None:
        sys.stderr.write(f"Wrote new random secrets for development to {written} (mode 0600, ignored by git)\n")
    require_secrets(settings)
    return settings
