"""What goes to and comes from Workers AI: its own envelope, its OpenAI-shaped answers and its streams."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import httpx
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from granulator.model import Json, JsonObject, Usage
from granulator.providers.base import GenResult, Kind, Mode, ProviderFault, Stop, StreamEvent
from granulator.providers.cloudflare import STRIPES, CloudflareProvider, event_data, run_body
from tests.mock_server import MockAi
from tests.providers.adapters import KEY
from tests.providers.conftest import SCHEMA, ask, within

MODEL = "@cf/meta/llama-3.3-70b-instruct-fp8-fast"
ACCOUNT = "https://api.cloudflare.com/client/v4/accounts/acc/ai"
RUN = f"{ACCOUNT}/run/{MODEL}"
CHAT = f"{ACCOUNT}/v1/chat/completions"
DATA: JsonObject = {"title": "Tides", "hours": 3}
TEXT = '{"title": "Tides", "hours": 3}'
USAGE: JsonObject = {"prompt_tokens": 120, "completion_tokens": 40, "total_tokens": 160}


@pytest.fixture
async def cloudflare() -> AsyncIterator[CloudflareProvider]:
    provider = CloudflareProvider("cloudflare", account_id="acc", api_token=KEY)
    yield provider
    await provider.aclose()


def envelope(**result: Json) -> JsonObject:
    return {"result": result, "success": True, "errors": [], "messages": []}


def stream(*events: Json, end: str = "data: [DONE]\n\n") -> httpx.Response:
    lines = [f"data: {json.dumps(event, ensure_ascii=False)}\n\n" for event in events]
    return httpx.Response(200, text="".join([*lines, end]), headers={"content-type": "text/event-stream"})


async def test_an_object_that_comes_parsed_is_data_and_text(
    cloudflare: CloudflareProvider, wire: respx.MockRouter
) -> None:
    wire.post(RUN).respond(json=envelope(response=DATA, usage=USAGE), headers={"cf-ray": "ray-1"})

    result = await cloudflare.complete(ask(MODEL), within())

    assert result == GenResult(
        text=TEXT,
        stop=Stop.COMPLETE,
        usage=Usage(120, 40),
        model_served=MODEL,
        data=DATA,
        request_id="ray-1",
        latency_ms=result.latency_ms,
    )


async def test_an_object_that_comes_as_a_string_is_text(cloudflare: CloudflareProvider, wire: respx.MockRouter) -> None:
    wire.post(RUN).respond(json=envelope(response=TEXT, usage=USAGE))

    result = await cloudflare.complete(ask(MODEL), within())

    assert (result.text, result.data, result.stop) == (TEXT, None, Stop.COMPLETE)


@pytest.mark.parametrize("errors", [5, "oops", {"code": 1}, [7]])
async def test_errors_in_no_known_shape_do_not_hide_the_answer(
    cloudflare: CloudflareProvider, wire: respx.MockRouter, errors: Json
) -> None:
    wire.post(RUN).respond(json=envelope(response=TEXT, usage=USAGE) | {"errors": errors})

    assert (await cloudflare.complete(ask(MODEL), within())).text == TEXT


async def test_a_number_too_large_for_json_makes_no_answer(
    cloudflare: CloudflareProvider, wire: respx.MockRouter
) -> None:
    wire.post(RUN).respond(text='{"success": true, "result": {"response": {"hours": 1e999}}}')

    with pytest.raises(ProviderFault) as raised:
        await cloudflare.complete(ask(MODEL), within())

    assert raised.value.kind is Kind.MALFORMED


async def test_half_of_a_character_in_an_object_is_mended_in_its_text(
    cloudflare: CloudflareProvider, wire: respx.MockRouter
) -> None:
    wire.post(RUN).respond(text='{"success": true, "result": {"response": {"title": "T\\ud83d"}}}')

    result = await cloudflare.complete(ask(MODEL), within())

    assert (result.text, result.data) == ('{"title": "T\ufffd"}', None)


async def test_an_answer_without_usage_is_estimated(cloudflare: CloudflareProvider, wire: respx.MockRouter) -> None:
    wire.post(RUN).respond(json=envelope(response=DATA))

    result = await cloudflare.complete(ask(MODEL), within())

    assert result.usage.is_estimated
    assert result.usage.output_tokens > 5


@pytest.mark.parametrize(("limit", "stop"), [(40, Stop.TRUNCATED), (39, Stop.TRUNCATED), (41, Stop.COMPLETE)])
async def test_a_text_that_used_up_its_limit_was_cut_by_it(
    cloudflare: CloudflareProvider, wire: respx.MockRouter, limit: int, stop: Stop
) -> None:
    wire.post(RUN).respond(json=envelope(response='{"title": "Ti', usage=USAGE))

    assert (await cloudflare.complete(ask(MODEL, max_output_tokens=limit), within())).stop is stop


async def test_an_answer_in_openai_shape_inside_the_envelope_is_understood(
    cloudflare: CloudflareProvider, wire: respx.MockRouter
) -> None:
    choice: Json = {"index": 0, "finish_reason": "length", "message": {"role": "assistant", "content": "Ti"}}
    wire.post(RUN).respond(json=envelope(choices=[choice], usage=USAGE, model=MODEL))

    result = await cloudflare.complete(ask(MODEL), within())

    assert (result.text, result.stop, result.raw_stop) == ("Ti", Stop.TRUNCATED, "length")


@pytest.mark.parametrize(
    "message",
    ["JSON Mode couldn't be met", "AiError: JSON Mode couldn\u2019t be met.", "5024: JSON Mode couldn't be met"],
)
async def test_a_form_that_was_not_met_is_an_answer_without_one(
    cloudflare: CloudflareProvider, wire: respx.MockRouter, message: str
) -> None:
    """The model did write, and is asked again like one whose answer does not parse."""
    errors: Json = [{"code": 5024, "message": message}]
    wire.post(RUN).respond(400, json={"success": False, "errors": errors, "messages": [], "result": None})

    result = await cloudflare.complete(ask(MODEL), within())

    assert (result.text, result.stop, result.usage.is_estimated) == ("", Stop.COMPLETE, True)


async def test_an_error_inside_a_good_answer_is_an_error(
    cloudflare: CloudflareProvider, wire: respx.MockRouter
) -> None:
    errors: Json = [{"code": 3040, "message": "Capacity temporarily exceeded"}]
    wire.post(RUN).respond(200, json={"success": False, "errors": errors, "result": None})

    with pytest.raises(ProviderFault) as raised:
        await cloudflare.complete(ask(MODEL), within())

    assert (raised.value.kind, raised.value.code, raised.value.billed) == (Kind.RATE_LIMITED, "3040", "maybe")


@pytest.mark.parametrize("result", [None, {}, {"response": None}, {"response": 3}, {"response": ["a"]}])
async def test_an_answer_without_a_response_is_malformed(
    cloudflare: CloudflareProvider, wire: respx.MockRouter, result: Json
) -> None:
    wire.post(RUN).respond(json={"success": True, "result": result, "errors": []})

    with pytest.raises(ProviderFault) as raised:
        await cloudflare.complete(ask(MODEL), within())

    assert raised.value.kind is Kind.MALFORMED


def test_a_run_sends_the_bare_schema_and_always_a_limit() -> None:
    assert run_body(ask(MODEL, temperature=0.2, seed=3, fails_fast=True)) == {
        "messages": [
            {"role": "system", "content": "You plan courses."},
            {"role": "user", "content": "Plan a course about <topic>tides</topic>."},
        ],
        "max_tokens": 2000,
        "temperature": 0.2,
        "seed": 3,
        "response_format": {"type": "json_schema", "json_schema": SCHEMA},
        "options": {"rejectIfBusy": True},
    }
    assert run_body(ask(MODEL, mode="json"))["response_format"] == {"type": "json_object"}


@pytest.mark.parametrize(
    ("mode", "url"), [("strict", RUN), ("json", RUN), ("tool", CHAT), ("prompt", CHAT), ("text", CHAT)]
)
async def test_structure_goes_to_run_and_the_rest_to_chat(
    cloudflare: CloudflareProvider, wire: respx.MockRouter, mode: Mode, url: str
) -> None:
    route = wire.post(url).respond(json=envelope(response=TEXT))

    await cloudflare.complete(ask(MODEL, mode=mode), within())

    request = route.calls.last.request
    assert json.loads(request.content)["max_tokens"] == 2000
    assert request.headers["authorization"] == f"Bearer {KEY}"


async def test_structure_is_not_streamed_but_still_heard(
    cloudflare: CloudflareProvider, wire: respx.MockRouter
) -> None:
    route = wire.post(RUN).respond(json=envelope(response=DATA))
    events: list[StreamEvent] = []

    result = await cloudflare.complete(ask(MODEL), within(), events.append)

    assert "stream" not in json.loads(route.calls.last.request.content)
    assert (events, result.ttft_ms) == ([StreamEvent(TEXT)], None)


async def test_a_stream_in_its_own_shape_ends_with_done(cloudflare: CloudflareProvider, wire: respx.MockRouter) -> None:
    end: JsonObject = {"response": "", "usage": USAGE}
    wire.post(CHAT).mock(return_value=stream({"response": "Ti"}, {"response": "des"}, end))
    events: list[StreamEvent] = []

    result = await cloudflare.complete(ask(MODEL, mode="text"), within(), events.append)

    assert events == [StreamEvent("Ti"), StreamEvent("des")]
    assert (result.text, result.stop, result.usage) == ("Tides", Stop.COMPLETE, Usage(120, 40))


async def test_a_stream_in_its_own_shape_without_done_is_cut(
    cloudflare: CloudflareProvider, wire: respx.MockRouter
) -> None:
    wire.post(CHAT).mock(return_value=stream({"response": "Ti"}, end=""))

    assert (await cloudflare.complete(ask(MODEL, mode="text"), within(), [].append)).stop is Stop.CUT


async def test_a_stream_in_openai_shape_needs_its_reason_to_stop(
    cloudflare: CloudflareProvider, wire: respx.MockRouter
) -> None:
    wire.post(CHAT).mock(return_value=stream({"choices": [{"index": 0, "delta": {"content": "Ti"}}]}))

    assert (await cloudflare.complete(ask(MODEL, mode="text"), within(), [].append)).stop is Stop.CUT


async def test_an_answer_in_one_piece_to_a_stream_is_understood(
    cloudflare: CloudflareProvider, wire: respx.MockRouter
) -> None:
    wire.post(CHAT).respond(json=envelope(response="Tides"))

    assert (await cloudflare.complete(ask(MODEL, mode="text"), within(), [].append)).text == "Tides"


async def test_a_line_separator_inside_a_text_ends_no_line(
    cloudflare: CloudflareProvider, wire: respx.MockRouter
) -> None:
    said = "one\u2028two\x85three"
    wire.post(CHAT).mock(return_value=stream({"response": said}))

    assert (await cloudflare.complete(ask(MODEL, mode="text"), within(), [].append)).text == said


@given(
    datas=st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), min_size=1)),
    end=st.sampled_from(["\n", "\r\n"]),
    cuts=st.lists(st.integers(0, 400)),
)
async def test_events_are_found_wherever_the_chunks_are_cut(datas: list[str], end: str, cuts: list[int]) -> None:
    content = "".join(f": comment{end}event: x{end}data: {data}{end}{end}" for data in datas).encode()
    edges = [0, *sorted(min(cut, len(content)) for cut in cuts), len(content)]

    async def chunks() -> AsyncIterator[bytes]:
        for start, stop in zip(edges, edges[1:], strict=False):
            yield content[start:stop]

    assert [data async for data in event_data(chunks())] == datas


@pytest.mark.parametrize("model", ["../../../user/tokens", "@cf/../../x", "", "@cf//x", "./x", "@cf/meta/.."])
async def test_a_model_name_cannot_lead_out_of_its_place(
    cloudflare: CloudflareProvider, wire: respx.MockRouter, model: str
) -> None:
    with pytest.raises(ProviderFault) as raised:
        await cloudflare.complete(ask(model), within())

    assert (raised.value.kind, raised.value.billed, len(wire.calls)) == (Kind.MODEL, "no", 0)


async def test_a_model_name_is_one_path_whatever_is_in_it(mock: MockAi) -> None:
    provider = CloudflareProvider("cloudflare", account_id="a c", api_token=KEY, base_url=f"{mock.url}/client/v4/")

    await provider.complete(ask("@cf/meta/llama?x=1 %41#ok"), within())
    await provider.aclose()

    assert mock.requests[0]["path"] == "/client/v4/accounts/a c/ai/run/@cf/meta/llama?x=1 %41#ok"


async def test_calls_go_round_the_pools(cloudflare: CloudflareProvider) -> None:
    clients = (await cloudflare._http.get()).clients

    taken = [clients[next(cloudflare._turn)] for _ in range(STRIPES + 1)]

    assert taken[:STRIPES] == list(clients)
    assert taken[STRIPES] is clients[0]
