"""Whether a real answer is one that ``/openapi.json`` describes, judged by an independent JSON Schema validator."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import cast

import httpx
from jsonschema import Draft202012Validator, FormatChecker

from granulator.api import openapi
from granulator.api.routes import ENDPOINTS

Schema = dict[str, object]
DOCUMENT = json.loads(json.dumps(openapi.document(ENDPOINTS)))


def faults(answer: httpx.Response) -> list[str]:
    """What the document does not say of ``answer``; nothing for one that is described."""
    method = answer.request.method
    operation = operation_of("GET" if method == "HEAD" else method, answer.request.url.path)
    if operation is None:
        return [] if answer.status_code in (401, 404, 405) else [f"{method} {answer.request.url.path} is not described"]
    response = operation["responses"].get(str(answer.status_code))
    if response is None:
        return [f"status {answer.status_code} is not described: {answer.text[:300]}"]
    missing = [name for name in required_headers(response) if name not in answer.headers]
    return [*(f"header {name} is missing" for name in missing), *body_faults(response, answer)]


def body_faults(response: dict[str, dict[str, dict[str, Schema]]], answer: httpx.Response) -> list[str]:
    if answer.request.method == "HEAD":
        return []
    if "content" not in response:
        return [f"a body of {len(answer.content)} bytes is not described"] if answer.content else []
    media_type = answer.headers["content-type"].partition(";")[0]
    if media_type not in response["content"]:
        return [f"{media_type} is not described"]
    body = answer.json() if media_type == "application/json" else answer.text
    return disagreements(response["content"][media_type]["schema"], body)


def disagreements(schema: Schema, value: object) -> list[str]:
    """Where ``value`` is not what ``schema`` asks for; references are resolved in the document."""
    checker = Draft202012Validator({**schema, "components": DOCUMENT["components"]}, format_checker=FormatChecker())
    return [f"{error.json_path}: {error.message[:300]}" for error in checker.iter_errors(value)]


def operation_of(method: str, path: str) -> dict[str, dict[str, dict[str, dict[str, dict[str, Schema]]]]] | None:
    """The description of what answers at ``path``; a path that is spelled out goes before a pattern."""
    operations = DOCUMENT["paths"].get(path)
    if operations is None:
        operations = next((found for pattern, found in patterns() if re.fullmatch(pattern, path)), {})
    return cast("dict[str, dict[str, dict[str, dict[str, dict[str, Schema]]]]] | None", operations.get(method.lower()))


@cache
def patterns() -> list[tuple[str, dict[str, object]]]:
    return [(re.sub(r"{\w+}", "[^/]+", path), found) for path, found in DOCUMENT["paths"].items() if "{" in path]


def required_headers(response: dict[str, dict[str, dict[str, Schema]]]) -> list[str]:
    headers = DOCUMENT["components"]["headers"]
    return [name for name in response["headers"] if headers[name].get("required")]
