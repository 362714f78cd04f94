"""Real processes told to stop in the middle of a job: nothing is lost, nobody waits for a lease, and 0 is returned."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.conftest import Server, ai_environment, serving
from tests.crash.slow_jobs import COURSE, HEADERS, PATIENCE_SECONDS, accepted, status, steps_begun, until
from tests.mock_server import MockAi, mock_ai

LEASE_SECONDS = 300
"""Far longer than any of these tests may take: who waits for a lease to end fails."""


@pytest.fixture(scope="module")
def slow_mock() -> Iterator[MockAi]:
    with mock_ai(latency_ms=300) as started:
        yield started


@pytest.fixture
def slow(environment: Path, slow_mock: MockAi, monkeypatch: pytest.MonkeyPatch) -> MockAi:
    """Vendors whose every answer takes a while, for the processes that the test starts."""
    slow_mock.reset()
    for name, value in ai_environment(slow_mock).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LEASE_SECONDS", str(LEASE_SECONDS))
    monkeypatch.setenv("DRAIN_SECONDS", "20")
    return slow_mock


def client_of(server: Server) -> httpx.Client:
    return httpx.Client(base_url=server.url, headers=HEADERS, timeout=60)


def stop(server: Server, number: int = signal.SIGTERM) -> None:
    server.process.send_signal(number)


def exit_code(server: Server) -> int:
    return server.process.wait(timeout=PATIENCE_SECONDS)


@contextmanager
def posting(server: Server) -> Iterator[Callable[[], httpx.Response]]:
    """Send the course and wait for it in another thread; what is given returns the answer, or raises."""
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(httpx.post, f"{server.url}/api/execute", json=COURSE, headers=HEADERS, timeout=60)
        yield lambda: answer.result(timeout=PATIENCE_SECONDS)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_request_that_runs_is_answered_before_the_server_ends(environment: Path, slow: MockAi, number: int) -> None:
    with serving(environment) as server, posting(server) as answer:
        until(lambda: len(slow.requests) >= 2)
        stop(server, number)

        assert (answer().status_code, exit_code(server)) == (200, 0)


def test_a_job_that_nobody_waits_for_ends_before_the_server_does(environment: Path, slow: MockAi) -> None:
    with serving(environment) as server, client_of(server) as client:
        job_id = accepted(client)
        until(lambda: len(slow.requests) >= 2)
        stop(server)
        code = exit_code(server)
    calls = len(slow.requests)

    with serving(environment) as heir, client_of(heir) as client:
        assert (code, status(client, job_id)) == (0, "completed")
    assert len(slow.requests) == calls


def test_readiness_goes_first_and_requests_are_served_until_the_delay_is_over(
    environment: Path, slow: MockAi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHUTDOWN_DELAY_SECONDS", "2")
    with serving(environment) as server, client_of(server) as client:
        ready = client.get("/health")
        stop(server)
        until(lambda: client.get("/health").status_code == 503)
        leaving = client.get("/health").json()
        # A connection of its own: the doors are still open.
        served = httpx.get(server.url)
        in_line = accepted(client)
        code = exit_code(server)

    assert (ready.json()["status"], served.status_code, code) == ("healthy", 200, 0)
    assert (leaving["status"], leaving["checks"]["engine"], leaving["checks"]["database"]) == ("unhealthy", False, True)
    assert len(slow.requests) == 0, "a job was begun by a process that was told to stop"
    with serving(environment) as heir, client_of(heir) as client:
        until(lambda: status(client, in_line) == "completed")


def test_what_does_not_end_in_time_is_handed_back_and_another_process_goes_on_at_once(
    environment: Path, slow: MockAi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRAIN_SECONDS", "0")
    with serving(environment) as server, client_of(server) as client:
        job_id = accepted(client)
        until(lambda: len(slow.requests) >= 3)
        stop(server)
        code = exit_code(server)
    begun = steps_begun(slow)

    with serving(environment) as heir, client_of(heir) as client:
        until(lambda: status(client, job_id) == "completed")
        job = client.get(f"/api/jobs/{job_id}").json()["job"]

    assert (code, job["status"]) == (0, "completed")
    repeated = [call for call in steps_begun(slow)[len(begun) :] if call in begun]
    # Only the calls under way when it stopped, whose answers nobody heard.
    assert len(repeated) <= len(begun) - 1
    assert begun[0] not in repeated, "the outline was stored and is not paid for again"


def test_a_caller_whose_job_was_handed_back_finds_it_done_by_the_next_process(
    environment: Path, slow: MockAi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRAIN_SECONDS", "0")
    with serving(environment) as server, posting(server) as answer:
        until(lambda: len(slow.requests) >= 2)
        stop(server)
        code = exit_code(server)
        try:
            lost = answer().status_code
        except httpx.TransportError:
            lost = 0
    with serving(environment) as heir, client_of(heir) as client:
        until(lambda: [job["status"] for job in client.get("/api/jobs").json()["jobs"]] == ["completed"])

    assert (code, lost in (0, 500, 503)) == (0, True)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_second_signal_waits_for_nothing_and_still_hands_back(
    environment: Path, slow: MockAi, monkeypatch: pytest.MonkeyPatch, workers: str
) -> None:
    with mock_ai(latency_ms=60_000) as silent:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{silent.url}/v1")
        with serving(environment, "--workers", workers) as server, client_of(server) as client:
            job_id = accepted(client)
            until(lambda: len(silent.requests) == 1)
            stop(server)
            # A repetition within a second would be taken for the same wish, and a supervisor takes a moment to pass it.
            threading.Event().wait(2)
            began = time.monotonic()
            stop(server)
            code = exit_code(server)
            took = time.monotonic() - began
    monkeypatch.setenv("OPENAI_BASE_URL", f"{slow.url}/v1")
    with serving(environment) as heir, client_of(heir) as client:
        until(lambda: status(client, job_id) == "completed")

    assert code == 128 + signal.SIGTERM
    assert took < 5


def test_a_stream_of_events_ends_between_two_events_when_the_server_stops(environment: Path, slow: MockAi) -> None:
    with serving(environment) as server, client_of(server) as client:
        job_id = accepted(client)
        with client.stream("GET", f"/api/jobs/{job_id}/events") as stream:
            chunks = stream.iter_text()
            heard = next(chunks)
            stop(server)
            heard += "".join(chunks)
        code = exit_code(server)

    assert (code, heard.endswith("\n\n")) == (0, True)
    assert "event: completed" not in heard


def test_several_processes_under_one_supervisor_stop_as_one_does(environment: Path, slow: MockAi) -> None:
    with serving(environment, "--workers", "2") as server, posting(server) as answer:
        until(lambda: len(slow.requests) >= 2)
        stop(server)

        assert (answer().status_code, exit_code(server)) == (200, 0)


def test_a_worker_finishes_what_it_runs_before_it_ends(
    environment: Path, slow: MockAi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHUTDOWN_DELAY_SECONDS", "1")
    with serving(environment) as server, client_of(server) as client:
        stop(server)
        until(lambda: client.get("/health").status_code == 503)
        job_id = accepted(client)
        exit_code(server)
    command = [sys.executable, "-m", "granulator", "worker"]
    with subprocess.Popen(command, cwd=environment, stderr=subprocess.DEVNULL) as worker:
        until(lambda: len(slow.requests) >= 2)
        worker.send_signal(signal.SIGTERM)
        code = worker.wait(timeout=PATIENCE_SECONDS)
    calls = len(slow.requests)

    with serving(environment) as heir, client_of(heir) as client:
        assert (code, status(client, job_id)) == (0, "completed")
    assert len(slow.requests) == calls
