"""Measures Granulator beside a bare Starlette app in one run and prints a Markdown table; it passes no judgement.

Ratios are what to read: both sides share the machine, the moment and the client.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import math
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from granulator.dev.sample import SAMPLE
from granulator.granulation import service
from granulator.granulation.order import Order
from granulator.model import Principal, Source, StructureType
from granulator.services import Services, open_services
from granulator.settings import ensure_development_secrets, load

ROOT = Path(__file__).resolve().parents[1]
STARTS = 5
SECONDS = 3
CONNECTIONS = 4
JOBS = 20
WORDS = (5_000, 20_000, 80_000)
CONSONANTS, VOWELS = "bcdfghjklmnprstv", "aeio"

BARE = """
import httpx
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route


async def hello(request):
    return JSONResponse({"status": "healthy"})


app = Starlette(routes=[Route("/", hello)])
"""


class BenchError(Exception):
    """A server did not behave, so there is nothing to measure."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: how long its first 200 took, and where it is."""

    pid: int
    port: int
    start_seconds: float


@dataclass(frozen=True, slots=True)
class Load:
    """What one client saw: requests per second and latencies in milliseconds."""

    per_second: float
    p50_ms: float
    p99_ms: float


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        (home / "bare.py").write_text(BARE)
        (home / "wrangler.toml").write_bytes((ROOT / "wrangler.toml").read_bytes())
        row("what", "granulator", "bare Starlette", "ratio")
        row("---", "---:", "---:", "---:")
        api_key = first_key(home)
        asyncio.run(seed(home))
        starts(home)
        with server("bare", home) as bare, server("granulator", home) as ours:
            memory(ours, bare)
            requests(ours, bare, api_key)
        sys.stdout.write("\n")
        granulations(home)


def row(*cells: str) -> None:
    sys.stdout.write(f"| {' | '.join(cells)} |\n")
    sys.stdout.flush()


def compared(what: str, ours: float, bare: float, unit: str, digits: int = 0) -> None:
    row(what, f"{ours:.{digits}f} {unit}", f"{bare:.{digits}f} {unit}", f"{ours / bare:.2f}")


def environ() -> dict[str, str]:
    return {"PATH": os.defpath, "PYTHONPATH": str(ROOT), "RATE_LIMIT_PER_MINUTE": "1000000"}


def first_key(home: Path) -> str:
    """Issue an API key, which also creates secrets and database, so that no measured start does."""
    command = [sys.executable, "-m", "granulator", "keys", "create", "--client", "bench", "--json"]
    issued = subprocess.run(command, cwd=home, env=environ(), capture_output=True, text=True, check=True)
    return str(json.loads(issued.stdout)["apiKey"])


async def seed(home: Path) -> None:
    """Give the key's tenant a first page of jobs."""
    async with opened(home) as services:
        for number in range(JOBS):
            order = Order(topic=f"Topic {number}", structure_type=StructureType.COURSE, granularity_level=1)
            await granulated(services, order)


@asynccontextmanager
async def opened(home: Path) -> AsyncIterator[Services]:
    settings, _ = ensure_development_secrets(load(root=home, environ={}))
    async with open_services(settings) as services:
        await service.install_templates(services)
        yield services


def starts(home: Path) -> None:
    seconds: dict[str, list[float]] = {"granulator": [], "bare": []}
    for _ in range(STARTS):
        for kind, taken in seconds.items():
            with server(kind, home) as running:
                taken.append(running.start_seconds * 1000)
    ours, bare = statistics.median(seconds["granulator"]), statistics.median(seconds["bare"])
    compared(f"cold start to first 200, median of {STARTS}", ours, bare, "ms")


@contextmanager
def server(kind: str, home: Path) -> Iterator[Server]:
    port = free_port()
    ours = ["-m", "granulator", "serve", "--port", str(port)]
    bare = ["-m", "uvicorn", "bare:app", "--port", str(port), "--no-access-log"]
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *(ours if kind == "granulator" else bare)],
        cwd=home,
        env=environ(),
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


def memory(ours: Server, bare: Server) -> None:
    compared("idle memory", resident_mb(ours.pid), resident_mb(bare.pid), "MB")


def resident_mb(pid: int) -> float:
    shown = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True)
    return int(shown.stdout) / 1024


def requests(ours: Server, bare: Server, api_key: str) -> None:
    for path in ("/", "/api/templates", "/api/jobs"):
        # The bare app is measured again beside each path: the machine changes while we look.
        plain = asyncio.run(load_on(bare.port, "/", api_key))
        full = asyncio.run(load_on(ours.port, path, api_key))
        compared(f"GET {path}, requests per second", full.per_second, plain.per_second, "/s")
        compared(f"GET {path}, p50", full.p50_ms, plain.p50_ms, "ms", 2)
        compared(f"GET {path}, p99", full.p99_ms, plain.p99_ms, "ms", 2)


async def load_on(port: int, path: str, api_key: str) -> Load:
    headers = f"Host: localhost\r\nX-API-Key: {api_key}\r\n"
    request = f"GET {path} HTTP/1.1\r\n{headers}\r\n".encode()
    began = time.perf_counter()
    stop = began + SECONDS
    streams = await asyncio.gather(*(connection(port, request, stop) for _ in range(CONNECTIONS)))
    taken = sorted(latency for stream in streams for latency in stream)
    per_second = len(taken) / (time.perf_counter() - began)
    return Load(per_second, taken[len(taken) // 2] * 1000, taken[len(taken) * 99 // 100] * 1000)


async def connection(port: int, request: bytes, stop: float) -> list[float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    taken = []
    while (began := time.perf_counter()) < stop:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        if not head.startswith(b"HTTP/1.1 200") or length is None:
            raise BenchError(f"unexpected answer {head.splitlines()[0].decode()}")
        await reader.readexactly(int(length[1]))
        taken.append(time.perf_counter() - began)
    writer.close()
    await writer.wait_closed()
    return taken


def granulations(home: Path) -> None:
    row("one job, level 3", *(f"{words:,} words" for words in WORDS), "growth exponents")
    row("---", *("---:" for _ in WORDS), "---:")

    async def measure() -> None:
        async with opened(home) as services:
            for structure_type in (StructureType.COURSE, StructureType.QUIZ):
                seconds = [await granulated(services, long_order(structure_type, words)) for words in WORDS]
                row(structure_type.value, *(f"{taken:.2f} s" for taken in seconds), growth(seconds))

    asyncio.run(measure())


def growth(seconds: Sequence[float]) -> str:
    steps = zip(WORDS, WORDS[1:], seconds, seconds[1:], strict=False)
    return ", ".join(f"{math.log(t1 / t0) / math.log(n1 / n0):.2f}" for n0, n1, t0, t1 in steps)


def long_order(structure_type: StructureType, words: int) -> Order:
    source = Source(format="markdown", text=document(words))
    return Order(topic="How a database keeps its promises", structure_type=structure_type, source=source)


async def granulated(services: Services, order: Order) -> float:
    """Do one whole job and return its seconds; a job that is not completed is not a measurement."""
    principal = Principal(kind="command", id="bench", client_id="bench")
    began = time.perf_counter()
    lease = await service.submit(services, principal, order, request_id="bench")
    outcome = await service.run(services, lease)
    if outcome.status != 200:
        raise BenchError(f"a {order.structure_type.value} ended as {outcome.body.get('error')}")
    return time.perf_counter() - began


def document(words: int) -> str:
    """The sample, repeated with words of its own in each copy, so that the vocabulary grows as in a real long text."""
    sample = SAMPLE.read_text(encoding="utf-8")
    copies = -(-words // len(sample.split()))
    text = "\n\n".join(varied(sample, copy) for copy in range(copies))
    ends = [match.end() for match in re.finditer(r"\S+", text)]
    return text[: ends[words - 1]]


def varied(sample: str, copy: int) -> str:
    """Copy 0 is the sample; in later ones every word of five letters or more is a coined one, the same throughout."""
    if copy == 0:
        return sample
    return re.sub(r"\b[A-Za-z]{5,}\b", lambda match: coined(match[0], copy), sample)


def coined(word: str, copy: int) -> str:
    number = zlib.crc32(f"{copy} {word.lower()}".encode())
    syllables = [CONSONANTS[number >> shift & 15] + VOWELS[number >> shift + 4 & 3] for shift in range(0, 24, 6)]
    made = "".join(syllables[: max(2, len(word) // 2)])
    return made.capitalize() if word[0].isupper() else made


if __name__ == "__main__":
    try:
        main()
    except BenchError as error:
        sys.exit(f"bench: {error}")
