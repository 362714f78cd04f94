"""The ASGI root: opens the services, mounts the routes, registers how errors are answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial

from starlette.applications import Starlette
from starlette.middleware import Middleware

from granulator import logs
from granulator.api.auth import Authentication
from granulator.api.envelope import RequestEnvelope
from granulator.api.errors import HANDLERS
from granulator.api.routes import routes
from granulator.granulation import service
from granulator.services import Services, open_services
from granulator.settings import Settings, load, require_secrets

WARM_UP_SECONDS = 0.5
"""How long after the start the vendors' packages are loaded: by then the socket is open, and callers come first."""


def create_app(settings: Settings | None = None, *, now_ms: Callable[[], int] | None = None) -> Starlette:
    """Return the application; without ``settings`` those of the current directory are read.

    Raises ConfigurationError when a setting is wrong or a required secret is missing.
    """
    configured = settings or load()
    require_secrets(configured)
    if settings is None:
        logs.configure(configured.log_level)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with open_services(configured, now_ms=now_ms) as services:
            await service.install_templates(services)
            app.state.services = services
            beside = [
                asyncio.create_task(services.engine.serve(partial(service.run, services))),
                asyncio.create_task(_warm_up(services)),
            ]
            try:
                yield
            finally:
                for task in beside:
                    task.cancel()
                    with suppress(asyncio.CancelledError):
                        await task

    app = Starlette(
        routes=routes(),
        middleware=[Middleware(RequestEnvelope), Middleware(Authentication)],
        exception_handlers=HANDLERS,
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    return app


async def _warm_up(services: Services) -> None:
    await asyncio.sleep(WARM_UP_SECONDS)
    await services.providers.warm_up()
