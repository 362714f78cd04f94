"""Moving to another database: every row of every table, with its ids, or nothing."""

from __future__ import annotations

import asyncio
import dataclasses
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path

import pytest

from granulator.errors import ConfigurationError
from granulator.store import jobs, principals, transfer
from granulator.store.database import Database, Row, Statement, StatementRejected, data_file, migrate
from granulator.store.postgres import PostgresDatabase
from granulator.store.sqlite import SqliteDatabase
from granulator.store.transfer import PAGE_ROWS, Table, copy, tables
from tests.store.conftest import NOW

MANY = 2 * PAGE_ROWS + 5
LATER = NOW + 1_000_000
ODD = "tab\tnew\nline \\N \\. \"quoted\" it''s — ünï 🐝"
"""Text that a format for large amounts might take for its own signs."""

ROWS: dict[str, dict[str, object]] = {
    "api_keys": {"id": "k1", "client_id": "acme", "name": ODD, "prefix": "gr_", "hash": "h", "created_at": NOW},
    "sessions": {"id": "s1", "key_id": "k1", "client_id": "acme", "created_at": NOW, "expires_at": NOW},
    "templates": {
        "name": "own",
        "version": 1,
        "structure_type": "quiz",
        "document": '{"a":"\\u0000"}',
        "created_at": NOW,
        "updated_at": NOW,
    },
    "job_payloads": {"execution_id": "exec_1", "kind": "request", "body": ODD * 9000, "size": 1, "sha256": "x"},
    "job_events": {"job_id": 1, "seq": 1, "event": "progress", "data": "{}", "created_at": NOW},
    "batches": {"id": "b1", "client_id": "acme", "size": 2, "created_at": NOW},
    "idempotency_keys": {
        "client_id": "acme",
        "path": "/api/execute",
        "key": ODD,
        "body_sha256": "x",
        "answer": "result",
        "created_at": NOW,
    },
    "job_steps": {"job_id": 1, "step": "a/b", "attempt": 1, "result": "{}", "created_at": NOW},
    "attempts": {
        "id": "a1",
        "job_id": 1,
        "attempt": 1,
        "step": "s",
        "provider": "p",
        "model": "m",
        "state": "settled",
        "cost_nano_usd": 2**53,
        "started_at": NOW,
    },
    "ledger": {
        "reference": "charge:a1",
        "client_id": "acme",
        "principal_id": "key:k1",
        "job_id": 1,
        "kind": "charge",
        "nano_usd": 3,
        "created_at": NOW,
    },
    "validations": {
        "client_id": "acme",
        "structure_type": "quiz",
        "level": 2,
        "threshold": 84.99999999999999,
        "created_at": NOW,
        "result": "{}",
    },
    "outbox": {
        "message_id": "m1",
        "execution_id": "exec_1",
        "client_id": "acme",
        "principal_id": "key:k1",
        "event": "e",
        "url": "https://example.org",
        "host": "example.org",
        "body": "{}",
        "max_tries": 1,
        "created_at": NOW,
    },
    "webhook_tries": {"message_id": "m1", "number": 1, "started_at": NOW, "duration_ms": 5},
    "scheduled_runs": {"name": "clean-up", "due_at": NOW},
    "audit": {"actor": "command", "action": "key.create", "object": "k1", "created_at": NOW},
}
"""A row for every table but principals and jobs, which have many."""


@pytest.fixture
async def source(path: Path, new_job: jobs.NewJob) -> AsyncIterator[SqliteDatabase]:
    db = SqliteDatabase.open(path)
    await migrate(db)
    await _fill(db, new_job)
    yield db
    await db.close()


async def _fill(db: Database, job: jobs.NewJob) -> None:
    """Put rows into every table; the last job is gone again, as after a clean-up."""
    created = [
        Statement(principals.ENSURE, (job.principal_id, job.client_id)),
        *(jobs.create(dataclasses.replace(job, execution_id=f"exec_{number}")) for number in range(1, MANY + 1)),
        Statement("UPDATE jobs SET retry_of = id - 1 WHERE id > 1"),
        Statement("DELETE FROM jobs WHERE id = ?1", (MANY,)),
    ]
    await db.batch(created)
    for table, row in ROWS.items():
        marks = ", ".join(f"?{number}" for number in range(1, len(row) + 1))
        sql = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})"
        await db.batch([Statement(sql, tuple(row.values()))])


async def _contents(db: Database) -> dict[str, list[Row]]:
    return {
        table.name: await db.all(Statement(f"SELECT * FROM {table.name} ORDER BY {', '.join(table.key)}"))
        for table in tables()
    }


@pytest.fixture
async def other_sqlite(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    db = SqliteDatabase.open(tmp_path / "target.sqlite")
    await migrate(db)
    yield db
    await db.close()


@pytest.fixture(params=["postgres_db", "other_sqlite"])
def target(request: pytest.FixtureRequest) -> transfer.Transferable:
    """A migrated, empty database of either kind."""
    opened: transfer.Transferable = request.getfixturevalue(request.param)
    return opened


async def test_every_row_of_every_table_arrives_as_it_was(
    source: SqliteDatabase, target: transfer.Transferable
) -> None:
    copied = await copy(source, target, LATER)

    expected = await _contents(source)
    assert await _contents(target) == expected
    assert {each.table: each.rows for each in copied} == {table: len(rows) for table, rows in expected.items()}
    assert min(each.rows for each in copied) >= 1
    assert len({each.sha256 for each in copied}) == len(copied)


async def test_new_rows_get_ids_that_were_never_given_before(
    source: SqliteDatabase, target: transfer.Transferable, new_job: jobs.NewJob
) -> None:
    await copy(source, target, LATER)

    done = await target.batch([jobs.create(dataclasses.replace(new_job, execution_id="next"))])

    assert done[0].rows == ({"id": MANY + 1},)
    assert {name: last for name, last in (await target.last_ids()).items() if name != "d1_migrations"} == {
        name: last + (name == "jobs") for name, last in (await source.last_ids()).items() if name != "d1_migrations"
    }


async def test_the_way_back_is_as_exact(
    source: SqliteDatabase, postgres_db: PostgresDatabase, other_sqlite: SqliteDatabase
) -> None:
    there = await copy(source, postgres_db, LATER)

    assert await copy(postgres_db, other_sqlite, LATER) == there

    assert await _contents(other_sqlite) == await _contents(source)
    assert await other_sqlite.last_ids() == await source.last_ids()


async def test_a_row_that_the_target_cannot_hold_leaves_it_empty(
    source: SqliteDatabase, postgres_db: PostgresDatabase
) -> None:
    await source.batch([Statement("UPDATE audit SET object = 'a' || char(0)")])
    with pytest.raises(StatementRejected):
        await copy(source, postgres_db, LATER)
    assert set(map(len, (await _contents(postgres_db)).values())) == {0}
    await source.batch([Statement("UPDATE audit SET object = 'a'")])

    await copy(source, postgres_db, LATER)

    assert await _contents(postgres_db) == await _contents(source)


class Writing(SqliteDatabase):
    """A source that someone writes to in the middle of it all."""

    change = Statement("UPDATE principals SET client_id = 'changed'")

    async def all(self, statement: Statement) -> list[Row]:
        if statement.sql.startswith("SELECT * FROM audit"):
            await self.batch([self.change])
        return await super().all(statement)


async def test_a_source_that_changes_meanwhile_is_refused_and_nothing_kept(
    source: SqliteDatabase, target: transfer.Transferable, path: Path
) -> None:
    changing = Writing.open(path)

    with pytest.raises(ConfigurationError, match="table principals is not the same on both sides"):
        await copy(changing, target, LATER)

    assert set(map(len, (await _contents(target)).values())) == {0}
    await changing.close()


async def test_an_interrupted_copy_leaves_nothing(
    source: SqliteDatabase, target: transfer.Transferable, path: Path
) -> None:
    stopping = Stopping.open(path)
    copying = asyncio.create_task(copy(stopping, target, LATER))
    await stopping.reached.wait()
    copying.cancel()

    with pytest.raises(asyncio.CancelledError):
        await copying

    assert set(map(len, (await _contents(target)).values())) == {0}
    await stopping.close()


class Stopping(SqliteDatabase):
    """A source that is read for ever, once most of it is copied."""

    @property
    def reached(self) -> asyncio.Event:
        return self.__dict__.setdefault("_reached", asyncio.Event())

    async def all(self, statement: Statement) -> list[Row]:
        if statement.sql.startswith("SELECT * FROM audit"):
            self.reached.set()
            await asyncio.Event().wait()
        return await super().all(statement)


async def test_a_target_that_holds_anything_is_refused(source: SqliteDatabase, target: transfer.Transferable) -> None:
    await target.batch([Statement("INSERT INTO scheduled_runs VALUES ('clean-up', 1)")])

    with pytest.raises(ConfigurationError, match="already has rows in its table scheduled_runs: give it an empty one"):
        await copy(source, target, LATER)


async def test_a_source_that_is_still_at_work_is_refused(
    source: SqliteDatabase, target: transfer.Transferable, new_job: jobs.NewJob
) -> None:
    assert new_job.lease_until is not None

    with pytest.raises(
        ConfigurationError, match=f"{MANY - 1} jobs are running on the source: stop every granulator serve"
    ):
        await copy(source, target, new_job.lease_until)

    await copy(source, target, new_job.lease_until + 1)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ("UPDATE migration_checksums SET sha256 = 'other'", "the source has another schema than this version"),
        ("INSERT INTO d1_migrations (name) VALUES ('0002_newer.sql')", "the source has another schema than this"),
        ("DROP TABLE migration_checksums", "the source is no database of Granulator: no such table"),
    ],
)
async def test_a_source_of_another_version_is_refused(
    source: SqliteDatabase, target: transfer.Transferable, change: str, complaint: str
) -> None:
    await source.batch([Statement(change)])

    with pytest.raises(ConfigurationError, match=complaint):
        await copy(source, target, LATER)


def test_tables_and_columns_are_read_as_the_database_reads_them() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(data_file("schema.sql").read_text(encoding="utf-8"))
        names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        expected = [_described(connection, table.name) for table in tables()]

    assert list(tables()) == expected
    assert {table.name for table in tables()} == names - {"migration_checksums", "sqlite_sequence"}


def _described(connection: sqlite3.Connection, table: str) -> Table:
    columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
    key = sorted((row[5], row[1]) for row in columns if row[5])
    sql: Callable[[], tuple[str]] = connection.execute(
        "SELECT sql FROM sqlite_master WHERE name = ?", (table,)
    ).fetchone
    return Table(table, tuple(row[1] for row in columns), tuple(name for _, name in key), "AUTOINCREMENT" in sql()[0])
