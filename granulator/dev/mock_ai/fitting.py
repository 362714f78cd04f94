"""A draft made to fit a JSON Schema: what fits stays, what does not is replaced, what is missing is invented. Pure."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from granulator.dev.mock_ai.asked import listed, mapping, string
from granulator.model import Json

Draft = str | int | float | bool | None | Sequence["Draft"] | Mapping[str, "Draft"] | Callable[[], "Draft"]
"""JSON in which a function stands for what is only written when the schema asks for it."""

DEPTH_MAX = 12
_NAMES = {"string": str, "boolean": bool, "object": Mapping, "array": list | tuple, "null": type(None)}


@dataclass(slots=True)
class Fitting:
    """One schema with its definitions; ``text`` writes a text for a property of that name."""

    root: Mapping[str, Json]
    chance: random.Random
    text: Callable[[str], str]
    written: int = 0

    def fit(self, draft: Draft, schema: Json, name: str = "", depth: int = 0) -> Json:
        """Return the draft as the schema wants it."""
        wanted = self._resolved(schema)
        given = draft() if callable(draft) else draft
        if "const" in wanted:
            return wanted["const"]
        choices = listed(wanted.get("enum"))
        if choices:
            return cast(Json, given) if given in choices else choices[self.chance.randrange(len(choices))]
        branches = listed(wanted.get("anyOf")) or listed(wanted.get("oneOf"))
        if branches:
            return self.fit(given, self._branch(given, branches, depth), name, depth)
        return self._typed(given, wanted, name, depth)

    def _resolved(self, schema: Json) -> Mapping[str, Json]:
        wanted = mapping(schema)
        for _ in range(DEPTH_MAX):
            if not isinstance(wanted.get("$ref"), str):
                break
            rest = {key: value for key, value in wanted.items() if key != "$ref"}
            wanted = {**self._at(string(wanted["$ref"])), **rest}
        for part in listed(wanted.get("allOf")):
            inner = self._resolved(part)
            merged = {**mapping(inner.get("properties")), **mapping(wanted.get("properties"))}
            wanted = {**inner, **wanted, **({"properties": merged} if merged else {})}
        return wanted

    def _at(self, reference: str) -> Mapping[str, Json]:
        found: Json = self.root
        for step in reference.removeprefix("#").split("/")[1:]:
            found = mapping(found).get(step.replace("~1", "/").replace("~0", "~"))
        return mapping(found)

    def _branch(self, given: Draft, branches: Sequence[Json], depth: int) -> Json:
        fitting = [branch for branch in branches if self._takes(given, self._resolved(branch))]
        if fitting and given is not None:
            return fitting[0]
        if depth >= DEPTH_MAX:
            return next((branch for branch in branches if self._resolved(branch).get("type") == "null"), branches[0])
        real = [branch for branch in branches if self._resolved(branch).get("type") != "null"] or branches
        return real[self.chance.randrange(len(real))]

    def _takes(self, given: Draft, wanted: Mapping[str, Json]) -> bool:
        kind = wanted.get("type")
        if isinstance(given, Mapping) and kind == "object":
            fixed = {name: self._resolved(of) for name, of in mapping(wanted.get("properties")).items()}
            return all(_is_allowed(given[name], of) for name, of in fixed.items() if name in given)
        if "const" in wanted or "enum" in wanted:
            return _is_allowed(given, wanted)
        return _is_of(given, kind)

    def _typed(self, given: Draft, wanted: Mapping[str, Json], name: str, depth: int) -> Json:
        kinds = [kind for kind in _kinds(wanted) if kind != "null"]
        if not kinds or (given is None and depth >= DEPTH_MAX and "null" in _kinds(wanted)):
            return None
        kind = next((kind for kind in kinds if _is_of(given, kind)), kinds[0])
        match kind:
            case "object":
                return self._object(given, wanted, depth)
            case "array":
                return self._array(given, wanted, name, depth)
            case "string":
                return self._string(given, wanted, name)
            case "boolean":
                return given if isinstance(given, bool) else bool(self.chance.randrange(2))
            case _:
                return _number(given, wanted, self.chance, is_whole=kind == "integer")

    def _object(self, given: Draft, wanted: Mapping[str, Json], depth: int) -> Json:
        properties, required = mapping(wanted.get("properties")), listed(wanted.get("required"))
        source = given if isinstance(given, Mapping) else {}
        kept: dict[str, Json] = {}
        for name, of in properties.items():
            is_drafted = name in source and self._fits(source[name], of)
            if is_drafted or name in required or (not source and depth < DEPTH_MAX // 2):
                kept[name] = self.fit(source.get(name), of, name, depth + 1)
        for name in map(string, required):
            if name not in kept:
                kept[name] = self._extra(source.get(name), wanted, name, depth)
        least = cast(int, wanted.get("minProperties", 0))
        while len(kept) < least:
            kept[f"entry{len(kept) + 1}"] = self._extra(None, wanted, "entry", depth)
        return kept

    def _fits(self, given: Draft, schema: Json) -> bool:
        """Return whether a draft is worth keeping where the schema could do without it."""
        wanted = self._resolved(schema)
        branches = listed(wanted.get("anyOf")) or listed(wanted.get("oneOf"))
        return callable(given) or any(self._takes(given, self._resolved(one)) for one in branches or [wanted])

    def _extra(self, given: Draft, wanted: Mapping[str, Json], name: str, depth: int) -> Json:
        of = wanted.get("additionalProperties")
        return self.fit(given, of if isinstance(of, Mapping) else {"type": "string"}, name, depth + 1)

    def _array(self, given: Draft, wanted: Mapping[str, Json], name: str, depth: int) -> Json:
        least, most = cast(int, wanted.get("minItems", 0)), wanted.get("maxItems")
        rows: list[Draft] = list(given) if isinstance(given, list | tuple) else [None] * (2 if depth < 4 else 0)
        if isinstance(most, int):
            rows = rows[:most]
        rows += [None] * (least - len(rows))
        firsts, rest = listed(wanted.get("prefixItems")), wanted.get("items", {})
        found = [
            self.fit(row, firsts[at] if at < len(firsts) else rest, name, depth + 1) for at, row in enumerate(rows)
        ]
        return self._different(found, rest, name, depth, least) if wanted.get("uniqueItems") is True else found

    def _different(self, found: list[Json], of: Json, name: str, depth: int, least: int) -> Json:
        kept: list[Json] = []
        for value in found:
            if value not in kept:
                kept.append(value)
        for _ in range(200):
            if len(kept) >= least:
                break
            fresh = self.fit(None, of, name, depth + 1)
            if fresh not in kept:
                kept.append(fresh)
        return kept

    def _string(self, given: Draft, wanted: Mapping[str, Json], name: str) -> str:
        self.written += 1
        least, most = cast(int, wanted.get("minLength", 0)), wanted.get("maxLength")
        pattern, form = wanted.get("pattern"), wanted.get("format")
        if isinstance(pattern, str) or (isinstance(form, str) and form in _FORMATS):
            tried = [given] if isinstance(given, str) else []
            return _patterned([*tried, *_candidates(name, self.written, form)], pattern, least, most)
        text = given if isinstance(given, str) else self.text(name)
        while len(text) < least:
            text = f"{text} {self.text(name)}".strip() or "x" * least
        return text[:most].strip().ljust(least, ".") if isinstance(most, int) else text


_FORMATS = {
    "date-time": "2026-03-0{}T09:30:00Z",
    "date": "2026-03-0{}",
    "time": "09:3{}:00Z",
    "duration": "P{}D",
    "email": "reader{}@example.org",
    "hostname": "host{}.example.org",
    "ipv4": "192.0.2.{}",
    "ipv6": "2001:db8::{}",
    "uuid": "00000000-0000-4000-8000-00000000000{}",
    "uri": "https://example.org/{}",
}


def _candidates(name: str, number: int, form: Json) -> Iterator[str]:
    """Yield strings of the shapes that patterns in practice ask for: ids, labels, numbers, words, hashes."""
    if isinstance(form, str) and form in _FORMATS:
        yield _FORMATS[form].format(1 + number % 9)
    stem = re.sub(r"[^a-z]", "", name.removesuffix("Id").removesuffix("s").lower()) or "item"
    yield from (f"{stem}_{number}", f"{stem}-{number}", f"{stem}{number}", f"{stem}_{number}_1", stem)
    yield from (f"p{number}", f"s{number}", f"q_{number}", f"{number}", f"{number % 10}", f"{number:04}")
    yield from (stem.upper(), stem.capitalize(), stem[:3].upper(), "en", "EN", "en-GB", "a", "A", "a1", "")
    yield from (f"{number:064x}", f"{number:032x}", f"{number}.0.0", f"{number}.5", "#a0b0c0", "10:30")
    yield from (template.format(1 + number % 9) for template in _FORMATS.values())


def _patterned(tried: Sequence[str], pattern: Json, least: int, most: Json) -> str:
    for text in tried:
        is_long_enough = least <= len(text) <= (most if isinstance(most, int) else len(text))
        if is_long_enough and (not isinstance(pattern, str) or re.search(pattern, text)):
            return text
    return tried[0]


def _kinds(wanted: Mapping[str, Json]) -> Sequence[str]:
    kind = wanted.get("type")
    if isinstance(kind, str):
        return (kind,)
    if isinstance(kind, list | tuple):
        return [string(entry) for entry in kind]
    if "properties" in wanted or "additionalProperties" in wanted:
        return ("object",)
    return ("array",) if "items" in wanted else ("string",)


def _is_of(given: Draft, kind: Json) -> bool:
    if kind in ("integer", "number"):
        is_number = isinstance(given, int | float) and not isinstance(given, bool)
        return is_number and (kind == "number" or float(cast(float, given)).is_integer())
    return isinstance(kind, str) and kind in _NAMES and isinstance(given, _NAMES[kind])


def _is_allowed(given: Draft, wanted: Mapping[str, Json]) -> bool:
    """Return whether a value is what a const, an enum or a plain type leaves open."""
    if callable(given):
        return True
    if "const" in wanted:
        return given == wanted["const"]
    if listed(wanted.get("enum")):
        return given in listed(wanted.get("enum"))
    kinds = _kinds(wanted) if "type" in wanted else ()
    return not kinds or any(_is_of(given, kind) for kind in kinds)


def _number(given: Draft, wanted: Mapping[str, Json], chance: random.Random, *, is_whole: bool) -> int | float:
    least, most = _bounds(wanted, is_whole=is_whole)
    if isinstance(given, int | float) and not isinstance(given, bool):
        value = min(max(float(given), least), most)
    else:
        value = _invented(least, most, chance)
    step = wanted.get("multipleOf")
    if isinstance(step, int | float) and step > 0:
        value = _stepped(value, step, least, most)
    return round(value) if is_whole else value


def _invented(least: float, most: float, chance: random.Random) -> float:
    start = least if least > -math.inf else min(1.0, most)
    return start + chance.randrange(int(min(10, most - start)) + 1)


def _stepped(value: float, step: float, least: float, most: float) -> float:
    """Return the multiple next to a value that keeps within the bounds."""
    near = round(value / step) * step
    if near < least:
        near += step
    return near - step if near > most else near


def _bounds(wanted: Mapping[str, Json], *, is_whole: bool) -> tuple[float, float]:
    margin = 1.0 if is_whole else 1e-6
    lows = [wanted.get("minimum"), _shifted(wanted.get("exclusiveMinimum"), margin)]
    highs = [wanted.get("maximum"), _shifted(wanted.get("exclusiveMaximum"), -margin)]
    least = max((float(low) for low in lows if isinstance(low, int | float)), default=-math.inf)
    most = min((float(high) for high in highs if isinstance(high, int | float)), default=math.inf)
    if not is_whole:
        return least, most
    return (math.ceil(least) if math.isfinite(least) else least, math.floor(most) if math.isfinite(most) else most)


def _shifted(value: Json, by: float) -> float | None:
    return value + by if isinstance(value, int | float) and not isinstance(value, bool) else None
