"""The table of outbox: webhook messages to send; written with the result they report, sent elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from granulator.store import columns
from granulator.store.database import Database, Row, Statement

# Tenant and principal come from the job: a message cannot belong to anyone else.
ADD = """
INSERT INTO outbox
    (message_id, execution_id, client_id, principal_id, event, url, headers, body, max_tries, next_at, created_at)
SELECT CAST(?1 AS TEXT), execution_id, client_id, principal_id, CAST(?3 AS TEXT), CAST(?4 AS TEXT), CAST(?5 AS TEXT),
       CAST(?6 AS TEXT), CAST(?7 AS INTEGER), CAST(?8 AS INTEGER), CAST(?8 AS INTEGER)
  FROM jobs WHERE execution_id = ?2
"""

DUE = """SELECT * FROM outbox WHERE state = 'pending' AND next_at <= ?1 ORDER BY next_at, id LIMIT ?2"""


@dataclass(frozen=True, slots=True)
class Message:
    """A webhook message that waits to be sent; ``body`` is the exact text to sign."""

    id: int
    message_id: str
    execution_id: str
    principal_id: str
    event: str
    url: str
    headers: Mapping[str, str]
    body: str
    tries: int
    max_tries: int


def add(
    *,
    message_id: str,
    execution_id: str,
    event: str,
    url: str,
    headers: Mapping[str, str],
    body: str,
    max_tries: int,
    now: int,
) -> Statement:
    """Queue a message for sending at once; ``message_id`` stays the same over all its tries."""
    params = (message_id, execution_id, event, url, columns.to_json(headers), body, max_tries, now)
    return Statement(ADD, params, must_change=True)


async def due(db: Database, now: int, limit: int) -> tuple[Message, ...]:
    """Return the messages whose next try is due, longest due first."""
    return tuple(_message(row) for row in await db.all(Statement(DUE, (now, limit))))


def _message(row: Row) -> Message:
    headers = {} if row["headers"] is None else columns.json_object(row, "headers")
    return Message(
        id=columns.integer(row, "id"),
        message_id=columns.text(row, "message_id"),
        execution_id=columns.text(row, "execution_id"),
        principal_id=columns.text(row, "principal_id"),
        event=columns.text(row, "event"),
        url=columns.text(row, "url"),
        headers={name: str(value) for name, value in headers.items()},
        body=columns.text(row, "body"),
        tries=columns.integer(row, "tries"),
        max_tries=columns.integer(row, "max_tries"),
    )
