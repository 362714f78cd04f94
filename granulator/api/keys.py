"""API keys and session tokens: how they are made and recognised. Only their keyed hashes are stored."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass

from itsdangerous import BadData, URLSafeTimedSerializer

from granulator import errors
from granulator.model import ApiKey
from granulator.services import Services
from granulator.settings import Settings
from granulator.store import audit, credentials

KEY_PREFIX = "gran_"
SHOWN_PREFIX_LENGTH = len(KEY_PREFIX) + 6
"""So much of a key is stored in the clear, for its owner to tell keys apart."""

LONGEST_SESSION_SECONDS = 86_400


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


async def issue(services: Services, *, client_id: str, name: str) -> IssuedKey:
    """Create an API key for a tenant and return it with its secrets."""
    secret = KEY_PREFIX + secrets.token_urlsafe(32)
    now = services.now_ms()
    key = ApiKey(
        id=services.new_id("key"),
        client_id=client_id,
        name=name,
        prefix=secret[:SHOWN_PREFIX_LENGTH],
        created_at=now,
        expires_at=None,
        last_used_at=None,
        revoked_at=None,
    )
    await services.db.batch(
        [
            credentials.issue(key, hash=key_hash(services.settings, secret)),
            audit.record(
                client_id=client_id, actor="command", action="key.create", object_id=key.id, detail={}, now=now
            ),
        ]
    )
    return IssuedKey(key, secret, webhook_secret(services.settings, key.id))


async def revoke(services: Services, key_id: str) -> bool:
    """End a key and all its sessions at once; return False when it had ended before. Raises KeyNotFound."""
    key = await credentials.by_id(services.db, key_id)
    if key is None:
        raise errors.KeyNotFound(keyId=key_id)
    now = services.now_ms()
    await services.db.batch(
        [
            credentials.revoke(key_id, now),
            audit.record(
                client_id=key.client_id, actor="command", action="key.revoke", object_id=key_id, detail={}, now=now
            ),
        ]
    )
    return key.revoked_at is None


def key_hash(settings: Settings, secret: str) -> str:
    """Return what is stored of an API key: HMAC-SHA256 with a pepper drawn from SESSION_SECRET, hex."""
    return hmac.new(_derived(settings, "api-key"), secret.encode("utf-8"), hashlib.sha256).hexdigest()


def webhook_secret(settings: Settings, key_id: str) -> str:
    """Return the Standard Webhooks signing secret of a key; derived, so that none is stored."""
    digest = hmac.new(_derived(settings, "webhook"), key_id.encode("utf-8"), hashlib.sha256).digest()
    return "whsec_" + base64.b64encode(digest).decode("ascii")


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
    return URLSafeTimedSerializer(_derived(settings, "session"), salt="granulator.session")


def _derived(settings: Settings, purpose: str) -> bytes:
    """Each use has a key of its own, so that one signature can never stand for another."""
    assert settings.session_secret, "the start refuses to go on without SESSION_SECRET"
    return hmac.new(settings.session_secret.encode("utf-8"), purpose.encode("ascii"), hashlib.sha256).digest()
