"""What every adapter does the same way, on every transport, with every fault of the mock server."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Mapping

import pytest

from granulator.model import Usage
from granulator.providers.base import Deadline, GenResult, Kind, Mode, Provider, ProviderFault, Stop, StreamEvent
from tests.mock_server import MockAi
from tests.providers.adapters import KEY, MAKERS, Adapters
from tests.providers.conftest import ask, within

PLAIN: Mapping[str, str] = {
    # scenario: how the call ends; a fault with whether it may be billed and whether it brings what had arrived
    "ok": "complete",
    "length": "truncated",
    "refuse": "refused",
    "filter": "filtered",
    "429:7": "rate_limited, billed no, after 7.0",
    "quota": "quota, billed no",
    "401": "auth, billed no",
    "402": "quota, billed no",
    "404": "model, billed no",
    "400": "bad_request, billed no",
    "500": "upstream, billed no",
    "502html": "upstream, billed no",
    "529": "overloaded, billed no",
    "overload_sse": "overloaded, billed no",
    "ctx": "context, billed no",
    "temp": "param, billed no, temperature",
    "seed": "param, billed no, seed",
    "schema": "schema, billed no",
    "hang": "timeout, billed maybe",
    "trickle": "timeout, billed maybe",
    "stall": "timeout, billed maybe",
    "cut": "unknown",
    "reset": "network, billed maybe",
    "reset_now": "network, billed maybe",
    "shortbody": "network, billed maybe",
    "sseerr": "upstream, billed no",
    "html200": "malformed, billed maybe",
    "err200": "upstream, billed maybe",
    "emptychoices": "malformed, billed maybe",
    "nullchoices": "malformed, billed maybe",
    "empty": "complete",
    "fence": "complete",
    "prose": "complete",
    "invalid": "complete",
    "nousage": "complete",
}
STREAMED = dict(PLAIN) | {
    "overload_sse": "overloaded, billed maybe",
    "stall": "timeout, billed maybe, with text",
    "reset": "network, billed maybe, with text",
    "shortbody": "network, billed maybe, with text",
    "sseerr": "upstream, billed maybe, with text",
    "cut": "cut",
    "emptychoices": "cut",
    "nullchoices": "cut",
}
# Claude's word for a filtered answer is refusal, and an answer without blocks is one that says nothing.
CLAUDE = {"filter": "refused", "emptychoices": "complete"}
# Claude's streams begin with the usage of the input.
CLAUDE_STREAMED = CLAUDE | {
    "nullchoices": "complete",
    "stall": "timeout, billed yes, with text",
    "reset": "network, billed yes, with text",
    "shortbody": "network, billed yes, with text",
    "sseerr": "upstream, billed yes, with text",
}
# Cloudflare has one code for both of these.
CLOUDFLARE = {"529": "rate_limited, billed no", "overload_sse": "rate_limited, billed no"}
CLOUDFLARE_STREAMED = {"529": "rate_limited, billed no", "overload_sse": "rate_limited, billed maybe"}
# ``run`` says neither why it stopped nor that it refused: what it wrote is judged by what it is.
RUN = CLOUDFLARE | dict.fromkeys(("length", "refuse", "filter", "cut"), "complete")

CASES: Mapping[str, tuple[str, Mode, bool, Mapping[str, str]]] = {
    "openai": ("openai-aiohttp", "strict", False, PLAIN),
    "openai streamed": ("openai-aiohttp", "strict", True, STREAMED),
    "openai on httpx2": ("openai-httpx2", "strict", False, PLAIN),
    "openai on httpx2 streamed": ("openai-httpx2", "strict", True, STREAMED),
    "claude": ("claude-aiohttp", "strict", False, PLAIN | CLAUDE | {"nullchoices": "malformed, billed yes"}),
    "claude streamed": ("claude-aiohttp", "strict", True, STREAMED | CLAUDE_STREAMED),
    "claude on httpx2": ("claude-httpx2", "strict", False, PLAIN | CLAUDE | {"nullchoices": "malformed, billed yes"}),
    "claude on httpx2 streamed": ("claude-httpx2", "strict", True, STREAMED | CLAUDE_STREAMED),
    "cloudflare run": ("cloudflare", "strict", False, PLAIN | RUN),
    # Nothing asks for a schema in the mode text.
    "cloudflare chat": ("cloudflare", "text", False, PLAIN | CLOUDFLARE | {"schema": "complete"}),
    "cloudflare chat streamed": ("cloudflare", "text", True, STREAMED | CLOUDFLARE_STREAMED | {"schema": "complete"}),
}
NEVER_ENDING = ("hang", "trickle", "stall")
EVERY = pytest.mark.parametrize("name", MAKERS)


@pytest.mark.parametrize("case", CASES)
async def test_each_scenario_ends_as_the_table_says(adapters: Adapters, case: str) -> None:
    name, mode, streams, expected = CASES[case]
    provider = adapters.make(name)
    await provider.warm_up()
    # Apart, so that the others do not use up the little time these get.
    ending_ones = [scenario for scenario in expected if scenario not in NEVER_ENDING]

    ended = {
        scenario: ending
        for scenarios in (ending_ones, NEVER_ENDING)
        for scenario, ending in await asyncio.gather(
            *(how_it_ends(provider, scenario, mode, streams=streams) for scenario in scenarios)
        )
    }

    assert ended == dict(expected)


async def how_it_ends(provider: Provider, scenario: str, mode: Mode, *, streams: bool) -> tuple[str, str]:
    request = ask(f"model#{scenario}", mode=mode, temperature=0.4, seed=7)
    deadline = within(1 if scenario in NEVER_ENDING else 20)
    try:
        return scenario, str((await provider.complete(request, deadline, [].append if streams else None)).stop)
    except ProviderFault as fault:
        after = f", after {fault.retry_after}" if fault.retry_after is not None else ""
        about = f", {fault.parameter}" if fault.parameter else ""
        text = ", with text" if fault.partial else ""
        return scenario, f"{fault.kind}, billed {fault.billed}{after}{about}{text}"


@EVERY
@pytest.mark.parametrize("scenario", ["400", "500", "529", "502html", "html200", "err200"])
async def test_a_fault_names_the_request_at_the_vendor(adapters: Adapters, name: str, scenario: str) -> None:
    with pytest.raises(ProviderFault) as raised:
        await adapters.make(name).complete(ask(f"model#{scenario}"), within())

    assert raised.value.request_id


@EVERY
@pytest.mark.parametrize("streams", [False, True])
async def test_an_answer_says_what_was_written_spent_and_served(
    adapters: Adapters, mock: MockAi, name: str, streams: bool
) -> None:
    events: list[StreamEvent] = []

    result = await adapters.make(name).complete(
        ask("model#prose", mode="text"), within(), events.append if streams else None
    )

    written = "It depends on what you want to"
    prompt = "You plan courses.\n\nPlan a course about <topic>tides</topic>."
    assert result.text.startswith(written)
    assert result == GenResult(
        text=result.text,
        stop=Stop.COMPLETE,
        usage=Usage(input_tokens=len(prompt) // 4, output_tokens=len(result.text) // 4),
        model_served="model",
        raw_stop="end_turn" if name.startswith("claude") else "stop",
        request_id=result.request_id,
        ttft_ms=result.ttft_ms,
        latency_ms=result.latency_ms,
    )
    assert "".join(event.text for event in events) == (result.text if streams else "")
    assert (result.ttft_ms is not None) == streams
    assert result.latency_ms >= (result.ttft_ms or 1)
    assert len(mock.requests) == 1


@EVERY
@pytest.mark.parametrize("streams", [False, True])
async def test_cached_input_is_inside_the_input(adapters: Adapters, name: str, streams: bool) -> None:
    provider = adapters.make(name)
    on_event = [].append if streams else None

    read = await provider.complete(ask("model#cached:9", mode="text"), within(), on_event)
    written = await provider.complete(ask("model#written:8", mode="text"), within(), on_event)

    output = len(read.text) // 4
    assert read.usage == Usage(input_tokens=15, output_tokens=output, cached_input_tokens=9)
    assert written.usage == Usage(input_tokens=15, output_tokens=output, cache_write_5m_tokens=8)


@EVERY
@pytest.mark.parametrize("streams", [False, True])
async def test_usage_that_is_not_reported_is_estimated(adapters: Adapters, name: str, streams: bool) -> None:
    request = ask("model#nousage", mode="text")

    result = await adapters.make(name).complete(request, within(), [].append if streams else None)

    assert result.usage.is_estimated
    assert 8 <= result.usage.input_tokens <= 24
    assert 0.5 < result.usage.output_tokens / (len(result.text) / 4) < 1.5


@EVERY
async def test_a_cut_stream_is_a_result_with_the_text_so_far_and_an_estimate(adapters: Adapters, name: str) -> None:
    result = await adapters.make(name).complete(ask("model#cut", mode="text"), within(), [].append)

    assert (result.stop, result.raw_stop, result.usage.is_estimated) == (Stop.CUT, None, True)
    assert result.text
    assert 0 < result.usage.output_tokens < len(result.text)


@EVERY
async def test_a_body_that_trickles_ends_at_the_deadline(adapters: Adapters, name: str) -> None:
    provider = adapters.make(name)
    await provider.warm_up()
    started = time.monotonic()

    with pytest.raises(ProviderFault):
        await provider.complete(ask("model#trickle", mode="text"), within(0.5), [].append)

    assert 0.45 < time.monotonic() - started < 2


@EVERY
async def test_no_call_is_made_without_time_for_it(adapters: Adapters, mock: MockAi, name: str) -> None:
    with pytest.raises(ProviderFault) as raised:
        await adapters.make(name).complete(ask(), Deadline(time.monotonic()))

    assert (raised.value.kind, raised.value.billed) == (Kind.TIMEOUT, "no")
    assert mock.requests == []


@EVERY
@pytest.mark.parametrize(("scenario", "streams"), [("hang", False), ("stall", True)])
async def test_cancelling_a_call_closes_its_connection(
    adapters: Adapters, mock: MockAi, name: str, scenario: str, streams: bool
) -> None:
    provider = adapters.make(name)
    request = ask(f"model#{scenario}", mode="text")
    call = asyncio.create_task(provider.complete(request, within(), [].append if streams else None))
    await until(lambda: len(mock.requests) == 1)

    call.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await call

    assert call.cancelled()
    await until(lambda: mock.requests[0]["disconnected"] is True)


@EVERY
async def test_a_call_beyond_the_limit_waits_and_is_not_billed_if_its_time_passes(
    adapters: Adapters, mock: MockAi, name: str
) -> None:
    provider = adapters.make(name, size=2)
    await provider.warm_up()
    first = [asyncio.create_task(provider.complete(ask("model#hang"), within())) for _ in range(2)]
    await until(lambda: len(mock.requests) == 2)

    with pytest.raises(ProviderFault) as raised:
        await provider.complete(ask("model#ok"), within(0.3))

    assert (raised.value.kind, raised.value.billed, len(mock.requests)) == (Kind.TIMEOUT, "no", 2)
    for call in first:
        call.cancel()
    await asyncio.gather(*first, return_exceptions=True)
    assert (await provider.complete(ask("model#ok"), within())).stop is Stop.COMPLETE


@EVERY
async def test_sixty_four_slow_calls_at_once_all_arrive(adapters: Adapters, name: str) -> None:
    provider = adapters.make(name)

    results = await asyncio.gather(*(provider.complete(ask("model#ok"), within()) for _ in range(64)))

    assert {result.stop for result in results} == {Stop.COMPLETE}
    assert len({result.request_id for result in results}) == 64


@EVERY
async def test_a_server_that_is_not_there_is_a_network_fault_that_cost_nothing(adapters: Adapters, name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"

    with pytest.raises(ProviderFault) as raised:
        await adapters.make(name, url=url).complete(ask(), within())

    assert (raised.value.kind, raised.value.billed, raised.value.status) == (Kind.NETWORK, "no", None)


@EVERY
async def test_a_name_that_does_not_resolve_is_a_network_fault_that_cost_nothing(
    adapters: Adapters, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*args: object, **options: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    with pytest.raises(ProviderFault) as raised:
        await adapters.make(name, url="http://provider.invalid").complete(ask(), within())

    assert (raised.value.kind, raised.value.billed) == (Kind.NETWORK, "no")


@EVERY
async def test_an_address_that_is_none_is_a_bad_request(adapters: Adapters, name: str) -> None:
    with pytest.raises(ProviderFault) as raised:
        await adapters.make(name, url="localhost:11434").complete(ask(), within())

    assert (raised.value.kind, raised.value.billed) == (Kind.BAD_REQUEST, "no")


@EVERY
async def test_no_fault_shows_the_key_the_vendor_quoted(adapters: Adapters, name: str) -> None:
    with pytest.raises(ProviderFault) as raised:
        await adapters.make(name, key="bad-key").complete(ask("model#ok"), within())

    shown = [str(raised.value), repr(raised.value), *traceback.format_exception(raised.value)]
    assert raised.value.kind is Kind.AUTH
    assert "***" in raised.value.message
    assert not any("bad-key" in text for text in shown if "key=" not in text)


@EVERY
async def test_the_key_goes_out_as_a_bearer_token_and_nothing_is_retried(
    adapters: Adapters, mock: MockAi, name: str
) -> None:
    with pytest.raises(ProviderFault):
        await adapters.make(name).complete(ask("model#500"), within())

    (request,) = mock.requests
    assert request["headers"]["authorization"] == f"Bearer {KEY}"
    assert "x-api-key" not in request["headers"]


@EVERY
async def test_a_closed_adapter_makes_no_call(adapters: Adapters, mock: MockAi, name: str) -> None:
    provider = adapters.make(name)
    await provider.complete(ask("model#ok"), within())
    await provider.aclose()

    with pytest.raises(ProviderFault) as raised:
        await provider.complete(ask("model#ok"), within())

    assert (raised.value.kind, len(mock.requests)) == (Kind.UNAVAILABLE, 1)


@EVERY
async def test_an_adapter_that_was_never_used_closes(adapters: Adapters, name: str) -> None:
    await adapters.make(name).aclose()


@EVERY
async def test_an_error_of_the_listener_is_no_fault_of_the_provider(adapters: Adapters, name: str) -> None:
    def listen(event: StreamEvent) -> None:
        raise LookupError("the listener's own error")

    with pytest.raises(LookupError):
        await adapters.make(name).complete(ask("model#ok", mode="text"), within(), listen)


def test_importing_the_adapters_loads_no_vendor_package() -> None:
    program = (
        "import sys\n"
        "import granulator.providers.openai, granulator.providers.claude, granulator.providers.cloudflare\n"
        "from granulator.providers.openai import OpenAiProvider\n"
        "from granulator.providers.claude import ClaudeProvider\n"
        "OpenAiProvider('openai', api_key='k'), ClaudeProvider('claude', api_key='k')\n"
        "print(sorted({'openai', 'anthropic', 'httpx2', 'aiohttp', 'genai_prices'} & sys.modules.keys()))\n"
    )

    output = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert output == "[]\n"


async def until(is_so: Callable[[], bool]) -> None:
    """Wait until something that happens in the server's thread has happened."""
    for _ in range(1000):
        if is_so():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it never happened")


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("status", [301, 307])
async def test_a_redirect_takes_neither_prompt_nor_key_elsewhere(adapters: Adapters, name: str, status: int) -> None:
    lines: list[bytes] = []

    async def redirect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines.append(await reader.readline())
        elsewhere = f"http://localhost:{port}/elsewhere"
        head = f"HTTP/1.1 {status} Moved\r\nlocation: {elsewhere}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        writer.write(head.encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(redirect, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        with pytest.raises(ProviderFault) as raised:
            await adapters.make(name, url=f"http://127.0.0.1:{port}").complete(ask(), within())

    assert (raised.value.status, raised.value.billed) == (status, "no")
    assert [b"/elsewhere" in line for line in lines] == [False]
