"""One judgement from beginning to end: whether anybody judges, what is asked, and what stands when all went well.

It is all or nothing: a judge of whom one answer is missing has found nothing, and the checks' own score stands.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from granulator import errors
from granulator.granulation.asking import Asker, Terms
from granulator.granulation.facts import Facts
from granulator.granulation.judgement import NOT_RUN, Judgement
from granulator.granulation.judging import rubric, solving, support
from granulator.granulation.judging.asks import Panel, all_done
from granulator.granulation.judging.case import Case, Judged, prepare
from granulator.granulation.metering import Meter
from granulator.model import Job, JsonObject, Lease
from granulator.providers.base import Deadline
from granulator.providers.call import Target
from granulator.providers.registry import LOCAL
from granulator.services import Services
from granulator.store import ledger
from granulator.store.database import GuardFailed

log = logging.getLogger(__name__)

OFF: Final = "off"
"""The value of JUDGE_MODEL that switches the judge off."""

ANSWER_TOKENS: Final = 4_000
ANSWER_TOKENS_MOST: Final = 16_000
STRUCTURE_TOKENS_MOST: Final = 60_000
"""A larger structure is judged by a sample: no judge keeps more than this in view."""

RESERVE_TOKENS: Final = 4_000
VOTING_TEMPERATURE: Final = 0.7
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}")
NOTHING_KEPT: Final[Mapping[str, JsonObject]] = MappingProxyType({})


def target_of(services: Services) -> Target | None:
    """Return the model that judges here, or None when none does.

    Raises ProviderNotConfigured or ModelUnavailable when the configured one cannot be used.
    """
    wanted = services.settings.judge_model
    if wanted == OFF:
        return None
    name, _, model = (wanted or services.providers.default).partition("/")
    if name == LOCAL:
        return None
    provider, chosen = services.providers.resolve(name, model or None)
    return services.providers.targets(provider.name, chosen, is_callers_choice=False)[0]


async def judge(
    services: Services,
    lease: Lease,
    job: Job,
    judged: Judged,
    *,
    level: int,
    limit_nano_usd: int | None,
    deadline: Deadline,
    step: str = "judge",
    kept: Mapping[str, JsonObject] = NOTHING_KEPT,
) -> Judgement:
    """Return what the judge of this installation finds in a structure; its calls are booked on ``job``.

    Level 2 asks the rubric, level 3 also solves every question blind and holds statements against the source. A judge
    that is not there, may not be asked or fails adds nothing. It may take half of what is left until ``deadline``.
    Raises GuardFailed when the lease was lost, DatabaseError when a call could not be booked, and nothing else.
    """
    if level < 2 or job.ai_provider == LOCAL:
        return NOT_RUN
    facts, target = Facts(), None
    try:
        target = target_of(services)
        case = None if target is None else await services.in_thread(prepare, judged, level, _room(services, target))
        if target is None or case is None:
            return NOT_RUN
        before = await ledger.calls_of_job(services.db, job.id)
        meter = Meter(services, job, lease, limit_nano_usd=limit_nano_usd, before=before)
        terms = _terms(services, judged, target, Deadline(time.monotonic() + deadline.remaining() / 2))
        # The answers of the author are kept under other names, and its model is none of ours.
        own = {name: answer for name, answer in kept.items() if name.startswith(f"{step}:")}
        steady = Asker(services, meter, terms, facts, own)
        voter = Asker(services, meter, replace(terms, temperature=VOTING_TEMPERATURE), facts, own)
        await _ask_all(Panel(steady, voter, step, terms.language, services.settings.parallel_parts), case)
        return await services.in_thread(_judgement, case, facts.model or target.model)
    except (GuardFailed, errors.DatabaseError):
        raise
    except errors.GranulatorError as error:
        told = {"jobId": job.id, "code": error.code, "cause": error.message}
        log.warning("the judge is unavailable", extra={"facts": told})
    except Exception:
        log.exception("the judge failed unexpectedly", extra={"facts": {"jobId": job.id}})
    return Judgement("unavailable", facts.model or (target.model if target else None))


async def _ask_all(panel: Panel, case: Case) -> None:
    """Ask the rubric first: where that fails, nothing is paid for the votes."""
    case.findings = await rubric.ask(panel, case.shown)
    await all_done([*solving.works(panel, case.solved), *support.works(panel, case.supported)], panel.at_once)
    await solving.grade(panel, case.solved)


def _judgement(case: Case, model: str) -> Judgement:
    refused = [finding.issue() for finding in case.findings if not finding.is_met]
    agreement = case.solved.agreement
    return Judgement(
        status="ok",
        model=model,
        agreement=None if agreement is None else round(agreement, 4),
        issues=(*solving.issues(case.solved), *refused, *support.issues(case.supported)),
        questions=(*solving.rows(case.solved), *support.rows(case.supported)),
        scores=tuple(finding.row() for finding in case.findings),
        coverage=round(case.coverage, 4),
    )


def _terms(services: Services, judged: Judged, target: Target, deadline: Deadline) -> Terms:
    most = services.providers.profile(target.provider, target.model).max_output
    return Terms(
        targets=(target,),
        deadline=deadline,
        max_tokens=min(ANSWER_TOKENS, most),
        most_tokens=min(ANSWER_TOKENS_MOST, most),
        template="judge",
        language=judged.language if _LANGUAGE.fullmatch(judged.language) else "en",
        temperature=0.0,
    )


def _room(services: Services, target: Target) -> int:
    """Return how many tokens of structure the judge can be shown."""
    context = services.providers.profile(target.provider, target.model).context
    return max(1_000, min(STRUCTURE_TOKENS_MOST, context - ANSWER_TOKENS - RESERVE_TOKENS))
