"""PostgreSQL behind the Database protocol: a few pooled connections, a batch in one round trip; knows no table.

It is imported by the one place that opens it, and only when it is configured: its driver takes a while to load.
"""

from __future__ import annotations

import asyncio
import random
import select
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Final, TypeVar

import psycopg
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult

from granulator.errors import DatabaseError
from granulator.store import columns, postgres_sql
from granulator.store.database import GuardFailed, Result, Row, Statement
from granulator.store.postgres_faults import FAULTS, STALE, leaves_nothing, leaves_nothing_of_a_read, translated
from granulator.store.postgres_loading import LAST_IDS, PATIENTLY, PostgresLoading, loading
from granulator.store.postgres_pool import PATIENCE_SECONDS, POOL_SIZE, Pool, open_pool
from granulator.store.postgres_wire import Command, Connection, exchange, rows

T = TypeVar("T")

ANSWER_SECONDS: Final = 40.0
"""How long it waits for a server that has gone silent; the server itself ends a statement before that."""

# Whoever changes the schema waits for whoever else does; the number is ours.
_LOCK_SCHEMA = """SELECT pg_advisory_xact_lock(4772616)"""


class PostgresDatabase:
    """One PostgreSQL database, shared with any number of processes on any number of machines."""

    def __init__(self, pool: Pool, answer_seconds: float) -> None:
        self._pool = pool
        self._answer_seconds = answer_seconds
        self._running: set[asyncio.Task[object]] = set()
        self._is_closed = False

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        named: str = "DATABASE_URL",
        pool_size: int = POOL_SIZE,
        patience_seconds: float = PATIENCE_SECONDS,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> PostgresDatabase:
        """Open the database of a ``postgresql://`` URL, which must answer now and may be restarted later.

        ``named`` says in errors where the URL comes from. Raises ConfigurationError, never showing the password.
        """
        pool = await open_pool(url, named=named, size=pool_size, patience_seconds=patience_seconds)
        return cls(pool, answer_seconds)

    async def all(self, statement: Statement) -> list[Row]:
        """Return every row of a reading statement. Raises DatabaseError."""
        return await self._finished(self._read(statement))

    async def first(self, statement: Statement) -> Row | None:
        """Return the first row of a reading statement, or None. Raises DatabaseError."""
        rows = await self.all(statement)
        return rows[0] if rows else None

    async def batch(self, statements: Sequence[Statement]) -> list[Result]:
        """Apply all statements or none, durably. Raises GuardFailed, StatementRejected, DatabaseError.

        A cancelled caller does not withdraw its batch.
        """
        return await self._finished(self._write(tuple(statements)))

    def loading(self) -> AbstractAsyncContextManager[PostgresLoading]:
        """Open a transaction of any size, which is committed at the end and rolled back by an exception."""
        return loading(self._pool)

    async def last_ids(self) -> Mapping[str, int]:
        """Return the highest id that each table has ever given."""
        rows = await self.all(Statement(LAST_IDS))
        return {columns.text(row, "name"): columns.optional_integer(row, "seq") or 0 for row in rows}

    async def close(self) -> None:
        """Finish what was accepted and close every connection; a second call does nothing."""
        self._is_closed = True
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._pool.close()

    async def _finished(self, work: Coroutine[None, None, T]) -> T:
        """Do the work in a task of its own: the driver would cancel the statement of a cancelled caller."""
        if self._is_closed:
            work.close()
            raise DatabaseError("The database is closed")
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._end)
        return await asyncio.shield(task)

    def _end(self, task: asyncio.Task[object]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # a cancelled caller does not ask for it

    async def _read(self, statement: Statement) -> list[Row]:
        async def fetch(connection: Connection) -> list[Row]:
            (result,) = await _exchange(connection, [_command(statement)])
            return rows(connection, result)

        return await self._repeatedly(fetch, leaves_nothing_of_a_read, self._answer_seconds)

    async def _write(self, statements: Sequence[Statement]) -> list[Result]:
        if not statements:
            return []
        if any(postgres_sql.is_definition(each.sql) for each in statements):
            return await self._repeatedly(partial(_change_schema, statements=statements), leaves_nothing, None)
        apply = partial(_apply, statements=statements)
        return await self._repeatedly(apply, leaves_nothing, self._answer_seconds)

    async def _repeatedly(
        self,
        action: Callable[[Connection], Awaitable[T]],
        is_repeatable: Callable[[psycopg.Error], bool],
        limit_seconds: float | None,
    ) -> T:
        """Act on a connection, and once more when what befell the first time left nothing behind."""
        try:
            try:
                return await self._once(action, limit_seconds)
            except psycopg.Error as error:
                if not is_repeatable(error):
                    raise
                if isinstance(error, STALE):
                    await self._pool.drain()
                # Whoever stood in the way goes first.
                await asyncio.sleep(random.uniform(0.01, 0.05))
                return await self._once(action, limit_seconds)
        except FAULTS as error:
            raise translated(error) from error

    async def _once(self, action: Callable[[Connection], Awaitable[T]], limit_seconds: float | None) -> T:
        while True:
            async with self._pool.connection() as connection:
                if not _has_ended(connection):
                    async with asyncio.timeout(limit_seconds):
                        return await action(connection)
                await connection.close()


async def _apply(connection: Connection, statements: Sequence[Statement]) -> list[Result]:
    results = await _exchange(connection, [_command(each) for each in statements])
    return [_result(connection, *each) for each in zip(statements, results, strict=True)]


async def _exchange(connection: Connection, commands: Sequence[Command]) -> list[PGresult]:
    """Send commands and raise the first error among their results."""
    results = await exchange(connection, commands)
    for index, result in enumerate(results):
        if result.status == ExecStatus.FATAL_ERROR:
            error = psycopg.errors.error_from_result(result)
            if isinstance(error, psycopg.errors.DivisionByZero):
                raise GuardFailed(index) from error
            raise error
    return results


def _command(statement: Statement) -> Command:
    translate = postgres_sql.guarded if statement.must_change else postgres_sql.statement
    return Command(translate(statement.sql), postgres_sql.parameters(statement))


def _result(connection: Connection, statement: Statement, result: PGresult) -> Result:
    if statement.must_change and not postgres_sql.returns_rows(statement.sql):
        return Result((), 1)  # what came back is the guard's
    found = tuple(rows(connection, result))
    if statement.must_change:
        return Result(found, 1)
    is_change = (result.command_status or b"").startswith((b"INSERT", b"UPDATE", b"DELETE"))
    return Result(found, (result.command_tuples or 0) if is_change else 0)


async def _change_schema(connection: Connection, statements: Sequence[Statement]) -> list[Result]:
    results = []
    async with connection.transaction():
        await connection.execute(PATIENTLY)
        await connection.execute(_LOCK_SCHEMA)
        for index, each in enumerate(statements):
            translate = postgres_sql.definition if postgres_sql.is_definition(each.sql) else postgres_sql.statement
            cursor = await connection.execute(translate(each.sql), postgres_sql.parameters(each))
            if each.must_change and cursor.rowcount != 1:
                raise GuardFailed(index)
            results.append(
                Result(() if cursor.description is None else tuple(await cursor.fetchall()), cursor.rowcount)
            )
    return results


def _has_ended(connection: Connection) -> bool:
    """Tell without asking the server whether it has ended an idle connection: only then something is there to read."""
    if connection.closed:
        return True
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))
