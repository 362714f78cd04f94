"""The object storage in a bucket: the promises of the directory, kept through the S3 protocol."""

from __future__ import annotations

import asyncio
import hashlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from granulator.errors import StorageError
from granulator.settings import load
from granulator.store.objects import DAY_MS, HEALTH_SECONDS, ObjectLost, Objects, open_objects
from tests.store.conftest import NOW

TODAY = NOW // DAY_MS
DATE = "2027-01-15"
"""The day of NOW as it stands in a key."""

BODY = b"a long text"
SHA256 = hashlib.sha256(BODY).hexdigest()
START_SECONDS = 30


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """An S3-compatible server, and its address."""
    pytest.importorskip("moto.server", reason="moto is not installed")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", port]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait(f"http://127.0.0.1:{port}/moto-api/")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _wait(url: str) -> None:
    give_up_at = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up_at:
        with suppress(httpx.HTTPError):
            httpx.get(url)
            return
    raise TimeoutError("the S3-compatible server did not start")


@pytest.fixture
def bucket(server: str) -> str:
    """The address of an empty bucket."""
    httpx.post(f"{server}/moto-api/reset").raise_for_status()
    place = (
        "<CreateBucketConfiguration><LocationConstraint>eu-central-1</LocationConstraint></CreateBucketConfiguration>"
    )
    httpx.put(f"{server}/texts", content=place).raise_for_status()
    return f"{server}/texts"


def opened(tmp_path: Path, server: str, now_ms: int = NOW, name: str = "texts") -> Objects:
    environ = {
        "OBJECT_STORAGE_URL": f"s3://{name}/of-one/database?region=eu-central-1&endpoint={server}",
        "AWS_ACCESS_KEY_ID": "id",
        "AWS_SECRET_ACCESS_KEY": "hidden",
    }
    return open_objects(load(root=tmp_path, environ=environ), lambda: now_ms)


@pytest.fixture
def open_at(tmp_path: Path, server: str, bucket: str) -> Callable[[int], Objects]:
    """Open the bucket at a time."""
    return lambda now_ms: opened(tmp_path, server, now_ms)


@pytest.fixture
def objects(open_at: Callable[[int], Objects]) -> Objects:
    return open_at(NOW)


def address(bucket: str, name: str) -> str:
    return f"{bucket}/of-one/database/{DATE}/{name}"


@pytest.fixture
async def raw() -> AsyncIterator[httpx.AsyncClient]:
    """A client that reads and writes the bucket past the program."""
    async with httpx.AsyncClient() as client:
        yield client


@pytest.mark.parametrize("size", [0, 300_000, 12_000_000], ids=["empty", "one part", "several parts"])
async def test_an_object_reads_back_byte_for_byte(objects: Objects, size: int) -> None:
    body = os.urandom(size)
    sha256 = hashlib.sha256(body).hexdigest()

    day = await objects.put(body, sha256)

    assert (day, await objects.get(day, sha256) == body) == (TODAY, True)


async def test_an_object_of_today_is_not_written_again(objects: Objects, bucket: str, raw: httpx.AsyncClient) -> None:
    await raw.put(address(bucket, SHA256), content=b"as long now")

    await objects.put(BODY, SHA256)

    with pytest.raises(ObjectLost, match="A stored text is damaged"):
        await objects.get(TODAY, SHA256)


async def test_an_object_of_another_length_is_replaced(objects: Objects, bucket: str, raw: httpx.AsyncClient) -> None:
    await raw.put(address(bucket, SHA256), content=b"half")

    await objects.put(BODY, SHA256)

    assert await objects.get(TODAY, SHA256) == BODY


async def test_a_missing_and_a_damaged_object_are_told_of(
    objects: Objects, bucket: str, raw: httpx.AsyncClient
) -> None:
    with pytest.raises(ObjectLost, match="A stored text is missing"):
        await objects.get(TODAY, SHA256)
    await raw.put(address(bucket, SHA256), content=b"a long texT")
    with pytest.raises(ObjectLost, match="A stored text is damaged"):
        await objects.get(TODAY, SHA256)


async def test_the_objects_of_this_database_are_listed_and_deleted_together(
    open_at: Callable[[int], Objects], bucket: str, raw: httpx.AsyncClient
) -> None:
    await open_at(NOW - 3 * DAY_MS).put(BODY, SHA256)
    objects = open_at(NOW)
    names = [f"{number:064x}" for number in range(20)]
    for name in [*names, "notes.txt"]:
        await raw.put(address(bucket, name), content=b"?")
    await raw.put(f"{bucket}/of-another/database/{DATE}/{SHA256}", content=BODY)

    days = await objects.days()
    listed = [each.key async for page in objects.pages(TODAY) for each in page]
    await objects.delete([*listed[:15], f"{DATE}/{'f' * 64}"])
    left = [each.key async for page in objects.pages(TODAY) for each in page]

    assert days == [TODAY - 3, TODAY]
    assert sorted(listed) == [f"{DATE}/{name}" for name in names]
    assert left == listed[15:]


async def test_a_bucket_is_reachable_and_one_that_does_not_exist_is_not(
    objects: Objects, tmp_path: Path, server: str
) -> None:
    absent = opened(tmp_path, server, name="absent")

    assert [await objects.is_reachable(), await absent.is_reachable()] == [True, False]
    with pytest.raises(StorageError) as caught:
        await absent.put(BODY, SHA256)
    assert not isinstance(caught.value, ObjectLost)


async def test_a_server_that_hangs_is_not_reachable_and_is_not_waited_for(tmp_path: Path) -> None:
    over = asyncio.Event()

    async def hang(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()

    hanging = await asyncio.start_server(hang, "127.0.0.1", 0)
    objects = opened(tmp_path, f"http://127.0.0.1:{hanging.sockets[0].getsockname()[1]}")
    began = time.monotonic()

    is_reachable = await objects.is_reachable()

    took = time.monotonic() - began
    over.set()
    hanging.close()
    assert (is_reachable, took < HEALTH_SECONDS + 1) == (False, True)
