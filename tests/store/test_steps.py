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
