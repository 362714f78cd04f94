"""The learning path model: milestones that develop competencies and say how they are assessed."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StrictBool, model_validator
from pydantic_core import PydanticCustomError

from granulator.granulation.structures.elements import Document, Element, Id, Ids, Provenance, Text, whole_number

Hours = Annotated[float, Field(strict=True, gt=0, le=1_000_000, allow_inf_nan=False)]
Level = Annotated[int, Field(ge=1, le=5), BeforeValidator(whole_number)]


class PathOverview(Element):
    title: Text
    description: Text
    target_role: Text
    total_hours: Hours
    entry_level: Level
    exit_level: Level
    provenance: Provenance | None = None

    @model_validator(mode="after")
    def _does_not_fall(self) -> PathOverview:
        if self.exit_level < self.entry_level:
            raise PydanticCustomError("levels", "exitLevel must not be below entryLevel")
        return self


class Framework(Element):
    """Where a competency is defined by others."""

    name: Literal["ESCO", "CTDL", "CASE"]
    uri: Text


class Competency(Element):
    id: Id
    label: Text
    level: Level
    framework: Framework | None = None
    provenance: Provenance | None = None


class Activity(Element):
    type: Text
    description: Text
    hours: Hours
    provenance: Provenance | None = None


class MilestoneAssessment(Element):
    """How it is seen that the competencies of the milestone are there; ``criterion`` can be observed."""

    type: Text
    criterion: Text
    provenance: Provenance | None = None


class Milestone(Element):
    id: Id
    title: Text
    requires: Ids
    develops_competencies: Ids
    activities: list[Activity]
    assessment: MilestoneAssessment
    project: Text | None = None
    hours: Hours
    optional: StrictBool = False
    provenance: Provenance | None = None


class LearningPath(Document):
    """``milestones[].activities[]`` that develop ``competencies[]``."""

    path_overview: PathOverview
    competencies: Annotated[list[Competency], Field(min_length=1)]
    milestones: Annotated[list[Milestone], Field(min_length=1)]
