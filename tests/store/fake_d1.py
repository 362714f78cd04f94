"""Cloudflare D1 as far as it differs from SQLite, over SQLite: the store's second database in the default tests.

What it takes from D1: every number is bound as a float, no transaction but ``batch``, no ATTACH, TEMP, VACUUM or most
PRAGMAs, 100 parameters, LIKE patterns of 50 bytes, statements of 100 KB, rows of about 2 MB; and no row count inside a
batch, so that a must-change guard is one more statement that fails on a NOT NULL column.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from granulator.errors import DatabaseError
from granulator.store.database import GuardFailed, Result, Row, Statement, StatementRejected, Value

MAX_PARAMS = 100
MAX_STATEMENT_BYTES = 100_000
MAX_LIKE_PATTERN_BYTES = 50
MAX_ROW_BYTES = 2_000_000
PRAGMAS = {"foreign_keys", "table_info", "table_list", "defer_foreign_keys"}

GUARD_TABLE = "CREATE TABLE IF NOT EXISTS d1_guard (changed INTEGER NOT NULL)"
GUARD = "INSERT INTO d1_guard (changed) VALUES (CASE WHEN changes() = 1 THEN 1 END)"
FORGET_GUARDS = "DELETE FROM d1_guard"

_REFUSED_ACTIONS = {
    sqlite3.SQLITE_TRANSACTION,
    sqlite3.SQLITE_SAVEPOINT,
    sqlite3.SQLITE_ATTACH,
    sqlite3.SQLITE_DETACH,
    sqlite3.SQLITE_CREATE_TEMP_TABLE,
    sqlite3.SQLITE_CREATE_TEMP_INDEX,
    sqlite3.SQLITE_CREATE_TEMP_VIEW,
    sqlite3.SQLITE_CREATE_TEMP_TRIGGER,
}


class FakeD1:
    """A Database that behaves like D1."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, cached_statements=0)
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._connection.execute(GUARD_TABLE)
        self._connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, MAX_PARAMS)
        self._connection.setlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH, MAX_STATEMENT_BYTES)
        self._connection.setlimit(sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, MAX_LIKE_PATTERN_BYTES)
        self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_ROW_BYTES)
        self._connection.set_authorizer(self._authorize)
        self._is_ours = False

    async def all(self, statement: Statement) -> list[Row]:
        try:
            return self._execute(statement)
        except (sqlite3.Error, OverflowError, UnicodeError) as error:
            raise _translated(error) from error

    async def first(self, statement: Statement) -> Row | None:
        rows = await self.all(statement)
        return rows[0] if rows else None

    async def batch(self, statements: Sequence[Statement]) -> list[Result]:
        self._ours("BEGIN IMMEDIATE")
        try:
            results = [self._apply(index, statement) for index, statement in enumerate(statements)]
            self._ours(FORGET_GUARDS)
        except (sqlite3.Error, OverflowError, UnicodeError) as error:
            self._ours("ROLLBACK")
            raise _translated(error) from error
        except GuardFailed:
            self._ours("ROLLBACK")
            raise
        self._ours("COMMIT")
        return results

    async def close(self) -> None:
        self._connection.close()

    def _apply(self, index: int, statement: Statement) -> Result:
        before = self._connection.total_changes
        rows = self._execute(statement)
        changes = self._connection.total_changes - before
        if statement.must_change:
            try:
                self._connection.execute(GUARD)
            except sqlite3.IntegrityError as error:
                raise GuardFailed(index) from error
        return Result(tuple(rows), changes)

    def _execute(self, statement: Statement) -> list[Row]:
        cursor = self._connection.execute(statement.sql, [_as_bound(value) for value in statement.params])
        rows = cursor.fetchall()
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, values, strict=True)) for values in rows]

    def _ours(self, sql: str) -> None:
        self._is_ours = True
        try:
            self._connection.execute(sql)
        finally:
            self._is_ours = False

    def _authorize(self, action: int, first: str | None, *_: str | None) -> int:
        is_refused = action in _REFUSED_ACTIONS or (action == sqlite3.SQLITE_PRAGMA and first not in PRAGMAS)
        return sqlite3.SQLITE_DENY if is_refused and not self._is_ours else sqlite3.SQLITE_OK


def _as_bound(value: Value) -> Value:
    return float(value) if isinstance(value, int) else value


def _translated(error: Exception) -> DatabaseError:
    return DatabaseError() if isinstance(error, sqlite3.InternalError) else StatementRejected()
