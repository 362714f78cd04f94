"""What every benchmark needs: servers of ours and others started and met, one light client, and rows of a table."""

from __future__ import annotations

import asyncio
import http.client
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OURS = ("-m", "granulator", "serve", "--port")
MOCK = ("-m", "granulator", "dev", "mock-ai", "--port")


class BenchError(Exception):
    """A server did not behave, so there is nothing to measure."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: how long its first 200 took, and where it is."""

    pid: int
    port: int
    start_seconds: float

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@dataclass(frozen=True, slots=True)
class Load:
    """What one client saw: requests per second and latencies in milliseconds."""

    per_second: float
    p50_ms: float
    p95_ms: float
    p99_ms: float


def bare(module: str) -> tuple[str, ...]:
    """Return the command of an application that stands in ``<module>.py``, served as ours is."""
    return ("-m", "uvicorn", f"{module}:app", "--no-access-log", "--port")


def environ(more: Mapping[str, str] | None = None) -> dict[str, str]:
    limits = {"RATE_LIMIT_PER_MINUTE": "1000000", "CONCURRENCY_PER_KEY": "10000"}
    return {"PATH": os.defpath, "PYTHONPATH": str(ROOT), **limits, **(more or {})}


@contextmanager
def server(
    command: Sequence[str], home: Path, more: Mapping[str, str] | None = None, arguments: Sequence[str] = ()
) -> Iterator[Server]:
    """Start a Python server whose ``command`` ends where its port belongs, and stop it after; ``more`` is environment.

    Raises BenchError when it does not answer 200 at its root.
    """
    port = free_port()
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *command, str(port), *arguments],
        cwd=home,
        env=environ(more),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for_200(port, process)
        yield Server(process.pid, port, time.perf_counter() - began)
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as found:
        return int(found.getsockname()[1])


def wait_for_200(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.perf_counter() + 30
    while time.perf_counter() < deadline and process.poll() is None:
        with suppress(OSError), closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
            connection.request("GET", "/")
            if connection.getresponse().status == 200:
                return
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.005)
    raise BenchError(f"the server on port {port} did not answer 200")


def request(method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """Return the bytes of a request, made once so that sending it costs the client nothing."""
    told = {"Host": "localhost", **headers, **({"Content-Length": str(len(body))} if body else {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body


async def load_on(port: int, sent: bytes, *, connections: int, seconds: float) -> Load:
    """Send one request over and over on each of so many connections."""
    began = time.perf_counter()
    stop = began + seconds
    streams = await asyncio.gather(*(_connection(port, sent, stop) for _ in range(connections)))
    taken = sorted(latency for stream in streams for latency in stream)
    per_second = len(taken) / (time.perf_counter() - began)
    return Load(per_second, *(percentile(taken, share) * 1000 for share in (50, 95, 99)))


async def _connection(port: int, sent: bytes, stop: float) -> list[float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    taken = []
    while time.perf_counter() < stop:
        began = time.perf_counter()
        await exchange(reader, writer, sent)
        taken.append(time.perf_counter() - began)
    writer.close()
    await writer.wait_closed()
    return taken


async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sent: bytes) -> bytes:
    """Send a request and return the body of its answer. Raises BenchError unless it is a 200 of known length."""
    writer.write(sent)
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    if not head.startswith(b"HTTP/1.1 200") or length is None:
        raise BenchError(f"unexpected answer {head.splitlines()[0].decode()}")
    return await reader.readexactly(int(length[1]))


def resident_mb(pid: int) -> float:
    shown = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True)
    return int(shown.stdout) / 1024


def percentile(taken: Sequence[float], share: int) -> float:
    """Return the value that ``share`` percent of the sorted values do not exceed."""
    return taken[min(len(taken) * share // 100, len(taken) - 1)]


def table(*columns: str) -> None:
    sys.stdout.write("\n")
    row(*columns)
    row("---", *("---:" for _ in columns[1:]))


def row(*cells: str) -> None:
    sys.stdout.write(f"| {' | '.join(cells)} |\n")
    sys.stdout.flush()


def compared(what: str, ours: float, other: float, unit: str, digits: int = 0) -> None:
    row(what, f"{ours:.{digits}f} {unit}", f"{other:.{digits}f} {unit}", f"{ours / other:.2f}")
