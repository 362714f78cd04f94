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
from granulator.api import (
    admin,
    admin_keys,
    batch,
    docs,
    events,
    execute,
    granulate,
    health,
    jobs,
    openapi,
    schemas,
    session,
    templates,
    validation,
    webhooks,
    wire,
)
from granulator.api.answers import admin as administration
from granulator.api.answers import granulation, public, records
from granulator.api.answers import keys as issued
from granulator.api.answers import webhooks as deliveries
from granulator.api.endpoint import (
    CLIENT,
    DAYS,
    DELIVERIES,
    IDEMPOTENCY_KEY,
    IF_NONE_MATCH,
    JOB_ID,
    JOB_ID_SNAKE,
    KEYS_OF,
    LAST_EVENT_ID,
    PAGE,
    PREFER,
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
        {200: (granulation.Granulated, granulation.ValidatedAction), 202: (records.Accepted,)},
        parameters=(IDEMPOTENCY_KEY, PREFER),
        body=(granulate.GranulateRequest, execute.ValidateAction),
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
            errors.ConcurrencyLimitExceeded,
            errors.IdempotencyConflict,
            errors.InvalidAction,
            errors.InvalidCallbackUrl,
            errors.InvalidGranularity,
            errors.ModelUnavailable,
            errors.ProviderNotConfigured,
            errors.SourceRequired,
            errors.StorageError,
        ),
        failures=(
            errors.AiProviderError,
            errors.AiResponseInvalid,
            errors.BudgetExceeded,
            errors.ContentRefused,
            errors.ContextTooLong,
            errors.DatabaseError,
            errors.JobCancelled,
            errors.ModelUnavailable,
            errors.RequestTimeout,
            errors.SourceRequired,
            errors.SourceUnreadable,
            errors.StorageError,
            errors.ValidationFailed,
            errors.InternalError,
        ),
        headers={
            200: ("Idempotent-Replayed",),
            202: ("Location", "Preference-Applied", "Idempotent-Replayed"),
            409: ("Retry-After",),
            429: ("Retry-After",),
            500: ("Retry-After",),
        },
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
        errors=(*JOB_REFUSALS, errors.StorageError, errors.StructureNotAvailable),
        headers={200: ("ETag",), 304: ("ETag",), 409: ("Retry-After",)},
    ),
    Endpoint(
        "POST",
        "/api/jobs/{id}/retry",
        jobs.retry,
        "jobs",
        {200: (records.Retried,)},
        parameters=(IDEMPOTENCY_KEY,),
        body=(jobs.RetryRequest,),
        is_body_required=False,
        example={"config": {"aiProvider": "local"}},
        errors=(
            *JOB_REFUSALS,
            errors.BudgetExceeded,
            errors.IdempotencyConflict,
            errors.JobNotRetryable,
            errors.ModelUnavailable,
            errors.ProviderNotConfigured,
            errors.SourceRequired,
            errors.StorageError,
        ),
        headers={200: ("Idempotent-Replayed",)},
    ),
    Endpoint(
        "POST",
        "/api/jobs/{id}/cancel",
        jobs.cancel,
        "jobs",
        {200: (records.Cancelled,)},
        body=(jobs.CancelRequest,),
        is_body_required=False,
        example={},
        errors=(*JOB_REFUSALS, errors.JobNotCancellable),
    ),
    Endpoint(
        "GET",
        "/api/jobs/{id}/events",
        events.get_events,
        "jobs",
        {200: (records.EventStream,), 204: ()},
        parameters=(LAST_EVENT_ID,),
        errors=(*JOB_REFUSALS, errors.ConcurrencyLimitExceeded),
        headers={429: ("Retry-After",)},
        media_type="text/event-stream",
    ),
    Endpoint(
        "POST",
        "/api/batch",
        batch.send_batch,
        "batch",
        {202: (records.BatchAccepted,)},
        parameters=(IDEMPOTENCY_KEY,),
        body=(batch.BatchRequest,),
        example={
            "requests": [
                {"action": "granulate", "input": {"topic": "Keeping bees", "structureType": "course"}},
                {"action": "granulate", "input": {"topic": "Grafting fruit trees", "structureType": "workflow"}},
            ]
        },
        errors=(
            errors.BudgetExceeded,
            errors.IdempotencyConflict,
            errors.InvalidAction,
            errors.InvalidCallbackUrl,
            errors.InvalidGranularity,
            errors.InvalidStructureType,
            errors.InvalidTemplate,
            errors.JobNotFound,
            errors.MissingRequiredField,
            errors.ModelUnavailable,
            errors.ProviderNotConfigured,
            errors.SourceRequired,
            errors.StorageError,
            errors.TemplateNotFound,
        ),
        headers={202: ("Location", "Idempotent-Replayed")},
    ),
    Endpoint(
        "GET",
        "/api/batch/{batchId}",
        batch.get_batch,
        "batch",
        {200: (records.BatchState,)},
        errors=(errors.BatchNotFound,),
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
        "/api/webhooks/deliveries",
        webhooks.list_deliveries,
        "webhooks",
        {200: (deliveries.DeliveryList,)},
        parameters=(*DELIVERIES, *PAGE),
    ),
    Endpoint(
        "GET",
        "/api/webhooks/deliveries/{deliveryId}",
        webhooks.get_delivery,
        "webhooks",
        {200: (deliveries.DeliveryAnswer,)},
        errors=(errors.DeliveryNotFound,),
    ),
    Endpoint(
        "POST",
        "/api/webhooks/deliveries/{deliveryId}/redeliver",
        webhooks.redeliver,
        "webhooks",
        {202: (deliveries.Redelivered,)},
        body=(webhooks.RedeliverRequest,),
        is_body_required=False,
        example={},
        errors=(errors.DeliveryNotFound,),
    ),
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
        "/api/admin/keys",
        admin_keys.create_key,
        "admin",
        {201: (issued.KeyIssued,)},
        body=(admin_keys.NewKey,),
        example={"clientId": "client_123", "name": "publishing", "expiresAt": "2099-12-31T23:59:59Z"},
        errors=(errors.MissingRequiredField,),
        credentials=("worker",),
    ),
    Endpoint(
        "GET",
        "/api/admin/keys",
        admin_keys.list_keys,
        "admin",
        {200: (issued.KeyList,)},
        parameters=(KEYS_OF, *PAGE),
        credentials=("worker",),
    ),
    Endpoint(
        "POST",
        "/api/admin/keys/{keyId}/rotate",
        admin_keys.rotate_key,
        "admin",
        {200: (issued.KeyIssued,)},
        body=(admin_keys.RotateRequest,),
        is_body_required=False,
        example={"graceSeconds": 3600},
        errors=(errors.KeyNotFound,),
        credentials=("worker",),
    ),
    Endpoint(
        "DELETE",
        "/api/admin/keys/{keyId}",
        admin_keys.revoke_key,
        "admin",
        {200: (issued.KeyRevoked,)},
        errors=(errors.KeyNotFound,),
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
