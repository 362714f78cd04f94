"""A course from a source: modules and lessons along its headings, in its own sentences. Makes up no fact."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from granulator.extraction import items, lessons, outline, terms
from granulator.extraction.cloze import Item
from granulator.extraction.lessons import Lesson
from granulator.extraction.outline import Group, Segment
from granulator.extraction.sections import Reading
from granulator.granulation.authors import questions
from granulator.granulation.authors.base import Brief, Outline
from granulator.granulation.authors.extracted.material import (
    PASSING_SCORE,
    READING_WORDS_PER_MINUTE,
    VERBS,
    Material,
    covered,
    description,
    frames,
    spoken,
)
from granulator.model import JsonObject

DEFAULT_WORDS = 220
MINUTES_PER_EXERCISE = 10
MINUTES_PER_QUESTION = 2


def write(brief: Brief, material: Material) -> tuple[Outline, tuple[JsonObject, ...]]:
    """Return the outline and the modules of a course."""
    reading, ranks, known = material.reading, material.ranks, material.known
    rules = brief.template.validation_rules
    bounds = (rules.get("minLessonsPerModule", 1), rules.get("maxLessonsPerModule", brief.sizes.leaves))
    groups = outline.divide(reading, known.terms, brief.sizes.groups, brief.sizes.leaves, bounds=bounds)
    wanted = [max(2, min(4, len(group.lessons))) for group in groups]
    asked = items.choose(known, ranks, [group.whole for group in groups], wanted)
    words = _lesson_words(brief)
    left = brief.sizes.extras
    planned = sum(len(group.lessons) for group in groups)
    modules: list[JsonObject] = []
    number = 0
    for position, (group, row) in enumerate(zip(groups, asked, strict=True), 1):
        written = []
        for segment in group.lessons:
            share = left * (number + 1) // planned - left * number // planned
            number += 1
            written.append(
                lessons.write(
                    reading,
                    known.terms,
                    ranks,
                    segment,
                    words=words,
                    exercises=share,
                    needs_example=brief.level >= 4,
                    number=number,
                )
            )
        modules.append(_module(brief, material, position, group, written, row))
    overview = _overview(brief, material, groups, modules)
    return Outline(overview, frames(groups)), tuple(modules)


def _lesson_words(brief: Brief) -> int:
    targets = brief.template.word_targets.get("lessonContent") or brief.template.word_targets.get("lesson", ())
    return int(targets[brief.level - 1]) if len(targets) >= brief.level else DEFAULT_WORDS


def _overview(brief: Brief, material: Material, groups: Sequence[Group], modules: Sequence[JsonObject]) -> JsonObject:
    reading = material.reading
    minutes = sum(_minutes(module) for module in modules)
    return {
        "title": reading.document.title or brief.topic,
        "description": description(material, material.reading.usable, covered(groups)),
        "duration": spoken(minutes),
        "durationMinutes": minutes,
        "prerequisites": [],
        "learningOutcomes": [_outcome(number, group) for number, group in enumerate(groups)],
        "provenance": questions.provenance(reading, 0, len(reading.document.text)),
    }


def _minutes(module: JsonObject) -> int:
    minutes = module["durationMinutes"]
    assert isinstance(minutes, int)
    return minutes


def _outcome(number: int, group: Group) -> str:
    named = [lesson.title for lesson in group.lessons if lesson.title != group.whole.title][:2]
    details = ", including " + " and ".join(f"\u201c{title}\u201d" for title in named) if named else ""
    return f"{VERBS[number % len(VERBS)]} {group.whole.title}{details}"


def _module(
    brief: Brief,
    material: Material,
    position: int,
    group: Group,
    written: Sequence[Lesson],
    row: Sequence[Item],
) -> JsonObject:
    reading, whole = material.reading, group.whole
    exercises = sum(len(lesson.exercises) for lesson in written)
    read = sum(lesson.words_read for lesson in written)
    minutes = ceil(read / READING_WORDS_PER_MINUTE) + MINUTES_PER_EXERCISE * exercises + MINUTES_PER_QUESTION * len(row)
    described = lessons.best_sentences(reading, material.ranks, whole.orders[: max(12, len(whole.orders) // 8)], 1)
    element: JsonObject = {
        "id": f"module_{position}",
        "title": whole.title,
        "description": described[0].text if described else f"Covers {'; '.join(lesson.title for lesson in written)}.",
        "learningObjectives": [objective(number, lesson) for number, lesson in enumerate(written)],
        "lessons": [
            _lesson(reading, position, number, *pair)
            for number, pair in enumerate(zip(group.lessons, written, strict=True), 1)
        ],
        "estimatedDuration": spoken(minutes),
        "durationMinutes": minutes,
        "provenance": questions.provenance(reading, whole.start, whole.end),
    }
    element["assessment"] = {
        "questions": questions.elements(reading, row, f"q_{position}_", whole.title),
        "passingScore": PASSING_SCORE,
        "provenance": questions.provenance(reading, whole.start, whole.end),
    }
    return element


def objective(number: int, lesson: Lesson) -> str:
    """Return a learning objective that begins with a measurable verb and names what the lesson teaches."""
    named = [term for term in lesson.terms if term.casefold() not in lesson.title.casefold()]
    codes = [term for term in named if terms.code_shape(term, is_marked=False)]
    if lesson.examples and codes:
        return f"Use {codes[0]} as described under \u201c{lesson.title}\u201d"
    if len(named) > 1:
        return f"{VERBS[number % len(VERBS)]} {named[0]} and {named[1]} as presented in \u201c{lesson.title}\u201d"
    return f"{VERBS[number % len(VERBS)]} the main statements of \u201c{lesson.title}\u201d"


def _lesson(reading: Reading, module: int, number: int, segment: Segment, lesson: Lesson) -> JsonObject:
    return {
        "id": f"lesson_{module}_{number}",
        "title": lesson.title,
        "content": lesson.content,
        "keyPoints": list(lesson.key_points),
        "examples": list(lesson.examples),
        "practicalExercises": list(lesson.exercises),
        "provenance": questions.provenance(reading, segment.start, segment.end),
    }
