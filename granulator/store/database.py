"""The database as the program sees it: statements, atomic batches and migrations; not a driver, and no table's SQL."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from granulator.errors import ConfigurationError, DatabaseError

Value = str | int | float | bytes | None
Row = Mapping[str, Value]

PING = """SELECT 1 AS alive"""

CREATE_MIGRATIONS = """
CREATE TABLE IF NOT EXISTS d1_migrations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    applied_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
)
"""

LIST_MIGRATIONS = """SELECT name FROM d1_migrations ORDER BY id"""

RECORD_MIGRATION = """INSERT INTO d1_migrations (name) VALUES (?1) ON CONFLICT (name) DO NOTHING"""

LIST_CHECKSUMS = """SELECT name, sha256 FROM migration_checksums"""

RECORD_CHECKSUM = """INSERT INTO migration_checksums (name, sha256) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING"""

_PACKAGE = Path(__file__).parent.parent
_MIGRATIONS = Path(__file__).parent / "migrations"


class GuardFailed(Exception):
    """A must-change statement did not change exactly one row: the whole batch was rolled back."""

    def __init__(self, index: int) -> None:
        self.index = index
        super().__init__(f"statement {index} of the batch did not change exactly one row")


class StatementRejected(DatabaseError):
    """The database refused a statement."""

    # Unlike its parent, where the outcome is unknown and the same batch may be repeated: repeating cannot help here.


@dataclass(frozen=True, slots=True)
class Statement:
    """One constant SQL statement with numbered placeholders; ``must_change`` demands exactly one changed row."""

    sql: str
    params: tuple[Value, ...] = ()
    must_change: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What one statement of a batch returned (RETURNING) and how many rows it changed."""

    rows: tuple[Row, ...]
    changes: int


class Database(Protocol):
    """Reads, and atomic batches of writes; nothing is ever open between two awaits."""

    async def all(self, statement: Statement) -> list[Row]:
        """Return every row of a reading statement. Raises DatabaseError."""

    async def first(self, statement: Statement) -> Row | None:
        """Return the first row of a reading statement, or None. Raises DatabaseError."""

    async def batch(self, statements: Sequence[Statement]) -> list[Result]:
        """Apply all statements or none, durably. Raises GuardFailed, StatementRejected, DatabaseError."""

    async def close(self) -> None:
        """Finish what was accepted and let go of the database."""


def data_file(name: str) -> Path:
    """Return the path of a file shipped beside the package: in a checkout its root, else the installed copy.

    Raises ConfigurationError when the installation lacks it.
    """
    installed = _PACKAGE / "_data"
    path = (installed if installed.is_dir() else _PACKAGE.parent) / name
    if not path.exists():
        raise ConfigurationError(f"this installation lacks {name}: expected it at {path}")
    return path


@dataclass(frozen=True, slots=True)
class _Migration:
    name: str
    statements: tuple[Statement, ...]
    sha256: str


async def migrate(db: Database, *, directory: Path = _MIGRATIONS, schema: Path | None = None) -> tuple[str, ...]:
    """Bring the database to this version's schema and return the names newly recorded, in order.

    Raises ConfigurationError when an applied file has changed or a file cannot be applied, DatabaseError.
    """
    migrations = _migrations(directory)
    await db.batch([Statement(CREATE_MIGRATIONS)])
    recorded: tuple[str, ...] = ()
    while True:
        applied = {str(row["name"]) for row in await db.all(Statement(LIST_MIGRATIONS))}
        await _compare_checksums(db, [each for each in migrations if each.name in applied])
        pending = [each for each in migrations if each.name not in applied]
        if not pending:
            return recorded
        # A new database takes the schema as it stands, an old one the next pending file.
        step = pending[:1] if applied else pending
        changes = step[0].statements if applied else _split(schema or data_file("schema.sql"))
        if await _apply(db, step, changes):
            recorded += tuple(each.name for each in step)


async def _apply(db: Database, step: Sequence[_Migration], changes: Sequence[Statement]) -> bool:
    """Return False when another process was applying the same files and was faster."""
    names = [Statement(RECORD_MIGRATION, (each.name,), must_change=True) for each in step]
    sums = [Statement(RECORD_CHECKSUM, (each.name, each.sha256)) for each in step]
    try:
        await db.batch([*names, *changes, *sums])
    except GuardFailed:
        return False
    except StatementRejected as error:
        raise ConfigurationError(f"migration {step[0].name} cannot be applied: {error.__cause__}") from error
    return True


async def _compare_checksums(db: Database, applied: Sequence[_Migration]) -> None:
    if not applied:
        return
    known = {str(row["name"]): row["sha256"] for row in await db.all(Statement(LIST_CHECKSUMS))}
    for each in applied:
        if known.get(each.name, each.sha256) != each.sha256:
            raise ConfigurationError(f"migration {each.name} was changed after it had been applied; restore the file")
    # Files that another migrator applied carry no checksum yet.
    missing = [Statement(RECORD_CHECKSUM, (each.name, each.sha256)) for each in applied if each.name not in known]
    if missing:
        await db.batch(missing)


def _migrations(directory: Path) -> list[_Migration]:
    return [_read(path) for path in sorted(directory.glob("[0-9][0-9][0-9][0-9]_*.sql"))]


def _read(path: Path) -> _Migration:
    return _Migration(path.name, _split(path), hashlib.sha256(path.read_bytes()).hexdigest())


def _split(path: Path) -> tuple[Statement, ...]:
    return tuple(Statement(sql) for sql in split_script(path.read_text(encoding="utf-8")))


def split_script(script: str) -> Iterator[str]:
    """Yield the statements of a script one by one, comments included. Raises ConfigurationError if one has no end."""
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending.strip()
            pending = ""
    if any(line.strip() and not line.lstrip().startswith("--") for line in pending.splitlines()):
        raise ConfigurationError(f"an SQL script ends inside a statement: {pending.strip()[:80]}")
