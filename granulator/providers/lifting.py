"""An answer given in a lowered schema lifted back to what the original schema describes; it judges nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from granulator.model import Json
from granulator.providers.forms import Choice, Form, Forms, Link, Many, Map, Member, Record, Scalar

ANSWER = "answer"
"""Where the value is when the original root is no object."""
DEPTH_MAX = 64
"""Deeper than this an answer is left as it came, for the validation above to refuse."""
_CLASSES: Mapping[str, type | tuple[type, ...]] = {
    "null": type(None),
    "boolean": bool,
    "number": (int, float),
    "string": str,
    "array": list,
    "object": Mapping,
}


@dataclass(frozen=True, slots=True)
class Lift:
    """How answers to one lowered schema are lifted.

    ``nodes`` is the property that holds the flattened forms, None where nothing was flattened; ``knots`` are the names
    of those forms.
    """

    forms: Forms
    is_wrapped: bool
    nodes: str | None = None
    knots: frozenset[str] = frozenset()

    def restore(self, answer: Json) -> Json:
        """Return the answer in the original schema. What does not fit is passed on as it is, never repaired."""
        entries = answer.get(self.nodes) if self.nodes and isinstance(answer, Mapping) else None
        work = _Work(self, _by_key(entries))
        lifted = work.lift(self._root(), self._without_nodes(answer, entries), 0)
        if isinstance(lifted, dict) and work.nodes and self.nodes:
            # Nobody links to these: kept where they were, so that the loss is seen.
            lifted[self.nodes] = list(work.nodes.values())
        return _unwrapped(lifted) if self.is_wrapped else lifted

    def _root(self) -> Form:
        root = self.forms.resolve(self.forms.root)
        return Record({ANSWER: Member(root, True)}) if self.is_wrapped else root

    def _without_nodes(self, answer: Json, entries: Json) -> Json:
        if not isinstance(answer, Mapping) or not isinstance(entries, list):
            return answer
        return {key: value for key, value in answer.items() if key != self.nodes}


@dataclass(slots=True)
class _Work:
    """One lifting; a node is taken by the first link to it, so that neither a circle nor a crowd of links grows."""

    rules: Lift
    nodes: dict[str, Json] = field(default_factory=dict)

    def lift(self, form: Form, value: Json, depth: int) -> Json:
        if depth > DEPTH_MAX:
            return value
        match form:
            case Link():
                return self._linked(form, value, depth)
            case Choice():
                branch = _branch(form, value, self.rules)
                return value if branch is None else self.lift(branch, value, depth)
            case Record() if isinstance(value, Mapping):
                return self._record(form, value, depth)
            case Many() if isinstance(value, list):
                return [self.lift(form.item, inner, depth + 1) for inner in value]
            case Map():
                found = _as_map(value)
                return value if found is None else {k: self.lift(form.value, v, depth + 1) for k, v in found.items()}
        return value

    def _linked(self, form: Link, value: Json, depth: int) -> Json:
        target = self.rules.forms.named[form.target]
        if form.target not in self.rules.knots or not isinstance(value, str):
            return self.lift(target, value, depth + 1)
        node = self.nodes.pop(value, None)
        return self.lift(target, node["value"], depth + 1) if isinstance(node, Mapping) else value

    def _record(self, form: Record, value: Mapping[str, Json], depth: int) -> Json:
        lifted: dict[str, Json] = {}
        for key, inner in value.items():
            member = form.members.get(key)
            if member is None:
                lifted[key] = inner
            elif inner is not None or member.is_required:
                lifted[key] = self.lift(member.form, inner, depth + 1)
        return lifted


def _unwrapped(answer: Json) -> Json:
    return answer[ANSWER] if isinstance(answer, Mapping) and list(answer) == [ANSWER] else answer


def _by_key(entries: Json) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, Mapping) and isinstance(entry.get("key"), str) and "value" in entry:
            found[str(entry["key"])] = entry
    return found


def _as_map(value: Json) -> Mapping[str, Json] | None:
    if isinstance(value, Mapping):
        return value
    if not isinstance(value, list):
        return None
    pairs: dict[str, Json] = {}
    for pair in value:
        if not isinstance(pair, Mapping) or set(pair) != {"key", "value"} or not isinstance(pair["key"], str):
            return None
        pairs[pair["key"]] = pair["value"]
    return pairs


def _branch(choice: Choice, value: Json, rules: Lift) -> Form | None:
    """Return the branch ``value`` belongs to: one it fits, else one whose tags it bears, else none."""
    open_branches = [branch for branch in choice.branches if not isinstance(branch, Scalar)]
    fitting = (branch for branch in open_branches if _fits(branch, value, rules, 0))
    tagged = (branch for branch in open_branches if _is_tagged(rules.forms.resolve(branch), value))
    return next(fitting, None) or next(tagged, None)


def _is_tagged(form: Form, value: Json) -> bool:
    if not isinstance(form, Record) or not isinstance(value, Mapping):
        return False
    tags = {key: tag for key, member in form.members.items() if (tag := constant(member.form)) is not None}
    return bool(tags) and all(value.get(key) == tag for key, tag in tags.items())


def constant(form: Form) -> Json:
    """Return the only value a form allows, None where there are several."""
    return form.values[0] if isinstance(form, Scalar) and len(form.values) == 1 else None


def _fits(form: Form, value: Json, rules: Lift, depth: int) -> bool:
    if depth > DEPTH_MAX:
        return False
    match form:
        case Link():
            if form.target in rules.knots and isinstance(value, str):
                return True
            return _fits(rules.forms.named[form.target], value, rules, depth + 1)
        case Choice():
            return any(_fits(branch, value, rules, depth + 1) for branch in form.branches)
        case Record():
            return isinstance(value, Mapping) and _fits_record(form, value, rules, depth)
        case Scalar():
            return _is_of(form.type, value) and (not form.values or value in form.values)
    return _fits_container(form, value, rules, depth)


def _fits_container(form: Form, value: Json, rules: Lift, depth: int) -> bool:
    match form:
        case Many():
            return isinstance(value, list) and all(_fits(form.item, inner, rules, depth + 1) for inner in value)
        case Map():
            found = _as_map(value)
            return found is not None and all(_fits(form.value, inner, rules, depth + 1) for inner in found.values())
    return True


def _fits_record(form: Record, value: Mapping[str, Json], rules: Lift, depth: int) -> bool:
    if not form.members.keys() >= value.keys():
        return False
    for key, member in form.members.items():
        inner = value.get(key)
        if inner is None and not member.is_required:
            continue
        if key not in value or not _fits(member.form, inner, rules, depth + 1):
            return False
    return True


def _is_of(kind: str, value: Json) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "integer":
        return isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return isinstance(value, _CLASSES[kind])
