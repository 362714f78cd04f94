"""Two workers, some keys and a clock, moved by hand: the real engine, meter and end of a job, without their loops.

What a worker does between two batches is a call of its own, so that anything may happen in between.
"""

from __future__ import annotations

from collections.abc import Coroutine
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Final

from granulator import errors
from granulator.engine.base import Held
from granulator.engine.embedded import EmbeddedEngine
from granulator.granulation import admission, ending
from granulator.granulation.ending import Unread, Work, silent
from granulator.granulation.facts import Facts
from granulator.granulation.metering import Meter
from granulator.granulation.order import Order
from granulator.granulation.plan import sizes
from granulator.granulation.result import Draft
from granulator.granulation.validation import Verdict
from granulator.model import Job, JobStatus, Lease, Principal, StructureType, Usage
from granulator.providers.base import GenResult, Stop
from granulator.providers.call import Planned
from granulator.services import Services
from granulator.store import jobs, ledger, queue, steps
from granulator.store.database import GuardFailed, Statement
from tests.crash.dying import Clock

PER_KEY: Final = 2
LEASE_MS: Final = 3_000
STEPS: Final = ("outline/1", "part:0/1")
ORDER: Final = Order(
    "Keeping bees",
    StructureType.QUIZ,
    granularity_level=1,
    provider="openai",
    timeout_ms=600_000_000,
    validation=False,
)
CALL: Final = Planned(provider="openai", model="gpt-6-luna", max_output_tokens=4000, input_tokens=1000)
ANSWER: Final = GenResult("{}", Stop.COMPLETE, Usage(1000, 2000), "gpt-6-luna")
VERDICT: Final = Verdict(True, None, 100, None, None, (), (), is_shape_ok=True)
DRAFT: Final = Draft({"questions": []}, {"totalElements": 1}, None, (), is_ready=True, notice=None)


@dataclass
class Running:
    """A job in hand of a worker: its stored steps as far as the worker knows, and its call in flight."""

    lease: Lease
    held: Held
    meter: Meter
    stored: set[str]
    hold: ExitStack
    attempt_id: str | None = None

    @property
    def next_step(self) -> str | None:
        return next((step for step in STEPS if step not in self.stored), None)


@dataclass
class Worker:
    """One process: what it has in hand is lost with it."""

    services: Services
    running: dict[int, Running] = field(default_factory=dict)

    @property
    def engine(self) -> EmbeddedEngine:
        engine = self.services.engine
        assert isinstance(engine, EmbeddedEngine)
        return engine


def new_worker(services: Services, owner: str, clock: Clock) -> Worker:
    engine = EmbeddedEngine(
        services.db, owner=owner, lease_ms=LEASE_MS, now_ms=clock, per_principal=PER_KEY, at_once=20
    )
    settings = replace(services.settings, concurrency_per_key=PER_KEY, lease_seconds=LEASE_MS // 1000)
    return Worker(replace(services, owner=owner, engine=engine, settings=settings))


def caller(key: int) -> Principal:
    return Principal("key", f"key:{key}", "acme")


async def job_of(services: Services, job_id: int) -> Job:
    job = await jobs.by_id(services.db, job_id)
    assert job is not None
    return job


async def accept(worker: Worker, key: int) -> int:
    return await admission.accept(worker.services, caller(key), ORDER, request_id="r")


async def submit(worker: Worker, key: int) -> int | None:
    """Admit a job whose caller waits; None where the key has no room."""
    try:
        lease = await admission.submit(worker.services, caller(key), ORDER, request_id="r")
    except errors.ConcurrencyLimitExceeded:
        return None
    await begin(worker, lease)
    return lease.job_id


async def take_next(worker: Worker) -> None:
    for job_id in await worker.engine.claims.candidates(1):
        await take(worker, job_id)


async def take(worker: Worker, job_id: int) -> None:
    """Claim a job that was delivered, whoever else may have it or have ended it."""
    if job_id in worker.engine.leases.held:
        return
    lease = await worker.engine.claims.claim(job_id)
    if lease is not None:
        await begin(worker, lease)


async def begin(worker: Worker, lease: Lease) -> None:
    hold = ExitStack()
    held = hold.enter_context(worker.engine.hold(lease))
    job = await job_of(worker.services, lease.job_id)
    before = await ledger.calls_of_job(worker.services.db, job.id)
    meter = Meter(worker.services, job, lease, limit_nano_usd=None, before=before)
    stored = set(await steps.all(worker.services.db, job.id))
    running = Running(lease, held, meter, stored, hold)
    worker.running[job.id] = running
    if job.cancel_requested:
        await end_cancelled(worker, running)


async def send(worker: Worker, running: Running) -> None:
    """Note the next call. Fails when its answer is stored already."""
    step = running.next_step
    if step is None or running.attempt_id is not None:
        return
    was_held = await is_held(worker, running)
    try:
        running.attempt_id = await running.meter.send(step, CALL)
    except GuardFailed:
        let_go(worker, running)
        return
    assert was_held, "a call was noted by a worker that had lost the job"
    stored = await worker.services.db.first(steps.is_stored(running.lease.job_id, step))
    assert stored is None, "a call began after its step's result was stored"


async def answer(worker: Worker, running: Running) -> None:
    """The answer of the call in flight comes, in time or late."""
    step = running.next_step
    if step is None or running.attempt_id is None:
        return
    attempt_id, running.attempt_id = running.attempt_id, None
    was_held = await is_held(worker, running)
    try:
        await running.meter.settle(attempt_id, ANSWER, 5, running.meter.answer(step, {"text": "{}"}))
    except GuardFailed:
        booked = await worker.services.db.first(ledger.is_settled(attempt_id))
        assert booked is not None, "a call that is owed was not booked"
        let_go(worker, running)
        return
    assert was_held, "an answer was stored by a worker that had lost the job"
    running.stored.add(step)


async def complete(worker: Worker, running: Running) -> None:
    if running.next_step is not None:
        return
    job = await job_of(worker.services, running.lease.job_id)
    order, template = await admission.ordered(worker.services, job)
    planned = sizes(job.structure_type, job.granularity_level, template, job.max_elements)
    work = Work(worker.services, running.lease, job, order, template, planned, silent, Facts())
    await _ending(worker, running, ending.complete(work, DRAFT, VERDICT))


async def fail(worker: Worker, running: Running) -> None:
    await _end(worker, running, errors.InternalError("it broke"), JobStatus.FAILED)


async def end_cancelled(worker: Worker, running: Running) -> None:
    await _end(worker, running, errors.JobCancelled(), JobStatus.CANCELLED)


async def cancel(worker: Worker, job_id: int) -> None:
    """Ask for the end of a job; where nobody has it, it ends at once."""
    try:
        await worker.services.db.batch([queue.request_cancel(job_id)])
    except GuardFailed:
        return
    if job_id in worker.running:
        await end_cancelled(worker, worker.running[job_id])
    elif (lease := await worker.engine.claim(job_id)) is not None:
        await begin(worker, lease)


async def notice(worker: Worker) -> None:
    """Look for wishes to cancel, as each process does every moment."""
    for job_id in await queue.to_cancel(worker.services.db, worker.services.owner):
        if job_id in worker.running:
            await end_cancelled(worker, worker.running[job_id])


async def beat(worker: Worker) -> None:
    """Extend the leases in hand, and stop what was taken over."""
    await worker.engine.leases.beat()
    for running in tuple(worker.running.values()):
        # A call in flight that is stopped so may come to an answer all the same, and is settled late.
        if running.held.is_lost and running.attempt_id is None:
            let_go(worker, running)


async def retry(worker: Worker, job_id: int) -> int | None:
    job = await job_of(worker.services, job_id)
    try:
        return await admission.retry(worker.services, caller(0), job, {}, request_id="r")
    except errors.JobNotRetryable:
        return None


async def is_held(worker: Worker, running: Running) -> bool:
    """Whether what this worker writes for the job would be applied."""
    return await worker.services.db.first(jobs.is_held(running.lease)) is not None


async def rows(services: Services, sql: str) -> list[dict[str, object]]:
    return [dict(row) for row in await services.db.all(Statement(sql))]


async def _end(worker: Worker, running: Running, error: errors.GranulatorError, status: JobStatus) -> None:
    job = await job_of(worker.services, running.lease.job_id)
    work = Unread(worker.services, running.lease, job, Facts())
    await _ending(worker, running, ending.fail(work, error, status=status))


async def _ending(worker: Worker, running: Running, end: Coroutine[object, object, object]) -> None:
    was_held = await is_held(worker, running)
    try:
        await end
    except GuardFailed:
        assert not was_held, "a worker could not end the job it has"
    else:
        assert was_held, "a job was ended by a worker that had lost it"
    let_go(worker, running)


def let_go(worker: Worker, running: Running) -> None:
    running.hold.close()
    worker.running.pop(running.lease.job_id, None)
