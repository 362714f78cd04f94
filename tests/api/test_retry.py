"""``POST /api/jobs/{id}/retry``: what a provider left unfinished is finished, and only what is missing is paid for."""

from __future__ import annotations

import asyncio
from typing import cast

import httpx
import pytest
from starlette.applications import Starlette

from granulator.api import keys
from granulator.model import JsonObject
from granulator.services import Services
from granulator.store import jobs
from tests.bills import assert_billed_once, assert_told, calls_of, exact_json, steps_of
from tests.conftest import client_of
from tests.mock_server import MockAi

MODEL = "gpt-6-luna"
PATIENCE_SECONDS = 20


@pytest.fixture
def services(ai_app: Starlette) -> Services:
    opened: Services = ai_app.state.services
    return opened


def course(level: int, scenario: str, **config: object) -> JsonObject:
    """A request for a course, of a model that behaves as the scenario says."""
    body: dict[str, object] = {
        "action": "granulate",
        "input": {"topic": "Keeping bees", "structureType": "course", "granularityLevel": level},
        "config": {"aiProvider": "openai", "aiModel": f"{MODEL}#{scenario}", **config},
    }
    return cast(JsonObject, body)


async def failed(client: httpx.AsyncClient, body: JsonObject) -> int:
    """Run a job that is to fail, and return its id."""
    answer = await client.post("/api/execute", json=body)
    assert answer.status_code >= 400, answer.json()
    return int(answer.json()["details"]["jobId"])


async def retried(client: httpx.AsyncClient, services: Services, job_id: int, config: object = None) -> JsonObject:
    """Retry a job and return the new one, as it is shown, once it is over."""
    sent = {} if config is None else {"json": {"config": config}}
    answer = await client.post(f"/api/jobs/{job_id}/retry", **sent)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.json()
    new_id = int(answer.json()["newJobId"])
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (job := await jobs.by_id(services.db, new_id)) is None or not job.status.is_terminal:
            pass
    return cast(JsonObject, exact_json(await client.get(f"/api/jobs/{new_id}"))["job"])


def names(steps: list[str]) -> set[str]:
    """Return what the steps of calls belong to: ``part:3/1`` and ``part:3+/2`` both belong to ``part:3``."""
    return {name.partition("/")[0].rstrip("+") for name in steps}


async def test_a_retry_pays_for_what_is_missing_and_for_nothing_else(
    ai_client: httpx.AsyncClient, services: Services
) -> None:
    first = await failed(ai_client, course(5, "after:8:500"))

    job = await retried(ai_client, services, first, {"aiModel": MODEL})

    second = cast(int, job["id"])
    before, after = await calls_of(services.db, first), await calls_of(services.db, second)
    paid_before = names([call.step for call in before if call.is_settled])
    paid_after = names([call.step for call in after if call.is_settled])
    everything = {"outline", *(f"part:{index}" for index in range(16))}
    assert (job["status"], job["model"]) == ("completed", MODEL)
    assert len(paid_before) == 8
    assert (paid_before & paid_after, paid_before | paid_after) == (set(), everything)
    assert len(after) == len(everything) - 8
    assert {call.state for call in after} == {"settled"}
    for shown in (await _shown(ai_client, first), job):
        await assert_told(services.db, shown | {"cost": shown["costUsd"]}, cast(int, shown["id"]))
        await assert_billed_once(services.db, cast(int, shown["id"]))


async def _shown(client: httpx.AsyncClient, job_id: int) -> JsonObject:
    return cast(JsonObject, exact_json(await client.get(f"/api/jobs/{job_id}"))["job"])


async def test_what_was_written_before_a_retry_stands_in_its_structure_unchanged(
    ai_client: httpx.AsyncClient, services: Services
) -> None:
    first = await failed(ai_client, course(2, "after:3:500"))
    kept = {name for name in await steps_of(services.db, first) if "/" not in name}

    job = await retried(ai_client, services, first, {"aiModel": MODEL})

    second = await _stored(services, cast(int, job["id"]))
    assert {"outline"} < kept < {"outline", "part:0", "part:1", "part:2"}
    assert {name: second[name] for name in kept} == {
        name: step for name, step in (await _stored(services, first)).items() if name in kept
    }


async def _stored(services: Services, job_id: int) -> dict[str, str]:
    """Return the stored steps of a job as their texts."""
    rows = await services.db.all(jobs.Statement("SELECT step, result FROM job_steps WHERE job_id = ?1", (job_id,)))
    return {str(row["step"]): str(row["result"]) for row in rows}


async def test_a_retry_and_its_job_name_each_other(ai_client: httpx.AsyncClient, services: Services) -> None:
    first = await failed(ai_client, course(2, "500"))

    answer = (await ai_client.post(f"/api/jobs/{first}/retry")).json()

    new_id = answer["newJobId"]
    path = f"/api/jobs/{new_id}"
    assert answer == {
        "success": True,
        "newJobId": new_id,
        "message": "Job retry initiated",
        "originalJobId": first,
        "status": "processing",
        "links": {
            "self": path,
            "status": f"{path}/status",
            "structure": f"{path}/structure",
            "events": f"{path}/events",
        },
    }
    old, new = await _shown(ai_client, first), await _shown(ai_client, new_id)
    assert (old["retriedBy"], old["retryOf"], new["retriedBy"], new["retryOf"]) == ([new_id], None, [], first)


async def test_a_retry_without_a_body_repeats_the_order_as_it_was(
    ai_client: httpx.AsyncClient, services: Services, mock: MockAi
) -> None:
    first = await failed(ai_client, course(2, "fail_first:1:400", temperature=0.4, maxTokens=3900, seed=5))

    job = await retried(ai_client, services, first)

    sent = [cast(JsonObject, request["body"]) for request in mock.requests]
    wished = [(body["model"], body["temperature"], body["max_completion_tokens"], body["seed"]) for body in sent]
    assert job["status"] == "completed"
    assert wished == [(f"{MODEL}#fail_first:1:400", 0.4, 3900, 5)] * 5


async def test_another_model_or_provider_goes_on_where_the_first_one_stopped(
    ai_client: httpx.AsyncClient, services: Services
) -> None:
    first = await failed(ai_client, course(2, "after:2:402"))

    job = await retried(ai_client, services, first, {"aiProvider": "claude"})

    metadata = cast(JsonObject, job["metadata"])
    calls = await calls_of(services.db, cast(int, job["id"]))
    assert (job["status"], metadata["aiProvider"], job["model"]) == ("completed", "claude", "claude-haiku-5-5")
    assert [call.provider for call in calls] == ["claude", "claude"]


async def test_answers_that_could_not_be_used_are_not_read_again(
    ai_client: httpx.AsyncClient, services: Services
) -> None:
    first = await failed(ai_client, course(2, "invalid"))

    job = await retried(ai_client, services, first, {"aiModel": MODEL})

    assert await steps_of(services.db, first) == ["outline/1", "outline/2", "outline/3"]
    assert (job["status"], cast(JsonObject, job["metadata"])["attempts"]) == ("completed", 4)


async def test_a_limit_may_be_raised_by_a_retry(ai_client: httpx.AsyncClient, services: Services) -> None:
    first = await failed(ai_client, course(5, "reasoning:700", maxCostUsd=0.0208))

    job = await retried(ai_client, services, first, {"maxCostUsd": 0.05})

    paid = [call.step for each in (first, job["id"]) for call in await calls_of(services.db, cast(int, each))]
    assert job["status"] == "completed"
    assert len(paid) == len(set(paid)) == 17


async def test_a_structure_that_was_not_good_enough_is_written_afresh(
    ai_client: httpx.AsyncClient, services: Services
) -> None:
    body = course(2, "defect_stays:required", validationThreshold=100)
    often = [{"name": "smoker"}]
    first = await failed(ai_client, body | {"input": {**cast(JsonObject, body["input"]), "requiredElements": often}})

    job = await retried(ai_client, services, first, {"validationThreshold": 0, "aiModel": f"{MODEL}#ok"})

    assert (await _shown(ai_client, first))["qualityScore"] is not None
    assert names([call.step for call in await calls_of(services.db, cast(int, job["id"]))]) == {
        "outline",
        "part:0",
        "part:1",
        "part:2",
    }


async def test_a_completed_job_is_not_retried(ai_client: httpx.AsyncClient) -> None:
    done = (await ai_client.post("/api/execute", json=course(1, "ok"))).json()["output"]["jobId"]

    answer = await ai_client.post(f"/api/jobs/{done}/retry")

    body = answer.json()
    assert (answer.status_code, body["code"], body["details"]["status"]) == (409, "JOB_NOT_RETRYABLE", "completed")


async def test_another_tenants_job_does_not_exist(ai_app: Starlette, ai_client: httpx.AsyncClient) -> None:
    theirs = await failed(ai_client, course(1, "500"))
    issued = await keys.issue(ai_app.state.services, client_id="other", name="test")

    async with client_of(ai_app, x_api_key=issued.secret) as stranger:
        answers = [await stranger.post(f"/api/jobs/{job_id}/retry") for job_id in (theirs, 999_999)]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "JOB_NOT_FOUND")] * 2
    assert (await ai_client.get("/api/jobs")).json()["total"] == 1


@pytest.mark.parametrize(
    ("body", "status", "code", "path"),
    [
        ({"config": {"aiModell": MODEL}}, 400, "INVALID_PARAMETER", "config.aiModell"),
        ({"aiModel": MODEL}, 400, "INVALID_PARAMETER", "aiModel"),
        ({"config": {"temperature": 7}}, 400, "INVALID_PARAMETER", "config.temperature"),
        ({"config": {"aiProvider": "nobody"}}, 400, "PROVIDER_NOT_CONFIGURED", "config.aiProvider"),
        ({"config": {"fallback": ["local"]}}, 400, "INVALID_PARAMETER", "config.fallback[0]"),
        ({"config": {"maxCostUsd": 0.000001}}, 402, "BUDGET_EXCEEDED", None),
    ],
    ids=["unknown-setting", "unknown-key", "value", "provider", "fallback", "budget"],
)
async def test_a_retry_that_cannot_be_served_is_refused_and_makes_no_job(
    ai_client: httpx.AsyncClient, body: JsonObject, status: int, code: str, path: str | None
) -> None:
    first = await failed(ai_client, course(1, "500"))

    answer = await ai_client.post(f"/api/jobs/{first}/retry", json=body)

    told = answer.json()
    assert (answer.status_code, told["code"], told["details"].get("path")) == (status, code, path)
    assert (await ai_client.get("/api/jobs")).json()["total"] == 1
