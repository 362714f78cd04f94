"""The answers of ``/api/admin`` and ``/api/schemas``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from granulator.api.answers.values import Count, Fraction, Usd
from granulator.casing import ResponseModel
from granulator.model import StructureType

Milliseconds = Annotated[float, Field(ge=0)]


class TemplateCreated(ResponseModel):
    """A template was created."""

    message: Literal["Template created successfully"]
    template_name: str


class TemplateChanged(ResponseModel):
    """A template was updated or deleted."""

    message: Literal["Template updated successfully", "Template deleted successfully"]
    template_name: str


class PerformanceMetrics(ResponseModel):
    """How long jobs took, and which share of those that ended well or failed ended well."""

    avg_processing_time: Milliseconds | None
    success_rate: Fraction | None


class ValidationMetrics(ResponseModel):
    """The average score of the jobs' validations, and which share of them found a structure not valid."""

    avg_accuracy: Fraction | None
    failure_rate: Fraction | None


class ResourceUsage(ResponseModel):
    """What an ended job took on average (cost: where it is known), and all AI calls that were made."""

    avg_tokens_per_request: Annotated[float, Field(ge=0)] | None
    avg_cost_per_request: Usd | None
    total_api_calls: Count


class AdminStats(ResponseModel):
    """The jobs of a time, of all clients or of one; averages are null without data."""

    total_granulations: Count
    template_usage: dict[StructureType, Count]
    avg_quality_score: Fraction | None
    performance_metrics: PerformanceMetrics
    validation_metrics: ValidationMetrics
    resource_usage: ResourceUsage


class TemplateMetrics(ResponseModel):
    """What became of the jobs of one template; `daysActive` counts the days, in UTC, that began any."""

    total_usage: Count
    days_active: Count
    success_rate: Fraction | None
    avg_quality: Fraction | None
    avg_processing_time: Milliseconds | None
    validation_accuracy: Fraction | None
    validation_failure_rate: Fraction | None


class TemplatePerformance(ResponseModel):
    """One template that was used."""

    template_name: str
    structure_type: StructureType
    metrics: TemplateMetrics


class DayTrend(ResponseModel):
    """One day, in UTC, that began any jobs."""

    date: Annotated[str, Field(json_schema_extra={"format": "date"})]
    granulations: Count
    avg_quality: Fraction | None
    avg_time_ms: Milliseconds | None


class TypeShare(ResponseModel):
    """One structure type that was made."""

    type: StructureType
    count: Count
    avg_quality: Fraction | None


class Analytics(ResponseModel):
    """The jobs of a time by template (most used first), day and structure type, and what follows from it."""

    template_performance: list[TemplatePerformance]
    daily_trend: list[DayTrend]
    structure_distribution: list[TypeShare]
    recommendations: list[str]


class PublishedStructureSchema(ResponseModel):
    """The JSON Schema (2020-12) of a structure type; its other keywords are as that standard says."""

    model_config = ConfigDict(extra="allow")

    dialect: Annotated[Literal["https://json-schema.org/draft/2020-12/schema"], Field(alias="$schema")]
    identifier: Annotated[str, Field(alias="$id")]
    title: str
    version: Literal["1"]
