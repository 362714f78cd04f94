"""Measures Granulator beside the plain way to do the same, in one run, as Markdown tables; it passes no judgement.

Ratios are what to read: both sides share the machine, the moment and the client.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import re
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import bench_generation
import bench_jobs
import bench_lines
from bench_servers import (
    OURS,
    ROOT,
    BenchError,
    Server,
    bare,
    compared,
    environ,
    load_on,
    request,
    resident_mb,
    row,
    server,
    table,
)

from granulator.dev.sample import SAMPLE
from granulator.granulation import admission, service
from granulator.granulation.order import Order
from granulator.model import Principal, Source, StructureType
from granulator.services import Services, open_services
from granulator.settings import ensure_development_secrets, load

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


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--only", choices=("service", "generation", "jobs"), help="leave out the others")
    parser.add_argument("--full", action="store_true", help="let the mock write a course at 80 tokens/s: ten minutes")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        (home / "wrangler.toml").write_bytes((ROOT / "wrangler.toml").read_bytes())
        api_key = first_key(home)
        if arguments.only in (None, "service"):
            whole_service(home, api_key)
        if arguments.only in (None, "generation"):
            bench_generation.measure(home, api_key, is_full=arguments.full)
        if arguments.only in (None, "jobs"):
            bench_jobs.measure(home)
            bench_lines.measure(home, first_key)


def whole_service(home: Path, api_key: str) -> None:
    (home / "bare.py").write_text(BARE)
    table("what", "granulator", "bare Starlette", "ratio")
    asyncio.run(seed(home))
    starts(home)
    with server(bare("bare"), home) as other, server(OURS, home) as ours:
        memory(ours, other)
        requests(ours, other, api_key)
    granulations(home)


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
        await admission.install_templates(services)
        yield services


def starts(home: Path) -> None:
    seconds: dict[tuple[str, ...], list[float]] = {OURS: [], bare("bare"): []}
    for _ in range(STARTS):
        for command, taken in seconds.items():
            with server(command, home) as running:
                taken.append(running.start_seconds * 1000)
    ours, other = (statistics.median(taken) for taken in seconds.values())
    compared(f"cold start to first 200, median of {STARTS}", ours, other, "ms")


def memory(ours: Server, other: Server) -> None:
    compared("idle memory", resident_mb(ours.pid), resident_mb(other.pid), "MB")


def requests(ours: Server, other: Server, api_key: str) -> None:
    key = {"X-API-Key": api_key}
    for path in ("/", "/api/templates", "/api/jobs"):
        # The bare app is measured again beside each path: the machine changes while we look.
        plain, full = (
            asyncio.run(load_on(port, request("GET", asked, key), connections=CONNECTIONS, seconds=SECONDS))
            for port, asked in ((other.port, "/"), (ours.port, path))
        )
        compared(f"GET {path}, requests per second", full.per_second, plain.per_second, "/s")
        compared(f"GET {path}, p50", full.p50_ms, plain.p50_ms, "ms", 2)
        compared(f"GET {path}, p99", full.p99_ms, plain.p99_ms, "ms", 2)


def granulations(home: Path) -> None:
    table("one job, level 3", *(f"{words:,} words" for words in WORDS), "growth exponents")

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
    lease = await admission.submit(services, principal, order, request_id="bench")
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
