"""Rows of the table jobs as values of the model; no SQL."""

from __future__ import annotations

from typing import cast

from granulator.model import Job, JobError, JobStatus, JsonObject, Stage, StructureType, Usage
from granulator.store import columns
from granulator.store.database import Row


def job(row: Row) -> Job:
    """Return the job of a whole row of the table."""
    return Job(
        id=columns.integer(row, "id"),
        execution_id=columns.text(row, "execution_id"),
        request_id=columns.text(row, "request_id"),
        client_id=columns.text(row, "client_id"),
        principal_id=columns.text(row, "principal_id"),
        kind=columns.text(row, "kind"),
        topic=columns.text(row, "topic"),
        structure_type=StructureType(columns.text(row, "structure_type")),
        template_name=columns.text(row, "template_name"),
        template_version=columns.integer(row, "template_version"),
        granularity_level=columns.integer(row, "granularity_level"),
        target_audience=columns.text(row, "target_audience"),
        language=columns.text(row, "language"),
        max_elements=columns.optional_integer(row, "max_elements"),
        ai_provider=columns.text(row, "ai_provider"),
        model_requested=columns.optional_text(row, "model_requested"),
        model=columns.optional_text(row, "model"),
        validation_enabled=columns.flag(row, "validation_enabled"),
        validation_level=columns.integer(row, "validation_level"),
        validation_threshold=columns.number(row, "validation_threshold"),
        timeout_ms=columns.integer(row, "timeout_ms"),
        status=JobStatus(columns.text(row, "status")),
        stage=Stage(columns.text(row, "stage")),
        progress=columns.integer(row, "progress"),
        owner=columns.optional_text(row, "owner"),
        attempt=columns.integer(row, "attempt"),
        lease_until=columns.optional_integer(row, "lease_until"),
        cancel_requested=columns.flag(row, "cancel_requested"),
        created_at=columns.integer(row, "created_at"),
        started_at=columns.optional_integer(row, "started_at"),
        completed_at=columns.optional_integer(row, "completed_at"),
        quality_score=columns.optional_integer(row, "quality_score"),
        actual_elements=columns.optional_integer(row, "actual_elements"),
        processing_time_ms=columns.optional_integer(row, "processing_time_ms"),
        cost_nano_usd=columns.optional_integer(row, "cost_nano_usd"),
        usage=_usage(row),
        retry_of=columns.optional_integer(row, "retry_of"),
        batch_id=columns.optional_text(row, "batch_id"),
        callback=columns.optional_text(row, "callback"),
        priority=columns.integer(row, "priority"),
        takeovers=columns.integer(row, "takeovers"),
        batch_index=columns.optional_integer(row, "batch_index"),
        error=None if row["error"] is None else _error(columns.json_object(row, "error")),
        metadata=columns.json_object(row, "metadata"),
        expired_at=columns.optional_integer(row, "expired_at"),
    )


def error_text(error: JobError) -> str:
    """Return the JSON under which an error is stored."""
    return columns.to_json({"code": error.code, "message": error.message, "details": error.details})


def _error(stored: JsonObject) -> JobError:
    return JobError(str(stored["code"]), str(stored["message"]), cast(JsonObject, stored["details"]))


def _usage(row: Row) -> Usage:
    return Usage(
        input_tokens=columns.integer(row, "input_tokens"),
        output_tokens=columns.integer(row, "output_tokens"),
        cached_input_tokens=columns.integer(row, "cached_input_tokens"),
        is_estimated=columns.flag(row, "is_usage_estimated"),
    )
