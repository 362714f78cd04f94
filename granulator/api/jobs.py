"""``/api/jobs`` and ``/api/stats``: what became of the caller's jobs. Another tenant's job does not exist here."""

from __future__ import annotations

import re
from functools import partial
from typing import Final, cast

from starlette.requests import Request
from starlette.responses import Response

from granulator import errors
from granulator.api import idempotency, receipts, wire
from granulator.api.auth import principal
from granulator.api.config import GranulateConfig, override_of
from granulator.casing import RequestModel
from granulator.clock import DAY_MS, moment, moment_or_none
from granulator.granulation import admission, cancelling
from granulator.granulation.result import fraction, full_error, links, number, state, usage_row, usd
from granulator.model import Job, JobStatus, Json, JsonObject
from granulator.services import Services
from granulator.store import jobs, payloads
from granulator.store.idempotency import Once

RETRY_AFTER_SECONDS: Final = 2
"""When to ask again for the structure of a running job."""


class RetryRequest(RequestModel):
    """The optional body of a retry: settings that replace those the job had."""

    config: GranulateConfig = GranulateConfig()


class CancelRequest(RequestModel):
    """The optional body of a cancellation: nothing can be said."""


async def list_jobs(request: Request) -> Response:
    """List the caller's jobs, newest first."""
    services: Services = request.app.state.services
    params = wire.query(request, "status", "structureType", "limit", "offset", "page")
    asked = wire.page(params)
    found = await jobs.page(
        services.db,
        services.counts,
        client_id=principal(request).client_id,
        status=wire.choice_query(params, "status", JobStatus),
        structure_type=wire.structure_type_query(params, "structureType"),
        limit=asked.limit,
        offset=asked.offset,
    )
    return wire.reply(wire.paged("jobs", [_row(job) for job in found.rows], found.total, asked))


async def get_job(request: Request) -> Response:
    """Show one job in full, without its structure."""
    services: Services = request.app.state.services
    job = await owned_job(request)
    retried_by = await jobs.retried_by(services.db, job.id, job.client_id)
    return wire.reply({"job": _detail(job, retried_by)})


async def get_status(request: Request) -> Response:
    """Show how far a job is."""
    return wire.reply(state(await owned_job(request)))


async def get_structure(request: Request) -> Response:
    """Send a job's structure byte for byte as it was stored; its ETag is the SHA-256 of those bytes."""
    services: Services = request.app.state.services
    job = await owned_job(request)
    stored = await payloads.find(services.db, job.execution_id, "structure")
    if stored is None:
        raise unavailable(job)
    tag = f'"{stored.sha256}"'
    if matches(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers={"ETag": tag})
    info = wire.reply(
        {
            "storageInfo": {"type": stored.storage, "size": stored.size, "sha256": stored.sha256},
            "jobId": job.id,
            "structureType": job.structure_type.value,
        }
    )
    structure = await payloads.read(services.objects, stored)
    body = b'{"structure":' + structure.encode("utf-8") + b"," + bytes(info.body)[1:]
    return Response(body, media_type="application/json", headers={"ETag": tag})


async def retry(request: Request) -> Response:
    """Start a failed or cancelled job again, with some of its config changed; what it had written is kept."""
    sent = await wire.read_optional_object(request)
    body = wire.parse(RetryRequest, sent)
    job = await owned_job(request)
    key = await idempotency.once(request, sent, f"/api/jobs/{job.id}/retry")
    return await idempotency.at_most_once(request, key, partial(_retry, request, job, body, key))


async def _retry(request: Request, job: Job, body: RetryRequest, key: Once | None) -> Response:
    services: Services = request.app.state.services
    job_id = await admission.retry(
        services, principal(request), job, override_of(body.config), request_id=request.state.request_id, once=key
    )
    return receipts.retried(job_id, job.id)


async def cancel(request: Request) -> Response:
    """Stop an unfinished job; what its calls cost so far stays charged."""
    services: Services = request.app.state.services
    await wire.read_optional(request, CancelRequest)
    job = await owned_job(request)
    if not job.status.is_terminal:
        job = await cancelling.cancel(services, job)
    if job.status in (JobStatus.COMPLETED, JobStatus.FAILED):
        raise errors.JobNotCancellable(f"The job is {job.status.value}", status=job.status.value)
    # A process that does not answer in time ends the job at its next look; until then it is as it was.
    message = "Job cancelled" if job.status is JobStatus.CANCELLED else "Cancellation requested"
    return wire.reply({"success": True, "jobId": job.id, "status": job.status.value, "message": message})


async def get_stats(request: Request) -> Response:
    """Count the caller's jobs of the last days."""
    services: Services = request.app.state.services
    days = wire.whole_query(wire.query(request, "days"), "days", default=30, least=1, most=365)
    since = services.now_ms() - days * DAY_MS
    stats = await jobs.stats(services.db, client_id=principal(request).client_id, since=since)
    return wire.reply(
        {
            "stats": {
                "totalJobs": stats.total,
                "completedJobs": stats.completed,
                "failedJobs": stats.failed,
                "cancelledJobs": stats.cancelled,
                "processingJobs": stats.processing,
                "avgQualityScore": stats.avg_quality_score,
                "avgProcessingTime": stats.avg_processing_time_ms,
            },
            "period": "1 day" if days == 1 else f"{days} days",
        }
    )


async def owned_job(request: Request) -> Job:
    """Return the job the path names.

    Raises JobNotFound for another tenant's job just as for one that does not exist.
    """
    services: Services = request.app.state.services
    wire.query(request)
    text = request.path_params["id"]
    job_id = int(text) if re.fullmatch("[0-9]{1,16}", text) else 0
    return await find(services, job_id, principal(request).client_id)


async def find(services: Services, job_id: int, client_id: str) -> Job:
    """Return a tenant's job; raises JobNotFound."""
    job = await jobs.get(services.db, job_id, client_id) if 0 < job_id <= wire.MAX_ROW else None
    if job is None:
        raise errors.JobNotFound
    return job


def unavailable(job: Job) -> errors.StructureNotAvailable:
    """Return the error for a job that has no structure, none yet, or none any more."""
    if job.expired_at is not None:
        return errors.StructureNotAvailable(
            f"The texts of job {job.id} were deleted when their time was over",
            status=job.status.value,
            reason="expired",
        )
    headers = {} if job.status.is_terminal else {"Retry-After": str(RETRY_AFTER_SECONDS)}
    return errors.StructureNotAvailable(
        f"Job {job.id} is {job.status.value} and has no structure", status=job.status.value, headers=headers
    )


def matches(asked: str | None, tag: str) -> bool:
    """Return whether an ``If-None-Match`` names the tag."""
    tags = {text.strip().removeprefix("W/") for text in (asked or "").split(",")}
    return tag in tags or "*" in tags


def _row(job: Job) -> JsonObject:
    return {
        "id": job.id,
        "topic": job.topic,
        "structureType": job.structure_type.value,
        "status": job.status.value,
        "qualityScore": fraction(job.quality_score),
        "processingTimeMs": job.processing_time_ms,
        "costUsd": usd(job.cost_nano_usd),
        "createdAt": moment(job.created_at),
        "completedAt": moment_or_none(job.completed_at),
        "progress": job.progress,
        "stage": job.stage.value,
        "retryOf": job.retry_of,
        "batchId": job.batch_id,
    }


def _detail(job: Job, retried_by: tuple[int, ...]) -> JsonObject:
    return {
        **_row(job),
        "templateName": job.template_name,
        "granularityLevel": job.granularity_level,
        "targetAudience": job.target_audience,
        "actualElements": job.actual_elements,
        "validationEnabled": job.validation_enabled,
        "validationLevel": job.validation_level,
        "validationThreshold": number(job.validation_threshold),
        "startedAt": moment_or_none(job.started_at),
        "clientId": job.client_id,
        "executionId": job.request_id,
        "language": job.language,
        "maxElements": job.max_elements,
        "aiProvider": job.ai_provider,
        "model": job.model,
        "usage": usage_row(job.usage),
        "metadata": dict(job.metadata),
        "retriedBy": cast(list[Json], list(retried_by)),
        "error": None if job.error is None else full_error(job.error),
        "links": links(job.id),
    }
