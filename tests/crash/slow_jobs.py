"""Jobs that take a while in a real server: put in line, followed and looked at from outside."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable

import httpx

from tests.conftest import WORKER_TOKEN
from tests.mock_server import MockAi

HEADERS = {"Authorization": f"Bearer {WORKER_TOKEN}", "X-Worker-ID": "publisher"}
PATIENCE_SECONDS = 30
COURSE = {
    "action": "granulate",
    "input": {"topic": "Keeping bees", "structureType": "course", "granularityLevel": 3},
    "config": {"aiProvider": "openai"},
    "timeout": 600_000,
}


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "it never came to that"
        threading.Event().wait(0.02)


def accepted(client: httpx.Client) -> int:
    """Put a job in line and return its id."""
    answer = client.post("/api/execute", json=COURSE, headers={"Prefer": "respond-async"})
    assert answer.status_code == 202
    return int(answer.json()["jobId"])


def status(client: httpx.Client, job_id: int) -> str:
    return str(client.get(f"/api/jobs/{job_id}/status").json()["status"])


def steps_begun(mock: MockAi) -> list[str]:
    """What the vendor was asked, as the bodies of the calls: a call that is repeated is there twice."""
    return [json.dumps(row["body"], sort_keys=True) for row in mock.requests]
