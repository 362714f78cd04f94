"""Which objects are deleted: those that no job will ever need again, whatever happens meanwhile, and no other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import cast, get_args

import pytest

from granulator.errors import DatabaseError
from granulator.granulation import admission, collecting
from granulator.granulation.collecting import Collected
from granulator.granulation.order import Order
from granulator.model import Source, StructureType
from granulator.services import Services
from granulator.settings import Settings, load
from granulator.store import jobs, payloads
from granulator.store.database import Database, Row, Statement
from granulator.store.objects import DAY_MS, Objects
from granulator.store.payloads import Stored
from tests.crash.dying import ACME, Clock, DyingDatabase, ProcessDied, process
from tests.large import object_files, padded_document

MIDNIGHT = Clock.now // DAY_MS * DAY_MS
HOUR_MS = 3_600_000
SIZE = 300_000
KINDS = get_args(payloads.Kind)


@pytest.fixture
def clock() -> Clock:
    return Clock(MIDNIGHT + 9 * HOUR_MS)


@pytest.fixture
async def services(settings: Settings, clock: Clock) -> AsyncIterator[Services]:
    async with process(settings, clock) as opened:
        yield opened


@pytest.fixture
def other(tmp_path: Path) -> Settings:
    """The settings of a server with a database of its own."""
    environ = {"SHARED_SECRET": "a-token", "SESSION_SECRET": "session-secret-of-the-tests"}
    return load(root=tmp_path / "other", environ=environ)


def order(text: str | None = None) -> Order:
    source = Source(format="markdown", text=text or padded_document(SIZE))
    return Order("Tables", StructureType.COURSE, granularity_level=1, source=source)


async def admit(services: Services, text: str | None = None) -> int:
    return await admission.accept(services, ACME, order(text), request_id="req_1")


async def forget(services: Services, job_id: int) -> None:
    """Delete the texts of a job, as the clean-up does."""
    job = await jobs.by_id(services.db, job_id)
    assert job is not None
    await services.db.batch([Statement("DELETE FROM job_payloads WHERE execution_id = ?1", (job.execution_id,))])


async def source_of(services: Services, job_id: int) -> str:
    job = await jobs.by_id(services.db, job_id)
    assert job is not None
    ordered, _ = await admission.ordered(services, job)
    assert ordered.source is not None
    return ordered.source.text


async def test_an_object_that_a_job_names_stays_however_old_it_is(
    services: Services, clock: Clock, settings: Settings
) -> None:
    job_id = await admit(services)
    clock.now += 1000 * DAY_MS

    assert await collecting.collect(services) == Collected()
    assert await source_of(services, job_id) == padded_document(SIZE)


async def test_an_object_that_no_job_names_any_more_goes_and_the_others_stay(
    services: Services, clock: Clock, settings: Settings
) -> None:
    await forget(services, await admit(services, padded_document(SIZE) + " first"))
    kept = await admit(services, padded_document(SIZE) + " second")
    clock.now += 2 * DAY_MS
    before = object_files(settings)

    planned = await collecting.collect(services, dry_run=True)
    untouched = object_files(settings)
    done = await collecting.collect(services)

    gone = [path for path in before if path not in object_files(settings)]
    assert (len(before), len(gone), untouched) == (2, 1, before)
    assert planned == done
    assert (done.objects, done.bytes > SIZE) == (1, True)
    assert await source_of(services, kept) == padded_document(SIZE) + " second"
    assert await collecting.collect(services) == Collected()


async def test_more_objects_than_are_read_at_once_all_stay(
    services: Services, clock: Clock, settings: Settings
) -> None:
    digests = [f"{number:064x}" for number in range(payloads.OBJECTS_PER_PAGE + 1)]
    await admit(services)
    directory = object_files(settings)[0].parent
    rows: list[Statement] = []
    for place, digest in enumerate(digests):
        (directory / digest).write_bytes(b"?")
        kind = KINDS[place % len(KINDS)]
        if place % len(KINDS) == 0:
            job = await jobs.by_id(services.db, await admit(services, "Tables store rows."))
            assert job is not None
        rows.append(payloads.put(job.execution_id, kind, Stored(None, 1, digest, clock.now // DAY_MS)))
    await services.db.batch(rows)
    clock.now += 2 * DAY_MS

    assert await collecting.collect(services) == Collected()


async def test_an_object_that_two_jobs_name_stays_until_both_are_gone(
    services: Services, clock: Clock, settings: Settings
) -> None:
    first, second = [await admit(services) for _ in range(2)]
    other = await admit(services, padded_document(SIZE) + " other")
    assert len(object_files(settings)) == 2
    clock.now += 2 * DAY_MS

    await forget(services, first)
    one_left = await collecting.collect(services)
    await forget(services, second)
    none_left = await collecting.collect(services)

    assert (one_left, none_left.objects) == (Collected(), 1)
    assert await source_of(services, other) == padded_document(SIZE) + " other"


@pytest.mark.parametrize("older_than_ms", [collecting.GRACE_MS, 0], ids=["usual", "asked for less"])
async def test_an_object_is_left_alone_for_a_whole_day_after_its_own(
    services: Services, clock: Clock, older_than_ms: int
) -> None:
    await forget(services, await admit(services))
    clock.now = MIDNIGHT + 1
    await admit(services, padded_document(SIZE) + " other")

    clock.now = MIDNIGHT + 2 * DAY_MS - 1
    young = await collecting.collect(services, older_than_ms=older_than_ms, dry_run=True)
    clock.now += 1
    old = await collecting.collect(services, older_than_ms=older_than_ms, dry_run=True)

    assert (young.objects, old.objects) == (0, 1)


async def test_objects_may_be_left_alone_for_longer(services: Services, clock: Clock) -> None:
    await forget(services, await admit(services))
    await admit(services, padded_document(SIZE) + " other")
    clock.now += 10 * DAY_MS

    kept = await collecting.collect(services, older_than_ms=30 * DAY_MS)
    clock.now += 30 * DAY_MS

    assert (kept.objects, (await collecting.collect(services, older_than_ms=30 * DAY_MS)).objects) == (0, 1)


async def test_what_a_crash_left_before_its_batch_is_collected(
    services: Services, clock: Clock, settings: Settings
) -> None:
    with suppress(ProcessDied):
        await admit(replace(services, db=DyingDatabase(services.db, 1, is_committed=False)))
    (orphan,) = object_files(settings)
    half = orphan.with_name(f"{orphan.name}.0123abcd")
    half.write_bytes(b"half")
    kept = await admit(services, padded_document(SIZE) + " other")
    clock.now += 2 * DAY_MS

    collected = await collecting.collect(services)

    assert (collected.objects, orphan.exists(), half.exists()) == (2, False, False)
    assert await source_of(services, kept) == padded_document(SIZE) + " other"


async def test_a_file_that_is_not_ours_is_never_deleted(services: Services, clock: Clock, settings: Settings) -> None:
    await forget(services, await admit(services))
    await admit(services, padded_document(SIZE) + " other")
    notes = object_files(settings)[0].with_name("notes.txt")
    notes.write_text("mine")
    clock.now += 2 * DAY_MS

    assert (await collecting.collect(services)).objects == 1
    assert notes.read_text() == "mine"


async def test_the_last_object_of_a_database_goes_too(services: Services, clock: Clock, settings: Settings) -> None:
    await forget(services, await admit(services))
    clock.now += 2 * DAY_MS

    assert (await collecting.collect(services)).objects == 1
    assert object_files(settings) == []


@pytest.mark.parametrize("has_jobs", [False, True], ids=["an empty database", "a younger database"])
async def test_objects_older_than_the_database_belong_to_another_and_stay(
    services: Services, clock: Clock, settings: Settings, other: Settings, has_jobs: bool
) -> None:
    job_id = await admit(services)
    clock.now += DAY_MS
    mistaken = replace(other, state_dir=settings.state_dir)
    async with process(mistaken, clock) as stranger:
        if has_jobs:
            await forget(stranger, await admit(stranger, padded_document(SIZE) + " other"))
        clock.now += 1000 * DAY_MS

        collected = await collecting.collect(stranger)

    assert collected.objects == has_jobs
    assert await source_of(services, job_id) == padded_document(SIZE)


class BrokenDatabase:
    """A database that stops answering at its nth read."""

    def __init__(self, database: Database, reads: int) -> None:
        self._database = database
        self._reads = reads

    async def first(self, statement: Statement) -> Row | None:
        return await self._database.first(statement)

    async def all(self, statement: Statement) -> list[Row]:
        self._reads -= 1
        if self._reads < 0:
            raise DatabaseError
        return await self._database.all(statement)


@pytest.mark.parametrize("reads", [0, 1])
async def test_nothing_is_deleted_while_the_database_does_not_answer(
    services: Services, clock: Clock, settings: Settings, reads: int
) -> None:
    await forget(services, await admit(services))
    await admit(services, padded_document(SIZE) + " other")
    clock.now += 2 * DAY_MS

    with pytest.raises(DatabaseError):
        await collecting.collect(replace(services, db=cast(Database, BrokenDatabase(services.db, reads))))

    assert len(object_files(settings)) == 2


class InterruptedObjects:
    """An object storage to which something happens just before anything is deleted, and just after."""

    def __init__(self, objects: Objects, interruption: Callable[[], Awaitable[object]]) -> None:
        self._objects = objects
        self._interruption = interruption
        self.days = objects.days
        self.pages = objects.pages

    async def delete(self, keys: Sequence[str]) -> None:
        await self._interruption()
        await self._objects.delete(keys)
        await self._interruption()


async def test_a_text_that_is_used_again_while_its_old_object_is_deleted_is_not_lost(
    services: Services, clock: Clock
) -> None:
    await forget(services, await admit(services))
    await admit(services, padded_document(SIZE) + " other")
    clock.now += 2 * DAY_MS
    again: list[int] = []

    async def use_again() -> None:
        again.append(await admit(services))

    collected = await collecting.collect(
        replace(services, objects=cast(Objects, InterruptedObjects(services.objects, use_again)))
    )

    assert (collected.objects, len(again)) == (1, 2)
    assert [await source_of(services, job_id) for job_id in again] == [padded_document(SIZE)] * 2


async def test_two_processes_may_collect_at_once(services: Services, clock: Clock) -> None:
    await forget(services, await admit(services))
    kept = await admit(services, padded_document(SIZE) + " other")
    clock.now += 2 * DAY_MS

    async def collect_too() -> None:
        await collecting.collect(services)

    interrupted = replace(services, objects=cast(Objects, InterruptedObjects(services.objects, collect_too)))

    assert (await collecting.collect(interrupted)).objects == 1
    assert await source_of(services, kept) == padded_document(SIZE) + " other"
