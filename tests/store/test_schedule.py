"""The row of a scheduled task: one of all processes moves it on."""

from __future__ import annotations

import pytest

from granulator.store import schedule
from granulator.store.database import Database, GuardFailed
from tests.store.conftest import NOW


async def test_a_task_is_unknown_until_it_begins_and_then_known_once(db: Database) -> None:
    before = await schedule.last(db, "clean-up")
    await db.batch([schedule.begin("clean-up", NOW), schedule.begin("clean-up", NOW + 5)])

    assert (before, await schedule.last(db, "clean-up")) == (None, NOW)


async def test_one_of_two_that_saw_the_same_time_moves_it_on(db: Database) -> None:
    await db.batch([schedule.begin("clean-up", NOW)])
    move = schedule.move("clean-up", from_due_at=NOW, to_due_at=NOW + 60)

    await db.batch([move])
    with pytest.raises(GuardFailed):
        await db.batch([move])

    assert await schedule.last(db, "clean-up") == NOW + 60


async def test_a_task_may_be_moved_back(db: Database) -> None:
    await db.batch([schedule.begin("clean-up", NOW)])

    await db.batch([schedule.move("clean-up", from_due_at=NOW, to_due_at=NOW - 60)])

    assert await schedule.last(db, "clean-up") == NOW - 60
