"""``/api/schemas``: the JSON Schema of each structure type, made from the model that structures are checked by."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from typing import Final, cast

from starlette.requests import Request
from starlette.responses import Response

from granulator import errors
from granulator.api import jobs, wire
from granulator.api.openapi import PublishedSchema, standard
from granulator.granulation import structures
from granulator.model import Json, JsonObject, StructureType

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
VERSION: Final = "1"
"""The ``schemaVersion`` of the structures it describes."""

_INDEX: Final[JsonObject] = {"type": "integer", "minimum": 0, "maximum": 7}
_INDEXES: Final[JsonObject] = {"type": "array", "items": _INDEX, "minItems": 1, "maxItems": 8, "uniqueItems": True}
_KEYS: Final[Mapping[str, JsonObject]] = {
    "MultipleChoice": {"correctAnswer": _INDEX},
    "TrueFalse": {"options": {"const": ["True", "False"]}, "correctAnswer": {**_INDEX, "maximum": 1}},
    "MultipleResponse": {"correctAnswer": _INDEXES},
    "Ordering": {"correctAnswer": {**_INDEXES, "minItems": 3}},
}
"""What the models of questions check in code, as far as a schema can say it."""

_SOURCE_HAS_SPAN: Final[JsonObject] = {
    "if": {"properties": {"kind": {"const": "source"}}, "required": ["kind"]},
    "then": {"properties": {"span": {"type": "object"}}, "required": ["span"]},
}


async def get_schema(request: Request) -> Response:
    """Send the JSON Schema of a structure type; what it refuses is refused by `POST /api/validate` as well."""
    wire.query(request)
    named = request.path_params["structureType"]
    if named not in list(StructureType):
        raise errors.InvalidStructureType(
            "Unsupported structure type", field="structureType", path="structureType", value=named
        )
    body, tag = _body(StructureType(named))
    if jobs.matches(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers={"ETag": tag})
    return Response(body, media_type="application/json", headers={"ETag": tag})


def schema(structure_type: StructureType) -> JsonObject:
    """Return the published JSON Schema (2020-12) of the structure type."""
    model = structures.model_of(structure_type)
    found = model.model_json_schema(by_alias=True, schema_generator=PublishedSchema)
    described = cast(JsonObject, _strengthened(standard(cast(JsonObject, found))))
    return {
        "$schema": DIALECT,
        "$id": f"urn:granulator:structure:{structure_type.value}:{VERSION}",
        "title": f"Granulator {structure_type.value.replace('_', ' ')}",
        "version": VERSION,
        **{name: value for name, value in described.items() if name != "title"},
    }


@cache
def _body(structure_type: StructureType) -> tuple[bytes, str]:
    body = json.dumps(schema(structure_type), ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    return body, f'"{hashlib.sha256(body).hexdigest()}"'


def _strengthened(value: Json, name: str = "") -> Json:
    """Return a schema that also refuses blank texts and impossible keys; ``name`` is that of the model in ``$defs``."""
    if isinstance(value, list):
        return [_strengthened(item) for item in value]
    if not isinstance(value, dict):
        return value
    told: JsonObject = {key: _strengthened(item, key) for key, item in value.items() if key != "discriminator"}
    if told.get("type") == "string" and "minLength" in told and "pattern" not in told:
        told["pattern"] = r"\S"
    if name in _KEYS:
        told["properties"] = {**cast(JsonObject, told["properties"]), **_KEYS[name]}
    return {**told, **_SOURCE_HAS_SPAN} if name == "Provenance" else told
