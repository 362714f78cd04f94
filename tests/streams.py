"""Server-sent events as a caller reads them, and jobs that run until they are stopped."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import httpx

from granulator.model import JsonObject
from tests.mock_server import MockAi

PATIENCE_SECONDS = 20
MODEL = "gpt-6-luna"


@dataclass(frozen=True, slots=True)
class Told:
    """One event of a stream."""

    id: int
    event: str
    data: JsonObject


def parsed(text: str) -> list[Told]:
    """The events of a stream, read by the rules of the HTML standard; comments and ``retry`` carry none."""
    blocks = [dict(_field(line) for line in block.splitlines()) for block in text.split("\n\n")]
    return [Told(int(one["id"]), one["event"], json.loads(one["data"])) for one in blocks if "data" in one]


def _field(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name, value.removeprefix(" ")


async def followed(client: httpx.AsyncClient, job_id: int) -> list[Told]:
    """Everything a job tells, once it is over."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        answer = await client.get(f"/api/jobs/{job_id}/events")
    assert answer.status_code == 200, answer.text
    return parsed(answer.text)


def quiz(scenario: str = "ok", **config: object) -> JsonObject:
    """A request for a quiz, of a model that behaves as the scenario says."""
    body: dict[str, object] = {
        "action": "granulate",
        "input": {"topic": "Keeping bees", "structureType": "quiz", "granularityLevel": 1},
        "config": {"aiProvider": "openai", "aiModel": f"{MODEL}#{scenario}", **config},
    }
    return cast(JsonObject, body)


async def begun(mock: MockAi, calls: int) -> None:
    """Wait until the provider was called so often."""
    await until(lambda: len(mock.requests) >= calls)


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds. Raises TimeoutError."""
    for _ in range(100 * PATIENCE_SECONDS):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError
