"""Real servers of ours for the crash test: started, met, killed without warning, started again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx

ROOT: Final = Path(__file__).resolve().parents[1]
START_SECONDS: Final = 60
TOKEN: Final = "token-of-the-crash-test"


class CrashTestError(Exception):
    """Something the test stands on did not work, so there is nothing to check."""


@dataclass
class Member:
    """One place in the fleet: the same port and the same log at every start."""

    home: Path
    port: int
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "granulator", "serve", "--port", str(self.port)]
        with (self.home / f"log-{self.port}").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=self.home, env=dict(self.environment), stdout=log, stderr=log)

    async def ready(self) -> None:
        """Wait until it answers. Raises CrashTestError when it does not."""
        assert self.process is not None
        give_up_at = time.monotonic() + START_SECONDS
        async with httpx.AsyncClient() as client:
            while time.monotonic() < give_up_at and self.process.poll() is None:
                with contextlib.suppress(httpx.TransportError):
                    if (await client.get(self.url)).status_code == 200:
                        return
                await asyncio.sleep(0.02)
        raise CrashTestError(f"the server did not answer; its log is {self.home / f'log-{self.port}'}")

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    async def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        return await asyncio.to_thread(self.process.wait, 60)


@dataclass
class Fleet:
    """Servers on one database."""

    members: list[Member] = field(default_factory=list)

    def any(self) -> Member:
        return random.choice(self.members)

    async def stop(self) -> list[int]:
        return list(await asyncio.gather(*(member.stop() for member in self.members)))


@contextlib.asynccontextmanager
async def fleet(home: Path, count: int, database_url: str, world_url: str) -> AsyncIterator[Fleet]:
    """Start so many servers, wait until all answer, and leave none behind."""
    shutil.copy(ROOT / "wrangler.toml", home)
    environment = _environment(home, database_url, world_url)
    started = Fleet([Member(home, free_port(), environment) for _ in range(count)])
    try:
        for member in started.members:
            member.start()
            # The first one makes the tables.
            await member.ready()
        yield started
    finally:
        for member in started.members:
            if member.process is not None and member.process.poll() is None:
                member.kill()


@contextmanager
def world(home: Path, latency_ms: tuple[int, int]) -> Iterator[tuple[str, Path]]:
    """Start the vendor and the receiver, and yield their address and their log."""
    port, log = free_port(), home / "world.jsonl"
    log.touch()
    told = ["--port", str(port), "--log", str(log), "--latency-ms", *map(str, latency_ms)]
    command = [sys.executable, str(ROOT / "scripts" / "crash_world.py"), *told]
    with (home / "log-world").open("ab") as errors, subprocess.Popen(command, cwd=ROOT, stderr=errors) as process:
        try:
            with httpx.Client(transport=httpx.HTTPTransport(retries=9)) as client:
                client.get(f"http://127.0.0.1:{port}/")
            yield f"http://127.0.0.1:{port}", log
        finally:
            process.kill()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def _environment(home: Path, database_url: str, world_url: str) -> dict[str, str]:
    return {
        "PATH": os.defpath,
        "PYTHONPATH": str(ROOT),
        "STATE_DIR": str(home / "state"),
        "DATABASE_URL": database_url,
        "SHARED_SECRET": TOKEN,
        "SESSION_SECRET": "session-secret-of-the-crash-test",
        "OPENAI_API_KEY": "key-of-the-crash-test",
        "OPENAI_BASE_URL": f"{world_url}/v1",
        "WEBHOOK_ALLOW_HOSTS": "127.0.0.1",
        "LEASE_SECONDS": "3",
        "CONCURRENCY_PER_KEY": "10",
        "RATE_LIMIT_PER_MINUTE": "1000000",
        "JUDGE_MODEL": "off",
        "LOG_LEVEL": "info",
    }
