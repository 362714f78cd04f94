"""``/api/webhooks/deliveries``: what a tenant sees of its messages, and sending one again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import cast

import httpx
import pytest
from standardwebhooks.webhooks import Webhook
from starlette.applications import Starlette

from granulator.api import keys
from granulator.clock import moment
from granulator.model import Job, JobStatus, Principal
from granulator.services import Services
from granulator.settings import Settings
from granulator.store.database import Statement
from granulator.webhooks.callbacks import Callback
from tests.conftest import NewClient, client_of, running
from tests.receivers import OK, answer, hang, receiving
from tests.webhooks.conftest import ended_job

PATH = "/api/webhooks/deliveries"
ACME = Principal("key", "key:1", "acme")
OTHER = Principal("key", "key:2", "other")
NOT_FOUND = {
    "error": "Delivery not found",
    "status": 404,
    "code": "DELIVERY_NOT_FOUND",
    "details": {
        "suggestion": "Use GET /api/webhooks/deliveries to list deliveries",
        "docs": "/docs#DELIVERY_NOT_FOUND",
    },
}


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[Starlette]:
    """A service that may call the loopback."""
    async with running(replace(settings, webhook_allow_hosts=("127.0.0.1",))) as started:
        yield started


async def shown(client: httpx.AsyncClient, delivery: str, *, until: str, tries: int = 0) -> dict[str, object]:
    """The delivery once it has the status ``until`` and at least so many ``tries`` have ended."""
    async with asyncio.timeout(10):
        while True:
            found = (await client.get(f"{PATH}/{delivery}")).json()["delivery"]
            if found["status"] == until and len(found["log"]) >= tries:
                return cast(dict[str, object], found)
            await asyncio.sleep(0.01)


async def first(client: httpx.AsyncClient) -> str:
    return cast(str, (await client.get(PATH)).json()["deliveries"][0]["id"])


async def put_off(services: Services) -> None:
    """Let no message be due."""
    await services.db.batch([Statement("UPDATE outbox SET next_at = 9000000000000 WHERE state = 'pending'")])


async def ended(services: Services, caller: Principal = ACME, url: str = "http://127.0.0.1:9/", **how: object) -> Job:
    """A job that has ended, its message not due."""
    job = await ended_job(services, caller, Callback(url, {"X-Token": "s3cret"}), **how)
    await put_off(services)
    return job


async def test_a_delivery_is_shown_with_its_tries_and_without_its_secrets(
    services: Services, client: httpx.AsyncClient
) -> None:
    async with receiving() as receiver:
        job = await ended_job(services, ACME, Callback(f"{receiver.url}?token=s3cret", {"X-Token": "s3cret"}))
        found = await shown(client, "1", until="delivered")

    (tried,) = found["log"]
    assert found == {
        "id": "1",
        "webhookId": receiver.requests[0].headers["webhook-id"],
        "jobId": job.id,
        "event": "granulation.completed",
        "url": f"http://127.0.0.1:{receiver.port}/hook?token=***",
        "status": "delivered",
        "attempts": 1,
        "maxAttempts": 4,
        "responseStatus": 200,
        "lastError": None,
        "nextAttemptAt": None,
        "createdAt": moment(job.created_at),
        "deliveredAt": found["deliveredAt"],
        "log": [
            {
                "number": 1,
                "startedAt": tried["startedAt"],
                "durationMs": tried["durationMs"],
                "responseStatus": 200,
                "error": None,
            }
        ],
    }
    listed = (await client.get(PATH)).json()
    assert listed["deliveries"] == [{name: value for name, value in found.items() if name != "log"}]
    assert (listed["total"], listed["pagination"]["totalPages"]) == (1, 1)


async def test_a_list_is_narrowed_by_job_event_and_status(services: Services, client: httpx.AsyncClient) -> None:
    jobs = [await ended(services), await ended(services, status=JobStatus.FAILED), await ended(services)]
    await services.db.batch([Statement("UPDATE outbox SET state = 'failed', next_at = NULL WHERE id = 3")])

    async def ids(query: str) -> list[str]:
        found = (await client.get(f"{PATH}?{query}")).json()
        assert found["total"] == len(found["deliveries"])
        return [row["id"] for row in found["deliveries"]]

    assert await ids("") == ["3", "2", "1"]
    assert await ids(f"jobId={jobs[1].id}") == ["2"]
    assert await ids("jobId=999") == []
    assert await ids("event=granulation.failed") == ["2"]
    assert await ids("status=pending") == ["2", "1"]
    assert await ids("status=failed&event=granulation.completed") == ["3"]
    assert (await client.get(f"{PATH}?limit=1&offset=1")).json()["deliveries"][0]["id"] == "2"


@pytest.mark.parametrize("query", ["status=sent", "event=started", "jobId=0", "jobId=abc", "limit=0", "state=failed"])
async def test_a_wrong_filter_is_refused(client: httpx.AsyncClient, query: str) -> None:
    refused = await client.get(f"{PATH}?{query}")

    assert (refused.status_code, refused.json()["code"]) == (400, "INVALID_PARAMETER")


async def test_another_tenants_delivery_does_not_exist(services: Services, client: httpx.AsyncClient) -> None:
    await ended(services, OTHER)

    answers = [
        await client.get(f"{PATH}/1"),
        await client.post(f"{PATH}/1/redeliver"),
        *[await client.get(f"{PATH}/{text}") for text in ("2", "0", "01", "-1", "abc", "9" * 16, "9" * 40, "1.0")],
    ]

    assert (await client.get(PATH)).json()["total"] == 0
    assert [(each.status_code, each.json()) for each in answers] == [(404, NOT_FOUND)] * len(answers)
    assert await services.db.all(Statement("SELECT tries, next_at FROM outbox")) == [
        {"tries": 0, "next_at": 9000000000000}
    ]


async def test_a_worker_sees_the_deliveries_of_the_tenant_it_names(
    services: Services, worker: httpx.AsyncClient
) -> None:
    await ended(services, OTHER)

    own, named = await worker.get(PATH), await worker.get(PATH, headers={"X-Client-ID": "other"})

    assert (own.json()["total"], named.json()["total"]) == (0, 1)


async def test_a_failed_delivery_is_redelivered_under_the_same_id_with_fresh_tries(
    services: Services, client: httpx.AsyncClient
) -> None:
    async with receiving(answer(410), OK) as receiver:
        await ended_job(services, ACME, Callback(receiver.url, retries=2))
        failed = await shown(client, "1", until="failed")
        again = await client.post(f"{PATH}/1/redeliver")
        done = await shown(client, "1", until="delivered")

    assert (again.status_code, again.json()["success"]) == (202, True)
    redelivered = again.json()["delivery"]
    assert redelivered == {
        **{name: value for name, value in failed.items() if name != "log"},
        "status": "pending",
        "maxAttempts": 4,
        "nextAttemptAt": redelivered["nextAttemptAt"],
    }
    assert [each["responseStatus"] for each in done["log"]] == [410, 200]
    one, two = receiver.requests
    assert (one.body, one.headers["webhook-id"]) == (two.body, two.headers["webhook-id"])


async def test_a_delivered_message_can_be_sent_once_more(services: Services, client: httpx.AsyncClient) -> None:
    async with receiving() as receiver:
        await ended_job(services, ACME, Callback(receiver.url))
        await shown(client, "1", until="delivered")
        await client.post(f"{PATH}/1/redeliver", json={})
        await receiver.seen(2)
        done = await shown(client, "1", until="delivered")

    assert (done["attempts"], done["maxAttempts"]) == (2, 5)


async def test_one_that_waits_for_its_next_try_is_sent_now(services: Services, client: httpx.AsyncClient) -> None:
    async with receiving(answer(500), OK) as receiver:
        await ended_job(services, ACME, Callback(receiver.url))
        await shown(client, "1", until="pending", tries=1)
        hastened = await client.post(f"{PATH}/1/redeliver")
        done = await shown(client, "1", until="delivered")

    assert (hastened.status_code, hastened.json()["delivery"]["maxAttempts"]) == (202, 4)
    assert (done["attempts"], done["maxAttempts"], len(receiver.requests)) == (2, 4, 2)


async def test_one_that_is_being_sent_is_left_to_that_try(services: Services, client: httpx.AsyncClient) -> None:
    async with receiving(hang) as receiver:
        await ended_job(services, ACME, Callback(receiver.url))
        await receiver.seen(1)
        before = (await client.get(f"{PATH}/1")).json()["delivery"]
        answered = await client.post(f"{PATH}/1/redeliver")

        assert answered.json()["delivery"] == {name: value for name, value in before.items() if name != "log"}
        assert len(receiver.requests) == 1


@pytest.mark.parametrize("body", ['{"retries": 1}', "[]", "nonsense"])
async def test_a_redelivery_takes_no_options(services: Services, client: httpx.AsyncClient, body: str) -> None:
    await ended(services)

    assert (await client.post(f"{PATH}/1/redeliver", content=body)).status_code == 400


async def test_a_job_with_a_callback_ends_in_a_signed_message_that_equals_its_answer(
    app: Starlette, course_request: dict[str, object]
) -> None:
    issued = await keys.issue(app.state.services, client_id="acme", name="test")
    async with receiving() as receiver, client_of(app, x_api_key=issued.secret) as client:
        callback = {"url": f"{receiver.url}?key=url-s3cret", "headers": {"X-Token": "header-s3cret"}}
        accepted = await client.post("/api/execute", json={**course_request, "callback": callback})
        await receiver.seen(1)
        delivery = await shown(client, await first(client), until="delivered")

    (request,) = receiver.requests
    sent = Webhook(issued.webhook_secret).verify(request.body, request.headers)
    assert (sent["event"], sent["status"], sent["jobId"]) == (
        "granulation.completed",
        "completed",
        accepted.json()["jobId"],
    )
    assert (sent["result"]["success"], sent["result"]["output"]["jobId"]) == (True, sent["jobId"])
    assert sent["result"]["output"]["structure"]["modules"]
    assert (delivery["jobId"], delivery["webhookId"]) == (sent["jobId"], request.headers["webhook-id"])
    assert request.headers["x-token"] == "header-s3cret"
    path = app.state.services.settings.sqlite_path
    stored = b"".join(each.read_bytes() for each in path.parent.iterdir())
    assert request.headers["webhook-id"].encode() in stored
    assert b"s3cret" not in stored


async def test_sessions_see_what_their_key_sees(app: Starlette, services: Services, new_client: NewClient) -> None:
    await ended(services)
    opened = (await (await new_client("acme")).post("/api/session")).json()

    async with client_of(app, x_bitware_session_token=opened["sessionToken"]) as session:
        assert (await session.get(PATH)).json()["total"] == 1
