"""What a template may bound for each structure type, and what is wrong with bounds it sets; reads no file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from granulator.granulation.plan import (
    COURSE_LEVELS,
    KNOWLEDGE_MAP_LEVELS,
    LEARNING_PATH_LEVELS,
    NOVEL_LEVELS,
    QUIZ_LEVELS,
    WORKFLOW_LEVELS,
)
from granulator.model import StructureType

LEVELS = (1, 2, 3, 4, 5)
Size = Callable[[int], int]

RULES: Mapping[StructureType, Mapping[str, Size]] = {
    StructureType.COURSE: {
        "Modules": lambda level: COURSE_LEVELS[level][0],
        "LessonsPerModule": lambda level: COURSE_LEVELS[level][1],
    },
    StructureType.QUIZ: {
        "Categories": lambda level: QUIZ_LEVELS[level][0],
        "Questions": lambda level: QUIZ_LEVELS[level][1],
    },
    StructureType.NOVEL: {
        "Chapters": lambda level: NOVEL_LEVELS[level][0],
        "ScenesPerChapter": lambda level: NOVEL_LEVELS[level][1],
    },
    StructureType.WORKFLOW: {
        "Steps": lambda level: WORKFLOW_LEVELS[level][0],
        "Decisions": lambda level: WORKFLOW_LEVELS[level][1],
    },
    StructureType.KNOWLEDGE_MAP: {
        "Concepts": lambda level: KNOWLEDGE_MAP_LEVELS[level][0],
        "Depth": lambda level: KNOWLEDGE_MAP_LEVELS[level][1],
    },
    StructureType.LEARNING_PATH: {
        "Milestones": lambda level: LEARNING_PATH_LEVELS[level][0],
        "ActivitiesPerMilestone": lambda level: LEARNING_PATH_LEVELS[level][1],
    },
}
"""What ``min…`` and ``max…`` rules of a type may bound, and how large it is at each granularity level."""

EXACT_RULES: Mapping[StructureType, Mapping[str, int]] = {StructureType.NOVEL: {"acts": 3}}

PATHS: Mapping[StructureType, Mapping[str, str]] = {
    StructureType.COURSE: {"modules": "Modules", "modules[].lessons": "LessonsPerModule"},
    StructureType.QUIZ: {"categories": "Categories", "categories[].questions": ""},
    StructureType.NOVEL: {"acts": "", "acts[].chapters": "", "acts[].chapters[].scenes": "ScenesPerChapter"},
    StructureType.WORKFLOW: {"steps": "Steps"},
    StructureType.KNOWLEDGE_MAP: {"concepts": "Concepts", "relations": ""},
    StructureType.LEARNING_PATH: {
        "competencies": "",
        "milestones": "Milestones",
        "milestones[].activities": "ActivitiesPerMilestone",
    },
}
"""Where the lists of a type are that ``structureRules.levels`` may name, and which size each must allow."""

WORD_TARGETS: Mapping[StructureType, frozenset[str]] = {
    StructureType.COURSE: frozenset({"moduleIntroductions", "lessonContent", "examples", "exercises", "assessments"}),
    StructureType.QUIZ: frozenset({"overview", "stems", "options", "explanations"}),
    StructureType.NOVEL: frozenset({"overview", "chapters"}),
    StructureType.WORKFLOW: frozenset({"overview", "steps"}),
    StructureType.KNOWLEDGE_MAP: frozenset({"overview", "definitions", "examples"}),
    StructureType.LEARNING_PATH: frozenset({"overview", "activities", "assessments"}),
}


def rule_faults(structure_type: StructureType, rules: Mapping[str, int], levels: Sequence[int]) -> Iterator[str]:
    """Yield what is wrong with ``validationRules`` that are to allow the granularity levels given."""
    exact = EXACT_RULES.get(structure_type, {})
    sizes = RULES[structure_type]
    for name, value in rules.items():
        if name in exact and value != exact[name]:
            yield f"validationRules.{name}: must be {exact[name]}"
        elif name not in exact and (name[:3] not in ("min", "max") or name[3:] not in sizes):
            yield f"validationRules.{name}: a {structure_type} has no such rule"
    for name, size in sizes.items():
        yield from _bound_faults(f"validationRules.min{name}", rules.get(f"min{name}"), rules.get(f"max{name}"))
        yield from _excluded(
            f"validationRules of {name}", rules.get(f"min{name}"), rules.get(f"max{name}"), size, levels
        )


def level_faults(
    structure_type: StructureType, entries: Sequence[tuple[str, int, int]], levels: Sequence[int]
) -> Iterator[str]:
    """Yield what is wrong with ``structureRules.levels``, given as path, minimum and maximum."""
    for index, (path, minimum, maximum) in enumerate(entries):
        where = f"structureRules.levels.{index}"
        if path not in PATHS[structure_type]:
            yield f"{where}.path: a {structure_type} has no {path!r}"
            continue
        yield from _bound_faults(f"{where}.min", minimum, maximum)
        size = RULES[structure_type].get(PATHS[structure_type][path])
        if size is not None:
            yield from _excluded(where, minimum, maximum, size, levels)


def target_faults(structure_type: StructureType, names: Collection[str]) -> Iterator[str]:
    """Yield what is wrong with the element types that ``wordTargets`` names."""
    for name in names:
        if name not in WORD_TARGETS[structure_type]:
            yield f"wordTargets.{name}: a {structure_type} has no such element type"


def _bound_faults(where: str, minimum: int | None, maximum: int | None) -> Iterator[str]:
    if minimum is not None and maximum is not None and minimum > maximum:
        yield f"{where}: the minimum {minimum} is above the maximum {maximum}"


def _excluded(where: str, minimum: int | None, maximum: int | None, size: Size, levels: Sequence[int]) -> Iterator[str]:
    for level in levels:
        low, high = minimum or 0, size(level) if maximum is None else maximum
        if not low <= size(level) <= high:
            yield f"{where}: {low}..{high} excludes level {level} ({size(level)}); list the levels meant in levels"
