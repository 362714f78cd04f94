"""The public pages ``/``, ``/health`` and ``/help``, and ``/api/ai-providers``: what runs here and what it can do."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from granulator import __version__, errors
from granulator.api import wire
from granulator.api.look import Look
from granulator.clock import moment
from granulator.granulation import background, judging, structures
from granulator.granulation.background import Background
from granulator.model import Json, JsonObject
from granulator.providers.registry import ProviderEntry
from granulator.services import Services
from granulator.settings import Settings
from granulator.store import queue
from granulator.store.database import PING, Statement

MAX_ELEMENTS: Final = 500
LEAST_FREE_BYTES: Final = 8 * 1024 * 1024
"""With less room than this the next large job may not fit."""

LOOK_SECONDS: Final = 2.0
"""How long an answer is waited for: who asks for the health wants to know now."""

SOURCE_FORMATS: Final = ("markdown", "html", "text")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look at the database showed."""

    answers: bool
    oldest_wait_ms: int | None


@dataclass(frozen=True, slots=True)
class Looks:
    """What ``/health`` asks that may take its time."""

    database: Look[Seen]
    storage: Look[bool]


def looks_at(services: Services) -> Looks:
    """Return how ``/health`` looks at what the services stand on."""
    return Looks(Look(partial(_see, services)), Look(partial(_has_storage, services)))


async def root(request: Request) -> Response:
    """Say that the process answers; nothing else is looked at."""
    services: Services = request.app.state.services
    wire.query(request)
    return wire.reply(_identity(services, "healthy"))


async def health(request: Request) -> Response:
    """Say whether everything that a job needs works; calls no provider, writes nothing and answers in time."""
    services: Services = request.app.state.services
    wire.query(request)
    looks: Looks = request.app.state.looks
    answers, has_storage = await asyncio.gather(looks.database.within(LOOK_SECONDS), looks.storage.within(LOOK_SECONDS))
    seen = answers or Seen(answers=False, oldest_wait_ms=None)
    needed = {"database": seen.answers, "storage": has_storage is True, "engine": services.engine.is_alive}
    beside: Background = request.app.state.background
    useful = {name: beside.is_alive(name) for name in (background.WEBHOOKS, background.SCHEDULE)}
    providers: dict[str, Json] = {entry.name: services.providers.status(entry) for entry in services.providers.entries}
    is_late = (seen.oldest_wait_ms or 0) > 1000 * services.settings.queue_wait_alert_seconds
    is_degraded = is_late or "cooling_down" in providers.values() or not all(useful.values())
    status = "unhealthy" if not all(needed.values()) else "degraded" if is_degraded else "healthy"
    body = _identity(services, status)
    body["checks"] = {**needed, **useful, "providers": providers}
    body["queue"] = {"oldestWaitSeconds": None if seen.oldest_wait_ms is None else seen.oldest_wait_ms // 1000}
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
            "cancel": True,
            "events": True,
            "aiGeneration": has_model,
            "judge": judging.target_of(services) is not None,
            "repair": has_model,
            "asynchronous": True,
            "webhooks": True,
            "idempotency": True,
            "rateLimiting": False,
            "batch": True,
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


async def _see(services: Services) -> Seen:
    try:
        answers = await services.db.first(Statement(PING)) is not None
        return Seen(answers, await queue.oldest_waiting(services.db, services.now_ms()))
    except errors.DatabaseError:
        return Seen(answers=False, oldest_wait_ms=None)


async def _has_storage(services: Services) -> bool:
    """Look at every place that is written to, outside the event loop: a directory may be one that hangs."""
    rooms = await asyncio.gather(*(asyncio.to_thread(has_room, place) for place in _places(services.settings)))
    return all(rooms) and await services.objects.is_reachable()


def _places(settings: Settings) -> set[Path]:
    database = set() if settings.sqlite_path is None else {settings.sqlite_path.parent}
    return database if settings.object_storage.url else {settings.state_dir, *database}


def _identity(services: Services, status: str) -> JsonObject:
    return {
        "status": status,
        "service": services.settings.service_name,
        "version": __version__,
        "timestamp": moment(services.now_ms()),
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
        "retryAt": None if seconds is None else moment(services.now_ms() + round(1000 * seconds)),
    }
