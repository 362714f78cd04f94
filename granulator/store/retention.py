"""What the clean-up finds, counts and deletes in any table; how long something is kept is decided elsewhere.

Rows of attempts, the ledger, keys and the audit are never deleted, and no row of a job: money and figures stay. Each
deletion names its rows, or takes a few of the oldest, so that no writer waits for it long. Times are epoch ms; of what
has no limit (None) nothing is old.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from granulator.store import columns
from granulator.store.database import Database, Statement

# A job somebody must still be told of waits: its message would be gone with it.
OLD_JOBS = """
SELECT id, execution_id FROM jobs
 WHERE completed_at IS NOT NULL AND expired_at IS NULL AND completed_at < ?1
   AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.execution_id = jobs.execution_id AND outbox.state = 'pending')
 ORDER BY completed_at LIMIT ?2
"""

EXPIRE_JOB = """UPDATE jobs SET expired_at = ?2, callback = NULL WHERE id = ?1 AND expired_at IS NULL"""

PAYLOADS_OF_JOB = """DELETE FROM job_payloads WHERE execution_id = ?1"""

STEPS_OF_JOB = """DELETE FROM job_steps WHERE job_id = ?1"""

EVENTS_OF_JOB = """DELETE FROM job_events WHERE job_id = ?1"""

VALIDATIONS_OF_JOB = """DELETE FROM validations WHERE job_id = ?1"""

TRIES_OF_JOB = """
DELETE FROM webhook_tries
 WHERE message_id IN (SELECT message_id FROM outbox WHERE execution_id = ?1 AND state <> 'pending')
"""

MESSAGES_OF_JOB = """DELETE FROM outbox WHERE execution_id = ?1 AND state <> 'pending'"""

# Those of a job go with it. The oldest come first, and nothing that is to stay stands before them.
OLD_VALIDATIONS = """
DELETE FROM validations
 WHERE id IN (SELECT id
                FROM (SELECT id, created_at FROM validations WHERE job_id IS NULL ORDER BY id LIMIT ?2) AS oldest
               WHERE created_at < ?1)
"""

# The last event of a job is written with its end, so that all of them are old.
JOBS_WITH_OLD_EVENTS = """
SELECT DISTINCT job_id FROM job_events
 WHERE created_at < ?1
   AND EXISTS (SELECT 1 FROM jobs WHERE jobs.id = job_events.job_id AND jobs.completed_at < ?1)
 LIMIT ?2
"""

# By id, which is the order of time but for what was sent again: no index would be worth its writes here.
MESSAGES = """
SELECT id, message_id, created_at,
       CASE WHEN state <> 'pending' AND COALESCE(delivered_at, created_at) < ?2 THEN 1 ELSE 0 END AS is_over
  FROM outbox WHERE id > ?1 ORDER BY id LIMIT ?3
"""

TRIES_OF_MESSAGE = """
DELETE FROM webhook_tries
 WHERE message_id IN (SELECT message_id FROM outbox WHERE message_id = ?1 AND state <> 'pending')
"""

MESSAGE = """DELETE FROM outbox WHERE message_id = ?1 AND state <> 'pending'"""

OLD_IDEMPOTENCY_KEYS = """
DELETE FROM idempotency_keys
 WHERE (client_id, path, key) IN (SELECT client_id, path, key FROM idempotency_keys
                                   WHERE created_at < ?1 ORDER BY created_at LIMIT ?2)
"""

ENDED_SESSIONS = """
DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at < ?1 ORDER BY id LIMIT ?2)
"""

COUNT_JOBS = """
SELECT COUNT(*) AS total FROM jobs
 WHERE completed_at IS NOT NULL AND expired_at IS NULL AND completed_at < ?1
   AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.execution_id = jobs.execution_id AND outbox.state = 'pending')
"""

COUNT_PAYLOADS = """
SELECT COUNT(*) AS total FROM job_payloads
 WHERE execution_id IN (
       SELECT execution_id FROM jobs
        WHERE completed_at IS NOT NULL AND expired_at IS NULL AND completed_at < ?1
          AND NOT EXISTS (SELECT 1 FROM outbox
                           WHERE outbox.execution_id = jobs.execution_id AND outbox.state = 'pending'))
"""

COUNT_STEPS = """
SELECT COUNT(*) AS total FROM job_steps
 WHERE job_id IN (
       SELECT id FROM jobs
        WHERE completed_at IS NOT NULL AND expired_at IS NULL AND completed_at < ?1
          AND NOT EXISTS (SELECT 1 FROM outbox
                           WHERE outbox.execution_id = jobs.execution_id AND outbox.state = 'pending'))
"""

COUNT_EVENTS = """
SELECT COUNT(*) AS total FROM job_events
 WHERE job_id IN (SELECT id FROM jobs WHERE completed_at < ?2)
    OR job_id IN (
       SELECT id FROM jobs
        WHERE completed_at IS NOT NULL AND expired_at IS NULL AND completed_at < ?1
          AND NOT EXISTS (SELECT 1 FROM outbox
                           WHERE outbox.execution_id = jobs.execution_id AND outbox.state = 'pending'))
"""

COUNT_VALIDATIONS = """
SELECT COUNT(*) AS total FROM validations
 WHERE (job_id IS NULL AND created_at < ?1)
    OR job_id IN (
       SELECT id FROM jobs
        WHERE completed_at IS NOT NULL AND expired_at IS NULL AND completed_at < ?1
          AND NOT EXISTS (SELECT 1 FROM outbox
                           WHERE outbox.execution_id = jobs.execution_id AND outbox.state = 'pending'))
"""

COUNT_MESSAGES = """
SELECT COUNT(*) AS total FROM outbox
 WHERE state <> 'pending'
   AND (COALESCE(delivered_at, created_at) < ?2
        OR execution_id IN (
           SELECT execution_id FROM jobs
            WHERE completed_at IS NOT NULL AND expired_at IS NULL AND completed_at < ?1
              AND NOT EXISTS (SELECT 1 FROM outbox AS other
                               WHERE other.execution_id = jobs.execution_id AND other.state = 'pending')))
"""

COUNT_TRIES = """
SELECT COUNT(*) AS total FROM webhook_tries
 WHERE message_id IN (
       SELECT message_id FROM outbox
        WHERE state <> 'pending'
          AND (COALESCE(delivered_at, created_at) < ?2
               OR execution_id IN (
                  SELECT execution_id FROM jobs
                   WHERE completed_at IS NOT NULL AND expired_at IS NULL AND completed_at < ?1
                     AND NOT EXISTS (SELECT 1 FROM outbox AS other
                                      WHERE other.execution_id = jobs.execution_id AND other.state = 'pending'))))
"""

COUNT_IDEMPOTENCY_KEYS = """SELECT COUNT(*) AS total FROM idempotency_keys WHERE created_at < ?1"""

COUNT_SESSIONS = """SELECT COUNT(*) AS total FROM sessions WHERE expires_at < ?1"""

TABLES: Final = (
    "jobs",
    "job_payloads",
    "job_steps",
    "job_events",
    "validations",
    "outbox",
    "webhook_tries",
    "idempotency_keys",
    "sessions",
)
"""What the clean-up reports on; of ``jobs`` it counts those whose texts go, for their rows stay."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Before which time each thing must have ended, or begun, to be deleted; None where it stays."""

    jobs: int | None
    events: int | None
    webhooks: int | None
    idempotency_keys: int
    sessions: int


@dataclass(frozen=True, slots=True)
class OldJob:
    """A job whose texts may go."""

    id: int
    execution_id: str


@dataclass(frozen=True, slots=True)
class OldMessage:
    """A webhook message as the clean-up sees it; ``is_over`` when it may go."""

    id: int
    message_id: str
    created_at: int
    is_over: bool


async def count(db: Database, limits: Limits) -> dict[str, int]:
    """Return for each of TABLES how many of its rows the clean-up would delete."""
    of_jobs, of_events = (limits.jobs,), (limits.jobs, limits.events)
    of_webhooks = (limits.jobs, limits.webhooks)
    statements = (
        Statement(COUNT_JOBS, of_jobs),
        Statement(COUNT_PAYLOADS, of_jobs),
        Statement(COUNT_STEPS, of_jobs),
        Statement(COUNT_EVENTS, of_events),
        Statement(COUNT_VALIDATIONS, of_jobs),
        Statement(COUNT_MESSAGES, of_webhooks),
        Statement(COUNT_TRIES, of_webhooks),
        Statement(COUNT_IDEMPOTENCY_KEYS, (limits.idempotency_keys,)),
        Statement(COUNT_SESSIONS, (limits.sessions,)),
    )
    totals = [columns.total(await db.first(statement)) for statement in statements]
    return dict(zip(TABLES, totals, strict=True))


async def old_jobs(db: Database, before: int, limit: int) -> tuple[OldJob, ...]:
    """Return jobs that ended before a time and still have their texts, longest ended first."""
    rows = await db.all(Statement(OLD_JOBS, (before, limit)))
    return tuple(OldJob(columns.integer(row, "id"), columns.text(row, "execution_id")) for row in rows)


def expire(job: OldJob, now: int) -> dict[str, Statement]:
    """Return what deletes a job's texts, by table, in an order that no reference forbids."""
    by_id, by_execution = (job.id,), (job.execution_id,)
    return {
        "jobs": Statement(EXPIRE_JOB, (job.id, now)),
        "job_payloads": Statement(PAYLOADS_OF_JOB, by_execution),
        "job_steps": Statement(STEPS_OF_JOB, by_id),
        "job_events": Statement(EVENTS_OF_JOB, by_id),
        "validations": Statement(VALIDATIONS_OF_JOB, by_id),
        "webhook_tries": Statement(TRIES_OF_JOB, by_execution),
        "outbox": Statement(MESSAGES_OF_JOB, by_execution),
    }


async def jobs_with_old_events(db: Database, before: int, limit: int) -> tuple[int, ...]:
    """Return jobs that ended before a time and still have events."""
    rows = await db.all(Statement(JOBS_WITH_OLD_EVENTS, (before, limit)))
    return tuple(columns.integer(row, "job_id") for row in rows)


def delete_events(job_id: int) -> dict[str, Statement]:
    """Return what deletes the events of a job."""
    return {"job_events": Statement(EVENTS_OF_JOB, (job_id,))}


async def messages(db: Database, *, after: int, before: int, limit: int) -> tuple[OldMessage, ...]:
    """Return the webhook messages behind the id ``after``, in order; those that ended before a time are over."""
    rows = await db.all(Statement(MESSAGES, (after, before, limit)))
    return tuple(
        OldMessage(
            columns.integer(row, "id"),
            columns.text(row, "message_id"),
            columns.integer(row, "created_at"),
            columns.flag(row, "is_over"),
        )
        for row in rows
    )


def delete_message(message_id: str) -> dict[str, Statement]:
    """Return what deletes an ended message with the log of its tries."""
    of_message = (message_id,)
    return {"webhook_tries": Statement(TRIES_OF_MESSAGE, of_message), "outbox": Statement(MESSAGE, of_message)}


def delete_oldest(limits: Limits, limit: int) -> dict[str, Statement]:
    """Return what deletes up to ``limit`` rows of each table whose rows are old by themselves."""
    return {
        "validations": Statement(OLD_VALIDATIONS, (limits.jobs, limit)),
        "idempotency_keys": Statement(OLD_IDEMPOTENCY_KEYS, (limits.idempotency_keys, limit)),
        "sessions": Statement(ENDED_SESSIONS, (limits.sessions, limit)),
    }
