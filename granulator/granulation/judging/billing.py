"""The bill of a judge whose opinion is asked for by itself: a job row that only its calls and its money stand on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, cast

from granulator import errors
from granulator.granulation import result
from granulator.granulation.judging.case import Judged
from granulator.granulation.structures import OVERVIEWS
from granulator.model import Job, JobError, JobKind, JsonObject, Lease, Principal, Template
from granulator.providers.call import Target
from granulator.services import Services
from granulator.store import jobs, ledger, principals
from granulator.store.database import Statement
from granulator.store.ledger import Calls

TIME_MS: Final = 120_000
"""What a validation may take; the judge gets half of it."""

TOPIC_LETTERS_MAX: Final = 500


@dataclass(frozen=True, slots=True)
class Bill:
    """An open bill: nobody but the holder of its lease books on it."""

    lease: Lease
    job: Job


async def begin(
    services: Services,
    principal: Principal,
    judged: Judged,
    target: Target,
    template: Template,
    *,
    level: int,
    threshold: float,
    request_id: str,
) -> Bill:
    """Store a bill of the tenant, leased to this process."""
    now = services.now_ms()
    new = jobs.NewJob(
        execution_id=services.new_id("exec"),
        request_id=request_id,
        client_id=principal.client_id,
        principal_id=principal.id,
        kind=JobKind.VALIDATION,
        topic=(judged.topic or _title(judged))[:TOPIC_LETTERS_MAX],
        structure_type=judged.structure_type,
        template_name=template.name,
        template_version=template.version,
        granularity_level=3,
        target_audience=judged.audience or template.target_audience,
        language=judged.language[:35],
        max_elements=None,
        ai_provider=target.provider,
        model_requested=target.model,
        validation_enabled=True,
        validation_level=level,
        validation_threshold=threshold,
        timeout_ms=TIME_MS,
        created_at=now,
        owner=services.owner,
        lease_until=services.engine.new_lease_until(),
    )
    made = await services.db.batch([principals.ensure(principal), jobs.create(new)])
    lease = Lease(int(cast(int, made[1].rows[0]["id"])), services.owner, 1, new.lease_until)
    job = await jobs.by_id(services.db, lease.job_id)
    assert job is not None, "a row that was created exists"
    return Bill(lease, job)


async def end(services: Services, bill: Bill, calls: Calls, *, score: int | None, model: str | None) -> list[Statement]:
    """Return the statements that close a bill, behind the fence of their batch."""
    now = services.now_ms()
    return [
        *await _settled(services, bill.job, bill.lease, now),
        jobs.complete(
            bill.lease,
            now=now,
            quality_score=score,
            actual_elements=None,
            processing_time_ms=max(0, now - bill.job.created_at),
            cost_nano_usd=calls.cost_nano_usd,
            usage=calls.usage,
            model=model,
            metadata=_metadata(calls),
        ),
    ]


async def abandon(services: Services, lease: Lease, job: Job) -> JsonObject:
    """Close the bill of a validation whose process died and return the envelope of its failure.

    Nobody waits for its answer, and what it spent is owed. Raises GuardFailed or DatabaseError.
    """
    now, calls = services.now_ms(), await ledger.calls_of_job(services.db, job.id)
    duration_ms = max(0, now - job.created_at)
    failed = errors.InternalError("The server stopped while the structure was judged; send the request again")
    await services.db.batch(
        [
            jobs.fence(lease),
            *await _settled(services, job, lease, now),
            jobs.fail(
                lease,
                now=now,
                error=JobError(failed.code, failed.message),
                processing_time_ms=duration_ms,
                cost_nano_usd=calls.cost_nano_usd,
                usage=calls.usage,
                model=None,
                metadata=_metadata(calls),
            ),
        ]
    )
    return result.failed(failed, job_id=job.id, duration_ms=duration_ms, calls=calls)


async def _settled(services: Services, job: Job, lease: Lease, now: int) -> list[Statement]:
    """Give back what is still held, for calls too whose end nobody knows: those were perhaps billed."""
    held = (await ledger.balance_of_job(services.db, job.id)).open
    settled = [ledger.attempts_uncertain(lease.job_id)]
    if held:
        settled.append(
            ledger.release(job.execution_id, reference=f"release:{job.execution_id}", nano_usd=held, now=now)
        )
    return settled


def _metadata(calls: Calls) -> JsonObject:
    return {"attempts": calls.count, "uncertainAttempts": calls.uncertain}


def _title(judged: Judged) -> str:
    overview = judged.structure.get(OVERVIEWS[judged.structure_type])
    named = overview.get("title") or overview.get("name") if isinstance(overview, dict) else None
    return named if isinstance(named, str) and named else judged.structure_type.value
