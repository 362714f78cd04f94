"""Required elements: what can never be met is refused with a suggestion, the rest is said to a model in words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from granulator.errors import InvalidParameter
from granulator.granulation import places, plan, requirements
from granulator.granulation.checks.reading import read
from granulator.granulation.plan import Sizes
from granulator.granulation.validation import RequiredElement
from granulator.model import StructureType
from tests.unit.granulation.authors.scaffolds.test_scaffolds import KINDS, brief, structure_of
from tests.unit.granulation.samples import COURSE, KNOWLEDGE_MAP, LEARNING_PATH, NOVEL, QUIZ, WORKFLOW


def refused(kind: StructureType, planned: Sizes, *required: RequiredElement) -> dict[str, Any]:
    with pytest.raises(InvalidParameter) as caught:
        requirements.check(kind, required, planned)
    return {**caught.value.details, "message": str(caught.value)}


@pytest.mark.parametrize(
    ("kind", "planned", "place", "nearest"),
    [
        (COURSE, Sizes(4, 16, 16), "5.1", "4.1"),
        (COURSE, Sizes(4, 16, 16), "2.9", "2.4"),
        (COURSE, Sizes(4, 16, 16), "0", "1"),
        (COURSE, Sizes(4, 16, 16), "1.1.1", "1.1"),
        (COURSE, Sizes(4, 16, 16), "lesson_5_1", "lesson_4_1"),
        (COURSE, Sizes(4, 16, 16), "Module_2", "module_2"),
        (QUIZ, Sizes(2, 10), "3.1", "2.1"),
        (NOVEL, Sizes(3, 12, 0), "4.1", "3.1"),
        (NOVEL, Sizes(3, 24, 48), "1.1.3", "1.1.2"),
        (WORKFLOW, Sizes(1, 8, 1), "2.1", "2"),
        (WORKFLOW, Sizes(1, 8, 1), "9", "8"),
        (KNOWLEDGE_MAP, Sizes(1, 14, 2), "concept_15", "concept_14"),
        (LEARNING_PATH, Sizes(4, 8), "milestone_5", "milestone_4"),
        (COURSE, Sizes(1, 2), "modul 1", "module_1"),
    ],
)
def test_a_place_that_cannot_exist_is_refused_with_one_that_can(
    kind: StructureType, planned: Sizes, place: str, nearest: str
) -> None:
    required = (RequiredElement("Fine"), RequiredElement("Smoker", None, 1, ("1", place)))

    found = refused(kind, planned, *required)

    assert (found["path"], found["value"], found["nearest"]) == (
        "input.requiredElements[1].placement[1]",
        place,
        nearest,
    )


def test_the_message_says_what_is_planned() -> None:
    found = refused(COURSE, Sizes(4, 16, 16), RequiredElement("Smoker", None, 1, ("5.1",)))

    assert "4 modules with 4 lessons each" in found["message"]
    assert "did you mean \u201c4.1\u201d?" in found["message"]


@pytest.mark.parametrize(
    ("kind", "planned", "most", "said"),
    [
        (COURSE, Sizes(2, 4, 4), 4, "4 lessons"),
        (QUIZ, Sizes(1, 5), 5, "5 questions"),
        (NOVEL, Sizes(3, 6, 0), 6, "6 chapters"),
        (NOVEL, Sizes(3, 5, 10), 10, "10 scenes"),
        (WORKFLOW, Sizes(1, 5, 0), 5, "5 steps"),
        (KNOWLEDGE_MAP, Sizes(1, 8, 2), 8, "8 concepts"),
        (LEARNING_PATH, Sizes(3, 6), 3, "3 milestones"),
    ],
)
def test_more_appearances_than_leaves_are_refused(kind: StructureType, planned: Sizes, most: int, said: str) -> None:
    requirements.check(kind, [RequiredElement("Smoker", None, most)], planned)

    found = refused(kind, planned, RequiredElement("Smoker", None, most + 1))

    assert (found["path"], found["value"], found["maximum"]) == (
        "input.requiredElements[0].minAppearances",
        most + 1,
        most,
    )
    assert f"at most {said}" in found["message"]


@pytest.mark.parametrize("kind", list(StructureType))
def test_an_element_type_of_another_structure_is_refused(kind: StructureType) -> None:
    planned = plan.level_sizes(kind, 3)
    for element_type in requirements.ELEMENT_TYPES[kind]:
        requirements.check(kind, [RequiredElement("Smoker", element_type)], planned)

    found = refused(kind, planned, RequiredElement("Smoker", "spell"))

    assert (found["path"], found["value"]) == ("input.requiredElements[0].type", "spell")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("level", range(1, 6))
def test_the_places_are_those_that_the_checks_find(kind: StructureType, level: int) -> None:
    of = brief(kind, level)
    document = read(kind, structure_of(of), "en")

    found = [(leaf.place, leaf.id) for leaf in document.leaves]
    around = {name for group in document.groups for part in (*group.inner, group) for name in (part.place, part.id)}

    assert [names[:2] for names in places.leaves(kind, of.sizes)] == found
    assert {name for leaf in found for name in leaf} <= set(places.possible(kind, of.sizes))
    if kind in (COURSE, NOVEL):
        assert around <= set(places.possible(kind, of.sizes))


def test_a_group_may_get_as_many_leaves_as_the_fullest() -> None:
    planned = Sizes(3, 8, 8)

    requirements.check(COURSE, [RequiredElement("Smoker", None, 1, ("3.3", "lesson_3_3"))], planned)

    assert refused(COURSE, planned, RequiredElement("Smoker", None, 1, ("3.4",)))["nearest"] == "3.3"


@pytest.mark.parametrize("kind", list(StructureType))
@given(wanted=st.text(max_size=20), level=st.integers(1, 5))
def test_a_suggestion_can_always_be_followed(kind: StructureType, wanted: str, level: int) -> None:
    planned = plan.level_sizes(kind, level)
    names = places.possible(kind, planned)

    assert places.nearest(wanted, names) in names
    requirements.check(kind, [RequiredElement("Smoker", None, 1, (places.nearest(wanted, names),))], planned)


@pytest.mark.parametrize(
    ("element", "line"),
    [
        (RequiredElement("Mira"), "Mira"),
        (RequiredElement("Mira", "character"), "Mira (character)"),
        (RequiredElement("Mira", None, 3), "Mira, in at least 3 places"),
        (
            RequiredElement("Mira", "character", 3, ("2.1", "scene_4_1")),
            "Mira (character), in at least 3 places, in 2.1 (act 2, chapter 1) and in scene_4_1",
        ),
        (
            RequiredElement("Mira\n- Old Tomas", None, 1, ("1.2.3",)),
            "Mira - Old Tomas, in 1.2.3 (act 1, chapter 2, scene 3)",
        ),
    ],
)
def test_a_required_element_is_one_readable_line(element: RequiredElement, line: str) -> None:
    assert requirements.line(NOVEL, element) == line
