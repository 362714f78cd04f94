"""What must hold after a crash test: read from the tables of the database and from the log of the world, and compared.

Nothing here goes through the code under test but the driver of the database.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from granulator.store.database import Database, Statement
from tests.crash.invariants import STARTED_AFTER_STORED, UNBALANCED, UNDELIVERED, number

JOBS = """SELECT id, topic, status, attempt, cost_nano_usd, metadata, error FROM jobs ORDER BY id"""
ATTEMPTS = """SELECT job_id, step, state, request_id, started_at, settled_at, cost_nano_usd FROM attempts"""

# What the batch that ends a job writes beside its row: each of them would be there twice had it ended twice.
NOT_STORED_ONCE = """
SELECT COUNT(*) AS n FROM jobs
 WHERE (SELECT COUNT(*) FROM job_events WHERE job_id = jobs.id AND event IN ('completed', 'failed')) <> 1
    OR (SELECT COUNT(*) FROM validations WHERE job_id = jobs.id) <> 1
    OR (SELECT COUNT(*) FROM outbox WHERE execution_id = jobs.execution_id) <> 1
    OR (SELECT COUNT(*) FROM job_payloads
         WHERE execution_id = jobs.execution_id AND kind IN ('structure', 'result')) <> 2
"""

MESSAGES = """SELECT message_id, jobs.id AS job FROM outbox JOIN jobs ON jobs.execution_id = outbox.execution_id"""
OPEN = """
SELECT (SELECT COUNT(*) FROM jobs WHERE status IN ('processing', 'validating', 'retry'))
     + (SELECT COUNT(*) FROM outbox WHERE state = 'pending') AS n
"""
ENDED = """SELECT COUNT(*) AS n FROM jobs WHERE status IN ('completed', 'failed', 'cancelled')"""
IN_HAND = """SELECT COUNT(*) AS n FROM jobs WHERE owner IS NOT NULL"""
LIVE = """
SELECT COALESCE(MAX(live), 0) AS n
  FROM (SELECT COUNT(*) AS live FROM jobs WHERE lease_until >= ?1 GROUP BY principal_id) AS keys
"""

LEASES_PER_KEY: Final = 10


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the report; ``is_right`` is None where a figure is only told."""

    name: str
    value: str
    is_right: bool | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One call that the vendor billed: which prompt of which job, when it came and was billed, its answer's id."""

    topic: int
    prompt: str
    started: int
    billed: int
    request: str


@dataclass(frozen=True, slots=True)
class World:
    """What the vendor billed and which webhooks arrived, as pairs of message id and job."""

    calls: tuple[Call, ...]
    hooks: tuple[tuple[str, int], ...]


def read_world(log: Path) -> World:
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    calls = tuple(
        Call(row["topic"], row["prompt"], row["started"], row["at"], row["request"])
        for row in rows
        if row["kind"] == "call"
    )
    return World(calls, tuple((row["id"], row["job"]) for row in rows if row["kind"] == "hook"))


async def check(db: Database, world: World, *, expected: int, most_live: int) -> list[Line]:
    """Return every figure of a run of ``expected`` jobs that has come to its end."""
    jobs = await db.all(Statement(JOBS))
    attempts = await db.all(Statement(ATTEMPTS))
    return [
        *_jobs(jobs, expected),
        _zero("jobs whose end is not stored exactly once", await number(db, NOT_STORED_ONCE)),
        _zero("calls noted after their step's result was stored", await number(db, STARTED_AFTER_STORED)),
        *_calls(world.calls, jobs, attempts),
        _zero("jobs whose ledger does not balance", await number(db, UNBALANCED)),
        _zero("messages never delivered", await number(db, UNDELIVERED)),
        *_hooks(world.hooks, await db.all(Statement(MESSAGES))),
        Line("most live leases of one key at any look", str(most_live), most_live <= LEASES_PER_KEY),
    ]


def _jobs(jobs: Iterable[Mapping[str, object]], expected: int) -> list[Line]:
    states = Counter(str(job["status"]) for job in jobs)
    lost = expected - states["completed"]
    told = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    reasons = Counter(str(job["error"]) for job in jobs if job["status"] == "failed")
    failed = [Line("why a job failed", f"{count}x {reason}"[:200]) for reason, count in reasons.most_common(3)]
    return [
        Line("jobs", told, sum(states.values()) == expected),
        *failed,
        _zero("lost", lost),
        Line("claims of what a killed server had left", str(sum(int(str(job["attempt"])) - 1 for job in jobs))),
    ]


def _calls(
    billed: Iterable[Call], jobs: Iterable[Mapping[str, object]], attempts: Iterable[Mapping[str, object]]
) -> list[Line]:
    """Compare what the vendor billed with what is booked, call by call."""
    job_of = {int(str(job["topic"]).rpartition(" ")[2]): int(str(job["id"])) for job in jobs}
    settled = {str(row["request_id"]): row for row in attempts if row["state"] == "settled"}
    uncertain = Counter(int(str(row["job_id"])) for row in attempts if row["state"] == "uncertain")
    prompts: dict[tuple[int, str], list[Call]] = defaultdict(list)
    for call in billed:
        prompts[job_of.get(call.topic, 0), call.prompt].append(call)
    unsettled: Counter[int] = Counter()
    late = doubly = unbooked = 0
    for (job_id, _), calls in prompts.items():
        booked = [settled[call.request] for call in calls if call.request in settled]
        loose = len(calls) - len(booked)
        unbooked += loose
        doubly += max(0, len(booked) - 1)
        unsettled[job_id] += loose
        late += sum(call.started > int(str(row["settled_at"])) for call in calls for row in booked)
    total = sum(len(calls) for calls in prompts.values())
    repeats, requests = total - len(prompts), {call.request for call in billed}
    told = sum(int(json.loads(str(job["metadata"])).get("uncertainAttempts", 0)) for job in jobs)
    window = sorted(
        int(str(settled[call.request]["settled_at"])) - call.billed for call in billed if call.request in settled
    )
    return [
        Line("calls billed by the vendor", f"{total} ({len(prompts)} different)"),
        _zero("calls that reached the vendor after their step's result was stored", late),
        _zero("billed calls neither settled nor uncertain", (unsettled - uncertain).total()),
        _zero("settled calls the vendor never billed", sum(request not in requests for request in settled)),
        _zero("calls left open", sum(row["state"] == "sent" for row in attempts)),
        _zero("prompts settled twice", doubly),
        Line("repeated calls", f"{repeats}, uncertain and billed {unbooked}", repeats == unbooked),
        Line("from billing to booking, ms p50 / p99", f"{_share(window, 50)} / {_share(window, 99)}"),
        Line(
            "uncertain calls (attempts.state, and metadata.uncertainAttempts of the job)",
            f"{sum(uncertain.values())}, told {told}",
            told == sum(uncertain.values()),
        ),
    ]


def _hooks(hooks: Iterable[tuple[str, int]], messages: Iterable[Mapping[str, object]]) -> list[Line]:
    came = Counter(hooks)
    sent = {(str(row["message_id"]), int(str(row["job"]))) for row in messages}
    return [
        Line("webhooks received", f"{sum(came.values())} under {len(came)} ids"),
        Line("webhooks received more than once", str(sum(came.values()) - len(came))),
        _zero("jobs whose receiver heard another id, or nothing", len(set(came) ^ sent)),
    ]


def _share(ordered: Sequence[int], percent: int) -> int:
    return ordered[len(ordered) * percent // 100] if ordered else 0


def _zero(name: str, value: int) -> Line:
    return Line(name, str(value), value == 0)


def table(lines: Iterable[Line]) -> str:
    marks = {None: "", True: "ok", False: "WRONG"}
    rows = [f"| {line.name} | {line.value} | {marks[line.is_right]} |" for line in lines]
    return "\n".join(["| what | found | |", "|---|---|---|", *rows])
