"""A process that dies while a structure is repaired: the next one pays for nothing again, and comes to the same end."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest

from granulator.granulation import admission, service
from granulator.granulation.order import Order
from granulator.model import JobStatus, StructureType
from granulator.services import Services
from granulator.settings import Settings
from granulator.store import jobs, payloads
from tests.bills import assert_billed_once, calls_of, steps_of
from tests.crash.dying import ACME, Clock, DyingDatabase, ProcessDied, process, recover
from tests.crash.test_paid_calls import asked
from tests.mock_server import MockAi

WRITTEN = 13
"""Submit, the outline and three parts sent, settled and stored."""

COMMITS = 24
"""Then validate, repair, three lessons sent and settled, validate, finish; at one more nothing is left to die of."""

ORDER = Order(
    "Keeping bees",
    StructureType.COURSE,
    granularity_level=2,
    provider="openai",
    model="gpt-6-luna#defect:placeholder",
    timeout_ms=600_000,
)
REPAIRS = [f"repair:1:modules[{module}].lessons[0]/1" for module in range(3)]


async def die_at(settings: Settings, clock: Clock, batch_number: int, *, is_committed: bool) -> None:
    """Submit and run until the process dies, or to the end if it does not."""
    async with process(settings, clock) as services:
        doomed = replace(services, db=DyingDatabase(services.db, batch_number, is_committed))
        with suppress(ProcessDied, BaseExceptionGroup):
            await service.run(doomed, await admission.submit(doomed, ACME, ORDER, request_id="req_1"))
    clock.now += settings.lease_seconds * 1000 + 1


async def structure_of(services: Services, job_id: int) -> str:
    job = await jobs.by_id(services.db, job_id)
    assert job is not None
    stored = await payloads.get(services.db, services.objects, job.execution_id, "structure")
    assert stored is not None
    return stored.body


@pytest.fixture(scope="module")
def whole() -> dict[str, str]:
    """What the job comes to when nobody dies, once it is known."""
    return {}


@pytest.mark.parametrize("is_committed", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    ("batch_number", "fan_out"),
    [*((number, 1) for number in range(WRITTEN + 1, COMMITS + 1)), *((number, 16) for number in (16, 18, 20))],
)
async def test_a_repair_goes_on_where_it_died_and_pays_for_nothing_twice(
    ai_settings: Settings,
    mock: MockAi,
    whole: dict[str, str],
    batch_number: int,
    is_committed: bool,
    fan_out: int,
) -> None:
    clock, settings = Clock(), replace(ai_settings, parallel_parts=fan_out)
    await die_at(settings, clock, batch_number, is_committed=is_committed)

    async with process(settings, clock) as services:
        (job,) = (await jobs.page(services.db, services.counts, client_id="acme", limit=10, offset=0)).rows
        stored = set(await steps_of(services.db, job.id))
        has_finished = fan_out == 1 and batch_number + is_committed >= COMMITS
        assert job.status.is_terminal == has_finished
        await recover(services)
        await recover(services)

        (ended,) = (await jobs.page(services.db, services.counts, client_id="acme", limit=10, offset=0)).rows
        calls = await calls_of(services.db, job.id)
        uncertain = [call for call in calls if call.state == "uncertain"]
        assert ended.status is JobStatus.COMPLETED
        assert ended.metadata["repair"] == {
            "rounds": 1,
            "elements": [f"modules[{module}].lessons[0]" for module in range(3)],
            "dropped": [],
            "remaining": 0,
        }
        assert {call.step for call in calls if call.attempt == 2} & stored == set()
        assert set(REPAIRS) <= set(await steps_of(services.db, job.id))
        assert len(calls) - len(uncertain) == 7
        assert len(uncertain) <= fan_out
        assert max(asked(mock).values()) <= 2
        assert await structure_of(services, job.id) == whole.setdefault(
            "structure", await structure_of(services, job.id)
        )
        await assert_billed_once(services.db, job.id)
