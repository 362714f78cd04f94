"""A clean structure of every type to spoil in tests, and short ways to check what is found in them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from granulator.granulation import templates, validation
from granulator.granulation.admission import DEFAULT_TEMPLATES
from granulator.granulation.checks.document import Document, Expectation
from granulator.granulation.checks.reading import read
from granulator.granulation.structures import LISTS, OVERVIEWS
from granulator.model import Issue, StructureType, Template

FIXTURES = Path(__file__).parent / "fixtures"
TEMPLATES = {
    template.structure_type: template
    for template in templates.load(Path(__file__).parents[3] / "templates")
    if template.name in DEFAULT_TEMPLATES.values()
}
"""The default template of each type."""
COURSE, QUIZ = StructureType.COURSE, StructureType.QUIZ
NOVEL, WORKFLOW = StructureType.NOVEL, StructureType.WORKFLOW
KNOWLEDGE_MAP, LEARNING_PATH = StructureType.KNOWLEDGE_MAP, StructureType.LEARNING_PATH
Check = Callable[[Document, Expectation], Iterator[Issue]]


def course() -> Any:
    """A course of two modules with two lessons each."""
    return clean(COURSE)


def quiz() -> Any:
    """A quiz of two categories with five questions each."""
    return clean(QUIZ)


def novel() -> Any:
    """A novel of six chapters with eight scenes and two plot threads."""
    return clean(NOVEL)


def workflow() -> Any:
    """A workflow of seven steps with two decisions, one of which leads back."""
    return clean(WORKFLOW)


def knowledge_map() -> Any:
    """A map of seven concepts on two levels with seven relations."""
    return clean(KNOWLEDGE_MAP)


def learning_path() -> Any:
    """A path of four milestones with five activities for two competencies."""
    return clean(LEARNING_PATH)


def clean(structure_type: StructureType) -> Any:
    return json.loads((FIXTURES / f"{structure_type.value}.json").read_text(encoding="utf-8"))


def kind_of(structure: Any) -> StructureType:
    """The type of a structure, told by its keys; a course when it has none of them."""
    keys = structure if isinstance(structure, dict) else ()
    return next((kind for kind in StructureType if OVERVIEWS[kind] in keys or LISTS[kind] in keys), COURSE)


def template(structure_type: StructureType) -> Template:
    return TEMPLATES[structure_type]


def verdict(structure: Any, **options: Any) -> validation.Verdict:
    """The verdict on a structure whose type is told by its keys, under its default template."""
    kind = kind_of(structure)
    return validation.validate(structure, kind, **{"template": template(kind), **options})


def found(check: Check, structure: Any, **expected: Any) -> list[tuple[str, str]]:
    """Code and path of everything one check finds."""
    kind = kind_of(structure)
    document = read(kind, structure, "en")
    return [(issue.code, issue.path) for issue in check(document, Expectation(**expected))]


def lesson(structure: Any, module: int = 0, index: int = 0) -> Any:
    return structure["modules"][module]["lessons"][index]


def questions(structure: Any) -> list[Any]:
    return [question for category in structure["categories"] for question in category["questions"]]


def values(structure: Any, path: str = "") -> list[tuple[str, Any]]:
    """Everything in a structure, with its path."""
    inner: list[tuple[str, Any]] = []
    if isinstance(structure, dict):
        inner = [(f"{path}.{key}" if path else key, value) for key, value in structure.items()]
    elif isinstance(structure, list):
        inner = [(f"{path}[{index}]", value) for index, value in enumerate(structure)]
    return inner + [found for at_path, value in inner for found in values(value, at_path)]


def value_at(structure: Any, path: str) -> Any:
    """What stands at a path such as ``acts[0].id``."""
    for step in _steps(path):
        structure = structure[step]
    return structure


def put(structure: Any, path: str, value: Any) -> Any:
    """The same structure with ``value`` at a path; without what stands there when the value is ``...``."""
    *outer, last = _steps(path)
    inner = structure
    for step in outer:
        inner = inner[step]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return structure


def _steps(path: str) -> list[str | int]:
    return [int(step) if step.isdigit() else step for step in re.findall(r"[^.\[\]]+", path)]
