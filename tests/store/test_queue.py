"""The line of jobs: who comes next, who has room, and who may take what."""

from __future__ import annotations

import re
from collections import Counter
from random import Random

import pytest

from granulator.model import Lease
from granulator.store import jobs, principals, queue
from granulator.store.database import Database, GuardFailed, Statement
from granulator.store.queue import Candidate
from granulator.store.sqlite import SqliteDatabase
from tests.store.conftest import NOW

LATER = NOW + 30_001


async def line(db: Database, *, now: int = NOW, per_principal: int = 10, limit: int = 20) -> list[int]:
    found = await queue.waiting(db, now=now, expired_before=now, per_principal=per_principal, limit=limit)
    return [each.job_id for each in found]


async def wait(admit, name: str, **changes: object) -> int:
    return (await admit(execution_id=name, owner=None, lease_until=None, **changes)).job_id


async def test_the_line_tells_new_jobs_from_those_that_someone_left(db: Database, admit) -> None:
    left = await admit(execution_id="left")
    new = await wait(admit, "new")

    found = await queue.waiting(db, now=LATER, expired_before=LATER, per_principal=10, limit=9)

    assert found == (Candidate(left.job_id, is_expired=True), Candidate(new, is_expired=False))


async def test_the_most_urgent_job_comes_first_and_then_the_oldest(db: Database, admit) -> None:
    low, normal, critical, high, second = [
        await wait(admit, f"job-{n}", priority=priority) for n, priority in enumerate((0, 1, 3, 2, 1))
    ]

    assert await line(db) == [critical, high, normal, second, low]


async def test_principals_take_turns_however_long_their_lines_are(db: Database, admit) -> None:
    many = [await wait(admit, f"many-{n}") for n in range(4)]
    few = [await wait(admit, f"few-{n}", principal_id="key:k2") for n in range(2)]

    assert await line(db) == [many[0], few[0], many[1], few[1], many[2], many[3]]


async def test_a_principal_with_only_critical_jobs_waits_for_its_turn_like_the_others(db: Database, admit) -> None:
    critical = [await wait(admit, f"critical-{n}", priority=3) for n in range(3)]
    low = [await wait(admit, f"low-{n}", principal_id="key:k2", priority=0) for n in range(2)]

    assert await line(db) == [critical[0], low[0], critical[1], low[1], critical[2]]


async def test_of_each_principal_only_as_many_stand_in_line_as_it_has_room_for(db: Database, admit) -> None:
    await admit(execution_id="running-1")
    await admit(execution_id="running-2")
    waiting = [await wait(admit, f"job-{n}") for n in range(4)]
    other = await wait(admit, "other", principal_id="key:k2")

    assert await line(db, per_principal=3) == [waiting[0], other]
    assert await line(db, per_principal=2) == [other]


async def test_what_carries_only_a_bill_takes_no_room(db: Database, admit) -> None:
    await admit(execution_id="bill", kind="validation")
    waiting = await wait(admit, "job")

    assert await line(db, per_principal=1) == [waiting]


async def test_a_principal_at_its_limit_can_begin_nothing_more(db: Database, admit, new_job: jobs.NewJob) -> None:
    await admit(execution_id="running")

    with pytest.raises(GuardFailed) as refused:
        await db.batch(jobs.create_running(new_job, 1))
    created = await db.batch(jobs.create_running(new_job, 2))

    assert refused.value.index == 1
    assert len(created[-1].rows) == 1


async def test_a_lease_that_has_expired_leaves_its_room_to_others(db: Database, admit) -> None:
    lease = await admit(execution_id="expired")
    waiting = await wait(admit, "job")
    guards = [principals.lock_of_job(waiting), principals.room_of_job(waiting, now=LATER, limit=1)]

    await db.batch([*guards, queue.claim(waiting, owner="b", now=LATER, lease_until=LATER + 9)])

    room = principals.room_of_job(lease.job_id, now=LATER, limit=1)
    with pytest.raises(GuardFailed) as refused:
        await db.batch([principals.lock_of_job(lease.job_id), room, queue.renew(lease, lease_until=LATER + 9)])
    assert refused.value.index == 1


async def test_an_expired_lease_that_nobody_took_can_be_begun_again(db: Database, admit) -> None:
    lease = await admit()

    (late,) = await db.batch([queue.extend(lease, now=LATER, lease_until=LATER + 9)])
    await db.batch([queue.renew(lease, lease_until=LATER + 9)])
    (kept,) = await db.batch([queue.extend(lease, now=LATER + 5, lease_until=LATER + 99)])

    assert (late.changes, kept.changes) == (0, 1)


async def test_a_lease_that_was_taken_cannot_be_begun_again(db: Database, admit) -> None:
    lease = await admit()
    await db.batch([queue.claim(lease.job_id, owner="b", now=LATER, lease_until=LATER + 9)])

    with pytest.raises(GuardFailed):
        await db.batch([queue.renew(lease, lease_until=LATER + 9)])


async def test_a_process_that_gives_grace_does_not_take_what_expired_within_it(db: Database, admit) -> None:
    lease = await admit()
    before = LATER - 30_000

    assert await queue.waiting(db, now=LATER, expired_before=before, per_principal=9, limit=9) == ()
    claim = queue.claim(lease.job_id, owner="b", now=LATER, lease_until=LATER + 9, expired_before=before)
    with pytest.raises(GuardFailed):
        await db.batch([claim])


async def test_a_wish_to_cancel_is_read_by_the_owner_only(db: Database, admit) -> None:
    lease = await admit()
    await admit(execution_id="other")

    await db.batch([queue.request_cancel(lease.job_id)])

    assert await queue.to_cancel(db, "proc-a") == (lease.job_id,)
    assert await queue.to_cancel(db, "proc-b") == ()


async def test_a_job_that_has_ended_cannot_be_cancelled(db: Database, admit) -> None:
    await admit()
    await db.batch([jobs.release(Lease(1, "proc-a", 1))])

    with pytest.raises(GuardFailed):
        await db.batch([queue.request_cancel(2)])


async def test_a_job_that_waited_past_its_deadline_is_overdue_without_room(db: Database, admit) -> None:
    waiting = await wait(admit, "job", timeout_ms=1000)
    await admit(execution_id="running", timeout_ms=1000, lease_until=NOW + 10_000)

    assert await queue.overdue(db, now=NOW + 1000, expired_before=NOW + 1000, limit=9) == ()
    assert await queue.overdue(db, now=NOW + 1001, expired_before=NOW + 1001, limit=9) == (waiting,)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_the_line_is_the_same_as_if_all_of_it_were_read_and_sorted(db: Database, admit, seed: int) -> None:
    random = Random(seed)
    lines: dict[str, list[tuple[int, int]]] = {}
    running = Counter[str]()
    for number in range(40):
        principal_id, priority = f"key:k{random.randrange(6)}", random.choice([0, 1, 1, 1, 2, 3])
        owner = random.choice([None, None, None, "w1"])
        lease_until = None if owner is None else random.choice([NOW - 1, NOW])
        lease = await admit(
            execution_id=f"job-{number}",
            principal_id=principal_id,
            priority=priority,
            owner=owner,
            lease_until=lease_until,
        )
        if lease_until == NOW:
            running[principal_id] += 1
        else:
            lines.setdefault(principal_id, []).append((-priority, lease.job_id))
    places = sorted(
        (place, priority, job_id)
        for principal_id, jobs_of_one in lines.items()
        for place, (priority, job_id) in enumerate(sorted(jobs_of_one)[: max(0, 3 - running[principal_id])])
    )

    for limit in (1, 2, 5, 20):
        assert await line(db, per_principal=3, limit=limit) == [job_id for _, _, job_id in places[:limit]]


async def test_a_look_at_the_line_reads_neither_the_ended_jobs_nor_the_whole_line(sqlite: SqliteDatabase) -> None:
    plan = await sqlite.all(Statement(f"EXPLAIN QUERY PLAN {queue.WAITING}", (NOW, NOW, 10, 20)))

    reads = [str(row["detail"]) for row in plan if re.search(r"\b(jobs|beside) USING", str(row["detail"]))]
    assert [read for read in reads if read.startswith("SCAN")] == ["SCAN jobs USING INDEX jobs_leased"]
    assert all(re.search(r"jobs_unfinished|jobs_leased|INTEGER PRIMARY KEY", read) for read in reads), reads
    assert len(reads) == 7


@pytest.mark.parametrize(
    "room", [principals.room_of_job(1, now=NOW, limit=10), principals.room("p", now=NOW, limit=10)]
)
async def test_counting_what_a_principal_runs_reads_its_leased_jobs_only(
    sqlite: SqliteDatabase, room: Statement
) -> None:
    plan = [str(row["detail"]) for row in await sqlite.all(Statement(f"EXPLAIN QUERY PLAN {room.sql}", room.params))]

    assert "SEARCH jobs USING INDEX jobs_leased (principal_id=? AND lease_until>?)" in plan
