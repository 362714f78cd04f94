"""The story of one job: ``submit`` makes it durable, ``run`` does it; a request and crash recovery call the same.

Two batches bound it: A accepts (template, job, hold), B finishes (structure, result, money). In between each written
part is stored as a step, so that what is stored is never written again.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, cast

from granulator import errors
from granulator.granulation import budget, ending, repairing, requirements, writing
from granulator.granulation import order as orders
from granulator.granulation.assessing import Bench
from granulator.granulation.authors.base import Outline
from granulator.granulation.ending import Outcome, Report, Work, silent
from granulator.granulation.facts import Facts
from granulator.granulation.judging import billing
from granulator.granulation.order import Order, OrderSettings
from granulator.granulation.plan import sizes
from granulator.granulation.repairing import Checks, Version
from granulator.granulation.templates import load
from granulator.model import Job, JobKind, JobStatus, JsonObject, Lease, Principal, StructureType, Template
from granulator.providers.base import Deadline
from granulator.providers.registry import LOCAL
from granulator.services import Services
from granulator.store import jobs, ledger, payloads, principals, steps, templates
from granulator.store.database import GuardFailed, Statement, StatementRejected, data_file

log = logging.getLogger(__name__)

DEFAULT_TEMPLATES: Final = {
    StructureType.COURSE: "educational_course_basic",
    StructureType.QUIZ: "quiz_assessment_standard",
    StructureType.NOVEL: "three_act_novel",
    StructureType.WORKFLOW: "business_process_standard",
    StructureType.KNOWLEDGE_MAP: "concept_map_hierarchical",
    StructureType.LEARNING_PATH: "skill_development_path",
}


_NOT_FROM_A_TOPIC: Final = {StructureType.QUIZ: "A quiz", StructureType.KNOWLEDGE_MAP: "A knowledge map"}
"""What would have to state facts about the topic even as a scaffold, and its name in a message."""

FOLLOW_SECONDS: Final = 0.5
"""How often a caller whose job went to another process asks for its end."""

MAX_ATTEMPTS: Final = 6
"""A job that was taken over so often is what its processes died of."""


async def install_templates(services: Services, directory: Path | None = None) -> None:
    """Put the shipped templates, or those of ``directory``, into the database.

    Raises ConfigurationError naming a file that is broken or a default template that is missing.
    """
    directory = directory or data_file("templates")
    shipped = load(directory)
    if missing := set(DEFAULT_TEMPLATES.values()) - {template.name for template in shipped}:
        raise errors.ConfigurationError(f"{directory} lacks the default template {', '.join(sorted(missing))}")
    now = services.now_ms()
    await services.db.batch([templates.put(template, now) for template in shipped])


async def submit(services: Services, principal: Principal, order: Order, *, request_id: str) -> Lease:
    """Admit an order: refuse it with the reason, or make the job durable and return its lease.

    Raises TemplateNotFound, InvalidTemplate, ProviderNotConfigured, ModelUnavailable, InvalidParameter, SourceRequired
    or BudgetExceeded; then no job exists.
    """
    template = await named_template(services, order.template_name, order.structure_type)
    return await _admit(services, principal, order, template, request_id=request_id)


async def retry(
    services: Services, principal: Principal, job: Job, override: OrderSettings, *, request_id: str
) -> Lease:
    """Admit the order of a failed or cancelled job again, with some of its settings changed; return the new lease.

    What the job had written is not paid for again, unless it had written everything and that was not good enough.
    Raises JobNotRetryable and what ``submit`` raises.
    """
    if job.status not in (JobStatus.FAILED, JobStatus.CANCELLED):
        raise errors.JobNotRetryable(f"The job is {job.status.value}", status=job.status.value)
    order, template = await ordered(services, job)
    is_whole = await payloads.get(services.db, job.execution_id, "structure") is not None
    changed = replace(order, **override)
    return await _admit(
        services,
        principal,
        changed,
        template,
        request_id=request_id,
        retry_of=job.id,
        keeps_steps=not is_whole and _same_author(services, order, changed),
    )


def _same_author(services: Services, order: Order, changed: Order) -> bool:
    """What a model planned can be gone on with by another model, but not by ``local``, nor the other way round."""
    before, after = (services.providers.resolve(each.provider, None)[0].name for each in (order, changed))
    return (before == LOCAL) == (after == LOCAL)


async def _admit(
    services: Services,
    principal: Principal,
    order: Order,
    template: Template,
    *,
    request_id: str,
    retry_of: int | None = None,
    keeps_steps: bool = False,
) -> Lease:
    provider, model = services.providers.resolve(order.provider, order.model)
    services.providers.check_fallback(order.fallback or ())
    order = replace(order, fallback=_fallback(services, order, template))
    _check_author(provider.name, order)
    _check_level(order, template)
    planned = sizes(order.structure_type, order.granularity_level, template, order.max_elements)
    requirements.check(order.structure_type, order.required_elements, planned)
    budget.check(services, order, template, provider=provider.name, model=model)
    job = _new_job(
        services,
        principal,
        order,
        template,
        provider=provider.name,
        model=model,
        request_id=request_id,
        retry_of=retry_of,
    )
    kept: list[Statement] = []
    if retry_of is not None and keeps_steps:
        kept = [steps.copy(to_execution_id=job.execution_id, from_job_id=retry_of, now=job.created_at)]
    try:
        done = await services.db.batch(
            [
                principals.ensure(principal),
                # A job that is tried again has a copy of its template, which may be gone by now.
                templates.use(template.name) if retry_of is None else templates.use_copy(template),
                jobs.create(job),
                payloads.put(job.execution_id, "request", order.to_json()),
                payloads.put(job.execution_id, "template", templates.copy_of(template)),
                ledger.hold(job.execution_id, reference=f"hold:{job.execution_id}", nano_usd=0, now=job.created_at),
                *kept,
            ]
        )
    except GuardFailed as lost:
        raise errors.TemplateNotFound(templateName=template.name) from lost
    return Lease(int(cast(int, done[2].rows[0]["id"])), services.owner, 1)


async def named_template(services: Services, name: str | None, structure_type: StructureType) -> Template:
    """Return the template of exactly this name, or the default of the type when none is named.

    Raises TemplateNotFound, InvalidTemplate when it is for another type.
    """
    template = await templates.get(services.db, name or DEFAULT_TEMPLATES[structure_type])
    if template is None:
        raise errors.TemplateNotFound(templateName=(name or DEFAULT_TEMPLATES[structure_type])[:100])
    if template.structure_type is not structure_type:
        raise errors.InvalidTemplate(
            f"Template '{template.name}' is for {template.structure_type.value}, not {structure_type.value}",
            field="templateName",
            path="input.templateName",
            value=name,
        )
    return template


async def ordered(services: Services, job: Job) -> tuple[Order, Template]:
    """Return what a job was admitted with: its order, and its template as it was then."""
    request = await payloads.get(services.db, job.execution_id, "request")
    template = await payloads.get(services.db, job.execution_id, "template")
    if request is None or template is None:
        raise errors.StorageError("The request of the job is not stored")
    return orders.from_json(request.body), templates.from_json(template.body)


async def follow(services: Services, job_id: int) -> Outcome:
    """Wait until another process has ended the job and return how it ended."""
    while True:
        job = await jobs.by_id(services.db, job_id)
        assert job is not None, "a job that was admitted exists"
        if job.status.is_terminal:
            break
        await asyncio.sleep(FOLLOW_SECONDS)
    stored = await payloads.get(services.db, job.execution_id, "result")
    structure = await payloads.get(services.db, job.execution_id, "structure")
    if stored is None:
        raise errors.StorageError("The result of the job is not stored")
    body = cast(JsonObject, json.loads(stored.body))
    if job.status is not JobStatus.COMPLETED or structure is None:
        return Outcome(job.id, errors.by_code()[job.error.code].status if job.error else 500, body)
    output = {**cast(JsonObject, body["output"]), "structure": cast(JsonObject, json.loads(structure.body))}
    return Outcome(job.id, 200, {**body, "output": output})


async def run(services: Services, lease: Lease, report: Report = silent) -> Outcome:
    """Do a job to its end and return how it ended; every end is stored before it is returned.

    Raises GuardFailed when the lease was lost to another process, DatabaseError when an end could not be stored; the
    job then stays open and is taken over.
    """
    with services.engine.hold(lease):
        job = await jobs.by_id(services.db, lease.job_id)
        assert job is not None, "a lease is only given for a job that exists"
        if job.kind == JobKind.VALIDATION:
            return Outcome(job.id, 500, await billing.abandon(services, lease, job))
        work = await _load(services, lease, job, report)
        try:
            return await _accomplish(work)
        except StatementRejected:
            # Repeating it cannot help, and a job that stays open is repeated.
            log.exception("a statement of the job was rejected", extra={"facts": {"jobId": lease.job_id}})
            return await ending.fail(work, errors.InternalError("The database refused what was to be stored"))
        except (GuardFailed, errors.DatabaseError):
            raise
        except errors.GranulatorError as error:
            return await ending.fail(work, error)
        except Exception:
            log.exception("job failed unexpectedly", extra={"facts": {"jobId": lease.job_id}})
            return await ending.fail(work, errors.InternalError("Unexpected server error"))


async def _accomplish(work: Work) -> Outcome:
    if work.job.attempt > MAX_ATTEMPTS:
        raise errors.InternalError(f"The job was begun {MAX_ATTEMPTS} times and never came to an end")
    remaining_ms = work.job.created_at + work.job.timeout_ms - work.services.now_ms()
    try:
        async with asyncio.timeout(max(remaining_ms, 0) / 1000):
            outline, version = await _write(work, Deadline(time.monotonic() + remaining_ms / 1000))
    except TimeoutError as late:
        raise errors.RequestTimeout(timeout=work.job.timeout_ms) from late
    verdict = version.verdict
    draft = await work.services.in_thread(ending.draft, work, outline, version.structure, verdict)
    if (rejected := ending.rejection(work, verdict)) is not None:
        return await ending.fail(work, rejected, draft, verdict)
    return await ending.complete(work, draft, verdict)


async def _write(work: Work, deadline: Deadline) -> tuple[Outline, Version]:
    """Return the outline and the best version of the structure: checked, and repaired where a model wrote it."""
    kept = await writing.stored(work)
    outline, written = await writing.write(work, deadline, kept)
    structure = repairing.recount(work.job.structure_type, written)
    bench = Bench(work, deadline, kept, is_scaffold=outline.is_scaffold)
    version = Version(structure, await bench.assess(structure))
    if outline.is_scaffold or work.job.ai_provider == LOCAL:
        return outline, version
    return outline, await repairing.repair(work, version, Checks(bench.assess, bench.rules), deadline, kept)


def _fallback(services: Services, order: Order, template: Template) -> tuple[str, ...]:
    """Return the chain of the request, else that of the template as far as it can be used here."""
    if order.fallback is not None:
        return order.fallback
    return tuple(name for name in template.fallback if services.providers.can_stand_in(name))


def _check_level(order: Order, template: Template) -> None:
    """Refuse a granularity level that the template's bounds exclude, if it says so itself."""
    levels = template.structure_rules.get("granularityLevels")
    if isinstance(levels, Sequence) and order.granularity_level not in levels:
        raise errors.InvalidGranularity(
            f"Template '{template.name}' is for granularity level {', '.join(map(str, levels))}",
            field="granularityLevel",
            path="input.granularityLevel",
            value=order.granularity_level,
            supported=list(levels),
        )


def _check_author(provider: str, order: Order) -> None:
    what = _NOT_FROM_A_TOPIC.get(order.structure_type)
    if provider == LOCAL and what is not None and order.source is None:
        raise errors.SourceRequired(
            f"{what} needs a source: the local provider knows no facts about a topic",
            field="source",
            path="input.source",
        )


def _new_job(
    services: Services,
    principal: Principal,
    order: Order,
    template: Template,
    *,
    provider: str,
    model: str,
    request_id: str,
    retry_of: int | None,
) -> jobs.NewJob:
    now = services.now_ms()
    return jobs.NewJob(
        execution_id=services.new_id("exec"),
        request_id=request_id,
        client_id=principal.client_id,
        principal_id=principal.id,
        kind=JobKind.GRANULATION,
        topic=order.topic,
        structure_type=order.structure_type,
        template_name=template.name,
        template_version=template.version,
        granularity_level=order.granularity_level,
        target_audience=order.target_audience or template.target_audience,
        language=order.language,
        max_elements=order.max_elements,
        ai_provider=provider,
        model_requested=model,
        validation_enabled=order.validation,
        validation_level=order.validation_level,
        validation_threshold=orders.threshold(order.validation_threshold, template),
        timeout_ms=order.timeout_ms,
        created_at=now,
        owner=services.owner,
        lease_until=services.engine.new_lease_until(),
        retry_of=retry_of,
        batch_id=None,
    )


async def _load(services: Services, lease: Lease, job: Job, report: Report) -> Work:
    order, template = await ordered(services, job)
    planned = sizes(job.structure_type, job.granularity_level, template, job.max_elements)
    return Work(services, lease, job, order, template, planned, report, Facts())
