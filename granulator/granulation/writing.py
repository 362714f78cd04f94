"""The writing of one job: outline, then parts side by side, each stored as a step the moment it is there."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Mapping, Sequence

from granulator import errors
from granulator.granulation.asking import Truncated
from granulator.granulation.authors.base import Author, Brief, Outline, Part, outline_from_json, part_from_json
from granulator.granulation.authors.choose import open_author
from granulator.granulation.committing import commit
from granulator.granulation.ending import Work
from granulator.granulation.partials import Partial, partials
from granulator.granulation.progress import advance as show
from granulator.model import JobStatus, JsonObject, Stage
from granulator.providers.base import Deadline
from granulator.store import events, jobs, ledger, steps
from granulator.store.database import Statement
from granulator.store.ledger import NO_CALLS


async def stored(work: Work) -> dict[str, JsonObject]:
    """Return what earlier attempts at the job finished, by the name of the step."""
    return {} if _is_fresh(work) else await steps.all(work.services.db, work.job.id)


def _is_fresh(work: Work) -> bool:
    return work.lease.attempt == 1 and work.job.retry_of is None


async def write(work: Work, deadline: Deadline, done: Mapping[str, JsonObject]) -> tuple[Outline, JsonObject]:
    """Write outline and parts, taking from ``done``, the stored steps, what an earlier attempt finished."""
    before = NO_CALLS if _is_fresh(work) else await ledger.calls_of_job(work.services.db, work.job.id)
    author = open_author(
        work.services, work.job, work.lease, work.order, brief(work), work.facts, deadline, before, done
    )
    if "outline" in done:
        outline = outline_from_json(done["outline"])
    else:
        if work.order.source is not None:
            await advance(work, Stage.SOURCE, 5)
        outline = await author.outline()
        # A structure that came in one answer is kept as that answer already.
        if outline.plan == "outline":
            await _store_step(work, "outline", outline.to_json(), Stage.OUTLINE, 20)
    work.facts.plan, work.facts.prompt_hash = outline.plan, outline.prompt_hash
    parts = await _parts(work, author, outline, done)
    work.facts.is_repaired = outline.is_repaired or any(part.is_repaired for part in parts)
    return outline, await author.assemble(outline, [part.element for part in parts])


async def _parts(work: Work, author: Author, outline: Outline, done: Mapping[str, JsonObject]) -> list[Part]:
    """Write the parts that are missing, several at once.

    When one cannot be written, those being written are finished and stored, no further one is begun, and its error is
    raised: a retry pays for what is missing only.
    """
    written = {
        index: part_from_json(done[step]) for index in range(len(outline.parts)) if (step := _step(index)) in done
    }
    failed: list[errors.GranulatorError] = []
    gate = asyncio.Semaphore(author.fan_out)

    async def write(index: int) -> None:
        async with gate:
            if failed:
                return
            try:
                part = await _part(work, author, outline, index)
            except (errors.JobError, errors.ModelUnavailable, errors.BudgetExceeded) as error:
                failed.append(error)
                return
            written[index] = part
            progress = 20 + 60 * len(written) // len(outline.parts)
            told = _partials(work, outline, index, part)
            await _store_step(work, _step(index), part.to_json(), Stage.GENERATE, progress, told)

    missing = [index for index in range(len(outline.parts)) if index not in written]
    await together(write(index) for index in missing)
    if failed:
        raise failed[0]
    return [written[index] for index in range(len(outline.parts))]


async def together(works: Iterable[Coroutine[None, None, None]]) -> None:
    """Wait for all; the first that breaks ends the others, and its own error is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            for one in works:
                group.create_task(one)
    except BaseExceptionGroup as broken:
        raise broken.exceptions[0] from None


async def _part(work: Work, author: Author, outline: Outline, index: int) -> Part:
    """Write one part; an answer that cannot be used is given one fresh start, one that cannot fit is not."""
    try:
        return await author.part(outline, index, 1)
    except Truncated:
        raise
    except errors.AiResponseInvalid:
        return await author.part(outline, index, 2)


def _step(index: int) -> str:
    return f"part:{index}"


def brief(work: Work) -> Brief:
    """Return what the author of a job is asked for."""
    return Brief(
        topic=work.job.topic,
        structure_type=work.job.structure_type,
        level=work.job.granularity_level,
        audience=work.job.target_audience,
        language=work.job.language,
        sizes=work.sizes,
        template=work.template,
        source=work.order.source,
        required=work.order.required_elements,
        max_elements=work.job.max_elements,
        system_prompt=work.order.system_prompt,
    )


def _partials(work: Work, outline: Outline, index: int, part: Part) -> list[Partial]:
    """Return what watchers may see of a part; what will be merged has no place yet that could be told."""
    if work.job.max_elements is not None:
        return []
    return partials(work.job.structure_type, outline.parts, index, part.element)


async def _store_step(
    work: Work, step: str, written: JsonObject, stage: Stage, progress: int, told: Sequence[Partial] = ()
) -> None:
    work.report(stage, progress)
    now = work.services.now_ms()
    statements = [
        jobs.fence(work.lease),
        steps.put(work.lease, step, written, now),
        *_shown(work, JobStatus.PROCESSING, stage, progress, now),
        *(events.add(work.job.id, "partial", partial.to_json(), now) for partial in told),
    ]
    await commit(work.services, statements, applied=steps.is_stored(work.job.id, step))


async def advance(work: Work, stage: Stage, progress: int, status: JobStatus = JobStatus.PROCESSING) -> None:
    """Show where the job is; raises GuardFailed when it is no longer ours."""
    work.report(stage, progress)
    shown = _shown(work, status, stage, progress, work.services.now_ms())
    await commit(work.services, [jobs.fence(work.lease), *shown], applied=jobs.is_held(work.lease))


def _shown(work: Work, status: JobStatus, stage: Stage, progress: int, now: int) -> list[Statement]:
    return show(work.facts.shown, work.job, work.lease, status=status, stage=stage, progress=progress, now=now)
