"""How many words a structure has and is to get: fixed per element and then added up, never a share of a total. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from granulator.granulation.checks.document import Document, Passage
from granulator.granulation.plan import EXERCISES_REQUIRED_FROM
from granulator.granulation.structures import at
from granulator.granulation.wording import is_code, is_code_line, words
from granulator.model import Json, JsonObject, StructureType, Template

TARGET_MAX = 100_000_000
"""A chapter that is to have more words says nothing."""

METHOD = "target: words per element, fixed by element type and level, then added up; actual: words counted"

DEFAULT_WORDS: Mapping[StructureType, Mapping[str, tuple[int, int, int, int, int]]] = {
    StructureType.COURSE: {
        "moduleIntroductions": (80, 100, 120, 150, 180),
        "lessonContent": (200, 300, 450, 650, 900),
        "examples": (40, 60, 80, 100, 120),
        "exercises": (40, 60, 80, 100, 120),
        "assessments": (40, 50, 60, 70, 80),
    },
    StructureType.QUIZ: {
        "overview": (40, 50, 60, 80, 100),
        "stems": (20, 25, 25, 30, 35),
        "options": (6, 8, 8, 10, 12),
        "explanations": (30, 35, 40, 50, 60),
    },
    StructureType.NOVEL: {"overview": (120, 150, 180, 220, 260), "chapters": (1800, 2200, 2800, 3200, 3600)},
    StructureType.WORKFLOW: {"overview": (80, 100, 120, 150, 180), "steps": (60, 80, 100, 130, 160)},
    StructureType.KNOWLEDGE_MAP: {
        "overview": (60, 80, 100, 120, 150),
        "definitions": (30, 35, 40, 50, 60),
        "examples": (15, 20, 25, 30, 35),
    },
    StructureType.LEARNING_PATH: {
        "overview": (80, 100, 120, 150, 180),
        "activities": (50, 60, 80, 100, 120),
        "assessments": (40, 50, 60, 70, 80),
    },
}
"""Words per element at each granularity level, where the template says nothing; marked as assumed."""

SECTIONS: Mapping[StructureType, tuple[str, ...]] = {
    StructureType.COURSE: ("moduleIntroductions", "lessonContent", "examples", "exercises", "assessments"),
    StructureType.QUIZ: ("overview", "stems", "options", "explanations"),
    StructureType.NOVEL: ("overview", "act1", "act2", "act3"),
    StructureType.WORKFLOW: ("overview", "steps"),
    StructureType.KNOWLEDGE_MAP: ("overview", "definitions", "examples"),
    StructureType.LEARNING_PATH: ("overview", "activities", "assessments"),
}
"""The keys of ``bySection``."""

_ANSWERS = ("correctAnswer[]", "correctAnswer[].left", "correctAnswer[].right", "distractorRationale[]")
_MORE_TEXTS: Mapping[StructureType, tuple[str, ...]] = {
    StructureType.COURSE: (
        "courseOverview.prerequisites[]",
        *(f"modules[].assessment.questions[].{key}" for key in _ANSWERS),
    ),
    StructureType.QUIZ: tuple(f"categories[].questions[].{key}" for key in _ANSWERS),
    StructureType.NOVEL: ("novelOverview.pov", "novelOverview.tense"),
    StructureType.WORKFLOW: ("workflowOverview.stakeholders[]",),
    StructureType.KNOWLEDGE_MAP: (),
    StructureType.LEARNING_PATH: (),
}
"""Where there are words that no check reads."""

Priority = Literal["high", "medium", "low"]


@dataclass(frozen=True, slots=True)
class _Writing:
    """One element that is to be written out; ``words`` where the structure itself says how many."""

    element_type: str
    priority: Priority
    section: str = ""
    words: int | None = None


def estimates(document: Document, *, template: Template, level: int) -> JsonObject:
    """Return the ``wordCountEstimates`` of a structure; by section and by priority they add up to the total."""
    defaults = DEFAULT_WORDS[document.structure_type]
    targets = {name: template.word_targets.get(name, defaults[name])[level - 1] for name in defaults}
    writings = list(_WRITINGS[document.structure_type](document, level))
    by_section: Counter[str] = Counter()
    by_priority: Counter[str] = Counter()
    for writing in writings:
        wanted = targets[writing.element_type] if writing.words is None else writing.words
        by_section[writing.section or writing.element_type] += wanted
        by_priority[writing.priority] += wanted
    declared = {writing.element_type for writing in writings if writing.words is not None}
    declared -= {writing.element_type for writing in writings if writing.words is None}
    return {
        "total": by_section.total(),
        "bySection": {section: by_section[section] for section in SECTIONS[document.structure_type]},
        "byPriority": {priority: by_priority[priority] for priority in ("high", "medium", "low")},
        "actual": _actual(document),
        "method": METHOD,
        "assumptions": [
            {"elementType": name, "wordsPerElement": words_each, "assumed": name not in template.word_targets}
            for name, words_each in targets.items()
            if name not in declared
        ],
    }


def chapter_words(template: Template, level: int) -> int:
    """Return how many words a chapter of a novel is to have at a granularity level."""
    return template.word_targets.get("chapters", DEFAULT_WORDS[StructureType.NOVEL]["chapters"])[level - 1]


def _actual(document: Document) -> int:
    return sum(_counted(passage) for passage in document.passages) + sum(
        words(text)
        for path in _MORE_TEXTS[document.structure_type]
        for _, text in at(document.structure, path)
        if isinstance(text, str)
    )


def _counted(passage: Passage) -> int:
    """Return the words of a passage; where code is usual, its lines are not counted even without any mark."""
    if passage.role not in ("example", "exercise"):
        return words(passage.text)
    if is_code(passage.text):
        return 0
    return words("\n".join(line for line in passage.text.splitlines() if not is_code_line(line)))


def _course_writings(document: Document, level: int) -> Iterator[_Writing]:
    # Where nothing is linked to an objective by id, every lesson serves those of its module.
    is_linked = any(leaf.objective_ids for leaf in document.leaves) or any(q.objective_ids for q in document.questions)
    for _ in document.groups:
        yield _Writing("moduleIntroductions", "medium")
    for leaf in document.leaves:
        yield _Writing("lessonContent", _priority(leaf.objective_ids, is_linked=is_linked))
    for question in document.questions:
        yield _Writing("assessments", _priority(question.objective_ids, is_linked=is_linked))
    for passage in document.passages:
        if passage.role == "example":
            yield _Writing("examples", "medium")
        elif passage.role == "exercise":
            yield _Writing("exercises", "low" if level < EXERCISES_REQUIRED_FROM else "medium")


def _priority(objective_ids: Sequence[str], *, is_linked: bool) -> Priority:
    return "high" if objective_ids or not is_linked else "medium"


def _quiz_writings(document: Document, level: int) -> Iterator[_Writing]:
    yield _Writing("overview", "low")
    for question in document.questions:
        yield _Writing("stems", "high")
        yield from (_Writing("options", "high") for _ in question.options)
        yield _Writing("explanations", "medium")


def _novel_writings(document: Document, level: int) -> Iterator[_Writing]:
    yield _Writing("overview", "low")
    for number, (_, act) in enumerate(at(document.structure, "acts[]"), start=1):
        for _, chapter in at(act, "chapters[]"):
            # There are three acts; what is beyond is an error elsewhere, but its words are counted.
            yield _Writing("chapters", "high", f"act{min(number, 3)}", _target_words(chapter))


def _target_words(chapter: Json) -> int | None:
    target = chapter.get("targetWords") if isinstance(chapter, dict) else None
    return int(target) if isinstance(target, int | float) and 1 <= target <= TARGET_MAX else None


def _workflow_writings(document: Document, level: int) -> Iterator[_Writing]:
    yield _Writing("overview", "low")
    yield from (_Writing("steps", "high") for _ in document.leaves)


def _map_writings(document: Document, level: int) -> Iterator[_Writing]:
    yield _Writing("overview", "low")
    yield from (_Writing("definitions", "high") for _ in document.leaves)
    yield from (_Writing("examples", "medium") for passage in document.passages if passage.role == "example")


def _path_writings(document: Document, level: int) -> Iterator[_Writing]:
    yield _Writing("overview", "low")
    for _, milestone in at(document.structure, "milestones[]"):
        is_optional = isinstance(milestone, dict) and milestone.get("optional") is True
        for _ in at(milestone, "activities[]"):
            yield _Writing("activities", "low" if is_optional else "high")
        for _ in at(milestone, "assessment"):
            yield _Writing("assessments", "low" if is_optional else "medium")


_WRITINGS: Mapping[StructureType, Callable[[Document, int], Iterator[_Writing]]] = {
    StructureType.COURSE: _course_writings,
    StructureType.QUIZ: _quiz_writings,
    StructureType.NOVEL: _novel_writings,
    StructureType.WORKFLOW: _workflow_writings,
    StructureType.KNOWLEDGE_MAP: _map_writings,
    StructureType.LEARNING_PATH: _path_writings,
}
