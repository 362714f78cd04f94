"""Signatures of webhooks as Standard Webhooks 1.0.0 has them, and whose secret signs; no secret is stored anywhere."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from standardwebhooks.webhooks import Webhook

from granulator.model import ApiKey
from granulator.services import Services
from granulator.settings import Settings
from granulator.store import credentials

KEY_PRINCIPAL: Final = "key:"
"""How the id of a principal begins that is an API key, with all its sessions."""


def key_secret(settings: Settings, key_id: str, generation: int) -> str:
    """Return the signing secret of an API key; a rotation raises the generation and so changes it."""
    return _secret(settings, f"{KEY_PRINCIPAL}{key_id}/{generation}")


def own_secrets(settings: Settings, principal_id: str) -> tuple[str, ...]:
    """Return the signing secrets of a principal without a key: those of WEBHOOK_SECRET, else one of its own."""
    return settings.webhook_secrets or (_secret(settings, principal_id),)


async def secrets_of(services: Services, principal_id: str) -> tuple[str, ...]:
    """Return the secrets that sign a principal's messages now, the current one first; a revoked key keeps its own."""
    key_id = principal_id.removeprefix(KEY_PRINCIPAL)
    if key_id == principal_id:
        return own_secrets(services.settings, principal_id)
    key = await credentials.by_id(services.db, key_id)
    if key is None:
        return own_secrets(services.settings, principal_id)
    return tuple(key_secret(services.settings, key.id, generation) for generation in _good(key, services.now_ms()))


def headers(secrets: Sequence[str], *, message_id: str, body: str, now_ms: int) -> dict[str, str]:
    """Return the three headers of a signed message, with one signature per secret."""
    # The library puts UTC in place of the zone of the time, so it must be UTC already.
    moment = datetime.fromtimestamp(now_ms // 1000, UTC)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(now_ms // 1000),
        "webhook-signature": " ".join(Webhook(secret).sign(message_id, moment, body) for secret in secrets),
    }


def _good(key: ApiKey, now: int) -> tuple[int, ...]:
    is_rotating = key.previous_until is not None and key.previous_until > now
    return (key.generation, key.generation - 1) if is_rotating else (key.generation,)


def _secret(settings: Settings, owner: str) -> str:
    digest = hmac.new(settings.derived_key("webhook"), owner.encode("utf-8"), hashlib.sha256).digest()
    return "whsec_" + b64encode(digest).decode("ascii")
