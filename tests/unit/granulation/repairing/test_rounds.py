"""Rounds of repair: what they are for, what ends them, and that no slip of theirs costs the structure."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import pytest

from granulator import errors
from granulator.granulation import admission, validation
from granulator.granulation.ending import Work, silent
from granulator.granulation.facts import Facts, Repair
from granulator.granulation.judgement import Judgement
from granulator.granulation.order import Order
from granulator.granulation.plan import sizes
from granulator.granulation.repairing import Checks, Version, repair
from granulator.granulation.repairing.kinds import KINDS
from granulator.granulation.repairing.locating import Target
from granulator.granulation.repairing.places import parse
from granulator.granulation.repairing.rounds import _shifted, to_mend
from granulator.granulation.validation import Verdict
from granulator.model import Issue, JsonObject, Principal, StructureType
from granulator.providers.base import Deadline
from granulator.services import open_services
from granulator.settings import Settings
from granulator.store import jobs
from granulator.store.database import GuardFailed
from tests.bills import calls_of
from tests.unit.granulation.samples import COURSE, course, template, verdict

ACME = Principal(kind="key", id="key:1", client_id="acme")
ERROR = Issue("placeholder", "error", "modules[0].lessons[0].content", "wrong", "mend it")
SHAPE = Issue("below_minimum", "error", "modules", "too few", "add one")
WARNING = Issue("dup_title", "warning", "modules[1].title", "twice", "rename it")


def found(*issues: Issue) -> Verdict:
    return replace(verdict(course()), issues=issues)


def test_errors_are_mended_before_warnings() -> None:
    assert to_mend(found(WARNING, ERROR, SHAPE), is_scored=True) == (ERROR, SHAPE)
    assert to_mend(found(WARNING), is_scored=True) == (WARNING,)


def test_without_a_score_only_the_shape_is_mended() -> None:
    assert to_mend(found(WARNING, ERROR, SHAPE), is_scored=False) == (SHAPE,)
    assert to_mend(found(WARNING, ERROR), is_scored=False) == ()


# Rounds of a real job, with checks of our own


@dataclass
class Desk:
    """A job whose structure is about to be repaired."""

    work: Work

    def version(self) -> Version:
        """A course with a stand-in for the content of its first lesson."""
        broken = course()
        broken["modules"][0]["lessons"][0]["content"] = "To be written."
        return Version(broken, verdict(broken, level=1))

    async def repaired(self, assess: Any, *, seconds: float = 20, broken: Version | None = None) -> Version:
        async def checked(structure: JsonObject, rounds: int) -> Verdict:
            told: Verdict = assess(structure, rounds)
            return told

        async def rules(structure: JsonObject) -> Verdict:
            return validation.validate(structure, COURSE, template=template(COURSE), level=1)

        checks, deadline = Checks(checked, rules), Deadline(time.monotonic() + seconds)
        return await repair(self.work, broken or self.version(), checks, deadline, {})

    async def steps(self) -> list[str]:
        return [call.step for call in await calls_of(self.work.services.db, self.work.job.id)]


@pytest.fixture
async def desk(ai_settings: Settings) -> AsyncIterator[Desk]:
    async with open_services(ai_settings) as services:
        await admission.install_templates(services)
        order = Order("Composting", StructureType.COURSE, granularity_level=1, provider="openai")
        lease = await admission.submit(services, ACME, order, request_id="req_1")
        job = await jobs.by_id(services.db, lease.job_id)
        assert job is not None
        used = template(COURSE)
        planned = sizes(COURSE, 1, used, None)
        yield Desk(Work(services, lease, job, order, used, planned, silent, Facts()))


def sound(structure: JsonObject, rounds: int) -> Verdict:
    return validation.validate(structure, COURSE, template=template(COURSE), level=1)


def worse(structure: JsonObject, rounds: int) -> Verdict:
    return found(ERROR, ERROR, ERROR, SHAPE)


async def test_a_round_that_mends_everything_is_the_last(desk: Desk) -> None:
    version = await desk.repaired(sound)

    assert version.verdict.issues == ()
    assert desk.work.facts.repair == Repair(1, ("modules[0].lessons[0]",), (), 0)
    assert await desk.steps() == ["repair:1:modules[0].lessons[0]/1"]


async def test_the_earlier_version_is_kept_when_both_rounds_are_worse(desk: Desk) -> None:
    version = await desk.repaired(worse)

    assert json.dumps(version.structure) == json.dumps(desk.version().structure)
    assert desk.work.facts.repair == Repair(2, (), (), len(version.verdict.issues))


async def test_what_is_accepted_is_not_touched_and_nothing_is_told_of_it(desk: Desk) -> None:
    clean = Version(course(), verdict(course(), level=1))

    version = await repair(desk.work, clean, Checks(None, None), Deadline(time.monotonic() + 20), {})  # type: ignore[arg-type]

    assert version is clean
    assert (desk.work.facts.repair, await desk.steps()) == (None, [])


async def test_a_question_with_a_warning_may_be_replaced_but_is_not_dropped(desk: Desk) -> None:
    path = "modules[0].assessment.questions[0]"
    doubted = Issue("key_uncertain", "warning", path, "one of three disagrees", "make it plain")
    low = replace(found(doubted), score=80, is_valid=False)

    version = await desk.repaired(lambda structure, rounds: low, broken=Version(course(), low))

    assert version.structure == course()
    assert desk.work.facts.repair == Repair(2, (), (), 1)
    assert await desk.steps() == [f"repair:{number}:modules[0].assessment.questions/1" for number in (1, 2)]


DISPUTED = Issue("key_disputed", "error", "modules[1].assessment.questions[0]", "modules[1]: nobody agrees", "ask anew")


def opinion(structure: JsonObject, status: Literal["ok", "unavailable"], *issues: Issue) -> Verdict:
    """The rules' verdict on a structure with what a judge adds to it."""
    return validation.judged(sound(structure, 0), Judgement(status, "judge", issues=issues), threshold=85)


async def test_a_version_without_errors_by_the_rules_is_better_though_the_judge_who_then_sees_it_finds_more(
    desk: Desk,
) -> None:
    other = replace(DISPUTED, path="modules[1].assessment.questions[1]")

    version = await desk.repaired(lambda structure, rounds: opinion(structure, "ok", DISPUTED, other))

    assert version.verdict.issues == (DISPUTED, other)
    assert version.structure["modules"][0]["lessons"][0]["content"] != "To be written."  # type: ignore[index, call-overload]
    assert (await desk.steps())[0] == "repair:1:modules[0].lessons[0]/1"


async def test_a_judge_that_fails_after_a_round_takes_nothing_back_of_what_is_still_the_same(desk: Desk) -> None:
    mended, lasting = (replace(DISPUTED, path=f"modules[{place}].lessons[0].content") for place in (0, 1))
    before = Version(course(), opinion(course(), "ok", mended, lasting))

    def forgets(structure: Any, rounds: int) -> Verdict:
        # What came for the second lesson says the same as before.
        structure["modules"][1]["lessons"][0]["content"] = course()["modules"][1]["lessons"][0]["content"]
        return opinion(structure, "unavailable", mended, lasting)

    version = await desk.repaired(forgets, broken=before)

    assert (version.verdict.issues, version.verdict.is_valid) == ((lasting,), False)
    assert (version.verdict.judge.status, version.verdict.method) == ("unavailable", "rules+judge")


async def test_an_assessment_does_not_lose_its_last_question(desk: Desk) -> None:
    listed = course()["modules"][1]["assessment"]["questions"]
    disputed = [replace(DISPUTED, path=f"modules[1].assessment.questions[{place}]") for place in range(len(listed))]
    before = Version(course(), opinion(course(), "ok", *disputed))

    def disputes(structure: Any, rounds: int) -> Verdict:
        asked = structure["modules"][1]["assessment"]["questions"]
        return opinion(structure, "ok", *disputed[: len(asked)])

    version = await desk.repaired(disputes, broken=before)

    assert version.structure["modules"][1]["assessment"]["questions"] == listed  # type: ignore[index, call-overload]
    assert (version.verdict.is_valid, desk.work.facts.repair) == (False, Repair(2, (), (), len(listed)))


def test_what_a_judge_found_behind_a_dropped_question_is_told_with_its_new_place() -> None:
    listed = "modules[0].assessment.questions"
    dropped = replace(DISPUTED, path=f"{listed}[0]")
    behind = Issue("rubric", "warning", f"{listed}[4].question", f"{listed}[4].question: doubtful", "mend it")
    target = Target("questions", parse(listed), KINDS[COURSE][3], (dropped,), (0,))

    shifted = _shifted((dropped, DISPUTED, behind), target)

    moved = f"{listed}[3].question"
    assert shifted == (DISPUTED, replace(behind, path=moved, message=f"{moved}: doubtful"))


async def test_a_slip_of_ours_does_not_cost_the_structure(desk: Desk) -> None:
    def slips(structure: JsonObject, rounds: int) -> Verdict:
        raise KeyError("modules")

    version = await desk.repaired(slips)

    assert version.structure == desk.version().structure
    assert desk.work.facts.repair == Repair(1, (), (), len(version.verdict.issues))


@pytest.mark.parametrize("lost", [GuardFailed(0), errors.DatabaseError("gone"), errors.JobCancelled()])
async def test_a_job_that_is_no_longer_ours_is_left_at_once(desk: Desk, lost: Exception) -> None:
    def loses(structure: JsonObject, rounds: int) -> Verdict:
        raise lost

    with pytest.raises(type(lost)):
        await desk.repaired(loses)


async def test_no_call_is_begun_when_no_time_is_left(desk: Desk) -> None:
    version = await desk.repaired(sound, seconds=1.0)

    assert version.structure == desk.version().structure
    assert await desk.steps() == []
