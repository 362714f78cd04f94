"""The faults by name: what the part of a model's name after ``#`` does to its answer. No vendor's words, no sockets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from granulator.dev.mock_ai.asked import Asked
from granulator.dev.mock_ai.defects import DEFECTS, asks_for_repair

REFUSALS = frozenset({"429", "quota", "401", "402", "404", "400", "500", "529", "ctx"})
"""Errors that are answered whatever was asked."""

PARAMETERS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "temp": frozenset({"temperature"}),
        "seed": frozenset({"seed"}),
        "schema": frozenset({"response_format", "output_config"}),
        "tools": frozenset({"tools"}),
    }
)
"""Errors that name a parameter, and are answered while it is sent."""

STREAM_FAULTS: Mapping[str, str] = MappingProxyType({"sseerr": "500", "overload_sse": "529"})
"""Errors told inside a stream of status 200 -> the refusal that answers the same request when it is not streamed."""

ODDITIES = frozenset({"err200", "emptychoices", "nullchoices"})
HTML = frozenset({"502html", "html200"})
CONNECTIONS = frozenset({"hang", "trickle", "stall", "cut", "reset", "reset_now", "shortbody"})
CONTENTS = frozenset(
    {"ok", "length", "refuse", "filter", "empty", "fence", "prose", "invalid", "invalid_once", "nousage"}
)
COUNTS = frozenset({"cached", "written", "reasoning"})
"""Usage of ``N`` tokens that were read from or written to a cache, or spent on reasoning: ``#cached:1000``."""

MANNERS = frozenset({"judge_no", "judge_fakequote", "judge_wrong"})
"""What a judge does who is asked for an opinion: refuses the first criterion and every support, quotes what nobody
wrote, solves every question wrongly. Whatever else is asked is answered as always."""

LIMITS = frozenset({"lengthbelow", "most"})
"""Truncation by a number of tokens: while less than ``N`` is allowed; whatever is longer than ``N``."""

_UNMENDED: Mapping[str, str] = MappingProxyType({"defect_dies": "500", "defect_hangs": "hang"})
"""Defects that cannot be mended -> what a prompt to mend them gets."""

NAMES = (
    DEFECTS
    | REFUSALS
    | PARAMETERS.keys()
    | STREAM_FAULTS.keys()
    | ODDITIES
    | HTML
    | CONNECTIONS
    | CONTENTS
    | COUNTS
    | MANNERS
    | LIMITS
)
MODELS_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Scenario:
    """A fault and its number: the seconds of a Retry-After, the tokens of a count or of a limit."""

    name: str
    number: str = ""


OK = Scenario("ok")


@dataclass(slots=True)
class Calls:
    """How often each model was called, for faults that come at the beginning or only later."""

    counts: Counter[str] = field(default_factory=Counter)

    def next(self, model: str) -> int:
        """Count one more call of a model and return how many there were before it."""
        if len(self.counts) >= MODELS_COUNTED and model not in self.counts:
            self.counts.clear()
        self.counts[model] += 1
        return self.counts[model] - 1


def scenario_of(asked: Asked, calls: Calls) -> Scenario:
    """Return the fault this call gets. Raises LookupError when the model's name asks for one that there is not."""
    text = asked.model.rpartition("#")[2] if "#" in asked.model else "ok"
    earlier = calls.next(asked.model)
    head, _, rest = text.partition(":")
    if head not in ("fail_first", "after"):
        return _applied(_named(text), asked)
    count, _, text = rest.partition(":")
    fault, calls_before = _named(text), _whole(count)
    is_faulty = earlier < calls_before if head == "fail_first" else earlier >= calls_before
    return _applied(fault, asked) if is_faulty else OK


def _named(text: str) -> Scenario:
    name, _, number = text.partition(":")
    if name not in NAMES:
        raise LookupError(f"there is no scenario {name!r}; there are {', '.join(sorted(NAMES))}")
    if name in LIMITS:
        _whole(number)
    return Scenario(name, number)


def _whole(text: str) -> int:
    if not text.isdecimal():
        raise LookupError(f"a number is needed, not {text!r}")
    return int(text)


def _applied(scenario: Scenario, asked: Asked) -> Scenario:
    if scenario.name in PARAMETERS:
        return scenario if _names_sent(scenario.name, asked) else OK
    if scenario.name in _UNMENDED and asks_for_repair(asked):
        return Scenario(_UNMENDED[scenario.name])
    if scenario.name == "invalid_once":
        return Scenario("invalid") if asked.user_turns <= 1 else OK
    if scenario.name == "lengthbelow":
        is_low = asked.max_tokens is not None and asked.max_tokens < int(scenario.number)
        return Scenario("length") if is_low else OK
    return scenario


def _names_sent(name: str, asked: Asked) -> bool:
    if name == "schema":
        return asked.form == "schema"
    return bool(PARAMETERS[name] & asked.sent)
