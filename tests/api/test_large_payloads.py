"""Long sources and structures through HTTP: the same as short ones, byte for byte, or a clear refusal."""

from __future__ import annotations

import asyncio
import hashlib
import json

import httpx
import pytest

from granulator.api import keys
from granulator.model import JsonObject
from granulator.services import Services
from granulator.settings import Settings
from granulator.store import jobs, payloads
from granulator.store.payloads import INLINE_LIMIT
from tests.conftest import client_of, running
from tests.large import block, large_document, object_files, padded_document, unblock

PATIENCE_SECONDS = 20


def course(text: str, *, level: int = 1, **config: object) -> JsonObject:
    source: JsonObject = {"text": text, "format": "markdown"}
    told: dict[str, object] = {"topic": "Tables", "structureType": "course", "granularityLevel": level}
    return {"action": "granulate", "input": {**told, "source": source}, "config": config}  # type: ignore[dict-item]


@pytest.fixture
async def made(client: httpx.AsyncClient) -> JsonObject:
    """The answer of a job whose source and structure are both long."""
    answer = await client.post("/api/execute", json=course(large_document(), level=5, validation=False))
    assert answer.status_code == 200, answer.text
    body: JsonObject = answer.json()
    return body


async def test_a_long_structure_is_told_as_a_blob_and_read_byte_for_byte(
    client: httpx.AsyncClient, settings: Settings, made: dict[str, dict[str, object]]
) -> None:
    job_id = made["output"]["jobId"]
    answer = await client.get(f"/api/jobs/{job_id}/structure")
    shown = (await client.get(f"/api/jobs/{job_id}")).json()["job"]

    stored = json.dumps(made["output"]["structure"], ensure_ascii=False, separators=(",", ":")).encode()
    sha256 = hashlib.sha256(stored).hexdigest()
    assert len(stored) > INLINE_LIMIT
    assert answer.content.startswith(b'{"structure":' + stored + b",")
    assert answer.json()["storageInfo"] == {"type": "blob", "size": len(stored), "sha256": sha256}
    assert answer.headers["etag"] == f'"{sha256}"'
    assert (made["metadata"]["storageType"], shown["metadata"]["storageType"]) == ("blob", "blob")
    assert [path.read_bytes() for path in object_files(settings) if path.name == sha256] == [stored]


async def test_a_long_structure_that_is_known_is_not_read(
    client: httpx.AsyncClient, settings: Settings, made: dict[str, dict[str, object]]
) -> None:
    path = f"/api/jobs/{made['output']['jobId']}/structure"
    tag = (await client.get(path)).headers["etag"]
    for each in object_files(settings):
        each.unlink()

    answer = await client.get(path, headers={"If-None-Match": tag})

    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)


async def test_a_long_structure_is_validated_as_it_is_stored(
    client: httpx.AsyncClient, made: dict[str, dict[str, object]]
) -> None:
    output = made["output"]

    stored = (await client.post("/api/validate", json={"jobId": output["jobId"], "validationLevel": 1})).json()

    again = {"jobId": output["jobId"], "structure": output["structure"], "validationLevel": 1}
    sent = (await client.post("/api/validate", json=again)).json()
    assert (stored["score"], stored["issues"]) == (sent["score"], sent["issues"])


@pytest.mark.parametrize("harm", ["missing", "damaged"])
async def test_a_structure_that_is_lost_is_an_error_and_never_something_else(
    client: httpx.AsyncClient, settings: Settings, made: dict[str, dict[str, object]], harm: str
) -> None:
    for path in object_files(settings):
        path.unlink() if harm == "missing" else path.write_bytes(path.read_bytes().replace(b"a", b"b", 1))

    answer = await client.get(f"/api/jobs/{made['output']['jobId']}/structure")

    error = answer.json()
    assert (answer.status_code, error["code"], error["error"]) == (500, "STORAGE_ERROR", f"A stored text is {harm}")
    assert str(settings.state_dir) not in answer.text


async def test_a_source_of_the_greatest_length_is_kept_byte_for_byte(
    client: httpx.AsyncClient, services: Services
) -> None:
    text = padded_document(4_990_000) + "é🐝\r\n\u2028 end"

    answer = await client.post("/api/execute", json=course(text))

    body = answer.json()
    job = await jobs.by_id(services.db, body["output"]["jobId"])
    assert job is not None
    kept = await payloads.get(services.db, services.objects, job.execution_id, "request")
    assert kept is not None
    assert (answer.status_code, body["metadata"]["storageType"], kept.stored.storage) == (200, "inline", "blob")
    assert json.loads(kept.body)["source"]["text"] == text


async def test_a_short_job_writes_no_object(
    client: httpx.AsyncClient, settings: Settings, course_request: dict[str, object]
) -> None:
    answer = await client.post("/api/execute", json=course_request)

    assert (answer.json()["metadata"]["storageType"], object_files(settings)) == ("inline", [])


async def test_a_restart_finds_what_was_written_before_it(settings: Settings) -> None:
    async with running(settings) as app:
        issued = await keys.issue(app.state.services, client_id="acme", name="test")
        async with client_of(app, x_api_key=issued.secret) as client:
            sent = course(large_document(), level=5, validation=False)
            job_id = (await client.post("/api/execute", json=sent)).json()["output"]["jobId"]
            before = (await client.get(f"/api/jobs/{job_id}/structure")).content

    async with running(settings) as app, client_of(app, x_api_key=issued.secret) as client:
        answer = await client.get(f"/api/jobs/{job_id}/structure")

    assert (answer.status_code, answer.content == before) == (200, True)


async def failed(client: httpx.AsyncClient) -> int:
    """Make a job with a long source fail, for something that the source says nothing of."""
    body = course(padded_document(INLINE_LIMIT + 1))
    body["input"]["requiredElements"] = ["submarines"]  # type: ignore[index,call-overload]
    answer = await client.post("/api/execute", json=body)
    assert answer.json()["code"] == "VALIDATION_FAILED", answer.text
    return int(answer.json()["details"]["jobId"])


async def test_a_retry_works_from_the_same_long_source(client: httpx.AsyncClient, services: Services) -> None:
    first = await failed(client)

    answer = await client.post(f"/api/jobs/{first}/retry", json={"config": {"validation": False}})

    second = answer.json()["newJobId"]
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (job := await jobs.by_id(services.db, second)) is None or not job.status.is_terminal:
            pass
    before = await jobs.by_id(services.db, first)
    assert before is not None
    kept = [await payloads.get(services.db, services.objects, each.execution_id, "request") for each in (before, job)]
    texts = [each and json.loads(each.body)["source"]["text"] for each in kept]
    assert (job.status, texts) == ("completed", [padded_document(INLINE_LIMIT + 1)] * 2)


async def test_a_retry_whose_source_is_lost_is_refused_and_makes_no_job(
    client: httpx.AsyncClient, services: Services, settings: Settings
) -> None:
    first = await failed(client)
    for path in object_files(settings):
        path.unlink()

    answer = await client.post(f"/api/jobs/{first}/retry")

    found = await jobs.page(services.db, services.counts, client_id="acme", limit=10, offset=0)
    assert (answer.status_code, answer.json()["code"], found.total) == (500, "STORAGE_ERROR", 1)


async def test_a_source_that_cannot_be_written_is_refused_and_makes_no_job(
    client: httpx.AsyncClient, services: Services, settings: Settings
) -> None:
    block(settings.state_dir / "objects")

    sent = course(padded_document(INLINE_LIMIT + 1))
    refused = await client.post("/api/execute", json=sent)
    found = await jobs.page(services.db, services.counts, client_id="acme", limit=10, offset=0)
    unblock(settings.state_dir / "objects")
    accepted = await client.post("/api/execute", json=sent)

    assert (refused.status_code, refused.json()["code"], found.total) == (500, "STORAGE_ERROR", 0)
    assert str(settings.state_dir) not in refused.text
    assert accepted.status_code == 200
