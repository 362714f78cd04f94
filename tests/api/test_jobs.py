"""``/api/jobs`` and ``/api/stats``: what became of a job, page by page."""

from __future__ import annotations

import hashlib
import json
import re

import httpx
import pytest

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@pytest.fixture
async def made(client: httpx.AsyncClient, course_request: dict[str, object]) -> dict[str, object]:
    """The body of a completed job."""
    answer = await client.post("/api/execute", json=course_request, headers={"X-Request-ID": "exec_456"})
    body: dict[str, object] = answer.json()["output"]
    return body


async def test_a_completed_job_is_shown_in_full(client: httpx.AsyncClient, made: dict[str, object]) -> None:
    answer = await client.get(f"/api/jobs/{made['jobId']}")

    job = answer.json()["job"]
    for name in ("createdAt", "startedAt", "completedAt"):
        assert MOMENT.fullmatch(job.pop(name))
    assert job.pop("processingTimeMs") > 0
    path = f"/api/jobs/{made['jobId']}"
    assert job == {
        "id": made["jobId"],
        "topic": "Sample",
        "structureType": "course",
        "templateName": "educational_course_basic",
        "granularityLevel": 2,
        "targetAudience": "general",
        "status": "completed",
        "actualElements": made["summary"]["totalElements"],  # type: ignore[index]
        "qualityScore": made["qualityScore"],
        "costUsd": 0,
        "validationEnabled": True,
        "validationLevel": 2,
        "validationThreshold": 85.0,
        "clientId": "acme",
        "executionId": "exec_456",
        "language": "en",
        "maxElements": None,
        "aiProvider": "local",
        "model": "extractive",
        "usage": {"tokens": {"input": 0, "output": 0, "cachedInput": 0, "total": 0}, "estimated": False},
        "progress": 100,
        "stage": "done",
        "metadata": job["metadata"],
        "retryOf": None,
        "retriedBy": [],
        "batchId": None,
        "error": None,
        "links": {
            "self": path,
            "status": f"{path}/status",
            "structure": f"{path}/structure",
            "events": f"{path}/events",
        },
    }


async def test_the_status_says_how_far_a_job_is(client: httpx.AsyncClient, made: dict[str, object]) -> None:
    status = (await client.get(f"/api/jobs/{made['jobId']}/status")).json()

    assert status == {
        "jobId": made["jobId"],
        "status": "completed",
        "progress": 100,
        "stage": "done",
        "startedAt": status["startedAt"],
        "completedAt": status["completedAt"],
        "qualityScore": made["qualityScore"],
    }


async def test_the_structure_is_sent_as_stored_and_not_again_when_unchanged(
    client: httpx.AsyncClient, made: dict[str, object]
) -> None:
    path = f"/api/jobs/{made['jobId']}/structure"

    first = await client.get(path)
    again = await client.get(path, headers={"If-None-Match": first.headers["ETag"]})

    body = first.json()
    stored = json.dumps(body["structure"], ensure_ascii=False, separators=(",", ":")).encode()
    digest = hashlib.sha256(stored).hexdigest()
    assert body == {
        "structure": made["structure"],
        "storageInfo": {"type": "inline", "size": len(stored), "sha256": digest},
        "jobId": made["jobId"],
        "structureType": "course",
    }
    assert first.headers["ETag"] == f'"{digest}"'
    assert (again.status_code, again.content) == (304, b"")


async def test_a_job_that_failed_early_has_no_structure(client: httpx.AsyncClient) -> None:
    source = {"text": " ", "format": "text"}
    request = {"action": "granulate", "input": {"topic": "Air", "structureType": "course", "source": source}}
    job_id = (await client.post("/api/execute", json=request)).json()["details"]["jobId"]

    answer = await client.get(f"/api/jobs/{job_id}/structure")

    assert (answer.status_code, answer.json()) == (
        409,
        {
            "error": f"Job {job_id} is failed and has no structure",
            "status": 409,
            "code": "STRUCTURE_NOT_AVAILABLE",
            "details": {
                "status": "failed",
                "suggestion": "Wait for the job to finish; see GET /api/jobs/{id}/status",
                "docs": "/docs#STRUCTURE_NOT_AVAILABLE",
            },
        },
    )


@pytest.mark.parametrize("job_id", ["0", "999", "abc", "-1", "1.5", "9" * 30, "%00", "1%20OR%201=1"])
async def test_a_job_id_that_names_no_job_is_404(client: httpx.AsyncClient, job_id: str) -> None:
    answer = await client.get(f"/api/jobs/{job_id}")

    assert (answer.status_code, answer.json()) == (
        404,
        {
            "error": "Job not found",
            "status": 404,
            "code": "JOB_NOT_FOUND",
            "details": {"suggestion": "Use GET /api/jobs to list your jobs", "docs": "/docs#JOB_NOT_FOUND"},
        },
    )


@pytest.fixture
async def three(client: httpx.AsyncClient) -> list[int]:
    """The ids of three jobs, oldest first; the last has failed."""
    ids = []
    for topic, text in (("First", None), ("Second", None), ("Third", " ")):
        wanted: dict[str, object] = {"topic": topic, "structureType": "course", "granularityLevel": 1}
        if text is not None:
            wanted["source"] = {"text": text, "format": "text"}
        body = (await client.post("/api/execute", json={"action": "granulate", "input": wanted})).json()
        ids.append(body["output"]["jobId"] if body["success"] else body["details"]["jobId"])
    return ids


async def test_jobs_are_listed_newest_first_with_their_page(client: httpx.AsyncClient, three: list[int]) -> None:
    body = (await client.get("/api/jobs", params={"limit": 2})).json()

    assert [(row["id"], row["topic"], row["status"]) for row in body["jobs"]] == [
        (three[2], "Third", "failed"),
        (three[1], "Second", "completed"),
    ]
    assert {name: value for name, value in body.items() if name != "jobs"} == {
        "total": 3,
        "page": 1,
        "pageSize": 2,
        "pagination": {"total": 3, "page": 1, "pageSize": 2, "totalPages": 2, "hasNext": True, "hasPrev": False},
    }


async def test_page_and_offset_are_two_ways_to_the_same_rows(client: httpx.AsyncClient, three: list[int]) -> None:
    by_page = (await client.get("/api/jobs", params={"limit": 2, "page": 2})).json()
    by_offset = (await client.get("/api/jobs", params={"limit": 2, "offset": 2})).json()

    assert by_page == by_offset
    assert [row["id"] for row in by_page["jobs"]] == [three[0]]
    assert (by_page["pagination"]["hasNext"], by_page["pagination"]["hasPrev"]) == (False, True)


async def test_a_page_past_the_end_is_empty_and_still_counts(client: httpx.AsyncClient, three: list[int]) -> None:
    body = (await client.get("/api/jobs", params={"page": 99})).json()

    assert (body["jobs"], body["total"], body["page"]) == ([], 3, 99)


async def test_jobs_are_narrowed_by_status_and_type(client: httpx.AsyncClient, three: list[int]) -> None:
    failed = (await client.get("/api/jobs", params={"status": "failed", "structureType": "course"})).json()
    quizzes = (await client.get("/api/jobs", params={"structureType": "quiz"})).json()

    assert ([row["id"] for row in failed["jobs"]], failed["total"]) == ([three[2]], 1)
    assert quizzes["total"] == 0


BAD_QUERIES = [
    ("limit=0", "limit", "INVALID_PARAMETER"),
    ("limit=101", "limit", "INVALID_PARAMETER"),
    ("limit=-1", "limit", "INVALID_PARAMETER"),
    ("limit=abc", "limit", "INVALID_PARAMETER"),
    ("limit=", "limit", "INVALID_PARAMETER"),
    ("limit=1.0", "limit", "INVALID_PARAMETER"),
    ("limit=1&limit=2", "limit", "INVALID_PARAMETER"),
    ("limit=%D9%A3", "limit", "INVALID_PARAMETER"),
    ("offset=-1", "offset", "INVALID_PARAMETER"),
    ("page=0", "page", "INVALID_PARAMETER"),
    ("page=1&offset=0", "page", "INVALID_PARAMETER"),
    ("offset=99999999999999999999", "offset", "INVALID_PARAMETER"),
    ("status=running", "status", "INVALID_PARAMETER"),
    ("structureType=poem", "structureType", "INVALID_STRUCTURE_TYPE"),
    ("sort=asc", "sort", "INVALID_PARAMETER"),
]


@pytest.mark.parametrize(("query", "field", "code"), BAD_QUERIES)
async def test_a_wrong_query_is_400_and_names_the_parameter(
    client: httpx.AsyncClient, query: str, field: str, code: str
) -> None:
    answer = await client.get(f"/api/jobs?{query}")

    assert (answer.status_code, answer.json()["code"], answer.json()["details"]["field"]) == (400, code, field)


async def test_stats_count_the_callers_jobs_and_add_up(client: httpx.AsyncClient, three: list[int]) -> None:
    body = (await client.get("/api/stats")).json()

    stats = body["stats"]
    assert stats.pop("avgProcessingTime") > 0
    assert body == {
        "stats": {
            "totalJobs": 3,
            "completedJobs": 2,
            "failedJobs": 1,
            "cancelledJobs": 0,
            "processingJobs": 0,
            "avgQualityScore": None,
        },
        "period": "30 days",
    }


async def test_stats_without_jobs_have_no_averages(client: httpx.AsyncClient) -> None:
    body = (await client.get("/api/stats?days=1")).json()

    assert (body["period"], body["stats"]["totalJobs"], body["stats"]["avgProcessingTime"]) == ("1 day", 0, None)


@pytest.mark.parametrize("days", ["0", "366", "NaN", "-1", "1e3"])
async def test_stats_refuse_an_odd_number_of_days(client: httpx.AsyncClient, days: str) -> None:
    answer = await client.get("/api/stats", params={"days": days})

    assert (answer.status_code, answer.json()["details"]["field"]) == (400, "days")
