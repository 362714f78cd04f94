"""``/api/templates``: two of each type, narrowed, paged and found by exact name."""

from __future__ import annotations

import shutil
from pathlib import Path

import httpx
import pytest

from granulator.errors import ConfigurationError
from granulator.granulation import admission
from granulator.services import Services
from granulator.store.database import data_file

SHIPPED = {
    "business_process_standard": "workflow",
    "concept_map_hierarchical": "knowledge_map",
    "course_flipped_classroom": "course",
    "educational_course_basic": "course",
    "knowledge_map_glossary": "knowledge_map",
    "learning_path_onboarding": "learning_path",
    "novel_heros_journey": "novel",
    "quiz_assessment_standard": "quiz",
    "quiz_certification_exam": "quiz",
    "skill_development_path": "learning_path",
    "three_act_novel": "novel",
    "workflow_incident_response": "workflow",
}


async def test_the_shipped_templates_are_listed_by_name(client: httpx.AsyncClient) -> None:
    body = (await client.get("/api/templates")).json()

    assert [(row["name"], row["structureType"]) for row in body["templates"]] == list(SHIPPED.items())
    assert (body["total"], body["pagination"]["totalPages"]) == (12, 1)
    assert all(
        set(row) == {"name", "structureType", "complexityLevel", "targetAudience", "usageCount", "description"}
        for row in body["templates"]
    )


@pytest.mark.parametrize("name", ["structure_type", "structureType"])
async def test_templates_are_narrowed_by_type_under_either_name(client: httpx.AsyncClient, name: str) -> None:
    body = (await client.get("/api/templates", params={name: "quiz"})).json()

    assert [row["name"] for row in body["templates"]] == ["quiz_assessment_standard", "quiz_certification_exam"]
    assert body["total"] == 2


async def test_an_unknown_type_is_400(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/templates?structure_type=poem")

    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_STRUCTURE_TYPE")


async def test_a_template_is_shown_with_its_sketch_bounds_and_prompt(client: httpx.AsyncClient) -> None:
    template = (await client.get("/api/templates/educational_course_basic")).json()["template"]

    assert set(template) == {
        "name",
        "structureType",
        "complexityLevel",
        "targetAudience",
        "schema",
        "validationRules",
        "usageCount",
        "createdAt",
        "aiPromptTemplate",
        "description",
        "version",
    }
    assert template["schema"]["courseOverview"]["learningOutcomes"] == ["string"]
    assert template["validationRules"]["minModules"] == 2
    assert "{{ topic }}" in template["aiPromptTemplate"]


async def test_usage_counts_real_jobs(client: httpx.AsyncClient, course_request: dict[str, object]) -> None:
    await client.post("/api/execute", json=course_request)
    await client.post("/api/execute", json={**course_request, "timeout": 1})

    template = (await client.get("/api/templates/educational_course_basic")).json()["template"]

    assert template["usageCount"] == 1


@pytest.mark.parametrize("name", ["educational", "EDUCATIONAL_COURSE_BASIC", "%", "non_existent_template", "..%2F.."])
async def test_a_name_that_is_not_exact_finds_nothing(client: httpx.AsyncClient, name: str) -> None:
    answer = await client.get(f"/api/templates/{name}")

    assert answer.status_code == 404
    assert answer.json()["code"] in ("TEMPLATE_NOT_FOUND", "NOT_FOUND")


async def test_a_missing_default_template_stops_the_start_by_name(services: Services, tmp_path: Path) -> None:
    lacking = tmp_path / "templates"
    shutil.copytree(data_file("templates"), lacking, ignore=shutil.ignore_patterns("three_act_novel"))

    with pytest.raises(ConfigurationError, match="lacks the default template three_act_novel"):
        await admission.install_templates(services, lacking)
