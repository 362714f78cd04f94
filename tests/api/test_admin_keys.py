"""``/api/admin/keys``: workers issue, list, rotate and revoke; secrets are shown once; nobody else may."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
from starlette.applications import Starlette

from granulator.app import create_app
from granulator.services import Services
from granulator.settings import Settings
from granulator.store.database import Statement
from granulator.webhooks import signing
from tests.conftest import WORKER_TOKEN, NewClient, client_of

PATH = "/api/admin/keys"


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    now: int = 1_800_000_000_000

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def app(settings: Settings, clock: Clock) -> AsyncIterator[Starlette]:
    app = create_app(settings, now_ms=clock)
    async with app.router.lifespan_context(app):
        yield app


async def create(worker: httpx.AsyncClient, **fields: object) -> dict[str, dict[str, object]]:
    answer = await worker.post(PATH, json={"clientId": "acme", "name": "shop", **fields})
    assert answer.status_code == 201, answer.text
    found: dict[str, dict[str, object]] = answer.json()
    return found


async def status_with(app: Starlette, secret: object) -> int:
    """How the service answers to a key."""
    async with client_of(app, x_api_key=str(secret)) as client:
        return (await client.get("/api/jobs")).status_code


async def audited(services: Services) -> list[tuple[object, ...]]:
    rows = await services.db.all(Statement("SELECT actor, action, object, client_id, detail FROM audit ORDER BY id"))
    return [
        (*(row[name] for name in ("actor", "action", "object", "client_id")), json.loads(str(row["detail"])))
        for row in rows
    ]


async def test_a_key_is_issued_with_its_two_secrets_and_works(
    app: Starlette, services: Services, worker: httpx.AsyncClient
) -> None:
    made = await create(worker, expiresAt="2027-06-01T12:00:00+02:00")

    key = made["key"]
    assert made == {
        "key": {
            "id": key["id"],
            "clientId": "acme",
            "name": "shop",
            "prefix": str(made["secret"])[:11],
            "createdAt": "2027-01-15T08:00:00Z",
            "expiresAt": "2027-06-01T10:00:00Z",
            "lastUsedAt": None,
            "revokedAt": None,
            "oldSecretUntil": None,
            "limits": {"concurrency": 10},
        },
        "secret": made["secret"],
        "webhookSecret": signing.key_secret(services.settings, str(key["id"]), 1),
    }
    assert await status_with(app, made["secret"]) == 200
    assert await audited(services) == [("worker:publisher/worker:publisher", "key.create", key["id"], "acme", {})]


async def test_no_list_and_no_row_holds_a_secret(services: Services, worker: httpx.AsyncClient) -> None:
    made = [await create(worker), await create(worker, clientId="other")]

    listed = await worker.get(PATH)
    of_one = await worker.get(f"{PATH}?clientId=acme&limit=1")

    assert listed.json()["keys"] == [made[1]["key"], made[0]["key"]] or listed.json()["total"] == 2
    assert of_one.json()["keys"] == [made[0]["key"]]
    path = services.settings.sqlite_path
    assert path is not None
    stored = b"".join(each.read_bytes() for each in path.parent.iterdir())
    for each in made:
        assert str(each["secret"]) not in listed.text
        assert str(each["secret"]).encode() not in stored
        assert str(each["webhookSecret"]).encode() not in stored


async def test_a_key_ends_when_it_expires(app: Starlette, clock: Clock, worker: httpx.AsyncClient) -> None:
    made = await create(worker, expiresAt="2027-01-15T08:00:01Z")

    before = await status_with(app, made["secret"])
    clock.now += 1_000

    assert (before, await status_with(app, made["secret"])) == (200, 401)


async def test_a_rotated_key_has_new_secrets_and_the_old_one_works_for_the_grace_time(
    app: Starlette, services: Services, clock: Clock, worker: httpx.AsyncClient
) -> None:
    made = await create(worker)
    key_id = made["key"]["id"]

    rotated = (await worker.post(f"{PATH}/{key_id}/rotate", json={"graceSeconds": 60})).json()

    assert rotated == {
        "key": {**made["key"], "prefix": rotated["secret"][:11], "oldSecretUntil": "2027-01-15T08:01:00Z"},
        "secret": rotated["secret"],
        "webhookSecret": signing.key_secret(services.settings, str(key_id), 2),
    }
    assert len({made["secret"], rotated["secret"], made["webhookSecret"], rotated["webhookSecret"]}) == 4
    during = [await status_with(app, each["secret"]) for each in (made, rotated)]
    clock.now += 60_000
    after = [await status_with(app, each["secret"]) for each in (made, rotated)]
    assert (during, after) == ([200, 200], [401, 200])
    assert (await audited(services))[1] == (
        "worker:publisher/worker:publisher",
        "key.rotate",
        key_id,
        "acme",
        {"graceSeconds": 60},
    )


async def test_without_a_grace_time_the_old_secret_ends_at_once_and_sessions_go_on(
    app: Starlette, worker: httpx.AsyncClient
) -> None:
    made = await create(worker)
    async with client_of(app, x_api_key=str(made["secret"])) as client:
        opened = (await client.post("/api/session")).json()

    rotated = await worker.post(f"{PATH}/{made['key']['id']}/rotate")

    assert (rotated.status_code, rotated.json()["key"]["oldSecretUntil"]) == (200, None)
    assert await status_with(app, made["secret"]) == 401
    async with client_of(app, x_bitware_session_token=opened["sessionToken"]) as session:
        assert (await session.get("/api/jobs")).status_code == 200


async def test_a_revoked_key_ends_at_once_with_its_sessions_and_old_secret(
    app: Starlette, services: Services, clock: Clock, worker: httpx.AsyncClient
) -> None:
    made = await create(worker)
    key_id = made["key"]["id"]
    async with client_of(app, x_api_key=str(made["secret"])) as client:
        opened = (await client.post("/api/session")).json()
    rotated = (await worker.post(f"{PATH}/{key_id}/rotate", json={"graceSeconds": 86_400})).json()

    revoked = await worker.delete(f"{PATH}/{key_id}")
    clock.now += 5_000
    again = await worker.delete(f"{PATH}/{key_id}")

    assert (revoked.status_code, revoked.json()) == (
        200,
        {"success": True, "key": {**revoked.json()["key"], "revokedAt": "2027-01-15T08:00:00Z"}},
    )
    assert again.json() == revoked.json()
    assert [await status_with(app, each["secret"]) for each in (made, rotated)] == [401, 401]
    async with client_of(app, x_bitware_session_token=opened["sessionToken"]) as session:
        assert (await session.get("/api/jobs")).json()["code"] == "INVALID_SESSION"
    assert [row[1] for row in await audited(services)] == ["key.create", "key.rotate", "key.revoke", "key.revoke"]


async def test_a_key_that_is_unknown_or_has_ended_cannot_be_rotated(clock: Clock, worker: httpx.AsyncClient) -> None:
    revoked, expired = await create(worker), await create(worker, expiresAt="2027-01-15T08:00:01Z")
    await worker.delete(f"{PATH}/{revoked['key']['id']}")
    clock.now += 1_000

    answers = [
        await worker.post(f"{PATH}/{key_id}/rotate")
        for key_id in (revoked["key"]["id"], expired["key"]["id"], "key_unknown", "%00", "a" * 65)
    ]

    assert [(each.status_code, each.json()["code"]) for each in answers] == [(404, "KEY_NOT_FOUND")] * 5
    assert (await worker.delete(f"{PATH}/key_unknown")).status_code == 404


@pytest.mark.parametrize(
    ("body", "code", "path"),
    [
        ({"name": "shop"}, "MISSING_REQUIRED_FIELD", "clientId"),
        ({"clientId": "acme"}, "MISSING_REQUIRED_FIELD", "name"),
        ({"clientId": "a b", "name": "shop"}, "INVALID_PARAMETER", "clientId"),
        ({"clientId": "a" * 129, "name": "shop"}, "INVALID_PARAMETER", "clientId"),
        ({"clientId": "acme\n", "name": "shop"}, "INVALID_PARAMETER", "clientId"),
        ({"clientId": 7, "name": "shop"}, "INVALID_PARAMETER", "clientId"),
        ({"clientId": "acme", "name": " "}, "INVALID_PARAMETER", "name"),
        ({"clientId": "acme", "name": "a" * 201}, "INVALID_PARAMETER", "name"),
        ({"clientId": "acme", "name": "a\u202eb"}, "INVALID_PARAMETER", "name"),
        ({"clientId": "acme", "name": "shop", "expiresAt": "2027-01-15T08:00:00Z"}, "INVALID_PARAMETER", "expiresAt"),
        ({"clientId": "acme", "name": "shop", "expiresAt": "2027-06-01"}, "INVALID_PARAMETER", "expiresAt"),
        ({"clientId": "acme", "name": "shop", "expiresAt": "2027-06-01T12:00:00"}, "INVALID_PARAMETER", "expiresAt"),
        ({"clientId": "acme", "name": "shop", "expiresAt": "2027-02-30T12:00:00Z"}, "INVALID_PARAMETER", "expiresAt"),
        (
            {"clientId": "acme", "name": "shop", "expiresAt": "9999-12-31T23:59:59-23:59"},
            "INVALID_PARAMETER",
            "expiresAt",
        ),
        ({"clientId": "acme", "name": "shop", "expiresAt": 1900000000}, "INVALID_PARAMETER", "expiresAt"),
        ({"clientId": "acme", "name": "shop", "concurrency": 5}, "INVALID_PARAMETER", "concurrency"),
    ],
)
async def test_a_wrong_field_is_named_and_no_key_is_made(
    services: Services, worker: httpx.AsyncClient, body: dict[str, object], code: str, path: str
) -> None:
    refused = await worker.post(PATH, json=body)

    assert (refused.status_code, refused.json()["code"], refused.json()["details"]["path"]) == (400, code, path)
    assert await services.db.all(Statement("SELECT id FROM api_keys")) == []


@pytest.mark.parametrize("grace", [-1, 86_401, "60", True, 1.5])
async def test_a_grace_time_beyond_a_day_or_no_number_is_refused(worker: httpx.AsyncClient, grace: object) -> None:
    made = await create(worker)

    refused = await worker.post(f"{PATH}/{made['key']['id']}/rotate", json={"graceSeconds": grace})

    assert (refused.status_code, refused.json()["details"]["path"]) == (400, "graceSeconds")


@pytest.mark.parametrize("query", ["clientId=a%20b", "limit=0", "client=acme"])
async def test_a_wrong_filter_is_refused(worker: httpx.AsyncClient, query: str) -> None:
    assert (await worker.get(f"{PATH}?{query}")).status_code == 400


async def test_only_workers_may(services: Services, app: Starlette, new_client: NewClient) -> None:
    client = await new_client("acme")

    answers = [
        await client.get(PATH),
        await client.post(PATH, json={"clientId": "acme", "name": "shop"}),
        await client.post(f"{PATH}/key_1/rotate"),
        await client.delete(f"{PATH}/key_1"),
    ]

    assert [(each.status_code, each.json()["code"]) for each in answers] == [(403, "FORBIDDEN")] * 4
    async with client_of(app, authorization=f"Bearer {WORKER_TOKEN}x", x_worker_id="publisher") as wrong:
        assert (await wrong.get(PATH)).status_code == 401


async def test_the_last_use_is_noted_at_most_once_a_minute_for_sessions_too(
    app: Starlette, clock: Clock, worker: httpx.AsyncClient
) -> None:
    made = await create(worker)

    async def last_used() -> object:
        return (await worker.get(PATH)).json()["keys"][0]["lastUsedAt"]

    async with client_of(app, x_api_key=str(made["secret"])) as client:
        opened = (await client.post("/api/session")).json()
    seen = [await last_used()]
    for pause in (60_000, 1):
        clock.now += pause
        async with client_of(app, x_bitware_session_token=opened["sessionToken"]) as session:
            assert (await session.get("/api/jobs")).status_code == 200
        seen.append(await last_used())

    assert seen == ["2027-01-15T08:00:00Z", "2027-01-15T08:00:00Z", "2027-01-15T08:01:00Z"]
