"""Required elements: there, often enough, and where they were placed."""

from __future__ import annotations

import pytest

from granulator.granulation.checks.document import RequiredElement
from granulator.granulation.checks.required import required
from tests.unit.granulation.samples import course, found, learning_path, novel, quiz, workflow


@pytest.mark.parametrize(
    "element",
    [
        RequiredElement("ammonia"),
        RequiredElement("CRESS test", min_appearances=1, placement=("2.2",)),
        RequiredElement("heap", min_appearances=2, placement=("1", "lesson_1_1")),
        RequiredElement("lesson_2_1"),
        RequiredElement("°C"),
    ],
)
def test_an_element_that_is_there_is_not_reported(element: RequiredElement) -> None:
    assert found(required, course(), required_elements=[element]) == []


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        (RequiredElement("vermiculture"), [("required_missing", "requiredElements[0]")]),
        (RequiredElement("ammoni"), [("required_missing", "requiredElements[0]")]),
        (RequiredElement("ammonia", min_appearances=3), [("required_too_few", "requiredElements[0]")]),
        (RequiredElement("ammonia", placement=("2.1",)), [("required_misplaced", "modules[1].lessons[0]")]),
        (RequiredElement("ammonia", placement=("9.9",)), [("required_misplaced", "requiredElements[0]")]),
    ],
)
def test_an_element_that_is_not_there_as_asked_is_reported(
    element: RequiredElement, expected: list[tuple[str, str]]
) -> None:
    assert found(required, course(), required_elements=[element]) == expected


def test_questions_are_the_places_of_a_quiz() -> None:
    elements = [RequiredElement("isobars", placement=("1.1", "2.1"))]

    assert found(required, quiz(), required_elements=elements) == [("required_misplaced", "categories[1].questions[0]")]


@pytest.mark.parametrize(
    "element",
    [
        # No scene has a full name in its words; ids count as names.
        RequiredElement("Ines Duarte", "character", min_appearances=6),
        RequiredElement("Tomas Reis", "character", min_appearances=4, placement=("2.3", "act_2")),
        RequiredElement("The debt on the headland", "thread", placement=("scene_2", "1.1.2", "3.1")),
        RequiredElement("boat shed", "location", placement=("2", "2.1", "chapter_3")),
    ],
)
def test_a_novel_names_by_id_as_well_as_by_name(element: RequiredElement) -> None:
    assert found(required, novel(), required_elements=[element]) == []


def test_a_character_is_missed_in_the_chapter_where_it_was_placed() -> None:
    element = RequiredElement("Tomas Reis", "character", placement=("1.2", "3.1.2"))

    assert found(required, novel(), required_elements=[element]) == [
        ("required_misplaced", "acts[0].chapters[1]"),
        ("required_misplaced", "acts[2].chapters[0].scenes[1]"),
    ]


def test_chapters_are_counted_where_a_novel_has_no_scenes() -> None:
    structure = novel()
    for act in structure["acts"]:
        for chapter in act["chapters"]:
            chapter["scenes"] = []
    elements = [RequiredElement("Ines", min_appearances=5, placement=("1.1",)), RequiredElement("Ines", None, 7)]

    assert found(required, structure, required_elements=elements) == [("required_too_few", "requiredElements[1]")]


def test_steps_and_milestones_are_counted_and_placed_by_their_number() -> None:
    tool = RequiredElement("torque wrench", "tool", min_appearances=1, placement=("4", "step_4"))
    skill = RequiredElement("Trues a wheel", "competency", min_appearances=2, placement=("3",))

    assert found(required, workflow(), required_elements=[tool]) == []
    assert found(required, learning_path(), required_elements=[skill]) == []
    assert found(required, workflow(), required_elements=[RequiredElement("Customer", placement=("2",))]) == [
        ("required_misplaced", "steps[1]")
    ]
