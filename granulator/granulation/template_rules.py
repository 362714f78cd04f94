"""What must hold of every template, from a file or over the API: bounds, prompts, scaffold; reads neither."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Final, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from granulator.granulation import prompts
from granulator.granulation.bounds import LEVELS, Fault, level_faults, required_faults, rule_faults, target_faults
from granulator.model import Json, StructureType, Template

Role = Literal["system", "draft", "structure", "outline", "part", "repair", "guidance"]
"""A prompt a template may have besides ``prompt``, which writes the whole structure in one call.

``system`` says who the writer is; ``outline`` plans what ``part`` then writes; ``draft`` writes freely what
``structure`` then puts into shape, and a template with both is written in these two steps. ``guidance`` is added to
``outline`` and ``part``.
"""

_PAIRS: tuple[tuple[Role, Role], ...] = (("outline", "part"), ("draft", "structure"))
"""Roles that are of no use without one another; one of the pairs writes what is too large for one call."""

SCAFFOLD_VARIABLES = frozenset({"topic"})
_SCAFFOLD_VARIABLE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")

NAME: Final = r"^[a-z0-9_]{1,64}$"
PROMPT_MAX: Final = 20_000
SCAFFOLD_TEXT_MAX: Final = 500

Text = Annotated[str, Field(min_length=1, pattern=r"\S")]
Bound = Annotated[int, Field(ge=0, le=10_000)]
WordCount = Annotated[int, Field(ge=1, le=100_000)]
ScaffoldText = Annotated[Text, Field(max_length=SCAFFOLD_TEXT_MAX)]
Texts = Annotated[list[ScaffoldText], Field(min_length=1, max_length=100)]


class Part(BaseModel):
    """A part of a template: unknown keys are refused, and nothing is converted."""

    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=to_camel)


GranularityLevels = Annotated[list[Annotated[int, Field(ge=1, le=5)]], Field(min_length=1, max_length=5)]
FieldNames = Annotated[list[Annotated[Text, Field(max_length=100)]], Field(max_length=50)]


class Level(Part):
    """How many elements there may be in one list, and which fields each must have."""

    level: Annotated[int, Field(ge=1, le=5)]
    path: Text
    element_type: Annotated[Text, Field(max_length=100)]
    min: Bound
    max: Bound
    required: FieldNames


class Overview(Part):
    """Which fields the overview of the structure must have."""

    required: FieldNames


class StructureRules(Part):
    """The bounds of a template on each level of the structure."""

    levels: Annotated[list[Level], Field(max_length=20)]
    overview: Overview


class StoredRules(StructureRules):
    """The same as a template keeps them: with the granularity levels it is for, when it is not for all."""

    granularity_levels: GranularityLevels | None = None


class _CourseScaffold(Part):
    module_titles: Texts
    lesson_titles: Texts
    questions: Texts


class _NovelScaffold(Part):
    act_titles: Annotated[list[ScaffoldText], Field(min_length=3, max_length=3)]
    chapter_titles: Texts
    questions: Texts


class _WorkflowScaffold(Part):
    step_names: Texts
    questions: Texts


class _LearningPathScaffold(Part):
    milestone_titles: Texts
    questions: Texts


SCAFFOLDS: Mapping[StructureType, type[Part]] = {
    StructureType.COURSE: _CourseScaffold,
    StructureType.NOVEL: _NovelScaffold,
    StructureType.WORKFLOW: _WorkflowScaffold,
    StructureType.LEARNING_PATH: _LearningPathScaffold,
}
"""A quiz or a knowledge map without facts would be empty, so these have no scaffold."""


def faults(template: Template) -> Iterator[Fault]:
    """Yield what is wrong with a template, each with its path as ``template.json`` spells it; none for a sound one.

    Where a prompt is wrong the path is ``prompts.<role>``, of the main prompt ``prompts.prompt``.
    """
    kind = template.structure_type
    rules = StoredRules.model_validate(template.structure_rules)
    levels = rules.granularity_levels or LEVELS
    entries = rules.levels
    yield from rule_faults(kind, template.validation_rules, levels)
    yield from level_faults(kind, [(entry.path, entry.min, entry.max) for entry in entries], levels)
    yield from required_faults(kind, rules.overview.required, [(entry.path, entry.required) for entry in entries])
    yield from target_faults(kind, template.word_targets)
    yield from _prompt_faults(template.prompts)
    if template.scaffold is not None:
        yield from scaffold_faults(kind, template.scaffold)


def scaffold_faults(structure_type: StructureType, scaffold: Mapping[str, Json]) -> Iterator[Fault]:
    """Yield what is wrong with a scaffold for the structure type."""
    if structure_type not in SCAFFOLDS:
        yield Fault("scaffold", f"a {structure_type} has no scaffold")
        return
    try:
        SCAFFOLDS[structure_type].model_validate(scaffold)
    except ValidationError as error:
        where, reason = first_fault(error)
        yield Fault(f"scaffold.{where}" if where else "scaffold", reason)
        return
    for key, texts in scaffold.items():
        for name in _SCAFFOLD_VARIABLE.findall("\n".join(cast("list[str]", texts))):
            if name not in SCAFFOLD_VARIABLES:
                known = ", ".join(sorted(SCAFFOLD_VARIABLES))
                yield Fault(f"scaffold.{key}", f"unknown variable {{{name}}}; known are {known}")


def _prompt_faults(texts: Mapping[str, str]) -> Iterator[Fault]:
    for role, text in texts.items():
        if role == "guidance" and text == texts["prompt"]:
            # What is wrong with it is told of the prompt, which the author sent.
            continue
        if not text.strip():
            yield Fault(f"prompts.{role}", "the prompt is empty")
        elif len(text) > PROMPT_MAX:
            yield Fault(f"prompts.{role}", f"has {len(text)} characters, at most {PROMPT_MAX} are accepted")
        else:
            yield from (Fault(f"prompts.{role}", reason, line) for line, reason in prompts.faults(role, text))
    for first, second in _PAIRS:
        if (first in texts) != (second in texts):
            present, absent = (first, second) if first in texts else (second, first)
            yield Fault("prompts", f"{present} is of no use without {absent}")
    if not any(role in texts for pair in _PAIRS for role in pair):
        yield Fault("prompts", "what is too large for one call needs outline with part, or draft with structure")


def first_fault(error: ValidationError) -> tuple[str, str]:
    """Return where the first thing is that a model refused, and why."""
    first = error.errors(include_url=False, include_input=False)[0]
    reason = "unknown key" if first["type"] == "extra_forbidden" else first["msg"]
    where = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in first["loc"])
    return where.removeprefix("."), reason
