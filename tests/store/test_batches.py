"""Batches: the jobs that were sent together, in their order, for the tenant that sent them."""

from __future__ import annotations

from granulator.store import batches
from granulator.store.batches import Batch
from granulator.store.database import Database
from tests.store.conftest import NOW

BATCH = Batch("batch_1", 3, NOW)


async def test_a_batch_is_its_tenants_own(db: Database) -> None:
    await db.batch([batches.create(BATCH, "acme")])

    assert await batches.get(db, "batch_1", "acme") == BATCH
    assert await batches.get(db, "batch_1", "other") is None
    assert await batches.get(db, "batch_2", "acme") is None


async def test_the_jobs_of_a_batch_come_in_the_order_in_which_they_were_sent(db: Database, admit) -> None:
    await db.batch([batches.create(BATCH, "acme")])
    for index in (2, 0, 1):
        await admit(execution_id=f"exec_{index}", batch_id="batch_1", batch_index=index)
    await admit(execution_id="exec_alone")

    found = await batches.jobs(db, "batch_1", "acme")

    assert [job.execution_id for job in found] == ["exec_0", "exec_1", "exec_2"]
    assert await batches.jobs(db, "batch_1", "other") == ()
