"""Paths of a structure taken apart, read and written."""

from __future__ import annotations

import pytest

from granulator.granulation.repairing import places
from tests.unit.granulation.samples import course, quiz

PATHS = ["$", "courseOverview", "modules[1].lessons[0].keyPoints[2]", "steps[12].conditions[0].next"]


@pytest.mark.parametrize("path", PATHS)
def test_a_path_that_is_taken_apart_is_written_the_same(path: str) -> None:
    assert places.written(places.parse(path)) == path


def test_a_pattern_is_the_path_without_its_indexes() -> None:
    patterns = [places.pattern(places.parse(path)) for path in PATHS]

    assert patterns == ["", "courseOverview", "modules[].lessons[].keyPoints[]", "steps[].conditions[].next"]


def test_a_value_is_read_where_it_stands_and_nothing_where_there_is_nothing() -> None:
    structure = quiz()

    found = [
        places.get(structure, place)
        for place in (
            ("categories", 0, "questions", 1, "id"),
            ("categories", 9, "name"),
            ("categories", "name"),
            ("quizOverview", 0),
        )
    ]

    assert found == [structure["categories"][0]["questions"][1]["id"], None, None, None]


def test_putting_a_value_leaves_everything_beside_it_the_very_same() -> None:
    structure = course()

    changed = places.put(structure, ("modules", 0, "lessons", 1, "title"), "Another title")

    assert changed == {**structure, "modules": changed["modules"]}
    assert places.get(changed, ("modules", 0, "lessons", 1, "title")) == "Another title"
    assert places.get(changed, ("modules", 1)) is places.get(structure, ("modules", 1))
    assert places.get(changed, ("modules", 0, "lessons", 0)) is places.get(structure, ("modules", 0, "lessons", 0))
    assert structure == course()


def test_entries_are_taken_out_of_a_list_by_their_indexes() -> None:
    structure = quiz()

    less = places.without(structure, ("categories", 1, "questions"), (0, 3))

    kept = [question["id"] for question in structure["categories"][1]["questions"]]
    assert [question["id"] for question in places.objects_at(less, ("categories", 1, "questions"))] == [
        kept[1],
        kept[2],
        kept[4],
    ]


def test_a_skeleton_holds_one_value_at_the_first_of_every_list() -> None:
    place = ("modules", 3, "lessons", 2)

    alone = places.skeleton(place, {"title": "A"})

    assert alone == {"modules": [{"lessons": [{"title": "A"}]}]}
    assert places.get(alone, places.first(place)) == {"title": "A"}
