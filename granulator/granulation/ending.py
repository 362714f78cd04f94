"""How a job ends: what is kept of it, in one batch with its money. Called by ``service.run`` only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from granulator import errors
from granulator.granulation import result, summary
from granulator.granulation.authors.base import Outline
from granulator.granulation.facts import Facts
from granulator.granulation.order import Order
from granulator.granulation.plan import Sizes
from granulator.granulation.result import Draft
from granulator.granulation.validation import Verdict
from granulator.model import Job, JobError, JsonObject, Lease, Stage, Template
from granulator.services import Services
from granulator.store import jobs, ledger, payloads, validations
from granulator.store.database import Statement

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
    now = work.services.now_ms()
    calls = await ledger.calls_of_job(work.services.db, work.job.id)
    metadata = work.facts.metadata(work.job, calls)
    body = result.completed(work.job, draft, metadata=metadata, duration_ms=now - work.job.created_at, calls=calls)
    await work.services.db.batch(
        [
            jobs.fence(work.lease),
            *_kept(work, draft, body),
            *_history(work, verdict, now),
            # What a process sent and did not live to settle was perhaps billed.
            ledger.attempts_uncertain(work.lease),
            await _release(work, now),
            jobs.complete(
                work.lease,
                now=now,
                quality_score=draft.score,
                actual_elements=cast(int, draft.summary["totalElements"]),
                processing_time_ms=now - work.job.created_at,
                cost_nano_usd=calls.cost_nano_usd,
                usage=calls.usage,
                model=cast(str | None, metadata["model"]),
                metadata=metadata,
            ),
        ]
    )
    work.report(Stage.DONE, 100)
    return Outcome(work.job.id, 200, body)


async def fail(
    work: Work, error: errors.GranulatorError, draft: Draft | None = None, verdict: Verdict | None = None
) -> Outcome:
    """Store why the job failed, with the structure where there is one, and return the execute envelope."""
    now = work.services.now_ms()
    duration_ms = now - work.job.created_at
    calls = await ledger.calls_of_job(work.services.db, work.job.id)
    metadata = work.facts.metadata(work.job, calls)
    body = result.failed(error, job_id=work.job.id, duration_ms=duration_ms, calls=calls)
    await work.services.db.batch(
        [
            jobs.fence(work.lease),
            *_kept(work, draft, body),
            *_history(work, verdict, now),
            # What a process sent and did not live to settle was perhaps billed.
            ledger.attempts_uncertain(work.lease),
            await _release(work, now),
            jobs.fail(
                work.lease,
                now=now,
                error=JobError(error.code, error.message, cast(JsonObject, dict(error.details))),
                quality_score=draft.score if draft else None,
                actual_elements=cast(int, draft.summary["totalElements"]) if draft else None,
                processing_time_ms=duration_ms,
                cost_nano_usd=calls.cost_nano_usd,
                usage=calls.usage,
                model=cast(str | None, metadata["model"]),
                metadata=metadata,
            ),
        ]
    )
    return Outcome(work.job.id, error.status, body, error.headers)


def _kept(work: Work, draft: Draft | None, body: JsonObject) -> list[Statement]:
    """The structure and the body are kept apart, so that a large structure is stored once."""
    output = body.get("output")
    slim = body if not isinstance(output, dict) else {**body, "output": {**output, "structure": None}}
    kept = [payloads.put(work.job.execution_id, "result", result.compact(slim))]
    if draft is not None:
        kept.append(payloads.put(work.job.execution_id, "structure", result.compact(draft.structure)))
    return kept


def _history(work: Work, verdict: Verdict | None, now: int) -> list[Statement]:
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


async def _release(work: Work, now: int) -> Statement:
    """Give back what is still held, for calls too whose end nobody knows."""
    execution_id = work.job.execution_id
    held = await ledger.balance_of_job(work.services.db, work.job.id)
    return ledger.release(execution_id, reference=f"release:{execution_id}", nano_usd=held.open, now=now)
