"""The clean-up: what is kept how long, and its deletion in small batches. Money, figures and job rows always stay.

It may be stopped anywhere and run twice at once: whatever is left is found by the next run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from granulator.clock import DAY_MS
from granulator.granulation import collecting
from granulator.services import Services
from granulator.settings import Settings
from granulator.store import retention
from granulator.store.database import Statement
from granulator.store.idempotency import KEPT_MS
from granulator.store.retention import Limits

THINGS_PER_BATCH: Final = 25
"""Jobs or messages whose rows go in one batch: a job has about ten."""

ROWS_PER_BATCH: Final = 250


def limits(settings: Settings, now: int, *, older_than_days: int | None = None) -> Limits:
    """Return what is old at ``now`` by the settings; ``older_than_days`` stands in for their days of jobs."""
    days = settings.retention_jobs_days if older_than_days is None else older_than_days
    return Limits(
        jobs=_before(now, days),
        events=_before(now, settings.retention_events_days),
        webhooks=_before(now, settings.retention_webhooks_days),
        idempotency_keys=now - KEPT_MS,
        sessions=now,
    )


async def clean_up(services: Services, limits: Limits, *, is_trial: bool = False) -> dict[str, int]:
    """Delete what is old, then the objects no row names any more, and return how many of each there were.

    A trial deletes nothing, so that objects its rows would let go are not counted. Raises DatabaseError, StorageError.
    """
    rows = await retention.count(services.db, limits) if is_trial else await prune(services, limits)
    collected = await collecting.collect(services, dry_run=is_trial)
    return {**rows, "objects": collected.objects}


async def prune(services: Services, limits: Limits) -> dict[str, int]:
    """Delete what is old and return how many rows of each table are gone; of jobs, how many lost their texts.

    Raises DatabaseError; what was deleted until then is gone.
    """
    deleted = Counter(dict.fromkeys(retention.TABLES, 0))
    if limits.jobs is not None:
        await _prune_jobs(services, limits.jobs, deleted)
    if limits.events is not None:
        await _prune_events(services, limits.events, deleted)
    if limits.webhooks is not None:
        await _prune_messages(services, limits.webhooks, deleted)
    while True:
        changes = await _delete(services, [retention.delete_oldest(limits, ROWS_PER_BATCH)], deleted)
        if changes == 0:
            return dict(deleted)


async def _prune_jobs(services: Services, before: int, deleted: Counter[str]) -> None:
    while found := await retention.old_jobs(services.db, before, THINGS_PER_BATCH):
        await _delete(services, [retention.expire(job, services.now_ms()) for job in found], deleted)


async def _prune_events(services: Services, before: int, deleted: Counter[str]) -> None:
    while found := await retention.jobs_with_old_events(services.db, before, THINGS_PER_BATCH):
        await _delete(services, [retention.delete_events(job_id) for job_id in found], deleted)


async def _prune_messages(services: Services, before: int, deleted: Counter[str]) -> None:
    after = 0
    while found := await retention.messages(services.db, after=after, before=before, limit=ROWS_PER_BATCH):
        over = [each.message_id for each in found if each.is_over]
        for start in range(0, len(over), THINGS_PER_BATCH):
            some = over[start : start + THINGS_PER_BATCH]
            await _delete(services, [retention.delete_message(message_id) for message_id in some], deleted)
        if all(each.created_at >= before for each in found):
            # Every message behind these is younger.
            return
        after = found[-1].id


async def _delete(services: Services, groups: Sequence[dict[str, Statement]], deleted: Counter[str]) -> int:
    """Run one batch, count what it deleted by table and return its number of changes."""
    tables = [table for group in groups for table in group]
    answers = await services.db.batch([statement for group in groups for statement in group.values()])
    for table, answer in zip(tables, answers, strict=True):
        deleted[table] += answer.changes
    return sum(answer.changes for answer in answers)


def _before(now: int, days: int | None) -> int | None:
    return None if days is None else now - days * DAY_MS
