"""The three kinds of credential: who gets in, as whom, and what each fault is called."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette

from granulator.api import keys
from granulator.services import Services
from tests.conftest import WORKER_TOKEN, NewClient, client_of

SUGGESTIONS = {
    "INVALID_AUTH": ("No credentials were presented", "Send worker, API key or session credentials"),
    "INVALID_WORKER_AUTH": (
        "Invalid worker credentials",
        "Send Authorization: Bearer with a valid token and X-Worker-ID",
    ),
    "INVALID_API_KEY": ("Invalid API key", "Check your API key is correct and not expired"),
    "INVALID_SESSION": ("Invalid session token", "Obtain a new session with POST /api/session"),
}


def refusal(code: str) -> dict[str, object]:
    """The body of a 401."""
    message, suggestion = SUGGESTIONS[code]
    return {
        "error": message,
        "status": 401,
        "code": code,
        "details": {"suggestion": suggestion, "docs": f"/docs#{code}"},
    }


BEARER = f"Bearer {WORKER_TOKEN}"
FAULTS = [
    pytest.param([], "INVALID_AUTH", id="nothing"),
    pytest.param([("authorization", BEARER)], "INVALID_WORKER_AUTH", id="token without worker id"),
    pytest.param([("x-worker-id", "w")], "INVALID_WORKER_AUTH", id="worker id without token"),
    pytest.param([("authorization", "Bearer no"), ("x-worker-id", "w")], "INVALID_WORKER_AUTH", id="wrong token"),
    pytest.param([("authorization", WORKER_TOKEN), ("x-worker-id", "w")], "INVALID_WORKER_AUTH", id="no scheme"),
    pytest.param([("authorization", "Basic dzp0"), ("x-worker-id", "w")], "INVALID_WORKER_AUTH", id="other scheme"),
    pytest.param([("authorization", "Bearer "), ("x-worker-id", "w")], "INVALID_WORKER_AUTH", id="empty token"),
    pytest.param([("authorization", BEARER), ("x-worker-id", "a b")], "INVALID_WORKER_AUTH", id="odd worker id"),
    pytest.param([("authorization", BEARER), ("x-worker-id", "x" * 65)], "INVALID_WORKER_AUTH", id="long worker id"),
    pytest.param(
        [("authorization", BEARER), ("authorization", BEARER), ("x-worker-id", "w")],
        "INVALID_WORKER_AUTH",
        id="token twice",
    ),
    pytest.param([("x-api-key", "gran_wrong")], "INVALID_API_KEY", id="wrong key"),
    pytest.param([("x-api-key", "")], "INVALID_API_KEY", id="empty key"),
    pytest.param([("x-api-key", "k" * 8192)], "INVALID_API_KEY", id="huge key"),
    pytest.param([("x-api-key", "schl\xfcssel")], "INVALID_API_KEY", id="key not ASCII"),
    pytest.param([("x-bitware-session-token", "forged.x.y")], "INVALID_SESSION", id="forged session"),
    pytest.param([("x-bitware-session-token", "")], "INVALID_SESSION", id="empty session"),
    pytest.param(
        [("authorization", BEARER), ("x-worker-id", "w"), ("x-api-key", "wrong")],
        "INVALID_API_KEY",
        id="a valid and an invalid one",
    ),
    pytest.param(
        [("authorization", "no"), ("x-api-key", "no"), ("x-bitware-session-token", "no")],
        "INVALID_WORKER_AUTH",
        id="three invalid ones",
    ),
]


@pytest.mark.parametrize(("headers", "code"), FAULTS)
@pytest.mark.parametrize("path", ["/api/jobs", "/api/no-such-path"])
async def test_a_credential_fault_is_401_with_its_own_code(
    anonymous: httpx.AsyncClient, headers: list[tuple[str, str]], code: str, path: str
) -> None:
    sent = [(name.encode(), value.encode("latin-1")) for name, value in headers]

    answer = await anonymous.get(path, headers=sent)

    assert (answer.status_code, answer.json()) == (401, refusal(code))
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("token", [WORKER_TOKEN, "an-older-token"])
async def test_every_configured_worker_token_is_accepted(app: Starlette, token: str) -> None:
    async with client_of(app, authorization=f"Bearer {token}", x_worker_id="publisher") as worker:
        answer = await worker.get("/api/stats")

    assert answer.status_code == 200


async def test_without_a_configured_token_no_worker_gets_in(app: Starlette) -> None:
    async with client_of(app, authorization="Bearer internal", x_worker_id="publisher") as worker:
        answer = await worker.get("/api/stats")

    assert (answer.status_code, answer.json()["code"]) == (401, "INVALID_WORKER_AUTH")


async def test_a_session_acts_for_its_keys_tenant_until_it_is_closed(app: Starlette, client: httpx.AsyncClient) -> None:
    opened = await client.post("/api/session", json={"ttlSeconds": 60})
    async with client_of(app, x_bitware_session_token=opened.json()["sessionToken"]) as browser:
        before = await browser.get("/api/jobs")
        closed = await browser.delete("/api/session")
        after = await browser.get("/api/jobs")

    assert (opened.status_code, opened.json()["clientId"]) == (201, "acme")
    assert (before.status_code, closed.status_code, closed.content) == (200, 204, b"")
    assert (after.status_code, after.json()) == (401, refusal("INVALID_SESSION"))


async def test_revoking_a_key_ends_its_sessions(app: Starlette, services: Services) -> None:
    issued = await keys.issue(services, client_id="acme", name="browser")
    async with client_of(app, x_api_key=issued.secret) as client:
        opened = await client.post("/api/session")
        await keys.revoke(services, issued.key.id)
        with_key = await client.get("/api/jobs")
    async with client_of(app, x_bitware_session_token=opened.json()["sessionToken"]) as browser:
        with_session = await browser.get("/api/jobs")

    assert with_key.json() == refusal("INVALID_API_KEY")
    assert with_session.json() == refusal("INVALID_SESSION")


@pytest.mark.parametrize("seconds", [59, 86_401, 1.5, "600", True])
async def test_a_session_of_an_odd_length_is_refused(client: httpx.AsyncClient, seconds: object) -> None:
    answer = await client.post("/api/session", json={"ttlSeconds": seconds})

    assert (answer.status_code, answer.json()["details"]["field"]) == (400, "ttlSeconds")


async def test_only_an_api_key_opens_a_session(worker: httpx.AsyncClient) -> None:
    answer = await worker.post("/api/session")

    assert (answer.status_code, answer.json()["code"]) == (401, "INVALID_API_KEY")


async def test_only_a_session_can_be_closed(client: httpx.AsyncClient) -> None:
    answer = await client.delete("/api/session")

    assert (answer.status_code, answer.json()["code"]) == (401, "INVALID_SESSION")


async def test_only_a_worker_may_name_a_client(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/jobs", headers={"X-Client-ID": "acme"})

    assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")


async def test_a_worker_sees_the_rows_of_the_client_it_names_and_no_others(
    worker: httpx.AsyncClient, client: httpx.AsyncClient, course_request: dict[str, object]
) -> None:
    made = await client.post("/api/execute", json=course_request)
    path = f"/api/jobs/{made.json()['output']['jobId']}"

    own, named = await worker.get(path), await worker.get(path, headers={"X-Client-ID": "acme"})

    assert (own.status_code, own.json()["code"]) == (404, "JOB_NOT_FOUND")
    assert (named.status_code, named.json()["job"]["clientId"]) == (200, "acme")


async def test_another_tenants_job_looks_like_one_that_does_not_exist(
    client: httpx.AsyncClient, new_client: NewClient, course_request: dict[str, object]
) -> None:
    made = await client.post("/api/execute", json=course_request)
    stranger = await new_client("umbrella")
    job_id = made.json()["output"]["jobId"]

    for suffix in ("", "/status", "/structure"):
        foreign = await stranger.get(f"/api/jobs/{job_id}{suffix}")
        absent = await stranger.get(f"/api/jobs/{job_id + 1000}{suffix}")
        assert (foreign.status_code, foreign.json()) == (404, absent.json())
    assert (await stranger.get("/api/jobs")).json()["total"] == 0
    assert (await stranger.get("/api/stats")).json()["stats"]["totalJobs"] == 0
