"""``POST /api/admin/templates``: what a worker may change of templates, who else may not, and what jobs keep."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from granulator.granulation import admission
from granulator.model import Template
from granulator.services import Services
from granulator.store import templates
from granulator.store.database import Statement, data_file
from tests.conftest import WORKER_TOKEN, NewClient, client_of
from tests.mock_server import MockAi

PATH = "/api/admin/templates"
FULL: dict[str, Any] = {
    "templateName": "course_for_apprentices",
    "structureType": "course",
    "templateSchema": {"courseOverview": {"title": "string"}, "modules": []},
    "complexityLevel": 2,
    "targetAudience": "apprentices",
    "aiPromptTemplate": "Write for the workshop: {{ sizes }}.\n{{ topic }}\n{{ source }}",
    "validationRules": {"minModules": 2, "maxModules": 9},
    "description": "A course for the workshop",
}
NAME = FULL["templateName"]


async def send(worker: httpx.AsyncClient, action: str, **template: object) -> httpx.Response:
    return await worker.post(PATH, json={"action": action, "template": template})


async def stored(services: Services, name: str = NAME) -> Template:
    found = await templates.get(services.db, name)
    assert found is not None
    return found


async def audited(services: Services) -> list[dict[str, object]]:
    rows = await services.db.all(Statement("SELECT actor, action, object, detail FROM audit ORDER BY id"))
    return [{**row, "detail": json.loads(str(row["detail"]))} for row in rows if row["action"] != "key.create"]


def order(name: str = NAME, kind: str = "course", level: int = 1, **config: object) -> dict[str, object]:
    wanted = {"topic": "Keeping bees", "structureType": kind, "templateName": name, "granularityLevel": level}
    return {"action": "granulate", "input": wanted, "config": config}


@pytest.fixture
async def ai_worker(ai_app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """A worker of the service whose vendors all are the mock server."""
    async with client_of(ai_app, authorization=f"Bearer {WORKER_TOKEN}", x_worker_id="publisher") as found:
        yield found


async def test_a_created_template_is_listed_shown_and_used(
    worker: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    answer = await send(worker, "create", **FULL)

    assert (answer.status_code, answer.json()) == (
        201,
        {"message": "Template created successfully", "templateName": NAME},
    )
    made = await client.post("/api/execute", json=order())
    assert made.status_code == 200, made.text
    shown = (await client.get(f"/api/templates/{NAME}")).json()["template"]
    assert shown == {
        "name": NAME,
        "structureType": "course",
        "complexityLevel": 2,
        "targetAudience": "apprentices",
        "usageCount": 1,
        "description": "A course for the workshop",
        "schema": FULL["templateSchema"],
        "validationRules": FULL["validationRules"],
        "createdAt": shown["createdAt"],
        "aiPromptTemplate": FULL["aiPromptTemplate"],
        "version": 1,
    }
    assert NAME in [
        row["name"] for row in (await client.get("/api/templates?structureType=course")).json()["templates"]
    ]


async def test_what_is_left_out_is_that_of_the_default_template_of_the_type(
    worker: httpx.AsyncClient, services: Services
) -> None:
    await send(worker, "create", templateName="quick_quiz", structureType="quiz", systemPrompt="Be quick.", tone="dry")

    made, default = await stored(services, "quick_quiz"), await stored(services, "quiz_assessment_standard")
    assert made.prompts == {**default.prompts, "system": "Be quick."}
    assert (made.word_targets, made.structure_rules) == (default.word_targets, default.structure_rules)
    assert (made.description, made.tone, made.version, made.usage_count) == ("Custom quiz template", "dry", 1, 0)


async def test_prompts_that_are_sent_are_all_there_are(worker: httpx.AsyncClient, services: Services) -> None:
    await send(worker, "create", **FULL, prompts={"draft": "{{ topic }}", "structure": "{{ draft }}"})

    assert set((await stored(services)).prompts) == {"prompt", "system", "draft", "structure"}


async def test_a_prompt_that_is_sent_alone_guides_what_is_planned_and_written_in_parts(
    ai_client: httpx.AsyncClient, ai_worker: httpx.AsyncClient, mock: MockAi
) -> None:
    await send(ai_worker, "create", **FULL)

    answer = await ai_client.post("/api/execute", json=order(level=4, aiProvider="openai"))

    assert answer.status_code == 200, answer.text
    bodies = [json.dumps(request["body"]) for request in mock.requests]
    sent = [body for body in bodies if '"course_outline"' in body or '"course_part"' in body]
    assert len(sent) > 2
    assert all("Write for the workshop: 6 modules" in each for each in sent)
    assert all(each.count("</topic-") == 1 for each in sent)


async def test_a_prompt_guides_until_others_are_sent_with_it(worker: httpx.AsyncClient, services: Services) -> None:
    own = {"outline": "{{ topic }}", "part": "{{ part }}"}
    await send(worker, "create", **{**FULL, "aiPromptTemplate": None})
    untouched = (await stored(services)).prompts
    await send(worker, "update", templateName=NAME, aiPromptTemplate="One. {{ topic }}")
    guided = (await stored(services)).prompts
    await send(worker, "update", templateName=NAME, aiPromptTemplate="Two. {{ topic }}", prompts=own)
    sent = (await stored(services)).prompts

    assert set(untouched) == {"prompt", "system", "outline", "part"}
    assert guided == {**untouched, "prompt": "One. {{ topic }}", "guidance": "One. {{ topic }}"}
    assert sent == {"prompt": "Two. {{ topic }}", "system": untouched["system"], **own}


async def test_a_source_that_the_prompt_does_not_show_reaches_the_model(
    ai_client: httpx.AsyncClient, ai_worker: httpx.AsyncClient, mock: MockAi
) -> None:
    await send(ai_worker, "create", **{**FULL, "aiPromptTemplate": "On {{ topic }}."})
    asked: dict[str, Any] = order(aiProvider="openai")
    asked["input"]["source"] = {
        "text": "# Hives\n\nA hive has one queen, and she lays all the eggs.",
        "format": "markdown",
    }

    await ai_client.post("/api/execute", json=asked)

    assert all("she lays all the eggs" in json.dumps(request["body"]) for request in mock.requests)


async def test_bounds_that_are_sent_alone_hold_on_every_level_of_the_structure(
    worker: httpx.AsyncClient, services: Services
) -> None:
    await send(worker, "create", **{**FULL, "validationRules": {"minModules": 1, "maxLessonsPerModule": 6}})

    rules: Any = (await stored(services)).structure_rules
    assert [(entry["path"], entry["min"], entry["max"]) for entry in rules["levels"]] == [
        ("modules", 1, 10),
        ("modules[].lessons", 2, 6),
    ]


LEVEL = {"level": 1, "path": "modules", "elementType": "module", "min": 2, "max": 10, "required": ["title"]}


@pytest.mark.parametrize(
    ("fields", "code", "path"),
    [
        ({"templateName": None}, "MISSING_REQUIRED_FIELD", "template.templateName"),
        ({"templateName": "Course-1"}, "INVALID_PARAMETER", "template.templateName"),
        ({"templateName": "x" * 65}, "INVALID_PARAMETER", "template.templateName"),
        ({"structureType": None}, "MISSING_REQUIRED_FIELD", "template.structureType"),
        ({"structureType": "poem"}, "INVALID_STRUCTURE_TYPE", "template.structureType"),
        ({"complexityLevel": 6}, "INVALID_PARAMETER", "template.complexityLevel"),
        ({"complexityLevel": "3"}, "INVALID_PARAMETER", "template.complexityLevel"),
        ({"templateSchema": "modules"}, "INVALID_PARAMETER", "template.templateSchema"),
        ({"templateSchema": {}}, "INVALID_PARAMETER", "template.templateSchema"),
        ({"templateSchema": {"modules": "x" * 70_000}}, "INVALID_PARAMETER", "template.templateSchema"),
        ({"targetAudience": " "}, "INVALID_PARAMETER", "template.targetAudience"),
        ({"colour": "red"}, "INVALID_PARAMETER", "template.colour"),
        ({"validationRules": {"minQuestions": 1}}, "INVALID_PARAMETER", "template.validationRules.minQuestions"),
        ({"validationRules": {"minModules": True}}, "INVALID_PARAMETER", "template.validationRules.minModules"),
        ({"validationRules": {"minModules": 9, "maxModules": 8}},
         "INVALID_PARAMETER", "template.validationRules.minModules"),
        ({"validationRules": {"maxModules": 7}}, "INVALID_PARAMETER", "template.validationRules.maxModules"),
        ({"aiPromptTemplate": "Write a course."}, "INVALID_PARAMETER", "template.aiPromptTemplate"),
        ({"aiPromptTemplate": "On {topic}: {{ topic }}"}, "INVALID_PARAMETER", "template.aiPromptTemplate"),
        ({"aiPromptTemplate": "{{ topic.__class__.__mro__ }}"}, "INVALID_PARAMETER", "template.aiPromptTemplate"),
        ({"aiPromptTemplate": "{{ topic }}{% for x in topic %}{% endfor %}"},
         "INVALID_PARAMETER", "template.aiPromptTemplate"),
        ({"aiPromptTemplate": "{{ topic }}{{ 9 ** 9 ** 9 }}"}, "INVALID_PARAMETER", "template.aiPromptTemplate"),
        ({"aiPromptTemplate": "{{ topic }}{% include 'x' %}"}, "INVALID_PARAMETER", "template.aiPromptTemplate"),
        ({"aiPromptTemplate": "{{ topic }}" + "x" * 20_000}, "INVALID_PARAMETER", "template.aiPromptTemplate"),
        ({"systemPrompt": "You know {{ topic }}"}, "INVALID_PARAMETER", "template.systemPrompt"),
        ({"prompts": {"part": "{{ part }}"}}, "INVALID_PARAMETER", "template.prompts"),
        ({"prompts": {}}, "INVALID_PARAMETER", "template.prompts"),
        ({"prompts": {"repair": "{{ part }}"}}, "INVALID_PARAMETER", "template.prompts"),
        ({"aiPromptTemplate": "{% if topic %}a course{% endif %}"}, "INVALID_PARAMETER", "template.aiPromptTemplate"),
        ({"fallback": ["nobody"]}, "PROVIDER_NOT_CONFIGURED", "template.fallback[0]"),
        ({"fallback": ["local"]}, "INVALID_PARAMETER", "template.fallback[0]"),
        ({"scaffold": {"moduleTitles": [" "], "lessonTitles": ["a"], "questions": ["b?"]}},
         "INVALID_PARAMETER", "template.scaffold.moduleTitles[0]"),
        ({"prompts": {"outline": "{{ topic }}", "part": "none"}}, "INVALID_PARAMETER", "template.prompts.part"),
        ({"prompts": {"chorus": "{{ topic }}"}}, "INVALID_PARAMETER", "template.prompts.chorus"),
        ({"structureRules": {"levels": [{**LEVEL, "path": "acts"}], "overview": {"required": []}}},
         "INVALID_PARAMETER", "template.structureRules.levels[0].path"),
        ({"structureRules": {"levels": [{**LEVEL, "required": ["titel"]}], "overview": {"required": []}}},
         "INVALID_PARAMETER", "template.structureRules.levels[0].required"),
        ({"structureRules": {"levels": []}}, "MISSING_REQUIRED_FIELD", "template.structureRules.overview"),
        ({"structureType": "novel", "validationRules": None,
          "structureRules": {"levels": [{**LEVEL, "path": "acts", "min": 4}], "overview": {"required": []}}},
         "INVALID_PARAMETER", "template.structureRules.levels[0].min"),
        ({"levels": [0]}, "INVALID_PARAMETER", "template.levels[0]"),
        ({"wordTargets": {"scenes": [1, 2, 3, 4, 5]}}, "INVALID_PARAMETER", "template.wordTargets.scenes"),
        ({"scaffold": {"questions": ["Why?"]}}, "INVALID_PARAMETER", "template.scaffold.moduleTitles"),
        ({"scaffold": {"moduleTitles": ["{audience}"], "lessonTitles": ["a"], "questions": ["b?"]}},
         "INVALID_PARAMETER", "template.scaffold.moduleTitles"),
        ({"validationThreshold": 100.5}, "INVALID_PARAMETER", "template.validationThreshold"),
    ],
)  # fmt: skip
async def test_a_template_that_would_not_be_loaded_from_a_file_is_refused_with_its_path(
    worker: httpx.AsyncClient, client: httpx.AsyncClient, fields: dict[str, object], code: str, path: str
) -> None:
    answer = await send(worker, "create", **{**FULL, **fields})

    assert (answer.status_code, answer.json()["code"], answer.json()["details"]["path"]) == (400, code, path)
    assert (await client.get("/api/templates")).json()["total"] == 12


async def test_a_sketch_is_measured_in_characters(worker: httpx.AsyncClient) -> None:
    most = {"modules": "ü" * (65_536 - len('{"modules": ""}'))}

    answers = [
        await send(worker, "create", **{**FULL, "templateSchema": sketch}) for sketch in ({**most, "a": 1}, most)
    ]

    assert [answer.status_code for answer in answers] == [400, 201]


async def test_levels_are_kept_in_order_and_once(worker: httpx.AsyncClient, services: Services) -> None:
    await send(worker, "create", **FULL, levels=[3, 1, 3])

    assert (await stored(services)).structure_rules["granularityLevels"] == [1, 3]


async def test_every_fault_of_a_template_is_told(worker: httpx.AsyncClient) -> None:
    answer = await send(
        worker, "create", **{**FULL, "validationRules": {"acts": 3}, "aiPromptTemplate": "{{ subject }}"}
    )

    assert [row["path"] for row in answer.json()["details"]["errors"]] == [
        "template.validationRules.acts",
        "template.aiPromptTemplate",
        "template.aiPromptTemplate",
    ]
    assert "line 1: unknown variable {{ subject }}" in answer.text


@pytest.mark.parametrize("body", [{"template": FULL}, {"action": "create"}, {"action": None, "template": FULL}])
async def test_a_body_without_action_or_template_lacks_a_field(
    worker: httpx.AsyncClient, body: dict[str, object]
) -> None:
    answer = await worker.post(PATH, json=body)

    assert (answer.status_code, answer.json()["code"]) == (400, "MISSING_REQUIRED_FIELD")


@pytest.mark.parametrize("action", ["rename", "CREATE", "", 3, ["create"]])
async def test_an_unknown_action_is_refused_with_those_there_are(worker: httpx.AsyncClient, action: object) -> None:
    answer = await worker.post(PATH, json={"action": action, "template": FULL})

    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_ACTION")
    assert answer.json()["details"]["supported"] == ["create", "update", "delete"]


async def test_a_name_that_is_taken_is_409_whoever_took_it(worker: httpx.AsyncClient) -> None:
    await send(worker, "create", **FULL)

    answers = [
        await send(worker, "create", **FULL),
        await send(worker, "create", **{**FULL, "templateName": "three_act_novel"}),
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(409, "TEMPLATE_EXISTS")] * 2


@pytest.mark.parametrize("action", ["update", "delete"])
async def test_a_template_that_is_not_there_is_404(worker: httpx.AsyncClient, action: str) -> None:
    answer = await send(worker, action, templateName="educational", description="new")

    assert (answer.status_code, answer.json()["code"]) == (404, "TEMPLATE_NOT_FOUND")
    assert answer.json()["details"]["templateName"] == "educational"


async def test_an_update_changes_what_it_names_and_counts_the_version_up(
    worker: httpx.AsyncClient, services: Services
) -> None:
    await send(worker, "create", **FULL)
    before = await stored(services)

    answer = await send(worker, "update", templateName=NAME, description="Shorter", validationThreshold=70)

    after = await stored(services)
    assert (answer.status_code, answer.json()["message"]) == (200, "Template updated successfully")
    assert (after.version, after.description, after.threshold) == (2, "Shorter", 70)
    assert (after.prompts, after.structure_rules, after.created_at) == (
        before.prompts,
        before.structure_rules,
        before.created_at,
    )


async def test_an_update_that_changes_nothing_makes_no_version(worker: httpx.AsyncClient, services: Services) -> None:
    await send(worker, "create", **FULL)

    answer = await send(worker, "update", **FULL)

    assert (answer.status_code, (await stored(services)).version) == (200, 1)
    assert [row["action"] for row in await audited(services)] == ["template.create"]


async def test_an_update_cannot_make_a_template_unsound_or_another_type(
    worker: httpx.AsyncClient, services: Services
) -> None:
    await send(worker, "create", **FULL)

    answers = [
        await send(worker, "update", templateName=NAME, structureType="quiz"),
        await send(worker, "update", templateName=NAME, validationRules={"maxModules": 3}),
    ]

    assert [answer.json()["details"]["path"] for answer in answers] == [
        "template.structureType",
        "template.validationRules.maxModules",
    ]
    assert (await stored(services)).version == 1


async def test_a_template_for_some_levels_is_refused_for_the_others(
    worker: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    await send(worker, "create", **{**FULL, "validationRules": {"minModules": 2, "maxModules": 5}}, levels=[1, 2, 3])

    refused = await client.post("/api/execute", json=order(level=4))
    made = await client.post("/api/execute", json=order(level=3))

    assert (refused.status_code, refused.json()["code"]) == (400, "INVALID_GRANULARITY")
    assert refused.json()["details"]["supported"] == [1, 2, 3]
    assert made.status_code == 200


@pytest.mark.parametrize(("config", "expected"), [({}, 72.5), ({"validationThreshold": 60}, 60)])
async def test_the_threshold_of_the_template_holds_unless_the_request_names_one(
    worker: httpx.AsyncClient, client: httpx.AsyncClient, config: dict[str, object], expected: float
) -> None:
    await send(worker, "create", **FULL, validationThreshold=72.5)

    made = await client.post("/api/execute", json=order(**config))

    job = (await client.get(f"/api/jobs/{made.json()['output']['jobId']}")).json()["job"]
    assert job["validationThreshold"] == expected


async def test_without_a_threshold_anywhere_it_is_85(client: httpx.AsyncClient) -> None:
    made = await client.post("/api/execute", json=order("educational_course_basic"))

    job = (await client.get(f"/api/jobs/{made.json()['output']['jobId']}")).json()["job"]
    assert job["validationThreshold"] == 85


async def test_a_job_that_is_tried_again_keeps_the_version_it_was_admitted_with(
    ai_client: httpx.AsyncClient, ai_worker: httpx.AsyncClient, mock: MockAi
) -> None:
    await send(ai_worker, "create", **FULL, validationThreshold=72.5)
    broken = order(aiProvider="openai", aiModel="gpt-6-luna#500")
    failed = (await ai_client.post("/api/execute", json=broken)).json()["details"]["jobId"]
    newer = FULL["aiPromptTemplate"].replace("for the workshop", "for the office")
    await send(ai_worker, "update", templateName=NAME, aiPromptTemplate=newer, validationThreshold=60)
    mock.reset()

    retried = await ai_client.post(f"/api/jobs/{failed}/retry", json={"config": {"aiModel": "gpt-6-luna"}})
    await until_done(ai_client, retried.json()["newJobId"])
    of_the_retry = json.dumps([sent["body"] for sent in mock.requests])
    job = (await ai_client.get(f"/api/jobs/{retried.json()['newJobId']}")).json()["job"]
    mock.reset()
    await ai_client.post("/api/execute", json=order(aiProvider="openai"))
    of_a_new_job = json.dumps([sent["body"] for sent in mock.requests])

    assert (job["status"], job["validationThreshold"]) == ("completed", 72.5)
    assert ("for the workshop" in of_the_retry, "for the office" in of_the_retry) == (True, False)
    assert ("for the workshop" in of_a_new_job, "for the office" in of_a_new_job) == (False, True)


async def until_done(client: httpx.AsyncClient, job_id: int) -> str:
    async with asyncio.timeout(10):
        while True:
            status: str = (await client.get(f"/api/jobs/{job_id}/status")).json()["status"]
            if status in ("completed", "failed", "cancelled"):
                return status


async def test_a_deleted_template_leaves_the_list_and_frees_its_name_and_its_jobs_can_be_tried_again(
    ai_client: httpx.AsyncClient, ai_worker: httpx.AsyncClient
) -> None:
    await send(ai_worker, "create", **FULL)
    broken = order(aiProvider="openai", aiModel="gpt-6-luna#500")
    failed = (await ai_client.post("/api/execute", json=broken)).json()["details"]["jobId"]

    deleted = await send(ai_worker, "delete", templateName=NAME)

    assert (deleted.status_code, deleted.json()["message"]) == (200, "Template deleted successfully")
    assert (await ai_client.get(f"/api/templates/{NAME}")).status_code == 404
    assert (await ai_client.post("/api/execute", json=order())).json()["code"] == "TEMPLATE_NOT_FOUND"
    retried = await ai_client.post(f"/api/jobs/{failed}/retry", json={"config": {"aiModel": "gpt-6-luna"}})
    assert await until_done(ai_client, retried.json()["newJobId"]) == "completed"
    assert (await send(ai_worker, "create", **FULL)).status_code == 201
    assert (await ai_client.get(f"/api/templates/{NAME}")).json()["template"]["usageCount"] == 0


async def test_a_job_that_is_tried_again_counts_for_its_own_template_and_not_for_another_of_its_name(
    ai_client: httpx.AsyncClient, ai_worker: httpx.AsyncClient, services: Services
) -> None:
    broken = {"aiProvider": "openai", "aiModel": "gpt-6-luna#500"}
    mended = {"config": {"aiModel": "gpt-6-luna"}}
    await send(ai_worker, "create", **FULL)
    failed = (await ai_client.post("/api/execute", json=order(**broken))).json()["details"]["jobId"]
    again = (await ai_client.post(f"/api/jobs/{failed}/retry", json={"config": {}})).json()["newJobId"]
    assert await until_done(ai_client, again) == "failed"
    assert (await stored(services)).usage_count == 2
    await send(ai_worker, "delete", templateName=NAME)
    await send(ai_worker, "create", **FULL)

    for job in (failed, again):
        retried = await ai_client.post(f"/api/jobs/{job}/retry", json=mended)
        assert await until_done(ai_client, retried.json()["newJobId"]) == "completed"

    assert (await stored(services)).usage_count == 0


async def test_the_row_of_a_deleted_template_keeps_its_use_count(
    worker: httpx.AsyncClient, client: httpx.AsyncClient, services: Services
) -> None:
    await send(worker, "create", **FULL)
    await client.post("/api/execute", json=order())

    await send(worker, "delete", templateName=NAME)

    rows = await services.db.all(Statement("SELECT usage_count FROM templates WHERE name = ?1", (NAME,)))
    assert [row["usage_count"] for row in rows] == [1]


async def test_the_default_of_a_type_can_be_updated_and_not_deleted(
    worker: httpx.AsyncClient, services: Services
) -> None:
    updated = await send(worker, "update", templateName="three_act_novel", tone="dark")
    deleted = await send(worker, "delete", templateName="three_act_novel")

    assert (updated.status_code, (await stored(services, "three_act_novel")).tone) == (200, "dark")
    assert (deleted.status_code, deleted.json()["code"]) == (400, "INVALID_PARAMETER")
    assert deleted.json()["details"]["reason"] == "default_template"


async def test_every_change_is_on_record_with_who_made_it(worker: httpx.AsyncClient, services: Services) -> None:
    await send(worker, "create", **FULL)
    await send(worker, "update", templateName=NAME, tone="dry", levels=[1, 2, 3, 4, 5])
    await send(worker, "delete", templateName=NAME)
    await send(worker, "delete", templateName=NAME)

    actor = "worker:publisher/worker:publisher"
    assert await audited(services) == [
        {"actor": actor, "object": NAME, "action": "template.create",
         "detail": {"version": 1, "structureType": "course"}},
        {"actor": actor, "object": NAME, "action": "template.update",
         "detail": {"version": 2, "fields": ["tone", "structureRules"]}},
        {"actor": actor, "object": NAME, "action": "template.delete", "detail": {}},
    ]  # fmt: skip


async def test_of_many_who_create_a_template_at_once_one_wins(worker: httpx.AsyncClient, services: Services) -> None:
    answers = await asyncio.gather(*(send(worker, "create", **{**FULL, "tone": f"tone {n}"}) for n in range(8)))

    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 7}
    winner = next(number for number, answer in enumerate(answers) if answer.status_code == 201)
    assert (await stored(services)).tone == f"tone {winner}"


async def test_of_many_who_update_a_template_at_once_none_is_lost(
    worker: httpx.AsyncClient, services: Services
) -> None:
    await send(worker, "create", **FULL)
    fields = [{"tone": "dry"}, {"style": "plain"}, {"description": "New"}, {"complexityLevel": 5}, {"levels": [1, 2]}]

    answers = await asyncio.gather(*(send(worker, "update", templateName=NAME, **field) for field in fields))

    made = await stored(services)
    assert [answer.status_code for answer in answers] == [200] * 5
    assert (made.version, made.tone, made.style, made.description, made.complexity_level) == (
        6,
        "dry",
        "plain",
        "New",
        5,
    )
    assert made.structure_rules["granularityLevels"] == [1, 2]


async def test_of_an_update_and_a_delete_at_once_neither_is_an_error_of_ours(worker: httpx.AsyncClient) -> None:
    await send(worker, "create", **FULL)

    updated, deleted = await asyncio.gather(
        send(worker, "update", templateName=NAME, tone="dry"), send(worker, "delete", templateName=NAME)
    )

    assert deleted.status_code == 200
    assert updated.status_code in (200, 404)


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """The shipped templates as a newer version might have them: one is changed and one is new."""
    directory = tmp_path / "release"
    shutil.copytree(data_file("templates"), directory)
    shutil.copytree(directory / "novel_heros_journey", directory / NAME)
    for folder, changes in (("novel_heros_journey", {"version": 2, "tone": "grim"}), (NAME, {"name": NAME})):
        path = directory / folder / "template.json"
        path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | changes), encoding="utf-8")
    return directory


async def test_a_start_installs_what_a_newer_version_ships(services: Services, release: Path) -> None:
    await admission.install_templates(services, release)

    changed, new = await stored(services, "novel_heros_journey"), await stored(services)
    assert (changed.version, changed.tone, new.structure_type) == (2, "grim", "novel")


async def test_a_start_leaves_alone_what_an_administrator_changed_made_or_deleted(
    worker: httpx.AsyncClient, services: Services, release: Path
) -> None:
    await send(worker, "create", **FULL)
    await send(worker, "update", templateName="novel_heros_journey", tone="sunny")
    await send(worker, "delete", templateName="quiz_certification_exam")

    await admission.install_templates(services, release)

    kept = await stored(services, "novel_heros_journey")
    assert (kept.version, kept.tone, (await stored(services)).structure_type) == (2, "sunny", "course")
    assert await templates.get(services.db, "quiz_certification_exam") is None


async def test_a_start_brings_back_no_shipped_template_whose_name_was_used_again(
    worker: httpx.AsyncClient, services: Services, release: Path
) -> None:
    await send(worker, "delete", templateName="novel_heros_journey")
    await send(worker, "create", **{**FULL, "templateName": "novel_heros_journey"})

    await admission.install_templates(services, release)
    kept = await stored(services, "novel_heros_journey")
    await send(worker, "delete", templateName="novel_heros_journey")
    await admission.install_templates(services, release)

    assert kept.structure_type == "course"
    assert await templates.get(services.db, "novel_heros_journey") is None


async def test_a_start_installs_a_shipped_template_whose_name_only_an_administrator_had_used(
    worker: httpx.AsyncClient, services: Services, release: Path
) -> None:
    await send(worker, "create", **FULL)
    await send(worker, "delete", templateName=NAME)

    await admission.install_templates(services, release)

    assert (await stored(services)).structure_type == "novel"


@pytest.mark.parametrize("path", [PATH, "/api/admin/stats", "/api/admin/analytics"])
async def test_a_key_or_a_session_is_403(
    app: Starlette, client: httpx.AsyncClient, new_client: NewClient, path: str
) -> None:
    token = (await client.post("/api/session")).json()["sessionToken"]
    method = "POST" if path == PATH else "GET"

    async with client_of(app, x_bitware_session_token=token) as session:
        answers = [await caller.request(method, path, content=b"[") for caller in (client, session)]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(403, "FORBIDDEN")] * 2
