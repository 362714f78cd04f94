"""The table of job_payloads: the long texts of a job; not what they mean. The longest are objects beside it.

An object is written before the batch whose row names it, never after: one that no row names is harmless.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final, Literal

from granulator.store import columns
from granulator.store.database import Database, Row, Statement
from granulator.store.objects import ObjectLost, Objects, digest

Kind = Literal["request", "template", "structure", "result"]

INLINE_LIMIT: Final = 256 * 1024
"""Bytes of UTF-8; a text beyond is an object."""

OBJECTS_PER_PAGE: Final = 1000

PUT = """
INSERT INTO job_payloads (execution_id, kind, body, size, sha256, object_day) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (execution_id, kind) DO UPDATE
   SET body = excluded.body, size = excluded.size, sha256 = excluded.sha256, object_day = excluded.object_day
"""

GET = """SELECT body, size, sha256, object_day FROM job_payloads WHERE execution_id = ?1 AND kind = ?2"""

OBJECTS_OF_DAY = """
SELECT DISTINCT sha256 FROM job_payloads WHERE object_day = ?1 AND sha256 > ?2 ORDER BY sha256 LIMIT ?3
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """Where a text is: ``body`` itself, or None and an object written on ``object_day``, days since 1970-01-01.

    ``size`` is in bytes of UTF-8, ``sha256`` is the hex digest of those bytes.
    """

    body: str | None
    size: int
    sha256: str
    object_day: int | None = None

    @property
    def storage(self) -> Literal["inline", "blob"]:
        """How callers are told of it."""
        return "inline" if self.object_day is None else "blob"


@dataclass(frozen=True, slots=True)
class Payload:
    """A text as it was stored, and where it is."""

    body: str
    stored: Stored


async def keep(objects: Objects, body: str) -> Stored:
    """Return what a row says of ``body``, which is an object by then when it is long. Raises StorageError."""
    if len(body) <= INLINE_LIMIT:
        encoded = body.encode()
        if len(encoded) <= INLINE_LIMIT:
            return Stored(body, len(encoded), digest(encoded))
    encoded, sha256 = await asyncio.to_thread(_encoded, body)
    return Stored(None, len(encoded), sha256, await objects.put(encoded, sha256))


def put(execution_id: str, kind: Kind, stored: Stored) -> Statement:
    """Store a text of a job, in place of an earlier one of the same kind; the job must exist before."""
    return Statement(PUT, (execution_id, kind, stored.body, stored.size, stored.sha256, stored.object_day))


async def find(db: Database, execution_id: str, kind: Kind) -> Stored | None:
    """Return where a text of a job is, without reading an object."""
    row = await db.first(Statement(GET, (execution_id, kind)))
    return None if row is None else _from_row(row)


async def get(db: Database, objects: Objects, execution_id: str, kind: Kind) -> Payload | None:
    """Return a text of a job. Raises StorageError when its object cannot be had unharmed."""
    stored = await find(db, execution_id, kind)
    return None if stored is None else Payload(await read(objects, stored), stored)


async def read(objects: Objects, stored: Stored) -> str:
    """Return a text. Raises StorageError when its object cannot be had unharmed."""
    if stored.body is not None:
        return stored.body
    if stored.object_day is None:
        raise ObjectLost("A stored text is missing")
    return (await objects.get(stored.object_day, stored.sha256)).decode()


async def objects_of_day(db: Database, day: int, *, after: str = "") -> list[str]:
    """Return the digests of the objects of a day that a row names, the next of them behind ``after``."""
    rows = await db.all(Statement(OBJECTS_OF_DAY, (day, after, OBJECTS_PER_PAGE)))
    return [columns.text(row, "sha256") for row in rows]


def _encoded(body: str) -> tuple[bytes, str]:
    encoded = body.encode()
    return encoded, digest(encoded)


def _from_row(row: Row) -> Stored:
    return Stored(
        columns.optional_text(row, "body"),
        columns.integer(row, "size"),
        columns.text(row, "sha256"),
        columns.optional_integer(row, "object_day"),
    )
