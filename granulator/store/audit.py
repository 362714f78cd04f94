"""The table of audit: who changed what; appended only."""

from __future__ import annotations

from granulator.model import JsonObject
from granulator.store import columns
from granulator.store.database import Statement

RECORD = """
INSERT INTO audit (client_id, actor, action, object, detail, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
"""


def record(
    *, client_id: str | None, actor: str, action: str, object_id: str, detail: JsonObject, now: int
) -> Statement:
    """Note an action, such as ``key.revoke`` on a key id; it belongs into the batch that does it."""
    return Statement(RECORD, (client_id, actor, action, object_id, columns.to_json(detail), now))
