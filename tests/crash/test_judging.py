"""A process that dies while a judge is asked: no opinion is paid for twice, and no bill stays open."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from granulator.granulation import admission, review, service
from granulator.granulation.order import Order
from granulator.granulation.review import Subject
from granulator.model import JobKind, JobStatus, StructureType
from granulator.services import Services
from granulator.settings import Settings
from granulator.store import jobs, ledger
from granulator.store.database import Statement
from tests.bills import assert_billed_once, calls_of
from tests.crash.dying import ACME, Clock, DyingDatabase, ProcessDied, process, recover
from tests.mock_server import MockAi
from tests.unit.granulation import samples

COMMITS = 11
"""The bill, the rubric sent and settled, three solvers the same, the end; and one more, at which nobody is left."""

ORDER = Order(
    "Keeping bees", StructureType.QUIZ, granularity_level=1, provider="openai", timeout_ms=600_000, validation_level=3
)
BILLS = "SELECT id FROM jobs WHERE kind = 'validation'"


class TickingClock(Clock):
    """A clock that goes on each time it is read: what was stored later is later."""

    def __call__(self) -> int:
        self.now += 1
        return self.now


async def ask(services: Services) -> Any:
    """Validate a quiz by a judge."""
    template = await admission.named_template(services, None, StructureType.QUIZ)
    subject = Subject(samples.quiz(), StructureType.QUIZ, template, level=3, threshold=85)
    return await review.review(services, ACME, subject, request_id="req_1")


@pytest.mark.parametrize("is_committed", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("batch_number", range(1, COMMITS + 1))
async def test_the_bill_of_a_validation_that_died_is_closed_and_nothing_stays_held(
    ai_settings: Settings, mock: MockAi, batch_number: int, is_committed: bool
) -> None:
    clock, settings = Clock(), replace(ai_settings, judge_model="openai", parallel_parts=1)
    async with process(settings, clock) as services:
        with suppress(ProcessDied, BaseExceptionGroup):
            await ask(replace(services, db=DyingDatabase(services.db, batch_number, is_committed)))
    clock.now += settings.lease_seconds * 1000 + 1
    sent = len(mock.requests)

    async with process(settings, clock) as services:
        await recover(services)
        await recover(services)

        bills = [int(str(row["id"])) for row in await services.db.all(Statement(BILLS, ()))]
        assert len(bills) == (batch_number > 1 or is_committed)
        assert len(mock.requests) == sent
        assert (await jobs.page(services.db, services.counts, client_id="acme", limit=9, offset=0)).total == 0
        assert (await ledger.balance(services.db, client_id="acme")).open == 0
        for bill in bills:
            await assert_closed(
                services, bill, was_answered=batch_number >= COMMITS or (batch_number == 10 and is_committed)
            )


async def assert_closed(services: Services, bill: int, *, was_answered: bool) -> None:
    job = await jobs.by_id(services.db, bill)
    told = await ledger.calls_of_job(services.db, bill)
    assert job is not None
    assert job.kind == JobKind.VALIDATION
    assert job.status is (JobStatus.COMPLETED if was_answered else JobStatus.FAILED)
    assert (job.usage, job.cost_nano_usd) == (told.usage, told.cost_nano_usd)
    assert job.metadata == {"attempts": told.count, "uncertainAttempts": told.uncertain}
    assert {call.state for call in await calls_of(services.db, bill)} <= {"settled", "uncertain"}
    await assert_billed_once(services.db, bill)


@pytest.mark.parametrize("is_committed", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("batch_number", range(4, 16))
async def test_a_job_that_died_while_it_was_judged_pays_for_no_opinion_twice(
    ai_settings: Settings, mock: MockAi, batch_number: int, is_committed: bool
) -> None:
    # Another vendor's model than the author's: what it says is no fact of the job.
    clock, settings = TickingClock(), replace(ai_settings, judge_model="claude", parallel_parts=1)
    async with process(settings, clock) as services:
        doomed = replace(services, db=DyingDatabase(services.db, batch_number, is_committed))
        with suppress(ProcessDied, BaseExceptionGroup):
            await service.run(doomed, await admission.submit(doomed, ACME, ORDER, request_id="req_1"))
    clock.now += settings.lease_seconds * 1000 + 1

    async with process(settings, clock) as services:
        (found,) = (await jobs.page(services.db, services.counts, client_id="acme", limit=9, offset=0)).rows
        before = {call.step for call in await calls_of(services.db, found.id) if call.is_settled}
        await recover(services)

        (job,) = (await jobs.page(services.db, services.counts, client_id="acme", limit=9, offset=0)).rows
        calls = await calls_of(services.db, job.id)
        settled = [call.step for call in calls if call.is_settled]
        judged = {step for step in settled if step.startswith("judge")}
        assert (job.status, job.model) == (JobStatus.COMPLETED, "gpt-6-luna")
        assert len(settled) == len(set(settled))
        assert before <= set(settled)
        assert judged == {"judge:rubric/1", "judge:solve:0:0/1", "judge:solve:0:1/1", "judge:solve:0:2/1"}
        assert sum(call.state == "uncertain" for call in calls) <= 1
        await assert_billed_once(services.db, job.id)
