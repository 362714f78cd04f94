"""Which author writes for which provider; the one place that knows both."""

from __future__ import annotations

from collections.abc import Mapping

from granulator.granulation.authors.base import Author, Brief
from granulator.granulation.authors.llm import LlmAuthor
from granulator.granulation.authors.local import LocalAuthor
from granulator.granulation.calling import open_line
from granulator.granulation.facts import Facts
from granulator.granulation.order import Order
from granulator.model import Job, JsonObject, Lease
from granulator.providers.base import Deadline
from granulator.providers.registry import LOCAL
from granulator.services import Services
from granulator.store import ledger


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
    line = open_line(services, job, lease, order, facts, deadline, before, kept)
    return LlmAuthor(
        brief,
        line.asker,
        profile=line.profile,
        max_tokens=line.max_tokens,
        fan_out=services.settings.parallel_parts,
        run_in_thread=services.in_thread,
    )
