"""The table of principals: whose row a claim locks and whose jobs it counts; nothing about credentials."""

from __future__ import annotations

from granulator.model import Principal
from granulator.store.database import Statement

ENSURE = """INSERT INTO principals (id, client_id) VALUES (?1, ?2) ON CONFLICT (id) DO NOTHING"""

# Changes nothing: an UPDATE takes the row's lock on every database, also where reads do not.
LOCK = """UPDATE principals SET client_id = client_id WHERE id = ?1"""

# A statement of its own: it must see what was committed before the lock was had, which PostgreSQL shows to a new one.
ROOM = """
UPDATE principals SET client_id = client_id
 WHERE id = ?1
   AND (SELECT COUNT(*) FROM jobs WHERE principal_id = ?1 AND lease_until >= ?2 AND kind = 'granulation')
       < CAST(?3 AS INTEGER)
"""

LOCK_OF_JOB = """
UPDATE principals SET client_id = client_id WHERE id = (SELECT principal_id FROM jobs WHERE id = ?1)
"""

ROOM_OF_JOB = """
UPDATE principals SET client_id = client_id
 WHERE id = (SELECT principal_id FROM jobs WHERE id = ?1)
   AND (SELECT COUNT(*) FROM jobs WHERE principal_id = principals.id AND lease_until >= ?2 AND kind = 'granulation')
       < CAST(?3 AS INTEGER)
"""


def ensure(principal: Principal) -> Statement:
    """Make sure the principal has a row; it must come before the first job of the principal."""
    return Statement(ENSURE, (principal.id, principal.client_id))


def lock(principal_id: str) -> Statement:
    """Take the lock under which the principal's live leases may be counted."""
    return Statement(LOCK, (principal_id,), must_change=True)


def room(principal_id: str, *, now: int, limit: int) -> Statement:
    """Fail the batch unless the principal runs fewer than ``limit`` jobs; right behind its lock."""
    return Statement(ROOM, (principal_id, now, limit), must_change=True)


def lock_of_job(job_id: int) -> Statement:
    """Take the lock of a job's principal."""
    return Statement(LOCK_OF_JOB, (job_id,), must_change=True)


def room_of_job(job_id: int, *, now: int, limit: int) -> Statement:
    """Fail the batch unless the job's principal runs fewer than ``limit`` jobs; right behind its lock."""
    return Statement(ROOM_OF_JOB, (job_id, now, limit), must_change=True)
