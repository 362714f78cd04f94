"""Figures over the jobs of all tenants, or of one: sums and averages of real rows; what they mean is elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from granulator.model import StructureType
from granulator.store import columns
from granulator.store.database import Database, Row, Statement

# Averages are of jobs that ended: one that runs has no time yet, and one without a score adds nothing to the average.
JOBS = """
SELECT COUNT(*) AS total,
       COUNT(CASE WHEN status = 'completed' THEN 1 END) AS completed,
       COUNT(CASE WHEN status = 'failed' THEN 1 END) AS failed,
       CAST(AVG(quality_score) AS REAL) AS avg_score,
       CAST(AVG(processing_time_ms) AS REAL) AS avg_time,
       CAST(AVG(CASE WHEN completed_at IS NOT NULL THEN input_tokens + output_tokens END) AS REAL) AS avg_tokens,
       CAST(AVG(CASE WHEN completed_at IS NOT NULL THEN cost_nano_usd END) AS REAL) AS avg_cost
  FROM jobs
 WHERE kind = 'granulation' AND created_at >= ?1 AND (CAST(?2 AS TEXT) IS NULL OR client_id = ?2)
"""

# Those of a judge whose opinion was asked for by itself are calls as well.
CALLS = """
SELECT COUNT(*) AS total
  FROM jobs JOIN attempts ON attempts.job_id = jobs.id
 WHERE jobs.kind IN ('granulation', 'validation') AND jobs.created_at >= ?1
   AND (CAST(?2 AS TEXT) IS NULL OR jobs.client_id = ?2)
"""

VALIDATIONS = """
SELECT jobs.template_name AS template_name, jobs.structure_type AS structure_type,
       COUNT(validations.score) AS scored,
       CAST(COALESCE(SUM(validations.score), 0) AS INTEGER) AS scores,
       COUNT(validations.is_valid) AS judged,
       COUNT(CASE WHEN validations.is_valid = 0 THEN 1 END) AS refused
  FROM jobs JOIN validations ON validations.job_id = jobs.id
 WHERE jobs.kind = 'granulation' AND jobs.created_at >= ?1
   AND (CAST(?2 AS TEXT) IS NULL OR jobs.client_id = ?2)
 GROUP BY jobs.template_name, jobs.structure_type
"""

TEMPLATES = """
SELECT template_name, structure_type, COUNT(*) AS total,
       COUNT(DISTINCT created_at / 86400000) AS days_active,
       COUNT(CASE WHEN status = 'completed' THEN 1 END) AS completed,
       COUNT(CASE WHEN status = 'failed' THEN 1 END) AS failed,
       CAST(AVG(quality_score) AS REAL) AS avg_score,
       CAST(AVG(processing_time_ms) AS REAL) AS avg_time
  FROM jobs
 WHERE kind = 'granulation' AND created_at >= ?1 AND (CAST(?2 AS TEXT) IS NULL OR client_id = ?2)
 GROUP BY template_name, structure_type ORDER BY total DESC, template_name, structure_type
"""

DAYS = """
SELECT created_at / 86400000 AS day, COUNT(*) AS total,
       CAST(AVG(quality_score) AS REAL) AS avg_score,
       CAST(AVG(processing_time_ms) AS REAL) AS avg_time
  FROM jobs
 WHERE kind = 'granulation' AND created_at >= ?1 AND (CAST(?2 AS TEXT) IS NULL OR client_id = ?2)
 GROUP BY created_at / 86400000 ORDER BY day
"""

TYPES = """
SELECT structure_type, COUNT(*) AS total, CAST(AVG(quality_score) AS REAL) AS avg_score
  FROM jobs
 WHERE kind = 'granulation' AND created_at >= ?1 AND (CAST(?2 AS TEXT) IS NULL OR client_id = ?2)
 GROUP BY structure_type ORDER BY total DESC, structure_type
"""


@dataclass(frozen=True, slots=True)
class JobFigures:
    """All jobs of a time. Scores are 0..100, times milliseconds, costs nano-USD; an average may be None."""

    total: int
    completed: int
    failed: int
    avg_score: float | None
    avg_time_ms: float | None
    avg_tokens: float | None
    avg_cost_nano_usd: float | None
    calls: int


@dataclass(frozen=True, slots=True)
class ValidationFigures:
    """How often the structures made with a template were checked, what the scores sum to, how many were refused.

    A scaffold has neither score nor verdict: ``scored`` and ``judged`` count those that have.
    """

    template_name: str
    structure_type: StructureType
    scored: int
    scores: int
    judged: int
    refused: int


@dataclass(frozen=True, slots=True)
class TemplateFigures:
    """What became of the jobs of one template; ``days_active`` counts the days, in UTC, that began any."""

    template_name: str
    structure_type: StructureType
    total: int
    days_active: int
    completed: int
    failed: int
    avg_score: float | None
    avg_time_ms: float | None


@dataclass(frozen=True, slots=True)
class DayFigures:
    """The jobs that one day began; ``day`` counts days in UTC from 1970-01-01."""

    day: int
    total: int
    avg_score: float | None
    avg_time_ms: float | None


@dataclass(frozen=True, slots=True)
class TypeFigures:
    """The jobs of one structure type."""

    structure_type: StructureType
    total: int
    avg_score: float | None


async def jobs(db: Database, *, since: int, client_id: str | None) -> JobFigures:
    """Return the figures of the jobs created from ``since`` on, of one tenant or of all."""
    (row,) = await db.all(Statement(JOBS, (since, client_id)))
    calls = await db.first(Statement(CALLS, (since, client_id)))
    return JobFigures(
        total=columns.total(row),
        completed=columns.integer(row, "completed"),
        failed=columns.integer(row, "failed"),
        avg_score=columns.optional_number(row, "avg_score"),
        avg_time_ms=columns.optional_number(row, "avg_time"),
        avg_tokens=columns.optional_number(row, "avg_tokens"),
        avg_cost_nano_usd=columns.optional_number(row, "avg_cost"),
        calls=columns.total(calls),
    )


async def validations(db: Database, *, since: int, client_id: str | None) -> tuple[ValidationFigures, ...]:
    """Return what validating the structures of those jobs found, by template."""
    rows = await db.all(Statement(VALIDATIONS, (since, client_id)))
    return tuple(
        ValidationFigures(
            columns.text(row, "template_name"),
            _structure_type(row),
            scored=columns.integer(row, "scored"),
            scores=columns.integer(row, "scores"),
            judged=columns.integer(row, "judged"),
            refused=columns.integer(row, "refused"),
        )
        for row in rows
    )


async def templates(db: Database, *, since: int, client_id: str | None) -> tuple[TemplateFigures, ...]:
    """Return the figures of each template those jobs used, the most used first."""
    rows = await db.all(Statement(TEMPLATES, (since, client_id)))
    return tuple(
        TemplateFigures(
            columns.text(row, "template_name"),
            _structure_type(row),
            total=columns.total(row),
            days_active=columns.integer(row, "days_active"),
            completed=columns.integer(row, "completed"),
            failed=columns.integer(row, "failed"),
            avg_score=columns.optional_number(row, "avg_score"),
            avg_time_ms=columns.optional_number(row, "avg_time"),
        )
        for row in rows
    )


async def days(db: Database, *, since: int, client_id: str | None) -> tuple[DayFigures, ...]:
    """Return the figures of each day that began any of those jobs, oldest first."""
    rows = await db.all(Statement(DAYS, (since, client_id)))
    return tuple(
        DayFigures(
            columns.integer(row, "day"),
            columns.total(row),
            columns.optional_number(row, "avg_score"),
            columns.optional_number(row, "avg_time"),
        )
        for row in rows
    )


async def types(db: Database, *, since: int, client_id: str | None) -> tuple[TypeFigures, ...]:
    """Return the figures of each structure type among those jobs, the most frequent first."""
    rows = await db.all(Statement(TYPES, (since, client_id)))
    return tuple(
        TypeFigures(_structure_type(row), columns.total(row), columns.optional_number(row, "avg_score")) for row in rows
    )


def _structure_type(row: Row) -> StructureType:
    return StructureType(columns.text(row, "structure_type"))
