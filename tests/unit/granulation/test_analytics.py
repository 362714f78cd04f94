"""Figures as shares and averages, and what they recommend where they are bad and many enough."""

from __future__ import annotations

from dataclasses import replace

import pytest

from granulator.granulation.analytics import analytics, recommendations, stats
from granulator.model import StructureType
from granulator.store.analytics import DayFigures, JobFigures, TemplateFigures, TypeFigures, ValidationFigures

COURSE = StructureType.COURSE
GOOD = TemplateFigures("course_a", COURSE, 10, 3, completed=10, failed=0, avg_score=93, avg_time_ms=2000)
OTHER = replace(GOOD, template_name="course_b")


def test_jobs_that_run_or_were_cancelled_are_no_failures() -> None:
    jobs = JobFigures(
        9,
        completed=3,
        failed=1,
        avg_score=87.5,
        avg_time_ms=1234.56,
        avg_tokens=100.04,
        avg_cost_nano_usd=1500.4,
        calls=7,
    )
    checks = [
        ValidationFigures("course_a", COURSE, scored=2, scores=170, judged=2, refused=1),
        ValidationFigures("quiz_a", StructureType.QUIZ, scored=1, scores=100, judged=1, refused=0),
    ]

    assert stats(jobs, [TypeFigures(COURSE, 9, 87.5)], checks) == {
        "totalGranulations": 9,
        "templateUsage": {kind.value: 9 * (kind is COURSE) for kind in StructureType},
        "avgQualityScore": 0.875,
        "performanceMetrics": {"avgProcessingTime": 1234.6, "successRate": 0.75},
        "validationMetrics": {"avgAccuracy": 0.9, "failureRate": 0.3333},
        "resourceUsage": {"avgTokensPerRequest": 100, "avgCostPerRequest": 0.0000015, "totalApiCalls": 7},
    }


def test_a_template_a_day_and_a_type_are_shown_with_their_own_figures() -> None:
    entry = TemplateFigures("course_a", COURSE, 9, 2, completed=3, failed=1, avg_score=87.5, avg_time_ms=10.04)
    checks = [ValidationFigures("course_a", StructureType.QUIZ, scored=1, scores=5, judged=1, refused=1)]

    found = analytics([entry], checks, [DayFigures(20_000, 9, None, 10.04)], [TypeFigures(COURSE, 9, None)])

    assert found == {
        "templatePerformance": [
            {
                "templateName": "course_a",
                "structureType": "course",
                "metrics": {
                    "totalUsage": 9,
                    "daysActive": 2,
                    "successRate": 0.75,
                    "avgQuality": 0.875,
                    "avgProcessingTime": 10.0,
                    "validationAccuracy": None,
                    "validationFailureRate": None,
                },
            }
        ],
        "dailyTrend": [{"date": "2024-10-04", "granulations": 9, "avgQuality": None, "avgTimeMs": 10.0}],
        "structureDistribution": [{"type": "course", "count": 9, "avgQuality": None}],
        "recommendations": [],
    }


def test_good_figures_recommend_nothing() -> None:
    checks = ValidationFigures("course_a", COURSE, scored=10, scores=930, judged=10, refused=2)

    assert list(recommendations([GOOD, OTHER], [checks])) == []


@pytest.mark.parametrize(
    ("bad", "expected"),
    [
        (
            replace(GOOD, completed=8, failed=2),
            "Template 'course_a': 2 of 10 jobs failed; look at their errors",
        ),
        (
            replace(GOOD, avg_score=84.4),
            "Template 'course_a': the average quality is 0.84; look at the issues of its structures and sharpen its "
            "prompts",
        ),
    ],
)
def test_a_template_that_fails_or_is_poor_is_named_with_its_figures(bad: TemplateFigures, expected: str) -> None:
    assert list(recommendations([bad], [])) == [expected]


def test_a_template_whose_structures_are_often_refused_is_named() -> None:
    checks = ValidationFigures("course_a", COURSE, scored=10, scores=900, judged=10, refused=3)

    assert list(recommendations([GOOD, OTHER], [checks])) == [
        "Template 'course_a': 3 of 10 checks found its structures not valid; look at their issues, or set a threshold "
        "it can meet"
    ]


def test_a_template_is_compared_with_those_of_its_type() -> None:
    slow, poor = replace(GOOD, avg_time_ms=5000), replace(OTHER, avg_score=87.0)
    quiz = replace(GOOD, template_name="quiz_a", structure_type=StructureType.QUIZ, avg_score=99, avg_time_ms=1)

    assert list(recommendations([slow, poor, quiz], [])) == [
        "Template 'course_a' takes 2.5 times as long as 'course_b'",
        "For a course, template 'course_a' reaches a quality of 0.93, 'course_b' of 0.87",
    ]


def test_a_few_jobs_say_nothing() -> None:
    few = replace(GOOD, total=4, completed=1, failed=3, avg_score=20, avg_time_ms=90_000)
    checks = ValidationFigures("course_a", COURSE, scored=4, scores=80, judged=4, refused=4)

    assert list(recommendations([few, OTHER], [checks])) == []
