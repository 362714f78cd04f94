"""The templates on disk: one folder each, read once at start and refused with a reason; filling them is elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import Field, JsonValue, ValidationError

from granulator.errors import ConfigurationError
from granulator.granulation.bounds import Fault
from granulator.granulation.template_rules import (
    NAME,
    SCAFFOLDS,
    Bound,
    GranularityLevels,
    Part,
    Role,
    StructureRules,
    Text,
    WordCount,
    faults,
    first_fault,
)
from granulator.model import StructureType, Template

DATA_FILE = "template.json"

FileName = Annotated[str, Field(pattern=r"^[a-z0-9_]+\.(?:md|json)$")]
P = TypeVar("P", bound=Part)


class _TemplateFile(Part):
    name: Annotated[str, Field(pattern=NAME)]
    structure_type: Literal["course", "quiz", "novel", "workflow", "knowledge_map", "learning_path"]
    description: Text
    complexity_level: Annotated[int, Field(ge=1, le=5)]
    target_audience: Text
    version: Annotated[int, Field(ge=1)]
    tone: Text
    style: Text
    data_schema: Annotated[dict[str, JsonValue], Field(alias="schema", min_length=1)]
    validation_rules: dict[str, Bound]
    structure_rules: StructureRules
    levels: GranularityLevels | None = None
    word_targets: dict[str, Annotated[list[WordCount], Field(min_length=5, max_length=5)]]
    prompt: FileName
    prompts: dict[Role, FileName] = {}
    scaffold: FileName | None = None
    fallback: Annotated[list[Annotated[str, Field(min_length=1, max_length=300)]], Field(max_length=5)] = []
    validation_threshold: Annotated[float, Field(ge=0, le=100)] | None = None

    @property
    def prompt_files(self) -> dict[str, str]:
        return {"prompt": self.prompt} | {str(role): name for role, name in self.prompts.items()}


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
    if data.scaffold is not None and structure_type not in SCAFFOLDS:
        raise ConfigurationError(f"{path}: scaffold: a {structure_type} has no scaffold")
    structure_rules = data.structure_rules.model_dump(by_alias=True)
    if data.levels is not None:
        structure_rules["granularityLevels"] = data.levels
    template = Template(
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
        prompts={role: _text(folder / name) for role, name in data.prompt_files.items()},
        scaffold=None if data.scaffold is None else _scaffold(structure_type, folder / data.scaffold),
        fallback=tuple(data.fallback),
        threshold=data.validation_threshold,
    )
    for fault in faults(template):
        raise ConfigurationError(_located(folder, data, fault))
    return template


def _located(folder: Path, data: _TemplateFile, fault: Fault) -> str:
    """Name the file in which the fault is, and the line or the key in it."""
    part, _, rest = fault.path.partition(".")
    if part == "scaffold":
        return f"{folder / str(data.scaffold)}: {fault.reason}"
    if part != "prompts" or not rest:
        return f"{folder / DATA_FILE}: {fault}"
    line = "" if fault.line is None else f":{fault.line}"
    return f"{folder / data.prompt_files[rest]}{line}: {fault.reason}"


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


def _validated(path: Path, model: type[P], data: JsonValue) -> P:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        where, reason = first_fault(error)
        raise ConfigurationError(f"{path}: {where or 'the document'}: {reason}") from error


def _scaffold(structure_type: StructureType, path: Path) -> dict[str, JsonValue]:
    return _validated(path, SCAFFOLDS[structure_type], _json(path)).model_dump(by_alias=True)
