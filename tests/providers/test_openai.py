"""What goes to and comes from a chat-completions endpoint, as OpenAI and as compatible servers write it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Literal

import httpx
import httpx2
import pytest
import respx
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from granulator.model import JsonObject, Usage
from granulator.providers.base import GenResult, Kind, Message, Mode, ModelProfile, ProviderFault, Stop, StreamEvent
from granulator.providers.openai import OpenAiProvider, chat_body
from tests.mock_server import MockAi
from tests.providers.adapters import KEY
from tests.providers.conftest import SCHEMA, ask, within

URL = "https://api.openai.com/v1/chat/completions"
TEXT = '{"title": "Tides", "hours": 3}'
EVENTS = "text/event-stream"

ANSWER: JsonObject = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1790000000,
    "model": "gpt-6-luna-2026-09-01",
    "service_tier": "default",
    "system_fingerprint": "fp_1",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": TEXT, "refusal": None, "annotations": []},
            "logprobs": None,
            "finish_reason": "stop",
        }
    ],
    "usage": {
        "prompt_tokens": 120,
        "completion_tokens": 40,
        "total_tokens": 160,
        "prompt_tokens_details": {"cached_tokens": 64, "audio_tokens": 0, "cache_write_tokens": 32},
        "completion_tokens_details": {"reasoning_tokens": 25, "audio_tokens": 0},
    },
}
USAGE = Usage(120, 40, cached_input_tokens=64, cache_write_5m_tokens=32, reasoning_tokens=25)


@pytest.fixture
async def openai() -> AsyncIterator[OpenAiProvider]:
    """The adapter as it talks to OpenAI itself, on the transport that recordings are seen on."""
    provider = OpenAiProvider("openai", api_key=KEY, transport="httpx2")
    yield provider
    await provider.aclose()


def answer(**choice: object) -> JsonObject:
    """The recorded answer with another choice."""
    return ANSWER | {"choices": [{"index": 0, "finish_reason": "stop"} | choice]}


def chunks(*deltas: JsonObject, finish: str | None = "stop") -> Iterator[JsonObject]:
    head: JsonObject = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-6-luna"}
    for delta in deltas:
        yield head | {"choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": None}]}
    if finish:
        yield head | {"choices": [{"index": 0, "delta": {}, "logprobs": None, "finish_reason": finish}]}


def stream(*events: JsonObject) -> httpx.Response:
    lines = [f"data: {json.dumps(event)}\n\n" for event in events]
    return httpx.Response(
        200, text="".join([*lines, "data: [DONE]\n\n"]), headers={"content-type": "text/event-stream"}
    )


def test_the_recordings_are_what_the_sdk_takes_for_an_answer() -> None:
    ChatCompletion.model_validate(ANSWER, strict=True)
    for chunk in chunks({"role": "assistant", "content": "a"}):
        ChatCompletionChunk.model_validate(chunk, strict=True)


async def test_an_answer_is_read_with_its_usage_and_request_id(openai: OpenAiProvider, wire: respx.MockRouter) -> None:
    wire.post(URL).respond(json=ANSWER, headers={"x-request-id": "req_1"})

    result = await openai.complete(ask(), within())

    assert result == GenResult(
        text=TEXT,
        stop=Stop.COMPLETE,
        usage=USAGE,
        model_served="gpt-6-luna-2026-09-01",
        raw_stop="stop",
        request_id="req_1",
        latency_ms=result.latency_ms,
    )


async def test_a_stream_is_read_piece_by_piece(openai: OpenAiProvider, wire: respx.MockRouter) -> None:
    usage: JsonObject = next(chunks({})) | {"choices": [], "usage": ANSWER["usage"]}
    route = wire.post(URL).mock(return_value=stream(*chunks({"content": "Ti"}, {"content": "des"}), usage))
    events: list[StreamEvent] = []

    result = await openai.complete(ask(mode="text"), within(), events.append)

    assert events == [StreamEvent("Ti"), StreamEvent("des")]
    assert (result.text, result.stop, result.usage) == ("Tides", Stop.COMPLETE, USAGE)
    sent = json.loads(route.calls.last.request.content)
    assert (sent["stream"], sent["stream_options"]) == (True, {"include_usage": True})


STRICT = {
    "response_format": {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": SCHEMA}}
}
TOOL = {
    "tools": [{"type": "function", "function": {"name": "answer", "strict": True, "parameters": SCHEMA}}],
    "tool_choice": {"type": "function", "function": {"name": "answer"}},
}


@pytest.mark.parametrize(
    ("mode", "structure"),
    [
        ("strict", STRICT),
        ("tool", TOOL),
        ("json", {"response_format": {"type": "json_object"}}),
        ("prompt", {}),
        ("text", {}),
    ],
)
def test_each_rung_of_the_ladder_asks_for_structure_in_its_way(mode: Mode, structure: JsonObject) -> None:
    assert chat_body(ask(mode=mode), streams=False) == {
        "model": "gpt-6-luna",
        "messages": [
            {"role": "system", "content": "You plan courses."},
            {"role": "user", "content": "Plan a course about <topic>tides</topic>."},
        ],
        "max_tokens": 2000,
        **structure,
    }


def test_a_parameter_is_sent_when_it_is_given_and_the_limit_under_the_name_the_model_knows() -> None:
    profile = ModelProfile("strict", "openai", 1000, 100, token_param="max_completion_tokens")
    request = ask(mode="text", profile=profile, temperature=0.0, seed=0, effort="none", system="")

    assert chat_body(request, streams=False) == {
        "model": "gpt-6-luna",
        "messages": [{"role": "user", "content": "Plan a course about <topic>tides</topic>."}],
        "max_completion_tokens": 2000,
        "temperature": 0.0,
        "seed": 0,
        "reasoning_effort": "none",
    }


def test_a_conversation_keeps_its_turns() -> None:
    turns = (Message("user", "a"), Message("assistant", "b"), Message("user", "c"))

    sent = chat_body(ask(messages=turns, system=""), streams=False)["messages"]

    assert sent == [
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": "b"},
        {"role": "user", "content": "c"},
    ]


@pytest.mark.parametrize(
    ("reason", "stop"),
    [
        ("stop", Stop.COMPLETE),
        ("length", Stop.TRUNCATED),
        ("content_filter", Stop.FILTERED),
        ("tool_calls", Stop.TOOL),
        ("model_length", Stop.CONTEXT_FULL),
        ("something_new", Stop.UNKNOWN),
        (None, Stop.UNKNOWN),
    ],
)
async def test_the_reason_to_stop_is_read(
    openai: OpenAiProvider, wire: respx.MockRouter, reason: str | None, stop: Stop
) -> None:
    wire.post(URL).respond(json=answer(finish_reason=reason, message={"role": "assistant", "content": ""}))

    result = await openai.complete(ask(), within())

    assert (result.stop, result.raw_stop, result.text) == (stop, reason, "")


async def test_a_refusal_that_stops_like_an_answer_is_a_refusal(openai: OpenAiProvider, wire: respx.MockRouter) -> None:
    wire.post(URL).respond(json=answer(message={"role": "assistant", "content": None, "refusal": "I will not."}))

    result = await openai.complete(ask(), within())

    assert (result.stop, result.refusal, result.text) == (Stop.REFUSED, "I will not.", "")


async def test_the_arguments_of_the_tool_are_the_text(openai: OpenAiProvider, wire: respx.MockRouter) -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "answer", "arguments": TEXT}}
    message = {"role": "assistant", "content": "I call it.", "tool_calls": [call]}
    wire.post(URL).respond(json=answer(message=message, finish_reason="tool_calls"))

    result = await openai.complete(ask(mode="tool"), within())

    assert (result.text, result.stop, result.data) == (TEXT, Stop.TOOL, None)


async def test_what_a_model_says_instead_of_calling_the_tool_is_the_text(
    openai: OpenAiProvider, wire: respx.MockRouter
) -> None:
    wire.post(URL).respond(json=answer(message={"role": "assistant", "content": TEXT}))

    result = await openai.complete(ask(mode="tool"), within())

    assert (result.text, result.stop) == (TEXT, Stop.COMPLETE)


async def test_only_the_first_of_several_streamed_calls_is_the_answer(
    openai: OpenAiProvider, wire: respx.MockRouter
) -> None:
    def call(index: int, arguments: str) -> JsonObject:
        return {"tool_calls": [{"index": index, "function": {"arguments": arguments}}]}

    wire.post(URL).mock(return_value=stream(*chunks(call(0, '{"a"'), call(0, ": 1}"), call(1, '{"b": 2}'))))

    result = await openai.complete(ask(mode="tool"), within(), [].append)

    assert result.text == '{"a": 1}'


async def test_content_in_parts_is_put_together(openai: OpenAiProvider, wire: respx.MockRouter) -> None:
    parts = [{"type": "text", "text": "Ti"}, {"type": "image"}, {"type": "text", "text": "des"}]
    wire.post(URL).respond(json=answer(message={"role": "assistant", "content": parts}))

    assert (await openai.complete(ask(), within())).text == "Tides"


async def test_of_several_choices_the_first_is_the_answer_and_none_is_mixed_in(
    openai: OpenAiProvider, wire: respx.MockRouter
) -> None:
    other: JsonObject = {"choices": [{"index": 1, "delta": {"content": "Waves"}, "finish_reason": "length"}]}
    first, second, end = chunks({"content": "Ti"}, {"content": "des"})
    wire.post(URL).mock(return_value=stream(first, other, second, end, other))

    result = await openai.complete(ask(mode="text"), within(), [].append)

    assert (result.text, result.stop) == ("Tides", Stop.COMPLETE)


@pytest.mark.parametrize(
    "usage",
    [
        None,
        {},
        "many",
        {"prompt_tokens": 0, "completion_tokens": 0},
        {"prompt_tokens": -5, "completion_tokens": -5},
        {"prompt_tokens": 10**30, "completion_tokens": 10**30},
        {"prompt_tokens": True, "completion_tokens": True},
    ],
)
async def test_usage_that_counts_nothing_is_estimated(
    openai: OpenAiProvider, wire: respx.MockRouter, usage: object
) -> None:
    wire.post(URL).respond(json=ANSWER | {"usage": usage})

    spent = (await openai.complete(ask(), within())).usage

    assert spent.is_estimated
    # The schema is read by the model as well.
    assert spent.input_tokens > 40
    assert 8 <= spent.output_tokens <= 20


async def test_a_server_that_answers_a_stream_in_one_piece_is_understood(
    openai: OpenAiProvider, wire: respx.MockRouter
) -> None:
    wire.post(URL).respond(json=ANSWER, headers={"x-request-id": "req_1"})
    events: list[StreamEvent] = []

    result = await openai.complete(ask(), within(), events.append)

    assert (result.text, result.stop, result.ttft_ms, events) == (TEXT, Stop.COMPLETE, None, [StreamEvent(TEXT)])


async def test_a_model_that_cannot_stream_is_not_asked_to(openai: OpenAiProvider, wire: respx.MockRouter) -> None:
    route = wire.post(URL).respond(json=ANSWER)
    profile = ModelProfile("strict", "openai", 1000, 100, supports_streaming=False)
    events: list[StreamEvent] = []

    await openai.complete(ask(profile=profile), within(), events.append)

    assert "stream" not in json.loads(route.calls.last.request.content)
    assert events == [StreamEvent(TEXT)]


@pytest.mark.parametrize(
    "body", ["a word", "null", "[]", "{}", '{"choices": [null]}', '{"choices": [{}]}', '{"choices": [{"message": 1}]}']
)
async def test_an_answer_without_an_answer_in_it_is_malformed(
    openai: OpenAiProvider, wire: respx.MockRouter, body: str
) -> None:
    wire.post(URL).respond(text=body, headers={"content-type": "application/json"})

    with pytest.raises(ProviderFault) as raised:
        await openai.complete(ask(), within())

    assert (raised.value.kind, raised.value.billed, raised.value.status) == (Kind.MALFORMED, "maybe", 200)


async def test_an_event_that_is_no_json_is_malformed_and_keeps_what_came_before(
    openai: OpenAiProvider, wire: respx.MockRouter
) -> None:
    text = f"data: {json.dumps(next(chunks({'content': 'Ti'})))}\n\ndata: {{oops\n\n"
    wire.post(URL).respond(text=text, headers={"content-type": "text/event-stream"})

    with pytest.raises(ProviderFault) as raised:
        await openai.complete(ask(), within(), [].append)

    assert (raised.value.kind, raised.value.partial) == (Kind.MALFORMED, "Ti")


async def test_usage_in_numbers_with_a_point_is_usage(openai: OpenAiProvider, wire: respx.MockRouter) -> None:
    wire.post(URL).respond(json=ANSWER | {"usage": {"prompt_tokens": 120.0, "completion_tokens": 40.0}})

    assert (await openai.complete(ask(), within())).usage == Usage(120, 40)


@pytest.mark.parametrize("chunk", ["[" * 100_000 + "]" * 100_000, '{"choices": [], "created": ' + "9" * 5000 + "}"])
async def test_an_event_that_no_reader_can_take_is_malformed(
    openai: OpenAiProvider, wire: respx.MockRouter, chunk: str
) -> None:
    wire.post(URL).respond(text=f"data: {chunk}\n\n", headers={"content-type": "text/event-stream"})

    with pytest.raises(ProviderFault) as raised:
        await openai.complete(ask(), within(), [].append)

    assert raised.value.kind is Kind.MALFORMED


class Breaks(httpx.AsyncByteStream):
    """A body that arrives, and a connection that breaks then."""

    def __init__(self, *events: JsonObject) -> None:
        self._events = events

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for event in self._events:
            yield f"data: {json.dumps(event)}\n\n".encode()
        raise httpx2.ReadError("gone")


async def test_a_connection_that_breaks_after_the_end_of_an_answer_takes_nothing_from_it(
    openai: OpenAiProvider, wire: respx.MockRouter
) -> None:
    broken = httpx.Response(200, stream=Breaks(*chunks({"content": TEXT})), headers={"content-type": EVENTS})
    wire.post(URL).mock(return_value=broken)

    result = await openai.complete(ask(), within(), [].append)

    assert (result.text, result.stop, result.usage.is_estimated) == (TEXT, Stop.COMPLETE, True)


async def test_a_connection_that_breaks_before_the_end_of_an_answer_is_a_fault(
    openai: OpenAiProvider, wire: respx.MockRouter
) -> None:
    broken = Breaks(*chunks({"content": TEXT}, finish=None))
    wire.post(URL).mock(return_value=httpx.Response(200, stream=broken, headers={"content-type": EVENTS}))

    with pytest.raises(ProviderFault) as raised:
        await openai.complete(ask(), within(), [].append)

    assert (raised.value.kind, raised.value.partial) == (Kind.NETWORK, TEXT)


async def test_an_error_behind_the_end_of_an_answer_is_still_an_error(
    openai: OpenAiProvider, wire: respx.MockRouter
) -> None:
    late: JsonObject = {"error": {"message": "It broke.", "type": "server_error"}}
    wire.post(URL).mock(return_value=stream(*chunks({"content": TEXT}), late))

    with pytest.raises(ProviderFault) as raised:
        await openai.complete(ask(), within(), [].append)

    assert raised.value.kind is Kind.UPSTREAM


@pytest.mark.parametrize(
    ("error", "kind", "billed"),
    [
        (httpx2.ConnectError("refused"), Kind.NETWORK, "no"),
        (httpx2.ConnectTimeout("slow"), Kind.TIMEOUT, "no"),
        (httpx2.ReadTimeout("slow"), Kind.TIMEOUT, "maybe"),
        (httpx2.ReadError("gone"), Kind.NETWORK, "maybe"),
        (httpx2.RemoteProtocolError("gone"), Kind.NETWORK, "maybe"),
    ],
)
async def test_a_broken_connection_is_told_by_its_cause(
    openai: OpenAiProvider, wire: respx.MockRouter, error: Exception, kind: Kind, billed: str
) -> None:
    wire.post(URL).mock(side_effect=error)

    with pytest.raises(ProviderFault) as raised:
        await openai.complete(ask(), within())

    assert (raised.value.kind, raised.value.billed) == (kind, billed)


async def test_the_environment_has_no_say(mock: MockAi, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = {
        "OPENAI_API_KEY": "sk-other",
        "OPENAI_ADMIN_KEY": "sk-admin",
        "OPENAI_BASE_URL": "http://127.0.0.1:9/v1",
        "OPENAI_ORG_ID": "org-other",
        "OPENAI_PROJECT_ID": "proj-other",
        "OPENAI_CUSTOM_HEADERS": "x-other: yes",
    }
    for name, value in elsewhere.items():
        monkeypatch.setenv(name, value)
    provider = OpenAiProvider("openai", api_key=KEY, base_url=f"{mock.url}/v1")

    await provider.complete(ask("model#ok"), within())
    await provider.aclose()

    (request,) = mock.requests
    assert request["headers"]["authorization"] == f"Bearer {KEY}"
    assert not {"openai-organization", "openai-project", "x-other"} & request["headers"].keys()


async def test_openai_itself_is_called_where_no_address_is_given(
    wire: respx.MockRouter, openai: OpenAiProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "https://elsewhere.invalid/v1")
    route = wire.post(URL).respond(json=ANSWER)

    await openai.complete(ask(), within())

    assert route.call_count == 1


async def test_a_server_without_a_key_is_sent_none(mock: MockAi) -> None:
    provider = OpenAiProvider("ollama", api_key="", base_url=f"{mock.url}/v1")

    result = await provider.complete(ask("model#ok"), within())
    await provider.aclose()

    assert result.stop is Stop.COMPLETE
    assert "authorization" not in mock.requests[0]["headers"]


@pytest.mark.parametrize("transport", ["aiohttp", "httpx2"])
async def test_a_stream_that_is_kept_open_after_its_answer_has_ended_is_an_answer(
    transport: Literal["aiohttp", "httpx2"],
) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        chunk = {"choices": [{"index": 0, "delta": {"content": TEXT}, "finish_reason": "stop"}]}
        body = f"data: {json.dumps(chunk)}\n\n".encode()
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        writer.write(f"{len(body):x}\r\n".encode() + body + b"\r\n")
        await writer.drain()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    provider = OpenAiProvider("openai", api_key=KEY, base_url=address, transport=transport, tail_seconds=0.05)
    async with server, asyncio.timeout(10):
        result = await provider.complete(ask(), within(3600), lambda event: None)
        await provider.aclose()

    assert (result.text, result.stop) == (TEXT, Stop.COMPLETE)
