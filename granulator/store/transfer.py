"""Every row of one database put into another, empty one, exactly and all at once; not how either is reached.

The tables, their columns and keys are read from schema.sql. Their names are the only thing SQL is put together from
here: so a new table cannot be forgotten.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final, Protocol

from granulator.errors import ConfigurationError
from granulator.store import columns
from granulator.store.database import (
    LIST_CHECKSUMS,
    LIST_MIGRATIONS,
    Database,
    Row,
    Statement,
    StatementRejected,
    Value,
    data_file,
    split_script,
)

PAGE_ROWS: Final = 100
"""How many rows are in memory at a time; one may hold a document."""

_BOOKKEEPING: Final = "migration_checksums"
"""The table that tells of the schema itself: the new database has its own."""

_LIVE_LEASES = """SELECT COUNT(*) AS total FROM jobs WHERE lease_until >= ?1"""

_TABLE = re.compile(r"^CREATE TABLE (\w+) \(\n(.*?)\n\);$", re.DOTALL | re.MULTILINE)
_COLUMN = re.compile(r"^    ([a-z]\w*) [A-Z]", re.MULTILINE)
_KEY = re.compile(r"^    (?:(\w+) \w+ PRIMARY KEY( AUTOINCREMENT)?|PRIMARY KEY \(([^)]+)\))", re.MULTILINE)

Read = Callable[[Statement], Awaitable[list[Row]]]


class Loading(Protocol):
    """An open transaction that fills a database."""

    async def put(self, table: str, names: Sequence[str], rows: Sequence[Sequence[Value]]) -> None:
        """Add rows, their values in the order of the columns named. Raises StatementRejected, DatabaseError."""

    async def all(self, statement: Statement) -> list[Row]:
        """Return every row of a reading statement, those just put included. Raises DatabaseError."""

    async def continue_after(self, table: str, last_id: int) -> None:
        """Let the ids that the table gives go on after ``last_id``."""


class Transferable(Database, Protocol):
    """A database that can be filled from another."""

    def loading(self) -> AbstractAsyncContextManager[Loading]:
        """Open a transaction of any size, which is committed at the end and rolled back by an exception."""

    async def last_ids(self) -> Mapping[str, int]:
        """Return the highest id that each table has ever given."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the schema; ``has_ids`` if it gives its rows their ids."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    has_ids: bool


@dataclass(frozen=True, slots=True)
class Copied:
    """What was copied of one table; ``sha256`` is that of its rows in the order of their keys, on both sides."""

    table: str
    rows: int
    sha256: str


def tables() -> tuple[Table, ...]:
    """Return the tables that hold what Granulator knows, those that others refer to first."""
    script = "\n".join(split_script(data_file("schema.sql").read_text(encoding="utf-8")))
    found = [_table(*match.groups()) for match in _TABLE.finditer(script)]
    return tuple(table for table in found if table.name != _BOOKKEEPING)


async def copy(source: Transferable, target: Transferable, now: int) -> tuple[Copied, ...]:
    """Copy every row, keeping ids, in one transaction; both sides are compared before it is committed.

    Raises ConfigurationError when that is refused or they differ, StatementRejected, DatabaseError; the target is then
    as empty as before.
    """
    await _check_source(source, target, now)
    every, last_ids = tables(), await source.last_ids()
    await _check_empty(target, every)
    async with target.loading() as loading:
        for table in every:
            async for page in _pages(source.all, table):
                await loading.put(table.name, table.columns, page)
            if table.has_ids and last_ids.get(table.name):
                await loading.continue_after(table.name, last_ids[table.name])
        return tuple([await _compared(source, loading, table) for table in every])


async def _check_source(source: Database, target: Database, now: int) -> None:
    if await _version(source) != await _version(target):
        raise ConfigurationError(
            "the source has another schema than this version of Granulator:"
            " bring it up to date with granulator migrate, or use the version that wrote it"
        )
    running = columns.total(await source.first(Statement(_LIVE_LEASES, (now,))))
    if running:
        raise ConfigurationError(
            f"{running} jobs are running on the source: stop every granulator serve and granulator worker on it"
            " (SIGTERM hands running jobs back), and try again"
        )


async def _version(db: Database) -> tuple[list[Row], list[Row]]:
    try:
        checksums = await db.all(Statement(LIST_CHECKSUMS))
        return await db.all(Statement(LIST_MIGRATIONS)), sorted(checksums, key=lambda row: str(row["name"]))
    except StatementRejected as error:
        raise ConfigurationError(f"the source is no database of Granulator: {error.__cause__}") from error


async def _check_empty(target: Database, every: Sequence[Table]) -> None:
    for table in every:
        if await target.first(Statement(f"SELECT 1 AS found FROM {table.name} LIMIT 1")) is not None:
            raise ConfigurationError(
                f"the database of DATABASE_URL already has rows in its table {table.name}: give it an empty one"
            )


async def _pages(read: Read, table: Table) -> AsyncIterator[list[tuple[Value, ...]]]:
    """Yield the rows in the order of their keys, a page at a time."""
    key = ", ".join(table.key)
    order = f"ORDER BY {key} LIMIT {PAGE_ROWS}"
    marks = ", ".join(f"?{number}" for number in range(1, len(table.key) + 1))
    page = await read(Statement(f"SELECT * FROM {table.name} {order}"))
    while page:
        yield [tuple(row[name] for name in table.columns) for row in page]
        last = tuple(page[-1][name] for name in table.key)
        page = await read(Statement(f"SELECT * FROM {table.name} WHERE ({key}) > ({marks}) {order}", last))


async def _compared(source: Database, loading: Loading, table: Table) -> Copied:
    here, there = await _digest(source.all, table), await _digest(loading.all, table)
    if here != there:
        raise ConfigurationError(
            f"table {table.name} is not the same on both sides ({here.rows} rows of the source, {there.rows} copied):"
            " stop everything that writes to the source, and try again; nothing was kept"
        )
    return there


async def _digest(read: Read, table: Table) -> Copied:
    digest, count = hashlib.sha256(), 0
    async for page in _pages(read, table):
        count += len(page)
        for row in page:
            digest.update(columns.to_json([*row]).encode())
    return Copied(table.name, count, digest.hexdigest())


def _table(name: str, body: str) -> Table:
    key = _KEY.search(body)
    if key is None:
        raise ConfigurationError(f"schema.sql names no key of the table {name}")
    of_column, has_ids, of_table = key.groups()
    return Table(name, tuple(_COLUMN.findall(body)), tuple((of_column or of_table).split(", ")), has_ids is not None)
