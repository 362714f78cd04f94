"""What runs beside the requests of a process, from its start to its end: the engine, the webhooks, the schedule.

A loop that dies is started again, and how it stands can be asked. Which signals end a process is not known here.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from granulator.granulation import admission, schedule, service
from granulator.services import Services, open_services
from granulator.settings import Settings
from granulator.webhooks import delivery

log = logging.getLogger(__name__)

ENGINE: Final = "engine"
SCHEDULE: Final = "schedule"
WEBHOOKS: Final = "webhooks"

WARM_UP_SECONDS: Final = 0.5
"""How long after the start the vendors' packages are loaded: by then the socket is open, and callers come first."""

LONGEST_PAUSE_SECONDS: Final = 30.0
"""Before a loop that keeps dying is started again."""

HAND_BACK_SECONDS: Final = 5.0
"""How long the end of a loop may take: what it could not hand back is taken over when its lease ends."""

Loop = Callable[[Services], Awaitable[None]]


class Background:
    """The loops of one process. ``is_stopping`` is set from the moment it was told to end."""

    def __init__(
        self,
        services: Services,
        loops: Mapping[str, Loop],
        *,
        first_pause_seconds: float = 1.0,
        hand_back_seconds: float = HAND_BACK_SECONDS,
    ) -> None:
        self.services = services
        self.is_stopping = asyncio.Event()
        self._is_hurried = asyncio.Event()
        self._stop_at: float | None = None
        self._first_pause_seconds = first_pause_seconds
        self._hand_back_seconds = hand_back_seconds
        self._dead: set[str] = set()
        self._tasks = {name: asyncio.create_task(self._keep(name, loop)) for name, loop in loops.items()}

    def is_alive(self, name: str) -> bool:
        """Return whether a loop runs, or has nothing to do here."""
        return name not in self._dead

    def begin_to_stop(self) -> None:
        """Take no new job from now on and be no longer ready; what runs goes on until ``close``."""
        self._stop_at = time.monotonic() + self._seconds_to_stop()
        self.services.engine.stop_claiming()
        self.is_stopping.set()

    def hurry(self) -> None:
        """Wait for nothing any more: what runs is handed back as soon as ``close`` is reached."""
        self.begin_to_stop()
        self._is_hurried.set()

    async def close(self) -> None:
        """End the loops. Jobs that run may go on until the time of a stop that was begun is over."""
        if self._stop_at is not None and not self._is_hurried.is_set():
            draining = asyncio.create_task(self.services.engine.drain(max(0.0, self._stop_at - time.monotonic())))
            hurried = asyncio.create_task(self._is_hurried.wait())
            await asyncio.wait((draining, hurried), return_when=asyncio.FIRST_COMPLETED)
            draining.cancel()
            hurried.cancel()
        for task in self._tasks.values():
            task.cancel()
        _, late = await asyncio.wait(self._tasks.values(), timeout=self._hand_back_seconds)
        if late:
            log.warning("not everything could be handed back; the rest is taken over when its leases end")

    def _seconds_to_stop(self) -> int:
        return self.services.settings.shutdown_delay_seconds + self.services.settings.drain_seconds

    async def _keep(self, name: str, loop: Loop) -> None:
        """Run a loop, and run it again when it died, after a pause that grows while it keeps dying."""
        pause = self._first_pause_seconds
        while True:
            began = time.monotonic()
            try:
                self._dead.discard(name)
                await loop(self.services)
                return
            except Exception:
                self._dead.add(name)
                log.exception("a loop died; it is started again", extra={"facts": {"loop": name}})
            if time.monotonic() - began > LONGEST_PAUSE_SECONDS:
                pause = self._first_pause_seconds
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


@asynccontextmanager
async def running(
    settings: Settings, *, now_ms: Callable[[], int] | None = None, loops: Mapping[str, Loop] | None = None
) -> AsyncIterator[Background]:
    """Open the services, start the loops beside them (all there are, or ``loops``), and end everything after.

    Raises ConfigurationError when a setting, a template or the database is not as it must be.
    """
    schedule.check(settings)
    async with open_services(settings, now_ms=now_ms) as services:
        await admission.install_templates(services)
        beside = Background(services, loops_of(settings) if loops is None else loops)
        warming = asyncio.create_task(_warm_up(services))
        try:
            yield beside
        finally:
            warming.cancel()
            await beside.close()


def loops_of(settings: Settings) -> dict[str, Loop]:
    """Return every loop a process needs, by name."""
    loops: dict[str, Loop] = {ENGINE: _run_jobs, WEBHOOKS: delivery.serve}
    if settings.crons:
        loops[SCHEDULE] = schedule.serve
    return loops


async def _run_jobs(services: Services) -> None:
    await services.engine.serve(partial(service.run, services))


async def _warm_up(services: Services) -> None:
    await asyncio.sleep(WARM_UP_SECONDS)
    await services.providers.warm_up()
