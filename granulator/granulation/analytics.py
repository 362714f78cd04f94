"""What an administrator is told of the jobs: shares, averages and what follows from them; asks no database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from granulator.model import Json, JsonObject, StructureType
from granulator.store.analytics import DayFigures, JobFigures, TemplateFigures, TypeFigures, ValidationFigures

NANO: Final = 10**9
EPOCH: Final = date(1970, 1, 1).toordinal()

ENOUGH: Final = 5
"""So few jobs or checks say nothing of a template."""

SUCCESS_LEAST: Final = 0.9
QUALITY_LEAST: Final = 0.85
FAILURES_MOST: Final = 0.2
SLOWER: Final = 2
BETTER: Final = 0.05
"""From where on a figure is worth a word; ``SLOWER`` and ``BETTER`` compare templates of one structure type."""


def stats(jobs: JobFigures, types: Sequence[TypeFigures], validations: Sequence[ValidationFigures]) -> dict[str, Json]:
    """Return the totals of a time; shares and scores are 0..1, and what nothing is known of is None."""
    used = {entry.structure_type: entry.total for entry in types}
    return {
        "totalGranulations": jobs.total,
        "templateUsage": {kind.value: used.get(kind, 0) for kind in StructureType},
        "avgQualityScore": _fraction(jobs.avg_score),
        "performanceMetrics": {
            "avgProcessingTime": _rounded(jobs.avg_time_ms, 1),
            "successRate": _share(jobs.completed, jobs.completed + jobs.failed),
        },
        "validationMetrics": {"avgAccuracy": _accuracy(validations), "failureRate": _failure_rate(validations)},
        "resourceUsage": {
            "avgTokensPerRequest": _rounded(jobs.avg_tokens, 1),
            "avgCostPerRequest": None if jobs.avg_cost_nano_usd is None else round(jobs.avg_cost_nano_usd) / NANO,
            "totalApiCalls": jobs.calls,
        },
    }


def analytics(
    templates: Sequence[TemplateFigures],
    validations: Sequence[ValidationFigures],
    days: Sequence[DayFigures],
    types: Sequence[TypeFigures],
) -> dict[str, Json]:
    """Return the figures by template, day and structure type, and what they recommend."""
    return {
        "templatePerformance": [_performance(entry, _of(entry, validations)) for entry in templates],
        "dailyTrend": [
            {
                "date": date.fromordinal(EPOCH + entry.day).isoformat(),
                "granulations": entry.total,
                "avgQuality": _fraction(entry.avg_score),
                "avgTimeMs": _rounded(entry.avg_time_ms, 1),
            }
            for entry in days
        ],
        "structureDistribution": [
            {"type": entry.structure_type.value, "count": entry.total, "avgQuality": _fraction(entry.avg_score)}
            for entry in types
        ],
        "recommendations": list(recommendations(templates, validations)),
    }


def recommendations(templates: Sequence[TemplateFigures], validations: Sequence[ValidationFigures]) -> Iterator[str]:
    """Yield what the figures ask for, each with the figures; nothing where they are good or too few."""
    for entry in templates:
        ended = entry.completed + entry.failed
        if ended >= ENOUGH and entry.completed < SUCCESS_LEAST * ended:
            yield f"Template '{entry.template_name}': {entry.failed} of {ended} jobs failed; look at their errors"
        if ended >= ENOUGH and entry.avg_score is not None and entry.avg_score < 100 * QUALITY_LEAST:
            yield (
                f"Template '{entry.template_name}': the average quality is {entry.avg_score / 100:.2f}; "
                "look at the issues of its structures and sharpen its prompts"
            )
        yield from _refusals(entry, _of(entry, validations))
        yield from _comparisons(entry, [other for other in templates if other.structure_type is entry.structure_type])


def _refusals(entry: TemplateFigures, found: Sequence[ValidationFigures]) -> Iterator[str]:
    refused, judged = sum(each.refused for each in found), sum(each.judged for each in found)
    if judged >= ENOUGH and refused > FAILURES_MOST * judged:
        yield (
            f"Template '{entry.template_name}': {refused} of {judged} checks found its structures not valid; "
            "look at their issues, or set a threshold it can meet"
        )


def _comparisons(entry: TemplateFigures, of_its_type: Sequence[TemplateFigures]) -> Iterator[str]:
    others = [each for each in of_its_type if each is not entry and each.completed >= ENOUGH]
    if entry.completed < ENOUGH or not others:
        return
    fastest = min((each for each in others if each.avg_time_ms is not None), key=_time, default=None)
    if fastest is not None and _time(entry) > SLOWER * _time(fastest):
        yield (
            f"Template '{entry.template_name}' takes {_time(entry) / _time(fastest):.1f} times as long as "
            f"'{fastest.template_name}'"
        )
    best = max((each for each in others if each.avg_score is not None), key=_score, default=None)
    if best is not None and entry.avg_score is not None and _score(best) - entry.avg_score >= 100 * BETTER:
        yield (
            f"For a {entry.structure_type.value}, template '{best.template_name}' reaches a quality of "
            f"{_score(best) / 100:.2f}, '{entry.template_name}' of {entry.avg_score / 100:.2f}"
        )


def _time(entry: TemplateFigures) -> float:
    return max(1.0, entry.avg_time_ms or 0)


def _score(entry: TemplateFigures) -> float:
    return entry.avg_score or 0


def _performance(entry: TemplateFigures, validations: Sequence[ValidationFigures]) -> JsonObject:
    return {
        "templateName": entry.template_name,
        "structureType": entry.structure_type.value,
        "metrics": {
            "totalUsage": entry.total,
            "daysActive": entry.days_active,
            "successRate": _share(entry.completed, entry.completed + entry.failed),
            "avgQuality": _fraction(entry.avg_score),
            "avgProcessingTime": _rounded(entry.avg_time_ms, 1),
            "validationAccuracy": _accuracy(validations),
            "validationFailureRate": _failure_rate(validations),
        },
    }


def _of(entry: TemplateFigures, validations: Sequence[ValidationFigures]) -> list[ValidationFigures]:
    wanted = (entry.template_name, entry.structure_type)
    return [each for each in validations if (each.template_name, each.structure_type) == wanted]


def _accuracy(validations: Sequence[ValidationFigures]) -> float | None:
    return _share(sum(each.scores for each in validations), 100 * sum(each.scored for each in validations))


def _failure_rate(validations: Sequence[ValidationFigures]) -> float | None:
    return _share(sum(each.refused for each in validations), sum(each.judged for each in validations))


def _share(part: int, whole: int) -> float | None:
    return _rounded(part / whole, 4) if whole else None


def _fraction(score: float | None) -> float | None:
    return None if score is None else _rounded(score / 100, 4)


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
