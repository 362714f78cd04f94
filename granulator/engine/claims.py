"""Taking jobs from the line: who may be taken now, and the batch that takes one."""

from __future__ import annotations

import time

from granulator.engine.leases import Leases
from granulator.model import Lease
from granulator.store import jobs, ledger, principals, queue
from granulator.store.database import Database, GuardFailed, Statement


class Claims:
    """Takes jobs for the process whose ``leases`` these are."""

    def __init__(self, db: Database, leases: Leases) -> None:
        self._db = db
        self._leases = leases

    async def candidates(self, limit: int) -> tuple[int, ...]:
        """Return at most ``limit`` jobs that may be claimed, in turn. Raises DatabaseError.

        What this process has in hand is never among them: its own late renewal is no death.
        """
        leases = self._leases
        found = await queue.waiting(
            self._db,
            now=leases.now_ms(),
            expired_before=leases.expired_before(),
            per_principal=leases.per_principal,
            limit=limit + len(leases.held),
        )
        if any(each.is_expired for each in found) and await self._is_blocked():
            # Their owners may have been kept from writing just as we were: give them the time to.
            found = tuple(each for each in found if not each.is_expired)
        return tuple(each.job_id for each in found if each.job_id not in leases.held)[:limit]

    async def overdue(self, limit: int) -> tuple[int, ...]:
        """Return at most ``limit`` waiting jobs whose deadline is over. Raises DatabaseError."""
        now, before = self._leases.now_ms(), self._leases.expired_before()
        found = await queue.overdue(self._db, now=now, expired_before=before, limit=limit)
        return tuple(job_id for job_id in found if job_id not in self._leases.held)

    async def next_beside(self, job_id: int) -> int | None:
        """Return the job that comes next in the line of this job's principal. Raises DatabaseError."""
        return await queue.next_beside(self._db, job_id, expired_before=self._leases.expired_before())

    async def claim(self, job_id: int, *, needs_room: bool = True) -> Lease | None:
        """Take a job; None when it is taken, has ended, or its principal has no room. Raises DatabaseError."""
        leases = self._leases
        now, until = leases.now_ms(), leases.new_until()
        taking = [
            queue.claim(job_id, owner=leases.owner, now=now, lease_until=until, expired_before=leases.expired_before()),
            # What its last owner sent and did not live to settle was perhaps billed.
            ledger.attempts_uncertain(job_id),
        ]
        try:
            answers = await self._db.batch([*self._guards(job_id, now, needs_room=needs_room), *taking])
        except GuardFailed:
            return None
        lease = Lease(job_id, leases.owner, queue.claimed_attempt(answers[-2]), until)
        if leases.now_ms() - now > leases.lease_ms / 2:
            # The claim waited so long that the lease may end before the first heartbeat.
            await self._db.batch([jobs.release(lease)])
            return None
        return lease

    def _guards(self, job_id: int, now: int, *, needs_room: bool) -> list[Statement]:
        room = principals.room_of_job(job_id, now=now, limit=self._leases.per_principal)
        return [principals.lock_of_job(job_id), *([room] if needs_room else [])]

    async def _is_blocked(self) -> bool:
        began = time.monotonic()
        await self._db.batch([queue.probe()])
        return self._leases.note_write(began)
