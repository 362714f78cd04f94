"""The table of job_steps: results of finished steps, so that no step is paid twice."""

from __future__ import annotations

from granulator.model import JsonObject, Lease
from granulator.store import columns
from granulator.store.database import Database, Statement

PUT = """
INSERT INTO job_steps (job_id, step, attempt, result, created_at) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (job_id, step) DO NOTHING
"""

# Answers of single calls have a slash in their name; what they were put together to has none.
COPY = """
INSERT INTO job_steps (job_id, step, attempt, result, created_at)
SELECT (SELECT id FROM jobs WHERE execution_id = ?1), step, 1, result, CAST(?3 AS INTEGER)
  FROM job_steps WHERE job_id = ?2 AND REPLACE(step, '/', '') = step
"""

ALL = """SELECT step, result FROM job_steps WHERE job_id = ?1 ORDER BY created_at, step"""

IS_STORED = """SELECT 1 AS is_there FROM job_steps WHERE job_id = ?1 AND step = ?2"""


def put(lease: Lease, step: str, result: JsonObject, now: int) -> Statement:
    """Store the result of a step, once.

    It must change a row: placed right behind the fence, a failed guard here means that the step was stored already,
    and that nothing else of the batch (the charge, above all) was applied a second time.
    """
    params = (lease.job_id, step, lease.attempt, columns.to_json(result), now)
    return Statement(PUT, params, must_change=True)


def is_stored(job_id: int, step: str) -> Statement:
    """Return the statement that reads a row where the step is stored."""
    return Statement(IS_STORED, (job_id, step))


def copy(*, to_execution_id: str, from_job_id: int, now: int) -> Statement:
    """Give the job of ``to_execution_id`` the written steps of another, so that it need not pay for them again."""
    return Statement(COPY, (to_execution_id, from_job_id, now))


async def all(db: Database, job_id: int) -> dict[str, JsonObject]:
    """Return the results of the job's finished steps by name, oldest first."""
    rows = await db.all(Statement(ALL, (job_id,)))
    return {columns.text(row, "step"): columns.json_object(row, "result") for row in rows}
