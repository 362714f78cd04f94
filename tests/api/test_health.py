"""The public pages and the list of providers: true statements about this installation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import httpx
from starlette.applications import Starlette

from granulator import __version__
from granulator.api import health
from granulator.api.routes import ENDPOINTS
from granulator.services import Services


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
            "providers": {
                "openai": "not_configured",
                "claude": "not_configured",
                "cloudflare": "not_configured",
                "local": "ready",
            },
        },
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
    assert body["features"]["webhooks"] is False


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
    app.state.services = replace(services, settings=replace(services.settings, state_dir=tmp_path / "gone"))

    answer = await anonymous.get("/health")

    assert (answer.status_code, answer.json()["status"]) == (503, "unhealthy")
    assert answer.json()["checks"]["storage"] is False


def test_a_disk_without_room_is_no_place_for_state(tmp_path: Path) -> None:
    assert (health.has_room(tmp_path), health.has_room(tmp_path, least_bytes=2**70)) == (True, False)
