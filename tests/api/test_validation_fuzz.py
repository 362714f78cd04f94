"""``/api/validate`` for whatever is sent: a finding or a 400, never a 500, and JSON as any reader takes it."""

from __future__ import annotations

import json
import sys
from types import FrameType
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from granulator.granulation import structures, validation
from granulator.granulation.result import verdict_row
from granulator.granulation.validation import RequiredElement
from granulator.model import StructureType
from tests.unit.granulation.samples import clean, put, template, value_at, values

BIG = 10**400
ODD = [
    None,
    True,
    False,
    0,
    -1,
    1.5,
    BIG,
    -BIG,
    1e308,
    -0.0,
    "",
    " ",
    "\u200b",
    "\ud800",
    "\udfff\ud800",
    "0",
    "null",
    "a" * 5000,
    "[",
    "{{topic}}",
    "\x00",
    "‮",
    [],
    {},
    [[]],
    [{}],
    [None],
    {"": None},
    {"id": {}},
    [[[[[[]]]]]],
    ["x"] * 50,
]
strange = st.recursive(
    st.sampled_from(ODD) | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=6,
)
PLACES = {kind: [path for path, _ in values(clean(kind))] for kind in StructureType}
REQUIRED = [RequiredElement("x", "tool", 2, ("1.1", "phase_1")), RequiredElement("\ud800", placement=("$",))]


def spoiled(kind: StructureType, changes: list[tuple[int, Any]]) -> Any:
    """A valid structure with other values at some of its paths; a path that an earlier change took away is left out."""
    structure = clean(kind)
    for number, value in changes:
        path = PLACES[kind][number % len(PLACES[kind])]
        try:
            put(structure, path, value)
        except (KeyError, IndexError, TypeError):
            continue
    return structure


changes = st.lists(st.tuples(st.integers(0, 10_000), strange), min_size=1, max_size=5)


@pytest.mark.parametrize("kind", StructureType)
@given(changes=changes)
@settings(max_examples=40, deadline=None)
def test_any_value_at_any_path_is_a_finding_that_can_be_sent(
    kind: StructureType, changes: list[tuple[int, Any]]
) -> None:
    structure = spoiled(kind, changes)

    found = validation.validate(
        structure, kind, template=template(kind), sources={"source": "x"}, topic="x", required_elements=REQUIRED
    )

    sent = json.dumps(verdict_row(found), allow_nan=False).encode("utf-8")
    assert sent
    assert 0 <= (found.score or 0) <= 100


@pytest.mark.parametrize("kind", StructureType)
@pytest.mark.parametrize("value", [*ODD, float("nan"), float("inf"), -float("inf")], ids=lambda value: repr(value)[:20])
def test_each_odd_value_at_every_path_is_a_finding(kind: StructureType, value: Any) -> None:
    for path in PLACES[kind][len(repr(value)) % 9 :: 9]:
        structure = put(clean(kind), path, value)

        assert validation.validate(structure, kind, template=template(kind)).score is not None


@given(kind=st.sampled_from(list(StructureType)), changes=changes)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_value_at_any_path_is_answered_over_http(
    client: httpx.AsyncClient, kind: StructureType, changes: list[tuple[int, Any]]
) -> None:
    body = json.dumps({"structure": spoiled(kind, changes), "structureType": kind.value})

    answer = await client.post("/api/validate", content=body, headers={"content-type": "application/json"})

    assert answer.status_code in (200, 400), answer.text


RAW = {
    "duplicate keys": '{"modules": [], "modules": [{"id": "module_1", "id": "module_2"}], "modules": null}',
    "depth 200": "[" * 200 + "]" * 200,
    "depth 200 of objects": '{"modules": ' * 200 + "{}" + "}" * 200,
    "depth 100000": "[" * 100_000 + "]" * 100_000,
    "a huge whole number": '{"quizOverview": {"totalQuestions": ' + "9" * 5000 + "}}",
    "a huge exponent": '{"quizOverview": {"totalQuestions": 1e400}}',
    "not a number": '{"quizOverview": {"totalQuestions": NaN}}',
    "a lone surrogate": '{"courseOverview": {"title": "\\ud800"}}',
    "a lone surrogate as a key": '{"\\ud800": {"title": 1}}',
    "a NUL": '{"courseOverview": {"title": "\\u0000"}}',
    "a list": "[1, 2, 3]",
    "a text": '"{}"',
    "nothing": "null",
}


@pytest.mark.parametrize("kind", StructureType)
@pytest.mark.parametrize("raw", RAW.values(), ids=RAW)
async def test_raw_json_of_any_kind_is_answered(client: httpx.AsyncClient, kind: StructureType, raw: str) -> None:
    body = f'{{"structure": {raw}, "structureType": "{kind.value}"}}'

    answer = await client.post("/api/validate", content=body, headers={"content-type": "application/json"})

    assert answer.status_code in (200, 400), answer.text
    assert answer.status_code == 400 or answer.json()["valid"] is False


@pytest.mark.parametrize("kind", StructureType)
async def test_five_megabytes_in_one_field_are_answered(client: httpx.AsyncClient, kind: StructureType) -> None:
    key = structures.OVERVIEWS[kind]
    structure = clean(kind)
    name = "name" if kind is StructureType.WORKFLOW else "title"
    structure[key][name] = "word " * 1_000_000

    answer = await client.post("/api/validate", json={"structure": structure, "structureType": kind.value})

    assert answer.status_code in (200, 400, 413), answer.text[:500]


GROWN = [
    (StructureType.COURSE, "modules[0].lessons"),
    (StructureType.QUIZ, "categories[0].questions"),
    (StructureType.NOVEL, "acts[1].chapters"),
    (StructureType.WORKFLOW, "steps"),
    (StructureType.KNOWLEDGE_MAP, "concepts"),
    (StructureType.LEARNING_PATH, "milestones"),
]


@pytest.mark.parametrize(("kind", "path"), GROWN, ids=[kind.value for kind, _ in GROWN])
def test_ten_thousand_elements_are_a_finding_of_bounded_size(kind: StructureType, path: str) -> None:
    found = validation.validate(grown(kind, path, 10_000), kind, template=template(kind), required_elements=REQUIRED)

    assert found.is_valid is False
    assert len(found.issues) < 40 * validation.ISSUES_PER_CHECK_MAX


@pytest.mark.parametrize(("kind", "path"), GROWN, ids=[kind.value for kind, _ in GROWN])
def test_twice_the_elements_take_about_twice_the_work(kind: StructureType, path: str) -> None:
    calls = [calls_of(kind, grown(kind, path, size)) for size in (300, 600)]

    assert calls[1] < 2.5 * calls[0]


def grown(kind: StructureType, path: str, size: int) -> Any:
    """A clean structure with so many elements in one of its lists, each with a text of its own."""
    structure = clean(kind)
    outer, _, key = path.rpartition(".")
    holder = value_at(structure, outer) if outer else structure
    rows = holder[key]
    holder[key] = [numbered(rows[number % len(rows)], number) for number in range(size)]
    return structure


def numbered(row: Any, number: int) -> Any:
    told = {name: f"{text} {number:x}a{number}" for name, text in row.items() if name in TOLD}
    return {**row, **told, "id": f"{row['id']}_{number}"}


TOLD = ("title", "name", "label", "question", "content", "summary", "description", "definition")


def calls_of(kind: StructureType, structure: Any) -> int:
    """The number of functions that a check of the structure calls."""
    calls = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        validation.validate(structure, kind, template=template(kind))
    finally:
        sys.setprofile(None)
    return calls
