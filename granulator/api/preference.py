"""The ``Prefer`` header (RFC 7240): what a caller would like, of which ``respond-async`` is understood here."""

from __future__ import annotations

from typing import Final
from urllib.request import parse_http_list

from starlette.requests import Request

RESPOND_ASYNC: Final = "respond-async"


def prefers_async(request: Request) -> bool:
    """Return whether the caller would rather not wait; preferences that are not understood are ignored."""
    stated = ", ".join(request.headers.getlist("prefer"))
    return any(_is_respond_async(preference) for preference in parse_http_list(stated))


def _is_respond_async(preference: str) -> bool:
    """One preference is ``name [= value] *(; parameter)``; a name has no case, and an empty value is none."""
    name, _, value = preference.partition(";")[0].partition("=")
    return name.strip().lower() == RESPOND_ASYNC and value.strip() in ("", '""')
