"""How one call is put to one model: the rung, the parameters it takes, and what its refusals taught us. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Literal

from granulator.model import JsonObject
from granulator.providers.base import Deadline, GenRequest, Kind, Message, Mode, ModelProfile, ProviderFault
from granulator.providers.lowering import Lowered, lower

RUNGS: tuple[Mode, ...] = ("strict", "tool", "json", "prompt")
"""The ladder of structured output, from the top."""

SMALLEST_ANSWER_TOKENS = 256
"""The output limit is not lowered below this to fit a context: the estimate of the prompt may be too high."""

WIRE_NAMES = {"temperature": "temperature", "seed": "seed", "max_output_tokens": "maxTokens"}
"""What the API calls the parameters a caller can set, in the order they are reported."""

DROPPABLE = frozenset({"temperature", "seed", "effort"})
"""The parameters a call can do without."""


@dataclass(frozen=True, slots=True)
class Target:
    """A model to ask; ``is_callers_choice`` when the request named the model."""

    provider: str
    model: str
    is_callers_choice: bool = False


@dataclass(frozen=True, slots=True)
class CallRequest:
    """What is wanted, of whom and until when. ``targets`` are the primary and then the explicit fallback chain.

    ``schema`` is as our models publish it; ``input_tokens`` is an estimate of the prompt. With ``streams`` the answer
    arrives in pieces where the model can do that. ``timeout_ms`` is what the caller asked for, told when it is over.
    """

    targets: tuple[Target, ...]
    system: str
    messages: tuple[Message, ...]
    max_output_tokens: int
    deadline: Deadline
    schema: JsonObject | None = None
    schema_name: str = "answer"
    temperature: float | None = None
    seed: int | None = None
    input_tokens: int = 0
    streams: bool = False
    timeout_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a model has refused so far. ``refused`` holds our parameter names, ``rung`` the highest rung left."""

    refused: frozenset[str] = frozenset()
    rung: Mode = "strict"
    token_param: Literal["max_tokens", "max_completion_tokens"] | None = None
    output_limit: int | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """A call as it goes to the adapter, how its answer is lifted back, and what the caller wished in vain."""

    request: GenRequest
    lowered: Lowered | None
    dropped: tuple[str, ...]


def shape(call: CallRequest, model: str, profile: ModelProfile, lesson: Lesson, *, fails_fast: bool = False) -> Shape:
    """Return ``call`` as this model takes it."""
    mode, lowered = _rung(call.schema, profile, lesson)
    effort = None if "effort" in lesson.refused else profile.effort
    taken = replace(profile, token_param=lesson.token_param or profile.token_param)
    request = GenRequest(
        model=model,
        profile=taken,
        system=call.system if lowered is None or mode in ("strict", "tool") else _with_schema(call.system, lowered),
        messages=call.messages,
        max_output_tokens=_output_tokens(call, profile, lesson),
        mode=mode,
        schema=lowered.schema if lowered is not None and mode in ("strict", "tool") else None,
        schema_name=call.schema_name,
        temperature=call.temperature if _takes_temperature(profile, lesson, effort) else None,
        seed=call.seed if profile.supports_seed and "seed" not in lesson.refused else None,
        effort=effort,
        fails_fast=fails_fast,
    )
    return Shape(request, lowered, _dropped(call, request))


def learn(lesson: Lesson, sent: GenRequest, fault: ProviderFault) -> tuple[Lesson, str] | None:
    """Return what the next call must leave out and a name for that step; None when nothing is left to change.

    It starts from what was sent and not from what is known by now: a call made beside this one may have learned the
    same, and this one still gets its turn.
    """
    if fault.kind is Kind.SCHEMA:
        return _lower_rung(lesson, sent)
    if fault.kind is not Kind.PARAM:
        return None
    if fault.parameter == "max_output_tokens":
        return _other_limit(lesson, sent, fault)
    if fault.parameter not in DROPPABLE or getattr(sent, fault.parameter) is None:
        return None
    return replace(lesson, refused=lesson.refused | {fault.parameter}), fault.parameter


def _rung(schema: JsonObject | None, profile: ModelProfile, lesson: Lesson) -> tuple[Mode, Lowered | None]:
    if schema is None:
        return "text", None
    rung = RUNGS[max(RUNGS.index(profile.structured), RUNGS.index(lesson.rung))]
    if rung in ("strict", "tool"):
        lowered = lower(schema, profile.dialect)
        if lowered.is_supported:
            return rung, lowered
        rung = "json"
    return rung, lower(schema, "none")


def _with_schema(system: str, lowered: Lowered) -> str:
    text = json.dumps(lowered.schema, ensure_ascii=False, separators=(",", ":"))
    asked = "Answer with exactly one JSON object that keeps to this schema, and with nothing before or after it."
    return f"{system}\n\n{asked}\nJSON Schema:\n{text}".lstrip()


def _output_tokens(call: CallRequest, profile: ModelProfile, lesson: Lesson) -> int:
    room = max(profile.context - call.input_tokens, SMALLEST_ANSWER_TOKENS)
    limits = [call.max_output_tokens, profile.max_output, room]
    return min(limits if lesson.output_limit is None else [*limits, lesson.output_limit])


def _takes_temperature(profile: ModelProfile, lesson: Lesson, effort: str | None) -> bool:
    if profile.temperature == "never" or "temperature" in lesson.refused:
        return False
    return profile.temperature == "always" or effort == "none"


def _dropped(call: CallRequest, sent: GenRequest) -> tuple[str, ...]:
    return tuple(wire for name, wire in WIRE_NAMES.items() if getattr(call, name) != getattr(sent, name))


def _lower_rung(lesson: Lesson, sent: GenRequest) -> tuple[Lesson, str] | None:
    if sent.mode == "text" or sent.mode == RUNGS[-1]:
        return None
    below = RUNGS[max(RUNGS.index(sent.mode) + 1, RUNGS.index(lesson.rung))]
    return replace(lesson, rung=below), f"rung {below}"


def _other_limit(lesson: Lesson, sent: GenRequest, fault: ProviderFault) -> tuple[Lesson, str] | None:
    """The limit cannot be left out: it is lowered to what the provider named, or sent under its other name."""
    limit = fault.facts.get("limit")
    if isinstance(limit, int) and 0 < limit < sent.max_output_tokens:
        return replace(lesson, output_limit=limit), "output limit"
    other: Literal["max_tokens", "max_completion_tokens"] = (
        "max_tokens" if sent.profile.token_param == "max_completion_tokens" else "max_completion_tokens"
    )
    return replace(lesson, token_param=other), "token param"
