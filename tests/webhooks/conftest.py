"""What the tests of webhooks start from: a service that may call the loopback, and jobs that have ended."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace

import pytest

from granulator.api import keys
from granulator.api.keys import IssuedKey
from granulator.model import Job, JobStatus, JsonObject, Principal, StructureType
from granulator.services import Services, open_services
from granulator.settings import Settings
from granulator.store import jobs, principals
from granulator.webhooks import callbacks, messages
from granulator.webhooks.callbacks import Callback
from granulator.webhooks.delivery import Courier

RESULT: JsonObject = {"success": True, "output": {"jobId": 1, "topic": "Bienen für Anfänger"}}


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    now: int = 1_800_000_000_000

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def lenient(settings: Settings) -> Settings:
    """Settings that let callbacks go to the loopback."""
    return replace(settings, webhook_allow_hosts=("127.0.0.1",))


@pytest.fixture
async def services(lenient: Settings, clock: Clock) -> AsyncIterator[Services]:
    async with open_services(lenient, now_ms=clock) as opened:
        yield opened


@pytest.fixture
def courier(services: Services) -> Courier:
    """A courier whose pauses are not random."""
    return Courier(services, jitter=lambda: 0.5)


@pytest.fixture
async def key(services: Services) -> IssuedKey:
    return await keys.issue(services, client_id="acme", name="test")


EndJob = Callable[[Callback], Awaitable[Job]]


@pytest.fixture
def end_job(services: Services, key: IssuedKey) -> EndJob:
    """Store a completed job of the key with its message, as the end of a job does."""
    caller = Principal("key", f"key:{key.key.id}", "acme", key_id=key.key.id)
    return lambda callback: ended_job(services, caller, callback)


_numbers = itertools.count()


async def ended_job(
    services: Services,
    caller: Principal,
    callback: Callback,
    *,
    status: JobStatus = JobStatus.COMPLETED,
    body: JsonObject | None = RESULT,
) -> Job:
    """Store a job of ``caller`` and the message of its end."""
    new = jobs.NewJob(
        execution_id=f"exec_{next(_numbers)}",
        request_id="req",
        client_id=caller.client_id,
        principal_id=caller.id,
        kind="granulation",
        topic="Bees",
        structure_type=StructureType.COURSE,
        template_name="educational_course_basic",
        template_version=1,
        granularity_level=3,
        target_audience="beginners",
        language="en",
        max_elements=None,
        ai_provider="local",
        model_requested=None,
        validation_enabled=True,
        validation_level=2,
        validation_threshold=85,
        timeout_ms=120_000,
        created_at=services.now_ms(),
        callback=callbacks.seal(services.settings, callback),
        # In hand elsewhere, so that no engine of the test begins it.
        owner="another",
        lease_until=services.now_ms() + 3_600_000,
    )
    done = await services.db.batch([principals.ensure(caller), jobs.create(new)])
    job = await jobs.by_id(services.db, int(str(done[1].rows[0]["id"])))
    assert job is not None
    message = messages.ended(services.settings, job, status, body, now=services.now_ms(), new_id=services.new_id)
    if message:
        await services.db.batch(message)
    return job
