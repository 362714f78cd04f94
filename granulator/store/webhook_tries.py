"""The table of webhook_tries: the delivery log, one row per try that ended; appended, never changed."""

from __future__ import annotations

from dataclasses import dataclass

from granulator.store import columns
from granulator.store.database import Database, Row, Statement

# A batch whose answer was lost is sent again: its row may be there.
ADD = """
INSERT INTO webhook_tries (message_id, number, started_at, duration_ms, response_status, error)
VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (message_id, number) DO NOTHING
"""

OF_MESSAGE = """SELECT * FROM webhook_tries WHERE message_id = ?1 ORDER BY number"""


@dataclass(frozen=True, slots=True)
class Try:
    """One try to deliver a message; ``number`` counts from 1, ``response_status`` is None where no answer came."""

    number: int
    started_at: int
    duration_ms: int
    response_status: int | None
    error: str | None


def add(message_id: str, done: Try) -> Statement:
    """Note a try that ended."""
    params = (message_id, done.number, done.started_at, done.duration_ms, done.response_status, done.error)
    return Statement(ADD, params)


async def of_message(db: Database, message_id: str) -> tuple[Try, ...]:
    """Return the tries of a message in their order; a number that is missing is a try whose process died."""
    return tuple(_try(row) for row in await db.all(Statement(OF_MESSAGE, (message_id,))))


def _try(row: Row) -> Try:
    return Try(
        number=columns.integer(row, "number"),
        started_at=columns.integer(row, "started_at"),
        duration_ms=columns.integer(row, "duration_ms"),
        response_status=columns.optional_integer(row, "response_status"),
        error=columns.optional_text(row, "error"),
    )
