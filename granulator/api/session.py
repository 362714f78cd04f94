"""``/api/session``: a browser trades an API key for a short-lived token, and ends it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from granulator import errors
from granulator.api import keys, wire
from granulator.api.auth import principal
from granulator.api.wire import WholeNumber
from granulator.casing import RequestModel
from granulator.clock import moment
from granulator.services import Services
from granulator.store import credentials


class SessionRequest(RequestModel):
    """The optional body of ``POST /api/session``."""

    ttl_seconds: Annotated[WholeNumber, Field(ge=60, le=keys.LONGEST_SESSION_SECONDS)] = 3600


async def open_session(request: Request) -> Response:
    """Issue a session token to the holder of an API key."""
    services: Services = request.app.state.services
    caller = principal(request)
    if caller.kind != "key" or caller.key_id is None:
        raise errors.InvalidApiKey("A session is opened with an API key")
    wanted = await wire.read_optional(request, SessionRequest)
    claim = keys.SessionClaim(services.new_id("sess"), caller.key_id)
    now = services.now_ms()
    expires_at = now + wanted.ttl_seconds * 1000
    await services.db.batch(
        [credentials.open_session(claim.session_id, caller.key_id, caller.client_id, now=now, expires_at=expires_at)]
    )
    return wire.reply(
        {
            "sessionToken": keys.sign_session(services.settings, claim),
            "clientId": caller.client_id,
            "expiresAt": moment(expires_at),
        },
        201,
    )


async def close_session(request: Request) -> Response:
    """End the caller's session; its token is refused from then on."""
    services: Services = request.app.state.services
    wire.query(request)
    caller = principal(request)
    if caller.session_id is None:
        raise errors.InvalidSession("There is no session token to end")
    await services.db.batch([credentials.close_session(caller.session_id, services.now_ms())])
    return Response(status_code=204)
