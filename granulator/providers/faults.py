"""What each vendor's error answers mean, in our kinds: one literal table per vendor. No connection, no retry."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from granulator.providers.base import Kind, ProviderFault
from granulator.providers.redaction import redacted


@dataclass(frozen=True, slots=True)
class Vendor:
    """The words of one vendor: codes say more than types, and both more than a status.

    A kind None leaves the decision to the error's message and status.
    """

    codes: Mapping[str, Kind | None] = field(default_factory=dict)
    types: Mapping[str, Kind | None] = field(default_factory=dict)


@dataclass(slots=True)
class ErrorAnswer(Exception):
    """An answer that is an error, as it came. ``status`` is 200 for an error inside a good answer or a stream."""

    status: int
    body: object
    headers: Mapping[str, str] = field(default_factory=dict)


class Unusable(Exception):
    """An answer that came well and holds nothing an answer holds."""


OPENAI = Vendor(
    codes={
        "account_deactivated": Kind.AUTH,
        "billing_hard_limit_reached": Kind.QUOTA,
        "billing_not_active": Kind.QUOTA,
        "content_filter": Kind.REFUSED,
        "content_policy_violation": Kind.REFUSED,
        "context_length_exceeded": Kind.CONTEXT,
        "credit_balance_exhausted": Kind.QUOTA,
        "insufficient_quota": Kind.QUOTA,
        "invalid_api_key": Kind.AUTH,
        "invalid_json_schema": Kind.SCHEMA,
        "invalid_prompt": Kind.REFUSED,
        "model_decommissioned": Kind.MODEL,
        "model_deprecated": Kind.MODEL,
        "model_not_found": Kind.MODEL,
        "rate_limit_exceeded": Kind.RATE_LIMITED,
        "request_too_large": Kind.CONTEXT,
        "overloaded": Kind.OVERLOADED,
        "server_error": Kind.UPSTREAM,
        "server_overloaded": Kind.OVERLOADED,
        "slow_down": Kind.OVERLOADED,
        "string_above_max_length": Kind.CONTEXT,
        "unsupported_country_region_territory": Kind.AUTH,
    },
    types={
        "authentication_error": Kind.AUTH,
        "insufficient_quota": Kind.QUOTA,
        "invalid_request_error": None,
        "not_found_error": Kind.MODEL,
        "overloaded_error": Kind.OVERLOADED,
        "permission_error": Kind.AUTH,
        "rate_limit_error": Kind.RATE_LIMITED,
        "rate_limit_exceeded": Kind.RATE_LIMITED,
        "requests": Kind.RATE_LIMITED,
        "server_error": Kind.UPSTREAM,
        "service_unavailable_error": Kind.UPSTREAM,
        "api_error": Kind.UPSTREAM,
        "timeout_error": Kind.TIMEOUT,
        "tokens": Kind.RATE_LIMITED,
    },
)

ANTHROPIC = Vendor(
    codes={
        "claude_code_key_creator_not_member": Kind.AUTH,
        "claude_code_version_too_old": Kind.AUTH,
        "cmek_context_unavailable": Kind.UPSTREAM,
        "cmek_key_disabled": Kind.AUTH,
        "cmek_key_network_blocked": Kind.AUTH,
        "cmek_key_unreachable": Kind.UPSTREAM,
        "contract_spend_limit_reached": Kind.QUOTA,
        "credit_balance_exhausted": Kind.QUOTA,
        "enforced_spend_limit_reached": Kind.QUOTA,
        "linked_organization_billing_unavailable": Kind.QUOTA,
        "linked_organization_spend_limit_reached": Kind.QUOTA,
        "organization_on_hold": Kind.AUTH,
        "organization_type_not_supported": Kind.AUTH,
        "parent_organization_required": Kind.AUTH,
        "ramp_limit_exceeded": Kind.RATE_LIMITED,
        "request_body_encoding_invalid": Kind.BAD_REQUEST,
        "request_body_encoding_unsupported": Kind.BAD_REQUEST,
        "request_body_too_large_after_decoding": Kind.CONTEXT,
        "sandbox_egress_restricted": Kind.AUTH,
    },
    types={
        "api_error": Kind.UPSTREAM,
        "authentication_error": Kind.AUTH,
        "billing_error": Kind.QUOTA,
        "conflict_error": Kind.UPSTREAM,
        "invalid_request_error": None,
        "memory_path_conflict_error": Kind.BAD_REQUEST,
        "memory_precondition_failed_error": Kind.BAD_REQUEST,
        "not_found_error": Kind.MODEL,
        "overloaded_error": Kind.OVERLOADED,
        "permission_error": Kind.AUTH,
        "rate_limit_error": Kind.RATE_LIMITED,
        "request_too_large": Kind.CONTEXT,
        "timeout_error": Kind.TIMEOUT,
    },
)

CLOUDFLARE = Vendor(
    codes={
        "3003": None,
        "3006": Kind.CONTEXT,
        "3007": Kind.TIMEOUT,
        "3023": Kind.AUTH,
        "3036": Kind.QUOTA,
        "3040": Kind.RATE_LIMITED,
        "3041": Kind.AUTH,
        "3042": Kind.MODEL,
        "3043": Kind.UPSTREAM,
        "5004": None,
        "5006": None,
        "5007": Kind.MODEL,
        "5016": Kind.AUTH,
        "5018": Kind.AUTH,
        "5025": Kind.SCHEMA,
        "10000": Kind.AUTH,
    },
    types=OPENAI.types,
)

STATUSES: Mapping[int, Kind] = {
    200: Kind.MALFORMED,
    401: Kind.AUTH,
    402: Kind.QUOTA,
    403: Kind.AUTH,
    404: Kind.MODEL,
    408: Kind.TIMEOUT,
    409: Kind.UPSTREAM,
    413: Kind.CONTEXT,
    429: Kind.RATE_LIMITED,
    499: Kind.UPSTREAM,
    529: Kind.OVERLOADED,
}
"""What a status means where nothing else is said; every other 4xx is our request, every other status theirs."""

_WORDY = (200, 400, 404, 413, 422)
"""Statuses that mean too many things: the message decides first."""

_THEIRS = (408, 409, 499)
"""Statuses below 500 that say nothing against the request."""

PARAMETERS: Mapping[str, re.Pattern[str]] = {
    "temperature": re.compile(r"\btemperature\b"),
    "seed": re.compile(r"\bseed\b"),
    "effort": re.compile(r"\b(?:reasoning[_.])?effort\b"),
    "max_output_tokens": re.compile(r"\bmax_(?:completion_|output_)?tokens\b"),
}
"""Our parameters by the vendors' names for them."""

_SCHEMA = re.compile(
    r"response_format|json_schema|output_config|output_format|input_schema|guided_json|structured[ _]output"
    r"|\bschema\b|\btools\b|\btool_choice\b|\bgrammar\b|json[ _](?:mode|object)",
    re.IGNORECASE,
)
_CONTEXT = re.compile(
    r"context[ _-]?(?:length|window|limit|size)|(?:prompt|input|request) is too (?:long|large)"
    r"|too many (?:input )?tokens|exceeds? (?:the )?(?:maximum|available).{0,24}context",
    re.IGNORECASE,
)
_QUOTA = re.compile(
    r"credit balance|insufficient (?:balance|credits?|funds|quota)|spend(?:ing)? limit|billing", re.IGNORECASE
)
_MODEL = re.compile(
    r"\bmodel\b.{0,80}?\b(?:not found|not exist|not available|no longer|unknown|deprecated|decommissioned|retired)"
    r"|\b(?:unknown|invalid|no such) model\b",
    re.IGNORECASE,
)
_POLICY = re.compile(r"content (?:management |usage )?polic|safety system|flagged", re.IGNORECASE)


def answer_in(error: Exception) -> ErrorAnswer | None:
    """Return the error answer that an SDK's exception carries, None if it carries none."""
    if isinstance(error, ErrorAnswer):
        return error
    body, response = getattr(error, "body", None), getattr(error, "response", None)
    if response is None and body is None:
        return None
    return ErrorAnswer(getattr(response, "status_code", 200), body, getattr(response, "headers", {}))


def read(vendor: Vendor, answer: ErrorAnswer, *, name: str, secrets: tuple[str, ...] = ()) -> ProviderFault:
    """Return the fault that an error answer is."""
    said = _said(answer)
    kind, parameter = _kind(vendor, said)
    is_clean = answer.status != 200 and kind is not Kind.TIMEOUT
    return ProviderFault(
        kind,
        redacted(f"{name} {_outcome(answer.status)}: {said.message or _silence(answer.body)}", secrets),
        status=answer.status,
        code=redacted(said.code or said.type, secrets) or None,
        retry_after=retry_after(answer.headers),
        request_id=_request_id(answer.headers),
        parameter=parameter,
        billed="no" if is_clean else "maybe",
    )


def _outcome(status: int) -> str:
    return "sent an error" if status == 200 else f"answered {status}"


def _silence(body: object) -> str:
    if isinstance(body, str) and body.lstrip()[:1] == "<":
        return "a page instead of an error"
    return "no explanation"


@dataclass(frozen=True, slots=True)
class _Said:
    """What the vendor said, found in whichever shape it came."""

    status: int
    type: str = ""
    code: str = ""
    parameter: str = ""
    message: str = ""


def _said(answer: ErrorAnswer) -> _Said:
    error = _error_object(answer.body)
    details = error.get("details")
    code = _word(details.get("error_code")) if isinstance(details, Mapping) else ""
    code = code or _word(error.get("code"))
    # Some OpenAI-compatible servers answer 200 and put the status where the code belongs.
    is_status = answer.status == 200 and len(code) == 3 and code.isdigit()
    return _Said(
        status=int(code) if is_status else answer.status,
        type=_word(error.get("type")),
        code="" if is_status else code,
        parameter=_word(error.get("param")),
        message=_word(error.get("message")) or _word(error.get("detail")),
    )


def _error_object(body: object) -> Mapping[str, object]:
    if not isinstance(body, Mapping):
        return {}
    errors, error = body.get("errors"), body.get("error")
    if isinstance(error, Mapping):
        return error
    if isinstance(error, str):
        return {"message": error}
    if isinstance(errors, list) and errors and isinstance(errors[0], Mapping):
        return errors[0]
    return body


def _word(value: object) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _kind(vendor: Vendor, said: _Said) -> tuple[Kind, str | None]:
    is_spent = said.code.endswith("_spend_limit_reached")
    known = Kind.QUOTA if is_spent else vendor.codes.get(said.code) or vendor.types.get(said.type)
    # A type that only says "our side failed" gives way to a status that says it is the request.
    is_contradicted = known is Kind.UPSTREAM and 400 <= said.status < 500 and said.status not in _THEIRS
    if known is not None and not is_contradicted:
        return known, None
    return _kind_by_words(said) if said.status in _WORDY else (_kind_by_status(said.status), None)


def _kind_by_words(said: _Said) -> tuple[Kind, str | None]:
    if _QUOTA.search(said.message):
        return Kind.QUOTA, None
    if _CONTEXT.search(said.message):
        return Kind.CONTEXT, None
    parameter = _parameter(said.parameter) or (None if said.parameter else _parameter(said.message))
    if parameter is not None:
        return Kind.PARAM, parameter
    if _SCHEMA.search(said.parameter or said.message):
        return Kind.SCHEMA, None
    if _MODEL.search(said.message):
        return Kind.MODEL, None
    if _POLICY.search(said.message):
        return Kind.REFUSED, None
    return _kind_by_status(said.status), None


def _parameter(words: str) -> str | None:
    return next((ours for ours, pattern in PARAMETERS.items() if pattern.search(words)), None)


def _kind_by_status(status: int) -> Kind:
    return STATUSES.get(status) or (Kind.BAD_REQUEST if 400 <= status < 500 else Kind.UPSTREAM)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds a vendor asks to wait, None if it asks for nothing that can be understood.

    Read are ``retry-after-ms`` and ``retry-after`` in seconds or as an HTTP date.
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after")
    seconds = _number(value)
    return seconds if seconds is not None or value is None else _seconds_until(value)


def _number(value: str | None) -> float | None:
    if value is None or not re.fullmatch(r"\s*\d{1,9}(?:\.\d{1,9})?\s*", value, re.ASCII):
        return None
    return float(value)


def _seconds_until(date: str) -> float | None:
    try:
        at = parsedate_to_datetime(date)
    except (ValueError, OverflowError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.now(UTC)).total_seconds())


def _request_id(headers: Mapping[str, str]) -> str | None:
    named = (headers.get(header) for header in ("x-request-id", "request-id", "cf-ray"))
    return next((value for value in named if value), None)
