"""A process that dies around any batch, call, webhook or object of a job of any kind: the next one makes it right."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from tests.conftest import WORKER_TOKEN, ai_environment
from tests.crash.fate import DEAD
from tests.crash.forking import Answer, Found
from tests.crash.scenarios import HANGS_ONCE, SCENARIOS
from tests.mock_server import MockAi
from tests.receivers import Receiver, receiving

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Forks:
    """The process that forks the processes of a test; ``ready`` is a directory with a database that was never used."""

    process: subprocess.Popen[str]
    environ: dict[str, str]
    ready: Path

    async def do(self, task: str, root: Path, **asked: object) -> Answer:
        """Do a task in a process of its own, and return its answer with its exit ``code``."""
        return await asyncio.to_thread(self.ask, task, root, **asked)

    def ask(self, task: str, root: Path, **asked: object) -> Answer:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        sent = {"task": task, "root": str(root), "environ": self.environ, **asked}
        self.process.stdin.write(json.dumps(sent) + "\n")
        self.process.stdin.flush()
        answer: Answer = json.loads(self.process.stdout.readline())
        assert "error" not in answer, answer["error"]
        return answer


@contextmanager
def forking(mock: MockAi, directory: Path) -> Iterator[Forks]:
    secrets = {"SHARED_SECRET": WORKER_TOKEN, "SESSION_SECRET": "session-secret-of-the-tests"}
    environ = {**secrets, **ai_environment(mock), "WEBHOOK_ALLOW_HOSTS": "localhost"}
    command = [sys.executable, "-m", "tests.crash.forking"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        forks = Forks(process, environ, directory / "ready")
        for name, task in (("warm", "warm"), ("ready", "prepare")):
            (directory / name).mkdir()
            forks.ask(task, directory / name)
        yield forks


@pytest.fixture(scope="module")
def forks(mock: MockAi, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    with forking(mock, tmp_path_factory.mktemp("points")) as started:
        yield started


@pytest.mark.parametrize("name", SCENARIOS)
async def test_a_process_that_dies_at_any_point_is_followed_by_one_that_makes_it_right(
    name: str, mock: MockAi, forks: Forks
) -> None:
    point = 1
    async with receiving() as receiver:
        while await died(forks, mock, receiver, name, point):
            point += 1
    sys.stdout.write(f"{name}: {point - 1} points\n")
    assert point > 10


async def died(forks: Forks, mock: MockAi, receiver: Receiver, name: str, point: int) -> bool:
    """Die at a point, recover, hold what is there against what must be; return whether there was such a point."""
    mock.reset()
    receiver.requests.clear()
    root = forks.ready.with_name(f"{name}-{point}")
    shutil.copytree(forks.ready, root)
    first = await forks.do("die", root, scenario=name, at=point, hook=f"http://localhost:{receiver.port}/hook")
    # Whoever comes next is answered, also where the call that hangs was never made.
    mock.state.calls.next(HANGS_ONCE)
    second = cast(Found, await forks.do("recover", root))
    shutil.rmtree(root)
    where = f"{name}, point {point}: {second}"
    assert first["code"] in (DEAD, 0), where
    assert (second["violations"], second["repeated"]) == ({}, []), where
    assert tuple(second["statuses"]) in SCENARIOS[name].may_end(point), where
    heard = Counter(request.headers["webhook-id"] for request in receiver.requests)
    assert set(heard) == set(second["messages"]), where
    # Every call that reached the vendor is known, and only those whose end nobody saw were made again.
    calls = Counter(json.dumps(sent["body"], sort_keys=True) for sent in mock.requests)
    assert calls.total() <= second["known"], where
    assert calls.total() - len(calls) <= second["uncertain"], where
    return bool(first["code"])
