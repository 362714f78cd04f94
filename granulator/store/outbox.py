"""The table of outbox: webhook messages, written with the result they report; claiming, ending and listing them.

``tries`` rises with every claim and is the fence of what is recorded for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from granulator.model import Page
from granulator.store import columns
from granulator.store.database import Database, Row, Statement


class State(StrEnum):
    """Where a message stands; one that has ended can be sent again."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


# Tenant and principal come from the job: a message cannot belong to anyone else.
ADD = """
INSERT INTO outbox
    (message_id, execution_id, client_id, principal_id, event, url, host, body, max_tries, next_at, created_at)
SELECT CAST(?1 AS TEXT), execution_id, client_id, principal_id, CAST(?3 AS TEXT), CAST(?4 AS TEXT), CAST(?5 AS TEXT),
       CAST(?6 AS TEXT), CAST(?7 AS INTEGER), CAST(?8 AS INTEGER), CAST(?8 AS INTEGER)
  FROM jobs WHERE execution_id = ?2
"""

# A few of every host: one with a thousand messages that hang leaves the others their turn.
DUE = """
SELECT id, tries, host
  FROM (SELECT id, tries, host, next_at, ROW_NUMBER() OVER (PARTITION BY host ORDER BY next_at, id) AS place
          FROM outbox WHERE state = 'pending' AND next_at <= ?1) AS ranked
 WHERE place <= CAST(?2 AS INTEGER)
 ORDER BY next_at, id LIMIT ?3
"""

CLAIM = """
UPDATE outbox SET tries = tries + 1, next_at = ?3
 WHERE id = ?1 AND tries = ?2 AND state = 'pending' AND next_at <= ?4
"""

MESSAGE = """
SELECT outbox.id, message_id, outbox.principal_id, body, tries, max_tries, callback
  FROM outbox JOIN jobs ON jobs.execution_id = outbox.execution_id
 WHERE outbox.id = ?1
"""

SETTLE = """
UPDATE outbox SET state = ?3, next_at = ?4, response_status = ?5, last_error = ?6, delivered_at = ?7
 WHERE id = ?1 AND tries = ?2 AND state = 'pending'
"""

HAND_BACK = """UPDATE outbox SET next_at = ?3 WHERE id = ?1 AND tries = ?2 AND state = 'pending'"""

REDELIVER = """
UPDATE outbox SET state = 'pending', next_at = ?2, max_tries = tries + CAST(?3 AS INTEGER), delivered_at = NULL
 WHERE id = ?1 AND state IN ('delivered', 'failed')
"""

# A try under way is not hurried: it has moved next_at to the end of its own time, and is not in the log yet.
HASTEN = """
UPDATE outbox SET next_at = ?2
 WHERE id = ?1 AND state = 'pending' AND next_at > ?2
   AND EXISTS (SELECT 1 FROM webhook_tries
                WHERE webhook_tries.message_id = outbox.message_id AND webhook_tries.number = outbox.tries)
"""

GET = """
SELECT outbox.id, message_id, jobs.id AS job_id, event, url, state, tries, max_tries, response_status, last_error,
       next_at, outbox.created_at, delivered_at, callback
  FROM outbox JOIN jobs ON jobs.execution_id = outbox.execution_id
 WHERE outbox.id = ?1 AND outbox.client_id = ?2
"""

# Without the bodies, which are large.
PAGE = """
SELECT outbox.id, message_id, jobs.id AS job_id, event, url, state, tries, max_tries, response_status, last_error,
       next_at, outbox.created_at, delivered_at, callback
  FROM outbox JOIN jobs ON jobs.execution_id = outbox.execution_id
 WHERE outbox.client_id = ?1 AND (CAST(?2 AS TEXT) IS NULL OR event = ?2) AND (CAST(?3 AS TEXT) IS NULL OR state = ?3)
 ORDER BY outbox.id DESC LIMIT ?4 OFFSET ?5
"""

COUNT = """
SELECT COUNT(*) AS total FROM outbox
 WHERE client_id = ?1 AND (CAST(?2 AS TEXT) IS NULL OR event = ?2) AND (CAST(?3 AS TEXT) IS NULL OR state = ?3)
"""

# Statements of their own, so that they can use the index over the job.
PAGE_OF_JOB = """
SELECT outbox.id, message_id, jobs.id AS job_id, event, url, state, tries, max_tries, response_status, last_error,
       next_at, outbox.created_at, delivered_at, callback
  FROM jobs JOIN outbox ON outbox.execution_id = jobs.execution_id
 WHERE jobs.id = ?6 AND outbox.client_id = ?1
   AND (CAST(?2 AS TEXT) IS NULL OR event = ?2) AND (CAST(?3 AS TEXT) IS NULL OR state = ?3)
 ORDER BY outbox.id DESC LIMIT ?4 OFFSET ?5
"""

COUNT_OF_JOB = """
SELECT COUNT(*) AS total
  FROM jobs JOIN outbox ON outbox.execution_id = jobs.execution_id
 WHERE jobs.id = ?4 AND outbox.client_id = ?1
   AND (CAST(?2 AS TEXT) IS NULL OR event = ?2) AND (CAST(?3 AS TEXT) IS NULL OR state = ?3)
"""


@dataclass(frozen=True, slots=True)
class Due:
    """A message whose next try is due, as it stood when it was read."""

    id: int
    tries: int
    host: str


@dataclass(frozen=True, slots=True)
class Message:
    """A message in hand; ``body`` is the exact text to sign and send, ``callback`` is sealed."""

    id: int
    message_id: str
    principal_id: str
    body: str
    tries: int
    max_tries: int
    callback: str | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """What may be shown of a message, and the sealed ``callback``; times are epoch milliseconds UTC."""

    id: int
    message_id: str
    job_id: int
    event: str
    url: str
    state: State
    tries: int
    max_tries: int
    response_status: int | None
    last_error: str | None
    next_at: int | None
    created_at: int
    delivered_at: int | None
    callback: str | None


def add(
    *, message_id: str, execution_id: str, event: str, url: str, host: str, body: str, max_tries: int, now: int
) -> Statement:
    """Queue a message for sending at once; ``message_id`` stays the same over all its tries, ``url`` is as shown."""
    return Statement(ADD, (message_id, execution_id, event, url, host, body, max_tries, now), must_change=True)


async def due(db: Database, now: int, *, per_host: int, limit: int) -> tuple[Due, ...]:
    """Return messages whose next try is due, longest due first, at most ``per_host`` of each host."""
    rows = await db.all(Statement(DUE, (now, per_host, limit)))
    return tuple(
        Due(columns.integer(row, "id"), columns.integer(row, "tries"), columns.text(row, "host")) for row in rows
    )


async def claim(db: Database, found: Sequence[Due], *, now: int, until: int) -> tuple[Due, ...]:
    """Take the messages that nobody else took since they were read, until ``until``; return those, one try further."""
    if not found:
        return ()
    done = await db.batch([Statement(CLAIM, (each.id, each.tries, until, now)) for each in found])
    return tuple(
        Due(each.id, each.tries + 1, each.host) for each, result in zip(found, done, strict=True) if result.changes == 1
    )


async def message(db: Database, message_row: int) -> Message | None:
    """Return what is to be sent."""
    row = await db.first(Statement(MESSAGE, (message_row,)))
    if row is None:
        return None
    return Message(
        id=columns.integer(row, "id"),
        message_id=columns.text(row, "message_id"),
        principal_id=columns.text(row, "principal_id"),
        body=columns.text(row, "body"),
        tries=columns.integer(row, "tries"),
        max_tries=columns.integer(row, "max_tries"),
        callback=columns.optional_text(row, "callback"),
    )


def settle(
    claimed: Due,
    *,
    state: State,
    next_at: int | None,
    response_status: int | None,
    error: str | None,
    delivered_at: int | None,
) -> Statement:
    """Record how a try ended; fails its batch when the message was claimed again meanwhile, or has ended."""
    params = (claimed.id, claimed.tries, state.value, next_at, response_status, error, delivered_at)
    return Statement(SETTLE, params, must_change=True)


def hand_back(claimed: Due, now: int) -> Statement:
    """Make a claimed message due again at once."""
    return Statement(HAND_BACK, (claimed.id, claimed.tries, now))


def redeliver(message_row: int, *, tries: int, now: int) -> Statement:
    """Make a message that has ended due again, with ``tries`` more tries."""
    return Statement(REDELIVER, (message_row, now, tries))


def hasten(message_row: int, now: int) -> Statement:
    """Make a message that waits for its next try due now; one that is being tried is left alone."""
    return Statement(HASTEN, (message_row, now))


async def get(db: Database, message_row: int, client_id: str) -> Delivery | None:
    """Return one of a tenant's messages."""
    row = await db.first(Statement(GET, (message_row, client_id)))
    return None if row is None else _delivery(row)


async def page(
    db: Database,
    *,
    client_id: str,
    job_id: int | None = None,
    event: str | None = None,
    state: State | None = None,
    limit: int,
    offset: int,
) -> Page[Delivery]:
    """Return a page of a tenant's messages, newest first, narrowed where asked."""
    wanted = (client_id, event, None if state is None else state.value)
    if job_id is None:
        counting, reading = Statement(COUNT, wanted), Statement(PAGE, (*wanted, limit, offset))
    else:
        counting = Statement(COUNT_OF_JOB, (*wanted, job_id))
        reading = Statement(PAGE_OF_JOB, (*wanted, limit, offset, job_id))
    total = columns.total(await db.first(counting))
    return Page(tuple(_delivery(row) for row in await db.all(reading)), total)


def _delivery(row: Row) -> Delivery:
    return Delivery(
        id=columns.integer(row, "id"),
        message_id=columns.text(row, "message_id"),
        job_id=columns.integer(row, "job_id"),
        event=columns.text(row, "event"),
        url=columns.text(row, "url"),
        state=State(columns.text(row, "state")),
        tries=columns.integer(row, "tries"),
        max_tries=columns.integer(row, "max_tries"),
        response_status=columns.optional_integer(row, "response_status"),
        last_error=columns.optional_text(row, "last_error"),
        next_at=columns.optional_integer(row, "next_at"),
        created_at=columns.integer(row, "created_at"),
        delivered_at=columns.optional_integer(row, "delivered_at"),
        callback=columns.optional_text(row, "callback"),
    )
