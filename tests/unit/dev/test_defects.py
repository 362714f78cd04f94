"""Answers with a defect: checks find it, drafts take it, and a prompt to mend it gets what the scenario says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from granulator.dev.mock_ai import content, defects
from granulator.dev.mock_ai.asked import Asked, Turn
from granulator.dev.mock_ai.scenarios import Calls, Scenario, scenario_of
from granulator.granulation.drafts import DRAFTS
from granulator.model import Json, StructureType

PROMPT = "Write one quiz: 1 category, 5 questions in all.\n<topic-abcdef>\nKeeping bees\n</topic-abcdef>"
REPAIR = f"{PROMPT}\n<issues-abcdef>\n- thin: it is thin. Write more.\n</issues-abcdef>"


def asked(prompt: str, model: str = "gpt-6-luna", kind: StructureType = StructureType.QUIZ) -> Asked:
    schema: Json = DRAFTS[kind].whole_schema(cites=True)
    return Asked(model, (Turn("user", prompt),), form="schema", schema=schema)


def sound(prompt: str = PROMPT) -> Any:
    return json.loads(content.answer(asked(prompt)))


def spoiled(kind: str, name: str = "defect", prompt: str = PROMPT) -> Any:
    return json.loads(defects.spoiled(asked(prompt), name, kind))


def changed(kind: str) -> Mapping[str, tuple[Any, Any]]:
    """Return what differs in the first two questions, before and after."""
    pairs = zip(questions(sound())[:2], questions(spoiled(kind))[:2], strict=True)
    return {
        f"{place}.{key}": (before[key], after[key])
        for place, (before, after) in enumerate(pairs)
        for key in before
        if before[key] != after.get(key)
    }


def questions(quiz: Any) -> list[Any]:
    return [question for category in quiz["categories"] for question in category["questions"]]


def test_a_placeholder_stands_for_one_text() -> None:
    ((path, (_, after)),) = changed("placeholder").items()

    assert (path, after) == ("0.explanation", defects.STAND_IN)


def test_a_key_that_contradicts_is_the_next_option() -> None:
    ((path, (before, after)),) = changed("key_contradicts").items()

    assert path.endswith(".correctAnswer")
    assert after == (before + 1) % 4


def test_a_question_asked_twice_differs_in_nothing_but_its_difficulty() -> None:
    first, second = questions(spoiled("dup_question"))[:2]

    assert {key for key in first if first[key] != second[key]} <= {"difficulty"}


def test_a_dangling_citation_names_no_passage() -> None:
    first, second = questions(spoiled("dangling"))[:2]

    assert (first["cites"], second["cites"]) == (["p99999"], questions(sound())[1]["cites"])


def test_what_is_short_lacks_questions() -> None:
    assert len(questions(spoiled("short"))) < len(questions(sound()))


def test_required_names_are_forgotten() -> None:
    prompt = f"{PROMPT}\n<required-elements-abcdef>\n- Waggle dance\n</required-elements-abcdef>"

    assert "Waggle dance" in content.answer(asked(prompt))
    assert "Waggle dance" not in defects.spoiled(asked(prompt), "defect", "required")


def test_a_kind_that_is_unknown_leaves_the_answer_sound() -> None:
    assert spoiled("nothing") == sound()


def test_a_defect_is_mended_when_asked_stays_or_gets_worse() -> None:
    mended, stays, worse = (spoiled("placeholder", name, REPAIR) for name in ("defect", "defect_stays", "repair_worse"))

    counts = [json.dumps(answer).count(defects.STAND_IN) for answer in (mended, stays, worse)]
    assert counts[:2] == [0, 1]
    assert counts[2] > 1


@pytest.mark.parametrize(
    ("name", "prompt", "scenario"),
    [
        ("defect_dies", PROMPT, Scenario("defect_dies", "placeholder")),
        ("defect_dies", REPAIR, Scenario("500")),
        ("defect_hangs", PROMPT, Scenario("defect_hangs", "placeholder")),
        ("defect_hangs", REPAIR, Scenario("hang")),
        ("defect_stays", REPAIR, Scenario("defect_stays", "placeholder")),
    ],
)
def test_a_defect_that_cannot_be_mended_fails_only_where_it_is_to_be_mended(
    name: str, prompt: str, scenario: Scenario
) -> None:
    assert scenario_of(asked(prompt, f"gpt-6-luna#{name}:placeholder"), Calls()) == scenario
