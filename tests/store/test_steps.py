"""Steps: a result is stored once, under a lease that still holds."""

import pytest

from granulator.store import jobs, steps
from granulator.store.database import Database, GuardFailed
from tests.store.conftest import NOW


async def test_all_returns_the_results_as_they_were_stored(db: Database, admit) -> None:
    lease = await admit()
    outline = {"title": "Bees", "parts": [1, 2.5, None, True, {"deep": []}]}

    await db.batch([steps.put(lease, "outline", outline, NOW), steps.put(lease, "part:0", {}, NOW + 1)])

    assert await steps.all(db, lease.job_id) == {"outline": outline, "part:0": {}}


async def test_a_repeated_batch_fails_at_the_step_and_applies_nothing_twice(db: Database, admit) -> None:
    lease = await admit()
    batch = [jobs.fence(lease), steps.put(lease, "outline", {"n": 1}, NOW)]
    await db.batch(batch)

    with pytest.raises(GuardFailed) as failure:
        await db.batch(batch)

    assert failure.value.index == 1
    assert await steps.all(db, lease.job_id) == {"outline": {"n": 1}}


async def test_copy_gives_another_job_what_was_written_but_not_the_single_answers(db: Database, admit) -> None:
    failed = await admit()
    again = await admit(execution_id="exec_2")
    await db.batch(
        [
            steps.put(failed, "outline/1", {"text": "{}"}, NOW),
            steps.put(failed, "outline", {"n": 1}, NOW),
            steps.put(failed, "part:3", {"n": 3}, NOW),
        ]
    )

    await db.batch([steps.copy(to_execution_id="exec_2", from_job_id=failed.job_id, now=NOW + 5)])

    assert await steps.all(db, again.job_id) == {"outline": {"n": 1}, "part:3": {"n": 3}}
