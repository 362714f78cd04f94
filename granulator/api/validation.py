"""``/api/validate`` and ``/api/validation/history``: check a structure, and what checks found before."""

from __future__ import annotations

from typing import Annotated, cast

from pydantic import Field, StringConstraints
from starlette.requests import Request
from starlette.responses import Response

from granulator import errors
from granulator.api import jobs, wire
from granulator.api.auth import principal
from granulator.api.wire import Number, Text, WholeNumber
from granulator.casing import RequestModel
from granulator.clock import moment
from granulator.granulation import admission
from granulator.granulation import order as orders
from granulator.granulation.result import number
from granulator.granulation.review import Subject, review
from granulator.model import Job, JsonObject, Principal, StructureType, Validation
from granulator.services import Services
from granulator.store import payloads, validations


class ValidateRequest(RequestModel):
    """The body of ``POST /api/validate``: a job's structure, or one that is sent with its type."""

    job_id: WholeNumber | None = None
    structure: dict[str, object] | None = None
    structure_type: StructureType | None = None
    template_name: Annotated[Text, StringConstraints(min_length=1, max_length=64)] | None = None
    validation_level: Annotated[WholeNumber, Field(ge=1, le=3)] = 2
    threshold: Annotated[Number, Field(ge=0, le=100)] | None = None


async def validate(request: Request) -> Response:
    """Check a structure and add what was found to the history."""
    services: Services = request.app.state.services
    asked = await wire.read(request, ValidateRequest)
    return wire.reply(await check(services, principal(request), asked, request_id=request.state.request_id))


async def check(
    services: Services, caller: Principal, asked: ValidateRequest, *, request_id: str, under: str = ""
) -> JsonObject:
    """Return the body of a validation; ``under`` is the path its fields stand below in the caller's body.

    Without a threshold that of the template holds. Raises MissingRequiredField, JobNotFound, StructureNotAvailable,
    TemplateNotFound, InvalidTemplate, InvalidStructureType or InvalidParameter.
    """
    job = None if asked.job_id is None else await jobs.find(services, asked.job_id, caller.client_id)
    structure_type = _structure_type(asked, job, under)
    if job is not None and job.expired_at is not None:
        raise jobs.unavailable(job)
    order, template = (None, None) if job is None else await admission.ordered(services, job)
    if asked.template_name is not None or template is None:
        template = await admission.named_template(services, asked.template_name, structure_type, under=under)
    subject = Subject(
        structure=await _structure(services, asked, job),
        structure_type=structure_type,
        template=template,
        level=asked.validation_level,
        threshold=orders.threshold(asked.threshold, template),
        job=job,
        order=order,
    )
    return await review(services, caller, subject, request_id=request_id)


async def get_history(request: Request) -> Response:
    """List what validating a job's structure found, newest first."""
    services: Services = request.app.state.services
    params = wire.query(request, "jobId", "job_id", "limit", "offset", "page")
    asked = wire.page(params)
    job = await jobs.find(services, _job_id(params), principal(request).client_id)
    found = await validations.page(
        services.db, client_id=job.client_id, job_id=job.id, limit=asked.limit, offset=asked.offset
    )
    body = wire.paged("validations", [_row(row) for row in found.rows], found.total, asked)
    return wire.reply({"jobId": job.id, **body})


def _structure_type(asked: ValidateRequest, job: Job | None, under: str) -> StructureType:
    if job is None and asked.structure is None:
        raise _missing("jobId", under, "Give jobId, or structure with structureType")
    wanted = asked.structure_type or (job.structure_type if job else None)
    if wanted is None:
        raise _missing("structureType", under, "Missing required field: structureType")
    if job is not None and wanted is not job.structure_type:
        raise errors.InvalidParameter(
            f"Job {job.id} is a {job.structure_type.value}, not a {wanted.value}",
            field="structureType",
            path=f"{under}structureType",
            value=wanted.value,
        )
    return wanted


def _missing(field: str, under: str, message: str) -> errors.MissingRequiredField:
    return errors.MissingRequiredField(message, field=field, path=f"{under}{field}")


async def _structure(services: Services, asked: ValidateRequest, job: Job | None) -> JsonObject | str:
    if asked.structure is not None:
        return cast(JsonObject, asked.structure)
    assert job is not None
    stored = await payloads.get(services.db, services.objects, job.execution_id, "structure")
    if stored is None:
        raise jobs.unavailable(job)
    return stored.body


def _job_id(params: dict[str, str]) -> int:
    given = {params[name] for name in ("jobId", "job_id") if name in params}
    if not given:
        raise _missing("jobId", "", "Missing required query parameter: jobId")
    if len(given) > 1:
        raise errors.InvalidParameter("jobId and job_id disagree", field="job_id", path="job_id")
    return wire.whole_query({"jobId": given.pop()}, "jobId", default=0, least=0, most=wire.MAX_ROW)


def _row(row: Validation) -> JsonObject:
    found = dict(row.result)
    return {
        "id": row.id,
        "timestamp": moment(row.created_at),
        "level": row.level,
        "threshold": number(row.threshold),
        "accuracy": row.score,
        "passed": row.is_valid,
        "details": found["details"],
        "issues": found["issues"],
        "questions": found["questions"],
        "scores": found["scores"],
        "feedback": found["recommendations"],
        "method": found["method"],
        "rulesVersion": found["rulesVersion"],
        "judge": found["judge"],
    }
