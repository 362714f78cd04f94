"""The endpoint table: every path and method the service answers, as one literal list."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from granulator import errors
from granulator.api import admin, docs, execute, health, jobs, openapi, schemas, session, templates, validation, wire
from granulator.api.answers import admin as administration
from granulator.api.answers import granulation, public, records
from granulator.api.endpoint import (
    CLIENT,
    DAYS,
    IF_NONE_MATCH,
    JOB_ID,
    JOB_ID_SNAKE,
    PAGE,
    STATUS,
    STRUCTURE_TYPE,
    STRUCTURE_TYPE_SNAKE,
    Endpoint,
)
from granulator.model import JsonObject
from granulator.services import Services


async def help_page(request: Request) -> Response:
    """Describe the endpoints, credentials and features of this installation."""
    services: Services = request.app.state.services
    wire.query(request)
    return wire.reply(health.help_body(services, {group: _listed(group) for group in GROUPS}))


async def openapi_document(request: Request) -> Response:
    """Describe every endpoint as an OpenAPI 3.1 document."""
    wire.query(request)
    return Response(_openapi_body(), media_type="application/json")


async def docs_page(request: Request) -> Response:
    """Describe every endpoint and error code as one HTML page."""
    wire.query(request)
    return Response(_docs_body(), media_type="text/html", headers=docs.HEADERS)


@cache
def _openapi_body() -> str:
    return json.dumps(openapi.document(ENDPOINTS), ensure_ascii=False, separators=(",", ":"))


@cache
def _docs_body() -> str:
    return docs.page(ENDPOINTS)


GROUPS: Final = (
    "public",
    "execute",
    "templates",
    "jobs",
    "validation",
    "stats",
    "economy",
    "batch",
    "webhooks",
    "admin",
    "session",
)

JOB_REFUSALS: Final = (errors.JobNotFound,)
CHECK_REFUSALS: Final = (
    errors.InvalidStructureType,
    errors.InvalidTemplate,
    errors.JobNotFound,
    errors.MissingRequiredField,
    errors.StructureNotAvailable,
    errors.TemplateNotFound,
)

ENDPOINTS: Final = (
    Endpoint("GET", "/", health.root, "public", {200: (public.Root,)}),
    Endpoint("GET", "/health", health.health, "public", {200: (public.Health,), 503: (public.Health,)}),
    Endpoint("GET", "/help", help_page, "public", {200: (public.Help,)}),
    Endpoint("GET", "/openapi.json", openapi_document, "public", {200: (public.Description,)}),
    Endpoint("GET", "/docs", docs_page, "public", {200: (public.HtmlPage,)}, media_type="text/html"),
    Endpoint(
        "POST",
        "/api/execute",
        execute.execute,
        "execute",
        {200: (granulation.Granulated, granulation.ValidatedAction)},
        body=(execute.GranulateRequest, execute.ValidateAction),
        example={
            "action": "granulate",
            "input": {
                "topic": "Keeping bees",
                "structureType": "course",
                "granularityLevel": 1,
            },
        },
        errors=(
            *CHECK_REFUSALS,
            errors.BudgetExceeded,
            errors.InvalidAction,
            errors.InvalidGranularity,
            errors.ModelUnavailable,
            errors.ProviderNotConfigured,
            errors.SourceRequired,
        ),
        failures=(
            errors.AiProviderError,
            errors.AiResponseInvalid,
            errors.BudgetExceeded,
            errors.ContentRefused,
            errors.ContextTooLong,
            errors.DatabaseError,
            errors.ModelUnavailable,
            errors.RequestTimeout,
            errors.SourceRequired,
            errors.SourceUnreadable,
            errors.StorageError,
            errors.ValidationFailed,
            errors.InternalError,
        ),
        headers={409: ("Retry-After",), 500: ("Retry-After",)},
    ),
    Endpoint(
        "GET",
        "/api/templates",
        templates.list_templates,
        "templates",
        {200: (records.TemplateList,)},
        parameters=(STRUCTURE_TYPE, STRUCTURE_TYPE_SNAKE, *PAGE),
        errors=(errors.InvalidStructureType,),
    ),
    Endpoint(
        "GET",
        "/api/templates/{name}",
        templates.get_template,
        "templates",
        {200: (records.TemplateAnswer,)},
        errors=(errors.TemplateNotFound,),
    ),
    Endpoint(
        "GET",
        "/api/schemas/{structureType}",
        schemas.get_schema,
        "templates",
        {200: (administration.PublishedStructureSchema,), 304: ()},
        parameters=(IF_NONE_MATCH,),
        errors=(errors.InvalidStructureType,),
        headers={200: ("ETag",), 304: ("ETag",)},
    ),
    Endpoint(
        "GET",
        "/api/jobs",
        jobs.list_jobs,
        "jobs",
        {200: (records.JobList,)},
        parameters=(STATUS, STRUCTURE_TYPE, *PAGE),
        errors=(errors.InvalidStructureType,),
    ),
    Endpoint("GET", "/api/jobs/{id}", jobs.get_job, "jobs", {200: (records.JobAnswer,)}, errors=JOB_REFUSALS),
    Endpoint("GET", "/api/jobs/{id}/status", jobs.get_status, "jobs", {200: (records.JobState,)}, errors=JOB_REFUSALS),
    Endpoint(
        "GET",
        "/api/jobs/{id}/structure",
        jobs.get_structure,
        "jobs",
        {200: (records.JobStructure,), 304: ()},
        parameters=(IF_NONE_MATCH,),
        errors=(*JOB_REFUSALS, errors.StructureNotAvailable),
        headers={200: ("ETag",), 304: ("ETag",), 409: ("Retry-After",)},
    ),
    Endpoint(
        "POST",
        "/api/jobs/{id}/retry",
        jobs.retry,
        "jobs",
        {200: (records.Retried,)},
        body=(jobs.RetryRequest,),
        is_body_required=False,
        example={"config": {"aiProvider": "local"}},
        errors=(
            *JOB_REFUSALS,
            errors.BudgetExceeded,
            errors.JobNotRetryable,
            errors.ModelUnavailable,
            errors.ProviderNotConfigured,
            errors.SourceRequired,
            errors.StorageError,
        ),
    ),
    Endpoint(
        "POST",
        "/api/validate",
        validation.validate,
        "validation",
        {200: (granulation.Validated,)},
        body=(validation.ValidateRequest,),
        example={"jobId": 1, "validationLevel": 2, "threshold": 85},
        errors=CHECK_REFUSALS,
        headers={409: ("Retry-After",)},
    ),
    Endpoint(
        "GET",
        "/api/validation/history",
        validation.get_history,
        "validation",
        {200: (granulation.ValidationHistory,)},
        parameters=(JOB_ID, JOB_ID_SNAKE, *PAGE),
        errors=(*JOB_REFUSALS, errors.MissingRequiredField),
    ),
    Endpoint("GET", "/api/stats", jobs.get_stats, "stats", {200: (records.Stats,)}, parameters=(DAYS,)),
    Endpoint("GET", "/api/ai-providers", health.providers, "stats", {200: (public.ProviderList,)}),
    Endpoint(
        "GET",
        "/api/admin/stats",
        admin.get_admin_stats,
        "admin",
        {200: (administration.AdminStats,)},
        parameters=(DAYS, CLIENT),
        credentials=("worker",),
    ),
    Endpoint(
        "GET",
        "/api/admin/analytics",
        admin.get_analytics,
        "admin",
        {200: (administration.Analytics,)},
        parameters=(DAYS, CLIENT),
        credentials=("worker",),
    ),
    Endpoint(
        "POST",
        "/api/admin/templates",
        admin.change_templates,
        "admin",
        {201: (administration.TemplateCreated,), 200: (administration.TemplateChanged,)},
        body=(admin.CreateTemplate, admin.UpdateTemplate, admin.DeleteTemplate),
        example={
            "action": "create",
            "template": {
                "templateName": "course_for_apprentices",
                "structureType": "course",
                "templateSchema": {"courseOverview": {"title": "string"}, "modules": []},
                "complexityLevel": 2,
                "targetAudience": "apprentices",
                "aiPromptTemplate": "Write a course: {{ sizes }}.\n{{ topic }}\n{{ audience }}\n{{ source }}",
                "validationRules": {"minModules": 2, "maxModules": 8},
                "description": "Short course for the workshop",
            },
        },
        errors=(
            errors.InvalidAction,
            errors.InvalidStructureType,
            errors.MissingRequiredField,
            errors.ModelUnavailable,
            errors.ProviderNotConfigured,
            errors.TemplateExists,
            errors.TemplateNotFound,
        ),
        credentials=("worker",),
    ),
    Endpoint(
        "POST",
        "/api/session",
        session.open_session,
        "session",
        {201: (records.Session,)},
        body=(session.SessionRequest,),
        is_body_required=False,
        example={"ttlSeconds": 600},
        credentials=("key",),
    ),
    Endpoint("DELETE", "/api/session", session.close_session, "session", {204: ()}, credentials=("session",)),
)


def routes() -> list[Route]:
    """Return one route for each path of the table."""
    paths = dict.fromkeys(item.path for item in ENDPOINTS)
    return [_route(path, [item for item in ENDPOINTS if item.path == path]) for path in paths]


def _route(path: str, methods: Sequence[Endpoint]) -> Route:
    """One route for all methods of a path, so that a 405 can name them all."""
    handlers = {item.method: item.handler for item in methods}

    async def answer(request: Request) -> Response:
        return await handlers["GET" if request.method == "HEAD" else request.method](request)

    return Route(path, answer, methods=list(handlers))


def _listed(group: str) -> list[JsonObject]:
    return [
        {"method": item.method, "path": item.path, "description": item.summary}
        for item in ENDPOINTS
        if item.group == group
    ]
