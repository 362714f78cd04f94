"""Answers with a defect that checks find and drafts do not, and what a model makes of it when it is to be mended."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from granulator.dev.mock_ai import content
from granulator.dev.mock_ai.asked import Asked
from granulator.model import Json, JsonObject

DEFECTS = frozenset({"defect", "defect_stays", "defect_dies", "defect_hangs", "repair_worse"})
"""``#defect:KIND`` is mended when asked, ``defect_stays`` never, ``repair_worse`` comes back worse; while it is to be
mended ``defect_dies`` answers with an error and ``defect_hangs`` not at all."""

_REPAIR = re.compile(r"<issues-[0-9a-f]{6,}>")
_REQUIRED = re.compile(r"<(required-elements-[0-9a-f]{6,})>.*?</\1>", re.DOTALL)
_BODIES = ("content", "description", "definition", "summary", "explanation")
_LEAVES = ("lessons", "steps", "concepts", "chapters", "milestones", "questions")
STAND_IN = "To be determined."


def asks_for_repair(asked: Asked) -> bool:
    """Return whether a prompt has a place written again."""
    return _REPAIR.search(asked.prompt) is not None


def spoiled(asked: Asked, name: str, kind: str) -> str:
    """Return the answer with the defect of a kind in it; unknown kinds leave it sound."""
    is_repair = asks_for_repair(asked)
    if kind == "required" and (not is_repair or name == "defect_stays"):
        turns = tuple(replace(turn, text=_REQUIRED.sub("", _unnamed(turn.text))) for turn in asked.turns)
        return content.answer(replace(asked, turns=turns))
    text = content.answer(asked)
    if is_repair and name == "defect":
        return text
    try:
        answer: Json = json.loads(text)
    except ValueError:
        return text
    spoil = _stand_ins if is_repair and name == "repair_worse" else _SPOILERS.get(kind)
    if spoil is not None:
        spoil(answer)
    return json.dumps(answer, ensure_ascii=False)


def _unnamed(text: str) -> str:
    return re.sub(r'^- required_\w+: "[^"]+"', "- required:", text, flags=re.MULTILINE)


def _objects(node: Json, keys: tuple[str, ...]) -> Iterator[JsonObject]:
    """Yield every object of the lists under these keys, and what is an answer of its own."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in keys and isinstance(value, list):
                yield from (entry for entry in value if isinstance(entry, dict))
            yield from _objects(value, keys)
    elif isinstance(node, list):
        for entry in node:
            yield from _objects(entry, keys)


def _placeholder(answer: Json) -> None:
    leaves = [*_objects(answer, _LEAVES), *([answer] if isinstance(answer, dict) else [])]
    for leaf in leaves:
        body = next((key for key in _BODIES if key in leaf), None)
        if body is not None:
            leaf[body] = STAND_IN
            return


def _key_contradicts(answer: Json) -> None:
    for question in _objects(answer, ("questions",)):
        options, key = question.get("options"), question.get("correctAnswer")
        if question.get("type") == "multiple_choice" and isinstance(options, list) and isinstance(key, int):
            question["correctAnswer"] = (key + 1) % len(options)
            return


def _dup_question(answer: Json) -> None:
    questions = list(_objects(answer, ("questions",)))
    if len(questions) > 1:
        own = {key: questions[1][key] for key in ("id", "difficulty") if key in questions[1]}
        questions[1].clear()
        questions[1].update(questions[0] | own)


def _dangling(answer: Json) -> None:
    leaves = [*_objects(answer, _LEAVES), *([answer] if isinstance(answer, dict) else [])]
    for leaf in leaves:
        if isinstance(leaf.get("cites"), list):
            leaf["cites"] = ["p99999"]
            return


def _short(answer: Json) -> None:
    for key, kept in (("lessons", 1), ("questions", 2)):
        for holder in _holders(answer, key):
            listed = holder[key]
            if isinstance(listed, list):
                holder[key] = listed[:kept]
                return


def _holders(node: Json, key: str) -> Iterator[JsonObject]:
    """Yield every object that has something under a key."""
    if isinstance(node, dict):
        if key in node:
            yield node
        for value in node.values():
            yield from _holders(value, key)
    elif isinstance(node, list):
        for entry in node:
            yield from _holders(entry, key)


def _stand_ins(answer: Json) -> None:
    """Put a stand-in for every text of a repaired place."""
    if isinstance(answer, dict):
        for key, value in answer.items():
            answer[key] = STAND_IN if isinstance(value, str) and key in (*_BODIES, "title", "question") else value
            _stand_ins(value)
    elif isinstance(answer, list):
        for place, entry in enumerate(answer):
            if isinstance(entry, str) and len(entry.split()) > 2:
                answer[place] = f"{STAND_IN[:-1]} {place}" if len(answer) > 2 else STAND_IN
            _stand_ins(entry)


_SPOILERS: Mapping[str, Callable[[Json], None]] = MappingProxyType(
    {
        "placeholder": _placeholder,
        "key_contradicts": _key_contradicts,
        "dup_question": _dup_question,
        "dangling": _dangling,
        "short": _short,
    }
)
"""The kind of a defect -> how it is put into an answer; ``required`` leaves out the names a prompt requires."""
