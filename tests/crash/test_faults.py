"""What befalls a machine in the middle of a job: a full disk, a locked database, a clock that jumps. No job is lost."""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from granulator.api import keys
from granulator.app import create_app
from granulator.settings import Settings, load
from granulator.store.database import Statement
from tests.conftest import Server, ai_environment, client_of, serving
from tests.crash.dying import Clock
from tests.crash.slow_jobs import COURSE, HEADERS, accepted, status, steps_begun, until
from tests.mock_server import MockAi, mock_ai

HOUR_MS = 3_600_000
LEASE_SECONDS = 4
FAULT_SECONDS = 6
"""Longer than a lease: the process must not take its own jobs for abandoned."""

UNFINISHED = ("processing", "validating", "retry")

HOLD = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def slow_mock() -> Iterator[MockAi]:
    with mock_ai(latency_ms=300) as started:
        yield started


@pytest.fixture
def slow(slow_mock: MockAi) -> MockAi:
    slow_mock.reset()
    return slow_mock


@pytest.fixture
def server(environment: Path, slow: MockAi, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for name, value in {**ai_environment(slow), "LEASE_SECONDS": str(LEASE_SECONDS)}.items():
        monkeypatch.setenv(name, value)
    with serving(environment) as started:
        yield started


@contextmanager
def full_disk(server: Server) -> Iterator[None]:
    """No file of the process can be written any more; needs no privilege, unlike a small file system."""
    soft, hard = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def locked_database(server: Server) -> Iterator[None]:
    """Another process writes to the database and does not come to an end."""
    (path,) = (server.directory / "state").rglob("*.sqlite")
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        try:
            yield
        finally:
            holder.communicate("")


FAULTS = {"full disk": full_disk, "locked database": locked_database}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_job_outlives_a_database_that_cannot_be_written(server: Server, slow: MockAi, fault: str) -> None:
    with httpx.Client(base_url=server.url, headers=HEADERS, timeout=60) as client:
        job_id = accepted(client)
        until(lambda: len(slow.requests) >= 3)
        with FAULTS[fault](server):
            began = time.monotonic()
            health = client.get("/health")
            took = time.monotonic() - began
            threading.Event().wait(FAULT_SECONDS)
            is_unfinished = status(client, job_id) in UNFINISHED
        until(lambda: status(client, job_id) not in UNFINISHED)
        job = client.get(f"/api/jobs/{job_id}").json()["job"]
        until(lambda: client.get("/health").json()["status"] == "healthy")

    asked = steps_begun(slow)
    assert job["status"] == "completed"
    assert is_unfinished, "the fault came too late to be in the middle of the job"
    assert took < 2.5
    assert health.status_code in (200, 503)
    assert len(asked) == len(set(asked)), "a paid call was repeated"


@pytest.fixture
def slow_settings(tmp_path: Path, slow: MockAi) -> Settings:
    secrets = {"SHARED_SECRET": "s", "SESSION_SECRET": "session-secret-of-the-tests"}
    return load(root=tmp_path, environ={**secrets, **ai_environment(slow)})


@pytest.mark.parametrize("jump_ms", [HOUR_MS, -HOUR_MS])
async def test_a_job_outlives_a_clock_that_jumps(slow_settings: Settings, slow: MockAi, jump_ms: int) -> None:
    clock = Clock()
    app = create_app(slow_settings, now_ms=clock)
    async with app.router.lifespan_context(app):
        issued = await keys.issue(app.state.services, client_id="acme", name="test")
        async with client_of(app, x_api_key=issued.secret) as client:
            posting = asyncio.create_task(client.post("/api/execute", json=COURSE, timeout=60))
            await called(slow, 2)
            clock.now += jump_ms
            answer = await posting
            job_id = answer.json()["output"]["jobId"]
            job = (await client.get(f"/api/jobs/{job_id}")).json()["job"]
            health = await client.get("/health")
        open_money = await app.state.services.db.all(
            Statement("SELECT SUM(CASE kind WHEN 'hold' THEN nano_usd ELSE -nano_usd END) AS open FROM ledger")
        )
        sent = await app.state.services.db.all(Statement("SELECT id FROM attempts WHERE state <> 'settled'"))

    asked = steps_begun(slow)
    assert (answer.status_code, job["status"], health.json()["status"]) == (200, "completed", "healthy")
    assert (open_money[0]["open"], sent) == (0, [])
    assert len(asked) == len(set(asked)), "a paid call was repeated"


@pytest.mark.parametrize("jump_ms", [HOUR_MS, -HOUR_MS])
async def test_jobs_are_begun_after_a_clock_has_jumped(slow_settings: Settings, slow: MockAi, jump_ms: int) -> None:
    clock = Clock()
    app = create_app(replace(slow_settings, concurrency_per_key=1), now_ms=clock)
    async with app.router.lifespan_context(app):
        issued = await keys.issue(app.state.services, client_id="acme", name="test")
        async with client_of(app, x_api_key=issued.secret) as client:
            prefer = {"Prefer": "respond-async"}
            ids = [(await client.post("/api/execute", json=COURSE, headers=prefer)).json()["jobId"] for _ in range(2)]
            await called(slow, 1)
            clock.now += jump_ms
            async with asyncio.timeout(30):
                await ended(client, ids)
            states = [(await client.get(f"/api/jobs/{job_id}/status")).json() for job_id in ids]

    expected = ["completed", "completed"]
    if jump_ms > 0:
        # Its deadline counts the time in line, and that hour is over for whoever reads the clock.
        expected[1] = "failed"
    assert [row["status"] for row in states] == expected, json.dumps(states)


async def called(mock: MockAi, times: int) -> None:
    """Wait until the vendor was called so often."""
    async with asyncio.timeout(30):
        while True:
            if len(mock.requests) >= times:
                return
            await asyncio.sleep(0.01)


async def ended(client: httpx.AsyncClient, ids: list[int]) -> None:
    """Wait until none of the jobs is unfinished."""
    while True:
        states = [(await client.get(f"/api/jobs/{job_id}/status")).json()["status"] for job_id in ids]
        if not any(state in UNFINISHED for state in states):
            return
