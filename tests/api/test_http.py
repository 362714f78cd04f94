"""What holds for every request: methods, unknown paths, size, ids, logs."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from granulator import logs
from granulator.api.health import looks_at
from granulator.api.routes import ENDPOINTS
from granulator.errors import DatabaseError
from tests.conftest import WORKER_TOKEN, Server, client_of

GETS = [item.path for item in ENDPOINTS if item.method == "GET" and "{" not in item.path]


@pytest.mark.parametrize("path", [path for path in GETS if path != "/api/validation/history"])
async def test_head_answers_like_get_without_a_body(client: httpx.AsyncClient, path: str) -> None:
    got, head = await client.get(path), await client.head(path)

    assert (head.status_code, head.content) == (got.status_code, b"")
    assert head.headers["content-type"] == got.headers["content-type"]


async def test_a_wrong_method_is_405_and_names_the_right_ones(client: httpx.AsyncClient) -> None:
    answer = await client.patch("/api/session")

    assert (answer.status_code, answer.headers["Allow"], answer.json()) == (
        405,
        "DELETE, POST",
        {
            "error": "PATCH is not supported at this path",
            "status": 405,
            "code": "METHOD_NOT_ALLOWED",
            "details": {
                "suggestion": "Use a method listed in the Allow header",
                "docs": "/docs#METHOD_NOT_ALLOWED",
            },
        },
    )


@pytest.mark.parametrize("path", ["/nope", "/api/nope", "/api/templates/", "/health/", "/api/jobs/1/2/3", "/API/jobs"])
async def test_an_unknown_path_is_404_and_never_a_redirect(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)

    assert (answer.status_code, answer.json()) == (
        404,
        {
            "error": "There is nothing at this path",
            "status": 404,
            "code": "NOT_FOUND",
            "details": {"suggestion": "See GET /help for the available endpoints", "docs": "/docs#NOT_FOUND"},
        },
    )


@pytest.mark.parametrize("path", ["/", "/api/jobs", "/api/nope", "/nope"])
async def test_a_request_id_is_returned_as_sent_or_made(client: httpx.AsyncClient, path: str) -> None:
    sent = await client.get(path, headers={"X-Request-ID": "trace:7.a_b-c"})
    made = await client.get(path)
    odd = await client.get(path, headers={"X-Request-ID": "a b"})

    assert sent.headers["X-Request-ID"] == "trace:7.a_b-c"
    assert made.headers["X-Request-ID"].startswith("req_")
    assert odd.headers["X-Request-ID"].startswith("req_")


async def test_a_refused_caller_gets_a_request_id_too(anonymous: httpx.AsyncClient) -> None:
    answer = await anonymous.get("/api/jobs", headers={"X-Request-ID": "mine"})

    assert (answer.status_code, answer.headers["X-Request-ID"]) == (401, "mine")


async def test_a_body_above_the_limit_is_413_without_being_read_when_its_length_says_so(
    client: httpx.AsyncClient,
) -> None:
    pulled = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal pulled
        for _ in range(60):
            pulled += 1
            yield b" " * 2**20

    answer = await client.post("/api/execute", content=chunks(), headers={"Content-Length": str(60 * 2**20)})

    assert (answer.status_code, answer.json()["code"]) == (413, "PAYLOAD_TOO_LARGE")
    assert answer.json()["details"] == {
        "limit": 52_428_800,
        "suggestion": "Keep the request below 50 MB",
        "docs": "/docs#PAYLOAD_TOO_LARGE",
    }


async def test_the_rest_of_the_program_never_sees_an_unexpected_error_text(
    app: Starlette, client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken:
        async def all(self, statement: object) -> list[object]:
            raise RuntimeError("SELECT secret FROM vault")

        async def first(self, statement: object) -> object:
            raise DatabaseError

    services = app.state.services
    app.state.services = type(services)(
        **{**{name: getattr(services, name) for name in services.__slots__}, "db": Broken()}
    )
    looks, app.state.looks = app.state.looks, looks_at(app.state.services)
    answer = await client.get("/api/jobs")
    health = await client.get("/health")
    app.state.services, app.state.looks = services, looks

    assert (answer.status_code, answer.json()["code"]) == (500, "DATABASE_ERROR")
    assert (health.status_code, health.json()["status"], health.json()["checks"]["database"]) == (
        503,
        "unhealthy",
        False,
    )
    assert "vault" not in answer.text


async def test_each_request_is_one_structured_line_without_secrets(
    app: Starlette, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with client_of(app, authorization=f"Bearer {WORKER_TOKEN}", x_worker_id="publisher") as worker:
        await worker.get("/api/jobs?limit=5", headers={"X-Request-ID": "line-1"})

    record = next(item for item in caplog.records if item.name == "granulator.request")
    line = json.loads(logs.JsonFormatter().format(record))
    assert {name: line[name] for name in ("level", "message", "method", "path", "status", "clientId", "principal")} == {
        "level": "info",
        "message": "request",
        "method": "GET",
        "path": "/api/jobs",
        "status": 200,
        "clientId": "worker:publisher",
        "principal": "worker:publisher/worker:publisher",
    }
    assert WORKER_TOKEN not in json.dumps([logs.JsonFormatter().format(item) for item in caplog.records])


def peak_kilobytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the peak memory from /proc")
def test_a_body_of_60_mb_is_refused_and_not_held_in_memory(server: Server) -> None:
    headers = {"Authorization": f"Bearer {WORKER_TOKEN}", "X-Worker-ID": "w"}
    with httpx.Client(base_url=server.url, headers=headers, timeout=30) as client:
        before = peak_kilobytes(server.pid)
        declared = client.post("/api/execute", content=b" " * (60 * 2**20))
        grown = peak_kilobytes(server.pid) - before
        chunked = client.post("/api/execute", content=(b" " * 2**20 for _ in range(60)))

    assert (declared.status_code, chunked.status_code) == (413, 413)
    assert declared.headers["Connection"] == "close"
    assert grown < 20 * 1024


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/templates/a%0Ab", "/api/%00", "/api//jobs"])
async def test_nothing_below_api_is_answered_without_credentials(anonymous: httpx.AsyncClient, path: str) -> None:
    answer = await anonymous.get(path)

    assert (answer.status_code, answer.json()["code"]) == (401, "INVALID_AUTH")


async def test_a_body_with_too_many_members_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/execute", content=b"[" + b"[]," * 200_000 + b"[]]")
    nested = await client.post("/api/execute", content=b'{"input": [' + b"[]," * 200_001 + b"[]]}")

    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_JSON")
    assert nested.json()["details"]["reason"] == "size"


async def test_a_number_that_is_absurd_is_not_repeated(client: httpx.AsyncClient) -> None:
    details = (await client.post("/api/validate", json={"jobId": 1, "validationLevel": 10**200})).json()["details"]

    assert (details["field"], "value" in details) == ("validationLevel", False)


async def test_a_thousand_wrong_fields_are_counted_and_the_first_are_listed(client: httpx.AsyncClient) -> None:
    unknown = {f"key{number}": number for number in range(1000)}

    details = (await client.post("/api/validate", json=unknown)).json()["details"]

    assert (len(details["errors"]), details["errorCount"]) == (20, 1000)
