"""``GET /api/jobs/{id}/events``: what happens to a job, told once and in order, from any process, until it is over."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import cast

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette

from granulator.api import events, keys
from granulator.errors import DatabaseError
from granulator.model import JsonObject
from granulator.services import Services
from granulator.settings import Settings
from granulator.store import events as store
from granulator.store.database import Database, Result, Row, Statement
from tests.conftest import NewClient, client_of, running
from tests.mock_server import MockAi
from tests.streams import Told, begun, followed, parsed, quiz, until

ASYNC = {"Prefer": "respond-async"}


CLEARED_AT_ONCE = """
CREATE TRIGGER cleared AFTER INSERT ON job_events WHEN NEW.event = 'failed'
BEGIN DELETE FROM job_events WHERE job_id = NEW.job_id; END
"""
"""A clean-up that is faster than any watcher."""


@asynccontextmanager
async def listening(app: Starlette) -> AsyncIterator[str]:
    """The application on a loopback port, served by the real server: answers are sent as they are made."""
    with socket.create_server(("127.0.0.1", 0)) as plug:
        config = uvicorn.Config(app, lifespan="off", log_config=None, access_log=False, timeout_graceful_shutdown=5)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[plug]))
        try:
            yield f"http://127.0.0.1:{plug.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


@asynccontextmanager
async def caller_of(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the tenant ``acme`` that talks to the application through a socket."""
    issued = await keys.issue(app.state.services, client_id="acme", name="test")
    async with (
        listening(app) as url,
        httpx.AsyncClient(base_url=url, headers={"X-API-Key": issued.secret}) as client,
    ):
        yield client


async def done(client: httpx.AsyncClient, course_request: dict[str, object]) -> int:
    return cast(int, (await client.post("/api/execute", json=course_request)).json()["output"]["jobId"])


async def accepted(client: httpx.AsyncClient, body: JsonObject) -> int:
    answer = await client.post("/api/execute", json=body, headers=ASYNC)
    return cast(int, answer.json()["jobId"])


async def test_a_job_that_is_over_tells_all_that_happened_and_ends(
    client: httpx.AsyncClient, course_request: dict[str, object]
) -> None:
    job_id = await done(client, course_request)

    answer = await client.get(f"/api/jobs/{job_id}/events")

    told = parsed(answer.text)
    job = (await client.get(f"/api/jobs/{job_id}")).json()["job"]
    assert answer.text.startswith("retry: 2000\n\nid: 1\nevent: progress\ndata: {")
    assert answer.headers["content-type"].partition(";")[0] == "text/event-stream"
    assert (answer.headers["Cache-Control"], answer.headers["X-Accel-Buffering"]) == ("no-store", "no")
    assert [each.id for each in told] == list(range(1, len(told) + 1))
    assert {each.event for each in told[:-1]} <= {"progress", "partial"}
    assert told[-1] == Told(
        len(told),
        "completed",
        {
            "jobId": job_id,
            "status": "completed",
            "qualityScore": job["qualityScore"],
            "cost": job["costUsd"],
            "links": job["links"],
        },
    )


async def test_progress_is_told_as_the_status_says_it_and_never_falls(
    client: httpx.AsyncClient, course_request: dict[str, object]
) -> None:
    told = await followed(client, await done(client, course_request))

    steps = [each.data for each in told if each.event == "progress"]
    keys_of_status = {"jobId", "status", "progress", "stage", "startedAt", "completedAt", "qualityScore"}
    assert [set(step) for step in steps] == [keys_of_status] * len(steps)
    progress = [cast(int, step["progress"]) for step in steps]
    assert progress == sorted(progress)
    assert len(steps) >= 3


async def test_a_failed_job_ends_its_stream_with_the_reason(client: httpx.AsyncClient) -> None:
    source = {"text": " ", "format": "text"}
    body = {"action": "granulate", "input": {"topic": "Air", "structureType": "course", "source": source}}
    job_id = (await client.post("/api/execute", json=body)).json()["details"]["jobId"]

    last = (await followed(client, job_id))[-1]

    error = (await client.get(f"/api/jobs/{job_id}")).json()["job"]["error"]
    assert (last.event, last.data) == ("failed", {"jobId": job_id, "status": "failed", "error": error})


async def test_a_stream_is_resumed_behind_any_event_without_gaps_or_repeats(
    client: httpx.AsyncClient, course_request: dict[str, object]
) -> None:
    job_id = await done(client, course_request)
    everything = await followed(client, job_id)

    for seen in range(len(everything)):
        rest = await client.get(f"/api/jobs/{job_id}/events", headers={"Last-Event-ID": str(seen)})
        assert parsed(rest.text) == everything[seen:]


@pytest.mark.parametrize("beyond", [0, 1, 1000])
async def test_who_has_seen_the_end_is_told_not_to_ask_again(
    client: httpx.AsyncClient, course_request: dict[str, object], beyond: int
) -> None:
    job_id = await done(client, course_request)
    last = len(await followed(client, job_id)) + beyond

    answer = await client.get(f"/api/jobs/{job_id}/events", headers={"Last-Event-ID": str(last)})

    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize("sent", ["", "abc", "-1", "1.5", "0x1", "9" * 17, "9007199254740992", "1, 2"])
async def test_what_is_no_number_of_an_event_is_refused(
    client: httpx.AsyncClient, course_request: dict[str, object], sent: str
) -> None:
    job_id = await done(client, course_request)

    answer = await client.get(f"/api/jobs/{job_id}/events", headers={"Last-Event-ID": sent})

    body = answer.json()
    assert (answer.status_code, body["code"], body["details"]["field"]) == (400, "INVALID_PARAMETER", "Last-Event-ID")


async def test_an_event_that_a_running_job_has_not_sent_yet_is_refused(
    ai_client: httpx.AsyncClient, mock: MockAi
) -> None:
    job = (await ai_client.post("/api/execute", json=quiz("hang"), headers=ASYNC)).json()
    await begun(mock, 1)

    answer = await ai_client.get(f"/api/jobs/{job['jobId']}/events", headers={"Last-Event-ID": "500"})

    body = answer.json()
    assert (answer.status_code, body["code"]) == (400, "INVALID_PARAMETER")
    assert (body["error"], body["details"]["value"]) == (f"Job {job['jobId']} has sent no event 500 yet", "500")
    await ai_client.post(f"/api/jobs/{job['jobId']}/cancel")


async def test_another_tenants_job_tells_nothing(new_client: NewClient, course_request: dict[str, object]) -> None:
    owner, stranger = await new_client("acme"), await new_client("other")
    job_id = await done(owner, course_request)

    answers = [await stranger.get(f"/api/jobs/{each}/events") for each in (job_id, 999, "abc")]
    without = await stranger.get(f"/api/jobs/{job_id}/events", headers={"X-API-Key": "none"})

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "JOB_NOT_FOUND")] * 3
    assert without.status_code == 401


async def test_head_says_what_get_would_and_sends_nothing(ai_client: httpx.AsyncClient, mock: MockAi) -> None:
    job_id = await accepted(ai_client, quiz("hang"))
    await begun(mock, 1)
    path = f"/api/jobs/{job_id}/events"

    running_still = await ai_client.head(path)
    await ai_client.post(f"/api/jobs/{job_id}/cancel")
    answers = [
        await ai_client.head(path),
        await ai_client.head(path, headers={"Last-Event-ID": "1000"}),
        await ai_client.head(path, headers={"Last-Event-ID": "x"}),
        await ai_client.head("/api/jobs/999/events"),
    ]

    assert (running_still.status_code, running_still.content) == (200, b"")
    assert running_still.headers["content-type"].partition(";")[0] == "text/event-stream"
    assert [(answer.status_code, answer.content) for answer in answers] == [
        (200, b""),
        (204, b""),
        (400, b""),
        (404, b""),
    ]


async def test_events_are_told_while_the_job_runs(ai_app: Starlette, mock: MockAi) -> None:
    async with caller_of(ai_app) as client:
        job_id = await accepted(client, quiz("hang"))
        async with client.stream("GET", f"/api/jobs/{job_id}/events") as stream:
            lines = stream.aiter_lines()
            first = [await anext(lines) for _ in range(4)]
            await begun(mock, 1)
            is_over_when_first_told = (await client.get(f"/api/jobs/{job_id}/status")).json()["completedAt"]
            await client.post(f"/api/jobs/{job_id}/cancel")
            rest = [line async for line in lines]

    assert first[:4] == ["retry: 2000", "", "id: 1", "event: progress"]
    assert is_over_when_first_told is None
    assert [line for line in rest if line.startswith("event: ")][-1] == "event: failed"


async def test_a_job_is_watched_from_another_process(ai_settings: Settings, mock: MockAi) -> None:
    async with running(ai_settings) as one, running(ai_settings) as other:
        secret = (await keys.issue(one.state.services, client_id="acme", name="test")).secret
        async with client_of(one, x_api_key=secret) as here, client_of(other, x_api_key=secret) as there:
            waiting = asyncio.create_task(here.post("/api/execute", json=quiz("fail_first:1:hang")))
            await begun(mock, 1)
            (job,) = (await there.get("/api/jobs")).json()["jobs"]
            watching = asyncio.create_task(followed(there, job["id"]))

            await here.post(f"/api/jobs/{job['id']}/cancel")

            told = await watching
            assert told == await followed(here, job["id"])
            assert told[-1].event == "failed"
            await waiting


async def test_a_stopping_server_ends_streams_between_two_events_and_another_goes_on(
    ai_settings: Settings, mock: MockAi
) -> None:
    async with running(ai_settings) as one, running(ai_settings) as other:
        one.state.is_stopping = asyncio.Event()
        secret = (await keys.issue(one.state.services, client_id="acme", name="test")).secret
        async with client_of(one, x_api_key=secret) as here, client_of(other, x_api_key=secret) as there:
            job_id = await accepted(there, quiz("hang"))
            await begun(mock, 1)
            watching = asyncio.create_task(here.get(f"/api/jobs/{job_id}/events"))
            await until(lambda: bool(getattr(one.state, "open_streams", None)))

            one.state.is_stopping.set()

            answer = await watching
            before = parsed(answer.text)
            assert answer.text.endswith("\n\n")
            await there.post(f"/api/jobs/{job_id}/cancel")
            seen = str(before[-1].id if before else 0)
            rest = await there.get(f"/api/jobs/{job_id}/events", headers={"Last-Event-ID": seen})
            assert [*before, *parsed(rest.text)] == await followed(there, job_id)


async def test_a_caller_may_watch_ten_times_at_once(ai_app: Starlette, ai_client: httpx.AsyncClient) -> None:
    job_id = await accepted(ai_client, quiz("hang"))
    open_streams = [asyncio.create_task(followed(ai_client, job_id)) for _ in range(10)]
    await until(lambda: sum(getattr(ai_app.state, "open_streams", Counter()).values()) == 10)
    issued = await keys.issue(ai_app.state.services, client_id="acme", name="another")

    refused = await ai_client.get(f"/api/jobs/{job_id}/events")
    async with client_of(ai_app, x_api_key=issued.secret) as another:
        theirs = asyncio.create_task(followed(another, job_id))
        await until(lambda: len(ai_app.state.open_streams) == 2)
        await ai_client.post(f"/api/jobs/{job_id}/cancel")
        streams = await asyncio.gather(theirs, *open_streams)

    body = refused.json()
    assert (refused.status_code, body["code"], body["details"]["limit"], refused.headers["Retry-After"]) == (
        429,
        "CONCURRENCY_LIMIT_EXCEEDED",
        10,
        "5",
    )
    assert all(told == streams[0] for told in streams)
    assert ai_app.state.open_streams == Counter()


async def test_a_watcher_that_goes_away_is_noticed(ai_app: Starlette, mock: MockAi) -> None:
    async with caller_of(ai_app) as client:
        job_id = await accepted(client, quiz("hang"))
        async with client.stream("GET", f"/api/jobs/{job_id}/events") as stream:
            await anext(stream.aiter_lines())
            assert sum(ai_app.state.open_streams.values()) == 1

        await until(lambda: not ai_app.state.open_streams)

        await client.post(f"/api/jobs/{job_id}/cancel")


async def test_a_quiet_stream_shows_that_it_is_alive(
    ai_app: Starlette, mock: MockAi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "QUIET_SECONDS", 0.01)
    async with caller_of(ai_app) as client:
        job_id = await accepted(client, quiz("hang"))
        async with client.stream("GET", f"/api/jobs/{job_id}/events") as stream:
            async for line in stream.aiter_lines():
                if line.startswith(":"):
                    break
        await client.post(f"/api/jobs/{job_id}/cancel")


async def test_a_stream_whose_events_were_cleared_away_ends(
    ai_app: Starlette, ai_client: httpx.AsyncClient, mock: MockAi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "QUIET_SECONDS", 0.01)
    services: Services = ai_app.state.services
    job_id = await accepted(ai_client, quiz("hang"))
    await begun(mock, 1)
    await services.db.batch([Statement(CLEARED_AT_ONCE)])
    watching = asyncio.create_task(ai_client.get(f"/api/jobs/{job_id}/events"))
    await until(lambda: bool(getattr(ai_app.state, "open_streams", None)))

    await ai_client.post(f"/api/jobs/{job_id}/cancel")

    assert {each.event for each in parsed((await watching).text)} == {"progress"}
    assert (await ai_client.get(f"/api/jobs/{job_id}/events")).status_code == 204


@dataclass
class Outage:
    """A database that does not answer questions about events for a while."""

    database: Database
    fails: int
    seen: int = 0

    async def all(self, statement: Statement) -> list[Row]:
        if statement.sql == store.AFTER:
            self.seen += 1
            if 1 < self.seen <= 1 + self.fails:
                raise DatabaseError
        return await self.database.all(statement)

    async def first(self, statement: Statement) -> Row | None:
        return await self.database.first(statement)

    async def batch(self, statements: Sequence[Statement]) -> list[Result]:
        return await self.database.batch(statements)

    async def close(self) -> None:
        await self.database.close()


async def test_a_stream_outlives_a_database_that_is_away_for_a_while(
    ai_app: Starlette, ai_client: httpx.AsyncClient, mock: MockAi
) -> None:
    services: Services = ai_app.state.services
    job_id = await accepted(ai_client, quiz("hang"))
    await begun(mock, 1)
    outage = Outage(services.db, fails=3)
    ai_app.state.services = replace(services, db=outage)
    watching = asyncio.create_task(followed(ai_client, job_id))
    await until(lambda: outage.seen > 4)

    await ai_client.post(f"/api/jobs/{job_id}/cancel")

    told = await watching
    assert [each.id for each in told] == list(range(1, len(told) + 1))
    assert told[-1].event == "failed"
