"""The tables of api_keys and sessions: which credentials are good; not how they are hashed, sealed or signed."""

from __future__ import annotations

from granulator.model import ApiKey, Page
from granulator.store import columns
from granulator.store.database import Database, Row, Statement

ISSUE = """
INSERT INTO api_keys
    (id, client_id, name, prefix, hash, created_at, expires_at, last_used_at, revoked_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
"""

BY_HASH = """
SELECT * FROM api_keys
 WHERE (hash = ?1 OR (previous_hash = ?1 AND previous_until > ?2))
   AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?2)
"""

BY_ID = """SELECT * FROM api_keys WHERE id = ?1"""

LIST = """SELECT * FROM api_keys ORDER BY created_at DESC, id"""

LIST_OF_CLIENT = """SELECT * FROM api_keys WHERE client_id = ?1 ORDER BY created_at DESC, id"""

PAGE = """
SELECT * FROM api_keys WHERE CAST(?1 AS TEXT) IS NULL OR client_id = ?1
 ORDER BY created_at DESC, id LIMIT ?2 OFFSET ?3
"""

COUNT = """SELECT COUNT(*) AS total FROM api_keys WHERE CAST(?1 AS TEXT) IS NULL OR client_id = ?1"""

# The generation is the fence: of two rotations at the same time one begins again. Without a time of grace the secret
# before is forgotten at once.
ROTATE = """
UPDATE api_keys
   SET hash = ?3, prefix = ?4, generation = generation + 1, previous_until = ?5,
       previous_hash = CASE WHEN CAST(?5 AS INTEGER) IS NULL THEN NULL ELSE hash END
 WHERE id = ?1 AND generation = ?2 AND revoked_at IS NULL
"""

REVOKE = """UPDATE api_keys SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL"""

# ?3 is some time before now: a busy key does not pay a write for every request.
TOUCH = """UPDATE api_keys SET last_used_at = ?2 WHERE id = ?1 AND (last_used_at IS NULL OR last_used_at < ?3)"""

OPEN_SESSION = """
INSERT INTO sessions (id, key_id, client_id, created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)
"""

LIVE_SESSION = """
SELECT api_keys.id AS key_id
  FROM sessions JOIN api_keys ON api_keys.id = sessions.key_id
 WHERE sessions.id = ?1
   AND sessions.revoked_at IS NULL AND sessions.expires_at > ?2
   AND api_keys.revoked_at IS NULL AND (api_keys.expires_at IS NULL OR api_keys.expires_at > ?2)
"""

CLOSE_SESSION = """UPDATE sessions SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL"""

TOUCH_INTERVAL_MS = 60_000


def issue(key: ApiKey, *, hash: str) -> Statement:
    """Store a new key; ``hash`` is the HMAC of its secret."""
    return Statement(
        ISSUE,
        (
            key.id,
            key.client_id,
            key.name,
            key.prefix,
            hash,
            key.created_at,
            key.expires_at,
            key.last_used_at,
            key.revoked_at,
        ),
    )


async def by_hash(db: Database, hash: str, now: int) -> ApiKey | None:
    """Return the key whose secret, or the one before it in its time of grace, has this hash, if the key is good."""
    row = await db.first(Statement(BY_HASH, (hash, now)))
    return None if row is None else _key(row)


async def by_id(db: Database, key_id: str) -> ApiKey | None:
    """Return a key, revoked and expired ones too."""
    row = await db.first(Statement(BY_ID, (key_id,)))
    return None if row is None else _key(row)


async def list(db: Database, *, client_id: str | None = None) -> tuple[ApiKey, ...]:
    """Return all keys, or one tenant's, newest first."""
    statement = Statement(LIST) if client_id is None else Statement(LIST_OF_CLIENT, (client_id,))
    return tuple(_key(row) for row in await db.all(statement))


async def page(db: Database, *, client_id: str | None = None, limit: int, offset: int) -> Page[ApiKey]:
    """Return a page of all keys, or of one tenant's, newest first."""
    total = columns.total(await db.first(Statement(COUNT, (client_id,))))
    rows = await db.all(Statement(PAGE, (client_id, limit, offset)))
    return Page(tuple(_key(row) for row in rows), total)


def rotate(key: ApiKey, *, hash: str, prefix: str, previous_until: int | None) -> Statement:
    """Give a key a new secret; the old one is good until ``previous_until``. Fails its batch when the key changed."""
    return Statement(ROTATE, (key.id, key.generation, hash, prefix, previous_until), must_change=True)


def revoke(key_id: str, now: int) -> Statement:
    """Revoke a key, and its sessions with it; no row changes when it was revoked before, or never was."""
    return Statement(REVOKE, (key_id, now))


def touch(key_id: str, now: int) -> Statement:
    """Note that a key was used, at most once a minute."""
    return Statement(TOUCH, (key_id, now, now - TOUCH_INTERVAL_MS))


def open_session(session_id: str, key_id: str, client_id: str, *, now: int, expires_at: int) -> Statement:
    """Store a new session of a key."""
    return Statement(OPEN_SESSION, (session_id, key_id, client_id, now, expires_at))


async def live_session(db: Database, session_id: str, now: int) -> str | None:
    """Return the key id of a session, or None when the session or its key is unknown, ended or expired."""
    row = await db.first(Statement(LIVE_SESSION, (session_id, now)))
    return None if row is None else columns.text(row, "key_id")


def close_session(session_id: str, now: int) -> Statement:
    """End a session; no row changes when it was ended before, or never was."""
    return Statement(CLOSE_SESSION, (session_id, now))


def _key(row: Row) -> ApiKey:
    return ApiKey(
        id=columns.text(row, "id"),
        client_id=columns.text(row, "client_id"),
        name=columns.text(row, "name"),
        prefix=columns.text(row, "prefix"),
        created_at=columns.integer(row, "created_at"),
        expires_at=columns.optional_integer(row, "expires_at"),
        last_used_at=columns.optional_integer(row, "last_used_at"),
        revoked_at=columns.optional_integer(row, "revoked_at"),
        generation=columns.integer(row, "generation"),
        previous_until=columns.optional_integer(row, "previous_until"),
    )
