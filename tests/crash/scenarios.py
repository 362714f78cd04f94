"""One job of each kind, from its admission to its end, as the process does it that may die on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from granulator.engine.claims import Claims
from granulator.engine.leases import Leases
from granulator.granulation import admission, cancelling, service
from granulator.granulation.admission import Wanted
from granulator.granulation.order import Order
from granulator.model import Job, Source, Stage, StructureType
from granulator.services import Services
from granulator.store import jobs
from granulator.webhooks import callbacks
from granulator.webhooks.callbacks import Callback
from granulator.webhooks.delivery import Courier, deliver_due
from tests.crash.dying import ACME
from tests.crash.fate import Fate, fated_courier
from tests.large import large_document

QUIZ = Order("Keeping bees", StructureType.QUIZ, granularity_level=1, provider="openai", timeout_ms=600_000)
HANGS_ONCE = "gpt-6-luna#fail_first:1:hang"
COURSE = replace(QUIZ, structure_type=StructureType.COURSE, granularity_level=2)


@dataclass(frozen=True, slots=True)
class Play:
    """What a scenario works with; ``hook`` is where callbacks go."""

    services: Services
    fate: Fate
    hook: str

    @property
    def callback(self) -> str:
        return callbacks.seal(self.services.settings, Callback(self.hook, retries=2))


Act = Callable[[Play], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is done, and how its jobs may have ended after all; ``parallel_parts`` are written at once.

    At the first ``early`` points what is asked for is not admitted yet, and only the jobs that ``were`` are there.
    """

    act: Act
    ends: tuple[tuple[str, ...], ...] = (("completed",),)
    were: tuple[str, ...] = ()
    early: int = 1
    parallel_parts: int = 1

    def may_end(self, point: int) -> tuple[tuple[str, ...], ...]:
        """Return how the jobs may have ended when the process died at a point."""
        return (self.were,) if point <= self.early else self.ends


async def waited_for(play: Play, order: Order) -> None:
    """A caller waits for the answer."""
    lease = await admission.submit(play.services, ACME, order, request_id="req_1")
    await service.run(play.services, lease)


async def in_line(play: Play, order: Order) -> None:
    """Nobody waits: the job is claimed from the line, and its callback is called."""
    await admission.accept(play.services, ACME, order, request_id="req_1", callback=play.callback)
    await work(play.services)
    await deliver_due(fated_courier(play.services, play.fate))


async def cancelled_in_line(play: Play) -> None:
    job_id = await admission.accept(play.services, ACME, QUIZ, request_id="req_1", callback=play.callback)
    await cancelling.cancel(play.services, await job_of(play.services, job_id))
    await deliver_due(fated_courier(play.services, play.fate))


async def cancelled_in_a_call(play: Play) -> None:
    """Cancelled while the vendor keeps the first call waiting; a second one it would answer."""
    order = replace(QUIZ, model=HANGS_ONCE)
    lease = await admission.submit(play.services, ACME, order, request_id="req_1")
    running = asyncio.create_task(service.run(play.services, lease))
    async with asyncio.timeout(10):
        while True:
            if (await job_of(play.services, lease.job_id)).stage is not Stage.QUEUED:
                break
            await asyncio.sleep(0.001)
    await cancelling.cancel(play.services, await job_of(play.services, lease.job_id))
    await running


async def retried(play: Play) -> None:
    """Failed at its second part, and tried again with a model that goes on where it stopped."""
    play.fate.is_armed = False
    order = replace(COURSE, model="gpt-6-luna#after:2:400")
    lease = await admission.submit(play.services, ACME, order, request_id="req_1")
    await service.run(play.services, lease)
    play.fate.is_armed = True
    failed = await job_of(play.services, lease.job_id)
    await admission.retry(play.services, ACME, failed, {"model": "gpt-6-luna"}, request_id="req_2")
    await work(play.services)


async def sent_together(play: Play) -> None:
    wanted = [Wanted(QUIZ, play.callback), Wanted(replace(QUIZ, topic="Keeping hens"), play.callback)]
    await admission.accept_all(play.services, ACME, wanted, request_id="req_1")
    await work(play.services)
    await deliver_due(fated_courier(play.services, play.fate))


async def large(play: Play) -> None:
    """A source and a structure that go to the object storage."""
    source = Source(format="markdown", text=large_document())
    order = Order(
        "Tables",
        StructureType.COURSE,
        granularity_level=1,
        source=source,
        provider="local",
        validation=False,
        timeout_ms=600_000,
    )
    await waited_for(play, order)


async def work(services: Services) -> None:
    """Do what waits in the line, one after the other, as an engine does in its turns."""
    leases = Leases(
        services.db,
        owner=services.owner,
        lease_ms=services.settings.lease_seconds * 1000,
        now_ms=services.now_ms,
        per_principal=services.settings.concurrency_per_key,
    )
    claims = Claims(services.db, leases)
    while waiting := await claims.candidates(10):
        lease = await claims.claim(waiting[0])
        assert lease is not None
        await service.run(services, lease)


async def deliver(services: Services) -> None:
    while await deliver_due(Courier(services)):
        pass


async def job_of(services: Services, job_id: int) -> Job:
    job = await jobs.by_id(services.db, job_id)
    assert job is not None
    return job


async def _single(play: Play) -> None:
    await waited_for(play, QUIZ)


async def _parts(play: Play) -> None:
    await waited_for(play, COURSE)


async def _repaired(play: Play) -> None:
    await waited_for(play, replace(QUIZ, model="gpt-6-luna#defect:placeholder"))


async def _in_line(play: Play) -> None:
    await in_line(play, QUIZ)


SCENARIOS: Mapping[str, Scenario] = {
    "single": Scenario(_single),
    "parts": Scenario(_parts),
    "parts_at_once": Scenario(_parts, parallel_parts=16),
    "repaired": Scenario(_repaired),
    "in_line": Scenario(_in_line),
    "cancelled_in_line": Scenario(cancelled_in_line, (("cancelled",), ("completed",))),
    "cancelled_in_a_call": Scenario(cancelled_in_a_call, (("cancelled",), ("completed",))),
    "retried": Scenario(retried, (("failed", "completed"),), were=("failed",)),
    "sent_together": Scenario(sent_together, (("completed", "completed"),)),
    "large": Scenario(large, early=3),
}
