"""Required elements: there, often enough, and where they were placed."""

from __future__ import annotations

import pytest

from granulator.granulation.checks.document import RequiredElement
from granulator.granulation.checks.required import required
from tests.unit.granulation.samples import course, found, quiz


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
