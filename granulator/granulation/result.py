"""What is told of a job and how it ended: the answer of ``POST /api/execute``, a webhook, an event. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import cast

from granulator.clock import moment_or_none
from granulator.errors import GranulatorError
from granulator.granulation.judgement import Judgement
from granulator.granulation.validation import Verdict
from granulator.model import Issue, Job, JobError, JobStatus, Json, JsonObject, Usage
from granulator.store.ledger import Calls

NANO_PER_USD = 1_000_000_000

UNKNOWN_CALLS = Calls(count=0, uncertain=0, usage=Usage(), cost_nano_usd=None, at_stake_nano_usd=0)
"""The calls of a job that goes on elsewhere."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A finished structure and what was found about it. ``score`` is 0..100, None when nothing was measured."""

    structure: JsonObject
    summary: JsonObject
    score: int | None
    issues: tuple[Issue, ...]
    is_ready: bool
    notice: str | None


def completed(job: Job, draft: Draft, *, metadata: JsonObject, duration_ms: int, calls: Calls) -> JsonObject:
    """Return the body of a completed job; the structure's keys are as produced."""
    return {
        "success": True,
        "output": {
            "jobId": job.id,
            "topic": job.topic,
            "structureType": job.structure_type.value,
            "summary": draft.summary,
            "qualityScore": fraction(draft.score),
            "structure": draft.structure,
            "readyForContentGeneration": draft.is_ready,
            "notice": draft.notice,
            "issues": issue_rows(draft.issues),
        },
        "usage": usage_row(calls.usage),
        "duration": duration_ms,
        "cost": usd(calls.cost_nano_usd),
        "metadata": metadata,
    }


def completed_event(job_id: int, draft: Draft, calls: Calls) -> JsonObject:
    """Return what the watchers of a job are told when it is completed."""
    return {
        "jobId": job_id,
        "status": JobStatus.COMPLETED.value,
        "qualityScore": fraction(draft.score),
        "cost": usd(calls.cost_nano_usd),
        "links": links(job_id),
    }


def failed_event(job_id: int, status: JobStatus, error: JobError) -> JsonObject:
    """Return what the watchers of a job are told when it failed or was cancelled."""
    return {"jobId": job_id, "status": status.value, "error": full_error(error)}


def state(job: Job) -> JsonObject:
    """Return how far a job is, as shown by its status and told to its watchers."""
    shown: JsonObject = {
        "jobId": job.id,
        "status": job.status.value,
        "progress": job.progress,
        "stage": job.stage.value,
        "startedAt": moment_or_none(job.started_at),
        "completedAt": moment_or_none(job.completed_at),
        "qualityScore": fraction(job.quality_score),
    }
    if job.error is not None:
        shown["error"] = short_error(job.error)
    return shown


def short_error(error: JobError) -> JsonObject:
    """Return why a job failed where many jobs are shown: without the details."""
    return {"code": error.code, "message": error.message}


def full_error(error: JobError) -> JsonObject:
    """Return why a job failed, with the details."""
    return {**short_error(error), "details": dict(error.details)}


def links(job_id: int) -> JsonObject:
    """Return where a job and what belongs to it are found."""
    path = f"/api/jobs/{job_id}"
    return {"self": path, "status": f"{path}/status", "structure": f"{path}/structure", "events": f"{path}/events"}


def failed(error: GranulatorError, *, job_id: int, duration_ms: int, calls: Calls) -> JsonObject:
    """Return the execute envelope of a job that failed; it may have cost money all the same."""
    details = cast(
        JsonObject, {"code": error.code, "context": error.message, "suggestion": error.suggestion, "jobId": job_id}
    )
    details.update(cast(JsonObject, error.details))
    return {
        "success": False,
        "error": (type(error).__doc__ or error.code).splitlines()[0].rstrip("."),
        "status": "failed",
        "code": error.code,
        "details": details,
        "usage": usage_row(calls.usage),
        "cost": usd(calls.cost_nano_usd),
        "duration": duration_ms,
    }


def unfinished(error: GranulatorError, *, job_id: int) -> JsonObject:
    """Return the execute envelope of a job that we lost hold of; it is not over and can be read by its id."""
    body = failed(error, job_id=job_id, duration_ms=0, calls=UNKNOWN_CALLS)
    return {**body, "status": "processing"}


def usage_row(usage: Usage) -> JsonObject:
    """Return token counts as shown in every body."""
    return {
        "tokens": {
            "input": usage.input_tokens,
            "output": usage.output_tokens,
            "cachedInput": usage.cached_input_tokens,
            "total": usage.input_tokens + usage.output_tokens,
        },
        "estimated": usage.is_estimated,
    }


def issue_rows(issues: Sequence[Issue]) -> list[Json]:
    """Return issues as JSON objects."""
    return [cast(JsonObject, asdict(issue)) for issue in issues]


def verdict_row(verdict: Verdict) -> JsonObject:
    """Return the part of a validation's body that the verdict decides."""
    return {
        "valid": verdict.is_valid,
        "score": verdict.score,
        "details": {
            "structureCompleteness": verdict.structure_completeness,
            "contentCoherence": verdict.content_coherence,
            "qualityMetrics": verdict.quality_metrics,
        },
        "issues": issue_rows(verdict.issues),
        "recommendations": list(verdict.recommendations),
        "method": verdict.method,
        "rulesVersion": verdict.rules_version,
        "judge": judge_row(verdict.judge),
    }


def history_row(verdict: Verdict) -> JsonObject:
    """Return what the history keeps of a verdict: with the judge's criteria and votes, which no answer repeats."""
    questions: list[Json] = list(verdict.judge.questions)
    scores: list[Json] = list(verdict.judge.scores)
    return {**verdict_row(verdict), "questions": questions, "scores": scores}


def judge_row(judgement: Judgement) -> JsonObject:
    """Return what is told of the judge; without votes there is no agreement, and without a sample no coverage."""
    row: JsonObject = {"status": judgement.status, "model": judgement.model}
    if judgement.agreement is not None:
        row["agreement"] = number(judgement.agreement)
    if judgement.coverage < 1:
        row["coverage"] = judgement.coverage
    return row


def usd(nano_usd: int | None) -> float | None:
    """Return nano-USD as a JSON number of USD; exact, since below 2**53 the shortest float text is the decimal."""
    return None if nano_usd is None else nano_usd / NANO_PER_USD if nano_usd else 0


def fraction(score: int | None) -> float | None:
    """Return a score of 0..100 as the quality score of 0..1."""
    return None if score is None else number(score / 100)


def number(value: float) -> float:
    """Return a whole value as an integer, so that 85 is written as 85."""
    return int(value) if value == int(value) else value


def compact(value: Json) -> str:
    """Return ``value`` as the JSON text that is stored and hashed."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
