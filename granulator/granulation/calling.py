"""What a job's questions to models are asked with, opened in one place: its terms, its meter and an asker of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from granulator.granulation.asking import Asker, Terms
from granulator.granulation.facts import Facts
from granulator.granulation.metering import Meter, nano_usd
from granulator.granulation.order import DEFAULT_MAX_TOKENS, DEFAULT_TEMPERATURE, Order
from granulator.model import Job, JsonObject, Lease
from granulator.providers.base import Deadline, ModelProfile
from granulator.services import Services
from granulator.store import ledger

MOST_TOKENS: Final = 128_000
"""The most output of one call, whatever a model could do; the largest ``config.maxTokens``."""


JUDGE: Final = "judge:"
"""How the names of all steps of a judge begin."""


@dataclass(frozen=True, slots=True)
class Line:
    """An asker with what is known of the model it asks first; ``max_tokens`` is the room of one answer."""

    asker: Asker
    profile: ModelProfile
    max_tokens: int


def open_line(
    services: Services,
    job: Job,
    lease: Lease,
    order: Order,
    facts: Facts,
    deadline: Deadline,
    before: ledger.Calls,
    kept: Mapping[str, JsonObject],
) -> Line:
    """Return a line to the models of a job; ``facts`` is told what comes of its calls.

    ``before`` are the calls that were made for the job so far, ``kept`` its stored steps by name.
    """
    terms = _terms(services, job, order, deadline)
    meter = Meter(services, job, lease, limit_nano_usd=limit_of(order), before=before, shown=facts.shown)
    first = terms.targets[0]
    profile = services.providers.profile(first.provider, first.model)
    # What a judge said is none of the author's answers, and its model none of the job's.
    own = {name: answer for name, answer in kept.items() if not name.startswith(JUDGE)}
    return Line(Asker(services, meter, terms, facts, own), profile, terms.max_tokens)


def limit_of(order: Order) -> int | None:
    """Return the most a job may cost in nano-USD, None for no limit."""
    return None if order.max_cost_usd is None else nano_usd(order.max_cost_usd)


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
