"""How large a structure is planned: the table of levels, and what ``maxElements`` makes of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from granulator.errors import InvalidParameter
from granulator.granulation import plan
from granulator.granulation.plan import Sizes, described, shares, sizes, total
from granulator.model import StructureType
from tests.unit.granulation.samples import (
    COURSE,
    KNOWLEDGE_MAP,
    LEARNING_PATH,
    NOVEL,
    QUIZ,
    WORKFLOW,
    template,
)

LEVELS = range(1, 6)


def planned(kind: StructureType, level: int, limit: int | None = None, **rules: int) -> Sizes:
    return sizes(kind, level, replace(template(kind), validation_rules=rules), limit)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (COURSE, [(2, 4, 4), (3, 9, 9), (4, 16, 16), (6, 30, 30), (8, 48, 48)]),
        (QUIZ, [(1, 5, 0), (2, 10, 0), (4, 20, 0), (6, 36, 0), (8, 60, 0)]),
        (NOVEL, [(3, 6, 0), (3, 12, 0), (3, 24, 48), (3, 30, 90), (3, 40, 160)]),
        (WORKFLOW, [(1, 5, 0), (1, 8, 1), (1, 12, 2), (1, 18, 4), (1, 28, 6)]),
        (KNOWLEDGE_MAP, [(1, 8, 2), (1, 14, 2), (1, 24, 3), (1, 40, 4), (1, 70, 4)]),
        (LEARNING_PATH, [(3, 3, 0), (4, 8, 0), (6, 18, 0), (8, 32, 0), (12, 60, 0)]),
    ],
)
def test_each_level_has_its_size(kind: StructureType, expected: list[tuple[int, int, int]]) -> None:
    assert [planned(kind, level) for level in LEVELS] == [Sizes(*counts) for counts in expected]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (COURSE, [12, 24, 40, 72, 112]),
        (QUIZ, [6, 12, 24, 42, 68]),
        (NOVEL, [9, 15, 75, 123, 203]),
        (WORKFLOW, [5, 8, 12, 18, 28]),
        (KNOWLEDGE_MAP, [8, 14, 24, 40, 70]),
        (LEARNING_PATH, [6, 12, 24, 40, 72]),
    ],
)
def test_the_total_is_that_of_the_summary(kind: StructureType, expected: list[int]) -> None:
    assert [total(kind, planned(kind, level)) for level in LEVELS] == expected


@pytest.mark.parametrize("kind", StructureType)
@pytest.mark.parametrize("level", LEVELS)
def test_every_limit_is_held_or_refused_naming_the_smallest_one(kind: StructureType, level: int) -> None:
    rules = dict(template(kind).validation_rules)
    full = planned(kind, level, **rules)
    smallest = 0

    for limit in range(1, total(kind, full) + 2):
        try:
            fewer = planned(kind, level, limit, **rules)
        except InvalidParameter as error:
            smallest = int(str(error.details["smallest"]))
            assert limit < smallest
        else:
            assert smallest <= total(kind, fewer) <= limit
            assert fewer.groups <= full.groups
            assert fewer.leaves <= full.leaves
            assert sum(shares(kind, fewer)) == fewer.leaves

    assert smallest > 0


@pytest.mark.parametrize(
    ("kind", "level", "limit", "expected"),
    [
        (NOVEL, 2, 10, Sizes(3, 7, 0)),
        (NOVEL, 3, 40, Sizes(3, 12, 24)),
        (NOVEL, 3, 13, Sizes(3, 5, 5)),
        (NOVEL, 5, 203, Sizes(3, 40, 160)),
        (WORKFLOW, 5, 14, Sizes(1, 14, 3)),
        (WORKFLOW, 2, 7, Sizes(1, 7, 0)),
        (KNOWLEDGE_MAP, 5, 30, Sizes(1, 30, 4)),
        (LEARNING_PATH, 5, 23, Sizes(4, 19, 0)),
        (LEARNING_PATH, 3, 12, Sizes(3, 9, 0)),
    ],
)
def test_a_limit_merges_parts_instead_of_cutting_the_last_ones(
    kind: StructureType, level: int, limit: int, expected: Sizes
) -> None:
    assert sizes(kind, level, template(kind), limit) == expected


@pytest.mark.parametrize(
    ("kind", "level", "smallest"),
    [
        (COURSE, 1, 8),
        (COURSE, 4, 12),
        (QUIZ, 3, 5),
        (NOVEL, 2, 8),
        (NOVEL, 3, 13),
        (WORKFLOW, 5, 4),
        (KNOWLEDGE_MAP, 2, 6),
        (LEARNING_PATH, 4, 6),
    ],
)
def test_a_limit_below_the_smallest_valid_structure_is_refused(kind: StructureType, level: int, smallest: int) -> None:
    with pytest.raises(InvalidParameter, match=f"which has {smallest} elements") as raised:
        sizes(kind, level, template(kind), smallest - 1)

    assert raised.value.details == {
        "field": "maxElements",
        "path": "input.maxElements",
        "value": smallest - 1,
        "smallest": smallest,
    }
    assert total(kind, sizes(kind, level, template(kind), smallest)) == smallest


@pytest.mark.parametrize(
    ("kind", "rules", "smallest"),
    [
        (NOVEL, {"minScenesPerChapter": 2, "minChapters": 4}, 15),
        (WORKFLOW, {"minDecisions": 3}, 6),
        (WORKFLOW, {"minDecisions": 1}, 3),
        (KNOWLEDGE_MAP, {"minDepth": 3}, 3),
        (LEARNING_PATH, {"minMilestones": 2, "minActivitiesPerMilestone": 3}, 8),
    ],
)
def test_the_rules_of_a_template_decide_what_is_smallest(
    kind: StructureType, rules: dict[str, Any], smallest: int
) -> None:
    with pytest.raises(InvalidParameter) as raised:
        planned(kind, 5, 1, **rules)

    assert raised.value.details["smallest"] == smallest
    assert total(kind, planned(kind, 5, smallest, **rules)) == smallest


@pytest.mark.parametrize(
    ("kind", "counts", "expected"),
    [
        (COURSE, Sizes(4, 16, 16), (4, 4, 4, 4)),
        (QUIZ, Sizes(8, 60), (8, 8, 8, 8, 7, 7, 7, 7)),
        (NOVEL, Sizes(3, 6), (2, 3, 1)),
        (NOVEL, Sizes(3, 24, 48), (6, 12, 6)),
        (NOVEL, Sizes(3, 3), (1, 1, 1)),
        (WORKFLOW, Sizes(1, 12, 2), (12,)),
    ],
)
def test_leaves_are_shared_evenly_but_half_of_a_novel_is_its_second_act(
    kind: StructureType, counts: Sizes, expected: tuple[int, ...]
) -> None:
    assert shares(kind, counts) == expected


@pytest.mark.parametrize("chapters", range(4, 60))
def test_the_second_act_has_two_to_three_fifths_of_the_chapters(chapters: int) -> None:
    first, second, third = shares(NOVEL, Sizes(3, chapters))

    assert first + second + third == chapters
    assert min(first, third) >= 1
    assert 0.4 <= second / chapters <= 0.6


@pytest.mark.parametrize(
    ("kind", "counts", "words"),
    [
        (COURSE, Sizes(4, 16, 16), "4 modules with 4 lessons each, 16 lessons in all, 16 exercises in all"),
        (COURSE, Sizes(1, 1), "1 module with 1 lesson, 1 lesson in all, no exercises"),
        (QUIZ, Sizes(8, 60), "8 categories with 7 or 8 questions each, 60 questions in all"),
        (NOVEL, Sizes(3, 6), "3 acts with 2, 3 and 1 chapters, 6 chapters in all, no scenes"),
        (
            NOVEL,
            Sizes(3, 24, 48),
            "3 acts with 6, 12 and 6 chapters, 24 chapters in all; 24 chapters with 2 scenes each, 48 scenes in all",
        ),
        (WORKFLOW, Sizes(1, 5), "5 steps, none of them a decision"),
        (WORKFLOW, Sizes(1, 8, 1), "8 steps, 1 of them a decision"),
        (WORKFLOW, Sizes(1, 12, 2), "12 steps, 2 of them decisions"),
        (KNOWLEDGE_MAP, Sizes(1, 24, 3), "24 concepts, at most 3 levels deep"),
        (LEARNING_PATH, Sizes(6, 18), "6 milestones with 3 activities each, 18 activities in all"),
        (LEARNING_PATH, Sizes(3, 3), "3 milestones with 1 activity each, 3 activities in all"),
    ],
)
def test_sizes_are_told_in_words(kind: StructureType, counts: Sizes, words: str) -> None:
    assert described(kind, counts) == words


@pytest.mark.parametrize("kind", StructureType)
def test_the_size_of_a_level_is_the_same_without_any_template(kind: StructureType) -> None:
    assert [plan.level_sizes(kind, level) for level in LEVELS] == [planned(kind, level) for level in LEVELS]
