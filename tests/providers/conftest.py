"""A vendor to talk to: the mock server for what happens on a connection, recorded answers for what is said on it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator

import pytest
import respx
from respx.mocks import HTTPCoreMocker

from granulator.model import JsonObject
from granulator.providers.base import Deadline, GenRequest, Message, Mode, ModelProfile
from tests.mock_server import MockAi, mock_ai
from tests.providers.adapters import Adapters

PROFILE = ModelProfile(structured="strict", dialect="openai", context=128_000, max_output=16_000)

SCHEMA: JsonObject = {
    "type": "object",
    "properties": {"title": {"type": "string"}, "hours": {"type": "integer"}},
    "required": ["title", "hours"],
    "additionalProperties": False,
}


class BothStacks(HTTPCoreMocker):
    """Intercepts httpx and, what the SDKs use, httpx2. The aiohttp transport it does not see."""

    name = "both-stacks"
    targets = [target for old in HTTPCoreMocker.targets for target in (old, old.replace("httpcore.", "httpcore2."))]


def ask(model: str = "gpt-6-luna", *, mode: Mode = "strict", **changes: object) -> GenRequest:
    """A request for a short structure; ``changes`` are fields of GenRequest."""
    fields: dict[str, object] = {
        "model": model,
        "profile": PROFILE,
        "system": "You plan courses.",
        "messages": (Message("user", "Plan a course about <topic>tides</topic>."),),
        "max_output_tokens": 2000,
        "mode": mode,
        "schema": SCHEMA if mode in ("strict", "tool") else None,
    }
    return GenRequest(**(fields | changes))  # type: ignore[arg-type]


def within(seconds: float = 20) -> Deadline:
    """A deadline so many seconds away."""
    return Deadline(time.monotonic() + seconds)


@pytest.fixture(scope="session")
def mock_server() -> Iterator[MockAi]:
    with mock_ai() as server:
        yield server


@pytest.fixture
def mock(mock_server: MockAi) -> MockAi:
    """The mock server, remembering nothing."""
    mock_server.reset()
    return mock_server


@pytest.fixture
async def adapters(mock: MockAi) -> AsyncIterator[Adapters]:
    """Makes adapters that talk to the mock, and closes them."""
    opened = Adapters(mock.url)
    yield opened
    await opened.aclose()


@pytest.fixture
def wire() -> Iterator[respx.MockRouter]:
    """Answers by hand for adapters on the httpx2 transport; nothing leaves the process."""
    with respx.mock(using=BothStacks.name, assert_all_called=False) as router:
        yield router
