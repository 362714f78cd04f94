"""A process that really dies at its nth chance: around every batch, call of a vendor, webhook and object it writes."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import cast

from granulator.engine.embedded import EmbeddedEngine
from granulator.providers.base import Deadline, EventSink, GenRequest, GenResult, Provider
from granulator.providers.registry import ProviderEntry, Registry
from granulator.services import Services, open_services
from granulator.settings import Settings
from granulator.store.database import Database, Result, Row, Statement
from granulator.store.objects import Objects
from granulator.webhooks import guard
from granulator.webhooks.delivery import Courier
from tests.crash.dying import Clock

DEAD = 9
"""The exit code of a process that died where it should."""


@dataclass
class Fate:
    """Counts the chances to die, and dies at one of them; at 0 never. What comes before ``is_armed`` does not count."""

    at: int
    seen: int = 0
    is_armed: bool = True

    def reach(self) -> None:
        if not self.is_armed:
            return
        self.seen += 1
        if self.seen == self.at:
            # Like kill -9: no handler runs, no buffer is flushed, no file is closed in good order.
            os._exit(DEAD)


@dataclass
class FatedDatabase:
    """A database: a chance before each batch and right after it."""

    database: Database
    fate: Fate

    async def all(self, statement: Statement) -> list[Row]:
        return await self.database.all(statement)

    async def first(self, statement: Statement) -> Row | None:
        return await self.database.first(statement)

    async def batch(self, statements: Sequence[Statement]) -> list[Result]:
        self.fate.reach()
        done = await self.database.batch(statements)
        self.fate.reach()
        return done

    async def close(self) -> None:
        await self.database.close()


@dataclass
class FatedObjects:
    """An object storage: a chance before each write and right after it."""

    objects: Objects
    fate: Fate

    async def put(self, body: bytes, sha256: str) -> int:
        self.fate.reach()
        day = await self.objects.put(body, sha256)
        self.fate.reach()
        return day

    async def get(self, day: int, sha256: str) -> bytes:
        return await self.objects.get(day, sha256)


@dataclass
class FatedProvider:
    """A provider: a chance before each call leaves and right after its answer came."""

    name: str
    provider: Provider
    fate: Fate

    async def complete(self, request: GenRequest, deadline: Deadline, on_event: EventSink | None = None) -> GenResult:
        self.fate.reach()
        result = await self.provider.complete(request, deadline, on_event)
        self.fate.reach()
        return result

    async def warm_up(self) -> None:
        await self.provider.warm_up()

    async def aclose(self) -> None:
        await self.provider.aclose()


@asynccontextmanager
async def fated(settings: Settings, clock: Clock, fate: Fate) -> AsyncIterator[Services]:
    """The services of a process with this fate; its engine writes through the same database as everything else."""
    async with open_services(settings, now_ms=clock) as services:
        db = FatedDatabase(services.db, fate)
        engine = EmbeddedEngine(
            db,
            owner=services.owner,
            lease_ms=settings.lease_seconds * 1000,
            now_ms=clock,
            per_principal=settings.concurrency_per_key,
            at_once=settings.worker_concurrency,
        )
        registry = services.providers
        entries = [_fated_entry(registry, entry, fate) for entry in registry.entries]
        providers = Registry(entries, registry.default)
        objects = cast(Objects, FatedObjects(services.objects, fate))
        yield replace(services, db=db, engine=engine, providers=providers, objects=objects)
        await providers.aclose()


def fated_courier(services: Services, fate: Fate) -> Courier:
    """A courier with a chance to die before it sends (it looks the address up first) and right after the answer."""

    async def lookup(host: str) -> Sequence[str]:
        fate.reach()
        return await guard.lookup(host)

    def jitter() -> float:
        fate.reach()
        return 0.5

    return Courier(services, lookup=lookup, jitter=jitter)


def _fated_entry(registry: Registry, entry: ProviderEntry, fate: Fate) -> ProviderEntry:
    if entry.open is None:
        return entry
    return replace(entry, open=lambda: FatedProvider(entry.name, registry.open(entry.name), fate))
