"""Procedures as graphs: decisions where the text says where they lead, and the wanted number of steps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from granulator.extraction import flows, graphs, procedures
from granulator.extraction.graphs import Node
from granulator.extraction.steps import Procedure
from tests.unit.extraction.procedure_samples import BREWERY, RUNBOOK, SECTIONS
from tests.unit.extraction.samples import reading


def procedure(text: str, number: int = 0) -> Procedure:
    return procedures.procedures(reading(text))[number]


def steps(*items: str) -> Procedure:
    listed = "\n".join(f"{number}. {item}" for number, item in enumerate(items, 1))
    return procedure(f"# Manual\n\nFollow these steps:\n\n{listed}\n")


def graph(nodes: tuple[Node, ...]) -> list[tuple[str, list[str]]]:
    return [(node.name, way) for node, way in zip(nodes, graphs.ways(nodes), strict=True)]


def branches(node: Node) -> list[tuple[str, str]]:
    return [(one.expression, one.target) for one in node.branches]


def test_steps_follow_one_another_in_the_order_of_the_source():
    nodes = flows.flow(procedure(RUNBOOK, 1), 4, 0)

    assert graph(nodes) == [
        ("Mark the disk as failed", ["2"]),
        ("Pull the disk out of the rack", ["3"]),
        ("Insert the new disk", ["4"]),
        ("Watch the rebuild", []),
    ]


def test_a_step_that_says_where_it_leads_is_a_decision_at_every_size():
    nodes = flows.flow(procedure(BREWERY), 8, 0)

    assert [(node.key, branches(node)) for node in nodes if node.is_decision] == [
        ("1", [("If the gauge shows more than 2 bar", "5"), ("Otherwise", "")]),
        ("3", [("If the tank smells of vinegar", "2"), ("Otherwise", "3c")]),
        ("8", [("When the scale shows 900 kg", ""), ("Otherwise", "7")]),
    ]


def test_a_decision_in_the_last_step_has_an_end_to_lead_to():
    nodes = flows.flow(procedure(BREWERY), 8, 0)

    assert (nodes[-1].key, graphs.ways(nodes)[-1], graphs.ways(nodes)[-2]) == (graphs.END, [], ["end", "7"])


def test_what_is_done_otherwise_is_a_step_of_its_own():
    nodes = flows.flow(
        steps("Weigh the box.", "If it is too heavy, go to step 1. Otherwise, close it.", "Move the box away."), 4, 0
    )

    assert graph(nodes) == [
        ("Weigh the box", ["2"]),
        ("Check whether it is too heavy", ["1", "2c"]),
        ("Close it", ["3"]),
        ("Move the box away", []),
    ]


def test_a_condition_without_a_target_is_a_decision_only_where_there_is_room():
    runbook = procedure(RUNBOOK)

    assert [node.name for node in flows.flow(runbook, 5, 1)][
        2
    ] == "Create a backup of the queue if messages are left in the queue"
    assert graph(flows.flow(runbook, 6, 1))[2:5] == [
        ("Check whether messages are left in the queue", ["3b", "4"]),
        ("Create a backup of the queue", ["4"]),
        ("Start the workers with queuectl start", ["5"]),
    ]


def test_a_condition_with_its_opposite_has_a_step_on_each_way():
    nodes = flows.flow(
        steps("Taste the soup. If it is thin, boil it. Otherwise, serve it.", "Wash the pot.", "Dry the pot."), 5, 1
    )

    assert graph(nodes) == [
        ("Taste the soup", ["1b", "1c"]),
        ("Boil it", ["2"]),
        ("Serve it", ["2"]),
        ("Wash the pot", ["3"]),
        ("Dry the pot", []),
    ]


def test_an_opposite_in_the_next_item_belongs_to_the_condition_before_it():
    nodes = flows.flow(
        steps("If the door is open, close it.", "Otherwise, lock it.", "Leave the house.", "Wave to the neighbours."),
        5,
        1,
    )

    assert [way for _, way in graph(nodes)] == [["1b", "1c"], ["3"], ["3"], ["4"], []]


def test_targets_that_do_not_exist_stay_words():
    nodes = flows.flow(steps("Open the lid.", "If it sticks, go to step 9.", "Close the lid."), 3, 0)

    assert graph(nodes) == [("Open the lid", ["2"]), ("Check whether it sticks", ["3"]), ("Close the lid", [])]


def test_a_jump_without_a_condition_that_would_cut_off_a_step_stays_words():
    nodes = flows.flow(steps("Open the lid.", "Go to step 1.", "Close the lid."), 3, 0)

    assert [way for _, way in graph(nodes)] == [["2"], ["3"], []]


@pytest.mark.parametrize("size", [2, 3, 4, 5, 6, 7])
def test_substeps_are_steps_where_there_is_room_and_steps_are_joined_where_there_is_none(size: int):
    nodes = flows.flow(procedure(SECTIONS), size, 0)

    text = " ".join(node.text for node in nodes)
    assert len(nodes) <= size
    assert all(words in text for words in ("Sort all folders", "Tape the box", "Weigh the box", "Give the boxes"))


def test_joined_steps_say_so_in_their_name():
    nodes = flows.flow(steps("Open the lid.", "Stir the soup.", "Close the lid."), 2, 0)

    assert [node.name for node in nodes] == ["Open the lid and stir the soup", "Close the lid"]
    assert nodes[0].keys == ("1", "2")


def test_a_step_that_others_lead_to_is_never_joined_to_the_one_before():
    nodes = flows.flow(procedure(BREWERY), 2, 0)

    keys = {key for node in nodes for key in (node.key, *node.keys)}
    assert {target for node in nodes for _, target in branches(node) if target} <= keys
    assert {"2", "5", "7"} <= {node.key for node in nodes}


def test_a_step_of_a_single_word_is_joined_to_its_neighbour():
    nodes = flows.flow(steps("Open the lid.", "Wait.", "Close the lid."), 3, 0)

    assert [node.text for node in nodes] == ["Open the lid. Wait.", "Close the lid."]


def test_options_under_a_step_are_not_steps():
    options = procedure(
        "# Manual\n\nFollow these steps:\n\n1. Run the tool with these options:\n"
        "   - fast: the speed of it\n   - slow: the calm of it\n2. Read the log.\n3. Close the tool.\n"
    )

    assert len(flows.flow(options, 12, 0)) == 3


def test_the_capacity_of_a_procedure_is_how_far_it_can_be_divided():
    assert flows.capacity(procedure(SECTIONS)) == 2 + 3 + 2 + 1


@pytest.mark.parametrize("size", [1, 2, 5, 8])
def test_as_a_line_a_procedure_is_as_short_as_it_must_be_and_loses_no_word(size: int):
    brewing = procedure(BREWERY)

    nodes = flows.line(brewing, size)

    assert len(nodes) == size
    assert not any(node.is_decision for node in nodes)
    assert " ".join(node.text for node in nodes) == " ".join(step.text for step in brewing.steps)


SAID = st.sampled_from(
    (
        "Open the valve of the hall.",
        "Wait.",
        "If the lamp is red, go to step {}.",
        "Repeat step {} until the scale shows 9 kg.",
        "If the tap leaks, close the tap.",
        "Otherwise, call the operator.",
        "Go to step {}.",
        "If the list is empty, return to step {}. Otherwise, print the list.",
    )
)
ITEMS = st.lists(st.lists(st.tuples(SAID, st.integers(1, 12)), min_size=1, max_size=3), min_size=3, max_size=10)


@given(items=ITEMS, size=st.integers(2, 30), decisions=st.integers(0, 6))
def test_whatever_a_list_says_every_step_is_reached_and_comes_to_an_end(
    items: list[list[tuple[str, int]]], size: int, decisions: int
):
    said = [" ".join(text.format(number) for text, number in item) for item in items]

    nodes = flows.flow(steps(*said), size, decisions)

    following = {node.key: way for node, way in zip(nodes, graphs.ways(nodes), strict=True)}
    ends = {key for key, way in following.items() if not way}
    assert len(following) == len(nodes)
    assert ends
    assert walked(following, {nodes[0].key}) == set(following)
    assert all(walked(following, {key}) & ends for key in following)
    assert all(len(set(following[node.key])) > 1 for node in nodes if node.is_decision)
    assert all(node.key not in following[node.key] for node in nodes)


def walked(following: dict[str, list[str]], reached: set[str]) -> set[str]:
    """Every step that can be come to from those that are reached."""
    further = {target for key in reached for target in following[key]} - reached
    return walked(following, reached | further) if further else reached
