"""A course frame for a bare topic: questions to the author and no facts about the topic. Reads no source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from granulator.granulation.authors.base import Brief, Outline
from granulator.model import Json, JsonObject

NOTICE = (
    "This is a scaffold: it holds no facts about the topic, only questions to its author. "
    "Add input.source or configure an AI provider to have the content written."
)
MARKER = "{topic}"
MODULE_TITLES = (
    "Why {topic} matters", "The basic ideas of {topic}", "{topic} step by step", "{topic} in practice",
    "Common mistakes with {topic}", "Choosing between approaches to {topic}", "{topic} at scale", "Beyond {topic}",
)  # fmt: skip
LESSON_TITLES = (
    "The question to answer", "The terms to define", "An example to show", "A task to practise", "The evidence to cite",
    "A summary to write",
)  # fmt: skip
QUESTIONS = (
    "What should a learner of {topic} be able to do after this lesson, and which source proves that it works?",
    "Which terms of {topic} must be defined here, and who defines them?",
    "Which real example of {topic} can be shown in this lesson, and where is it documented?",
    "Which task shows that a learner has understood this part of {topic}?",
    "Which statement about {topic} in this lesson needs a source, and which one will be cited?",
    "What do learners commonly get wrong about this part of {topic}, and how is that known?",
)
MODULE_MINUTES = 60


def course(brief: Brief) -> tuple[Outline, tuple[JsonObject, ...]]:
    """Return the frame of a course on ``brief.topic`` in the planned sizes; the topic is inserted literally."""
    sizes, topic = brief.sizes, brief.topic
    names = _texts(brief, "moduleTitles", MODULE_TITLES)
    titles = [_unique(names, number, topic) for number in range(sizes.groups)]
    base, more = divmod(sizes.leaves, sizes.groups)
    modules: list[JsonObject] = []
    lesson = 0
    for number, title in enumerate(titles):
        count = base + (number < more)
        modules.append(_module(brief, number, title, lesson, count))
        lesson += count
    minutes = MODULE_MINUTES * sizes.groups
    overview: JsonObject = {
        "title": topic,
        "description": f"A frame for a course on {topic}, to be filled by its author from sources that can be named.",
        "duration": f"{sizes.groups} hours" if sizes.groups > 1 else "60 minutes",
        "durationMinutes": minutes,
        "prerequisites": [],
        "learningOutcomes": [f"Describe what the author has to decide about: {title}" for title in titles],
        "provenance": {"kind": "scaffold"},
    }
    frames: tuple[JsonObject, ...] = tuple({"title": title} for title in titles)
    return Outline(overview, frames, NOTICE, is_scaffold=True), tuple(modules)


def _texts(brief: Brief, key: str, default: Sequence[str]) -> list[str]:
    """Return the template's own scaffold texts where it has them."""
    given: Mapping[str, Json] = brief.template.scaffold or {}
    texts = given.get(key)
    named = [text for text in texts if isinstance(text, str)] if isinstance(texts, list | tuple) else []
    return named or list(default)


def _unique(texts: Sequence[str], number: int, topic: str) -> str:
    """Return text ``number``; texts used again are numbered, so that no two are equal."""
    round_number, index = divmod(number, len(texts))
    text = texts[index].replace(MARKER, topic)
    return text if round_number == 0 else f"{text} ({round_number + 1})"


def _module(brief: Brief, number: int, title: str, first: int, count: int) -> JsonObject:
    exercises = brief.sizes.extras
    leaves = brief.sizes.leaves
    rows: list[Json] = [
        _lesson(
            brief,
            number,
            title,
            index,
            exercises * (first + index + 1) // leaves - exercises * (first + index) // leaves,
        )
        for index in range(count)
    ]
    return {
        "id": f"module_{number + 1}",
        "title": title,
        "description": f"To be written by the author: what \u201c{title}\u201d has to cover, and from which sources.",
        "learningObjectives": [f"State what a learner can do after \u201c{title}\u201d"],
        "lessons": rows,
        "assessment": {
            "questions": [_question(brief, number, title)],
            "passingScore": 70,
            "provenance": {"kind": "scaffold"},
        },
        "estimatedDuration": f"{MODULE_MINUTES} minutes",
        "durationMinutes": MODULE_MINUTES,
        "provenance": {"kind": "scaffold"},
    }


def _lesson(brief: Brief, module: int, title: str, index: int, exercises: int) -> JsonObject:
    asked = _texts(brief, "questions", QUESTIONS)
    names = _texts(brief, "lessonTitles", LESSON_TITLES)
    turn = module * 7 + index
    content = asked[turn % len(asked)].replace(MARKER, brief.topic)
    points: list[Json] = [asked[(turn + step) % len(asked)].replace(MARKER, brief.topic) for step in (1, 2)]
    tasks: list[Json] = [f"Collect two sources for \u201c{title}\u201d and note what each of them proves."] * exercises
    return {
        "id": f"lesson_{module + 1}_{index + 1}",
        "title": f"{title}: {_unique(names, index, brief.topic)}",
        "content": content,
        "keyPoints": points,
        "examples": [f"Which example belongs to \u201c{title}\u201d?"] if brief.level >= 4 else [],
        "practicalExercises": tasks,
        "provenance": {"kind": "scaffold"},
    }


def _question(brief: Brief, number: int, title: str) -> JsonObject:
    return {
        "id": f"q_{number + 1}_1",
        "type": "essay",
        "question": f"Which question would show that a learner has reached the goal of \u201c{title}\u201d?",
        "options": [],
        "correctAnswer": ["The author names the criterion by which an answer is judged."],
        "explanation": "To be written by the author, with the source that supports it.",
        "difficulty": "medium",
        "provenance": {"kind": "scaffold"},
    }
