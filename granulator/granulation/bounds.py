"""What a template may bound for each structure type, and what is wrong with bounds it sets; reads no file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from granulator.granulation.plan import (
    COURSE_LEVELS,
    KNOWLEDGE_MAP_LEVELS,
    LEARNING_PATH_LEVELS,
    NOVEL_LEVELS,
    QUIZ_LEVELS,
    WORKFLOW_LEVELS,
    level_sizes,
    shares,
)
from granulator.granulation.structures.course import CourseOverview, Lesson, Module
from granulator.granulation.structures.elements import Element
from granulator.granulation.structures.knowledge_map import Concept, MapOverview, Relation
from granulator.granulation.structures.learning_path import Activity, Competency, Milestone, PathOverview
from granulator.granulation.structures.novel import Act, Chapter, NovelOverview, Scene
from granulator.granulation.structures.question import MultipleChoice
from granulator.granulation.structures.quiz import Category, QuizOverview
from granulator.granulation.structures.workflow import Step, WorkflowOverview
from granulator.model import StructureType

LEVELS = (1, 2, 3, 4, 5)
Size = Callable[[int], int]
Span = Callable[[int], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a template, and where: a path such as ``validationRules.minModules``; in a prompt the line."""

    path: str
    reason: str
    line: int | None = None

    def __str__(self) -> str:
        place = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{place}: {self.reason}"


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

SHARED = frozenset({"categories[].questions", "acts[].chapters"})
"""Lists among which a count of the whole structure is shared out, not always evenly."""

ELEMENTS: Mapping[StructureType, Mapping[str, type[Element]]] = {
    StructureType.COURSE: {"overview": CourseOverview, "modules": Module, "modules[].lessons": Lesson},
    StructureType.QUIZ: {"overview": QuizOverview, "categories": Category, "categories[].questions": MultipleChoice},
    StructureType.NOVEL: {
        "overview": NovelOverview,
        "acts": Act,
        "acts[].chapters": Chapter,
        "acts[].chapters[].scenes": Scene,
    },
    StructureType.WORKFLOW: {"overview": WorkflowOverview, "steps": Step},
    StructureType.KNOWLEDGE_MAP: {"overview": MapOverview, "concepts": Concept, "relations": Relation},
    StructureType.LEARNING_PATH: {
        "overview": PathOverview,
        "competencies": Competency,
        "milestones": Milestone,
        "milestones[].activities": Activity,
    },
}
"""What each of these lists holds: its fields are what ``required`` may name."""

WORD_TARGETS: Mapping[StructureType, frozenset[str]] = {
    StructureType.COURSE: frozenset({"moduleIntroductions", "lessonContent", "examples", "exercises", "assessments"}),
    StructureType.QUIZ: frozenset({"overview", "stems", "options", "explanations"}),
    StructureType.NOVEL: frozenset({"overview", "chapters"}),
    StructureType.WORKFLOW: frozenset({"overview", "steps"}),
    StructureType.KNOWLEDGE_MAP: frozenset({"overview", "definitions", "examples"}),
    StructureType.LEARNING_PATH: frozenset({"overview", "activities", "assessments"}),
}


def rule_faults(structure_type: StructureType, rules: Mapping[str, int], levels: Sequence[int]) -> Iterator[Fault]:
    """Yield what is wrong with ``validationRules`` that are to allow the granularity levels given."""
    exact = EXACT_RULES.get(structure_type, {})
    sizes = RULES[structure_type]
    for name, value in rules.items():
        if name in exact and value != exact[name]:
            yield Fault(f"validationRules.{name}", f"must be {exact[name]}")
        elif name not in exact and (name[:3] not in ("min", "max") or name[3:] not in sizes):
            yield Fault(f"validationRules.{name}", f"a {structure_type} has no such rule")
    for name, size in sizes.items():
        where = (f"validationRules.min{name}", f"validationRules.max{name}")
        yield from _range_faults(where, (rules.get(f"min{name}"), rules.get(f"max{name}")), _exactly(size), levels)


def level_faults(
    structure_type: StructureType, entries: Sequence[tuple[str, int, int]], levels: Sequence[int]
) -> Iterator[Fault]:
    """Yield what is wrong with ``structureRules.levels``, given as path, minimum and maximum."""
    for index, (path, minimum, maximum) in enumerate(entries):
        where = f"structureRules.levels[{index}]"
        if path not in PATHS[structure_type]:
            yield Fault(f"{where}.path", f"a {structure_type} has no {path!r}")
            continue
        span = _span(structure_type, path)
        yield from _range_faults((f"{where}.min", f"{where}.max"), (minimum, maximum), span, levels)


def required_faults(
    structure_type: StructureType, overview: Sequence[str], entries: Sequence[tuple[str, Sequence[str]]]
) -> Iterator[Fault]:
    """Yield the fields ``structureRules`` requires that no element there can have; entries are path and fields."""
    listed = [(path, names, f"levels[{index}]") for index, (path, names) in enumerate(entries)]
    for path, names, where in [("overview", overview, "overview"), *listed]:
        element = ELEMENTS[structure_type].get(path)
        for name in names:
            if element is not None and name not in element.known_keys():
                yield Fault(f"structureRules.{where}.required", f"{element.__name__} has no {name!r}")


def target_faults(structure_type: StructureType, names: Collection[str]) -> Iterator[Fault]:
    """Yield what is wrong with the element types that ``wordTargets`` names."""
    for name in names:
        if name not in WORD_TARGETS[structure_type]:
            yield Fault(f"wordTargets.{name}", f"a {structure_type} has no such element type")


def _span(structure_type: StructureType, path: str) -> Span | None:
    """Return how few and how many elements the lists at the path have at a granularity level; None for any number."""
    exact = EXACT_RULES.get(structure_type, {}).get(path)
    if exact is not None:
        return _exactly(lambda level: exact)
    if path in SHARED:
        return lambda level: _shares(structure_type, level)
    size = RULES[structure_type].get(PATHS[structure_type][path])
    return None if size is None else _exactly(size)


def _exactly(size: Size) -> Span:
    return lambda level: (size(level), size(level))


def _shares(structure_type: StructureType, level: int) -> tuple[int, int]:
    found = shares(structure_type, level_sizes(structure_type, level))
    return min(found), max(found)


def _range_faults(
    where: tuple[str, str], bounds: tuple[int | None, int | None], span: Span | None, levels: Sequence[int]
) -> Iterator[Fault]:
    """Yield what is wrong with a minimum and a maximum, given with the path of each."""
    minimum, maximum = bounds
    if minimum is not None and maximum is not None and minimum > maximum:
        yield Fault(where[0], f"the minimum {minimum} is above the maximum {maximum}")
    elif span is not None:
        for level in levels:
            few, many = span(level)
            if minimum is not None and few < minimum:
                yield Fault(where[0], f"{minimum} {_excludes(level, few)}")
            if maximum is not None and many > maximum:
                yield Fault(where[1], f"{maximum} {_excludes(level, many)}")


def _excludes(level: int, count: int) -> str:
    return f"excludes granularity level {level} ({count}); list the levels meant in levels"
