"""A database that does not answer for a while, before or after it did as it was told: nothing is lost or done twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from granulator.errors import DatabaseError
from granulator.granulation import admission, service
from granulator.granulation.committing import patiently
from granulator.granulation.order import Order
from granulator.model import JobStatus, StructureType
from granulator.services import Services
from granulator.settings import Settings
from granulator.store import jobs, ledger, steps
from granulator.store.database import Database, Result, Row, Statement
from tests.crash.dying import ACME, Clock, process
from tests.mock_server import MockAi

ORDER = Order(
    "Beekeeping", StructureType.QUIZ, granularity_level=1, provider="openai", timeout_ms=600_000, validation=False
)


@dataclass
class FlakyDatabase:
    """A database whose nth batch, and the ones right after it, are not answered; the first of them may be applied."""

    database: Database
    batch_number: int
    is_applied: bool
    failures: int = 2
    seen: int = 0

    async def all(self, statement: Statement) -> list[Row]:
        return await self.database.all(statement)

    async def first(self, statement: Statement) -> Row | None:
        return await self.database.first(statement)

    async def batch(self, statements: Sequence[Statement]) -> list[Result]:
        self.seen += 1
        if not self.batch_number <= self.seen < self.batch_number + self.failures:
            return await self.database.batch(statements)
        if self.seen == self.batch_number and self.is_applied:
            await self.database.batch(statements)
        raise DatabaseError("The database did not answer")

    async def close(self) -> None:
        await self.database.close()


async def test_a_job_of_the_bench_takes_three_batches(ai_settings: Settings) -> None:
    async with process(ai_settings, Clock()) as services:
        counted = FlakyDatabase(services.db, batch_number=0, is_applied=False, failures=0)
        watched = replace(services, db=counted)
        await service.run(watched, await admission.submit(services, ACME, ORDER, request_id="req_1"))

        # The call is sent, its answer is kept and settled, the job ends.
        assert counted.seen == 3


@pytest.mark.parametrize("is_applied", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("batch_number", [1, 2, 3])
async def test_a_batch_that_was_not_answered_is_applied_once(
    ai_settings: Settings, mock: MockAi, batch_number: int, is_applied: bool
) -> None:
    async with process(ai_settings, Clock()) as services:
        lease = await admission.submit(services, ACME, ORDER, request_id="req_1")
        flaky = replace(services, db=FlakyDatabase(services.db, batch_number, is_applied))

        outcome = await service.run(flaky, lease)

        job = await jobs.by_id(services.db, lease.job_id)
        assert job is not None
        assert (outcome.status, job.status) == (200, JobStatus.COMPLETED)
        assert len(mock.requests) == 1
        assert (await ledger.calls_of_job(services.db, job.id)).count == 1
        assert list(await steps.all(services.db, job.id)) == ["whole/1"]
        balance = await ledger.balance_of_job(services.db, job.id)
        assert balance.held == balance.charged + balance.released
        assert balance.charged == job.cost_nano_usd


async def test_a_database_that_stays_away_is_given_up_when_the_patience_is_over(settings: Settings) -> None:
    async with process(replace(settings, patience_seconds=1), Clock()) as services:
        away = replace(services, db=FlakyDatabase(services.db, 1, is_applied=False, failures=10**6))

        with pytest.raises(DatabaseError):
            await patiently(away, lambda: away.db.batch([]))


async def test_the_patience_ends_at_once_where_repeating_cannot_help(services_of_test: Services) -> None:
    calls = 0

    async def rejected() -> None:
        nonlocal calls
        calls += 1
        await services_of_test.db.batch([Statement("SELECT * FROM nothing_here")])

    with pytest.raises(DatabaseError):
        await patiently(services_of_test, rejected)

    assert calls == 1


@pytest.fixture
async def services_of_test(settings: Settings):
    async with process(settings, Clock()) as services:
        yield services
