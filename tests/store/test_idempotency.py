"""Idempotency keys: one of two claims wins, whoever comes when, and a key is free again after a day."""

from __future__ import annotations

import pytest

from granulator.store import idempotency, jobs
from granulator.store.database import Database, GuardFailed
from granulator.store.idempotency import KEPT_MS, Earlier, Once
from tests.store.conftest import NOW

ONCE = Once("/api/execute", "order 66", "ab" * 32)


async def test_a_key_stands_for_the_job_it_was_claimed_with(db: Database, admit) -> None:
    lease = await admit()

    await db.batch(idempotency.claim("acme", ONCE, "result", execution_id="exec_1", now=NOW))

    assert await idempotency.find(db, "acme", ONCE, NOW) == Earlier(ONCE.body_sha256, "result", lease.job_id, None)


async def test_a_key_stands_for_a_batch(db: Database) -> None:
    await db.batch(idempotency.claim("acme", ONCE, "batch", batch_id="batch_1", now=NOW))

    assert await idempotency.find(db, "acme", ONCE, NOW) == Earlier(ONCE.body_sha256, "batch", None, "batch_1")


async def test_a_second_claim_fails_its_whole_batch(db: Database, new_job: jobs.NewJob, admit) -> None:
    await admit()
    await db.batch(idempotency.claim("acme", ONCE, "result", execution_id="exec_1", now=NOW))
    second = idempotency.claim("acme", ONCE, "result", execution_id="exec_2", now=NOW + KEPT_MS - 1)

    with pytest.raises(GuardFailed) as failure:
        await db.batch(second)

    assert failure.value.index == 1
    found = await idempotency.find(db, "acme", ONCE, NOW + KEPT_MS - 1)
    assert found is not None
    assert found.job_id is not None


@pytest.mark.parametrize(
    ("client_id", "once"),
    [
        ("other", ONCE),
        ("acme", Once("/api/batch", ONCE.key, ONCE.body_sha256)),
        ("acme", Once(ONCE.path, "order 67", ONCE.body_sha256)),
    ],
)
async def test_another_tenant_path_or_key_is_free(db: Database, client_id: str, once: Once) -> None:
    await db.batch(idempotency.claim("acme", ONCE, "batch", batch_id="batch_1", now=NOW))

    assert await idempotency.find(db, client_id, once, NOW) is None
    await db.batch(idempotency.claim(client_id, once, "batch", batch_id="batch_2", now=NOW))


async def test_a_key_is_free_again_after_a_day(db: Database) -> None:
    await db.batch(idempotency.claim("acme", ONCE, "batch", batch_id="batch_1", now=NOW))
    later = NOW + KEPT_MS

    assert await idempotency.find(db, "acme", ONCE, later - 1) is not None
    assert await idempotency.find(db, "acme", ONCE, later) is None
    await db.batch(idempotency.claim("acme", ONCE, "batch", batch_id="batch_2", now=later))

    assert await idempotency.find(db, "acme", ONCE, later) == Earlier(ONCE.body_sha256, "batch", None, "batch_2")
