"""What a model's refusal teaches, as seen by a call that was already under way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from granulator.providers.base import Deadline, GenRequest, Kind, Message, Mode
from granulator.providers.shaping import CallRequest, Lesson, Target, learn, shape
from tests.providers.scripted import PROFILE, fault


def sent(**changes: object) -> GenRequest:
    call = CallRequest(
        targets=(Target("openai", "small"),),
        system="",
        messages=(Message("user", "Tides"),),
        max_output_tokens=4_000,
        deadline=Deadline(0.0),
        schema={"type": "object", "properties": {}},
        temperature=0.7,
        seed=3,
    )
    made = shape(call, "small", replace(PROFILE, effort="low"), Lesson()).request
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("mode", "known", "expected"),
    [
        ("strict", "strict", "tool"),
        ("strict", "prompt", "prompt"),
        ("tool", "strict", "json"),
        ("json", "json", "prompt"),
    ],
)
def test_refused_schema_never_leads_up_the_ladder(mode: Mode, known: Mode, expected: Mode) -> None:
    learned = learn(Lesson(rung=known), sent(mode=mode), fault(Kind.SCHEMA))

    assert learned == (Lesson(rung=expected), f"rung {expected}")


@pytest.mark.parametrize("mode", ["prompt", "text"])
def test_nothing_is_below_the_lowest_rung(mode: Mode) -> None:
    assert learn(Lesson(), sent(mode=mode), fault(Kind.SCHEMA)) is None


@pytest.mark.parametrize("parameter", ["temperature", "seed", "effort"])
def test_refused_parameters_add_up(parameter: str) -> None:
    known = Lesson(refused=frozenset({"another"}), rung="json")

    learned = learn(known, sent(), fault(Kind.PARAM, parameter=parameter))

    assert learned == (replace(known, refused=frozenset({"another", parameter})), parameter)


def test_lower_limit_that_the_provider_named_is_learned() -> None:
    refusal = fault(Kind.PARAM, parameter="max_output_tokens", facts={"limit": 1_000})

    assert learn(Lesson(), sent(), refusal) == (Lesson(output_limit=1_000), "output limit")


@pytest.mark.parametrize("limit", [4_000, 9_000, 0, -5, "1000", None])
def test_limit_that_explains_nothing_means_the_parameter_has_another_name(limit: object) -> None:
    refusal = fault(Kind.PARAM, parameter="max_output_tokens", facts={"limit": limit})

    assert learn(Lesson(), sent(), refusal) == (Lesson(token_param="max_completion_tokens"), "token param")


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in (Kind.PARAM, Kind.SCHEMA)])
def test_other_faults_teach_nothing_about_the_request(kind: Kind) -> None:
    assert learn(Lesson(), sent(), fault(kind, parameter="temperature")) is None
