"""Repair as a caller sees it: what a check names is written again, the rest stays, and it costs what it says."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, cast

import httpx
import pytest
from starlette.applications import Starlette

from granulator.api import keys
from granulator.granulation import admission, service
from granulator.granulation.order import Order
from granulator.model import Json, JsonObject, Principal, StructureType
from granulator.services import Services
from granulator.settings import Settings
from tests.api.test_generation import MODELS, job_id_of, request, said, with_input
from tests.bills import assert_billed_once, assert_told, calls_of, exact_json
from tests.conftest import client_of, running
from tests.mock_server import MockAi
from tests.unit.granulation.samples import value_at, values

ACME = Principal(kind="key", id="key:1", client_id="acme")


@pytest.fixture
def services(ai_app: Starlette) -> Services:
    """The services of the application under test; its providers all are the mock server."""
    opened: Services = ai_app.state.services
    return opened


async def ask(client: httpx.AsyncClient, body: JsonObject) -> JsonObject:
    return exact_json(await client.post("/api/execute", json=body))


async def job_of(client: httpx.AsyncClient, body: JsonObject) -> Any:
    """Return the job behind an answer, with its structure."""
    path = f"/api/jobs/{job_id_of(body)}"
    job, kept = (await client.get(path)).json()["job"], (await client.get(f"{path}/structure")).json()
    return {**job, "structure": kept["structure"]}


def repaired_in(job: Any) -> Any:
    return job["metadata"]["repair"]


def differing(before: Any, after: Any) -> set[str]:
    """Return the paths of single values that are not the same in both."""
    old = {path: value for path, value in values(before) if not isinstance(value, dict | list)}
    new = {path: value for path, value in values(after) if not isinstance(value, dict | list)}
    return {path for path in old.keys() | new.keys() if old.get(path, ...) != new.get(path, ...)}


def repair_prompts(mock: MockAi) -> list[str]:
    """Return what was said to the model in every call that repairs."""
    return [text for _, text in map(said, cast(list[Mapping[str, Json]], mock.requests)) if "<issues-" in text]


async def steps_of_calls(services: Services, body: JsonObject) -> list[str]:
    return [call.step for call in await calls_of(services.db, job_id_of(body))]


# What is written again


async def test_what_is_valid_is_not_touched(ai_client: httpx.AsyncClient, services: Services) -> None:
    body = await ask(ai_client, request("course", 1))

    metadata = cast(JsonObject, body["metadata"])
    assert (metadata["repaired"], metadata["repair"]) == (False, None)
    assert await steps_of_calls(services, body) == ["whole/1"]


KINDS = [
    # type, the elements that are written again
    ("course", ["modules[0].lessons[0]"]),
    ("novel", ["acts[0].chapters[0]"]),
    ("workflow", ["steps[0]"]),
    ("knowledge_map", ["concepts[0]"]),
]


@pytest.mark.parametrize(("kind", "elements"), KINDS, ids=[row[0] for row in KINDS])
async def test_just_the_elements_named_are_written_again(
    ai_client: httpx.AsyncClient, services: Services, kind: str, elements: list[str]
) -> None:
    kept = await job_of(ai_client, await ask(ai_client, request(kind, 1, "defect:placeholder", validation=False)))

    body = await ask(ai_client, request(kind, 1, "defect:placeholder"))

    mended = await job_of(ai_client, body)
    assert mended["status"] == "completed"
    remaining = len(cast(JsonObject, body["output"])["issues"])  # type: ignore[arg-type]
    assert repaired_in(mended) == {"rounds": 1, "elements": elements, "dropped": [], "remaining": remaining}
    assert mended["metadata"]["repaired"] is True
    changed = differing(kept["structure"], mended["structure"])
    assert changed
    assert {path for path in changed if not path.startswith(elements[0])} == set()
    assert await steps_of_calls(services, body) == ["whole/1", f"repair:1:{elements[0]}/1"]


async def test_a_repair_is_told_what_is_wrong_what_there_is_and_what_else_exists(
    ai_client: httpx.AsyncClient, mock: MockAi
) -> None:
    body = await ask(ai_client, request("course", 1, "defect:placeholder"))

    (prompt,) = repair_prompts(mock)
    lessons = [path for path, _ in values((await job_of(ai_client, body))["structure"]) if path.endswith(".title")]
    assert "- placeholder: modules[0].lessons[0].content is a placeholder" in prompt
    assert '"kind":"lesson","path":"modules[0].lessons[0]","element":{"id":"lesson_1_1"' in prompt
    for ident in ("module_1 ", "module_2 ", "lesson_1_2 ", "lesson_2_1 "):
        assert f"\n{ident}" in prompt
    assert len(lessons) > 4


@pytest.mark.parametrize("defect", ["dup_question", "placeholder"])
async def test_an_unsound_question_is_dropped_and_replaced_by_a_fresh_one(
    ai_client: httpx.AsyncClient, mock: MockAi, defect: str
) -> None:
    kept = await job_of(ai_client, await ask(ai_client, request("quiz", 2, f"defect:{defect}", validation=False)))
    mock.reset()

    mended = await job_of(ai_client, await ask(ai_client, request("quiz", 2, f"defect:{defect}")))

    (path,) = repaired_in(mended)["elements"]
    assert repaired_in(mended)["dropped"] == [path]
    before, after = kept["structure"], mended["structure"]
    assert {one for one in differing(before, after) if not one.startswith(path)} <= {"quizOverview.totalQuestions"}
    assert after["quizOverview"]["totalQuestions"] == 10
    stems = [value for one, value in values(after) if one.endswith("].question")]
    assert len(set(stems)) == len(stems) == 10
    # The writer of the fresh question is told of every question there is.
    (prompt,) = repair_prompts(mock)
    assert prompt.count("\nasked: ") == 10


async def test_a_question_with_a_wrong_key_is_not_patched_but_replaced(ai_client: httpx.AsyncClient) -> None:
    kept = await job_of(
        ai_client, await ask(ai_client, request("course", 1, "defect:key_contradicts", validation=False))
    )

    mended = await job_of(ai_client, await ask(ai_client, request("course", 1, "defect:key_contradicts")))

    path = "modules[0].assessment.questions[0]"
    assert (repaired_in(mended)["elements"], repaired_in(mended)["dropped"]) == ([path], [path])
    wrong, fresh = (value_at(job["structure"], path) for job in (kept, mended))
    assert fresh["id"] == wrong["id"]
    assert fresh["question"] != wrong["question"]
    assert {one for one in differing(kept["structure"], mended["structure"]) if not one.startswith(path)} == set()


async def test_a_name_that_was_required_and_forgotten_is_worked_in(ai_client: httpx.AsyncClient) -> None:
    wanted = [{"name": "Waggle dance", "placement": ["2.1"]}]
    body = with_input(request("course", 1, "defect:required"), requiredElements=wanted)

    mended = await job_of(ai_client, await ask(ai_client, body))

    assert mended["status"] == "completed"
    assert repaired_in(mended)["elements"] == ["modules[1].lessons[0]"]
    assert "Waggle dance" in json.dumps(mended["structure"]["modules"][1]["lessons"][0])


CITING = {
    "course": "modules[0].lessons[0]",
    "quiz": "categories[0].questions[0]",
    "novel": "acts[0].chapters[0]",
    "workflow": "steps[0]",
    "knowledge_map": "concepts[0]",
    "learning_path": "milestones[0]",
}


@pytest.mark.parametrize("kind", CITING)
async def test_a_citation_of_no_passage_is_mended_from_the_source(
    ai_client: httpx.AsyncClient, document: str, kind: str
) -> None:
    source = {"text": document, "format": "markdown"}
    body = with_input(request(kind, 1, "defect:dangling"), source=source)

    mended = await job_of(ai_client, await ask(ai_client, body))

    element = value_at(mended["structure"], CITING[kind])
    assert mended["status"] == "completed"
    assert repaired_in(mended)["elements"] == [CITING[kind]]
    assert element["provenance"]["kind"] == "source"
    assert "x_citations" not in element


SHORT = [
    # type, the list that is too short, what is added to it
    ("course", "modules[0].lessons", ["modules[0].lessons[1]"]),
    ("quiz", "categories[0].questions", [f"categories[0].questions[{place}]" for place in (2, 3, 4)]),
]


@pytest.mark.parametrize("validation", [True, False])
@pytest.mark.parametrize(("kind", "path", "added"), SHORT, ids=[row[0] for row in SHORT])
async def test_what_is_missing_is_asked_for_and_added(
    ai_client: httpx.AsyncClient, services: Services, kind: str, path: str, added: list[str], validation: bool
) -> None:
    body = await ask(ai_client, request(kind, 1, "defect:short", validation=validation))

    job = await job_of(ai_client, body)
    assert job["status"] == "completed"
    assert (repaired_in(job)["rounds"], repaired_in(job)["elements"]) == (1, added)
    steps = await steps_of_calls(services, body)
    # Asked for three times as a whole, then for what is missing only.
    assert steps[:3] == ["whole/1", "whole/2", "whole/3"]
    assert steps[3].startswith(f"repair:1:{path}")
    assert len(steps) == 4
    written = value_at(job["structure"], path)
    assert len({one["id"] for one in written}) == len(written) == int(added[-1][-2]) + 1


# The judge


@asynccontextmanager
async def judged_by(settings: Settings, scenario: str) -> AsyncIterator[tuple[httpx.AsyncClient, Services]]:
    """Open a client of a service whose judge behaves as the scenario says."""
    async with running(replace(settings, judge_model=f"openai/{MODELS['openai']}#{scenario}")) as app:
        services: Services = app.state.services
        issued = await keys.issue(services, client_id="acme", name="test")
        async with client_of(app, x_api_key=issued.secret) as client:
            yield client, services


async def test_questions_whose_key_the_judge_disputes_are_replaced_and_judged_again(ai_settings: Settings) -> None:
    # The rubric and three solvers of all five questions; the second time the judge solves them right.
    async with judged_by(ai_settings, "fail_first:4:judge_wrong") as (client, services):
        body = await ask(client, request("quiz", 1, validationLevel=3))

        job = await job_of(client, body)
        calls = await steps_of_calls(services, body)
        paths = [f"categories[0].questions[{place}]" for place in range(5)]
        assert job["status"] == "completed"
        assert repaired_in(job) == {"rounds": 1, "elements": paths, "dropped": paths, "remaining": 0}
        assert [step.rpartition(":")[0] for step in calls].count("judge:1:solve:0") in (0, 3)
        assert sum(step.startswith("judge:1:") for step in calls) == 4
        assert sum(step.startswith("judge:") for step in calls) == 8
        await assert_told(services.db, body, job_id_of(body))
        await assert_billed_once(services.db, job_id_of(body))


async def test_what_has_errors_by_the_rules_is_judged_only_once_they_are_mended(ai_settings: Settings) -> None:
    async with judged_by(ai_settings, "ok") as (client, services):
        body = await ask(client, request("quiz", 1, "defect:placeholder"))

        calls = await steps_of_calls(services, body)
        assert [step.partition("/")[0].partition(":")[0] for step in calls] == ["whole", "repair", "judge"]
        assert calls[2].startswith("judge:1:")


async def test_a_judge_that_is_down_changes_nothing_of_a_repair(ai_settings: Settings) -> None:
    async with judged_by(ai_settings, "500") as (client, services):
        body = await ask(client, request("quiz", 1, "defect:placeholder"))

        job = await job_of(client, body)
        assert (job["status"], repaired_in(job)["remaining"]) == ("completed", 0)
        await assert_billed_once(services.db, job_id_of(body))


# Two rounds at most, and the better version


async def test_what_cannot_be_mended_fails_after_two_rounds_with_its_structure(
    ai_client: httpx.AsyncClient, services: Services
) -> None:
    body = await ask(ai_client, request("course", 1, "defect_stays:placeholder"))

    job = await job_of(ai_client, body)
    assert (body["code"], job["error"]["code"]) == ("VALIDATION_FAILED", "VALIDATION_FAILED")
    assert await steps_of_calls(services, body) == [
        "whole/1",
        "repair:1:modules[0].lessons[0]/1",
        "repair:2:modules[0].lessons[0]/1",
    ]
    assert job["structure"]["modules"][0]["lessons"][0]["content"] == "To be determined."
    told = cast(JsonObject, body["details"])
    assert repaired_in(job)["remaining"] == len(cast(list[Json], told["issues"]))


async def test_a_round_that_makes_it_worse_is_thrown_away(ai_client: httpx.AsyncClient) -> None:
    kept = await job_of(ai_client, await ask(ai_client, request("course", 1, "defect_dies:placeholder")))

    worse = await job_of(ai_client, await ask(ai_client, request("course", 1, "repair_worse:placeholder")))

    assert worse["structure"] == kept["structure"]
    assert repaired_in(worse) == {
        "rounds": 2,
        "elements": [],
        "dropped": [],
        "remaining": repaired_in(kept)["remaining"],
    }
    assert worse["metadata"]["repaired"] is False


async def test_a_question_for_which_no_sound_one_comes_stays_dropped_while_enough_are_left(
    ai_client: httpx.AsyncClient, services: Services
) -> None:
    body = await ask(ai_client, request("quiz", 1, "defect_stays:placeholder"))

    job = await job_of(ai_client, body)
    assert job["status"] == "completed"
    assert job["metadata"]["repaired"] is True
    assert repaired_in(job) == {
        "rounds": 2,
        "elements": [],
        "dropped": ["categories[0].questions[0]"],
        "remaining": 0,
    }
    asked = job["structure"]["categories"][0]["questions"]
    assert [one["id"] for one in asked] == ["q_2", "q_3", "q_4", "q_5"]
    assert job["structure"]["quizOverview"]["totalQuestions"] == 4
    assert (await steps_of_calls(services, body))[1:] == [
        "repair:1:categories[0].questions/1",
        "repair:2:categories[0].questions/1",
    ]


async def test_a_question_stays_where_too_few_would_be_left(ai_client: httpx.AsyncClient) -> None:
    body = with_input(request("quiz", 1, "defect_stays:placeholder"), maxElements=5)

    job = await job_of(ai_client, await ask(ai_client, body))

    assert job["status"] == "failed"
    assert len(job["structure"]["categories"][0]["questions"]) == 4
    assert repaired_in(job)["dropped"] == []


async def test_without_validation_only_a_broken_shape_is_repaired(
    ai_client: httpx.AsyncClient, services: Services
) -> None:
    body = await ask(ai_client, request("course", 1, "defect:placeholder", validation=False))

    assert cast(JsonObject, body["metadata"])["repair"] is None
    assert await steps_of_calls(services, body) == ["whole/1"]


# What it costs


@pytest.mark.parametrize("scenario", ["defect:placeholder", "defect_stays:placeholder", "defect_dies:placeholder"])
@pytest.mark.parametrize("kind", ["course", "quiz"])
async def test_every_call_of_a_repair_is_on_the_bill(
    ai_client: httpx.AsyncClient, services: Services, kind: str, scenario: str
) -> None:
    body = await ask(ai_client, request(kind, 1, scenario))

    calls = await calls_of(services.db, job_id_of(body))
    assert any(call.step.startswith("repair:1:") for call in calls)
    await assert_told(services.db, body, job_id_of(body))
    await assert_billed_once(services.db, job_id_of(body))
    assert (await job_of(ai_client, body))["metadata"]["attempts"] == len(calls)


async def test_money_that_does_not_reach_for_a_repair_ends_it_and_keeps_the_structure(
    ai_client: httpx.AsyncClient, services: Services
) -> None:
    # Just the call that writes the course fits.
    body = await ask(ai_client, request("course", 1, "defect:placeholder", maxCostUsd=0.0031))

    job = await job_of(ai_client, body)
    assert body["code"] == "VALIDATION_FAILED"
    assert len(job["structure"]["modules"]) == 2
    assert repaired_in(job)["rounds"] == 1
    assert await steps_of_calls(services, body) == ["whole/1"]
    await assert_billed_once(services.db, job_id_of(body))


async def test_a_deadline_that_passes_during_a_repair_keeps_the_structure(
    ai_client: httpx.AsyncClient, services: Services
) -> None:
    body = await ask(ai_client, {**request("course", 1, "defect_hangs:placeholder"), "timeout": 3000})

    job = await job_of(ai_client, body)
    assert body["code"] == "VALIDATION_FAILED"
    assert len(job["structure"]["modules"]) == 2
    (_, repair) = await calls_of(services.db, job_id_of(body))
    assert (repair.state, repair.fault) == ("uncertain", "timeout")
    await assert_billed_once(services.db, job_id_of(body))


async def test_an_unsound_question_is_dropped_also_when_no_time_is_left_to_replace_it(
    ai_client: httpx.AsyncClient,
) -> None:
    body = await ask(ai_client, {**request("quiz", 1, "defect_hangs:placeholder"), "timeout": 3000})

    job = await job_of(ai_client, body)
    assert job["status"] == "completed"
    assert repaired_in(job)["dropped"] == ["categories[0].questions[0]"]
    assert job["structure"]["quizOverview"]["totalQuestions"] == 4


async def test_a_provider_that_fails_during_a_repair_is_not_asked_for_a_second_round(
    ai_client: httpx.AsyncClient, services: Services
) -> None:
    body = await ask(ai_client, request("course", 1, "defect_dies:placeholder"))

    assert body["code"] == "VALIDATION_FAILED"
    assert set(await steps_of_calls(services, body)) == {"whole/1", "repair:1:modules[0].lessons[0]/1"}


# What a job shows


async def test_every_round_is_shown_and_progress_never_falls(services: Services) -> None:
    order = Order(
        "Keeping bees",
        StructureType.KNOWLEDGE_MAP,
        granularity_level=2,
        provider="openai",
        model=f"{MODELS['openai']}#defect_stays:placeholder",
    )
    lease = await admission.submit(services, ACME, order, request_id="req_1")
    shown: list[tuple[str, int]] = []

    await service.run(services, lease, lambda stage, progress: shown.append((stage.value, progress)))

    assert shown == [("validate", 85), ("repair", 88), ("validate", 92), ("repair", 94), ("validate", 97)]
