"""``/api/admin``: what workers may ask for and do across tenants; every other caller is refused."""

from __future__ import annotations

import json
from typing import Annotated, Final, Literal, cast

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints
from starlette.requests import Request
from starlette.responses import Response

from granulator import errors
from granulator.api import wire
from granulator.api.auth import CLIENT_ID, principal
from granulator.api.wire import Number, Text, WholeNumber
from granulator.casing import RequestModel
from granulator.clock import DAY_MS
from granulator.granulation import analytics as figures
from granulator.granulation import template_changes
from granulator.granulation.template_changes import PlainChange, TemplateChange
from granulator.granulation.template_rules import NAME, PROMPT_MAX
from granulator.model import JsonObject, Principal, StructureType
from granulator.services import Services
from granulator.store import analytics

SCHEMA_MAX: Final = 64 * 1024
"""Characters of JSON; a sketch is shown, not used."""


def _small(sketch: dict[str, object]) -> dict[str, object]:
    if (size := len(json.dumps(sketch, ensure_ascii=False))) > SCHEMA_MAX:
        raise ValueError(f"it has {size} characters, at most {SCHEMA_MAX} are accepted")
    return sketch


Name = Annotated[str, StringConstraints(strict=True, pattern=NAME)]
Short = Annotated[Text, StringConstraints(min_length=1, max_length=100)]
PromptText = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=PROMPT_MAX)]
Bound = Annotated[WholeNumber, Field(ge=0, le=10_000)]
WordTargets = Annotated[list[Annotated[WholeNumber, Field(ge=1, le=100_000)]], Field(min_length=5, max_length=5)]
Sketch = Annotated[dict[str, object], Field(min_length=1), AfterValidator(_small)]
Level = Annotated[WholeNumber, Field(ge=1, le=5)]
FieldNames = Annotated[list[Short], Field(max_length=50)]


class LevelRule(RequestModel):
    """How many elements one list of the structure may hold, and which fields each must have."""

    level: Level
    path: Short
    element_type: Short
    min: Bound
    max: Bound
    required: FieldNames


class OverviewRule(RequestModel):
    """Which fields the overview must have."""

    required: FieldNames


class StructureRules(RequestModel):
    """Bounds on each level of the structure."""

    levels: Annotated[list[LevelRule], Field(max_length=20)]
    overview: OverviewRule


class TemplatePrompts(RequestModel):
    """Prompts beside `aiPromptTemplate`: `outline` with `part`, or `draft` with `structure`; they replace all of these.

    `guidance` is added to `outline` and `part`. Where `prompts` is left out, the new `aiPromptTemplate` is the guidance
    of those that are there.
    """

    outline: PromptText | None = None
    part: PromptText | None = None
    draft: PromptText | None = None
    structure: PromptText | None = None
    repair: PromptText | None = None
    guidance: PromptText | None = None


class TemplateFields(RequestModel):
    """What a template may say; what is left out is as in the default template of its type, or as it was."""

    template_name: Name
    structure_type: StructureType | None = None
    template_schema: Sketch | None = None
    complexity_level: Level | None = None
    target_audience: Annotated[Text, StringConstraints(min_length=1, max_length=500)] | None = None
    ai_prompt_template: PromptText | None = None
    validation_rules: Annotated[dict[str, Bound], Field(max_length=50)] | None = None
    description: Annotated[Text, StringConstraints(min_length=1, max_length=1000)] | None = None
    system_prompt: PromptText | None = None
    prompts: TemplatePrompts | None = None
    structure_rules: StructureRules | None = None
    levels: Annotated[list[Level], Field(min_length=1, max_length=5)] | None = None
    word_targets: Annotated[dict[str, WordTargets], Field(max_length=50)] | None = None
    scaffold: dict[str, object] | None = None
    validation_threshold: Annotated[Number, Field(ge=0, le=100)] | None = None
    fallback: (
        Annotated[list[Annotated[Text, StringConstraints(min_length=1, max_length=300)]], Field(max_length=5)] | None
    ) = None
    tone: Short | None = None
    style: Short | None = None


class NewTemplate(TemplateFields):
    """A template to be created."""

    structure_type: StructureType


class ChangedTemplate(TemplateFields):
    """What is to be different in a template; a field that is sent replaces the whole field."""


class NamedTemplate(RequestModel):
    """A template; its other fields may be sent and say nothing."""

    model_config = ConfigDict(extra="ignore")

    template_name: Name


class CreateTemplate(RequestModel):
    """Body of action ``create``."""

    action: Literal["create"]
    template: NewTemplate


class UpdateTemplate(RequestModel):
    """Body of action ``update``."""

    action: Literal["update"]
    template: ChangedTemplate


class DeleteTemplate(RequestModel):
    """Body of action ``delete``."""

    action: Literal["delete"]
    template: NamedTemplate


def worker(request: Request) -> Principal:
    """Return who sent ``request``. Raises Forbidden for anyone but a worker."""
    caller = principal(request)
    if caller.kind != "worker":
        raise errors.Forbidden("Only a worker may use /api/admin")
    return caller


async def change_templates(request: Request) -> Response:
    """Create, update or delete a template; jobs keep the version they were admitted with."""
    services: Services = request.app.state.services
    caller = worker(request)
    body = await wire.read_object(request)
    match body.get("action"):
        case None:
            raise errors.MissingRequiredField("Missing required field: action", field="action", path="action")
        case "create":
            return await _create(services, caller, wire.parse(CreateTemplate, body).template)
        case "update":
            return await _update(services, caller, wire.parse(UpdateTemplate, body).template)
        case "delete":
            name = wire.parse(DeleteTemplate, body).template.template_name
            await template_changes.delete(services, caller, name)
            return wire.reply({"message": "Template deleted successfully", "templateName": name})
        case unknown:
            raise errors.InvalidAction(
                "Unsupported action",
                field="action",
                path="action",
                value=unknown,
                supported=["create", "update", "delete"],
            )


async def _create(services: Services, caller: Principal, asked: NewTemplate) -> Response:
    made = await template_changes.create(services, caller, asked.template_name, asked.structure_type, _change(asked))
    return wire.reply({"message": "Template created successfully", "templateName": made.name}, 201)


async def _update(services: Services, caller: Principal, asked: ChangedTemplate) -> Response:
    name, kind = asked.template_name, asked.structure_type
    before = await template_changes.update(services, caller, name, kind, _change(asked))
    return wire.reply({"message": "Template updated successfully", "templateName": before.name})


async def get_admin_stats(request: Request) -> Response:
    """Sum up the jobs of the last days, of all clients or of one."""
    services: Services = request.app.state.services
    since, client_id = _period(request)
    jobs = await analytics.jobs(services.db, since=since, client_id=client_id)
    types = await analytics.types(services.db, since=since, client_id=client_id)
    checks = await analytics.validations(services.db, since=since, client_id=client_id)
    return wire.reply(figures.stats(jobs, types, checks))


async def get_analytics(request: Request) -> Response:
    """Compare templates, days and structure types of the last days, and say what follows from it."""
    services: Services = request.app.state.services
    since, client_id = _period(request)
    templates = await analytics.templates(services.db, since=since, client_id=client_id)
    checks = await analytics.validations(services.db, since=since, client_id=client_id)
    days = await analytics.days(services.db, since=since, client_id=client_id)
    types = await analytics.types(services.db, since=since, client_id=client_id)
    return wire.reply(figures.analytics(templates, checks, days, types))


def _period(request: Request) -> tuple[int, str | None]:
    """Return from when on jobs are looked at, and of which tenant; None is all."""
    services: Services = request.app.state.services
    worker(request)
    params = wire.query(request, "days", "clientId")
    days = wire.whole_query(params, "days", default=30, least=1, most=365)
    client_id = params.get("clientId")
    if client_id is not None and not CLIENT_ID.fullmatch(client_id):
        raise errors.InvalidParameter(
            "clientId must be 1 to 128 of A-Z a-z 0-9 . _ : -", field="clientId", path="clientId", value=client_id
        )
    return services.now_ms() - days * DAY_MS, client_id


def _change(asked: TemplateFields) -> TemplateChange:
    sent = {
        "description": asked.description,
        "complexity_level": asked.complexity_level,
        "target_audience": asked.target_audience,
        "tone": asked.tone,
        "style": asked.style,
        "schema": asked.template_schema,
        "validation_rules": asked.validation_rules,
        "word_targets": asked.word_targets,
        "scaffold": asked.scaffold,
        "fallback": None if asked.fallback is None else tuple(asked.fallback),
        "threshold": asked.validation_threshold,
    }
    rules = asked.structure_rules
    return TemplateChange(
        plain=cast(PlainChange, {name: value for name, value in sent.items() if value is not None}),
        structure_rules=None if rules is None else cast(JsonObject, rules.model_dump(by_alias=True)),
        levels=asked.levels,
        prompt=asked.ai_prompt_template,
        system=asked.system_prompt,
        prompts=None if asked.prompts is None else asked.prompts.model_dump(exclude_none=True),
    )
