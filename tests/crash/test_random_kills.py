"""The random kills of ``scripts/crash-test``, few of them: all it checks holds, and it can tell when that is not so."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from granulator.services import open_services
from granulator.settings import Settings
from scripts.crash_checks import check, read_world

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--jobs", "40", "--kills", "3"],
        ["--jobs", "40", "--kills", "2", "--processes", "2", "--database", "postgres"],
    ],
    ids=["sqlite", "postgres"],
)
def test_nothing_is_lost_or_paid_twice_when_servers_are_killed_at_random(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "scripts.crash_test", "--latency-ms", "200", "500", "--minutes", "2", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)

    assert (done.returncode, done.stderr) == (0, ""), done.stdout


async def test_a_call_that_is_billed_and_not_booked_is_found(settings: Settings, tmp_path: Path) -> None:
    log = tmp_path / "world.jsonl"
    call = {"kind": "call", "topic": 0, "prompt": "p", "started": 1, "request": "r1", "at": 2}
    log.write_text(json.dumps(call) + "\n" + json.dumps({"kind": "hook", "id": "msg_1", "job": 1}) + "\n")
    async with open_services(settings) as services:
        lines = await check(services.db, read_world(log), expected=1, most_live=11)

    wrong = {line.name for line in lines if line.is_right is False}
    assert wrong == {
        "jobs",
        "lost",
        "billed calls neither settled nor uncertain",
        "repeated calls",
        "jobs whose receiver heard another id, or nothing",
        "most live leases of one key at any look",
    }
