"""Every way in which a provider fails, as the caller of ``POST /api/execute`` sees it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal, cast

import httpx
import pytest
from starlette.applications import Starlette

from granulator.api import keys
from granulator.model import JsonObject
from granulator.services import Services
from granulator.settings import Settings
from granulator.store.database import Statement
from tests.conftest import client_of, running

ATTEMPTS = "SELECT provider, state, fault FROM attempts ORDER BY started_at, id"

BASE = {"openai": "gpt-6-luna", "claude": "claude-haiku-5-5", "cloudflare": "@cf/meta/llama-3.3-70b-instruct-fp8-fast"}


STREAMED = frozenset({"cut", "sseerr", "overload_sse", "trickle", "stall", "reset"})
"""Faults in the middle of an answer, which only a long one has: it is streamed."""


def order(provider: str, scenario: str, **config: object) -> dict[str, object]:
    """A structure that takes one call, asked of a model that fails as the scenario says."""
    model = f"{BASE[provider]}#{scenario}"
    kind = "course" if scenario in STREAMED else "quiz"
    return {
        "action": "granulate",
        "input": {"topic": "Keeping bees", "structureType": kind, "granularityLevel": 1},
        "config": {"aiProvider": provider, "aiModel": model, **config},
    }


async def ask(client: httpx.AsyncClient, body: Mapping[str, object]) -> httpx.Response:
    return await client.post("/api/execute", json=body)


async def attempts(app: Starlette) -> list[tuple[object, ...]]:
    """Provider, state and fault of every call on the ledger."""
    services = cast(Services, app.state.services)
    return [(row["provider"], row["state"], row["fault"]) for row in await services.db.all(Statement(ATTEMPTS))]


TABLE = [
    ("401", 500, "AI_PROVIDER_ERROR", "auth", 1, "failed"),
    ("402", 500, "AI_PROVIDER_ERROR", "quota", 1, "failed"),
    ("quota", 500, "AI_PROVIDER_ERROR", "quota", 1, "failed"),
    ("429", 500, "AI_PROVIDER_ERROR", "rate_limited", 3, "failed"),
    ("429:300", 500, "AI_PROVIDER_ERROR", "rate_limited", 1, "failed"),
    ("529", 500, "AI_PROVIDER_ERROR", "overloaded", 3, "failed"),
    ("500", 500, "AI_PROVIDER_ERROR", "upstream", 3, "failed"),
    ("502html", 500, "AI_PROVIDER_ERROR", "upstream", 3, "failed"),
    ("400", 500, "AI_PROVIDER_ERROR", "bad_request", 1, "failed"),
    ("404", 400, "MODEL_UNAVAILABLE", None, 1, "failed"),
    ("ctx", 422, "CONTEXT_TOO_LONG", None, 1, "failed"),
    ("refuse", 422, "CONTENT_REFUSED", None, 1, "settled"),
    ("filter", 422, "CONTENT_REFUSED", None, 1, "settled"),
    ("reset_now", 500, "AI_PROVIDER_ERROR", "network", 3, "uncertain"),
    ("reset", 500, "AI_PROVIDER_ERROR", "network", 3, None),
    ("shortbody", 500, "AI_PROVIDER_ERROR", "network", 3, "uncertain"),
    ("nullchoices", 500, "AI_PROVIDER_ERROR", "malformed", 3, None),
    ("html200", 500, "AI_PROVIDER_ERROR", "malformed", 3, None),
    ("cut", 500, "AI_PROVIDER_ERROR", "cut", 3, "settled"),
    ("sseerr", 500, "AI_PROVIDER_ERROR", None, 3, None),
    ("overload_sse", 500, "AI_PROVIDER_ERROR", "overloaded", 3, None),
    ("length", 500, "AI_RESPONSE_INVALID", "truncated", None, "settled"),
    ("prose", 500, "AI_RESPONSE_INVALID", "invalid", 3, "settled"),
    ("invalid", 500, "AI_RESPONSE_INVALID", "invalid", 3, "settled"),
    ("empty", 500, "AI_RESPONSE_INVALID", "invalid", 3, "settled"),
]
"""Scenario; status, code and kind of the answer; calls made (None: it depends) and how each stands in the ledger."""


@pytest.mark.parametrize("provider", ["openai", "claude"])
@pytest.mark.parametrize(("scenario", "status", "code", "kind", "calls", "state"), TABLE, ids=[row[0] for row in TABLE])
async def test_a_failure_of_a_provider_has_a_name(
    ai_app: Starlette,
    ai_client: httpx.AsyncClient,
    provider: str,
    scenario: str,
    status: int,
    code: str,
    kind: str | None,
    calls: int | None,
    state: str | None,
) -> None:
    answer = await ask(ai_client, order(provider, scenario))

    body = cast(JsonObject, answer.json())
    details = cast(JsonObject, body["details"])
    booked = await attempts(ai_app)
    assert (answer.status_code, body["code"], details["provider"]) == (status, code, provider)
    assert kind is None or details["kind"] == kind
    assert calls is None or len(booked) == calls
    assert state is None or {row[1] for row in booked} == {state}
    assert "key-of" not in json.dumps(body)


async def test_a_wait_that_does_not_fit_is_not_waited_for_and_is_passed_on(ai_client: httpx.AsyncClient) -> None:
    answer = await ask(ai_client, order("openai", "429:300"))

    assert answer.json()["details"]["retryable"] is True
    assert 295 <= int(answer.headers["Retry-After"]) <= 301


@pytest.mark.parametrize("scenario", ["hang", "trickle", "stall"])
@pytest.mark.parametrize("provider", ["openai", "claude"])
async def test_the_deadline_holds_whatever_the_provider_does(
    ai_app: Starlette, ai_client: httpx.AsyncClient, provider: str, scenario: str
) -> None:
    answer = await ask(ai_client, order(provider, scenario) | {"timeout": 1500})

    body = answer.json()
    assert (answer.status_code, body["code"], body["details"]["timeout"]) == (408, "REQUEST_TIMEOUT", 1500)
    status = (await ai_client.get(f"/api/jobs/{body['details']['jobId']}/status")).json()
    assert body["details"]["stage"] == status["stage"] != "queued"
    assert 1000 <= body["duration"] < 4000
    assert [row[1] for row in await attempts(ai_app)] == ["uncertain"]


@pytest.mark.parametrize("transport", ["aiohttp", "httpx2"])
@pytest.mark.parametrize("address", ["http://no-such-host.invalid/v1", "http://127.0.0.1:9/v1"], ids=["dns", "refused"])
async def test_a_provider_that_cannot_be_reached_is_a_network_failure_and_costs_nothing(
    ai_settings: Settings, address: str, transport: Literal["aiohttp", "httpx2"]
) -> None:
    away = replace(ai_settings.providers, openai_base_url=address, transport=transport)
    async with running(replace(ai_settings, providers=away)) as app:
        issued = await keys.issue(app.state.services, client_id="acme", name="test")
        async with client_of(app, x_api_key=issued.secret) as client:
            answer = await ask(client, order("openai", "ok"))

        body = answer.json()
        assert (answer.status_code, body["code"], body["details"]["kind"]) == (500, "AI_PROVIDER_ERROR", "network")
        assert (body["details"]["retryable"], body["cost"]) == (True, 0)
        assert await attempts(app) == [("openai", "failed", "network")] * 3


async def test_a_fallback_answers_for_a_provider_that_is_down(ai_app: Starlette, ai_client: httpx.AsyncClient) -> None:
    answer = await ask(ai_client, order("openai", "500", fallback=["claude"]))

    body = answer.json()
    assert answer.status_code == 200, body
    assert body["metadata"]["fallbackUsed"] is True
    assert (body["metadata"]["aiProvider"], body["metadata"]["model"]) == ("openai", "claude-haiku-5-5")
    assert [row[:2] for row in await attempts(ai_app)] == [("openai", "failed")] * 3 + [("claude", "settled")]


async def test_a_refusal_is_never_offered_to_another_provider(ai_app: Starlette, ai_client: httpx.AsyncClient) -> None:
    answer = await ask(ai_client, order("openai", "refuse", fallback=["claude"]))

    assert (answer.status_code, answer.json()["code"]) == (422, "CONTENT_REFUSED")
    assert [row[0] for row in await attempts(ai_app)] == ["openai"]


@pytest.mark.parametrize(
    ("scenario", "dropped"), [("temp", ["temperature"]), ("seed", ["seed"])], ids=["temperature", "seed"]
)
async def test_a_parameter_that_a_model_refuses_is_left_out_and_named(
    ai_client: httpx.AsyncClient, scenario: str, dropped: list[str]
) -> None:
    body = order("openai", scenario, temperature=0.5, seed=7)
    body["config"] = {**cast(JsonObject, body["config"]), "aiModel": f"gpt-4o-mini#{scenario}"}

    first, second = await ask(ai_client, body), await ask(ai_client, body)

    assert first.status_code == 200, first.json()
    assert set(dropped) <= set(first.json()["metadata"]["droppedParams"])
    assert first.json()["metadata"]["attempts"] == second.json()["metadata"]["attempts"] + 1


async def test_a_model_without_native_schemas_is_asked_one_rung_lower(ai_client: httpx.AsyncClient) -> None:
    answer = await ask(ai_client, order("openai", "schema"))

    assert answer.status_code == 200, answer.json()


async def test_an_answer_that_breaks_the_schema_is_asked_for_again(ai_client: httpx.AsyncClient) -> None:
    answer = await ask(ai_client, order("openai", "invalid_once"))

    assert answer.status_code == 200, answer.json()
    assert answer.json()["metadata"]["attempts"] == 2


@pytest.mark.parametrize(("scenario", "code"), [("404", "MODEL_UNAVAILABLE"), ("refuse", "CONTENT_REFUSED")])
async def test_a_part_that_fails_for_good_costs_no_other_part_its_answer(
    ai_app: Starlette, ai_client: httpx.AsyncClient, scenario: str, code: str
) -> None:
    body = order("openai", f"after:5:{scenario}")
    wanted = {"topic": "Keeping bees", "structureType": "course", "granularityLevel": 4}

    answer = await ask(ai_client, body | {"input": wanted})

    assert answer.json()["code"] == code
    assert "uncertain" not in {row[1] for row in await attempts(ai_app)}
