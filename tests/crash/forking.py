"""A process that has everything loaded and forks itself for each process a test needs: to die, or to recover after.

It reads one JSON object a line, and answers with one. When it forks, it has no thread and no loop of its own.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
import traceback
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TypedDict, cast

from granulator.granulation import admission
from granulator.services import Services, open_services
from granulator.settings import Settings, load
from granulator.store.database import Row, Statement
from tests.crash.dying import Clock
from tests.crash.fate import Fate, fated
from tests.crash.invariants import violations
from tests.crash.scenarios import SCENARIOS, Play, deliver, work

Answer = dict[str, object]


class Asked(TypedDict, total=False):
    """One line that was read: which task, in the state directory under which root; the rest is for ``die``."""

    task: str
    root: str
    environ: dict[str, str]
    scenario: str
    at: int
    hook: str


class Found(TypedDict):
    """What ``recover`` found in the end; ``repeated`` are steps that were stored before, and called for again."""

    violations: dict[str, int]
    repeated: list[str]
    statuses: list[str]
    messages: list[str]
    known: int
    uncertain: int


WARMING = ("parts", "repaired")
"""What is done once before any fork, so that whatever is loaded late or kept for the next time is there."""

LATER_MS = 120_000
"""When the next process comes: every lease and every claim of a message is over."""


async def die(asked: Asked) -> Answer:
    """Act a scenario until the process dies; where it does not, say how many chances there were."""
    scenario, fate = SCENARIOS[asked["scenario"]], Fate(asked["at"])
    settings = replace(_settings(asked), parallel_parts=scenario.parallel_parts)
    async with fated(settings, Clock(), fate) as services:
        await scenario.act(Play(services, fate, asked["hook"]))
    return {"chances": fate.seen}


async def recover(asked: Asked) -> Answer:
    """Do as the next process does, and tell what is there then."""
    clock = Clock(Clock.now + LATER_MS)
    async with open_services(_settings(asked), now_ms=clock) as services:
        stored = {(row["job_id"], row["step"]) for row in await _rows(services, "SELECT job_id, step FROM job_steps")}
        known = {row["id"] for row in await _rows(services, "SELECT id FROM attempts")}
        for _ in range(2):
            await work(services)
            await deliver(services)
        calls = await _rows(services, "SELECT id, job_id, step, state FROM attempts")
        again = [row for row in calls if row["id"] not in known]
        found = Found(
            violations=await violations(services.db),
            repeated=[str(row["step"]) for row in again if (row["job_id"], row["step"]) in stored],
            statuses=[str(row["status"]) for row in await _rows(services, "SELECT status FROM jobs ORDER BY id")],
            messages=[str(row["message_id"]) for row in await _rows(services, "SELECT message_id FROM outbox")],
            known=len(calls),
            uncertain=sum(row["state"] == "uncertain" for row in calls),
        )
        return cast(Answer, found)


async def _rows(services: Services, sql: str) -> list[Row]:
    return await services.db.all(Statement(sql))


async def prepare(asked: Asked) -> Answer:
    """Make the database, as the first start does."""
    async with open_services(_settings(asked), now_ms=Clock()) as services:
        await admission.install_templates(services)
    return {}


def warm(asked: Asked) -> Answer:
    """Make a database and use it once, in this process itself."""
    import_module("granulator.webhooks.sending")
    asyncio.run(prepare(asked))
    for scenario in WARMING:
        asyncio.run(die({**asked, "scenario": scenario, "at": 0, "hook": ""}))
    for thread in threading.enumerate():
        if thread is not threading.main_thread():
            thread.join(10)
    assert threading.active_count() == 1, "a fork would lose threads"
    return {}


TASKS = {"die": die, "recover": recover, "prepare": prepare}


def _settings(asked: Asked) -> Settings:
    return load(root=Path(asked["root"]), environ=asked["environ"])


def _child(asked: Asked, write_end: int) -> None:
    """Do one task, say how it ended, and leave without any clean-up."""
    try:
        answer = asyncio.run(TASKS[asked["task"]](asked))
    except BaseException:
        answer = {"error": traceback.format_exc()}
    os.write(write_end, json.dumps(answer).encode())
    os._exit(0)


def _fork(asked: Asked) -> Answer:
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read_end)
        _child(asked, write_end)
    os.close(write_end)
    with open(read_end, "rb") as told:
        text = told.read()
    _, status = os.waitpid(pid, 0)
    return {"code": os.waitstatus_to_exitcode(status), **(json.loads(text) if text else {})}


def main() -> None:
    for line in sys.stdin:
        asked = json.loads(line)
        answer = warm(asked) if asked["task"] == "warm" else _fork(asked)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
