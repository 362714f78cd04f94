"""A process that dies before or after any commit: the job is finished by the next one, once, with one bill."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from functools import partial

import pytest

from granulator.granulation import admission, service
from granulator.granulation.order import Order
from granulator.model import Job, JobStatus, Lease, Source, StructureType
from granulator.services import Services
from granulator.settings import Settings
from granulator.store import jobs, ledger, payloads, steps, validations
from tests.crash.dying import ACME, Clock, DyingDatabase, ProcessDied, process, recover
from tests.waiting import waiting

COMMITS = 8
"""Submit, source, outline, two parts, validate, finish; and one more, at which nothing is left to die of."""


@pytest.fixture
def order(document: str) -> Order:
    source = Source(format="markdown", text=document)
    return Order("Databases", StructureType.COURSE, granularity_level=1, source=source, timeout_ms=600_000)


async def die_at(settings: Settings, clock: Clock, order: Order, batch_number: int, *, is_committed: bool) -> None:
    """Submit and run until the process dies, or to the end if it does not."""
    async with process(settings, clock) as services:
        doomed = replace(services, db=DyingDatabase(services.db, batch_number, is_committed))
        try:
            lease = await admission.submit(doomed, ACME, order, request_id="req_1")
            await service.run(doomed, lease)
        except ProcessDied:
            return


@pytest.mark.parametrize("is_committed", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("batch_number", range(1, COMMITS + 1))
async def test_a_job_whose_process_died_is_finished_once(
    settings: Settings, order: Order, batch_number: int, is_committed: bool
) -> None:
    clock = Clock()
    await die_at(settings, clock, order, batch_number, is_committed=is_committed)
    clock.now += settings.lease_seconds * 1000 + 1

    async with process(settings, clock) as services:
        await recover(services)
        await recover(services)

        found = (await jobs.page(services.db, services.counts, client_id="acme", limit=10, offset=0)).rows
        was_admitted = batch_number > 1 or is_committed
        assert [job.status for job in found] == [JobStatus.COMPLETED] * was_admitted
        for job in found:
            await assert_finished_once(services, job)


async def assert_finished_once(services: Services, job: Job) -> None:
    structure = await payloads.get(services.db, services.objects, job.execution_id, "structure")
    history = await validations.page(services.db, client_id="acme", job_id=job.id, limit=10, offset=0)
    assert structure is not None
    assert (job.owner, job.progress, history.total) == (None, 100, 1)
    assert sorted(await steps.all(services.db, job.id)) == ["outline", "part:0", "part:1"]
    assert await ledger.balance_of_job(services.db, job.id) == ledger.Balance(held=0, charged=0, released=0)


async def test_a_job_that_was_interrupted_gives_the_same_structure(settings: Settings, order: Order) -> None:
    clock = Clock()
    await die_at(settings, clock, order, 4, is_committed=True)
    clock.now += settings.lease_seconds * 1000 + 1
    async with process(settings, clock) as services:
        await recover(services)
        whole = await admission.submit(services, ACME, order, request_id="req_2")
        await service.run(services, whole)

        interrupted, uninterrupted = [
            await payloads.get(services.db, services.objects, job.execution_id, "structure")
            for job in (await jobs.page(services.db, services.counts, client_id="acme", limit=2, offset=0)).rows
        ]
        assert interrupted == uninterrupted


async def test_a_process_that_slept_past_its_lease_writes_nothing_more(settings: Settings, order: Order) -> None:
    clock = Clock()
    async with process(settings, clock) as sleeper, process(settings, clock) as successor:
        lease = await admission.submit(sleeper, ACME, order, request_id="req_1")
        clock.now += settings.lease_seconds * 1000 + 1
        await recover(successor)
        finished = await jobs.by_id(successor.db, lease.job_id)

        with pytest.raises(service.GuardFailed):
            await service.run(sleeper, lease)

        assert await jobs.by_id(successor.db, lease.job_id) == finished


async def test_a_job_whose_deadline_passed_while_nobody_had_it_fails_as_late(settings: Settings, order: Order) -> None:
    clock = Clock()
    await die_at(settings, clock, order, 3, is_committed=True)
    clock.now += order.timeout_ms + 1

    async with process(settings, clock) as services:
        await recover(services)

        (job,) = (await jobs.page(services.db, services.counts, client_id="acme", limit=10, offset=0)).rows
        assert job.error is not None
        assert (job.status, job.error.code) == (JobStatus.FAILED, "REQUEST_TIMEOUT")


async def test_a_job_that_kills_every_process_fails_in_the_end(settings: Settings, order: Order) -> None:
    clock = Clock()
    await die_at(settings, clock, order, 3, is_committed=False)
    for _ in range(service.MAX_TAKEOVERS):
        clock.now += settings.lease_seconds * 1000 + 1
        async with process(settings, clock) as services:
            with suppress(ProcessDied):
                await recover(replace(services, db=DyingDatabase(services.db, 3, is_committed=False)))
    clock.now += settings.lease_seconds * 1000 + 1

    async with process(settings, clock) as services:
        await recover(services)

        (job,) = (await jobs.page(services.db, services.counts, client_id="acme", limit=10, offset=0)).rows
        assert job.error is not None
        assert (job.status, job.error.code, job.attempt) == (
            JobStatus.FAILED,
            "INTERNAL_ERROR",
            service.MAX_TAKEOVERS + 2,
        )


async def test_the_engine_takes_over_what_a_dead_process_left(settings: Settings, order: Order) -> None:
    clock = Clock()
    await die_at(settings, clock, order, 3, is_committed=True)
    clock.now += settings.lease_seconds * 1000 + 1
    is_done = asyncio.Event()

    async with process(settings, clock) as services:

        async def run_and_tell(lease: Lease) -> None:
            await service.run(services, lease)
            is_done.set()

        serving = asyncio.create_task(services.engine.serve(run_and_tell))
        await asyncio.wait_for(is_done.wait(), 10)
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)

        (job,) = (await jobs.page(services.db, services.counts, client_id="acme", limit=10, offset=0)).rows
        assert (job.status, job.attempt) == (JobStatus.COMPLETED, 2)


async def test_an_engine_that_stops_hands_back_what_is_running(settings: Settings, order: Order) -> None:
    clock = Clock()
    async with process(settings, clock) as services:
        serving = asyncio.create_task(services.engine.serve(partial(service.run, services)))
        lease = await admission.submit(services, ACME, order, request_id="req_1")
        has_begun = asyncio.Event()
        running = asyncio.create_task(service.run(services, lease, lambda stage, progress: has_begun.set()))
        await has_begun.wait()
        serving.cancel()
        await asyncio.gather(serving, running, return_exceptions=True)

        job = await jobs.by_id(services.db, lease.job_id)
        assert job is not None
        assert (job.owner, job.status.is_terminal) == (None, False)
        assert await waiting(services.db, clock.now, 1) == (job.id,)
