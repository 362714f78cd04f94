"""Figures over jobs: counted and averaged from their rows, of one tenant or of all, from a time on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from granulator.model import JobError, JobStatus, Lease, StructureType, Usage
from granulator.store import analytics, jobs, ledger, validations
from granulator.store.analytics import DayFigures, JobFigures, TemplateFigures, TypeFigures, ValidationFigures
from granulator.store.database import Database, Statement, Value
from granulator.store.sqlite import SqliteDatabase
from tests.store.conftest import NOW

Admit = Callable[..., Awaitable[Lease]]
DAY = 86_400_000
TODAY = NOW // DAY


@pytest.fixture
async def history(db: Database, admit: Admit) -> None:
    """Four courses of one tenant: two good, one failed, one running; and a quiz of another, a day earlier.

    The bill of a judge is no job, but its call is a call.
    """
    first = await admit(execution_id="e1")
    second = await admit(execution_id="e2")
    third = await admit(execution_id="e3")
    await admit(execution_id="e4")
    bill = await admit(execution_id="e6", kind="validation")
    quiz = await admit(
        execution_id="e5",
        client_id="umbrella",
        structure_type=StructureType.QUIZ,
        template_name="quiz_a",
        created_at=NOW - DAY,
    )
    await db.batch(
        [
            complete(first, score=90, ms=1000, nano_usd=4, tokens=100),
            complete(second, score=80, ms=3000, nano_usd=None, tokens=300),
            fail(third, ms=500, tokens=0),
            complete(quiz, score=None, ms=100, nano_usd=0, tokens=0),
            *(call(first, name) for name in ("a1", "a2")),
            call(quiz, "a3"),
            call(bill, "a4"),
            *checked("e1", "acme", (90, True), (60, False)),
            *checked("e5", "umbrella", (None, None)),
        ]
    )


def complete(lease: Lease, *, score: int | None, ms: int, nano_usd: int | None, tokens: int) -> Statement:
    return jobs.complete(
        lease,
        now=NOW + ms,
        quality_score=score,
        actual_elements=3,
        processing_time_ms=ms,
        cost_nano_usd=nano_usd,
        usage=Usage(tokens // 2, tokens - tokens // 2),
        model=None,
        metadata={},
    )


def fail(lease: Lease, *, ms: int, tokens: int) -> Statement:
    return jobs.fail(
        lease,
        now=NOW + ms,
        error=JobError("X", "x"),
        status=JobStatus.FAILED,
        processing_time_ms=ms,
        cost_nano_usd=2,
        usage=Usage(tokens, 0),
        model=None,
        metadata={},
    )


def call(lease: Lease, attempt_id: str) -> Statement:
    return ledger.attempt_sent(
        lease, attempt_id=attempt_id, step="whole", provider="openai", model="m", estimate_nano_usd=1, now=NOW
    )


def checked(execution_id: str, client_id: str, *found: tuple[int | None, bool | None]) -> list[Statement]:
    kind = StructureType.COURSE
    return [
        validations.add(
            client_id=client_id,
            execution_id=execution_id,
            structure_type=kind,
            level=2,
            threshold=85.0,
            created_at=NOW,
            score=score,
            is_valid=is_valid,
            result={},
        )
        for score, is_valid in found
    ]


@pytest.mark.usefixtures("history")
async def test_jobs_are_summed_and_averaged_over_all_tenants_or_one(db: Database) -> None:
    everyone = await analytics.jobs(db, since=NOW - DAY, client_id=None)
    one = await analytics.jobs(db, since=NOW - DAY, client_id="umbrella")

    assert everyone == JobFigures(5, 3, 1, avg_score=85, avg_time_ms=1150, avg_tokens=100, avg_cost_nano_usd=2, calls=4)
    assert one == JobFigures(1, 1, 0, avg_score=None, avg_time_ms=100, avg_tokens=0, avg_cost_nano_usd=0, calls=1)


@pytest.mark.usefixtures("history")
async def test_jobs_before_the_time_are_left_out(db: Database) -> None:
    since = {"since": NOW - DAY + 1, "client_id": None}

    assert (await analytics.jobs(db, **since)).total == 4
    assert [row.template_name for row in await analytics.templates(db, **since)] == ["course_basic"]
    assert [row.template_name for row in await analytics.validations(db, **since)] == ["course_basic"]
    assert [row.day for row in await analytics.days(db, **since)] == [TODAY]
    assert [row.structure_type for row in await analytics.types(db, **since)] == [StructureType.COURSE]


@pytest.mark.usefixtures("history")
async def test_templates_days_types_and_validations_are_told_apart(db: Database) -> None:
    period = {"since": NOW - DAY, "client_id": None}
    course, quiz = StructureType.COURSE, StructureType.QUIZ

    assert await analytics.templates(db, **period) == (
        TemplateFigures("course_basic", course, 4, 1, 2, 1, avg_score=85, avg_time_ms=1500),
        TemplateFigures("quiz_a", quiz, 1, 1, 1, 0, avg_score=None, avg_time_ms=100),
    )
    assert await analytics.days(db, **period) == (
        DayFigures(TODAY - 1, 1, avg_score=None, avg_time_ms=100),
        DayFigures(TODAY, 4, avg_score=85, avg_time_ms=1500),
    )
    assert await analytics.types(db, **period) == (
        TypeFigures(course, 4, avg_score=85),
        TypeFigures(quiz, 1, avg_score=None),
    )
    assert set(await analytics.validations(db, **period)) == {
        ValidationFigures("course_basic", course, scored=2, scores=150, judged=2, refused=1),
        ValidationFigures("quiz_a", quiz, scored=0, scores=0, judged=0, refused=0),
    }


async def test_without_jobs_there_are_zeros_and_no_averages(db: Database) -> None:
    period = {"since": 0, "client_id": None}

    assert await analytics.jobs(db, **period) == JobFigures(0, 0, 0, None, None, None, None, 0)
    assert await analytics.templates(db, **period) == await analytics.days(db, **period) == ()
    assert await analytics.types(db, **period) == await analytics.validations(db, **period) == ()


@pytest.mark.parametrize(
    ("sql", "indexes"),
    [
        (analytics.JOBS, ["jobs_by_time"]),
        (analytics.TEMPLATES, ["jobs_by_time"]),
        (analytics.DAYS, ["jobs_by_time"]),
        (analytics.TYPES, ["jobs_by_time"]),
        (analytics.CALLS, ["jobs_by_time", "attempts_by_job"]),
        (analytics.VALIDATIONS, ["jobs_by_time", "validations_by_job"]),
    ],
)
async def test_figures_read_the_jobs_of_their_time_and_no_others(
    sqlite: SqliteDatabase, sql: str, indexes: list[str]
) -> None:
    params: tuple[Value, ...] = (NOW, "acme")
    plan = [str(row["detail"]) for row in await sqlite.all(Statement(f"EXPLAIN QUERY PLAN {sql}", params))]

    for index in indexes:
        assert any(f"INDEX {index} (" in line for line in plan), plan
    assert not any(line.startswith("SCAN") for line in plan), plan
