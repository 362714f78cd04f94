"""The answers of ``/api/templates``, ``/api/jobs``, ``/api/stats`` and ``/api/session``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, RootModel
from pydantic.json_schema import SkipJsonSchema

from granulator.api.answers.faults import Code
from granulator.api.answers.granulation import Metadata
from granulator.api.answers.values import (
    Count,
    Fraction,
    GranularityLevel,
    Moment,
    Page,
    Percent,
    RowId,
    Sha256,
    Threshold,
    Usage,
    Usd,
    ValidationLevel,
)
from granulator.casing import ResponseModel
from granulator.granulation.structures.course import Course
from granulator.granulation.structures.knowledge_map import KnowledgeMap
from granulator.granulation.structures.learning_path import LearningPath
from granulator.granulation.structures.novel import Novel
from granulator.granulation.structures.quiz import Quiz
from granulator.granulation.structures.workflow import Workflow
from granulator.model import JobStatus, Stage, StructureType


class TemplateRow(ResponseModel):
    """A template in a list."""

    name: str
    structure_type: StructureType
    complexity_level: int
    target_audience: str
    usage_count: Count
    description: str


class TemplateList(Page):
    """A page of templates, by name."""

    templates: list[TemplateRow]


class TemplateDetail(TemplateRow):
    """A template in full; `schema` is a sketch of the structure it asks for."""

    sketch: Annotated[dict[str, object], Field(alias="schema")]
    validation_rules: dict[str, int]
    created_at: Moment
    ai_prompt_template: str
    version: int


class TemplateAnswer(ResponseModel):
    """One template."""

    template: TemplateDetail


class JobRow(ResponseModel):
    """A job in a list."""

    id: RowId
    topic: str
    structure_type: StructureType
    status: JobStatus
    quality_score: Fraction | None
    processing_time_ms: Count | None
    cost_usd: Usd | None
    created_at: Moment
    completed_at: Moment | None
    progress: Percent
    stage: Stage
    retry_of: RowId | None
    batch_id: str | None


class JobList(Page):
    """A page of the caller's jobs, newest first."""

    jobs: list[JobRow]


class JobFault(ResponseModel):
    """Why a job failed."""

    code: Code
    message: str


class JobFaultDetail(JobFault):
    """Why a job failed, with the facts."""

    details: dict[str, object]


class JobLinks(ResponseModel):
    """Where to read on."""

    job: Annotated[str, Field(alias="self")]
    status: str
    structure: str
    events: str


class NotYet(ResponseModel):
    """An empty object: the job has not ended."""


class JobDetail(JobRow):
    """A job in full, without its structure."""

    template_name: str
    granularity_level: GranularityLevel
    target_audience: str
    actual_elements: Count | None
    validation_enabled: bool
    validation_level: ValidationLevel
    validation_threshold: Threshold
    started_at: Moment | None
    client_id: str
    execution_id: str
    language: str
    max_elements: int | None
    ai_provider: str
    model: str | None
    usage: Usage
    metadata: Metadata | NotYet
    retried_by: list[RowId]
    error: JobFaultDetail | None
    links: JobLinks


class JobAnswer(ResponseModel):
    """One job."""

    job: JobDetail


class Retried(ResponseModel):
    """A job that was started again, under a new id."""

    success: Literal[True]
    new_job_id: RowId
    message: Literal["Job retry initiated"]
    original_job_id: RowId
    status: Literal[JobStatus.PROCESSING]
    links: JobLinks


class Accepted(ResponseModel):
    """The job waits in line; nothing of it is done yet."""

    success: Literal[True]
    status: Literal[JobStatus.PROCESSING]
    job_id: RowId
    links: JobLinks


class Cancelled(ResponseModel):
    """The job was cancelled, or its process was asked for it and has not answered yet."""

    success: Literal[True]
    job_id: RowId
    status: Literal[JobStatus.CANCELLED, JobStatus.PROCESSING, JobStatus.VALIDATING, JobStatus.RETRY]
    message: Literal["Job cancelled", "Cancellation requested"]


class BatchLinks(ResponseModel):
    """Where to read on."""

    batch: Annotated[str, Field(alias="self")]


class AcceptedInBatch(ResponseModel):
    """One job of a batch that waits in line."""

    index: Count
    job_id: RowId
    status: Literal[JobStatus.PROCESSING]
    links: JobLinks


class BatchAccepted(ResponseModel):
    """The jobs wait in line, in the order in which they were sent."""

    batch_id: str
    jobs: list[AcceptedInBatch]
    links: BatchLinks


class JobOfBatch(ResponseModel):
    """What became of one job of a batch; `error` is there when it has failed or was cancelled."""

    index: Count
    job_id: RowId
    status: JobStatus
    quality_score: Fraction | None
    cost_usd: Usd | None
    error: JobFault | SkipJsonSchema[None] = None


class BatchState(ResponseModel):
    """A batch: `completed` when none of its jobs goes on; the cost is that of those that have ended."""

    batch_id: str
    status: Literal["processing", "completed"]
    total: Count
    counts: dict[JobStatus, Count]
    jobs: list[JobOfBatch]
    cost_usd: Usd | None
    created_at: Moment
    completed_at: Moment | None


class EventStream(RootModel[str]):
    """Server-sent events: `progress`, `partial`, and at the end one `completed` or `failed`; `id` rises by one."""


class JobState(ResponseModel):
    """How far a job is; `error` is there when it has failed."""

    job_id: RowId
    status: JobStatus
    progress: Percent
    stage: Stage
    started_at: Moment | None
    completed_at: Moment | None
    quality_score: Fraction | None
    error: JobFault | SkipJsonSchema[None] = None


class StorageInfo(ResponseModel):
    """The stored structure: bytes of UTF-8 JSON and their SHA-256."""

    type: Literal["inline", "blob"]
    size: Count
    sha256: Sha256


class JobStructure(ResponseModel):
    """A job's structure as it was stored; that of a failed job may not have the whole shape of its type."""

    structure: Course | Quiz | Novel | Workflow | KnowledgeMap | LearningPath | dict[str, object]
    storage_info: StorageInfo
    job_id: RowId
    structure_type: StructureType


class JobCounts(ResponseModel):
    """Counts of the caller's jobs that add up, and averages that are null without data."""

    total_jobs: Count
    completed_jobs: Count
    failed_jobs: Count
    cancelled_jobs: Count
    processing_jobs: Count
    avg_quality_score: Fraction | None
    avg_processing_time: Annotated[float, Field(ge=0)] | None


class Stats(ResponseModel):
    """What became of the caller's jobs."""

    stats: JobCounts
    period: str


class Session(ResponseModel):
    """A session token; it ends when it expires, is deleted or its key is revoked."""

    session_token: str
    client_id: str
    expires_at: Moment
