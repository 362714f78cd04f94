"""Requests to the mock as the vendors' clients send them, wire by wire."""

from __future__ import annotations

import json

import httpx

from granulator.model import Json, JsonObject
from tests.mock_server import MockAi

WIRES = ("openai", "anthropic", "run", "chat")
SCHEMA: JsonObject = {
    "type": "object",
    "properties": {"title": {"type": "string"}, "pages": {"type": "integer", "minimum": 1}},
    "required": ["title", "pages"],
    "additionalProperties": False,
}


CLIENT = httpx.Client(timeout=5, trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))
"""Every call has a connection of its own: what a fault leaves of one must not reach the next."""


def path_of(wire: str, model: str) -> str:
    account = "/client/v4/accounts/acme/ai"
    return {
        "openai": "/v1/chat/completions",
        "anthropic": "/v1/messages",
        "run": f"{account}/run/{model.replace('#', '%23')}",
        "chat": f"{account}/v1/chat/completions",
    }[wire]


def body_of(wire: str, model: str, prompt: str = "Say something about tides.", **more: Json) -> JsonObject:
    named: JsonObject = {} if wire == "run" else {"model": model}
    return named | {"messages": [{"role": "user", "content": prompt}], "max_tokens": 20_000, **more}


def wanting(wire: str, schema: JsonObject) -> JsonObject:
    """Return what asks for JSON of a schema on this wire."""
    if wire == "anthropic":
        return {"output_config": {"format": {"type": "json_schema", "schema": schema}}}
    given: JsonObject = schema if wire == "run" else {"name": "answer", "strict": True, "schema": schema}
    return {"response_format": {"type": "json_schema", "json_schema": given}}


def post(mock: MockAi, wire: str, scenario: str = "ok", **more: Json) -> httpx.Response:
    model = f"model-1#{scenario}"
    return CLIENT.post(f"{mock.url}{path_of(wire, model)}", json=body_of(wire, model, **more))


def text_of(wire: str, answer: JsonObject) -> str:
    """Return the text of a whole answer."""
    match wire:
        case "anthropic":
            return str(answer["content"][0]["text"])
        case "run":
            said = answer["result"]["response"]
            return said if isinstance(said, str) else json.dumps(said)
        case _:
            return str(answer["choices"][0]["message"]["content"])


def raw(mock: MockAi, wire: str, scenario: str, **more: Json) -> bytes:
    """Return a request as it stands on the wire."""
    body = json.dumps(body_of(wire, f"m#{scenario}", **more)).encode()
    head = f"POST {path_of(wire, f'm#{scenario}')} HTTP/1.1\r\nhost: mock\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body
