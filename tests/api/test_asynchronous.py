"""``POST /api/execute`` whose caller does not wait: 202, the line of waiting jobs, and how many run at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import cast

import httpx
import pytest
from starlette.applications import Starlette

from granulator.api import keys
from granulator.model import Job, JsonObject
from granulator.services import Services
from granulator.settings import Settings
from granulator.store import jobs
from tests.conftest import client_of, running
from tests.mock_server import MockAi
from tests.streams import begun, followed, quiz

ASYNC = {"Prefer": "respond-async"}


@pytest.fixture
def narrow(ai_settings: Settings) -> Settings:
    """Settings that let a caller run two jobs at once."""
    return replace(ai_settings, concurrency_per_key=2)


@pytest.fixture
async def narrow_app(narrow: Settings) -> AsyncIterator[Starlette]:
    async with running(narrow) as started:
        yield started


@pytest.fixture
async def narrow_client(narrow_app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    issued = await keys.issue(narrow_app.state.services, client_id="acme", name="test")
    async with client_of(narrow_app, x_api_key=issued.secret) as client:
        yield client


async def stored(app: Starlette, job_id: int) -> Job:
    services: Services = app.state.services
    job = await jobs.by_id(services.db, job_id)
    assert job is not None
    return job


async def accepted(client: httpx.AsyncClient, body: JsonObject) -> int:
    """Put a job in line and return its id."""
    answer = await client.post("/api/execute", json=body, headers=ASYNC)
    assert answer.status_code == 202, answer.text
    return cast(int, answer.json()["jobId"])


async def test_a_job_that_nobody_waits_for_is_accepted_and_done(
    ai_app: Starlette, ai_client: httpx.AsyncClient
) -> None:
    answer = await ai_client.post("/api/execute", json=quiz(), headers=ASYNC)

    job_id = answer.json()["jobId"]
    path = f"/api/jobs/{job_id}"
    links = {"self": path, "status": f"{path}/status", "structure": f"{path}/structure", "events": f"{path}/events"}
    assert (answer.status_code, answer.json()) == (
        202,
        {"success": True, "status": "processing", "jobId": job_id, "links": links},
    )
    assert (answer.headers["Location"], answer.headers["Preference-Applied"]) == (path, "respond-async")
    assert (await followed(ai_client, job_id))[-1].event == "completed"
    assert (await ai_client.get(links["structure"])).status_code == 200
    assert (await ai_client.get(links["self"])).json()["job"]["status"] == "completed"


PREFERENCES = [
    ("respond-async", True),
    ("Respond-ASYNC", True),
    ("wait=10, respond-async", True),
    ("  respond-async  ;  foo=bar", True),
    ('respond-async=""', True),
    ('handling="strict, really", respond-async', True),
    ("wait=10", False),
    ("respond-asynchronously", False),
    ("respond-async=no", False),
    ('note="respond-async"', False),
    ('note="a, respond-async, b"', False),
    ("return=minimal; respond-async", False),
    ("", False),
]


@pytest.mark.parametrize(("preference", "is_async"), PREFERENCES)
async def test_the_preference_is_read_as_rfc_7240_writes_it(
    client: httpx.AsyncClient, course_request: dict[str, object], preference: str, is_async: bool
) -> None:
    answer = await client.post("/api/execute", json=course_request, headers={"Prefer": preference})

    expected = (202, "respond-async") if is_async else (200, None)
    assert (answer.status_code, answer.headers.get("Preference-Applied")) == expected


async def test_a_preference_may_come_in_several_headers(
    client: httpx.AsyncClient, course_request: dict[str, object]
) -> None:
    sent = [("Prefer", "wait=10"), ("Prefer", "respond-async")]

    answer = await client.post("/api/execute", json=course_request, headers=sent)

    assert answer.status_code == 202


@pytest.mark.parametrize(("timeout_ms", "expected"), [(None, 600_000), (5000, 5000), (120_000, 120_000)])
async def test_a_job_that_nobody_waits_for_has_ten_minutes_unless_it_says_otherwise(
    app: Starlette, client: httpx.AsyncClient, course_request: dict[str, object], timeout_ms: int | None, expected: int
) -> None:
    job_id = await accepted(client, cast(JsonObject, {**course_request, "timeout": timeout_ms}))

    assert (await stored(app, job_id)).timeout_ms == expected


async def test_a_request_that_cannot_be_served_is_refused_though_nobody_waits(client: httpx.AsyncClient) -> None:
    body = {"action": "granulate", "input": {"topic": "Bees", "structureType": "course", "templateName": "none"}}

    answer = await client.post("/api/execute", json=body, headers=ASYNC)

    assert (answer.status_code, answer.json()["code"]) == (404, "TEMPLATE_NOT_FOUND")
    assert "Preference-Applied" not in answer.headers
    assert (await client.get("/api/jobs")).json()["total"] == 0


async def test_one_job_too_many_at_once_is_refused_and_one_that_can_wait_waits(
    narrow_app: Starlette, narrow_client: httpx.AsyncClient, mock: MockAi
) -> None:
    first = asyncio.create_task(narrow_client.post("/api/execute", json=quiz("hang")))
    second = await accepted(narrow_client, quiz("hang"))
    await begun(mock, 2)

    refused = await narrow_client.post("/api/execute", json=quiz())
    waiting = await accepted(narrow_client, quiz())

    assert (refused.status_code, refused.headers["Retry-After"], refused.json()) == (
        429,
        "2",
        {
            "error": "Too many requests of this caller are running",
            "status": 429,
            "code": "CONCURRENCY_LIMIT_EXCEEDED",
            "details": {
                "limit": 2,
                "suggestion": "Wait for a running request to finish",
                "docs": "/docs#CONCURRENCY_LIMIT_EXCEEDED",
            },
        },
    )
    status = (await narrow_client.get(f"/api/jobs/{waiting}/status")).json()
    assert (status["status"], status["stage"], status["startedAt"]) == ("processing", "queued", None)
    assert (await narrow_client.get("/api/jobs")).json()["total"] == 3
    await narrow_client.post(f"/api/jobs/{second}/cancel")
    assert (await followed(narrow_client, waiting))[-1].event == "completed"
    (running_still,) = (await narrow_client.get("/api/jobs?status=processing")).json()["jobs"]
    await narrow_client.post(f"/api/jobs/{running_still['id']}/cancel")
    assert (await first).status_code == 409


async def test_a_retry_waits_for_its_turn(narrow_client: httpx.AsyncClient, mock: MockAi) -> None:
    failed = (await narrow_client.post("/api/execute", json=quiz("400"))).json()["details"]["jobId"]
    calls = len(mock.requests)
    hanging = [await accepted(narrow_client, quiz("hang")) for _ in range(2)]
    await begun(mock, calls + 2)

    answer = await narrow_client.post(f"/api/jobs/{failed}/retry", json={"config": {"aiModel": "gpt-6-luna"}})

    again = answer.json()["newJobId"]
    status = (await narrow_client.get(f"/api/jobs/{again}/status")).json()
    assert (answer.status_code, status["stage"], len(mock.requests)) == (200, "queued", calls + 2)
    for job_id in hanging:
        await narrow_client.post(f"/api/jobs/{job_id}/cancel")
    assert (await followed(narrow_client, again))[-1].event == "completed"


async def test_the_limit_is_each_callers_own(
    narrow_app: Starlette, narrow_client: httpx.AsyncClient, mock: MockAi
) -> None:
    for _ in range(2):
        await accepted(narrow_client, quiz("hang"))
    await begun(mock, 2)
    issued = await keys.issue(narrow_app.state.services, client_id="acme", name="another")

    async with client_of(narrow_app, x_api_key=issued.secret) as another:
        answer = await another.post("/api/execute", json=quiz())

    assert answer.status_code == 200


async def test_of_many_that_come_at_once_to_two_processes_no_more_than_the_limit_run(
    ai_settings: Settings, mock: MockAi
) -> None:
    four = replace(ai_settings, concurrency_per_key=4)
    async with running(four) as one, running(four) as other:
        issued = await keys.issue(one.state.services, client_id="acme", name="test")
        async with client_of(one, x_api_key=issued.secret) as a, client_of(other, x_api_key=issued.secret) as b:
            sent = [asyncio.create_task(each.post("/api/execute", json=quiz("hang"))) for each in (a, b) * 6]
            done = 0
            while done < 8:
                finished, _ = await asyncio.wait(sent, return_when=asyncio.FIRST_COMPLETED, timeout=20)
                done = len(finished)
            await begun(mock, 4)
            for row in (await a.get("/api/jobs")).json()["jobs"]:
                await a.post(f"/api/jobs/{row['id']}/cancel")
            answers = [(await each).json()["code"] for each in sent]

    assert sorted(answers) == ["CONCURRENCY_LIMIT_EXCEEDED"] * 8 + ["JOB_CANCELLED"] * 4


async def test_waiting_counts_against_the_deadline(ai_settings: Settings, mock: MockAi) -> None:
    async with running(replace(ai_settings, concurrency_per_key=1)) as app:
        issued = await keys.issue(app.state.services, client_id="acme", name="test")
        async with client_of(app, x_api_key=issued.secret) as client:
            await accepted(client, quiz("hang"))
            await begun(mock, 1)

            late = await accepted(client, {**quiz(), "timeout": 1000})

            last = (await followed(client, late))[-1]
            error = cast(JsonObject, last.data["error"])
            assert (last.event, error["code"]) == ("failed", "REQUEST_TIMEOUT")
            assert error["details"] == {"timeout": 1000, "stage": "queued"}
            assert len(mock.requests) == 1


async def test_the_more_urgent_of_the_waiting_jobs_begins_first(ai_settings: Settings, mock: MockAi) -> None:
    async with running(replace(ai_settings, concurrency_per_key=1)) as app:
        issued = await keys.issue(app.state.services, client_id="acme", name="test")
        async with client_of(app, x_api_key=issued.secret) as client:
            first = await accepted(client, quiz("hang"))
            await begun(mock, 1)
            waiting = {
                priority: await accepted(client, quiz(f"reasoning:{rank}", priority=priority))
                for rank, priority in enumerate(("low", "normal", "critical", "high"))
            }
            priorities = {name: (await stored(app, job_id)).priority for name, job_id in waiting.items()}

            await client.post(f"/api/jobs/{first}/cancel")
            for job_id in waiting.values():
                await followed(client, job_id)

            called = [str(cast(JsonObject, request["body"])["model"]) for request in mock.requests[1:]]
            assert priorities == {"low": 0, "normal": 1, "high": 2, "critical": 3}
            assert list(dict.fromkeys(model.rpartition(":")[2] for model in called)) == ["2", "3", "1", "0"]


async def test_an_unknown_priority_is_refused(client: httpx.AsyncClient, course_request: dict[str, object]) -> None:
    answer = await client.post("/api/execute", json={**course_request, "config": {"priority": "urgent"}})

    assert (answer.status_code, answer.json()["details"]["path"]) == (400, "config.priority")
