"""Random kills: jobs through real servers that are killed without warning and started again, until every job has ended.

Then what the database holds is compared with what the vendor billed and the receiver heard, and printed as a table.
The exit code is 1 when anything that must hold does not.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Final, Literal

import httpx

from granulator.store.database import Database
from granulator.store.postgres import PostgresDatabase
from granulator.store.sqlite import SqliteDatabase
from scripts.crash_checks import ENDED, IN_HAND, LIVE, OPEN, Line, check, read_world, table
from scripts.crash_fleet import TOKEN, CrashTestError, Fleet, Member, fleet, world
from scripts.crash_world import HOOK, TOPIC
from tests.crash.invariants import number

KEYS: Final = 5
LANES: Final = 4
LOOK_SECONDS: Final = 0.05
LIFE_SECONDS: Final = (0.3, 1.2)
"""How long a server lives after it answers and the vendor was heard of, before the next one is killed."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One run, as asked for on the command line."""

    jobs: int
    kills: int
    processes: int
    database: Literal["sqlite", "postgres"]
    seed: int
    structure: Literal["quiz", "course"]
    latency_ms: tuple[int, int]
    minutes: float
    keep: bool


@dataclass
class Seen:
    """What was seen while the jobs ran; ``in_hand`` counts the jobs that were held at each kill."""

    in_hand: list[int] = field(default_factory=list)
    restarts: list[float] = field(default_factory=list)
    most_live: int = 0
    sent_again: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """What every part of a run works with."""

    plan: Plan
    fleet: Fleet
    db: Database
    hook: str
    log: Path
    seen: Seen = field(default_factory=Seen)


async def run_to_the_end(run: Run) -> None:
    """Send all jobs, kill while they run, and return when nothing is left to do."""
    looking = asyncio.create_task(_look(run))
    try:
        async with asyncio.timeout(run.plan.minutes * 60), asyncio.TaskGroup() as parts:
            parts.create_task(_send_all(run))
            parts.create_task(_kill_all(run))
            parts.create_task(_wait_all(run))
    except TimeoutError:
        sys.stdout.write(f"not at its end after {run.plan.minutes:g} minutes; what is there is checked all the same\n")
    finally:
        looking.cancel()


async def _send_all(run: Run) -> None:
    numbers = iter(range(run.plan.jobs))

    async def lane(client: httpx.AsyncClient) -> None:
        for index in numbers:
            await _send(run, client, index)

    async with httpx.AsyncClient(timeout=30) as client:
        await asyncio.gather(*(lane(client) for _ in range(LANES)))


async def _send(run: Run, client: httpx.AsyncClient, index: int) -> None:
    """Put one job in line; where the server went away meanwhile, again, under the same Idempotency-Key."""
    body = {
        "action": "granulate",
        "input": {
            "topic": TOPIC.format(index),
            "structureType": run.plan.structure,
            "granularityLevel": 1 if run.plan.structure == "quiz" else 2,
        },
        "config": {"aiProvider": "openai"},
        "callback": {"url": run.hook, "retries": 10},
        "timeout": 600_000,
    }
    headers = {
        "Authorization": f"Bearer {TOKEN}",
        "X-Worker-ID": f"crash-{index % KEYS}",
        "Idempotency-Key": f"crash-{index}",
    }
    for attempt in itertools.count():
        run.seen.sent_again += attempt > 0
        with contextlib.suppress(httpx.TransportError):
            answer = await client.post(f"{run.fleet.any().url}/api/execute", json=body, headers=headers)
            if answer.status_code == 202:
                return
            if answer.status_code < 500:
                raise CrashTestError(f"a job was refused: {answer.text}")
        await asyncio.sleep(0.2)


async def _wait_all(run: Run) -> None:
    """Return when every job that was asked for has ended and every receiver has been told."""
    while True:
        if await number(run.db, ENDED) == run.plan.jobs and not await number(run.db, OPEN):
            return
        await asyncio.sleep(0.1)


async def _kill_all(run: Run) -> None:
    """Kill one server after the other; each only while jobs are held, so that the kill lands on something."""
    choice = random.Random(run.plan.seed)
    for _ in range(run.plan.kills):
        await asyncio.sleep(choice.uniform(*LIFE_SECONDS))
        member = choice.choice(run.fleet.members)
        if not await _in_hand(run):
            return
        run.seen.in_hand.append(await number(run.db, IN_HAND))
        member.kill()
        await _start_again(run, member)


async def _in_hand(run: Run) -> bool:
    """Wait until jobs are held; false when all have ended before."""
    while not await number(run.db, IN_HAND):
        if run.seen.in_hand and not await number(run.db, OPEN):
            return False
        await asyncio.sleep(0.02)
    return True


async def _start_again(run: Run, member: Member) -> None:
    began, heard = time.monotonic(), run.log.stat().st_size
    member.start()
    await member.ready()
    run.seen.restarts.append(time.monotonic() - began)
    while True:
        if run.log.stat().st_size > heard or not await number(run.db, OPEN):
            return
        await asyncio.sleep(0.02)


async def _look(run: Run) -> None:
    while True:
        live = await number(run.db, LIVE, time.time_ns() // 1_000_000)
        run.seen.most_live = max(run.seen.most_live, live)
        await asyncio.sleep(LOOK_SECONDS)


def told(run: Run, seconds: float) -> list[Line]:
    """Return how the run went, beside what must hold."""
    plan, seen = run.plan, run.seen
    at_kills = f"{min(seen.in_hand)}-{max(seen.in_hand)} jobs in hand" if seen.in_hand else "none landed"
    restart = f"{statistics.median(seen.restarts):.1f} s" if seen.restarts else "-"
    return [
        Line("database, processes, seed", f"{plan.database}, {plan.processes}, {plan.seed}"),
        Line("job", f"{plan.structure} by a model that takes {plan.latency_ms[0]}-{plan.latency_ms[1]} ms per call"),
        Line("kills that landed", f"{len(seen.in_hand)} of {plan.kills} ({at_kills})", len(seen.in_hand) == plan.kills),
        Line("restart until it answers, median", restart),
        Line("requests sent again", str(seen.sent_again)),
        Line("time", f"{seconds:.1f} s ({plan.jobs / seconds:.1f} jobs/s)"),
    ]


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[Database]:
    is_sqlite = url.startswith("sqlite:///")
    db = SqliteDatabase.open(Path(url.removeprefix("sqlite:///"))) if is_sqlite else await PostgresDatabase.open(url)
    try:
        yield db
    finally:
        await db.close()


@contextmanager
def _database(plan: Plan, home: Path) -> Iterator[str]:
    if plan.database == "sqlite":
        yield f"sqlite:///{home}/crash.sqlite"
        return
    # Loaded only where it is wanted: it brings a whole PostgreSQL with it.
    postgres = import_module("tests.postgres")
    with postgres.postgres_server() as server, postgres.new_database(server, "template0") as url:
        yield url


async def run_plan(plan: Plan, home: Path) -> bool:
    """Do a run, print its table, and return whether everything held."""
    with ExitStack() as stack:
        url = stack.enter_context(_database(plan, home))
        address, log = stack.enter_context(world(home, plan.latency_ms))
        async with fleet(home, plan.processes, url, address) as started, _opened(url) as db:
            run, began = Run(plan, started, db, address + HOOK, log), time.monotonic()
            await run_to_the_end(run)
            seconds = time.monotonic() - began
            codes = await started.stop()
            lines = [
                *told(run, seconds),
                *await check(db, read_world(log), expected=plan.jobs, most_live=run.seen.most_live),
                Line("exit codes of the servers in the end", str(codes), not any(codes)),
            ]
    sys.stdout.write(table(lines) + "\n")
    return all(line.is_right is not False for line in lines)


def _plan() -> Plan:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--structure", choices=("quiz", "course"), default="course")
    parser.add_argument("--latency-ms", type=int, nargs=2, default=(50, 300))
    parser.add_argument("--minutes", type=float, default=15, help="after which a run is given up")
    parser.add_argument("--keep", action="store_true", help="keep the directory of the run and say where it is")
    arguments = vars(parser.parse_args())
    return Plan(**{**arguments, "latency_ms": tuple(arguments["latency_ms"])})


def main() -> int:
    plan = _plan()
    home = Path(tempfile.mkdtemp(prefix="granulator-crash-"))
    try:
        is_right = asyncio.run(run_plan(plan, home))
    except* CrashTestError as error:
        sys.stderr.write(f"scripts/crash-test: {error.exceptions[0]}\n")
        is_right = False
    if plan.keep or not is_right:
        sys.stdout.write(f"kept in {home}\n")
    else:
        shutil.rmtree(home)
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())
