"""A process that dies between paid calls: the next one finishes the job, and asks nothing again that was stored."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import cast

import httpx
import pytest

from granulator.granulation import admission, service
from granulator.granulation.order import Order
from granulator.model import JobStatus, JsonObject, StructureType
from granulator.services import Services
from granulator.settings import Settings, load
from granulator.store import jobs, ledger
from granulator.store.sqlite import SqliteDatabase
from tests.bills import assert_billed_once, calls_of, steps_of
from tests.conftest import WORKER_TOKEN, ai_environment, serving
from tests.crash.dying import ACME, Clock, DyingDatabase, ProcessDied, process, recover
from tests.mock_server import MockAi, mock_ai

COMMITS = 16
"""Submit, the outline sent, settled and stored, each of three parts the same, validate, finish; and one more,
at which nothing is left to die of."""

AT_ONCE = range(5, 14)
"""The commits that come in any order when the parts are written at once."""

PARTS = ("part:0", "part:1", "part:2")
ORDER = Order("Keeping bees", StructureType.COURSE, granularity_level=2, provider="openai", timeout_ms=600_000)
HEADERS = {"Authorization": f"Bearer {WORKER_TOKEN}", "X-Worker-ID": "publisher"}
PATIENCE_SECONDS = 30


async def die_at(settings: Settings, clock: Clock, batch_number: int, *, is_committed: bool) -> None:
    """Submit and run until the process dies, or to the end if it does not."""
    async with process(settings, clock) as services:
        doomed = replace(services, db=DyingDatabase(services.db, batch_number, is_committed))
        # Several parts die together where several are written at once.
        with suppress(ProcessDied, BaseExceptionGroup):
            await service.run(doomed, await admission.submit(doomed, ACME, ORDER, request_id="req_1"))
    clock.now += settings.lease_seconds * 1000 + 1


def asked(mock: MockAi) -> Counter[str]:
    """Return how often each prompt was sent."""
    bodies = [cast(JsonObject, sent["body"]) for sent in mock.requests]
    return Counter(str(cast(list[JsonObject], body["messages"])[-1]["content"]) for body in bodies)


@pytest.mark.parametrize("is_committed", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    ("batch_number", "fan_out"),
    [*((number, 1) for number in range(1, COMMITS + 1)), *((number, 16) for number in AT_ONCE)],
)
async def test_a_stored_answer_is_never_paid_for_again(
    ai_settings: Settings, mock: MockAi, batch_number: int, is_committed: bool, fan_out: int
) -> None:
    clock, settings = Clock(), replace(ai_settings, parallel_parts=fan_out)
    await die_at(settings, clock, batch_number, is_committed=is_committed)

    async with process(settings, clock) as services:
        found = (await jobs.page(services.db, services.counts, client_id="acme", limit=10, offset=0)).rows
        stored = set(await steps_of(services.db, found[0].id)) if found else set()
        await recover(services)
        await recover(services)

        ended = (await jobs.page(services.db, services.counts, client_id="acme", limit=10, offset=0)).rows
        assert [job.status for job in ended] == [JobStatus.COMPLETED] * (batch_number > 1 or is_committed)
        for job in ended:
            await assert_paid_once(services, mock, job.id, stored, fan_out)


async def assert_paid_once(services: Services, mock: MockAi, job_id: int, stored: set[str], fan_out: int) -> None:
    calls = await calls_of(services.db, job_id)
    states = Counter(call.state for call in calls)
    again = [call.step for call in calls if call.attempt == 2]
    assert not stored & set(again)
    assert set(await steps_of(services.db, job_id)) == {f"{part}/1" for part in ("outline", *PARTS)} | {
        "outline",
        *PARTS,
    }
    # Whatever was sent and not settled was perhaps billed: it is marked so, and only that was asked a second time.
    assert states["settled"] == 4
    assert states["uncertain"] == len(calls) - 4 <= fan_out
    assert {call.attempt for call in calls if call.state == "uncertain"} <= {1}
    twice = [prompt for prompt, count in asked(mock).items() if count > 1]
    assert len(asked(mock)) == 4
    assert len(twice) <= states["uncertain"]
    assert max(asked(mock).values()) <= 2
    await assert_billed_once(services.db, job_id)


async def test_a_job_that_died_tells_what_may_have_been_billed(ai_settings: Settings, mock: MockAi) -> None:
    clock, settings = Clock(), replace(ai_settings, parallel_parts=1)
    # Dies before the settlement of the second part: the answer came, and nobody knows.
    await die_at(settings, clock, 9, is_committed=False)

    async with process(settings, clock) as services:
        await recover(services)

        (job,) = (await jobs.page(services.db, services.counts, client_id="acme", limit=10, offset=0)).rows
        told = await ledger.calls_of_job(services.db, job.id)
        assert (job.metadata["attempts"], job.metadata["uncertainAttempts"]) == (5, 1)
        assert (told.uncertain, told.at_stake_nano_usd > 0) == (1, True)
        assert [call.step for call in await calls_of(services.db, job.id) if call.state == "uncertain"] == ["part:1/1"]


async def test_what_a_dead_process_may_have_spent_counts_against_the_limit(ai_settings: Settings, mock: MockAi) -> None:
    clock = Clock()
    # The calls of three parts are in flight when the process dies; they hold most of what the job may cost.
    async with process(ai_settings, clock) as services:
        doomed = replace(services, db=DyingDatabase(services.db, 8, is_committed=False))
        lease = await admission.submit(doomed, ACME, replace(ORDER, max_cost_usd=0.0075), request_id="req_1")
        with suppress(ProcessDied, BaseExceptionGroup):
            await service.run(doomed, lease)
    clock.now += ai_settings.lease_seconds * 1000 + 1

    async with process(ai_settings, clock) as services:
        await recover(services)

        (job,) = (await jobs.page(services.db, services.counts, client_id="acme", limit=10, offset=0)).rows
        told = await ledger.calls_of_job(services.db, job.id)
        assert job.error is not None
        assert (job.status, job.error.code, job.error.details["reason"]) == ("failed", "BUDGET_EXCEEDED", "spent")
        assert told.uncertain == 3
        assert (told.cost_nano_usd or 0) + told.at_stake_nano_usd <= 7_500_000


async def test_a_deadline_that_passed_while_nobody_had_the_job_leaves_no_call_open(
    ai_settings: Settings, mock: MockAi
) -> None:
    clock = Clock()
    await die_at(ai_settings, clock, 3, is_committed=False)
    clock.now += ORDER.timeout_ms

    async with process(ai_settings, clock) as services:
        await recover(services)

        (job,) = (await jobs.page(services.db, services.counts, client_id="acme", limit=10, offset=0)).rows
        assert job.error is not None
        assert job.error.code == "REQUEST_TIMEOUT"
        assert [call.state for call in await calls_of(services.db, job.id)] == ["uncertain"]
        await assert_billed_once(services.db, job.id)


def test_a_real_server_killed_between_parts_pays_for_each_part_once(
    environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {
        "action": "granulate",
        "input": {"topic": "Keeping bees", "structureType": "course", "granularityLevel": 2},
        "config": {"aiProvider": "openai"},
        "timeout": 600_000,
    }
    with mock_ai(latency_ms=300) as mock:
        for name, value in {**ai_environment(mock), "LEASE_SECONDS": "1", "PARALLEL_PARTS": "1"}.items():
            monkeypatch.setenv(name, value)
        with serving(environment) as doomed:
            caller = threading.Thread(target=post_and_lose, args=(doomed.url, body))
            caller.start()
            wait_for_requests(mock, doomed.url, 3)
            doomed.process.kill()
            caller.join()
        killed_after = len(mock.requests)
        with serving(environment) as heir, httpx.Client(base_url=heir.url, headers=HEADERS, timeout=60) as client:
            job = wait_until_completed(client)
            structure = client.get(f"/api/jobs/{job['id']}/structure").json()["structure"]
        prompts = asked(mock)

    assert (killed_after, len(structure["modules"])) == (3, 3)
    assert sorted(prompts.values()) == [1, 1, 1, 2]
    assert (job["metadata"]["attempts"], job["metadata"]["uncertainAttempts"]) == (5, 1)
    asyncio.run(assert_database_billed_once(cast(Path, load(environment).sqlite_path), int(job["id"])))


async def assert_database_billed_once(path: Path, job_id: int) -> None:
    database = SqliteDatabase.open(path)
    try:
        await assert_billed_once(database, job_id)
    finally:
        await database.close()


def post_and_lose(url: str, body: JsonObject) -> None:
    """A caller whose server goes away."""
    with suppress(httpx.TransportError):
        httpx.post(f"{url}/api/execute", json=body, headers=HEADERS, timeout=60)


def wait_for_requests(mock: MockAi, url: str, count: int) -> None:
    """Ask the server how it is until it has sent so many requests to the mock."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    with httpx.Client(base_url=url, headers=HEADERS) as client:
        while len(mock.requests) < count:
            assert time.monotonic() < deadline, "the server sends no requests"
            client.get("/api/jobs")


def wait_until_completed(client: httpx.Client) -> JsonObject:
    """Ask until the one job is completed, and return it in full."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        (row,) = client.get("/api/jobs").json()["jobs"]
        if row["status"] == "completed":
            return cast(JsonObject, client.get(f"/api/jobs/{row['id']}").json()["job"])
    raise AssertionError(f"the job is {row['status']}")
