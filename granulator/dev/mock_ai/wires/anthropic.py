"""Anthropic's messages, plain and streamed."""

from __future__ import annotations

import json
from collections.abc import Mapping

from granulator.dev.mock_ai.asked import Asked, Form, Reply, Turn, mapping, number, rows, string, text_of
from granulator.dev.mock_ai.wires.base import Refusal, event, events
from granulator.model import Json, JsonObject

_STOPS = {"complete": "end_turn", "length": "max_tokens", "refuse": "refusal", "filter": "refusal"}

ERRORS: Mapping[str, tuple[int, str, str]] = {
    # name: status, type, message
    "429": (429, "rate_limit_error", "This request would exceed your organization's rate limit."),
    "quota": (429, "billing_error", "credit_balance_exhausted: your organization has used all of its credits."),
    "401": (401, "authentication_error", "invalid bearer token: {key}"),
    "402": (402, "billing_error", "Your credit balance is too low to access the API."),
    "404": (404, "not_found_error", "model: {model}"),
    "400": (400, "invalid_request_error", "messages.0.content: Input should be a valid string"),
    "500": (500, "api_error", "Internal server error"),
    "529": (529, "overloaded_error", "Overloaded"),
    "ctx": (400, "invalid_request_error", "prompt is too long: 214711 tokens > 200000 maximum"),
    "temp": (400, "invalid_request_error", "temperature: Extra inputs are not permitted"),
    "seed": (400, "invalid_request_error", "seed: Extra inputs are not permitted"),
    "schema": (400, "invalid_request_error", "output_config.format: this model does not support structured outputs"),
    "tools": (400, "invalid_request_error", "tools: this model does not support tools"),
}


class AnthropicWire:
    """``POST /v1/messages``."""

    request_id_header = "request-id"

    def read(self, body: Mapping[str, Json], model: str) -> Asked:
        """Return what a request asks for."""
        form, schema, tool = _form(body)
        system = text_of(body.get("system"))
        turns = [Turn(string(row.get("role")), text_of(row.get("content"))) for row in rows(body.get("messages"))]
        return Asked(
            model=model or string(body.get("model")),
            turns=(Turn("system", system), *turns) if system else tuple(turns),
            form=form,
            schema=schema,
            tool=tool,
            is_tool_forced=True,
            streams=body.get("stream") is True,
            max_tokens=number(body.get("max_tokens")),
            sent=frozenset(key for key, value in body.items() if value is not None),
        )

    def plain(self, reply: Reply, asked: Asked, ident: str) -> JsonObject:
        """Return a ``message``."""
        body = _message(asked, ident) | {
            "content": _content(reply, ident),
            "stop_reason": _stop(reply),
            "stop_details": _details(reply),
        }
        return body | {"usage": _usage(reply, reply.spent.output)} if reply.reports_usage else body

    def head(self, reply: Reply, asked: Asked, ident: str) -> bytes:
        """Return the start of the message and of its one block."""
        message = _message(asked, ident) | {"usage": _usage(reply, 1)}
        block: JsonObject = {"type": "text", "text": ""}
        if reply.form == "tool":
            block = {"type": "tool_use", "id": f"toolu_{ident}", "name": reply.tool, "input": {}}
        return events(
            [
                _named({"type": "message_start", "message": message}),
                _named({"type": "content_block_start", "index": 0, "content_block": block}),
                _named({"type": "ping"}),
            ]
        )

    def piece(self, text: str, reply: Reply, asked: Asked, ident: str) -> bytes:
        """Return one delta of the block."""
        delta: JsonObject = {"type": "text_delta", "text": text}
        if reply.form == "tool":
            delta = {"type": "input_json_delta", "partial_json": text}
        return _named({"type": "content_block_delta", "index": 0, "delta": delta})

    def tail(self, reply: Reply, asked: Asked, ident: str) -> bytes:
        """Return the end of the block and of the message, with the reason and the final usage."""
        delta: JsonObject = {"stop_reason": _stop(reply), "stop_sequence": None, "stop_details": _details(reply)}
        last: JsonObject = {"type": "message_delta", "delta": delta}
        if reply.reports_usage:
            last["usage"] = _usage(reply, reply.spent.output)
        return events(
            [
                _named({"type": "content_block_stop", "index": 0}),
                _named(last),
                _named({"type": "message_stop"}),
            ]
        )

    def refusal(self, name: str, asked: Asked, ident: str) -> Refusal:
        """Return an error as Anthropic words it."""
        status, kind, message = ERRORS[name]
        said = message.format(model=asked.base_model, key="bad-key")
        return Refusal(status, {"type": "error", "error": {"type": kind, "message": said}, "request_id": ident})

    def error_event(self, name: str, asked: Asked, ident: str) -> bytes:
        """Return an error as an event."""
        return _named(self.refusal(name, asked, ident).body)

    def oddity(self, name: str, asked: Asked, ident: str) -> JsonObject:
        """Return a 200 without an answer."""
        if name == "err200":
            return self.refusal("500", asked, ident).body
        spent: JsonObject = {"input_tokens": 1, "output_tokens": 1}
        body = _message(asked, ident) | {"stop_reason": "end_turn", "usage": spent}
        return body | {"content": [] if name == "emptychoices" else None}

    def odd_event(self, name: str, asked: Asked, ident: str) -> bytes:
        """Return a stream without an answer."""
        body = self.oddity(name, asked, ident)
        if name == "err200":
            return _named(body)
        delta: JsonObject = {"stop_reason": "end_turn", "stop_sequence": None}
        return events(
            [
                _named({"type": "message_start", "message": body | {"content": [], "stop_reason": None}}),
                _named({"type": "message_delta", "delta": delta, "usage": {"output_tokens": 1}}),
                _named({"type": "message_stop"}),
            ]
        )


def _form(body: Mapping[str, Json]) -> tuple[Form, Json, str]:
    wanted = mapping(mapping(body.get("output_config")).get("format"))
    if wanted.get("type") == "json_schema":
        return "schema", wanted.get("schema"), ""
    choice = mapping(body.get("tool_choice")).get("type", "auto")
    for tool in rows(body.get("tools")):
        if choice in ("tool", "any"):
            return "tool", tool.get("input_schema"), string(tool.get("name"))
    return "text", None, ""


def _named(data: JsonObject) -> bytes:
    return event(data, string(data["type"]))


def _message(asked: Asked, ident: str) -> JsonObject:
    return {
        "id": f"msg_{ident}",
        "type": "message",
        "role": "assistant",
        "model": asked.base_model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
    }


def _content(reply: Reply, ident: str) -> Json:
    if reply.form == "tool":
        return [_tool_use(reply, ident)]
    return [{"type": "text", "text": reply.text}]


def _tool_use(reply: Reply, ident: str) -> JsonObject:
    # A truncated call has no arguments that could be parsed: the API then sends what it has, which may be nothing.
    try:
        given: Json = json.loads(reply.text)
    except ValueError:
        given = {}
    return {"type": "tool_use", "id": f"toolu_{ident}", "name": reply.tool, "input": given}


def _stop(reply: Reply) -> str | None:
    if reply.stop == "complete" and reply.form == "tool":
        return "tool_use"
    return _STOPS[reply.stop] if reply.stop else None


def _details(reply: Reply) -> Json:
    if reply.stop not in ("refuse", "filter"):
        return None
    return {"type": "refusal", "category": "general_harms", "explanation": reply.text}


def _usage(reply: Reply, output: int) -> JsonObject:
    spent = reply.spent
    return {
        "input_tokens": spent.prompt - spent.cached - spent.written,
        "cache_read_input_tokens": spent.cached,
        "cache_creation_input_tokens": spent.written,
        "cache_creation": {"ephemeral_5m_input_tokens": spent.written, "ephemeral_1h_input_tokens": 0},
        "output_tokens": output,
        "service_tier": "standard",
    }
