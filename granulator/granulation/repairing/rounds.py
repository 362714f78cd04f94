"""Repair as a whole: at most two rounds, of which the better version is kept, within the deadline and the money."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from granulator import errors
from granulator.granulation import ending, grounding, validation, writing
from granulator.granulation.calling import open_line
from granulator.granulation.ending import Work
from granulator.granulation.facts import Repair
from granulator.granulation.passages import Passages
from granulator.granulation.repairing import places
from granulator.granulation.repairing.applying import Applied
from granulator.granulation.repairing.locating import Found, Target, targets
from granulator.granulation.repairing.places import Place, get
from granulator.granulation.repairing.recounting import recount
from granulator.granulation.repairing.rewriting import Mender
from granulator.granulation.validation import Verdict
from granulator.model import Issue, JsonObject, Stage
from granulator.providers.base import Deadline
from granulator.store import ledger
from granulator.store.database import GuardFailed

T = TypeVar("T")

log = logging.getLogger(__name__)

ROUNDS: Final = 2
PROGRESS: Final = {1: 88, 2: 94}
"""The round -> the percentage that is shown while it runs."""

KEPT_SHARE: Final = 0.1
KEPT_SECONDS_MOST: Final = 5.0
"""How much of a job's time is kept back from repair: what there is has to be stored."""

_MINIMA: Final = frozenset({"below_minimum", "missing_level", "empty_module", "empty_act"})

Assess = Callable[[JsonObject, int], Awaitable[Verdict]]
"""Checks a structure after so many rounds; raises GuardFailed, DatabaseError and TimeoutError only."""

Rules = Callable[[JsonObject], Awaitable[Verdict]]
"""Checks a structure by rules alone."""


@dataclass(frozen=True, slots=True)
class Version:
    """A structure with what was found about it."""

    structure: JsonObject
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Checks:
    """How the versions of a structure are judged."""

    assess: Assess
    rules: Rules


async def repair(
    work: Work, version: Version, checks: Checks, deadline: Deadline, kept: Mapping[str, JsonObject]
) -> Version:
    """Return the best version of a structure that two rounds of repair come to, and tell the job's facts.

    What is good enough is not touched. Whatever keeps a round from its end (money, time, a provider) ends repair with
    the best there is. Raises GuardFailed and DatabaseError, and JobCancelled when the job was.
    """
    report = Repair()
    until = Deadline(time.monotonic() + _usable(work, deadline))
    for number in range(1, ROUNDS + 1):
        if _is_accepted(work, version) or not (asked := await _bounded(work, until, _targets(work, version))):
            break
        report = replace(report, rounds=number)
        outcome = await _bounded(work, until, _round(work, version, checks, asked, number, until, kept))
        if outcome is not None:
            version, report = _better(work, version, outcome, report)
        if outcome is None or not outcome.goes_on:
            break
    if report.rounds and version.verdict.has_errors and not _is_accepted(work, version):
        last = Deadline((until.at + deadline.at) / 2)
        smaller = await _bounded(work, last, _without_unsound(work, version, checks, report))
        version, report = smaller or (version, report)
    if report.rounds:
        work.facts.repair = replace(report, remaining=len(version.verdict.issues))
    return version


def _is_accepted(work: Work, version: Version) -> bool:
    return ending.rejection(work, version.verdict) is None


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a round came to; ``goes_on`` says whether another is of any use."""

    version: Version
    applied: Applied
    goes_on: bool


def _usable(work: Work, deadline: Deadline) -> float:
    """Return for how many seconds repair may go on."""
    kept = min(KEPT_SECONDS_MOST, KEPT_SHARE * work.job.timeout_ms / 1000)
    return max(0.0, deadline.at - time.monotonic() - kept)


async def _bounded(work: Work, deadline: Deadline, doing: Coroutine[None, None, T]) -> T | None:
    """Return what comes of a piece of repair, None when it does not come to its end: the version before it stands."""
    try:
        async with asyncio.timeout(max(0.0, deadline.at - time.monotonic())):
            return await doing
    except (GuardFailed, errors.DatabaseError, errors.JobCancelled):
        raise
    except TimeoutError:
        log.info("repair ran out of time", extra={"facts": {"jobId": work.job.id}})
    except errors.GranulatorError as error:
        log.info("repair ended early", extra={"facts": {"jobId": work.job.id, "code": error.code}})
    except Exception:
        # A structure that was paid for is not lost to a slip of ours.
        log.exception("repair failed unexpectedly", extra={"facts": {"jobId": work.job.id}})
    return None


async def _round(
    work: Work,
    version: Version,
    checks: Checks,
    asked: Sequence[Target],
    number: int,
    deadline: Deadline,
    kept: Mapping[str, JsonObject],
) -> _Outcome:
    await writing.advance(work, Stage.REPAIR, PROGRESS[number])
    mender = await _mender(work, number, deadline, kept)
    applied, goes_on = await mender.rewrite(version.structure, asked)
    if not applied.written:
        return _Outcome(version, applied, goes_on)
    structure = recount(work.job.structure_type, applied.structure)
    verdict = _standing(work, version, structure, await checks.assess(structure, number))
    return _Outcome(Version(structure, verdict), applied, goes_on)


async def _mender(work: Work, number: int, deadline: Deadline, kept: Mapping[str, JsonObject]) -> Mender:
    before = await ledger.calls_of_job(work.services.db, work.job.id)
    line = open_line(work.services, work.job, work.lease, work.order, work.facts, deadline, before, kept)
    return Mender(work.services, writing.brief(work), line, await _passages(work), number)


async def _passages(work: Work) -> Passages | None:
    source = work.order.source
    return None if source is None else await work.services.in_thread(lambda: grounding.read(source))


# What is to be mended


async def _targets(work: Work, version: Version) -> tuple[Target, ...]:
    job = work.job
    found = Found(job.structure_type, version.structure, job.language, work.sizes, work.order.required_elements)
    issues = to_mend(version.verdict, is_scored=job.validation_enabled)
    return await work.services.in_thread(targets, found, issues)


def to_mend(verdict: Verdict, *, is_scored: bool) -> tuple[Issue, ...]:
    """Return the issues that keep a structure from being accepted: its errors, else its warnings.

    Where a structure is not scored those of its shape alone.
    """
    wrong = tuple(issue for issue in verdict.issues if issue.severity == "error")
    if not is_scored:
        return tuple(issue for issue in wrong if validation.is_shape(issue))
    return wrong or verdict.issues


# Questions that nothing came for


async def _without_unsound(work: Work, version: Version, checks: Checks, report: Repair) -> tuple[Version, Repair]:
    """Return the version without the questions that are still unsound, as far as enough are left without them."""
    structure, dropped = version.structure, report.dropped
    gone: list[Target] = []
    known = _too_few(version.verdict)
    for target in await _targets(work, version):
        if not 0 < len(target.indexes) < len(places.objects_at(structure, target.place)):
            # An assessment that asks nothing is no sound one.
            continue
        less = _less(work, structure, target)
        if _too_few(await checks.rules(less)) <= known:
            structure = less
            gone.append(target)
            dropped = _paths(dropped, [(*target.place, index) for index in target.indexes])
            report = replace(report, elements=_moved(report.elements, target), dropped=dropped)
    if structure is version.structure:
        return version, report
    moved = version.verdict
    for target in gone:
        moved = replace(moved, judge=replace(moved.judge, issues=_shifted(moved.judge.issues, target)))
    verdict = await checks.assess(structure, ROUNDS + 1)
    smaller = Version(structure, _standing(work, Version(structure, moved), structure, verdict))
    is_better = _rank(work, smaller.verdict) > _rank(work, version.verdict)
    return (smaller, report) if is_better else (version, report)


def _less(work: Work, structure: JsonObject, target: Target) -> JsonObject:
    return recount(work.job.structure_type, places.without(structure, target.place, target.indexes))


def _too_few(verdict: Verdict) -> set[tuple[str, str]]:
    return {(issue.code, issue.path) for issue in verdict.issues if issue.code in _MINIMA}


def _moved(paths: Sequence[str], target: Target) -> tuple[str, ...]:
    """Return the paths of what was written anew as they are once the questions of a target are gone."""
    home = target.place
    moved = []
    for place in map(places.parse, paths):
        index = place[len(home)] if place[: len(home)] == home and len(place) > len(home) else None
        if index in target.indexes:
            continue
        if isinstance(index, int):
            place = (*home, index - sum(gone < index for gone in target.indexes), *place[len(home) + 1 :])
        moved.append(places.written(place))
    return tuple(moved)


def _shifted(issues: Sequence[Issue], target: Target) -> tuple[Issue, ...]:
    """Return the issues with their paths as they are once the questions of a target are gone, and none of those."""
    moved = ((issue, path) for issue in issues for path in _moved([issue.path], target))
    return tuple(replace(issue, path=path, message=issue.message.replace(issue.path, path, 1)) for issue, path in moved)


# Which version is kept


def _standing(work: Work, before: Version, structure: JsonObject, verdict: Verdict) -> Verdict:
    """Return the verdict on a new version with what the judge had found where nothing has changed since.

    A judge that fails this time takes nothing back; one that answers has seen it all again.
    """
    if verdict.judge.status == "ok":
        return verdict
    found = ((issue, places.parse(issue.path)) for issue in before.verdict.judge.issues)
    still = [issue for issue, place in found if get(structure, place) == get(before.structure, place)]
    return validation.standing(verdict, still, threshold=work.job.validation_threshold) if still else verdict


def _better(work: Work, version: Version, outcome: _Outcome, report: Repair) -> tuple[Version, Repair]:
    if _rank(work, outcome.version.verdict) <= _rank(work, version.verdict):
        return version, report
    written = _paths(report.elements, outcome.applied.written)
    dropped = _paths(report.dropped, outcome.applied.dropped)
    return outcome.version, replace(report, elements=written, dropped=dropped)


def _rank(work: Work, verdict: Verdict) -> tuple[int, int, int]:
    """Return what makes a version better: fewer errors to mend, and of as many the higher score.

    Those of the rules count first: what has any was not judged, so what is judged would lose for being known better.
    """
    wrong = [issue for issue in to_mend(verdict, is_scored=work.job.validation_enabled) if issue.severity == "error"]
    by_rules = [issue for issue in wrong if issue not in verdict.judge.issues]
    return -len(by_rules), -len(wrong), verdict.score or 0


def _paths(before: tuple[str, ...], more: Sequence[Place]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*before, *(places.written(place) for place in more)]))
