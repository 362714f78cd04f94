"""Admission: an order is refused with its reason, or becomes a durable job; nothing is done here.

One batch accepts it (key, job, hold). From its commit on the job survives a crash. A job that somebody waits for is
born running; any other waits in line, and its delivery only hastens that it is found there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from granulator import errors
from granulator.granulation import admissible
from granulator.granulation import order as orders
from granulator.granulation.admissible import Admissible
from granulator.granulation.order import PRIORITIES, Order, OrderSettings
from granulator.granulation.templates import load
from granulator.model import Job, JobKind, JobStatus, Lease, Principal, StructureType, Template
from granulator.services import Services
from granulator.store import batches, columns, idempotency, jobs, ledger, payloads, principals, steps, templates
from granulator.store.batches import Batch
from granulator.store.database import GuardFailed, Result, Statement, data_file
from granulator.store.idempotency import Once
from granulator.store.objects import ObjectLost
from granulator.store.payloads import Stored

DEFAULT_TEMPLATES: Final = {
    StructureType.COURSE: "educational_course_basic",
    StructureType.QUIZ: "quiz_assessment_standard",
    StructureType.NOVEL: "three_act_novel",
    StructureType.WORKFLOW: "business_process_standard",
    StructureType.KNOWLEDGE_MAP: "concept_map_hierarchical",
    StructureType.LEARNING_PATH: "skill_development_path",
}

ROOM_AFTER_SECONDS: Final = 2
"""When to ask again for a job that is to run at once."""


class AlreadyAdmitted(Exception):
    """Another request was admitted under the same Idempotency-Key; nothing was stored of this one."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """Where the texts of a job are."""

    request: Stored
    template: Stored


@dataclass(frozen=True, slots=True)
class Wanted:
    """One of several orders that are sent together; ``callback`` is sealed."""

    order: Order
    callback: str | None = None


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


async def submit(
    services: Services, principal: Principal, order: Order, *, request_id: str, once: Once | None = None
) -> Lease:
    """Admit an order whose caller waits: refuse it with the reason, or make the job durable and return its lease.

    Raises TemplateNotFound, InvalidTemplate, ConcurrencyLimitExceeded and what ``admissible.check`` raises; then no
    job exists. AlreadyAdmitted when ``once`` stands for an earlier request.
    """
    template = await named_template(services, order.template_name, order.structure_type)
    found = admissible.check(services, order, template)
    kept = await _keep(services, found)
    new = _new_job(services, principal, found, request_id=request_id)
    job = replace(new, owner=services.owner, lease_until=services.engine.new_lease_until())
    created = jobs.create_running(job, services.settings.concurrency_per_key)
    batch = [
        principals.ensure(principal),
        *_claim(job, once, "result"),
        *created,
        templates.use(template.name),
        *_texts(job, kept),
    ]
    done = await _commit(services, batch)
    return Lease(_job_id(done[batch.index(created[-1])]), services.owner, 1, job.lease_until)


async def accept(
    services: Services,
    principal: Principal,
    order: Order,
    *,
    request_id: str,
    callback: str | None = None,
    once: Once | None = None,
) -> int:
    """Admit an order whose caller does not wait, and return the id of the job, which waits in line.

    ``callback`` is sealed. Raises what ``submit`` raises, but for the limit of jobs at once: there is none here.
    """
    template = await named_template(services, order.template_name, order.structure_type)
    found = admissible.check(services, order, template)
    kept = await _keep(services, found)
    job = _new_job(services, principal, found, request_id=request_id, callback=callback)
    batch = [
        principals.ensure(principal),
        *_claim(job, once, "accepted"),
        created := jobs.create(job),
        templates.use(template.name),
        *_texts(job, kept),
    ]
    return await _deliver(services, await _commit(services, batch), batch.index(created))


async def retry(
    services: Services,
    principal: Principal,
    job: Job,
    override: OrderSettings,
    *,
    request_id: str,
    once: Once | None = None,
) -> int:
    """Admit the order of a failed or cancelled job again, with some of its settings changed; return the new job's id.

    What the job had written is not paid for again, unless it had written everything and that was not good enough.
    Raises JobNotRetryable and what ``accept`` raises.
    """
    if job.status not in (JobStatus.FAILED, JobStatus.CANCELLED):
        raise errors.JobNotRetryable(f"The job is {job.status.value}", status=job.status.value)
    if job.expired_at is not None:
        raise errors.JobNotRetryable(
            "The texts of the job were deleted when their time was over", status=job.status.value, reason="expired"
        )
    order, template = await ordered(services, job)
    is_whole = await payloads.find(services.db, job.execution_id, "structure") is not None
    changed = replace(order, **override)
    found = admissible.check(services, changed, template)
    kept = await _keep(services, found)
    new = _new_job(services, principal, found, request_id=request_id, callback=job.callback, retry_of=job.id)
    written: list[Statement] = []
    if not is_whole and admissible.same_author(services, order, changed):
        written = [steps.copy(to_execution_id=new.execution_id, from_job_id=job.id, now=new.created_at)]
    batch = [
        principals.ensure(principal),
        *_claim(new, once, "retry"),
        created := jobs.create(new),
        # The job has a copy of its template, which may be gone by now.
        templates.use_copy(template),
        *_texts(new, kept),
        *written,
    ]
    return await _deliver(services, await _commit(services, batch), batch.index(created))


async def accept_all(
    services: Services, principal: Principal, wanted: Sequence[Wanted], *, request_id: str, once: Once | None = None
) -> tuple[Batch, tuple[int, ...]]:
    """Admit orders that were sent together, all or none, and return their batch and the ids of its jobs in order.

    Raises what ``accept`` raises for the first order that cannot be served, its path under ``requests[i]``.
    """
    found = [await _admissible(services, index, each.order) for index, each in enumerate(wanted)]
    kept = [await _keep(services, one) for one in found]
    together = Batch(services.new_id("batch"), len(found), services.now_ms())
    new = [
        replace(
            _new_job(services, principal, one, request_id=request_id, callback=each.callback),
            batch_id=together.id,
            batch_index=index,
        )
        for index, (each, one) in enumerate(zip(wanted, found, strict=True))
    ]
    key = None if once is None else (principal.client_id, once)
    batch = [
        principals.ensure(principal),
        *([] if key is None else idempotency.claim(*key, "batch", batch_id=together.id, now=together.created_at)),
        batches.create(together, principal.client_id),
        *(created := [jobs.create(job) for job in new]),
        # In one order everywhere, so that two batches never wait for each other's templates.
        *(templates.use(name) for name in sorted(one.template.name for one in found)),
        *(statement for job, one in zip(new, kept, strict=True) for statement in _texts(job, one)),
    ]
    done = await _commit(services, batch)
    first = batch.index(created[0])
    return together, tuple([await _deliver(services, done, first + index) for index in range(len(new))])


async def named_template(
    services: Services, name: str | None, structure_type: StructureType, *, under: str = "input."
) -> Template:
    """Return the template of exactly this name, or the default of the type when none is named.

    ``under`` is the path that the name stands below in the caller's body. Raises TemplateNotFound, InvalidTemplate
    when it is for another type.
    """
    template = await templates.get(services.db, name or DEFAULT_TEMPLATES[structure_type])
    path = f"{under}templateName"
    if template is None and name is None:
        raise errors.TemplateNotFound(templateName=DEFAULT_TEMPLATES[structure_type])
    if template is None:
        raise errors.TemplateNotFound(templateName=str(name)[:100], field="templateName", path=path)
    if template.structure_type is not structure_type:
        raise errors.InvalidTemplate(
            f"Template '{template.name}' is for {template.structure_type.value}, not {structure_type.value}",
            field="templateName",
            path=path,
            value=name,
        )
    return template


async def ordered(services: Services, job: Job) -> tuple[Order, Template]:
    """Return what a job was admitted with: its order, and its template as it was then."""
    request = await payloads.get(services.db, services.objects, job.execution_id, "request")
    template = await payloads.get(services.db, services.objects, job.execution_id, "template")
    if request is None or template is None:
        raise ObjectLost("The request of the job is not stored")
    return orders.from_json(request.body), templates.from_json(template.body)


async def _admissible(services: Services, index: int, order: Order) -> Admissible:
    """Check one of several orders; raises with its place in the path of the field at fault."""
    try:
        return admissible.check(
            services, order, await named_template(services, order.template_name, order.structure_type)
        )
    except errors.GranulatorError as error:
        error.put_under(f"requests[{index}]")
        raise


def _claim(job: jobs.NewJob, once: Once | None, answer: idempotency.Answer) -> list[Statement]:
    if once is None:
        return []
    return idempotency.claim(job.client_id, once, answer, execution_id=job.execution_id, now=job.created_at)


async def _keep(services: Services, found: Admissible) -> _Kept:
    """Keep what an order says; it may take a while, so a job takes its times after it. Raises StorageError."""
    return _Kept(
        await payloads.keep(services.objects, found.order.to_json()),
        await payloads.keep(services.objects, templates.copy_of(found.template)),
    )


def _texts(job: jobs.NewJob, kept: _Kept) -> list[Statement]:
    """Return what stands beside a job's row from the start: its texts, and the entry that opens its account."""
    return [
        payloads.put(job.execution_id, "request", kept.request),
        payloads.put(job.execution_id, "template", kept.template),
        ledger.hold(job.execution_id, reference=f"hold:{job.execution_id}", nano_usd=0, now=job.created_at),
    ]


async def _commit(services: Services, batch: Sequence[Statement]) -> list[Result]:
    try:
        return await services.db.batch(batch)
    except GuardFailed as lost:
        raise _refusal(services, batch[lost.index]) from lost


def _refusal(services: Services, lost: Statement) -> Exception:
    """Return what it means that this statement of an admission found no row to change."""
    if lost.sql == idempotency.CLAIM:
        return AlreadyAdmitted()
    if lost.sql == principals.ROOM:
        return errors.ConcurrencyLimitExceeded(
            limit=services.settings.concurrency_per_key, headers={"Retry-After": str(ROOM_AFTER_SECONDS)}
        )
    return errors.TemplateNotFound(templateName=str(lost.params[0])[:100])


async def _deliver(services: Services, done: Sequence[Result], index: int) -> int:
    """Say that the job which this statement created waits, and return its id."""
    job_id = _job_id(done[index])
    await services.engine.deliver(job_id)
    return job_id


def _job_id(created: Result) -> int:
    return columns.integer(created.rows[0], "id")


def _new_job(
    services: Services,
    principal: Principal,
    found: Admissible,
    *,
    request_id: str,
    callback: str | None = None,
    retry_of: int | None = None,
) -> jobs.NewJob:
    """Return the row of a job that waits in line."""
    order, template = found.order, found.template
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
        ai_provider=found.provider,
        model_requested=found.model,
        validation_enabled=order.validation,
        validation_level=order.validation_level,
        validation_threshold=orders.threshold(order.validation_threshold, template),
        timeout_ms=order.timeout_ms,
        created_at=services.now_ms(),
        retry_of=retry_of,
        callback=callback,
        priority=PRIORITIES.index(order.priority),
    )
