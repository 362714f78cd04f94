"""The course model: modules of lessons, each module closed by an assessment."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from granulator.granulation.structures.elements import (
    LIST_MAX,
    Bloom,
    Document,
    Element,
    Id,
    Ids,
    Minutes,
    Percent,
    Provenance,
    SomeTexts,
    Text,
    Texts,
)
from granulator.granulation.structures.question import Question


class CourseOverview(Element):
    title: Text
    description: Text
    duration: Text
    duration_minutes: Minutes | None = None
    prerequisites: Texts
    learning_outcomes: SomeTexts
    provenance: Provenance | None = None


class Objective(Element):
    id: Id
    text: Text
    bloom: Bloom
    provenance: Provenance | None = None


class Lesson(Element):
    id: Id
    title: Text
    content: Text
    key_points: Annotated[list[Text], Field(fail_fast=True, min_length=2)]
    examples: Texts
    practical_exercises: Texts
    objective_ids: Ids | None = None
    duration_minutes: Minutes | None = None
    provenance: Provenance | None = None


class Assessment(Element):
    questions: list[Question]
    passing_score: Percent
    provenance: Provenance | None = None


class Module(Element):
    id: Id
    title: Text
    description: Text
    estimated_duration: Text
    duration_minutes: Minutes | None = None
    learning_objectives: SomeTexts
    objectives: Annotated[list[Objective], Field(max_length=LIST_MAX)] | None = None
    lessons: Annotated[list[Lesson], Field(min_length=1)]
    assessment: Assessment
    provenance: Provenance | None = None


class Course(Document):
    """``modules[].lessons[]`` with questions in ``modules[].assessment``."""

    course_overview: CourseOverview
    modules: Annotated[list[Module], Field(min_length=1)]
