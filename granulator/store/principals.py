"""The table of principals: whose row a claim locks, and nothing about credentials."""

from __future__ import annotations

from granulator.model import Principal
from granulator.store.database import Statement

ENSURE = """INSERT INTO principals (id, client_id) VALUES (?1, ?2) ON CONFLICT (id) DO NOTHING"""

# Changes nothing: an UPDATE takes the row's lock on every database, also where reads do not.
LOCK = """UPDATE principals SET client_id = client_id WHERE id = ?1"""


def ensure(principal: Principal) -> Statement:
    """Make sure the principal has a row; it must come before the first job of the principal."""
    return Statement(ENSURE, (principal.id, principal.client_id))


def lock(principal_id: str) -> Statement:
    """Take the lock under which the principal's live leases may be counted."""
    return Statement(LOCK, (principal_id,), must_change=True)
