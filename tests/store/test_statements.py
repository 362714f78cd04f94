"""Every SQL statement of the store: written in the common subset, run on every database, served by an index."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
import re
from collections.abc import Sequence

import pytest

import granulator.store
from granulator.model import ApiKey, JobError, JobStatus, Lease, Principal, Stage, StructureType, Template, Usage
from granulator.store import (
    analytics,
    audit,
    batches,
    credentials,
    database,
    events,
    idempotency,
    job_counts,
    jobs,
    ledger,
    outbox,
    payloads,
    principals,
    queue,
    retention,
    schedule,
    steps,
    templates,
    validations,
    webhook_tries,
)
from granulator.store.database import Database, Result, Row, Statement, Value, data_file, migrate, split_script
from granulator.store.job_counts import JobCounts
from granulator.store.outbox import State
from granulator.store.payloads import Stored
from granulator.store.sqlite import SqliteDatabase
from granulator.store.webhook_tries import Try
from tests.store.conftest import NOW
from tests.store.fake_d1 import MAX_PARAMS, MAX_STATEMENT_BYTES
from tests.waiting import waiting

FORBIDDEN = re.compile(
    r"\b(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|ATTACH|TEMP|TEMPORARY|VACUUM|PRAGMA|user_version|sqlite_version|STRICT|TRIGGER"
    r"|WITHOUT\s+ROWID|INSERT\s+OR|REPLACE\s+INTO|GENERATED|BOOLEAN|json_valid|json_each|datetime|strftime|LIKE)\b"
    r"|\b(MAX|MIN)\([^()]+,|->",
    re.IGNORECASE,
)


def _named_statements() -> dict[str, str]:
    found = {}
    for module in pkgutil.iter_modules(granulator.store.__path__):
        if module.name.startswith("postgres"):
            continue  # what only PostgreSQL is sent means the same wherever it is sent
        values = vars(importlib.import_module(f"granulator.store.{module.name}"))
        found |= {f"{module.name}.{name}": sql for name, sql in values.items() if _is_named(name, sql)}
    return found


def _is_named(name: str, value: object) -> bool:
    return name.isupper() and not name.startswith("_") and isinstance(value, str)


NAMED = _named_statements()
SCHEMA = list(split_script(data_file("schema.sql").read_text(encoding="utf-8")))


def _complaints(sql: str) -> list[str]:
    """Say what keeps a statement from meaning the same on SQLite, D1 and PostgreSQL."""
    code = re.sub(r"--[^\n]*", "", sql)
    bare = re.sub(r"'[^']*'", "''", code)
    numbers = [int(number) for number in re.findall(r"\?(\d+)", bare)]
    checks = {
        "is not portable": FORBIDDEN.search(bare) is not None,
        "has placeholders that are not numbered": re.search(r"\?(?!\d)|[:@$]\w", bare) is not None,
        "has gaps between its placeholders": set(numbers) != set(range(1, max(numbers, default=0) + 1)),
        "has too many parameters": max(numbers, default=0) > MAX_PARAMS,
        "divides a parameter": re.search(r"\?\d+\s*/|/\s*\?\d+", bare) is not None,
        "is more than one statement": ";" in bare.strip().rstrip(";"),
        "is too long": len(sql.encode()) > MAX_STATEMENT_BYTES,
    }
    return [complaint for complaint, is_true in checks.items() if is_true]


@pytest.mark.parametrize("name", sorted(NAMED))
def test_a_named_statement_is_portable(name: str) -> None:
    assert _complaints(NAMED[name]) == []


@pytest.mark.parametrize("sql", SCHEMA)
def test_a_schema_statement_is_portable(sql: str) -> None:
    assert _complaints(sql) == []


@pytest.mark.parametrize(
    ("sql", "complaint"),
    [
        ("BEGIN", "is not portable"),
        ("CREATE TEMP TABLE t (a TEXT)", "is not portable"),
        ("PRAGMA user_version", "is not portable"),
        ("INSERT OR IGNORE INTO t VALUES (?1)", "is not portable"),
        ("SELECT a ->> 'b' FROM t", "is not portable"),
        ("SELECT MAX(a, 1) FROM t", "is not portable"),
        ("SELECT ?", "has placeholders that are not numbered"),
        ("SELECT :name", "has placeholders that are not numbered"),
        ("SELECT ?1, ?3", "has gaps between its placeholders"),
        ("SELECT " + ", ".join(f"?{n}" for n in range(1, 102)), "has too many parameters"),
        ("SELECT ?1 / 2", "divides a parameter"),
        ("SELECT 1; SELECT 2", "is more than one statement"),
        ("SELECT '" + "x" * 100_000 + "'", "is too long"),
    ],
)
def test_the_check_of_statements_sees_a_fault(sql: str, complaint: str) -> None:
    assert _complaints(sql) == [complaint]


class Recorder:
    """A Database that remembers which SQL went through it."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.seen: set[str] = set()

    async def all(self, statement: Statement) -> list[Row]:
        self.seen.add(statement.sql)
        return await self._db.all(statement)

    async def first(self, statement: Statement) -> Row | None:
        self.seen.add(statement.sql)
        return await self._db.first(statement)

    async def batch(self, statements: Sequence[Statement]) -> list[Result]:
        self.seen.update(statement.sql for statement in statements)
        return await self._db.batch(statements)

    async def close(self) -> None:
        await self._db.close()


async def test_every_named_statement_runs_on_every_database(
    db: Database, principal: Principal, new_job: jobs.NewJob, template: Template, api_key: ApiKey
) -> None:
    recorder = Recorder(db)
    await db.batch([Statement("DELETE FROM migration_checksums")])

    await migrate(recorder)
    await recorder.all(Statement(database.PING))
    await _keep_credentials(recorder, api_key)
    await recorder.batch([templates.put(template, NOW), principals.ensure(principal), principals.lock(principal.id)])
    lease = await _run_a_job(recorder, new_job)
    await _send_a_batch(recorder)
    await _end_jobs(recorder, lease)
    await _change_templates(recorder, template)
    await _read_everything(recorder, lease.job_id)
    await _clean_up(recorder, lease.job_id)

    # Only a new or an outdated database records migrations.
    await recorder.batch([Statement(database.RECORD_MIGRATION, ("0000_none.sql",))])
    assert sorted(name for name, sql in NAMED.items() if sql not in recorder.seen) == []


async def _keep_credentials(db: Database, key: ApiKey) -> None:
    await db.batch(
        [
            credentials.issue(key, hash="h"),
            credentials.touch("k1", NOW),
            credentials.open_session("s1", "k1", "acme", now=NOW, expires_at=NOW + 9),
            audit.record(client_id=None, actor="command", action="key.create", object_id="k1", detail={}, now=NOW),
        ]
    )
    assert await credentials.by_hash(db, "h", NOW) == await credentials.by_id(db, "k1")
    assert await credentials.list(db) == await credentials.list(db, client_id="acme")
    assert (await credentials.page(db, client_id="acme", limit=1, offset=0)).rows == await credentials.list(db)
    await db.batch([credentials.rotate(key, hash="h2", prefix="p", previous_until=NOW + 9)])
    assert await credentials.live_session(db, "s1", NOW) == "k1"
    await db.batch([credentials.close_session("s1", NOW), credentials.revoke("k1", NOW)])


async def _change_templates(db: Database, template: Template) -> None:
    own = dataclasses.replace(template, name="own", created_at=NOW)
    newer = dataclasses.replace(own, version=2)
    await db.batch([templates.create(own, NOW), templates.change(own, newer, NOW), templates.use_copy(own)])
    await db.batch([templates.delete("own", NOW)])


async def _send_a_batch(db: Database) -> None:
    sent, once = batches.Batch("batch_1", 1, NOW), idempotency.Once("/api/batch", "once", "ab" * 32)
    await db.batch(
        [batches.create(sent, "acme"), *idempotency.claim("acme", once, "batch", batch_id="batch_1", now=NOW)]
    )
    assert await batches.get(db, "batch_1", "acme") == sent
    assert await batches.jobs(db, "batch_1", "acme") == ()
    assert await idempotency.find(db, "acme", once, NOW) is not None


async def _run_a_job(db: Database, job: jobs.NewJob) -> Lease:
    done = await db.batch(
        [
            templates.use("course_basic"),
            jobs.create(job),
            payloads.put("exec_1", "request", Stored("{}", 2, "00")),
            ledger.hold("exec_1", reference="hold", nano_usd=5, now=NOW),
        ]
    )
    lease = Lease(int(done[1].rows[0]["id"]), "proc-a", 1)
    await db.batch([queue.extend(lease, now=NOW, lease_until=NOW + 9), jobs.release(lease)])
    guards = [principals.lock_of_job(lease.job_id), principals.room_of_job(lease.job_id, now=NOW, limit=1)]
    await db.batch([*guards, queue.claim(lease.job_id, owner="proc-a", now=NOW, lease_until=NOW + 9)])
    lease = Lease(lease.job_id, "proc-a", 2)
    await db.batch([principals.room("key:k1", now=NOW, limit=2), queue.renew(lease, lease_until=NOW + 9)])
    await db.batch([queue.request_cancel(lease.job_id), queue.probe()])
    assert await queue.to_cancel(db, "proc-a") == (lease.job_id,)
    assert await queue.next_beside(db, lease.job_id, expired_before=NOW) is None
    assert await queue.overdue(db, now=NOW + 10**9, expired_before=NOW, limit=9) == ()
    assert await db.first(jobs.is_held(lease)) == {"is_there": 1}
    started = {"attempt_id": "a1", "step": "outline", "provider": "openai", "model": "m", "estimate_nano_usd": 5}
    await db.batch([jobs.fence(lease), ledger.attempt_sent(lease, **started, now=NOW)])
    await db.batch([ledger.attempts_uncertain(lease.job_id)])
    assert await db.first(ledger.is_sent("a1")) == {"is_there": 1}
    assert await db.first(ledger.is_settled("a1")) is None
    assert await db.first(steps.is_stored(lease.job_id, "outline")) is None
    balance = await ledger.balance_of_job(db, lease.job_id)
    await db.batch([jobs.lock(lease.job_id), ledger.balanced_as_read(lease.job_id, balance)])
    counted = await ledger.calls_of_job(db, lease.job_id)
    await db.batch(
        [
            jobs.fence(lease),
            ledger.settled_as_counted(lease.job_id, counted),
            steps.put(lease, "outline", {}, NOW),
            events.add(lease.job_id, "progress", {}, NOW),
            ledger.attempt_settled("a1", ledger.Settlement("settled", 3, Usage(1, 1), "m", price_id="p1"), NOW),
            ledger.charge("exec_1", reference="charge:a1", nano_usd=3, provider="openai", model="m", now=NOW),
            jobs.advance(lease, status=JobStatus.VALIDATING, stage=Stage.VALIDATE, progress=85),
            steps.copy(to_execution_id="exec_1", from_job_id=0, now=NOW),
            jobs.add_late_call("exec_1", cost_nano_usd=3, usage=Usage(1, 1)),
        ]
    )
    return lease


async def _end_jobs(db: Database, lease: Lease) -> None:
    ending = {"now": NOW, "processing_time_ms": 1, "cost_nano_usd": 3, "usage": Usage(1, 1), "model": "m"}
    found = {"structure_type": StructureType.COURSE, "level": 2, "threshold": 85.0, "created_at": NOW}
    verdict = {"score": 90, "is_valid": True, "result": {}}
    message = {"event": "granulation.completed", "url": "https://example.org", "host": "example.org", "body": "{}"}
    await db.batch(
        [
            jobs.complete(lease, **ending, quality_score=90, actual_elements=3, metadata={}),
            ledger.release("exec_1", reference="release", nano_usd=2, now=NOW),
            validations.add(client_id="acme", execution_id="exec_1", **found, **verdict),
            validations.add(client_id="acme", execution_id=None, **found, **verdict),
            outbox.add(message_id="m1", execution_id="exec_1", **message, max_tries=1, now=NOW),
            Statement("UPDATE jobs SET owner = 'proc-a', attempt = 3"),
            jobs.fail(Lease(lease.job_id, "proc-a", 3), **ending, error=JobError("X", "x"), metadata={}),
        ]
    )


async def _deliver(db: Database, job_id: int) -> None:
    found = await outbox.due(db, NOW, per_host=1, limit=1)
    (claimed,) = await outbox.claim(db, found, now=NOW, until=NOW + 9)
    message = await outbox.message(db, claimed.id)
    assert message is not None
    end = {"next_at": None, "response_status": 500, "error": "x", "delivered_at": None}
    await db.batch(
        [
            outbox.hand_back(claimed, NOW),
            outbox.settle(claimed, state=State.FAILED, **end),
            webhook_tries.add(message.message_id, Try(1, NOW, 1, 500, "x")),
            outbox.redeliver(claimed.id, tries=1, now=NOW),
            outbox.hasten(claimed.id, NOW),
        ]
    )
    assert len(await webhook_tries.of_message(db, message.message_id)) == 1
    delivery = await outbox.get(db, claimed.id, "acme")
    for job in (None, job_id):
        assert (await outbox.page(db, client_id="acme", job_id=job, limit=1, offset=0)).rows == (delivery,)


async def _clean_up(db: Database, job_id: int) -> None:
    limits = retention.Limits(jobs=NOW, events=NOW, webhooks=NOW, idempotency_keys=NOW, sessions=NOW)
    assert set(await retention.count(db, limits)) == set(retention.TABLES)
    assert await retention.old_jobs(db, NOW, 1) == ()
    assert await retention.jobs_with_old_events(db, NOW, 1) == ()
    assert [each.is_over for each in await retention.messages(db, after=0, before=NOW + 1, limit=9)] == [False]
    job = retention.OldJob(job_id, "exec_1")
    for group in (
        retention.delete_oldest(limits, 1),
        retention.delete_events(job_id),
        retention.delete_message("m1"),
        retention.expire(job, NOW),
    ):
        await db.batch([*group.values()])
    await db.batch([schedule.begin("clean-up", NOW)])
    await db.batch([schedule.move("clean-up", from_due_at=NOW, to_due_at=NOW + 1)])
    assert await schedule.last(db, "clean-up") == NOW + 1


async def _read_everything(db: Database, job_id: int) -> None:
    assert await jobs.get(db, job_id, "acme") == await jobs.by_id(db, job_id)
    for status in (None, JobStatus.FAILED):
        assert (
            await jobs.page(db, JobCounts(db, lambda: NOW), client_id="acme", status=status, limit=1, offset=0)
        ).total == 1
    assert await jobs.retried_by(db, job_id, "acme") == ()
    assert await jobs.began_at(db) == NOW
    assert (await jobs.stats(db, client_id="acme", since=0)).total == 1
    assert await waiting(db, NOW, 1) == ()
    assert await queue.oldest_waiting(db, NOW) is None
    assert [event.seq for event in await events.after(db, job_id, 0)] == [1]
    assert await db.first(jobs.has_ended(Lease(job_id, "proc-a", 3))) == {"is_there": 1}
    assert await payloads.find(db, "exec_1", "structure") is None
    assert await payloads.objects_of_day(db, 20_000) == []
    assert await steps.all(db, job_id) == {"outline": {}}
    assert (await ledger.calls_of_job(db, job_id)).cost_nano_usd == 3
    assert await ledger.balance_of_job(db, job_id) == await ledger.balance(db, client_id="acme")
    assert (await validations.page(db, client_id="acme", job_id=job_id, limit=1, offset=0)).total == 1
    assert await templates.get(db, "course_basic") in (await templates.page(db, limit=1, offset=0)).rows
    await _deliver(db, job_id)
    period = {"since": 0, "client_id": "acme"}
    assert (await analytics.jobs(db, **period)).total == 1
    assert [row.total for row in await analytics.templates(db, **period)] == [1]
    assert [row.total for row in await analytics.days(db, **period)] == [1]
    assert [row.total for row in await analytics.types(db, **period)] == [1]
    assert [row.judged for row in await analytics.validations(db, **period)] == [1]


@pytest.mark.parametrize(
    ("sql", "params", "index"),
    [
        (jobs.PAGE, ("acme", None, 20, 0), "jobs_by_client"),
        (jobs.PAGE_OF_STATUS, ("acme", None, 20, 0, "failed"), "jobs_by_client_status"),
        (job_counts.COUNT, ("acme", None, 7, 9), "jobs_by_client"),
        (job_counts.COUNT_OF_STATUS, ("acme", None, 7, 9, "failed"), "jobs_by_client_status"),
        (job_counts.SETTLED, (NOW,), "jobs_by_time"),
        (jobs.STATS, ("acme", NOW), "jobs_by_client_time"),
        (queue.WAITING_SINCE, (NOW,), "jobs_unfinished"),
        (queue.TO_CANCEL, ("proc-a",), "jobs_cancelling"),
        (events.AFTER, (1, 0, 100), "sqlite_autoindex_job_events_1"),
        (batches.JOBS, ("batch_1", "acme"), "jobs_by_batch"),
        (idempotency.FIND, ("acme", "/api/batch", "once", 0), "sqlite_autoindex_idempotency_keys_1"),
        (idempotency.CLEAR, ("acme", "/api/batch", "once", 0), "sqlite_autoindex_idempotency_keys_1"),
        (jobs.RETRIED_BY, (1, "acme"), "jobs_retried"),
        (validations.PAGE, (1, "acme", 20, 0), "validations_by_job"),
        (ledger.BALANCE_OF_CLIENT, ("acme", 0), "ledger_by_client"),
        (ledger.BALANCE_OF_JOB, (1,), "ledger_by_job"),
        (ledger.ATTEMPTS_UNCERTAIN, (1,), "attempts_by_job"),
        (outbox.PAGE, ("acme", None, None, 20, 0), "outbox_by_client"),
        (outbox.COUNT, ("acme", None, None), "outbox_by_client"),
        (outbox.COUNT_OF_JOB, ("acme", None, None, 1), "outbox_by_job"),
        (outbox.HASTEN, (1, NOW), "webhook_tries_by_message"),
        (webhook_tries.OF_MESSAGE, ("msg_1",), "webhook_tries_by_message"),
        (credentials.BY_HASH, ("h", NOW), "api_keys_previous_hash"),
        (payloads.OBJECTS_OF_DAY, (20_000, "", 1000), "job_payloads_in_storage"),
        (retention.OLD_JOBS, (NOW, 25), "jobs_expiring"),
        (retention.OLD_VALIDATIONS, (NOW, 250), "validations_by_job"),
        (retention.OLD_IDEMPOTENCY_KEYS, (NOW, 250), "idempotency_keys_by_time"),
        (templates.GET, ("course_basic",), "templates_live_name"),
        (
            "SELECT COUNT(*) FROM jobs WHERE principal_id = ?1 AND lease_until >= ?2",
            ("key:k1", NOW),
            "jobs_leased",
        ),
    ],
)
async def test_a_frequent_statement_uses_its_index_and_sorts_nothing(
    sqlite: SqliteDatabase, sql: str, params: tuple[Value, ...], index: str
) -> None:
    plan = [str(row["detail"]) for row in await sqlite.all(Statement(f"EXPLAIN QUERY PLAN {sql}", params))]

    assert any(re.search(rf"INDEX {index}\b", line) for line in plan), plan
    assert not any("TEMP B-TREE" in line for line in plan), plan
