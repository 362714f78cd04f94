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
from granulator.services import open_services
from granulator.settings import Settings, load, require_secrets


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
            serving = asyncio.create_task(services.engine.serve(partial(service.run, services)))
            try:
                yield
            finally:
                serving.cancel()
                with suppress(asyncio.CancelledError):
                    await serving

    app = Starlette(
        routes=routes(),
        middleware=[Middleware(RequestEnvelope), Middleware(Authentication)],
        exception_handlers=HANDLERS,
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    return app
