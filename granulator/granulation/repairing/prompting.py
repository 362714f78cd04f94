"""The prompt that has one place of a structure written again: what is wrong there, what else there is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from granulator.granulation import prompts
from granulator.granulation.drafts.fields import text, texts
from granulator.granulation.drafts.runs import in_order
from granulator.granulation.prompts import Prompt, PromptValues
from granulator.granulation.repairing.elements import all_questions
from granulator.granulation.repairing.kinds import KINDS
from granulator.granulation.repairing.locating import Target
from granulator.granulation.repairing.places import get, prefixes
from granulator.granulation.structures import at
from granulator.model import Issue, Json, JsonObject, StructureType, Template

ROLE: Final = "repair"
OUTLINE_LINES_MOST: Final = 400
ISSUES_MOST: Final = 20
LINE_LETTERS_MOST: Final = 200


def render(
    template: Template, structure_type: StructureType, target: Target, structure: JsonObject, values: PromptValues
) -> Prompt:
    """Return the prompt of a target by the template's own repair prompt, or by ours where it has none."""
    if ROLE not in template.prompts:
        template = replace(template, prompts=MappingProxyType({**template.prompts, ROLE: _ours()}))
    shown = replace(
        values,
        outline=outline(structure_type, structure, target),
        part=json.dumps(part(target, structure), ensure_ascii=False, separators=(",", ":")),
        issues="\n".join(map(_line, target.issues[:ISSUES_MOST])),
    )
    return prompts.render(template, ROLE, shown)


@cache
def _ours() -> str:
    return Path(__file__).with_name("repair.md").read_text(encoding="utf-8")


def _line(issue: Issue) -> str:
    return f"- {issue.code}: {issue.message}. {issue.fix}."


# The place


def part(target: Target, structure: JsonObject) -> JsonObject:
    """Return what a writer is told of the place: the element as it is, or how many questions or elements are wanted."""
    told: JsonObject = {"kind": target.kind.name, "path": target.path}
    match target.action:
        case "rewrite":
            element = get(structure, target.place)
            assert isinstance(element, dict)
            asked = [field.alias or name for name, field in target.kind.again.model_fields.items()]
            return told | {"element": in_order(element, "id", *(key for key in asked if key not in ("id", "cites")))}
        case "questions":
            found = objects_of(structure, target)
            dropped = [in_order(one, "type", "difficulty", "question", "options") for one in found]
            wanted: JsonObject = {"replace": len(target.indexes) + target.count, "dropped": [*dropped]}
            return told | wanted | _holder(structure, target)
        case "add":
            return told | {"add": target.count} | _holder(structure, target)


def objects_of(structure: JsonObject, target: Target) -> list[JsonObject]:
    """Return the elements of a list that a target names."""
    found = (get(structure, (*target.place, index)) for index in target.indexes)
    return [one for one in found if isinstance(one, dict)]


def _holder(structure: JsonObject, target: Target) -> JsonObject:
    """Return of the module, category, act or chapter what its content must go by."""
    for place in prefixes(target.place):
        element = get(structure, place)
        if isinstance(place[-1], int) and isinstance(element, dict):
            return {"in": in_order(element, "id", "title", "name", "learningObjectives", "purpose", "summary")}
    return {}


# What else there is


def outline(structure_type: StructureType, structure: JsonObject, target: Target) -> str:
    """Return the elements of a structure in a line each, and the questions where more of them are asked for."""
    lines = [line for kind in KINDS[structure_type] for line in _lines(kind.path, structure)]
    if target.action == "questions":
        lines += [f"asked: {text(question, 'question')}" for question in all_questions(structure)]
    return "\n".join(line[:LINE_LETTERS_MOST] for line in lines[:OUTLINE_LINES_MOST])


def _lines(path: str, structure: JsonObject) -> Iterator[str]:
    told = _TOLD.get(path.removesuffix("[]").rpartition(".")[2], _title)
    if not path.endswith("questions[]"):
        for _, element in at(structure, path):
            if isinstance(element, dict):
                yield f"{text(element, 'id')} {told(element)}".strip()


def _title(one: JsonObject) -> str:
    return text(one, "title")


def _step(one: JsonObject) -> str:
    return f"{text(one, 'name')} ({text(one, 'responsible')}) -> {', '.join(texts(one, 'nextSteps')) or 'end'}"


def _milestone(one: JsonObject) -> str:
    before, develops = ", ".join(texts(one, "requires")), ", ".join(texts(one, "developsCompetencies"))
    return f"{text(one, 'title')} (after {before or 'none'}; develops {develops})"


def _thread(one: JsonObject) -> str:
    return f"{text(one, 'name')}, {text(one, 'type')}, {text(one, 'setupScene')} -> {text(one, 'payoffScene')}"


_TOLD: Mapping[str, Callable[[JsonObject], str]] = {
    "steps": _step,
    "milestones": _milestone,
    "plotThreads": _thread,
    "characters": lambda one: f"{text(one, 'name')}, {text(one, 'role')}",
    "scenes": lambda one: text(one, "goal"),
    "concepts": lambda one: text(one, "label"),
    "competencies": lambda one: text(one, "label"),
    "relations": lambda one: f"{text(one, 'source')} {text(one, 'type')} {text(one, 'target')}",
    "categories": lambda one: text(one, "name"),
    "workflowOverview": lambda one: text(one, "name"),
}
"""How an element is told in one line behind its id, where it is not by its title."""


def query(target: Target, structure: JsonObject) -> str:
    """Return the words by which passages of the source are chosen for a target."""
    told = part(target, structure)
    return " ".join(_texts(told.get("element", told)))


def _texts(value: Json) -> Sequence[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [found for entry in value.values() for found in _texts(entry)]
    return [found for entry in value for found in _texts(entry)] if isinstance(value, list) else []
