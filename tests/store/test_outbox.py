"""The outbox: messages of a job, due until they are sent."""

import pytest

from granulator.store import outbox
from granulator.store.database import Database, GuardFailed, Statement, StatementRejected
from granulator.store.outbox import Message
from tests.store.conftest import NOW


def _add(message_id: str = "msg_1", execution_id: str = "exec_1", now: int = NOW) -> Statement:
    return outbox.add(
        message_id=message_id,
        execution_id=execution_id,
        event="granulation.completed",
        url="https://example.org/hook",
        headers={"X-Token": "t"},
        body='{"event":"granulation.completed"}',
        max_tries=4,
        now=now,
    )


async def test_due_returns_messages_whose_time_has_come_oldest_first(db: Database, admit) -> None:
    await admit()
    await db.batch([_add("msg_2", now=NOW + 1), _add("msg_1"), _add("msg_3", now=NOW + 2)])

    first, second = await outbox.due(db, NOW + 1, 10)

    assert first == Message(
        id=2,
        message_id="msg_1",
        execution_id="exec_1",
        principal_id="key:k1",
        event="granulation.completed",
        url="https://example.org/hook",
        headers={"X-Token": "t"},
        body='{"event":"granulation.completed"}',
        tries=0,
        max_tries=4,
    )
    assert second.message_id == "msg_2"
    assert await outbox.due(db, NOW + 9, 1) == (first,)


async def test_due_leaves_out_what_has_ended(db: Database, admit) -> None:
    await admit()
    await db.batch([_add(), Statement("UPDATE outbox SET state = 'delivered', headers = NULL")])

    assert await outbox.due(db, NOW, 10) == ()


async def test_a_message_id_is_queued_once_and_only_for_a_job(db: Database, admit) -> None:
    await admit()
    await db.batch([_add()])

    with pytest.raises(StatementRejected):
        await db.batch([_add()])
    with pytest.raises(GuardFailed):
        await db.batch([_add("msg_9", "exec_unknown")])
