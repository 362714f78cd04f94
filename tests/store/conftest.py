"""The databases every store test runs on, and the rows it starts from."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from granulator.model import ApiKey, Lease, Principal, StructureType, Template
from granulator.store import jobs, principals
from granulator.store.database import Database, migrate
from granulator.store.postgres import PostgresDatabase
from granulator.store.sqlite import SqliteDatabase
from tests.store.fake_d1 import FakeD1

NOW = 1_800_000_000_000
"""The time of every test, epoch ms."""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "granulator.sqlite"


@pytest.fixture
async def sqlite(path: Path) -> AsyncIterator[SqliteDatabase]:
    db = SqliteDatabase.open(path)
    await migrate(db)
    yield db
    await db.close()


@pytest.fixture
async def fake_d1(tmp_path: Path) -> AsyncIterator[FakeD1]:
    db = FakeD1(tmp_path / "d1.sqlite")
    await migrate(db)
    yield db
    await db.close()


@pytest.fixture
async def postgres_db(postgres_url: str) -> AsyncIterator[PostgresDatabase]:
    db = await PostgresDatabase.open(postgres_url)
    yield db
    await db.close()


@pytest.fixture(params=["sqlite", "fake_d1", "postgres_db"])
def db(request: pytest.FixtureRequest) -> Database:
    """A migrated database of each kind in turn."""
    opened: Database = request.getfixturevalue(request.param)
    return opened


@pytest.fixture
def principal() -> Principal:
    return Principal("key", id="key:k1", client_id="acme", key_id="k1")


@pytest.fixture
def new_job(principal: Principal) -> jobs.NewJob:
    return jobs.NewJob(
        execution_id="exec_1",
        request_id="req-1",
        client_id=principal.client_id,
        principal_id=principal.id,
        kind="granulation",
        topic="Beekeeping in the first year",
        structure_type=StructureType.COURSE,
        template_name="course_basic",
        template_version=1,
        granularity_level=3,
        target_audience="beginners",
        language="en",
        max_elements=None,
        ai_provider="local",
        model_requested=None,
        validation_enabled=True,
        validation_level=2,
        validation_threshold=85.5,
        timeout_ms=120_000,
        created_at=NOW,
        owner="proc-a",
        lease_until=NOW + 30_000,
    )


@pytest.fixture
def admit(db: Database, new_job: jobs.NewJob) -> Callable[..., Awaitable[Lease]]:
    """Create a job like ``new_job``, changed as asked; the lease is of attempt 0 when the job is born unowned."""

    async def create(**changes: object) -> Lease:
        return await admit_job(db, dataclasses.replace(new_job, **changes))

    return create


async def admit_job(db: Database, job: jobs.NewJob) -> Lease:
    """Create a job and its principal."""
    caller = Principal("key", job.principal_id, job.client_id)
    done = await db.batch([principals.ensure(caller), jobs.create(job)])
    return Lease(int(done[1].rows[0]["id"]), job.owner or "", 1 if job.owner else 0)


@pytest.fixture
def api_key() -> ApiKey:
    return ApiKey(
        id="k1",
        client_id="acme",
        name="laptop",
        prefix="gr_abcd",
        created_at=NOW,
        expires_at=NOW + 1000,
        last_used_at=None,
        revoked_at=None,
    )


@pytest.fixture
def template() -> Template:
    return Template(
        name="course_basic",
        structure_type=StructureType.COURSE,
        description="A course for beginners — with ünïcode",
        complexity_level=2,
        target_audience="beginners",
        version=1,
        tone="friendly",
        style="plain",
        schema={"modules": [{"title": "string"}]},
        validation_rules={"minModules": 2},
        structure_rules={"levels": [{"level": 1, "path": "modules", "min": 2, "required": True}]},
        word_targets={"lesson": [100, 200, 300, 400, 500]},
        prompts={"system": 'Write "{topic}"'},
        scaffold=None,
    )
