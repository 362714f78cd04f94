"""The concepts of a document as a tree of the wanted size: what stands under what, and how they are related.

What is left out at a coarse size is named by the concept that covers it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from granulator.extraction import labels
from granulator.extraction.concepts import Concept
from granulator.extraction.sections import Reading, parents

LONGEST_NAME = 5
MOST_RELATED = 3
"""So many other concepts may a definition be linked to; the first ones it names."""

PART = re.compile(
    r"\b(?:is|are|forms?|being|as)\s+(?:an?\s+)?(?:\w+\s+)?parts?\s+of\s+(?:the\s+|an?\s+|every\s+"
    r"|each\s+)?(?P<whole>.+)"
)


@dataclass(frozen=True, slots=True)
class Node:
    """A concept in its place: ``parent`` is the index of the broader one, -1 at the root, which has level 1.

    ``narrower`` are the labels of concepts it stands for because they were left out.
    """

    concept: Concept
    parent: int
    level: int
    narrower: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """A link between two nodes by index: ``source`` is part of ``target``, or its definition names it."""

    source: int
    target: int
    type: Literal["partOf", "related"]


def tree(reading: Reading, root: Concept, found: Sequence[Concept], size: int, depth: int) -> tuple[Node, ...]:
    """Return the root and the weightiest concepts, ``size`` in all at most, in at most ``depth`` levels."""
    others = [one for one in found if one.key != root.key and one.start != root.start]
    ranked = sorted(others, key=lambda one: (-one.weight, one.start))
    kept = sorted(ranked[: size - 1], key=lambda one: (one.section, not one.is_section, one.start))
    holders = {one.section: place for place, one in enumerate(kept, 1) if one.is_section}
    above = parents(reading)
    nodes = [Node(root, -1, 1)]
    for place, one in enumerate(kept, 1):
        parent = _holder(one, place, holders, above)
        while nodes[parent].level >= depth:
            parent = nodes[parent].parent
        nodes.append(Node(one, parent, nodes[parent].level + 1))
    nodes = _under_their_kind(nodes, depth)
    return _with_narrower(nodes, ranked[size - 1 :], holders, above)


def _holder(concept: Concept, place: int, holders: Mapping[int, int], above: Sequence[int]) -> int:
    """Return the concept whose section holds the definition, nearest first; the root where none does."""
    section = above[concept.section] if concept.is_section else concept.section
    while section >= 0:
        if holders.get(section, place) < place:
            return holders[section]
        section = above[section]
    return 0


def _under_their_kind(nodes: Sequence[Node], depth: int) -> list[Node]:
    """Move a term under the one its definition calls it a kind of, when both stand under the same concept."""
    by_key = _by_key(nodes)
    placed = list(nodes)
    have_children = {node.parent for node in nodes}
    for place, node in enumerate(nodes):
        kind = _kind_of(node, by_key)
        is_sibling = kind is not None and nodes[kind].parent == node.parent and kind != place
        if (
            kind is not None
            and is_sibling
            and place not in have_children
            and nodes[kind].level < depth
            and placed[kind].parent == nodes[kind].parent
        ):
            placed[place] = Node(node.concept, kind, nodes[kind].level + 1)
            have_children.add(kind)
    return placed


def _kind_of(node: Node, by_key: Mapping[str, int]) -> int | None:
    """Return the concept a definition begins with: "a sluice gate" for "is a sluice gate that ..."."""
    row = labels.key(node.concept.kind).split()
    return next((by_key[name] for cut in range(len(row)) if (name := " ".join(row[cut:])) in by_key), None)


def _by_key(nodes: Sequence[Node]) -> dict[str, int]:
    found: dict[str, int] = {}
    for place, node in enumerate(nodes):
        for name in (node.concept.label, *node.concept.others):
            found.setdefault(labels.key(name), place)
    return found


def _with_narrower(
    nodes: Sequence[Node], left: Sequence[Concept], holders: Mapping[int, int], above: Sequence[int]
) -> tuple[Node, ...]:
    covered: dict[int, list[Concept]] = {}
    for one in left:
        covered.setdefault(_holder(one, len(nodes), holders, above), []).append(one)
    rows = {place: sorted(ones, key=lambda one: one.start) for place, ones in covered.items()}
    return tuple(
        Node(node.concept, node.parent, node.level, tuple(one.label for one in rows.get(place, ())))
        for place, node in enumerate(nodes)
    )


def links(nodes: Sequence[Node]) -> tuple[Link, ...]:
    """Return the links the definitions prove beside the hierarchy: parts where they say so, else merely related."""
    by_key = _by_key(nodes)
    joined = {frozenset((place, node.parent)) for place, node in enumerate(nodes) if node.parent >= 0}
    found: list[Link] = []
    wholes: dict[int, int] = {}
    for place, node in enumerate(nodes):
        named = [other for other in _named(node, by_key) if other not in (0, place)] if place else []
        part = _whole(node, by_key)
        for other in dict.fromkeys(named):
            pair = frozenset((place, other))
            if (
                pair in joined
                or _is_above(nodes, other, place)
                or sum(link.source == place for link in found) >= MOST_RELATED
            ):
                continue
            joined.add(pair)
            is_part = other == part and nodes[other].level <= node.level and not _leads(wholes, other, place)
            if is_part:
                wholes[place] = other
            found.append(Link(place, other, "partOf" if is_part else "related"))
    return tuple(found)


def _leads(wholes: Mapping[int, int], first: int, last: int) -> bool:
    """Whether a thing is, by way of others, part of another; then that one cannot be part of it."""
    while first != last and first in wholes:
        first = wholes[first]
    return first == last


def _is_above(nodes: Sequence[Node], high: int, low: int) -> bool:
    while low > 0:
        low = nodes[low].parent
        if low == high:
            return True
    return False


def _named(node: Node, by_key: Mapping[str, int]) -> Iterator[int]:
    """Yield the concepts a definition names, the longest name at each place."""
    row = labels.key(node.concept.definition).split()
    place = 0
    while place < len(row):
        length = next((n for n in range(LONGEST_NAME, 0, -1) if " ".join(row[place : place + n]) in by_key), 0)
        if length:
            yield by_key[" ".join(row[place : place + length])]
        place += max(length, 1)


def _whole(node: Node, by_key: Mapping[str, int]) -> int | None:
    said = PART.search(node.concept.definition)
    row = labels.key(said["whole"]).split() if said else []
    return next((by_key[name] for n in range(LONGEST_NAME, 0, -1) if (name := " ".join(row[:n])) in by_key), None)
