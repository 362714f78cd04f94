"""How large a structure is to be: the size of each granularity level, and how ``maxElements`` makes it smaller."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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


SCENES_REQUIRED_FROM = 3
"""From this granularity level on every chapter has at least one scene."""

ACTS = 3
STEPS_MIN = 2
"""A single step is no workflow."""
STEPS_AROUND = 2
"""What begins and what ends a workflow decides nothing."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """The planned counts; ``leaves`` and ``extras`` are those of all groups together.

    ==============  ==========  ==========  ======================
    type            groups      leaves      extras
    ==============  ==========  ==========  ======================
    course          modules     lessons     exercises
    quiz            categories  questions   0
    novel           3 acts      chapters    scenes
    workflow        1           steps       decisions among them
    knowledge_map   1           concepts    depth in levels
    learning_path   milestones  activities  0
    ==============  ==========  ==========  ======================
    """

    groups: int
    leaves: int
    extras: int = 0

    @property
    def leaves_per_group(self) -> int:
        return -(-self.leaves // self.groups)


def sizes(structure_type: StructureType, level: int, template: Template, max_elements: int | None = None) -> Sizes:
    """Return the counts to plan for, made smaller by merging until ``max_elements`` holds.

    Raises InvalidParameter, naming the smallest possible value, when no valid structure is that small.
    """
    return _SIZES[structure_type](level, template.validation_rules, max_elements)


def level_sizes(structure_type: StructureType, level: int) -> Sizes:
    """Return the counts of a granularity level, whatever a template or a limit says."""
    return _SIZES[structure_type](level, {}, None)


def total(structure_type: StructureType, planned: Sizes) -> int:
    """Return the ``totalElements`` that a structure of the planned counts has."""
    match structure_type:
        case StructureType.COURSE:
            return _course_total(planned)
        case StructureType.WORKFLOW | StructureType.KNOWLEDGE_MAP:
            return planned.leaves
        case _:
            return planned.groups + planned.leaves + planned.extras


def shares(structure_type: StructureType, planned: Sizes) -> tuple[int, ...]:
    """Return how many leaves each group gets: as even as possible, but half of a novel in its second act."""
    if structure_type is StructureType.NOVEL:
        second = max(1, planned.leaves // 2)
        third = max(1, (planned.leaves - second) // 2)
        return planned.leaves - second - third, second, third
    base, more = divmod(planned.leaves, planned.groups)
    return tuple(base + (number < more) for number in range(planned.groups))


def described(structure_type: StructureType, planned: Sizes) -> str:
    """Return the counts in words for a prompt, such as "4 modules with 4 lessons each, 16 lessons in all"."""
    return _DESCRIPTIONS[structure_type](planned)


Rules = Mapping[str, int]


def _course_sizes(level: int, rules: Rules, limit: int | None) -> Sizes:
    min_modules, min_lessons = rules.get("minModules", 1), rules.get("minLessonsPerModule", 1)
    modules, lessons = COURSE_LEVELS[level]
    full = Sizes(modules, modules * lessons, modules * lessons)
    if limit is None or _course_total(full) <= limit:
        return full
    candidates = [
        Sizes(m, m * n, m * n if level >= EXERCISES_REQUIRED_FROM else min(m * n, limit - 2 * m - m * n))
        for m in range(min_modules, modules + 1)
        for n in range(min_lessons, lessons + 1)
    ]
    fitting = [size for size in candidates if size.extras >= 0 and _course_total(size) <= limit]
    if fitting:
        return max(fitting, key=lambda size: (size.leaves, size.extras, -abs(size.groups * lessons - size.leaves)))
    lessons_at_least = min_modules * min_lessons
    exercises = lessons_at_least if level >= EXERCISES_REQUIRED_FROM else 0
    raise _too_small(limit, 2 * min_modules + lessons_at_least + exercises)


def _course_total(size: Sizes) -> int:
    return 2 * size.groups + size.leaves + size.extras


def _quiz_sizes(level: int, rules: Rules, limit: int | None) -> Sizes:
    min_questions = rules.get("minQuestions", 1)
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


def _novel_sizes(level: int, rules: Rules, limit: int | None) -> Sizes:
    chapters, scenes = NOVEL_LEVELS[level]
    if limit is None or ACTS + chapters * (1 + scenes) <= limit:
        return Sizes(ACTS, chapters, chapters * scenes)
    least = max(ACTS, rules.get("minChapters", ACTS))
    scenes_at_least = max(level >= SCENES_REQUIRED_FROM, rules.get("minScenesPerChapter", 0))
    if limit < ACTS + least * (1 + scenes_at_least):
        raise _too_small(limit, ACTS + least * (1 + scenes_at_least))
    fewer = _between(
        least, round((limit - ACTS) / (1 + scenes)), min(chapters, (limit - ACTS) // (1 + scenes_at_least))
    )
    return Sizes(ACTS, fewer, min(fewer * scenes, limit - ACTS - fewer))


def _workflow_sizes(level: int, rules: Rules, limit: int | None) -> Sizes:
    steps, decisions = WORKFLOW_LEVELS[level]
    if limit is None or steps <= limit:
        return Sizes(1, steps, decisions)
    min_decisions = rules.get("minDecisions", 0)
    least = max(STEPS_MIN, rules.get("minSteps", STEPS_MIN), 2 * min_decisions, STEPS_AROUND + min_decisions)
    if limit < least:
        raise _too_small(limit, least)
    return Sizes(1, limit, max(min_decisions, decisions * limit // steps))


def _map_sizes(level: int, rules: Rules, limit: int | None) -> Sizes:
    concepts, depth = KNOWLEDGE_MAP_LEVELS[level]
    if limit is None or concepts <= limit:
        return Sizes(1, concepts, depth)
    least = max(1, rules.get("minConcepts", 1), rules.get("minDepth", 1))
    if limit < least:
        raise _too_small(limit, least)
    return Sizes(1, limit, min(depth, limit))


def _path_sizes(level: int, rules: Rules, limit: int | None) -> Sizes:
    milestones, activities = LEARNING_PATH_LEVELS[level]
    if limit is None or milestones * (1 + activities) <= limit:
        return Sizes(milestones, milestones * activities)
    least, activities_at_least = rules.get("minMilestones", 1), max(1, rules.get("minActivitiesPerMilestone", 1))
    if limit < least * (1 + activities_at_least):
        raise _too_small(limit, least * (1 + activities_at_least))
    fewer = _between(least, round(limit / (1 + activities)), min(milestones, limit // (1 + activities_at_least)))
    return Sizes(fewer, min(fewer * activities, limit - fewer))


_SIZES: Mapping[StructureType, Callable[[int, Rules, int | None], Sizes]] = {
    StructureType.COURSE: _course_sizes,
    StructureType.QUIZ: _quiz_sizes,
    StructureType.NOVEL: _novel_sizes,
    StructureType.WORKFLOW: _workflow_sizes,
    StructureType.KNOWLEDGE_MAP: _map_sizes,
    StructureType.LEARNING_PATH: _path_sizes,
}


def _between(low: int, wanted: int, high: int) -> int:
    return max(low, min(wanted, high))


def _too_small(value: int, smallest: int) -> InvalidParameter:
    return InvalidParameter(
        f"maxElements {value} is below the smallest valid structure of this template, which has {smallest} elements",
        field="maxElements",
        path="input.maxElements",
        value=value,
        smallest=smallest,
    )


def _course_words(planned: Sizes) -> str:
    exercises = f", {_counted(planned.extras, 'exercise')} in all" if planned.extras else ", no exercises"
    return _grouped(planned.groups, "module", planned.leaves, "lesson") + exercises


def _quiz_words(planned: Sizes) -> str:
    return _grouped(planned.groups, "category", planned.leaves, "question")


def _novel_words(planned: Sizes) -> str:
    first, second, third = shares(StructureType.NOVEL, planned)
    acts = f"{ACTS} acts with {first}, {second} and {third} chapters, {planned.leaves} chapters in all"
    if not planned.extras:
        return f"{acts}, no scenes"
    return f"{acts}; {_grouped(planned.leaves, 'chapter', planned.extras, 'scene')}"


def _workflow_words(planned: Sizes) -> str:
    decisions = f"{planned.extras} of them {'decisions' if planned.extras > 1 else 'a decision'}"
    return f"{_counted(planned.leaves, 'step')}, {decisions if planned.extras else 'none of them a decision'}"


def _map_words(planned: Sizes) -> str:
    return f"{_counted(planned.leaves, 'concept')}, at most {_counted(planned.extras, 'level')} deep"


def _path_words(planned: Sizes) -> str:
    return _grouped(planned.groups, "milestone", planned.leaves, "activity")


_DESCRIPTIONS: Mapping[StructureType, Callable[[Sizes], str]] = {
    StructureType.COURSE: _course_words,
    StructureType.QUIZ: _quiz_words,
    StructureType.NOVEL: _novel_words,
    StructureType.WORKFLOW: _workflow_words,
    StructureType.KNOWLEDGE_MAP: _map_words,
    StructureType.LEARNING_PATH: _path_words,
}


def _grouped(groups: int, group: str, leaves: int, leaf: str) -> str:
    base, more = divmod(leaves, groups)
    each = (
        f"with {_counted(base, leaf)}{' each' if groups > 1 else ''}"
        if not more
        else f"with {base} or {base + 1} {_many(leaf)} each"
    )
    return f"{_counted(groups, group)} {each}, {_counted(leaves, leaf)} in all"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun if count == 1 else _many(noun)}"


def _many(noun: str) -> str:
    return f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
