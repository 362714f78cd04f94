"""The object storage: written whole and flushed, read back unharmed or not at all."""

from __future__ import annotations

import asyncio
import hashlib
import os
import resource
from collections.abc import Callable
from pathlib import Path

import pytest

from granulator.errors import ConfigurationError, StorageError
from granulator.settings import load
from granulator.store.objects import DAY_MS, ObjectLost, Objects, open_objects
from tests.store.conftest import NOW

TODAY = NOW // DAY_MS
DATE = "2027-01-15"
"""The day of NOW as it stands in a key."""

BODY = b"a long text"
SHA256 = hashlib.sha256(BODY).hexdigest()


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "kept here" / "objects"


@pytest.fixture
def open_at(directory: Path) -> Callable[[int], Objects]:
    """Open the same storage at a time."""

    def opened(now_ms: int) -> Objects:
        url = directory.as_uri()
        return open_objects(load(root=directory.parents[1], environ={"OBJECT_STORAGE_URL": url}), lambda: now_ms)

    return opened


@pytest.fixture
def objects(open_at: Callable[[int], Objects]) -> Objects:
    return open_at(NOW)


def files(directory: Path) -> list[str]:
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file())


def names(directory: Path) -> list[str]:
    return [path.name for path in directory.iterdir()]


def unmount(directory: Path) -> None:
    directory.rmdir()


def block(directory: Path) -> None:
    """Put a file in the place of the directory: nothing can be written there, by root neither."""
    directory.write_text("")


async def test_an_object_stands_under_its_day_and_digest_and_reads_back(objects: Objects, directory: Path) -> None:
    day = await objects.put(BODY, SHA256)

    assert (day, await objects.get(day, SHA256)) == (TODAY, BODY)
    assert files(directory) == [f"{DATE}/{SHA256}"]


async def test_an_object_is_readable_by_this_user_only(objects: Objects, directory: Path) -> None:
    await objects.put(BODY, SHA256)

    made = [directory, directory / DATE, directory / DATE / SHA256]
    assert [path.stat().st_mode & 0o777 for path in made] == [0o700, 0o700, 0o600]


async def test_an_object_of_today_is_not_written_again(objects: Objects, directory: Path) -> None:
    await objects.put(BODY, SHA256)
    first = (directory / DATE / SHA256).stat()

    await objects.put(BODY, SHA256)

    again = (directory / DATE / SHA256).stat()
    assert (again.st_ino, again.st_mtime_ns) == (first.st_ino, first.st_mtime_ns)


async def test_an_object_of_yesterday_is_not_used_again(open_at: Callable[[int], Objects]) -> None:
    yesterday = await open_at(NOW - DAY_MS).put(BODY, SHA256)
    await open_at(NOW).put(BODY, SHA256)

    await open_at(NOW).delete([f"2027-01-14/{SHA256}"])

    assert await open_at(NOW).get(TODAY, SHA256) == BODY
    with pytest.raises(ObjectLost):
        await open_at(NOW).get(yesterday, SHA256)


async def test_writers_of_the_same_object_do_not_disturb_each_other(objects: Objects, directory: Path) -> None:
    body = os.urandom(3_000_000)
    sha256 = hashlib.sha256(body).hexdigest()

    days = await asyncio.gather(*(objects.put(body, sha256) for _ in range(8)))

    assert (set(days), await objects.get(TODAY, sha256)) == ({TODAY}, body)
    assert files(directory) == [f"{DATE}/{sha256}"]


async def test_a_half_object_is_replaced(objects: Objects, directory: Path) -> None:
    (directory / DATE).mkdir()
    (directory / DATE / SHA256).write_bytes(BODY[:4])

    await objects.put(BODY, SHA256)

    assert await objects.get(TODAY, SHA256) == BODY


async def test_a_missing_object_is_told_of(objects: Objects) -> None:
    with pytest.raises(ObjectLost) as caught:
        await objects.get(TODAY, SHA256)

    assert (caught.value.code, caught.value.message) == ("STORAGE_ERROR", "A stored text is missing")


@pytest.mark.parametrize("damaged", [b"a long texT", b"a long tex", b"", b"a long text "])
async def test_a_damaged_object_is_never_read(objects: Objects, directory: Path, damaged: bytes) -> None:
    await objects.put(BODY, SHA256)
    (directory / DATE / SHA256).write_bytes(damaged)

    with pytest.raises(ObjectLost) as caught:
        await objects.get(TODAY, SHA256)

    assert caught.value.message == "A stored text is damaged"


async def test_a_directory_that_is_gone_fails_without_naming_its_place(objects: Objects, directory: Path) -> None:
    unmount(directory)
    block(directory)

    with pytest.raises(StorageError) as caught:
        await objects.put(BODY, SHA256)

    assert not isinstance(caught.value, ObjectLost)
    assert (caught.value.message, caught.value.details) == ("The object storage failed", {})
    assert isinstance(caught.value.__cause__, NotADirectoryError)


async def test_a_disk_that_is_full_leaves_nothing_behind(objects: Objects, directory: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    body = os.urandom(300_000)

    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(StorageError):
            await objects.put(body, hashlib.sha256(body).hexdigest())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert files(directory) == []


async def test_the_days_and_what_they_hold_are_listed(open_at: Callable[[int], Objects], directory: Path) -> None:
    await open_at(NOW - 40 * DAY_MS).put(BODY, SHA256)
    objects = open_at(NOW)
    await objects.put(BODY, SHA256)
    half = directory / DATE / f"{SHA256}.0123abcd"
    half.write_bytes(b"a lon")
    for foreign in (directory / DATE / "notes.txt", directory / "2027-13-01" / SHA256, directory / "20270115" / SHA256):
        foreign.parent.mkdir(exist_ok=True)
        foreign.write_bytes(b"?")

    days = await objects.days()
    listed = [each async for page in objects.pages(days[-1]) for each in page]

    assert days == [TODAY - 40, TODAY]
    assert sorted((each.key, each.sha256, each.size) for each in listed) == [
        (f"{DATE}/{SHA256}", SHA256, 11),
        (f"{DATE}/{SHA256}.0123abcd", None, 5),
    ]


async def test_deleting_passes_over_what_is_gone_and_removes_the_empty_day(objects: Objects, directory: Path) -> None:
    await objects.put(BODY, SHA256)
    await objects.put(b"", hashlib.sha256(b"").hexdigest())

    await objects.delete([f"{DATE}/{hashlib.sha256(b'').hexdigest()}", f"{DATE}/{'0' * 64}", f"{DATE}/{SHA256}"])

    assert names(directory) == []
    assert await objects.days() == []


async def test_a_directory_is_reachable_unless_it_is_gone(open_at: Callable[[int], Objects], directory: Path) -> None:
    there, gone = open_at(NOW), open_at(NOW)

    is_reachable = await there.is_reachable()
    unmount(directory)

    assert [is_reachable, await gone.is_reachable()] == [True, False]


async def test_reachability_is_not_asked_for_every_time(objects: Objects, directory: Path) -> None:
    await objects.is_reachable()
    unmount(directory)

    assert await objects.is_reachable()


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("https://bucket.example", "OBJECT_STORAGE_URL must start with file:/// or s3://"),
        ("file:///", "OBJECT_STORAGE_URL must be file:///directory"),
        ("file:///tmp/x?region=eu", "OBJECT_STORAGE_URL must be file:///directory"),
        ("s3://", "OBJECT_STORAGE_URL must be s3://bucket/prefix; credentials stand in AWS_ variables"),
        ("s3://bucket/a%20b", "OBJECT_STORAGE_URL must be s3://bucket/prefix; credentials stand in AWS_ variables"),
        ("s3://id:hidden@bucket", "OBJECT_STORAGE_URL must be s3://bucket/prefix; credentials stand in AWS_ variables"),
        ("s3://bucket?secret=hidden", "OBJECT_STORAGE_URL: secret is not known; there are region and endpoint"),
    ],
)
def test_an_address_that_cannot_be_understood_is_refused(tmp_path: Path, url: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        open_objects(load(root=tmp_path, environ={"OBJECT_STORAGE_URL": url}), lambda: NOW)

    assert str(caught.value) == complaint


def test_a_directory_that_cannot_be_made_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    url = (tmp_path / "file" / "objects").as_uri()

    with pytest.raises(ConfigurationError, match=f"the object storage {tmp_path}/file/objects cannot be made"):
        open_objects(load(root=tmp_path, environ={"OBJECT_STORAGE_URL": url}), lambda: NOW)


async def test_a_bucket_that_does_not_answer_is_not_reachable(tmp_path: Path) -> None:
    environ = {
        # Port 9 refuses.
        "OBJECT_STORAGE_URL": "s3://bucket/prefix?region=eu-central-1&endpoint=http://127.0.0.1:9",
        "AWS_ACCESS_KEY_ID": "id",
        "AWS_SECRET_ACCESS_KEY": "hidden",
    }
    settings = load(root=tmp_path, environ=environ)
    objects = open_objects(settings, lambda: NOW)

    assert not await objects.is_reachable()
    assert "hidden" not in repr(settings)
    with pytest.raises(StorageError) as caught:
        await objects.put(BODY, SHA256)
    assert not isinstance(caught.value, ObjectLost)
