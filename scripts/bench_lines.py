"""Measures what jobs must not suffer from: a kill, a million jobs before them, ten thousand beside them.

It judges nothing; targets are named in the tables, so that a figure can be read alone.
"""

from __future__ import annotations

import asyncio
import select
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO

from bench_servers import (
    OURS,
    ROOT,
    BenchError,
    Load,
    environ,
    load_on,
    percentile,
    request,
    resident_mb,
    row,
    server,
    table,
)

from granulator.clock import wall_clock_ms
from granulator.settings import load
from granulator.store import jobs, queue
from granulator.store.database import migrate
from granulator.store.job_counts import JobCounts
from granulator.store.sqlite import SqliteDatabase

WORK = str(ROOT / "scripts" / "bench_work.py")
ROUNDS = 3
LEASE_MS = 3000
KILLED = 20
FEW, MANY = 1_000, 1_000_000
LOOKS = 200
SECONDS = 2
LINE = 10_000
LINES = (1, 1_000)
FREE, PER_CALLER = 20, 10
SAMPLE_SECONDS = 0.2

# What a tenant's jobs of years look like: nearly all have ended well.
ENDED_JOBS = """
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?1)
INSERT INTO jobs (execution_id, request_id, client_id, principal_id, kind, topic, structure_type, template_name,
                  template_version, granularity_level, target_audience, language, ai_provider, validation_enabled,
                  validation_level, validation_threshold, timeout_ms, created_at, started_at, completed_at, status,
                  stage, progress, quality_score, actual_elements, processing_time_ms, cost_nano_usd, attempt)
SELECT 'exec_' || ?2 || n, 'bench', ?2, 'key:' || ?2, 'granulation', 'A topic of ordinary length, number ' || n, 'quiz',
       'quiz_assessment_standard', 1, 1, 'beginners', 'en', 'local', 1, 1, 70, 600000, ?3 + n, ?3 + n, ?3 + n,
       CASE n % 10 WHEN 0 THEN 'failed' ELSE 'completed' END, 'done', 100, 90, 10, 100, 0, 1
  FROM numbers
"""

WAITING_JOBS = """
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?1)
INSERT INTO jobs (execution_id, request_id, client_id, principal_id, kind, topic, structure_type, template_name,
                  template_version, granularity_level, target_audience, language, ai_provider, validation_enabled,
                  validation_level, validation_threshold, timeout_ms, created_at)
SELECT 'exec_waiting_' || n, 'bench', 'bench', 'key:waiting' || (n % ?2), 'granulation', 'A topic', 'quiz', 'bench', 1,
       1, '', 'en', 'bench', 0, 1, 0, 3600000, ?3
  FROM numbers
"""


def measure(home: Path, first_key: Callable[[Path], str]) -> None:
    """Print all of it; ``first_key`` makes a database in a directory and returns an API key of tenant ``bench``."""
    recoveries(home)
    lists(home, first_key)
    looks(home)
    memory(home)


def recoveries(home: Path) -> None:
    """Print how long it takes after a kill until the last job that was running has ended in a new process."""
    seconds = [recovery(f"sqlite:///{home}/recovery-{turn}.sqlite") for turn in range(ROUNDS)]
    table(f"kill -9 with {KILLED} jobs running, {ROUNDS} rounds", "median", "worst", "target")
    target = f"lease of {LEASE_MS / 1000:.0f} s + 2 s"
    row("until the last has ended", f"{statistics.median(seconds):.2f} s", f"{max(seconds):.2f} s", target)


def recovery(url: str) -> float:
    with role("abandon", url, KILLED, LEASE_MS) as first:
        heard(first, "begun")
        first.kill()
        began = time.perf_counter()
    with role("take_over", url, KILLED, LEASE_MS) as second:
        heard(second, "ended")
    return time.perf_counter() - began


@contextmanager
def role(name: str, url: str, *arguments: int) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, WORK, name, url, *map(str, arguments)]
    process = subprocess.Popen(command, env=environ(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def heard(process: subprocess.Popen[str], word: str) -> None:
    said = output(process).readline().strip()
    if said != word:
        raise BenchError(f"a process of jobs said {said!r}, not {word!r}")


def output(process: subprocess.Popen[str]) -> IO[str]:
    assert process.stdout is not None, "it was asked for"
    return process.stdout


def lists(home: Path, first_key: Callable[[Path], str]) -> None:
    """Print how long the first page takes in a long list, in the store and over HTTP, beside a short one."""
    table("list of 20, SQLite", "p50", "p99", "total", "p99 / short", "target")
    homes = {
        "a tenant of 1,000 jobs, of 1,000 in all": with_jobs(home / "short", first_key, bench=FEW),
        "a tenant of 1,000 jobs, of 1,001,000 in all": with_jobs(home / "beside", first_key, other=MANY, bench=FEW),
        "a tenant of 1,000,000 jobs": with_jobs(home / "long", first_key, bench=MANY),
    }
    for what, measured in (("store", stored_page), ("GET /api/jobs", served_page)):
        base = 0.0
        for name, (place, api_key) in homes.items():
            p50, p99, total = measured(place, api_key)
            base = base or p99
            target = "2x, 5 ms" if base != p99 else ""
            row(f"{what}, {name}", f"{p50:.2f} ms", f"{p99:.2f} ms", f"{total:,}", f"{p99 / base:.1f}", target)


def with_jobs(home: Path, first_key: Callable[[Path], str], **tenants: int) -> tuple[Path, str]:
    """Make a directory with a database that has so many ended jobs of each tenant; return it and its API key."""
    home.mkdir()
    (home / "wrangler.toml").write_bytes((ROOT / "wrangler.toml").read_bytes())
    api_key = first_key(home)
    with loading(database_of(home)) as connection:
        for tenant, count in tenants.items():
            connection.execute("INSERT INTO principals VALUES (?1, ?2)", (f"key:{tenant}", tenant))
            connection.execute(ENDED_JOBS, (count, tenant, wall_clock_ms() - MANY))
    return home, api_key


def database_of(home: Path) -> Path:
    path = load(root=home, environ={}).sqlite_path
    assert path is not None, "the default is SQLite"
    return path


@contextmanager
def loading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a database to fill it quickly: the indexes of its jobs are made afterwards."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("BEGIN")
        found = connection.execute("SELECT name, sql FROM sqlite_schema WHERE tbl_name = 'jobs' AND type = 'index'")
        indexes = [(name, sql) for name, sql in found if sql is not None]
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {name}")
        yield connection
        for _, sql in indexes:
            connection.execute(sql)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def stored_page(home: Path, api_key: str) -> tuple[float, float, int]:
    return asyncio.run(_stored_page(database_of(home)))


async def _stored_page(path: Path) -> tuple[float, float, int]:
    db, total = SqliteDatabase.open(path), 0
    taken = []
    counts = JobCounts(db, wall_clock_ms)
    for _ in range(LOOKS):
        began = time.perf_counter()
        total = (await jobs.page(db, counts, client_id="bench", limit=20, offset=0)).total
        taken.append((time.perf_counter() - began) * 1000)
    await db.close()
    taken.sort()
    return percentile(taken, 50), percentile(taken, 99), total


def served_page(home: Path, api_key: str) -> tuple[float, float, int]:
    sent = request("GET", "/api/jobs?limit=20", {"X-API-Key": api_key})
    with server(OURS, home) as running:
        seen: Load = asyncio.run(load_on(running.port, sent, connections=1, seconds=SECONDS))
    with closing(sqlite3.connect(database_of(home))) as connection:
        (total,) = connection.execute("SELECT COUNT(*) FROM jobs WHERE client_id = 'bench'").fetchone()
    return seen.p50_ms, seen.p99_ms, total


def looks(home: Path) -> None:
    """Print how long one look at a long line takes, for so many free places."""
    table(f"one look at a line of {LINE:,} jobs, {FREE} places free", "p50", "p99", "found")
    for callers in LINES:
        path = home / f"line-{callers}.sqlite"
        p50, p99, found = asyncio.run(look(path, callers))
        row(f"{callers:,} callers" if callers > 1 else "1 caller", f"{p50:.2f} ms", f"{p99:.2f} ms", str(found))


async def look(path: Path, callers: int) -> tuple[float, float, int]:
    db = SqliteDatabase.open(path)
    await migrate(db)
    with loading(path) as connection:
        put_in_line(connection, callers)
    taken, found = [], 0
    for _ in range(LOOKS):
        now, began = wall_clock_ms(), time.perf_counter()
        found = len(await queue.waiting(db, now=now, expired_before=now, per_principal=PER_CALLER, limit=FREE))
        taken.append((time.perf_counter() - began) * 1000)
    await db.close()
    taken.sort()
    return percentile(taken, 50), percentile(taken, 99), found


def put_in_line(connection: sqlite3.Connection, callers: int) -> None:
    names = [(f"key:waiting{number}", "bench") for number in range(callers)]
    connection.executemany("INSERT INTO principals VALUES (?1, ?2)", names)
    connection.execute(WAITING_JOBS, (LINE, callers, wall_clock_ms()))


def memory(home: Path) -> None:
    """Print the memory of a process that serves, before a long line, with it and after, and how fast the line goes."""
    path = home / "memory.sqlite"
    with role("long_line", f"sqlite:///{path}", LINE) as process:
        heard(process, "warm")
        before = resident_mb(process.pid)
        with closing(sqlite3.connect(path, timeout=10)) as connection, connection:
            connection.execute("PRAGMA foreign_keys = ON")
            put_in_line(connection, LINES[-1])
        began, most = time.perf_counter(), before
        while not select.select([output(process)], [], [], SAMPLE_SECONDS)[0]:
            most = max(most, resident_mb(process.pid))
        heard(process, "ended")
        rate, after = LINE / (time.perf_counter() - began), resident_mb(process.pid)
    table(f"a process with {LINE:,} jobs in line, target: flat", "before", "most meanwhile", "after", "jobs/s")
    row("memory", f"{before:.0f} MB", f"{most:.0f} MB", f"{after:.0f} MB", f"{rate:.0f} /s")
