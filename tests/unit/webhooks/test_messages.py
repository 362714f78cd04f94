"""The message of a job's end: the documented body, up to a megabyte."""

from __future__ import annotations

import json

import pytest

from granulator.webhooks.callbacks import Event
from granulator.webhooks.messages import LARGEST_BODY_BYTES, payload

NOW = 1_800_000_000_999


def body(structure: object, issues: int = 0) -> dict[str, object]:
    output = {"jobId": 7, "topic": "Bees", "structure": structure, "issues": [{"code": "x" * 1000}] * issues}
    return {"success": True, "output": output, "cost": 0.5}


@pytest.mark.parametrize("event", Event)
def test_a_message_has_the_documented_members(event: Event) -> None:
    text = payload(event, 7, body({"title": "Bienen für Anfänger"}), NOW)

    assert json.loads(text) == {
        "event": event.value,
        "jobId": 7,
        "status": event.value.removeprefix("granulation."),
        "result": body({"title": "Bienen für Anfänger"}),
        "timestamp": "2027-01-15T08:00:00Z",
    }


def test_a_cancelled_job_has_no_result() -> None:
    text = payload(Event.CANCELLED, 7, None, NOW)

    assert json.loads(text)["result"] is None


def test_a_message_of_exactly_a_megabyte_holds_the_structure_and_one_byte_more_says_where_it_is() -> None:
    frame = len(payload(Event.COMPLETED, 7, body(""), NOW).encode())
    largest = "é" * ((LARGEST_BODY_BYTES - frame) // 2) + "x" * ((LARGEST_BODY_BYTES - frame) % 2)

    whole = payload(Event.COMPLETED, 7, body(largest), NOW)
    without = payload(Event.COMPLETED, 7, body(largest + "x"), NOW)

    assert len(whole.encode()) == LARGEST_BODY_BYTES
    assert json.loads(whole)["result"] == body(largest)
    expected = body(None)
    expected["output"] = {**expected["output"], "structureUrl": "/api/jobs/7/structure"}
    del expected["output"]["structure"]
    assert json.loads(without)["result"] == expected


def test_a_message_that_is_too_large_by_its_issues_has_the_first_of_them_and_their_number() -> None:
    completed = json.loads(payload(Event.COMPLETED, 7, body({}, issues=1500), NOW))["result"]["output"]
    details = {"code": "VALIDATION_FAILED", "issues": [{"code": "x" * 1000}] * 1500}
    failed = json.loads(payload(Event.FAILED, 7, {"success": False, "details": details}, NOW))["result"]["details"]

    assert [len(found["issues"]) for found in (completed, failed)] == [100, 100]
    assert [found["issueCount"] for found in (completed, failed)] == [1500, 1500]
    assert (completed["structureUrl"], failed["code"]) == ("/api/jobs/7/structure", "VALIDATION_FAILED")
