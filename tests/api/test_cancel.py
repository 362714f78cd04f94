"""``POST /api/jobs/{id}/cancel``: a job stops wherever it runs, soon, and says so to everyone who watches it."""

from __future__ import annotations

import asyncio
import time
from typing import cast

import httpx
import pytest
from starlette.applications import Starlette

from granulator.api import keys
from granulator.granulation import admission
from granulator.granulation.order import Order
from granulator.model import JsonObject, Principal, StructureType
from granulator.services import Services
from granulator.settings import Settings
from granulator.store import ledger
from tests.conftest import NewClient, client_of, running
from tests.mock_server import MockAi
from tests.streams import begun, followed, quiz, until

SOON_SECONDS = 1.0


async def accepted(client: httpx.AsyncClient, body: JsonObject) -> int:
    answer = await client.post("/api/execute", json=body, headers={"Prefer": "respond-async"})
    assert answer.status_code == 202, answer.text
    return cast(int, answer.json()["jobId"])


def cancelled(job_id: int) -> JsonObject:
    return {"success": True, "jobId": job_id, "status": "cancelled", "message": "Job cancelled"}


async def test_a_running_job_stops_soon_and_its_call_with_it(
    ai_app: Starlette, ai_client: httpx.AsyncClient, mock: MockAi
) -> None:
    job_id = await accepted(ai_client, quiz("hang"))
    await begun(mock, 1)
    began = time.monotonic()

    answer = await ai_client.post(f"/api/jobs/{job_id}/cancel")

    assert time.monotonic() - began < SOON_SECONDS
    assert (answer.status_code, answer.json()) == (200, cancelled(job_id))
    await until(lambda: bool(mock.requests[0]["disconnected"]))
    job = (await ai_client.get(f"/api/jobs/{job_id}")).json()["job"]
    assert (job["status"], job["error"]["code"]) == ("cancelled", "JOB_CANCELLED")
    services: Services = ai_app.state.services
    balance = await ledger.balance_of_job(services.db, job_id)
    assert (balance.held, balance.open) == (balance.released, 0)


async def test_who_waits_for_a_job_that_is_cancelled_is_told(ai_client: httpx.AsyncClient, mock: MockAi) -> None:
    waiting = asyncio.create_task(ai_client.post("/api/execute", json=quiz("hang")))
    await begun(mock, 1)
    (job,) = (await ai_client.get("/api/jobs")).json()["jobs"]

    await ai_client.post(f"/api/jobs/{job['id']}/cancel")

    answer = await waiting
    body = answer.json()
    assert (answer.status_code, body["code"], body["status"], body["details"]["jobId"]) == (
        409,
        "JOB_CANCELLED",
        "failed",
        job["id"],
    )


async def test_watchers_are_told_of_a_cancellation_once(ai_client: httpx.AsyncClient, mock: MockAi) -> None:
    job_id = await accepted(ai_client, quiz("hang"))
    watching = asyncio.create_task(followed(ai_client, job_id))
    await begun(mock, 1)

    await ai_client.post(f"/api/jobs/{job_id}/cancel")

    told = await watching
    assert [each.event for each in told if each.event != "progress"] == ["failed"]
    assert (told[-1].data["jobId"], told[-1].data["status"]) == (job_id, "cancelled")
    assert cast(JsonObject, told[-1].data["error"])["code"] == "JOB_CANCELLED"


async def test_cancelling_twice_says_the_same_twice(ai_client: httpx.AsyncClient, mock: MockAi) -> None:
    job_id = await accepted(ai_client, quiz("hang"))
    await begun(mock, 1)

    answers = [await ai_client.post(f"/api/jobs/{job_id}/cancel") for _ in range(2)]

    assert [(answer.status_code, answer.json()) for answer in answers] == [(200, cancelled(job_id))] * 2


async def test_a_job_that_has_ended_is_not_cancelled(
    client: httpx.AsyncClient, course_request: dict[str, object]
) -> None:
    source = {"text": " ", "format": "text"}
    empty = {"action": "granulate", "input": {"topic": "Air", "structureType": "course", "source": source}}
    done = (await client.post("/api/execute", json=course_request)).json()["output"]["jobId"]
    failed = (await client.post("/api/execute", json=empty)).json()["details"]["jobId"]

    answers = [await client.post(f"/api/jobs/{job_id}/cancel") for job_id in (done, failed)]

    told = [(answer.status_code, answer.json()["code"], answer.json()["details"]["status"]) for answer in answers]
    assert told == [(409, "JOB_NOT_CANCELLABLE", "completed"), (409, "JOB_NOT_CANCELLABLE", "failed")]


async def test_another_tenants_job_cannot_be_cancelled(
    new_client: NewClient, course_request: dict[str, object]
) -> None:
    owner, stranger = await new_client("acme"), await new_client("other")
    done = (await owner.post("/api/execute", json=course_request)).json()["output"]["jobId"]

    answers = [await stranger.post(f"/api/jobs/{job_id}/cancel") for job_id in (done, "999", "abc")]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "JOB_NOT_FOUND")] * 3


@pytest.mark.parametrize("body", [b'{"force": true}', b"[]", b"{"])
async def test_nothing_can_be_said_beside_it(
    client: httpx.AsyncClient, course_request: dict[str, object], body: bytes
) -> None:
    done = (await client.post("/api/execute", json=course_request)).json()["output"]["jobId"]

    answer = await client.post(f"/api/jobs/{done}/cancel", content=body)

    assert answer.status_code == 400


async def test_a_job_is_cancelled_from_another_process(ai_settings: Settings, mock: MockAi) -> None:
    async with running(ai_settings) as one, running(ai_settings) as other:
        secret = (await keys.issue(one.state.services, client_id="acme", name="test")).secret
        async with client_of(one, x_api_key=secret) as here, client_of(other, x_api_key=secret) as there:
            waiting = asyncio.create_task(here.post("/api/execute", json=quiz("hang")))
            await begun(mock, 1)
            (job,) = (await there.get("/api/jobs")).json()["jobs"]
            began = time.monotonic()

            answer = await there.post(f"/api/jobs/{job['id']}/cancel")

            assert time.monotonic() - began < SOON_SECONDS
            assert answer.json() == cancelled(job["id"])
            assert (await waiting).json()["code"] == "JOB_CANCELLED"


async def test_a_job_whose_process_does_not_answer_is_asked_for_its_end(
    ai_app: Starlette, ai_client: httpx.AsyncClient
) -> None:
    services: Services = ai_app.state.services
    caller = Principal(kind="key", id="key:elsewhere", client_id="acme")
    # Leased, and nobody works on it: like a process that is stopped but not dead yet.
    lease = await admission.submit(services, caller, Order("Bees", StructureType.COURSE), request_id="req_1")

    answer = await ai_client.post(f"/api/jobs/{lease.job_id}/cancel")

    assert (answer.status_code, answer.json()) == (
        200,
        {"success": True, "jobId": lease.job_id, "status": "processing", "message": "Cancellation requested"},
    )


async def test_a_cancelled_job_can_be_started_again(ai_client: httpx.AsyncClient, mock: MockAi) -> None:
    job_id = await accepted(ai_client, quiz("fail_first:1:hang"))
    await begun(mock, 1)
    await ai_client.post(f"/api/jobs/{job_id}/cancel")

    answer = await ai_client.post(f"/api/jobs/{job_id}/retry")

    told = await followed(ai_client, answer.json()["newJobId"])
    assert (answer.status_code, told[-1].event) == (200, "completed")
