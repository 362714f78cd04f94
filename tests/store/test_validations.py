"""Validations: a history per job, seen by its tenant only."""

import pytest

from granulator.model import Page, StructureType, Validation
from granulator.store import validations
from granulator.store.database import Database, GuardFailed, Statement
from tests.store.conftest import NOW


def _add(execution_id: str | None = "exec_1", client_id: str = "acme", score: int | None = 92) -> Statement:
    return validations.add(
        client_id=client_id,
        execution_id=execution_id,
        structure_type=StructureType.QUIZ,
        level=2,
        threshold=85.5,
        created_at=NOW,
        score=score,
        is_valid=None if score is None else score > 85,
        result={"issues": [{"code": "X"}], "rulesVersion": "1"},
    )


async def test_page_returns_what_was_added_to_the_job_newest_first(db: Database, admit) -> None:
    lease = await admit()
    done = await db.batch([_add(), _add(score=None), _add(None)])

    page = await validations.page(db, client_id="acme", job_id=lease.job_id, limit=1, offset=0)

    newest = Validation(
        id=int(done[1].rows[0]["id"]),
        client_id="acme",
        job_id=lease.job_id,
        structure_type=StructureType.QUIZ,
        level=2,
        threshold=85.5,
        created_at=NOW,
        score=None,
        is_valid=None,
        result={"issues": [{"code": "X"}], "rulesVersion": "1"},
    )
    assert page == Page((newest,), total=2)


async def test_page_shows_nothing_to_another_tenant(db: Database, admit) -> None:
    lease = await admit()
    await db.batch([_add()])

    assert await validations.page(db, client_id="other", job_id=lease.job_id, limit=20, offset=0) == Page((), 0)


async def test_add_fails_the_batch_when_the_job_is_another_tenants(db: Database, admit) -> None:
    await admit()

    with pytest.raises(GuardFailed):
        await db.batch([_add(client_id="other")])
