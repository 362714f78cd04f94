"""A clean course and a clean quiz to spoil in tests, and short ways to check what is found in them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from granulator.granulation import templates, validation
from granulator.granulation.checks.document import Document, Expectation, read
from granulator.model import Issue, StructureType, Template

FIXTURES = Path(__file__).parent / "fixtures"
TEMPLATES = {template.structure_type: template for template in templates.load(Path(__file__).parents[3] / "templates")}
COURSE, QUIZ = StructureType.COURSE, StructureType.QUIZ
Check = Callable[[Document, Expectation], Iterator[Issue]]


def course() -> Any:
    """A course of two modules with two lessons each."""
    return json.loads((FIXTURES / "course.json").read_text(encoding="utf-8"))


def quiz() -> Any:
    """A quiz of two categories with five questions each."""
    return json.loads((FIXTURES / "quiz.json").read_text(encoding="utf-8"))


def template(structure_type: StructureType) -> Template:
    return TEMPLATES[structure_type]


def verdict(structure: Any, **options: Any) -> validation.Verdict:
    """The verdict on a structure whose type is told by its keys, under its default template."""
    kind = QUIZ if isinstance(structure, dict) and "categories" in structure else COURSE
    return validation.validate(structure, kind, **{"template": template(kind), **options})


def found(check: Check, structure: Any, **expected: Any) -> list[tuple[str, str]]:
    """Code and path of everything one check finds."""
    kind = QUIZ if "categories" in structure else COURSE
    document = read(kind, structure, "en")
    return [(issue.code, issue.path) for issue in check(document, Expectation(**expected))]


def lesson(structure: Any, module: int = 0, index: int = 0) -> Any:
    return structure["modules"][module]["lessons"][index]


def questions(structure: Any) -> list[Any]:
    return [question for category in structure["categories"] for question in category["questions"]]
