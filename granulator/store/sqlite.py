"""SQLite behind the Database protocol: one group-committing writer thread, a few readers; knows no table."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TypeVar

from granulator.errors import ConfigurationError, DatabaseError
from granulator.store.database import GuardFailed, Result, Row, Statement, StatementRejected

GROUP_SIZE = 64
"""At most so many batches share one commit."""

READERS = 3

T = TypeVar("T")

_UNAVAILABLE = "The database did not answer"
_REJECTED = "The database refused a statement"


@dataclass(frozen=True, slots=True)
class _Batch:
    statements: tuple[Statement, ...]
    answer: Future[list[Result]]


class SqliteDatabase:
    """One SQLite file. Several processes on one host may open it; several objects in one process too."""

    def __init__(self, path: Path, *, busy_limit_ms: int) -> None:
        self._busy_limit_ms = busy_limit_ms
        self._writer = _connect_writer(path, busy_limit_ms)
        self._idle_readers: SimpleQueue[sqlite3.Connection] = SimpleQueue()
        for _ in range(READERS):
            self._idle_readers.put(_connect_reader(path, busy_limit_ms))
        self._queue: SimpleQueue[_Batch | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._is_closed = False
        self._readers = ThreadPoolExecutor(READERS, "sqlite-reader")
        self._thread = threading.Thread(target=self._write, name="sqlite-writer", daemon=True)
        self._thread.start()

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
        return await self._read(statement, _first_row)

    async def batch(self, statements: Sequence[Statement]) -> list[Result]:
        """Apply all statements or none; answered when they are on disk. Raises GuardFailed, DatabaseError.

        A cancelled caller does not withdraw its batch.
        """
        answer: Future[list[Result]] = Future()
        answer.set_running_or_notify_cancel()
        with self._lock:
            self._check_open()
            self._queue.put(_Batch(tuple(statements), answer))
        return await asyncio.wrap_future(answer)

    async def close(self) -> None:
        """Commit what was accepted, end the threads and close every connection; a second call does nothing."""
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
            self._queue.put(None)
        await asyncio.to_thread(self._join)

    def _check_open(self) -> None:
        if self._is_closed:
            raise DatabaseError("The database is closed")

    async def _read(self, statement: Statement, fetch: Callable[[sqlite3.Cursor], T]) -> T:
        with self._lock:
            self._check_open()
            answer = self._readers.submit(self._fetch, statement, fetch)
        return await asyncio.wrap_future(answer)

    def _fetch(self, statement: Statement, fetch: Callable[[sqlite3.Cursor], T]) -> T:
        connection = self._idle_readers.get()
        try:
            return fetch(connection.execute(statement.sql, statement.params))
        except Exception as error:
            raise _translated(error) from error
        finally:
            self._idle_readers.put(connection)

    def _join(self) -> None:
        self._readers.shutdown(wait=True)
        self._thread.join()
        while not self._idle_readers.empty():
            self._idle_readers.get().close()
        self._writer.close()

    def _write(self) -> None:
        while (batch := self._queue.get()) is not None:
            group = [batch]
            is_last = self._take_waiting(group)
            _commit(self._writer, group, self._busy_limit_ms)
            if is_last:
                return

    def _take_waiting(self, group: list[_Batch]) -> bool:
        """Fill the group with what waits; True when the end of the queue was reached."""
        with suppress(Empty):
            while len(group) < GROUP_SIZE:
                batch = self._queue.get_nowait()
                if batch is None:
                    return True
                group.append(batch)
        return False


def _commit(connection: sqlite3.Connection, group: Sequence[_Batch], busy_limit_ms: int) -> None:
    """Run the group in one transaction and answer every caller once it is durable, or failed as a whole."""
    try:
        _patiently(lambda: connection.execute("BEGIN IMMEDIATE"), busy_limit_ms)
        outcomes = [_run(connection, batch.statements) for batch in group]
        connection.execute("COMMIT")
    except Exception as error:  # whatever it is, a caller waits for each batch and the thread must live
        with suppress(sqlite3.Error):
            connection.rollback()
        for batch in group:
            batch.answer.set_exception(_caused(DatabaseError(_UNAVAILABLE), error))
        return
    for batch, outcome in zip(group, outcomes, strict=True):
        if isinstance(outcome, Exception):
            batch.answer.set_exception(outcome)
        else:
            batch.answer.set_result(outcome)


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


def _all_rows(cursor: sqlite3.Cursor) -> list[Row]:
    if cursor.description is None:
        return []
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]


def _first_row(cursor: sqlite3.Cursor) -> Row | None:
    values = cursor.fetchone()
    names = [column[0] for column in cursor.description]
    cursor.close()  # ends the read: an open one would pin the log of all writers
    return None if values is None else dict(zip(names, values, strict=True))


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
