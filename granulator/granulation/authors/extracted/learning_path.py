"""A learning path from a source: its parts as milestones in its own order. Promises what reading them can give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from granulator.extraction import imperatives, lessons, outline, sentences
from granulator.extraction.lessons import Lesson
from granulator.extraction.outline import Group, Segment
from granulator.extraction.sections import Reading
from granulator.granulation.authors.base import Brief, Outline
from granulator.granulation.authors.extracted.course import objective
from granulator.granulation.authors.extracted.material import (
    READING_WORDS_PER_MINUTE,
    VERBS,
    Material,
    about,
    covered,
)
from granulator.granulation.authors.questions import provenance
from granulator.model import Json, JsonObject

HOURS_PER_EXERCISE: Final = 0.25
LEAST_HOURS: Final = 0.05
LESSON_WORDS: Final = 220
ENTRY_LEVEL: Final = 1
GENERAL: Final = "general"
LEAST_ALPHABET: Final = 6

ORDER_NOTICE: Final = (
    "The milestones follow the order of the source, and each requires the one before it for that reason only: "
    "the source presents it first. Hours are those of reading and practising; levels come from the request."
)
NO_ORDER_NOTICE: Final = (
    "The source is a reference in alphabetical order, so that no milestone requires another. "
    "Hours are those of reading and practising; levels come from the request."
)


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of the source with what is to be read and practised in it, one lesson for each piece of reading."""

    group: Group
    lessons: tuple[Lesson, ...]
    exercises: tuple[str, ...]

    @property
    def whole(self) -> Segment:
        return self.group.whole


def write(brief: Brief, material: Material) -> tuple[Outline, tuple[JsonObject, ...]]:
    """Return the learning path as an outline without parts; it has fewer milestones when the source holds no more."""
    reading = material.reading
    title = reading.document.title or brief.topic
    stages = _stages(brief, material)
    is_ordered = not _is_alphabetical(reading)
    milestones = [_milestone(reading, stages, number, is_ordered=is_ordered) for number in range(len(stages))]
    hours = _sum(milestones)
    structure: JsonObject = {
        "pathOverview": {
            "title": title,
            "description": about(material, title) or covered([stage.group for stage in stages]),
            "targetRole": _role(brief, reading),
            "totalHours": hours,
            "entryLevel": ENTRY_LEVEL,
            "exitLevel": brief.level,
            "provenance": provenance(reading, 0, len(reading.document.text)),
        },
        "competencies": [_competency(brief, reading, stages, number) for number in range(len(stages))],
        "milestones": list(milestones),
    }
    notice = ORDER_NOTICE if is_ordered else NO_ORDER_NOTICE
    return Outline(structure, (), notice=notice, plan="single"), ()


def _stages(brief: Brief, material: Material) -> list[Stage]:
    each = max(1, brief.sizes.leaves_per_group)
    read = each - each // 2
    wanted = brief.sizes.groups
    groups = outline.divide(material.reading, material.known.terms, wanted, wanted * read, bounds=(1, read), usual=1)
    planned = [
        brief.sizes.leaves * (n + 1) // len(groups) - brief.sizes.leaves * n // len(groups) for n in range(len(groups))
    ]
    stages: list[Stage] = []
    number = 0
    for group, activities in zip(groups, planned, strict=True):
        written = [_lesson(material, segment, number + place) for place, segment in enumerate(group.lessons)]
        number += len(written)
        stages.append(Stage(group, tuple(written), _exercises(written, min(each, activities) - len(written))))
    return stages


def _lesson(material: Material, segment: Segment, number: int) -> Lesson:
    return lessons.write(
        material.reading,
        material.known.terms,
        material.ranks,
        segment,
        words=LESSON_WORDS,
        exercises=3,
        needs_example=False,
        number=number,
    )


def _exercises(written: Sequence[Lesson], most: int) -> tuple[str, ...]:
    """Return exercises of the lessons in turn, so that every lesson is practised before one is practised twice."""
    turns = (lesson.exercises[turn] for turn in range(3) for lesson in written if turn < len(lesson.exercises))
    return tuple(dict.fromkeys(turns))[: max(0, most)]


def _is_alphabetical(reading: Reading) -> bool:
    """Whether the sections stand in the order of their titles, as in a reference; six do so by chance once in 720."""
    told = [section for section in reading.sections if not section.is_boilerplate]
    usual = Counter(section.level for section in told).most_common(1)
    titles = [section.title.casefold() for section in told if usual and section.level == usual[0][0]]
    return len(set(titles)) >= LEAST_ALPHABET and titles == sorted(titles)


def _role(brief: Brief, reading: Reading) -> str:
    if brief.audience.strip().casefold() not in ("", GENERAL):
        return brief.audience
    return f"Reader of \u201c{reading.document.title or brief.topic}\u201d"


def _competency(brief: Brief, reading: Reading, stages: Sequence[Stage], number: int) -> JsonObject:
    whole = stages[number].whole
    return {
        "id": f"comp_{number + 1}",
        "label": _can(stages[number], number),
        "level": _level(brief, len(stages), number),
        "provenance": provenance(reading, whole.start, whole.end),
    }


def _can(stage: Stage, number: int) -> str:
    """Return what a learner can do after a milestone, with a measurable verb and the terms of its text."""
    if len(stage.lessons) == 1:
        return objective(number, stage.lessons[0])
    named = [term for lesson in stage.lessons for term in lesson.terms[:1]]
    distinct = [term for term in dict.fromkeys(named) if term.casefold() not in stage.whole.title.casefold()]
    if len(distinct) < 2:
        return f"{VERBS[number % len(VERBS)]} the main statements of \u201c{stage.whole.title}\u201d"
    return f"{VERBS[number % len(VERBS)]} {_joined(distinct[:3])} as presented in \u201c{stage.whole.title}\u201d"


def _joined(terms: Sequence[str]) -> str:
    return f"{', '.join(terms[:-1])} and {terms[-1]}" if len(terms) > 1 else terms[0]


def _level(brief: Brief, count: int, number: int) -> int:
    """Return the level of a milestone: it rises evenly from that of entry to that of exit."""
    if count == 1:
        return brief.level
    return ENTRY_LEVEL + round((brief.level - ENTRY_LEVEL) * number / (count - 1))


def _milestone(reading: Reading, stages: Sequence[Stage], number: int, *, is_ordered: bool) -> JsonObject:
    stage = stages[number]
    activities = [*_readings(reading, stage), *_practice(reading, stage)]
    requires: list[Json] = [f"milestone_{number}"] if number and is_ordered else []
    return {
        "id": f"milestone_{number + 1}",
        "title": stage.whole.title,
        "requires": requires,
        "developsCompetencies": [f"comp_{number + 1}"],
        "activities": list(activities),
        "assessment": _assessment(reading, stage),
        "hours": _sum(activities),
        "optional": False,
        "provenance": provenance(reading, stage.whole.start, stage.whole.end),
    }


def _readings(reading: Reading, stage: Stage) -> list[JsonObject]:
    pairs = zip(stage.group.lessons, stage.lessons, strict=True)
    return [
        {
            "type": "read",
            "description": _read(segment, lesson),
            "hours": _hours(_words(reading, segment)),
            "provenance": provenance(reading, segment.start, segment.end),
        }
        for segment, lesson in pairs
    ]


def _read(segment: Segment, lesson: Lesson) -> str:
    named = lesson.terms[:2]
    noted = f" and note what it says about {_joined(named)}" if named else ""
    return f"Read \u201c{segment.title}\u201d{noted}."


def _words(reading: Reading, segment: Segment) -> int:
    """Return how many words of the source are read: whatever it says there but its listings."""
    blocks = reading.document.blocks[segment.first : segment.last]
    return sum(sentences.word_count(block.text) for block in blocks if block.kind != "code")


def _hours(words: int) -> float:
    return max(LEAST_HOURS, round(words / READING_WORDS_PER_MINUTE / 60, 2))


def _practice(reading: Reading, stage: Stage) -> list[JsonObject]:
    return [
        {
            "type": "practise",
            "description": exercise,
            "hours": HOURS_PER_EXERCISE,
            "provenance": provenance(reading, stage.whole.start, stage.whole.end),
        }
        for exercise in stage.exercises
    ]


def _assessment(reading: Reading, stage: Stage) -> JsonObject:
    """Return how it is seen that the milestone is reached: by what its own text can settle."""
    terms = list(dict.fromkeys(term for lesson in stage.lessons for term in lesson.terms[:2]))[:4]
    points = [point for lesson in stage.lessons for point in lesson.key_points if not imperatives.is_order(point)]
    about = (
        f"what \u201c{stage.whole.title}\u201d says about {_joined(terms)}"
        if terms
        else f"\u201c{stage.whole.title}\u201d"
    )
    shown = f" One of the statements to be named: {points[0]}" if points else ""
    return {
        "type": "explanation",
        "criterion": f"States without the source {about}, and every statement agrees with it.{shown}",
        "provenance": provenance(reading, stage.whole.start, stage.whole.end),
    }


def _sum(rows: Sequence[JsonObject]) -> float:
    hours = (row["hours"] for row in rows)
    return round(sum(value for value in hours if isinstance(value, float)), 2)
