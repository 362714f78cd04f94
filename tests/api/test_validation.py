"""``/api/validate`` and its history: over HTTP a bad structure is an answer, a bad request an error."""

from __future__ import annotations

import copy
from dataclasses import replace

import httpx
import pytest

from granulator.services import Services
from granulator.store import templates


@pytest.fixture
async def made(client: httpx.AsyncClient, course_request: dict[str, object]) -> dict[str, object]:
    """The output of a completed job."""
    body: dict[str, object] = (await client.post("/api/execute", json=course_request)).json()["output"]
    return body


async def test_a_jobs_structure_is_checked_again_with_the_same_finding(
    client: httpx.AsyncClient, made: dict[str, object]
) -> None:
    body = (await client.post("/api/validate", json={"jobId": made["jobId"]})).json()

    assert list(body) == [
        "valid",
        "score",
        "details",
        "issues",
        "recommendations",
        "method",
        "rulesVersion",
        "judge",
        "validationId",
        "usage",
        "cost",
        "jobId",
        "structureType",
        "threshold",
        "validationLevel",
    ]
    assert (body["valid"], body["score"] / 100, body["issues"]) == (True, made["qualityScore"], made["issues"])
    assert (body["method"], body["judge"], body["threshold"]) == ("rules", {"status": "not_run", "model": None}, 85.0)
    assert set(body["details"]) == {"structureCompleteness", "contentCoherence", "qualityMetrics"}


async def test_a_structure_that_is_sent_is_checked_without_a_job(
    client: httpx.AsyncClient, made: dict[str, object]
) -> None:
    request = {"structure": made["structure"], "structureType": "course"}

    body = (await client.post("/api/validate", json=request)).json()

    assert (body["valid"], body["jobId"], body["structureType"]) == (True, None, "course")


async def test_a_defect_makes_a_sent_structure_invalid_whatever_its_average(
    client: httpx.AsyncClient, made: dict[str, object]
) -> None:
    structure = copy.deepcopy(made["structure"])
    structure["modules"][0]["lessons"] = []  # type: ignore[index]

    body = (await client.post("/api/validate", json={"jobId": made["jobId"], "structure": structure})).json()

    assert (body["valid"], body["score"] < 85) == (False, True)
    assert {issue["code"] for issue in body["issues"] if issue["severity"] == "error"} >= {"empty_module"}
    assert body["recommendations"]


async def test_provenance_of_any_kind_is_an_answer_and_no_error(client: httpx.AsyncClient) -> None:
    structure = {"quizOverview": {"provenance": {"kind": ["scaffold"]}}, "categories": []}

    answer = await client.post("/api/validate", json={"structure": structure, "structureType": "quiz"})

    assert (answer.status_code, answer.json()["valid"]) == (200, False)


async def test_an_empty_structure_is_never_valid(client: httpx.AsyncClient) -> None:
    body = (await client.post("/api/validate", json={"structure": {}, "structureType": "quiz", "threshold": 0})).json()

    assert (body["valid"], body["score"]) == (False, 0)


async def test_the_threshold_decides_and_the_score_does_not_change(
    client: httpx.AsyncClient, made: dict[str, object]
) -> None:
    low, high = [
        (await client.post("/api/validate", json={"jobId": made["jobId"], "threshold": threshold})).json()
        for threshold in (0, 100)
    ]

    assert (low["valid"], low["score"]) == (True, high["score"])


@pytest.mark.parametrize(("asked", "threshold"), [({}, 97.5), ({"threshold": 3}, 3)])
async def test_the_threshold_is_that_of_the_request_else_of_the_template(
    client: httpx.AsyncClient, services: Services, asked: dict[str, object], threshold: float
) -> None:
    base = await templates.get(services.db, "quiz_assessment_standard")
    assert base is not None
    await services.db.batch([templates.create(replace(base, name="strict_quiz", threshold=97.5), services.now_ms())])
    request = {"structure": {}, "structureType": "quiz", "templateName": "strict_quiz"}

    body = (await client.post("/api/validate", json={**request, **asked})).json()

    assert body["threshold"] == threshold


async def test_the_history_has_the_jobs_own_validation_and_each_later_one(
    client: httpx.AsyncClient, made: dict[str, object]
) -> None:
    later = (
        await client.post("/api/validate", json={"jobId": made["jobId"], "validationLevel": 1, "threshold": 50})
    ).json()

    by_camel = (await client.get("/api/validation/history", params={"jobId": made["jobId"]})).json()
    by_snake = (await client.get("/api/validation/history", params={"job_id": made["jobId"]})).json()

    newest, first = by_camel["validations"]
    assert by_camel == by_snake
    assert (by_camel["jobId"], by_camel["total"]) == (made["jobId"], 2)
    assert (newest["id"], newest["level"], newest["threshold"], newest["passed"]) == (
        later["validationId"],
        1,
        50.0,
        True,
    )
    assert (first["level"], first["accuracy"] / 100, first["judge"]["status"]) == (2, made["qualityScore"], "not_run")
    assert set(first) == {
        "id",
        "timestamp",
        "level",
        "threshold",
        "accuracy",
        "passed",
        "details",
        "issues",
        "questions",
        "scores",
        "feedback",
        "method",
        "rulesVersion",
        "judge",
    }


REFUSED = [
    ({}, 400, "MISSING_REQUIRED_FIELD", "jobId"),
    ({"structure": {}}, 400, "MISSING_REQUIRED_FIELD", "structureType"),
    ({"structure": [1, 2, 3], "structureType": "course"}, 400, "INVALID_PARAMETER", "structure"),
    ({"structure": {}, "structureType": "poem"}, 400, "INVALID_STRUCTURE_TYPE", "structureType"),
    ({"structure": {}, "structureType": "course", "validationLevel": 4}, 400, "INVALID_PARAMETER", "validationLevel"),
    ({"structure": {}, "structureType": "course", "threshold": 101}, 400, "INVALID_PARAMETER", "threshold"),
    ({"structure": {}, "structureType": "course", "level": 1}, 400, "INVALID_PARAMETER", "level"),
    ({"jobId": "1"}, 400, "INVALID_PARAMETER", "jobId"),
    ({"jobId": True}, 400, "INVALID_PARAMETER", "jobId"),
    ({"jobId": 12345}, 404, "JOB_NOT_FOUND", None),
    ({"structure": {}, "structureType": "course", "templateName": "nope"}, 404, "TEMPLATE_NOT_FOUND", "templateName"),
    (
        {"structure": {}, "structureType": "course", "templateName": "three_act_novel"},
        400,
        "INVALID_TEMPLATE",
        "templateName",
    ),
]


@pytest.mark.parametrize(("request_body", "status", "code", "field"), REFUSED)
async def test_a_wrong_request_is_refused_with_its_field(
    client: httpx.AsyncClient, request_body: dict[str, object], status: int, code: str, field: str | None
) -> None:
    answer = await client.post("/api/validate", json=request_body)

    details = answer.json()["details"]
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (details.get("field"), details.get("path")) == (field, field)


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("", 400, "MISSING_REQUIRED_FIELD"),
        ("jobId=1&job_id=2", 400, "INVALID_PARAMETER"),
        ("jobId=abc", 400, "INVALID_PARAMETER"),
        ("jobId=777", 404, "JOB_NOT_FOUND"),
    ],
)
async def test_a_history_without_a_job_of_the_caller_is_refused(
    client: httpx.AsyncClient, query: str, status: int, code: str
) -> None:
    answer = await client.get(f"/api/validation/history?{query}")

    assert (answer.status_code, answer.json()["code"]) == (status, code)
