"""One place of a structure written again: fresh content for an element, other questions, further elements."""

from __future__ import annotations

import re
from collections.abc import Mapping

from granulator.dev.mock_ai import vocabulary as words
from granulator.dev.mock_ai.asked import mapping, number, rows, string
from granulator.dev.mock_ai.fitting import Draft
from granulator.dev.mock_ai.prose import Voice, title_case
from granulator.dev.mock_ai.writers.order import Order, Sentences, cited, enough, mention
from granulator.dev.mock_ai.writers.questions import Questioner
from granulator.model import Json

BLOCK = "issues"
"""The block of a prompt that asks for a repair."""

LISTS: Mapping[str, str] = {
    "module": "modules",
    "lesson": "lessons",
    "category": "categories",
    "chapter": "chapters",
    "scene": "scenes",
    "step": "steps",
    "concept": "concepts",
    "relation": "relations",
    "milestone": "milestones",
}
"""The kind of a further element -> the key its answer has it under."""

_BODIES = frozenset({"content", "description", "definition", "summary", "purpose", "explanation"})
_TITLES = frozenset({"title", "name", "label"})
_WANTED_NAME = re.compile(r'^- required_\w+: "([^"]+)"', re.MULTILINE)
_IDS = re.compile(r"^((?:step|concept|milestone|competency|char|thread|scene|chapter)_\w+)", re.MULTILINE)
_LEAST = 60


def mended(order: Order) -> Draft:
    """Return what a repair prompt asks for; a place that is asked for again in a second round gets other words."""
    told = order.brief.part
    key = f"repair {string(told.get('path'))}"
    if isinstance(told.get("element"), Mapping):
        return _again(order, key, mapping(told.get("element")))
    if (count := number(told.get("replace"))) is not None:
        return {"questions": [_question(order, key, place, count, told) for place in range(count)]}
    kind, count = string(told.get("kind")), number(told.get("add")) or 1
    return {LISTS.get(kind, "elements"): [_further(order, f"{key} {place}", kind, place) for place in range(count)]}


def _names(order: Order) -> list[str]:
    return list(dict.fromkeys(_WANTED_NAME.findall(order.brief.blocks.get(BLOCK, ""))))


def _ids(order: Order, prefix: str) -> list[str]:
    found = _IDS.findall(order.brief.blocks.get("outline", ""))
    return [ident for ident in found if ident.startswith(f"{prefix}_")]


def _again(order: Order, key: str, element: Mapping[str, Json]) -> Draft:
    title = next((string(element[name]) for name in _TITLES if name in element), "")
    voice = order.voice(key, title)
    sentences = enough(order.brief.sentences, _LEAST)
    told = [sentence for sentence, _ in sentences] or voice.sentences(_LEAST)
    told += mention(_names(order), voice)
    written: dict[str, Draft] = {name: _field(name, value, told, voice) for name, value in element.items()}
    return written | {"cites": _labels(order, sentences)}


def _labels(order: Order, sentences: Sentences) -> list[str]:
    return cited(sentences) or order.label_for(0)


def _field(name: str, value: Json, told: list[str], voice: Voice) -> Draft:
    if name in _BODIES:
        return " ".join(told)
    if name == "keyPoints":
        return [*told[:2]]
    if name in _TITLES and len(string(value).split()) < 2:
        return title_case(voice.line(voice.one(words.TITLES)))
    if isinstance(value, Mapping):
        return {key: _field(key, inner, told, voice) for key, inner in value.items()}
    if isinstance(value, list):
        return [_field("", inner, told, voice) for inner in value]
    return value


def _question(order: Order, key: str, place: int, count: int, told: Mapping[str, Json]) -> Draft:
    dropped = list(rows(told.get("dropped")))
    difficulty = string(dropped[place].get("difficulty")) if place < len(dropped) else ""
    term = order.terms(count, key)[place]
    names = _names(order) if place == 0 else []
    return Questioner(order, f"{key} {place}").ask(f"{key} {place}", 0, term, difficulty, (), names)


def _further(order: Order, key: str, kind: str, place: int) -> Draft:
    voice = order.voice(key)
    sentences = enough(order.brief.sentences, _LEAST)
    told = voice.sentences(_LEAST)
    name = title_case(voice.line(voice.one(words.TITLES)))
    known = {prefix: _ids(order, prefix) for prefix in ("step", "concept", "milestone", "competency", "char", "thread")}
    concepts = known["concept"]
    drafts: dict[str, Draft] = {
        **dict.fromkeys(_TITLES, name),
        **dict.fromkeys(_BODIES, " ".join(told)),
        "keyPoints": [*told[:2]],
        "practicalExercises": voice.some(words.EXERCISES, 1),
        "examples": voice.some(words.EXAMPLES, 1),
        "after": next(iter(known["step"]), ""),
        "broader": next(iter(concepts), ""),
        "source": concepts[-1] if concepts else "",
        "target": concepts[0] if concepts else "",
        "type": "related" if kind == "relation" else None,
        "requires": known["milestone"][:1],
        "developsCompetencies": known["competency"][:1],
        "pov": next(iter(known["char"]), ""),
        "characterIds": known["char"][:1],
        "threadIds": [],
        "cites": _labels(order, sentences),
        "questions": [_question(order, f"{key} q", at, 3, {}) for at in range(3)] if kind == "category" else None,
    }
    return {name: draft for name, draft in drafts.items() if draft is not None}
