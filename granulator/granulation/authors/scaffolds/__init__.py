"""The scaffolds by structure type: frames for a bare topic that hold questions to the author and no facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from granulator.errors import SourceRequired
from granulator.granulation.authors.base import Brief, Outline
from granulator.granulation.authors.scaffolds.course import course
from granulator.granulation.authors.scaffolds.learning_path import learning_path
from granulator.granulation.authors.scaffolds.novel import novel
from granulator.granulation.authors.scaffolds.workflow import workflow
from granulator.model import JsonObject, StructureType

Written = tuple[Outline, tuple[JsonObject, ...]]

SCAFFOLDS: Mapping[StructureType, Callable[[Brief], Written]] = MappingProxyType(
    {
        StructureType.COURSE: course,
        StructureType.NOVEL: novel,
        StructureType.WORKFLOW: workflow,
        StructureType.LEARNING_PATH: learning_path,
    }
)
"""A quiz or a knowledge map without facts would be empty, so these have no scaffold."""


def write(brief: Brief) -> Written:
    """Return the scaffold of ``brief`` in the planned sizes: a course as overview and modules, the others whole.

    The topic is put in literally. Raises SourceRequired for a type that is nothing without facts.
    """
    if brief.structure_type not in SCAFFOLDS:
        raise SourceRequired(f"A {brief.structure_type} cannot be made without a source")
    return SCAFFOLDS[brief.structure_type](brief)
