"""The OpenAPI 3.1 document, made from the endpoint table and its models; says nothing that they do not say. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final, cast

from pydantic import BaseModel
from pydantic.alias_generators import to_camel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from granulator import __version__
from granulator.api import auth, envelope
from granulator.api.answers.faults import Error, Failure
from granulator.api.endpoint import Endpoint, Parameter
from granulator.casing import RequestModel
from granulator.model import Json, JsonObject

DESCRIPTION: Final = """\
A topic or your own source material in, validated structured content out, stored as a job.

JSON in and out, in UTF-8. Times are RFC 3339 in UTC, durations are milliseconds. `null` for an optional field is the
same as leaving it out; unknown fields and query parameters are refused. HEAD works wherever GET does; another method
is answered with 405 `METHOD_NOT_ALLOWED`, an unknown path with 404 `NOT_FOUND`. Every error has a `code`, and one
code has one status. Every answer has `X-Request-ID`: the one that was sent, or a new one."""

SECURITY_SCHEMES: Final[JsonObject] = {
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "An API key of a client."},
    "session": {
        "type": "apiKey",
        "in": "header",
        "name": auth.SESSION_HEADER,
        "description": "A session token of `POST /api/session`.",
    },
    "workerToken": {
        "type": "http",
        "scheme": "bearer",
        "description": "A worker token; needs `X-Worker-ID` beside it.",
    },
    "workerId": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Worker-ID",
        "description": f"The worker's own name, `{auth.WORKER_ID.pattern}`.",
    },
}
SECURITY: Final[Mapping[str, JsonObject]] = {
    "key": {"apiKey": []},
    "session": {"session": []},
    "worker": {"workerToken": [], "workerId": []},
}

REQUEST_ID: Final = Parameter(
    "X-Request-ID",
    {"type": "string", "pattern": f"^{envelope.REQUEST_ID.pattern}$"},
    "Names the request in its answer, in the log and as `executionId` of its job; made if absent or of another form.",
    "header",
)
CLIENT_ID: Final = Parameter(
    "X-Client-ID",
    {"type": "string", "pattern": f"^{auth.CLIENT_ID.pattern}$"},
    "The tenant a worker acts for; without it the worker's own. Other credentials may not send it.",
    "header",
)
HEADERS: Final[JsonObject] = {
    "X-Request-ID": {"description": "The id of the request.", "required": True, "schema": REQUEST_ID.schema},
    "WWW-Authenticate": {"description": "Always `Bearer`.", "required": True, "schema": {"const": "Bearer"}},
    "ETag": {"description": "The SHA-256 of the stored structure.", "required": True, "schema": {"type": "string"}},
    "Retry-After": {
        "description": "Seconds to wait: while the job runs, or until the provider can be asked again.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "Location": {"description": "Where the work is read.", "required": True, "schema": {"type": "string"}},
    "Preference-Applied": {
        "description": "The preference of the caller that was followed.",
        "schema": {"const": "respond-async"},
    },
    "Idempotent-Replayed": {
        "description": "There when this is the answer to an earlier request under the same key.",
        "schema": {"const": "true"},
    },
}

_KEYWORDS: Final = {"ge": "minimum", "le": "maximum", "gt": "exclusiveMinimum", "lt": "exclusiveMaximum"}


def document(endpoints: Sequence[Endpoint]) -> JsonObject:
    """Return the OpenAPI document of ``endpoints``."""
    groups = dict.fromkeys(endpoint.group for endpoint in endpoints)
    paths = dict.fromkeys(endpoint.path for endpoint in endpoints)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Granulator", "version": __version__, "description": DESCRIPTION},
        "servers": [{"url": "/"}],
        "tags": [{"name": group} for group in groups],
        "paths": {path: _path([item for item in endpoints if item.path == path]) for path in paths},
        "components": {
            "schemas": _schemas(endpoints),
            "securitySchemes": SECURITY_SCHEMES,
            "headers": HEADERS,
            "parameters": {item.name: _parameter(item) for item in (REQUEST_ID, CLIENT_ID)},
        },
    }


def _path(endpoints: Sequence[Endpoint]) -> JsonObject:
    named = (REQUEST_ID, CLIENT_ID) if endpoints[0].accepted_credentials else (REQUEST_ID,)
    shared: list[Json] = [{"$ref": f"#/components/parameters/{item.name}"} for item in named]
    return {"parameters": shared, **{endpoint.method.lower(): _operation(endpoint) for endpoint in endpoints}}


def _operation(endpoint: Endpoint) -> JsonObject:
    described: JsonObject = {
        "operationId": to_camel(endpoint.handler.__name__),
        "summary": endpoint.summary,
        "tags": [endpoint.group],
        "security": [SECURITY[credential] for credential in endpoint.accepted_credentials],
        "parameters": [_parameter(parameter) for parameter in endpoint.all_parameters],
        "responses": {str(status): _response(endpoint, status) for status in statuses(endpoint)},
    }
    if endpoint.body:
        content: JsonObject = {"schema": _one_of(endpoint.body)}
        if endpoint.example is not None:
            content["example"] = endpoint.example
        described["requestBody"] = {
            "required": endpoint.is_body_required,
            "content": {"application/json": content},
        }
    return described


def _parameter(parameter: Parameter) -> JsonObject:
    described: JsonObject = {
        "name": parameter.name,
        "in": parameter.where,
        "description": parameter.description,
        "required": parameter.is_required,
        "schema": parameter.schema,
    }
    return described if parameter.example is None else {**described, "example": parameter.example}


def statuses(endpoint: Endpoint) -> list[int]:
    """Return every status the endpoint answers with, in order."""
    return sorted({*endpoint.answers, *(error.status for error in (*endpoint.all_errors, *endpoint.failures))})


def _response(endpoint: Endpoint, status: int) -> JsonObject:
    models = endpoint.answers.get(status, ())
    refused = [error.code for error in endpoint.all_errors if error.status == status]
    failed = [error.code for error in endpoint.failures if error.status == status]
    schemas: list[Json] = [_ref(model) for model in models]
    if refused:
        schemas.append(_coded(Error, refused, {"status": {"const": status}}))
    if failed:
        schemas.append(_coded(Failure, failed, {}))
    codes = sorted({*refused, *failed})
    names = ["X-Request-ID", *(["WWW-Authenticate"] if status == 401 else []), *endpoint.headers.get(status, ())]
    described: JsonObject = {
        "description": ", ".join(codes) if codes else _meaning(models, status),
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in names},
    }
    if schemas:
        schema = schemas[0] if len(schemas) == 1 else {"anyOf": schemas}
        described["content"] = {endpoint.media_type if models else "application/json": {"schema": schema}}
    return described


def _meaning(models: Sequence[type[BaseModel]], status: int) -> str:
    said = [(model.__doc__ or "").splitlines()[0] for model in models]
    return " Or: ".join(said) or HTTPStatus(status).phrase


def _coded(model: type[BaseModel], codes: list[str], more: JsonObject) -> JsonObject:
    """One envelope, narrowed to the codes that can stand in it."""
    narrowed: JsonObject = {"properties": {**more, "code": {"enum": codes}}}
    return {"allOf": [_ref(model), narrowed]}


def _one_of(models: Sequence[type[BaseModel]]) -> JsonObject:
    return _ref(models[0]) if len(models) == 1 else {"oneOf": [_ref(model) for model in models]}


def _ref(model: type[BaseModel]) -> JsonObject:
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def _schemas(endpoints: Sequence[Endpoint]) -> JsonObject:
    answered = (model for endpoint in endpoints for models in endpoint.answers.values() for model in models)
    sent = (model for endpoint in endpoints for model in endpoint.body)
    models: dict[type[BaseModel], None] = dict.fromkeys((*answered, *sent, Error, Failure))
    _, found = models_json_schema(
        [(model, "validation") for model in models],
        ref_template="#/components/schemas/{model}",
        schema_generator=PublishedSchema,
    )
    return cast(JsonObject, standard(found["$defs"]))


class PublishedSchema(GenerateJsonSchema):
    """JSON Schema as a caller reads it: no titles made from names, and null where the service takes null."""

    def field_title_should_be_set(self, schema: object) -> bool:
        return False

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        found = super().model_schema(schema)
        if issubclass(schema["cls"], RequestModel):
            required = found.get("required", [])
            for name, value in found.get("properties", {}).items():
                if name not in required and {"type": "null"} not in value.get("anyOf", []):
                    found["properties"][name] = _or_null(value)
        return found


def _or_null(value: JsonSchemaValue) -> JsonSchemaValue:
    said: JsonSchemaValue = {"anyOf": [value, {"type": "null"}]}
    said |= {name: value.pop(name) for name in ("description", "default") if name in value}
    return said


def standard(value: Json) -> Json:
    """Return a schema of pydantic's in the words of JSON Schema.

    Pydantic names the bounds of a value it converts first as Python does; that they are absent needs no default.
    """
    if isinstance(value, list):
        return [standard(item) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {name: item for name, item in value.items() if (name, item) != ("default", None)}
    if isinstance(said := kept.get("description"), str):
        kept["description"] = said.replace("``", "`")
    return {_KEYWORDS[name] if _is_bound(name, item) else name: standard(item) for name, item in kept.items()}


def _is_bound(name: str, item: Json) -> bool:
    return name in _KEYWORDS and isinstance(item, int | float)
