"""Knowledge maps from a source: a hierarchy in its own words, and no link that it does not prove."""

from __future__ import annotations

from typing import Any

import pytest

from granulator.errors import SourceRequired
from tests.unit.extraction.samples import HARBOUR
from tests.unit.granulation.authors.extracted.written import brief, write
from tests.unit.granulation.samples import KNOWLEDGE_MAP


async def drawn(text: str = HARBOUR, level: int = 3) -> Any:
    return (await write(brief(KNOWLEDGE_MAP, text, level)))[1]


def under(structure: Any) -> dict[str, str]:
    labels = {concept["id"]: concept["label"] for concept in structure["concepts"]}
    return {labels[one["source"]]: labels[one["target"]] for one in structure["relations"] if one["type"] == "broader"}


async def test_the_document_is_the_root_and_its_headings_and_terms_stand_below():
    structure = await drawn()

    assert structure["concepts"][0]["label"] == "Running a Small Harbour"
    assert structure["mapOverview"]["rootId"] == structure["concepts"][0]["id"]
    placed = under(structure)
    assert {label: placed[label] for label in ("Berths", "The lock", "Weather", "Mooring line", "Mitre gate")} == {
        "Berths": "Running a Small Harbour",
        "The lock": "Running a Small Harbour",
        "Weather": "Running a Small Harbour",
        "Mooring line": "Berths",
        "Mitre gate": "The lock",
    }


async def test_every_concept_but_the_root_has_one_broader_one_and_the_level_below_it():
    structure = await drawn()
    levels = {concept["id"]: concept["level"] for concept in structure["concepts"]}
    broader = [one for one in structure["relations"] if one["type"] == "broader"]

    assert sorted(one["source"] for one in broader) == sorted(set(levels) - {structure["mapOverview"]["rootId"]})
    assert all(levels[one["source"]] == levels[one["target"]] + 1 for one in broader)


async def test_a_definition_that_names_another_concept_is_related_to_it_and_nothing_is_a_prerequisite():
    structure = await drawn()
    labels = {concept["id"]: concept["label"] for concept in structure["concepts"]}
    links = {(labels[one["source"]], labels[one["target"]]): one["type"] for one in structure["relations"]}

    assert links[("Fender", "Quay")] == "related"
    assert set(links.values()) <= {"broader", "partOf", "related"}


async def test_every_definition_is_a_sentence_of_the_source():
    plain = HARBOUR.replace("**", "").replace("`", "")

    for concept in (await drawn())["concepts"]:
        assert concept["definition"].rstrip(".")[1:] in plain


async def test_a_definition_from_a_list_is_written_as_a_sentence():
    definitions = {concept["label"]: concept["definition"] for concept in (await drawn())["concepts"]}

    assert definitions["Breakwater"] == "A long dam that keeps heavy waves out of the basin."


@pytest.mark.parametrize(("level", "most"), [(1, 2), (2, 2), (3, 3), (4, 4)])
async def test_the_map_is_as_deep_as_its_level_at_most_and_keeps_the_names_of_what_it_leaves_out(level: int, most: int):
    structure = await drawn(level=level)
    whole = await drawn(level=5)
    named = [concept["label"] for concept in structure["concepts"]]
    covered = [label for concept in structure["concepts"] for label in concept.get("x_narrower", [])]

    assert max(concept["level"] for concept in structure["concepts"]) <= most
    assert sorted(named + covered) == sorted(concept["label"] for concept in whole["concepts"])


async def test_a_map_of_level_one_has_definitions_only():
    assert all(concept["examples"] == [] for concept in (await drawn(level=1))["concepts"])
    assert any(concept["examples"] for concept in (await drawn(level=3))["concepts"])


async def test_a_source_that_says_of_nothing_what_it_is_is_refused_with_the_reason():
    with pytest.raises(SourceRequired) as refused:
        await drawn("# Diary\n\nWe went to the sea. It rained all day. Then they left for home without us.\n")

    assert refused.value.details["reason"] == "no_concepts"
