"""A real server killed with kill -9 in the middle of a job: the next start finishes the job, without being asked."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import httpx
import pytest

from tests.conftest import WORKER_TOKEN, serving

HEADERS = {"Authorization": f"Bearer {WORKER_TOKEN}", "X-Worker-ID": "publisher"}
PATIENCE_SECONDS = 60


def test_a_job_outlives_the_server_that_was_killed(
    environment: Path, monkeypatch: pytest.MonkeyPatch, course_request: dict[str, object], document: str
) -> None:
    monkeypatch.setenv("LEASE_SECONDS", "1")
    source = {"text": document * 30, "format": "markdown"}
    request = {**course_request, "timeout": 600_000, "input": {**course_request["input"], "source": source}}  # type: ignore[dict-item]

    with serving(environment) as doomed, httpx.Client(base_url=doomed.url, headers=HEADERS, timeout=60) as client:
        caller = threading.Thread(target=post_and_lose, args=(doomed.url, request))
        caller.start()
        job_id = wait_for(client, "processing")
        doomed.process.kill()
        caller.join()
    with serving(environment) as heir, httpx.Client(base_url=heir.url, headers=HEADERS, timeout=60) as client:
        assert wait_for(client, "completed") == job_id
        job = client.get(f"/api/jobs/{job_id}").json()["job"]
        structure = client.get(f"/api/jobs/{job_id}/structure")
        listed = client.get("/api/jobs").json()["total"]

    assert (job["status"], job["progress"], listed) == ("completed", 100, 1)
    assert structure.json()["structure"]["modules"]


def post_and_lose(url: str, request: dict[str, object]) -> None:
    """A caller whose server goes away."""
    with pytest.raises(httpx.TransportError):
        httpx.post(f"{url}/api/execute", json=request, headers=HEADERS, timeout=60)


def wait_for(client: httpx.Client, status: str) -> int:
    """Ask until there is a job of this status, and return its id."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        rows = client.get("/api/jobs").json()["jobs"]
        if rows and rows[0]["status"] == status:
            return int(rows[0]["id"])
    raise AssertionError(f"no job became {status}")
