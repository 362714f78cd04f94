"""Errors as answers: the only place that knows the error envelope of the API."""

from __future__ import annotations

import logging

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from granulator import errors

log = logging.getLogger(__name__)

SHOWN_CHARACTERS = 100
"""A rejected value is shown up to this length."""

UNSHOWN = frozenset({"headers", "systemPrompt", "file", "structure"})
"""Fields whose value may be secret or huge and is never repeated."""


def envelope(error: errors.GranulatorError) -> dict[str, object]:
    """Return the body every error has: what happened, its code, and what to do next."""
    details = {name: _shown(name, value, error.details.get("field")) for name, value in error.details.items()}
    details = {name: value for name, value in details.items() if value is not _HIDDEN}
    return {
        "error": error.message,
        "status": error.status,
        "code": error.code,
        "details": {**details, "suggestion": error.suggestion, "docs": f"/docs#{error.code}"},
    }


def render(error: errors.GranulatorError) -> Response:
    """Return the answer for ``error``; every 401 asks for credentials."""
    headers = dict(error.headers)
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(envelope(error), error.status, headers)


def log_failure(error: errors.GranulatorError) -> None:
    """Log an error that is ours with what caused it, which the caller is not told."""
    if error.status >= 500:
        cause = None if error.__cause__ is None else f"{type(error.__cause__).__name__}: {error.__cause__}"
        log.error(error.message, extra={"facts": {"code": error.code, "cause": cause}})


async def granulator_error(request: Request, error: Exception) -> Response:
    """Answer for every error of our own tree."""
    assert isinstance(error, errors.GranulatorError)
    log_failure(error)
    return render(error)


async def http_exception(request: Request, error: Exception) -> Response:
    """Answer for what Starlette's router refuses."""
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        allow = ", ".join(sorted((error.headers or {}).get("Allow", "").split(", ")))
        return render(
            errors.MethodNotAllowed(f"{request.method} is not supported at this path", headers={"Allow": allow})
        )
    return render(errors.NotFound())


HANDLERS = {errors.GranulatorError: granulator_error, HTTPException: http_exception}

_HIDDEN = object()


def _shown(name: str, value: object, field: object) -> object:
    if name != "value":
        return value
    if field in UNSHOWN:
        return _HIDDEN
    if isinstance(value, str):
        return value[:SHOWN_CHARACTERS]
    if isinstance(value, int) and abs(value) >= 2**63:
        return _HIDDEN
    return value if value is None or isinstance(value, bool | int | float) else _HIDDEN
