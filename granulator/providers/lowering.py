"""A JSON Schema brought down to the subset a provider accepts, and answers brought back up; not how it is sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from granulator.model import Json, JsonObject
from granulator.providers.base import Dialect
from granulator.providers.dialects import WORDS, excess, keeps
from granulator.providers.forms import (
    ROOT,
    Anything,
    Choice,
    Form,
    Forms,
    Link,
    Many,
    Map,
    Member,
    Record,
    Scalar,
    links,
    read,
)
from granulator.providers.lifting import ANSWER, Lift, constant

_NULL = Scalar("null")
_NODES = "Every nested part of the answer, each with a key of its own by which other parts name it"
_NODE_KEY = "The key of an entry of {nodes}; each entry is used once"


@dataclass(frozen=True, slots=True)
class Lowered:
    """A schema as one dialect accepts it. It is shared between callers: not to be changed.

    Where ``is_supported`` is False, ``reason`` says which limit of the dialect is exceeded and ``schema`` is only the
    cleaned original: the caller asks one rung lower.
    """

    schema: JsonObject
    is_supported: bool
    reason: str | None
    lift: Lift

    def restore(self, answer: Json) -> Json:
        """Return an answer to ``schema`` as the original schema describes it; never raises.

        Lists of pairs become maps, flattened nodes are put back in place, and null for an optional property becomes its
        absence. What does not fit is passed on unchanged, for the validation above to name.
        """
        return self.lift.restore(answer)


def lower(schema: JsonObject, dialect: Dialect) -> Lowered:
    """Return ``schema`` lowered to ``dialect``; ``none`` only cleans it for use in a prompt. Never raises."""
    return _lowered(json.dumps(schema), dialect)


@lru_cache(maxsize=256)
def _lowered(text: str, dialect: Dialect) -> Lowered:
    forms = read(json.loads(text))
    if dialect == "none":
        return _written(forms, dialect, "optional")
    first = _attempt(forms, dialect, "required")
    if first.is_supported or dialect == "openai":
        return first
    # Fewer unions but more optional properties: whichever of the two the dialect has room for.
    second = _attempt(forms, dialect, "optional")
    return second if second.is_supported else first


def _attempt(forms: Forms, dialect: Dialect, optional: Literal["required", "optional"]) -> Lowered:
    try:
        lowered = _written(forms, dialect, optional)
        reason = excess(lowered.schema, dialect)
    except _Inexpressible as fault:
        lowered, reason = _written(forms, "none", "optional"), str(fault)
    return Lowered(lowered.schema, reason is None, reason, lowered.lift)


class _Inexpressible(Exception):
    """The dialect has no words for a form."""


def _written(forms: Forms, dialect: Dialect, optional: Literal["required", "optional"]) -> Lowered:
    root = forms.resolve(forms.root)
    is_wrapped = not isinstance(root, Record)
    record = root if isinstance(root, Record) else Record({ANSWER: Member(root, True)})
    knots = forms.knots() if dialect == "anthropic" else frozenset()
    nodes = _free_name("nodes", record) if knots else None
    if nodes:
        record = Record({**record.members, nodes: Member(_entries(forms, knots), True)}, note=record.note)
    writer = _Writer(forms, dialect, optional == "required", knots, nodes)
    return Lowered(writer.document(record), True, None, Lift(forms, is_wrapped, nodes, knots))


def _free_name(name: str, record: Record) -> str:
    while name in record.members:
        name += "_"
    return name


def _entries(forms: Forms, knots: frozenset[str]) -> Form:
    entries = tuple(
        Record({"key": Member(Scalar("string"), True), "value": Member(forms.named[name], True)})
        for name in sorted(knots)
    )
    return Many(entries[0] if len(entries) == 1 else Choice(entries), note=_NODES)


@dataclass(frozen=True, slots=True)
class _Writer:
    forms: Forms
    dialect: Dialect
    requires_all: bool
    knots: frozenset[str]
    nodes: str | None

    def document(self, root: Form) -> JsonObject:
        schema = self.write(root)
        written: JsonObject = {}
        for name in _reachable(self.forms, root):
            if name not in self.knots:
                written[_definition(name, self.forms)] = self.write(self.forms.named[name])
        return schema | {"$defs": written} if written else schema

    def write(self, form: Form) -> JsonObject:
        match form:
            case Scalar():
                return self._bounded(form, _scalar(form))
            case Many():
                return self._bounded(form, {"type": "array", "items": self.write(form.item)})
            case Record():
                return self._bounded(form, self._record(form))
            case Map():
                return self._map(form)
            case Choice():
                return self._bounded(form, self._choice(form))
            case Link():
                return self._link(form)
            case Anything():
                return self._anything(form)
        raise TypeError(f"unknown form {form!r}")

    def _record(self, form: Record) -> JsonObject:
        members = form.members if self.dialect == "none" else _tags_first(form.members)
        properties = {name: self._member(member) for name, member in members.items()}
        required: list[Json] = [name for name, member in members.items() if member.is_required or self.requires_all]
        schema: JsonObject = {"type": "object", "properties": properties, "required": required}
        return schema | {"additionalProperties": False}

    def _member(self, member: Member) -> JsonObject:
        if member.is_required:
            return self.write(member.form)
        if not self.requires_all:
            return self.write(_without_null(member.form))
        if self.forms.allows_null(member.form):
            return self.write(member.form)
        # The description stays on the outside, where it is read first.
        inner = self.write(member.form)
        note = inner.pop("description", None)
        outer: JsonObject = {"anyOf": [inner, {"type": "null"}]}
        return outer | {"description": note} if note else outer

    def _map(self, form: Map) -> JsonObject:
        if self.dialect == "none":
            schema: JsonObject = {"type": "object", "additionalProperties": self.write(form.value)}
            return self._bounded(form, schema)
        pair = Record({"key": Member(form.key, True), "value": Member(form.value, True)})
        renamed = {"minProperties": "minItems", "maxProperties": "maxItems"}
        limits = {renamed[key]: value for key, value in form.limits.items()}
        return self.write(Many(pair, note=form.note, limits=limits))

    def _choice(self, form: Choice) -> JsonObject:
        kinds = [self.forms.resolve(branch) for branch in form.branches]
        if (
            self.dialect != "none"
            and any(isinstance(k, Map) for k in kinds)
            and any(isinstance(k, Many) for k in kinds)
        ):
            raise _Inexpressible("a map and a list in one choice cannot be told apart")
        knotted = any(isinstance(branch, Link) and branch.target in self.knots for branch in form.branches)
        if knotted and any(isinstance(kind, Scalar) and kind.type == "string" for kind in kinds):
            raise _Inexpressible("a text and a nested form in one choice cannot be told apart")
        return {"anyOf": [self.write(branch) for branch in form.branches]}

    def _link(self, form: Link) -> JsonObject:
        if form.target in self.knots:
            note = f"{form.note}. " if form.note else ""
            return {"type": "string", "description": note + _NODE_KEY.format(nodes=self.nodes)}
        schema: JsonObject = {"$ref": f"#/$defs/{_definition(form.target, self.forms)}"}
        return {"anyOf": [schema], "description": form.note} if form.note else schema

    def _anything(self, form: Anything) -> JsonObject:
        if self.dialect != "none":
            raise _Inexpressible("a value of any kind cannot be asked for")
        return form.raw | ({"description": form.note} if form.note else {})

    def _bounded(self, form: Form, schema: JsonObject) -> JsonObject:
        kept = {key: value for key, value in form.limits.items() if keeps(self.dialect, key, value)}
        words = [
            WORDS[key].format(value) for key, value in form.limits.items() if key not in kept and value is not False
        ]
        sentence = ", ".join(words)
        description = f"{form.note} ({sentence})" if form.note and words else form.note or sentence
        return schema | kept | ({"description": description} if description else {})


def _scalar(form: Scalar) -> JsonObject:
    return {"type": form.type, "enum": list(form.values)} if form.values else {"type": form.type}


def _tags_first(members: Mapping[str, Member]) -> Mapping[str, Member]:
    # Branches of a choice are told apart by their first property: a grammar needs it, and a model commits to it.
    return dict(sorted(members.items(), key=lambda entry: constant(entry[1].form) is None))


def _without_null(form: Form) -> Form:
    if not isinstance(form, Choice):
        return form
    branches = tuple(branch for branch in form.branches if branch != _NULL)
    if len(branches) != 1:
        return Choice(branches or form.branches, note=form.note, limits=form.limits)
    return replace(branches[0], note=branches[0].note or form.note)


def _reachable(forms: Forms, root: Form) -> list[str]:
    """Return the names below ``root`` in the order they are met."""
    found: dict[str, None] = {}
    waiting = list(links(root))
    while waiting:
        name = waiting.pop(0)
        if name in forms.named and name not in found:
            found[name] = None
            waiting.extend(links(forms.named[name]))
    return list(found)


def _definition(name: str, forms: Forms) -> str:
    if name != ROOT:
        return name
    own_name = "Root"
    while own_name in forms.named:
        own_name += "_"
    return own_name
