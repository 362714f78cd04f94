"""The table of jobs: creating, fencing, ending and reading them; who takes one from the line is in ``queue.py``.

Every statement of a running job carries its lease (job, owner, attempt) and changes nothing once that is lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from granulator.model import Job, JobError, JobStatus, Json, Lease, Page, Stage, StructureType, Usage
from granulator.store import columns, job_rows, principals
from granulator.store.database import Database, Row, Statement, Value
from granulator.store.job_counts import JobCounts

CREATE = """
INSERT INTO jobs
    (execution_id, request_id, client_id, principal_id, kind, topic, structure_type, template_name,
     template_version, granularity_level, target_audience, language, max_elements, ai_provider, model_requested,
     validation_enabled, validation_level, validation_threshold, timeout_ms, created_at, owner, lease_until,
     retry_of, batch_id, attempt, started_at, callback, priority, batch_index)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,
        ?9, ?10, ?11, ?12, ?13, ?14, ?15,
        ?16, ?17, ?18, ?19, ?20, ?21, ?22,
        ?23, ?24, ?25, ?26, ?27, ?28, ?29)
RETURNING id
"""

FENCE = """UPDATE jobs SET attempt = attempt WHERE id = ?1 AND owner = ?2 AND attempt = ?3"""

LOCK = """UPDATE jobs SET attempt = attempt WHERE id = ?1"""

ADVANCE = """
UPDATE jobs
   SET status = ?4, stage = ?5,
       progress = CASE WHEN progress < CAST(?6 AS INTEGER) THEN CAST(?6 AS INTEGER) ELSE progress END
 WHERE id = ?1 AND owner = ?2 AND attempt = ?3
"""

COMPLETE = """
UPDATE jobs
   SET status = 'completed', stage = 'done', progress = 100, owner = NULL, lease_until = NULL, completed_at = ?4,
       quality_score = ?5, actual_elements = ?6, processing_time_ms = ?7, cost_nano_usd = ?8,
       input_tokens = ?9, output_tokens = ?10, cached_input_tokens = ?11, is_usage_estimated = ?12,
       model = ?13, metadata = ?14
 WHERE id = ?1 AND owner = ?2 AND attempt = ?3
"""

# Stage and progress stay where the job stopped.
FAIL = """
UPDATE jobs
   SET status = ?15, error = ?16, owner = NULL, lease_until = NULL, completed_at = ?4,
       quality_score = ?5, actual_elements = ?6, processing_time_ms = ?7, cost_nano_usd = ?8,
       input_tokens = ?9, output_tokens = ?10, cached_input_tokens = ?11, is_usage_estimated = ?12,
       model = ?13, metadata = ?14
 WHERE id = ?1 AND owner = ?2 AND attempt = ?3
"""

# A job that goes on adds its calls up when it ends. An unknown cost stays unknown, or becomes it.
ADD_LATE_CALL = """
UPDATE jobs
   SET cost_nano_usd = cost_nano_usd + CAST(?2 AS INTEGER), input_tokens = input_tokens + ?3,
       output_tokens = output_tokens + ?4, cached_input_tokens = cached_input_tokens + ?5
 WHERE execution_id = ?1 AND status IN ('completed', 'failed', 'cancelled')
"""

RELEASE = """
UPDATE jobs SET owner = NULL, lease_until = NULL WHERE id = ?1 AND owner = ?2 AND attempt = ?3
"""

IS_HELD = """SELECT 1 AS is_there FROM jobs WHERE id = ?1 AND owner = ?2 AND attempt = ?3"""

# The owner is gone with the end, but no later attempt has the number.
HAS_ENDED = """
SELECT 1 AS is_there FROM jobs WHERE id = ?1 AND attempt = ?2 AND status IN ('completed', 'failed', 'cancelled')
"""

GET = """SELECT * FROM jobs WHERE id = ?1 AND client_id = ?2 AND kind = 'granulation'"""

BY_ID = """SELECT * FROM jobs WHERE id = ?1"""

PAGE = """
SELECT * FROM jobs
 WHERE client_id = ?1 AND kind = 'granulation' AND (CAST(?2 AS TEXT) IS NULL OR structure_type = ?2)
 ORDER BY id DESC LIMIT ?3 OFFSET ?4
"""

# A statement of its own, so that it can use the index over status.
PAGE_OF_STATUS = """
SELECT * FROM jobs
 WHERE client_id = ?1 AND kind = 'granulation' AND status = ?5
   AND (CAST(?2 AS TEXT) IS NULL OR structure_type = ?2)
 ORDER BY id DESC LIMIT ?3 OFFSET ?4
"""

FIRST = """SELECT created_at FROM jobs ORDER BY id LIMIT 1"""

RETRIED_BY = """SELECT id FROM jobs WHERE retry_of = ?1 AND client_id = ?2 ORDER BY id"""

STATS = """
SELECT COUNT(*) AS total,
       COUNT(CASE WHEN status = 'completed' THEN 1 END) AS completed,
       COUNT(CASE WHEN status = 'failed' THEN 1 END) AS failed,
       COUNT(CASE WHEN status = 'cancelled' THEN 1 END) AS cancelled,
       CAST(AVG(quality_score) AS REAL) AS avg_score,
       CAST(AVG(processing_time_ms) AS REAL) AS avg_time
  FROM jobs WHERE client_id = ?1 AND kind = 'granulation' AND created_at >= ?2
"""


@dataclass(frozen=True, slots=True)
class NewJob:
    """What is known of a job when it is admitted; with an owner it is born leased, and runs at once."""

    execution_id: str
    request_id: str
    client_id: str
    principal_id: str
    kind: str
    topic: str
    structure_type: StructureType
    template_name: str
    template_version: int
    granularity_level: int
    target_audience: str
    language: str
    max_elements: int | None
    ai_provider: str
    model_requested: str | None
    validation_enabled: bool
    validation_level: int
    validation_threshold: float
    timeout_ms: int
    created_at: int
    owner: str | None = None
    lease_until: int | None = None
    retry_of: int | None = None
    batch_id: str | None = None
    callback: str | None = None
    priority: int = 1
    batch_index: int | None = None


@dataclass(frozen=True, slots=True)
class JobStats:
    """Figures of a tenant's jobs: the four states sum to ``total``, the score is 0..1, averages may be None."""

    total: int
    completed: int
    failed: int
    cancelled: int
    processing: int
    avg_quality_score: float | None
    avg_processing_time_ms: float | None


def create(job: NewJob) -> Statement:
    """Create a job and return its id in the batch's answer; its principal must exist before."""
    return Statement(
        CREATE,
        (
            job.execution_id,
            job.request_id,
            job.client_id,
            job.principal_id,
            job.kind,
            job.topic,
            job.structure_type.value,
            job.template_name,
            job.template_version,
            job.granularity_level,
            job.target_audience,
            job.language,
            job.max_elements,
            job.ai_provider,
            job.model_requested,
            job.validation_enabled,
            job.validation_level,
            job.validation_threshold,
            job.timeout_ms,
            job.created_at,
            job.owner,
            job.lease_until,
            job.retry_of,
            job.batch_id,
            0 if job.owner is None else 1,
            None if job.owner is None else job.created_at,
            job.callback,
            job.priority,
            job.batch_index,
        ),
    )


def create_running(job: NewJob, limit: int) -> list[Statement]:
    """Create a leased job unless its principal runs ``limit`` jobs already, and return its id in the last answer.

    The three statements stay in this order; GuardFailed at the second one means that the principal has no room.
    """
    room = principals.room(job.principal_id, now=job.created_at, limit=limit)
    return [principals.lock(job.principal_id), room, create(job)]


def fence(lease: Lease) -> Statement:
    """Fail the batch unless the lease is still ours; the first statement of every batch of a running job."""
    return Statement(FENCE, _key(lease), must_change=True)


def lock(job_id: int) -> Statement:
    """Take the lock of a job's row, for a batch that is not fenced: what is owed is booked whoever has the job."""
    return Statement(LOCK, (job_id,), must_change=True)


def advance(lease: Lease, *, status: JobStatus, stage: Stage, progress: int) -> Statement:
    """Show where the job is; progress (0..100) never falls."""
    return Statement(ADVANCE, (*_key(lease), status.value, stage.value, progress))


def complete(
    lease: Lease,
    *,
    now: int,
    quality_score: int | None,
    actual_elements: int | None,
    processing_time_ms: int,
    cost_nano_usd: int | None,
    usage: Usage,
    model: str | None,
    metadata: Mapping[str, Json],
) -> Statement:
    """End a job well and let its lease go."""
    outcome = (quality_score, actual_elements, processing_time_ms, cost_nano_usd, *_usage(usage))
    return Statement(COMPLETE, (*_key(lease), now, *outcome, model, columns.to_json(metadata)), must_change=True)


def fail(
    lease: Lease,
    *,
    now: int,
    error: JobError,
    status: JobStatus = JobStatus.FAILED,
    quality_score: int | None = None,
    actual_elements: int | None = None,
    processing_time_ms: int,
    cost_nano_usd: int | None,
    usage: Usage,
    model: str | None,
    metadata: Mapping[str, Json],
) -> Statement:
    """End a job as failed or cancelled and let its lease go; a structure it has stays."""
    outcome = (quality_score, actual_elements, processing_time_ms, cost_nano_usd, *_usage(usage))
    ending = (model, columns.to_json(metadata), status.value, job_rows.error_text(error))
    return Statement(FAIL, (*_key(lease), now, *outcome, *ending), must_change=True)


def add_late_call(execution_id: str, *, cost_nano_usd: int | None, usage: Usage) -> Statement:
    """Add a call to a job that has ended: its answer came after the job was taken over and done elsewhere."""
    tokens = (usage.input_tokens, usage.output_tokens, usage.cached_input_tokens)
    return Statement(ADD_LATE_CALL, (execution_id, cost_nano_usd, *tokens))


def release(lease: Lease) -> Statement:
    """Give an unfinished job back, so that another process may take it at once."""
    return Statement(RELEASE, _key(lease))


def is_held(lease: Lease) -> Statement:
    """Return the statement that reads a row where the lease is still ours."""
    return Statement(IS_HELD, _key(lease))


def has_ended(lease: Lease) -> Statement:
    """Return the statement that reads a row where the job ended under this lease."""
    return Statement(HAS_ENDED, (lease.job_id, lease.attempt))


async def get(db: Database, job_id: int, client_id: str) -> Job | None:
    """Return a job of the tenant that it asked for as one; the bill of a validation is none."""
    return _optional_job(await db.first(Statement(GET, (job_id, client_id))))


async def by_id(db: Database, job_id: int) -> Job | None:
    """Return a job of any tenant: for those who run jobs, never for a caller."""
    return _optional_job(await db.first(Statement(BY_ID, (job_id,))))


async def began_at(db: Database) -> int | None:
    """Return when the first job of this database was created, epoch ms; its row is never deleted."""
    row = await db.first(Statement(FIRST))
    return None if row is None else columns.integer(row, "created_at")


async def page(
    db: Database,
    counts: JobCounts,
    *,
    client_id: str,
    status: JobStatus | None = None,
    structure_type: StructureType | None = None,
    limit: int,
    offset: int,
) -> Page[Job]:
    """Return one page of the tenant's jobs, newest first."""
    wanted = None if structure_type is None else structure_type.value
    statement = Statement(PAGE, (client_id, wanted, limit, offset))
    if status is not None:
        statement = Statement(PAGE_OF_STATUS, (*statement.params, status.value))
    total = await counts.total(client_id, status, structure_type)
    return Page(tuple(job_rows.job(row) for row in await db.all(statement)), total)


async def retried_by(db: Database, job_id: int, client_id: str) -> tuple[int, ...]:
    """Return the ids of the tenant's jobs that retry this one, oldest first."""
    return tuple(columns.integer(row, "id") for row in await db.all(Statement(RETRIED_BY, (job_id, client_id))))


async def stats(db: Database, *, client_id: str, since: int) -> JobStats:
    """Return the figures of the tenant's jobs created from ``since`` on."""
    (row,) = await db.all(Statement(STATS, (client_id, since)))
    total, completed = columns.total(row), columns.integer(row, "completed")
    failed, cancelled = columns.integer(row, "failed"), columns.integer(row, "cancelled")
    avg_score = columns.optional_number(row, "avg_score")
    return JobStats(
        total=total,
        completed=completed,
        failed=failed,
        cancelled=cancelled,
        processing=total - completed - failed - cancelled,
        avg_quality_score=None if avg_score is None else avg_score / 100,
        avg_processing_time_ms=columns.optional_number(row, "avg_time"),
    )


def _key(lease: Lease) -> tuple[Value, ...]:
    return (lease.job_id, lease.owner, lease.attempt)


def _usage(usage: Usage) -> tuple[Value, ...]:
    return (usage.input_tokens, usage.output_tokens, usage.cached_input_tokens, usage.is_estimated)


def _optional_job(row: Row | None) -> Job | None:
    return None if row is None else job_rows.job(row)
