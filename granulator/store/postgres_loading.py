"""Filling a whole PostgreSQL database in one transaction, by the way it has for large amounts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Final

from granulator.store import postgres_sql
from granulator.store.database import Row, Statement, Value
from granulator.store.postgres_faults import FAULTS, translated
from granulator.store.postgres_pool import Pool
from granulator.store.postgres_wire import Connection

PATIENTLY: Final = """
SELECT set_config('statement_timeout', '0', true), set_config('lock_timeout', '0', true),
       set_config('idle_in_transaction_session_timeout', '0', true)
"""
"""What a transaction begins with that may take its time."""

LAST_IDS: Final = """
SELECT table_name AS name,
       pg_sequence_last_value(CAST(pg_get_serial_sequence(quote_ident(table_name), column_name) AS REGCLASS)) AS seq
  FROM information_schema.columns
 WHERE is_identity = 'YES' AND table_schema = current_schema()
"""

_CONTINUE: Final = """SELECT setval(pg_get_serial_sequence(quote_ident($1), 'id'), CAST($2 AS BIGINT))"""


class PostgresLoading:
    """The open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def put(self, table: str, names: Sequence[str], rows: Sequence[Sequence[Value]]) -> None:
        """Add rows, their values in the order of the columns named. Raises StatementRejected, DatabaseError."""
        command = f"COPY {table} ({', '.join(names)}) FROM STDIN"
        with _translating():
            async with self._connection.cursor() as cursor, cursor.copy(command.encode()) as copy:
                for row in rows:
                    await copy.write_row(row)

    async def all(self, statement: Statement) -> list[Row]:
        """Return every row of a reading statement, those just put included. Raises DatabaseError."""
        with _translating():
            cursor = await self._connection.execute(
                postgres_sql.statement(statement.sql), postgres_sql.parameters(statement)
            )
            return [*await cursor.fetchall()]

    async def continue_after(self, table: str, last_id: int) -> None:
        """Let the ids that the table gives go on after ``last_id``."""
        with _translating():
            await self._connection.execute(_CONTINUE, [table, str(last_id)])


@asynccontextmanager
async def loading(pool: Pool) -> AsyncIterator[PostgresLoading]:
    """Commit at the end, roll back after an exception."""
    with _translating():
        async with pool.connection() as connection, connection.transaction():
            await connection.execute(PATIENTLY)
            yield PostgresLoading(connection)
            # Until the server looked at so many new rows by itself, it would plan as for empty tables.
            await connection.execute(b"ANALYZE")


@contextmanager
def _translating() -> Iterator[None]:
    try:
        yield
    except FAULTS as error:
        raise translated(error) from error
