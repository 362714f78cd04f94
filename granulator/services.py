"""The collaborators every request and job works with, and the one function that opens them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

from granulator.clock import random_id, wall_clock_ms
from granulator.engine.base import Engine
from granulator.engine.embedded import EmbeddedEngine
from granulator.errors import ConfigurationError, RequestError
from granulator.providers.registry import LOCAL, Registry, open_registry
from granulator.settings import Settings
from granulator.store.database import Database, migrate
from granulator.store.job_counts import JobCounts
from granulator.store.objects import Objects, open_objects
from granulator.store.sqlite import SqliteDatabase
from granulator.store.transfer import Transferable

P = ParamSpec("P")
T = TypeVar("T")

CPU_THREADS: Final = 2
"""Threads for extraction and checks; a waiting piece of work is dropped when its deadline passes."""


@dataclass(frozen=True, slots=True)
class Services:
    """The collaborators. ``owner`` names this process start in leases; ``now_ms`` is the clock, epoch ms UTC."""

    settings: Settings
    db: Database
    counts: JobCounts
    objects: Objects
    providers: Registry
    engine: Engine
    cpu: ThreadPoolExecutor
    owner: str
    now_ms: Callable[[], int]
    new_id: Callable[[str], str]

    async def in_thread(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``function`` outside the event loop; it goes on there even when the caller is cancelled."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.cpu, partial(function, *args, **kwargs))


@asynccontextmanager
async def open_services(
    settings: Settings, *, now_ms: Callable[[], int] | None = None, new_id: Callable[[str], str] | None = None
) -> AsyncIterator[Services]:
    """Open the database, bring its schema up to date and yield the collaborators; close all of them after.

    Raises ConfigurationError when the database or the object storage cannot be opened as configured.
    """
    clock = now_ms or wall_clock_ms
    ids = new_id or random_id
    owner = ids("proc")
    objects = open_objects(settings, clock)
    db = await open_database(settings)
    cpu = ThreadPoolExecutor(CPU_THREADS, thread_name_prefix="granulator-cpu")
    try:
        engine = _open_engine(settings, db, owner, clock)
        await migrate(db)
        providers = open_registry(settings.providers, settings.default_provider)
        _check_judge(providers, settings.judge_model)
        try:
            yield Services(settings, db, JobCounts(db, clock), objects, providers, engine, cpu, owner, clock, ids)
        finally:
            await providers.aclose()
    finally:
        cpu.shutdown(wait=False, cancel_futures=True)
        await db.close()


def _open_engine(settings: Settings, db: Database, owner: str, clock: Callable[[], int]) -> Engine:
    open_engine: Callable[..., Engine] = EmbeddedEngine
    if settings.sqlite_path is None:
        # Loaded only where it is used: it brings procrastinate and the driver of PostgreSQL with it.
        scaled = import_module("granulator.engine.procrastinated")
        open_engine = partial(scaled.ProcrastinateEngine, url=settings.database_url)
    return open_engine(
        db=db,
        owner=owner,
        lease_ms=settings.lease_seconds * 1000,
        now_ms=clock,
        per_principal=settings.concurrency_per_key,
        at_once=settings.worker_concurrency,
    )


def _check_judge(providers: Registry, judge_model: str | None) -> None:
    """Refuse a judge that could never answer: it would be missed only where a structure should have failed."""
    name, _, model = (judge_model or "off").partition("/")
    if name == "off":
        return
    if name == LOCAL:
        raise ConfigurationError("JUDGE_MODEL is 'local', which is no model and cannot judge; use off")
    try:
        providers.resolve(name, model or None)
    except RequestError as error:
        raise ConfigurationError(f"JUDGE_MODEL is {judge_model!r}: {error.message}") from error


async def open_database(settings: Settings) -> Database:
    """Return the database of ``settings``, opened; raises ConfigurationError when it cannot be."""
    return await open_url(settings.database_url, settings.root, named="DATABASE_URL")


async def open_url(url: str, root: Path, *, named: str) -> Transferable:
    """Return the database of a URL, opened; a relative path after ``sqlite:///`` begins at ``root``.

    ``named`` says in errors where the URL comes from. Raises ConfigurationError when it cannot be opened.
    """
    if url.startswith("sqlite:///"):
        return SqliteDatabase.open(root / url.removeprefix("sqlite:///"))
    # Loaded only where it is configured: a service on SQLite does without its driver.
    postgres = import_module("granulator.store.postgres")
    db: Transferable = await postgres.PostgresDatabase.open(url, named=named)
    return db
