"""OpenAI's chat completions, plain and streamed."""

from __future__ import annotations

from collections.abc import Mapping

from granulator.dev.mock_ai.asked import Asked, Form, Reply, Turn, mapping, number, rows, string, text_of
from granulator.dev.mock_ai.wires.base import Refusal, event, events
from granulator.model import Json, JsonObject

CREATED = 1_790_000_000
_DONE = b"data: [DONE]\n\n"
_FINISH = {"complete": "stop", "length": "length", "refuse": "stop", "filter": "content_filter"}
_SCHEMA_REFUSED = "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model."

ERRORS: Mapping[str, tuple[int, str, str | None, str | None, str]] = {
    # name: status, type, code, param, message
    "429": (429, "requests", "rate_limit_exceeded", None, "Rate limit reached for {model} on requests per minute."),
    "quota": (429, "insufficient_quota", "insufficient_quota", None, "You exceeded your current quota."),
    "401": (401, "invalid_request_error", "invalid_api_key", None, "Incorrect API key provided: {key}."),
    "402": (402, "insufficient_credits", "credit_balance_exhausted", None, "This account has no credits left."),
    "404": (404, "invalid_request_error", "model_not_found", "model", "The model `{model}` does not exist."),
    "400": (400, "invalid_request_error", None, "messages", "Invalid type for 'messages[0].content'."),
    "500": (500, "server_error", None, None, "The server had an error while processing your request."),
    "529": (529, "overloaded_error", "overloaded", None, "The engine is currently overloaded."),
    "ctx": (
        400,
        "invalid_request_error",
        "context_length_exceeded",
        "messages",
        "This model's maximum context length is 128000 tokens. Please reduce the length of the messages.",
    ),
    "temp": (
        400,
        "invalid_request_error",
        "unsupported_value",
        "temperature",
        "Unsupported value: 'temperature' does not support this value. Only the default (1) value is supported.",
    ),
    "seed": (400, "invalid_request_error", "unsupported_parameter", "seed", "Unsupported parameter: 'seed'."),
    "schema": (400, "invalid_request_error", None, "response_format", _SCHEMA_REFUSED),
    "tools": (400, "invalid_request_error", "unsupported_parameter", "tools", "Unsupported parameter: 'tools'."),
}


class OpenAiWire:
    """``POST /v1/chat/completions``."""

    request_id_header = "x-request-id"

    def read(self, body: Mapping[str, Json], model: str) -> Asked:
        """Return what a request asks for."""
        form, schema, tool = _form(body)
        limit = number(body.get("max_completion_tokens"))
        return Asked(
            model=model or string(body.get("model")),
            turns=tuple(
                Turn(string(row.get("role")), text_of(row.get("content"))) for row in rows(body.get("messages"))
            ),
            form=form,
            schema=schema,
            tool=tool,
            is_tool_forced=isinstance(body.get("tool_choice"), Mapping),
            streams=body.get("stream") is True,
            reports_usage=mapping(body.get("stream_options")).get("include_usage") is True,
            max_tokens=number(body.get("max_tokens")) if limit is None else limit,
            sent=frozenset(key for key, value in body.items() if value is not None),
        )

    def plain(self, reply: Reply, asked: Asked, ident: str) -> JsonObject:
        """Return a ``chat.completion``."""
        choice: JsonObject = {
            "index": 0,
            "message": _message(reply, ident),
            "logprobs": None,
            "finish_reason": _finish(reply, asked),
        }
        body = _envelope("chat.completion", asked, ident) | {"choices": [choice]}
        return body | {"usage": usage(reply)} if reply.reports_usage else body

    def head(self, reply: Reply, asked: Asked, ident: str) -> bytes:
        """Return the chunk with the role."""
        delta: JsonObject = {"role": "assistant", "content": None if reply.form == "tool" else "", "refusal": None}
        if reply.form == "tool":
            delta["tool_calls"] = [{"index": 0, **_tool_call(reply.tool, "", ident)}]
        return event(_chunk(delta, asked, ident))

    def piece(self, text: str, reply: Reply, asked: Asked, ident: str) -> bytes:
        """Return one chunk of text, refusal or tool arguments."""
        delta: JsonObject = {"content": text}
        if reply.form == "tool":
            delta = {"tool_calls": [{"index": 0, "function": {"arguments": text}}]}
        elif reply.stop == "refuse":
            delta = {"refusal": text}
        return event(_chunk(delta, asked, ident))

    def tail(self, reply: Reply, asked: Asked, ident: str) -> bytes:
        """Return the chunk with the reason, the one with the usage if it was asked for, and the end."""
        last = [event(_chunk({}, asked, ident, finish=_finish(reply, asked)))]
        if asked.reports_usage and reply.reports_usage:
            totals: JsonObject = {"choices": [], "usage": usage(reply)}
            last.append(event(_envelope("chat.completion.chunk", asked, ident) | totals))
        return events([*last, _DONE])

    def refusal(self, name: str, asked: Asked, ident: str) -> Refusal:
        """Return an error as OpenAI words it."""
        status, kind, code, param, message = ERRORS[name]
        said = message.format(model=asked.base_model, key="bad-key")
        return Refusal(status, {"error": {"message": said, "type": kind, "param": param, "code": code}})

    def error_event(self, name: str, asked: Asked, ident: str) -> bytes:
        """Return an error as an event."""
        return event(self.refusal(name, asked, ident).body)

    def oddity(self, name: str, asked: Asked, ident: str) -> JsonObject:
        """Return a 200 without an answer."""
        body = _envelope("chat.completion", asked, ident)
        if name == "err200":
            return body | {"choices": None, "error": {"message": "Provider returned error", "code": 502}}
        return body | {"choices": [] if name == "emptychoices" else None}

    def odd_event(self, name: str, asked: Asked, ident: str) -> bytes:
        """Return a stream without an answer."""
        return event(self.oddity(name, asked, ident) | {"object": "chat.completion.chunk"}) + _DONE


def usage(reply: Reply) -> JsonObject:
    """Return OpenAI's usage: cached tokens inside the prompt's, reasoning inside the completion's."""
    spent = reply.spent
    return {
        "prompt_tokens": spent.prompt,
        "completion_tokens": spent.output,
        "total_tokens": spent.prompt + spent.output,
        "prompt_tokens_details": {"cached_tokens": spent.cached, "cache_write_tokens": spent.written},
        "completion_tokens_details": {"reasoning_tokens": spent.reasoning},
    }


def _form(body: Mapping[str, Json]) -> tuple[Form, Json, str]:
    wanted = mapping(body.get("response_format"))
    if wanted.get("type") == "json_schema":
        return "schema", mapping(wanted.get("json_schema")).get("schema"), ""
    for tool in rows(body.get("tools")):
        if body.get("tool_choice", "auto") not in ("auto", "none"):
            function = mapping(tool.get("function"))
            return "tool", function.get("parameters"), string(function.get("name"))
    return ("json" if wanted.get("type") == "json_object" else "text"), None, ""


def _message(reply: Reply, ident: str) -> JsonObject:
    if reply.form == "tool":
        calls: Json = [_tool_call(reply.tool, reply.text, ident)]
        return {"role": "assistant", "content": None, "refusal": None, "tool_calls": calls}
    is_refused = reply.stop == "refuse"
    return {
        "role": "assistant",
        "content": None if is_refused else reply.text,
        "refusal": reply.text if is_refused else None,
    }


def _tool_call(name: str, arguments: str, ident: str) -> JsonObject:
    return {"id": f"call_{ident}", "type": "function", "function": {"name": name, "arguments": arguments}}


def _finish(reply: Reply, asked: Asked) -> str | None:
    if reply.stop == "complete" and reply.form == "tool" and not asked.is_tool_forced:
        return "tool_calls"
    return _FINISH[reply.stop] if reply.stop else None


def _envelope(kind: str, asked: Asked, ident: str) -> JsonObject:
    return {
        "id": f"chatcmpl-{ident}",
        "object": kind,
        "created": CREATED,
        "model": asked.base_model,
        "system_fingerprint": "fp_mock",
    }


def _chunk(delta: JsonObject, asked: Asked, ident: str, *, finish: str | None = None) -> JsonObject:
    choice: JsonObject = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return _envelope("chat.completion.chunk", asked, ident) | {"choices": [choice]}
