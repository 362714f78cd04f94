"""SQLite behind the Database protocol: one group-committing writer thread, a few readers; knows no table."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TypeVar

from granulator.errors import ConfigurationError, DatabaseError
from granulator.store import columns
from granulator.store.database import GuardFailed, Result, Row, Statement, StatementRejected
from granulator.store.sqlite_loading import SqliteLoading, loading

GROUP_SIZE = 64
"""At most so many batches share one commit."""

READERS = 3

T = TypeVar("T")

_UNAVAILABLE = "The database did not answer"
_REJECTED = "The database refused a statement"


@dataclass(frozen=True, slots=True)
class _Batch:
    statements: tuple[Statement, ...]
    loop: asyncio.AbstractEventLoop
    answer: asyncio.Future[list[Result]]


@dataclass(frozen=True, slots=True)
class _Read:
    statement: Statement
    fetch: Callable[[sqlite3.Cursor], list[Row]]
    loop: asyncio.AbstractEventLoop
    answer: asyncio.Future[list[Row]]


class SqliteDatabase:
    """One SQLite file. Several processes on one host may open it; several objects in one process too."""

    def __init__(self, path: Path, *, busy_limit_ms: int) -> None:
        self._path = path
        self._busy_limit_ms = busy_limit_ms
        self._writer = _connect_writer(path, busy_limit_ms)
        self._queue: SimpleQueue[_Batch | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._is_closed = False
        self._reads: SimpleQueue[_Read | None] = SimpleQueue()
        readers = [_connect_reader(path, busy_limit_ms) for _ in range(READERS)]
        self._threads = [threading.Thread(target=self._write, name="sqlite-writer", daemon=True)]
        self._threads += [
            threading.Thread(target=self._serve_reads, args=[each], name="sqlite-reader", daemon=True)
            for each in readers
        ]
        for thread in self._threads:
            thread.start()

    @classmethod
    def open(cls, path: Path, *, busy_limit_ms: int = 10_000) -> SqliteDatabase:
        """Open the file, creating it and its directory, readable by this user only.

        ``busy_limit_ms`` is how long a write waits for another process. Raises ConfigurationError naming the path.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            return cls(path, busy_limit_ms=busy_limit_ms)
        except (OSError, sqlite3.Error) as error:
            raise ConfigurationError(f"the database {path} cannot be opened: {error}") from error

    async def all(self, statement: Statement) -> list[Row]:
        """Return every row of a reading statement. Raises DatabaseError."""
        return await self._read(statement, _all_rows)

    async def first(self, statement: Statement) -> Row | None:
        """Return the first row of a reading statement, or None. Raises DatabaseError."""
        rows = await self._read(statement, _first_row)
        return rows[0] if rows else None

    async def batch(self, statements: Sequence[Statement]) -> list[Result]:
        """Apply all statements or none; answered when they are on disk. Raises GuardFailed, DatabaseError.

        A cancelled caller does not withdraw its batch.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[Result]] = loop.create_future()
        with self._lock:
            self._check_open()
            self._queue.put(_Batch(tuple(statements), loop, answer))
        return await answer

    def loading(self) -> AbstractAsyncContextManager[SqliteLoading]:
        """Open a transaction of any size, which is committed at the end and rolled back by an exception."""
        return loading(_connect_writer(self._path, self._busy_limit_ms), _translated)

    async def last_ids(self) -> Mapping[str, int]:
        """Return the highest id that each table has ever given."""
        rows = await self.all(Statement("SELECT name, seq FROM sqlite_sequence"))
        return {columns.text(row, "name"): columns.integer(row, "seq") for row in rows}

    async def close(self) -> None:
        """Commit what was accepted, end the threads and close every connection; a second call does nothing."""
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
            self._queue.put(None)
            for _ in range(READERS):
                self._reads.put(None)
        await asyncio.to_thread(self._join)

    def _check_open(self) -> None:
        if self._is_closed:
            raise DatabaseError("The database is closed")

    async def _read(self, statement: Statement, fetch: Callable[[sqlite3.Cursor], list[Row]]) -> list[Row]:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[Row]] = loop.create_future()
        with self._lock:
            self._check_open()
            self._reads.put(_Read(statement, fetch, loop, answer))
        return await answer

    def _serve_reads(self, connection: sqlite3.Connection) -> None:
        while self._serve_read(connection):
            pass  # in a function of its own, so that no rows are kept until the next read
        connection.close()

    def _serve_read(self, connection: sqlite3.Connection) -> bool:
        read = self._reads.get()
        if read is None:
            return False
        _tell(read.loop, [(read.answer, _fetched(connection, read))])
        return True

    def _join(self) -> None:
        for thread in self._threads:
            thread.join()
        self._writer.close()

    def _write(self) -> None:
        while self._write_group():
            pass

    def _write_group(self) -> bool:
        """Commit what waits; False when that was the last."""
        batch = self._queue.get()
        if batch is None:
            return False
        group = [batch]
        is_last = self._take_waiting(group)
        _answer(group, _commit(self._writer, group, self._busy_limit_ms))
        return not is_last

    def _take_waiting(self, group: list[_Batch]) -> bool:
        """Fill the group with what waits; True when the end of the queue was reached."""
        with suppress(Empty):
            while len(group) < GROUP_SIZE:
                batch = self._queue.get_nowait()
                if batch is None:
                    return True
                group.append(batch)
        return False


def _commit(
    connection: sqlite3.Connection, group: Sequence[_Batch], busy_limit_ms: int
) -> Sequence[list[Result] | Exception]:
    """Run the group in one transaction; once it is durable, or failed as a whole, return what came of each batch."""
    try:
        _patiently(lambda: connection.execute("BEGIN IMMEDIATE"), busy_limit_ms)
        outcomes = [_run(connection, batch.statements) for batch in group]
        connection.execute("COMMIT")
    except Exception as error:  # whatever it is, a caller waits for each batch and the thread must live
        with suppress(sqlite3.Error):
            connection.rollback()
        return [_caused(DatabaseError(_UNAVAILABLE), error) for _ in group]
    return outcomes


def _answer(group: Sequence[_Batch], outcomes: Sequence[list[Result] | Exception]) -> None:
    """Wake each loop that waits for batches of the group once, not once a batch: waking is dear."""
    for loop in {batch.loop for batch in group}:
        told = [(batch.answer, outcome) for batch, outcome in zip(group, outcomes, strict=True) if batch.loop is loop]
        _tell(loop, told)


def _tell(loop: asyncio.AbstractEventLoop, told: Sequence[tuple[asyncio.Future[T], T | Exception]]) -> None:
    """Give answers to their callers in the loop they wait in."""
    with suppress(RuntimeError):  # it is closed: nobody waits any more
        loop.call_soon_threadsafe(_set, told)


def _set(told: Sequence[tuple[asyncio.Future[T], T | Exception]]) -> None:
    for answer, outcome in told:
        if answer.done():
            continue  # its caller was cancelled
        if isinstance(outcome, Exception):
            answer.set_exception(outcome)
        else:
            answer.set_result(outcome)


def _run(connection: sqlite3.Connection, statements: Sequence[Statement]) -> list[Result] | Exception:
    """Run one batch in a savepoint of its own; its failure is returned and leaves its neighbours alone."""
    connection.execute("SAVEPOINT batch")
    try:
        results = [_execute(connection, index, statement) for index, statement in enumerate(statements)]
    except Exception as error:
        # Disk full, I/O errors and lack of memory may have rolled back the whole group.
        if not connection.in_transaction:
            raise
        connection.execute("ROLLBACK TO batch")
        connection.execute("RELEASE batch")
        return _translated(error)
    connection.execute("RELEASE batch")
    return results


def _execute(connection: sqlite3.Connection, index: int, statement: Statement) -> Result:
    cursor = connection.execute(statement.sql, statement.params)
    rows = tuple(_all_rows(cursor))  # before the count: with RETURNING it is 0 until the rows are fetched
    changes = max(cursor.rowcount, 0)
    if statement.must_change and changes != 1:
        raise GuardFailed(index)
    return Result(rows, changes)


def _fetched(connection: sqlite3.Connection, read: _Read) -> list[Row] | Exception:
    try:
        return read.fetch(connection.execute(read.statement.sql, read.statement.params))
    except Exception as error:
        return _translated(error)


def _all_rows(cursor: sqlite3.Cursor) -> list[Row]:
    if cursor.description is None:
        return []
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]


def _first_row(cursor: sqlite3.Cursor) -> list[Row]:
    values = cursor.fetchone()
    names = [column[0] for column in cursor.description]
    cursor.close()  # ends the read: an open one would pin the log of all writers
    return [] if values is None else [dict(zip(names, values, strict=True))]


def _connect_writer(path: Path, busy_limit_ms: int) -> sqlite3.Connection:
    connection = _connect(path)
    try:
        # Another process may be making the same change, and a change of mode does not wait by itself.
        mode = _patiently(lambda: connection.execute("PRAGMA journal_mode = WAL").fetchone()[0], busy_limit_ms)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
    except sqlite3.Error:
        connection.close()
        raise
    if mode != "wal":
        connection.close()
        raise OSError(f"write-ahead logging is not possible here (journal mode {mode})")
    return connection


def _connect_reader(path: Path, busy_limit_ms: int) -> sqlite3.Connection:
    connection = _connect(path)
    connection.execute(f"PRAGMA busy_timeout = {busy_limit_ms}")
    connection.execute("PRAGMA query_only = ON")
    return connection


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False, cached_statements=256)


def _patiently(action: Callable[[], T], limit_ms: int) -> T:
    """Repeat an action every millisecond while the file is locked: SQLite's own back-off starves some processes."""
    pause = threading.Event()
    give_up_at = time.monotonic() + limit_ms / 1000
    while True:
        try:
            return action()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() >= give_up_at:
                raise
        pause.wait(0.001)


def _translated(error: Exception) -> Exception:
    if isinstance(error, GuardFailed):
        return error
    if _is_rejection(error):
        return _caused(StatementRejected(_REJECTED), error)
    return _caused(DatabaseError(_UNAVAILABLE), error)


def _is_rejection(error: Exception) -> bool:
    """Tell what the statement itself did wrong from what befell the database."""
    if isinstance(error, sqlite3.OperationalError):
        return error.sqlite_errorcode == sqlite3.SQLITE_ERROR
    return isinstance(
        error,
        sqlite3.IntegrityError
        | sqlite3.ProgrammingError
        | sqlite3.InterfaceError
        | sqlite3.DataError
        | OverflowError
        | UnicodeError,
    )


def _caused(error: DatabaseError, cause: Exception) -> DatabaseError:
    error.__cause__ = cause
    return error
