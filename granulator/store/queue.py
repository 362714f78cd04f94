"""The line of jobs, in the table of jobs: which wait, who takes and keeps them, and which must stop; not what they do.

Times are epoch milliseconds. ``expired_before`` is the time before which a lease must have ended to count as expired.
"""

from __future__ import annotations

from dataclasses import dataclass

from granulator.model import Lease
from granulator.store import columns
from granulator.store.database import Database, Result, Statement

# Behind the lock of the principal and its count, which see every claim that was committed before.
# Takeovers in a row: a process that was killed after it had stored a step did not die of the job.
CLAIM = """
UPDATE jobs
   SET owner = ?2, lease_until = ?4, attempt = attempt + 1, started_at = COALESCE(started_at, ?3),
       takeovers = CASE WHEN owner IS NULL THEN takeovers
                        WHEN EXISTS (SELECT 1 FROM job_steps
                                      WHERE job_id = jobs.id AND job_steps.attempt = jobs.attempt) THEN 0
                        ELSE takeovers + 1 END
 WHERE id = ?1
   AND status IN ('processing', 'validating', 'retry')
   AND (lease_until IS NULL OR lease_until < ?5)
RETURNING attempt
"""

# An expired lease is not extended: someone may have counted the job as free meanwhile.
EXTEND = """
UPDATE jobs SET lease_until = ?5 WHERE id = ?1 AND owner = ?2 AND attempt = ?3 AND lease_until >= ?4
"""

RENEW = """
UPDATE jobs SET lease_until = ?4
 WHERE id = ?1 AND owner = ?2 AND attempt = ?3 AND status IN ('processing', 'validating', 'retry')
"""

# Of each principal only as many as it has room for, in its own order. Principals take turns, and within a turn the most
# urgent comes first: whoever calls everything critical gains nothing over the others. A line may be long and is looked
# at often, so it is not read: from one principal to the next, to the first job of each, and further along only where
# there are not enough firsts.
WAITING = """
WITH RECURSIVE
who (id) AS (
    SELECT MIN(principal_id) FROM jobs WHERE status IN ('processing', 'validating', 'retry')
     UNION ALL
    SELECT (SELECT MIN(principal_id) FROM jobs
             WHERE status IN ('processing', 'validating', 'retry') AND principal_id > who.id)
      FROM who WHERE id IS NOT NULL),
running (id, live) AS (
    SELECT principal_id, COUNT(CASE WHEN kind = 'granulation' THEN 1 END)
      FROM jobs WHERE lease_until >= ?1 GROUP BY principal_id),
first (id, principal_id, priority, lease_until, live) AS (
    SELECT jobs.id, principal_id, priority, lease_until, COALESCE(live, 0)
      FROM who
      LEFT JOIN running ON running.id = who.id
      JOIN jobs ON jobs.id = (
           SELECT id FROM jobs
            WHERE principal_id = who.id
              AND status IN ('processing', 'validating', 'retry') AND (lease_until IS NULL OR lease_until < ?2)
            ORDER BY priority DESC, id LIMIT 1)
     WHERE COALESCE(live, 0) < CAST(?3 AS INTEGER)),
line (id, principal_id, priority, lease_until, live, place) AS (
    SELECT id, principal_id, priority, lease_until, live, 1 FROM first
     UNION ALL
    SELECT beside.id, beside.principal_id, beside.priority, beside.lease_until, live, place + 1
      FROM line
      JOIN jobs AS beside ON beside.id = (
           SELECT id FROM jobs
            WHERE principal_id = line.principal_id
              AND status IN ('processing', 'validating', 'retry') AND (lease_until IS NULL OR lease_until < ?2)
              AND (priority < line.priority OR (priority = line.priority AND id > line.id))
            ORDER BY priority DESC, id LIMIT 1)
     WHERE place + live < CAST(?3 AS INTEGER)
       AND (SELECT COUNT(*) FROM first) < CAST(?4 AS INTEGER))
SELECT id, CASE WHEN lease_until IS NULL THEN 0 ELSE 1 END AS is_expired
  FROM line ORDER BY place, priority DESC, id LIMIT ?4
"""

NEXT_BESIDE = """
SELECT id FROM jobs
 WHERE principal_id = (SELECT principal_id FROM jobs WHERE id = ?1)
   AND status IN ('processing', 'validating', 'retry') AND (lease_until IS NULL OR lease_until < ?2)
 ORDER BY priority DESC, id LIMIT 1
"""

WAITING_SINCE = """
SELECT MIN(COALESCE(lease_until, created_at)) AS since FROM jobs
 WHERE status IN ('processing', 'validating', 'retry') AND (lease_until IS NULL OR lease_until < ?1)
"""

OVERDUE = """
SELECT id FROM jobs
 WHERE status IN ('processing', 'validating', 'retry') AND (lease_until IS NULL OR lease_until < ?2)
   AND created_at + timeout_ms < ?1
 ORDER BY id LIMIT ?3
"""

REQUEST_CANCEL = """
UPDATE jobs SET cancel_requested = 1 WHERE id = ?1 AND status IN ('processing', 'validating', 'retry')
"""

TO_CANCEL = """SELECT id FROM jobs WHERE owner = ?1 AND cancel_requested = 1"""

# Changes nothing, but waits for whatever keeps this database from being written.
PROBE = """UPDATE jobs SET attempt = attempt WHERE id = -1"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A job that may be claimed; ``is_expired`` where someone left it, else it is new or was given back."""

    job_id: int
    is_expired: bool


def claim(job_id: int, *, owner: str, now: int, lease_until: int, expired_before: int | None = None) -> Statement:
    """Take an unfinished job that nobody holds, and return the number of the new attempt in the batch's answer.

    Without ``expired_before`` a lease counts as expired once it has ended.
    """
    before = now if expired_before is None else expired_before
    return Statement(CLAIM, (job_id, owner, now, lease_until, before), must_change=True)


def claimed_attempt(result: Result) -> int:
    """Return the number of the attempt that a committed claim began."""
    return columns.integer(result.rows[0], "attempt")


def extend(lease: Lease, *, now: int, lease_until: int) -> Statement:
    """Extend a lease that has not expired; one that has stays as it is, to be seen in the number of changes."""
    return Statement(EXTEND, (lease.job_id, lease.owner, lease.attempt, now, lease_until))


def renew(lease: Lease, *, lease_until: int) -> Statement:
    """Begin an expired lease again that nobody has taken; behind the principal's lock and count, like a claim."""
    return Statement(RENEW, (lease.job_id, lease.owner, lease.attempt, lease_until), must_change=True)


def request_cancel(job_id: int) -> Statement:
    """Ask for the end of an unfinished job; it must be one."""
    return Statement(REQUEST_CANCEL, (job_id,), must_change=True)


def probe() -> Statement:
    """Return a write that changes nothing: how long it takes tells whether the database can be written."""
    return Statement(PROBE)


async def waiting(
    db: Database, *, now: int, expired_before: int, per_principal: int, limit: int
) -> tuple[Candidate, ...]:
    """Return what may be claimed, in turn: of each principal no more than it may run beside what it runs."""
    rows = await db.all(Statement(WAITING, (now, expired_before, per_principal, limit)))
    return tuple(Candidate(columns.integer(row, "id"), columns.flag(row, "is_expired")) for row in rows)


async def next_beside(db: Database, job_id: int, *, expired_before: int) -> int | None:
    """Return the job that comes next in the line of this job's principal, whether or not there is room for it."""
    row = await db.first(Statement(NEXT_BESIDE, (job_id, expired_before)))
    return None if row is None else columns.integer(row, "id")


async def overdue(db: Database, *, now: int, expired_before: int, limit: int) -> tuple[int, ...]:
    """Return jobs that nobody holds and whose deadline is over: they need no room, only an end."""
    rows = await db.all(Statement(OVERDUE, (now, expired_before, limit)))
    return tuple(columns.integer(row, "id") for row in rows)


async def to_cancel(db: Database, owner: str) -> tuple[int, ...]:
    """Return the jobs of this process that someone wants to end."""
    return tuple(columns.integer(row, "id") for row in await db.all(Statement(TO_CANCEL, (owner,))))


async def oldest_waiting(db: Database, now: int) -> int | None:
    """Return for how many milliseconds the longest waiting job has waited to be run; None if none waits."""
    (row,) = await db.all(Statement(WAITING_SINCE, (now,)))
    since = columns.optional_integer(row, "since")
    return None if since is None else max(0, now - since)
