"""The OpenAI adapter, and the chat-completions format that OpenAI and the servers compatible with it speak.

The SDK gives the client, its transport and its reading of streams. Its typed resources are left alone: they take 0.6 s
to load, build a model object per chunk, and an answer of an unexpected shape reaches us unchecked anyway.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, cast

from granulator.model import Json, JsonObject, Usage
from granulator.providers.base import Deadline, EventSink, GenRequest, GenResult, Stop
from granulator.providers.faults import OPENAI, ErrorAnswer, Unusable
from granulator.providers.heard import Heard
from granulator.providers.transport import (
    CONNECT_SECONDS,
    TAIL_SECONDS,
    Line,
    Loaded,
    Transport,
    end_soon,
    http_client,
    json_body,
    usable_key,
)

if TYPE_CHECKING:
    import httpx2
    from openai import AsyncOpenAI, AsyncStream, Omit, Timeout

BASE_URL = "https://api.openai.com/v1"

STOPS: Mapping[str, Stop] = {
    "stop": Stop.COMPLETE,
    "eos": Stop.COMPLETE,
    "end_turn": Stop.COMPLETE,
    "length": Stop.TRUNCATED,
    "max_tokens": Stop.TRUNCATED,
    "model_length": Stop.CONTEXT_FULL,
    "content_filter": Stop.FILTERED,
    "tool_calls": Stop.TOOL,
    "function_call": Stop.TOOL,
}
"""``finish_reason`` in our words: OpenAI's own and those of compatible servers."""

TOKENS_MAX = 100_000_000
"""A hundred times the largest context: a larger number is an error, and no bill is made of it."""


@dataclass(frozen=True, slots=True)
class _Sdk:
    client: AsyncOpenAI
    response: type[httpx2.Response]
    stream: type[AsyncStream[object]]
    timeout: type[Timeout]
    omit: Omit


class OpenAiProvider:
    """OpenAI, or any server that speaks its chat completions at ``base_url``; without a key none is sent."""

    def __init__(
        self,
        name: str,
        *,
        api_key: str,
        base_url: str | None = None,
        transport: Transport = "aiohttp",
        max_connections: int = 256,
        tail_seconds: float = TAIL_SECONDS,
    ) -> None:
        self.name = name
        self._tail_seconds = tail_seconds
        self._api_key = usable_key(name, api_key)
        self._base_url = base_url or BASE_URL
        self._transport, self._max_connections = transport, max_connections
        self._line = Line(name, OPENAI, slots=max_connections, secrets=(self._api_key,))
        self._sdk = Loaded(self._load, lambda sdk: sdk.client.close())

    async def complete(self, request: GenRequest, deadline: Deadline, on_event: EventSink | None = None) -> GenResult:
        """Make one call; with ``on_event`` it is streamed if the model can. Raises ProviderFault."""
        heard = Heard(request, on_event)
        async with self._line.call(deadline, heard):
            sdk = await self._sdk.get()
            patience = sdk.timeout(deadline.remaining(), connect=min(deadline.remaining(), CONNECT_SECONDS))
            heard.is_sent = True
            if on_event is not None and request.profile.supports_streaming:
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
        openai = import_module("openai")
        # At every call the SDK looks whether httpx is loaded too, and breaks on one that a webhook is just loading.
        import_module("httpx")
        client: AsyncOpenAI = openai.AsyncOpenAI(
            api_key=self._api_key or "none",
            base_url=self._base_url,
            max_retries=0,
            http_client=http_client(openai, self._transport, self._max_connections),
        )
        # What the SDK takes from the environment (OPENAI_ORG_ID, OPENAI_CUSTOM_HEADERS, ...) is for another server.
        client.organization = client.project = client.admin_api_key = None
        client._custom_headers = {}
        return _Sdk(
            client,
            response=import_module("httpx2").Response,
            stream=openai.AsyncStream[object],
            timeout=openai.Timeout,
            omit=openai.omit,
        )

    async def _plain(self, sdk: _Sdk, patience: Timeout, heard: Heard) -> None:
        response = await sdk.client.post(
            "/chat/completions",
            cast_to=sdk.response,
            body=chat_body(heard.request, streams=False),
            options={"timeout": patience, "headers": self._headers(sdk)},
        )
        heard.request_id = response.headers.get("x-request-id")
        read_chat(heard, json_body(response.content))

    async def _stream(self, sdk: _Sdk, patience: Timeout, heard: Heard) -> None:
        stream = await sdk.client.post(
            "/chat/completions",
            cast_to=object,
            body=chat_body(heard.request, streams=True),
            options={"timeout": patience, "headers": self._headers(sdk)},
            stream=True,
            stream_cls=sdk.stream,
        )
        async with stream:
            heard.request_id = stream.response.headers.get("x-request-id")
            if is_event_stream(stream.response.headers):
                heard.is_streamed = True
                async with asyncio.timeout(None) as limit:
                    async for chunk in stream:
                        read_chat_chunk(heard, chunk)
                        end_soon(heard, limit, self._tail_seconds)
            else:
                read_chat(heard, json_body(await stream.response.aread()))

    def _headers(self, sdk: _Sdk) -> dict[str, str | Omit]:
        return {} if self._api_key else {"Authorization": sdk.omit}


def chat_body(request: GenRequest, *, streams: bool) -> JsonObject:
    """Return the body of a chat completion; what the request leaves at None is not in it."""
    system: list[Json] = [{"role": "system", "content": request.system}] if request.system else []
    body: JsonObject = {
        "model": request.model,
        "messages": [*system, *({"role": turn.role, "content": turn.content} for turn in request.messages)],
        request.profile.token_param: request.max_output_tokens,
    }
    optional = {"temperature": request.temperature, "seed": request.seed, "reasoning_effort": request.effort}
    body |= {name: value for name, value in optional.items() if value is not None}
    body |= _structure(request)
    if streams:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    return body


def _structure(request: GenRequest) -> JsonObject:
    name = request.schema_name
    if request.mode == "strict":
        schema: JsonObject = {"name": name, "strict": True, "schema": request.schema}
        return {"response_format": {"type": "json_schema", "json_schema": schema}}
    if request.mode == "tool":
        function: JsonObject = {"name": name, "strict": True, "parameters": request.schema}
        choice: JsonObject = {"type": "function", "function": {"name": name}}
        return {"tools": [{"type": "function", "function": function}], "tool_choice": choice}
    return {"response_format": {"type": "json_object"}} if request.mode == "json" else {}


def is_event_stream(headers: Mapping[str, str]) -> bool:
    """Return whether an answer is the stream that was asked for; some servers answer in one piece."""
    return headers.get("content-type", "").lower().startswith("text/event-stream")


def read_chat(heard: Heard, body: object) -> None:
    """Take in a whole chat completion. Raises ErrorAnswer and Unusable."""
    choice = _choice(heard, body)
    if choice is None:
        raise Unusable("an answer without choices")
    message = choice.get("message")
    if not isinstance(message, Mapping):
        raise Unusable("an answer without a message")
    _read_words(heard, message)
    _read_stop(heard, choice)
    heard.stop = heard.stop or Stop.UNKNOWN


def read_chat_chunk(heard: Heard, chunk: object) -> None:
    """Take in a chunk of a streamed chat completion. Raises ErrorAnswer and Unusable."""
    choice = _choice(heard, chunk)
    if choice is None:
        return
    delta = choice.get("delta")
    if isinstance(delta, Mapping):
        _read_words(heard, delta)
    _read_stop(heard, choice)


def _choice(heard: Heard, body: object) -> Mapping[str, object] | None:
    if not isinstance(body, Mapping):
        raise Unusable("an answer that is no JSON object")
    if isinstance(body.get("model"), str):
        heard.model = body["model"] or heard.model
    heard.count(read_usage(body.get("usage")))
    if body.get("error"):
        raise ErrorAnswer(200, body)
    choices = body.get("choices")
    # Only one is asked for; a server that sends more must not have them mixed.
    first = [c for c in choices if isinstance(c, Mapping) and not c.get("index")] if isinstance(choices, list) else []
    return cast("Mapping[str, object]", first[0]) if first else None


def _read_words(heard: Heard, message: Mapping[str, object]) -> None:
    refusal = message.get("refusal")
    if isinstance(refusal, str):
        heard.refusals.append(refusal)
    content = _content(message.get("content"))
    if heard.request.mode == "tool":
        heard.asides.append(content)
        content = _arguments(message.get("tool_calls"))
    heard.hear(content)


def _content(content: object) -> str:
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    texts = (part.get("text") for part in parts if isinstance(part, Mapping))
    return "".join(text for text in texts if isinstance(text, str))


def _arguments(calls: object) -> str:
    call = calls[0] if isinstance(calls, list) and calls else None
    function = call.get("function") if isinstance(call, Mapping) and call.get("index", 0) == 0 else None
    arguments = function.get("arguments") if isinstance(function, Mapping) else None
    return arguments if isinstance(arguments, str) else ""


def _read_stop(heard: Heard, choice: Mapping[str, object]) -> None:
    reason = choice.get("finish_reason")
    if not isinstance(reason, str) or not reason:
        return
    heard.raw_stop = reason
    # A refusal ends with the finish reason of a whole answer.
    heard.stop = Stop.REFUSED if "".join(heard.refusals) else STOPS.get(reason, Stop.UNKNOWN)


def read_usage(usage: object) -> Usage | None:
    """Return the usage of a chat completion; None where none is given: no prompt has 0 tokens."""
    if not isinstance(usage, Mapping):
        return None
    read, written = _details(usage, "prompt_tokens_details"), _details(usage, "completion_tokens_details")
    spent = Usage(
        input_tokens=count(usage, "prompt_tokens"),
        output_tokens=count(usage, "completion_tokens"),
        cached_input_tokens=count(read, "cached_tokens"),
        cache_write_5m_tokens=count(read, "cache_write_tokens"),
        reasoning_tokens=count(written, "reasoning_tokens"),
    )
    return spent if spent.input_tokens else None


def _details(usage: Mapping[str, object], name: str) -> Mapping[str, object]:
    details = usage.get(name)
    return details if isinstance(details, Mapping) else {}


def count(usage: Mapping[str, object], name: str) -> int:
    """Return a number of tokens, 0 where none is given, or none that can be meant."""
    value = usage.get(name)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return 0
    return value if 0 <= value <= TOKENS_MAX else 0
