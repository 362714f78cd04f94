"""Ending a job because its caller no longer wants it, wherever it runs."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from granulator.granulation import service
from granulator.model import Job
from granulator.services import Services
from granulator.store import jobs, queue
from granulator.store.database import GuardFailed

WAIT_SECONDS: Final = 2.0
"""How long a canceller waits for the process that runs the job."""

POLL_SECONDS: Final = 0.05


async def cancel(services: Services, job: Job) -> Job:
    """Ask for the end of a job, wait a moment for it, and return the job as it then stands.

    One that nobody runs ends at once; in this process the call in flight is stopped directly, in another one within its
    next look at such wishes. A result that is stored first wins; a job that had ended stays as it is.
    Raises DatabaseError.
    """
    try:
        await services.db.batch([queue.request_cancel(job.id)])
    except GuardFailed:
        return await _read(services, job.id)
    if not services.engine.cancel(job.id) and (lease := await services.engine.claim(job.id)) is not None:
        with suppress(GuardFailed):
            await service.run(services, lease)
    return await _ended(services, job.id)


async def _ended(services: Services, job_id: int) -> Job:
    for _ in range(round(WAIT_SECONDS / POLL_SECONDS)):
        job = await _read(services, job_id)
        if job.status.is_terminal:
            break
        await asyncio.sleep(POLL_SECONDS)
    return job


async def _read(services: Services, job_id: int) -> Job:
    job = await jobs.by_id(services.db, job_id)
    assert job is not None, "a job is never deleted"
    return job
