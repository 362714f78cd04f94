"""The public pages ``/``, ``/health`` and ``/help``, and ``/api/ai-providers``: what runs here and what it can do."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from granulator import __version__, errors
from granulator.api import wire
from granulator.granulation import judging, structures
from granulator.model import Json, JsonObject
from granulator.providers.registry import ProviderEntry
from granulator.services import Services
from granulator.store.database import PING, Statement

MAX_ELEMENTS: Final = 500
LEAST_FREE_BYTES: Final = 8 * 1024 * 1024
"""With less room than this the next large job may not fit."""

SOURCE_FORMATS: Final = ("markdown", "html", "text")


async def root(request: Request) -> Response:
    """Say that the process answers; nothing else is looked at."""
    services: Services = request.app.state.services
    wire.query(request)
    return wire.reply(_identity(services, "healthy"))


async def health(request: Request) -> Response:
    """Say whether everything that a job needs works; calls no provider and writes nothing."""
    services: Services = request.app.state.services
    wire.query(request)
    checks = {
        "database": await _database_answers(services),
        "storage": has_room(services.settings.state_dir),
        "engine": services.engine.is_alive,
    }
    providers: dict[str, Json] = {entry.name: services.providers.status(entry) for entry in services.providers.entries}
    status = "healthy" if all(checks.values()) else "unhealthy"
    if status == "healthy" and "cooling_down" in providers.values():
        status = "degraded"
    body = _identity(services, status)
    body["checks"] = {**checks, "providers": providers}
    body["capabilities"] = _capabilities(services)
    body["timestamp"] = body.pop("timestamp")
    return wire.reply(body, 503 if status == "unhealthy" else 200)


async def providers(request: Request) -> Response:
    """List every known provider and whether it can be used; no outside call is made."""
    services: Services = request.app.state.services
    wire.query(request)
    rows = [_provider(services, entry) for entry in services.providers.entries]
    return wire.reply(
        {
            "providers": rows,
            "defaultProvider": services.providers.default,
            "totalAvailable": len(services.providers.available),
        }
    )


def help_body(services: Services, endpoints: Mapping[str, list[JsonObject]]) -> JsonObject:
    """Return the body of ``GET /help`` from the route table and the settings."""
    has_model = any(entry.name != "local" and entry.is_available for entry in services.providers.entries)
    return {
        "worker": services.settings.service_name,
        "version": __version__,
        "description": "A topic or your own source material in, validated structured content out.",
        "endpoints": dict(endpoints),
        "usage": {
            "primary": "POST /api/execute",
            "format": {
                "action": "granulate",
                "input": {
                    "topic": "string",
                    "structureType": "|".join(structures.MODELS),
                    "granularityLevel": "1..5",
                    "source": {"text": "string", "format": "|".join(SOURCE_FORMATS)},
                },
                "config": {"aiProvider": "|".join(services.providers.available)},
            },
        },
        "authentication": {
            "client": {"X-API-Key": "<API key>"},
            "worker": {"Authorization": "Bearer <worker token>", "X-Worker-ID": "<worker id>"},
            "session": {"x-bitware-session-token": "<token of POST /api/session>"},
        },
        "aiProviders": {entry.name: list(entry.models) for entry in services.providers.entries},
        "structureTypes": [kind.value for kind in structures.MODELS],
        "features": {
            "grounding": True,
            "validation": True,
            "sessions": True,
            "customTemplates": True,
            "analytics": True,
            "structureSchemas": True,
            "crashRecovery": True,
            "retry": True,
            "aiGeneration": has_model,
            "judge": judging.target_of(services) is not None,
            "repair": has_model,
            "asynchronous": False,
            "webhooks": False,
            "idempotency": False,
            "rateLimiting": False,
            "batch": False,
            "exports": False,
        },
    }


def has_room(directory: Path, least_bytes: int = LEAST_FREE_BYTES) -> bool:
    """Return whether state can be written: the directory is ours to change and its disk has ``least_bytes`` left."""
    try:
        is_full = shutil.disk_usage(directory).free < least_bytes
    except OSError:
        return False
    return not is_full and os.access(directory, os.R_OK | os.W_OK | os.X_OK)


async def _database_answers(services: Services) -> bool:
    try:
        return await services.db.first(Statement(PING)) is not None
    except errors.DatabaseError:
        return False


def _identity(services: Services, status: str) -> JsonObject:
    return {
        "status": status,
        "service": services.settings.service_name,
        "version": __version__,
        "timestamp": wire.moment(services.now_ms()),
    }


def _capabilities(services: Services) -> JsonObject:
    default = next(entry for entry in services.providers.entries if entry.name == services.providers.default)
    return {
        "structureTypes": [kind.value for kind in structures.MODELS],
        "granularityLevels": [1, 2, 3, 4, 5],
        "validationLevels": [1, 2, 3],
        "maxElementsPerJob": MAX_ELEMENTS,
        "supportedLanguages": ["en"],
        "aiModel": default.default_model,
        "sourceFormats": list(SOURCE_FORMATS),
        "exportFormats": {},
    }


def _provider(services: Services, entry: ProviderEntry) -> JsonObject:
    seconds = services.providers.retry_after(entry)
    return {
        "name": entry.name,
        "available": entry.is_available,
        "defaultModel": entry.default_model,
        "supportedModels": list(entry.models),
        "status": services.providers.status(entry),
        "retryAt": None if seconds is None else wire.moment(services.now_ms() + round(1000 * seconds)),
    }
