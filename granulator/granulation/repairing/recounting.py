"""The mechanical facts of a structure counted anew: numbers, totals and sums that no model is asked for. Pure."""

from __future__ import annotations

from granulator.granulation import structures
from granulator.granulation.structures import at
from granulator.model import Json, JsonObject, StructureType


def recount(structure_type: StructureType, structure: JsonObject) -> JsonObject:
    """Return the structure with its counts, numbers and sums as they are; a structure that says them already stays so.

    Counted are the questions of a quiz, the acts, chapters and target words of a novel and the hours of a path.
    """
    counted = structures.framed(structure_type, structure, "")
    if structure_type is StructureType.LEARNING_PATH:
        counted = _with_hours(counted)
    # In its own order and with its own version and language: equal values in another order are not the same bytes.
    return structure | {key: counted[key] for key in structure if key not in ("schemaVersion", "language")}


def _with_hours(path: JsonObject) -> JsonObject:
    hours = [value for _, value in at(path, "milestones[].hours")]
    overview = path.get("pathOverview")
    if not hours or not all(_is_number(value) for value in hours) or not isinstance(overview, dict):
        return path
    total = round(sum(value for value in hours if isinstance(value, int | float)), 2)
    said = overview.get("totalHours")
    is_said = isinstance(said, int | float) and abs(said - total) < 0.005
    return path if is_said else {**path, "pathOverview": {**overview, "totalHours": total}}


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
