"""Jobs whose end is told to a callback: accepted like those nobody waits for, and retried with it."""

from __future__ import annotations

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
from granulator.store.database import Row, Statement
from granulator.webhooks import callbacks
from tests.conftest import client_of, running
from tests.streams import followed, quiz

# Allow-listed, and nobody listens there: whether it arrives is the business of the tests of webhooks.
HOOK: JsonObject = {"url": "http://127.0.0.1:9/hook", "headers": {"X-Token": "a-secret-of-the-caller"}, "retries": 2}


@pytest.fixture
async def hooked(ai_settings: Settings) -> AsyncIterator[Starlette]:
    async with running(replace(ai_settings, webhook_allow_hosts=("127.0.0.1",))) as started:
        yield started


@pytest.fixture
async def caller(hooked: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    issued = await keys.issue(hooked.state.services, client_id="acme", name="test")
    async with client_of(hooked, x_api_key=issued.secret) as client:
        yield client


async def stored(app: Starlette, job_id: int) -> Job:
    services: Services = app.state.services
    job = await jobs.by_id(services.db, job_id)
    assert job is not None
    return job


async def messages(app: Starlette) -> list[Row]:
    services: Services = app.state.services
    return await services.db.all(Statement("SELECT execution_id, event FROM outbox ORDER BY id"))


async def test_a_job_with_a_callback_is_accepted_and_its_end_is_told(
    hooked: Starlette, caller: httpx.AsyncClient
) -> None:
    answer = await caller.post("/api/execute", json={**quiz(), "callback": HOOK})

    job_id = answer.json()["jobId"]
    await followed(caller, job_id)
    job = await stored(hooked, job_id)
    assert (answer.status_code, "Preference-Applied" in answer.headers, job.timeout_ms) == (202, False, 600_000)
    assert answer.headers["Location"] == f"/api/jobs/{job_id}"
    assert await messages(hooked) == [{"execution_id": job.execution_id, "event": "granulation.completed"}]


async def test_a_callback_is_kept_sealed(hooked: Starlette, caller: httpx.AsyncClient) -> None:
    job_id = (await caller.post("/api/execute", json={**quiz(), "callback": HOOK})).json()["jobId"]

    kept = (await stored(hooked, job_id)).callback

    settings = hooked.state.services.settings
    assert kept is not None
    assert "secret" not in kept
    assert callbacks.unseal(settings, kept) == callbacks.Callback(
        cast(str, HOOK["url"]), cast("dict[str, str]", HOOK["headers"]), 2
    )
    await followed(caller, job_id)


async def test_a_retry_keeps_the_callback_the_time_and_the_priority_unless_told_otherwise(
    hooked: Starlette, caller: httpx.AsyncClient
) -> None:
    body = {**quiz("500", priority="high"), "callback": HOOK, "timeout": 30_000}
    first = (await caller.post("/api/execute", json=body)).json()["jobId"]
    await followed(caller, first)

    config: JsonObject = {"aiModel": "gpt-6-luna"}
    again = (await caller.post(f"/api/jobs/{first}/retry", json={"config": config})).json()["newJobId"]
    await followed(caller, again)
    urgent = (await caller.post(f"/api/jobs/{first}/retry", json={"config": {"priority": "low"}})).json()["newJobId"]
    await followed(caller, urgent)

    old, new, changed = [await stored(hooked, job_id) for job_id in (first, again, urgent)]
    assert (new.callback, new.timeout_ms, new.priority, new.retry_of) == (old.callback, 30_000, 2, first)
    assert (changed.callback, changed.priority) == (old.callback, 0)
    assert [row["event"] for row in await messages(hooked)] == [
        "granulation.failed",
        "granulation.completed",
        "granulation.failed",
    ]


async def test_each_job_of_a_batch_may_have_its_own_callback(hooked: Starlette, caller: httpx.AsyncClient) -> None:
    quiet = {**HOOK, "events": ["granulation.failed"]}
    body = {"requests": [{**quiz(), "callback": HOOK}, quiz(), {**quiz(), "callback": quiet}]}

    sent = (await caller.post("/api/batch", json=body)).json()

    ids = [row["jobId"] for row in sent["jobs"]]
    for job_id in ids:
        await followed(caller, job_id)
    first = await stored(hooked, ids[0])
    assert [(await stored(hooked, job_id)).callback is None for job_id in ids] == [False, True, False]
    assert await messages(hooked) == [{"execution_id": first.execution_id, "event": "granulation.completed"}]


async def test_a_callback_that_may_not_be_called_refuses_the_whole_batch(caller: httpx.AsyncClient) -> None:
    bad = {"url": "http://169.254.169.254/latest"}
    body = {"requests": [quiz(), {**quiz(), "callback": HOOK}, {**quiz(), "callback": bad}]}

    answer = await caller.post("/api/batch", json=body)

    told = answer.json()
    assert (answer.status_code, told["code"], told["details"]["path"]) == (
        400,
        "INVALID_CALLBACK_URL",
        "requests[2].callback.url",
    )
    assert (await caller.get("/api/jobs")).json()["total"] == 0


async def test_an_answer_is_given_again_though_its_callback_may_not_be_called_any_more(
    ai_settings: Settings, hooked: Starlette, caller: httpx.AsyncClient
) -> None:
    body, once = {**quiz(), "callback": HOOK}, {"Idempotency-Key": "once"}
    first = await caller.post("/api/execute", json=body, headers=once)

    async with running(ai_settings) as stricter:
        secret = caller.headers["x-api-key"]
        async with client_of(stricter, x_api_key=secret) as later:
            again = await later.post("/api/execute", json=body, headers=once)
            refused = await later.post("/api/execute", json=body)

    assert (again.status_code, again.json(), refused.status_code) == (202, first.json(), 400)
    await followed(caller, first.json()["jobId"])
