"""Courses: modules of lessons with questions, whole, as an outline, or one run of lessons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from granulator.dev.mock_ai import vocabulary as words
from granulator.dev.mock_ai.asked import number, string
from granulator.dev.mock_ai.brief import shared_out
from granulator.dev.mock_ai.fitting import Draft
from granulator.dev.mock_ai.prose import title_case
from granulator.dev.mock_ai.writers.order import WHOLE_SOURCE, Order, Sentences, cited, enough, mention, plan_text
from granulator.dev.mock_ai.writers.questions import Questioner
from granulator.model import Json

LESSON_MINUTES = 30
QUESTIONS = 3
TOGETHER = 4
"""So many sentences of a passage go to one module."""

LESSON_WORDS_MIN = 30
LESSON_WORDS = r"(?:about )?(\d+) words(?: of content| in each lesson)?"


@dataclass(frozen=True, slots=True)
class _Lesson:
    """One lesson to write."""

    ident: str
    title: str
    objective: str
    plan: str
    exercises: int
    names: Sequence[str]
    sentences: Sentences = ()


def whole(order: Order) -> Draft:
    """Return a course; what only an outline or only a whole course has is all in it."""
    brief = order.brief
    modules = max(1, brief.count("module", 4))
    total = max(modules, brief.total("module", "lesson", 4 * modules))
    exercises = brief.count("exercise in all", brief.count("exercise", total))
    idents = _idents(total, modules)
    topics = order.terms(total)
    dealt = order.deal(idents)
    lessons = [
        _planned(order, ident, topics[place], place, total, _share(exercises, total, place), dealt[ident])
        for place, ident in enumerate(idents)
    ]
    asker = Questioner(order, "course")
    sections = _sections(order, modules)
    return {
        "courseOverview": _overview(order, max(1, round((total * LESSON_MINUTES + modules * 15) / 60))),
        "modules": [
            _module(order, at, [one for one in lessons if _group_of(one.ident) == at], asker, sections[at])
            for at in range(modules)
        ],
    }


def part(order: Order) -> Draft:
    """Return the lessons of one part under their planned ids, and questions when it is the last of its module."""
    brief = order.brief
    wanted = [string(leaf.get("id")) for leaf in brief.leaves]
    group = _group_of(wanted[0]) if wanted else 0
    planned = [ident for ident in brief.planned if ident.startswith("lesson_")] or wanted
    own = _own(order, [ident for ident in planned if _group_of(ident) == group], group)
    lessons = [_from_plan(order, leaf, own.get(string(leaf.get("id")), ())) for leaf in brief.leaves]
    asker, module = Questioner(order, f"module {group}"), order.voice(f"module_{group + 1}", lessons[0].plan)
    count = number(brief.part.get("questions"))
    return {
        "lessons": [_draft(order, lesson) for lesson in lessons],
        "description": " ".join(module.some(words.SENTENCES, 2)),
        "estimatedDuration": f"{len(own) * LESSON_MINUTES + 15} minutes",
        "questions": _questions(order, asker, group, lessons, QUESTIONS if count is None else count),
    }


def _own(order: Order, lessons: Sequence[str], group: int) -> Mapping[str, Sentences]:
    """Return what each lesson of a module is written from: a run of its sections, or a share of the whole source."""
    modules, module = order.brief.planned_groups, f"module_{group + 1}"
    if WHOLE_SOURCE not in order.brief.blocks["part"] or module not in modules:
        return order.deal(lessons)
    return order.draw(lessons, TOGETHER, order.draw(modules, TOGETHER)[module])


def _sections(order: Order, modules: int) -> list[list[str]]:
    """Return the sections each module is written from; none where there are fewer of them than modules."""
    labels = order.brief.sections
    return [list(run) if len(labels) >= modules else [] for run in shared_out(labels, modules)]


def _planned(
    order: Order, ident: str, term: str, place: int, total: int, exercises: int, sentences: Sentences
) -> _Lesson:
    voice = order.voice(ident, term)
    title = title_case(voice.line(words.TITLES[place % len(words.TITLES)]))
    names = order.required_at(place, total)
    frame = words.OBJECTIVES[place % len(words.OBJECTIVES)]
    objective = ", with ".join([voice.line(frame), *names])
    return _Lesson(ident, title, objective, f"{term} {objective}", exercises, names, sentences)


def _from_plan(order: Order, leaf: Mapping[str, Json], sentences: Sentences) -> _Lesson:
    plan = plan_text(leaf)
    ident, count = string(leaf.get("id")), number(leaf.get("exercises"))
    names = order.required_for(ident, plan)
    return _Lesson(ident, string(leaf.get("title")), "", plan, 1 if count is None else count, names, sentences)


def _module(
    order: Order, at: int, lessons: Sequence[_Lesson], asker: Questioner, sections: Sequence[str]
) -> dict[str, Draft]:
    ident = f"module_{at + 1}"
    voice = order.voice(ident, lessons[0].plan)
    minutes = len(lessons) * LESSON_MINUTES + 15
    has_no_sections = bool(order.brief.sections) and not sections
    return {
        "id": ident,
        "title": _titles(order)[at % len(words.THEMES)],
        "description": " ".join(voice.some(words.SENTENCES, 2)),
        "estimatedDuration": f"{minutes} minutes",
        "durationMinutes": minutes,
        "learningObjectives": [lesson.objective for lesson in lessons],
        "sections": list(sections),
        "lessons": [_draft(order, lesson, WHOLE_SOURCE if has_no_sections else "") for lesson in lessons],
        "assessment": lambda: {"questions": _questions(order, asker, at, lessons, QUESTIONS), "passingScore": 70},
    }


def _titles(order: Order) -> list[str]:
    """Return titles of modules, no two alike and each theme twice at most."""
    themes = order.chance("themes").sample(words.THEMES, len(words.THEMES))
    pairs = list(zip(themes[::2], themes[1::2], strict=True))
    return [*(f"{one} and {other}" for one, other in pairs), *(f"{other} before {one}" for one, other in pairs)]


def _draft(order: Order, lesson: _Lesson, remark: str = "") -> Draft:
    written = cache(lambda: _written(order, lesson))
    return {
        "id": lesson.ident,
        "title": lesson.title,
        "objective": f"{lesson.objective} {remark}".strip(),
        "content": lambda: written()["content"],
        "keyPoints": lambda: written()["keyPoints"],
        "examples": lambda: written()["examples"],
        "practicalExercises": lambda: written()["practicalExercises"],
        "cites": lambda: written()["cites"],
    }


def _written(order: Order, lesson: _Lesson) -> dict[str, Draft]:
    voice = order.voice(lesson.ident, lesson.plan)
    least = order.brief.length(LESSON_WORDS, 150)
    told = [sentence for sentence, _ in enough(lesson.sentences, least)]
    lacking = least if not told else LESSON_WORDS_MIN - sum(len(sentence.split()) for sentence in told)
    told += voice.sentences(lacking) if lacking > 0 else []
    points = voice.chance.sample(told, min(3, len(told)))
    told += mention(lesson.names, voice)
    return {
        "content": _paragraphs(told),
        "keyPoints": points if len(points) > 1 else [*points, voice.line(words.SENTENCES[0])],
        "examples": voice.some(words.EXAMPLES, 1),
        "practicalExercises": voice.some(words.EXERCISES, lesson.exercises),
        "cites": cited(lesson.sentences) or order.label_for(len(lesson.ident)),
    }


def _paragraphs(sentences: Sequence[str]) -> str:
    size = 5
    return "\n\n".join(" ".join(sentences[start : start + size]) for start in range(0, len(sentences), size))


def _questions(order: Order, asker: Questioner, group: int, lessons: Sequence[_Lesson], count: int) -> Draft:
    asked: list[Draft] = []
    for place in range(count):
        lesson = lessons[place % len(lessons)]
        sentences = lesson.sentences[place // len(lessons) :]
        # Three types in a row at the start of every module would repeat: each module begins elsewhere.
        asked.append(asker.ask(f"q_{group + 1}_{place + 1}", group * count + place, lesson.plan, "", sentences))
    return asked


def _overview(order: Order, hours: int) -> Draft:
    voice = order.voice("overview")
    return {
        "title": f"{order.heading}: {voice.one(words.THEMES)} and {voice.one(words.THEMES)}",
        "description": " ".join([f"This course is about {order.brief.topic}.", *voice.some(words.SENTENCES, 2)]),
        "duration": f"{hours} hours" if hours > 1 else "60 minutes",
        "durationMinutes": hours * 60,
        "prerequisites": [f"A first acquaintance with {order.brief.topic}"],
        "learningOutcomes": [
            order.voice(f"outcome {at}").line(frame)
            for at, frame in enumerate(voice.chance.sample(words.OBJECTIVES, 4))
        ],
    }


def _group_of(ident: str) -> int:
    found = ident.split("_")[1:2]
    return int(found[0]) - 1 if found and found[0].isdecimal() else 0


def _idents(total: int, modules: int) -> list[str]:
    """Return the ids of all lessons as even as possible over the modules."""
    runs = shared_out(range(total), modules)
    return [f"lesson_{module + 1}_{place + 1}" for module, run in enumerate(runs) for place in range(len(run))]


def _share(total: int, places: int, place: int) -> int:
    base, more = divmod(total, places)
    return base + (place < more)
