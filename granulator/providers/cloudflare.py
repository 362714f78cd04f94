"""The Cloudflare Workers AI adapter: its own ``run`` envelope for structure, its chat completions for the rest."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from itertools import cycle
from typing import TYPE_CHECKING
from urllib.parse import quote

from granulator.model import JsonObject
from granulator.providers.base import Deadline, EventSink, GenRequest, GenResult, Kind, ProviderFault, Stop
from granulator.providers.faults import CLOUDFLARE, ErrorAnswer, Unusable
from granulator.providers.heard import Heard
from granulator.providers.openai import chat_body, is_event_stream, read_chat, read_chat_chunk, read_usage
from granulator.providers.transport import CONNECT_SECONDS, Line, Loaded, json_body, usable_key

if TYPE_CHECKING:
    import httpx

BASE_URL = "https://api.cloudflare.com/client/v4"

STRIPES = 16
"""One pool of this client collapses under 64 concurrent calls, sixteen of them do not."""

NOT_MET = "json mode couldn't be met"
"""What is said, as an error, when a model did answer but not in the form asked for."""


@dataclass(frozen=True, slots=True)
class _Http:
    """What the adapter needs of the HTTP client, once that is loaded."""

    clients: tuple[httpx.AsyncClient, ...]
    timeout: type[httpx.Timeout]


class CloudflareProvider:
    """Workers AI of one account."""

    def __init__(
        self,
        name: str,
        *,
        account_id: str,
        api_token: str,
        base_url: str = BASE_URL,
        max_connections: int = 256,
    ) -> None:
        self.name = name
        self._api_token = usable_key(name, api_token)
        self._address = f"{base_url.rstrip('/')}/accounts/{quote(account_id.strip(), safe='')}/ai"
        self._line = Line(name, CLOUDFLARE, slots=max_connections, secrets=(self._api_token,))
        self._http = Loaded(self._load, _close)
        self._turn = cycle(range(STRIPES))

    async def complete(self, request: GenRequest, deadline: Deadline, on_event: EventSink | None = None) -> GenResult:
        """Make one call; with ``on_event`` it is streamed unless it asks for structure. Raises ProviderFault."""
        heard = Heard(request, on_event)
        async with self._line.call(deadline, heard):
            http = await self._http.get()
            client = http.clients[next(self._turn)]
            patience = http.timeout(deadline.remaining(), connect=min(deadline.remaining(), CONNECT_SECONDS))
            heard.is_sent = True
            if request.mode in ("strict", "json"):
                await self._run(client, patience, heard)
            elif on_event is not None and request.profile.supports_streaming:
                await self._stream(client, patience, heard)
            else:
                await self._chat(client, patience, heard)
        return heard.result()

    async def warm_up(self) -> None:
        """Build the clients, in a thread."""
        await self._http.get()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    def _load(self) -> _Http:
        httpx = import_module("httpx")
        trust = httpx.create_ssl_context()
        headers = {"authorization": f"Bearer {self._api_token}"}
        # The line bounds the calls; a bound per pool would let one fill while others are idle.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
        clients = tuple(httpx.AsyncClient(verify=trust, headers=headers, limits=limits) for _ in range(STRIPES))
        return _Http(clients, httpx.Timeout)

    async def _run(self, client: httpx.AsyncClient, patience: httpx.Timeout, heard: Heard) -> None:
        url = f"{self._address}/run/{_path(heard.request)}"
        response = await client.post(url, json=run_body(heard.request), timeout=patience)
        heard.request_id = response.headers.get("cf-ray")
        body = json_body(response.content)
        if _is_not_met(body):
            heard.stop, heard.raw_stop = Stop.COMPLETE, NOT_MET
            return
        read_run(heard, _good(response, body))

    async def _chat(self, client: httpx.AsyncClient, patience: httpx.Timeout, heard: Heard) -> None:
        url = f"{self._address}/v1/chat/completions"
        response = await client.post(url, json=_chat_body(heard.request, streams=False), timeout=patience)
        heard.request_id = response.headers.get("cf-ray")
        read_run(heard, _good(response, json_body(response.content)))

    async def _stream(self, client: httpx.AsyncClient, patience: httpx.Timeout, heard: Heard) -> None:
        url = f"{self._address}/v1/chat/completions"
        body = _chat_body(heard.request, streams=True)
        async with client.stream("POST", url, json=body, timeout=patience) as response:
            heard.request_id = response.headers.get("cf-ray")
            if response.is_success and is_event_stream(response.headers):
                heard.is_streamed = True
                await _read_events(heard, event_data(response.aiter_bytes()))
            else:
                read_run(heard, _good(response, json_body(await response.aread())))


async def _close(http: _Http) -> None:
    await asyncio.gather(*(client.aclose() for client in http.clients))


def _path(request: GenRequest) -> str:
    segments = request.model.split("/")
    if not all(segment.strip(".") for segment in segments):
        raise ProviderFault(Kind.MODEL, "the name of the model is no path of Workers AI")
    return quote(request.model, safe="@/")


def run_body(request: GenRequest) -> JsonObject:
    """Return the body of a ``run``: the schema is bare, and the limit is always said because the default is low."""
    body = _chat_body(request, streams=False)
    body.pop("model")
    kind = "json_schema" if request.mode == "strict" else "json_object"
    structure: JsonObject = {"type": kind} | ({"json_schema": request.schema} if request.mode == "strict" else {})
    return body | {"response_format": structure}


def _chat_body(request: GenRequest, *, streams: bool) -> JsonObject:
    body = chat_body(request, streams=streams)
    return body | {"options": {"rejectIfBusy": True}} if request.fails_fast else body


def _good(response: httpx.Response, body: object) -> object:
    if not response.is_success or (isinstance(body, Mapping) and body.get("success") is False):
        status = 200 if response.is_success else response.status_code
        raise ErrorAnswer(status, body if body is not None else response.text, response.headers)
    return body


def _is_not_met(body: object) -> bool:
    errors = body.get("errors") if isinstance(body, Mapping) else None
    named = errors if isinstance(errors, list) else []
    messages = [error.get("message") for error in named if isinstance(error, Mapping)]
    return any(isinstance(said, str) and NOT_MET in said.lower().replace("\u2019", "'") for said in messages)


def read_run(heard: Heard, body: object) -> None:
    """Take in an answer in either shape, wrapped in a ``result`` or not. Raises ErrorAnswer and Unusable."""
    result = body.get("result", body) if isinstance(body, Mapping) else body
    if isinstance(result, Mapping) and "response" in result:
        _read_response(heard, result)
    else:
        read_chat(heard, result)


def _read_response(heard: Heard, result: Mapping[str, object]) -> None:
    heard.count(read_usage(result.get("usage")))
    response = result["response"]
    if isinstance(response, dict):
        heard.data = response
        heard.hear(json.dumps(response, ensure_ascii=False))
    elif isinstance(response, str):
        heard.hear(response)
    else:
        raise Unusable("an answer without a response")
    heard.stop = _stop(heard)


def _stop(heard: Heard) -> Stop:
    """Return how an answer without a signal ended: one that used up its limit was cut off by it."""
    is_at_limit = heard.usage is not None and heard.usage.output_tokens >= heard.request.max_output_tokens
    return Stop.TRUNCATED if is_at_limit and heard.data is None else Stop.COMPLETE


async def event_data(chunks: AsyncIterator[bytes]) -> AsyncIterator[str]:
    """Yield the data of each server-sent event; one that the end of the stream cuts is left out.

    Lines end where the format says; a decoder for text would also end them inside a JSON string, at U+2028.
    """
    rest, lines = b"", list[bytes]()
    async for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            line = line.removesuffix(b"\r")
            if line.startswith(b"data:"):
                lines.append(line[5:].removeprefix(b" "))
            elif not line and lines:
                yield b"\n".join(lines).decode()
                lines.clear()


async def _read_events(heard: Heard, events: AsyncIterator[str]) -> None:
    has_no_stop = False
    async for data in events:
        if data.startswith("[DONE]"):
            heard.stop = heard.stop or (_stop(heard) if has_no_stop else None)
            break
        has_no_stop = _read_data(heard, data)


def _read_data(heard: Heard, data: str) -> bool:
    """Take in an event; return whether it has the shape that never says why it stopped."""
    chunk = json.loads(data)
    if isinstance(chunk, dict) and chunk.get("success") is False:
        raise ErrorAnswer(200, chunk)
    if not (isinstance(chunk, dict) and isinstance(chunk.get("response"), str)):
        read_chat_chunk(heard, chunk)
        return False
    heard.count(read_usage(chunk.get("usage")))
    heard.hear(chunk["response"])
    return True
