"""A structure checked on request: a job's own or one that was sent. The finding is kept; the job is not changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from granulator.extraction import documents
from granulator.granulation import result, validation
from granulator.granulation.order import Order
from granulator.granulation.plan import sizes
from granulator.granulation.validation import Verdict
from granulator.model import Job, Json, JsonObject, Principal, StructureType, Template, Usage
from granulator.services import Services
from granulator.store import validations

THREAD_FROM_CHARACTERS: Final = 20_000
"""Structures from this size on are checked outside the event loop."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is checked and how: ``text`` is the structure as JSON, ``threshold`` is 0..100."""

    text: str
    structure_type: StructureType
    template: Template
    level: int
    threshold: float
    job: Job | None = None
    order: Order | None = None


async def review(services: Services, principal: Principal, subject: Subject) -> JsonObject:
    """Check ``subject``, add the finding to the history and return it as the body of ``POST /api/validate``."""
    is_small = subject.order is None and len(subject.text) < THREAD_FROM_CHARACTERS
    verdict = _verdict(subject) if is_small else await services.in_thread(_verdict, subject)
    return await _keep(services, principal, subject, verdict)


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
        template=template,
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


def _verdict(subject: Subject) -> Verdict:
    structure = cast(Json, json.loads(subject.text))
    if subject.job is not None and subject.order is not None:
        return check(
            structure,
            subject.job,
            subject.order,
            subject.template,
            level=subject.level,
            threshold=subject.threshold,
            is_scaffold=_is_scaffold(structure),
        )
    return validation.validate(
        structure,
        subject.structure_type,
        template=subject.template,
        level=subject.level,
        threshold=subject.threshold,
        is_scaffold=_is_scaffold(structure),
    )


def _is_scaffold(structure: Json) -> bool:
    """A structure whose every provenance says scaffold holds no content that could be scored."""
    kinds: set[object] = set()
    waiting: list[Json] = [structure]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Mapping):
            provenance = value.get("provenance")
            if isinstance(provenance, Mapping):
                kinds.add(provenance.get("kind"))
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return kinds == {"scaffold"}


async def _keep(services: Services, principal: Principal, subject: Subject, verdict: Verdict) -> JsonObject:
    row = result.verdict_row(verdict)
    added = await services.db.batch(
        [
            validations.add(
                client_id=principal.client_id,
                execution_id=subject.job.execution_id if subject.job else None,
                structure_type=subject.structure_type,
                level=subject.level,
                threshold=subject.threshold,
                created_at=services.now_ms(),
                score=verdict.score,
                is_valid=verdict.is_valid,
                result=row,
            )
        ]
    )
    return {
        **row,
        "validationId": cast(int, added[0].rows[0]["id"]),
        "usage": result.usage_row(Usage()),
        "cost": 0,
        "jobId": subject.job.id if subject.job else None,
        "structureType": subject.structure_type.value,
        "threshold": result.number(subject.threshold),
        "validationLevel": subject.level,
    }
