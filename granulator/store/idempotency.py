"""The table of idempotency_keys: which requests were admitted under a key of their caller; not what they are answered.

A key is claimed in the batch that admits its request, so of two that come at once one admits and the other fails there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, cast

from granulator.store import columns
from granulator.store.database import Database, Row, Statement

Answer = Literal["result", "accepted", "retry", "batch"]

KEPT_MS: Final = 24 * 3600 * 1000
"""How long a key stands for its request."""

CLEAR = """DELETE FROM idempotency_keys WHERE client_id = ?1 AND path = ?2 AND key = ?3 AND created_at <= ?4"""

CLAIM = """
INSERT INTO idempotency_keys (client_id, path, key, body_sha256, answer, execution_id, batch_id, created_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (client_id, path, key) DO NOTHING
"""

FIND = """
SELECT k.body_sha256, k.answer, k.batch_id, j.id AS job_id
  FROM idempotency_keys k LEFT JOIN jobs j ON j.execution_id = k.execution_id
 WHERE k.client_id = ?1 AND k.path = ?2 AND k.key = ?3 AND k.created_at > ?4
"""


@dataclass(frozen=True, slots=True)
class Once:
    """The key of a request, the path it was sent to, and the SHA-256 (hex) of its body as canonical JSON."""

    path: str
    key: str
    body_sha256: str


@dataclass(frozen=True, slots=True)
class Earlier:
    """What was admitted under a key before: a job, or a batch of jobs; ``job_id`` is None for a batch."""

    body_sha256: str
    answer: Answer
    job_id: int | None
    batch_id: str | None


def claim(
    client_id: str,
    once: Once,
    answer: Answer,
    *,
    execution_id: str | None = None,
    batch_id: str | None = None,
    now: int,
) -> list[Statement]:
    """Take the key for one job or batch; the last statement fails the batch when the key is taken."""
    key = (client_id, once.path, once.key)
    taken = (*key, once.body_sha256, answer, execution_id, batch_id, now)
    return [Statement(CLEAR, (*key, now - KEPT_MS)), Statement(CLAIM, taken, must_change=True)]


async def find(db: Database, client_id: str, once: Once, now: int) -> Earlier | None:
    """Return what the tenant's key stands for, None when it is free or its time is over."""
    row = await db.first(Statement(FIND, (client_id, once.path, once.key, now - KEPT_MS)))
    return None if row is None else _earlier(row)


def _earlier(row: Row) -> Earlier:
    return Earlier(
        body_sha256=columns.text(row, "body_sha256"),
        answer=cast(Answer, columns.text(row, "answer")),
        job_id=columns.optional_integer(row, "job_id"),
        batch_id=columns.optional_text(row, "batch_id"),
    )
