"""What a caller requires: refused before any call where it cannot be met, asked of the model, kept to by joining."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import httpx
import pytest
from starlette.applications import Starlette

from granulator.granulation import structures
from granulator.granulation.admission import DEFAULT_TEMPLATES
from granulator.model import StructureType
from granulator.services import Services
from granulator.store import templates
from tests.api.test_generation import BLOCK, request, said, with_input
from tests.mock_server import MockAi
from tests.unit.granulation.samples import values

SIZES = {
    "course": "5 modules with 4 lessons each, 20 lessons in all, 20 exercises in all",
    "quiz": "5 categories with 4 questions each, 20 questions in all",
    "novel": "3 acts with 4, 8 and 4 chapters, 16 chapters in all, no scenes",
    "workflow": "16 steps, 1 of them a decision",
    "knowledge_map": "24 concepts, at most 2 levels deep",
    "learning_path": "9 milestones with 2 activities each, 18 activities in all",
}
"""More than is asked for at level 2."""


@pytest.fixture
def services(ai_app: Starlette) -> Services:
    """The services of the application under test; its providers all are the mock server."""
    opened: Services = ai_app.state.services
    return opened


def requiring(kind: str, level: int, *elements: object) -> Any:
    return with_input(request(kind, level), requiredElements=list(elements))


@pytest.mark.parametrize(
    ("kind", "element", "path", "details"),
    [
        ("course", {"name": "Ann", "placement": ["1.1", "5.1"]}, "placement[1]", {"nearest": "3.1"}),
        ("quiz", {"name": "Ann", "placement": ["q_11"]}, "placement[0]", {"nearest": "q_10"}),
        ("novel", {"name": "Ann", "placement": ["act_4"]}, "placement[0]", {"nearest": "act_3"}),
        ("workflow", {"name": "Ann", "placement": ["3.1"]}, "placement[0]", {"nearest": "3"}),
        ("learning_path", {"name": "Ann", "placement": ["5"]}, "placement[0]", {"nearest": "4"}),
        ("knowledge_map", {"name": "Ann", "minAppearances": 15}, "minAppearances", {"maximum": 14}),
        ("novel", {"name": "Ann", "minAppearances": 13}, "minAppearances", {"maximum": 12}),
    ],
)
async def test_what_no_structure_of_the_size_can_meet_is_refused_before_any_call(
    ai_client: httpx.AsyncClient, mock: MockAi, kind: str, element: object, path: str, details: dict[str, object]
) -> None:
    answer = await ai_client.post("/api/execute", json=requiring(kind, 2, "fine", element))

    body = answer.json()
    assert (answer.status_code, body["code"]) == (400, "INVALID_PARAMETER")
    assert body["details"]["path"] == f"input.requiredElements[1].{path}"
    assert {key: body["details"].get(key) for key in details} == details
    assert mock.requests == []
    assert (await ai_client.get("/api/jobs")).json()["pagination"]["total"] == 0


async def test_max_elements_decides_what_places_there_are(ai_client: httpx.AsyncClient) -> None:
    body = requiring("course", 2, {"name": "Ann", "placement": ["3.1"]})

    answer = await ai_client.post("/api/execute", json=with_input(body, maxElements=8))

    assert answer.status_code == 400
    assert answer.json()["details"]["nearest"] == "2.1"


async def test_everything_that_is_required_is_asked_of_the_model_in_words(
    ai_client: httpx.AsyncClient, mock: MockAi
) -> None:
    elements = [
        "smoker",
        {"name": "Queen cage", "type": "topic", "minAppearances": 3, "placement": ["2.1", "module_3"]},
    ]

    answer = await ai_client.post("/api/execute", json=requiring("course", 2, *elements))

    asked = [dict((name, text) for name, _, text in BLOCK.findall(said(sent)[1])) for sent in mock.requests]
    assert [block["required-elements"] for block in asked[:4]] == [
        "- smoker\n- Queen cage (topic), in at least 3 places, in 2.1 (module 2, lesson 1) and in module_3"
    ] * 4
    assert "queen cage" in str(answer.json()).casefold()


@pytest.mark.parametrize("kind", [kind.value for kind in StructureType])
async def test_what_a_model_wrote_beyond_max_elements_is_joined(
    ai_client: httpx.AsyncClient, services: Services, kind: str
) -> None:
    await ask_for_more(services, StructureType(kind))
    most = 14

    answer = await ai_client.post("/api/execute", json=with_input(request(kind, 2, validation=False), maxElements=most))

    assert answer.status_code == 200, answer.json()
    output = answer.json()["output"]
    assert output["summary"]["totalElements"] <= most
    assert structures.shape(StructureType(kind), output["structure"]) == ()
    merged = [path for path, _ in values(output["structure"]) if path.endswith(("x_mergedIds", "x_leftOutIds"))]
    assert merged
    assert not [issue for issue in output["issues"] if issue["code"] in ("dup_id", "dangling_ref", "count_mismatch")]


async def ask_for_more(services: Services, kind: StructureType) -> None:
    """Have the default template order more than was asked for, as a model may write."""
    template = await templates.get(services.db, DEFAULT_TEMPLATES[kind])
    assert template is not None
    ordered = {role: text.replace("{{ sizes }}", SIZES[kind.value]) for role, text in template.prompts.items()}
    await services.db.batch([templates.put(replace(template, prompts=ordered, version=2), services.now_ms())])


@pytest.mark.parametrize("kind", ["course", "novel", "workflow", "learning_path"])
async def test_a_scaffold_of_every_type_is_labelled_and_not_scored(client: httpx.AsyncClient, kind: str) -> None:
    given = {"topic": "Falconry", "structureType": kind, "granularityLevel": 3, "maxElements": 40}

    answer = await client.post("/api/execute", json={"action": "granulate", "input": given})

    output = cast(Any, answer.json())["output"]
    kinds = {value for path, value in values(output["structure"]) if path.endswith("provenance.kind")}
    assert (output["qualityScore"], output["readyForContentGeneration"], kinds) == (None, False, {"scaffold"})
    assert "holds no facts about the topic" in output["notice"]
    assert output["summary"]["totalElements"] <= 40
    assert output["issues"] == []


async def test_a_novel_is_a_scaffold_with_a_source_too_and_says_why(client: httpx.AsyncClient, document: str) -> None:
    source = {"text": document, "format": "markdown"}
    given = {"topic": "Falconry", "structureType": "novel", "granularityLevel": 1, "source": source}

    answer = await client.post("/api/execute", json={"action": "granulate", "input": given})

    assert answer.status_code == 200, answer.json()
    assert "a source is not invented into a plot" in answer.json()["output"]["notice"]
