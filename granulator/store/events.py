"""The table of job_events: what the watchers of a job are told, numbered within the job; not how they are told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from granulator.model import JsonObject
from granulator.store import columns
from granulator.store.database import Database, Statement

Name = Literal["progress", "partial", "completed", "failed"]

# Behind a fence, whose lock on the job's row lets the batches of one job number their events in turn.
ADD = """
INSERT INTO job_events (job_id, seq, event, data, created_at)
SELECT CAST(?1 AS INTEGER), COALESCE(MAX(seq), 0) + 1, CAST(?2 AS TEXT), CAST(?3 AS TEXT), CAST(?4 AS INTEGER)
  FROM job_events WHERE job_id = ?1
"""

AFTER = """SELECT seq, event, data, created_at FROM job_events WHERE job_id = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3"""


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a job; ``data`` is JSON text, ``created_at`` epoch ms."""

    seq: int
    event: str
    data: str
    created_at: int


def add(job_id: int, event: Name, data: JsonObject, now: int) -> Statement:
    """Tell the watchers of a job something; it belongs behind the job's fence."""
    return Statement(ADD, (job_id, event, columns.to_json(data), now), must_change=True)


async def after(db: Database, job_id: int, seq: int, limit: int = 100) -> tuple[Event, ...]:
    """Return the job's events that come after ``seq``, oldest first, at most ``limit``."""
    rows = await db.all(Statement(AFTER, (job_id, seq, limit)))
    return tuple(
        Event(
            columns.integer(row, "seq"),
            columns.text(row, "event"),
            columns.text(row, "data"),
            columns.integer(row, "created_at"),
        )
        for row in rows
    )
