"""Which author writes for which provider; the one place that knows both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from granulator.granulation.asking import Asker, Terms
from granulator.granulation.authors.base import Author, Brief
from granulator.granulation.authors.llm import LlmAuthor
from granulator.granulation.authors.local import LocalAuthor
from granulator.granulation.facts import Facts
from granulator.granulation.metering import Meter, nano_usd
from granulator.granulation.order import DEFAULT_MAX_TOKENS, DEFAULT_TEMPERATURE, Order
from granulator.model import Job, JsonObject, Lease
from granulator.providers.base import Deadline, ModelProfile
from granulator.providers.registry import LOCAL
from granulator.services import Services
from granulator.store import ledger

MOST_TOKENS: Final = 128_000
"""The most output of one call, whatever a model could do; the largest ``config.maxTokens``."""


def open_author(
    services: Services,
    job: Job,
    lease: Lease,
    order: Order,
    brief: Brief,
    facts: Facts,
    deadline: Deadline,
    before: ledger.Calls,
    kept: Mapping[str, JsonObject],
) -> Author:
    """Return the author of a job; ``facts`` is told what comes of its calls.

    ``before`` are the calls of earlier attempts at the job, ``kept`` its stored steps by name.
    """
    if job.ai_provider == LOCAL:
        facts.dropped.update(dict.fromkeys(order.model_settings()))
        return LocalAuthor(brief, run_in_thread=services.in_thread)
    terms = _terms(services, job, order, deadline)
    limit = None if order.max_cost_usd is None else nano_usd(order.max_cost_usd)
    meter = Meter(services, job, lease, limit_nano_usd=limit, before=before)
    return LlmAuthor(
        brief,
        Asker(services, meter, terms, facts, kept),
        profile=_profile(services, terms),
        max_tokens=terms.max_tokens,
        fan_out=services.settings.parallel_parts,
        run_in_thread=services.in_thread,
    )


def _terms(services: Services, job: Job, order: Order, deadline: Deadline) -> Terms:
    targets = services.providers.targets(
        job.ai_provider,
        job.model_requested or "",
        fallback=order.fallback or (),
        is_callers_choice=order.model is not None,
    )
    first = services.providers.profile(targets[0].provider, targets[0].model)
    return Terms(
        targets=targets,
        deadline=deadline,
        max_tokens=min(order.max_tokens or DEFAULT_MAX_TOKENS, first.max_output),
        most_tokens=min(MOST_TOKENS, first.max_output),
        temperature=DEFAULT_TEMPERATURE if order.temperature is None else order.temperature,
        template=job.template_name,
        language=job.language,
        seed=order.seed,
        timeout_ms=job.timeout_ms,
    )


def _profile(services: Services, terms: Terms) -> ModelProfile:
    return services.providers.profile(terms.targets[0].provider, terms.targets[0].model)
