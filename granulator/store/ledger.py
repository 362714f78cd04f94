"""The tables of ledger and attempts: what was held, charged and released, and each paid call; not what things cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from granulator.model import Lease, Usage
from granulator.store import columns
from granulator.store.database import Database, Row, Statement

# Tenant and principal come from the job: money cannot be booked to anyone else.
ENTER = """
INSERT INTO ledger (reference, client_id, principal_id, job_id, kind, nano_usd, provider, model, created_at)
SELECT CAST(?1 AS TEXT), client_id, principal_id, id, CAST(?3 AS TEXT), CAST(?4 AS INTEGER), CAST(?5 AS TEXT),
       CAST(?6 AS TEXT), CAST(?7 AS INTEGER)
  FROM jobs WHERE execution_id = ?2
"""

BALANCE_OF_CLIENT = """
SELECT CAST(COALESCE(SUM(CASE WHEN kind = 'hold' THEN nano_usd END), 0) AS INTEGER) AS held,
       CAST(COALESCE(SUM(CASE WHEN kind = 'charge' THEN nano_usd END), 0) AS INTEGER) AS charged,
       CAST(COALESCE(SUM(CASE WHEN kind = 'release' THEN nano_usd END), 0) AS INTEGER) AS released
  FROM ledger WHERE client_id = ?1 AND created_at >= ?2
"""

BALANCE_OF_JOB = """
SELECT CAST(COALESCE(SUM(CASE WHEN kind = 'hold' THEN nano_usd END), 0) AS INTEGER) AS held,
       CAST(COALESCE(SUM(CASE WHEN kind = 'charge' THEN nano_usd END), 0) AS INTEGER) AS charged,
       CAST(COALESCE(SUM(CASE WHEN kind = 'release' THEN nano_usd END), 0) AS INTEGER) AS released
  FROM ledger WHERE job_id = ?1
"""

ATTEMPT_SENT = """
INSERT INTO attempts (id, job_id, attempt, step, provider, model, state, estimate_nano_usd, started_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'sent', ?7, ?8)
"""

# An uncertain call may still be settled: its answer can come after the job was taken over.
ATTEMPT_SETTLED = """
UPDATE attempts
   SET state = ?2, model_served = ?3, fault = ?4, request_id = ?5, input_tokens = ?6, output_tokens = ?7,
       cached_input_tokens = ?8, cache_write_5m_tokens = ?9, cache_write_1h_tokens = ?10, reasoning_tokens = ?11,
       is_usage_estimated = ?12, cost_nano_usd = ?13, price_id = ?14, latency_ms = ?15, settled_at = ?16
 WHERE id = ?1 AND state IN ('sent', 'uncertain')
"""

ATTEMPTS_UNCERTAIN = """UPDATE attempts SET state = 'uncertain' WHERE job_id = ?1 AND state = 'sent'"""

IS_SENT = """SELECT 1 AS is_there FROM attempts WHERE id = ?1"""

IS_SETTLED = """SELECT 1 AS is_there FROM attempts WHERE id = ?1 AND settled_at IS NOT NULL"""

# A call that is settled between the adding up and the end would be missing in what is told.
SETTLED_AS_COUNTED = """
UPDATE jobs SET attempt = attempt
 WHERE id = ?1 AND (SELECT COUNT(*) FROM attempts WHERE job_id = ?1 AND settled_at IS NOT NULL) = ?2
"""

# Behind the lock of the job's row, under which nobody else books on it.
BALANCED_AS_READ = """
UPDATE jobs SET attempt = attempt
 WHERE id = ?1
   AND (SELECT COALESCE(SUM(CASE WHEN kind = 'hold' THEN nano_usd ELSE -nano_usd END), 0)
          FROM ledger WHERE job_id = ?1) = CAST(?2 AS INTEGER)
"""

CALLS_OF_JOB = """
SELECT COUNT(*) AS calls,
       COUNT(settled_at) AS settled,
       COUNT(CASE WHEN state IN ('sent', 'uncertain') THEN 1 END) AS uncertain,
       COUNT(CASE WHEN state = 'settled' AND cost_nano_usd IS NULL THEN 1 END) AS unpriced,
       CAST(COALESCE(SUM(cost_nano_usd), 0) AS INTEGER) AS cost,
       CAST(COALESCE(SUM(CASE WHEN state IN ('sent', 'uncertain') THEN estimate_nano_usd END), 0) AS INTEGER)
           AS at_stake,
       CAST(COALESCE(SUM(input_tokens), 0) AS INTEGER) AS input_tokens,
       CAST(COALESCE(SUM(output_tokens), 0) AS INTEGER) AS output_tokens,
       CAST(COALESCE(SUM(cached_input_tokens), 0) AS INTEGER) AS cached_input_tokens,
       CAST(COALESCE(SUM(cache_write_5m_tokens), 0) AS INTEGER) AS cache_write_5m_tokens,
       CAST(COALESCE(SUM(cache_write_1h_tokens), 0) AS INTEGER) AS cache_write_1h_tokens,
       CAST(COALESCE(SUM(reasoning_tokens), 0) AS INTEGER) AS reasoning_tokens,
       CAST(COALESCE(MAX(is_usage_estimated), 0) AS INTEGER) AS is_usage_estimated
  FROM attempts WHERE job_id = ?1
"""


@dataclass(frozen=True, slots=True)
class Balance:
    """Sums of ledger entries in nano-USD."""

    held: int
    charged: int
    released: int

    @property
    def open(self) -> int:
        """What is still held: at least 0, for a charge may exceed what was held for it."""
        return max(0, self.held - self.charged - self.released)


@dataclass(frozen=True, slots=True)
class Settlement:
    """How a paid call ended: ``settled`` with its usage, ``failed`` and not billed, or ``uncertain``, perhaps billed.

    ``fault`` is the kind of fault; ``cost_nano_usd`` is None where the price, or whether it was billed, is unknown.
    """

    state: Literal["settled", "failed", "uncertain"]
    cost_nano_usd: int | None
    usage: Usage | None = None
    model_served: str | None = None
    fault: str | None = None
    request_id: str | None = None
    price_id: str | None = None
    latency_ms: int = 0


@dataclass(frozen=True, slots=True)
class Calls:
    """The paid calls of one job, added up: ``cost_nano_usd`` is None where a billed call has no known price.

    ``uncertain`` calls were perhaps billed; ``at_stake_nano_usd`` is the most they can have cost. ``settled`` are those
    whose end was seen, whatever it was.
    """

    count: int
    uncertain: int
    usage: Usage
    cost_nano_usd: int | None
    at_stake_nano_usd: int
    settled: int = 0


NO_CALLS = Calls(count=0, uncertain=0, usage=Usage(), cost_nano_usd=0, at_stake_nano_usd=0)
"""The calls of a job that has just begun."""


def hold(execution_id: str, *, reference: str, nano_usd: int, now: int) -> Statement:
    """Set aside what a job may cost; the job must exist before."""
    return Statement(ENTER, (reference, execution_id, "hold", nano_usd, None, None, now), must_change=True)


def charge(execution_id: str, *, reference: str, nano_usd: int, provider: str, model: str, now: int) -> Statement:
    """Charge a billed call; ``reference`` is ``charge:<attempt id>``, and a second charge of it is refused."""
    return Statement(ENTER, (reference, execution_id, "charge", nano_usd, provider, model, now), must_change=True)


def release(execution_id: str, *, reference: str, nano_usd: int, now: int) -> Statement:
    """Give back what was held and not charged."""
    return Statement(ENTER, (reference, execution_id, "release", nano_usd, None, None, now), must_change=True)


async def balance(db: Database, *, client_id: str, since: int = 0) -> Balance:
    """Return the tenant's sums since a time, epoch ms."""
    (row,) = await db.all(Statement(BALANCE_OF_CLIENT, (client_id, since)))
    return _balance(row)


async def balance_of_job(db: Database, job_id: int) -> Balance:
    """Return the sums of one job."""
    (row,) = await db.all(Statement(BALANCE_OF_JOB, (job_id,)))
    return _balance(row)


def attempt_sent(
    lease: Lease,
    *,
    attempt_id: str,
    step: str,
    provider: str,
    model: str,
    estimate_nano_usd: int | None,
    now: int,
) -> Statement:
    """Note a paid call before it is made."""
    params = (attempt_id, lease.job_id, lease.attempt, step, provider, model, estimate_nano_usd, now)
    return Statement(ATTEMPT_SENT, params)


def attempt_settled(attempt_id: str, settlement: Settlement, now: int) -> Statement:
    """Note how a paid call ended and what it really cost; a second settlement of it is refused."""
    used = settlement.usage
    tokens: tuple[int | None, ...] = (None,) * 6
    if used is not None:
        tokens = (
            used.input_tokens,
            used.output_tokens,
            used.cached_input_tokens,
            used.cache_write_5m_tokens,
            used.cache_write_1h_tokens,
            used.reasoning_tokens,
        )
    params = (
        attempt_id,
        settlement.state,
        settlement.model_served,
        settlement.fault,
        settlement.request_id,
        *tokens,
        used is not None and used.is_estimated,
        settlement.cost_nano_usd,
        settlement.price_id,
        settlement.latency_ms,
        now,
    )
    return Statement(ATTEMPT_SETTLED, params, must_change=True)


def attempts_uncertain(job_id: int) -> Statement:
    """Mark the calls of the job that nobody settled as perhaps billed.

    It belongs behind a claim, and behind the fence of a batch that ends a job with a call in flight.
    """
    return Statement(ATTEMPTS_UNCERTAIN, (job_id,))


def is_sent(attempt_id: str) -> Statement:
    """Return the statement that reads a row where the call is noted."""
    return Statement(IS_SENT, (attempt_id,))


def is_settled(attempt_id: str) -> Statement:
    """Return the statement that reads a row where the call is settled."""
    return Statement(IS_SETTLED, (attempt_id,))


def settled_as_counted(job_id: int, calls: Calls) -> Statement:
    """Fail the batch when a call of the job was settled after ``calls`` were added up."""
    return Statement(SETTLED_AS_COUNTED, (job_id, calls.settled), must_change=True)


def balanced_as_read(job_id: int, balance: Balance) -> Statement:
    """Fail the batch when something was booked on the job after ``balance`` was read; right behind ``jobs.lock``."""
    held = balance.held - balance.charged - balance.released
    return Statement(BALANCED_AS_READ, (job_id, held), must_change=True)


async def calls_of_job(db: Database, job_id: int) -> Calls:
    """Return what the calls of one job used and cost."""
    (row,) = await db.all(Statement(CALLS_OF_JOB, (job_id,)))
    names = (
        "input_tokens",
        "output_tokens",
        "cached_input_tokens",
        "cache_write_5m_tokens",
        "cache_write_1h_tokens",
        "reasoning_tokens",
    )
    return Calls(
        count=columns.integer(row, "calls"),
        uncertain=columns.integer(row, "uncertain"),
        settled=columns.integer(row, "settled"),
        usage=Usage(
            **{name: columns.integer(row, name) for name in names}, is_estimated=columns.flag(row, "is_usage_estimated")
        ),
        cost_nano_usd=None if columns.integer(row, "unpriced") else columns.integer(row, "cost"),
        at_stake_nano_usd=columns.integer(row, "at_stake"),
    )


def _balance(row: Row) -> Balance:
    return Balance(columns.integer(row, "held"), columns.integer(row, "charged"), columns.integer(row, "released"))
