"""Cloudflare Workers AI: ``/ai/run/{model}`` in its own envelope, and OpenAI's format under its errors."""

from __future__ import annotations

import json
from collections.abc import Mapping

from granulator.dev.mock_ai.asked import Asked, Form, Reply, Turn, mapping, number, rows, string, text_of
from granulator.dev.mock_ai.wires.base import Refusal, event
from granulator.dev.mock_ai.wires.openai import OpenAiWire, usage
from granulator.model import Json, JsonObject

_DONE = b"data: [DONE]\n\n"
DEFAULT_MAX_TOKENS = 256

ERRORS: Mapping[str, tuple[int, int, str]] = {
    # name: status, code, message
    "429": (429, 3040, "AiError: Capacity temporarily exceeded, please try again."),
    "quota": (429, 3036, "AiError: you have used up your daily free allocation of 10,000 neurons."),
    "401": (401, 10000, "Authentication error: {key}"),
    "402": (402, 3036, "AiError: account limited, payment required."),
    "404": (404, 5007, "AiError: No such model {model} or task"),
    "400": (400, 5006, "AiError: Bad input: Error: oneOf at '/' not met"),
    "500": (500, 3043, "AiError: Internal server error"),
    "529": (529, 3040, "AiError: Overloaded, capacity temporarily exceeded."),
    "ctx": (413, 3006, "AiError: Request is too large: the context window of the model is exceeded."),
    "temp": (400, 5006, "AiError: Bad input: '/temperature' is not supported by this model"),
    "seed": (400, 5006, "AiError: Bad input: '/seed' is not supported by this model"),
    "schema": (400, 5025, "AiError: This model doesn't support JSON Schema: '/response_format'."),
    "tools": (400, 5006, "AiError: Bad input: '/tools' is not supported by this model"),
}


def refusal(name: str, asked: Asked) -> Refusal:
    """Return an error as Cloudflare words it."""
    status, code, message = ERRORS[name]
    said = message.format(model=asked.base_model, key="bad-key")
    return Refusal(
        status, {"success": False, "errors": [{"code": code, "message": said}], "messages": [], "result": None}
    )


class CloudflareChatWire(OpenAiWire):
    """``POST /client/v4/accounts/{id}/ai/v1/chat/completions``."""

    request_id_header = "cf-ray"

    def refusal(self, name: str, asked: Asked, ident: str) -> Refusal:
        """Return an error in Cloudflare's envelope."""
        return refusal(name, asked)


class CloudflareRunWire:
    """``POST /client/v4/accounts/{id}/ai/run/{model}``."""

    request_id_header = "cf-ray"

    def read(self, body: Mapping[str, Json], model: str) -> Asked:
        """Return what a request asks for; without a limit the answer has 256 tokens, as at the vendor."""
        form, schema = _form(body)
        turns = [Turn(string(row.get("role")), text_of(row.get("content"))) for row in rows(body.get("messages"))]
        limit = number(body.get("max_tokens"))
        return Asked(
            model=model,
            turns=tuple(turns) or (Turn("user", string(body.get("prompt"))),),
            form=form,
            schema=schema,
            streams=body.get("stream") is True,
            max_tokens=DEFAULT_MAX_TOKENS if limit is None else limit,
            sent=frozenset(key for key, value in body.items() if value is not None),
        )

    def plain(self, reply: Reply, asked: Asked, ident: str) -> JsonObject:
        """Return the envelope; JSON that was asked for comes parsed, if it parses."""
        result: JsonObject = {"response": _parsed(reply)}
        return _envelope(result | {"usage": usage(reply)} if reply.reports_usage else result)

    def head(self, reply: Reply, asked: Asked, ident: str) -> bytes:
        """Return nothing: the stream begins with its text."""
        return b""

    def piece(self, text: str, reply: Reply, asked: Asked, ident: str) -> bytes:
        """Return one event of text."""
        return event({"response": text, "p": ident[:8]})

    def tail(self, reply: Reply, asked: Asked, ident: str) -> bytes:
        """Return the usage and the end."""
        totals: JsonObject = {"usage": usage(reply)} if reply.reports_usage else {}
        return event({"response": ""} | totals) + _DONE

    def refusal(self, name: str, asked: Asked, ident: str) -> Refusal:
        """Return an error in Cloudflare's envelope."""
        return refusal(name, asked)

    def error_event(self, name: str, asked: Asked, ident: str) -> bytes:
        """Return an error as an event."""
        return event(refusal(name, asked).body)

    def oddity(self, name: str, asked: Asked, ident: str) -> JsonObject:
        """Return a 200 without an answer."""
        if name == "err200":
            return refusal("500", asked).body
        return _envelope({} if name == "emptychoices" else None)

    def odd_event(self, name: str, asked: Asked, ident: str) -> bytes:
        """Return a stream without an answer."""
        if name == "err200":
            return self.error_event("500", asked, ident)
        return event({"response": None}) + _DONE if name == "nullchoices" else _DONE


def _form(body: Mapping[str, Json]) -> tuple[Form, Json]:
    wanted = mapping(body.get("response_format"))
    if wanted.get("type") == "json_schema":
        given = mapping(wanted.get("json_schema"))
        # The documentation shows the bare schema, the OpenAI-shaped endpoint a wrapped one: take both.
        return "schema", given.get("schema") if isinstance(given.get("schema"), Mapping) else given
    return ("json" if wanted.get("type") == "json_object" else "text"), None


def _envelope(result: Json) -> JsonObject:
    return {"result": result, "success": True, "errors": [], "messages": []}


def _parsed(reply: Reply) -> Json:
    if reply.form != "schema":
        return reply.text
    try:
        parsed: Json = json.loads(reply.text)
    except ValueError:
        return reply.text
    return parsed
