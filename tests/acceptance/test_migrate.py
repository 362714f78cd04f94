"""``granulator migrate`` as a stranger runs it: on both databases, and from one to the other."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from granulator.store.transfer import tables


class Granulator:
    """The command, run in a directory of its own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def __call__(self, *arguments: str) -> tuple[int, list[str], str]:
        command = [sys.executable, "-m", "granulator", *arguments]
        done = subprocess.run(command, cwd=self.directory, capture_output=True, text=True, check=False, timeout=60)
        return done.returncode, done.stdout.splitlines(), done.stderr


@pytest.fixture
def granulator(environment: Path) -> Granulator:
    return Granulator(environment)


@pytest.fixture
def old_url(granulator: Granulator, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a SQLite file with one finished job, relative to the directory of the commands."""
    monkeypatch.setenv("DATABASE_URL", "sqlite:///old.sqlite")
    assert granulator("execute", "--level", "1")[0] == 0
    return "sqlite:///old.sqlite"


def test_migrate_says_what_it_did_to_a_postgresql_database(
    granulator: Granulator, empty_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_postgres_url)

    assert granulator("migrate") == (0, ["applied 0001_initial.sql"], "")
    assert granulator("migrate") == (0, ["the database is up to date"], "")


def test_everything_moves_to_postgresql_once(
    granulator: Granulator, old_url: str, empty_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_postgres_url)

    code, lines, complaint = granulator("migrate", "--from", old_url)

    assert (code, complaint, lines[0]) == (0, "", "applied 0001_initial.sql")
    counts = {line.split()[0]: int(line.split()[1]) for line in lines[1:-1]}
    assert list(counts) == [table.name for table in tables()]
    assert (counts["jobs"], counts["job_payloads"] > 0) == (1, True)
    assert lines[-1] == f"copied {sum(counts.values())} rows, the same on both sides"
    assert granulator("migrate", "--from", old_url)[::2] == (
        2,
        "granulator: the database of DATABASE_URL already has rows in its table principals: give it an empty one\n",
    )


def test_what_moved_is_what_there_was(
    granulator: Granulator, old_url: str, empty_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    granulator("keys", "create", "--client", "acme", "--name", "laptop")
    before = granulator("keys", "list", "--json")
    monkeypatch.setenv("DATABASE_URL", empty_postgres_url)
    granulator("migrate", "--from", old_url)

    assert granulator("keys", "list", "--json") == before
    assert len(json.loads(before[1][0])) == 1
    assert "job 2 in" in "\n".join(granulator("execute", "--level", "1")[1])


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        (
            "sqlite:///nowhere.sqlite",
            "granulator: --from names {directory}/nowhere.sqlite, and there is no such file\n",
        ),
        ("old.sqlite", "granulator: --from must be a sqlite:/// or postgresql:// URL\n"),
        ("postgresql://u:hunter2@127.0.0.1:1/d", "granulator: the database of --from cannot be opened: connection"),
        ("postgresql://u:hunt:er2@127.0.0.1:p/d", "granulator: --from cannot be read as postgresql://"),
    ],
)
def test_a_source_that_is_none_exits_2_and_says_why(granulator: Granulator, source: str, complaint: str) -> None:
    code, _, said = granulator("migrate", "--from", source)

    assert (code, said[: len(complaint.format(directory=granulator.directory))]) == (
        2,
        complaint.format(directory=granulator.directory),
    )
    assert "hunt" not in said


def test_a_database_that_does_not_answer_exits_2_without_its_password(
    granulator: Granulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:hunter2@127.0.0.1:1/d")

    code, lines, said = granulator("migrate")

    assert (code, lines, "hunter2" in said, said.count("\n")) == (2, [], False, 1)
    assert said.startswith("granulator: the database of DATABASE_URL cannot be opened: connection failed: ")
