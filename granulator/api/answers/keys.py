"""The answers of ``/api/admin/keys``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from granulator.api.answers.values import Moment, Page
from granulator.casing import ResponseModel


class KeyLimits(ResponseModel):
    """What the key may use at once; `concurrency` counts running jobs."""

    concurrency: Annotated[int, Field(ge=1)]


class KeyRow(ResponseModel):
    """An API key without its secrets; `prefix` is its beginning, to tell keys apart.

    The secret before the current one is good until `oldSecretUntil`.
    """

    id: str
    client_id: str
    name: str
    prefix: str
    created_at: Moment
    expires_at: Moment | None
    last_used_at: Moment | None
    revoked_at: Moment | None
    old_secret_until: Moment | None
    limits: KeyLimits


class KeyList(Page):
    """A page of API keys, newest first."""

    keys: list[KeyRow]


class KeyIssued(ResponseModel):
    """A key with its new secrets, which are shown this once; the second one verifies its webhooks."""

    key: KeyRow
    secret: Annotated[str, Field(pattern="^gran_")]
    webhook_secret: Annotated[str, Field(pattern="^whsec_")]


class KeyRevoked(ResponseModel):
    """The key and its sessions have ended."""

    success: Literal[True]
    key: KeyRow
