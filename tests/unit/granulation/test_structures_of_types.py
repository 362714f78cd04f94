"""What shape novels, workflows, maps and paths must have, and what holds for the shape of all six types."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from granulator.granulation import structures, validation
from granulator.granulation.validation import RequiredElement
from granulator.model import Issue, StructureType
from tests.unit.granulation.samples import (
    KNOWLEDGE_MAP,
    LEARNING_PATH,
    NOVEL,
    WORKFLOW,
    clean,
    kind_of,
    knowledge_map,
    learning_path,
    novel,
    put,
    template,
    value_at,
    values,
    verdict,
    workflow,
)

NEW = [NOVEL, WORKFLOW, KNOWLEDGE_MAP, LEARNING_PATH]


def shape(structure: Any) -> list[tuple[str, str]]:
    return [(issue.code, issue.path) for issue in structures.shape(kind_of(structure), structure)]


@pytest.mark.parametrize("kind", StructureType)
def test_a_clean_structure_is_in_shape_and_fully_valid(kind: StructureType) -> None:
    assert shape(clean(kind)) == []
    result = verdict(clean(kind))
    assert (result.issues, result.score, result.is_valid) == ((), 100, True)


@pytest.mark.parametrize("kind", StructureType)
def test_an_empty_object_lacks_its_overview_and_its_lists(kind: StructureType) -> None:
    issues = structures.shape(kind, {})

    overview, content = structures.OVERVIEWS[kind], structures.LISTS[kind]
    assert Issue("schema", "error", overview, f"{overview}: is missing", f"Add {overview}") in issues
    assert Issue("missing_level", "error", content, f"{content}: is missing", f"Add {content}") in issues


@pytest.mark.parametrize("kind", NEW)
def test_every_whole_number_refuses_booleans_fractions_and_text(kind: StructureType) -> None:
    numbers = [path for path, value in values(clean(kind)) if type(value) is int and "ours" not in path]
    assert numbers or kind is WORKFLOW

    for path in numbers:
        for wrong in (True, False, 1.5, "1", 0, -1, None):
            assert shape(put(clean(kind), path, wrong)) != [], (path, wrong)
        assert shape(put(clean(kind), path, float(value_at(clean(kind), path)))) == [], path


@pytest.mark.parametrize("kind", NEW)
def test_every_required_field_is_missed(kind: StructureType) -> None:
    optional = (
        r"(?:\.type|\.title|\.beat|\.framework|\.project|\.optional|\.label|\.weight|\.description)$|^phases$|^roles$"
    )
    keys = [path for path, _ in values(clean(kind)) if not path.endswith("]")]
    paths = [path for path in keys if not re.search(optional, path)]
    assert len(paths) > 30

    for path in paths:
        found = {issue_path for _, issue_path in shape(put(clean(kind), path, ...))}
        assert path in found, path


@pytest.mark.parametrize("kind", NEW)
def test_every_text_is_missed_when_it_is_blank(kind: StructureType) -> None:
    for path, value in values(clean(kind)):
        if isinstance(value, str):
            assert shape(put(clean(kind), path, " \n")) != [], path


@pytest.mark.parametrize("kind", NEW)
def test_an_unknown_key_is_refused_everywhere_unless_it_begins_with_x(kind: StructureType) -> None:
    objects = [path for path, value in values(clean(kind)) if isinstance(value, dict)]

    for path in objects:
        assert shape(put(clean(kind), f"{path}.mood", "calm")) == [("schema", f"{path}.mood")]
        assert shape(put(clean(kind), f"{path}.x_mood", ["calm"])) == []


@pytest.mark.parametrize("kind", NEW)
def test_every_element_may_say_where_it_comes_from(kind: StructureType) -> None:
    structure = clean(kind)
    paths = [path for each in structures.element_paths(kind) for path, _ in structures.at(structure, each)]
    for path in paths:
        put(structure, f"{path}.provenance", {"kind": "model"})

    assert len(paths) > 8
    assert shape(structure) == []


@pytest.mark.parametrize(
    ("structure", "path", "value", "expected"),
    [
        (novel(), "acts", [], ("missing_act", "acts")),
        (novel(), "acts", novel()["acts"][:2], ("missing_act", "acts")),
        (novel(), "acts", novel()["acts"] * 2, ("above_maximum", "acts")),
        (novel(), "acts[1].chapters", [], ("empty_act", "acts[1].chapters")),
        (novel(), "acts[1].actNumber", 4, ("schema", "acts[1].actNumber")),
        (novel(), "acts[1].title", " ", ("empty", "acts[1].title")),
        (novel(), "acts[0].chapters[0].scenes", ..., ("missing_level", "acts[0].chapters[0].scenes")),
        (novel(), "acts[0].chapters[0].scenes[0].beat", "finish", ("schema", "acts[0].chapters[0].scenes[0].beat")),
        (novel(), "acts[0].chapters[0].pov", "Ines", ("schema", "acts[0].chapters[0].pov")),
        (novel(), "characters", [], ("missing_level", "characters")),
        (novel(), "characters[0].role", "hero", ("schema", "characters[0].role")),
        (novel(), "characters[0].arc", ..., ("no_arc", "characters[0].arc")),
        (novel(), "characters[0].arc.turn", "", ("empty", "characters[0].arc.turn")),
        (novel(), "plotThreads", [], ("missing_level", "plotThreads")),
        (novel(), "plotThreads[0].type", "side", ("schema", "plotThreads[0].type")),
        (workflow(), "workflowOverview.stakeholders", [], ("schema", "workflowOverview.stakeholders")),
        (workflow(), "steps", workflow()["steps"][:1], ("below_minimum", "steps")),
        (workflow(), "steps[1].responsible", ..., ("no_responsible", "steps[1].responsible")),
        (workflow(), "steps[1].responsible", " ", ("no_responsible", "steps[1].responsible")),
        (workflow(), "steps[1].type", "gateway", ("schema", "steps[1].type")),
        (workflow(), "steps[4].conditions[0]", 5, ("schema", "steps[4].conditions[0]")),
        (workflow(), "steps[4].conditions[0]", "", ("empty", "steps[4].conditions[0]")),
        (workflow(), "steps[2].conditions[1].next", ..., ("schema", "steps[2].conditions[1].next")),
        (knowledge_map(), "concepts", [], ("missing_level", "concepts")),
        (knowledge_map(), "relations", ..., ("missing_level", "relations")),
        (knowledge_map(), "concepts[1].level", 5, ("schema", "concepts[1].level")),
        (knowledge_map(), "relations[0].type", "narrower", ("schema", "relations[0].type")),
        (knowledge_map(), "relations[6].weight", 1.01, ("schema", "relations[6].weight")),
        (knowledge_map(), "relations[6].weight", True, ("schema", "relations[6].weight")),
        (learning_path(), "competencies", [], ("missing_level", "competencies")),
        (learning_path(), "milestones", [], ("missing_level", "milestones")),
        (learning_path(), "milestones[0].activities[0].hours", 0, ("schema", "milestones[0].activities[0].hours")),
        (learning_path(), "milestones[0].hours", float("inf"), ("schema", "milestones[0].hours")),
        (learning_path(), "milestones[0].hours", True, ("schema", "milestones[0].hours")),
        (learning_path(), "milestones[0].optional", 1, ("schema", "milestones[0].optional")),
        (learning_path(), "pathOverview.exitLevel", 6, ("schema", "pathOverview.exitLevel")),
        (learning_path(), "pathOverview.entryLevel", 4, ("schema", "pathOverview")),
        (learning_path(), "competencies[1].framework.name", "O*NET", ("schema", "competencies[1].framework.name")),
    ],
)
def test_what_breaks_the_rules_of_a_type_is_named_where_it_stands(
    structure: Any, path: str, value: Any, expected: tuple[str, str]
) -> None:
    assert shape(put(deepcopy(structure), path, value)) == [expected]


def test_a_condition_is_words_or_a_branch() -> None:
    structure = workflow()
    structure["steps"][2]["conditions"] = ["cheap", {"expression": "dear", "label": "refund", "next": "step_6"}]

    assert shape(structure) == []


def test_assemble_numbers_acts_and_chapters_and_adds_up_their_words() -> None:
    wanted = {"schemaVersion": "1", "language": "en", **novel()}
    told = novel()
    for act in told["acts"]:
        act["actNumber"] = 9
        for chapter in act["chapters"]:
            chapter["chapterNumber"] = 0
    told["novelOverview"]["targetWords"] = 1

    assert structures.framed(NOVEL, told, "en") == wanted
    assert list(structures.framed(NOVEL, {**told, "schemaVersion": "7"}, "de"))[:2] == ["schemaVersion", "language"]
    assert structures.framed(NOVEL, {**told, "schemaVersion": "7"}, "de")["schemaVersion"] == "1"


@pytest.mark.parametrize("kind", StructureType)
def test_assemble_puts_the_parts_of_every_type_under_its_overview(kind: StructureType) -> None:
    structure = clean(kind)
    overview, content = structures.OVERVIEWS[kind], structures.LISTS[kind]

    assembled = structures.assemble(kind, structure[overview], structure[content], "en")

    assert assembled == {
        "schemaVersion": "1",
        "language": "en",
        overview: structure[overview],
        content: structure[content],
    }


@pytest.mark.parametrize("broken", [{}, {"acts": 3}, {"acts": [3, {"chapters": [None, {"targetWords": True}]}]}])
def test_framing_leaves_what_is_not_of_the_expected_kind_to_the_shape(broken: Any) -> None:
    before = deepcopy(broken)

    framed = structures.framed(NOVEL, broken, "en")

    assert broken == before
    assert set(framed) == {"schemaVersion", "language", *broken}


@pytest.mark.parametrize("kind", StructureType)
def test_the_json_schema_of_every_type_can_be_made(kind: StructureType) -> None:
    schema: Any = structures.json_schema(kind)

    assert set(schema["required"]) >= {structures.OVERVIEWS[kind], structures.LISTS[kind]}
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize("kind", StructureType)
def test_a_clean_structure_is_filled_and_every_blank_counts(kind: StructureType) -> None:
    have, wanted = structures.filled(kind, clean(kind))
    blank = put(clean(kind), f"{structures.OVERVIEWS[kind]}.description", "")
    if kind is NOVEL:
        blank = put(clean(kind), "novelOverview.logline", "")

    assert have == wanted > 30
    assert structures.filled(kind, blank) == (have - 1, wanted)
    assert structures.filled(kind, {})[0] == 0


def test_a_novel_without_scenes_is_as_full_as_one_with_them() -> None:
    structure = novel()
    for _, chapter in structures.at(structure, "acts[].chapters[]"):
        assert isinstance(chapter, dict)
        chapter["scenes"] = []

    have, wanted = structures.filled(NOVEL, structure)

    assert have == wanted


strange = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=8,
)
PLACES = [(kind, path) for kind in NEW for path, _ in values(clean(kind))]


@given(strange, st.sampled_from(PLACES))
def test_nothing_at_any_place_of_any_type_raises(value: Any, place: tuple[StructureType, str]) -> None:
    kind, path = place
    structure = put(clean(kind), path, value)

    result = validation.validate(
        structure,
        kind,
        template=template(kind),
        granularity_level=3,
        sources={"source": "text"},
        topic="x",
        required_elements=[RequiredElement("y", placement=("1",))],
    )

    assert result.score is not None
    for issue in result.issues:
        f"{issue.path} {issue.message} {issue.fix}".encode()
