"""``POST /api/execute`` with the local provider for the types other than course and quiz, over HTTP."""

from __future__ import annotations

import hashlib

import httpx
import pytest

from granulator.granulation.structures import at, element_paths
from granulator.model import StructureType
from tests.unit.extraction.procedure_samples import BREWERY
from tests.unit.extraction.samples import HARBOUR

FROM_SOURCE = [("workflow", BREWERY), ("knowledge_map", HARBOUR), ("learning_path", HARBOUR)]


def request(kind: str, text: str | None, level: int = 2, **more: object) -> dict[str, object]:
    source = {} if text is None else {"source": {"text": text, "format": "markdown"}}
    asked = {"topic": "Cellar work", "structureType": kind, "granularityLevel": level}
    return {"action": "granulate", "input": {**asked, **source, **more}, "config": {"aiProvider": "local"}}


@pytest.mark.parametrize(("kind", "text"), FROM_SOURCE)
async def test_a_document_becomes_a_valid_structure(client: httpx.AsyncClient, kind: str, text: str) -> None:
    answer = await client.post("/api/execute", json=request(kind, text))

    body = answer.json()
    output = body["output"]
    assert (answer.status_code, output["structureType"], body["cost"]) == (200, kind, 0)
    assert output["qualityScore"] >= 0.85
    assert output["readyForContentGeneration"] is True
    assert body["metadata"]["plan"] == "single"


@pytest.mark.parametrize(("kind", "text"), FROM_SOURCE)
async def test_every_element_says_where_in_the_source_it_comes_from(
    client: httpx.AsyncClient, kind: str, text: str
) -> None:
    structure = (await client.post("/api/execute", json=request(kind, text))).json()["output"]["structure"]

    found = [element for path in element_paths(StructureType(kind)) for _, element in at(structure, path)]
    assert len(found) > 5
    for element in found:
        span = element["provenance"]["span"]
        slice_ = text[span["start"] : span["end"]]
        assert element["provenance"]["kind"] == "source"
        assert element["provenance"]["sha256"] == hashlib.sha256(slice_.encode()).hexdigest()


@pytest.mark.parametrize(("kind", "text"), FROM_SOURCE)
async def test_max_elements_holds(client: httpx.AsyncClient, kind: str, text: str) -> None:
    answer = await client.post("/api/execute", json=request(kind, text, maxElements=6))

    output = answer.json()["output"]
    assert (answer.status_code, output["summary"]["totalElements"] <= 6) == (200, True)


async def test_the_choice_of_an_order_of_reading_is_told(client: httpx.AsyncClient) -> None:
    output = (await client.post("/api/execute", json=request("learning_path", HARBOUR))).json()["output"]

    assert "follow the order of the source" in output["notice"]


@pytest.mark.parametrize("kind", ["workflow", "learning_path", "novel"])
async def test_a_topic_alone_becomes_a_labelled_scaffold(client: httpx.AsyncClient, kind: str) -> None:
    output = (await client.post("/api/execute", json=request(kind, None))).json()["output"]

    assert (output["qualityScore"], output["readyForContentGeneration"]) == (None, False)
    assert output["notice"]


async def test_a_novel_is_a_scaffold_with_a_source_too(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/execute", json=request("novel", HARBOUR))

    output = answer.json()["output"]
    assert (answer.status_code, output["qualityScore"], output["readyForContentGeneration"]) == (200, None, False)
