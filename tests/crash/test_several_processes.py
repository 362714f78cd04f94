"""Several processes on one database: a late one is refused, a job is done once, and no key ever runs too many."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import httpx
import pytest

from granulator.granulation import admission, service
from granulator.granulation.order import Order
from granulator.model import JobStatus, Lease, StructureType
from granulator.services import Services
from granulator.settings import Settings, load
from granulator.store import jobs, principals
from granulator.store.database import Statement
from granulator.store.sqlite import SqliteDatabase
from tests.conftest import Server, ai_environment, serving
from tests.crash.dying import ACME, Clock, process
from tests.crash.invariants import number, violations
from tests.crash.no_op import COUNT_LIVE, JOBS, MOST_LIVE, PER_KEY, new_job
from tests.crash.test_stopping import COURSE, HEADERS, accepted, client_of, until
from tests.mock_server import MockAi, mock_ai

ROOT = Path(__file__).parents[2]
LATENCY_MS = 1000
KEYS = 5
QUIZ = Order("Keeping bees", StructureType.QUIZ, granularity_level=1, provider="openai", timeout_ms=600_000)


@pytest.fixture
def slow(environment: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MockAi]:
    """Vendors whose every answer takes a while, for the processes that the test starts."""
    with mock_ai(latency_ms=LATENCY_MS) as started:
        for name, value in ai_environment(started).items():
            monkeypatch.setenv(name, value)
        yield started


def prompts(mock: MockAi) -> Counter[str]:
    """How often each thing was asked."""
    return Counter(json.dumps(sent["body"], sort_keys=True) for sent in mock.requests)


def row(directory: Path, sql: str) -> dict[str, object]:
    """Read one row of the database of the servers in a directory."""

    async def read() -> dict[str, object]:
        db = SqliteDatabase.open(path_of(directory))
        try:
            return dict(await db.first(Statement(sql)) or {})
        finally:
            await db.close()

    return asyncio.run(read())


def path_of(directory: Path) -> Path:
    path = load(directory).sqlite_path
    assert path is not None
    return path


def broken(directory: Path) -> dict[str, int]:
    """What does not hold of the jobs of the servers in a directory."""

    async def read() -> dict[str, int]:
        db = SqliteDatabase.open(path_of(directory))
        try:
            return await violations(db)
        finally:
            await db.close()

    return asyncio.run(read())


def test_a_process_that_was_stopped_past_its_lease_is_refused_when_it_goes_on(
    environment: Path, slow: MockAi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEASE_SECONDS", "1")
    with serving(environment) as sleeper, client_of(sleeper) as client:
        job_id = accepted(client)
        until(lambda: len(slow.requests) == 1)
        sleeper.process.send_signal(signal.SIGSTOP)
        with serving(environment) as successor, client_of(successor) as heir:
            # The successor has asked the same again, and waits for the answer that the sleeper has had for long.
            until(lambda: len(slow.requests) == 2)
            sleeper.process.send_signal(signal.SIGCONT)
            until(lambda: heir.get(f"/api/jobs/{job_id}/status").json()["status"] == "completed")
            assert client.get(f"/api/jobs/{job_id}/status").json()["status"] == "completed"

    stored = row(environment, "SELECT attempt, (SELECT MIN(attempt) FROM job_steps) AS steps FROM jobs")
    assert stored == {"attempt": 2, "steps": 2}, "the sleeper has stored a step"
    assert sorted(prompts(slow).values())[-2:] == [1, 2]
    assert broken(environment) == {}


async def test_one_job_that_is_delivered_to_two_workers_has_one_result(ai_settings: Settings, mock: MockAi) -> None:
    clock, ran = Clock(), []
    async with process(ai_settings, clock) as first, process(ai_settings, clock) as second:

        async def run(services: Services, lease: Lease) -> None:
            ran.append(lease)
            await service.run(services, lease)

        serving_both = [asyncio.create_task(each.engine.serve(partial(run, each))) for each in (first, second)]
        job_id = await admission.accept(first, ACME, QUIZ, request_id="req_1")
        async with asyncio.timeout(20):
            while await status_of(first, job_id) is not JobStatus.COMPLETED:
                await asyncio.gather(*(each.engine.deliver(job_id) for each in (first, second)))
                await asyncio.sleep(0.01)
        for task in serving_both:
            task.cancel()
        await asyncio.gather(*serving_both, return_exceptions=True)

        assert (len(ran), len(mock.requests), await violations(first.db)) == (1, 1, {})


async def status_of(services: Services, job_id: int) -> JobStatus:
    job = await jobs.by_id(services.db, job_id)
    assert job is not None
    return job.status


async def test_no_key_ever_runs_more_jobs_than_it_may_in_several_processes(tmp_path: Path) -> None:
    """The database itself counts the live leases of a key after every change of one."""
    path = tmp_path / "granulator.sqlite"
    async with process(replace(load(root=tmp_path, environ={}), database_url=f"sqlite:///{path}"), Clock()) as services:
        await services.db.batch([Statement(sql) for sql in COUNT_LIVE])
        admitted = [new_job(index, key=index % KEYS) for index in range(JOBS)]
        callers = [principals.ensure(replace(ACME, id=f"key:{key}")) for key in range(KEYS)]
        await services.db.batch([*callers, *(jobs.create(job) for job in admitted)])
        command = [sys.executable, "-m", "tests.crash.no_op", str(path)]
        workers = [await asyncio.create_subprocess_exec(*command, cwd=ROOT) for _ in range(3)]
        try:
            await some_ended(services, JOBS // 4)
            workers[0].kill()
            await some_ended(services, JOBS)
            most = await services.db.first(Statement(MOST_LIVE))
        finally:
            for worker in workers:
                with suppress(ProcessLookupError):
                    worker.kill()
                await worker.wait()

    assert most is not None
    # Full at times, and never fuller.
    assert most["n"] == PER_KEY


async def some_ended(services: Services, count: int) -> None:
    async with asyncio.timeout(90):
        while True:
            if await number(services.db, "SELECT COUNT(*) AS n FROM jobs WHERE completed_at IS NOT NULL") >= count:
                return
            await asyncio.sleep(0.05)


def test_two_workers_of_one_server_repeat_nothing(environment: Path, slow: MockAi) -> None:
    with serving(environment, "--workers", "2") as server, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(partial(post, server), range(8)))

    assert [answer.status_code for answer in answers] == [200] * 8
    assert {answer.json()["output"]["jobId"] for answer in answers} == set(range(1, 9))
    assert set(prompts(slow).values()) == {1}
    assert broken(environment) == {}


def post(server: Server, index: int) -> httpx.Response:
    body = {**COURSE, "input": {**COURSE["input"], "topic": f"Volume {index}", "granularityLevel": 2}}  # type: ignore[dict-item]
    return httpx.post(f"{server.url}/api/execute", json=body, headers=HEADERS, timeout=60)


def test_a_caller_that_goes_away_in_the_middle_of_a_call_leaves_a_job_that_is_done_once(
    environment: Path, slow: MockAi
) -> None:
    with serving(environment) as server, client_of(server) as client:
        with suppress(httpx.ReadTimeout):
            client.post("/api/execute", json=COURSE, timeout=httpx.Timeout(10, read=0.2))
        until(lambda: [job["status"] for job in client.get("/api/jobs").json()["jobs"]] == ["completed"])

    assert set(prompts(slow).values()) == {1}
    assert not any(sent["disconnected"] for sent in slow.requests)
    assert broken(environment) == {}
