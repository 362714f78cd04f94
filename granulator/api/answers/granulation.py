"""The answers of ``/api/execute``, ``/api/validate`` and ``/api/validation/history``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from granulator.api.answers.values import (
    Count,
    Dimensions,
    Fraction,
    GranularityLevel,
    Issue,
    Judge,
    Method,
    Moment,
    Page,
    RowId,
    Score,
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
from granulator.model import StructureType


class Priorities(ResponseModel):
    """Words by priority; they add up to the total."""

    high: Count
    medium: Count
    low: Count


class Assumption(ResponseModel):
    """Words counted for each element of a kind; `assumed` where the template does not say."""

    element_type: str
    words_per_element: Count
    assumed: bool


class WordCountEstimates(ResponseModel):
    """How many words the structure is to get and how many it has."""

    total: Count
    by_section: dict[str, Count]
    by_priority: Priorities
    actual: Count
    method: str
    assumptions: list[Assumption]


class WorkerChain(ResponseModel):
    """Who made the structure and who is to use it."""

    current_worker: str
    next_workers: list[str]
    output_format: str
    version: str


class StandardParameters(ResponseModel):
    """The values really used."""

    topic: str
    structure_type: StructureType
    granularity_level: GranularityLevel
    target_audience: str
    language: str
    tone: str
    style: str


class ContentMetadata(ResponseModel):
    """What the next worker needs to know."""

    worker_chain: WorkerChain
    standard_parameters: StandardParameters


class CourseSummary(ResponseModel):
    """The counts of a course; `totalElements` is their sum."""

    total_elements: Count
    modules: Count
    lessons: Count
    assessments: Count
    exercises: Count
    word_count_estimates: WordCountEstimates
    content_metadata: ContentMetadata


class QuizSummary(ResponseModel):
    """The counts of a quiz; `totalElements` is their sum."""

    total_elements: Count
    categories: Count
    questions: Count
    word_count_estimates: WordCountEstimates
    content_metadata: ContentMetadata


class NovelSummary(ResponseModel):
    """The counts of a novel; `totalElements` is that of acts, chapters and scenes."""

    total_elements: Count
    acts: Count
    chapters: Count
    scenes: Count
    characters: Count
    plot_threads: Count
    word_count_estimates: WordCountEstimates
    content_metadata: ContentMetadata


class WorkflowSummary(ResponseModel):
    """The counts of a workflow; `totalElements` is that of the steps, among which the decisions are."""

    total_elements: Count
    steps: Count
    decisions: Count
    word_count_estimates: WordCountEstimates
    content_metadata: ContentMetadata


class KnowledgeMapSummary(ResponseModel):
    """The counts of a knowledge map; `totalElements` is that of the concepts."""

    total_elements: Count
    concepts: Count
    relations: Count
    word_count_estimates: WordCountEstimates
    content_metadata: ContentMetadata


class LearningPathSummary(ResponseModel):
    """The counts of a learning path; `totalElements` is that of milestones and activities."""

    total_elements: Count
    milestones: Count
    activities: Count
    competencies: Count
    word_count_estimates: WordCountEstimates
    content_metadata: ContentMetadata


class _Output(ResponseModel):
    job_id: RowId
    topic: str
    quality_score: Fraction | None
    ready_for_content_generation: bool
    notice: str | None
    issues: list[Issue]


class CourseOutput(_Output):
    """A course with what was found about it."""

    structure_type: Literal["course"]
    summary: CourseSummary
    structure: Course


class QuizOutput(_Output):
    """A quiz with what was found about it."""

    structure_type: Literal["quiz"]
    summary: QuizSummary
    structure: Quiz


class NovelOutput(_Output):
    """A novel with what was found about it."""

    structure_type: Literal["novel"]
    summary: NovelSummary
    structure: Novel


class WorkflowOutput(_Output):
    """A workflow with what was found about it."""

    structure_type: Literal["workflow"]
    summary: WorkflowSummary
    structure: Workflow


class KnowledgeMapOutput(_Output):
    """A knowledge map with what was found about it."""

    structure_type: Literal["knowledge_map"]
    summary: KnowledgeMapSummary
    structure: KnowledgeMap


class LearningPathOutput(_Output):
    """A learning path with what was found about it."""

    structure_type: Literal["learning_path"]
    summary: LearningPathSummary
    structure: LearningPath


Output = CourseOutput | QuizOutput | NovelOutput | WorkflowOutput | KnowledgeMapOutput | LearningPathOutput


class Repair(ResponseModel):
    """What was written again because a check found it wanting; paths are those of the structure it was found in."""

    rounds: Annotated[int, Field(ge=1, le=2)]
    elements: list[str]
    dropped: list[str]
    remaining: Count


class Metadata(ResponseModel):
    """How the structure was made."""

    ai_provider: str
    model: str | None
    model_requested: str | None
    validation_enabled: bool
    storage_type: Literal["inline", "blob"]
    attempts: Count
    uncertain_attempts: Count
    pricing: Literal["known", "unknown"]
    repaired: bool
    repair: Repair | None
    dropped_params: list[str]
    fallback_used: bool
    plan: Literal["single", "outline"]
    prompt_hash: str | None


class Granulated(ResponseModel):
    """The structure, checked and stored as a job."""

    success: Literal[True]
    output: Annotated[Output, Field(discriminator="structure_type")]
    usage: Usage
    duration: Count
    cost: Usd | None
    metadata: Metadata


class Validated(ResponseModel):
    """What checking a structure found; `valid` is null for a scaffold, which is not scored."""

    valid: bool | None
    score: Score | None
    details: Dimensions
    issues: list[Issue]
    recommendations: list[str]
    method: Method
    rules_version: str
    judge: Judge
    validation_id: RowId
    usage: Usage
    cost: Usd | None
    job_id: RowId | None
    structure_type: StructureType
    threshold: Threshold
    validation_level: ValidationLevel


class ValidatedMetadata(ResponseModel):
    """How the structure was checked."""

    method: Method
    rules_version: str


class ValidatedAction(ResponseModel):
    """What action `validate` found."""

    success: Literal[True]
    output: Validated
    usage: Usage
    duration: Count
    cost: Usd | None
    metadata: ValidatedMetadata


class JudgedQuestion(ResponseModel):
    """How a judge's votes on one question or statement went.

    Check `key` solved the question without its key, and `votes` are the answers, null where none was given; check
    `support` held a statement against the source.
    """

    path: str
    id: str
    check: Literal["key", "support"]
    votes: list[str | None]
    agreeing: Count
    of: Count


class JudgedCriterion(ResponseModel):
    """One criterion of a judge, its answer, and the words of the structure it rests on."""

    criterion: str
    question: str
    answer: Literal["yes", "no"]
    path: str
    quote: str
    reason: str


class ValidationRow(ResponseModel):
    """What one check of a job's structure found."""

    id: RowId
    timestamp: Moment
    level: ValidationLevel
    threshold: Threshold
    accuracy: Score | None
    passed: bool | None
    details: Dimensions
    issues: list[Issue]
    questions: list[JudgedQuestion]
    scores: list[JudgedCriterion]
    feedback: list[str]
    method: Method
    rules_version: str
    judge: Judge


class ValidationHistory(Page):
    """A page of what checking a job's structure found, newest first."""

    job_id: RowId
    validations: list[ValidationRow]
