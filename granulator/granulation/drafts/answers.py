"""A model's answer as values: the schema it is asked to keep, and what is wrong with what came; no structure type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Annotated, TypeVar, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from granulator.granulation.drafts.base import FAULTS_MAX, Fault
from granulator.granulation.structures.elements import LIST_MAX, Element, FindingBudget
from granulator.granulation.structures.question import TYPES
from granulator.model import Json, JsonObject

A = TypeVar("A", bound="Asked")

CITES_MAX = 20
_KEPT = ("type", "description", "enum", "minimum", "maximum", "minItems", "maxItems")
_FIRST = ("id", "type")
_LAST = ("explanation", "correctAnswer", "difficulty", "cites")
"""Models write in the order of the schema, so the reason comes before the key."""
_UNION_STEPS = frozenset({*TYPES, "words", "branch"})

_REASONS = {
    "missing": "is missing",
    "string_too_short": "must not be blank",
    "string_type": "must be a string",
    "list_type": "must be a list",
    "model_type": "must be a JSON object",
    "model_attributes_type": "must be a JSON object",
    "literal_error": "must be one of {expected}",
    "union_tag_invalid": "needs a type, one of {expected_tags}",
    "union_tag_not_found": "needs a type",
    "too_short": "has {actual_length} entries, at least {min_length} are needed",
    "too_long": "has too many entries, at most {max_length} are possible",
}
"""Kind of error in pydantic's words -> ours."""


class Asked(BaseModel):
    """Base of everything a model is asked for; what it adds of its own is dropped."""

    model_config = ConfigDict(extra="ignore", alias_generator=to_camel)

    def plain(self) -> JsonObject:
        """Return the answer as JSON by its names on the wire; labels that were not given are left out."""
        return _without_empty_labels(self.model_dump(by_alias=True))


def _without_empty_labels(value: JsonObject) -> JsonObject:
    return {key: entry for key, entry in value.items() if key not in ("cites", "sections") or entry}


def _labels(value: object) -> object:
    # A label is only a pointer: one that is no string, or comes in the brackets it was shown in, costs no re-ask.
    if not isinstance(value, list | tuple):
        return [] if value is None else _labels([value])
    stripped = (entry.strip().strip("[]").strip() for entry in value if isinstance(entry, str))
    return list(dict.fromkeys(label for label in stripped if label))[:CITES_MAX]


Cites = Annotated[
    list[str],
    BeforeValidator(_labels),
    Field(description='Labels of passages, such as "p12".'),
]
Sections = Annotated[
    list[str],
    BeforeValidator(_labels),
    Field(description='Labels of the sections of the source this is to be written from, such as "s3".'),
]
PlannedId = Annotated[str, Field(description="The id as planned.")]


@cache
def published(model: type[Asked], *without: str) -> JsonObject:
    """Return the JSON Schema of an answer, without the properties named: self-contained, every property required.

    It takes milliseconds to make, so it is made once and shared between callers: not to be changed.
    """
    schema = cast(JsonObject, model.model_json_schema(by_alias=True))
    definitions = schema.get("$defs", {})
    assert isinstance(definitions, dict)
    return _plain(schema, definitions, frozenset(without))


def _plain(node: Mapping[str, Json], definitions: Mapping[str, Json], without: frozenset[str]) -> JsonObject:
    reference, branches, properties, items = (node.get(key) for key in ("$ref", "oneOf", "properties", "items"))
    kept: JsonObject = {key: node[key] for key in _KEPT if key in node}
    if isinstance(reference, str):
        return _plain(_object(definitions[reference.rpartition("/")[2]]), definitions, without) | kept
    if kept.get("maxItems") == LIST_MAX:
        del kept["maxItems"]
    if "const" in node:
        kept["enum"] = [node["const"]]
    if isinstance(branches, list):
        kept["anyOf"] = [_plain(_object(branch), definitions, without) for branch in branches]
    if isinstance(items, dict):
        kept["items"] = _plain(items, definitions, without)
    if isinstance(properties, dict):
        inside = {name: _plain(_object(of), definitions, without) for name, of in properties.items()}
        asked = {name: inside[name] for name in sorted(inside, key=_place) if name not in without}
        kept |= {"properties": asked, "required": list(asked), "additionalProperties": False}
    return kept


def _place(name: str) -> int:
    if name in _LAST:
        return 1 + _LAST.index(name)
    return _FIRST.index(name) - len(_FIRST) if name in _FIRST else 0


def _object(value: Json) -> JsonObject:
    assert isinstance(value, dict)
    return value


def read(model: type[A], answer: JsonObject) -> tuple[A | None, tuple[Fault, ...]]:
    """Return the answer as values, or what keeps it from being one."""
    try:
        return model.model_validate(answer), ()
    except ValidationError as error:
        return None, _told(error, "")


def checked(model: type[Element] | TypeAdapter[object], element: JsonObject, path: str) -> tuple[Fault, ...]:
    """Return what the full model of an element says against it; ``path`` is where it stands in the answer."""
    validate = model.validate_python if isinstance(model, TypeAdapter) else model.model_validate
    try:
        validate(_uncited(element), context=FindingBudget(FAULTS_MAX))
    except ValidationError as error:
        return _told(error, path)
    return ()


def _uncited(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _uncited(entry) for key, entry in value.items() if key != "cites"}
    return [_uncited(entry) for entry in value] if isinstance(value, list) else value


def limited(faults: Sequence[Fault]) -> tuple[Fault, ...]:
    """Return each fault once, and no more of them than a model is told."""
    return tuple(dict.fromkeys(faults))[:FAULTS_MAX]


def _told(error: ValidationError, path: str) -> tuple[Fault, ...]:
    details = error.errors(include_url=False, include_input=False)[:FAULTS_MAX]
    return limited([Fault(_path(path, detail["loc"]), _reason(detail)) for detail in details])


def _path(prefix: str, location: Sequence[str | int]) -> str:
    path = prefix
    previous: str | int = 0
    for step in location:
        # Pydantic names the branch of a union behind the index; it is no key of the answer.
        if isinstance(step, int):
            path += f"[{step}]"
        elif not (step in _UNION_STEPS and isinstance(previous, int)):
            path += f".{step}" if path else step
        previous = step
    return path or "$"


def _reason(detail: ErrorDetails) -> str:
    known = _REASONS.get(detail["type"])
    if known is not None:
        return known.format_map(detail.get("ctx", {}))
    return detail["msg"][:1].lower() + detail["msg"][1:300].encode("utf-8", "backslashreplace").decode()
