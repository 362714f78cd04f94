"""Checks of learning paths only: hours that add up, and levels that do not fall; the graph of milestones is"
" ``graph``'s."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from granulator.granulation.checks.codes import issue
from granulator.granulation.checks.document import Document, Expectation
from granulator.granulation.checks.graph import nodes_of
from granulator.granulation.structures import at
from granulator.model import Issue, Json, StructureType

HOURS_TOLERANCE = 0.1
HOURS_MAX = 1_000_000
ROUNDING = 1e-6


def hours_mismatch(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find a total more than a tenth away from the milestones' hours, and activities longer than their milestone."""
    if document.structure_type is not StructureType.LEARNING_PATH:
        return
    yield from _total(document)
    for path, milestone in at(document.structure, "milestones[]"):
        whole, parts = _hours(milestone), [_hours(activity) for _, activity in at(milestone, "activities[]")]
        spent = math.fsum(part for part in parts if part)
        if whole is not None and spent > whole + ROUNDING:
            message = f"{path} takes {whole:g} hours, its activities {spent:g}"
            yield issue("hours_mismatch", f"{path}.hours", message, f"Set {path}.hours to at least {spent:g}")


def _total(document: Document) -> Iterator[Issue]:
    milestones = [milestone for _, milestone in at(document.structure, "milestones[]")]
    hours = [_hours(milestone) for milestone in milestones]
    known = [each for each in hours if each is not None]
    for path, said in at(document.structure, "pathOverview.totalHours"):
        total = _number(said)
        if total is None or not known or len(known) < len(hours):
            continue
        # Whether the total counts what is optional is the author's choice.
        needed = [each for each, milestone in zip(known, milestones, strict=True) if not _is_optional(milestone)]
        sums = [math.fsum(known), math.fsum(needed)]
        if all(abs(each - total) > HOURS_TOLERANCE * max(each, total) for each in sums):
            message = f"{path} is {total:g}, the milestones take {sums[0]:g} hours"
            yield issue("hours_mismatch", path, message, f"Set {path} to {sums[0]:g}")


def _is_optional(milestone: Json) -> bool:
    return isinstance(milestone, dict) and milestone.get("optional") is True


def _hours(element: Json) -> float | None:
    return _number(element.get("hours")) if isinstance(element, dict) else None


def _number(value: Json) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if 0 <= value <= HOURS_MAX else None


def level_falls(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find milestones that develop only what is below everything one they require developed already."""
    if document.structure_type is not StructureType.LEARNING_PATH:
        return
    levels = {
        identity: level
        for identity, _, competency in nodes_of(document, "competencies[]")
        if (level := _number(competency.get("level") if isinstance(competency, dict) else None)) is not None
    }
    developed = {
        identity: (path, _developed(milestone, levels), milestone)
        for identity, path, milestone in nodes_of(document, "milestones[]")
    }
    for path, own, milestone in developed.values():
        for inner, required in at(milestone, "requires[]"):
            other, before, _ = developed.get(required, ("", [], None)) if isinstance(required, str) else ("", [], None)
            if own and before and max(own) < min(before):
                at_path = f"{path}.{inner}"
                message = f"{path} is on level {max(own):g}, below {other}, which it requires"
                yield issue(
                    "level_falls", at_path, message, f"Let {other} require {path}, or raise what {path} develops"
                )


def _developed(milestone: Json, levels: Mapping[str, float]) -> list[float]:
    named = (name for _, name in at(milestone, "developsCompetencies[]") if isinstance(name, str))
    return [levels[name] for name in named if name in levels]
