"""The table of batches: jobs that were sent together, and the reading of those jobs; not how they are run."""

from __future__ import annotations

from dataclasses import dataclass

from granulator.model import Job
from granulator.store import columns, job_rows
from granulator.store.database import Database, Statement

CREATE = """INSERT INTO batches (id, client_id, size, created_at) VALUES (?1, ?2, ?3, ?4)"""

GET = """SELECT id, size, created_at FROM batches WHERE id = ?1 AND client_id = ?2"""

JOBS = """SELECT * FROM jobs WHERE batch_id = ?1 AND client_id = ?2 ORDER BY batch_index"""


@dataclass(frozen=True, slots=True)
class Batch:
    """Jobs that were sent together; ``size`` is how many, ``created_at`` epoch ms."""

    id: str
    size: int
    created_at: int


def create(batch: Batch, client_id: str) -> Statement:
    """Store a batch; its jobs name it."""
    return Statement(CREATE, (batch.id, client_id, batch.size, batch.created_at))


async def get(db: Database, batch_id: str, client_id: str) -> Batch | None:
    """Return a batch of the tenant."""
    row = await db.first(Statement(GET, (batch_id, client_id)))
    if row is None:
        return None
    return Batch(columns.text(row, "id"), columns.integer(row, "size"), columns.integer(row, "created_at"))


async def jobs(db: Database, batch_id: str, client_id: str) -> tuple[Job, ...]:
    """Return the jobs of a batch of the tenant, in the order in which they were sent."""
    return tuple(job_rows.job(row) for row in await db.all(Statement(JOBS, (batch_id, client_id))))
