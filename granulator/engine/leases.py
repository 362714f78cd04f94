"""The leases of this process: kept alive, begun again, given back; and the wish to cancel, brought to the task.

Extending is one batch for all jobs in hand. A lease that has expired is never simply extended: others may have counted
its job as free, so it is begun again under the principal's lock, like a claim.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from granulator.engine.base import Held
from granulator.errors import DatabaseError
from granulator.model import Lease
from granulator.store import jobs, principals, queue
from granulator.store.database import Database, GuardFailed

log = logging.getLogger(__name__)

CANCEL_POLL_SECONDS: Final = 0.25
"""How often the wishes to cancel are read, for all jobs in hand at once."""

RETRY_SECONDS: Final = 1.0
"""How soon leases that could not be renewed are tried again."""

_ROOM, _RENEWAL = 1, 2
"""Places of the guards in the batch that begins a lease again."""


class Leases:
    """What this process holds. ``owner`` is unique per process start, never a configured name.

    ``is_failing`` says that the last try to renew the leases was not answered.
    """

    def __init__(
        self, db: Database, *, owner: str, lease_ms: int, now_ms: Callable[[], int], per_principal: int
    ) -> None:
        self.owner = owner
        self.lease_ms = lease_ms
        self.per_principal = per_principal
        self.now_ms = now_ms
        self.held: dict[int, Held] = {}
        self.is_failing = False
        self._db = db
        self._grace_until = 0

    def new_until(self) -> int:
        return self.now_ms() + self.lease_ms

    def expired_before(self) -> int:
        """Return before which time a lease of another process must have ended to be taken from it.

        Whoever could not write for a while must think that the others could not either: they get one lease more.
        """
        now = self.now_ms()
        return now - self.lease_ms if now < self._grace_until else now

    def note_write(self, began: float) -> bool:
        """Note how long a write took that began at ``began`` (monotonic seconds); return whether that was too long."""
        is_late = (time.monotonic() - began) * 3000 > self.lease_ms
        if is_late:
            self.note_failure()
        return is_late

    def note_failure(self) -> None:
        """Note that a write was not answered, or far too late."""
        self._grace_until = self.now_ms() + self.lease_ms

    @contextmanager
    def hold(self, lease: Lease) -> Iterator[Held]:
        # Its batch may have waited long to be committed: the end of the lease is what was written in it.
        until = self.new_until() if lease.until is None else lease.until
        held = Held(lease, until, asyncio.current_task())
        self.held[lease.job_id] = held
        try:
            yield held
        except asyncio.CancelledError:
            if held.task is None or not held.is_lost:
                raise
            held.task.uncancel()
            raise GuardFailed(_RENEWAL) from None
        finally:
            if self.held.get(lease.job_id) is held:
                del self.held[lease.job_id]

    def cancel(self, job_id: int) -> bool:
        """Stop a job in hand; its task finds ``is_cancelled`` set."""
        held = self.held.get(job_id)
        if held is None or held.task is None:
            return False
        if not held.is_cancelled:
            held.is_cancelled = True
            held.task.cancel()
        return True

    async def secure(self, lease: Lease) -> None:
        """Begin the lease again if it has expired. Raises GuardFailed when that cannot be, DatabaseError."""
        held = self.held.get(lease.job_id)
        if held is not None and held.until < self.now_ms():
            await self._renew(held)
            if held.until < self.now_ms():
                raise GuardFailed(_ROOM)

    async def keep(self) -> None:
        """Extend every lease each third of its time, until cancelled.

        With nothing in hand a write that changes nothing takes its place: a database that can be read but not written
        can take no job, and the health says so before one is sent.
        """
        while True:
            try:
                await (self.beat() if self.held else self._db.batch([queue.probe()]))
                self.is_failing = False
            except DatabaseError as error:
                self.is_failing = True
                self.note_failure()
                cause = {"facts": {"cause": str(error.__cause__)}}
                log.warning("the database did not answer; leases are renewed at the next turn", extra=cause)
            pause = self.lease_ms / 3000
            await asyncio.sleep(min(pause, RETRY_SECONDS) if self.is_failing else pause)

    async def beat(self) -> None:
        """Extend the leases of all jobs in hand, in one batch. Raises DatabaseError."""
        began, now, until = time.monotonic(), self.now_ms(), self.new_until()
        all_held = tuple(self.held.values())
        if not all_held:
            return
        answers = await self._db.batch([queue.extend(held.lease, now=now, lease_until=until) for held in all_held])
        self.note_write(began)
        for held, answer in zip(all_held, answers, strict=True):
            if answer.changes:
                held.until = until
            elif self.held.get(held.lease.job_id) is held:
                await self._renew(held)

    async def watch(self) -> None:
        """Bring the wishes to cancel to the jobs in hand, until cancelled."""
        while True:
            await asyncio.sleep(CANCEL_POLL_SECONDS)
            if not self.held:
                continue
            try:
                for job_id in await queue.to_cancel(self._db, self.owner):
                    self.cancel(job_id)
            except DatabaseError:
                continue  # said by the loop that keeps the leases

    async def hand_back(self, leases: list[Lease]) -> None:
        """Give unfinished jobs back, so that another process may begin them at once."""
        if leases:
            await self._db.batch([jobs.release(lease) for lease in leases])

    async def _renew(self, held: Held) -> None:
        """Begin an expired lease again; when the principal has no room now, it stays expired."""
        job_id, now, until = held.lease.job_id, self.now_ms(), self.new_until()
        room = principals.room_of_job(job_id, now=now, limit=self.per_principal)
        try:
            await self._db.batch([principals.lock_of_job(job_id), room, queue.renew(held.lease, lease_until=until)])
            held.until = until
        except GuardFailed as failed:
            if failed.index == _RENEWAL:
                await self._part_with(held)

    async def _part_with(self, held: Held) -> None:
        """Stop the work on a job that another process has; one that has just ended here is left alone."""
        job = await jobs.by_id(self._db, held.lease.job_id)
        if job is None or job.status.is_terminal or self.held.get(held.lease.job_id) is not held:
            return
        held.is_lost = True
        if held.task is not None:
            log.warning("another process has the job now", extra={"facts": {"jobId": held.lease.job_id}})
            held.task.cancel()
