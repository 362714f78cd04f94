"""The ASGI root: opens the services, mounts the routes, registers how errors are answered."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware

from granulator import logs
from granulator.api import health
from granulator.api.auth import Authentication
from granulator.api.envelope import RequestEnvelope
from granulator.api.errors import HANDLERS
from granulator.api.routes import routes
from granulator.granulation import background
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
        async with background.running(configured, now_ms=now_ms) as beside:
            app.state.background = beside
            app.state.is_stopping = beside.is_stopping
            app.state.looks = health.looks_at(beside.services)
            app.state.services = beside.services
            yield

    app = Starlette(
        routes=routes(),
        middleware=[Middleware(RequestEnvelope), Middleware(Authentication)],
        exception_handlers=HANDLERS,
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    return app
