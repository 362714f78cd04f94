"""The statements of the clean-up: what is old, what goes with it, and what must never go."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Mapping

import pytest

from granulator.model import ApiKey, JobStatus, Lease, StructureType, Usage
from granulator.store import credentials, jobs, ledger, payloads, retention, steps, validations
from granulator.store.database import Database, Statement
from granulator.store.payloads import Stored
from granulator.store.retention import Limits, OldJob
from tests.store.conftest import NOW

Admit = Callable[..., Awaitable[Lease]]
DAY_MS = 86_400_000
NOTHING = dict.fromkeys(retention.TABLES, 0)
KEEPS_ALL = Limits(jobs=None, events=None, webhooks=None, idempotency_keys=0, sessions=0)

# Written by hand: these tables have writers of their own, who need more than a row.
EVENT = "INSERT INTO job_events (job_id, seq, event, data, created_at) VALUES (?1, ?2, 'progress', '{}', ?3)"
MESSAGE = """
INSERT INTO outbox
    (message_id, execution_id, client_id, principal_id, event, url, body, state, max_tries, created_at, delivered_at,
     host)
VALUES (?1, ?2, 'acme', 'key:k1', 'granulation.completed', 'https://example.org', '{}', ?3, 1, ?4, ?5, 'example.org')
"""
TRY = "INSERT INTO webhook_tries (message_id, number, started_at, duration_ms) VALUES (?1, 1, ?2, 5)"
KEY = """
INSERT INTO idempotency_keys (client_id, path, key, body_sha256, answer, created_at)
VALUES ('acme', '/api/execute', ?1, 'x', 'result', ?2)
"""


@pytest.fixture
def ended_job(db: Database, admit: Admit) -> Callable[..., Awaitable[OldJob]]:
    """Make a job that ended at a time, with a row wherever a job has one."""

    async def make(execution_id: str, ended_at: int, message: str | None = "delivered") -> OldJob:
        lease = await admit(execution_id=execution_id, created_at=ended_at - 1000, callback="sealed")
        usage, numbers = Usage(1, 1), {"quality_score": 90, "actual_elements": 3, "processing_time_ms": 1}
        text = Stored("{}", 2, "sha")
        attempt = {"attempt_id": f"a-{execution_id}", "step": "outline", "provider": "openai", "model": "m"}
        await db.batch(
            [
                *[payloads.put(execution_id, kind, text) for kind in ("request", "template", "structure", "result")],
                ledger.hold(execution_id, reference=f"hold:{execution_id}", nano_usd=5, now=ended_at),
                ledger.attempt_sent(lease, **attempt, estimate_nano_usd=5, now=ended_at),
                steps.put(lease, "outline", {}, ended_at),
                Statement(EVENT, (lease.job_id, 1, ended_at - 500)),
                Statement(EVENT, (lease.job_id, 2, ended_at)),
                validation(execution_id, ended_at),
                jobs.complete(lease, now=ended_at, cost_nano_usd=3, usage=usage, model="m", metadata={}, **numbers),
            ]
        )
        if message is not None:
            await db.batch(message_of(execution_id, message, ended_at))
        return OldJob(lease.job_id, execution_id)

    return make


def validation(execution_id: str | None, created_at: int) -> Statement:
    return validations.add(
        client_id="acme",
        execution_id=execution_id,
        structure_type=StructureType.COURSE,
        level=2,
        threshold=85.0,
        created_at=created_at,
        score=90,
        is_valid=True,
        result={},
    )


def message_of(execution_id: str, state: str, created_at: int, delivered_at: int | None = None) -> list[Statement]:
    message_id = f"msg_{execution_id}_{created_at}"
    message = Statement(MESSAGE, (message_id, execution_id, state, created_at, delivered_at))
    return [message, Statement(TRY, (message_id, created_at))]


async def counts(db: Database) -> Mapping[str, int]:
    """Count every row of the tables that the clean-up may touch, and of those it must not."""
    tables = {
        "jobs": "SELECT COUNT(*) AS total FROM jobs",
        "job_payloads": "SELECT COUNT(*) AS total FROM job_payloads",
        "job_steps": "SELECT COUNT(*) AS total FROM job_steps",
        "job_events": "SELECT COUNT(*) AS total FROM job_events",
        "validations": "SELECT COUNT(*) AS total FROM validations",
        "outbox": "SELECT COUNT(*) AS total FROM outbox",
        "webhook_tries": "SELECT COUNT(*) AS total FROM webhook_tries",
        "attempts": "SELECT COUNT(*) AS total FROM attempts",
        "ledger": "SELECT COUNT(*) AS total FROM ledger",
    }
    return {name: int((await db.all(Statement(sql)))[0]["total"]) for name, sql in tables.items()}


async def test_only_jobs_that_ended_before_the_time_and_have_their_texts_are_old(
    db: Database, admit: Admit, ended_job: Callable[..., Awaitable[OldJob]]
) -> None:
    second = await ended_job("second", NOW - 5)
    first = await ended_job("first", NOW - 9)
    await ended_job("young", NOW)
    await ended_job("untold", NOW - 9, message="pending")
    gone = await ended_job("gone", NOW - 9)
    await db.batch([*retention.expire(gone, NOW).values()])
    await admit(execution_id="running", created_at=NOW - 99)

    assert await retention.old_jobs(db, NOW, 10) == (first, second)
    assert await retention.old_jobs(db, NOW, 1) == (first,)


async def test_a_job_that_expires_loses_its_texts_and_keeps_its_figures_and_its_money(
    db: Database, ended_job: Callable[..., Awaitable[OldJob]]
) -> None:
    old = await ended_job("old", NOW - 9)
    await ended_job("other", NOW - 9)
    before = await jobs.by_id(db, old.id)

    await db.batch([*retention.expire(old, NOW).values()])

    after = await jobs.by_id(db, old.id)
    assert before is not None
    assert after == dataclasses.replace(before, callback=None, expired_at=NOW)
    assert after.status is JobStatus.COMPLETED
    assert await counts(db) == {
        "jobs": 2,
        "job_payloads": 4,
        "job_steps": 1,
        "job_events": 2,
        "validations": 1,
        "outbox": 1,
        "webhook_tries": 1,
        "attempts": 2,
        "ledger": 2,
    }
    assert await db.all(Statement("SELECT execution_id FROM job_payloads WHERE execution_id = 'old'")) == []


async def test_a_message_that_became_due_again_meanwhile_stays(
    db: Database, ended_job: Callable[..., Awaitable[OldJob]]
) -> None:
    old = await ended_job("old", NOW - 9)
    await db.batch([Statement("UPDATE outbox SET state = 'pending', next_at = 1")])

    await db.batch([*retention.expire(old, NOW).values()])

    found = await counts(db)
    assert (found["outbox"], found["webhook_tries"]) == (1, 1)


async def test_events_are_old_once_their_job_has_ended_so_long_ago(
    db: Database, admit: Admit, ended_job: Callable[..., Awaitable[OldJob]]
) -> None:
    old = await ended_job("old", NOW - 9)
    # Its first event is older than the time, its end is not.
    await ended_job("young", NOW + 100)
    running = await admit(execution_id="running")
    await db.batch([Statement(EVENT, (running.job_id, 1, NOW - 99))])

    found = await retention.jobs_with_old_events(db, NOW, 10)
    await db.batch([*retention.delete_events(old.id).values()])

    assert found == (old.id,)
    assert await retention.jobs_with_old_events(db, NOW, 10) == ()
    assert (await counts(db))["job_events"] == 3


async def test_messages_are_read_in_their_order_and_only_ended_ones_are_over(
    db: Database, ended_job: Callable[..., Awaitable[OldJob]]
) -> None:
    await ended_job("job", NOW - 9, message=None)
    await db.batch(
        [
            *message_of("job", "delivered", NOW - 9, NOW - 8),
            *message_of("job", "failed", NOW - 7),
            *message_of("job", "pending", NOW - 6),
            # Sent again a moment ago.
            *message_of("job", "delivered", NOW - 5, NOW + 1),
            *message_of("job", "failed", NOW),
        ]
    )

    found = await retention.messages(db, after=0, before=NOW, limit=10)
    second = await retention.messages(db, after=found[0].id, before=NOW, limit=1)

    assert [each.is_over for each in found] == [True, True, False, False, False]
    assert second == found[1:2]


async def test_a_message_goes_with_its_tries_unless_it_is_to_be_sent(
    db: Database, ended_job: Callable[..., Awaitable[OldJob]]
) -> None:
    await ended_job("job", NOW - 9, message=None)
    await db.batch([*message_of("job", "delivered", NOW - 9), *message_of("job", "pending", NOW - 8)])
    found = await retention.messages(db, after=0, before=NOW, limit=10)

    await db.batch([each for one in found for each in retention.delete_message(one.message_id).values()])

    left = await db.all(Statement("SELECT o.state FROM outbox o JOIN webhook_tries t ON t.message_id = o.message_id"))
    assert [row["state"] for row in left] == ["pending"]
    assert (await counts(db))["webhook_tries"] == 1


async def test_keys_and_sessions_go_a_few_at_a_time_when_their_time_is_over(db: Database, api_key: ApiKey) -> None:
    await db.batch([credentials.issue(api_key, hash="h")])
    for name, at in {"a": NOW - 3, "b": NOW - 2, "c": NOW - 1, "d": NOW}.items():
        await db.batch([Statement(KEY, (name, at)), credentials.open_session(name, "k1", "acme", now=1, expires_at=at)])
    limits = dataclasses.replace(KEEPS_ALL, idempotency_keys=NOW, sessions=NOW)

    done = await db.batch([*retention.delete_oldest(limits, 2).values()])
    again = await db.batch([*retention.delete_oldest(limits, 2).values()])

    assert [[each.changes for each in answers] for answers in (done, again)] == [[0, 2, 2], [0, 1, 1]]
    assert await db.all(Statement("SELECT key FROM idempotency_keys")) == [{"key": "d"}]
    assert await db.all(Statement("SELECT id FROM sessions")) == [{"id": "d"}]
    assert await credentials.by_id(db, "k1") == api_key


async def test_validations_of_no_job_are_deleted_by_their_own_time(
    db: Database, ended_job: Callable[..., Awaitable[OldJob]]
) -> None:
    await ended_job("job", NOW - 9)
    await db.batch([validation(None, NOW - 9), validation(None, NOW - 8), validation(None, NOW)])

    kept = await db.batch([*retention.delete_oldest(KEEPS_ALL, 10).values()])
    done = await db.batch([*retention.delete_oldest(dataclasses.replace(KEEPS_ALL, jobs=NOW), 10).values()])

    assert (kept[0].changes, done[0].changes, (await counts(db))["validations"]) == (0, 2, 2)


async def test_what_has_no_limit_is_not_counted(db: Database, ended_job: Callable[..., Awaitable[OldJob]]) -> None:
    await ended_job("old", NOW - 9)

    assert await retention.count(db, KEEPS_ALL) == NOTHING


async def test_each_row_is_counted_once_whatever_makes_it_old(
    db: Database, ended_job: Callable[..., Awaitable[OldJob]], api_key: ApiKey
) -> None:
    await ended_job("old", NOW - 9)
    await ended_job("untold", NOW - 9, message="pending")
    await ended_job("young", NOW)
    await db.batch(
        [
            validation(None, NOW - 9),
            *message_of("young", "failed", NOW - 2),
            credentials.issue(api_key, hash="h"),
            credentials.open_session("s", "k1", "acme", now=1, expires_at=NOW - 1),
            Statement(KEY, ("k", NOW - 1)),
        ]
    )

    found = await retention.count(db, Limits(jobs=NOW, events=NOW, webhooks=NOW, idempotency_keys=NOW, sessions=NOW))

    assert found == {
        "jobs": 1,
        "job_payloads": 4,
        "job_steps": 1,
        "job_events": 4,
        "validations": 2,
        "outbox": 2,
        "webhook_tries": 2,
        "idempotency_keys": 1,
        "sessions": 1,
    }
