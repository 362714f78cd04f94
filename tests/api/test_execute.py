"""``POST /api/execute`` when it works: the whole body, grounded in the source, stored as a job."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import httpx
import pytest
from starlette.applications import Starlette

from granulator.engine.embedded import EmbeddedEngine
from granulator.errors import DatabaseError
from granulator.granulation import service
from granulator.model import Lease
from granulator.services import Services
from granulator.store import jobs, ledger, queue
from granulator.store.database import Database, Result, Row, Statement


def provenances(value: object) -> Iterator[dict[str, object]]:
    """Every provenance in a structure."""
    if isinstance(value, dict):
        if "provenance" in value:
            yield value["provenance"]
        for item in value.values():
            yield from provenances(item)
    elif isinstance(value, list):
        for item in value:
            yield from provenances(item)


def quiz_of(course_request: dict[str, object]) -> dict[str, object]:
    return {**course_request, "input": {**course_request["input"], "structureType": "quiz"}}  # type: ignore[dict-item]


async def test_a_document_becomes_a_valid_course_with_the_documented_body(
    client: httpx.AsyncClient, course_request: dict[str, object]
) -> None:
    answer = await client.post("/api/execute", json=course_request)

    body = answer.json()
    output = body["output"]
    assert answer.status_code == 200
    assert list(body) == ["success", "output", "usage", "duration", "cost", "metadata"]
    assert list(output) == [
        "jobId",
        "topic",
        "structureType",
        "summary",
        "qualityScore",
        "structure",
        "readyForContentGeneration",
        "notice",
        "issues",
    ]
    assert (body["success"], output["topic"], output["structureType"]) == (True, "Sample", "course")
    assert output["qualityScore"] >= 0.85
    assert output["readyForContentGeneration"] is True
    assert body["usage"] == {"tokens": {"input": 0, "output": 0, "cachedInput": 0, "total": 0}, "estimated": False}
    assert body["cost"] == 0
    assert body["metadata"] == {
        "aiProvider": "local",
        "model": "extractive",
        "modelRequested": "extractive",
        "validationEnabled": True,
        "storageType": "inline",
        "attempts": 0,
        "uncertainAttempts": 0,
        "pricing": "known",
        "repaired": False,
        "repair": None,
        "droppedParams": [],
        "fallbackUsed": False,
        "plan": "outline",
        "promptHash": None,
    }


async def test_the_summary_counts_what_is_there_and_its_parts_add_up(
    client: httpx.AsyncClient, course_request: dict[str, object]
) -> None:
    output = (await client.post("/api/execute", json=course_request)).json()["output"]

    summary, modules = output["summary"], output["structure"]["modules"]
    lessons = [lesson for module in modules for lesson in module["lessons"]]
    counts = {
        "modules": len(modules),
        "lessons": len(lessons),
        "assessments": len(modules),
        "exercises": sum(len(lesson["practicalExercises"]) for lesson in lessons),
    }
    words = summary["wordCountEstimates"]
    assert {name: summary[name] for name in counts} == counts
    assert summary["totalElements"] == sum(counts.values())
    assert sum(words["bySection"].values()) == words["total"] == sum(words["byPriority"].values())
    assert summary["contentMetadata"]["standardParameters"] == {
        "topic": "Sample",
        "structureType": "course",
        "granularityLevel": 2,
        "targetAudience": "general",
        "language": "en",
        "tone": "educational_engaging",
        "style": "educational",
    }


@pytest.mark.parametrize("kind", ["course", "quiz"])
async def test_every_span_resolves_into_the_source_that_was_sent(
    client: httpx.AsyncClient, course_request: dict[str, object], document: str, kind: str
) -> None:
    request = course_request if kind == "course" else quiz_of(course_request)

    structure = (await client.post("/api/execute", json=request)).json()["output"]["structure"]

    found = list(provenances(structure))
    assert len(found) > 10
    for provenance in found:
        span = provenance["span"]
        slice_ = document[span["start"] : span["end"]]
        assert (provenance["kind"], span["doc"]) == ("source", "source")
        assert provenance["sha256"] == hashlib.sha256(slice_.encode()).hexdigest()


async def test_every_quiz_key_stands_in_the_sentence_its_span_names(
    client: httpx.AsyncClient, course_request: dict[str, object], document: str
) -> None:
    answer = await client.post("/api/execute", json=quiz_of(course_request))

    categories = answer.json()["output"]["structure"]["categories"]
    questions = [question for category in categories for question in category["questions"]]
    chosen = [question for question in questions if question["type"] == "multiple_choice"]
    assert answer.json()["output"]["structure"]["quizOverview"]["totalQuestions"] == len(questions) >= 8
    assert chosen
    for question in chosen:
        span = question["provenance"]["span"]
        sentence = document[span["start"] : span["end"]].casefold()
        is_false = question["question"].endswith("these statements is false?")
        is_said = question["options"][question["correctAnswer"]].casefold() in " ".join(sentence.split())
        assert is_said != is_false


async def test_a_topic_alone_becomes_a_labelled_scaffold_that_is_not_scored(client: httpx.AsyncClient) -> None:
    request = {"action": "granulate", "input": {"topic": "Falconry", "structureType": "course"}}

    answer = await client.post("/api/execute", json=request)

    output = answer.json()["output"]
    assert answer.status_code == 200
    assert output["notice"]
    assert (output["qualityScore"], output["readyForContentGeneration"]) == (None, False)
    assert {provenance["kind"] for provenance in provenances(output["structure"])} == {"scaffold"}


@pytest.mark.parametrize(
    "topic", ["$& and \\1", "{topic}", "{{ 7*7 }}", "%s %(x)s", "<b>&amp;", "مقدمة في النحل", "蜜蜂 🐝"]
)
async def test_a_topic_comes_out_literally(client: httpx.AsyncClient, topic: str) -> None:
    request = {"action": "granulate", "input": {"topic": topic, "structureType": "course", "granularityLevel": 1}}

    output = (await client.post("/api/execute", json=request)).json()["output"]

    assert output["topic"] == topic
    assert output["summary"]["contentMetadata"]["standardParameters"]["topic"] == topic
    assert topic in output["structure"]["courseOverview"]["title"]
    assert "49" not in str(output["structure"])


async def test_max_elements_is_met_by_merging_to_the_end_of_the_source(
    client: httpx.AsyncClient, course_request: dict[str, object], document: str
) -> None:
    request = {**course_request, "input": {**course_request["input"], "maxElements": 12}}  # type: ignore[dict-item]

    output = (await client.post("/api/execute", json=request)).json()["output"]

    ends = [provenance["span"]["end"] for provenance in provenances(output["structure"]["modules"])]  # type: ignore[index]
    assert output["summary"]["totalElements"] <= 12
    assert max(ends) > 0.8 * len(document)


async def test_an_enormous_line_is_a_source_like_any_other(client: httpx.AsyncClient, document: str) -> None:
    line = " ".join(word for word in document.replace("#", "").split() if word.isascii())
    request = {
        "action": "granulate",
        "input": {
            "topic": "One line",
            "structureType": "course",
            "granularityLevel": 1,
            "source": {"text": line * 3, "format": "text"},
        },
    }

    answer = await client.post("/api/execute", json=request)

    assert answer.status_code in (200, 422)
    assert answer.json().get("code", "VALIDATION_FAILED") == "VALIDATION_FAILED"


async def test_a_structure_below_the_threshold_is_422_and_kept(client: httpx.AsyncClient) -> None:
    source = {"text": "# Bees\n\nBees make honey from nectar.\n", "format": "markdown"}
    request = {"action": "granulate", "input": {"topic": "Bees", "structureType": "course", "source": source}}

    answer = await client.post("/api/execute", json=request)

    body = answer.json()
    assert (answer.status_code, body["code"], body["error"]) == (
        422,
        "VALIDATION_FAILED",
        "Structure validation failed",
    )
    assert body["details"]["score"] < body["details"]["threshold"] == 85
    assert body["details"]["issues"]
    kept = await client.get(f"/api/jobs/{body['details']['jobId']}/structure")
    assert kept.json()["structure"]["courseOverview"]["title"] == "Bees"


async def test_without_validation_nothing_is_scored_but_shape_still_decides(
    client: httpx.AsyncClient, course_request: dict[str, object]
) -> None:
    output = (await client.post("/api/execute", json={**course_request, "config": {"validation": False}})).json()[
        "output"
    ]

    assert (output["qualityScore"], output["structure"]["schemaVersion"]) == (None, "1")


async def test_settings_that_only_a_model_could_honour_are_named(
    client: httpx.AsyncClient, course_request: dict[str, object]
) -> None:
    config = {"temperature": 0, "seed": 7, "systemPrompt": "Be brief.", "maxTokens": 100}

    answer = await client.post("/api/execute", json={**course_request, "config": config})

    assert answer.json()["metadata"]["droppedParams"] == ["temperature", "maxTokens", "systemPrompt", "seed"]


async def test_a_deadline_that_is_gone_is_408_and_the_job_failed(
    client: httpx.AsyncClient, course_request: dict[str, object], document: str
) -> None:
    source = {"text": document * 200, "format": "markdown"}
    request = {**course_request, "timeout": 1000, "input": {**course_request["input"], "source": source}}  # type: ignore[dict-item]

    answer = await client.post("/api/execute", json=request)

    body = answer.json()
    assert (answer.status_code, body["code"], body["details"]["timeout"]) == (408, "REQUEST_TIMEOUT", 1000)
    status = (await client.get(f"/api/jobs/{body['details']['jobId']}/status")).json()
    assert (status["status"], status["error"]["code"]) == ("failed", "REQUEST_TIMEOUT")
    assert body["details"]["stage"] == status["stage"]


async def test_every_hold_is_released_when_the_job_ends(
    client: httpx.AsyncClient, services: Services, course_request: dict[str, object]
) -> None:
    made = await client.post("/api/execute", json=course_request)

    balance = await ledger.balance_of_job(services.db, made.json()["output"]["jobId"])

    assert balance == ledger.Balance(held=0, charged=0, released=0)


async def test_the_action_validate_answers_with_the_body_of_validate(
    client: httpx.AsyncClient, course_request: dict[str, object]
) -> None:
    made = await client.post("/api/execute", json=course_request)
    job_id = made.json()["output"]["jobId"]

    answer = await client.post(
        "/api/execute", json={"action": "validate", "input": {"jobId": job_id}, "config": {"validationThreshold": 50}}
    )

    output = answer.json()["output"]
    assert (answer.status_code, output["valid"], output["threshold"], output["jobId"]) == (200, True, 50, job_id)


async def test_a_job_that_another_process_took_over_is_answered_with_its_end(
    client: httpx.AsyncClient, services: Services, course_request: dict[str, object]
) -> None:
    """The lease is stolen between admission and work, as by a process that thought ours dead."""
    successor = asyncio.create_task(steal(services))

    answer = await client.post("/api/execute", json=course_request)

    await successor
    body = answer.json()
    assert (answer.status_code, body["success"]) == (200, True)
    assert body["output"]["structure"]["modules"]
    job = await jobs.by_id(services.db, body["output"]["jobId"])
    assert job is not None
    assert job.attempt == 2


async def steal(services: Services) -> None:
    """Wait for the first job, take its lease away and run it under another owner."""
    job = None
    while job is None:
        job = await jobs.by_id(services.db, 1)
    await services.db.batch([jobs.release(Lease(1, services.owner, job.attempt))])
    claim = queue.claim(1, owner="proc_other", now=services.now_ms(), lease_until=services.engine.new_lease_until())
    attempt = queue.claimed_attempt((await services.db.batch([claim]))[0])
    await service.run(replace(services, engine=replaced_engine(services)), Lease(1, "proc_other", attempt))


def replaced_engine(services: Services) -> EmbeddedEngine:
    """The engine of the other process."""
    return EmbeddedEngine(
        services.db, owner="proc_other", lease_ms=30_000, now_ms=services.now_ms, per_principal=10, at_once=20
    )


async def test_a_request_cut_off_by_a_stopping_server_is_told_its_job(
    client: httpx.AsyncClient, services: Services, course_request: dict[str, object], document: str
) -> None:
    source = {"text": document * 30, "format": "markdown"}
    request = {**course_request, "input": {**course_request["input"], "source": source}}  # type: ignore[dict-item]
    waiting = asyncio.create_task(client.post("/api/execute", json=request))
    job = None
    while job is None or job.stage == "queued":
        job = await jobs.by_id(services.db, 1)
    waiting.cancel()

    answer = await waiting

    body = answer.json()
    assert (answer.status_code, body["code"], body["status"]) == (500, "INTERNAL_ERROR", "processing")
    assert body["details"]["jobId"] == 1


async def test_a_database_that_fails_after_admission_is_told_with_the_job(
    app: Starlette, client: httpx.AsyncClient, services: Services, course_request: dict[str, object]
) -> None:
    # Its key has been used just now, which is noted once a minute.
    await client.get("/api/jobs")
    app.state.services = replace(services, db=FullDisk(services.db))

    answer = await client.post("/api/execute", json=course_request)

    body = answer.json()
    assert (answer.status_code, body["code"], body["status"]) == (500, "DATABASE_ERROR", "processing")
    assert body["details"]["jobId"] == 1


@dataclass
class FullDisk:
    """A database whose disk is full from the second batch on: the job is admitted and cannot go on."""

    database: Database
    batches: int = 0

    async def all(self, statement: Statement) -> list[Row]:
        return await self.database.all(statement)

    async def first(self, statement: Statement) -> Row | None:
        return await self.database.first(statement)

    async def batch(self, statements: Sequence[Statement]) -> list[Result]:
        self.batches += 1
        if self.batches > 1:
            raise DatabaseError
        return await self.database.batch(statements)

    async def close(self) -> None:
        await self.database.close()
