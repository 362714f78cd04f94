"""Scaffolds: frames in the planned sizes that ask their author, claim nothing and hold together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from granulator.errors import SourceRequired
from granulator.granulation import plan, structures, summary, validation
from granulator.granulation.authors import scaffolds
from granulator.granulation.authors.base import Brief
from granulator.granulation.validation import RequiredElement
from granulator.model import Source, StructureType
from tests.unit.granulation.samples import (
    COURSE,
    KNOWLEDGE_MAP,
    LEARNING_PATH,
    NOVEL,
    QUIZ,
    WORKFLOW,
    template,
    values,
)

KINDS = (COURSE, NOVEL, WORKFLOW, LEARNING_PATH)
SMALLEST = {COURSE: 12, NOVEL: 13, WORKFLOW: 4, LEARNING_PATH: 6}
"""The least of maxElements that every granularity level can keep to."""
every_kind = pytest.mark.parametrize("kind", KINDS)
every_size = pytest.mark.parametrize("level", range(1, 6))


def brief(kind: StructureType, level: int = 3, most: int | None = None, **more: Any) -> Brief:
    used = template(kind)
    asked = Brief("Bee keeping", kind, level, "general", "en", plan.sizes(kind, level, used, most), used, None)
    return replace(asked, max_elements=most, **more)


def structure_of(of: Brief) -> Any:
    outline, parts = scaffolds.write(of)
    if outline.plan == "single":
        return structures.framed(of.structure_type, outline.frame, of.language)
    return structures.assemble(of.structure_type, outline.frame, parts, of.language)


def verdict(structure: Any, of: Brief, **more: Any) -> validation.Verdict:
    return validation.validate(
        structure,
        of.structure_type,
        **{"template": of.template, "sizes": of.sizes, "granularity_level": of.level, "topic": of.topic, **more},
    )


def messages(found: validation.Verdict) -> list[str]:
    return [issue.message for issue in found.issues]


@every_kind
@every_size
def test_a_scaffold_has_the_planned_sizes_and_no_issue_as_a_scaffold(kind: StructureType, level: int) -> None:
    of = brief(kind, level)
    structure = structure_of(of)

    assert messages(verdict(structure, of, is_scaffold=True)) == []
    assert summary.total_elements(kind, structure) == plan.total(kind, of.sizes)


@every_kind
@every_size
def test_a_scaffold_is_sound_as_a_graph_too(kind: StructureType, level: int) -> None:
    of = brief(kind, level)
    unsound = {
        "cycle",
        "unreachable",
        "no_end",
        "cannot_finish",
        "endless_loop",
        "branch_no_condition",
        "foreign_branch",
    }
    unsound |= {"no_arc", "no_main_thread", "thread_unresolved", "competency_uncovered", "granularity_mismatch"}

    found = verdict(structure_of(of), of)

    assert [issue.message for issue in found.issues if issue.code in unsound] == []


@settings(max_examples=60, deadline=None)
@given(kind=st.sampled_from(KINDS), level=st.integers(1, 5), most=st.integers(1, 450))
def test_a_scaffold_keeps_to_any_limit_that_a_structure_can_keep_to(kind: StructureType, level: int, most: int) -> None:
    of = brief(kind, level, most + SMALLEST[kind] - 1)
    structure = structure_of(of)

    assert summary.total_elements(kind, structure) == plan.total(kind, of.sizes) <= most + SMALLEST[kind] - 1
    assert messages(verdict(structure, of, is_scaffold=True)) == []


@every_kind
def test_every_element_of_a_scaffold_says_that_it_is_one(kind: StructureType) -> None:
    structure = structure_of(brief(kind, 4))

    elements = [found for path in structures.element_paths(kind) for found in structures.at(structure, path)]

    assert [path for path, element in elements if element["provenance"] != {"kind": "scaffold"}] == []
    assert len(elements) > plan.sizes(kind, 4, template(kind)).leaves


@every_kind
def test_a_scaffold_says_what_it_is_and_is_never_scored(kind: StructureType) -> None:
    of = brief(kind)
    outline, _ = scaffolds.write(of)
    found = verdict(structure_of(of), of, is_scaffold=True)

    assert (outline.is_scaffold, found.score, found.is_valid) == (True, None, None)
    assert outline.notice is not None
    assert "holds no facts about the topic" in outline.notice


@every_kind
@pytest.mark.parametrize("topic", ["{topic}", "a {0} % $& \\1 b", "养蜂", "x" * 500, "two\nlines"])
def test_the_topic_is_put_in_literally(kind: StructureType, topic: str) -> None:
    structure = structure_of(brief(kind, topic=topic))

    overview = structure[structures.OVERVIEWS[kind]]
    assert overview.get("title", overview.get("name")) == topic
    assert any(topic in value for _, value in values(structure[structures.LISTS[kind]]) if isinstance(value, str))


@pytest.mark.parametrize(
    ("kind", "key", "path"),
    [
        (COURSE, "moduleTitles", "modules[].title"),
        (NOVEL, "chapterTitles", "acts[].chapters[].title"),
        (WORKFLOW, "stepNames", "steps[].name"),
        (LEARNING_PATH, "milestoneTitles", "milestones[].title"),
    ],
)
def test_titles_are_those_of_the_template_and_never_equal(kind: StructureType, key: str, path: str) -> None:
    of = brief(kind, 1)
    own = {**(of.template.scaffold or {}), key: ["One of {topic}", "One of {topic} (2)"]}

    structure = structure_of(replace(of, template=replace(of.template, scaffold=own)))

    titles = [title for _, title in structures.at(structure, path)]
    assert titles[:2] == ["One of Bee keeping", "One of Bee keeping (2)"]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize(
    ("kind", "key", "path", "most"),
    [
        (NOVEL, "chapterTitles", "acts[].chapters[].title", 13),
        (NOVEL, "chapterTitles", "acts[].chapters[].title", None),
        (WORKFLOW, "stepNames", "steps[].name", 5),
        (WORKFLOW, "stepNames", "steps[].name", None),
        (LEARNING_PATH, "milestoneTitles", "milestones[].title", 6),
        (LEARNING_PATH, "milestoneTitles", "milestones[].title", None),
    ],
)
def test_what_happens_in_turn_is_told_to_its_end_in_every_size(
    kind: StructureType, key: str, path: str, most: int | None
) -> None:
    of = brief(kind, 5, most)
    own = {**(of.template.scaffold or {}), key: [f"Day {number}" for number in range(1, 8)]}

    structure = structure_of(replace(of, template=replace(of.template, scaffold=own)))

    days = [title.partition(" (")[0] for _, title in structures.at(structure, path) if title.startswith("Day")]
    assert (days, days[0], days[-1]) == (sorted(days), "Day 1", "Day 7")


@every_kind
def test_there_are_built_in_texts_where_the_template_has_none(kind: StructureType) -> None:
    of = brief(kind, 5)
    of = replace(of, template=replace(of.template, scaffold=None))

    assert messages(verdict(structure_of(of), of, is_scaffold=True)) == []


@every_kind
@pytest.mark.parametrize("level", [1, 3])
def test_what_is_required_is_asked_for_where_it_was_placed_and_often_enough(kind: StructureType, level: int) -> None:
    placed = "2" if kind in (WORKFLOW, LEARNING_PATH) else "2.1"
    required = (RequiredElement("Smoker"), RequiredElement("Old Tomas", None, 3, (placed, "1")))
    of = brief(kind, level, required=required)

    found = verdict(structure_of(of), of, required_elements=required)

    assert [issue.message for issue in found.issues if issue.code.startswith("required")] == []


@every_kind
def test_what_was_placed_more_often_than_it_must_appear_is_asked_for_in_every_place(kind: StructureType) -> None:
    places = ("1", "3") if kind in (WORKFLOW, LEARNING_PATH) else ("1.1", "2.1")
    required = (RequiredElement("Smoker", None, 1, places),)
    of = brief(kind, 1, required=required)

    assert "required_misplaced" not in {
        issue.code for issue in verdict(structure_of(of), of, required_elements=required).issues
    }


def test_the_hours_of_a_path_are_those_of_its_milestones() -> None:
    structure = structure_of(brief(LEARNING_PATH, 3))

    hours = [milestone["hours"] for milestone in structure["milestones"]]
    assert sum(hours) == structure["pathOverview"]["totalHours"] == 36


def test_a_short_novel_has_a_beat_in_each_scene_and_keeps_the_first_of_two() -> None:
    structure = structure_of(brief(NOVEL, 3, 13))

    beats = [scene["beat"] for _, scene in structures.at(structure, "acts[].chapters[].scenes[]")]
    assert beats == ["opening_image", "break_into_two", "midpoint", "all_is_lost", "finale"]


def test_required_characters_take_the_roles_of_the_cast() -> None:
    required = (RequiredElement("Mira", "character"), RequiredElement("the smoker", "object"))
    structure = structure_of(brief(NOVEL, 2, required=required))

    cast = [(character["name"], character["role"]) for character in structure["characters"]]
    assert cast == [
        ("Mira", "protagonist"),
        ("The one who stands in the way", "antagonist"),
        ("The one who helps", "ally"),
    ]


def test_a_novel_does_not_read_its_source_and_says_why() -> None:
    source = Source("text", text="Bees keep a map of flowers.")
    with_source, without = scaffolds.write(brief(NOVEL, source=source)), scaffolds.write(brief(NOVEL))

    assert with_source[0].frame == without[0].frame
    assert "a source is not invented into a plot" in (with_source[0].notice or "")


def test_a_scene_has_the_beat_of_its_place_in_the_book() -> None:
    structure = structure_of(brief(NOVEL, 3))

    beats = [scene.get("beat") for _, scene in structures.at(structure, "acts[].chapters[].scenes[]")]
    named = {index: beat for index, beat in enumerate(beats) if beat}
    assert (len(beats), named) == (
        48,
        {
            0: "opening_image",
            5: "catalyst",
            9: "break_into_two",
            24: "midpoint",
            35: "all_is_lost",
            42: "finale",
            47: "final_image",
        },
    )


def test_a_decision_leads_on_or_back_to_the_step_before_it() -> None:
    structure = structure_of(brief(WORKFLOW, 2))

    decided = [step for step in structure["steps"] if step["type"] == "decision"]
    number = int(decided[0]["id"].removeprefix("step_"))
    assert len(decided) == 1
    assert decided[0]["nextSteps"] == [f"step_{number + 1}", f"step_{number - 1}"]
    assert [branch["next"] for branch in decided[0]["conditions"]] == decided[0]["nextSteps"]


@pytest.mark.parametrize("kind", [QUIZ, KNOWLEDGE_MAP])
def test_what_is_nothing_without_facts_has_no_scaffold(kind: StructureType) -> None:
    with pytest.raises(SourceRequired):
        scaffolds.write(brief(kind))
