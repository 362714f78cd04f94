"""One question until its answer can be used: read again from what is kept, asked again, given more room, given up."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from typing import cast

import pytest

from granulator.errors import AiResponseInvalid, ContentRefused
from granulator.granulation import admission
from granulator.granulation.asking import REASKS, Ask, Asker, Faults, Terms, Truncated
from granulator.granulation.facts import Facts
from granulator.granulation.metering import Meter
from granulator.granulation.order import Order
from granulator.granulation.prompts import Prompt
from granulator.model import Json, JsonObject, Lease, Principal, StructureType
from granulator.providers.base import Deadline
from granulator.providers.call import Target
from granulator.providers.tokens import Key
from granulator.services import Services, open_services
from granulator.settings import Settings
from granulator.store import jobs, ledger, steps
from tests.bills import calls_of
from tests.mock_server import MockAi

ACME = Principal(kind="key", id="key:1", client_id="acme")
SCHEMA: JsonObject = {
    "type": "object",
    "properties": {"title": {"type": "string"}, "lines": {"type": "array", "items": {"type": "string"}, "minItems": 3}},
    "required": ["title", "lines"],
    "additionalProperties": False,
}
PROMPT = Prompt("You write short things.", "Write three lines about bees.\n\nAnswer with one JSON object.")


@dataclass(frozen=True, slots=True)
class Desk:
    """A running job of which questions are asked."""

    services: Services
    lease: Lease
    facts: Facts

    async def asker(self, scenario: str = "ok", kept: Mapping[str, JsonObject] | None = None, **terms: object) -> Asker:
        job = await jobs.by_id(self.services.db, self.lease.job_id)
        assert job is not None
        before = await ledger.calls_of_job(self.services.db, job.id)
        meter = Meter(self.services, job, self.lease, limit_nano_usd=None, before=before)
        wished = Terms(
            targets=(Target("openai", f"gpt-6-luna#{scenario}"),),
            deadline=Deadline(time.monotonic() + 20),
            max_tokens=1000,
            most_tokens=1_000_000,
            template="verse",
            language="en",
        )
        return Asker(self.services, meter, replace(wished, **terms), self.facts, kept or {})  # type: ignore[arg-type]

    async def kept(self) -> dict[str, JsonObject]:
        return await steps.all(self.services.db, self.lease.job_id)

    async def sent(self) -> list[str]:
        """Return the steps of all calls, in order."""
        return [call.step for call in await calls_of(self.services.db, self.lease.job_id)]


@pytest.fixture
async def desk(ai_settings: Settings) -> AsyncIterator[Desk]:
    async with open_services(ai_settings) as services:
        await admission.install_templates(services)
        lease = await admission.submit(services, ACME, Order("Bees", StructureType.QUIZ), request_id="req_1")
        yield Desk(services, lease, Facts())


Read = Callable[[JsonObject], tuple[JsonObject | None, Faults]]


def whole(answer: JsonObject) -> tuple[JsonObject | None, Faults]:
    """Take every answer that has lines."""
    return (answer, ()) if answer.get("lines") else (None, (("lines", "is missing"),))


def never_good(answer: JsonObject) -> tuple[JsonObject | None, Faults]:
    """Find fault with whatever comes, although something can be built from it."""
    return answer, (("lines[1]", "should rhyme"),)


def question(step: str = "whole", read: Read = whole) -> Ask[JsonObject]:
    return Ask(step, PROMPT, SCHEMA, "verse", read, 3000)


def conversations(mock: MockAi) -> list[list[tuple[Json, Json]]]:
    """Return role and text of every message of every request."""
    bodies = [cast(JsonObject, sent["body"]) for sent in mock.requests]
    return [[(turn["role"], turn["content"]) for turn in cast(list[JsonObject], body["messages"])] for body in bodies]


async def test_a_good_answer_is_taken_at_once_and_kept(desk: Desk, mock: MockAi) -> None:
    asker = await desk.asker()

    answer, is_repaired = await asker.ask(question())

    assert (len(cast(list[str], answer["lines"])), is_repaired) == (3, False)
    assert conversations(mock) == [[("system", PROMPT.system), ("user", PROMPT.user)]]
    assert await desk.sent() == ["whole/1"]
    assert (await desk.kept()).keys() == {"whole/1"}
    assert desk.facts.model == "gpt-6-luna"


async def test_an_answer_that_is_kept_is_read_again_and_not_paid_for(desk: Desk, mock: MockAi) -> None:
    first = await (await desk.asker()).ask(question())
    mock.reset()
    desk.facts.model = None

    again = await (await desk.asker(kept=await desk.kept())).ask(question())

    assert (again, mock.requests, await desk.sent()) == (first, [], ["whole/1"])
    assert desk.facts.model == "gpt-6-luna"


@pytest.mark.parametrize("known", [1, 2, 3])
async def test_a_conversation_is_gone_on_with_where_it_stopped(desk: Desk, mock: MockAi, known: int) -> None:
    with pytest.raises(AiResponseInvalid):
        await (await desk.asker("invalid")).ask(question())
    kept = {name: step for name, step in (await desk.kept()).items() if int(name.partition("/")[2]) <= known}
    for name in set(await desk.kept()) - set(kept):
        await desk.services.db.batch([jobs.Statement("DELETE FROM job_steps WHERE step = ?1", (name,))])
    before = conversations(mock)
    mock.reset()

    with pytest.raises(AiResponseInvalid):
        await (await desk.asker("invalid", kept)).ask(question())

    assert conversations(mock) == before[known:]


async def test_an_answer_is_asked_for_again_with_its_faults_at_most_twice(desk: Desk, mock: MockAi) -> None:
    asker = await desk.asker("invalid")

    with pytest.raises(AiResponseInvalid, match="no usable answer in 3 calls") as failed:
        await asker.ask(question())

    first, second, third = conversations(mock)
    assert len(first) == 2
    assert [role for role, _ in second] == [role for role, _ in third] == ["system", "user", "assistant", "user"]
    assert (second[2][1], second[3][1]) == (
        cast(JsonObject, (await desk.kept())["whole/1"])["text"],
        "Your previous answer cannot be used:\n- lines: is missing\n\n"
        "Answer again with the whole corrected JSON object and nothing else.",
    )
    assert await desk.sent() == [f"whole/{number}" for number in range(1, REASKS + 2)]
    assert failed.value.details["kind"] == "invalid"
    assert failed.value.details["originalError"] == "lines: is missing"


async def test_a_corrected_answer_is_taken(desk: Desk) -> None:
    answer, _ = await (await desk.asker("invalid_once")).ask(question())

    assert answer["lines"]
    assert await desk.sent() == ["whole/1", "whole/2"]


async def test_what_can_be_built_is_taken_with_its_faults_after_the_last_time_of_asking(desk: Desk) -> None:
    answer, _ = await (await desk.asker()).ask(question(read=never_good))

    assert answer["lines"]
    assert await desk.sent() == ["whole/1", "whole/2", "whole/3"]


async def test_prose_is_told_to_be_no_json(desk: Desk, mock: MockAi) -> None:
    with pytest.raises(AiResponseInvalid) as failed:
        await (await desk.asker("prose")).ask(question())

    assert "- $: " in str(conversations(mock)[1][3][1])
    assert cast(int, failed.value.details["partialCharacters"]) > 0


async def test_an_answer_that_was_cut_off_gets_twice_the_room_but_once(desk: Desk, mock: MockAi) -> None:
    asker = await desk.asker("length")

    with pytest.raises(Truncated, match="cut off at 2000 tokens") as failed:
        await asker.ask(question())

    assert [cast(JsonObject, sent["body"])["max_completion_tokens"] for sent in mock.requests] == [1000, 2000]
    assert failed.value.details["kind"] == "truncated"
    assert {step["stop"] for step in (await desk.kept()).values()} == {"truncated"}


@pytest.mark.parametrize(("most", "rooms"), [(1500, [1000, 1500]), (1000, [1000])])
async def test_the_room_is_never_raised_above_what_a_model_can_write(
    desk: Desk, mock: MockAi, most: int, rooms: list[int]
) -> None:
    with pytest.raises(Truncated):
        await (await desk.asker("length", most_tokens=most)).ask(question())

    assert [cast(JsonObject, sent["body"])["max_completion_tokens"] for sent in mock.requests] == rooms


async def test_an_answer_that_is_cut_off_is_not_one_of_the_times_of_asking(desk: Desk) -> None:
    answer, _ = await (await desk.asker("lengthbelow:1500")).ask(question(read=never_good))

    assert answer["lines"]
    assert await desk.sent() == [f"whole/{number}" for number in (1, 2, 3, 4)]


async def test_free_text_is_taken_as_it_is(desk: Desk, mock: MockAi) -> None:
    text = await (await desk.asker()).text("draft", PROMPT)

    assert len(text.split()) > 10
    assert "response_format" not in cast(JsonObject, mock.requests[0]["body"])
    assert await (await desk.asker(kept=await desk.kept())).text("draft", PROMPT) == text
    assert await desk.sent() == ["draft/1"]


@pytest.mark.parametrize(
    ("scenario", "error", "sent"), [("empty", AiResponseInvalid, 3), ("length", Truncated, 2)], ids=["empty", "length"]
)
async def test_free_text_that_does_not_come_is_given_up(
    desk: Desk, scenario: str, error: type[AiResponseInvalid], sent: int
) -> None:
    with pytest.raises(error):
        await (await desk.asker(scenario)).text("draft", PROMPT)

    assert await desk.sent() == [f"draft/{number}" for number in range(1, sent + 1)]


async def test_a_refusal_is_not_argued_with_and_not_kept(desk: Desk) -> None:
    with pytest.raises(ContentRefused):
        await (await desk.asker("refuse")).ask(question())

    assert (await desk.sent(), await desk.kept()) == (["whole/1"], {})


async def test_calls_that_failed_belong_to_the_step_of_the_answer_that_came(desk: Desk) -> None:
    await (await desk.asker("fail_first:2:500")).ask(question())

    calls = await calls_of(desk.services.db, desk.lease.job_id)
    assert [(call.step, call.state) for call in calls] == [
        ("whole/1", "failed"),
        ("whole/1", "failed"),
        ("whole/1", "settled"),
    ]
    assert (await desk.kept()).keys() == {"whole/1"}


async def test_more_is_held_for_a_model_that_reads_more_tokens_than_were_estimated(desk: Desk) -> None:
    await (await desk.asker()).ask(question("before"))
    for _ in range(50):
        desk.services.providers.calibration.learn(Key("openai", "gpt-6-luna#ok", "verse", "en"), 100, 300)
    await (await desk.asker()).ask(question("after"))

    before, after = [call.estimate or 0 for call in await calls_of(desk.services.db, desk.lease.job_id)]
    # 500 nano-USD for each of 1000 tokens of output; the rest is held for the input.
    assert 2.9 < (after - 500_000) / (before - 500_000) < 3.1


async def test_a_fallback_and_what_was_dropped_are_noted_also_from_kept_answers(desk: Desk) -> None:
    targets = (Target("openai", "gpt-6-luna#500"), Target("claude", "claude-haiku-5-5"))
    await (await desk.asker(targets=targets, seed=7, temperature=0.5)).ask(question())
    noted = Facts(desk.facts.model, dropped=dict(desk.facts.dropped), is_fallback=desk.facts.is_fallback)

    again = Desk(desk.services, desk.lease, Facts())
    await again.asker(kept=await desk.kept())

    assert again.facts == noted
    assert (noted.model, noted.is_fallback, [*noted.dropped]) == ("claude-haiku-5-5", True, ["temperature", "seed"])
