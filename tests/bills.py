"""What a job really cost, read from its rows and not through the code under test: its calls and its ledger entries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import cast

import httpx

from granulator.model import Json, JsonObject
from granulator.store import ledger
from granulator.store.database import Database, Statement

CALLS = "SELECT * FROM attempts WHERE job_id = ?1 ORDER BY started_at, id"
ENTRIES = "SELECT reference, kind, nano_usd FROM ledger WHERE job_id = ?1 ORDER BY id"
STEPS = "SELECT step FROM job_steps WHERE job_id = ?1 ORDER BY step"


@dataclass(frozen=True, slots=True)
class Call:
    """One row of ``attempts``."""

    id: str
    step: str
    attempt: int
    provider: str
    model: str
    state: str
    fault: str | None
    estimate: int | None
    cost: int | None
    input: int
    output: int
    cached: int

    @property
    def is_settled(self) -> bool:
        return self.state == "settled"


async def calls_of(db: Database, job_id: int) -> list[Call]:
    """Return the calls of a job in the order in which they were sent."""
    return [_call(cast(Mapping[str, Json], row)) for row in await db.all(Statement(CALLS, (job_id,)))]


async def steps_of(db: Database, job_id: int) -> list[str]:
    """Return the names of the stored steps of a job; single answers have a slash in theirs."""
    return [str(row["step"]) for row in await db.all(Statement(STEPS, (job_id,)))]


async def entries_of(db: Database, job_id: int) -> dict[str, tuple[str, int]]:
    """Return the ledger entries of a job by their reference: kind and nano-USD."""
    rows = await db.all(Statement(ENTRIES, (job_id,)))
    return {str(row["reference"]): (str(row["kind"]), cast(int, row["nano_usd"])) for row in rows}


async def assert_billed_once(db: Database, job_id: int) -> None:
    """Every call that costs something has one charge of just that, no other charge exists, and nothing stays held."""
    calls = await calls_of(db, job_id)
    entries = await entries_of(db, job_id)
    charges = {reference: nano_usd for reference, (kind, nano_usd) in entries.items() if kind == "charge"}
    assert charges == {f"charge:{call.id}": call.cost for call in calls if call.cost}
    assert {call.state for call in calls} <= {"settled", "failed", "uncertain"}
    assert (await ledger.balance_of_job(db, job_id)).open == 0


async def assert_told(db: Database, body: JsonObject, job_id: int) -> None:
    """``usage`` and ``cost`` of a body are those of the job's calls, to the token and the nano-dollar."""
    calls = await calls_of(db, job_id)
    is_unknown = any(call.is_settled and call.cost is None for call in calls)
    tokens = cast(JsonObject, cast(JsonObject, body["usage"])["tokens"])
    read, written = sum(call.input for call in calls), sum(call.output for call in calls)
    cost = None if is_unknown else sum(call.cost or 0 for call in calls)
    assert nano_usd(body["cost"]) == cost
    assert tokens == {
        "input": read,
        "output": written,
        "cachedInput": sum(call.cached for call in calls),
        "total": read + written,
    }


def nano_usd(told: Json) -> int | None:
    """Return an amount of a body in nano-USD; fails when it is no whole number of them."""
    if told is None:
        return None
    exact = Decimal(str(told)) * 1_000_000_000
    assert exact == int(exact)
    return int(exact)


def exact_json(answer: httpx.Response) -> JsonObject:
    """Return a body whose fractions are the decimals that were sent."""
    body: JsonObject = json.loads(answer.text, parse_float=Decimal)
    return body


def _call(row: Mapping[str, Json]) -> Call:
    def count(name: str) -> int:
        return cast(int, row[name] or 0)

    return Call(
        id=str(row["id"]),
        step=str(row["step"]),
        attempt=count("attempt"),
        provider=str(row["provider"]),
        model=str(row["model"]),
        state=str(row["state"]),
        fault=cast("str | None", row["fault"]),
        estimate=cast("int | None", row["estimate_nano_usd"]),
        cost=cast("int | None", row["cost_nano_usd"]),
        input=count("input_tokens"),
        output=count("output_tokens"),
        cached=count("cached_input_tokens"),
    )
