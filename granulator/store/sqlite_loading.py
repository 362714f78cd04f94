"""Filling a whole SQLite database in one transaction, on a connection of its own."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing, suppress
from typing import TypeVar

from granulator.store.database import Row, Statement, Value

T = TypeVar("T")

_CONTINUE = """UPDATE sqlite_sequence SET seq = ?2 WHERE name = ?1 AND seq < ?2"""
_BEGIN_AFTER = """
INSERT INTO sqlite_sequence (name, seq) SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = ?1)
"""


class SqliteLoading:
    """The open transaction; ``translated`` makes a DatabaseError of what SQLite raises."""

    def __init__(self, connection: sqlite3.Connection, translated: Callable[[Exception], Exception]) -> None:
        self._connection = connection
        self._translated = translated

    async def put(self, table: str, names: Sequence[str], rows: Sequence[Sequence[Value]]) -> None:
        """Add rows, their values in the order of the columns named. Raises StatementRejected, DatabaseError."""
        marks = ", ".join("?" * len(names))
        sql = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"
        await self._run(lambda: _rows(self._connection.executemany(sql, rows)))

    async def all(self, statement: Statement) -> list[Row]:
        """Return every row of a reading statement, those just put included. Raises DatabaseError."""
        return await self._run(lambda: _rows(self._connection.execute(statement.sql, statement.params)))

    async def continue_after(self, table: str, last_id: int) -> None:
        """Let the ids that the table gives go on after ``last_id``."""
        for sql in (_CONTINUE, _BEGIN_AFTER):
            await self.all(Statement(sql, (table, last_id)))

    async def _run(self, action: Callable[[], T]) -> T:
        try:
            return await asyncio.to_thread(action)
        except Exception as error:
            raise self._translated(error) from error


@asynccontextmanager
async def loading(
    connection: sqlite3.Connection, translated: Callable[[Exception], Exception]
) -> AsyncIterator[SqliteLoading]:
    """Commit at the end, roll back after an exception; the connection is closed either way."""
    opened = SqliteLoading(connection, translated)
    try:
        await opened.all(Statement("BEGIN IMMEDIATE"))
        yield opened
        await opened.all(Statement("COMMIT"))
    finally:
        with suppress(sqlite3.Error):
            connection.rollback()
        connection.close()


def _rows(cursor: sqlite3.Cursor) -> list[Row]:
    # Closed in the thread that used it: left to be found, it would reset a statement that another thread is binding.
    with closing(cursor):
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]
