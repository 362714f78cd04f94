"""Where a finished leaf will stand in the structure."""

from __future__ import annotations

from granulator.granulation.partials import Partial, partials
from granulator.model import StructureType

PARTS = [
    {"group": 0, "leaves": ["a", "b"]},
    {"group": 0, "leaves": ["c"]},
    {"group": 1, "leaves": ["d"]},
]


def test_leaves_are_counted_within_their_group() -> None:
    assert partials(StructureType.COURSE, PARTS, 1, {"lessons": [{"id": "c"}]}) == [
        Partial("/modules/0/lessons/2", {"id": "c"})
    ]
    assert partials(StructureType.COURSE, PARTS, 2, {"lessons": [{"id": "d"}]}) == [
        Partial("/modules/1/lessons/0", {"id": "d"})
    ]


def test_leaves_without_groups_are_counted_through() -> None:
    assert partials(StructureType.WORKFLOW, PARTS, 2, {"steps": [{"id": "d"}]}) == [Partial("/steps/3", {"id": "d"})]


def test_a_part_without_planned_leaves_shows_nothing() -> None:
    assert partials(StructureType.COURSE, [{"title": "A"}], 0, {"lessons": [{"id": "a"}]}) == []
    assert partials(StructureType.COURSE, [{"leaves": 1}], 0, {"lessons": [{"id": "a"}]}) == []
