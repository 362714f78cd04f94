"""The table of scheduled_runs: for which due time a task last began, moved on by one of all processes."""

from __future__ import annotations

from granulator.store import columns
from granulator.store.database import Database, Statement

LAST = """SELECT due_at FROM scheduled_runs WHERE name = ?1"""

BEGIN = """INSERT INTO scheduled_runs (name, due_at) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING"""

MOVE = """UPDATE scheduled_runs SET due_at = ?3 WHERE name = ?1 AND due_at = ?2"""


async def last(db: Database, name: str) -> int | None:
    """Return for which due time, epoch ms, the task last began; None when it is not known here yet."""
    row = await db.first(Statement(LAST, (name,)))
    return None if row is None else columns.integer(row, "due_at")


def begin(name: str, due_at: int) -> Statement:
    """Make a task known as having begun for ``due_at``, unless it is known."""
    return Statement(BEGIN, (name, due_at))


def move(name: str, *, from_due_at: int, to_due_at: int) -> Statement:
    """Take the task for another due time; the batch fails for all processes but one."""
    return Statement(MOVE, (name, from_due_at, to_due_at), must_change=True)
