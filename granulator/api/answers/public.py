"""The answers of the public pages and of ``/api/ai-providers``."""

from __future__ import annotations

from typing import Literal

from pydantic import RootModel

from granulator.api.answers.values import Count, Moment
from granulator.casing import ResponseModel
from granulator.model import StructureType

ProviderStatus = Literal["ready", "not_configured", "cooling_down"]


class Root(ResponseModel):
    """The process answers."""

    status: Literal["healthy"]
    service: str
    version: str
    timestamp: Moment


class Checks(ResponseModel):
    """What a job needs, one by one."""

    database: bool
    storage: bool
    engine: bool
    webhooks: bool
    schedule: bool
    providers: dict[str, ProviderStatus]


class Queue(ResponseModel):
    """The jobs that wait; `oldestWaitSeconds` is null when none does."""

    oldest_wait_seconds: Count | None


class Capabilities(ResponseModel):
    """What this installation can do."""

    structure_types: list[StructureType]
    granularity_levels: list[int]
    validation_levels: list[int]
    max_elements_per_job: int
    supported_languages: list[str]
    ai_model: str | None
    source_formats: list[str]
    export_formats: dict[str, list[str]]


class Health(ResponseModel):
    """Whether everything that a job needs works; `unhealthy` is sent with status 503."""

    status: Literal["healthy", "degraded", "unhealthy"]
    service: str
    version: str
    checks: Checks
    queue: Queue
    capabilities: Capabilities
    timestamp: Moment


class EndpointRow(ResponseModel):
    """One endpoint."""

    method: str
    path: str
    description: str


class HelpUsage(ResponseModel):
    """Where to begin."""

    primary: str
    format: dict[str, object]


class HelpAuthentication(ResponseModel):
    """The headers of each credential."""

    client: dict[str, str]
    worker: dict[str, str]
    session: dict[str, str]


class Help(ResponseModel):
    """The endpoints, credentials and features of this installation."""

    worker: str
    version: str
    description: str
    endpoints: dict[str, list[EndpointRow]]
    usage: HelpUsage
    authentication: HelpAuthentication
    ai_providers: dict[str, list[str]]
    structure_types: list[StructureType]
    features: dict[str, bool]


class Description(RootModel[dict[str, object]]):
    """This document."""


class HtmlPage(RootModel[str]):
    """One HTML page."""


class ProviderRow(ResponseModel):
    """One known provider."""

    name: str
    available: bool
    default_model: str | None
    supported_models: list[str]
    status: ProviderStatus
    retry_at: Moment | None


class ProviderList(ResponseModel):
    """Every known provider and whether it can be used."""

    providers: list[ProviderRow]
    default_provider: str
    total_available: Count
