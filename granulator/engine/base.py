"""What an engine promises: it runs what waits, keeps leases alive and takes over what others left.

The truth stays in ``jobs``: a lost or doubled delivery is harmless, for the lease decides who may write.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from granulator.model import Lease

RunJob = Callable[[Lease], Awaitable[object]]


@dataclass(slots=True, eq=False)
class Held:
    """A job in hand here; ``until`` is when its lease ends as far as is known, epoch ms.

    ``is_cancelled``: someone wants its end. ``is_lost``: another process has it. Both cancel ``task``.
    """

    lease: Lease
    until: int
    task: asyncio.Task[object] | None
    is_cancelled: bool = False
    is_lost: bool = False


class Engine(Protocol):
    """Delivery of jobs, and the leases of this process."""

    @property
    def is_alive(self) -> bool:
        """Whether jobs are taken and leases kept; false from the moment the engine is told to stop."""

    def new_lease_until(self) -> int:
        """Return when a lease taken now ends, epoch ms."""

    def hold(self, lease: Lease) -> AbstractContextManager[Held]:
        """Keep a lease alive while the calling task works under it; when the engine stops, the task is cancelled.

        Raises GuardFailed when another process has the job by now: the work on it was stopped.
        """

    async def secure(self, lease: Lease) -> None:
        """Make sure that the lease of a job in hand is alive before something is begun that costs money.

        Raises GuardFailed when it has expired and cannot be had again: nothing more may be begun.
        """

    async def deliver(self, job_id: int) -> None:
        """Say that a job waits. Never raises: what is not delivered is found by the next look at the line."""

    async def claim(self, job_id: int) -> Lease | None:
        """Take a job that nobody holds, to end it: that needs no room in its principal's line."""

    def cancel(self, job_id: int) -> bool:
        """Stop a job for good if it is in hand here; return whether it is."""

    async def serve(self, run: RunJob) -> None:
        """Run what waits with ``run``, renew leases and take over abandoned jobs until cancelled.

        Then what is running is handed back, so that another process may begin it at once.
        """

    def stop_claiming(self) -> None:
        """Take nothing more from the line; what runs goes on."""

    async def drain(self, seconds: float) -> None:
        """Take nothing more and wait until what runs has ended, at most so long."""
