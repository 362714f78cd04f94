"""The public pages and the list of providers: true statements about this installation."""

from __future__ import annotations

import httpx

from granulator import __version__
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
            "structureTypes": ["course", "quiz"],
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


async def test_the_providers_are_listed_with_what_can_be_used(client: httpx.AsyncClient) -> None:
    body = (await client.get("/api/ai-providers")).json()

    assert [(row["name"], row["available"], row["status"]) for row in body["providers"]] == [
        ("openai", False, "not_configured"),
        ("claude", False, "not_configured"),
        ("cloudflare", False, "not_configured"),
        ("local", True, "ready"),
    ]
    assert (body["defaultProvider"], body["totalAvailable"]) == ("local", 1)
