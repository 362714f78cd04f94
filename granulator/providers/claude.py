"""The Claude adapter: Anthropic messages through its SDK, streamed whenever a plain answer would take too long.

As in ``openai.py`` the SDK gives the client, its transport and its reading of streams, and no typed resource.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from granulator.model import JsonObject, Usage
from granulator.providers.base import Deadline, EventSink, GenRequest, GenResult, Stop
from granulator.providers.faults import ANTHROPIC, ErrorAnswer, Unusable
from granulator.providers.heard import Heard
from granulator.providers.openai import count, is_event_stream
from granulator.providers.transport import (
    CONNECT_SECONDS,
    Line,
    Loaded,
    Transport,
    http_client,
    json_body,
    usable_key,
)

if TYPE_CHECKING:
    import httpx2
    from anthropic import AsyncAnthropic, AsyncStream, Timeout

BASE_URL = "https://api.anthropic.com"

PLAIN_TOKENS = 21_333
"""Above this many output tokens an answer may take more than ten minutes, and idle connections get cut on the way."""

STOPS: Mapping[str, Stop] = {
    "end_turn": Stop.COMPLETE,
    "stop_sequence": Stop.COMPLETE,
    "max_tokens": Stop.TRUNCATED,
    "tool_use": Stop.TOOL,
    "refusal": Stop.REFUSED,
    "model_context_window_exceeded": Stop.CONTEXT_FULL,
    "pause_turn": Stop.UNKNOWN,
}
"""``stop_reason`` in our words; a paused turn is not a whole answer."""


@dataclass(frozen=True, slots=True)
class _Sdk:
    client: AsyncAnthropic
    response: type[httpx2.Response]
    stream: type[AsyncStream[object]]
    timeout: type[Timeout]


class ClaudeProvider:
    """Anthropic's messages API."""

    def __init__(
        self,
        name: str,
        *,
        api_key: str,
        base_url: str | None = None,
        transport: Transport = "aiohttp",
        max_connections: int = 256,
    ) -> None:
        self.name = name
        self._api_key = usable_key(name, api_key)
        self._base_url = base_url or BASE_URL
        self._transport, self._max_connections = transport, max_connections
        self._line = Line(name, ANTHROPIC, slots=max_connections, secrets=(self._api_key,))
        self._sdk = Loaded(self._load, lambda sdk: sdk.client.close())

    async def complete(self, request: GenRequest, deadline: Deadline, on_event: EventSink | None = None) -> GenResult:
        """Make one call; with ``on_event``, or when it may be long, it is streamed. Raises ProviderFault."""
        heard = Heard(request, on_event)
        async with self._line.call(deadline, heard):
            sdk = await self._sdk.get()
            patience = sdk.timeout(deadline.remaining(), connect=min(deadline.remaining(), CONNECT_SECONDS))
            heard.is_sent = True
            if request.profile.supports_streaming and (on_event or request.max_output_tokens > PLAIN_TOKENS):
                await self._stream(sdk, patience, heard)
            else:
                await self._plain(sdk, patience, heard)
        return heard.result()

    async def warm_up(self) -> None:
        """Load the SDK and build its client, in a thread."""
        await self._sdk.get()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._sdk.aclose()

    def _load(self) -> _Sdk:
        anthropic = import_module("anthropic")
        # With a key given the SDK looks for no other credential; a key of its own comes from nowhere else.
        client: AsyncAnthropic = anthropic.AsyncAnthropic(
            api_key=self._api_key,
            base_url=self._base_url,
            max_retries=0,
            open_telemetry=False,
            http_client=http_client(anthropic, self._transport, self._max_connections),
        )
        client._custom_headers = {}  # what ANTHROPIC_CUSTOM_HEADERS says
        return _Sdk(
            client,
            response=import_module("httpx2").Response,
            stream=anthropic.AsyncStream[object],
            timeout=anthropic.Timeout,
        )

    async def _plain(self, sdk: _Sdk, patience: Timeout, heard: Heard) -> None:
        response = await sdk.client.post(
            "/v1/messages",
            cast_to=sdk.response,
            body=message_body(heard.request, streams=False),
            options={"timeout": patience},
        )
        heard.request_id = response.headers.get("request-id")
        read_message(heard, json_body(response.content))

    async def _stream(self, sdk: _Sdk, patience: Timeout, heard: Heard) -> None:
        stream = await sdk.client.post(
            "/v1/messages",
            cast_to=object,
            body=message_body(heard.request, streams=True),
            options={"timeout": patience},
            stream=True,
            stream_cls=sdk.stream,
        )
        async with stream:
            heard.request_id = stream.response.headers.get("request-id")
            if is_event_stream(stream.response.headers):
                heard.is_streamed = True
                async for event in stream:
                    if read_event(heard, event):
                        break
                _finish_tool(heard)
            else:
                read_message(heard, json_body(await stream.response.aread()))


def message_body(request: GenRequest, *, streams: bool) -> JsonObject:
    """Return the body of a messages call; what the request leaves at None is not in it."""
    body: JsonObject = {
        "model": request.model,
        "max_tokens": request.max_output_tokens,
        "messages": [{"role": turn.role, "content": turn.content} for turn in request.messages],
    }
    optional = {"system": request.system or None, "temperature": request.temperature, "seed": request.seed}
    body |= {name: value for name, value in optional.items() if value is not None}
    body |= _structure(request)
    if streams:
        body["stream"] = True
    return body


def _structure(request: GenRequest) -> JsonObject:
    config: JsonObject = {} if request.effort is None else {"effort": request.effort}
    if request.mode == "strict":
        config["format"] = {"type": "json_schema", "schema": request.schema}
    structure: JsonObject = {"output_config": config} if config else {}
    if request.mode == "tool":
        name = request.schema_name
        structure["tools"] = [{"name": name, "strict": True, "input_schema": request.schema}]
        structure["tool_choice"] = {"type": "tool", "name": name}
    return structure


def read_message(heard: Heard, body: object) -> None:
    """Take in a whole message. Raises ErrorAnswer and Unusable."""
    if not isinstance(body, Mapping):
        raise Unusable("an answer that is no JSON object")
    _read_head(heard, body)
    heard.is_counted = heard.usage is not None
    if body.get("error"):
        raise ErrorAnswer(200, body)
    blocks = body.get("content")
    if not isinstance(blocks, list):
        raise Unusable("an answer without content")
    for block in blocks:
        if isinstance(block, Mapping):
            _read_block(heard, block)
    _read_stop(heard, body)
    heard.stop = heard.stop or Stop.UNKNOWN
    _finish_tool(heard)


def read_event(heard: Heard, event: object) -> bool:
    """Take in an event of a streamed message and return whether it is the last; those without words pass.

    Raises Unusable.
    """
    if not isinstance(event, Mapping):
        raise Unusable("an event that is no JSON object")
    message, delta = event.get("message"), event.get("delta")
    if event.get("type") == "message_start" and isinstance(message, Mapping):
        _read_head(heard, message)
    elif event.get("type") == "content_block_delta" and isinstance(delta, Mapping):
        _read_delta(heard, delta)
    elif event.get("type") == "message_delta" and isinstance(delta, Mapping):
        if isinstance(event.get("usage"), Mapping):
            heard.count(_usage(event["usage"], heard.usage))
        _read_stop(heard, delta)
    return event.get("type") == "message_stop"


def _read_head(heard: Heard, message: Mapping[str, object]) -> None:
    if isinstance(message.get("model"), str):
        heard.model = str(message["model"])
    heard.usage = _usage(message.get("usage"), heard.usage)


def _read_block(heard: Heard, block: Mapping[str, object]) -> None:
    if block.get("type") == "tool_use" and isinstance(block.get("input"), Mapping):
        heard.hear(json.dumps(block["input"], ensure_ascii=False))
    elif block.get("type") == "text":
        _take_text(heard, block.get("text"))


def _read_delta(heard: Heard, delta: Mapping[str, object]) -> None:
    if delta.get("type") == "input_json_delta" and isinstance(delta.get("partial_json"), str):
        heard.hear(str(delta["partial_json"]))
    elif delta.get("type") == "text_delta":
        _take_text(heard, delta.get("text"))


def _take_text(heard: Heard, text: object) -> None:
    if not isinstance(text, str):
        return
    if heard.request.mode == "tool":
        heard.asides.append(text)
    else:
        heard.hear(text)


def _read_stop(heard: Heard, ending: Mapping[str, object]) -> None:
    reason = ending.get("stop_reason")
    if not isinstance(reason, str):
        return
    heard.raw_stop = reason
    heard.stop = STOPS.get(reason, Stop.UNKNOWN)
    if heard.stop is Stop.REFUSED:
        heard.refusals.append(_why(ending.get("stop_details")) or heard.text or reason)


def _why(details: object) -> str:
    given = (details.get("explanation"), details.get("category")) if isinstance(details, Mapping) else ()
    return next((words for words in given if isinstance(words, str) and words), "")


def _finish_tool(heard: Heard) -> None:
    """Take the input of a tool as the object it is, once it is whole; one without members is never sent."""
    if heard.stop is Stop.TOOL:
        data = json_body("".join(heard.pieces).encode() or b"{}")
        heard.data = data if isinstance(data, dict) else None


def _usage(usage: object, before: Usage | None) -> Usage | None:
    """Return usage as ours counts it, cached parts inside the input; a later report overrides what it names."""
    if not isinstance(usage, Mapping):
        return before
    known = before or Usage()
    fresh = count(usage, "input_tokens") if _names(usage, "input_tokens") else _fresh(known)
    cached = count(usage, "cache_read_input_tokens") or known.cached_input_tokens
    five, hour = _written(usage, known)
    details = usage.get("output_tokens_details")
    thought = count(details, "thinking_tokens") if isinstance(details, Mapping) else known.reasoning_tokens
    spent = Usage(
        input_tokens=fresh + cached + five + hour,
        output_tokens=count(usage, "output_tokens") or known.output_tokens,
        cached_input_tokens=cached,
        cache_write_5m_tokens=five,
        cache_write_1h_tokens=hour,
        reasoning_tokens=thought,
    )
    return spent if spent.input_tokens else before


def _names(usage: Mapping[str, object], name: str) -> bool:
    return isinstance(usage.get(name), int)


def _fresh(known: Usage) -> int:
    cached = known.cached_input_tokens + known.cache_write_5m_tokens + known.cache_write_1h_tokens
    return known.input_tokens - cached


def _written(usage: Mapping[str, object], known: Usage) -> tuple[int, int]:
    split, total = usage.get("cache_creation"), count(usage, "cache_creation_input_tokens")
    if isinstance(split, Mapping):
        return count(split, "ephemeral_5m_input_tokens"), count(split, "ephemeral_1h_input_tokens")
    if total == 0 or total == known.cache_write_5m_tokens + known.cache_write_1h_tokens:
        return known.cache_write_5m_tokens, known.cache_write_1h_tokens
    return total, 0
