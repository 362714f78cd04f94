"""A process that dies at the commit that admits work: afterwards all of it is there, or nothing and its key is free."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import pytest

from granulator.errors import TemplateNotFound
from granulator.granulation import admission
from granulator.granulation.admission import AlreadyAdmitted, Wanted
from granulator.granulation.order import Order
from granulator.model import Job, JobStatus, StructureType
from granulator.services import Services
from granulator.settings import Settings
from granulator.store import idempotency, jobs, payloads, templates
from granulator.store.database import Result, Statement
from granulator.store.idempotency import Once
from tests.crash.dying import ACME, Clock, DyingDatabase, ProcessDied, process

ORDER = Order("Keeping bees", StructureType.COURSE, granularity_level=1)
ONCE = Once("/api/execute", "order 66", "ab" * 32)
Admit = Callable[[Services], Awaitable[object]]


async def submitted(services: Services) -> object:
    return await admission.submit(services, ACME, ORDER, request_id="req_1", once=ONCE)


async def accepted(services: Services) -> object:
    return await admission.accept(services, ACME, ORDER, request_id="req_1", once=ONCE)


async def sent_together(services: Services) -> object:
    return await admission.accept_all(services, ACME, [Wanted(ORDER)] * 3, request_id="req_1", once=ONCE)


@pytest.mark.parametrize("is_committed", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("admit", "size"), [(submitted, 1), (accepted, 1), (sent_together, 3)])
async def test_work_is_admitted_whole_or_not_at_all(
    settings: Settings, admit: Admit, size: int, is_committed: bool
) -> None:
    clock = Clock()
    async with process(settings, clock) as services:
        doomed = replace(services, db=DyingDatabase(services.db, 1, is_committed))
        with pytest.raises(ProcessDied):
            await admit(doomed)

    async with process(settings, clock) as services:
        found = (await jobs.page(services.db, services.counts, client_id="acme", limit=10, offset=0)).rows
        used = await templates.get(services.db, "educational_course_basic")
        assert used is not None
        assert len(found) == used.usage_count == size * is_committed
        assert (
            await services.db.all(Statement("SELECT id FROM batches"))
            == [{"id": job.batch_id} for job in found][: int(size > 1)]
        )
        for job in found:
            await assert_can_be_done(services, job)
        await assert_key_is(services, admit, taken=is_committed)


async def assert_can_be_done(services: Services, job: Job) -> None:
    order, template = await admission.ordered(services, job)
    assert (job.status, job.stage.value, order.topic) == (JobStatus.PROCESSING, "queued", "Keeping bees")
    assert template.name == job.template_name
    assert await payloads.find(services.db, job.execution_id, "result") is None


async def assert_key_is(services: Services, admit: Admit, *, taken: bool) -> None:
    found = await idempotency.find(services.db, "acme", ONCE, services.now_ms())
    assert (found is not None) == taken
    if taken:
        with pytest.raises(AlreadyAdmitted):
            await admit(services)
    else:
        await admit(services)
    assert (await idempotency.find(services.db, "acme", ONCE, services.now_ms())) is not None


@pytest.mark.parametrize("is_committed", [False, True], ids=["before", "after"])
async def test_a_retry_is_admitted_once_though_its_answer_is_lost(settings: Settings, is_committed: bool) -> None:
    clock, once = Clock(), Once("/api/jobs/1/retry", "again", "ab" * 32)
    async with process(settings, clock) as services:
        job = await failed(services)
        doomed = replace(services, db=DyingDatabase(services.db, 1, is_committed))
        with suppress(ProcessDied):
            await admission.retry(doomed, ACME, job, {}, request_id="req_2", once=once)

    async with process(settings, clock) as services:
        with suppress(AlreadyAdmitted):
            await admission.retry(services, ACME, job, {}, request_id="req_3", once=once)

        (again,) = await jobs.retried_by(services.db, job.id, "acme")
        earlier = await idempotency.find(services.db, "acme", once, services.now_ms())
        assert earlier is not None
        assert (earlier.answer, earlier.job_id) == ("retry", again)


async def failed(services: Services) -> Job:
    """A job that has failed."""
    lease = await admission.submit(services, ACME, ORDER, request_id="req_1")
    await services.db.batch(
        [
            Statement(
                "UPDATE jobs SET status = 'failed', owner = NULL, lease_until = NULL, completed_at = 1 WHERE id = ?1",
                (lease.job_id,),
            )
        ]
    )
    job = await jobs.by_id(services.db, lease.job_id)
    assert job is not None
    return job


@dataclass
class Interrupted(DyingDatabase):
    """A database in which an administrator deletes a template between the look at it and the admission."""

    name: str = ""

    async def batch(self, statements: Sequence[Statement]) -> list[Result]:
        await self.database.batch([templates.delete(self.name, 1)])
        return await self.database.batch(statements)


async def test_a_template_that_is_deleted_meanwhile_leaves_nothing_behind(settings: Settings) -> None:
    async with process(settings, Clock()) as services:
        interrupted = Interrupted(services.db, 0, is_committed=False, name="three_act_novel")
        wanted = [Wanted(ORDER), Wanted(replace(ORDER, structure_type=StructureType.NOVEL))]

        with pytest.raises(TemplateNotFound) as refused:
            await admission.accept_all(replace(services, db=interrupted), ACME, wanted, request_id="req_1", once=ONCE)

        assert refused.value.details == {"templateName": "three_act_novel"}
        assert (await jobs.page(services.db, services.counts, client_id="acme", limit=10, offset=0)).total == 0
        assert await services.db.all(Statement("SELECT id FROM batches")) == []
        assert await idempotency.find(services.db, "acme", ONCE, services.now_ms()) is None
