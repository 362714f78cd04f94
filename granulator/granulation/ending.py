"""How a job ends: what is kept of it, in one batch with its money. Called by ``service.run`` only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from granulator import errors
from granulator.granulation import result, summary
from granulator.granulation.authors.base import Outline
from granulator.granulation.committing import commit, keep, patiently
from granulator.granulation.facts import Facts
from granulator.granulation.order import Order
from granulator.granulation.plan import Sizes
from granulator.granulation.result import Draft
from granulator.granulation.validation import Verdict
from granulator.model import Job, JobError, JobStatus, JsonObject, Lease, Stage, Template
from granulator.services import Services
from granulator.store import events, jobs, ledger, payloads, validations
from granulator.store.database import GuardFailed, Statement
from granulator.store.ledger import Calls
from granulator.store.payloads import Stored
from granulator.webhooks import messages

_COUNT = 1
"""The place of the guard that the calls are still those that were added up."""

Report = Callable[[Stage, int], None]
"""Told of every step forward: the stage and the percentage."""


def silent(stage: Stage, progress: int) -> None:
    """Report to nobody."""


@dataclass(frozen=True, slots=True)
class Work:
    """One job in hand."""

    services: Services
    lease: Lease
    job: Job
    order: Order
    template: Template
    sizes: Sizes
    report: Report
    facts: Facts


@dataclass(frozen=True, slots=True)
class Unread:
    """One job in hand whose order is not read yet, need not be, or cannot be."""

    services: Services
    lease: Lease
    job: Job
    facts: Facts


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended: what its caller gets."""

    job_id: int
    status: int
    body: JsonObject
    headers: dict[str, str] = field(default_factory=dict)


def draft(work: Work, outline: Outline, structure: JsonObject, verdict: Verdict) -> Draft:
    job = work.job
    return Draft(
        structure=structure,
        summary=summary.summarise(
            job.structure_type,
            structure,
            template=work.template,
            granularity_level=job.granularity_level,
            topic=job.topic,
            target_audience=job.target_audience,
            language=job.language,
            worker=work.services.settings.service_name,
        ),
        score=verdict.score if job.validation_enabled else None,
        issues=verdict.issues,
        is_ready=not (outline.is_scaffold or verdict.has_errors),
        notice=outline.notice,
    )


def rejection(work: Work, verdict: Verdict) -> errors.ValidationFailed | None:
    """Return why the structure is no success. Without scoring its shape alone decides; a scaffold is not scored."""
    accepted = verdict.is_valid is not False if work.job.validation_enabled else verdict.is_shape_ok
    if accepted:
        return None
    threshold = work.job.validation_threshold
    return errors.ValidationFailed(
        f"score {verdict.score}, threshold {threshold:g}, errors {verdict.error_count}",
        score=verdict.score,
        threshold=result.number(threshold),
        issues=result.issue_rows(verdict.issues),
    )


async def complete(work: Work, draft: Draft, verdict: Verdict) -> Outcome:
    """Store a job's structure and answer; usage and cost are what the ledger says."""
    job = work.job

    def ended(told: _Told) -> _End:
        body = result.completed(job, draft, metadata=told.metadata, duration_ms=told.duration_ms, calls=told.calls)
        end = jobs.complete(
            work.lease,
            now=told.now,
            quality_score=draft.score,
            actual_elements=cast(int, draft.summary["totalElements"]),
            processing_time_ms=told.duration_ms,
            cost_nano_usd=told.calls.cost_nano_usd,
            usage=told.calls.usage,
            model=cast(str | None, told.metadata["model"]),
            metadata=told.metadata,
        )
        event = result.completed_event(job.id, draft, told.calls)
        return _End(body, JobStatus.COMPLETED, end, events.add(job.id, "completed", event, told.now))

    body = await _store(work, ended, draft, verdict)
    work.report(Stage.DONE, 100)
    return Outcome(job.id, 200, body)


async def fail(
    work: Work | Unread,
    error: errors.GranulatorError,
    draft: Draft | None = None,
    verdict: Verdict | None = None,
    *,
    status: JobStatus = JobStatus.FAILED,
) -> Outcome:
    """Store why the job failed, with the structure where there is one, and return the execute envelope."""
    job, why = work.job, JobError(error.code, error.message, cast(JsonObject, dict(error.details)))

    def ended(told: _Told) -> _End:
        body = result.failed(error, job_id=job.id, duration_ms=told.duration_ms, calls=told.calls)
        end = jobs.fail(
            work.lease,
            now=told.now,
            error=why,
            status=status,
            quality_score=draft.score if draft else None,
            actual_elements=cast(int, draft.summary["totalElements"]) if draft else None,
            processing_time_ms=told.duration_ms,
            cost_nano_usd=told.calls.cost_nano_usd,
            usage=told.calls.usage,
            model=cast(str | None, told.metadata["model"]),
            metadata=told.metadata,
        )
        event = result.failed_event(job.id, status, why)
        return _End(body, status, end, events.add(job.id, "failed", event, told.now))

    body = await _store(work, ended, draft, verdict)
    return Outcome(job.id, error.status, body, error.headers)


@dataclass(frozen=True, slots=True)
class _Told:
    """What an end is told with."""

    now: int
    duration_ms: int
    calls: Calls
    metadata: JsonObject


@dataclass(frozen=True, slots=True)
class _End:
    """How the job is told to have ended, and the statements of it."""

    body: JsonObject
    status: JobStatus
    end: Statement
    event: Statement


async def _store(
    work: Work | Unread, ended: Callable[[_Told], _End], draft: Draft | None, verdict: Verdict | None
) -> JsonObject:
    """Store the end of a job in one batch, with what is kept of it and its money; return the body."""
    services, job = work.services, work.job
    structure = None if draft is None else await keep(services, result.compact(draft.structure))
    storage = "inline" if structure is None else structure.storage
    while True:
        now = services.now_ms()
        calls = await patiently(services, lambda: ledger.calls_of_job(services.db, job.id))
        # A clock that went back has no negative time.
        told = _Told(now, max(0, now - job.created_at), calls, work.facts.metadata(job, calls, storage))
        end = ended(told)
        statements = [
            jobs.fence(work.lease),
            ledger.settled_as_counted(job.id, calls),
            *await _kept(work, structure, end.body),
            *_history(work, verdict, now),
            # What a process sent and did not live to settle was perhaps billed.
            ledger.attempts_uncertain(job.id),
            await _release(work, now),
            end.end,
            end.event,
            *_message(work, end, now),
        ]
        try:
            await commit(services, statements, applied=jobs.has_ended(work.lease))
            return end.body
        except GuardFailed as failed:
            if failed.index != _COUNT:
                raise


async def _kept(work: Work | Unread, structure: Stored | None, body: JsonObject) -> list[Statement]:
    """The structure and the body are kept apart, so that a large structure is stored once."""
    output = body.get("output")
    slim = body if not isinstance(output, dict) else {**body, "output": {**output, "structure": None}}
    kept = [payloads.put(work.job.execution_id, "result", await keep(work.services, result.compact(slim)))]
    if structure is not None:
        kept.append(payloads.put(work.job.execution_id, "structure", structure))
    return kept


def _history(work: Work | Unread, verdict: Verdict | None, now: int) -> list[Statement]:
    if verdict is None or not work.job.validation_enabled:
        return []
    return [
        validations.add(
            client_id=work.job.client_id,
            execution_id=work.job.execution_id,
            structure_type=work.job.structure_type,
            level=work.job.validation_level,
            threshold=work.job.validation_threshold,
            created_at=now,
            score=verdict.score,
            is_valid=verdict.is_valid,
            result=result.history_row(verdict),
        )
    ]


def _message(work: Work | Unread, end: _End, now: int) -> list[Statement]:
    """Tell whom the caller named; there is nothing to tell of a cancelled job but that it was."""
    body = None if end.status is JobStatus.CANCELLED else end.body
    return messages.ended(work.services.settings, work.job, end.status, body, now=now, new_id=work.services.new_id)


async def _release(work: Work | Unread, now: int) -> Statement:
    """Give back what is still held, for calls too whose end nobody knows."""
    execution_id = work.job.execution_id
    held = await patiently(work.services, lambda: ledger.balance_of_job(work.services.db, work.job.id))
    return ledger.release(execution_id, reference=f"release:{execution_id}", nano_usd=held.open, now=now)
