"""The author that needs no key and no network: it writes what the source says, or a scaffold that says nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from math import ceil
from typing import Protocol, TypeVar

from granulator.errors import SourceRequired, SourceUnreadable
from granulator.extraction import candidates, documents, items, lessons, outline, ranking, sections, terms
from granulator.extraction.candidates import Vocabulary
from granulator.extraction.cloze import Item
from granulator.extraction.lessons import Lesson
from granulator.extraction.outline import Group, Segment
from granulator.extraction.sections import Reading
from granulator.granulation import structures
from granulator.granulation.authors import questions, scaffold
from granulator.granulation.authors.base import Brief, Outline, Part
from granulator.model import JsonObject, StructureType

T = TypeVar("T")

DEFAULT_WORDS = 220
READING_WORDS_PER_MINUTE = 180
MINUTES_PER_EXERCISE = 10
MINUTES_PER_QUESTION = 2
PASSING_SCORE = 70
VERBS = ("Explain", "Describe", "Summarize", "Illustrate")


class InThread(Protocol):
    """Runs a blocking function away from the event loop, as ``asyncio.to_thread`` does."""

    def __call__(self, function: Callable[[], T], /) -> Awaitable[T]: ...


class LocalAuthor:
    """Writes courses and quizzes that are true to the source; without one, a labelled scaffold of a course."""

    fan_out = 1

    def __init__(self, brief: Brief, run_in_thread: InThread = asyncio.to_thread) -> None:
        self._brief = brief
        self._run_in_thread = run_in_thread
        self._written: tuple[Outline, tuple[JsonObject, ...]] | None = None

    async def outline(self) -> Outline:
        """Return the outline of the structure.

        Raises SourceUnreadable, or SourceRequired when the structure cannot be made without a source.
        """
        return (await self._work())[0]

    async def part(self, outline: Outline, index: int, attempt: int) -> Part:
        """Return the module or category ``index``; the same again for the same brief."""
        return Part((await self._work())[1][index])

    async def assemble(self, outline: Outline, parts: Sequence[JsonObject]) -> JsonObject:
        """Return the structure; the frame is its overview."""
        return structures.assemble(self._brief.structure_type, outline.frame, parts, self._brief.language)

    async def _work(self) -> tuple[Outline, tuple[JsonObject, ...]]:
        if self._written is None:
            self._written = await self._run_in_thread(lambda: write(self._brief))
        return self._written


def write(brief: Brief) -> tuple[Outline, tuple[JsonObject, ...]]:
    """Return the outline and all parts for ``brief``; pure, and as long as the source is.

    Raises SourceUnreadable and SourceRequired.
    """
    if brief.source is None:
        if brief.structure_type is not StructureType.COURSE:
            raise SourceRequired(f"A {brief.structure_type} cannot be made without a source")
        return scaffold.course(brief)
    if brief.structure_type not in (StructureType.COURSE, StructureType.QUIZ):
        raise SourceRequired(f"The local author cannot make a {brief.structure_type} from a source yet")
    reading = sections.read(documents.read(brief.source))
    if not reading.usable:
        raise SourceUnreadable("The source holds no complete sentences", reason="empty")
    ranks = dict(
        zip(reading.usable, ranking.textrank([reading.sentences[o].stems for o in reading.usable]), strict=True)
    )
    known = candidates.vocabulary(reading)
    make = _course if brief.structure_type is StructureType.COURSE else _quiz
    return make(brief, reading, ranks, known)


def _course(
    brief: Brief, reading: Reading, ranks: dict[int, float], known: Vocabulary
) -> tuple[Outline, tuple[JsonObject, ...]]:
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
        modules.append(_module(brief, reading, ranks, position, group, written, row))
    overview = _course_overview(brief, reading, ranks, groups, modules)
    return Outline(overview, _frames(groups)), tuple(modules)


def _lesson_words(brief: Brief) -> int:
    targets = brief.template.word_targets.get("lessonContent") or brief.template.word_targets.get("lesson", ())
    return int(targets[brief.level - 1]) if len(targets) >= brief.level else DEFAULT_WORDS


def _frames(groups: Sequence[Group]) -> tuple[JsonObject, ...]:
    return tuple(
        {"title": group.whole.title, "start": group.whole.start, "end": group.whole.end, "leaves": len(group.lessons)}
        for group in groups
    )


def _course_overview(
    brief: Brief, reading: Reading, ranks: dict[int, float], groups: Sequence[Group], modules: Sequence[JsonObject]
) -> JsonObject:
    minutes = sum(_minutes(module) for module in modules)
    return {
        "title": reading.document.title or brief.topic,
        "description": _description(reading, ranks, reading.usable, _titles(groups)),
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


def _titles(groups: Sequence[Group]) -> str:
    return "It covers " + "; ".join(group.whole.title for group in groups) + "."


def _outcome(number: int, group: Group) -> str:
    named = [lesson.title for lesson in group.lessons if lesson.title != group.whole.title][:2]
    details = ", including " + " and ".join(f"\u201c{title}\u201d" for title in named) if named else ""
    return f"{VERBS[number % len(VERBS)]} {group.whole.title}{details}"


def _description(reading: Reading, ranks: dict[int, float], orders: Sequence[int], fallback: str) -> str:
    opening = orders[: max(40, len(orders) // 10)]
    best = lessons.best_sentences(reading, ranks, opening, 2)
    return " ".join(sentence.text for sentence in best) or fallback


def _module(
    brief: Brief,
    reading: Reading,
    ranks: dict[int, float],
    position: int,
    group: Group,
    written: Sequence[Lesson],
    row: Sequence[Item],
) -> JsonObject:
    whole = group.whole
    exercises = sum(len(lesson.exercises) for lesson in written)
    read = sum(lesson.words_read for lesson in written)
    minutes = ceil(read / READING_WORDS_PER_MINUTE) + MINUTES_PER_EXERCISE * exercises + MINUTES_PER_QUESTION * len(row)
    described = lessons.best_sentences(reading, ranks, whole.orders[: max(12, len(whole.orders) // 8)], 1)
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


def _quiz(
    brief: Brief, reading: Reading, ranks: dict[int, float], known: Vocabulary
) -> tuple[Outline, tuple[JsonObject, ...]]:
    groups = outline.divide(reading, known.terms, brief.sizes.groups, 2 * brief.sizes.groups)
    wanted = [len(share) for share in _dealt(brief.sizes.leaves, len(groups))]
    asked = items.choose(known, ranks, [group.whole for group in groups], wanted)
    kept = [(group, row) for group, row in zip(groups, asked, strict=True) if row]
    categories: list[JsonObject] = []
    count = 0
    for group, row in kept:
        asked_here = questions.elements(reading, row, "q_", "quiz", first=count + 1)
        count += len(row)
        categories.append(
            {
                "name": group.whole.title,
                "questions": asked_here,
                "provenance": questions.provenance(reading, group.whole.start, group.whole.end),
            }
        )
    minutes = max(1, MINUTES_PER_QUESTION * count)
    overview: JsonObject = {
        "title": reading.document.title or brief.topic,
        "description": _description(reading, ranks, reading.usable, _titles(groups)),
        "totalQuestions": count,
        "timeLimit": spoken(minutes),
        "durationMinutes": minutes,
        "passingScore": PASSING_SCORE,
        "provenance": questions.provenance(reading, 0, len(reading.document.text)),
    }
    return Outline(overview, _frames([group for group, _ in kept])), tuple(categories)


def _dealt(count: int, groups: int) -> list[range]:
    return [range(number, count, groups) for number in range(groups)]


def spoken(minutes: int) -> str:
    """Return a length of time in words, in hours from 90 minutes on."""
    if minutes < 90:
        return f"{minutes} minute{'s' * (minutes != 1)}"
    return f"{ceil(minutes / 60)} hours"
