"""The default engine: a claim loop over the ``jobs`` table, inside the serving process. Nothing to install."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Iterable
from contextlib import AbstractContextManager, suppress
from typing import Final

from granulator.engine.base import Held, RunJob
from granulator.engine.claims import Claims
from granulator.engine.leases import Leases
from granulator.errors import DatabaseError
from granulator.model import Lease
from granulator.store.database import Database, GuardFailed

log = logging.getLogger(__name__)

POLL_SECONDS: Final = 0.5
"""How often the line is looked at for what other processes put there or left behind."""


class EmbeddedEngine:
    """Runs at most ``at_once`` waiting jobs of this process, at most ``per_principal`` of one caller anywhere."""

    def __init__(
        self,
        db: Database,
        *,
        owner: str,
        lease_ms: int,
        now_ms: Callable[[], int],
        per_principal: int,
        at_once: int,
    ) -> None:
        self.leases = Leases(db, owner=owner, lease_ms=lease_ms, now_ms=now_ms, per_principal=per_principal)
        self.claims = Claims(db, self.leases)
        self.at_once = at_once
        self._running: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._overdue_from = 0.0
        self._is_serving = False
        self._is_closed = False

    @property
    def is_alive(self) -> bool:
        return self._is_serving and not self._is_closed and not self.leases.is_failing

    def new_lease_until(self) -> int:
        return self.leases.new_until()

    def hold(self, lease: Lease) -> AbstractContextManager[Held]:
        return self.leases.hold(lease)

    async def secure(self, lease: Lease) -> None:
        await self.leases.secure(lease)

    async def claim(self, job_id: int) -> Lease | None:
        return await self.claims.claim(job_id, needs_room=False)

    def cancel(self, job_id: int) -> bool:
        return self.leases.cancel(job_id)

    async def deliver(self, job_id: int) -> None:
        self._wake.set()

    def stop_claiming(self) -> None:
        self._is_closed = True

    async def drain(self, seconds: float) -> None:
        self.stop_claiming()
        if tasks := self._tasks():
            await asyncio.wait(tasks, timeout=seconds)

    async def serve(self, run: RunJob) -> None:
        self._is_serving = True
        try:
            async with asyncio.TaskGroup() as loops:
                loops.create_task(self.leases.keep())
                loops.create_task(self.leases.watch())
                loops.create_task(self._work(run))
        finally:
            self._is_serving = False
            await self._stop()

    async def _work(self, run: RunJob) -> None:
        while True:
            self._wake.clear()
            try:
                await self._fill(run)
            except DatabaseError:
                log.warning("the database did not answer; the line is looked at again soon")
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._wake.wait()

    async def _fill(self, run: RunJob) -> None:
        """Take as many jobs as there is room for, and end those whose time is over."""
        free = self.at_once - len(self._running)
        if self._is_closed or free <= 0:
            return
        waiting = await self.claims.candidates(free)
        await _together(self._take(run, job_id) for job_id in waiting)
        if time.monotonic() >= self._overdue_from:
            # That reads the whole line: not with every job that ends.
            self._overdue_from = time.monotonic() + POLL_SECONDS
            await self._end_overdue(run, free)

    async def _end_overdue(self, run: RunJob, limit: int) -> None:
        await _together(self._take(run, job_id, needs_room=False) for job_id in await self.claims.overdue(limit))

    async def _take(self, run: RunJob, job_id: int, *, needs_room: bool = True) -> None:
        lease = await self.claims.claim(job_id, needs_room=needs_room)
        if lease is not None:
            self.start(run, lease)

    def start(self, run: RunJob, lease: Lease) -> asyncio.Task[None]:
        """Do a claimed job in a task of its own."""
        task = asyncio.create_task(run_over(run, lease))
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._wake.set()

    def _tasks(self) -> set[asyncio.Task[object]]:
        """The tasks of all jobs in hand: claimed ones, and those of requests."""
        held = {each.task for each in self.leases.held.values() if each.task is not None}
        return {*self._running, *held}

    async def _stop(self) -> None:
        held, tasks = tuple(self.leases.held.values()), self._tasks()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        try:
            await self.leases.hand_back([each.lease for each in held])
        except DatabaseError:
            log.warning("the database did not answer; what ran here is taken over when its leases end")


async def run_over(run: RunJob, lease: Lease) -> None:
    """Do a claimed job; whatever goes wrong with it stays here, and the job then is taken over later."""
    if lease.attempt > 1:
        log.info("job taken over", extra={"facts": {"jobId": lease.job_id, "attempt": lease.attempt}})
    try:
        await run(lease)
    except (GuardFailed, DatabaseError):
        log.warning(
            "job stays open: another process has it or the database did not answer",
            extra={"facts": {"jobId": lease.job_id}},
        )
    except Exception:
        log.exception("job stays open", extra={"facts": {"jobId": lease.job_id}})


async def _together(claims: Iterable[Coroutine[None, None, None]]) -> None:
    """Make claims at once, so that they share a commit; one that fails does not stop the others."""
    outcomes = await asyncio.gather(*claims, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
