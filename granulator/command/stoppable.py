"""The application as the processes of ``granulator serve`` load it: it ends gently at a signal."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette

from granulator.app import create_app
from granulator.command.stopping import STOP_SIGNALS, Stop


def create_stoppable_app() -> Starlette:
    """Return the application for a server that runs it in its main thread and has its own handlers of signals.

    Those are called when it is time to take no more requests. Raises ConfigurationError.
    """
    app = create_app()
    start = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        handlers = {number: signal.getsignal(number) for number in STOP_SIGNALS}

        def leave(number: signal.Signals) -> None:
            handler = handlers[number]
            if callable(handler):
                handler(number, None)

        async with start(app):
            with Stop(leave).heeded(app.state.background):
                yield
                # Here, where a second signal is still heard.
                await app.state.background.close()

    app.router.lifespan_context = lifespan
    return app
