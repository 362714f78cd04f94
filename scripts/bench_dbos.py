"""The same no-op job as DBOS does it: a workflow of five steps. Run by a Python that has dbos; prints JSON.

It is called as its manual says: from threads, with JSON instead of pickle, and a pool that has room for all of them.
"""

from __future__ import annotations

import json
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from dbos import DBOS

STEPS = 5
AT_ONCE = 20
POLL_SECONDS = 0.01


@DBOS.step()
def step(number: int) -> dict[str, int]:
    return {"number": number}


@DBOS.workflow()
def work() -> str:
    for number in range(STEPS):
        step(number)
    return "completed"


def main(url: str, journal: str, singles: int, jobs: int) -> None:
    if journal == "wal":
        # It stays with the file. DBOS itself never asks for it, and leaves synchronous at FULL.
        with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
    DBOS(config={"name": "bench", "system_database_url": url, "log_level": "ERROR", "sys_db_pool_size": 2 * AT_ONCE})
    DBOS.launch()
    line = DBOS.register_queue("line", worker_concurrency=AT_ONCE, polling_interval_sec=POLL_SECONDS)

    def queued(_: int = 0) -> None:
        line.enqueue(work).get_result(polling_interval_sec=POLL_SECONDS)

    def direct(_: int = 0) -> None:
        work()

    figures = {}
    for name, action in (("direct", direct), ("queued", queued)):
        action()
        figures[f"{name}_ms"] = statistics.median(milliseconds(action) for _ in range(singles))
        began = time.perf_counter()
        with ThreadPoolExecutor(AT_ONCE) as threads:
            list(threads.map(action, range(jobs)))
        figures[f"{name}_per_second"] = jobs / (time.perf_counter() - began)
    DBOS.destroy()
    sys.stdout.write(json.dumps(figures))


def milliseconds(action: Callable[[], None]) -> float:
    began = time.perf_counter()
    action()
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
