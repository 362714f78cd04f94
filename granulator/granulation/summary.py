"""The ``summary`` of a structure: what it holds, how many words it has, for whom it was made. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from granulator.granulation.checks.reading import read
from granulator.granulation.checks.workflow import decisions
from granulator.granulation.structures import at
from granulator.granulation.word_estimates import estimates
from granulator.model import Json, JsonObject, StructureType, Template

NEXT_WORKERS = ("content-generator", "quality-validator")
OUTPUT_FORMAT = "structured_json"
VERSION = "2.0"
"""The version of this summary's format, as the API document shows it."""

_COUNTED: Mapping[StructureType, Mapping[str, str]] = {
    StructureType.COURSE: {
        "modules": "modules[]",
        "lessons": "modules[].lessons[]",
        "assessments": "modules[].assessment",
        "exercises": "modules[].lessons[].practicalExercises[]",
    },
    StructureType.QUIZ: {"categories": "categories[]", "questions": "categories[].questions[]"},
    StructureType.NOVEL: {
        "acts": "acts[]",
        "chapters": "acts[].chapters[]",
        "scenes": "acts[].chapters[].scenes[]",
    },
    StructureType.WORKFLOW: {"steps": "steps[]"},
    StructureType.KNOWLEDGE_MAP: {"concepts": "concepts[]"},
    StructureType.LEARNING_PATH: {"milestones": "milestones[]", "activities": "milestones[].activities[]"},
}
"""The counts whose sum is ``totalElements``, and the paths of what each counts."""

_REPORTED: Mapping[StructureType, Mapping[str, str]] = {
    StructureType.COURSE: {},
    StructureType.QUIZ: {},
    StructureType.NOVEL: {"characters": "characters[]", "plotThreads": "plotThreads[]"},
    StructureType.WORKFLOW: {},
    StructureType.KNOWLEDGE_MAP: {"relations": "relations[]"},
    StructureType.LEARNING_PATH: {"competencies": "competencies[]"},
}
"""What is counted beside them: it holds the elements together and is none of them."""


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
    """Return the summary of a structure as the API shows it; ``worker`` is the name of this service."""
    counts = _counts(structure_type, structure)
    return {
        "totalElements": sum(counts.values()),
        **counts,
        **_beside(structure_type, structure),
        "wordCountEstimates": estimates(
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
    """Return how many elements the structure has: the sum of the counts in its summary."""
    return sum(_counts(structure_type, structure).values())


def _counts(structure_type: StructureType, structure: Json) -> dict[str, int]:
    return {name: _count(structure, path) for name, path in _COUNTED[structure_type].items()}


def _beside(structure_type: StructureType, structure: Json) -> JsonObject:
    if structure_type is StructureType.WORKFLOW:
        return {"decisions": decisions(structure)}
    return {name: _count(structure, path) for name, path in _REPORTED[structure_type].items()}


def _count(structure: Json, path: str) -> int:
    return sum(1 for _ in at(structure, path))
