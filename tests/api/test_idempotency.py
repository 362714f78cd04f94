"""``Idempotency-Key``: one key, one job, one bill, whatever happens to the answer on its way."""

from __future__ import annotations

import asyncio
import copy
from contextlib import AsyncExitStack
from typing import cast

import httpx
import pytest
from starlette.applications import Starlette

from granulator.api import keys
from granulator.app import create_app
from granulator.model import JsonObject
from granulator.settings import Settings
from tests.conftest import NewClient, client_of, running
from tests.crash.dying import Clock
from tests.mock_server import MockAi
from tests.streams import begun, followed, quiz

ONCE = {"Idempotency-Key": "order 66"}
DAY_MS = 24 * 3600 * 1000


async def total(client: httpx.AsyncClient) -> int:
    return cast(int, (await client.get("/api/jobs")).json()["total"])


async def test_the_same_request_again_gets_the_same_answer_and_is_not_paid_twice(
    ai_client: httpx.AsyncClient, mock: MockAi
) -> None:
    first = await ai_client.post("/api/execute", json=quiz(), headers=ONCE)
    calls = len(mock.requests)

    again = await ai_client.post("/api/execute", json=quiz(), headers=ONCE)

    assert first.status_code == 200
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert (first.headers.get("Idempotent-Replayed"), again.headers["Idempotent-Replayed"]) == (None, "true")
    assert (await total(ai_client), len(mock.requests)) == (1, calls)


async def test_bodies_are_compared_as_what_they_say(
    client: httpx.AsyncClient, course_request: dict[str, object]
) -> None:
    wanted = cast(JsonObject, course_request["input"])
    turned = {"input": dict(reversed(wanted.items())), "action": "granulate"}
    turned["input"]["granularityLevel"] = 2.0  # type: ignore[index]
    await client.post("/api/execute", json=course_request, headers=ONCE)

    again = await client.post("/api/execute", json=turned, headers=ONCE)

    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (200, "true")
    assert await total(client) == 1


async def test_the_same_key_with_another_body_is_refused(
    client: httpx.AsyncClient, course_request: dict[str, object]
) -> None:
    other = copy.deepcopy(course_request)
    other["input"]["topic"] = "Another"  # type: ignore[index]
    await client.post("/api/execute", json=course_request, headers=ONCE)

    answer = await client.post("/api/execute", json=other, headers=ONCE)

    assert (answer.status_code, answer.json()) == (
        409,
        {
            "error": "The Idempotency-Key was sent with another body before",
            "status": 409,
            "code": "IDEMPOTENCY_CONFLICT",
            "details": {
                "reason": "body_mismatch",
                "field": "Idempotency-Key",
                "path": "Idempotency-Key",
                "suggestion": "Use a new Idempotency-Key, or wait for the first request to finish",
                "docs": "/docs#IDEMPOTENCY_CONFLICT",
            },
        },
    )
    assert await total(client) == 1


async def test_while_the_first_request_is_worked_on_the_second_is_told_which_job_it_is(
    ai_client: httpx.AsyncClient, mock: MockAi
) -> None:
    first = asyncio.create_task(ai_client.post("/api/execute", json=quiz("hang"), headers=ONCE))
    await begun(mock, 1)
    (job,) = (await ai_client.get("/api/jobs")).json()["jobs"]

    second = await ai_client.post("/api/execute", json=quiz("hang"), headers=ONCE)

    details = second.json()["details"]
    assert (second.status_code, second.json()["code"], second.headers["Retry-After"]) == (
        409,
        "IDEMPOTENCY_CONFLICT",
        "2",
    )
    assert (details["reason"], details["jobId"]) == ("in_progress", job["id"])
    await ai_client.post(f"/api/jobs/{job['id']}/cancel")
    cancelled = await first
    third = await ai_client.post("/api/execute", json=quiz("hang"), headers=ONCE)
    assert (cancelled.status_code, third.json()) == (409, cancelled.json())
    assert third.headers["Idempotent-Replayed"] == "true"


async def test_a_failure_after_admission_is_the_answer_for_good(ai_client: httpx.AsyncClient, mock: MockAi) -> None:
    first = await ai_client.post("/api/execute", json=quiz("400"), headers=ONCE)
    calls = len(mock.requests)

    again = await ai_client.post("/api/execute", json=quiz("400"), headers=ONCE)

    assert first.json()["code"] == "AI_PROVIDER_ERROR"
    assert (again.status_code, again.json(), len(mock.requests)) == (500, first.json(), calls)


async def test_a_request_that_was_refused_has_not_used_its_key(
    client: httpx.AsyncClient, course_request: dict[str, object]
) -> None:
    wrong = {**course_request, "config": {"aiProvider": "openai"}}
    missing = copy.deepcopy(course_request)
    missing["input"]["templateName"] = "none"  # type: ignore[index]

    answers = [
        await client.post("/api/execute", json=body, headers=ONCE)
        for body in ({}, wrong, missing, course_request, course_request)
    ]

    assert [answer.status_code for answer in answers] == [400, 400, 404, 200, 200]
    assert answers[-1].headers["Idempotent-Replayed"] == "true"


async def test_an_accepted_job_is_accepted_again_at_once(ai_client: httpx.AsyncClient, mock: MockAi) -> None:
    headers = {**ONCE, "Prefer": "respond-async"}
    first = await ai_client.post("/api/execute", json=quiz("hang"), headers=headers)
    await begun(mock, 1)

    again = await ai_client.post("/api/execute", json=quiz("hang"), headers=headers)

    assert (again.status_code, again.json(), again.headers["Idempotent-Replayed"]) == (202, first.json(), "true")
    assert again.headers["Location"] == first.headers["Location"]
    await ai_client.post(f"/api/jobs/{first.json()['jobId']}/cancel")
    assert (await ai_client.post("/api/execute", json=quiz("hang"), headers=headers)).json() == first.json()
    assert await total(ai_client) == 1


async def test_a_retry_is_started_once(ai_client: httpx.AsyncClient) -> None:
    failed = (await ai_client.post("/api/execute", json=quiz("500"))).json()["details"]["jobId"]
    path, config = f"/api/jobs/{failed}/retry", {"config": {"aiModel": "gpt-6-luna"}}

    first = await ai_client.post(path, json=config, headers=ONCE)
    again = await ai_client.post(f"/api/jobs/0{failed}/retry", json=config, headers=ONCE)
    other = await ai_client.post(path, json={}, headers=ONCE)

    assert (again.status_code, again.json()) == (200, first.json())
    assert (first.headers.get("Idempotent-Replayed"), again.headers["Idempotent-Replayed"]) == (None, "true")
    assert (other.status_code, other.json()["details"]["reason"]) == (409, "body_mismatch")
    assert (await ai_client.get(f"/api/jobs/{failed}")).json()["job"]["retriedBy"] == [first.json()["newJobId"]]
    await followed(ai_client, first.json()["newJobId"])


async def test_a_batch_is_taken_once(client: httpx.AsyncClient, course_request: dict[str, object]) -> None:
    body = {"requests": [course_request, course_request]}

    first = await client.post("/api/batch", json=body, headers=ONCE)
    again = await client.post("/api/batch", json=body, headers=ONCE)

    assert (first.status_code, again.status_code, again.json()) == (202, 202, first.json())
    assert again.headers["Idempotent-Replayed"] == "true"
    assert await total(client) == 2


async def test_a_key_stands_for_a_tenant_and_a_path(new_client: NewClient, course_request: dict[str, object]) -> None:
    one, same, other = await new_client("acme"), await new_client("acme"), await new_client("other")
    await one.post("/api/execute", json=course_request, headers=ONCE)

    answers = [
        await same.post("/api/execute", json=course_request, headers=ONCE),
        await other.post("/api/execute", json=course_request, headers=ONCE),
        await one.post("/api/batch", json={"requests": [course_request]}, headers=ONCE),
    ]

    assert [answer.headers.get("Idempotent-Replayed") for answer in answers] == ["true", None, None]
    assert (await total(one), await total(other)) == (2, 1)


@pytest.mark.parametrize("key", ["", "x" * 256, "schlüssel", "tab\there"])
async def test_what_is_no_key_is_refused(
    client: httpx.AsyncClient, course_request: dict[str, object], key: str
) -> None:
    headers = [(b"Idempotency-Key", key.encode("latin-1"))]

    answer = await client.post("/api/execute", json=course_request, headers=headers)

    assert (answer.status_code, answer.json()["code"], answer.json()["details"]["field"]) == (
        400,
        "INVALID_PARAMETER",
        "Idempotency-Key",
    )
    assert await total(client) == 0


async def test_two_keys_are_none(client: httpx.AsyncClient, course_request: dict[str, object]) -> None:
    headers = [("Idempotency-Key", "one"), ("Idempotency-Key", "two")]

    answer = await client.post("/api/execute", json=course_request, headers=headers)

    assert (answer.status_code, answer.json()["details"]["field"]) == (400, "Idempotency-Key")


async def test_the_longest_key_is_one(client: httpx.AsyncClient, course_request: dict[str, object]) -> None:
    longest = {"Idempotency-Key": "~" * 255}

    answers = [await client.post("/api/execute", json=course_request, headers=longest) for _ in range(2)]

    assert [answer.headers.get("Idempotent-Replayed") for answer in answers] == [None, "true"]


async def test_a_check_takes_no_key_for_it_makes_no_job(client: httpx.AsyncClient) -> None:
    body = {"action": "validate", "input": {"structure": {}, "structureType": "quiz"}}

    answer = await client.post("/api/execute", json=body, headers=ONCE)

    assert (answer.status_code, answer.json()["details"]["field"]) == (400, "Idempotency-Key")


async def test_a_key_is_free_again_after_a_day(settings: Settings, course_request: dict[str, object]) -> None:
    clock = Clock()
    app = create_app(settings, now_ms=clock)
    async with app.router.lifespan_context(app):
        issued = await keys.issue(app.state.services, client_id="acme", name="test")
        async with client_of(app, x_api_key=issued.secret) as client:
            first = await client.post("/api/execute", json=course_request, headers=ONCE)
            clock.now += DAY_MS - 1
            kept = await client.post("/api/execute", json=course_request, headers=ONCE)
            clock.now += 1
            fresh = await client.post("/api/execute", json=course_request, headers=ONCE)
            again = await client.post("/api/execute", json=course_request, headers=ONCE)

    jobs_made = [answer.json()["output"]["jobId"] for answer in (first, kept, fresh, again)]
    assert jobs_made == [1, 1, 2, 2]


async def test_of_many_that_come_at_once_to_two_processes_one_is_admitted(
    settings: Settings, course_request: dict[str, object]
) -> None:
    async with AsyncExitStack() as stack:
        one, other = [await stack.enter_async_context(running(settings)) for _ in range(2)]
        secret = (await keys.issue(one.state.services, client_id="acme", name="test")).secret
        clients = [await stack.enter_async_context(client_of(each, x_api_key=secret)) for each in (one, other)]

        sent = (client.post("/api/execute", json=course_request, headers=ONCE) for client in clients * 10)
        answers = await asyncio.gather(*sent)

        reasons = [answer.json().get("details", {}).get("reason", "done") for answer in answers]
        assert {answer.status_code for answer in answers} <= {200, 409}
        assert set(reasons) <= {"done", "in_progress"}
        assert len([answer for answer in answers if "Idempotent-Replayed" not in answer.headers]) == 1 + reasons.count(
            "in_progress"
        )
        assert await total(clients[0]) == 1


async def test_of_many_batches_that_come_at_once_one_is_taken(
    app: Starlette, client: httpx.AsyncClient, course_request: dict[str, object]
) -> None:
    body = {"requests": [course_request] * 3}

    answers = await asyncio.gather(*(client.post("/api/batch", json=body, headers=ONCE) for _ in range(8)))

    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["batchId"] for answer in answers}) == 1
    assert sorted(answer.headers.get("Idempotent-Replayed", "first") for answer in answers) == ["first"] + ["true"] * 7
    assert await total(client) == 3
