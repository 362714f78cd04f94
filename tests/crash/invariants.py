"""What must hold of every job once all have ended, whatever died on the way; each statement counts the exceptions."""

from __future__ import annotations

from typing import Final

from granulator.store.database import Database, Statement

STARTED_AFTER_STORED: Final = """
SELECT COUNT(*) AS n
  FROM attempts JOIN job_steps ON job_steps.job_id = attempts.job_id AND job_steps.step = attempts.step
 WHERE attempts.started_at > job_steps.created_at
"""

UNBALANCED: Final = """
SELECT COUNT(*) AS n
  FROM (SELECT jobs.id, jobs.cost_nano_usd AS told,
               SUM(CASE WHEN ledger.kind = 'hold' THEN nano_usd ELSE 0 END) AS held,
               SUM(CASE WHEN ledger.kind = 'charge' THEN nano_usd ELSE 0 END) AS charged,
               SUM(CASE WHEN ledger.kind = 'release' THEN nano_usd ELSE 0 END) AS released
          FROM jobs LEFT JOIN ledger ON ledger.job_id = jobs.id
         GROUP BY jobs.id, jobs.cost_nano_usd) AS sums
 WHERE held IS NULL OR held <> charged + released OR charged <> told
"""

LEFT: Final = """
SELECT COUNT(*) AS n FROM jobs
 WHERE status NOT IN ('completed', 'failed', 'cancelled') OR owner IS NOT NULL OR lease_until IS NOT NULL
"""

# What the batch that ends a job writes beside its row: it would be there twice had the job ended twice.
NOT_ENDED_ONCE: Final = """
SELECT COUNT(*) AS n FROM jobs
 WHERE (SELECT COUNT(*) FROM job_events WHERE job_id = jobs.id AND event IN ('completed', 'failed')) <> 1
    OR (SELECT COUNT(*) FROM job_payloads WHERE execution_id = jobs.execution_id AND kind = 'result') <> 1
    OR (SELECT COUNT(*) FROM validations WHERE job_id = jobs.id) > validation_enabled
    OR (status = 'completed' AND (SELECT COUNT(*) FROM validations WHERE job_id = jobs.id) <> validation_enabled)
    OR (SELECT COUNT(*) FROM outbox WHERE execution_id = jobs.execution_id)
       <> CASE WHEN callback IS NULL THEN 0 ELSE 1 END
"""

WITHOUT_STRUCTURE: Final = """
SELECT COUNT(*) AS n FROM jobs
 WHERE status = 'completed'
   AND NOT EXISTS (SELECT 1 FROM job_payloads WHERE execution_id = jobs.execution_id AND kind = 'structure')
"""

CALLS_LEFT_OPEN: Final = """SELECT COUNT(*) AS n FROM attempts WHERE state = 'sent'"""

CHARGED_OTHERWISE: Final = """
SELECT COUNT(*) AS n
  FROM attempts LEFT JOIN ledger ON ledger.reference = 'charge:' || attempts.id
 WHERE COALESCE(attempts.cost_nano_usd, 0) <> COALESCE(ledger.nano_usd, 0)
"""

UNDELIVERED: Final = """SELECT COUNT(*) AS n FROM outbox WHERE state <> 'delivered'"""

NAMED: Final = {
    "jobs that have not ended, or still have an owner": LEFT,
    "jobs that have not ended exactly once": NOT_ENDED_ONCE,
    "completed jobs without a structure": WITHOUT_STRUCTURE,
    "calls started after their step's result was stored": STARTED_AFTER_STORED,
    "calls left open": CALLS_LEFT_OPEN,
    "calls that are charged otherwise than they cost": CHARGED_OTHERWISE,
    "jobs whose ledger does not balance": UNBALANCED,
    "messages that were not delivered": UNDELIVERED,
}


async def number(db: Database, sql: str, *params: int) -> int:
    """Return the ``n`` of a counting statement."""
    row = await db.first(Statement(sql, params))
    assert row is not None
    return int(str(row["n"]))


async def violations(db: Database) -> dict[str, int]:
    """Return what does not hold, with how often; nothing where all is well."""
    found = {name: await number(db, sql) for name, sql in NAMED.items()}
    return {name: count for name, count in found.items() if count}
