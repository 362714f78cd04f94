"""Questions of hand-written courses and quizzes, from their notation to their structure; chooses none."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from granulator.dev.quality.clean.lines import Block
from granulator.model import Json, JsonObject

TAGS = ("ask", "verdict", "several", "order", "match", "short", "number")


def question(block: Block, identity: str, objective_ids: list[str] | None = None) -> JsonObject:
    """Return the question the block notes; the note of its head is the difficulty."""
    element: JsonObject = {"id": identity, **_FORMS[block.head.tag](block)}
    element["explanation"] = block.value("why")
    element["difficulty"] = block.head.note.split(",")[0]
    if objective_ids:
        element["objectiveIds"] = list(objective_ids)
    return element


def _ask(block: Block) -> JsonObject:
    options, right = _options(block)
    return _asked("multiple_choice", block.head.value, options, right[0])


def _several(block: Block) -> JsonObject:
    options, right = _options(block)
    return _asked("multiple_response", block.head.value, options, right)


def _verdict(block: Block) -> JsonObject:
    return _asked("true_false", block.head.field(0), ["True", "False"], int(block.head.field(1) == "false"))


def _order(block: Block) -> JsonObject:
    sequence = [int(index) for index in block.value("sequence").split()]
    return _asked("ordering", block.head.value, block.values("item"), sequence)


def _match(block: Block) -> JsonObject:
    pairs = [pair.split(" = ") for pair in block.values("pair")]
    return _asked("matching", block.head.value, [], [{"left": left, "right": right} for left, right in pairs])


def _short(block: Block) -> JsonObject:
    return _asked("short_answer", block.head.value, [], block.values("answer"))


def _number(block: Block) -> JsonObject:
    value, tolerance = (float(field) for field in block.value("value").split("|"))
    return _asked("numeric", block.head.value, [], {"value": value, "tolerance": tolerance})


_FORMS: Mapping[str, Callable[[Block], JsonObject]] = {
    "ask": _ask,
    "several": _several,
    "verdict": _verdict,
    "order": _order,
    "match": _match,
    "short": _short,
    "number": _number,
}


def _asked(kind: str, stem: str, options: list[str], key: Json) -> JsonObject:
    return {"type": kind, "question": stem, "options": list(options), "correctAnswer": key}


def _options(block: Block) -> tuple[list[str], list[int]]:
    lines = [line for line in block.body if line.tag in ("right", "wrong")]
    return [line.value for line in lines], [at for at, line in enumerate(lines) if line.tag == "right"]
