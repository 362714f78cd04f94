"""The templates on disk: one folder each, read once at start and refused with a reason; filling them is elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError
from pydantic.alias_generators import to_camel

from granulator.errors import ConfigurationError
from granulator.granulation import prompts
from granulator.granulation.bounds import LEVELS, level_faults, rule_faults, target_faults
from granulator.model import StructureType, Template

DATA_FILE = "template.json"
Role = Literal["system", "draft", "structure", "outline", "part", "repair"]
"""A prompt a template may have besides ``prompt``, which writes the whole structure in one call.

``system`` says who the writer is; ``outline`` plans what ``part`` then writes; ``draft`` writes freely what
``structure`` then puts into shape, and a template with both is written in these two steps.
"""

_PAIRS: tuple[tuple[Role, Role], ...] = (("outline", "part"), ("draft", "structure"))
"""Roles that are of no use without one another."""

SCAFFOLD_VARIABLES = frozenset({"topic"})
_SCAFFOLD_VARIABLE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")

Text = Annotated[str, Field(min_length=1, pattern=r"\S")]
Bound = Annotated[int, Field(ge=0, le=10_000)]
WordCount = Annotated[int, Field(ge=1, le=100_000)]
FileName = Annotated[str, Field(pattern=r"^[a-z0-9_]+\.(?:md|json)$")]
Texts = Annotated[list[Text], Field(min_length=1)]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=to_camel)


F = TypeVar("F", bound=_File)


class _Level(_File):
    level: Annotated[int, Field(ge=1, le=5)]
    path: Text
    element_type: Text
    min: Bound
    max: Bound
    required: list[Text]


class _Overview(_File):
    required: list[Text]


class _StructureRules(_File):
    levels: list[_Level]
    overview: _Overview


class _TemplateFile(_File):
    name: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,64}$")]
    structure_type: Literal["course", "quiz", "novel", "workflow", "knowledge_map", "learning_path"]
    description: Text
    complexity_level: Annotated[int, Field(ge=1, le=5)]
    target_audience: Text
    version: Annotated[int, Field(ge=1)]
    tone: Text
    style: Text
    data_schema: Annotated[dict[str, JsonValue], Field(alias="schema", min_length=1)]
    validation_rules: dict[str, Bound]
    structure_rules: _StructureRules
    levels: Annotated[list[Annotated[int, Field(ge=1, le=5)]], Field(min_length=1)] | None = None
    word_targets: dict[str, Annotated[list[WordCount], Field(min_length=5, max_length=5)]]
    prompt: FileName
    prompts: dict[Role, FileName] = {}
    scaffold: FileName | None = None
    fallback: Annotated[list[Annotated[str, Field(min_length=1, max_length=300)]], Field(max_length=5)] = []


class _CourseScaffold(_File):
    module_titles: Texts
    lesson_titles: Texts
    questions: Texts


class _NovelScaffold(_File):
    act_titles: Annotated[list[Text], Field(min_length=3, max_length=3)]
    chapter_titles: Texts
    questions: Texts


class _WorkflowScaffold(_File):
    step_names: Texts
    questions: Texts


class _LearningPathScaffold(_File):
    milestone_titles: Texts
    questions: Texts


SCAFFOLDS: Mapping[StructureType, type[_File]] = {
    StructureType.COURSE: _CourseScaffold,
    StructureType.NOVEL: _NovelScaffold,
    StructureType.WORKFLOW: _WorkflowScaffold,
    StructureType.LEARNING_PATH: _LearningPathScaffold,
}
"""A quiz or a knowledge map without facts would be empty, so these have no scaffold."""


def load(directory: Path) -> tuple[Template, ...]:
    """Return every template in the directory, by name.

    Raises ConfigurationError, naming the file and the reason, for anything that is not a sound template.
    """
    if not directory.is_dir():
        raise ConfigurationError(f"{directory}: there is no templates directory here")
    folders = sorted(path for path in directory.iterdir() if path.is_dir() and path.name[0] not in "._")
    if not folders:
        raise ConfigurationError(f"{directory}: there are no templates here")
    return tuple(_template(folder) for folder in folders)


def _template(folder: Path) -> Template:
    path = folder / DATA_FILE
    data = _validated(path, _TemplateFile, _json(path))
    structure_type = StructureType(data.structure_type)
    if data.name != folder.name:
        raise ConfigurationError(f"{path}: name {data.name!r} is not that of its folder {folder.name!r}")
    if faults := _faults(structure_type, data):
        raise ConfigurationError(f"{path}: {faults[0]}")
    structure_rules = data.structure_rules.model_dump(by_alias=True)
    if data.levels is not None:
        structure_rules["granularityLevels"] = data.levels
    return Template(
        name=data.name,
        structure_type=structure_type,
        description=data.description,
        complexity_level=data.complexity_level,
        target_audience=data.target_audience,
        version=data.version,
        tone=data.tone,
        style=data.style,
        schema=data.data_schema,
        validation_rules=data.validation_rules,
        structure_rules=structure_rules,
        word_targets=data.word_targets,
        prompts={role: _prompt(role, folder / name) for role, name in _prompt_files(data)},
        scaffold=None if data.scaffold is None else _scaffold(structure_type, folder / data.scaffold),
        fallback=tuple(data.fallback),
    )


def _json(path: Path) -> JsonValue:
    try:
        parsed: JsonValue = json.loads(_text(path), object_pairs_hook=_object, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"{path}: is not valid JSON: {error}") from error
    return parsed


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigurationError(f"{path}: the file is missing") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: the file cannot be read: {error}") from error


def _object(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise ValueError(f"the key {next(key for key in keys if keys.count(key) > 1)!r} is there twice")
    return dict(pairs)


def _refuse_constant(name: str) -> JsonValue:
    raise ValueError(f"{name} is not a JSON number")


def _validated(path: Path, model: type[F], data: JsonValue) -> F:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the document"
        reason = "unknown key" if first["type"] == "extra_forbidden" else first["msg"]
        raise ConfigurationError(f"{path}: {where}: {reason}") from error


def _faults(structure_type: StructureType, data: _TemplateFile) -> list[str]:
    levels = tuple(data.levels or LEVELS)
    faults = [
        *rule_faults(structure_type, data.validation_rules, levels),
        *level_faults(structure_type, [(e.path, e.min, e.max) for e in data.structure_rules.levels], levels),
        *target_faults(structure_type, data.word_targets),
    ]
    for first, second in _PAIRS:
        if (first in data.prompts) != (second in data.prompts):
            present, absent = (first, second) if first in data.prompts else (second, first)
            faults.append(f"prompts.{present}: is of no use without prompts.{absent}")
    if data.scaffold is not None and structure_type not in SCAFFOLDS:
        faults.append(f"scaffold: a {structure_type} has no scaffold")
    return faults


def _prompt_files(data: _TemplateFile) -> list[tuple[str, str]]:
    return [("prompt", data.prompt), *data.prompts.items()]


def _prompt(role: str, path: Path) -> str:
    text = _text(path)
    if not text.strip():
        raise ConfigurationError(f"{path}: the prompt is empty")
    for line, reason in prompts.faults(role, text):
        raise ConfigurationError(f"{path}:{line}: {reason}")
    return text


def _scaffold(structure_type: StructureType, path: Path) -> Mapping[str, JsonValue]:
    scaffold = _validated(path, SCAFFOLDS[structure_type], _json(path))
    for name in _SCAFFOLD_VARIABLE.findall(_text(path)):
        if name not in SCAFFOLD_VARIABLES:
            known = ", ".join(sorted(SCAFFOLD_VARIABLES))
            raise ConfigurationError(f"{path}: unknown variable {{{name}}}; known are {known}")
    dumped: dict[str, JsonValue] = scaffold.model_dump(by_alias=True)
    return dumped
