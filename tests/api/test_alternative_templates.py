"""The alternative templates: each makes a valid structure at every level, with a model and, where it can, without."""

from __future__ import annotations

import json
from typing import cast

import httpx
import pytest

from granulator.model import JsonObject
from granulator.services import Services
from granulator.store import templates
from tests.mock_server import MockAi

ALTERNATIVES = {
    "course_flipped_classroom": "course",
    "knowledge_map_glossary": "knowledge_map",
    "learning_path_onboarding": "learning_path",
    "novel_heros_journey": "novel",
    "quiz_certification_exam": "quiz",
    "workflow_incident_response": "workflow",
}
OWN_WORDS = {
    "course_flipped_classroom": "flipped classroom",
    "knowledge_map_glossary": "glossar",
    "learning_path_onboarding": "onboarding path",
    "novel_heros_journey": "journey of a hero",
    "quiz_certification_exam": "certification exam",
    "workflow_incident_response": "runbook",
}


def request(name: str, level: int, **config: object) -> dict[str, object]:
    wanted = {
        "topic": "Keeping bees",
        "structureType": ALTERNATIVES[name],
        "templateName": name,
        "granularityLevel": level,
    }
    return {"action": "granulate", "input": wanted, "config": config}


@pytest.mark.parametrize("level", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("name", ALTERNATIVES)
async def test_a_model_writes_a_valid_structure_of_every_level(
    ai_client: httpx.AsyncClient, mock: MockAi, name: str, level: int
) -> None:
    answer = await ai_client.post("/api/execute", json=request(name, level, aiProvider="openai"))

    body = answer.json()
    assert answer.status_code == 200, body
    assert (body["output"]["structureType"], body["output"]["readyForContentGeneration"]) == (ALTERNATIVES[name], True)
    assert body["output"]["qualityScore"] >= 0.88
    assert all(OWN_WORDS[name] in json.dumps(sent["body"]) for sent in mock.requests)


SCAFFOLDED = [name for name, kind in ALTERNATIVES.items() if kind not in ("quiz", "knowledge_map")]


@pytest.mark.parametrize("level", [1, 3, 5])
@pytest.mark.parametrize("name", SCAFFOLDED)
async def test_a_bare_topic_becomes_a_scaffold_with_the_questions_of_the_template(
    client: httpx.AsyncClient, services: Services, name: str, level: int
) -> None:
    answer = await client.post("/api/execute", json=request(name, level))

    template = await templates.get(services.db, name)
    assert template is not None
    assert template.scaffold is not None
    questions = [text.replace("{topic}", "Keeping bees") for text in cast("list[str]", template.scaffold["questions"])]
    structure = json.dumps(answer.json()["output"]["structure"])
    assert answer.status_code == 200
    assert answer.json()["output"]["qualityScore"] is None
    assert len([question for question in questions if question in structure]) >= 3


PROCEDURE = """# When the hive is robbed

How to stop robbing before a colony is lost.

## What to do

1. Watch the entrance of the hive for five minutes and look for fighting bees.
2. Narrow the entrance to the width of one bee with a piece of wood.
3. Remove every open jar, comb and feeder from the apiary.
4. Cover the hive with a wet sheet until the evening.
5. Check the weight of the hive after sunset and write it into the hive book.
6. If the hive has lost more than two kilograms, feed it inside the hive at night.
7. Open the entrance again after three calm days.
"""


@pytest.mark.parametrize("level", [1, 2])
@pytest.mark.parametrize("name", [name for name, kind in ALTERNATIVES.items() if kind != "novel"])
async def test_a_document_becomes_a_valid_structure_without_a_model(
    client: httpx.AsyncClient, document: str, name: str, level: int
) -> None:
    body = request(name, level)
    source = {"text": PROCEDURE if ALTERNATIVES[name] == "workflow" else document, "format": "markdown"}

    answer = await client.post(
        "/api/execute", json={**body, "input": {**cast(JsonObject, body["input"]), "source": source}}
    )

    assert answer.status_code == 200, answer.text
    assert answer.json()["output"]["readyForContentGeneration"]
