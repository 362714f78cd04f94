"""The default engine: a lease loop over the ``jobs`` table, inside the serving process. Nothing to install.

Each turn it extends the leases of the jobs running here and takes over jobs whose owner died.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from granulator.engine.base import RunJob
from granulator.errors import DatabaseError
from granulator.model import Lease
from granulator.store import jobs
from granulator.store.database import Database, GuardFailed

log = logging.getLogger(__name__)

CLAIMS_PER_TURN = 4
"""How many abandoned jobs one process takes over at a time."""


class EmbeddedEngine:
    """Owns the leases of this process. ``owner`` is unique per process start, never a configured name."""

    def __init__(self, db: Database, *, owner: str, lease_ms: int, now_ms: Callable[[], int]) -> None:
        self.owner = owner
        self._db = db
        self._lease_ms = lease_ms
        self._now_ms = now_ms
        self._held: dict[int, tuple[Lease, asyncio.Task[object] | None]] = {}
        self._taken_over: set[asyncio.Task[None]] = set()
        self._begun: set[asyncio.Task[None]] = set()
        self._is_serving = False

    @property
    def is_alive(self) -> bool:
        return self._is_serving

    def new_lease_until(self) -> int:
        return self._now_ms() + self._lease_ms

    @contextmanager
    def hold(self, lease: Lease) -> Iterator[None]:
        self._held[lease.job_id] = (lease, asyncio.current_task())
        try:
            yield
        finally:
            del self._held[lease.job_id]

    def begin(self, run: RunJob, lease: Lease) -> None:
        task = asyncio.create_task(_run_over(run, lease))
        self._begun.add(task)
        task.add_done_callback(self._begun.discard)

    async def serve(self, run: RunJob) -> None:
        self._is_serving = True
        try:
            while True:
                await self._turn(run)
                await asyncio.sleep(self._lease_ms / 3000)
        finally:
            self._is_serving = False
            await self._stop()

    async def _turn(self, run: RunJob) -> None:
        try:
            await self._renew()
            await self._take_over(run)
        except DatabaseError as error:
            cause = {"facts": {"cause": str(error.__cause__)}}
            log.warning("the database did not answer; leases are renewed at the next turn", extra=cause)

    async def _renew(self) -> None:
        now, until = self._now_ms(), self.new_lease_until()
        renewals = [jobs.renew(lease, now=now, lease_until=until) for lease, _ in self._held.values()]
        if renewals:
            await self._db.batch(renewals)

    async def _take_over(self, run: RunJob) -> None:
        free = CLAIMS_PER_TURN - len(self._taken_over)
        for job_id in await jobs.claimable(self._db, now=self._now_ms(), limit=free) if free > 0 else ():
            # A process never claims what it is running itself: its own late renewal is no death.
            if job_id not in self._held and (lease := await self._claim(job_id)) is not None:
                task = asyncio.create_task(_run_over(run, lease))
                self._taken_over.add(task)
                task.add_done_callback(self._taken_over.discard)

    async def _claim(self, job_id: int) -> Lease | None:
        claim = jobs.claim(job_id, owner=self.owner, now=self._now_ms(), lease_until=self.new_lease_until())
        try:
            claimed = await self._db.batch([claim])
        except GuardFailed:
            return None
        return Lease(job_id, self.owner, jobs.claimed_attempt(claimed[0]))

    async def _stop(self) -> None:
        leases = [lease for lease, _ in self._held.values()]
        tasks = {*self._taken_over, *self._begun, *(task for _, task in self._held.values() if task is not None)}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if leases:
            await self._db.batch([jobs.release(lease) for lease in leases])


async def _run_over(run: RunJob, lease: Lease) -> None:
    if lease.attempt > 1:
        log.info("job taken over", extra={"facts": {"jobId": lease.job_id, "attempt": lease.attempt}})
    try:
        await run(lease)
    except (GuardFailed, DatabaseError):
        log.warning("job stays open: another process has it or the database did not answer")
    except Exception:
        log.exception("job stays open", extra={"facts": {"jobId": lease.job_id}})
