"""What points at what: circles, loops, concepts and milestones that are cut off, competencies nobody develops."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from granulator.granulation.checks import graph
from tests.unit.granulation.samples import StructureType, clean, found, knowledge_map, learning_path, put, workflow

CHECKS = [
    graph.self_loop,
    graph.cycle,
    graph.isolated,
    graph.unreachable_milestones,
    graph.competency_uncovered,
]


@pytest.mark.parametrize("kind", StructureType)
@pytest.mark.parametrize("check", CHECKS)
def test_a_clean_structure_has_none_of_it(check: Any, kind: StructureType) -> None:
    assert found(check, clean(kind)) == []


def related(*relations: tuple[int, int, str]) -> Any:
    structure = knowledge_map()
    structure["relations"] += [
        {"source": f"concept_{source}", "target": f"concept_{target}", "type": kind}
        for source, target, kind in relations
    ]
    return structure


def test_a_relation_of_a_concept_with_itself_is_a_loop() -> None:
    assert found(graph.self_loop, related((2, 2, "related"))) == [("self_loop", "relations[7]")]


def test_a_milestone_that_requires_itself_is_a_loop() -> None:
    structure = put(learning_path(), "milestones[1].requires", ["milestone_1", "milestone_2"])

    assert found(graph.self_loop, structure) == [("self_loop", "milestones[1].requires[1]")]


def test_a_step_that_follows_itself_is_a_loop() -> None:
    structure = put(workflow(), "steps[0].nextSteps", ["step_2", "step_1"])

    assert found(graph.self_loop, structure) == [("self_loop", "steps[0].nextSteps[1]")]


@pytest.mark.parametrize("kind", ["broader", "partOf", "prerequisite"])
def test_concepts_that_rest_on_one_another_are_one_circle(kind: str) -> None:
    # 6 rests on 2 and 2 on 1 already.
    assert found(graph.cycle, related((1, 6, kind))) == [("cycle", "concepts[0]")]


@pytest.mark.parametrize("kind", ["related", "contrasts", "appliesTo"])
def test_relations_that_are_no_dependence_close_no_circle(kind: str) -> None:
    assert found(graph.cycle, related((1, 6, kind))) == []


def test_two_circles_are_two_issues() -> None:
    structure = related((1, 6, "broader"), (4, 5, "partOf"))
    structure["relations"] = [entry for entry in structure["relations"] if entry["source"] != "concept_4"]
    structure["relations"].append({"source": "concept_4", "target": "concept_5", "type": "partOf"})

    assert found(graph.cycle, structure) == [("cycle", "concepts[0]"), ("cycle", "concepts[3]")]


def test_milestones_that_require_one_another_are_a_circle_and_what_follows_them_cannot_be_reached() -> None:
    structure = put(learning_path(), "milestones[1].requires", ["milestone_3"])
    structure["milestones"][2]["requires"] = ["milestone_2"]

    assert found(graph.cycle, structure) == [("cycle", "milestones[1]")]
    assert found(graph.unreachable_milestones, structure) == [("unreachable", "milestones[3]")]


def test_a_concept_without_relations_is_isolated() -> None:
    structure = knowledge_map()
    structure["relations"] = [entry for entry in structure["relations"] if entry["source"] != "concept_7"]
    structure["relations"].append({"source": "concept_7", "target": "concept_7", "type": "related"})

    assert found(graph.isolated, structure) == [("isolated", "concepts[6]")]


def test_a_map_without_relations_misses_the_level_and_isolates_nothing() -> None:
    assert found(graph.isolated, put(knowledge_map(), "relations", [])) == []


def test_a_competency_no_milestone_develops_is_uncovered() -> None:
    structure = learning_path()
    for milestone in structure["milestones"]:
        milestone["developsCompetencies"] = ["comp_1"]

    assert found(graph.competency_uncovered, structure) == [("competency_uncovered", "competencies[1]")]


def test_a_competency_developed_but_never_assessed_is_uncovered() -> None:
    structure = learning_path()
    structure["milestones"][2]["assessment"]["criterion"] = " "
    structure["milestones"][3]["developsCompetencies"] = ["comp_1"]

    assert found(graph.competency_uncovered, structure) == [("competency_uncovered", "competencies[1]")]


NODES = "abcdef"
edges_of = st.dictionaries(st.sampled_from(NODES), st.lists(st.sampled_from(NODES + "xy"), max_size=4))


@given(edges_of)
def test_circles_are_exactly_the_nodes_that_reach_one_another(edges: dict[str, list[str]]) -> None:
    inside = {node: [target for target in targets if target in NODES] for node, targets in edges.items()}
    reach = {node: graph.reachable(inside, inside.get(node, [])) for node in NODES}
    mutual = {frozenset(b for b in NODES if b == a or (b in reach[a] and a in reach[b])) for a in NODES}

    result = graph.circles(edges, NODES)

    assert {frozenset(members) for members in result} == {members for members in mutual if len(members) > 1}
    assert result == sorted(sorted(members) for members in result)


def test_a_chain_of_twenty_thousand_concepts_is_walked_in_a_moment() -> None:
    order = [f"c{number}" for number in range(20_000)]
    edges = {node: [following] for node, following in zip(order, order[1:], strict=False)} | {order[-1]: [order[0]]}
    begin = time.perf_counter()

    assert graph.circles(edges, order) == [order]

    assert time.perf_counter() - begin < 5
