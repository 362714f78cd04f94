"""The quiz model: categories of questions."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from granulator.granulation.structures.elements import (
    Count,
    Document,
    Element,
    Id,
    Minutes,
    Percent,
    Provenance,
    Text,
)
from granulator.granulation.structures.question import Question


class QuizOverview(Element):
    title: Text
    description: Text
    total_questions: Count
    time_limit: Text
    duration_minutes: Minutes | None = None
    passing_score: Percent
    provenance: Provenance | None = None


class Category(Element):
    id: Id | None = None
    name: Text
    questions: Annotated[list[Question], Field(min_length=1)]
    provenance: Provenance | None = None


class Quiz(Document):
    """``categories[].questions[]``."""

    quiz_overview: QuizOverview
    categories: Annotated[list[Category], Field(min_length=1)]
