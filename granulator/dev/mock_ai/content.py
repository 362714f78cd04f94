"""What the stand-in for a model answers: valid, varied content for the schema in a request, always the same for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType

from granulator.dev.mock_ai import vocabulary as words
from granulator.dev.mock_ai.asked import Asked, mapping
from granulator.dev.mock_ai.brief import Brief, brief_of, schema_in
from granulator.dev.mock_ai.fitting import Draft, Fitting
from granulator.dev.mock_ai.prose import Voice, focus_of, seed, title_case
from granulator.dev.mock_ai.writers import course, judge, knowledge_map, learning_path, novel, quiz, repair, workflow
from granulator.dev.mock_ai.writers.order import Order
from granulator.model import Json

ANSWERS_KEPT = 256
_QUESTION_TYPES = (
    "multiple_choice",
    "true_false",
    "multiple_response",
    "short_answer",
    "ordering",
    "essay",
    "matching",
    "numeric",
)

_WRITERS: Mapping[str, Callable[[Order], Draft]] = MappingProxyType(
    {
        "courseOverview": course.whole,
        "quizOverview": quiz.whole,
        "novelOverview": novel.whole,
        "workflowOverview": workflow.whole,
        "mapOverview": knowledge_map.whole,
        "pathOverview": learning_path.whole,
        "lessons": course.part,
        "questions": quiz.part,
        "chapters": novel.part,
        "steps": workflow.part,
        "concepts": knowledge_map.part,
        "milestones": learning_path.part,
        "criteria": judge.rubric,
        "answers": judge.answers,
        "grades": judge.grades,
        "findings": judge.findings,
    }
)
"""A property of the answer -> who writes such answers; the first that fits counts."""

_TITLES = frozenset({"title", "name", "label", "heading"})


def answer(asked: Asked, manner: str = "") -> str:
    """Return the answer: JSON for the schema of the request or of its prompt, prose when there is none.

    ``manner`` is that of a judge.
    """
    schema = asked.schema if asked.schema is not None else schema_in(asked.orders)
    if not isinstance(schema, Mapping):
        return "{}" if asked.form == "json" else talk(asked.orders)
    return _answer(asked.orders, json.dumps(schema), asked.user_turns, manner)


@lru_cache(maxsize=ANSWERS_KEPT)
def _answer(prompt: str, schema_text: str, attempt: int, manner: str) -> str:
    schema: Json = json.loads(schema_text)
    brief = brief_of(prompt, attempt)
    offered = tuple(kind for kind in _QUESTION_TYPES if f'"{kind}"' in schema_text)
    fitting = _fitting(brief, mapping(schema), schema_text)
    return json.dumps(fitting.fit(_draft(Order(brief, offered, manner), mapping(schema)), schema), ensure_ascii=False)


def invalid(asked: Asked) -> str:
    """Return JSON that no schema with a required property accepts."""
    return json.dumps({"remark": f"Something about {brief_of(asked.orders).topic}.", "items": [None, 7, "?"]})


def talk(prompt: str) -> str:
    """Return prose without any JSON, as to a question in words."""
    brief = brief_of(prompt)
    voice = _voice(brief, "talk")
    least = brief.length(r"(?:about )?(\d+) words", 60)
    return " ".join([*map(voice.line, words.TALK), *voice.sentences(least // 2)])


def _draft(order: Order, schema: Mapping[str, Json]) -> Draft:
    if repair.BLOCK in order.brief.blocks:
        return repair.mended(order)
    properties = mapping(schema.get("properties"))
    writer = next((write for name, write in _WRITERS.items() if name in properties), None)
    return writer(order) if writer is not None else None


def _fitting(brief: Brief, schema: Mapping[str, Json], schema_text: str) -> Fitting:
    voice = _voice(brief, schema_text)

    def text(name: str) -> str:
        if name in _TITLES:
            return title_case(voice.line(voice.one(words.TITLES)))
        return voice.line(voice.one(words.SENTENCES))

    return Fitting(schema, voice.chance, text)


def _voice(brief: Brief, key: str) -> Voice:
    chance = seed(brief.topic, key, str(brief.attempt))
    return Voice(brief.topic, focus_of("", chance), chance)
