"""The object storage: long texts under the day they were written and their SHA-256; not what they mean, nor who needs
them.

An object is written and used again on the day in its key only; a later day writes its own. So whoever collects those
that no row names leaves the young ones alone and cannot meet a writer: see ``granulation/collecting.py``.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar, cast
from urllib.parse import parse_qs, unquote, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from granulator.clock import DAY_MS
from granulator.errors import ConfigurationError, StorageError
from granulator.settings import ObjectStorageSettings, Settings

if TYPE_CHECKING:
    # The library has these for type checkers only.
    from obstore.store import S3Config


LIMIT_SECONDS: Final = 60.0
"""What one object may take to be written or read, tries and pauses included."""

HEALTH_SECONDS: Final = 2.0
HEALTH_KEPT_SECONDS: Final = 5.0

PAGE: Final = 1000
"""How many objects are listed and deleted at a time."""

_KEY: Final = re.compile(r"\d{4}-\d\d-\d\d/([0-9a-f]{64})(\.[0-9a-f]{8})?")
"""The keys that are ours; the last part is there on what a crash left half written."""

_EPOCH: Final = date(1970, 1, 1).toordinal()

T = TypeVar("T")


class ObjectLost(StorageError):
    """The object is missing or damaged."""

    # Unlike its parent: to ask again cannot help.


@dataclass(frozen=True, slots=True)
class Listed:
    """An object that exists; ``sha256`` is None where it was left half written."""

    key: str
    sha256: str | None
    size: int


class Objects:
    """The object storage of one configuration: a directory, or a bucket of an S3-compatible service."""

    def __init__(self, store: LocalStore | S3Store, directory: Path | None, now_ms: Callable[[], int]) -> None:
        self._store = store
        self._directory = directory
        self._now_ms = now_ms
        self._health: tuple[float, bool] | None = None

    async def put(self, body: bytes, sha256: str) -> int:
        """Write ``body`` so that it outlives a loss of power, unless today's key has it, and return today's number.

        Raises StorageError; then nothing can be read under the key that is not this body.
        """
        day = self._now_ms() // DAY_MS
        if self._directory is None:
            await _within(LIMIT_SECONDS, self._upload(key_of(day, sha256), body))
        else:
            # The library does not flush what it writes to a disk.
            path = self._directory / key_of(day, sha256)
            await _within(LIMIT_SECONDS, asyncio.to_thread(_write, path, body))
        return day

    async def get(self, day: int, sha256: str) -> bytes:
        """Return exactly the bytes that were written. Raises ObjectLost when they cannot be had, StorageError."""
        try:
            body = await _within(LIMIT_SECONDS, self._download(key_of(day, sha256)))
        except StorageError as error:
            if _is_missing(error):
                raise ObjectLost("A stored text is missing", sha256=sha256) from error.__cause__
            raise
        if await asyncio.to_thread(digest, body) != sha256:
            raise ObjectLost("A stored text is damaged", sha256=sha256)
        return body

    async def delete(self, keys: Sequence[str]) -> None:
        """Delete objects, in one call where the service can. What is gone already is fine. Raises StorageError."""
        if self._directory is None:
            await _within(LIMIT_SECONDS, obstore.delete_async(self._store, list(keys)))
            return
        # A directory stops at the first that is missing.
        for key in keys:
            await self._delete_one(key)

    async def days(self) -> list[int]:
        """Return the days that have objects, the oldest first. Raises StorageError."""
        listing = await _within(LIMIT_SECONDS, obstore.list_with_delimiter_async(self._store))
        return sorted(day for prefix in listing["common_prefixes"] if (day := _day(prefix)) is not None)

    async def pages(self, day: int) -> AsyncIterator[list[Listed]]:
        """Yield the objects of a day, a page at a time, in no order. Raises StorageError."""
        listing = obstore.list(self._store, _date(day), chunk_size=PAGE)
        while True:
            try:
                page = await _within(LIMIT_SECONDS, listing.__anext__())
            except StopAsyncIteration:
                return
            yield [found for each in page if (found := _listed(each["path"], each["size"])) is not None]

    async def is_reachable(self) -> bool:
        """Return whether the storage answers, as it was at most some seconds ago; takes at most two seconds."""
        now = time.monotonic()
        if self._health is None or now - self._health[0] > HEALTH_KEPT_SECONDS:
            self._health = (now, await self._answers())
        return self._health[1]

    async def _answers(self) -> bool:
        try:
            if self._directory is not None:
                return await _within(HEALTH_SECONDS, asyncio.to_thread(_is_writable, self._directory))
            await _within(HEALTH_SECONDS, obstore.list(self._store, "0000-00-00", chunk_size=1).collect_async())
        except StorageError:
            return False
        return True

    async def _upload(self, key: str, body: bytes) -> None:
        try:
            there = await obstore.head_async(self._store, key)
        except FileNotFoundError:
            there = None
        if there is None or there["size"] != len(body):
            await obstore.put_async(self._store, key, body)

    async def _download(self, key: str) -> bytes:
        found = await obstore.get_async(self._store, key)
        return bytes(await found.bytes_async())

    async def _delete_one(self, key: str) -> None:
        try:
            await _within(LIMIT_SECONDS, obstore.delete_async(self._store, key))
        except StorageError as error:
            if not _is_missing(error):
                raise


def open_objects(settings: Settings, now_ms: Callable[[], int]) -> Objects:
    """Return the object storage of ``settings``; its directory is made where it is one.

    Raises ConfigurationError when the address cannot be understood or the directory cannot be made.
    """
    asked = settings.object_storage
    if asked.url is None or asked.url.startswith("file:"):
        directory = settings.state_dir / "objects" if asked.url is None else _directory(asked.url)
        _make(directory)
        return Objects(LocalStore(directory, automatic_cleanup=True), directory, now_ms)
    return Objects(_bucket(asked.url, asked), None, now_ms)


def key_of(day: int, sha256: str) -> str:
    """Return where an object of that day stands."""
    return f"{_date(day)}/{sha256}"


def digest(body: bytes) -> str:
    """Return the SHA-256 of ``body`` in hex."""
    return hashlib.sha256(body).hexdigest()


def _date(day: int) -> str:
    return date.fromordinal(_EPOCH + day).isoformat()


def _day(prefix: str) -> int | None:
    """Return the day of a prefix, None when it is not ours."""
    try:
        named = date.fromisoformat(prefix)
    except ValueError:
        return None
    return named.toordinal() - _EPOCH if named.isoformat() == prefix else None


@contextmanager
def _faults() -> Iterator[None]:
    """Turn what the storage raises into our errors; the address it may name stays in the cause."""
    try:
        yield
    except TimeoutError as error:
        raise StorageError("The object storage did not answer in time") from error
    except (OSError, ValueError, BaseError) as error:
        raise StorageError("The object storage failed") from error


def _is_missing(error: StorageError) -> bool:
    return isinstance(error.__cause__, FileNotFoundError)


async def _within(seconds: float, action: Awaitable[T]) -> T:
    with _faults():
        async with asyncio.timeout(seconds):
            return await action


def _directory(url: str) -> Path:
    parts = urlsplit(url)
    path = Path(unquote(parts.path))
    if parts.netloc or parts.query or parts.fragment or path == Path("/"):
        raise ConfigurationError("OBJECT_STORAGE_URL must be file:///directory")
    return path


def _make(directory: Path) -> None:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sync(directory.parent)
    except OSError as error:
        raise ConfigurationError(f"the object storage {directory} cannot be made: {error}") from error


def _bucket(url: str, asked: ObjectStorageSettings) -> S3Store:
    parts = urlsplit(url)
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    if unknown := sorted(options.keys() - {"region", "endpoint"}):
        raise ConfigurationError(f"OBJECT_STORAGE_URL: {unknown[0]} is not known; there are region and endpoint")
    if parts.fragment or not re.fullmatch(r"[a-z0-9.-]+", parts.netloc) or not re.fullmatch(r"[\w./-]*", parts.path):
        raise ConfigurationError("OBJECT_STORAGE_URL must be s3://bucket/prefix; credentials stand in AWS_ variables")
    endpoint = options.get("endpoint") or asked.endpoint
    config = {
        "region": options.get("region") or asked.region,
        "endpoint": endpoint,
        "access_key_id": asked.access_key_id,
        "secret_access_key": asked.secret_access_key,
        "session_token": asked.session_token,
    }
    # What is not given the library looks for where AWS puts it: a role of the machine or the container.
    given = {name: value for name, value in config.items() if value is not None}
    return S3Store(
        parts.netloc,
        prefix=parts.path.strip("/") or None,
        config=cast("S3Config", given),
        client_options={
            "allow_http": (endpoint or "").startswith("http://"),
            "connect_timeout": timedelta(seconds=5),
            "timeout": timedelta(seconds=30),
        },
        retry_config={
            "max_retries": 3,
            "retry_timeout": timedelta(seconds=20),
            "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=2), "base": 2},
        },
    )


def _listed(key: str, size: int) -> Listed | None:
    """Return what an object is, None when it is not ours."""
    named = _KEY.fullmatch(key)
    return None if named is None else Listed(key, None if named[2] else named[1], size)


def _write(path: Path, body: bytes) -> None:
    """Write a file that is there in whole or not at all, whatever happens meanwhile."""
    if not (path.is_file() and path.stat().st_size == len(body)):
        _put_in_place(path, body)
    # Its name may stand in a directory that only another process has flushed so far, or not.
    _sync(path.parent)
    _sync(path.parent.parent)


def _put_in_place(path: Path, body: bytes) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_writable(directory: Path) -> bool:
    return directory.is_dir() and os.access(directory, os.W_OK | os.X_OK)
