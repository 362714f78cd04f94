"""How large a structure is to be: the size of each granularity level, and how ``maxElements`` makes it smaller."""

from __future__ import annotations

from dataclasses import dataclass

from granulator.errors import InvalidParameter
from granulator.model import StructureType, Template

TOLERANCE = 0.25
"""A count may differ from the level's size by a quarter before it is a mismatch."""

COURSE_LEVELS = {1: (2, 2), 2: (3, 3), 3: (4, 4), 4: (6, 5), 5: (8, 6)}
"""Granularity level -> modules, lessons per module."""

QUIZ_LEVELS = {1: (1, 5), 2: (2, 10), 3: (4, 20), 4: (6, 36), 5: (8, 60)}
"""Granularity level -> categories, questions in all."""

NOVEL_LEVELS = {1: (6, 0), 2: (12, 0), 3: (24, 2), 4: (30, 3), 5: (40, 4)}
"""Granularity level -> chapters, scenes per chapter."""

WORKFLOW_LEVELS = {1: (5, 0), 2: (8, 1), 3: (12, 2), 4: (18, 4), 5: (28, 6)}
"""Granularity level -> steps, decisions among them."""

KNOWLEDGE_MAP_LEVELS = {1: (8, 2), 2: (14, 2), 3: (24, 3), 4: (40, 4), 5: (70, 4)}
"""Granularity level -> concepts, depth."""

LEARNING_PATH_LEVELS = {1: (3, 1), 2: (4, 2), 3: (6, 3), 4: (8, 4), 5: (12, 5)}
"""Granularity level -> milestones, activities of each."""

EXERCISES_REQUIRED_FROM = 4
"""From this granularity level on every lesson has at least one example and one exercise."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """The planned counts.

    ``groups`` are modules or categories, ``leaves`` all lessons or questions together, ``exercises`` all exercises.
    """

    groups: int
    leaves: int
    exercises: int = 0

    @property
    def leaves_per_group(self) -> int:
        return -(-self.leaves // self.groups)


def sizes(structure_type: StructureType, level: int, template: Template, max_elements: int | None = None) -> Sizes:
    """Return the counts to plan for, made smaller by merging until ``max_elements`` holds.

    Raises InvalidParameter, naming the smallest possible value, when no valid structure is that small.
    """
    rules = template.validation_rules
    if structure_type is StructureType.QUIZ:
        return _quiz_sizes(level, rules.get("minQuestions", 1), max_elements)
    return _course_sizes(level, rules.get("minModules", 1), rules.get("minLessonsPerModule", 1), max_elements)


def _course_sizes(level: int, min_modules: int, min_lessons: int, limit: int | None) -> Sizes:
    modules, lessons = COURSE_LEVELS[level]
    full = Sizes(modules, modules * lessons, modules * lessons)
    if limit is None or _course_total(full) <= limit:
        return full
    candidates = [
        Sizes(m, m * n, m * n if level >= EXERCISES_REQUIRED_FROM else min(m * n, limit - 2 * m - m * n))
        for m in range(min_modules, modules + 1)
        for n in range(min_lessons, lessons + 1)
    ]
    fitting = [size for size in candidates if size.exercises >= 0 and _course_total(size) <= limit]
    if fitting:
        return max(fitting, key=lambda size: (size.leaves, size.exercises, -abs(size.groups * lessons - size.leaves)))
    lessons_at_least = min_modules * min_lessons
    exercises = lessons_at_least if level >= EXERCISES_REQUIRED_FROM else 0
    raise _too_small(limit, 2 * min_modules + lessons_at_least + exercises)


def _course_total(size: Sizes) -> int:
    return 2 * size.groups + size.leaves + size.exercises


def _quiz_sizes(level: int, min_questions: int, limit: int | None) -> Sizes:
    categories, questions = QUIZ_LEVELS[level]
    if limit is None or categories + questions <= limit:
        return Sizes(categories, questions)
    if limit < 1 + min_questions:
        raise _too_small(limit, 1 + min_questions)
    share = questions / categories
    groups = max(1, min(categories, round(limit / (share + 1))))
    while groups > 1 and limit - groups < min_questions:
        groups -= 1
    return Sizes(groups, limit - groups)


def _too_small(value: int, smallest: int) -> InvalidParameter:
    return InvalidParameter(
        f"maxElements {value} is below the smallest valid structure of this template, which has {smallest} elements",
        field="maxElements",
        path="input.maxElements",
        value=value,
        smallest=smallest,
    )
