"""``/api/admin/stats`` and ``/api/admin/analytics``: figures of real jobs over all tenants, and nothing without any."""

from __future__ import annotations

import httpx
import pytest

from tests.conftest import NewClient

PATHS = ("/api/admin/stats", "/api/admin/analytics")


@pytest.fixture
async def history(
    client: httpx.AsyncClient, new_client: NewClient, course_request: dict[str, dict[str, object]]
) -> list[dict[str, object]]:
    """Two courses of ``acme``, one of them from a document and checked again, a failed one, and one of ``umbrella``."""
    stranger = await new_client("umbrella")
    flipped = {**course_request["input"], "templateName": "course_flipped_classroom"}
    unreadable = {**course_request["input"], "source": {"text": " ", "format": "text"}}
    made = await client.post("/api/execute", json=course_request)
    job_id = made.json()["output"]["jobId"]
    checked = await client.post("/api/validate", json={"jobId": job_id, "threshold": 100})
    assert checked.status_code == 200
    answers = [
        made,
        await client.post("/api/execute", json={**course_request, "input": flipped}),
        await client.post("/api/execute", json={**course_request, "input": unreadable}),
        await stranger.post("/api/execute", json=course_request),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 422, 200]
    return [answer.json() for answer in answers]


async def test_a_server_that_ran_no_job_shows_zeros_and_nulls(worker: httpx.AsyncClient) -> None:
    stats, analytics = [(await worker.get(path)).json() for path in PATHS]

    assert stats == {
        "totalGranulations": 0,
        "templateUsage": {
            "course": 0,
            "quiz": 0,
            "novel": 0,
            "workflow": 0,
            "knowledge_map": 0,
            "learning_path": 0,
        },
        "avgQualityScore": None,
        "performanceMetrics": {"avgProcessingTime": None, "successRate": None},
        "validationMetrics": {"avgAccuracy": None, "failureRate": None},
        "resourceUsage": {"avgTokensPerRequest": None, "avgCostPerRequest": None, "totalApiCalls": 0},
    }
    assert analytics == {
        "templatePerformance": [],
        "dailyTrend": [],
        "structureDistribution": [],
        "recommendations": [],
    }


async def test_stats_sum_up_the_jobs_of_every_tenant(
    worker: httpx.AsyncClient, history: list[dict[str, object]]
) -> None:
    stats = (await worker.get("/api/admin/stats")).json()

    assert stats["totalGranulations"] == 4
    assert stats["templateUsage"]["course"] == 4
    assert stats["performanceMetrics"]["successRate"] == 0.75
    assert stats["performanceMetrics"]["avgProcessingTime"] > 0
    # Three jobs were validated as they were made, one of them once more, against a threshold that nothing reaches.
    assert stats["validationMetrics"]["failureRate"] == 0.25
    assert 0.85 <= stats["validationMetrics"]["avgAccuracy"] <= 1
    assert stats["resourceUsage"] == {"avgTokensPerRequest": 0, "avgCostPerRequest": 0, "totalApiCalls": 0}
    assert 0.85 <= stats["avgQualityScore"] <= 1


async def test_analytics_tell_templates_days_and_types_apart(
    worker: httpx.AsyncClient, history: list[dict[str, object]]
) -> None:
    body = (await worker.get("/api/admin/analytics?days=1")).json()

    shown = [
        (row["templateName"], row["structureType"], row["metrics"]["totalUsage"], row["metrics"]["successRate"])
        for row in body["templatePerformance"]
    ]
    assert shown == [("educational_course_basic", "course", 3, 0.6667), ("course_flipped_classroom", "course", 1, 1)]
    assert [row["metrics"]["daysActive"] for row in body["templatePerformance"]] == [1, 1]
    assert [row["metrics"]["validationFailureRate"] for row in body["templatePerformance"]] == [0.3333, 0]
    assert [(row["type"], row["count"]) for row in body["structureDistribution"]] == [("course", 4)]
    assert sum(day["granulations"] for day in body["dailyTrend"]) == 4
    assert body["recommendations"] == []


async def test_figures_can_be_of_one_tenant(worker: httpx.AsyncClient, history: list[dict[str, object]]) -> None:
    ours, theirs, nobodys = [
        (await worker.get("/api/admin/stats", params={"clientId": name})).json()["totalGranulations"]
        for name in ("acme", "umbrella", "nobody")
    ]
    body = (await worker.get("/api/admin/analytics?clientId=umbrella")).json()

    assert (ours, theirs, nobodys) == (3, 1, 0)
    assert [row["metrics"]["totalUsage"] for row in body["templatePerformance"]] == [1]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("query", ["days=0", "days=366", "days=abc", "days=1.5", "clientId=a%20b", "clientId=", "x=1"])
async def test_a_parameter_out_of_range_is_400(worker: httpx.AsyncClient, path: str, query: str) -> None:
    answer = await worker.get(f"{path}?{query}")

    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_PARAMETER")
    assert answer.json()["details"]["path"] == query.partition("=")[0]
