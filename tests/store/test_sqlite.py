"""The SQLite driver: grouped commits that neither lose an answered batch nor punish a neighbour."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

import granulator
from granulator.errors import ConfigurationError, DatabaseError
from granulator.store import jobs, queue
from granulator.store.database import PING, Database, GuardFailed, Result, Statement, StatementRejected, migrate
from granulator.store.sqlite import GROUP_SIZE, SqliteDatabase
from tests.store.conftest import NOW, admit_job

PUT = "INSERT INTO migration_checksums (name, sha256) VALUES (?1, 'x')"
NAMES = Statement("SELECT name FROM migration_checksums WHERE sha256 = 'x' ORDER BY name")

WRITE_FOR_EVER = """
import asyncio, sys
from pathlib import Path
from granulator.store.database import Statement
from granulator.store.sqlite import SqliteDatabase

async def write(db, number):
    await db.batch([Statement("INSERT INTO migration_checksums VALUES (?1, 'x')", (str(number),))])
    print(number, flush=True)

async def main():
    db = SqliteDatabase.open(Path(sys.argv[1]))
    for start in range(0, 10_000_000, 20):
        await asyncio.gather(*(write(db, start + offset) for offset in range(20)))

asyncio.run(main())
"""

COUNT_UP = """
import asyncio, sys
from pathlib import Path
from granulator.store.database import Statement, migrate
from granulator.store.sqlite import SqliteDatabase

async def main():
    db = SqliteDatabase.open(Path(sys.argv[1]))
    await migrate(db)
    await db.batch([Statement("INSERT INTO principals VALUES ('p', '0') ON CONFLICT DO NOTHING")])
    count = Statement("UPDATE principals SET client_id = CAST(client_id AS INTEGER) + 1", (), must_change=True)
    await asyncio.gather(*(db.batch([count]) for _ in range(100)))
    await db.close()

asyncio.run(main())
"""


def _put(name: str) -> list[Statement]:
    return [Statement(PUT, (name,))]


async def _names(db: Database) -> list[object]:
    return [row["name"] for row in await db.all(NAMES)]


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the write lock as another process would."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def _python(script: str, path: Path) -> subprocess.Popen[str]:
    environment = {"PYTHONPATH": str(Path(granulator.__file__).parent.parent)}
    return subprocess.Popen([sys.executable, "-c", script, path], stdout=subprocess.PIPE, text=True, env=environment)


async def test_open_makes_the_directory_and_a_file_for_this_user_only(path: Path) -> None:
    db = SqliteDatabase.open(path)

    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    await db.close()


async def test_opening_again_finds_what_was_stored(path: Path) -> None:
    first = SqliteDatabase.open(path)
    await migrate(first)
    await first.batch(_put("kept"))
    await first.close()

    second = SqliteDatabase.open(path)

    assert await _names(second) == ["kept"]
    assert await second.first(Statement(PING)) == {"alive": 1}
    await second.close()


async def test_the_file_is_written_ahead_fully_synchronised_and_keeps_foreign_keys(sqlite: SqliteDatabase) -> None:
    pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")

    done = await sqlite.batch([Statement(f"PRAGMA {name}") for name in pragmas])

    assert [next(iter(each.rows[0].values())) for each in done] == ["wal", 2, 1, 0]


@pytest.mark.parametrize("obstacle", ["file in the way", "directory", "not a database"])
def test_a_path_that_cannot_be_opened_is_named(tmp_path: Path, obstacle: str) -> None:
    (tmp_path / "plain").write_text("This is a letter, not a database. " * 50)
    path = {
        "file in the way": tmp_path / "plain" / "db.sqlite",
        "directory": tmp_path,
        "not a database": tmp_path / "plain",
    }[obstacle]

    with pytest.raises(ConfigurationError) as failure:
        SqliteDatabase.open(path)

    assert str(failure.value).startswith(f"the database {path} cannot be opened: ")


async def test_a_reader_cannot_write(sqlite: SqliteDatabase) -> None:
    with pytest.raises(DatabaseError):
        await sqlite.all(Statement(PUT + " RETURNING name", ("a",)))

    assert await _names(sqlite) == []


async def test_an_answered_batch_is_seen_by_every_read_that_follows(sqlite: SqliteDatabase) -> None:
    for number in range(50):
        await sqlite.batch(_put(f"{number:02}"))
        seen = await asyncio.gather(*(_names(sqlite) for _ in range(4)))
        assert [len(names) for names in seen] == [number + 1] * 4


async def test_waiting_batches_share_one_commit_and_a_bad_one_leaves_63(sqlite: SqliteDatabase, path: Path) -> None:
    commits: list[str] = []
    sqlite._writer.set_trace_callback(lambda sql: commits.append(sql) if sql == "COMMIT" else None)
    group = [_put(f"{number:02}") for number in range(GROUP_SIZE)]
    group[40] = [*_put("40"), Statement("UPDATE migration_checksums SET sha256 = 'y' WHERE name = 'none'", (), True)]

    with _locked(path):
        waiting = [asyncio.create_task(sqlite.batch(batch)) for batch in ([], *group)]
        await asyncio.sleep(0)  # now all 65 are queued: some in a group that waits for the lock, the rest behind it
    answers = await asyncio.gather(*waiting, return_exceptions=True)

    assert [index - 1 for index, each in enumerate(answers) if isinstance(each, Exception)] == [40]
    assert isinstance(answers[41], GuardFailed)
    assert await _names(sqlite) == [f"{number:02}" for number in range(GROUP_SIZE) if number != 40]
    assert len(commits) == 2


async def test_a_batch_of_a_cancelled_caller_is_committed_all_the_same(sqlite: SqliteDatabase, path: Path) -> None:
    with _locked(path):
        caller = asyncio.create_task(sqlite.batch(_put("cancelled")))
        await asyncio.sleep(0)
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
    await sqlite.batch(_put("next"))

    assert await _names(sqlite) == ["cancelled", "next"]


async def test_callers_in_several_loops_share_a_commit_and_are_all_answered(sqlite: SqliteDatabase, path: Path) -> None:
    def write(name: str) -> list[Result]:
        return asyncio.run(sqlite.batch(_put(name)))

    with _locked(path):
        others = [asyncio.create_task(asyncio.to_thread(write, name)) for name in ("b", "c")]
        own = asyncio.create_task(sqlite.batch(_put("a")))
        await asyncio.sleep(0)

    assert await asyncio.gather(own, *others) == [[Result((), 1)]] * 3
    assert await _names(sqlite) == ["a", "b", "c"]


async def test_a_loop_that_is_closed_before_its_answer_ends_neither_writer_nor_reader(
    sqlite: SqliteDatabase, path: Path
) -> None:
    def leave() -> None:
        loop = asyncio.new_event_loop()
        for work in (sqlite.batch(_put("left")), sqlite.all(NAMES)):
            loop.create_task(work)
        loop.run_until_complete(asyncio.sleep(0))
        for task in asyncio.all_tasks(loop):
            task.cancel()
        with closing(loop):
            loop.run_until_complete(asyncio.sleep(0))

    with _locked(path):
        await asyncio.to_thread(leave)
    async with asyncio.timeout(10):
        await sqlite.batch(_put("next"))

        assert await _names(sqlite) == ["left", "next"]


async def test_a_lock_held_too_long_is_a_database_error_and_leaves_no_trace(path: Path) -> None:
    db = SqliteDatabase.open(path, busy_limit_ms=30)
    await migrate(db)

    with _locked(path), pytest.raises(DatabaseError) as failure:
        await db.batch(_put("late"))
    await db.batch(_put("after"))

    assert not isinstance(failure.value, StatementRejected)
    assert failure.value.message == "The database did not answer"
    assert await _names(db) == ["after"]
    await db.close()


async def test_reads_go_on_while_another_process_writes(sqlite: SqliteDatabase, path: Path) -> None:
    await sqlite.batch(_put("a"))

    with _locked(path):
        assert await _names(sqlite) == ["a"]


async def test_a_full_disk_is_a_database_error_and_the_database_recovers(sqlite: SqliteDatabase) -> None:
    page_count = await sqlite.first(Statement("PRAGMA page_count"))
    assert page_count is not None
    await sqlite.batch([Statement(f"PRAGMA max_page_count = {page_count['page_count']}")])
    large = Statement("INSERT INTO migration_checksums VALUES ('large', ?1)", ("x" * 1_000_000,))

    with pytest.raises(DatabaseError) as failure:
        await sqlite.batch([*_put("with the large one"), large])
    assert not isinstance(failure.value, StatementRejected)

    await sqlite.batch([Statement("PRAGMA max_page_count = 1000000")])
    await sqlite.batch([large, *_put("after")])
    assert await _names(sqlite) == ["after"]


@pytest.mark.parametrize(
    "fatal",
    [
        pytest.param([Statement("INSERT OR ROLLBACK INTO principals VALUES ('p', 'c')")], id="in a statement"),
        pytest.param(
            [
                Statement("PRAGMA defer_foreign_keys = ON"),
                Statement("INSERT INTO sessions VALUES ('s', 'no such key', 'acme', 1, 2, NULL)"),
            ],
            id="at the commit",
        ),
    ],
)
async def test_when_sqlite_drops_the_transaction_the_whole_group_fails_and_may_be_repeated(
    sqlite: SqliteDatabase, path: Path, fatal: list[Statement]
) -> None:
    await sqlite.batch([Statement("INSERT INTO principals VALUES ('p', 'c')")])

    with _locked(path):
        waiting = [asyncio.create_task(sqlite.batch(batch)) for batch in (_put("before"), fatal, _put("after"))]
        await asyncio.sleep(0)
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(answers[1], DatabaseError)
    assert isinstance(answers[1].__cause__, sqlite3.IntegrityError)

    # What was answered is there, what failed is not, and can be repeated.
    stored = [name for name, answer in (("after", answers[2]), ("before", answers[0])) if isinstance(answer, list)]
    assert await _names(sqlite) == stored
    failed = [name for name in ("after", "before") if name not in stored]
    await asyncio.gather(*(sqlite.batch(_put(name)) for name in failed))
    assert await _names(sqlite) == ["after", "before"]


async def test_an_answered_batch_survives_a_kill(sqlite: SqliteDatabase, path: Path) -> None:
    with _python(WRITE_FOR_EVER, path) as writer:
        assert writer.stdout is not None
        answered = [writer.stdout.readline().strip() for _ in range(300)]
        writer.send_signal(signal.SIGKILL)
        answered += [line.strip() for line in writer.stdout if line.endswith("\n")]

    assert writer.returncode == -signal.SIGKILL
    assert len(answered) >= 300
    assert set(answered) <= set(await _names(sqlite))


def test_two_processes_on_a_new_file_lose_no_update(path: Path) -> None:
    processes = [_python(COUNT_UP, path) for _ in range(2)]

    for process in processes:
        process.communicate(timeout=60)

    assert [process.returncode for process in processes] == [0, 0]
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT client_id FROM principals").fetchall() == [("200",)]


async def test_of_concurrent_claims_over_two_connections_exactly_one_wins(
    sqlite: SqliteDatabase, path: Path, new_job: jobs.NewJob
) -> None:
    lease = await admit_job(sqlite, new_job)
    other = SqliteDatabase.open(path)
    claims = [
        [
            queue.claim(
                lease.job_id, owner=f"proc-{n}", now=NOW + 30_001, lease_until=NOW + 60_000, expired_before=NOW + 30_001
            )
        ]
        for n in range(40)
    ]

    answers = await asyncio.gather(
        *((sqlite, other)[n % 2].batch(claim) for n, claim in enumerate(claims)), return_exceptions=True
    )

    won = [n for n, answer in enumerate(answers) if not isinstance(answer, GuardFailed)]
    job = await jobs.by_id(sqlite, lease.job_id)
    assert job is not None
    assert (len(won), job.owner, job.attempt) == (1, f"proc-{won[0]}", 2)
    await other.close()


async def test_close_commits_what_was_accepted_and_ends_every_thread(path: Path) -> None:
    before = threading.active_count()
    db = SqliteDatabase.open(path)
    await migrate(db)
    pending = [asyncio.create_task(db.batch(_put(f"{number:03}"))) for number in range(200)]
    await asyncio.sleep(0)

    await db.close()
    await db.close()

    await asyncio.gather(*pending)
    running = {thread.name for thread in threading.enumerate() if thread.name.startswith("sqlite")}
    assert (running, before) == (set(), before)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT COUNT(*) FROM migration_checksums WHERE sha256 = 'x'").fetchone() == (200,)
    assert not path.with_name(path.name + "-wal").exists()


async def test_a_closed_database_refuses_work(path: Path) -> None:
    db = SqliteDatabase.open(path)
    await db.close()

    with pytest.raises(DatabaseError, match="closed"):
        await db.batch([])
    with pytest.raises(DatabaseError, match="closed"):
        await db.all(NAMES)
