"""A worker whose jobs do nothing but take a moment, as a process: ``python -m tests.crash.no_op DATABASE``."""

from __future__ import annotations

import asyncio
import random
import sys
from functools import partial
from pathlib import Path
from typing import Final

from granulator.clock import random_id, wall_clock_ms
from granulator.engine.base import RunJob
from granulator.engine.embedded import EmbeddedEngine
from granulator.model import JobError, JobKind, Lease, StructureType, Usage
from granulator.store import jobs
from granulator.store.database import Database
from granulator.store.jobs import NewJob
from granulator.store.sqlite import SqliteDatabase

PER_KEY: Final = 10
LEASE_MS: Final = 3_000
AT_ONCE: Final = 40
"""More than one process alone could ever fill of five keys, and three processes far more than all keys may run."""

MOMENT_SECONDS: Final = 0.02
JOBS: Final = 1000
LANES: Final = 8

COUNT_LIVE: Final = (
    "CREATE TABLE most_live (n INTEGER NOT NULL)",
    "INSERT INTO most_live (n) VALUES (0)",
    """
CREATE TRIGGER count_live AFTER UPDATE OF lease_until ON jobs WHEN NEW.lease_until IS NOT NULL
BEGIN
    UPDATE most_live
       SET n = MAX(n, (SELECT COUNT(*) FROM jobs
                        WHERE principal_id = NEW.principal_id
                          AND lease_until >= CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)));
END
""",
)
MOST_LIVE: Final = "SELECT n FROM most_live"


def new_job(index: int, *, key: int) -> NewJob:
    """A job in line of one of the keys."""
    return NewJob(
        execution_id=f"exec_{index}",
        request_id="r",
        client_id="acme",
        principal_id=f"key:{key}",
        kind=JobKind.GRANULATION,
        topic="Bees",
        structure_type=StructureType.QUIZ,
        template_name="quiz",
        template_version=1,
        granularity_level=1,
        target_audience="",
        language="en",
        max_elements=None,
        ai_provider="local",
        model_requested=None,
        validation_enabled=False,
        validation_level=1,
        validation_threshold=0,
        timeout_ms=600_000,
        created_at=wall_clock_ms(),
    )


async def run(db: Database, engine: EmbeddedEngine, lease: Lease) -> None:
    """Hold a job for a moment, and end it."""
    with engine.hold(lease):
        await asyncio.sleep(MOMENT_SECONDS)
        failed = jobs.fail(
            lease,
            now=wall_clock_ms(),
            error=JobError("X", "x"),
            processing_time_ms=1,
            cost_nano_usd=0,
            usage=Usage(),
            model=None,
            metadata={},
        )
        await db.batch([jobs.fence(lease), failed])


async def main(path: Path) -> None:
    db = SqliteDatabase.open(path)
    engine = EmbeddedEngine(
        db,
        owner=random_id("proc"),
        lease_ms=LEASE_MS,
        now_ms=wall_clock_ms,
        per_principal=PER_KEY,
        at_once=AT_ONCE,
    )
    work = partial(run, db, engine)
    async with asyncio.TaskGroup() as both:
        both.create_task(engine.serve(work))
        both.create_task(deliver_all(engine, work))


async def deliver_all(engine: EmbeddedEngine, work: RunJob) -> None:
    """Claim every job there is as if it had been delivered, in an order of this process, whether or not it has room."""
    ids = iter(random.sample(range(1, JOBS + 1), JOBS))

    async def lane() -> None:
        for job_id in ids:
            if job_id not in engine.leases.held and (lease := await engine.claims.claim(job_id)) is not None:
                engine.start(work, lease)

    await asyncio.gather(*(lane() for _ in range(LANES)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
