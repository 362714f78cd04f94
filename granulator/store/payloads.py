"""The table of job_payloads: the long texts of a job; not what they mean."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

from granulator.store import columns
from granulator.store.database import Database, Statement

Kind = Literal["request", "template", "structure", "result"]

PUT = """
INSERT INTO job_payloads (execution_id, kind, body, size, sha256) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (execution_id, kind) DO UPDATE SET body = excluded.body, size = excluded.size, sha256 = excluded.sha256
"""

GET = """SELECT body, size, sha256 FROM job_payloads WHERE execution_id = ?1 AND kind = ?2"""


@dataclass(frozen=True, slots=True)
class Payload:
    """A stored text; ``size`` is in bytes of UTF-8, ``sha256`` is the hex digest of those bytes."""

    body: str
    size: int
    sha256: str


def put(execution_id: str, kind: Kind, body: str) -> Statement:
    """Store a text of a job, in place of an earlier one of the same kind; the job must exist before."""
    encoded = body.encode()
    return Statement(PUT, (execution_id, kind, body, len(encoded), hashlib.sha256(encoded).hexdigest()))


async def get(db: Database, execution_id: str, kind: Kind) -> Payload | None:
    """Return a text of a job."""
    row = await db.first(Statement(GET, (execution_id, kind)))
    if row is None:
        return None
    return Payload(columns.text(row, "body"), columns.integer(row, "size"), columns.text(row, "sha256"))
