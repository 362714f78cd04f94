"""PostgreSQL stopped in the middle of steps, as an administrator does and as a crash: nothing is lost or done twice."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import httpx
import pytest

from granulator.store.database import Statement
from granulator.store.postgres import PostgresDatabase
from tests.conftest import ai_environment, serving
from tests.crash.invariants import violations
from tests.crash.test_stopping import accepted, client_of, until
from tests.mock_server import MockAi, mock_ai
from tests.postgres import PostgresServer, new_database, postgres_server

JOBS = 12


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[PostgresServer]:
    """A server that only these tests use: they stop it."""
    with postgres_server() as server:
        yield server


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[MockAi]:
    with mock_ai(latency_ms=300) as started:
        for name, value in ai_environment(started).items():
            monkeypatch.setenv(name, value)
        yield started


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_database_that_is_restarted_in_the_middle_of_steps_loses_nothing(
    own_postgres: PostgresServer,
    environment: Path,
    slow: MockAi,
    monkeypatch: pytest.MonkeyPatch,
    mode: Literal["fast", "immediate"],
) -> None:
    monkeypatch.setenv("LEASE_SECONDS", "3")
    with new_database(own_postgres, "template0") as url:
        monkeypatch.setenv("DATABASE_URL", url)
        with (
            serving(environment) as first,
            serving(environment) as second,
            client_of(first) as client,
            client_of(second) as other,
        ):
            ids = [accepted(client) for _ in range(JOBS)]
            until(lambda: len(slow.requests) >= JOBS)
            own_postgres.stop(mode)
            until(lambda: all(each.get("/health").status_code == 503 for each in (client, other)))
            own_postgres.start()
            until(lambda: all(ended(each) for each in (client, other)))
            until(lambda: all(each.get("/health").status_code == 200 for each in (client, other)))

            assert [client.get(f"/api/jobs/{job_id}").json()["job"]["status"] for job_id in ids] == ["completed"] * JOBS
        assert asyncio.run(broken(url)) == {}
        uncertain = asyncio.run(count(url, "SELECT COUNT(*) AS n FROM attempts WHERE state = 'uncertain'"))
        booked = asyncio.run(count(url, "SELECT COUNT(*) AS n FROM attempts"))
    asked = Counter(json.dumps(sent["body"], sort_keys=True) for sent in slow.requests)
    assert asked.total() <= booked
    assert asked.total() - len(asked) * JOBS <= uncertain


def ended(client: httpx.Client) -> bool:
    """Whether every job has; a service whose database is just back may still say no."""
    answer = client.get("/api/jobs", params={"status": "completed"})
    return answer.status_code == 200 and answer.json()["total"] == JOBS


async def broken(url: str) -> dict[str, int]:
    db = await PostgresDatabase.open(url)
    try:
        return await violations(db)
    finally:
        await db.close()


async def count(url: str, sql: str) -> int:
    db = await PostgresDatabase.open(url)
    try:
        row = await db.first(Statement(sql))
        return int(str(row and row["n"]))
    finally:
        await db.close()
