"""A database with jobs in line, and engines over it as processes have them."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from granulator.engine.base import RunJob
from granulator.engine.embedded import EmbeddedEngine
from granulator.engine.procrastinated import ProcrastinateEngine
from granulator.model import JobError, JobKind, Lease, Principal, StructureType, Usage
from granulator.store import jobs, principals
from granulator.store.database import Database, migrate
from granulator.store.postgres import PostgresDatabase
from granulator.store.sqlite import SqliteDatabase

LEASE_MS = 30_000


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    now: int = 1_800_000_000_000

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where the jobs are: every test runs on the embedded engine and on procrastinate."""
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{tmp_path}/granulator.sqlite"


@pytest.fixture
async def db(url: str) -> AsyncIterator[Database]:
    is_sqlite = url.startswith("sqlite")
    db = SqliteDatabase.open(Path(url.removeprefix("sqlite:///"))) if is_sqlite else await PostgresDatabase.open(url)
    await migrate(db)
    yield db
    await db.close()


@dataclass
class Bench:
    """Jobs that do nothing but be there."""

    db: Database
    url: str
    clock: Clock
    count: int = 0

    async def wait(self, principal_id: str = "key:1", **changes: object) -> int:
        """Put a job into the line."""
        return await self.admit(principal_id, owner=None, lease_until=None, **changes)

    async def admit(self, principal_id: str = "key:1", **changes: object) -> int:
        self.count += 1
        own = {"execution_id": f"e{self.count}", "principal_id": principal_id, "created_at": self.clock.now}
        caller = Principal("key", principal_id, "acme")
        new = jobs.NewJob(**{**dataclasses.asdict(JOB), **own, **changes})
        done = await self.db.batch([principals.ensure(caller), jobs.create(new)])
        return int(str(done[1].rows[0]["id"]))

    def engine(self, owner: str, *, per_principal: int = 10, at_once: int = 20) -> EmbeddedEngine:
        is_sqlite = self.url.startswith("sqlite")
        make = EmbeddedEngine if is_sqlite else partial(ProcrastinateEngine, url=self.url)
        return make(
            db=self.db,
            owner=owner,
            lease_ms=LEASE_MS,
            now_ms=self.clock,
            per_principal=per_principal,
            at_once=at_once,
        )

    async def end(self, lease: Lease) -> None:
        """End a job as its run would."""
        failed = jobs.fail(
            lease,
            now=self.clock.now,
            error=JobError("X", "x"),
            processing_time_ms=1,
            cost_nano_usd=0,
            usage=Usage(),
            model=None,
            metadata={},
        )
        await self.db.batch([jobs.fence(lease), failed])


JOB = jobs.NewJob(
    execution_id="e1",
    request_id="r1",
    client_id="acme",
    principal_id="key:1",
    kind=JobKind.GRANULATION,
    topic="Bees",
    structure_type=StructureType.COURSE,
    template_name="course_basic",
    template_version=1,
    granularity_level=3,
    target_audience="beginners",
    language="en",
    max_elements=None,
    ai_provider="local",
    model_requested=None,
    validation_enabled=True,
    validation_level=2,
    validation_threshold=85,
    timeout_ms=120_000_000,
    created_at=0,
)
"""What every job of a bench is like."""


@pytest.fixture
def bench(db: Database, url: str, clock: Clock) -> Bench:
    return Bench(db, url, clock)


@asynccontextmanager
async def serving(engine: EmbeddedEngine, run: RunJob) -> AsyncIterator[None]:
    """Run an engine beside the test, and stop it after."""
    task = asyncio.create_task(engine.serve(run))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until something holds that no event tells."""
    async with asyncio.timeout(seconds):
        for _ in range(round(seconds * 100)):
            if condition():
                return
            await asyncio.sleep(0.01)
    raise TimeoutError
