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

ATTEMPT_STARTED = """
INSERT INTO attempts (id, job_id, attempt, step, provider, model, state, estimate_nano_usd, started_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'started', ?7, ?8)
"""

# An uncertain call may still be settled: its answer can come after the job was taken over.
ATTEMPT_SETTLED = """
UPDATE attempts
   SET state = ?2, model = ?3, input_tokens = ?4, output_tokens = ?5, cached_input_tokens = ?6, cost_nano_usd = ?7,
       settled_at = ?8
 WHERE id = ?1 AND state IN ('started', 'uncertain')
"""

ATTEMPTS_UNCERTAIN = """UPDATE attempts SET state = 'uncertain' WHERE job_id = ?1 AND state = 'started'"""


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


def attempt_started(
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
    return Statement(ATTEMPT_STARTED, params)


def attempt_settled(
    attempt_id: str,
    *,
    state: Literal["settled", "failed"] = "settled",
    model: str,
    usage: Usage,
    cost_nano_usd: int | None,
    now: int,
) -> Statement:
    """Note how a paid call ended and what it really cost (None: unknown price)."""
    tokens = (usage.input_tokens, usage.output_tokens, usage.cached_input_tokens)
    return Statement(ATTEMPT_SETTLED, (attempt_id, state, model, *tokens, cost_nano_usd, now), must_change=True)


def attempts_uncertain(lease: Lease) -> Statement:
    """Mark the calls of the job that nobody settled as perhaps billed.

    It belongs behind a claim (whose new attempt is not known yet and not looked at here) and behind the fence of a
    batch that ends a job with a call in flight.
    """
    return Statement(ATTEMPTS_UNCERTAIN, (lease.job_id,))


def _balance(row: Row) -> Balance:
    return Balance(columns.integer(row, "held"), columns.integer(row, "charged"), columns.integer(row, "released"))
