"""Courses made smaller: exercises of a lesson, then lessons of a module, then modules are joined with neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from granulator.granulation.checks.course import minutes as spoken_minutes
from granulator.granulation.drafts.fields import inner, number, objects, text, texts
from granulator.granulation.merging.bounds import Bounds
from granulator.granulation.merging.joining import (
    minutes,
    one_after_another,
    prose,
    sentences,
    titles,
    together,
    union,
)
from granulator.granulation.merging.narrowing import Frame, Group, Run, by_length, gathered, narrowed
from granulator.model import Json, JsonObject

MODULE_WEIGHT: Final = 2
"""A module counts with its assessment."""


def course(structure: JsonObject, bounds: Bounds) -> JsonObject:
    """Return the course with neighbours joined; lessons and modules shrink to the template's minimums at most."""
    language = text(structure, "language")
    frame = Frame(
        limit=bounds.limit,
        extras=lambda lesson: len(texts(lesson, "practicalExercises")),
        cost=by_length,
        group_weight=MODULE_WEIGHT,
        groups_least=bounds.least("Modules", "modules"),
        leaves_least=bounds.least("LessonsPerModule", "modules[].lessons"),
        leaves_most=bounds.most("LessonsPerModule", "modules[].lessons"),
        joins_groups=True,
    )
    groups = [
        Group([module], [[lesson] for lesson in objects(module, "lessons")]) for module in objects(structure, "modules")
    ]
    modules: list[Json] = [
        _module(
            group.members,
            [_lesson(run, count, language) for run, count in zip(group.runs, counts, strict=True)],
            language,
        )
        for group, counts in narrowed(groups, frame)
    ]
    return {**structure, "modules": modules}


def _lesson(run: Run, exercises: int, language: str) -> JsonObject:
    asked = [entry for entry in one_after_another(run, "practicalExercises") if isinstance(entry, str)]
    fewer: list[Json] = [sentences(entries) for entries in gathered(asked, exercises, by_length)]
    if len(run) == 1:
        return {**run[0], "practicalExercises": fewer}
    said: JsonObject = {
        "title": titles(run, "title", language),
        "content": prose(run, "content"),
        "keyPoints": union(run, "keyPoints"),
        "examples": union(run, "examples"),
        "practicalExercises": fewer,
    }
    linked: JsonObject = (
        {"objectiveIds": union(run, "objectiveIds")} if any("objectiveIds" in one for one in run) else {}
    )
    return together(run, {**said, **linked, **minutes(run)})


def _module(run: Run, lessons: Sequence[JsonObject], language: str) -> JsonObject:
    if len(run) == 1:
        return {**run[0], "lessons": list[Json](lessons)}
    assessments = [inner(module, "assessment") for module in run]
    has_objectives = any("objectives" in module for module in run)
    said: JsonObject = {
        "title": titles(run, "title", language),
        "description": sentences(text(module, "description") for module in run),
        "learningObjectives": union(run, "learningObjectives"),
        "estimatedDuration": duration([text(module, "estimatedDuration") for module in run]),
        "lessons": list[Json](lessons),
        "assessment": together(
            assessments,
            {"questions": one_after_another(assessments, "questions"), "passingScore": _passing_score(assessments)},
        ),
    }
    known: JsonObject = {"objectives": one_after_another(run, "objectives")} if has_objectives else {}
    return together(run, {**said, **known, **minutes(run)})


def duration(spoken: Sequence[str]) -> str:
    """Return lengths of time in words as one: added up where all name minutes or hours, else side by side."""
    known = [spoken_minutes(each) for each in spoken]
    found = [each for each in known if each is not None]
    if len(found) < len(known):
        return " + ".join(each for each in spoken if each)
    total = round(sum(found))
    return f"{total // 60} hours" if total % 60 == 0 and total > 60 else f"{total} minutes"


def _passing_score(assessments: Sequence[JsonObject]) -> int:
    """Return the passing score that asks for as many right answers as the assessments did together."""
    asked = [max(1, len(objects(each, "questions"))) for each in assessments]
    right = sum(count * number(each, "passingScore") for count, each in zip(asked, assessments, strict=True))
    return max(1, round(right / sum(asked)))
