"""Defects of learning paths: order, hours, levels and competencies."""

from __future__ import annotations

from granulator.dev.quality.defects.workpiece import (
    GROSS,
    PLAIN,
    SUBTLE,
    Workpiece,
    blemish,
    child,
    defect,
    listed,
    number,
    rows,
    strings,
    text,
)
from granulator.model import JsonObject, StructureType

PATH = (StructureType.LEARNING_PATH,)


def _milestones(work: Workpiece) -> list[JsonObject]:
    return rows(work.structure, "milestones")


def _ring(work: Workpiece) -> bool:
    milestones = _milestones(work)
    ids = [text(row, "id") for row in milestones]
    if work.severity == GROSS:
        for at, row in enumerate(milestones):
            row["requires"] = [ids[at - 1]]
        return True
    chained = [row for row in milestones if strings(row, "requires")]
    if not chained:
        return False
    late = chained[-1] if work.severity == SUBTLE else chained[0]
    first = next(row for row in milestones if row["id"] == strings(late, "requires")[0])
    first["requires"] = [*strings(first, "requires"), text(late, "id")]
    return True


def _on_itself(work: Workpiece) -> bool:
    row = work.choose(_milestones(work))
    row["requires"] = [*strings(row, "requires"), text(row, "id")]
    return True


def _dangling(work: Workpiece) -> bool:
    row = work.choose(_milestones(work))
    key, wrong = ("developsCompetencies", "comp_unknown") if work.severity == SUBTLE else ("requires", "milestone_99")
    row[key] = [*strings(row, key), wrong]
    return True


def _undeveloped(work: Workpiece) -> bool:
    competencies = rows(work.structure, "competencies")
    if work.severity == PLAIN:
        listed(work.structure, "competencies").append(
            {"id": "comp_extra", "label": "Manage a yearly budget", "level": competencies[0]["level"]}
        )
        return True
    gone = {text(row, "id") for row in (competencies if work.severity == GROSS else competencies[-1:])}
    for row in _milestones(work):
        row["developsCompetencies"] = [one for one in strings(row, "developsCompetencies") if one not in gone]
    return True


def _total_off(work: Workpiece) -> bool:
    overview = child(work.structure, "pathOverview")
    overview["totalHours"] = number(overview, "totalHours") * {GROSS: 5, PLAIN: 0.5, SUBTLE: 1.25}[work.severity]
    return True


def _overfull(work: Workpiece) -> bool:
    row = work.choose(_milestones(work))
    activity = rows(row, "activities")[0]
    activity["hours"] = number(row, "hours") * (3 if work.severity == GROSS else 1.2)
    return True


def _falls(work: Workpiece) -> bool:
    """Raise the level of what is learnt first above everything that builds on it."""
    required = {one for row in _milestones(work) for one in strings(row, "requires")}
    later = {
        one for row in _milestones(work) if strings(row, "requires") for one in strings(row, "developsCompetencies")
    }
    first = next((row for row in _milestones(work) if row["id"] in required and not strings(row, "requires")), None)
    if first is None or not set(strings(first, "developsCompetencies")) - later:
        return False
    for competency in rows(work.structure, "competencies"):
        if competency["id"] in strings(first, "developsCompetencies"):
            competency["level"] = 5
        elif work.severity == GROSS:
            competency["level"] = 1
    return True


def _exit_below_entry(work: Workpiece) -> bool:
    overview = child(work.structure, "pathOverview")
    overview["entryLevel"], overview["exitLevel"] = (5, 1) if work.severity == GROSS else (3, 2)
    return True


def _impossible(work: Workpiece) -> bool:
    row = work.choose(_milestones(work))
    if work.severity == GROSS:
        row["hours"] = 0
    elif work.severity == PLAIN:
        rows(row, "activities")[0]["hours"] = -2
    else:
        row["hours"] = "20"
    return True


def _unassessed(work: Workpiece) -> bool:
    row = work.choose(_milestones(work))
    if work.severity == GROSS:
        del row["assessment"]
    else:
        child(row, "assessment")["criterion"] = "" if work.severity == PLAIN else "To be defined"
    return True


def _no_entry(work: Workpiece) -> bool:
    """Make the first milestone wait for one that is nowhere, so that nobody can ever begin."""
    for row in _milestones(work):
        if not strings(row, "requires"):
            row["requires"] = ["milestone_introduction"]
    return True


def _idle(work: Workpiece) -> bool:
    work.choose(_milestones(work))["activities"] = []
    return True


DEFECTS = (
    defect("prerequisites in a ring", PATH, "cycle", _ring),
    defect("a milestone that requires itself", PATH, "self_loop cycle schema", _on_itself, (PLAIN,)),
    defect("a reference to nothing", PATH, "dangling_ref", _dangling, (PLAIN, SUBTLE)),
    defect("a competency nobody develops", PATH, "competency_uncovered schema", _undeveloped),
    blemish("hours that do not add up", PATH, "hours_mismatch", _total_off),
    blemish("activities longer than their milestone", PATH, "hours_mismatch", _overfull, (GROSS, PLAIN)),
    blemish("levels that fall", PATH, "level_falls", _falls, (GROSS, PLAIN)),
    defect("an exit below the entry", PATH, "schema level_falls", _exit_below_entry, (GROSS, PLAIN)),
    defect("hours that cannot be", PATH, "schema", _impossible),
    defect(
        "a milestone without an assessment",
        PATH,
        "schema empty placeholder missing_level competency_uncovered",
        _unassessed,
    ),
    defect("no milestone to begin with", PATH, "dangling_ref unreachable", _no_entry, (PLAIN,)),
    defect("a milestone without activities", PATH, "missing_level below_minimum empty", _idle, (PLAIN,)),
)
