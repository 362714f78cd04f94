"""What waits in the line, for tests that only ask for ids."""

from __future__ import annotations

from granulator.store import queue
from granulator.store.database import Database


async def waiting(db: Database, now: int, limit: int) -> tuple[int, ...]:
    """Return the ids of the jobs that may be claimed, most urgent first."""
    found = await queue.waiting(db, now=now, expired_before=now, per_principal=10, limit=limit)
    return tuple(each.job_id for each in found)
