"""An answer that comes after its job was taken over: it is owed, so it is booked, and nothing is lent twice."""

from __future__ import annotations

import pytest

from granulator.granulation import admission, service
from granulator.granulation.metering import Meter
from granulator.granulation.order import Order
from granulator.model import Job, JobStatus, Lease, Principal, Stage, StructureType, Usage
from granulator.providers.base import GenResult, Stop
from granulator.providers.call import Planned
from granulator.services import Services, open_services
from granulator.settings import Settings
from granulator.store import jobs, ledger, queue
from granulator.store.database import GuardFailed, Statement

ACME = Principal(kind="key", id="key:1", client_id="acme")
LATE = GenResult("{}", Stop.COMPLETE, Usage(1000, 2000), "gpt-6-luna")
COST = 1000 * 100 + 2000 * 500
"""What the late answer costs, in nano-USD."""

CALL = Planned(provider="openai", model="gpt-6-luna", max_output_tokens=4000, input_tokens=1000)


async def job_of(services: Services, job_id: int) -> Job:
    job = await jobs.by_id(services.db, job_id)
    assert job is not None
    return job


async def sent_and_lost(services: Services) -> tuple[Meter, str, Lease]:
    """A job whose call is in flight when another process takes the job over."""
    order = Order("Keeping bees", StructureType.QUIZ, granularity_level=1, provider="openai")
    lease = await admission.submit(services, ACME, order, request_id="req_1")
    before = await ledger.calls_of_job(services.db, lease.job_id)
    meter = Meter(services, await job_of(services, lease.job_id), lease, limit_nano_usd=None, before=before)
    attempt_id = await meter.send("whole/1", CALL)
    later = services.now_ms() + services.settings.lease_seconds * 1000 + 1
    claim = queue.claim(lease.job_id, owner="another", now=later, lease_until=later + 30_000)
    claimed = await services.db.batch([claim, ledger.attempts_uncertain(lease.job_id)])
    return meter, attempt_id, Lease(lease.job_id, "another", queue.claimed_attempt(claimed[0]))


async def settle_late(meter: Meter, attempt_id: str) -> None:
    with pytest.raises(GuardFailed):
        await meter.settle(attempt_id, LATE, 12_000, meter.answer("whole/1", {"text": "{}"}))


async def test_an_answer_after_the_end_of_its_job_is_added_to_it_and_the_ledger_balances(
    ai_settings: Settings,
) -> None:
    async with open_services(ai_settings) as services:
        await admission.install_templates(services)
        meter, attempt_id, successor = await sent_and_lost(services)
        assert (await service.run(services, successor)).status == 200
        ended = await job_of(services, successor.job_id)

        await settle_late(meter, attempt_id)

        job = await job_of(services, successor.job_id)
        calls = await ledger.calls_of_job(services.db, job.id)
        balance = await ledger.balance_of_job(services.db, job.id)
        assert ended.cost_nano_usd is not None
        assert (job.status, job.cost_nano_usd) == (JobStatus.COMPLETED, ended.cost_nano_usd + COST)
        assert (calls.cost_nano_usd, calls.usage.output_tokens) == (job.cost_nano_usd, job.usage.output_tokens)
        assert balance.held == balance.charged + balance.released


async def test_a_job_shows_the_stage_of_the_call_it_waits_for(ai_settings: Settings) -> None:
    async with open_services(ai_settings) as services:
        await admission.install_templates(services)

        _, _, successor = await sent_and_lost(services)

        assert (await job_of(services, successor.job_id)).stage is Stage.OUTLINE


async def test_an_answer_while_the_successor_still_works_is_booked_once(ai_settings: Settings) -> None:
    async with open_services(ai_settings) as services:
        await admission.install_templates(services)
        meter, attempt_id, successor = await sent_and_lost(services)

        await settle_late(meter, attempt_id)
        assert (await service.run(services, successor)).status == 200

        job = await job_of(services, successor.job_id)
        calls = await ledger.calls_of_job(services.db, job.id)
        balance = await ledger.balance_of_job(services.db, job.id)
        assert (calls.cost_nano_usd, balance.charged) == (job.cost_nano_usd, job.cost_nano_usd)
        assert balance.held == balance.charged + balance.released


async def test_a_job_whose_statement_the_database_refuses_fails_and_is_not_repeated(ai_settings: Settings) -> None:
    async with open_services(ai_settings) as services:
        await admission.install_templates(services)
        order = Order("Keeping bees", StructureType.QUIZ, granularity_level=1, provider="openai")
        lease = await admission.submit(services, ACME, order, request_id="req_1")
        refuse = "CREATE TRIGGER refuse BEFORE INSERT ON job_steps BEGIN SELECT RAISE(ABORT, 'refused'); END"
        await services.db.batch([Statement(refuse)])

        outcome = await service.run(services, lease)

        assert (outcome.status, outcome.body["code"]) == (500, "INTERNAL_ERROR")
        assert (await job_of(services, lease.job_id)).status is JobStatus.FAILED
