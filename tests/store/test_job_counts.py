"""How many jobs a list has: remembered only as far as nothing can change, and right all the same."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from granulator.model import JobError, JobStatus, Lease, StructureType, Usage
from granulator.store import job_counts, jobs
from granulator.store.database import Database, Row, Statement
from granulator.store.job_counts import VISIBLE_AFTER_MS, JobCounts
from granulator.store.sqlite import SqliteDatabase
from tests.store.conftest import NOW


@dataclass
class Watched:
    """A database that remembers from which id on jobs were counted."""

    database: Database
    counted_from: list[object] = field(default_factory=list)

    async def all(self, statement: Statement) -> list[Row]:
        if statement.sql in (job_counts.COUNT, job_counts.COUNT_OF_STATUS):
            self.counted_from.append(statement.params[2])
        return await self.database.all(statement)

    async def first(self, statement: Statement) -> Row | None:
        return await self.database.first(statement)


async def end(db: Database, lease: Lease) -> None:
    ending = {"now": NOW, "processing_time_ms": 1, "cost_nano_usd": 0, "usage": Usage(), "model": None, "metadata": {}}
    await db.batch([jobs.fence(lease), jobs.fail(lease, **ending, error=JobError("X", "x"))])


async def test_what_can_no_longer_change_is_counted_once(db: Database, admit) -> None:
    watched = Watched(db)
    counts = JobCounts(watched, lambda: NOW + VISIBLE_AFTER_MS + 1)
    for number in range(5):
        await end(db, await admit(execution_id=f"ended-{number}"))

    assert await counts.total("acme", None, None) == 5
    await admit(execution_id="running")
    assert await counts.total("acme", None, None) == 6
    assert await counts.total("acme", None, None) == 6
    assert watched.counted_from == [0, 5, 5]


async def test_a_job_that_has_not_ended_is_counted_again_with_all_after_it(db: Database, admit) -> None:
    counts = JobCounts(db, lambda: NOW + VISIBLE_AFTER_MS + 1)
    running = await admit(execution_id="running")
    await end(db, await admit(execution_id="ended"))
    failed = (JobStatus.FAILED, None)

    assert await counts.total("acme", *failed) == 1
    await end(db, running)
    assert await counts.total("acme", *failed) == 2


async def test_a_new_row_is_not_relied_upon_for_others_may_become_visible_before_it(db: Database, admit) -> None:
    watched = Watched(db)
    counts = JobCounts(watched, lambda: NOW + VISIBLE_AFTER_MS)
    await end(db, await admit(execution_id="ended"))

    assert await counts.total("acme", None, None) == 1
    assert await counts.total("acme", None, None) == 1
    assert watched.counted_from == [0, 0]


async def test_lists_of_other_tenants_types_and_kinds_have_counts_of_their_own(db: Database, admit) -> None:
    counts = JobCounts(db, lambda: NOW + VISIBLE_AFTER_MS + 1)
    await end(db, await admit(execution_id="course"))
    await end(db, await admit(execution_id="quiz", structure_type=StructureType.QUIZ))
    await end(db, await admit(execution_id="other", client_id="other"))
    await end(db, await admit(execution_id="bill", kind="validation"))

    for _ in range(2):
        assert await counts.total("acme", None, None) == 2
        assert await counts.total("acme", None, StructureType.QUIZ) == 1
        assert await counts.total("other", JobStatus.FAILED, None) == 1
        assert await counts.total("nobody", None, None) == 0


async def test_finding_what_can_no_longer_change_passes_no_ended_job(sqlite: SqliteDatabase) -> None:
    plan = await sqlite.all(Statement(f"EXPLAIN QUERY PLAN {job_counts.SETTLED}", (NOW,)))

    reads = [str(row["detail"]) for row in plan if " jobs " in str(row["detail"])]
    assert [re.findall(r"jobs_\w+", read) for read in reads] == [["jobs_by_time"], ["jobs_unfinished"]]
