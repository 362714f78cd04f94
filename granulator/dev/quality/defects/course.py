"""Defects of courses: objectives, key points, durations, and modules that do not fit together."""

from __future__ import annotations

from granulator.dev.quality.defects import wordings
from granulator.dev.quality.defects.prose import said_in_full
from granulator.dev.quality.defects.workpiece import (
    GROSS,
    PLAIN,
    SUBTLE,
    Workpiece,
    blemish,
    child,
    defect,
    listed,
    rows,
    strings,
    text,
)
from granulator.model import JsonObject, StructureType

COURSE = (StructureType.COURSE,)


def _modules(work: Workpiece) -> list[JsonObject]:
    return rows(work.structure, "modules")


def _questions(module: JsonObject) -> list[JsonObject]:
    return rows(child(module, "assessment"), "questions")


def _no_objectives(work: Workpiece) -> bool:
    for module in work.some(_modules(work)):
        if work.severity == SUBTLE:
            module["learningObjectives"] = [" "]
        else:
            module["learningObjectives"] = []
    return True


def _no_keypoints(work: Workpiece) -> bool:
    for lesson in work.some(work.leaves()):
        lesson["keyPoints"] = strings(lesson, "keyPoints")[:1] if work.severity == SUBTLE else []
    return True


def _foreign_points(work: Workpiece) -> bool:
    points = wordings.FOREIGN_POINTS[work.split]
    for lesson in work.some(work.leaves()):
        lesson["keyPoints"] = list(points[: 2 if work.severity == SUBTLE else 3])
    return True


def _unmeasurable(work: Workpiece) -> bool:
    wording = work.worded(wordings.UNMEASURABLE)
    for module in work.some(_modules(work)):
        module["learningObjectives"] = [wording, *strings(module, "learningObjectives")[1:]]
        if rows(module, "objectives"):
            rows(module, "objectives")[0]["text"] = wording
    return True


def _unassessed(work: Workpiece) -> bool:
    modules = [module for module in _modules(work) if rows(module, "objectives")]
    if not modules:
        return False
    module = work.choose(modules)
    objective = rows(module, "objectives")[0]["id"]
    for row in modules if work.severity == GROSS else [module]:
        for question in _questions(row):
            kept = [one for one in strings(question, "objectiveIds") if work.severity == SUBTLE and one != objective]
            question["objectiveIds"] = list(kept)
    return True


def _untaught(work: Workpiece) -> bool:
    modules = [module for module in _modules(work) if rows(module, "objectives")]
    if not modules:
        return False
    for lesson in rows(work.choose(modules), "lessons")[: None if work.severity == PLAIN else 1]:
        lesson["objectiveIds"] = []
    return True


def _no_assessment(work: Workpiece) -> bool:
    for module in _modules(work):
        child(module, "assessment")["questions"] = []
    return True


def _dangling_objective(work: Workpiece) -> bool:
    lesson = work.choose(work.leaves())
    lesson["objectiveIds"] = [*strings(lesson, "objectiveIds"), "obj_99_1"]
    return True


def _starved(work: Workpiece) -> bool:
    module = work.choose(_modules(work))
    words = sum(len(text(lesson, "content").split()) for lesson in rows(module, "lessons"))
    others = [sum(len(text(row, "content").split()) for row in rows(m, "lessons")) for m in _modules(work)]
    for lesson in rows(module, "lessons"):
        lesson["content"] = _shortened(text(lesson, "content"), 1 if work.severity == GROSS else 2)
    left = sum(len(text(lesson, "content").split()) for lesson in rows(module, "lessons"))
    return left < words and left * 4 < max(others)


def _shortened(prose: str, sentences: int) -> str:
    return " ".join(said_in_full(prose)[:sentences])


def _hours_off(work: Workpiece) -> bool:
    if work.severity == GROSS:
        child(work.structure, "courseOverview")["duration"] = "600 hours"
        child(work.structure, "courseOverview").pop("durationMinutes", None)
        return True
    module = work.choose(_modules(work))
    module["estimatedDuration"] = "90 hours" if work.severity == PLAIN else "30 hours"
    module.pop("durationMinutes", None)
    return True


def _unreadable(work: Workpiece) -> bool:
    for lesson in work.leaves() if work.severity == GROSS else rows(work.choose(_modules(work)), "lessons"):
        lesson["content"] = " ".join(work.draw.sample(wordings.UNREADABLE[work.split], 3))
    return True


def _no_practice(work: Workpiece) -> bool:
    if (work.clean.level or 0) < 4:
        return False
    for lesson in work.some(work.leaves()):
        lesson["practicalExercises"] = []
    return True


def _passing_score(work: Workpiece) -> bool:
    score = {GROSS: 700, PLAIN: 0, SUBTLE: True}[work.severity]
    child(work.choose(_modules(work)), "assessment")["passingScore"] = score
    return True


def _empty_module(work: Workpiece) -> bool:
    work.choose(_modules(work))["lessons"] = []
    return True


def _stub_module(work: Workpiece) -> bool:
    listed(work.structure, "modules").append({"id": f"module_{len(_modules(work)) + 1}", "title": "Further topics"})
    return True


DEFECTS = (
    defect("a module without objectives", COURSE, "no_objectives empty schema", _no_objectives),
    defect("a lesson without key points", COURSE, "no_keypoints", _no_keypoints),
    blemish("key points of another lesson", COURSE, "keypoints_unrelated", _foreign_points),
    blemish("an objective that cannot be measured", COURSE, "unmeasurable_objective", _unmeasurable),
    blemish("objectives nobody assesses", COURSE, "objective_uncovered", _unassessed),
    blemish("an objective no lesson teaches", COURSE, "objective_uncovered", _untaught, (PLAIN, SUBTLE)),
    blemish(
        "no questions in any assessment",
        COURSE,
        "objective_uncovered missing_level empty below_minimum",
        _no_assessment,
        (GROSS,),
    ),
    defect("an objective that does not exist", COURSE, "dangling_ref", _dangling_objective, (PLAIN,)),
    blemish("a module much shorter than the others", COURSE, "imbalance thin", _starved, (GROSS, PLAIN)),
    blemish("a duration out of all proportion", COURSE, "duration_mismatch", _hours_off),
    defect(
        "no exercises at a level that asks for them",
        COURSE,
        "schema empty missing_level below_minimum",
        _no_practice,
        (GROSS, PLAIN),
    ),
    blemish(
        "prose for scholars in a course for everyone", COURSE, "readability off_topic", _unreadable, (GROSS, PLAIN)
    ),
    defect("a passing score that is none", COURSE, "schema", _passing_score),
    defect("a module without lessons", COURSE, "empty_module missing_level below_minimum", _empty_module, (PLAIN,)),
    defect("a last module that is only a title", COURSE, "schema missing_level empty_module", _stub_module, (PLAIN,)),
)
