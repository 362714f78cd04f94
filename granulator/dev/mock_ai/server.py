"""The mock AI server: which path speaks which wire, who is let in and what is recorded; no faults, no content."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from granulator.dev.mock_ai.answering import script
from granulator.dev.mock_ai.asked import Asked
from granulator.dev.mock_ai.delivery import Delivery, Outcome, Pace
from granulator.dev.mock_ai.scenarios import Calls, Scenario, scenario_of
from granulator.dev.mock_ai.wires.anthropic import AnthropicWire
from granulator.dev.mock_ai.wires.base import Wire
from granulator.dev.mock_ai.wires.cloudflare import CloudflareChatWire, CloudflareRunWire
from granulator.dev.mock_ai.wires.openai import CREATED, OpenAiWire
from granulator.model import Json

BAD_KEY = "bad-key"
REQUESTS_KEPT = 2000
MODELS = (
    "gpt-6-luna",
    "gpt-6-sol",
    "claude-haiku-5-5",
    "claude-sonnet-5-5",
    "@cf/meta/llama-3.3-70b-instruct-fp8-fast",
)


@dataclass(slots=True)
class Recorded:
    """One request as it came, with the fault it got and what became of its answer."""

    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Json]
    scenario: str
    outcome: Outcome = field(default_factory=Outcome)


@dataclass(slots=True)
class MockState:
    """What one mock server remembers."""

    pace: Pace
    calls: Calls = field(default_factory=Calls)
    requests: deque[Recorded] = field(default_factory=lambda: deque(maxlen=REQUESTS_KEPT))

    def reset(self) -> None:
        """Forget every request and every count."""
        self.calls.counts.clear()
        self.requests.clear()


def create_app(*, latency_ms: int = 0, ttft_ms: int = 0, tokens_per_second: int = 0) -> Starlette:
    """Return the mock server; its memory is ``app.state.mock``.

    ``latency_ms`` passes before anything is answered, ``ttft_ms`` more before the first token, then
    ``tokens_per_second`` tokens are written, 0 for all at once. A plain answer takes as long as a streamed one.
    """
    cloudflare = "/client/v4/accounts/{account:path}/ai"
    app = Starlette(
        routes=[
            Route("/", _alive),
            Route("/v1/models", _models),
            _route("/v1/chat/completions", OpenAiWire()),
            _route("/v1/messages", AnthropicWire()),
            _route(f"{cloudflare}/run/{{model:path}}", CloudflareRunWire()),
            _route(f"{cloudflare}/v1/chat/completions", CloudflareChatWire()),
        ],
        exception_handlers={HTTPException: _refused},
    )
    app.state.mock = MockState(Pace(latency_ms, ttft_ms, tokens_per_second))
    return app


def _route(path: str, wire: Wire) -> Route:
    async def answer(request: Request) -> Response:
        started_at = asyncio.get_running_loop().time()
        body = await _body(request)
        asked = wire.read(body, request.path_params.get("model", ""))
        mock: MockState = request.app.state.mock
        scenario = _scenario(request, asked, mock.calls)
        recorded = Recorded(request.scope["path"], dict(request.headers), body, scenario.name)
        mock.requests.append(recorded)
        told = script(wire, asked, scenario, uuid.uuid4().hex, mock.pace.tokens_per_second)
        return Delivery(told, mock.pace, started_at, recorded.outcome)

    return Route(path, answer, methods=["POST"])


async def _body(request: Request) -> Mapping[str, Json]:
    try:
        body: Json = json.loads(await request.body())
    except ValueError as error:
        raise HTTPException(400, "the body is not JSON") from error
    if not isinstance(body, Mapping):
        raise HTTPException(400, "the body is not a JSON object")
    return body


def _scenario(request: Request, asked: Asked, calls: Calls) -> Scenario:
    keys = (request.headers.get("x-api-key", ""), request.headers.get("authorization", "").removeprefix("Bearer "))
    if BAD_KEY in keys:
        return Scenario("401")
    try:
        return scenario_of(asked, calls)
    except LookupError as error:
        raise HTTPException(400, str(error)) from error


async def _alive(request: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def _models(request: Request) -> Response:
    rows = [{"id": name, "object": "model", "created": CREATED, "owned_by": "mock"} for name in MODELS]
    return JSONResponse({"object": "list", "data": rows})


async def _refused(request: Request, error: Exception) -> Response:
    status, said = (error.status_code, error.detail) if isinstance(error, HTTPException) else (500, str(error))
    return JSONResponse({"error": {"message": said, "type": "invalid_request_error"}}, status)
