"""Measures generation against the mock AI server, each figure beside the plain way to get the same; judges nothing.

Both sides ask with the same prompt and schema, so that both pay the same price of the mock.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypedDict, cast

import httpx
from bench_servers import (
    MOCK,
    OURS,
    BenchError,
    Load,
    Server,
    bare,
    compared,
    environ,
    exchange,
    load_on,
    percentile,
    request,
    row,
    server,
    table,
)

from granulator.economy import pricing
from granulator.granulation import prompts, templates
from granulator.granulation.admission import DEFAULT_TEMPLATES
from granulator.granulation.drafts import DRAFTS
from granulator.granulation.order import DEFAULT_MAX_TOKENS, DEFAULT_TEMPERATURE
from granulator.granulation.plan import COURSE_LEVELS, described, sizes
from granulator.granulation.result import NANO_PER_USD
from granulator.model import JsonObject, StructureType
from granulator.providers import catalog
from granulator.providers.base import Deadline, GenRequest, Message, Stop
from granulator.providers.openai import OpenAiProvider, chat_body
from granulator.providers.shaping import CallRequest, Lesson, Target, shape
from granulator.store.database import data_file

MODEL = "gpt-6-luna"
TOPIC = "How a lighthouse keeps ships off the rocks"
LATENCY_MS = 50
CALLS = 60
SECONDS = 2
ROUNDS = 3
CONNECTIONS = (16, 64)
LOADINGS = 5
SINGLE_TOKENS = 128_000
SINGLE_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast the mock writes a course."""

    tokens_per_second: int
    ttft_ms: int


QUICK, FULL = Pace(800, 100), Pace(80, 1000)
"""The quick one is ten times as fast in both, so that the shares of waiting stay what they are."""


@dataclass(frozen=True, slots=True)
class Course:
    """What a course took: wall time, billed tokens and their price in USD."""

    seconds: float
    input_tokens: int
    output_tokens: int
    usd: float

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens


class _Modules(TypedDict):
    modules: list[dict[str, list[JsonObject]]]


PASSTHROUGHS: Mapping[str, Mapping[str, str]] = {
    "1 client": {"CLIENTS": "1", "POOL": "100", "KEPT": "20"},
    "1 client, pool of 256": {"CLIENTS": "1", "POOL": "256", "KEPT": "256"},
    "16 clients": {"CLIENTS": "16", "POOL": "100", "KEPT": "20"},
}
"""A passthrough is our service without all it does: as people write it, with room for everyone, and written well."""

PASSTHROUGH = """
import itertools
import json
import os
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

CALL = json.loads(Path("call.json").read_text())
HEADERS = {"Authorization": "Bearer bench"}


@asynccontextmanager
async def lifespan(app):
    limits = httpx.Limits(max_connections=int(os.environ["POOL"]), max_keepalive_connections=int(os.environ["KEPT"]))
    clients = [httpx.AsyncClient(timeout=60, limits=limits) for _ in range(int(os.environ["CLIENTS"]))]
    app.state.clients = itertools.cycle(clients)
    yield
    for client in clients:
        await client.aclose()


async def alive(request):
    return JSONResponse({"status": "healthy"})


async def execute(request):
    await request.json()
    client = next(request.app.state.clients)
    answer = await client.post(os.environ["OPENAI_BASE_URL"] + "/chat/completions", json=CALL, headers=HEADERS)
    answer.raise_for_status()
    told = answer.json()
    return JSONResponse({"output": json.loads(told["choices"][0]["message"]["content"]), "usage": told["usage"]})


app = Starlette(routes=[Route("/", alive), Route("/api/execute", execute, methods=["POST"])], lifespan=lifespan)
"""

LOADING = """
import asyncio
import sys
import time
from pathlib import Path

from granulator.app import create_app
from granulator.settings import ensure_development_secrets, load


async def tick(gaps):
    while True:
        began = time.perf_counter()
        await asyncio.sleep(0.005)
        gaps.append(time.perf_counter() - began - 0.005)


async def main():
    settings, _ = ensure_development_secrets(load(root=Path(sys.argv[1])))
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        gaps = []
        ticker = asyncio.create_task(tick(gaps))
        await asyncio.sleep(0.2)
        idle = max(gaps)
        gaps.clear()
        began = time.perf_counter()
        await app.state.services.providers.warm_up()
        taken = time.perf_counter() - began
        await asyncio.sleep(0.02)
        ticker.cancel()
    assert "openai" in sys.modules and "anthropic" in sys.modules, "the packages were not loaded"
    print(idle * 1000, max(gaps) * 1000, taken * 1000)


asyncio.run(main())
"""


def measure(home: Path, api_key: str, *, is_full: bool) -> None:
    """Print every table; ``home`` is where servers run, ``api_key`` is a key of the database there."""
    loading(home)
    quizzes(home, api_key)
    course(home, api_key, FULL if is_full else QUICK)


def asked(structure_type: StructureType, level: int, max_tokens: int = DEFAULT_MAX_TOKENS) -> GenRequest:
    """Return the one call that asks for a whole structure, as our author puts it."""
    name = DEFAULT_TEMPLATES[structure_type]
    template = next(one for one in templates.load(data_file("templates")) if one.name == name)
    values = prompts.PromptValues(
        topic=TOPIC,
        audience=template.target_audience,
        language="en",
        sizes=described(structure_type, sizes(structure_type, level, template)),
        level=level,
        words=prompts.length_hint(structure_type, level, template),
    )
    prompt = prompts.render(template, "prompt", values)
    call = CallRequest(
        targets=(Target("openai", MODEL),),
        system=prompt.system,
        messages=(Message("user", prompt.user),),
        max_output_tokens=max_tokens,
        deadline=Deadline(0),
        schema=DRAFTS[structure_type].whole_schema(cites=False),
        schema_name=structure_type.value,
        temperature=DEFAULT_TEMPERATURE,
    )
    return shape(call, MODEL, catalog.profile("openai", MODEL), Lesson()).request


def order(structure_type: StructureType, level: int) -> bytes:
    """Return the body that orders a structure from us."""
    wanted = {"topic": TOPIC, "structureType": structure_type.value, "granularityLevel": level}
    config = {"aiProvider": "openai", "aiModel": MODEL}
    return json.dumps({"action": "granulate", "input": wanted, "config": config, "timeout": 600_000}).encode()


def posted(body: bytes, api_key: str) -> bytes:
    """Return the request that carries an order."""
    return request("POST", "/api/execute", {"X-API-Key": api_key, "Content-Type": "application/json"}, body)


def upstream(mock: Server) -> dict[str, str]:
    """Return the environment in which a server calls the mock."""
    return {"OPENAI_API_KEY": "bench", "OPENAI_BASE_URL": f"{mock.url}/v1"}


def loading(home: Path) -> None:
    """Print how long the event loop of a new process stands still while the vendors' packages are loaded."""
    keys = {"OPENAI_API_KEY": "bench", "ANTHROPIC_API_KEY": "bench"}
    command = [sys.executable, "-c", LOADING, str(home)]
    found = []
    for _ in range(LOADINGS):
        ran = subprocess.run(command, cwd=home, env=environ(keys), capture_output=True, text=True, check=True)
        found.append([float(figure) for figure in ran.stdout.split()])
    table(f"both vendors' packages loaded beside a 5 ms ticker, {LOADINGS} new processes", "median", "worst")
    measured = ("longest stall before", "longest stall while loading", "time to load")
    for what, figures in zip(measured, zip(*found, strict=True), strict=True):
        row(what, f"{statistics.median(figures):.0f} ms", f"{max(figures):.0f} ms")


def quizzes(home: Path, api_key: str) -> None:
    """Print what we add to one call, and how many we make beside passthroughs that do nothing else."""
    (home / "passthrough.py").write_text(PASSTHROUGH)
    (home / "call.json").write_text(json.dumps(call := chat_body(asked(StructureType.QUIZ, 1), streams=False)))
    with ExitStack() as running:
        mock = running.enter_context(server(MOCK, home, arguments=("--latency-ms", str(LATENCY_MS))))
        ours = running.enter_context(server(OURS, home, upstream(mock)))
        others = {
            name: running.enter_context(server(bare("passthrough"), home, {**upstream(mock), **settings}))
            for name, settings in PASSTHROUGHS.items()
        }
        asyncio.run(added(mock, ours, others["1 client"], call, api_key))
        throughput({"ours": ours, **others}, posted(order(StructureType.QUIZ, 1), api_key))


async def added(mock: Server, ours: Server, plain: Server, call: JsonObject, api_key: str) -> None:
    """Print what we and a passthrough take beside the same call made directly, one after the other in turn."""
    sides = {
        "direct": (f"{mock.url}/v1/chat/completions", json.dumps(call).encode()),
        "ours": (f"{ours.url}/api/execute", order(StructureType.QUIZ, 1)),
        "passthrough": (f"{plain.url}/api/execute", order(StructureType.QUIZ, 1)),
    }
    taken: dict[str, list[float]] = {name: [] for name in sides}
    headers = {"X-API-Key": api_key, "Content-Type": "application/json"}
    async with httpx.AsyncClient(headers=headers, timeout=60) as client:
        for _ in range(CALLS):
            for name, (url, body) in sides.items():
                began = time.perf_counter()
                answer = await client.post(url, content=body)
                taken[name].append((time.perf_counter() - began) * 1000)
                if answer.status_code != 200:
                    raise BenchError(f"{url} answered {answer.status_code}")
    direct, own, passed = (sorted(taken[name][5:]) for name in ("direct", "ours", "passthrough"))
    table(f"level-1 quiz, 1 connection, mock at {LATENCY_MS} ms", "ours", "passthrough", "direct call")
    for share in (50, 95):
        row(f"p{share}", *(f"{percentile(side, share):.1f} ms" for side in (own, passed, direct)))
    base = percentile(direct, 50)
    for share in (50, 95):
        row(f"p{share}, less p50 of direct", *(f"{percentile(one, share) - base:.1f} ms" for one in (own, passed)), "")


def throughput(servers: Mapping[str, Server], sent: bytes) -> None:
    """Print requests per second; every server is looked at again in each round, for the machine changes meanwhile."""
    for connections in CONNECTIONS:
        seen: dict[str, list[Load]] = {name: [] for name in servers}
        for _ in range(ROUNDS):
            for name, one in servers.items():
                seen[name].append(asyncio.run(load_on(one.port, sent, connections=connections, seconds=SECONDS)))
        rates = {name: statistics.median(load.per_second for load in loads) for name, loads in seen.items()}
        what = f"level-1 quiz, {connections} connections, mock at {LATENCY_MS} ms, median of {ROUNDS} rounds"
        table(what, "requests per second", "p95", "ours / this")
        for name, loads in seen.items():
            p95 = statistics.median(load.p95_ms for load in loads)
            row(name, f"{rates[name]:.0f} /s", f"{p95:.0f} ms", f"{rates['ours'] / rates[name]:.2f}")


def course(home: Path, api_key: str, pace: Pace) -> None:
    """Print what a level-5 course takes as outline and parts, and in one call."""
    speed = ("--tokens-per-second", str(pace.tokens_per_second), "--ttft-ms", str(pace.ttft_ms))
    with server(MOCK, home, arguments=speed) as mock:
        with server(OURS, home, upstream(mock)) as ours:
            planned = asyncio.run(in_parts(ours, api_key))
        single = asyncio.run(in_one_call(mock))
    what = f"level-5 course, {pace.tokens_per_second} tokens/s after {pace.ttft_ms} ms"
    table(what, "outline and parts", "one call", "ratio")
    compared("wall time", planned.seconds, single.seconds, "s", 1)
    compared("output tokens", planned.output_tokens, single.output_tokens, "")
    compared("input and output tokens", planned.tokens, single.tokens, "")
    compared("price of both, USD", planned.usd, single.usd, "", 4)


async def in_parts(ours: Server, api_key: str) -> Course:
    """Have our service make the course; a small quiz comes first, so that everything is loaded."""
    reader, writer = await asyncio.open_connection("127.0.0.1", ours.port)
    await exchange(reader, writer, posted(order(StructureType.QUIZ, 1), api_key))
    began = time.perf_counter()
    answer = json.loads(await exchange(reader, writer, posted(order(StructureType.COURSE, 5), api_key)))
    seconds = time.perf_counter() - began
    writer.close()
    await writer.wait_closed()
    check_whole(answer["output"]["structure"])
    tokens = answer["usage"]["tokens"]
    return Course(seconds, tokens["input"], tokens["output"], answer["cost"])


async def in_one_call(mock: Server) -> Course:
    """Ask for the whole course at once, streamed through the same adapter."""
    wanted = asked(StructureType.COURSE, 5, SINGLE_TOKENS)
    provider = OpenAiProvider("openai", api_key="bench", base_url=f"{mock.url}/v1")
    await provider.warm_up()
    began = time.perf_counter()
    found = await provider.complete(wanted, Deadline(time.monotonic() + SINGLE_SECONDS), lambda event: None)
    seconds = time.perf_counter() - began
    await provider.aclose()
    if found.stop is not Stop.COMPLETE:
        raise BenchError(f"the course in one call is {found.stop.value}")
    check_whole(json.loads(found.text))
    price = pricing.find("openai", MODEL, datetime.now(UTC).date())
    if price is None:
        raise BenchError(f"the price of {MODEL} is not known")
    usd = pricing.cost_nano_usd(price, found.usage) / NANO_PER_USD
    return Course(seconds, found.usage.input_tokens, found.usage.output_tokens, usd)


def check_whole(course: object) -> None:
    """Raise BenchError unless a course has the modules and lessons that were ordered."""
    counts = [len(module["lessons"]) for module in cast(_Modules, course)["modules"]]
    modules, lessons = COURSE_LEVELS[5]
    if counts != [lessons] * modules:
        raise BenchError(f"a course has {counts} lessons")
