"""What surrounds every request: its id, its one line in the log, HEAD without a body, and a calm answer to a bug."""

from __future__ import annotations

import asyncio
import logging
import re
import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from granulator import logs
from granulator.api.errors import log_failure, render
from granulator.clock import random_id
from granulator.errors import GranulatorError, InternalError

log = logging.getLogger("granulator.request")

REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")


class RequestEnvelope:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        token = logs.request_id.set(request_id)
        try:
            await self._answer(scope, receive, send, request_id)
        finally:
            logs.request_id.reset(token)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        started = time.monotonic()
        status: int | None = None

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            elif scope["method"] == "HEAD":
                message = {**message, "body": b""}
            await send(message)

        try:
            await self.app(scope, receive, send_on)
        except ClientDisconnect:
            log.info("the caller went away while sending")
        except (Exception, asyncio.CancelledError) as error:
            told = _told(error)
            if status is None:
                await render(told)(scope, receive, send_on)
        finally:
            _log(scope, status, started)


def _told(error: BaseException) -> GranulatorError:
    """Return what the caller is told of an error that no handler below knew, once it is logged."""
    if isinstance(error, GranulatorError):
        # Raised before the router: by authentication.
        log_failure(error)
        return error
    if isinstance(error, asyncio.CancelledError):
        log.info("the server stopped before the request was done")
        return InternalError("The server is stopping")
    log.error("unexpected error", exc_info=error)
    return InternalError()


def _request_id(scope: Scope) -> str:
    sent = Headers(scope=scope).getlist("x-request-id")
    if len(sent) == 1 and REQUEST_ID.fullmatch(sent[0]):
        return sent[0]
    return random_id("req")


def _log(scope: Scope, status: int | None, started: float) -> None:
    """Method, path and outcome only: a query or header could hold a secret."""
    principal = scope["state"].get("principal")
    facts: dict[str, object] = {
        "method": scope["method"],
        "path": scope["path"][:300],
        "status": status,
        "durationMs": round((time.monotonic() - started) * 1000, 1),
    }
    if principal is not None:
        facts |= {"clientId": principal.client_id, "principal": principal.id}
    log.info("request", extra={"facts": facts})
