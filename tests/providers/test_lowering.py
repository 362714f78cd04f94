"""Schemas brought down to a provider's subset: what is written, what is refused, and that answers come back exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import BaseModel, ConfigDict, Field

from granulator.granulation.structures import json_schema
from granulator.model import Json, JsonObject, StructureType
from granulator.providers.lowering import lower

STRICT = ("openai", "anthropic")
PLAIN = {"type", "properties", "required", "additionalProperties", "items", "anyOf", "enum", "$ref", "$defs"}
KEYWORDS = {
    "openai": PLAIN | {"description", "minItems", "maxItems", "minimum", "maximum", "multipleOf", "pattern", "format"},
    "anthropic": PLAIN | {"description", "minItems", "format"},
}


def record(properties: JsonObject, *, optional: Sequence[str] = (), **more: Json) -> JsonObject:
    """An object as a lowered schema writes it."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False, **more}


def schemas(schema: JsonObject) -> Iterator[JsonObject]:
    """Every schema within a schema, itself first."""
    yield schema
    for inner in (*schema.get("$defs", {}).values(), *schema.get("properties", {}).values(), *schema.get("anyOf", ())):
        yield from schemas(inner)
    if "items" in schema:
        yield from schemas(schema["items"])


def violations(schema: JsonObject, dialect: str) -> list[str]:
    """What a provider of the dialect would refuse, read from the schema alone."""
    found = [] if schema.get("type") == "object" else ["the root is no object"]
    for part in schemas(schema):
        found += [f"unknown keyword {key}" for key in part if key not in KEYWORDS[dialect]]
        if part.get("type") == "object":
            found += _record_violations(part)
        if "$ref" in part and (len(part) > 1 or part["$ref"].removeprefix("#/$defs/") not in schema.get("$defs", {})):
            found.append(f"unusable reference {part}")
        if "type" not in part and "anyOf" not in part and "$ref" not in part:
            found.append(f"no type in {part}")
    return found + _dialect_violations(schema, dialect)


def _record_violations(part: JsonObject) -> list[str]:
    found = [] if part.get("additionalProperties") is False else ["additional properties"]
    unknown = set(part["required"]) - set(part["properties"])
    return found + [f"required but unknown {sorted(unknown)}" for _ in range(bool(unknown))]


def _dialect_violations(schema: JsonObject, dialect: str) -> list[str]:
    parts = list(schemas(schema))
    optional = [name for part in parts for name in part.get("properties", {}) if name not in part["required"]]
    if dialect == "openai":
        return [f"optional {name}" for name in optional]
    unions = [part for part in parts if "anyOf" in part]
    found = ["too many choices"] * (len(unions) > 16) + ["too many optional"] * (len(optional) > 24)
    found += [f"minItems {part['minItems']}" for part in parts if part.get("minItems", 0) > 1]
    return found + ["recursion"] * _is_recursive(schema)


def _is_recursive(schema: JsonObject) -> bool:
    definitions = schema.get("$defs", {})
    edges = {
        name: {part["$ref"].removeprefix("#/$defs/") for part in schemas(inner) if "$ref" in part}
        for name, inner in definitions.items()
    }
    while edges:
        leaves = {name for name, targets in edges.items() if not targets & edges.keys()}
        if not leaves:
            return True
        edges = {name: targets for name, targets in edges.items() if name not in leaves}
    return False


@pytest.mark.parametrize("structure_type", [StructureType.COURSE, StructureType.QUIZ])
def test_a_structure_of_ours_becomes_a_schema_that_openai_accepts(structure_type: StructureType) -> None:
    lowered = lower(json_schema(structure_type), "openai")

    assert (lowered.is_supported, lowered.reason) == (True, None)
    assert violations(lowered.schema, "openai") == []


def test_a_schema_with_more_choices_than_anthropic_accepts_says_so() -> None:
    lowered = lower(json_schema(StructureType.QUIZ), "anthropic")

    assert (lowered.is_supported, lowered.reason) == (False, "54 choices, at most 16 are accepted")


@pytest.mark.parametrize("structure_type", [StructureType.COURSE, StructureType.QUIZ])
def test_a_prompt_gets_a_shorter_schema_that_accepts_the_same(structure_type: StructureType) -> None:
    original = json_schema(structure_type)

    lowered = lower(original, "none")

    assert lowered.is_supported
    assert len(str(lowered.schema)) < 0.75 * len(str(original))
    words = ("title", "default", "discriminator", "oneOf", "patternProperties", "const")
    assert [word for part in schemas(lowered.schema) for word in words if word in part] == []


def test_a_property_may_be_named_like_a_keyword() -> None:
    schema: JsonObject = {
        "type": "object",
        "properties": {"title": {"type": "string", "title": "Title", "default": ""}, "default": {"type": "integer"}},
        "required": ["title", "default"],
    }

    assert lower(schema, "openai").schema == record({"title": {"type": "string"}, "default": {"type": "integer"}})


def test_an_optional_property_is_asked_for_as_null_and_comes_back_absent() -> None:
    schema: JsonObject = {
        "type": "object",
        "properties": {
            "hint": {"type": "string", "description": "A nudge"},
            "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        },
        "required": ["note"],
    }

    lowered = lower(schema, "openai")

    nullable = {"anyOf": [{"type": "string"}, {"type": "null"}]}
    assert lowered.schema == record({"hint": {**nullable, "description": "A nudge"}, "note": nullable})
    assert lowered.restore({"hint": None, "note": None}) == {"note": None}


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        (
            "openai",
            {
                "word": {"type": "string", "pattern": "^a", "description": "One (length at least 2, length at most 9)"},
                "share": {"type": "number", "minimum": 0, "description": "less than 1"},
                "tags": {"type": "array", "items": {"type": "string"}, "minItems": 3, "description": "no item twice"},
                "site": {"type": "string", "description": "written as uri"},
            },
        ),
        (
            "anthropic",
            {
                "word": {
                    "type": "string",
                    "description": "One (length at least 2, length at most 9, matching the regular expression ^a)",
                },
                "share": {"type": "number", "description": "at least 0, less than 1"},
                "tags": {
                    "type": "array",
                    "items": {"type": "string"},
                    "description": "number of items at least 3, no item twice",
                },
                "site": {"type": "string", "format": "uri"},
            },
        ),
    ],
)
def test_a_limit_the_dialect_does_not_know_becomes_words(
    dialect: Literal["openai", "anthropic"], expected: Json
) -> None:
    properties: JsonObject = {
        "word": {"type": "string", "minLength": 2, "maxLength": 9, "pattern": "^a", "description": "One"},
        "share": {"type": "number", "minimum": 0, "exclusiveMaximum": 1},
        "tags": {"type": "array", "items": {"type": "string"}, "minItems": 3, "uniqueItems": True},
        "site": {"type": "string", "format": "uri"},
    }

    lowered = lower({"type": "object", "properties": properties, "required": list(properties)}, dialect)

    assert lowered.schema["properties"] == expected


def test_a_pattern_that_looks_around_becomes_words() -> None:
    schema = record({"word": {"type": "string", "pattern": "^(?!x)"}})

    word = {"type": "string", "description": "matching the regular expression ^(?!x)"}
    assert lower(schema, "openai").schema == record({"word": word})


def test_a_map_is_asked_for_as_pairs_and_comes_back_a_map() -> None:
    schema: JsonObject = {
        "type": "object",
        "properties": {"scores": {"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 1}},
        "required": ["scores"],
    }

    lowered = lower(schema, "openai")

    pair = record({"key": {"type": "string"}, "value": {"type": "integer"}})
    assert lowered.schema == record({"scores": {"type": "array", "items": pair, "minItems": 1}})
    answer = {"scores": [{"key": "ann", "value": 3}, {"key": "bo", "value": 5}]}
    assert lowered.restore(answer) == {"scores": {"ann": 3, "bo": 5}}


def test_what_tells_branches_apart_is_asked_for_first() -> None:
    branch = {"type": "object", "properties": {"id": {"type": "string"}, "kind": {"const": "text"}}, "required": ["id"]}

    lowered = lower(branch, "openai")

    assert list(lowered.schema["properties"]) == ["kind", "id"]


def test_a_described_reference_keeps_its_description() -> None:
    schema: JsonObject = {
        "$defs": {"Span": {"type": "object", "properties": {"start": {"type": "integer"}}, "required": ["start"]}},
        "type": "object",
        "properties": {
            "plain": {"$ref": "#/$defs/Span"},
            "described": {"$ref": "#/$defs/Span", "description": "Where it stands"},
            "merged": {"allOf": [{"$ref": "#/$defs/Span"}], "description": "Where it ends", "title": "Merged"},
        },
        "required": ["plain", "described", "merged"],
    }

    lowered = lower(schema, "openai")

    span = {"$ref": "#/$defs/Span"}
    assert lowered.schema["properties"] == {
        "plain": span,
        "described": {"anyOf": [span], "description": "Where it stands"},
        "merged": {"anyOf": [span], "description": "Where it ends"},
    }


@pytest.mark.parametrize("dialect", ["openai", "anthropic", "none"])
def test_a_root_that_is_no_object_is_wrapped_and_unwrapped(dialect: Literal["openai", "anthropic", "none"]) -> None:
    lowered = lower({"type": "array", "items": {"type": "string"}}, dialect)

    assert lowered.schema == record({"answer": {"type": "array", "items": {"type": "string"}}})
    assert lowered.restore({"answer": ["a"]}) == ["a"]


@pytest.mark.parametrize(
    ("inner", "reason"),
    [
        ({}, "a value of any kind cannot be asked for"),
        ({"type": "object"}, "a value of any kind cannot be asked for"),
        ({"type": "array", "prefixItems": [{"type": "string"}]}, "a value of any kind cannot be asked for"),
        ({"$ref": "https://elsewhere.example/schema"}, "a value of any kind cannot be asked for"),
        ({"allOf": [{"type": "string"}, {"minLength": 2}]}, "a value of any kind cannot be asked for"),
        (
            {
                "anyOf": [
                    {"type": "array", "items": {"type": "string"}},
                    {"additionalProperties": True, "type": "object"},
                ]
            },
            "a map and a list in one choice cannot be told apart",
        ),
        ({"enum": [f"v{n}" for n in range(1001)]}, "1001 enum values, at most 1000 are accepted"),
        ({"enum": ["x" * 60 + str(n) for n in range(251)]}, "15703 characters in one enum, at most 15000 are accepted"),
    ],
)
def test_what_openai_cannot_be_asked_for_is_refused_with_a_reason(inner: JsonObject, reason: str) -> None:
    lowered = lower({"type": "object", "properties": {"it": inner}, "required": ["it"]}, "openai")

    assert (lowered.is_supported, lowered.reason) == (False, reason)
    assert lower({"type": "object", "properties": {"it": inner}, "required": ["it"]}, "none").is_supported


def test_a_list_of_types_is_a_choice() -> None:
    schema = record({"it": {"type": ["string", "null"], "minLength": 1}, "one": {"type": ["integer"]}})

    choice = {"anyOf": [{"type": "string", "description": "length at least 1"}, {"type": "null"}]}
    assert lower(schema, "openai").schema == record({"it": choice, "one": {"type": "integer"}})


@pytest.mark.parametrize(
    "inner",
    [
        {"anyOf": [{"type": "string"}], "minLength": 2},
        {"enum": [{"a": 1}]},
        {"enum": []},
        {"type": "array", "items": True},
        {"prefixItems": [{"$ref": "#/$defs/Part"}], "type": "array"},
    ],
)
def test_what_has_no_simpler_form_stays_as_written_in_a_prompt(inner: JsonObject) -> None:
    definitions: JsonObject = {"Part": {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}}
    schema = record({"it": inner}) | {"$defs": definitions}

    lowered = lower(schema, "none")

    validator = Draft202012Validator(lowered.schema)
    for value in ([{"a": "x"}], ["x"], "ab", "a", {"a": 1}, 3):
        assert validator.is_valid({"it": value}) == Draft202012Validator(schema).is_valid({"it": value})
    assert not lower(schema, "openai").is_supported


def test_a_schema_may_refer_to_its_root() -> None:
    schema = record({"label": {"type": "string"}, "inner": {"type": "array", "items": {"$ref": "#"}}})

    openai, anthropic = (lower(schema, dialect) for dialect in STRICT)

    inner: JsonObject = {"type": "array", "items": {"$ref": "#/$defs/Root"}}
    node = record({"label": {"type": "string"}, "inner": inner})
    assert openai.schema == node | {"$defs": {"Root": node}}
    answer: JsonObject = {"label": "a", "inner": ["n1"]}
    answer["nodes"] = [{"key": "n1", "value": {"label": "b", "inner": []}}]
    assert anthropic.restore(answer) == {"label": "a", "inner": [{"label": "b", "inner": []}]}


@pytest.mark.parametrize(
    ("value", "lowered_value", "node"),
    [
        ({"a": {"b": {}}}, [{"key": "a", "value": [{"key": "b", "value": []}]}], None),
        ([[1], [2, 3]], [[1], [2, 3]], None),
        ({"label": "x", "next": {"label": "y"}}, {"label": "x", "next": "n"}, {"label": "y", "next": None}),
    ],
)
def test_a_value_of_a_choice_is_lifted_by_the_branch_it_fits(value: Json, lowered_value: Json, node: Json) -> None:
    chain = {"type": "object", "properties": {"label": {"type": "string"}, "next": {"$ref": "#/$defs/Chain"}}}
    maps = {"type": "object", "additionalProperties": {"type": "object", "additionalProperties": {"type": "object"}}}
    other: JsonObject = {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}}
    schema: JsonObject = record({"it": {"anyOf": [{"$ref": "#/$defs/Chain"}, other]}})
    if isinstance(value, dict) and "a" in value:
        maps["additionalProperties"]["additionalProperties"] = {
            "type": "object",
            "additionalProperties": {"type": "null"},
        }
        schema = record({"it": {"anyOf": [{"anyOf": [maps, {"type": "integer"}]}, {"type": "null"}]}})
    schema["$defs"] = {"Chain": {**chain, "required": ["label"]}}

    lowered = lower(schema, "anthropic")

    nodes = [{"key": "n", "value": node}, {"key": "m", "value": lowered_value}] if node else []
    answer = {"it": "m" if node else lowered_value} | ({"nodes": nodes} if node else {})
    assert lowered.is_supported
    assert lowered.restore(answer) == {"it": value}


def test_a_text_beside_a_nested_form_cannot_be_told_from_its_key() -> None:
    chain = record({"next": {"anyOf": [{"$ref": "#"}, {"type": "string"}]}})

    lowered = lower(chain, "anthropic")

    assert lowered.reason == "a text and a nested form in one choice cannot be told apart"


def test_a_schema_with_too_many_levels_is_refused() -> None:
    schema: JsonObject = {"type": "string"}
    for _ in range(11):
        schema = record({"inner": schema})

    assert lower(schema, "openai").reason == "11 levels of nesting, at most 10 are accepted"


def test_a_schema_with_too_many_properties_is_refused() -> None:
    schema = record({f"p{n}": {"type": "boolean"} for n in range(5001)})

    assert lower(schema, "openai").reason == "5001 properties, at most 5000 are accepted"


def test_many_optional_properties_stay_optional_where_anthropic_has_no_room_for_choices() -> None:
    properties: JsonObject = {f"p{n}": {"type": "string"} for n in range(20)}

    lowered = lower({"type": "object", "properties": properties, "required": ["p0"]}, "anthropic")

    assert lowered.schema == record(properties, optional=[f"p{n}" for n in range(1, 20)])
    assert lowered.restore({"p0": "a", "p1": "b"}) == {"p0": "a", "p1": "b"}


class Topic(BaseModel):
    """A tree with maps and optional fields on the way."""

    model_config = ConfigDict(extra="forbid")

    label: str
    parent: Literal["root", "inner"] | None = None
    weights: dict[str, int] = {}
    children: list[Topic] = []
    best: Topic | None = None


class Atlas(BaseModel):
    """A document whose trees are not its root."""

    model_config = ConfigDict(extra="forbid")

    nodes: list[str]
    topics: Annotated[list[Topic], Field(min_length=1)]


def test_openai_is_asked_for_a_tree_as_a_tree() -> None:
    lowered = lower(Atlas.model_json_schema(), "openai")

    assert lowered.is_supported
    assert violations(lowered.schema, "openai") == []
    assert _is_recursive(lowered.schema)


def test_anthropic_is_asked_for_a_tree_as_a_list_of_nodes() -> None:
    lowered = lower(Atlas.model_json_schema(), "anthropic")

    assert (lowered.is_supported, violations(lowered.schema, "anthropic")) == (True, [])
    answer: JsonObject = {
        "nodes": ["a name of the model's own"],
        "topics": ["t1"],
        "nodes_": [
            {"key": "t1", "value": leaf("Light") | {"children": ["t2"], "best": "t3"}},
            {"key": "t2", "value": leaf("Colour") | {"weights": [{"key": "red", "value": 7}]}},
            {"key": "t3", "value": leaf("Shade")},
        ],
    }
    Draft202012Validator(lowered.schema).validate(answer)
    colour = {"label": "Colour", "weights": {"red": 7}, "children": []}
    shade = {"label": "Shade", "weights": {}, "children": []}
    assert lowered.restore(answer) == {
        "nodes": ["a name of the model's own"],
        "topics": [{"label": "Light", "weights": {}, "children": [colour], "best": shade}],
    }


def leaf(label: str) -> JsonObject:
    """A node as Anthropic is asked for it."""
    return {"label": label, "parent": None, "weights": [], "children": [], "best": None}


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        (["t1", "lost"], [{"label": "A", "weights": {}, "children": []}, "lost"]),
        (["t1", "t1"], [{"label": "A", "weights": {}, "children": []}, "t1"]),
    ],
)
def test_a_link_to_no_node_or_to_one_in_use_is_left_for_the_validation_to_name(links: Json, expected: Json) -> None:
    lowered = lower(Atlas.model_json_schema(), "anthropic")

    restored = lowered.restore({"nodes": [], "topics": links, "nodes_": [{"key": "t1", "value": leaf("A")}]})

    assert restored == {"nodes": [], "topics": expected}


def test_a_node_nobody_links_to_is_not_lost_in_silence() -> None:
    lowered = lower(Atlas.model_json_schema(), "anthropic")
    stray = {"key": "t9", "value": leaf("Stray")}

    assert lowered.restore({"nodes": [], "topics": [], "nodes_": [stray]}) == {
        "nodes": [],
        "topics": [],
        "nodes_": [stray],
    }


def test_nodes_in_a_circle_do_not_turn_for_ever() -> None:
    lowered = lower(Topic.model_json_schema(), "anthropic")

    circle = {"key": "t1", "value": leaf("A") | {"children": ["t1"]}}
    restored = lowered.restore(leaf("Root") | {"children": ["t1"], "nodes": [circle]})

    inner = {"label": "A", "weights": {}, "children": ["t1"]}
    assert restored == {"label": "Root", "weights": {}, "children": [inner]}


def test_an_answer_deeper_than_any_structure_is_passed_on_without_a_failure() -> None:
    answer: Json = leaf("deepest")
    for _ in range(3000):
        answer = {"label": "x", "children": [answer]}

    restored = lower(Topic.model_json_schema(), "openai").restore(answer)

    assert isinstance(restored, dict)
    assert restored["label"] == "x"


@pytest.mark.parametrize("answer", [None, 3, "text", [], {}, {"scores": 4}, {"scores": [{"key": 1, "value": 2}]}])
def test_an_answer_of_another_shape_is_passed_on_as_it_is(answer: Json) -> None:
    schema: JsonObject = {
        "type": "object",
        "properties": {"scores": {"type": "object", "additionalProperties": {"type": "integer"}}},
        "required": ["scores"],
    }

    assert [lower(schema, dialect).restore(answer) for dialect in STRICT] == [answer, answer]


def test_an_invalid_branch_is_still_lifted_by_its_tag() -> None:
    branches: list[Json] = [
        {
            "type": "object",
            "properties": {"type": {"const": kind}, "key": {"type": kind}, "hint": {"type": "string"}},
            "required": ["type", "key"],
        }
        for kind in ("integer", "boolean")
    ]
    schema: JsonObject = {"type": "object", "properties": {"it": {"oneOf": branches}}, "required": ["it"]}

    restored = lower(schema, "openai").restore({"it": {"type": "boolean", "key": "wrong", "hint": None}})

    assert restored == {"it": {"type": "boolean", "key": "wrong"}}


def test_the_same_schema_is_lowered_once() -> None:
    schema = json_schema(StructureType.QUIZ)

    assert lower(schema, "openai") is lower(json_schema(StructureType.QUIZ), "openai")


@dataclass(frozen=True)
class Kind:
    """A schema as pydantic writes it, values it describes, and how a value looks in a lowered schema."""

    schema: JsonObject
    values: st.SearchStrategy[Json]
    down: Callable[[Json], Json]


NAMES = st.sampled_from(
    ["title", "default", "description", "type", "items", "enum", "nodes", "answer", "key", "value", "a"]
)
TEXTS = st.text(max_size=4)


def _same(value: Json) -> Json:
    return value


SCALARS = st.sampled_from(
    [
        Kind({"type": "string", "title": "T"}, TEXTS, _same),
        Kind({"type": "string", "minLength": 1, "maxLength": 3}, st.text(min_size=1, max_size=3), _same),
        Kind({"type": "integer", "minimum": 2, "exclusiveMaximum": 9}, st.integers(2, 8), _same),
        Kind({"type": "number"}, st.floats(-9, 9), _same),
        Kind({"type": "boolean", "default": True}, st.booleans(), _same),
        Kind({"enum": ["x", "y"], "type": "string"}, st.sampled_from(["x", "y"]), _same),
        Kind({"enum": ["x", 1, None]}, st.sampled_from(["x", 1, None]), _same),
        Kind({"const": "only", "type": "string"}, st.just("only"), _same),
        Kind({"anyOf": [{"type": "integer"}, {"type": "string"}]}, st.one_of(st.integers(0, 9), TEXTS), _same),
    ]
)


def lists(kind: Kind) -> Kind:
    schema: JsonObject = {"type": "array", "items": kind.schema, "maxItems": 3}
    return Kind(schema, st.lists(kind.values, max_size=3), lambda found: [kind.down(item) for item in found])


def maps(kind: Kind) -> Kind:
    schema: JsonObject = {"type": "object", "additionalProperties": kind.schema}
    return Kind(
        schema,
        st.dictionaries(TEXTS, kind.values, max_size=3),
        lambda found: [{"key": key, "value": kind.down(item)} for key, item in found.items()],
    )


def nullable(kind: Kind) -> Kind:
    schema: JsonObject = {"anyOf": [kind.schema, {"type": "null"}], "title": "N"}
    return Kind(schema, st.one_of(st.none(), kind.values), lambda found: None if found is None else kind.down(found))


@st.composite
def records(draw: st.DrawFn, kinds: st.SearchStrategy[Kind]) -> Kind:
    return _record(draw(st.dictionaries(NAMES, st.tuples(kinds, st.booleans()), min_size=1, max_size=3)))


def _record(members: dict[str, tuple[Kind, bool]]) -> Kind:
    required = {name: kind.values for name, (kind, is_required) in members.items() if is_required}
    # An optional member that may be null says nothing by null: its absence is the canonical spelling.
    optional = {name: kind.values.filter(_is_something) for name, (kind, needed) in members.items() if not needed}
    schema: JsonObject = {
        "type": "object",
        "title": "R",
        "additionalProperties": False,
        "patternProperties": {"^x_": {}},
        "properties": {name: kind.schema for name, (kind, _) in members.items()},
        "required": list(required),
    }

    def down(found: Json) -> Json:
        return {name: kind.down(found[name]) if name in found else None for name, (kind, _) in members.items()}

    return Kind(schema, st.fixed_dictionaries(required, optional=optional), down)


def _is_something(value: Json) -> bool:
    return value is not None


@st.composite
def unions(draw: st.DrawFn, kinds: st.SearchStrategy[Kind]) -> Kind:
    tagged = {}
    for tag in ("one", "two"):
        members = draw(st.dictionaries(NAMES.filter("type".__ne__), st.tuples(kinds, st.booleans()), max_size=2))
        tagged[tag] = _record({"type": (Kind({"const": tag}, st.just(tag), _same), True), **members})
    schema: JsonObject = {"oneOf": [kind.schema for kind in tagged.values()], "discriminator": {"propertyName": "type"}}
    values = st.one_of(*(kind.values for kind in tagged.values()))
    return Kind(schema, values, lambda found: tagged[found["type"]].down(found))


def _has_no_null(kind: Kind) -> bool:
    return "null" not in str(kind.schema) and "None" not in str(kind.schema.get("enum"))


KINDS = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        inner.map(lists), inner.map(maps), inner.filter(_has_no_null).map(nullable), records(inner), unions(inner)
    ),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(data=st.data(), kind=KINDS, dialect=st.sampled_from(STRICT))
def test_any_value_of_any_schema_goes_down_and_comes_back(
    data: st.DataObject, kind: Kind, dialect: Literal["openai", "anthropic"]
) -> None:
    value = data.draw(kind.values)
    Draft202012Validator(kind.schema).validate(value)

    lowered = lower(kind.schema, dialect)

    assert lowered.is_supported or lowered.reason
    if not lowered.is_supported:
        return
    assert violations(lowered.schema, dialect) == []
    down = kind.down(value) if kind.schema.get("title") == "R" else {"answer": kind.down(value)}
    Draft202012Validator(lowered.schema).validate(down)
    assert lowered.restore(down) == value


@settings(max_examples=150, deadline=None)
@given(data=st.data(), kind=KINDS)
def test_any_value_of_any_schema_also_fits_the_schema_of_a_prompt(data: st.DataObject, kind: Kind) -> None:
    value = data.draw(kind.values)

    lowered = lower(kind.schema, "none")

    answer = value if kind.schema.get("title") == "R" else {"answer": value}
    Draft202012Validator(lowered.schema).validate(answer)
    assert lowered.restore(answer) == value


TREES = st.recursive(
    st.fixed_dictionaries({"label": TEXTS, "weights": st.just({}), "children": st.just([])}),
    lambda inner: st.fixed_dictionaries(
        {
            "label": TEXTS,
            "weights": st.dictionaries(TEXTS, st.integers(0, 9), max_size=2),
            "children": st.lists(inner, max_size=3),
        },
        optional={"best": inner, "parent": st.just("inner")},
    ),
    max_leaves=12,
)


def flattened(tree: JsonObject, nodes: list[Json]) -> JsonObject:
    """The tree as Anthropic is asked for it; its descendants go to ``nodes``."""

    def link(inner: JsonObject) -> str:
        node = flattened(inner, nodes)
        nodes.append({"key": f"n{len(nodes)}", "value": node})
        return f"n{len(nodes) - 1}"

    return {
        "label": tree["label"],
        "parent": tree.get("parent"),
        "weights": [{"key": key, "value": value} for key, value in tree["weights"].items()],
        "children": [link(child) for child in tree["children"]],
        "best": link(tree["best"]) if "best" in tree else None,
    }


@settings(deadline=None)
@given(tree=TREES)
def test_any_tree_is_flattened_and_comes_back(tree: JsonObject) -> None:
    lowered = lower(Topic.model_json_schema(), "anthropic")
    nodes: list[Json] = []
    answer = flattened(tree, nodes) | {"nodes": nodes}

    Draft202012Validator(lowered.schema).validate(answer)

    assert violations(lowered.schema, "anthropic") == []
    assert lowered.restore(answer) == tree
