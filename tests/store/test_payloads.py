"""Payloads: the exact text, its size in bytes and its digest."""

import hashlib

import pytest

from granulator.store import payloads
from granulator.store.database import Database, StatementRejected
from granulator.store.payloads import Payload


async def test_put_stores_the_exact_text_with_its_size_in_bytes(db: Database, admit) -> None:
    await admit()
    body = '{"title":"Bienen — 🐝","nul":"\\u0000"}'

    await db.batch([payloads.put("exec_1", "structure", body)])

    encoded = body.encode()
    assert await payloads.get(db, "exec_1", "structure") == Payload(
        body, len(encoded), hashlib.sha256(encoded).hexdigest()
    )


async def test_put_replaces_the_text_of_the_same_kind_only(db: Database, admit) -> None:
    await admit()
    await db.batch([payloads.put("exec_1", "request", "{}"), payloads.put("exec_1", "structure", "old")])

    await db.batch([payloads.put("exec_1", "structure", "new")])

    stored = [await payloads.get(db, "exec_1", kind) for kind in ("request", "structure", "result")]
    assert [payload and payload.body for payload in stored] == ["{}", "new", None]


async def test_put_is_refused_when_there_is_no_such_job(db: Database) -> None:
    with pytest.raises(StatementRejected):
        await db.batch([payloads.put("exec_unknown", "request", "{}")])
