"""The background root: finishes jobs whose process died, without serving HTTP."""

from __future__ import annotations

from functools import partial

from granulator.granulation import service
from granulator.services import open_services
from granulator.settings import Settings


async def serve(settings: Settings) -> None:
    """Take over abandoned jobs until cancelled; then hand back what is running."""
    async with open_services(settings) as services:
        await service.install_templates(services)
        await services.engine.serve(partial(service.run, services))
