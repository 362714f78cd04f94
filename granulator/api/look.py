"""A question whose answer may never come: asked once for all who want it at the same time, and waited for shortly."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Look(Generic[T]):
    """Asks ``ask`` when nobody waits for its answer yet, so that callers do not pile up behind what hangs."""

    def __init__(self, ask: Callable[[], Awaitable[T]]) -> None:
        """``ask`` raises nothing."""
        self._ask = ask
        self._pending: asyncio.Future[T] | None = None

    async def within(self, seconds: float) -> T | None:
        """Return the answer, or None when there is none in time."""
        if self._pending is None or self._pending.done():
            self._pending = asyncio.ensure_future(self._ask())
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.shield(self._pending)
        except TimeoutError:
            return None
