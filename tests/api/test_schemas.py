"""``/api/schemas``: a JSON Schema of each type that takes what we make and refuses what is broken, another judging."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from granulator.api.schemas import schema
from granulator.granulation import structures
from granulator.model import StructureType
from tests.unit.granulation.samples import clean

KINDS = list(StructureType)


def refused(kind: StructureType, structure: object) -> bool:
    return not Draft202012Validator(schema(kind)).is_valid(structure)


@pytest.mark.parametrize("kind", KINDS)
async def test_the_schema_says_what_it_is(client: httpx.AsyncClient, kind: StructureType) -> None:
    answer = await client.get(f"/api/schemas/{kind.value}")

    body = answer.json()
    assert answer.status_code == 200
    assert (body["$schema"], body["$id"], body["title"], body["version"]) == (
        "https://json-schema.org/draft/2020-12/schema",
        f"urn:granulator:structure:{kind.value}:1",
        f"Granulator {kind.value.replace('_', ' ')}",
        "1",
    )
    Draft202012Validator.check_schema(body)
    assert body == schema(kind)


async def test_the_schema_has_an_etag_by_which_it_is_sent_once(client: httpx.AsyncClient) -> None:
    course, quiz = await client.get("/api/schemas/course"), await client.get("/api/schemas/quiz")
    tag = course.headers["ETag"]

    again = await client.get("/api/schemas/course", headers={"If-None-Match": tag})
    other = await client.get("/api/schemas/quiz", headers={"If-None-Match": tag})

    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    assert (other.status_code, other.headers["ETag"]) == (200, quiz.headers["ETag"])
    assert quiz.headers["ETag"] != tag


@pytest.mark.parametrize("name", ["poem", "Course", "learning-path"])
async def test_an_unknown_type_is_400(client: httpx.AsyncClient, name: str) -> None:
    answer = await client.get(f"/api/schemas/{name}")

    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_STRUCTURE_TYPE")
    assert answer.json()["details"]["value"] == name


async def test_a_schema_is_below_api_and_asks_for_a_credential(anonymous: httpx.AsyncClient) -> None:
    assert (await anonymous.get("/api/schemas/course")).status_code == 401


@pytest.mark.parametrize("level", [1, 3, 5])
@pytest.mark.parametrize("kind", KINDS)
async def test_the_schema_takes_what_is_made(ai_client: httpx.AsyncClient, kind: StructureType, level: int) -> None:
    wanted = {"topic": "Keeping bees", "structureType": kind.value, "granularityLevel": level}
    made = await ai_client.post(
        "/api/execute", json={"action": "granulate", "input": wanted, "config": {"aiProvider": "openai"}}
    )

    published = (await ai_client.get(f"/api/schemas/{kind.value}")).json()
    found = list(Draft202012Validator(published).iter_errors(made.json()["output"]["structure"]))

    assert [error.message for error in found] == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_schema_takes_a_clean_structure_with_extensions_and_without_optional_fields(kind: StructureType) -> None:
    structure = clean(kind)
    structure["x_note"] = {"any": ["thing"]}
    structure.pop("schemaVersion", None)

    assert not refused(kind, structure)


def first(structure: Any, kind: StructureType) -> Any:
    return structure[structures.LISTS[kind]][0]


BREAKS: dict[str, Callable[[Any, StructureType], object]] = {
    "no overview": lambda structure, kind: structure.pop(structures.OVERVIEWS[kind]),
    "no list": lambda structure, kind: structure.pop(structures.LISTS[kind]),
    "an empty list": lambda structure, kind: structure[structures.LISTS[kind]].clear(),
    "text for a list": lambda structure, kind: structure.update({structures.LISTS[kind]: "none"}),
    "an unknown key": lambda structure, kind: structure.update(mood="calm"),
    "an unknown key of an element": lambda structure, kind: first(structure, kind).update(mood="calm"),
    "an element that is empty": lambda structure, kind: first(structure, kind).clear(),
    "an element that is null": lambda structure, kind: structure[structures.LISTS[kind]].append(None),
    "another version": lambda structure, kind: structure.update(schemaVersion="2"),
    "an unknown origin": lambda structure, kind: first(structure, kind).update(provenance={"kind": "dream"}),
    "a source without its span": lambda structure, kind: first(structure, kind).update(provenance={"kind": "source"}),
}


@pytest.mark.parametrize("broken", BREAKS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_schema_refuses_a_broken_structure_as_we_do(kind: StructureType, broken: str) -> None:
    structure = clean(kind)
    BREAKS[broken](structure, kind)

    assert (refused(kind, structure), bool(structures.shape(kind, structure))) == (True, True)


TEXTS = {
    StructureType.COURSE: ("modules", 0, "lessons", 0, "title"),
    StructureType.QUIZ: ("categories", 0, "questions", 0, "question"),
    StructureType.NOVEL: ("acts", 0, "chapters", 0, "summary"),
    StructureType.WORKFLOW: ("steps", 0, "name"),
    StructureType.KNOWLEDGE_MAP: ("concepts", 0, "definition"),
    StructureType.LEARNING_PATH: ("milestones", 0, "title"),
}


@pytest.mark.parametrize("value", ["", "  \n", None, 3, ["text"]])
@pytest.mark.parametrize("kind", KINDS)
def test_the_schema_refuses_a_text_that_is_none(kind: StructureType, value: object) -> None:
    structure = clean(kind)
    *way, last = TEXTS[kind]
    inner: Any = structure
    for step in way:
        inner = inner[step]
    inner[last] = value

    assert (refused(kind, structure), bool(structures.shape(kind, structure))) == (True, True)


CHOICE = {
    "id": "q_1",
    "type": "multiple_choice",
    "question": "Which?",
    "options": ["a", "b", "c"],
    "correctAnswer": 1,
    "explanation": "It is b.",
    "difficulty": "easy",
}


@pytest.mark.parametrize(
    "changes",
    [
        {"correctAnswer": -1},
        {"correctAnswer": 8},
        {"correctAnswer": True},
        {"correctAnswer": "1"},
        {"options": ["a", "b"]},
        {"type": "riddle"},
        {"type": "true_false", "options": ["Yes", "No"]},
        {"type": "true_false", "options": ["True", "False"], "correctAnswer": 2},
        {"type": "multiple_response", "correctAnswer": []},
        {"type": "multiple_response", "correctAnswer": [0, 0]},
        {"type": "ordering", "correctAnswer": [0, 1]},
        {"type": "short_answer", "correctAnswer": ["b"]},
        {"type": "matching", "options": [], "correctAnswer": [{"left": "a", "right": "b"}]},
        {"type": "numeric", "options": [], "correctAnswer": {"value": 1, "tolerance": -1}},
    ],
)
def test_the_schema_refuses_a_key_that_cannot_be(changes: dict[str, object]) -> None:
    sound, broken = clean(StructureType.QUIZ), clean(StructureType.QUIZ)
    sound["categories"][0]["questions"][0] = copy.deepcopy(CHOICE)
    broken["categories"][0]["questions"][0] = {**CHOICE, **changes}

    assert (refused(StructureType.QUIZ, sound), refused(StructureType.QUIZ, broken)) == (False, True)
    assert structures.shape(StructureType.QUIZ, broken)
