"""Who calls: three kinds of credential become one Principal, on everything below ``/api``."""

from __future__ import annotations

import asyncio
import hmac
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from granulator import errors
from granulator.api.keys import key_hash, read_session
from granulator.errors import DatabaseError
from granulator.model import ApiKey, Principal
from granulator.services import Services
from granulator.settings import Settings
from granulator.store import credentials

SESSION_HEADER = "x-bitware-session-token"
WORKER_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
CLIENT_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
NOTE_SECONDS: Final = 0.25
"""A request waits no longer for the note that its key was used."""


class Authentication:
    """ASGI middleware: below ``/api`` it verifies every credential and puts the principal into the request's state.

    It runs before the router, so that a caller without credentials learns nothing of which paths exist.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (scope["path"] == "/api" or scope["path"].startswith("/api/")):
            services: Services = scope["app"].state.services
            scope.setdefault("state", {})["principal"] = await authenticate(services, Headers(scope=scope))
        await self.app(scope, receive, send)


def principal(request: Request) -> Principal:
    """Return who sent ``request``."""
    found: Principal = request.state.principal
    return found


async def authenticate(services: Services, headers: Headers) -> Principal:
    """Return the principal of a request: the first valid credential in the order worker, session, key.

    Raises InvalidWorkerAuth, InvalidSession or InvalidApiKey when any presented credential is invalid, InvalidAuth
    when none is presented, Forbidden when a key or session names a tenant.
    """
    checks: tuple[Callable[[Services, Headers], Awaitable[Principal | None]], ...] = (_worker, _session, _key)
    found = [await check(services, headers) for check in checks]
    caller = next((item for item in found if item is not None), None)
    if caller is None:
        raise errors.InvalidAuth
    if caller.kind != "worker" and "x-client-id" in headers:
        raise errors.Forbidden("Only a worker may name a client", field="X-Client-ID", path="X-Client-ID")
    return caller


async def _worker(services: Services, headers: Headers) -> Principal | None:
    if "authorization" not in headers and "x-worker-id" not in headers:
        return None
    authorization = _single(headers, "authorization")
    worker_id = _single(headers, "x-worker-id")
    token = (authorization or "").removeprefix("Bearer ")
    if authorization is None or token == authorization or worker_id is None or not WORKER_ID.fullmatch(worker_id):
        raise errors.InvalidWorkerAuth
    if not _is_worker_token(services.settings, token):
        raise errors.InvalidWorkerAuth
    return worker_principal(worker_id, _client_id(headers))


def worker_principal(worker_id: str, client_id: str | None) -> Principal:
    """Return a worker as a principal: for the tenant it names, else for its own."""
    tenant = client_id or f"worker:{worker_id}"
    return Principal(kind="worker", id=f"worker:{worker_id}/{tenant}", client_id=tenant)


def _is_worker_token(settings: Settings, token: str) -> bool:
    """Compare with every token, so that the time taken tells nothing."""
    presented = token.encode("utf-8")
    matches = [hmac.compare_digest(presented, known.encode("utf-8")) for known in settings.shared_secrets]
    return any(matches)


def _client_id(headers: Headers) -> str | None:
    if "x-client-id" not in headers:
        return None
    client_id = _single(headers, "x-client-id")
    if client_id is None or not CLIENT_ID.fullmatch(client_id):
        raise errors.InvalidParameter(
            "X-Client-ID must be 1 to 128 of A-Z a-z 0-9 . _ : -", field="X-Client-ID", path="X-Client-ID"
        )
    return client_id


async def _session(services: Services, headers: Headers) -> Principal | None:
    if SESSION_HEADER not in headers:
        return None
    claim = read_session(services.settings, _single(headers, SESSION_HEADER) or "")
    key_id = claim and await credentials.live_session(services.db, claim.session_id, services.now_ms())
    key = await credentials.by_id(services.db, key_id) if key_id else None
    if claim is None or key is None:
        raise errors.InvalidSession
    await _note_use(services, key)
    return Principal("session", f"key:{key.id}", key.client_id, key_id=key.id, session_id=claim.session_id)


async def _key(services: Services, headers: Headers) -> Principal | None:
    if "x-api-key" not in headers:
        return None
    secret = _single(headers, "x-api-key")
    digest = key_hash(services.settings, secret or "")
    key = await credentials.by_hash(services.db, digest, services.now_ms())
    if key is None:
        raise errors.InvalidApiKey
    await _note_use(services, key)
    return Principal("key", f"key:{key.id}", key.client_id, key_id=key.id)


async def _note_use(services: Services, key: ApiKey) -> None:
    """Note when a key was used last, at most once a minute; a database that cannot write is no reason to refuse it."""
    now = services.now_ms()
    if key.last_used_at is not None and key.last_used_at > now - credentials.TOUCH_INTERVAL_MS:
        return
    with suppress(DatabaseError, TimeoutError):
        async with asyncio.timeout(NOTE_SECONDS):
            await services.db.batch([credentials.touch(key.id, now)])


def _single(headers: Headers, name: str) -> str | None:
    """A credential sent twice is no credential: which of the two is meant cannot be known."""
    values = headers.getlist(name)
    return values[0] if len(values) == 1 and values[0] else None
