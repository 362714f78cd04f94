"""A JSON Schema read into a handful of forms, whatever spelling it came in; not how a dialect writes them down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from granulator.model import Json, JsonObject

LIMITS: Mapping[str, frozenset[str]] = {
    "string": frozenset({"minLength", "maxLength", "pattern", "format"}),
    "integer": frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}),
    "number": frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}),
    "array": frozenset({"minItems", "maxItems", "uniqueItems"}),
    "object": frozenset({"minProperties", "maxProperties"}),
}
"""The keywords that bound a value of a type; all other keywords are shape or ornament."""
ROOT = "#"

_TYPES = ("null", "boolean", "integer", "number", "string", "array", "object")
_PREFIXES = ("#/$defs/", "#/definitions/")
_ORNAMENT = frozenset(
    {"title", "description", "default", "examples", "deprecated", "discriminator", "$defs", "definitions", "$schema"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What is said of a value besides its shape: a description and the limits, by their keywords."""

    note: str = ""
    limits: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Anything(Form):
    """A value no form describes: any value at all, or a schema too clever for a provider; kept as it was written."""

    raw: JsonObject


@dataclass(frozen=True, slots=True)
class Scalar(Form):
    """A text, number, truth value or null; ``values`` lists the only ones allowed, empty means all."""

    type: str
    values: tuple[str | int | float | bool | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Many(Form):
    """A list of one form."""

    item: Form


@dataclass(frozen=True, slots=True)
class Member:
    """One property of a record."""

    form: Form
    is_required: bool


@dataclass(frozen=True, slots=True)
class Record(Form):
    """An object with named properties and no others."""

    members: Mapping[str, Member]


@dataclass(frozen=True, slots=True)
class Map(Form):
    """An object whose keys are data."""

    key: Form
    value: Form


@dataclass(frozen=True, slots=True)
class Choice(Form):
    """One of several forms."""

    branches: tuple[Form, ...]


@dataclass(frozen=True, slots=True)
class Link(Form):
    """A form defined elsewhere, by its name."""

    target: str


@dataclass(frozen=True, slots=True)
class Forms:
    """A whole schema: the form of its root and those its links name."""

    root: Form
    named: Mapping[str, Form]

    def resolve(self, form: Form) -> Form:
        """Return the form behind a link, or the form itself; a link that only leads to itself stays one."""
        seen: set[str] = set()
        while isinstance(form, Link) and form.target not in seen:
            seen.add(form.target)
            form = self.named[form.target]
        return form

    def allows_null(self, form: Form) -> bool:
        """Return whether null is a value of ``form``; for a value of any kind it is."""
        found = self.resolve(form)
        if isinstance(found, Choice):
            return any(self.allows_null(branch) for branch in found.branches if branch != form)
        return isinstance(found, Anything) or (isinstance(found, Scalar) and found.type == "null")

    def knots(self) -> frozenset[str]:
        """Return the names of forms that contain themselves, directly or through others."""
        edges = {name: set(links(form)) & set(self.named) for name, form in self.named.items()}
        return frozenset(name for name in edges if name in _reached(edges, name))


def read(schema: JsonObject) -> Forms:
    """Return the forms of a schema, with the names reachable from its root and no others."""
    sources: dict[str, Json] = {ROOT: schema}
    for key in ("definitions", "$defs"):
        found = schema.get(key)
        sources |= found if isinstance(found, dict) else {}
    root = _form(schema, frozenset(sources))
    named: dict[str, Form] = {}
    waiting = list(links(root))
    while waiting:
        name = waiting.pop()
        if name in sources and name not in named:
            named[name] = root if name == ROOT else _form(sources[name], frozenset(sources))
            waiting.extend(links(named[name]))
    return Forms(root, named)


def links(form: Form) -> Iterator[str]:
    """Yield the names a form links to, not following them."""
    if isinstance(form, Link):
        yield form.target
    if isinstance(form, Anything):
        yield from _raw_links(form.raw)
    for inner in parts(form):
        yield from links(inner)


def _raw_links(raw: Json) -> Iterator[str]:
    if isinstance(raw, dict):
        yield from filter(None, [_target(raw.get("$ref"))])
    for inner in raw.values() if isinstance(raw, dict) else raw if isinstance(raw, list) else ():
        yield from _raw_links(inner)


def parts(form: Form) -> tuple[Form, ...]:
    """Return the forms directly inside a form."""
    match form:
        case Many(item=item):
            return (item,)
        case Record(members=members):
            return tuple(member.form for member in members.values())
        case Map(key=key, value=value):
            return (key, value)
        case Choice(branches=branches):
            return branches
    return ()


def _reached(edges: Mapping[str, set[str]], start: str) -> set[str]:
    reached: set[str] = set()
    waiting = list(edges[start])
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting.extend(edges[name])
    return reached


def _form(schema: Json, names: frozenset[str]) -> Form:
    if not isinstance(schema, dict):
        return Anything({})
    schema = _merged(schema)
    note = str(schema.get("description") or "")
    shape = {key: value for key, value in schema.items() if key not in _ORNAMENT}
    if "$ref" in shape:
        return _link(shape, note, names)
    for key in ("anyOf", "oneOf"):
        if key in shape:
            return _choice(shape, key, note, names)
    if "enum" in shape or "const" in shape:
        return _listed(shape, note)
    return _typed(shape, note, names)


def _merged(schema: JsonObject) -> JsonObject:
    all_of = schema.get("allOf")
    if not isinstance(all_of, list) or len(all_of) != 1 or not isinstance(all_of[0], dict):
        return schema
    return {**all_of[0], **{key: value for key, value in schema.items() if key != "allOf"}}


def _link(shape: JsonObject, note: str, names: frozenset[str]) -> Form:
    target = _target(shape["$ref"])
    return Link(target, note=note) if target in names and len(shape) == 1 else Anything(shape, note=note)


def _target(ref: Json) -> str:
    """Return the name a reference names; empty where it names no definition of this schema."""
    prefix = next((prefix for prefix in _PREFIXES if isinstance(ref, str) and ref.startswith(prefix)), None)
    if prefix is None or not isinstance(ref, str):
        return ROOT if ref == ROOT else ""
    return ref.removeprefix(prefix).replace("~1", "/").replace("~0", "~")


def _choice(shape: JsonObject, key: str, note: str, names: frozenset[str]) -> Form:
    branches = shape[key]
    if not isinstance(branches, list) or set(shape) - {key, "type"}:
        return Anything(shape, note=note)
    forms = tuple(_form(branch, names) for branch in branches)
    return Choice(forms, note=note)


def _listed(shape: JsonObject, note: str) -> Form:
    values = shape["enum"] if isinstance(shape.get("enum"), list) else [shape.get("const")]
    by_type: dict[str, list[str | int | float | bool | None]] = {}
    for value in values if isinstance(values, list) else ():
        if value is not None and not isinstance(value, str | int | float | bool):
            return Anything(shape, note=note)
        by_type.setdefault(_type_of(value), []).append(value)
    scalars = [Scalar(kind, () if kind == "null" else tuple(found)) for kind, found in by_type.items()]
    return _one_or_choice(scalars, shape, note)


def _one_or_choice(scalars: list[Scalar], shape: JsonObject, note: str) -> Form:
    if len(scalars) == 1:
        return Scalar(scalars[0].type, scalars[0].values, note=note)
    return Choice(tuple(scalars), note=note) if scalars else Anything(shape, note=note)


def _type_of(value: str | int | float | bool | None) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "string"
    return "integer" if isinstance(value, int) else "number"


def _typed(shape: JsonObject, note: str, names: frozenset[str]) -> Form:
    kind = shape.get("type") or ("object" if "properties" in shape else "array" if "items" in shape else None)
    if isinstance(kind, list):
        branches = tuple(_form({**shape, "type": each}, names) for each in kind)
        return Choice(branches, note=note) if len(branches) != 1 else branches[0]
    if kind not in _TYPES or any(key in shape for key in ("allOf", "not", "if", "prefixItems", "contains")):
        return Anything(shape, note=note)
    limits = {key: value for key, value in shape.items() if key in LIMITS.get(str(kind), ())}
    if kind == "object":
        return _object(shape, note, limits, names)
    if kind == "array":
        return Many(_form(shape.get("items", {}), names), note=note, limits=limits)
    return Scalar(str(kind), note=note, limits=limits)


def _object(shape: JsonObject, note: str, limits: Mapping[str, Json], names: frozenset[str]) -> Form:
    properties, required = shape.get("properties"), shape.get("required")
    extra = shape.get("additionalProperties", True)
    if not isinstance(properties, dict) or not properties:
        if extra is False:
            return Record({}, note=note)
        key_limits = shape.get("propertyNames")
        key = _form({**(key_limits if isinstance(key_limits, dict) else {}), "type": "string"}, names)
        return Map(key, _form(extra, names), note=note, limits=limits)
    needed = required if isinstance(required, list) else []
    members = {name: Member(_form(inner, names), name in needed) for name, inner in properties.items()}
    return Record(members, note=note)
