"""What the watchers of a job see of a structure while it is written: each finished leaf, and where it will stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

from granulator.model import JsonObject, StructureType

_PLACES: Final = {
    StructureType.COURSE: ("lessons", "/modules/{group}/lessons/{leaf}"),
    StructureType.QUIZ: ("questions", "/categories/{group}/questions/{leaf}"),
    StructureType.NOVEL: ("chapters", "/acts/{group}/chapters/{leaf}"),
    StructureType.WORKFLOW: ("steps", "/steps/{leaf}"),
    StructureType.KNOWLEDGE_MAP: ("concepts", "/concepts/{leaf}"),
    StructureType.LEARNING_PATH: ("milestones", "/milestones/{leaf}"),
}
"""The name of a part's leaves, and their JSON pointer; without a group in it they are counted through."""


@dataclass(frozen=True, slots=True)
class Partial:
    """A leaf as its author wrote it; ``path`` is the JSON pointer it will have in the structure."""

    path: str
    element: JsonObject

    def to_json(self) -> JsonObject:
        return {"path": self.path, "element": self.element}


def partials(
    structure_type: StructureType, parts: Sequence[JsonObject], index: int, element: JsonObject
) -> list[Partial]:
    """Return the leaves of a written part; ``parts`` is the plan, ``index`` says which of them was written.

    An author that plans no leaves shows none.
    """
    name, pointer = _PLACES[structure_type]
    if not isinstance(parts[index].get("leaves"), list) or name not in element:
        return []
    is_grouped = "{group}" in pointer
    group = parts[index].get("group")
    before = [part for part in parts[:index] if not is_grouped or part.get("group") == group]
    first = sum(len(cast(Sequence[object], part["leaves"])) for part in before)
    leaves = cast(Sequence[JsonObject], element[name])
    return [Partial(pointer.format(group=group, leaf=first + place), leaf) for place, leaf in enumerate(leaves)]
