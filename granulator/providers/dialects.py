"""What each dialect of JSON Schema keeps of a schema's limits and how large a schema may be; not how one is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from granulator.model import Json, JsonObject
from granulator.providers.base import Dialect

WORDS: Mapping[str, str] = {
    "minLength": "length at least {}",
    "maxLength": "length at most {}",
    "pattern": "matching the regular expression {}",
    "format": "written as {}",
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
    "multipleOf": "a multiple of {}",
    "minItems": "number of items at least {}",
    "maxItems": "number of items at most {}",
    "uniqueItems": "no item twice",
    "minProperties": "number of entries at least {}",
    "maxProperties": "number of entries at most {}",
}
_KEPT: Mapping[Dialect, frozenset[str]] = {
    "openai": frozenset({"minItems", "maxItems", "minimum", "maximum", "multipleOf", "pattern", "format"}),
    "anthropic": frozenset({"minItems", "format"}),
}
_FORMATS = frozenset({"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"})
_LOOKAROUND = ("(?=", "(?!", "(?<=", "(?<!")
_FORMATS_OF: Mapping[Dialect, frozenset[str]] = {"openai": _FORMATS, "anthropic": _FORMATS | {"uri"}}

# OpenAI counts a whole schema; Anthropic counts what makes its grammar branch.
PROPERTIES_MAX = 5000
LEVELS_MAX = 10
ENUM_VALUES_MAX = 1000
NAME_CHARACTERS_MAX = 120_000
LONG_ENUM_VALUES = 250
LONG_ENUM_CHARACTERS_MAX = 15_000
OPTIONAL_MAX = 24
UNIONS_MAX = 16


def keeps(dialect: Dialect, keyword: str, value: Json) -> bool:
    """Return whether the dialect enforces this limit; a limit it does not becomes words."""
    if dialect == "none":
        return True
    if keyword == "format":
        return value in _FORMATS_OF[dialect]
    if keyword == "minItems" and dialect == "anthropic":
        return value in (0, 1) and not isinstance(value, bool)
    if keyword == "pattern" and any(look in str(value) for look in _LOOKAROUND):
        return False
    return keyword in _KEPT[dialect]


def excess(schema: JsonObject, dialect: Dialect) -> str | None:
    """Return the limit of the dialect that a lowered schema exceeds, with both figures; None where it fits."""
    counts = _openai_counts(schema) if dialect == "openai" else _anthropic_counts(schema)
    for what, count, limit in counts:
        if count > limit:
            return f"{count} {what}, at most {limit} are accepted"
    return None


def _openai_counts(schema: JsonObject) -> Iterator[tuple[str, int, int]]:
    found = list(_schemas(schema, 0))
    names = [name for part, _ in found for name in _object(part, "properties")]
    enums = [values for part, _ in found if isinstance(values := part.get("enum"), list)]
    texts = names + list(_object(schema, "$defs")) + [str(value) for values in enums for value in values]
    yield "properties", len(names), PROPERTIES_MAX
    yield "levels of nesting", max(level for _, level in found), LEVELS_MAX
    yield "enum values", sum(map(len, enums)), ENUM_VALUES_MAX
    yield "characters of names and enum values", sum(map(len, texts)), NAME_CHARACTERS_MAX
    for values in enums:
        if len(values) > LONG_ENUM_VALUES:
            yield "characters in one enum", sum(len(str(value)) for value in values), LONG_ENUM_CHARACTERS_MAX


def _anthropic_counts(schema: JsonObject) -> Iterator[tuple[str, int, int]]:
    found = [part for part, _ in _schemas(schema, 0)]
    optional = [name for part in found for name in _object(part, "properties") if name not in _required(part)]
    yield "optional properties", len(optional), OPTIONAL_MAX
    yield "choices", sum("anyOf" in part for part in found), UNIONS_MAX


def _schemas(schema: Json, level: int) -> Iterator[tuple[JsonObject, int]]:
    """Yield a schema and those inside it, each with how many objects hold it; a definition begins at the top."""
    if not isinstance(schema, dict):
        return
    is_object = schema.get("type") == "object"
    level += is_object
    yield schema, level
    for definition in _object(schema, "$defs").values():
        yield from _schemas(definition, 0)
    for inner in _object(schema, "properties").values():
        yield from _schemas(inner, level)
    branches = schema.get("anyOf")
    for inner in (*(branches if isinstance(branches, list) else ()), schema.get("items")):
        yield from _schemas(inner, level)


def _object(schema: JsonObject, key: str) -> JsonObject:
    found = schema.get(key)
    return found if isinstance(found, dict) else {}


def _required(schema: JsonObject) -> list[Json]:
    found = schema.get("required")
    return found if isinstance(found, list) else []
