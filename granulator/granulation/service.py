"""The story of one job after its admission: ``run`` does it to its end; request, worker and recovery call the same.

Each written part is stored as a step, so that what is stored is never written again. One batch ends the job.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from typing import Final, cast

from granulator import errors
from granulator.granulation import ending, repairing, writing
from granulator.granulation.admission import ordered
from granulator.granulation.assessing import Bench
from granulator.granulation.authors.base import Outline
from granulator.granulation.committing import patiently
from granulator.granulation.ending import Outcome, Report, Unread, Work, silent
from granulator.granulation.facts import Facts
from granulator.granulation.judging import billing
from granulator.granulation.plan import sizes
from granulator.granulation.repairing import Checks, Version
from granulator.model import Job, JobKind, JobStatus, JsonObject, Lease
from granulator.providers.base import Deadline
from granulator.providers.registry import LOCAL
from granulator.services import Services
from granulator.store import jobs, payloads
from granulator.store.database import GuardFailed, StatementRejected

log = logging.getLogger(__name__)

FOLLOW_SECONDS: Final = 0.5
"""How often a caller whose job went to another process asks for its end."""

MAX_TAKEOVERS: Final = 10
"""A job that was left more often in a row, with nothing stored between, is what its processes died of."""


async def follow(services: Services, job_id: int) -> Outcome:
    """Wait until another process has ended the job and return how it ended."""
    while True:
        job = await jobs.by_id(services.db, job_id)
        assert job is not None, "a job that was admitted exists"
        if job.status.is_terminal:
            break
        await asyncio.sleep(FOLLOW_SECONDS)
    stored = await payloads.get(services.db, services.objects, job.execution_id, "result")
    structure = await payloads.get(services.db, services.objects, job.execution_id, "structure")
    if stored is None:
        raise errors.StorageError("The result of the job is not stored")
    body = cast(JsonObject, json.loads(stored.body))
    if job.status is not JobStatus.COMPLETED or structure is None:
        return Outcome(job.id, errors.by_code()[job.error.code].status if job.error else 500, body)
    output = {**cast(JsonObject, body["output"]), "structure": cast(JsonObject, json.loads(structure.body))}
    return Outcome(job.id, 200, {**body, "output": output})


async def run(services: Services, lease: Lease, report: Report = silent) -> Outcome:
    """Do a job to its end and return how it ended; every end is stored before it is returned.

    Raises GuardFailed when the lease was lost to another process, DatabaseError when an end could not be stored; the
    job then stays open and is taken over.
    """
    with services.engine.hold(lease) as held:
        try:
            return await _run(services, lease, report)
        except asyncio.CancelledError:
            if held.task is None or held.is_lost or not held.is_cancelled:
                raise
            held.task.uncancel()
            return await _cancel(Unread(services, lease, await _job(services, lease), Facts()))


async def _run(services: Services, lease: Lease, report: Report) -> Outcome:
    job = await _job(services, lease)
    if job.kind == JobKind.VALIDATION:
        return Outcome(job.id, 500, await billing.abandon(services, lease, job))
    # What ends a job needs none of its texts: one that cannot be read is no reason to stay open.
    unread = Unread(services, lease, job, Facts())
    try:
        return await _cancel(unread) if job.cancel_requested else await _accomplish(await _load(unread, report))
    except StatementRejected:
        # Repeating it cannot help, and a job that stays open is repeated.
        log.exception("a statement of the job was rejected", extra={"facts": {"jobId": lease.job_id}})
        return await ending.fail(unread, errors.InternalError("The database refused what was to be stored"))
    except (GuardFailed, errors.DatabaseError):
        raise
    except errors.RequestTimeout as late:
        # Whoever noticed it knows only what it waited for itself: the caller is told what the status showed last.
        late.details["stage"] = (unread.facts.shown.stage or unread.job.stage).value
        return await ending.fail(unread, late)
    except errors.GranulatorError as error:
        return await ending.fail(unread, error)
    except Exception:
        log.exception("job failed unexpectedly", extra={"facts": {"jobId": lease.job_id}})
        return await ending.fail(unread, errors.InternalError("Unexpected server error"))


async def _cancel(work: Unread) -> Outcome:
    """End a job that its caller no longer wants; a result that was stored first wins, and GuardFailed is raised."""
    return await ending.fail(work, errors.JobCancelled(), status=JobStatus.CANCELLED)


async def _accomplish(work: Work) -> Outcome:
    if work.job.takeovers > MAX_TAKEOVERS:
        raise errors.InternalError(
            f"The job was left by {work.job.takeovers} processes in a row and came no step further"
        )
    remaining_ms = work.job.created_at + work.job.timeout_ms - work.services.now_ms()
    try:
        async with asyncio.timeout(max(remaining_ms, 0) / 1000):
            outline, version = await _write(work, Deadline(time.monotonic() + remaining_ms / 1000))
    except TimeoutError as late:
        raise errors.RequestTimeout(timeout=work.job.timeout_ms) from late
    verdict = version.verdict
    draft = await work.services.in_thread(ending.draft, work, outline, version.structure, verdict)
    if (rejected := ending.rejection(work, verdict)) is not None:
        return await ending.fail(work, rejected, draft, verdict)
    return await ending.complete(work, draft, verdict)


async def _write(work: Work, deadline: Deadline) -> tuple[Outline, Version]:
    """Return the outline and the best version of the structure: checked, and repaired where a model wrote it."""
    kept = await writing.stored(work)
    outline, written = await writing.write(work, deadline, kept)
    structure = repairing.recount(work.job.structure_type, written)
    bench = Bench(work, deadline, kept, is_scaffold=outline.is_scaffold)
    version = Version(structure, await bench.assess(structure))
    if outline.is_scaffold or work.job.ai_provider == LOCAL:
        return outline, version
    return outline, await repairing.repair(work, version, Checks(bench.assess, bench.rules), deadline, kept)


async def _job(services: Services, lease: Lease) -> Job:
    job = await patiently(services, lambda: jobs.by_id(services.db, lease.job_id))
    assert job is not None, "a lease is only given for a job that exists"
    return job


async def _load(unread: Unread, report: Report) -> Work:
    services, job = unread.services, unread.job
    order, template = await patiently(services, lambda: ordered(services, job))
    planned = sizes(job.structure_type, job.granularity_level, template, job.max_elements)
    return Work(services, unread.lease, job, order, template, planned, report, unread.facts)
