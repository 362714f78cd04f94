"""What callers see of the clean-up: figures stay, texts are gone, and what needed them says so."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest
from starlette.applications import Starlette

from granulator.granulation import retention
from granulator.services import Services
from granulator.store.database import Statement

YEAR_MS = 365 * 86_400_000


@pytest.fixture
async def job_id(client: httpx.AsyncClient, course_request: dict[str, object]) -> int:
    return int((await client.post("/api/execute", json=course_request)).json()["output"]["jobId"])


async def pruned(services: Services) -> dict[str, int]:
    """Clean up a year later, where texts are kept for a month."""
    limits = retention.limits(services.settings, services.now_ms() + YEAR_MS, older_than_days=30)
    return await retention.clean_up(services, limits)


async def test_the_figures_of_a_job_outlive_its_texts(
    client: httpx.AsyncClient, services: Services, job_id: int
) -> None:
    before = (await client.get(f"/api/jobs/{job_id}")).json()
    stats = (await client.get("/api/stats")).json()

    await pruned(services)

    assert (await client.get(f"/api/jobs/{job_id}")).json() == before
    assert (await client.get("/api/stats")).json() == stats
    assert (await client.get(f"/api/jobs/{job_id}/status")).json()["status"] == "completed"


async def test_a_structure_that_was_deleted_is_said_to_have_expired(
    client: httpx.AsyncClient, services: Services, job_id: int
) -> None:
    await pruned(services)

    structure = await client.get(f"/api/jobs/{job_id}/structure")
    validation = await client.post("/api/validate", json={"jobId": job_id})

    for answer in (structure, validation):
        details = answer.json()["details"]
        assert (answer.status_code, answer.json()["code"]) == (409, "STRUCTURE_NOT_AVAILABLE")
        assert (details["status"], details["reason"]) == ("completed", "expired")


async def test_a_job_whose_order_was_deleted_cannot_be_retried(
    client: httpx.AsyncClient, services: Services, job_id: int
) -> None:
    await services.db.batch([Statement("UPDATE jobs SET status = 'failed'")])
    await pruned(services)

    answer = await client.post(f"/api/jobs/{job_id}/retry")

    assert (answer.status_code, answer.json()["code"]) == (409, "JOB_NOT_RETRYABLE")
    assert answer.json()["details"]["reason"] == "expired"


async def test_no_text_of_an_expired_job_is_left_in_the_database(
    client: httpx.AsyncClient, services: Services, job_id: int
) -> None:
    found = await pruned(services)

    left = {
        "payloads": "SELECT COUNT(*) AS total FROM job_payloads",
        "steps": "SELECT COUNT(*) AS total FROM job_steps",
        "events": "SELECT COUNT(*) AS total FROM job_events",
        "validations": "SELECT COUNT(*) AS total FROM validations",
    }
    assert {name: (await services.db.all(Statement(sql)))[0]["total"] for name, sql in left.items()} == {
        "payloads": 0,
        "steps": 0,
        "events": 0,
        "validations": 0,
    }
    assert (found["jobs"], found["job_payloads"], found["validations"]) == (1, 4, 1)
    assert found["job_steps"] > 0


async def test_without_a_setting_no_result_ever_expires(
    app: Starlette, client: httpx.AsyncClient, services: Services, job_id: int
) -> None:
    eternity = retention.limits(services.settings, services.now_ms() + 100 * YEAR_MS)

    await retention.clean_up(services, eternity)

    assert (await client.get(f"/api/jobs/{job_id}/structure")).status_code == 200


async def test_a_trial_counts_exactly_what_a_run_deletes_and_deletes_nothing(
    client: httpx.AsyncClient, services: Services, job_id: int
) -> None:
    limits = retention.limits(services.settings, services.now_ms() + YEAR_MS, older_than_days=30)

    trial = await retention.clean_up(services, limits, is_trial=True)
    again = await retention.clean_up(services, limits, is_trial=True)
    done = await retention.clean_up(services, limits)
    nothing = await retention.clean_up(services, limits)

    assert trial == again == done
    assert done["jobs"] == 1
    assert nothing == dict.fromkeys(done, 0)


async def test_many_jobs_are_deleted_in_small_batches(
    client: httpx.AsyncClient, services: Services, course_request: dict[str, object]
) -> None:
    count = 2 * retention.THINGS_PER_BATCH + 1
    short = {"action": "granulate", "input": {"topic": "Bees", "structureType": "course", "granularityLevel": 1}}
    for _ in range(count):
        await client.post("/api/execute", json=short)
    largest = 0

    class Counting:
        """The database, which notes its largest batch."""

        all, first, close = services.db.all, services.db.first, services.db.close

        async def batch(self, statements):  # type: ignore[no-untyped-def]
            nonlocal largest
            answers = await services.db.batch(statements)
            largest = max(largest, sum(answer.changes for answer in answers))
            return answers

    found = await pruned(replace(services, db=Counting()))

    assert (found["jobs"], found["job_payloads"]) == (count, 4 * count)
    assert largest < 25 * retention.THINGS_PER_BATCH
