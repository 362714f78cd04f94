"""A knowledge map as asked of a model: what stands in the structure, and what each bad answer is told."""

from __future__ import annotations

from typing import Any

import pytest

from granulator.granulation.drafts.base import Fault
from granulator.granulation.drafts.knowledge_map import KnowledgeMapDraft
from granulator.granulation.plan import Sizes
from tests.unit.granulation.drafts.samples import MAP, concept, knowledge_map, outline, part_answer, planned, wanted

DRAFT = KnowledgeMapDraft()


def read(answer: Any, **changes: Any) -> tuple[Any, list[Fault]]:
    structure, found = DRAFT.read_whole(answer, wanted(MAP, **changes))
    return structure, list(found)


def related(*relations: tuple[str, str, str]) -> Any:
    answer = knowledge_map()
    answer["relations"] = [dict(zip(("source", "type", "target"), relation, strict=True)) for relation in relations]
    return answer


def further(answer: Any) -> list[tuple[str, str, str]]:
    structure, found = read(answer)
    assert found == []
    return [(one["source"], one["type"], one["target"]) for one in structure["relations"] if one["type"] != "broader"]


def test_levels_the_root_and_broader_relations_follow_from_the_hierarchy() -> None:
    structure, found = read(knowledge_map())

    assert found == []
    assert structure["mapOverview"]["rootId"] == "concept_1"
    assert [(one["id"], one["label"], one["level"]) for one in structure["concepts"]] == [
        ("concept_1", "Bread", 1),
        ("concept_2", "Dough", 2),
        ("concept_3", "Flour", 3),
        ("concept_4", "Yeast", 3),
        ("concept_5", "Oven", 2),
    ]
    assert structure["relations"] == [
        {"source": "concept_2", "target": "concept_1", "type": "broader"},
        {"source": "concept_3", "target": "concept_2", "type": "broader"},
        {"source": "concept_4", "target": "concept_2", "type": "broader"},
        {"source": "concept_5", "target": "concept_1", "type": "broader"},
        {"source": "concept_3", "target": "concept_4", "type": "related"},
        {"source": "concept_5", "target": "concept_2", "type": "prerequisite"},
    ]


def test_an_alternative_label_stands_for_one_concept_only() -> None:
    structure, _ = read(knowledge_map())

    assert [one["altLabels"] for one in structure["concepts"]] == [[], ["paste"], ["meal"], [], []]


@pytest.mark.parametrize(
    "dropped",
    [
        ("yeast", "related", "yeast"),
        ("yeast", "related", "flour"),
        ("flour", "related", "Yeast"),
        ("yeast", "partOf", "sugar"),
        ("yeast", "broader", "bread"),
        ("bread", "prerequisite", "yeast"),
    ],
)
def test_relations_that_say_nothing_new_or_lead_into_a_circle_are_dropped(dropped: tuple[str, str, str]) -> None:
    kept = ("flour", "related", "yeast")

    assert further(related(kept, dropped)) == [("concept_3", "related", "concept_4")]


def test_two_relations_of_different_parts_that_close_a_circle_leave_the_first() -> None:
    plan = planned(MAP)
    parts = DRAFT.parts(plan, 1)
    answers = [part_answer(MAP, part, plan) | {"relations": []} for part in parts]
    answers[3]["relations"] = [{"source": "concept_4", "target": "concept_5", "type": "prerequisite"}]
    answers[4]["relations"] = [{"source": "concept_5", "target": "concept_4", "type": "prerequisite"}]
    written = [DRAFT.read_part(part, answer, plan)[0] for part, answer in zip(parts, answers, strict=True)]

    structure: Any = DRAFT.assemble(plan, parts, written)

    assert [one for one in structure["relations"] if one["type"] == "prerequisite"] == [
        {"source": "concept_4", "target": "concept_5", "type": "prerequisite"}
    ]


def changed(place: int, **changes: Any) -> Any:
    answer = outline(MAP)
    answer["concepts"][place] |= changes
    return answer


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            changed(4, broader=""),
            [Fault("concepts", "exactly one concept, the root, has an empty broader; here it is concept_1, concept_5")],
        ),
        (changed(4, broader="stove"), [Fault("concepts[4].broader", '"stove" is no concept of this answer')]),
        (
            changed(1, broader="flour"),
            [
                Fault("concepts[1].broader", "leads back to the concept itself"),
                Fault("concepts[2].broader", "leads back to the concept itself"),
            ],
        ),
        (
            changed(0, broader="oven"),
            [
                Fault("concepts", "exactly one concept, the root, has an empty broader; here it is none"),
                Fault("concepts[0].broader", "leads back to the concept itself"),
                Fault("concepts[4].broader", "leads back to the concept itself"),
            ],
        ),
        (changed(4, id="yeast"), [Fault("concepts[4].id", "repeats concepts[3].id: give each its own")]),
        (changed(4, label="dough"), [Fault("concepts[4].label", "repeats concepts[1].label: give each its own")]),
    ],
)
def test_a_hierarchy_that_is_none_is_told_where(answer: Any, expected: list[Fault]) -> None:
    assert DRAFT.read_outline(answer, wanted(MAP)) == (None, tuple(expected))


def test_a_map_that_is_too_deep_or_too_flat_is_a_fault() -> None:
    deep = knowledge_map()
    deep["concepts"] += [concept("starch", "Starch", "flour", []), concept("sugar", "Sugar", "starch", [])]

    assert read(deep, sizes=Sizes(1, 7, 4)) == ({}, [Fault("concepts", "is 5 levels deep, at most 4 are possible")])
    assert read(knowledge_map(), sizes=Sizes(1, 5, 2))[1] == [
        Fault("concepts", "has 3 levels below one another, exactly 2 are wanted")
    ]
