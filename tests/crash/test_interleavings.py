"""Anything that two workers, cancellations, retries, deaths and late clocks do in any order, made up by Hypothesis."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections import Counter
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from granulator.granulation import admission
from granulator.services import Services, open_services
from granulator.settings import Settings, load
from tests.crash import machine
from tests.crash.dying import Clock
from tests.crash.invariants import number
from tests.crash.machine import LEASE_MS, PER_KEY, Worker

T = TypeVar("T")

TURNS = 500
TERMINAL = ("completed", "failed", "cancelled")
WORKERS = st.sampled_from((0, 1))
KEYS = st.sampled_from((0, 1))
TIMES = st.sampled_from((LEASE_MS // 3, LEASE_MS // 2, LEASE_MS + 1))

JOBS = "SELECT id, status, attempt, completed_at, cost_nano_usd FROM jobs"
LIVE = """
SELECT COALESCE(MAX(live), 0) AS n
  FROM (SELECT COUNT(*) AS live FROM jobs WHERE lease_until >= ?1 GROUP BY principal_id) AS keys
"""
OPEN = """SELECT COUNT(*) AS n FROM jobs WHERE status NOT IN ('completed', 'failed', 'cancelled')"""
BADLY_ENDED = """
SELECT COUNT(*) AS n FROM jobs
 WHERE CASE WHEN status IN ('completed', 'failed', 'cancelled') THEN 1 ELSE 0 END
       <> (SELECT COUNT(*) FROM job_events WHERE job_id = jobs.id AND event IN ('completed', 'failed'))
    OR CASE WHEN status IN ('completed', 'failed', 'cancelled') THEN 1 ELSE 0 END
       <> (SELECT COUNT(*) FROM job_payloads WHERE execution_id = jobs.execution_id AND kind = 'result')
    OR (status IN ('completed', 'failed', 'cancelled') AND (owner IS NOT NULL OR lease_until IS NOT NULL))
"""
BADLY_BOOKED = """
SELECT COUNT(*) AS n
  FROM (SELECT jobs.status, jobs.cost_nano_usd AS told,
               SUM(CASE WHEN ledger.kind = 'hold' THEN nano_usd ELSE 0 END) AS held,
               SUM(CASE WHEN ledger.kind = 'charge' THEN nano_usd ELSE 0 END) AS charged,
               SUM(CASE WHEN ledger.kind = 'release' THEN nano_usd ELSE 0 END) AS released
          FROM jobs JOIN ledger ON ledger.job_id = jobs.id
         GROUP BY jobs.id) AS sums
 WHERE held < charged + released
    OR (status IN ('completed', 'failed', 'cancelled') AND (held > charged + released OR charged <> told))
"""
OPEN_CALLS_OF_ENDED = """
SELECT COUNT(*) AS n FROM attempts JOIN jobs ON jobs.id = attempts.job_id
 WHERE state = 'sent' AND jobs.status IN ('completed', 'failed', 'cancelled')
"""


def settings_of(root: Path) -> Settings:
    secrets = {"SHARED_SECRET": "shared-secret-of-the-tests", "SESSION_SECRET": "session-secret-of-the-tests"}
    return load(root=root, environ={**secrets, "OPENAI_API_KEY": "never used", "JUDGE_MODEL": "off"})


@cache
def empty_database() -> tempfile.TemporaryDirectory[str]:
    """A directory with a database that every example begins with; it is gone with the process."""
    directory = tempfile.TemporaryDirectory(prefix="granulator-empty-")

    async def make() -> None:
        async with open_services(settings_of(Path(directory.name)), now_ms=Clock()) as services:
            await admission.install_templates(services)

    asyncio.run(make())
    return directory


class Interleavings(RuleBasedStateMachine):
    """Rules are what may happen next; whatever happened, the invariants hold."""

    jobs = Bundle("jobs")

    @initialize(target=jobs)
    def start(self) -> object:
        self.directory = Path(tempfile.mkdtemp(prefix="granulator-interleaving-"))
        shutil.copytree(empty_database().name, self.directory, dirs_exist_ok=True)
        self.runner, self.clock, self.stack = asyncio.Runner(), Clock(), AsyncExitStack()
        opening = open_services(settings_of(self.directory), now_ms=self.clock)
        self.services: Services = self.run(self.stack.enter_async_context(opening))
        self.starts = 0
        self.workers = [self.new_worker(), self.new_worker()]
        self.before: dict[object, dict[str, object]] = {}
        return multiple(*(self.run(machine.accept(self.workers[0], key)) for key in (0, 0, 0, 1)))

    def new_worker(self) -> Worker:
        self.starts += 1
        return machine.new_worker(self.services, f"proc_{self.starts}", self.clock)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    @rule(target=jobs, worker=WORKERS, key=KEYS)
    def accept(self, worker: int, key: int) -> int:
        return self.run(machine.accept(self.workers[worker], key))

    @rule(target=jobs, worker=WORKERS, key=KEYS)
    def submit(self, worker: int, key: int) -> object:
        job_id = self.run(machine.submit(self.workers[worker], key))
        return multiple() if job_id is None else job_id

    @rule(worker=WORKERS)
    def take_next(self, worker: int) -> None:
        self.run(machine.take_next(self.workers[worker]))

    @rule(worker=WORKERS, job_id=jobs)
    def take(self, worker: int, job_id: int) -> None:
        self.run(machine.take(self.workers[worker], job_id))

    @rule(worker=WORKERS, data=st.data())
    def send(self, worker: int, data: st.DataObject) -> None:
        for running in self.one_of(worker, data):
            self.run(machine.send(self.workers[worker], running))

    @rule(worker=WORKERS, data=st.data())
    def answer(self, worker: int, data: st.DataObject) -> None:
        for running in self.one_of(worker, data):
            self.run(machine.answer(self.workers[worker], running))

    @rule(worker=WORKERS)
    def work_on(self, worker: int) -> None:
        """Everything in hand goes a call further, and ends where nothing is left to ask."""
        for running in tuple(self.workers[worker].running.values()):
            self.run(machine.send(self.workers[worker], running))
            self.run(machine.answer(self.workers[worker], running))
            if running.lease.job_id in self.workers[worker].running:
                self.run(machine.complete(self.workers[worker], running))

    @rule(worker=WORKERS)
    def send_all(self, worker: int) -> None:
        for running in tuple(self.workers[worker].running.values()):
            self.run(machine.send(self.workers[worker], running))

    @rule(worker=WORKERS)
    def answer_all(self, worker: int) -> None:
        for running in tuple(self.workers[worker].running.values()):
            self.run(machine.answer(self.workers[worker], running))

    @rule(worker=WORKERS, data=st.data())
    def fail(self, worker: int, data: st.DataObject) -> None:
        for running in self.one_of(worker, data):
            self.run(machine.fail(self.workers[worker], running))

    @rule(worker=WORKERS)
    def beat(self, worker: int) -> None:
        self.run(machine.beat(self.workers[worker]))

    @rule(worker=WORKERS, job_id=jobs)
    def cancel(self, worker: int, job_id: int) -> None:
        self.run(machine.cancel(self.workers[worker], job_id))

    @rule(worker=WORKERS)
    def notice(self, worker: int) -> None:
        self.run(machine.notice(self.workers[worker]))

    @rule(target=jobs, worker=WORKERS, job_id=consumes(jobs))
    def retry(self, worker: int, job_id: int) -> object:
        again = self.run(machine.retry(self.workers[worker], job_id))
        return multiple(job_id) if again is None else multiple(job_id, again)

    @rule(milliseconds=TIMES)
    def time_passes(self, milliseconds: int) -> None:
        self.clock.now += milliseconds

    @rule(worker=WORKERS, job_id=jobs)
    def oversleep(self, worker: int, job_id: int) -> None:
        """A worker wakes after its leases have expired; the other one did not wait for it."""
        self.clock.now += LEASE_MS + 1
        for other in (machine.take(self.workers[1 - worker], job_id), machine.take_next(self.workers[1 - worker])):
            self.run(other)
        self.run(machine.beat(self.workers[worker]))

    @rule(worker=WORKERS)
    def die(self, worker: int) -> None:
        self.workers[worker] = self.new_worker()

    def one_of(self, worker: int, data: st.DataObject) -> list[machine.Running]:
        running = self.workers[worker].running
        return [running[data.draw(st.sampled_from(sorted(running)))]] if running else []

    @invariant()
    def nobody_shares_a_job(self) -> None:
        owners: Counter[int] = Counter()
        sure: Counter[int] = Counter()
        for worker in self.workers:
            for job_id, running in worker.running.items():
                owners[job_id] += self.run(machine.is_held(worker, running))
                sure[job_id] += running.held.until >= self.clock.now and not running.held.is_lost
        assert max(owners.values(), default=0) <= 1
        assert max(sure.values(), default=0) <= 1

    @invariant()
    def jobs_only_go_forward(self) -> None:
        now = {row["id"]: row for row in self.run(machine.rows(self.services, JOBS))}
        for job_id, before in self.before.items():
            assert int(str(now[job_id]["attempt"])) >= int(str(before["attempt"]))
            if before["status"] in TERMINAL:
                # A late answer may add what it cost, and nothing else.
                assert {**now[job_id], "cost_nano_usd": 0} == {**before, "cost_nano_usd": 0}
        self.before = now

    @invariant()
    def no_key_runs_too_many(self) -> None:
        assert self.run(number(self.services.db, LIVE, self.clock.now)) <= PER_KEY

    @invariant()
    def every_end_is_whole_and_every_ledger_balances(self) -> None:
        for sql in (BADLY_ENDED, BADLY_BOOKED, OPEN_CALLS_OF_ENDED):
            assert self.run(number(self.services.db, sql)) == 0, sql

    def teardown(self) -> None:
        """Whatever happened, the next start finishes it."""
        self.workers = [self.new_worker()]
        self.clock.now += LEASE_MS + 1
        (worker,) = self.workers
        turns = 0
        try:
            while self.run(number(self.services.db, OPEN)):
                assert (turns := turns + 1) < TURNS, "some job never ends"
                self.run(machine.take_next(worker))
                self.work_on(0)
            self.every_end_is_whole_and_every_ledger_balances()
        finally:
            self.run(self.stack.aclose())
            self.runner.close()
            shutil.rmtree(self.directory)


TestInterleavings = Interleavings.TestCase
TestInterleavings.settings = hypothesis_settings(
    max_examples=100, stateful_step_count=50, deadline=None, database=None, print_blob=True
)
