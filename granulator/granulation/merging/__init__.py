"""A structure with more elements than ``maxElements``, made smaller by joining neighbours; what is written stays in it.

Elements that were joined keep the id of the first, with the ids of the others in ``x_mergedIds``. Only questions
cannot be joined: see ``quiz``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from granulator.errors import AiResponseInvalid
from granulator.granulation import structures, summary
from granulator.granulation.drafts.fields import text
from granulator.granulation.merging.bounds import Bounds
from granulator.granulation.merging.course import course
from granulator.granulation.merging.knowledge_map import knowledge_map
from granulator.granulation.merging.learning_path import learning_path
from granulator.granulation.merging.novel import novel
from granulator.granulation.merging.quiz import quiz
from granulator.granulation.merging.workflow import workflow
from granulator.model import JsonObject, StructureType, Template

_MERGERS: Mapping[StructureType, Callable[[JsonObject, Bounds], JsonObject]] = {
    StructureType.COURSE: course,
    StructureType.QUIZ: quiz,
    StructureType.NOVEL: novel,
    StructureType.WORKFLOW: workflow,
    StructureType.KNOWLEDGE_MAP: knowledge_map,
    StructureType.LEARNING_PATH: learning_path,
}


def merge(
    structure_type: StructureType, structure: JsonObject, max_elements: int | None, template: Template
) -> JsonObject:
    """Return the structure with at most ``max_elements`` elements: itself where it has no more.

    Counts and numbers in it are those of what is left, and every reference still resolves. Raises AiResponseInvalid
    when joining all that may be joined under the template's minimums leaves too many.
    """
    count = summary.total_elements(structure_type, structure)
    if max_elements is None or count <= max_elements:
        return structure
    merged = _MERGERS[structure_type](structure, Bounds(max_elements, template))
    left = summary.total_elements(structure_type, merged)
    if left > max_elements:
        raise AiResponseInvalid(
            f"The structure has {count} elements, {left} when neighbours are joined, and maxElements is {max_elements}",
            kind="invalid",
            retryable=True,
            originalError="more elements than were asked for",
        )
    return structures.framed(structure_type, merged, text(structure, "language") or "en")
