"""What an administrator does to templates: create, update and delete, each checked, versioned and on record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypedDict, cast

from pydantic.alias_generators import to_camel

from granulator import errors
from granulator.granulation.admission import DEFAULT_TEMPLATES
from granulator.granulation.bounds import PATHS, Fault
from granulator.granulation.template_rules import faults
from granulator.model import Json, JsonObject, Principal, StructureType, Template
from granulator.services import Services
from granulator.store import audit, templates
from granulator.store.database import GuardFailed

UNDER: Final = "template"
"""Where the fields of a template stand in a request."""

FIELDS: Final = {"schema": "templateSchema"}
PROMPT_FIELDS: Final = {"prompts.prompt": "aiPromptTemplate", "prompts.system": "systemPrompt"}
"""Names in ``template.json`` that a request has under another."""

FAULTS_SHOWN: Final = 20


class PlainChange(TypedDict, total=False):
    """Fields that are put in as they are."""

    description: str
    complexity_level: int
    target_audience: str
    tone: str
    style: str
    schema: Mapping[str, Json]
    validation_rules: Mapping[str, int]
    word_targets: Mapping[str, Sequence[int]]
    scaffold: Mapping[str, Json]
    fallback: tuple[str, ...]
    threshold: float


@dataclass(frozen=True, slots=True)
class TemplateChange:
    """What is to be in a template; what is None or absent stays, or is as the type's default template has it.

    ``prompt`` and ``system`` are two texts; ``prompts`` are all others by role. Where ``prompt`` is changed without
    them it becomes the ``guidance`` of those for outline and part; ``levels`` are the granularity levels it is for.
    """

    plain: PlainChange = field(default_factory=PlainChange)
    structure_rules: Mapping[str, Json] | None = None
    levels: Sequence[int] | None = None
    prompt: str | None = None
    system: str | None = None
    prompts: Mapping[str, str] | None = None


async def create(
    services: Services, actor: Principal, name: str, structure_type: StructureType, change: TemplateChange
) -> Template:
    """Store a new template and return it; what the change leaves open is that of the type's default template.

    Raises TemplateExists, InvalidParameter for what no template may be, and what ``check_fallback`` does.
    """
    services.providers.check_fallback(change.plain.get("fallback", ()), under=UNDER)
    default = await _get(services, DEFAULT_TEMPLATES[structure_type])
    base = replace(default, name=name, version=1, description=f"Custom {_spoken(structure_type)} template")
    template = await services.in_thread(_checked, _changed(base, change))
    now = services.now_ms()
    try:
        await services.db.batch(
            [
                templates.create(template, now),
                audit.record(
                    client_id=None,
                    actor=actor.id,
                    action="template.create",
                    object_id=name,
                    detail={"version": 1, "structureType": structure_type.value},
                    now=now,
                ),
            ]
        )
    except GuardFailed as taken:
        raise errors.TemplateExists(templateName=name) from taken
    return template


async def update(
    services: Services, actor: Principal, name: str, structure_type: StructureType | None, change: TemplateChange
) -> Template:
    """Change a template and return it, as its next version; nothing is changed by what holds already.

    Of two who change it at once the second changes what the first made of it. Raises TemplateNotFound,
    InvalidParameter for what no template may be or when its type is another, and what ``check_fallback`` does.
    """
    services.providers.check_fallback(change.plain.get("fallback", ()), under=UNDER)
    while True:
        before = await _get(services, name)
        _check_type(before, structure_type)
        template = await services.in_thread(_checked, _changed(before, change))
        if template == before:
            return before
        template = replace(template, version=before.version + 1)
        now = services.now_ms()
        record = audit.record(
            client_id=None,
            actor=actor.id,
            action="template.update",
            object_id=name,
            detail={"version": template.version, "fields": _differences(before, template)},
            now=now,
        )
        try:
            await services.db.batch([templates.change(before, template, now), record])
        except GuardFailed:
            # Somebody else was faster: each such turn ends with a change of theirs.
            continue
        return template


async def delete(services: Services, actor: Principal, name: str) -> None:
    """Take a template off the list; its name is free, its use count and those jobs that have a copy of it stay.

    Raises TemplateNotFound, InvalidParameter for the default template of a type.
    """
    if name in DEFAULT_TEMPLATES.values():
        raise errors.InvalidParameter(
            f"Template '{name}' is the default of its type and cannot be deleted; update it instead",
            field="templateName",
            path=f"{UNDER}.templateName",
            value=name,
            reason="default_template",
        )
    now = services.now_ms()
    record = audit.record(client_id=None, actor=actor.id, action="template.delete", object_id=name, detail={}, now=now)
    try:
        await services.db.batch([templates.delete(name, now), record])
    except GuardFailed as gone:
        raise errors.TemplateNotFound(templateName=name) from gone


async def _get(services: Services, name: str) -> Template:
    template = await templates.get(services.db, name)
    if template is None:
        raise errors.TemplateNotFound(templateName=name)
    return template


def _check_type(template: Template, structure_type: StructureType | None) -> None:
    if structure_type not in (None, template.structure_type):
        raise errors.InvalidParameter(
            f"Template '{template.name}' is for {template.structure_type.value}: its type cannot be changed",
            field="structureType",
            path=f"{UNDER}.structureType",
            value=structure_type,
        )


def _changed(base: Template, change: TemplateChange) -> Template:
    """Return the template with what is to be in it; a field that is given replaces the whole field."""
    return replace(
        base, **change.plain, structure_rules=_structure_rules(base, change), prompts=_prompts(base.prompts, change)
    )


def _prompts(base: Mapping[str, str], change: TemplateChange) -> Mapping[str, str]:
    own = {"prompt": change.prompt or base["prompt"]}
    if (system := change.system or base.get("system")) is not None:
        own["system"] = system
    if change.prompts is not None:
        return own | dict(change.prompts)
    others = {role: text for role, text in base.items() if role not in ("prompt", "system")}
    if own["prompt"] != base["prompt"] and "outline" in others:
        # Else what the author asks for would be lost wherever a structure is planned and written in parts.
        others["guidance"] = own["prompt"]
    return own | others


def _structure_rules(base: Template, change: TemplateChange) -> Mapping[str, Json]:
    """Return the rules per level; where only ``validationRules`` are given, their bounds hold for these as well."""
    rules = dict(base.structure_rules)
    if change.structure_rules is not None:
        rules |= change.structure_rules
    elif "validation_rules" in change.plain:
        entries = cast("Sequence[Mapping[str, Json]]", rules["levels"])
        rules["levels"] = [_bounded(base.structure_type, entry, change.plain["validation_rules"]) for entry in entries]
    if change.levels is not None:
        rules["granularityLevels"] = sorted(set(change.levels))
    return rules


def _bounded(structure_type: StructureType, entry: Mapping[str, Json], bounds: Mapping[str, int]) -> JsonObject:
    name = PATHS[structure_type].get(str(entry["path"]), "")
    limits = {key: bounds[f"{key}{name}"] for key in ("min", "max") if name and f"{key}{name}" in bounds}
    return {**entry, **limits}


def _checked(template: Template) -> Template:
    """Return a sound template. Raises InvalidParameter for the first fault, with all of them in ``errors``."""
    found = list(faults(template))
    if not found:
        return template
    rows: list[JsonObject] = [
        {"path": _path(fault), "code": errors.InvalidParameter.code, "message": _message(fault)}
        for fault in found[:FAULTS_SHOWN]
    ]
    path = _path(found[0])
    refusal = errors.InvalidParameter(_message(found[0]), field=_field(path), path=path)
    if len(found) > 1:
        refusal.details |= {"errors": rows, "errorCount": len(found)}
    raise refusal


def _path(fault: Fault) -> str:
    if fault.path in PROMPT_FIELDS:
        return f"{UNDER}.{PROMPT_FIELDS[fault.path]}"
    first, dot, rest = fault.path.partition(".")
    return f"{UNDER}.{FIELDS.get(first, first)}{dot}{rest}"


def _message(fault: Fault) -> str:
    line = "" if fault.line is None else f"line {fault.line}: "
    return f"Invalid value for {_path(fault)}: {line}{fault.reason}"


def _field(path: str) -> str:
    return path.rpartition(".")[2].partition("[")[0]


def _differences(before: Template, after: Template) -> list[Json]:
    """Return what differs, under the names of ``template.json``."""
    names = ("description", "complexity_level", "target_audience", "tone", "style", "schema", "validation_rules")
    more = ("structure_rules", "word_targets", "prompts", "scaffold", "fallback", "threshold")
    return [to_camel(name) for name in (*names, *more) if getattr(before, name) != getattr(after, name)]


def _spoken(structure_type: StructureType) -> str:
    return structure_type.value.replace("_", " ")
