"""What a signal does to a process that stays: the first ends it gently, a second one at once."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from granulator.granulation.background import Background

STOP_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)

ECHO_SECONDS: Final = 1.0
"""A signal that follows so soon is the same wish: a terminal tells a supervisor and its processes, and it tells them
again."""


def end_at_a_signal() -> None:
    """Let a signal end the process in good order while it only starts: nothing has begun that could be lost."""
    for number in STOP_SIGNALS:
        signal.signal(number, lambda number, frame: sys.exit(0))


class Stop:
    """The end of one process, as its signals ask for it."""

    def __init__(self, leave: Callable[[signal.Signals], None]) -> None:
        """``leave`` is called when the delay of the first signal is over, and with SIGINT when there is a second."""
        self._leave = leave
        self._first: signal.Signals | None = None
        self._began = 0.0
        self._closing: asyncio.Task[None] | None = None

    @property
    def exit_code(self) -> int:
        """0 for an end in good order, whichever signal asked for it; 128 and the signal when it was cut short."""
        return 0 if self._closing is None or self._first is None else 128 + self._first

    @contextmanager
    def heeded(self, beside: Background) -> Iterator[None]:
        """Heed the signals, and put back in the end what they did before."""
        loop = asyncio.get_running_loop()
        before = {number: signal.getsignal(number) for number in STOP_SIGNALS}
        for number in STOP_SIGNALS:
            loop.add_signal_handler(number, self._heed, beside, number)
        try:
            yield
        finally:
            for number, handler in before.items():
                loop.remove_signal_handler(number)
                signal.signal(number, handler)

    def _heed(self, beside: Background, number: signal.Signals) -> None:
        loop = asyncio.get_running_loop()
        if self._first is None:
            self._first, self._began = number, loop.time()
            beside.begin_to_stop()
            loop.call_later(beside.services.settings.shutdown_delay_seconds, self._leave, number)
        elif self._closing is None and loop.time() - self._began > ECHO_SECONDS:
            self._closing = loop.create_task(self._close(beside))

    async def _close(self, beside: Background) -> None:
        """Hand everything back, then leave those who still wait."""
        beside.hurry()
        await beside.close()
        # A second SIGINT is what makes the server wait for nobody.
        self._leave(signal.SIGINT)
