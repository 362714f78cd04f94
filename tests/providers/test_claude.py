"""What goes to and comes from Anthropic's messages."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import httpx
import pytest
import respx
from anthropic.types import Message as SdkMessage
from anthropic.types import RawMessageStreamEvent
from pydantic import TypeAdapter

from granulator.model import Json, JsonObject, Usage
from granulator.providers.base import GenResult, Kind, Mode, ModelProfile, ProviderFault, Stop, StreamEvent
from granulator.providers.claude import PLAIN_TOKENS, ClaudeProvider, message_body
from tests.mock_server import MockAi
from tests.providers.adapters import KEY
from tests.providers.conftest import SCHEMA, ask, within

URL = "https://api.anthropic.com/v1/messages"
TEXT = '{"title": "Tides", "hours": 3}'

ANSWER: JsonObject = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-haiku-5-5-20260901",
    "content": [{"type": "text", "text": TEXT, "citations": None}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "stop_details": None,
    "usage": {
        "input_tokens": 30,
        "cache_read_input_tokens": 64,
        "cache_creation_input_tokens": 26,
        "cache_creation": {"ephemeral_5m_input_tokens": 16, "ephemeral_1h_input_tokens": 10},
        "output_tokens": 40,
        "output_tokens_details": {"thinking_tokens": 25},
        "service_tier": "standard",
    },
}
USAGE = Usage(
    input_tokens=120,
    output_tokens=40,
    cached_input_tokens=64,
    cache_write_5m_tokens=16,
    cache_write_1h_tokens=10,
    reasoning_tokens=25,
)
TOOL_BLOCK: JsonObject = {
    "type": "tool_use",
    "id": "toolu_1",
    "name": "answer",
    "input": {"title": "Tides", "hours": 3},
}


@pytest.fixture
async def claude() -> AsyncIterator[ClaudeProvider]:
    """The adapter as it talks to Anthropic itself, on the transport that recordings are seen on."""
    provider = ClaudeProvider("claude", api_key=KEY, transport="httpx2")
    yield provider
    await provider.aclose()


def events(*deltas: JsonObject, stop: str = "end_turn", usage: JsonObject | None = None) -> list[JsonObject]:
    """A stream with these deltas; ``usage`` is what its end reports."""
    start: JsonObject = {"content": [], "stop_reason": None, "usage": {"input_tokens": 30, "output_tokens": 1}}
    end: JsonObject = {"stop_reason": stop, "stop_sequence": None}
    return [
        {"type": "message_start", "message": ANSWER | start},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "", "citations": None}},
        {"type": "ping"},
        *({"type": "content_block_delta", "index": 0, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": end, "usage": usage or {"output_tokens": 40}},
        {"type": "message_stop"},
    ]


def text(said: str) -> JsonObject:
    return {"type": "text_delta", "text": said}


def stream(rows: list[JsonObject]) -> httpx.Response:
    body = "".join(f"event: {row['type']}\ndata: {json.dumps(row)}\n\n" for row in rows)
    return httpx.Response(200, text=body, headers={"content-type": "text/event-stream", "request-id": "req_1"})


def test_the_recordings_are_what_the_sdk_takes_for_an_answer() -> None:
    SdkMessage.model_validate(ANSWER, strict=True)
    known: TypeAdapter[object] = TypeAdapter(RawMessageStreamEvent)
    for row in events(text("a")):
        if row["type"] != "ping":
            known.validate_python(row, strict=True)


async def test_an_answer_is_read_with_cached_input_inside_its_input(
    claude: ClaudeProvider, wire: respx.MockRouter
) -> None:
    wire.post(URL).respond(json=ANSWER, headers={"request-id": "req_1"})

    result = await claude.complete(ask(), within())

    assert result == GenResult(
        text=TEXT,
        stop=Stop.COMPLETE,
        usage=USAGE,
        model_served="claude-haiku-5-5-20260901",
        raw_stop="end_turn",
        request_id="req_1",
        latency_ms=result.latency_ms,
    )


async def test_a_stream_is_read_piece_by_piece_and_its_thinking_is_left_out(
    claude: ClaudeProvider, wire: respx.MockRouter
) -> None:
    thinking: JsonObject = {"type": "thinking_delta", "thinking": "Hm."}
    wire.post(URL).mock(return_value=stream(events(thinking, text("Ti"), text("des"))))
    heard: list[StreamEvent] = []

    result = await claude.complete(ask(mode="text"), within(), heard.append)

    assert heard == [StreamEvent("Ti"), StreamEvent("des")]
    assert (result.text, result.stop, result.usage) == ("Tides", Stop.COMPLETE, Usage(30, 40))


async def test_nothing_that_follows_the_end_of_a_message_belongs_to_it(
    claude: ClaudeProvider, wire: respx.MockRouter
) -> None:
    late: JsonObject = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    wire.post(URL).mock(return_value=stream([*events(text("Tides")), late]))

    result = await claude.complete(ask(mode="text"), within(), [].append)

    assert (result.text, result.stop, result.usage) == ("Tides", Stop.COMPLETE, Usage(30, 40))


@pytest.mark.parametrize("count", [0, -5, 10**30, True])
async def test_usage_that_counts_nothing_is_estimated(
    claude: ClaudeProvider, wire: respx.MockRouter, count: int
) -> None:
    wire.post(URL).respond(json=ANSWER | {"usage": {"input_tokens": count, "output_tokens": count}})

    spent = (await claude.complete(ask(), within())).usage

    assert spent.is_estimated
    assert spent.input_tokens > 20


async def test_the_usage_at_the_end_of_a_stream_overrides_what_it_names(
    claude: ClaudeProvider, wire: respx.MockRouter
) -> None:
    end: JsonObject = {"output_tokens": 9, "input_tokens": 50, "cache_read_input_tokens": 8}
    wire.post(URL).mock(return_value=stream(events(text("a"), usage=end)))

    result = await claude.complete(ask(mode="text"), within(), [].append)

    assert result.usage == Usage(input_tokens=58, output_tokens=9, cached_input_tokens=8)


async def test_cache_writes_without_a_split_are_short_ones(claude: ClaudeProvider, wire: respx.MockRouter) -> None:
    usage: Json = {"input_tokens": 5, "output_tokens": 6, "cache_creation_input_tokens": 7}
    wire.post(URL).respond(json=ANSWER | {"usage": usage})

    result = await claude.complete(ask(), within())

    assert result.usage == Usage(input_tokens=12, output_tokens=6, cache_write_5m_tokens=7)


STRICT: JsonObject = {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}}
TOOL: JsonObject = {
    "tools": [{"name": "answer", "strict": True, "input_schema": SCHEMA}],
    "tool_choice": {"type": "tool", "name": "answer"},
}


@pytest.mark.parametrize(
    ("mode", "structure"), [("strict", STRICT), ("tool", TOOL), ("json", {}), ("prompt", {}), ("text", {})]
)
def test_each_rung_of_the_ladder_asks_for_structure_in_its_way(mode: Mode, structure: JsonObject) -> None:
    assert message_body(ask("claude-haiku-5-5", mode=mode), streams=False) == {
        "model": "claude-haiku-5-5",
        "max_tokens": 2000,
        "system": "You plan courses.",
        "messages": [{"role": "user", "content": "Plan a course about <topic>tides</topic>."}],
        **structure,
    }


def test_a_parameter_is_sent_when_it_is_given() -> None:
    request = ask("claude-haiku-5-5", temperature=0.0, seed=1, effort="low", system="")

    sent = message_body(request, streams=True)

    assert "system" not in sent
    assert {name: sent[name] for name in ("temperature", "seed", "stream", "output_config")} == {
        "temperature": 0.0,
        "seed": 1,
        "stream": True,
        "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": SCHEMA}},
    }


@pytest.mark.parametrize(
    ("reason", "stop"),
    [
        ("end_turn", Stop.COMPLETE),
        ("stop_sequence", Stop.COMPLETE),
        ("max_tokens", Stop.TRUNCATED),
        ("model_context_window_exceeded", Stop.CONTEXT_FULL),
        ("tool_use", Stop.TOOL),
        ("pause_turn", Stop.UNKNOWN),
        ("something_new", Stop.UNKNOWN),
        (None, Stop.UNKNOWN),
    ],
)
async def test_the_reason_to_stop_is_read(
    claude: ClaudeProvider, wire: respx.MockRouter, reason: str | None, stop: Stop
) -> None:
    wire.post(URL).respond(json=ANSWER | {"stop_reason": reason})

    result = await claude.complete(ask(), within())

    assert (result.stop, result.raw_stop) == (stop, reason)


@pytest.mark.parametrize(
    ("details", "why"),
    [
        ({"type": "refusal", "category": "bio", "explanation": "Too dangerous."}, "Too dangerous."),
        ({"type": "refusal", "category": "bio", "explanation": None}, "bio"),
        (None, "No."),
    ],
)
async def test_a_refusal_says_why(claude: ClaudeProvider, wire: respx.MockRouter, details: Json, why: str) -> None:
    content: Json = [{"type": "text", "text": "No."}]
    wire.post(URL).respond(json=ANSWER | {"stop_reason": "refusal", "stop_details": details, "content": content})

    result = await claude.complete(ask(), within())

    assert (result.stop, result.refusal) == (Stop.REFUSED, why)


async def test_the_input_of_the_tool_is_the_answer_as_data_and_as_text(
    claude: ClaudeProvider, wire: respx.MockRouter
) -> None:
    content: Json = [{"type": "text", "text": "I use it."}, TOOL_BLOCK]
    wire.post(URL).respond(json=ANSWER | {"content": content, "stop_reason": "tool_use"})

    result = await claude.complete(ask(mode="tool"), within())

    assert (result.data, result.text, result.stop) == ({"title": "Tides", "hours": 3}, TEXT, Stop.TOOL)


async def test_the_input_of_a_tool_is_put_together_from_its_stream(
    claude: ClaudeProvider, wire: respx.MockRouter
) -> None:
    parts: list[JsonObject] = [{"type": "input_json_delta", "partial_json": part} for part in ("", '{"a": ', "1}")]
    wire.post(URL).mock(return_value=stream(events(text("I use it."), *parts, stop="tool_use")))

    result = await claude.complete(ask(mode="tool"), within(), [].append)

    assert (result.data, result.text, result.stop) == ({"a": 1}, '{"a": 1}', Stop.TOOL)


async def test_the_input_of_a_tool_that_was_cut_short_is_no_data(
    claude: ClaudeProvider, wire: respx.MockRouter
) -> None:
    part: JsonObject = {"type": "input_json_delta", "partial_json": '{"a": 1}'}
    wire.post(URL).mock(return_value=stream(events(part, stop="max_tokens")))

    result = await claude.complete(ask(mode="tool"), within(), [].append)

    assert (result.data, result.text, result.stop) == (None, '{"a": 1}', Stop.TRUNCATED)


async def test_what_a_model_says_instead_of_using_the_tool_is_the_text(
    claude: ClaudeProvider, wire: respx.MockRouter
) -> None:
    wire.post(URL).respond(json=ANSWER)

    result = await claude.complete(ask(mode="tool"), within())

    assert (result.text, result.data, result.stop) == (TEXT, None, Stop.COMPLETE)


@pytest.mark.parametrize(("limit", "streams"), [(PLAIN_TOKENS, False), (PLAIN_TOKENS + 1, True), (64_000, True)])
async def test_an_answer_that_may_be_long_is_streamed_without_being_asked_to(
    claude: ClaudeProvider, wire: respx.MockRouter, limit: int, streams: bool
) -> None:
    route = wire.post(URL).mock(
        side_effect=lambda request: stream(events(text(TEXT))) if streams else httpx.Response(200, json=ANSWER)
    )

    result = await claude.complete(ask(max_output_tokens=limit), within())

    assert json.loads(route.calls.last.request.content).get("stream", False) == streams
    assert (result.text, result.stop) == (TEXT, Stop.COMPLETE)


async def test_a_model_that_cannot_stream_is_not_asked_to(claude: ClaudeProvider, wire: respx.MockRouter) -> None:
    route = wire.post(URL).respond(json=ANSWER)
    profile = ModelProfile("strict", "anthropic", 1000, 100, supports_streaming=False)

    await claude.complete(ask(profile=profile, max_output_tokens=64_000), within(), [].append)

    assert "stream" not in json.loads(route.calls.last.request.content)


async def test_an_answer_in_one_piece_to_a_stream_is_understood(claude: ClaudeProvider, wire: respx.MockRouter) -> None:
    wire.post(URL).respond(json=ANSWER)

    result = await claude.complete(ask(), within(), [].append)

    assert (result.text, result.usage) == (TEXT, USAGE)


async def test_an_overload_told_inside_a_stream_is_an_overload(claude: ClaudeProvider, wire: respx.MockRouter) -> None:
    error: JsonObject = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    wire.post(URL).mock(return_value=stream([*events(text("half of it"))[:4], error]))

    with pytest.raises(ProviderFault) as raised:
        await claude.complete(ask(), within(), [].append)

    fault = raised.value
    assert (fault.kind, fault.message) == (Kind.OVERLOADED, "claude sent an error: Overloaded")
    assert (fault.billed, fault.partial, fault.request_id) == ("yes", "half of it", "req_1")
    assert fault.usage is not None
    assert fault.usage.is_estimated
    assert fault.usage.input_tokens == 30


@pytest.mark.parametrize("body", ["a word", "[]", "{}", '{"content": null}'])
async def test_an_answer_without_an_answer_in_it_is_malformed(
    claude: ClaudeProvider, wire: respx.MockRouter, body: str
) -> None:
    wire.post(URL).respond(text=body, headers={"content-type": "application/json"})

    with pytest.raises(ProviderFault) as raised:
        await claude.complete(ask(), within())

    assert (raised.value.kind, raised.value.billed) == (Kind.MALFORMED, "maybe")


async def test_a_deprecated_model_is_called_without_a_warning(claude: ClaudeProvider, wire: respx.MockRouter) -> None:
    wire.post(URL).respond(json=ANSWER)

    assert (await claude.complete(ask("claude-3-opus-20240229"), within())).stop is Stop.COMPLETE


async def test_the_environment_has_no_say(mock: MockAi, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = {
        "ANTHROPIC_API_KEY": "sk-other",
        "ANTHROPIC_AUTH_TOKEN": "token-other",
        "ANTHROPIC_BASE_URL": "http://127.0.0.1:9",
        "ANTHROPIC_CUSTOM_HEADERS": "x-other: yes\nauthorization: Bearer other",
        "ANTHROPIC_PROFILE": "other",
        "ANTHROPIC_IDENTITY_TOKEN": "identity",
        "ANTHROPIC_FEDERATION_RULE_ID": "rule",
        "ANTHROPIC_ORGANIZATION_ID": "org",
    }
    for name, value in elsewhere.items():
        monkeypatch.setenv(name, value)
    provider = ClaudeProvider("claude", api_key=KEY, base_url=mock.url)

    await provider.complete(ask("model#ok"), within())
    await provider.aclose()

    (request,) = mock.requests
    assert request["headers"]["authorization"] == f"Bearer {KEY}"
    assert "x-other" not in request["headers"]


async def test_anthropic_itself_is_called_where_no_address_is_given(
    wire: respx.MockRouter, claude: ClaudeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "https://elsewhere.invalid")
    route = wire.post(URL).respond(json=ANSWER)

    await claude.complete(ask(), within())

    assert route.calls.last.request.headers["anthropic-version"] >= "2026-10-21"
