"""Payloads: the exact text, its size in bytes and its digest; from a size on it is an object."""

import hashlib
from pathlib import Path

import pytest

from granulator.settings import load
from granulator.store import payloads
from granulator.store.database import Database, Statement, StatementRejected
from granulator.store.objects import DAY_MS, ObjectLost, Objects, open_objects
from granulator.store.payloads import INLINE_LIMIT, Payload, Stored
from tests.store.conftest import NOW

TODAY = NOW // DAY_MS


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Where the objects are."""
    return tmp_path / ".granulator" / "objects"


@pytest.fixture
def objects(tmp_path: Path) -> Objects:
    return open_objects(load(root=tmp_path, environ={}), lambda: NOW)


def digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


def written(directory: Path) -> list[bytes]:
    """What the objects hold."""
    return [path.read_bytes() for path in directory.rglob("*") if path.is_file()]


async def test_put_stores_the_exact_text_with_its_size_in_bytes(db: Database, objects: Objects, admit) -> None:
    await admit()
    body = '{"title":"Bienen — 🐝","nul":"\\u0000"}'

    await db.batch([payloads.put("exec_1", "structure", await payloads.keep(objects, body))])

    stored = Stored(body, len(body.encode()), digest(body))
    assert await payloads.get(db, objects, "exec_1", "structure") == Payload(body, stored)


async def test_put_replaces_the_text_of_the_same_kind_only(db: Database, objects: Objects, admit) -> None:
    await admit()
    empty, old, new = [await payloads.keep(objects, text) for text in ("{}", "o" * (INLINE_LIMIT + 1), "new")]
    await db.batch([payloads.put("exec_1", "request", empty), payloads.put("exec_1", "structure", old)])

    await db.batch([payloads.put("exec_1", "structure", new)])

    assert [await payloads.find(db, "exec_1", kind) for kind in ("request", "structure", "result")] == [
        empty,
        new,
        None,
    ]


async def test_put_is_refused_when_there_is_no_such_job(db: Database, objects: Objects) -> None:
    with pytest.raises(StatementRejected):
        await db.batch([payloads.put("exec_unknown", "request", await payloads.keep(objects, "{}"))])


@pytest.mark.parametrize(
    ("body", "storage"),
    [
        ("a" * INLINE_LIMIT, "inline"),
        ("a" * (INLINE_LIMIT + 1), "blob"),
        # Two bytes each: what counts is not the number of characters.
        ("ß" * (INLINE_LIMIT // 2), "inline"),
        ("ß" * (INLINE_LIMIT // 2) + "a", "blob"),
        ("🐝" * (INLINE_LIMIT // 4 + 1), "blob"),
    ],
    ids=["at the limit", "beyond it", "at the limit in bytes", "beyond it in bytes only", "few characters"],
)
async def test_a_text_beyond_the_limit_is_an_object_and_reads_the_same(
    db: Database, objects: Objects, directory: Path, admit, body: str, storage: str
) -> None:
    await admit()

    kept = await payloads.keep(objects, body)
    await db.batch([payloads.put("exec_1", "request", kept)])

    is_blob = storage == "blob"
    expected = Stored(None if is_blob else body, len(body.encode()), digest(body), TODAY if is_blob else None)
    assert (kept, kept.storage) == (expected, storage)
    assert await payloads.get(db, objects, "exec_1", "request") == Payload(body, kept)
    assert written(directory) == [body.encode()] * is_blob


async def test_a_row_without_text_and_object_is_told_of(db: Database, objects: Objects, admit) -> None:
    await admit()
    await db.batch([payloads.put("exec_1", "request", Stored("{}", 2, digest("{}")))])
    await db.batch([Statement("UPDATE job_payloads SET body = NULL")])

    with pytest.raises(ObjectLost):
        await payloads.get(db, objects, "exec_1", "request")


async def test_the_objects_of_a_day_are_read_in_pages_each_once(db: Database, admit) -> None:
    await admit()
    await admit(execution_id="exec_2")
    for execution_id, kind, sha256, day in [
        ("exec_1", "request", "aa", TODAY),
        ("exec_1", "structure", "bb", TODAY),
        ("exec_2", "request", "aa", TODAY),
        ("exec_2", "structure", "cc", TODAY - 1),
        ("exec_2", "result", "dd", None),
    ]:
        await db.batch([payloads.put(execution_id, kind, Stored(None if day else "x", 1, sha256, day))])

    assert await payloads.objects_of_day(db, TODAY) == ["aa", "bb"]
    assert await payloads.objects_of_day(db, TODAY, after="aa") == ["bb"]
    assert await payloads.objects_of_day(db, TODAY, after="bb") == []
