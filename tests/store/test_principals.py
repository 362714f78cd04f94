"""Principals: one row each, and the lock a claim takes first."""

import pytest

from granulator.model import Principal
from granulator.store import principals
from granulator.store.database import Database, GuardFailed, Statement


async def test_ensure_keeps_one_row_when_repeated(db: Database, principal: Principal) -> None:
    await db.batch([principals.ensure(principal), principals.ensure(principal)])

    assert await db.all(Statement("SELECT * FROM principals")) == [{"id": "key:k1", "client_id": "acme"}]


async def test_lock_changes_exactly_the_row_of_the_principal(db: Database, principal: Principal) -> None:
    (_, locked) = await db.batch([principals.ensure(principal), principals.lock(principal.id)])

    assert locked.changes == 1


async def test_lock_fails_the_batch_when_the_principal_is_unknown(db: Database) -> None:
    with pytest.raises(GuardFailed):
        await db.batch([principals.lock("nobody")])
