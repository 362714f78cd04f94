"""The ``summary`` of a structure: what it holds, how many words it has and is to get, for whom it was made. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from granulator.granulation.checks.document import Document, read
from granulator.granulation.plan import EXERCISES_REQUIRED_FROM
from granulator.granulation.structures import at, model_of
from granulator.granulation.wording import is_code
from granulator.granulation.wording import words as words
from granulator.model import Json, JsonObject, StructureType, Template

NEXT_WORKERS = ("content-generator", "quality-validator")
OUTPUT_FORMAT = "structured_json"
VERSION = "2.0"
"""The version of this summary's format, as the API document shows it."""

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
}
"""Words per element at each granularity level, where the template says nothing; marked as assumed."""

Priority = Literal["high", "medium", "low"]


@dataclass(frozen=True, slots=True)
class _Writing:
    """One element that is to be written out."""

    section: str
    priority: Priority


def summarise(
    structure_type: StructureType,
    structure: JsonObject,
    *,
    template: Template,
    granularity_level: int,
    topic: str,
    target_audience: str,
    language: str,
    worker: str,
    version: str = VERSION,
) -> JsonObject:
    """Return the summary of a structure as the API shows it; ``worker`` is the name of this service.

    Raises InvalidStructureType when the type has no model.
    """
    model_of(structure_type)
    counts = _counts(structure_type, structure)
    return {
        "totalElements": sum(counts.values()),
        **counts,
        "wordCountEstimates": _estimates(
            read(structure_type, structure, language), template=template, level=granularity_level
        ),
        "contentMetadata": {
            "workerChain": {
                "currentWorker": worker,
                "nextWorkers": list(NEXT_WORKERS),
                "outputFormat": OUTPUT_FORMAT,
                "version": version,
            },
            "standardParameters": {
                "topic": topic,
                "structureType": str(structure_type),
                "granularityLevel": granularity_level,
                "targetAudience": target_audience,
                "language": language,
                "tone": template.tone,
                "style": template.style,
            },
        },
    }


def total_elements(structure_type: StructureType, structure: Json) -> int:
    """Return how many elements the structure has: the sum of the counts in its summary.

    Raises InvalidStructureType when the type has no model.
    """
    model_of(structure_type)
    return sum(_counts(structure_type, structure).values())


def _counts(structure_type: StructureType, structure: Json) -> dict[str, int]:
    if structure_type is StructureType.QUIZ:
        return {
            "categories": _count(structure, "categories[]"),
            "questions": _count(structure, "categories[].questions[]"),
        }
    return {
        "modules": _count(structure, "modules[]"),
        "lessons": _count(structure, "modules[].lessons[]"),
        "assessments": _count(structure, "modules[].assessment"),
        "exercises": _count(structure, "modules[].lessons[].practicalExercises[]"),
    }


def _count(structure: Json, path: str) -> int:
    return sum(1 for _ in at(structure, path))


def _estimates(document: Document, *, template: Template, level: int) -> JsonObject:
    defaults = DEFAULT_WORDS[document.structure_type]
    targets = {section: template.word_targets.get(section, defaults[section])[level - 1] for section in defaults}
    by_section: Counter[str] = Counter()
    by_priority: Counter[str] = Counter()
    for writing in _writings(document, level):
        by_section[writing.section] += targets[writing.section]
        by_priority[writing.priority] += targets[writing.section]
    return {
        "total": by_section.total(),
        "bySection": {section: by_section[section] for section in defaults},
        "byPriority": {priority: by_priority[priority] for priority in ("high", "medium", "low")},
        "actual": _actual(document),
        "method": METHOD,
        "assumptions": [
            {"elementType": section, "wordsPerElement": words_each, "assumed": section not in template.word_targets}
            for section, words_each in targets.items()
        ],
    }


def _actual(document: Document) -> int:
    return sum(
        words(passage.text) for passage in document.passages if passage.role != "example" or not is_code(passage.text)
    )


def _writings(document: Document, level: int) -> Iterator[_Writing]:
    if document.structure_type is StructureType.QUIZ:
        yield from _quiz_writings(document)
    else:
        yield from _course_writings(document, level)


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


def _quiz_writings(document: Document) -> Iterator[_Writing]:
    yield _Writing("overview", "low")
    for question in document.questions:
        yield _Writing("stems", "high")
        yield from (_Writing("options", "high") for _ in question.options)
        yield _Writing("explanations", "medium")
