"""API keys and session tokens: how they are made and recognised. Only their keyed hashes are stored."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, replace

from itsdangerous import BadData, URLSafeTimedSerializer

from granulator import errors
from granulator.model import ApiKey, JsonObject
from granulator.services import Services
from granulator.settings import Settings
from granulator.store import audit, credentials
from granulator.store.database import GuardFailed, Statement
from granulator.webhooks.signing import key_secret

KEY_PREFIX = "gran_"
SHOWN_PREFIX_LENGTH = len(KEY_PREFIX) + 6
"""So much of a key is stored in the clear, for its owner to tell keys apart."""

LONGEST_SESSION_SECONDS = 86_400
LONGEST_GRACE_SECONDS = 86_400

COMMAND_LINE = "command"
"""Who changes a key from the machine the database is on, as the audit names it."""


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key with its secrets, which are shown this once."""

    key: ApiKey
    secret: str
    webhook_secret: str


@dataclass(frozen=True, slots=True)
class SessionClaim:
    """What a signed session token says."""

    session_id: str
    key_id: str


async def issue(
    services: Services, *, client_id: str, name: str, expires_at: int | None = None, actor: str = COMMAND_LINE
) -> IssuedKey:
    """Create an API key for a tenant and return it with its secrets; ``actor`` is who asks, for the audit."""
    secret = _new_secret()
    now = services.now_ms()
    key = ApiKey(
        id=services.new_id("key"),
        client_id=client_id,
        name=name,
        prefix=secret[:SHOWN_PREFIX_LENGTH],
        created_at=now,
        expires_at=expires_at,
        last_used_at=None,
        revoked_at=None,
    )
    stored = credentials.issue(key, hash=key_hash(services.settings, secret))
    await services.db.batch([stored, _audited(key, actor, "key.create", now)])
    return IssuedKey(key, secret, key_secret(services.settings, key.id, key.generation))


async def rotate(services: Services, key_id: str, *, grace_seconds: int, actor: str = COMMAND_LINE) -> IssuedKey:
    """Give a key new secrets and return them; the old ones stay good for the grace time, its sessions go on.

    Raises KeyNotFound for a key that has ended, too.
    """
    while True:
        key = await _live(services, key_id)
        secret = _new_secret()
        prefix, now = secret[:SHOWN_PREFIX_LENGTH], services.now_ms()
        until = now + grace_seconds * 1000 if grace_seconds else None
        changed = credentials.rotate(key, hash=key_hash(services.settings, secret), prefix=prefix, previous_until=until)
        audited = _audited(key, actor, "key.rotate", now, graceSeconds=grace_seconds)
        try:
            await services.db.batch([changed, audited])
        except GuardFailed:
            # Someone else changed the key since it was read.
            continue
        rotated = replace(key, prefix=prefix, generation=key.generation + 1, previous_until=until)
        return IssuedKey(rotated, secret, key_secret(services.settings, key.id, rotated.generation))


async def revoke(services: Services, key_id: str, *, actor: str = COMMAND_LINE) -> bool:
    """End a key and all its sessions at once; return False when it had ended before. Raises KeyNotFound."""
    key = await credentials.by_id(services.db, key_id)
    if key is None:
        raise errors.KeyNotFound(keyId=key_id)
    now = services.now_ms()
    await services.db.batch([credentials.revoke(key_id, now), _audited(key, actor, "key.revoke", now)])
    return key.revoked_at is None


def key_hash(settings: Settings, secret: str) -> str:
    """Return what is stored of an API key: HMAC-SHA256 with a pepper drawn from SESSION_SECRET, hex."""
    return hmac.new(settings.derived_key("api-key"), secret.encode("utf-8"), hashlib.sha256).hexdigest()


def sign_session(settings: Settings, claim: SessionClaim) -> str:
    """Return the signed, timed token of a session."""
    token = _serializer(settings).dumps([claim.session_id, claim.key_id])
    return token if isinstance(token, str) else token.decode("ascii")


def read_session(settings: Settings, token: str) -> SessionClaim | None:
    """Return what a session token says, or None when it is forged, damaged or too old for any session."""
    try:
        session_id, key_id = _serializer(settings).loads(token, max_age=LONGEST_SESSION_SECONDS)
    except (BadData, ValueError, TypeError):
        return None
    return SessionClaim(session_id, key_id)


def _serializer(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.derived_key("session"), salt="granulator.session")


async def _live(services: Services, key_id: str) -> ApiKey:
    key = await credentials.by_id(services.db, key_id)
    now = services.now_ms()
    if key is None or key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= now):
        raise errors.KeyNotFound("API key not found" if key is None else "The key has ended", keyId=key_id)
    return key


def _new_secret() -> str:
    return KEY_PREFIX + secrets.token_urlsafe(32)


def _audited(key: ApiKey, actor: str, action: str, now: int, **detail: int) -> Statement:
    found: JsonObject = {**detail}
    return audit.record(client_id=key.client_id, actor=actor, action=action, object_id=key.id, detail=found, now=now)
