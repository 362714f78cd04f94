"""The PostgreSQL driver: batches that are all or nothing whoever dies, and connections that come back."""

from __future__ import annotations

import asyncio
import dataclasses
import re
import subprocess
import sys
import time
import traceback
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count

import psycopg
import pytest

from granulator.errors import ConfigurationError, DatabaseError
from granulator.model import Principal
from granulator.store import jobs, principals
from granulator.store.database import PING, Database, GuardFailed, Result, Statement, StatementRejected, migrate
from granulator.store.postgres import PostgresDatabase
from granulator.store.sqlite import SqliteDatabase
from tests.postgres import PostgresServer, migrate_url, postgres_server

PUT = "INSERT INTO migration_checksums (name, sha256) VALUES (?1, 'x')"
CHANGE = "UPDATE migration_checksums SET sha256 = ?2 WHERE name = ?1"
NAMES = Statement("SELECT name FROM migration_checksums WHERE sha256 = 'x' ORDER BY name")
WAIT = Statement("SELECT pg_sleep(0.2)")
WAIT_LONG = Statement("SELECT pg_sleep(60)")
WAITING = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event = %s"


def _put(name: str) -> list[Statement]:
    return [Statement(PUT, (name,))]


async def _names(db: Database) -> list[object]:
    return [row["name"] for row in await db.all(NAMES)]


@asynccontextmanager
async def _opened(url: str, *, pool_size: int = 1, patience_seconds: float = 10.0) -> AsyncIterator[PostgresDatabase]:
    db = await PostgresDatabase.open(url, pool_size=pool_size, patience_seconds=patience_seconds)
    yield db
    await db.close()


@pytest.fixture
def administrator(postgres_url: str) -> Iterator[psycopg.Connection]:
    """A connection beside those of the service, to the same database."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        yield connection


async def _until_waiting(url: str, event: str) -> int:
    """Wait until a connection waits for what is named; return the number of its process."""
    with psycopg.connect(url, autocommit=True) as observer:
        while (row := await asyncio.to_thread(observer.execute(WAITING, [event]).fetchone)) is None:
            pass
        return int(row[0])


async def test_what_was_stored_is_found_by_another_process(postgres_url: str) -> None:
    async with _opened(postgres_url) as first:
        await first.batch(_put("kept"))

    async with _opened(postgres_url) as second:
        assert await _names(second) == ["kept"]
        assert await second.first(Statement(PING)) == {"alive": 1}


async def test_a_guard_with_rows_of_its_own_fails_when_there_are_none(postgres_db: PostgresDatabase) -> None:
    unknown = Statement(CHANGE + " RETURNING name", ("unknown", "x"), must_change=True)

    with pytest.raises(GuardFailed) as failure:
        await postgres_db.batch([*_put("a"), unknown])

    assert failure.value.index == 1
    assert await _names(postgres_db) == []


async def test_failures_leave_nothing_behind_on_their_connection(postgres_url: str) -> None:
    async with _opened(postgres_url) as db:
        for number in range(12):  # more than it takes for the driver to prepare a statement
            with pytest.raises(GuardFailed):
                await db.batch([*_put("never"), Statement(CHANGE, ("unknown", "x"), must_change=True)])
            with pytest.raises(StatementRejected):
                await db.batch([*_put("never"), Statement(PUT, (None,)), *_put("neither")])
            with pytest.raises(StatementRejected, match="refused"):
                await db.batch([*_put("never"), Statement(PUT, ("a\0b",))])
            done = await db.batch([Statement(PUT, (f"{number:02}",), must_change=True)])
            assert done == [Result((), 1)]

        assert await _names(db) == [f"{number:02}" for number in range(12)]


async def test_values_keep_their_type_and_sums_are_numbers(postgres_db: PostgresDatabase) -> None:
    await postgres_db.batch([Statement("CREATE TABLE t (a INTEGER, b REAL, c TEXT, d BLOB)")])
    await postgres_db.batch(
        [
            Statement("INSERT INTO t VALUES (?1, ?2, ?3, ?4)", (True, 0.1, "1 ' \\ ? ünï", b"\x00\xff")),
            Statement("INSERT INTO t VALUES (?1, ?2, ?3, ?4)", (2**53, 1e300, None, None)),
        ]
    )

    rows = await postgres_db.all(Statement("SELECT * FROM t ORDER BY a"))
    sums = await postgres_db.first(Statement("SELECT SUM(a) AS total, AVG(a) AS mean, COUNT(*) AS n FROM t"))

    assert rows == [
        {"a": 1, "b": 0.1, "c": "1 ' \\ ? ünï", "d": b"\x00\xff"},
        {"a": 2**53, "b": 1e300, "c": None, "d": None},
    ]
    assert sums == {"total": 2**53 + 1, "mean": 4503599627370496.5, "n": 2}
    assert [type(value) for value in (sums or {}).values()] == [int, float, int]


async def test_the_schema_is_that_of_sqlite(sqlite: SqliteDatabase, postgres_db: PostgresDatabase) -> None:
    tables = await sqlite.all(
        Statement("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    )
    expected = {
        (
            table["name"],
            row["cid"],
            row["name"],
            TYPES[str(row["type"])],
            "NO" if row["notnull"] or row["pk"] else "YES",
        )
        for table in tables
        for row in await sqlite.all(Statement(f"PRAGMA table_info({table['name']})"))
    }
    columns = await postgres_db.all(Statement(COLUMNS))
    found = {(row["table_name"], row["place"], row["column_name"], row["type"], row["is_nullable"]) for row in columns}
    indexes = Statement("SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name")

    assert found == expected
    assert await postgres_db.all(Statement(INDEXES)) == await sqlite.all(indexes)


TYPES = {"INTEGER": "bigint", "REAL": "double precision", "TEXT": "text C", "TIMESTAMP": "timestamp without time zone"}
COLUMNS = """
SELECT table_name, ordinal_position - 1 AS place, column_name, is_nullable,
       data_type || CASE WHEN collation_name IS NULL THEN '' ELSE ' ' || collation_name END AS type
  FROM information_schema.columns WHERE table_schema = 'public'
"""
INDEXES = """
SELECT indexname AS name FROM pg_indexes
 WHERE schemaname = 'public' AND indexname NOT IN (SELECT conname FROM pg_constraint) ORDER BY indexname
"""


async def test_several_that_migrate_an_empty_database_at_once_all_come_up(empty_postgres_url: str) -> None:
    opened = [await PostgresDatabase.open(empty_postgres_url) for _ in range(4)]

    applied = await asyncio.gather(*(migrate(db) for db in opened))

    assert sorted(applied) == [(), (), (), ("0001_initial.sql",)]
    for db in opened:
        await db.close()


async def test_a_batch_of_a_cancelled_caller_is_committed_all_the_same(
    postgres_url: str, administrator: psycopg.Connection
) -> None:
    async with _opened(postgres_url) as db:
        with administrator.transaction():
            administrator.execute("LOCK TABLE migration_checksums")
            caller = asyncio.create_task(db.batch(_put("cancelled")))
            await _until_waiting(postgres_url, "relation")
            caller.cancel()
            with pytest.raises(asyncio.CancelledError):
                await caller
        await db.batch(_put("next"))

        assert await _names(db) == ["cancelled", "next"]


async def test_never_more_jobs_of_a_caller_run_than_allowed(
    postgres_url: str, new_job: jobs.NewJob, principal: Principal
) -> None:
    async with _opened(postgres_url, pool_size=8) as first, _opened(postgres_url, pool_size=8) as second:
        await first.batch([principals.ensure(principal)])
        many = [dataclasses.replace(new_job, execution_id=f"exec_{number}") for number in range(60)]
        starts = [db.batch(jobs.create_running(job, 10)) for job, db in zip(many, [first, second] * 30, strict=True)]

        answers = await asyncio.gather(*starts, return_exceptions=True)

        refused = [answer.index for answer in answers if isinstance(answer, GuardFailed)]
        assert (len(answers) - len(refused), set(refused)) == (10, {1})
        assert await first.first(Statement("SELECT COUNT(*) AS total FROM jobs")) == {"total": 10}


async def test_two_batches_that_block_each_other_are_both_applied(postgres_url: str) -> None:
    ahead = [Statement(CHANGE, ("a", "1")), WAIT, Statement(CHANGE, ("b", "1"))]
    back = [Statement(CHANGE, ("b", "2")), WAIT, Statement(CHANGE, ("a", "2"))]
    async with _opened(f"{postgres_url}&options=-c%20deadlock_timeout%3D10ms", pool_size=2) as db:
        await db.batch([*_put("a"), *_put("b")])

        answers = await asyncio.gather(db.batch(ahead), db.batch(back))

        assert [[result.changes for result in results] for results in answers] == [[1, 0, 1], [1, 0, 1]]
        rows = await db.all(Statement("SELECT sha256 FROM migration_checksums WHERE name IN ('a', 'b')"))
        assert len({row["sha256"] for row in rows}) == 1


async def test_a_lock_held_too_long_is_a_database_error_and_leaves_no_trace(
    postgres_url: str, administrator: psycopg.Connection
) -> None:
    async with _opened(postgres_url, patience_seconds=0.05) as db:
        with administrator.transaction():
            administrator.execute("LOCK TABLE migration_checksums")
            with pytest.raises(DatabaseError, match="did not answer"):
                await db.batch(_put("never"))

        assert await _names(db) == []


async def test_a_batch_that_gets_no_connection_in_time_is_a_database_error(postgres_url: str) -> None:
    async with _opened(postgres_url, patience_seconds=0.05) as db:
        slow = asyncio.create_task(db.batch([WAIT, *_put("slow")]))
        await _until_waiting(postgres_url, "PgSleep")

        with pytest.raises(DatabaseError, match="did not answer"):
            await db.batch(_put("never"))

        await slow
        assert await _names(db) == ["slow"]


async def test_a_connection_that_ended_while_idle_is_replaced_unseen(
    postgres_url: str, administrator: psycopg.Connection
) -> None:
    async with _opened(postgres_url, pool_size=4) as db:
        await asyncio.gather(*(db.batch([WAIT]) for _ in range(4)))
        administrator.execute(TERMINATE_OTHERS)

        await asyncio.gather(*(db.batch(_put(str(number))) for number in range(4)), _names(db))

        assert await _names(db) == ["0", "1", "2", "3"]


TERMINATE_OTHERS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


async def test_a_batch_whose_connection_ends_is_a_database_error_and_a_read_is_repeated(
    postgres_url: str, administrator: psycopg.Connection
) -> None:
    async with _opened(postgres_url, pool_size=1) as db:
        batch = asyncio.create_task(db.batch([*_put("never"), WAIT_LONG]))
        administrator.execute("SELECT pg_terminate_backend(%s)", [await _until_waiting(postgres_url, "PgSleep")])
        with pytest.raises(DatabaseError, match="did not answer"):
            await batch
        read = asyncio.create_task(db.first(Statement("SELECT pg_sleep(0.5), 1 AS alive")))
        administrator.execute("SELECT pg_terminate_backend(%s)", [await _until_waiting(postgres_url, "PgSleep")])

        assert (await read or {})["alive"] == 1
        assert await _names(db) == []


async def test_a_migration_beside_does_not_break_what_is_prepared(
    postgres_url: str, administrator: psycopg.Connection
) -> None:
    every = Statement("SELECT * FROM principals")
    put = Statement("INSERT INTO principals (id, client_id) VALUES (?1, 'acme') RETURNING *, 1 AS one")
    async with _opened(postgres_url, pool_size=2) as db:
        for _ in range(12):
            await asyncio.gather(db.all(every), db.all(every))
        administrator.execute("ALTER TABLE principals ADD COLUMN more TEXT")

        await db.batch([dataclasses.replace(put, params=("p",))])

        assert (
            await asyncio.gather(db.all(every), db.all(every)) == [[{"id": "p", "client_id": "acme", "more": None}]] * 2
        )


async def test_a_connection_that_was_made_to_forget_what_it_prepared_learns_it_again(postgres_url: str) -> None:
    async with _opened(postgres_url) as db:
        await db.batch(_put("a"))
        await db.batch([Statement("SELECT 1 AS one"), Statement("DEALLOCATE ALL")])

        await db.batch(_put("b"))

        assert await _names(db) == ["a", "b"]


async def test_close_finishes_what_was_accepted_and_a_closed_database_refuses_work(postgres_url: str) -> None:
    db = await PostgresDatabase.open(postgres_url, pool_size=2)
    pending = [asyncio.create_task(db.batch(_put(f"{number:02}"))) for number in range(30)]
    await asyncio.sleep(0)

    await db.close()
    await db.close()

    await asyncio.gather(*pending)
    with pytest.raises(DatabaseError, match="closed"):
        await db.batch(_put("never"))
    with pytest.raises(DatabaseError, match="closed"):
        await db.all(NAMES)
    async with _opened(postgres_url) as again:
        assert len(await _names(again)) == 30


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("postgresql://u:hunter2@127.0.0.1:1/d", "the database of DATABASE_URL cannot be opened: connection failed"),
        ("postgresql://u:hun/ter2@127.0.0.1/d", "DATABASE_URL cannot be read as postgresql://"),
        ("postgresql://u:hun@ter2@127.0.0.1/d", "DATABASE_URL cannot be read as postgresql://"),
        ("postgresql://u:hunter2@127.0.0.1/d?nonsense=1", "DATABASE_URL cannot be read as postgresql://"),
        ("postgresql://u:hun%ter2@127.0.0.1/d", "DATABASE_URL cannot be read as postgresql://"),
        ("postgresql:///nowhere?host=/no-such-directory", "the database of DATABASE_URL cannot be opened: "),
    ],
)
async def test_a_url_that_cannot_be_opened_is_refused_without_its_password(url: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError) as failure:
        await PostgresDatabase.open(url)

    assert str(failure.value).startswith(complaint)
    assert not re.search("hun|ter2", "".join(traceback.format_exception(failure.value)[:-1]).replace(url, ""))
    assert not re.search("hun|ter2", str(failure.value))


async def test_a_database_that_cannot_hold_all_texts_is_refused(postgres: PostgresServer) -> None:
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE ascii ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")

    with pytest.raises(ConfigurationError, match="in SQL_ASCII: it must be version 12 or later, in UTF8"):
        await PostgresDatabase.open(postgres.url("ascii"))


def test_the_driver_is_not_loaded_without_need() -> None:
    script = "import sys, granulator.__main__, granulator.app; sys.exit('psycopg' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


async def test_restarts_lose_no_answered_batch_and_are_over_within_seconds() -> None:
    with postgres_server() as server:
        await migrate_url(server.url("postgres"))
        async with _opened(server.url("postgres"), pool_size=8, patience_seconds=20.0) as db:
            record = _Record()
            writers = [asyncio.create_task(record.write_for_ever(db)) for _ in range(20)]
            waits = []
            for mode in ("immediate", "fast", "immediate"):
                await record.until_more(40)
                await asyncio.to_thread(server.stop, mode)
                await asyncio.to_thread(server.start)
                started = time.monotonic()
                await record.until_more(40)
                waits.append(time.monotonic() - started)
            for writer in writers:
                writer.cancel()
            await asyncio.gather(*writers, return_exceptions=True)
            stored = {str(name) for name in await _names(db)}

    assert record.applied - stored == set()
    assert stored - record.applied - record.unknown == set()
    assert record.unknown != set()
    assert max(waits) < 3


class _Record:
    """What writers were told about their batches."""

    def __init__(self) -> None:
        self.applied: set[str] = set()
        self.unknown: set[str] = set()
        self._numbers = count()
        self._changed = asyncio.Event()

    async def write_for_ever(self, db: Database) -> None:
        while True:
            name = str(next(self._numbers))
            # Until there is an answer, whoever is cancelled knows nothing.
            self.unknown.add(name)
            try:
                await db.batch([*_put(name), Statement(CHANGE, (name, "x"), must_change=True)])
            except DatabaseError:
                continue
            self.unknown.discard(name)
            self.applied.add(name)
            self._changed.set()

    async def until_more(self, wanted: int) -> None:
        goal = len(self.applied) + wanted
        while len(self.applied) < goal:
            self._changed.clear()
            await self._changed.wait()
