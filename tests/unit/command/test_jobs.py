"""``granulator jobs prune``: what it prints, and that a trial and a run agree."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from granulator.__main__ import main

DAY_MS = 86_400_000


@pytest.fixture
def made(environment: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """A directory whose database has a job that ended ten days ago; the path of that database."""
    monkeypatch.chdir(environment)
    assert main(["execute", "Bees", "--level", "1"]) == 0
    capsys.readouterr()
    (path,) = (environment / "state").rglob("*.sqlite")
    with sqlite3.connect(path) as database:
        database.execute("UPDATE jobs SET completed_at = completed_at - ?", (10 * DAY_MS,))
    database.close()
    return path


def structures(path: Path) -> int:
    with sqlite3.connect(path) as database:
        (count,) = database.execute("SELECT COUNT(*) FROM job_payloads WHERE kind = 'structure'").fetchone()
    database.close()
    return int(count)


def test_it_prints_what_it_deleted_by_table(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["jobs", "prune", "--older-than", "9"])

    printed = capsys.readouterr()
    rows = dict(line.split() for line in printed.out.splitlines())
    assert (code, rows["jobs"], rows["job_payloads"], rows["sessions"]) == (0, "1", "4", "0")
    assert printed.err == "The rows of jobs stay, without their texts.\n"
    assert structures(made) == 0


def test_a_trial_prints_the_same_and_deletes_nothing(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["jobs", "prune", "--older-than", "9", "--dry-run", "--json"])
    trial = json.loads(capsys.readouterr().out)
    left = structures(made)
    main(["jobs", "prune", "--older-than", "9", "--json"])
    done = json.loads(capsys.readouterr().out)

    assert (trial["dryRun"], trial["olderThanDays"], left) == (True, 9, 1)
    assert done == {**trial, "dryRun": False}


@pytest.mark.parametrize(
    ("setting", "arguments", "days", "left"),
    [
        ("off", [], None, 1),
        ("9", [], 9, 0),
        ("11", [], 11, 1),
        ("11", ["--older-than", "9"], 9, 0),
        ("9", ["--older-than", "11"], 11, 1),
    ],
)
def test_without_a_number_of_days_the_setting_decides(
    made: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    setting: str,
    arguments: list[str],
    days: int | None,
    left: int,
) -> None:
    monkeypatch.setenv("RETENTION_JOBS_DAYS", setting)

    main(["jobs", "prune", "--json", *arguments])

    assert (json.loads(capsys.readouterr().out)["olderThanDays"], structures(made)) == (days, left)


@pytest.mark.parametrize("days", ["0", "-1", "soon", "36501"])
def test_a_number_of_days_that_is_none_exits_2(days: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["jobs", "prune", "--older-than", days])

    assert ended.value.code == 2
    assert "must be a whole number from 1 to 36500" in capsys.readouterr().err
