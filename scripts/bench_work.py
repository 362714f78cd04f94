"""The no-op job of the benchmarks through our own engine: five fenced steps, some of them paid; no model is asked.

To the database it is a real one: admitted with its hold, claimed or born leased, each paid step noted before and
settled with its answer, ended in one last batch. Run as a program it plays one of the processes of ``bench_jobs``.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from granulator.clock import random_id, wall_clock_ms
from granulator.engine.base import Engine
from granulator.engine.embedded import EmbeddedEngine
from granulator.engine.procrastinated import ProcrastinateEngine
from granulator.model import Lease, Principal, StructureType, Usage
from granulator.store import columns, events, jobs, ledger, principals, steps
from granulator.store.database import Database, Statement, migrate
from granulator.store.ledger import Settlement
from granulator.store.postgres import PostgresDatabase
from granulator.store.sqlite import SqliteDatabase

STEPS = 5
HANGS_AT = 2
AT_ONCE = 20
ROOM = 10_000
COST = 1_000
WARM = 200
PRINCIPAL = Principal(kind="key", id="key:bench", client_id="bench")


@dataclass(slots=True, eq=False)
class Works:
    """A database and an engine on it; ``paid`` of a job's steps are paid ones. ``told`` when one more has ended."""

    db: Database
    engine: Engine
    owner: str
    paid: int
    is_hanging: bool = False
    begun: int = 0
    ended: int = 0
    told: asyncio.Condition = field(default_factory=asyncio.Condition)
    waits: dict[str, asyncio.Event] = field(default_factory=dict)

    async def until(self, is_so: Callable[[], bool]) -> None:
        async with self.told:
            await self.told.wait_for(is_so)

    async def tell(self) -> None:
        async with self.told:
            self.told.notify_all()


@asynccontextmanager
async def opened(
    url: str, *, paid: int = 1, lease_ms: int = 30_000, room: int = ROOM, is_hanging: bool = False
) -> AsyncIterator[Works]:
    """Open a database with an engine that serves; a caller may run ``room`` jobs at once."""
    is_sqlite = url.startswith("sqlite")
    db: Database = SqliteDatabase.open(sqlite_path(url)) if is_sqlite else await PostgresDatabase.open(url)
    await migrate(db)
    owner = random_id("proc")
    make: Callable[..., Engine] = EmbeddedEngine if is_sqlite else partial(ProcrastinateEngine, url=url)
    engine = make(db=db, owner=owner, lease_ms=lease_ms, now_ms=wall_clock_ms, per_principal=room, at_once=AT_ONCE)
    works = Works(db, engine, owner, paid, is_hanging)
    serving = asyncio.create_task(engine.serve(partial(run, works)))
    try:
        yield works
    finally:
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving
        await db.close()


def sqlite_path(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def job(*, owner: str | None = None, lease_until: int | None = None, principal: Principal = PRINCIPAL) -> jobs.NewJob:
    return jobs.NewJob(
        execution_id=random_id("exec"),
        request_id="bench",
        client_id=principal.client_id,
        principal_id=principal.id,
        kind="granulation",
        topic="Nothing to do",
        structure_type=StructureType.QUIZ,
        template_name="bench",
        template_version=1,
        granularity_level=1,
        target_audience="",
        language="en",
        max_elements=None,
        ai_provider="bench",
        model_requested=None,
        validation_enabled=False,
        validation_level=1,
        validation_threshold=0,
        timeout_ms=600_000,
        created_at=wall_clock_ms(),
        owner=owner,
        lease_until=lease_until,
    )


def admitted(new: jobs.NewJob, created: Sequence[Statement]) -> list[Statement]:
    opening = ledger.hold(new.execution_id, reference=f"hold:{new.execution_id}", nano_usd=0, now=new.created_at)
    return [principals.ensure(PRINCIPAL), *created, opening]


async def direct(works: Works) -> None:
    """Admit a job whose caller waits, and do it."""
    new = job(owner=works.owner, lease_until=works.engine.new_lease_until())
    created = jobs.create_running(new, ROOM)
    done = await works.db.batch(admitted(new, created))
    await run(works, Lease(columns.integer(done[len(created)].rows[0], "id"), works.owner, 1))


async def queued(works: Works) -> None:
    """Put a job in line, wake the engine and wait until the job has ended."""
    new = job()
    ended = works.waits[new.execution_id] = asyncio.Event()
    done = await works.db.batch(admitted(new, [jobs.create(new)]))
    await works.engine.deliver(columns.integer(done[1].rows[0], "id"))
    await ended.wait()
    del works.waits[new.execution_id]


async def run(works: Works, lease: Lease) -> None:
    """Do a job to its stored end; what an earlier attempt stored is not done again."""
    with works.engine.hold(lease):
        found = await jobs.by_id(works.db, lease.job_id)
        assert found is not None, "a lease is only given for a job that exists"
        stored = await steps.all(works.db, lease.job_id) if lease.attempt > 1 else {}
        for number in range(len(stored), STEPS):
            if works.is_hanging and number == HANGS_AT:
                await hang(works)
            await step(works, lease, found.execution_id, number)
        await end(works, lease, found.execution_id)
    works.ended += 1
    await works.tell()
    if (waiting := works.waits.get(found.execution_id)) is not None:
        waiting.set()


async def hang(works: Works) -> None:
    works.begun += 1
    await works.tell()
    await asyncio.Event().wait()


async def step(works: Works, lease: Lease, execution_id: str, number: int) -> None:
    """Do one step and store it; a paid one is noted before and settled with what it cost."""
    name, money = f"step{number}", []
    if number < works.paid:
        money = await paid_call(works, lease, execution_id, name)
    put = steps.put(lease, name, {"number": number}, wall_clock_ms())
    await works.db.batch([jobs.fence(lease), *money, put])


async def paid_call(works: Works, lease: Lease, execution_id: str, name: str) -> list[Statement]:
    """Note a call that costs money, make none, and return what books its end."""
    await works.engine.secure(lease)
    attempt_id, now = random_id("call"), wall_clock_ms()
    sent = ledger.attempt_sent(
        lease, attempt_id=attempt_id, step=name, provider="bench", model="none", estimate_nano_usd=COST, now=now
    )
    hold = ledger.hold(execution_id, reference=f"hold:{attempt_id}", nano_usd=COST, now=now)
    await works.db.batch([jobs.fence(lease), sent, hold])
    charge = ledger.charge(
        execution_id, reference=f"charge:{attempt_id}", nano_usd=COST, provider="bench", model="none", now=now
    )
    return [ledger.attempt_settled(attempt_id, Settlement("settled", COST, usage=Usage()), now), charge]


async def end(works: Works, lease: Lease, execution_id: str) -> None:
    """End a job as completed, with its money added up and what was held given back, in one batch."""
    now = wall_clock_ms()
    calls = await ledger.calls_of_job(works.db, lease.job_id)
    held = await ledger.balance_of_job(works.db, lease.job_id)
    completed = jobs.complete(
        lease,
        now=now,
        quality_score=None,
        actual_elements=STEPS,
        processing_time_ms=0,
        cost_nano_usd=calls.cost_nano_usd,
        usage=calls.usage,
        model=None,
        metadata={},
    )
    statements = [
        jobs.fence(lease),
        ledger.settled_as_counted(lease.job_id, calls),
        ledger.attempts_uncertain(lease.job_id),
        ledger.release(execution_id, reference=f"release:{execution_id}", nano_usd=held.open, now=now),
        completed,
        events.add(lease.job_id, "completed", {}, now),
    ]
    await works.db.batch(statements)


async def at_once(work: Callable[[], Awaitable[None]], count: int, lanes: int = AT_ONCE) -> float:
    """Do a work so many times, ``lanes`` at once; return how many it were per second."""
    todo = iter(range(count))

    async def lane() -> None:
        for _ in todo:
            await work()

    began = time.perf_counter()
    await asyncio.gather(*(lane() for _ in range(lanes)))
    return count / (time.perf_counter() - began)


async def one_by_one(work: Callable[[], Awaitable[None]], count: int) -> float:
    """Return the median milliseconds of a work done alone."""
    taken = []
    for _ in range(count):
        began = time.perf_counter()
        await work()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


async def figures(url: str, paid: str, singles: str, count: str) -> None:
    """Say what jobs take here: milliseconds of one alone, and jobs per second of many."""
    found = {}
    async with opened(url, paid=int(paid)) as works:
        for name, work in (("direct", partial(direct, works)), ("queued", partial(queued, works))):
            await work()
            found[f"{name}_ms"] = await one_by_one(work, int(singles))
            found[f"{name}_per_second"] = await at_once(work, int(count))
    say(json.dumps(found))


async def abandon(url: str, count: str, lease_ms: str) -> None:
    """Begin jobs, say so, and never end them; their leases are kept alive until this process is killed."""
    async with opened(url, lease_ms=int(lease_ms), is_hanging=True) as works:
        begun = [asyncio.create_task(direct(works)) for _ in range(int(count))]
        await works.until(lambda: works.begun == len(begun))
        say("begun")
        await asyncio.gather(*begun)


async def take_over(url: str, count: str, lease_ms: str) -> None:
    """Serve until so many jobs have ended here, and say so."""
    async with opened(url, lease_ms=int(lease_ms)) as works:
        await works.until(lambda: works.ended == int(count))
        say("ended")


async def long_line(url: str, count: str) -> None:
    """Do a few jobs, say so, and serve until so many more have ended; say that, and wait to be stopped."""
    async with opened(url, room=10) as works:
        await at_once(partial(queued, works), WARM)
        say("warm")
        await works.until(lambda: works.ended == WARM + int(count))
        say("ended")
        await asyncio.Event().wait()


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


ROLES: dict[str, Callable[..., Awaitable[None]]] = {
    "figures": figures,
    "abandon": abandon,
    "take_over": take_over,
    "long_line": long_line,
}


async def main(role: str, *arguments: str) -> None:
    await ROLES[role](*arguments)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
