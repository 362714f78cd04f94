"""Statements sent to PostgreSQL in one packet, as one transaction; repeats nothing and judges no result.

The driver's own pipeline sends each statement by itself and wakes the server for each, which took both of them three
times as long. This is made of the same parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Final, NamedTuple

from psycopg import AsyncConnection
from psycopg.adapt import Transformer
from psycopg.generators import fetch_many, send
from psycopg.pq import ExecStatus

from granulator.store.database import Row, Value

if TYPE_CHECKING:
    from psycopg.abc import PQGen
    from psycopg.abc import Transformer as Reader
    from psycopg.pq.abc import PGconn, PGresult

MAX_PREPARED: Final = 500
"""Statements that a connection remembers; there are fewer, for they are constants."""


class Connection(AsyncConnection[dict[str, Value]]):
    """A connection that knows what is prepared on it: a name for each statement."""

    def __init__(self, pgconn: PGconn) -> None:
        super().__init__(pgconn)
        self.prepared: dict[bytes, bytes] = {}
        self.names: Iterator[int] = count()
        self.reader: Reader | None = None


class Command(NamedTuple):
    """A statement as PostgreSQL writes it, and its values."""

    sql: bytes
    parameters: Sequence[str | bytes | None]


async def exchange(connection: Connection, commands: Sequence[Command]) -> list[PGresult]:
    """Apply all commands or, where the result of one is an error, none; return a result for each.

    All of it is with the driver before the first byte leaves, and whoever interrupts ends the connection: no half of it
    can ever be committed. Raises OperationalError, UnicodeError.
    """
    pgconn = connection.pgconn
    values = [[each.encode() if isinstance(each, str) else each for each in command.parameters] for command in commands]
    try:
        pgconn.enter_pipeline_mode()
        are_new = [_queue(connection, *each) for each in zip(commands, values, strict=True)]
        pgconn.pipeline_sync()
        results = iter(await connection.wait(_answers(pgconn)))
        pgconn.exit_pipeline_mode()
    except BaseException:
        pgconn.finish()
        raise
    return [_answer(connection, *each, results) for each in zip(commands, are_new, strict=True)]


def rows(connection: Connection, result: PGresult) -> list[Row]:
    """Return the rows of a result."""
    if result.ntuples == 0:
        return []
    if connection.reader is None:
        connection.reader = Transformer(connection)
    names = [(result.fname(column) or b"").decode() for column in range(result.nfields)]
    connection.reader.set_pgresult(result)
    return [*connection.reader.load_rows(0, result.ntuples, partial(_row, names))]


def _row(names: Sequence[str], values: Sequence[Value]) -> Row:
    return dict(zip(names, values, strict=True))


def _queue(connection: Connection, command: Command, values: Sequence[bytes | None]) -> bool:
    """Put a command into the packet; True if it had to be prepared, which has a result of its own."""
    # What was bytes before is the only thing not sent as text.
    formats = [int(isinstance(each, bytes)) for each in command.parameters]
    name = connection.prepared.get(command.sql)
    is_new = name is None
    if name is None:
        if len(connection.prepared) >= MAX_PREPARED:
            connection.pgconn.send_query_params(command.sql, values, param_formats=formats)
            return False
        name = connection.prepared[command.sql] = b"granulator%d" % next(connection.names)
        connection.pgconn.send_prepare(name, command.sql)
    connection.pgconn.send_query_prepared(name, values, formats)
    return is_new


def _answers(pgconn: PGconn) -> PQGen[list[PGresult]]:
    yield from send(pgconn)
    results: list[PGresult] = []
    while True:
        found = yield from fetch_many(pgconn)
        if found and found[0].status == ExecStatus.PIPELINE_SYNC:
            return results
        results.extend(found)


def _answer(connection: Connection, command: Command, is_new: bool, results: Iterator[PGresult]) -> PGresult:
    """Return the result of a command: where it could not be prepared, that."""
    if is_new:
        prepared = next(results)
        if prepared.status != ExecStatus.COMMAND_OK:
            connection.prepared.pop(command.sql, None)
            next(results)
            return prepared
    return next(results)
