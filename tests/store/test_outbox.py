"""The outbox: messages of a job, claimed by one sender at a time, ended under their fence, listed to their tenant."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from granulator.store import jobs, outbox, webhook_tries
from granulator.store.database import Database, GuardFailed, Result, Statement, StatementRejected
from granulator.store.outbox import Delivery, Due, Message, State
from granulator.store.sqlite import SqliteDatabase
from granulator.store.webhook_tries import Try
from tests.store.conftest import NOW, admit_job


def _add(
    message_id: str = "msg_1", execution_id: str = "exec_1", now: int = NOW, host: str = "example.org"
) -> Statement:
    return outbox.add(
        message_id=message_id,
        execution_id=execution_id,
        event="granulation.completed",
        url=f"https://{host}/hook",
        host=host,
        body='{"event":"granulation.completed"}',
        max_tries=4,
        now=now,
    )


async def due(db: Database, now: int = NOW, per_host: int = 9) -> tuple[Due, ...]:
    return await outbox.due(db, now, per_host=per_host, limit=9)


async def claim(db: Database, now: int = NOW) -> Due:
    (claimed,) = await outbox.claim(db, await due(db, now), now=now, until=now + 100)
    return claimed


async def end(db: Database, claimed: Due, state: State = State.FAILED, next_at: int | None = None) -> list[Result]:
    delivered_at = NOW + 5 if state is State.DELIVERED else None
    return await db.batch(
        [
            outbox.settle(
                claimed, state=state, next_at=next_at, response_status=500, error="late", delivered_at=delivered_at
            ),
            webhook_tries.add("msg_1", Try(claimed.tries, NOW, 7, 500, "late")),
        ]
    )


async def test_due_returns_messages_whose_time_has_come_oldest_first(db: Database, admit) -> None:
    await admit()
    await db.batch([_add("msg_2", now=NOW + 1), _add("msg_1"), _add("msg_3", now=NOW + 2)])

    assert await due(db, NOW + 1) == (Due(2, 0, "example.org"), Due(1, 0, "example.org"))
    assert await outbox.due(db, NOW + 9, per_host=9, limit=1) == (Due(2, 0, "example.org"),)


async def test_due_returns_a_few_of_each_host(db: Database, admit) -> None:
    await admit()
    hosts = ["a.org"] * 5 + ["b.org"] * 3 + ["c.org"]
    await db.batch([_add(f"msg_{number}", host=host, now=NOW + number) for number, host in enumerate(hosts)])

    assert [each.host for each in await due(db, NOW + 99, per_host=2)] == ["a.org", "a.org", "b.org", "b.org", "c.org"]


async def test_a_message_id_is_queued_once_and_only_for_a_job(db: Database, admit) -> None:
    await admit()
    await db.batch([_add()])

    with pytest.raises(StatementRejected):
        await db.batch([_add()])
    with pytest.raises(GuardFailed):
        await db.batch([_add("msg_9", "exec_unknown")])


async def test_a_claim_moves_a_message_on_and_only_one_gets_it(db: Database, admit) -> None:
    await admit()
    await db.batch([_add()])
    found = await due(db)

    claims = await asyncio.gather(*(outbox.claim(db, found, now=NOW, until=NOW + 100) for _ in range(3)))

    assert sorted(claims) == [(), (), (Due(1, 1, "example.org"),)]
    assert await due(db, NOW + 99) == ()
    assert await due(db, NOW + 100) == (Due(1, 1, "example.org"),)
    assert await outbox.claim(db, (), now=NOW, until=NOW) == ()


async def test_what_was_tried_since_it_was_read_is_not_claimed_with_what_was_read(db: Database, admit) -> None:
    await admit()
    await db.batch([_add()])
    found = await due(db)
    await end(db, await claim(db), State.PENDING, next_at=NOW + 1)

    assert await outbox.claim(db, found, now=NOW + 1, until=NOW + 100) == ()
    assert (await claim(db, NOW + 1)).tries == 2


async def test_a_message_in_hand_has_what_is_to_be_sent_and_the_callback_of_its_job(db: Database, admit) -> None:
    await admit(callback="sealed")
    await db.batch([_add()])
    claimed = await claim(db)

    assert await outbox.message(db, claimed.id) == Message(
        id=1,
        message_id="msg_1",
        principal_id="key:k1",
        body='{"event":"granulation.completed"}',
        tries=1,
        max_tries=4,
        callback="sealed",
    )
    assert await outbox.message(db, 99) is None


async def test_a_try_whose_claim_was_taken_over_records_nothing(db: Database, admit) -> None:
    await admit()
    await db.batch([_add()])
    slow = await claim(db)
    quick = await claim(db, NOW + 100)

    with pytest.raises(GuardFailed):
        await end(db, slow)
    await end(db, quick, State.DELIVERED)
    with pytest.raises(GuardFailed):
        await end(db, quick)

    assert await webhook_tries.of_message(db, "msg_1") == (Try(2, NOW, 7, 500, "late"),)


async def test_what_was_handed_back_is_due_at_once_and_what_was_taken_over_is_not_touched(db: Database, admit) -> None:
    await admit()
    await db.batch([_add()])
    first = await claim(db)

    await db.batch([outbox.hand_back(first, NOW + 1)])
    second = await claim(db, NOW + 1)
    done = await db.batch([outbox.hand_back(first, NOW + 2)])

    assert (second.tries, done[0].changes, await due(db, NOW + 2)) == (2, 0, ())


async def test_a_message_that_ended_is_redelivered_with_tries_on_top_of_those_made(db: Database, admit) -> None:
    lease = await admit(callback="sealed")
    await db.batch([_add()])
    await end(db, await claim(db), State.DELIVERED)
    delivered = await outbox.get(db, 1, "acme")

    await db.batch([outbox.hasten(1, NOW + 6), outbox.redeliver(1, tries=4, now=NOW + 6)])

    assert delivered == Delivery(
        id=1,
        message_id="msg_1",
        job_id=lease.job_id,
        event="granulation.completed",
        url="https://example.org/hook",
        state=State.DELIVERED,
        tries=1,
        max_tries=4,
        response_status=500,
        last_error="late",
        next_at=None,
        created_at=NOW,
        delivered_at=NOW + 5,
        callback="sealed",
    )
    assert await outbox.get(db, 1, "acme") == replace(
        delivered, state=State.PENDING, max_tries=5, next_at=NOW + 6, delivered_at=None
    )


async def test_a_message_that_waits_is_hastened_and_one_in_flight_is_not(db: Database, admit) -> None:
    await admit()
    await db.batch([_add()])
    hasten = [outbox.redeliver(1, tries=4, now=NOW + 1), outbox.hasten(1, NOW + 1)]
    claimed = await claim(db)

    in_flight = await db.batch(hasten)
    await end(db, claimed, State.PENDING, next_at=NOW + 5_000)
    waiting = await db.batch(hasten)

    assert [[each.changes for each in done] for done in (in_flight, waiting)] == [[0, 0], [0, 1]]
    assert await due(db, NOW + 1) == (Due(1, 1, "example.org"),)


async def test_a_page_is_of_one_tenant_newest_first_and_narrowed_as_asked(
    db: Database, new_job: jobs.NewJob, admit
) -> None:
    await admit()
    await admit(execution_id="exec_2")
    await admit_job(db, replace(new_job, execution_id="exec_9", client_id="other", principal_id="key:k9"))
    await db.batch([_add("msg_1"), _add("msg_2", "exec_2"), _add("msg_3", "exec_9"), _add("msg_4")])
    await end(db, Due(1, 0, ""), State.DELIVERED)

    async def ids(limit: int = 9, offset: int = 0, **wanted: object) -> tuple[list[int], int]:
        page = await outbox.page(db, client_id="acme", limit=limit, offset=offset, **wanted)
        return [row.id for row in page.rows], page.total

    assert await ids() == ([4, 2, 1], 3)
    assert await ids(limit=1, offset=1) == ([2], 3)
    assert await ids(job_id=1) == ([4, 1], 2)
    assert await ids(job_id=3) == ([], 0)
    assert await ids(state=State.DELIVERED) == ([1], 1)
    assert await ids(job_id=1, state=State.PENDING) == ([4], 1)
    assert await ids(event="granulation.failed") == ([], 0)
    assert await outbox.get(db, 3, "acme") is None


async def test_what_is_due_is_read_from_its_index(sqlite: SqliteDatabase) -> None:
    plan = await sqlite.all(Statement(f"EXPLAIN QUERY PLAN {outbox.DUE}", (NOW, 4, 256)))

    assert any("INDEX outbox_due" in str(row["detail"]) for row in plan), plan
