"""Defects of knowledge maps: relations that cannot hold and concepts that stand alone or twice."""

from __future__ import annotations

from copy import deepcopy

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
    text,
)
from granulator.model import Json, JsonObject, StructureType

MAP = (StructureType.KNOWLEDGE_MAP,)
RESTING = ("broader", "partOf", "prerequisite")


def _concepts(work: Workpiece) -> list[JsonObject]:
    return rows(work.structure, "concepts")


def _relations(work: Workpiece) -> list[JsonObject]:
    return rows(work.structure, "relations")


def _resting(work: Workpiece) -> list[JsonObject]:
    return [row for row in _relations(work) if row["type"] in RESTING]


def _relate(work: Workpiece, source: Json, target: Json, kind: str) -> None:
    listed(work.structure, "relations").append({"source": source, "target": target, "type": kind})


def _ring(work: Workpiece) -> bool:
    resting = _resting(work)
    if not resting:
        return False
    row = work.choose(resting)
    if work.severity == GROSS:
        _relate(work, row["target"], row["source"], text(row, "type"))
        return True
    if work.severity == PLAIN:
        _relate(work, row["target"], row["source"], "prerequisite")
        return True
    longer = [(a, b) for a in resting for b in resting if a["target"] == b["source"] and a["source"] != b["target"]]
    if not longer:
        return False
    first, second = work.choose(longer)
    _relate(work, second["target"], first["source"], "prerequisite")
    return True


def _to_itself(work: Workpiece) -> bool:
    row = work.choose(_relations(work))
    row["target"] = row["source"]
    return True


def _alone(work: Workpiece) -> bool:
    root = child(work.structure, "mapOverview")["rootId"]
    ids = [row["id"] for row in _concepts(work) if row["id"] != root]
    gone = ids if work.severity == GROSS else [work.choose(ids)]
    work.structure["relations"] = [
        row for row in _relations(work) if row["source"] not in gone and row["target"] not in gone
    ]
    return True


def _apart(work: Workpiece) -> bool:
    """Add two concepts that are related to each other and to nothing else."""
    made = [
        (
            "concept_apart_1",
            "Harvest moon",
            "The full moon closest to the autumn equinox, bright in the early evening.",
        ),
        ("concept_apart_2", "Spring tide", "A tide with a large range that follows each full and each new moon."),
    ]
    for identity, label, definition in made:
        listed(work.structure, "concepts").append(
            {"id": identity, "label": label, "altLabels": [], "definition": definition, "level": 2, "examples": []}
        )
    _relate(work, "concept_apart_1", "concept_apart_2", "related")
    return True


def _twice(work: Workpiece) -> bool:
    first, second = work.two(_concepts(work))
    label = text(first, "label")
    if work.severity == GROSS:
        second["label"] = label
    elif work.severity == PLAIN:
        second["label"] = f"{label.upper()}S" if not label.endswith("s") else label.upper()
    else:
        second["altLabels"] = [label.lower()]
    return True


def _dangling(work: Workpiece) -> bool:
    row = work.choose(_relations(work))
    row["source" if work.severity == SUBTLE else "target"] = "concept_unknown"
    return True


def _no_root(work: Workpiece) -> bool:
    child(work.structure, "mapOverview")["rootId"] = "concept_root"
    return True


def _said_twice(work: Workpiece) -> bool:
    listed(work.structure, "relations").append(deepcopy(work.choose(_relations(work))))
    return True


def _level_upside_down(work: Workpiece) -> bool:
    row = work.choose([row for row in _relations(work) if row["type"] == "broader"])
    levels = {concept["id"]: concept for concept in _concepts(work)}
    if work.severity == GROSS:
        levels[row["target"]]["level"] = 4
    else:
        levels[row["source"]]["level"] = levels[row["target"]]["level"] if work.severity == SUBTLE else 1
    return True


def _no_relations(work: Workpiece) -> bool:
    work.structure["relations"] = []
    return True


def _weight(work: Workpiece) -> bool:
    work.choose(_relations(work))["weight"] = {GROSS: 95, PLAIN: 1.5, SUBTLE: -0.1}[work.severity]
    return True


def _unknown_type(work: Workpiece) -> bool:
    work.choose(_relations(work))["type"] = {GROSS: "has something to do with", PLAIN: "isA", SUBTLE: "part_of"}[
        work.severity
    ]
    return True


def _circular(work: Workpiece) -> bool:
    concept = work.choose(_concepts(work))
    label = text(concept, "label")
    concept["definition"] = {
        GROSS: label,
        PLAIN: f"{label} is {label.lower()}.",
        SUBTLE: f"The definition of {label}.",
    }[work.severity]
    return True


DEFECTS = (
    defect("a ring of concepts that rest on each other", MAP, "cycle", _ring),
    defect("a concept related to itself", MAP, "self_loop schema", _to_itself, (PLAIN,)),
    defect("a concept related to nothing", MAP, "isolated missing_level below_minimum", _alone, (GROSS, PLAIN)),
    blemish("an island of concepts", MAP, "disconnected", _apart, (PLAIN,)),
    blemish("a concept under two entries", MAP, "dup_concept dup_title", _twice),
    defect("a relation to nothing", MAP, "dangling_ref", _dangling, (PLAIN, SUBTLE)),
    defect("a root that does not exist", MAP, "dangling_ref", _no_root, (PLAIN,)),
    blemish("a relation stated twice", MAP, "dup_relation schema dup_content dup_concept", _said_twice, (PLAIN,)),
    blemish("levels upside down", MAP, "concept_level level_falls schema", _level_upside_down),
    defect("no relations", MAP, "missing_level isolated below_minimum", _no_relations, (GROSS,)),
    defect("a weight that is none", MAP, "schema", _weight),
    defect("a relation of unknown type", MAP, "schema", _unknown_type),
    defect("a definition that says nothing", MAP, "thin placeholder", _circular, (GROSS, PLAIN)),
)
