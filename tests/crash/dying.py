"""A process that dies between two writes, and the one that comes after it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from granulator.granulation import service
from granulator.model import Lease, Principal
from granulator.services import Services, open_services
from granulator.settings import Settings
from granulator.store import jobs
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
        await service.install_templates(services)
        yield services


async def recover(services: Services) -> None:
    """Take over every job that nobody holds, as the engine does in its turns."""
    for job_id in await jobs.claimable(services.db, now=services.now_ms(), limit=10):
        until = services.engine.new_lease_until()
        claim = jobs.claim(job_id, owner=services.owner, now=services.now_ms(), lease_until=until)
        claimed = await services.db.batch([claim])
        await service.run(services, Lease(job_id, services.owner, jobs.claimed_attempt(claimed[0])))
