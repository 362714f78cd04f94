"""The wire formats: the vendors' own clients find nothing missing and nothing unknown in them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import anthropic
import openai
import pytest
from pydantic import BaseModel

from granulator.dev.mock_ai.asked import tokens
from tests.mock_server import MockAi
from tests.unit.dev.calls import CLIENT, SCHEMA, WIRES, body_of, path_of, post, text_of, wanting

PROMPT = "Say something about tides."
TOOL = {"type": "function", "function": {"name": "answer", "parameters": SCHEMA, "strict": True}}


@pytest.fixture
async def clients(mock: MockAi) -> AsyncIterator[tuple[openai.AsyncOpenAI, anthropic.AsyncAnthropic]]:
    async with AsyncExitStack() as stack:
        yield (
            await stack.enter_async_context(openai.AsyncOpenAI(api_key="k", base_url=f"{mock.url}/v1", max_retries=0)),
            await stack.enter_async_context(anthropic.AsyncAnthropic(api_key="k", base_url=mock.url, max_retries=0)),
        )


def unknown(model: BaseModel, path: str = "") -> Iterator[str]:
    """Yield the places of what the vendor's client has no name for."""
    yield from (f"{path}.{name}" for name in model.model_extra or {})
    for name, value in model:
        for entry in value if isinstance(value, list) else [value]:
            if isinstance(entry, BaseModel):
                yield from unknown(entry, f"{path}.{name}")


async def test_openai_reads_a_plain_answer(clients: tuple[openai.AsyncOpenAI, anthropic.AsyncAnthropic]) -> None:
    found = await clients[0].chat.completions.create(
        model="gpt-6-luna#ok", messages=[{"role": "user", "content": PROMPT}]
    )

    text = found.choices[0].message.content
    assert text is not None
    assert list(unknown(found)) == []
    assert (found.model, found.choices[0].finish_reason, found.choices[0].message.refusal) == (
        "gpt-6-luna",
        "stop",
        None,
    )
    assert found.usage is not None
    assert (found.usage.prompt_tokens, found.usage.completion_tokens) == (tokens(PROMPT), tokens(text))
    assert found.usage.total_tokens == tokens(PROMPT) + tokens(text)


async def test_openai_reads_a_streamed_answer(clients: tuple[openai.AsyncOpenAI, anthropic.AsyncAnthropic]) -> None:
    stream = await clients[0].chat.completions.create(
        model="gpt-6-luna#ok",
        messages=[{"role": "user", "content": PROMPT}],
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = [chunk async for chunk in stream]
    plain = await clients[0].chat.completions.create(
        model="gpt-6-luna#ok", messages=[{"role": "user", "content": PROMPT}]
    )

    text = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
    assert [place for chunk in chunks for place in unknown(chunk)] == []
    assert text == plain.choices[0].message.content
    assert [choice.finish_reason for chunk in chunks for choice in chunk.choices][-1] == "stop"
    assert (chunks[-1].choices, chunks[-1].usage) == ([], plain.usage)


async def test_openai_reads_the_arguments_of_a_tool(
    clients: tuple[openai.AsyncOpenAI, anthropic.AsyncAnthropic],
) -> None:
    found = await clients[0].chat.completions.create(
        model="m#ok",
        messages=[{"role": "user", "content": PROMPT}],
        tools=[TOOL],
        tool_choice={"type": "function", "function": {"name": "answer"}},
    )

    calls = found.choices[0].message.tool_calls
    assert calls is not None
    assert list(unknown(found)) == []
    assert json.loads(calls[0].function.arguments).keys() == {"title", "pages"}
    # A call that was forced ends with "stop" at the vendor too.
    assert found.choices[0].finish_reason == "stop"


async def test_anthropic_reads_a_plain_answer(clients: tuple[openai.AsyncOpenAI, anthropic.AsyncAnthropic]) -> None:
    found = await clients[1].messages.create(
        model="claude-haiku-5-5#ok", max_tokens=900, messages=[{"role": "user", "content": PROMPT}]
    )

    block = found.content[0]
    assert block.type == "text"
    assert list(unknown(found)) == []
    assert (found.model, found.stop_reason, found.stop_details) == ("claude-haiku-5-5", "end_turn", None)
    assert (found.usage.input_tokens, found.usage.output_tokens) == (tokens(PROMPT), tokens(block.text))


async def test_anthropic_reads_a_streamed_answer(clients: tuple[openai.AsyncOpenAI, anthropic.AsyncAnthropic]) -> None:
    async with clients[1].messages.stream(
        model="claude-haiku-5-5#ok", max_tokens=900, messages=[{"role": "user", "content": PROMPT}]
    ) as stream:
        events = [event async for event in stream]
        whole = await stream.get_final_message()
    plain = await clients[1].messages.create(
        model="claude-haiku-5-5#ok", max_tokens=900, messages=[{"role": "user", "content": PROMPT}]
    )

    assert [event.type for event in events][-1] == "message_stop"
    assert list(unknown(whole)) == []
    assert whole.content[0].text == plain.content[0].text
    assert (whole.stop_reason, whole.usage.output_tokens) == ("end_turn", plain.usage.output_tokens)


async def test_anthropic_reads_the_input_of_a_tool(
    clients: tuple[openai.AsyncOpenAI, anthropic.AsyncAnthropic],
) -> None:
    found = await clients[1].messages.create(
        model="m#ok",
        max_tokens=900,
        messages=[{"role": "user", "content": PROMPT}],
        tools=[{"name": "answer", "input_schema": SCHEMA}],
        tool_choice={"type": "tool", "name": "answer"},
    )

    block = found.content[0]
    assert block.type == "tool_use"
    assert list(unknown(found)) == []
    assert (block.name, block.input.keys(), found.stop_reason) == ("answer", {"title", "pages"}, "tool_use")


def test_cloudflare_run_answers_json_parsed(mock: MockAi) -> None:
    found = post(mock, "run", **wanting("run", SCHEMA)).json()

    assert found["result"]["response"].keys() == {"title", "pages"}
    assert {key: found[key] for key in ("success", "errors", "messages")} == {
        "success": True,
        "errors": [],
        "messages": [],
    }
    assert found["result"]["usage"]["prompt_tokens"] == tokens(PROMPT)


def test_cloudflare_run_streams_its_text_and_then_the_usage(mock: MockAi) -> None:
    plain = post(mock, "run").json()
    lines = [line.removeprefix("data: ") for line in post(mock, "run", stream=True).text.split("\n\n") if line]

    events = [json.loads(line) for line in lines[:-1]]
    assert lines[-1] == "[DONE]"
    assert "".join(event["response"] for event in events) == plain["result"]["response"]
    assert events[-1]["usage"] == plain["result"]["usage"]


def test_cloudflare_run_writes_256_tokens_where_no_limit_is_set(mock: MockAi) -> None:
    body = body_of("run", "m#ok", prompt="Say about 900 words on tides.")
    del body["max_tokens"]

    found = CLIENT.post(mock.url + path_of("run", "m#ok"), json=body).json()

    assert found["result"]["usage"]["completion_tokens"] == 256


@pytest.mark.parametrize("wire", WIRES)
def test_every_answer_has_a_request_id_of_its_own(mock: MockAi, wire: str) -> None:
    header = {"openai": "x-request-id", "anthropic": "request-id"}.get(wire, "cf-ray")

    assert len({post(mock, wire, scenario).headers[header] for scenario in ("ok", "429", "err200")}) == 3


@pytest.mark.parametrize("wire", WIRES)
def test_an_answer_longer_than_the_limit_is_cut_at_it(mock: MockAi, wire: str) -> None:
    found = post(mock, wire, max_tokens=12)

    assert tokens(text_of(wire, found.json())) == 12
    reasons = {"anthropic": '"max_tokens"', "run": '"completion_tokens":12'}
    assert reasons.get(wire, '"length"') in found.text


@pytest.mark.parametrize(
    ("wire", "scenario", "usage"),
    [
        (
            "openai",
            "cached:4",
            {"prompt_tokens": 6, "prompt_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 0}},
        ),
        (
            "openai",
            "written:4",
            {"prompt_tokens": 6, "prompt_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 4}},
        ),
        ("openai", "reasoning:50", {"completion_tokens_details": {"reasoning_tokens": 50}}),
        ("anthropic", "cached:4", {"input_tokens": 2, "cache_read_input_tokens": 4, "cache_creation_input_tokens": 0}),
        (
            "anthropic",
            "written:99",
            {"input_tokens": 0, "cache_read_input_tokens": 0, "cache_creation_input_tokens": 6},
        ),
    ],
)
def test_usage_tells_cached_and_reasoning_tokens_as_the_vendor_does(
    mock: MockAi, wire: str, scenario: str, usage: dict[str, object]
) -> None:
    found = post(mock, wire, scenario).json()["usage"]

    assert {key: found[key] for key in usage} == usage


def test_reasoning_is_inside_the_output(mock: MockAi) -> None:
    plain, reasoned = (post(mock, "openai", name).json()["usage"] for name in ("ok", "reasoning:50"))

    assert reasoned["completion_tokens"] == plain["completion_tokens"] + 50


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("header", ["authorization", "x-api-key"])
def test_any_key_is_let_in_but_the_bad_one(mock: MockAi, wire: str, header: str) -> None:
    url, body = mock.url + path_of(wire, "m#ok"), body_of(wire, "m#ok")
    start = "Bearer " if header == "authorization" else ""

    codes = [CLIENT.post(url, json=body, headers={header: start + key}).status_code for key in ("any-key", "bad-key")]

    assert codes == [200, 401]


def test_what_is_no_endpoint_is_refused_in_json(mock: MockAi) -> None:
    found = [CLIENT.get(f"{mock.url}/nowhere"), CLIENT.get(f"{mock.url}/v1/messages")]
    found += [CLIENT.post(f"{mock.url}/v1/messages", content=body) for body in (b"{", b"[]")]

    assert [(one.status_code, set(one.json())) for one in found] == [(code, {"error"}) for code in (404, 405, 400, 400)]


def test_the_server_says_that_it_is_there_and_what_it_serves(mock: MockAi) -> None:
    assert CLIENT.get(mock.url).json() == {"status": "ok"}
    assert "gpt-6-luna" in [row["id"] for row in CLIENT.get(f"{mock.url}/v1/models").json()["data"]]


def test_requests_are_recorded_until_they_are_forgotten(mock: MockAi) -> None:
    post(mock, "run")

    seen = mock.requests
    mock.reset()

    assert [(row["path"], row["scenario"], row["disconnected"]) for row in seen] == [
        ("/client/v4/accounts/acme/ai/run/model-1#ok", "ok", False)
    ]
    assert seen[0]["body"] == body_of("run", "")
    assert seen[0]["headers"]["content-type"] == "application/json"
    assert mock.requests == []
