"""Long texts when something fails between them and their rows: nothing is lost, and no job stays open for it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import pytest

from granulator.errors import StorageError
from granulator.granulation import admission, cancelling, service
from granulator.granulation.order import Order
from granulator.model import Job, JobStatus, Source, StructureType
from granulator.services import Services
from granulator.settings import Settings, load
from granulator.store import jobs, payloads
from granulator.store.objects import Objects
from tests.crash.dying import ACME, Clock, DyingDatabase, ProcessDied, process, recover
from tests.large import large_document, object_files


@dataclass
class FailingObjects:
    """An object storage whose next writes fail; what is read comes from the real one."""

    objects: Objects
    failures: int

    async def put(self, body: bytes, sha256: str) -> int:
        if self.failures:
            self.failures -= 1
            raise StorageError("The object storage failed")
        return await self.objects.put(body, sha256)

    async def get(self, day: int, sha256: str) -> bytes:
        return await self.objects.get(day, sha256)


def failing(services: Services, failures: int) -> Services:
    return replace(services, objects=cast(Objects, FailingObjects(services.objects, failures)))


@pytest.fixture
def impatient(settings: Settings) -> Settings:
    """Settings under which a write is repeated for two seconds."""
    return replace(settings, patience_seconds=1)


@pytest.fixture
def other(tmp_path: Path) -> Settings:
    """The settings of another server, with a database and objects of its own."""
    environ = {"SHARED_SECRET": "a-token", "SESSION_SECRET": "session-secret-of-the-tests"}
    return load(root=tmp_path / "other", environ=environ)


@pytest.fixture
def order() -> Order:
    source = Source(format="markdown", text=large_document())
    return Order(
        "Tables", StructureType.COURSE, granularity_level=5, source=source, validation=False, timeout_ms=600_000
    )


async def only_job(services: Services) -> Job:
    (job,) = (await jobs.page(services.db, services.counts, client_id="acme", limit=10, offset=0)).rows
    return job


async def structure_of(services: Services, job: Job) -> payloads.Payload | None:
    return await payloads.get(services.db, services.objects, job.execution_id, "structure")


@pytest.mark.parametrize("is_committed", [False, True], ids=["before", "after"])
async def test_an_admission_that_dies_leaves_a_whole_job_or_none(
    settings: Settings, order: Order, is_committed: bool
) -> None:
    clock = Clock()
    async with process(settings, clock) as services:
        doomed = replace(services, db=DyingDatabase(services.db, 1, is_committed))
        with suppress(ProcessDied):
            await admission.submit(doomed, ACME, order, request_id="req_1")
    assert len(object_files(settings)) == 1
    clock.now += settings.lease_seconds * 1000 + 1

    async with process(settings, clock) as services:
        await recover(services)
        found = (await jobs.page(services.db, services.counts, client_id="acme", limit=10, offset=0)).rows

        assert [job.status for job in found] == [JobStatus.COMPLETED] * is_committed
        for job in found:
            structure = await structure_of(services, job)
            assert structure is not None
            assert structure.stored.storage == "blob"


@pytest.mark.parametrize("is_committed", [False, True], ids=["before", "after"])
async def test_an_end_that_dies_with_its_batch_is_reached_again_with_the_same_structure(
    settings: Settings, other: Settings, order: Order, is_committed: bool
) -> None:
    clock = Clock()
    async with process(settings, clock) as services:
        lease = await admission.submit(services, ACME, order, request_id="req_1")
        counted = DyingDatabase(services.db, 10_000, is_committed)
        await service.run(replace(services, db=counted), lease)
        whole = await structure_of(services, await only_job(services))
        last = counted.seen

    async with process(other, clock) as services:
        lease = await admission.submit(services, ACME, order, request_id="req_1")
        with suppress(ProcessDied):
            await service.run(replace(services, db=DyingDatabase(services.db, last, is_committed)), lease)
        clock.now += settings.lease_seconds * 1000 + 1
        await recover(services)

        job = await only_job(services)
        assert (job.status, await structure_of(services, job)) == (JobStatus.COMPLETED, whole)


async def test_a_write_that_fails_for_a_moment_is_repeated(settings: Settings, order: Order) -> None:
    async with process(settings, Clock()) as services:
        lease = await admission.submit(services, ACME, order, request_id="req_1")

        outcome = await service.run(failing(services, 2), lease)

        assert outcome.status == 200
        assert await structure_of(services, await only_job(services)) is not None


async def test_a_structure_that_cannot_be_written_fails_its_job_which_may_be_retried(
    impatient: Settings, order: Order
) -> None:
    async with process(impatient, Clock()) as services:
        lease = await admission.submit(services, ACME, order, request_id="req_1")

        outcome = await service.run(failing(services, 1000), lease)

        job = await only_job(services)
        assert job.error is not None
        assert (outcome.status, outcome.body["code"]) == (500, "STORAGE_ERROR")
        assert (job.status, job.error.code, job.owner) == (JobStatus.FAILED, "STORAGE_ERROR", None)
        assert await structure_of(services, job) is None

        again = await admission.retry(services, ACME, job, {}, request_id="req_2")
        await recover(services)
        retried = await jobs.by_id(services.db, again)
        assert retried is not None
        assert (retried.status, await structure_of(services, retried) is not None) == (JobStatus.COMPLETED, True)


async def test_a_job_whose_source_is_lost_fails_at_once_instead_of_staying_open(
    settings: Settings, order: Order
) -> None:
    async with process(settings, Clock()) as services:
        lease = await admission.submit(services, ACME, order, request_id="req_1")
        for path in object_files(settings):
            path.unlink()

        async with asyncio.timeout(5):
            outcome = await service.run(services, lease)

        job = await only_job(services)
        assert job.error is not None
        assert (outcome.status, job.status, job.error.code) == (500, JobStatus.FAILED, "STORAGE_ERROR")


async def test_a_job_whose_source_is_lost_can_be_cancelled(settings: Settings, order: Order) -> None:
    async with process(settings, Clock()) as services:
        job_id = await admission.accept(services, ACME, order, request_id="req_1")
        for path in object_files(settings):
            path.unlink()
        job = await jobs.by_id(services.db, job_id)
        assert job is not None

        async with asyncio.timeout(5):
            cancelled = await cancelling.cancel(services, job)

        assert cancelled.status is JobStatus.CANCELLED
