"""All clean structures of a split, each with what it was asked for with; what breaks them is in ``defects``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import cast

from granulator.dev.quality.clean import teaching, telling
from granulator.dev.quality.clean.lines import Block, parse
from granulator.dev.quality.documents import document
from granulator.dev.quality.split import DOCUMENTS, HAND_WRITTEN, Split
from granulator.errors import SourceRequired, SourceUnreadable
from granulator.extraction.documents import NAME, decode
from granulator.granulation import plan, structures, templates
from granulator.granulation.authors import local
from granulator.granulation.authors.base import Brief
from granulator.granulation.plan import TOLERANCE, Sizes
from granulator.model import JsonObject, StructureType, Template
from granulator.store.database import data_file

TEXTS = Path(__file__).with_name("texts")
BUILDERS: Mapping[StructureType, Callable[[Block], JsonObject]] = MappingProxyType(
    {
        StructureType.COURSE: teaching.course,
        StructureType.QUIZ: teaching.quiz,
        StructureType.NOVEL: telling.novel,
        StructureType.WORKFLOW: telling.workflow,
        StructureType.KNOWLEDGE_MAP: telling.knowledge_map,
        StructureType.LEARNING_PATH: teaching.learning_path,
    }
)
LEVELS: Mapping[StructureType, tuple[int, ...]] = MappingProxyType(
    {
        StructureType.COURSE: (1, 2, 3, 4),
        StructureType.QUIZ: (1, 2, 3),
        StructureType.WORKFLOW: (1, 2),
        StructureType.KNOWLEDGE_MAP: (1, 2, 3),
        StructureType.LEARNING_PATH: (1, 2),
    }
)
"""Granularity levels at which structures are built from documents."""

DEFAULTS: Mapping[StructureType, str] = MappingProxyType(
    {
        StructureType.COURSE: "educational_course_basic",
        StructureType.QUIZ: "quiz_assessment_standard",
        StructureType.NOVEL: "three_act_novel",
        StructureType.WORKFLOW: "business_process_standard",
        StructureType.KNOWLEDGE_MAP: "concept_map_hierarchical",
        StructureType.LEARNING_PATH: "skill_development_path",
    }
)

GROUPED: Mapping[StructureType, tuple[str, ...]] = MappingProxyType(
    {
        StructureType.COURSE: ("modules", "lessons"),
        StructureType.QUIZ: ("categories", "questions"),
        StructureType.WORKFLOW: ("steps",),
        StructureType.KNOWLEDGE_MAP: ("concepts",),
        StructureType.LEARNING_PATH: ("milestones", "activities"),
    }
)
"""The lists whose lengths the granularity table sets."""


@dataclass(frozen=True, slots=True)
class Clean:
    """A structure without a fault and the request it answers; ``level`` is the granularity level where one was set.

    ``retold`` holds some of its texts told again in other words.
    """

    name: str
    structure_type: StructureType
    split: Split
    structure: JsonObject
    topic: str
    sources: Mapping[str, str]
    sizes: Sizes | None = None
    level: int | None = None
    retold: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_from_document(self) -> bool:
        return bool(self.sources)


@cache
def template(structure_type: StructureType) -> Template:
    """Return the default template of the type."""
    return next(row for row in templates.load(data_file("templates")) if row.name == DEFAULTS[structure_type])


def hand_written(split: Split) -> Iterator[Clean]:
    """Yield the structures written in the manner of a model."""
    for kind, names in HAND_WRITTEN[split].items():
        for name in names:
            block = parse((TEXTS / kind / f"{name}.txt").read_text(encoding="utf-8"))
            built = BUILDERS[StructureType(kind)](block)
            yield Clean(name, StructureType(kind), split, built, block.value("topic"), {}, retold=_retold(block))


def from_documents(split: Split, *, is_small: bool = False) -> Iterator[Clean]:
    """Yield what the local author makes of the real documents, in every type and size it can."""
    for name in DOCUMENTS[split]:
        for kind, levels in LEVELS.items():
            for level in levels[:1] if is_small else levels:
                made = _made(name, kind, level, split)
                if made is not None:
                    yield made


def _made(name: str, kind: StructureType, level: int, split: Split) -> Clean | None:
    source = document(name)
    used = template(kind)
    sizes = plan.sizes(kind, level, used)
    topic = source.title or name
    if kind not in local.FROM_SOURCE:
        return None
    try:
        outline, parts = local.write(Brief(topic, kind, level, "general", "en", sizes, used, source))
    except (SourceRequired, SourceUnreadable):
        return None
    if outline.is_scaffold:
        return None
    if outline.plan == "single":
        structure = structures.framed(kind, outline.frame, "en")
    else:
        structure = structures.assemble(kind, outline.frame, parts, "en")
    if not _is_full(structure, kind, sizes):
        return None
    return Clean(f"{name}@{level}", kind, split, structure, topic, {NAME: decode(source)}, sizes, level)


def _is_full(structure: JsonObject, kind: StructureType, sizes: Sizes) -> bool:
    """Return whether the source was long enough for the size asked for; what is too small is not clean."""
    if kind is StructureType.WORKFLOW and _decisions(structure) != sizes.extras:
        return False
    groups = _lists(structure, GROUPED[kind][:1])
    leaves = _lists(structure, GROUPED[kind])
    return groups >= (1 - TOLERANCE) * sizes.groups and leaves >= (1 - TOLERANCE) * sizes.leaves


def _decisions(structure: JsonObject) -> int:
    steps = cast("list[JsonObject]", structure.get("steps") or [])
    return sum(step.get("type") == "decision" for step in steps)


def _lists(element: JsonObject, path: Sequence[str]) -> int:
    rows = cast("list[JsonObject]", element.get(path[0]) or [])
    return sum(_lists(row, path[1:]) for row in rows) if len(path) > 1 else len(rows)


def _retold(block: Block) -> dict[str, str]:
    pairs = zip(block.body, block.body[1:], strict=False)
    return {line.value: after.value for line, after in pairs if after.tag == "again"}
