"""The values every layer speaks: jobs, principals, usage, issues. Frozen, without I/O and without wire names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, Literal, TypeVar

T = TypeVar("T")

JsonScalar = str | int | float | bool | None
Json = JsonScalar | Sequence["Json"] | Mapping[str, "Json"]
JsonObject = dict[str, Json]


class StructureType(StrEnum):
    """The six kinds of structure, spelled as on the wire."""

    COURSE = "course"
    QUIZ = "quiz"
    NOVEL = "novel"
    WORKFLOW = "workflow"
    KNOWLEDGE_MAP = "knowledge_map"
    LEARNING_PATH = "learning_path"


class JobStatus(StrEnum):
    """Status on the wire; queued and running are told apart by the lease, not by another word."""

    PROCESSING = "processing"
    VALIDATING = "validating"
    RETRY = "retry"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_terminal(self) -> bool:
        return self in (JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED)


class JobKind(StrEnum):
    """What a row of ``jobs`` is: asked for as a job, or the bill of a judge's opinion, which is shown to nobody."""

    GRANULATION = "granulation"
    VALIDATION = "validation"


class Stage(StrEnum):
    """Where a job is; the order is the order of the work."""

    QUEUED = "queued"
    SOURCE = "source"
    OUTLINE = "outline"
    GENERATE = "generate"
    PARSE = "parse"
    VALIDATE = "validate"
    REPAIR = "repair"
    STORE = "store"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls, and for which tenant.

    ``id`` identifies the bucket of limits (a key with all its sessions, or a worker and tenant pair);
    ``client_id`` is the tenant whose rows the caller may see.
    """

    kind: Literal["worker", "session", "key", "command"]
    id: str
    client_id: str
    key_id: str | None = None
    session_id: str | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as providers reported them.

    Input read from a cache or written to one is inside ``input_tokens``, reasoning inside ``output_tokens``.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cached_input_tokens: int = 0
    is_estimated: bool = False
    cache_write_5m_tokens: int = 0
    cache_write_1h_tokens: int = 0
    reasoning_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cached_input_tokens=self.cached_input_tokens + other.cached_input_tokens,
            is_estimated=self.is_estimated or other.is_estimated,
            cache_write_5m_tokens=self.cache_write_5m_tokens + other.cache_write_5m_tokens,
            cache_write_1h_tokens=self.cache_write_1h_tokens + other.cache_write_1h_tokens,
            reasoning_tokens=self.reasoning_tokens + other.reasoning_tokens,
        )


@dataclass(frozen=True, slots=True)
class Source:
    """The caller's own material as received: ``text``, or the bytes of a ``file``; exactly one is set."""

    format: Literal["markdown", "html", "text"]
    text: str | None = None
    file: bytes | None = None
    title: str | None = None

    # How pydantic writes and reads the bytes where an order is stored as JSON.
    __pydantic_config__ = {"ser_json_bytes": "base64", "val_json_bytes": "base64"}


@dataclass(frozen=True, slots=True)
class Issue:
    """One finding of a check: where it is, what is wrong and how to mend it."""

    code: str
    severity: Literal["error", "warning"]
    path: str
    message: str
    fix: str


@dataclass(frozen=True, slots=True)
class JobError:
    """Why a job failed, as stored and shown; ``details`` is JSON."""

    code: str
    message: str
    details: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Job:
    """One row of ``jobs``. Times are epoch milliseconds UTC, money is nano-USD, the score is 0..100.

    ``callback`` is sealed; ``priority`` is 0 low to 3 critical; ``takeovers`` counts the processes in a row
    that left it without a stored step. ``expired_at`` is when the clean-up deleted its texts.
    """

    id: int
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
    model: str | None
    validation_enabled: bool
    validation_level: int
    validation_threshold: float
    timeout_ms: int
    status: JobStatus
    stage: Stage
    progress: int
    owner: str | None
    attempt: int
    lease_until: int | None
    cancel_requested: bool
    created_at: int
    started_at: int | None
    completed_at: int | None
    quality_score: int | None
    actual_elements: int | None
    processing_time_ms: int | None
    cost_nano_usd: int | None
    usage: Usage
    retry_of: int | None
    batch_id: str | None
    callback: str | None
    priority: int
    takeovers: int
    batch_index: int | None
    error: JobError | None
    metadata: Mapping[str, Json]
    expired_at: int | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write for one job: every batch of a running job is fenced by it.

    ``until`` is when it ends if it is not extended, epoch ms, where that is known; two leases differ by the rest.
    """

    job_id: int
    owner: str
    attempt: int
    until: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An issued API key without its secret; times are epoch milliseconds UTC.

    ``generation`` counts its secrets from 1; the secret before the current one is good until ``previous_until``.
    """

    id: str
    client_id: str
    name: str
    prefix: str
    created_at: int
    expires_at: int | None
    last_used_at: int | None
    revoked_at: int | None
    generation: int = 1
    previous_until: int | None = None


@dataclass(frozen=True, slots=True)
class Validation:
    """One stored result of validating a structure."""

    id: int
    client_id: str
    job_id: int | None
    structure_type: StructureType
    level: int
    threshold: float
    created_at: int
    score: int | None
    is_valid: bool | None
    result: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list; ``total`` counts all matches."""

    rows: tuple[T, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Template:
    """A template: what is asked of the author and which bounds the result must keep.

    ``schema`` is the sketch the API shows; ``validation_rules`` are flat named bounds; ``structure_rules`` is
    ``{levels: [{level, path, elementType, min, max, required}], overview: {required}}``; ``word_targets`` maps an
    element type to five numbers of words, one per granularity level; ``prompts`` maps a role to its text;
    ``fallback`` are the providers, or ``provider/model``, that stand in when a request names none; ``threshold``
    (0..100) is the score a structure must reach when a request names none.
    """

    name: str
    structure_type: StructureType
    description: str
    complexity_level: int
    target_audience: str
    version: int
    tone: str
    style: str
    schema: Mapping[str, Json]
    validation_rules: Mapping[str, int]
    structure_rules: Mapping[str, Json]
    word_targets: Mapping[str, Sequence[int]]
    prompts: Mapping[str, str]
    scaffold: Mapping[str, Json] | None
    fallback: tuple[str, ...] = ()
    threshold: float | None = None
    usage_count: int = 0
    created_at: int = 0
