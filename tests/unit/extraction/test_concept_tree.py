"""Concepts as a tree of the wanted size, and the links that definitions prove."""

from __future__ import annotations

import pytest

from granulator.extraction import concept_tree, concepts
from granulator.extraction.concept_tree import Node
from tests.unit.extraction.samples import HARBOUR, reading, vocabulary

TIMBER = """# Timber

Timber is wood that is sawn for building.

## Beams

A beam is a long piece of timber that carries a load.

### Joints

A joint is a place at which two beams meet.

A tenon joint is a joint that holds without nails. A peg is a part of a tenon joint.

## Boards

A board is a thin piece of timber that covers a floor. A wedge is a part of the joint in older houses.
"""


def tree(text: str = TIMBER, size: int = 24, depth: int = 4) -> tuple[Node, ...]:
    known = vocabulary(text)
    root = concepts.opening(known.reading, known.reading.document.title or "")
    assert root is not None
    return concept_tree.tree(known.reading, root, concepts.concepts(known), size, depth)


def shape(nodes: tuple[Node, ...]) -> list[tuple[str, str, int]]:
    return [(one.concept.label, nodes[one.parent].concept.label if one.parent >= 0 else "", one.level) for one in nodes]


def test_concepts_stand_under_the_heading_that_holds_them_and_terms_under_their_kind():
    assert shape(tree()) == [
        ("Timber", "", 1),
        ("Beams", "Timber", 2),
        ("Joints", "Beams", 3),
        ("Tenon joint", "Joints", 4),
        ("Peg", "Joints", 4),
        ("Boards", "Timber", 2),
        ("Wedge", "Boards", 3),
    ]


def test_no_concept_is_deeper_than_wanted():
    assert shape(tree(depth=2)) == [(label, "Timber" if label != "Timber" else "", level) for label, level in [
        ("Timber", 1), ("Beams", 2), ("Joints", 2), ("Tenon joint", 2), ("Peg", 2), ("Boards", 2), ("Wedge", 2),
    ]]  # fmt: skip


@pytest.mark.parametrize("size", range(1, 8))
def test_what_is_left_out_is_named_by_the_concept_that_covers_it(size: int):
    nodes = tree(size=size)

    named = [one.concept.label for one in nodes] + [label for one in nodes for label in one.narrower]
    assert len(nodes) == size
    assert sorted(named) == sorted(one.concept.label for one in tree())


def test_a_definition_that_names_another_concept_is_related_to_it_and_a_part_where_it_says_so():
    nodes = tree()

    labels = [one.concept.label for one in nodes]
    assert [(labels[link.source], link.type, labels[link.target]) for link in concept_tree.links(nodes)] == [
        ("Peg", "partOf", "Tenon joint"),
        ("Wedge", "partOf", "Joints"),
    ]


def test_two_things_are_not_parts_of_each_other():
    told = "A tenon joint is a part of a peg that carries heavy loads of a roof"
    text = TIMBER.replace("A tenon joint is a joint that holds", told)
    nodes = tree(text)

    labels = [one.concept.label for one in nodes]
    types = {(labels[link.source], labels[link.target]): link.type for link in concept_tree.links(nodes)}
    assert types[("Tenon joint", "Peg")] == "partOf"
    assert ("Peg", "Tenon joint") not in types


def test_no_link_repeats_the_hierarchy_or_another_link():
    nodes = tree(HARBOUR)
    links = concept_tree.links(nodes)

    pairs = [frozenset((one.source, one.target)) for one in links]
    assert len(set(pairs)) == len(pairs)
    assert not {frozenset((place, node.parent)) for place, node in enumerate(nodes)} & set(pairs)
    assert all(one.source != one.target for one in links)


def test_a_document_without_headings_hangs_everything_on_its_root():
    plain = "\n\n".join(line for line in HARBOUR.splitlines() if line and not line.startswith(("#", "`", "berth 5")))
    known = vocabulary(plain)
    root = concepts.opening(reading(plain), "Harbour")
    assert root is not None

    nodes = concept_tree.tree(known.reading, root, concepts.concepts(known), 8, 3)
    assert {one.parent for one in nodes} == {-1, 0}
