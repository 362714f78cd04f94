"""``/api/templates``: which templates there are and what each asks for."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from granulator import errors
from granulator.api import wire
from granulator.clock import moment
from granulator.model import JsonObject, Template
from granulator.services import Services
from granulator.store import templates


async def list_templates(request: Request) -> Response:
    """List the templates, by name."""
    services: Services = request.app.state.services
    params = wire.query(request, "structure_type", "structureType", "limit", "offset", "page")
    asked = wire.page(params)
    wanted = wire.structure_type_query(params, "structure_type", "structureType")
    found = await templates.page(services.db, structure_type=wanted, limit=asked.limit, offset=asked.offset)
    return wire.reply(wire.paged("templates", [_row(template) for template in found.rows], found.total, asked))


async def get_template(request: Request) -> Response:
    """Show one template, found by its exact name."""
    services: Services = request.app.state.services
    wire.query(request)
    name = request.path_params["name"]
    template = await templates.get(services.db, name)
    if template is None:
        raise errors.TemplateNotFound(templateName=name[:100])
    return wire.reply({"template": _detail(template)})


def _row(template: Template) -> JsonObject:
    return {
        "name": template.name,
        "structureType": template.structure_type.value,
        "complexityLevel": template.complexity_level,
        "targetAudience": template.target_audience,
        "usageCount": template.usage_count,
        "description": template.description,
    }


def _detail(template: Template) -> JsonObject:
    return {
        **_row(template),
        "schema": dict(template.schema),
        "validationRules": dict(template.validation_rules),
        "createdAt": moment(template.created_at),
        "aiPromptTemplate": template.prompts["prompt"],
        "version": template.version,
    }
