"""The frame of a course on a bare topic: modules and lessons that ask their author. Reads no source."""

from __future__ import annotations

from granulator.granulation.authors.base import Brief, Outline
from granulator.granulation.authors.scaffolds import texts
from granulator.granulation.drafts.counts import dealt
from granulator.granulation.plan import EXERCISES_REQUIRED_FROM, shares
from granulator.model import Json, JsonObject

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
    """Return the frame of a course on ``brief.topic`` in the planned sizes: its overview, and its modules as parts."""
    sizes = brief.sizes
    names = texts.titles(brief, "moduleTitles", MODULE_TITLES, sizes.groups)
    lessons = _lessons(brief, names)
    modules = tuple(_module(number, title, lessons[number - 1]) for number, title in enumerate(names, 1))
    frames: tuple[JsonObject, ...] = tuple({"title": title} for title in names)
    return Outline(_overview(brief, names), frames, texts.NOTICE, is_scaffold=True), modules


def _overview(brief: Brief, names: list[str]) -> JsonObject:
    hours = len(names)
    return {
        "title": brief.topic,
        "description": f"A frame for a course on {brief.topic}, to be filled by its author from sources that can be "
        "named. Its durations are placeholders.",
        "duration": f"{hours} hours" if hours > 1 else "60 minutes",
        "durationMinutes": MODULE_MINUTES * hours,
        "prerequisites": [],
        "learningOutcomes": [f"Describe what the author has to decide about: {title}" for title in names],
        "provenance": texts.provenance(),
    }


def _lessons(brief: Brief, names: list[str]) -> list[list[Json]]:
    exercises = iter(dealt(brief.sizes.extras, brief.sizes.leaves))
    reminders = iter(texts.reminders(brief))
    return [
        [
            _lesson(brief, number, title, index, next(exercises), next(reminders))
            for index in range(shares(brief.structure_type, brief.sizes)[number - 1])
        ]
        for number, title in enumerate(names, 1)
    ]


def _lesson(brief: Brief, module: int, title: str, index: int, exercises: int, reminders: list[str]) -> JsonObject:
    questions = texts.asked(brief, "questions", QUESTIONS)
    name = texts.titles(brief, "lessonTitles", LESSON_TITLES, index + 1)[index]
    turn = (module - 1) * 7 + index
    needs_example = brief.level >= EXERCISES_REQUIRED_FROM
    return {
        "id": f"lesson_{module}_{index + 1}",
        "title": f"{title}: {name}",
        "content": texts.turn(questions, turn),
        "keyPoints": [texts.turn(questions, turn + 1), texts.turn(questions, turn + 2), *reminders],
        "examples": [f"Which example belongs to \u201c{title}\u201d?"] if needs_example else [],
        "practicalExercises": [f"Collect two sources for \u201c{title}\u201d and note what each of them proves."]
        * exercises,
        "provenance": texts.provenance(),
    }


def _module(number: int, title: str, lessons: list[Json]) -> JsonObject:
    return {
        "id": f"module_{number}",
        "title": title,
        "description": f"To be written by the author: what \u201c{title}\u201d has to cover, and from which sources.",
        "learningObjectives": [f"State what a learner can do after \u201c{title}\u201d"],
        "lessons": lessons,
        "assessment": {
            "questions": [_question(number, title)],
            "passingScore": 70,
            "provenance": texts.provenance(),
        },
        "estimatedDuration": f"{MODULE_MINUTES} minutes",
        "durationMinutes": MODULE_MINUTES,
        "provenance": texts.provenance(),
    }


def _question(number: int, title: str) -> JsonObject:
    return {
        "id": f"q_{number}_1",
        "type": "essay",
        "question": f"Which question would show that a learner has reached the goal of \u201c{title}\u201d?",
        "options": [],
        "correctAnswer": ["The author names the criterion by which an answer is judged."],
        "explanation": "To be written by the author, with the source that supports it.",
        "difficulty": "medium",
        "provenance": texts.provenance(),
    }
