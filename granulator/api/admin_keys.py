"""``/api/admin/keys``: workers issue, list, rotate and revoke API keys, of any tenant."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints
from starlette.requests import Request
from starlette.responses import Response

from granulator import errors
from granulator.api import keys, wire
from granulator.api.admin import worker
from granulator.api.auth import CLIENT_ID
from granulator.api.keys import IssuedKey
from granulator.api.wire import Text, WholeNumber
from granulator.casing import RequestModel
from granulator.clock import moment, moment_or_none
from granulator.model import ApiKey, JsonObject
from granulator.services import Services
from granulator.store import credentials

MOMENT = r"^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$"
"""RFC 3339: a time without a zone is no moment."""


def _real_moment(text: str) -> str:
    try:
        _epoch_ms(text)
    except (ValueError, OverflowError) as error:
        raise ValueError("it is no date and time there is") from error
    return text


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("it must have printable characters only")
    return text


class NewKey(RequestModel):
    """An API key to be issued; without `expiresAt` it is good until it is revoked."""

    client_id: Annotated[str, StringConstraints(strict=True, pattern=f"^{CLIENT_ID.pattern}$")]
    name: Annotated[Text, StringConstraints(min_length=1, max_length=200), AfterValidator(_printable)]
    expires_at: (
        Annotated[
            str,
            StringConstraints(strict=True, pattern=MOMENT),
            AfterValidator(_real_moment),
            Field(json_schema_extra={"format": "date-time"}),
        ]
        | None
    ) = None


class RotateRequest(RequestModel):
    """The optional body of a rotation: for how long the old secrets stay good beside the new ones."""

    grace_seconds: Annotated[WholeNumber, Field(ge=0, le=keys.LONGEST_GRACE_SECONDS)] = 0


async def create_key(request: Request) -> Response:
    """Issue an API key to a client; its two secrets are in this answer and in no other."""
    services: Services = request.app.state.services
    caller = worker(request)
    wanted = await wire.read(request, NewKey)
    expires_at = None if wanted.expires_at is None else _epoch_ms(wanted.expires_at)
    if expires_at is not None and expires_at <= services.now_ms():
        raise errors.InvalidParameter(
            "expiresAt must be in the future", field="expiresAt", path="expiresAt", value=wanted.expires_at
        )
    issued = await keys.issue(
        services, client_id=wanted.client_id, name=wanted.name, expires_at=expires_at, actor=caller.id
    )
    return wire.reply(_issued(services, issued), 201)


async def list_keys(request: Request) -> Response:
    """List API keys, of all clients or of one, newest first and without their secrets."""
    services: Services = request.app.state.services
    worker(request)
    params = wire.query(request, "clientId", "limit", "offset", "page")
    asked = wire.page(params)
    client_id = params.get("clientId")
    if client_id is not None and not CLIENT_ID.fullmatch(client_id):
        raise errors.InvalidParameter(
            "clientId must be 1 to 128 of A-Z a-z 0-9 . _ : -", field="clientId", path="clientId", value=client_id
        )
    found = await credentials.page(services.db, client_id=client_id, limit=asked.limit, offset=asked.offset)
    return wire.reply(wire.paged("keys", [_row(services, key) for key in found.rows], found.total, asked))


async def rotate_key(request: Request) -> Response:
    """Give an API key new secrets; until the grace time is over both work and webhooks are signed with both."""
    services: Services = request.app.state.services
    caller = worker(request)
    wanted = await wire.read_optional(request, RotateRequest)
    issued = await keys.rotate(services, _key_id(request), grace_seconds=wanted.grace_seconds, actor=caller.id)
    return wire.reply(_issued(services, issued))


async def revoke_key(request: Request) -> Response:
    """Revoke an API key and its sessions at once; a key that had been revoked before stays as it is."""
    services: Services = request.app.state.services
    caller = worker(request)
    wire.query(request)
    key_id = _key_id(request)
    await keys.revoke(services, key_id, actor=caller.id)
    key = await credentials.by_id(services.db, key_id)
    assert key is not None, "a key is never deleted"
    return wire.reply({"success": True, "key": _row(services, key)})


def _key_id(request: Request) -> str:
    """Return the id in the path; one that no key can have is unknown without asking the database."""
    text: str = request.path_params["keyId"]
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", text):
        raise errors.KeyNotFound
    return text


def _issued(services: Services, issued: IssuedKey) -> JsonObject:
    return {
        "key": _row(services, issued.key),
        "secret": issued.secret,
        "webhookSecret": issued.webhook_secret,
    }


def _row(services: Services, key: ApiKey) -> JsonObject:
    return {
        "id": key.id,
        "clientId": key.client_id,
        "name": key.name,
        "prefix": key.prefix,
        "createdAt": moment(key.created_at),
        "expiresAt": moment_or_none(key.expires_at),
        "lastUsedAt": moment_or_none(key.last_used_at),
        "revokedAt": moment_or_none(key.revoked_at),
        "oldSecretUntil": moment_or_none(key.previous_until),
        "limits": {"concurrency": services.settings.concurrency_per_key},
    }


def _epoch_ms(text: str) -> int:
    return int(datetime.fromisoformat(text.upper()).astimezone(UTC).timestamp() * 1000)
