"""How fast the mock is: as slow as it was told to be, however many ask at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from granulator.dev.mock_ai.answering import script
from granulator.dev.mock_ai.asked import Asked, Turn
from granulator.dev.mock_ai.delivery import Pace
from granulator.dev.mock_ai.scenarios import Scenario
from granulator.dev.mock_ai.wires.openai import OpenAiWire
from tests.mock_server import MockAi, mock_ai
from tests.unit.dev.calls import WIRES, body_of, path_of


@pytest.fixture(scope="module")
def slow() -> Iterator[MockAi]:
    with mock_ai(latency_ms=60, ttft_ms=90, tokens_per_second=200) as running:
        yield running


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=20, trust_env=False) as opened:
        yield opened


async def timed(
    client: httpx.AsyncClient, mock: MockAi, wire: str, *, tokens: int, streams: bool
) -> tuple[float, float]:
    """Return the seconds to the first piece of text and to the end."""
    body = body_of(wire, "m#ok", prompt="Say about 400 words on tides.", stream=streams)
    started = time.monotonic()
    async with client.stream("POST", mock.url + path_of(wire, "m#ok"), json=body | {"max_tokens": tokens}) as answer:
        assert answer.status_code == 200
        arrivals = [time.monotonic() - started async for piece in answer.aiter_raw() if is_text(piece)]
    return arrivals[0], time.monotonic() - started


def is_text(piece: bytes) -> bool:
    return b"message_start" not in piece and b'"role":"assistant","content":""' not in piece


def test_a_piece_is_due_after_the_latency_the_first_token_and_what_was_written_before_it() -> None:
    pace = Pace(latency_ms=50, ttft_ms=100, tokens_per_second=80)

    assert [pace.due(None), pace.due(0), pace.due(8), pace.due(160)] == [0.05, 0.15, 0.25, 2.15]
    assert Pace(latency_ms=50, ttft_ms=100).due(1000) == 0.15


@pytest.mark.parametrize("wire", WIRES)
async def test_a_streamed_answer_begins_after_the_first_token_and_ends_with_the_last(
    client: httpx.AsyncClient, slow: MockAi, wire: str
) -> None:
    first, last = await timed(client, slow, wire, tokens=80, streams=True)

    assert 0.15 <= first < 0.5
    assert 0.55 <= last < 1.5


@pytest.mark.parametrize("wire", WIRES)
async def test_a_plain_answer_takes_as_long_as_a_streamed_one(
    client: httpx.AsyncClient, slow: MockAi, wire: str
) -> None:
    first, last = await timed(client, slow, wire, tokens=80, streams=False)

    assert 0.55 <= first <= last < 1.5


@pytest.mark.parametrize("scenario", ["429", "502html"])
def test_an_error_takes_the_latency_alone(scenario: str) -> None:
    told = script(OpenAiWire(), Asked("m", (Turn("user", "Go."),)), Scenario(scenario), "1")

    assert [piece.tokens for piece in told.pieces] == [None]


async def test_many_at_once_are_not_slower_than_one(client: httpx.AsyncClient, slow: MockAi) -> None:
    await timed(client, slow, "openai", tokens=80, streams=False)

    found = await asyncio.gather(*(timed(client, slow, "openai", tokens=80, streams=True) for _ in range(32)))

    assert all(0.55 <= last < 2.2 for _, last in found)


async def test_answers_on_a_kept_connection_do_not_wait_for_acknowledgements(
    client: httpx.AsyncClient, mock: MockAi
) -> None:
    took = []
    for _ in range(40):
        started = time.monotonic()
        await client.post(mock.url + path_of("openai", "m"), json=body_of("openai", "m"))
        took.append(time.monotonic() - started)

    # The system's own delay is 40 ms, and holds for every answer once it sets in.
    assert min(took[-10:]) < 0.035
