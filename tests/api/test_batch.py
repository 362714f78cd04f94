"""``/api/batch``: up to 100 jobs with one request, all or none, and what became of them with another."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import cast

import httpx
import pytest
from starlette.applications import Starlette

from granulator.api import keys
from granulator.model import JsonObject
from granulator.services import Services
from granulator.settings import Settings
from granulator.store import jobs, ledger, templates
from tests.conftest import NewClient, client_of, running
from tests.mock_server import MockAi
from tests.streams import begun, followed, quiz

Request = dict[str, object]


def with_input(body: Request, **changed: object) -> Request:
    """The request with some of its input changed."""
    return {**copy.deepcopy(body), "input": {**cast(JsonObject, body["input"]), **changed}}


async def total(client: httpx.AsyncClient) -> int:
    return cast(int, (await client.get("/api/jobs")).json()["total"])


async def test_jobs_that_are_sent_together_are_accepted_in_their_order_and_done(
    app: Starlette, client: httpx.AsyncClient, course_request: Request
) -> None:
    topics = ["One", "Two", "Three"]

    answer = await client.post("/api/batch", json={"requests": [with_input(course_request, topic=t) for t in topics]})

    body = answer.json()
    path = f"/api/batch/{body['batchId']}"
    ids = [row["jobId"] for row in body["jobs"]]
    assert (answer.status_code, answer.headers["Location"], body["links"]) == (202, path, {"self": path})
    assert body["jobs"] == [
        {
            "index": index,
            "jobId": job_id,
            "status": "processing",
            "links": {
                "self": f"/api/jobs/{job_id}",
                "status": f"/api/jobs/{job_id}/status",
                "structure": f"/api/jobs/{job_id}/structure",
                "events": f"/api/jobs/{job_id}/events",
            },
        }
        for index, job_id in enumerate(ids)
    ]
    for job_id in ids:
        assert (await followed(client, job_id))[-1].event == "completed"
    shown = [(await client.get(f"/api/jobs/{job_id}")).json()["job"] for job_id in ids]
    assert [(job["topic"], job["batchId"]) for job in shown] == [(topic, body["batchId"]) for topic in topics]
    services: Services = app.state.services
    stored = [await jobs.by_id(services.db, job_id) for job_id in ids]
    assert {job.timeout_ms for job in stored if job} == {600_000}
    used = await templates.get(services.db, "educational_course_basic")
    assert used is not None
    assert used.usage_count == len(ids)


async def test_the_state_of_a_batch_adds_up(ai_client: httpx.AsyncClient, mock: MockAi) -> None:
    requests = [quiz(), quiz("400"), quiz("hang")]
    sent = (await ai_client.post("/api/batch", json={"requests": requests})).json()
    done, failed, hanging = [row["jobId"] for row in sent["jobs"]]
    await followed(ai_client, done)
    await followed(ai_client, failed)
    await begun(mock, 3)

    meanwhile = (await ai_client.get(f"/api/batch/{sent['batchId']}")).json()
    await ai_client.post(f"/api/jobs/{hanging}/cancel")
    at_last = (await ai_client.get(f"/api/batch/{sent['batchId']}")).json()

    job = (await ai_client.get(f"/api/jobs/{done}")).json()["job"]
    none = dict.fromkeys(("processing", "validating", "retry", "completed", "failed", "cancelled"), 0)
    assert (meanwhile["status"], meanwhile["total"], meanwhile["completedAt"]) == ("processing", 3, None)
    assert meanwhile["counts"] == {**none, "processing": 1, "completed": 1, "failed": 1}
    assert (at_last["status"], at_last["counts"]) == (
        "completed",
        {**none, "completed": 1, "failed": 1, "cancelled": 1},
    )
    assert at_last["jobs"][0] == {
        "index": 0,
        "jobId": done,
        "status": "completed",
        "qualityScore": job["qualityScore"],
        "costUsd": job["costUsd"],
    }
    faults = [(row["index"], row["status"], row["error"]["code"]) for row in at_last["jobs"][1:]]
    assert faults == [(1, "failed", "AI_PROVIDER_ERROR"), (2, "cancelled", "JOB_CANCELLED")]
    assert at_last["costUsd"] == sum(row["costUsd"] or 0 for row in at_last["jobs"])
    assert (at_last["createdAt"], at_last["completedAt"]) >= (job["createdAt"], job["completedAt"])


async def test_a_cost_that_nobody_knows_makes_that_of_the_batch_unknown(ai_client: httpx.AsyncClient) -> None:
    unpriced = {**quiz(), "config": {"aiProvider": "lab"}}
    sent = (await ai_client.post("/api/batch", json={"requests": [quiz(), unpriced]})).json()
    for row in sent["jobs"]:
        await followed(ai_client, row["jobId"])

    batch = (await ai_client.get(f"/api/batch/{sent['batchId']}")).json()

    assert (batch["status"], batch["costUsd"], batch["jobs"][1]["costUsd"]) == ("completed", None, None)
    assert batch["jobs"][0]["costUsd"] > 0


REFUSED = [
    ({"topic": ""}, 400, "MISSING_REQUIRED_FIELD", "requests[1].input.topic"),
    ({"topic": 7}, 400, "INVALID_PARAMETER", "requests[1].input.topic"),
    ({"structureType": "poem"}, 400, "INVALID_STRUCTURE_TYPE", "requests[1].input.structureType"),
    ({"granularityLevel": 6}, 400, "INVALID_GRANULARITY", "requests[1].input.granularityLevel"),
    ({"mood": "calm"}, 400, "INVALID_PARAMETER", "requests[1].input.mood"),
    ({"source": {"file": "%", "format": "text"}}, 400, "INVALID_PARAMETER", "requests[1].input.source.file"),
    ({"templateName": "three_act_novel"}, 400, "INVALID_TEMPLATE", "requests[1].input.templateName"),
    ({"templateName": "none"}, 404, "TEMPLATE_NOT_FOUND", "requests[1].input.templateName"),
    ({"structureType": "quiz", "source": None}, 422, "SOURCE_REQUIRED", "requests[1].input.source"),
]


@pytest.mark.parametrize(("changed", "status", "code", "path"), REFUSED)
async def test_one_bad_request_refuses_all_and_says_where_it_stands(
    client: httpx.AsyncClient, course_request: Request, changed: Request, status: int, code: str, path: str
) -> None:
    requests = [course_request, with_input(course_request, **changed)]

    answer = await client.post("/api/batch", json={"requests": requests})

    assert (answer.status_code, answer.json()["code"], answer.json()["details"]["path"]) == (status, code, path)
    assert await total(client) == 0


@pytest.mark.parametrize(
    ("body", "code", "path"),
    [
        ({}, "MISSING_REQUIRED_FIELD", "requests"),
        ({"requests": []}, "INVALID_PARAMETER", "requests"),
        ({"requests": {}}, "INVALID_PARAMETER", "requests"),
        ({"requests": ["granulate"]}, "INVALID_PARAMETER", "requests[0]"),
        ({"requests": [{}]}, "MISSING_REQUIRED_FIELD", "requests[0].action"),
        ({"requests": [{"action": "validate", "input": {"jobId": 1}}]}, "INVALID_ACTION", "requests[0].action"),
        ({"requests": [{"action": "explode"}]}, "INVALID_ACTION", "requests[0].action"),
        ({"requests": [], "wait": True}, "INVALID_PARAMETER", "requests"),
    ],
)
async def test_what_is_no_batch_is_refused(client: httpx.AsyncClient, body: Request, code: str, path: str) -> None:
    answer = await client.post("/api/batch", json=body)

    assert (answer.status_code, answer.json()["code"], answer.json()["details"]["path"]) == (400, code, path)


async def test_a_hundred_jobs_are_taken_and_one_more_is_not(client: httpx.AsyncClient) -> None:
    scaffold = {"action": "granulate", "input": {"topic": "Bees", "structureType": "novel", "granularityLevel": 1}}

    refused = await client.post("/api/batch", json={"requests": [scaffold] * 101})
    answer = await client.post("/api/batch", json={"requests": [scaffold] * 100})

    assert (refused.status_code, refused.json()["details"]["path"]) == (400, "requests")
    assert (answer.status_code, len(answer.json()["jobs"]), await total(client)) == (202, 100, 100)


async def test_a_batch_waits_for_its_turn_like_any_job(ai_settings: Settings, mock: MockAi) -> None:
    async with running(replace(ai_settings, concurrency_per_key=2)) as app:
        issued = await keys.issue(app.state.services, client_id="acme", name="test")
        async with client_of(app, x_api_key=issued.secret) as client:
            sent = (await client.post("/api/batch", json={"requests": [quiz("hang")] * 5})).json()
            await begun(mock, 2)

            rows = (await client.get("/api/jobs")).json()["jobs"]

            assert sorted(row["stage"] for row in rows)[-3:] == ["queued"] * 3
            assert len(mock.requests) == 2
            for row in sent["jobs"]:
                await client.post(f"/api/jobs/{row['jobId']}/cancel")


async def test_another_tenants_batch_does_not_exist(new_client: NewClient, course_request: Request) -> None:
    owner, stranger = await new_client("acme"), await new_client("other")
    batch_id = (await owner.post("/api/batch", json={"requests": [course_request]})).json()["batchId"]

    answers = [
        await stranger.get(f"/api/batch/{batch_id}"),
        await owner.get("/api/batch/batch_none"),
        await owner.get("/api/batch/%00"),
        await owner.head(f"/api/batch/{batch_id}"),
        await owner.get(f"/api/batch/{batch_id}?jobs=1"),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404, 200, 400]
    assert answers[0].json() == {
        "error": "Batch not found",
        "status": 404,
        "code": "BATCH_NOT_FOUND",
        "details": {
            "suggestion": "Check the batchId returned by POST /api/batch",
            "docs": "/docs#BATCH_NOT_FOUND",
        },
    }


async def test_every_job_of_a_batch_has_an_account_that_is_settled(
    app: Starlette, client: httpx.AsyncClient, course_request: Request
) -> None:
    services: Services = app.state.services

    sent = (await client.post("/api/batch", json={"requests": [course_request] * 2})).json()

    for row in sent["jobs"]:
        await followed(client, row["jobId"])
        assert await ledger.balance_of_job(services.db, row["jobId"]) == ledger.Balance(0, 0, 0)
