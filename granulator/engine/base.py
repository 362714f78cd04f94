"""What an engine promises: it keeps leases alive and takes over what others left. The truth stays in ``jobs``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from typing import Protocol

from granulator.model import Lease

RunJob = Callable[[Lease], Awaitable[object]]


class Engine(Protocol):
    """Delivery of jobs. A lost or doubled delivery is harmless: the lease decides who may write."""

    @property
    def is_alive(self) -> bool:
        """Whether leases are being renewed."""

    def new_lease_until(self) -> int:
        """Return when a lease taken now ends, epoch ms."""

    def hold(self, lease: Lease) -> AbstractContextManager[None]:
        """Keep a lease alive while the calling task works under it; when the engine stops, the task is cancelled."""

    def begin(self, run: RunJob, lease: Lease) -> None:
        """Do a job that was admitted under ``lease`` beside whatever its caller does next."""

    async def serve(self, run: RunJob) -> None:
        """Renew leases and take over abandoned jobs with ``run`` until cancelled; then hand back what is running."""
