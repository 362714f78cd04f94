"""What each vendor's words for a failure mean, whichever shape they come in, and that no word of a secret gets out."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import get_args

import anthropic.types.shared as anthropic_errors
import pytest
from anthropic.types.shared import ErrorType

from granulator.dev.mock_ai.wires import anthropic as mock_anthropic
from granulator.dev.mock_ai.wires import cloudflare as mock_cloudflare
from granulator.dev.mock_ai.wires import openai as mock_openai
from granulator.providers.base import Kind, ProviderFault
from granulator.providers.faults import (
    ANTHROPIC,
    CLOUDFLARE,
    OPENAI,
    ErrorAnswer,
    Vendor,
    answer_in,
    read,
    retry_after,
)


def fault(vendor: Vendor, status: int, body: object, **headers: str) -> ProviderFault:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return read(vendor, ErrorAnswer(status, body, named), name="vendor")


def openai_error(message: str = "No.", **fields: object) -> dict[str, object]:
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None} | fields}


def anthropic_error(kind: str, message: str = "No.", code: str | None = None) -> dict[str, object]:
    details = {"details": {"error_code": code}} if code else {}
    return {"type": "error", "error": {"type": kind, "message": message, **details}, "request_id": "req_1"}


def cloudflare_error(code: int, message: str = "AiError: no") -> dict[str, object]:
    return {"success": False, "errors": [{"code": code, "message": message}], "messages": [], "result": None}


OPENAI_ROWS = [
    (401, openai_error(code="invalid_api_key"), Kind.AUTH),
    (403, openai_error("Country not supported", code="unsupported_country_region_territory"), Kind.AUTH),
    (403, openai_error(code="model_not_found"), Kind.MODEL),
    (404, openai_error("The model `x` does not exist", code="model_not_found"), Kind.MODEL),
    (404, openai_error('model "x" not found, try pulling it first', type="api_error"), Kind.MODEL),
    (429, openai_error(type="requests", code="rate_limit_exceeded"), Kind.RATE_LIMITED),
    (429, openai_error(type="tokens", code="rate_limit_exceeded"), Kind.RATE_LIMITED),
    (429, openai_error(type="insufficient_quota", code="insufficient_quota"), Kind.QUOTA),
    (429, openai_error(code="project_spend_limit_reached"), Kind.QUOTA),
    (429, openai_error("You need to pay", code="billing_not_active"), Kind.QUOTA),
    (402, openai_error("Insufficient credits"), Kind.QUOTA),
    (400, openai_error("Insufficient balance"), Kind.QUOTA),
    (500, openai_error(type="server_error"), Kind.UPSTREAM),
    (502, "<html><h1>Bad Gateway</h1></html>", Kind.UPSTREAM),
    (503, openai_error("Slow down", type="service_unavailable_error", code="slow_down"), Kind.OVERLOADED),
    (504, "", Kind.UPSTREAM),
    (408, openai_error("Too slow"), Kind.TIMEOUT),
    (409, openai_error("Conflict"), Kind.UPSTREAM),
    (413, "too large", Kind.CONTEXT),
    (400, openai_error(code="context_length_exceeded", param="messages"), Kind.CONTEXT),
    (400, {"object": "error", "message": "This model's maximum context length is 4096 tokens."}, Kind.CONTEXT),
    (400, openai_error("the request exceeds the available context size"), Kind.CONTEXT),
    (400, openai_error(code="invalid_json_schema", param="response_format"), Kind.SCHEMA),
    (400, openai_error("Invalid schema for response_format 'answer'"), Kind.SCHEMA),
    (400, openai_error("tool_choice is not supported", param="tool_choice"), Kind.SCHEMA),
    (422, {"detail": "response_format: json_schema is not supported"}, Kind.SCHEMA),
    (400, openai_error("The model `x` has been decommissioned", code="model_decommissioned"), Kind.MODEL),
    (400, openai_error("The model `x` has been deprecated and is no longer supported."), Kind.MODEL),
    (400, openai_error("Your request was flagged", code="content_policy_violation"), Kind.REFUSED),
    (400, openai_error("Filtered by the content management policy"), Kind.REFUSED),
    (400, openai_error("Invalid type", param="messages"), Kind.BAD_REQUEST),
    (400, openai_error("'n' is not supported", code="unsupported_parameter", param="n"), Kind.BAD_REQUEST),
    (418, openai_error("A teapot"), Kind.BAD_REQUEST),
    (422, {"detail": [{"loc": ["body"]}]}, Kind.BAD_REQUEST),
    (301, "", Kind.UPSTREAM),
    (200, {"message": "The server is busy", "type": "overloaded_error"}, Kind.OVERLOADED),
    (200, {"error": {"code": 429, "message": "Rate limited upstream"}}, Kind.RATE_LIMITED),
    (200, {"error": {"code": 401, "message": "No auth"}}, Kind.AUTH),
    (200, {"error": "something"}, Kind.MALFORMED),
]
ANTHROPIC_ROWS = [
    (401, anthropic_error("authentication_error"), Kind.AUTH),
    (403, anthropic_error("permission_error"), Kind.AUTH),
    (402, anthropic_error("billing_error"), Kind.QUOTA),
    (400, anthropic_error("invalid_request_error", "Your credit balance is too low"), Kind.QUOTA),
    (429, anthropic_error("rate_limit_error"), Kind.RATE_LIMITED),
    (429, anthropic_error("rate_limit_error", code="enforced_spend_limit_reached"), Kind.QUOTA),
    (429, anthropic_error("rate_limit_error", code="a_new_spend_limit_reached"), Kind.QUOTA),
    (404, anthropic_error("not_found_error"), Kind.MODEL),
    (413, anthropic_error("request_too_large"), Kind.CONTEXT),
    (400, anthropic_error("invalid_request_error", "prompt is too long: 9 tokens > 8 maximum"), Kind.CONTEXT),
    (
        400,
        anthropic_error("invalid_request_error", "input length and `max_tokens` exceed context limit: 9 + 2 > 10"),
        Kind.CONTEXT,
    ),
    (400, anthropic_error("invalid_request_error", "output_config.format.schema: too deep"), Kind.SCHEMA),
    (400, anthropic_error("invalid_request_error", "tools.0.input_schema: not allowed"), Kind.SCHEMA),
    (400, anthropic_error("invalid_request_error", "messages: at least one is required"), Kind.BAD_REQUEST),
    (500, anthropic_error("api_error"), Kind.UPSTREAM),
    (504, anthropic_error("timeout_error"), Kind.TIMEOUT),
    (529, anthropic_error("overloaded_error"), Kind.OVERLOADED),
    (200, anthropic_error("overloaded_error"), Kind.OVERLOADED),
    (200, anthropic_error("api_error"), Kind.UPSTREAM),
]
CLOUDFLARE_ROWS = [
    (403, cloudflare_error(3041), Kind.AUTH),
    (403, cloudflare_error(5016), Kind.AUTH),
    (403, cloudflare_error(5018), Kind.AUTH),
    (403, cloudflare_error(3023), Kind.AUTH),
    (429, cloudflare_error(3040), Kind.RATE_LIMITED),
    (429, cloudflare_error(3036), Kind.QUOTA),
    (408, cloudflare_error(3007), Kind.TIMEOUT),
    (413, cloudflare_error(3006), Kind.CONTEXT),
    (400, cloudflare_error(5007), Kind.MODEL),
    (404, cloudflare_error(3042), Kind.MODEL),
    (400, cloudflare_error(5004), Kind.BAD_REQUEST),
    (500, {"success": False, "errors": []}, Kind.UPSTREAM),
]
ROWS = [
    *((OPENAI, *row) for row in OPENAI_ROWS),
    *((ANTHROPIC, *row) for row in ANTHROPIC_ROWS),
    *((CLOUDFLARE, *row) for row in CLOUDFLARE_ROWS),
]


@pytest.mark.parametrize(("vendor", "status", "body", "kind"), ROWS)
def test_an_error_answer_is_the_kind_the_table_of_failures_says(
    vendor: Vendor, status: int, body: object, kind: Kind
) -> None:
    assert fault(vendor, status, body).kind is kind


@pytest.mark.parametrize(
    ("vendor", "body", "parameter"),
    [
        (OPENAI, openai_error(code="unsupported_value", param="temperature"), "temperature"),
        (OPENAI, openai_error("Unsupported parameter: 'seed'"), "seed"),
        (OPENAI, openai_error(code="unsupported_parameter", param="reasoning_effort"), "effort"),
        (OPENAI, openai_error("use max_completion_tokens", param="max_tokens"), "max_output_tokens"),
        (OPENAI, openai_error("max_tokens is too large: 9", param="max_completion_tokens"), "max_output_tokens"),
        (ANTHROPIC, anthropic_error("invalid_request_error", "temperature: is deprecated"), "temperature"),
        (ANTHROPIC, anthropic_error("invalid_request_error", "max_tokens: 99 > 64"), "max_output_tokens"),
        (ANTHROPIC, anthropic_error("invalid_request_error", "output_config.effort: no"), "effort"),
        (CLOUDFLARE, cloudflare_error(5006, "Bad input: '/seed' is not supported"), "seed"),
    ],
)
def test_a_refused_parameter_is_named_as_we_name_it(vendor: Vendor, body: object, parameter: str) -> None:
    told = fault(vendor, 400, body)

    assert (told.kind, told.parameter, told.billed) == (Kind.PARAM, parameter, "no")


def test_a_fault_carries_what_the_vendor_said_about_it() -> None:
    body = openai_error("Rate limit\nreached", type="requests", code="rate_limit_exceeded")

    told = fault(OPENAI, 429, body, retry_after="12", x_request_id="req_9")

    assert told == ProviderFault(
        Kind.RATE_LIMITED,
        "vendor answered 429: Rate limit reached",
        status=429,
        code="rate_limit_exceeded",
        retry_after=12.0,
        request_id="req_9",
        billed="no",
    )


def test_a_page_and_a_silence_are_told_in_our_words() -> None:
    page, silence = fault(OPENAI, 502, " <!doctype html><p>secret"), fault(OPENAI, 500, None)

    assert page.message == "vendor answered 502: a page instead of an error"
    assert silence.message == "vendor answered 500: no explanation"


@pytest.mark.parametrize(
    ("status", "kind", "billed"), [(500, "upstream", "no"), (408, "timeout", "maybe"), (200, "malformed", "maybe")]
)
def test_an_answer_that_may_have_been_written_may_be_billed(status: int, kind: str, billed: str) -> None:
    told = fault(OPENAI, status, "?")

    assert (told.kind, told.billed) == (kind, billed)


def test_every_error_type_of_the_anthropic_sdk_has_a_row() -> None:
    assert set(get_args(ErrorType)) - ANTHROPIC.types.keys() == set()


def test_every_error_code_any_anthropic_endpoint_may_answer_has_a_row() -> None:
    known = set(_anthropic_codes())

    assert "enforced_spend_limit_reached" in known
    assert known - ANTHROPIC.codes.keys() == set()


def _anthropic_codes() -> Iterator[str]:
    for module in pkgutil.iter_modules(anthropic_errors.__path__):
        if module.name.endswith("_error_details"):
            loaded = importlib.import_module(f"{anthropic_errors.__name__}.{module.name}")
            for model in vars(loaded).values():
                field = getattr(model, "model_fields", {}).get("error_code")
                yield from get_args(field.annotation) if field else ()


MOCK_KINDS = {
    "429": Kind.RATE_LIMITED,
    "quota": Kind.QUOTA,
    "401": Kind.AUTH,
    "402": Kind.QUOTA,
    "404": Kind.MODEL,
    "400": Kind.BAD_REQUEST,
    "500": Kind.UPSTREAM,
    "529": Kind.OVERLOADED,
    "ctx": Kind.CONTEXT,
    "temp": Kind.PARAM,
    "seed": Kind.PARAM,
    "schema": Kind.SCHEMA,
    "tools": Kind.SCHEMA,
}


def test_every_error_the_mock_words_has_a_kind_of_its_own() -> None:
    openai = {
        name: fault(OPENAI, status, openai_error(message, type=kind, code=code, param=param)).kind
        for name, (status, kind, code, param, message) in mock_openai.ERRORS.items()
    }
    claude = {
        name: fault(ANTHROPIC, status, anthropic_error(kind, message)).kind
        for name, (status, kind, message) in mock_anthropic.ERRORS.items()
    }
    cloudflare = {
        name: fault(CLOUDFLARE, status, cloudflare_error(code, message)).kind
        for name, (status, code, message) in mock_cloudflare.ERRORS.items()
    }

    assert openai == MOCK_KINDS
    assert claude == MOCK_KINDS
    assert cloudflare == MOCK_KINDS | {"529": Kind.RATE_LIMITED}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "300"}, 300.0),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after-ms": "2500", "retry-after": "3"}, 2.5),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "9" * 400}, None),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
        ({"retry-after": "Wed, 99 Oct 2015 07:28:00 GMT"}, None),
        ({"retry-after": "Wed, 21 Oct 99999999999999999999 07:28:00 GMT"}, None),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 +99999999999999"}, None),
    ],
)
def test_retry_after_is_read_in_each_of_its_forms(headers: Mapping[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


def test_retry_after_as_a_date_counts_from_now() -> None:
    at = datetime.now(UTC) + timedelta(seconds=90)

    seconds = retry_after({"retry-after": format_datetime(at, usegmt=True)})

    assert seconds is not None
    assert 80 < seconds <= 90


def test_an_exception_without_an_answer_is_no_error_answer() -> None:
    assert answer_in(ValueError("no")) is None
