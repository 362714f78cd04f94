"""A structure checked on request: a job's own or one that was sent. The finding is kept; the job is not changed."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from typing import Final, cast

from granulator import errors
from granulator.extraction import documents
from granulator.granulation import judging, result, validation
from granulator.granulation.judging import Judged, Judgement, billing
from granulator.granulation.order import Order
from granulator.granulation.plan import sizes
from granulator.granulation.validation import Verdict
from granulator.model import Job, Json, JsonObject, Principal, StructureType, Template
from granulator.providers.base import Deadline
from granulator.providers.call import Target
from granulator.services import Services
from granulator.store import jobs, ledger, validations
from granulator.store.database import GuardFailed, Statement
from granulator.store.ledger import NO_CALLS, Calls

THREAD_FROM_CHARACTERS: Final = 20_000
"""Structures from about this size on are checked outside the event loop."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is checked and how: ``structure`` is as sent, or the JSON text that is stored; ``threshold`` is 0..100."""

    structure: JsonObject | str
    structure_type: StructureType
    template: Template
    level: int
    threshold: float
    job: Job | None = None
    order: Order | None = None


async def review(services: Services, principal: Principal, subject: Subject, *, request_id: str) -> JsonObject:
    """Check ``subject``, add the finding to the history and return it as the body of ``POST /api/validate``.

    From level 2 on a judge is asked too where there is one, on a bill of the tenant's.
    """
    is_small = subject.order is None and _is_small(subject.structure)
    verdict, judged = _checked(subject) if is_small else await services.in_thread(_checked, subject)
    if judged is None:
        return await _keep(services, principal, subject, verdict)
    try:
        target = judging.target_of(services)
    except errors.GranulatorError:
        return await _keep(services, principal, subject, _with(subject, verdict, Judgement("unavailable", None)))
    if target is None:
        return await _keep(services, principal, subject, verdict)
    return await _judged(services, principal, subject, verdict, judged, target, request_id)


def check(
    structure: Json,
    job: Job,
    order: Order,
    template: Template,
    *,
    level: int,
    threshold: float,
    is_scaffold: bool = False,
) -> Verdict:
    """Validate a structure against what its job ordered; ``threshold`` is 0..100."""
    return validation.validate(
        structure,
        job.structure_type,
        template=replace(template, target_audience=job.target_audience),
        level=level,
        threshold=threshold,
        sizes=sizes(job.structure_type, job.granularity_level, template, job.max_elements),
        granularity_level=job.granularity_level,
        required_elements=order.required_elements,
        sources={} if order.source is None else {documents.NAME: documents.decode(order.source)},
        topic=job.topic,
        language=job.language,
        is_scaffold=is_scaffold,
    )


def _is_small(structure: Json) -> bool:
    """Return whether a structure has few characters, after looking at no more of them than that."""
    left, waiting = THREAD_FROM_CHARACTERS, [structure]
    while waiting and left > 0:
        value = waiting.pop()
        if isinstance(value, dict | list):
            left -= 10 * len(value)
            waiting.extend(value.values() if isinstance(value, dict) else value)
        else:
            left -= len(value) if isinstance(value, str) else 5
    return left > 0


def _checked(subject: Subject) -> tuple[Verdict, Judged | None]:
    """Return the verdict of the checks, and what a judge can be shown where one is to be asked."""
    given = subject.structure
    structure = cast(JsonObject, json.loads(given)) if isinstance(given, str) else given
    verdict = _verdict(subject, structure)
    if subject.level < 2:
        return verdict, None
    job, order, own = subject.job, subject.order, structure.get("language")
    judged = Judged(
        structure=structure,
        structure_type=subject.structure_type,
        topic=None if job is None else job.topic,
        language=job.language if job is not None else own if isinstance(own, str) else "en",
        audience=None if job is None else job.target_audience,
        source=None if order is None else order.source,
    )
    return verdict, judged if judging.is_judgeable(judged) else None


def _verdict(subject: Subject, structure: JsonObject) -> Verdict:
    is_scaffold = judging.is_scaffold(structure)
    if subject.job is not None and subject.order is not None:
        return check(
            structure,
            subject.job,
            subject.order,
            subject.template,
            level=subject.level,
            threshold=subject.threshold,
            is_scaffold=is_scaffold,
        )
    return validation.validate(
        structure,
        subject.structure_type,
        template=subject.template,
        level=subject.level,
        threshold=subject.threshold,
        is_scaffold=is_scaffold,
    )


async def _judged(
    services: Services,
    principal: Principal,
    subject: Subject,
    verdict: Verdict,
    judged: Judged,
    target: Target,
    request_id: str,
) -> JsonObject:
    bill = await billing.begin(
        services,
        principal,
        judged,
        target,
        subject.template,
        level=subject.level,
        threshold=subject.threshold,
        request_id=request_id,
    )
    try:
        with services.engine.hold(bill.lease):
            judgement = await judging.judge(
                services,
                bill.lease,
                bill.job,
                judged,
                level=subject.level,
                limit_nano_usd=None,
                deadline=Deadline(time.monotonic() + billing.TIME_MS / 1000),
            )
            verdict = _with(subject, verdict, judgement)
            calls = await ledger.calls_of_job(services.db, bill.job.id)
            closing = await billing.end(services, bill, calls, score=verdict.score, model=judgement.model)
            return await _keep(services, principal, subject, verdict, calls, [jobs.fence(bill.lease)], closing)
    except GuardFailed as lost:
        raise errors.InternalError("The validation was interrupted; send the request again") from lost


def _with(subject: Subject, verdict: Verdict, judgement: Judgement) -> Verdict:
    return validation.judged(verdict, judgement, threshold=subject.threshold)


async def _keep(
    services: Services,
    principal: Principal,
    subject: Subject,
    verdict: Verdict,
    calls: Calls = NO_CALLS,
    before: list[Statement] | None = None,
    after: list[Statement] | None = None,
) -> JsonObject:
    """Add the finding to the history, in one batch with what stands ``before`` and ``after``, and return its body."""
    opening = before or []
    adding = validations.add(
        client_id=principal.client_id,
        execution_id=subject.job.execution_id if subject.job else None,
        structure_type=subject.structure_type,
        level=subject.level,
        threshold=subject.threshold,
        created_at=services.now_ms(),
        score=verdict.score,
        is_valid=verdict.is_valid,
        result=result.history_row(verdict),
    )
    added = await services.db.batch([*opening, adding, *(after or [])])
    return {
        **result.verdict_row(verdict),
        "validationId": cast(int, added[len(opening)].rows[0]["id"]),
        "usage": result.usage_row(calls.usage),
        "cost": result.usd(calls.cost_nano_usd),
        "jobId": subject.job.id if subject.job else None,
        "structureType": subject.structure_type.value,
        "threshold": result.number(subject.threshold),
        "validationLevel": subject.level,
    }
