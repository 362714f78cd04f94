"""A process that dies between two writes, and the one that comes after it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from granulator.engine.claims import Claims
from granulator.engine.leases import Leases
from granulator.granulation import admission, service
from granulator.model import Principal
from granulator.services import Services, open_services
from granulator.settings import Settings
from granulator.store.database import Database, Result, Row, Statement

ACME = Principal(kind="key", id="key:1", client_id="acme")


class ProcessDied(BaseException):
    """Like kill -9: nothing in the program may catch it."""


@dataclass
class DyingDatabase:
    """A database whose process dies at its nth batch, before it or right after it; nothing is written after that."""

    database: Database
    batch_number: int
    is_committed: bool
    seen: int = 0

    async def all(self, statement: Statement) -> list[Row]:
        return await self.database.all(statement)

    async def first(self, statement: Statement) -> Row | None:
        return await self.database.first(statement)

    async def batch(self, statements: Sequence[Statement]) -> list[Result]:
        self.seen += 1
        if self.seen < self.batch_number:
            return await self.database.batch(statements)
        if self.seen == self.batch_number and self.is_committed:
            await self.database.batch(statements)
        raise ProcessDied

    async def close(self) -> None:
        await self.database.close()


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    now: int = 1_790_000_000_000

    def __call__(self) -> int:
        return self.now


@asynccontextmanager
async def process(settings: Settings, clock: Clock) -> AsyncIterator[Services]:
    """The services of one process start."""
    async with open_services(settings, now_ms=clock) as services:
        await admission.install_templates(services)
        yield services


async def recover(services: Services) -> None:
    """Take over every job that nobody holds, as the engine does in its turns."""
    leases = Leases(
        services.db,
        owner=services.owner,
        lease_ms=services.settings.lease_seconds * 1000,
        now_ms=services.now_ms,
        per_principal=services.settings.concurrency_per_key,
    )
    claims = Claims(services.db, leases)
    for job_id in await claims.candidates(10):
        lease = await claims.claim(job_id)
        assert lease is not None
        await service.run(services, lease)
