"""The background root: runs jobs, sends webhooks and cleans up, without serving HTTP."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from granulator.granulation import background
from granulator.granulation.background import Background
from granulator.settings import Settings


async def serve(settings: Settings, heeded: Callable[[Background], AbstractContextManager[None]]) -> None:
    """Work until told to stop through what ``heeded`` is given; then hand back what does not end in time."""
    async with background.running(settings) as beside:
        with heeded(beside):
            await beside.is_stopping.wait()
            await beside.close()
