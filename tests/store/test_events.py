"""The events of a job: numbered without gaps, read from where a watcher was."""

from __future__ import annotations

from granulator.store import events
from granulator.store.database import Database
from granulator.store.events import Event
from tests.store.conftest import NOW


async def test_events_are_numbered_within_their_job(db: Database, admit) -> None:
    first, second = await admit(), await admit(execution_id="exec_2")

    await db.batch([events.add(first.job_id, "progress", {"progress": 5}, NOW)])
    await db.batch([events.add(second.job_id, "progress", {"progress": 7}, NOW)])
    await db.batch([events.add(first.job_id, "completed", {}, NOW + 1)])

    assert await events.after(db, first.job_id, 0) == (
        Event(1, "progress", '{"progress":5}', NOW),
        Event(2, "completed", "{}", NOW + 1),
    )
    assert await events.after(db, first.job_id, 1) == (Event(2, "completed", "{}", NOW + 1),)
    assert await events.after(db, second.job_id, 1) == ()
