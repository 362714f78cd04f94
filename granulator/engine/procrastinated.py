"""Delivery over several machines: procrastinate on the same PostgreSQL carries the ids of jobs, and nothing else.

Its rows are hints. A job is committed before it is deferred, so a crash between the two leaves no hint: the sweep
defers whatever waits, and what a killed worker left behind is removed. Who may run a job is decided by its lease.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Final, TypeVar

import psycopg
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Status

from granulator.engine.base import RunJob
from granulator.engine.embedded import EmbeddedEngine
from granulator.errors import DatabaseError
from granulator.store.database import Database

log = logging.getLogger(__name__)

T = TypeVar("T")

TASK: Final = "granulator.run"

SWEEP_SECONDS: Final = 1.0
"""How often the line is compared with what is delivered."""

TIDY_EVERY: Final = 60
"""Sweeps between two looks for what killed workers left in procrastinate's tables."""

POLL_SECONDS: Final = 1.0
RESTART_SECONDS: Final = 0.5

POOL_MAX: Final = 4
"""Connections of procrastinate beside ours: one listens, the others fetch and defer."""

LOCK: Final = 7_219_032_514
"""The advisory lock under which procrastinate's own tables are made."""


class ProcrastinateEngine(EmbeddedEngine):
    """The embedded engine, woken by procrastinate's worker instead of its own look at the line."""

    def __init__(
        self,
        db: Database,
        *,
        url: str,
        owner: str,
        lease_ms: int,
        now_ms: Callable[[], int],
        per_principal: int,
        at_once: int,
    ) -> None:
        super().__init__(
            db, owner=owner, lease_ms=lease_ms, now_ms=now_ms, per_principal=per_principal, at_once=at_once
        )
        self._url = url
        self._app: App | None = None
        self._closed = asyncio.Event()

    def stop_claiming(self) -> None:
        super().stop_claiming()
        # A worker that went on would take the hints of jobs that it may not begin from those who may.
        self._closed.set()

    async def deliver(self, job_id: int) -> None:
        if self._app is None:
            return
        try:
            # One hint per job at a time, or the sweep would flood the queue.
            await self._app.configure_task(TASK, queueing_lock=str(job_id)).defer_async(job_id=job_id)
        except AlreadyEnqueued:
            return
        except ConnectorException:
            log.warning("a job could not be delivered; the sweep does it", extra={"facts": {"jobId": job_id}})

    async def _work(self, run: RunJob) -> None:
        """Run procrastinate's worker and the sweep while jobs are taken; a database that goes away ends neither."""
        while not self._is_closed:
            try:
                await _to_the_end(_make_tables(self._url))
                await self._serve_once(run)
            except (psycopg.Error, ConnectorException, DatabaseError) as error:
                log.warning("the queue does not answer; trying again", extra={"facts": {"cause": type(error).__name__}})
            self._app = None
            await asyncio.sleep(RESTART_SECONDS)

    async def _serve_once(self, run: RunJob) -> None:
        connector = PsycopgConnector(conninfo=self._url, min_size=1, max_size=POOL_MAX, timeout=5.0)
        app = App(connector=connector)

        @app.task(name=TASK)
        async def deliver(job_id: int) -> None:
            await self._run_from(run, job_id)

        async with _opened(app):
            self._app = app
            await _until_one_ends(
                app.run_worker_async(
                    concurrency=self.at_once,
                    fetch_job_polling_interval=POLL_SECONDS,
                    shutdown_graceful_timeout=0.0,
                    install_signal_handlers=False,
                    delete_jobs="always",
                ),
                self._sweep(run, app),
                _until_set(self._closed),
            )

    async def _run_from(self, run: RunJob, job_id: int) -> None:
        """Do a delivered job, and then those that waited for the room it took."""
        next_id: int | None = job_id
        try:
            while next_id is not None and not self._is_closed:
                if (job := await _to_the_end(self._begin(run, next_id))) is None:
                    return
                # The end of the worker is not that of the job: it goes on, or is handed back when the engine stops.
                await asyncio.shield(job)
                next_id = await self.claims.next_beside(next_id)
        except DatabaseError:
            log.warning("the database did not answer; the job is delivered again", extra={"facts": {"jobId": job_id}})

    async def _begin(self, run: RunJob, job_id: int) -> asyncio.Task[None] | None:
        """Claim and begin a job; left in the middle, nobody would do it before its lease ends."""
        if job_id in self.leases.held or (lease := await self.claims.claim(job_id)) is None:
            return None
        return self.start(run, lease)

    async def _sweep(self, run: RunJob, app: App) -> None:
        turn = 0
        while True:
            with suppress(DatabaseError):
                await self._deliver_waiting(run)
            if turn % TIDY_EVERY == 0:
                await _tidy(app)
            turn += 1
            await asyncio.sleep(SWEEP_SECONDS)

    async def _deliver_waiting(self, run: RunJob) -> None:
        """Deliver what waits and was not, above all what a dead process left; end what waited too long."""
        if self._is_closed:
            return
        for job_id in await self.claims.candidates(self.at_once):
            await self.deliver(job_id)
        for job_id in await self.claims.overdue(self.at_once):
            if (lease := await self.claim(job_id)) is not None:
                self.start(run, lease)


@asynccontextmanager
async def _opened(app: App) -> AsyncIterator[None]:
    """Open the connections of procrastinate, and close them whatever happens.

    A pool that is left in the middle of its opening is never closed, so a cancel waits for the end of that.
    """
    opening = asyncio.ensure_future(app.open_async())
    try:
        await asyncio.shield(opening)
        yield
    finally:
        await asyncio.wait([opening])
        await _to_the_end(app.close_async())


async def _until_set(event: asyncio.Event) -> None:
    await event.wait()


async def _until_one_ends(*works: Coroutine[None, None, None]) -> None:
    """Run all until one ends or fails, and end the others with it."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _to_the_end(work: Coroutine[None, None, T]) -> T:
    """Do something that must not be left in the middle; a cancel waits for it."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    finally:
        await asyncio.wait([task])


async def _make_tables(url: str) -> None:
    """Make procrastinate's tables if they are not there; one process at a time."""
    async with await psycopg.AsyncConnection.connect(url, connect_timeout=5) as connection:
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        found = await connection.execute("SELECT to_regclass('procrastinate_jobs')")
        row = await found.fetchone()
        if row is None or row[0] is None:
            await connection.execute(App(connector=PsycopgConnector()).schema_manager.get_schema())


async def _tidy(app: App) -> None:
    """Remove the hints that killed workers were following."""
    for stalled in await app.job_manager.get_stalled_jobs():
        await app.job_manager.finish_job(stalled, status=Status.FAILED, delete_job=True)
