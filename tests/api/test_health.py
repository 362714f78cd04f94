"""The public pages and the list of providers: true statements about this installation."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from granulator import __version__, errors
from granulator.api import health
from granulator.api.health import Seen
from granulator.api.look import Look
from granulator.api.routes import ENDPOINTS
from granulator.app import create_app
from granulator.granulation.background import Background
from granulator.services import Services
from granulator.settings import Settings
from granulator.store.database import Database, Result, Statement
from tests.conftest import client_of
from tests.crash.dying import Clock
from tests.streams import until

JOB = """
INSERT INTO jobs
    (execution_id, request_id, client_id, principal_id, kind, topic, structure_type, template_name, template_version,
     granularity_level, target_audience, language, ai_provider, validation_enabled, validation_level,
     validation_threshold, timeout_ms, created_at)
VALUES (?1, 'r', 'acme', 'p', 'granulation', 't', 'course', 't', 1, 1, 'a', 'en', 'local', 1, 2, 85, 3600000, ?2)
"""
RUNS = "UPDATE jobs SET owner = 'elsewhere', attempt = 1, lease_until = ?1 + 9000000"


async def put_in_line(services: Services, created_at: int) -> None:
    """Leave a job waiting, whose principal already runs another for a long time elsewhere."""
    principal = Statement("INSERT INTO principals (id, client_id) VALUES ('p', 'acme')")
    await services.db.batch([principal, Statement(JOB, ("running", created_at)), Statement(RUNS, (created_at,))])
    await services.db.batch([Statement(JOB, ("waiting", created_at))])


async def dies(services: Services) -> None:
    raise RuntimeError("no")


async def test_the_root_says_that_the_process_answers(anonymous: httpx.AsyncClient) -> None:
    body = (await anonymous.get("/")).json()

    assert body == {
        "status": "healthy",
        "service": "bitware-content-granulator",
        "version": __version__,
        "timestamp": body["timestamp"],
    }


async def test_health_looks_at_everything_a_job_needs(anonymous: httpx.AsyncClient, services: Services) -> None:
    services.settings.state_dir.mkdir(exist_ok=True)

    answer = await anonymous.get("/health")

    assert answer.status_code == 200
    assert answer.json() == {
        "status": "healthy",
        "service": "bitware-content-granulator",
        "version": __version__,
        "checks": {
            "database": True,
            "storage": True,
            "engine": True,
            "webhooks": True,
            "schedule": True,
            "providers": {
                "openai": "not_configured",
                "claude": "not_configured",
                "cloudflare": "not_configured",
                "local": "ready",
            },
        },
        "queue": {"oldestWaitSeconds": None},
        "capabilities": {
            "structureTypes": ["course", "quiz", "novel", "workflow", "knowledge_map", "learning_path"],
            "granularityLevels": [1, 2, 3, 4, 5],
            "validationLevels": [1, 2, 3],
            "maxElementsPerJob": 500,
            "supportedLanguages": ["en"],
            "aiModel": "extractive",
            "sourceFormats": ["markdown", "html", "text"],
            "exportFormats": {},
        },
        "timestamp": answer.json()["timestamp"],
    }


async def test_help_lists_exactly_the_endpoints_there_are(anonymous: httpx.AsyncClient) -> None:
    body = (await anonymous.get("/help")).json()

    listed = {(row["method"], row["path"]) for rows in body["endpoints"].values() for row in rows}
    assert listed == {(item.method, item.path) for item in ENDPOINTS}
    assert set(body) == {
        "worker",
        "version",
        "description",
        "endpoints",
        "usage",
        "authentication",
        "aiProviders",
        "structureTypes",
        "features",
    }
    assert (body["features"]["webhooks"], body["features"]["exports"]) == (True, False)


async def test_help_lists_as_features_only_what_is_on(
    anonymous: httpx.AsyncClient, ai_client: httpx.AsyncClient
) -> None:
    features = [(await client.get("/help")).json()["features"] for client in (anonymous, ai_client)]

    # A model is configured for the second, and its judge is switched off.
    assert [(row["aiGeneration"], row["repair"], row["judge"]) for row in features] == [
        (False, False, False),
        (True, True, False),
    ]


async def test_the_providers_are_listed_with_what_can_be_used(client: httpx.AsyncClient) -> None:
    body = (await client.get("/api/ai-providers")).json()

    assert [(row["name"], row["available"], row["status"]) for row in body["providers"]] == [
        ("openai", False, "not_configured"),
        ("claude", False, "not_configured"),
        ("cloudflare", False, "not_configured"),
        ("local", True, "ready"),
    ]
    assert (body["defaultProvider"], body["totalAvailable"]) == ("local", 1)


async def test_a_state_directory_that_is_gone_is_unhealthy(
    app: Starlette, anonymous: httpx.AsyncClient, services: Services, tmp_path: Path
) -> None:
    elsewhere = replace(services, settings=replace(services.settings, state_dir=tmp_path / "gone"))
    app.state.looks = health.looks_at(elsewhere)

    answer = await anonymous.get("/health")

    assert (answer.status_code, answer.json()["status"]) == (503, "unhealthy")
    assert answer.json()["checks"]["storage"] is False


async def checks(anonymous: httpx.AsyncClient) -> tuple[int, str, dict[str, object]]:
    """Return how the service is, in short: status code, status, and every check that is not true."""
    answer = await anonymous.get("/health")
    body = answer.json()
    return answer.status_code, body["status"], {name: value for name, value in body["checks"].items() if value is False}


async def test_a_server_that_was_told_to_stop_is_not_ready_while_it_still_serves(
    app: Starlette, anonymous: httpx.AsyncClient
) -> None:
    app.state.background.begin_to_stop()

    assert await checks(anonymous) == (503, "unhealthy", {"engine": False})
    assert (await anonymous.get("/")).status_code == 200


async def test_an_engine_that_does_not_run_is_unhealthy(app: Starlette, anonymous: httpx.AsyncClient) -> None:
    await app.state.background.close()

    assert await checks(anonymous) == (503, "unhealthy", {"engine": False})


@pytest.mark.parametrize("name", ["webhooks", "schedule"])
async def test_another_loop_that_died_leaves_the_service_degraded(
    app: Starlette, anonymous: httpx.AsyncClient, services: Services, name: str
) -> None:
    app.state.background, real = Background(services, {name: dies}), app.state.background
    await asyncio.sleep(0)

    assert await checks(anonymous) == (200, "degraded", {name: False})
    await real.close()


@pytest.mark.parametrize(("waited_seconds", "status"), [(300, "healthy"), (301, "degraded")])
async def test_a_job_that_waits_too_long_leaves_the_service_degraded(
    settings: Settings, waited_seconds: int, status: str
) -> None:
    clock = Clock()
    app = create_app(replace(settings, concurrency_per_key=1), now_ms=clock)
    async with app.router.lifespan_context(app), client_of(app) as anonymous:
        await put_in_line(app.state.services, clock.now)
        clock.now += 1000 * waited_seconds

        body = (await anonymous.get("/health")).json()

    assert (body["status"], body["queue"]) == (status, {"oldestWaitSeconds": waited_seconds})


async def test_a_database_that_hangs_is_told_of_in_time(app: Starlette, anonymous: httpx.AsyncClient) -> None:
    async def never() -> Seen:
        await asyncio.Event().wait()
        raise AssertionError

    app.state.looks = replace(app.state.looks, database=Look(never))
    began = time.monotonic()

    found = await asyncio.gather(*(checks(anonymous) for _ in range(20)))

    assert found == [(503, "unhealthy", {"database": False})] * 20
    assert time.monotonic() - began < health.LOOK_SECONDS + 1


async def test_a_database_that_is_gone_is_told_of(app: Starlette, anonymous: httpx.AsyncClient) -> None:
    await app.state.services.db.close()

    assert (await anonymous.get("/health")).json()["checks"]["database"] is False


async def test_a_database_that_can_be_read_but_not_written_is_unhealthy_until_it_can(settings: Settings) -> None:
    class Locked:
        """The database, which somebody else writes to without an end."""

        def __init__(self, db: Database) -> None:
            self.all, self.first, self.close, self._db, self.is_locked = db.all, db.first, db.close, db, False

        async def batch(self, statements: Sequence[Statement]) -> list[Result]:
            if self.is_locked:
                raise errors.DatabaseError
            return await self._db.batch(statements)

    app = create_app(replace(settings, lease_seconds=1))
    async with app.router.lifespan_context(app), client_of(app) as client:
        leases = app.state.services.engine.leases
        leases._db = locked = Locked(leases._db)

        locked.is_locked = True
        await until(lambda: leases.is_failing)
        blocked = await checks(client)
        locked.is_locked = False
        await until(lambda: not leases.is_failing)

        assert (blocked, await checks(client)) == ((503, "unhealthy", {"engine": False}), (200, "healthy", {}))


async def test_the_health_is_asked_without_writing(
    app: Starlette, anonymous: httpx.AsyncClient, services: Services
) -> None:
    class ReadOnly:
        """The database, which cannot be written."""

        all, first, close = services.db.all, services.db.first, services.db.close

    app.state.looks = health.looks_at(replace(services, db=ReadOnly()))  # type: ignore[arg-type]

    assert await checks(anonymous) == (200, "healthy", {})


def test_a_disk_without_room_is_no_place_for_state(tmp_path: Path) -> None:
    assert (health.has_room(tmp_path), health.has_room(tmp_path, least_bytes=2**70)) == (True, False)
