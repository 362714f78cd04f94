"""Steps as a graph: which may follow which, whether all are reached, and neighbours joined into one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

END: Final = "end"
"""The key of the step that is added when a decision in the last step may also end the procedure."""
ON: Final = ""
"""A target: whatever follows."""
PAST: Final = "+"
"""A target: the first step behind those made of the same step of the source."""
LEAST_WORDS = 3
FEWEST = 2
MANY = 4
"""Rows that are so many times too long are first halved as a whole."""
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Branch:
    """A way on: when it is taken, in the words of the source, and the key of the node it leads to, or ON."""

    expression: str
    label: str
    target: str


@dataclass(frozen=True, slots=True)
class Node:
    """A step of the graph; ``key`` is its number in the source, with letters behind it where it was divided.

    Without ``branches`` the one way on is ``target``. ``keys`` are the keys of the nodes it was merged from.
    """

    key: str
    name: str
    text: str
    start: int
    end: int
    listing: str = ""
    branches: tuple[Branch, ...] = ()
    target: str = ON
    keys: tuple[str, ...] = ()

    @property
    def is_decision(self) -> bool:
        return bool(self.branches)


def ways(nodes: Sequence[Node]) -> list[list[str]]:
    """Return for each node the keys of those that may follow; no key at an end."""
    after = [*(node.key for node in nodes[1:]), END]
    known = {node.key for node in nodes}
    rows = [
        []
        if node.key == END
        else list(
            dict.fromkeys(target or follows for target in ([one.target for one in node.branches] or [node.target]))
        )
        for node, follows in zip(nodes, after, strict=True)
    ]
    return [[key for key in row if key in known] for row in rows]


def resolved(nodes: Sequence[Node]) -> list[Node]:
    """Return the nodes with every target that does not exist, or is the node itself, taken for what follows."""
    keys = frozenset(node.key for node in nodes)
    after = [*(node.key for node in nodes[1:]), END]
    found = []
    for node, follows, behind in zip(nodes, after, _behind(nodes), strict=True):
        branches = tuple(replace(one, target=_aimed(one.target, node, keys, behind)) for one in node.branches)
        heads = {one.target or follows for one in branches}
        target = _aimed(node.target, node, keys, behind)
        found.append(replace(node, branches=branches if len(heads) > 1 else (), target=target))
    return found


def _aimed(target: str, node: Node, keys: frozenset[str], behind: str) -> str:
    if target == PAST:
        return behind
    return target if target in keys and target != node.key else ON


def _stem(key: str) -> str:
    return key.rstrip("bc").partition("_")[0]


def _behind(nodes: Sequence[Node]) -> list[str]:
    """Return for each node the key of the first one after those made of the same step; END for the last step."""
    found = [END] * len(nodes)
    for place in range(len(nodes) - 2, -1, -1):
        is_same = _stem(nodes[place].key) == _stem(nodes[place + 1].key)
        found[place] = found[place + 1] if is_same else nodes[place + 1].key
    return found


def reachable(nodes: Sequence[Node]) -> list[Node]:
    """Return the nodes; jumps without a condition are taken for text when they cut off steps or never end."""
    found = list(nodes)
    if not _is_sound(found):
        found = [replace(node, target=ON) if not node.target.endswith(END) else node for node in found]
    if not _is_sound(found):
        found = [replace(node, target=ON, branches=()) for node in found]
    return found


def _is_sound(nodes: Sequence[Node]) -> bool:
    """Whether every step is reached from the first, and an end from every step."""
    following = dict(zip((node.key for node in nodes), ways(nodes), strict=True))
    leads: dict[str, list[str]] = {}
    for key, targets in following.items():
        for target in targets:
            leads.setdefault(target, []).append(key)
    ends = [node.key for node, row in zip(nodes, ways(nodes), strict=True) if _may_end(node, row, nodes)]
    return len(_walk(following, [nodes[0].key])) == len(nodes) == len(_walk(leads, ends))


def _may_end(node: Node, row: Sequence[str], nodes: Sequence[Node]) -> bool:
    targets = [one.target for one in node.branches] or [node.target]
    return not row or END in targets or (node is nodes[-1] and ON in targets)


def _walk(edges: dict[str, list[str]], entries: Sequence[str]) -> set[str]:
    seen, left = set(entries), list(entries)
    while left:
        for target in edges.get(left.pop(), ()):
            if target not in seen:
                seen.add(target)
                left.append(target)
    return seen


def ended(nodes: Sequence[Node]) -> list[Node]:
    """Return the nodes with an end behind them when a decision may also end the procedure."""
    last = nodes[-1]
    is_open = any(one.target == END for node in nodes for one in node.branches) or (
        last.is_decision and any(one.target == ON for one in last.branches)
    )
    if not is_open:
        return list(nodes)
    text = "Nothing else is to be done: the procedure of the source is complete."
    return [*nodes, Node(END, "End of the procedure", text, last.start, last.end)]


def filled(nodes: Sequence[Node]) -> list[Node]:
    """Return the nodes with those of hardly a word merged into the next or the last one."""
    aims = _aims(nodes)
    row: list[Node] = []
    for node in nodes:
        is_thin = bool(row) and min(len(one.text.split()) for one in (row[-1], node)) < LEAST_WORDS
        if is_thin and _can_join(row[-1], node, aims) and len(nodes) > FEWEST:
            row[-1] = _joined(row[-1], node)
        else:
            row.append(node)
    return row


def merged(nodes: Sequence[Node], size: int) -> list[Node]:
    """Return at most ``size`` nodes where neighbours can be joined; the shortest pairs are joined first."""
    aims, row = _aims(nodes), list(nodes)
    while len(row) > MANY * size and len(halved := _halved(row, aims)) < len(row):
        row = halved
    while len(row) > size:
        places = [place for place in range(len(row) - 1) if _can_join(row[place], row[place + 1], aims)]
        if not places:
            break
        shortest = min(places, key=lambda place: (len(row[place].text) + len(row[place + 1].text), place))
        row[shortest : shortest + 2] = [_joined(row[shortest], row[shortest + 1])]
    return row


def _halved(row: Sequence[Node], aims: frozenset[str]) -> list[Node]:
    """Return the nodes with each joined to the next one where that can be; for lists of thousands of items."""
    found: list[Node] = []
    for place, node in enumerate(row):
        if place % 2 and _can_join(found[-1], node, aims):
            found[-1] = _joined(found[-1], node)
        else:
            found.append(node)
    return found


def _aims(nodes: Sequence[Node]) -> frozenset[str]:
    """Return the keys that are led to by anything but the node before."""
    return frozenset(
        target for node in nodes for target in (node.target, *(branch.target for branch in node.branches)) if target
    )


def _can_join(one: Node, two: Node, aims: frozenset[str]) -> bool:
    """Whether a node simply leads to the next one, and nothing else leads there."""
    return (
        not one.is_decision
        and not two.is_decision
        and one.target == ON
        and two.key != END
        and aims.isdisjoint((two.key, *two.keys))
    )


def _joined(one: Node, two: Node) -> Node:
    first, last = one.name.partition(", \u2026, ")[0], two.name.rpartition(", \u2026, ")[2]
    is_longer = bool(one.keys or two.keys)
    name = f"{first}, \u2026, {lowered(last)}" if is_longer else f"{one.name} and {lowered(two.name)}"
    listing = "\n".join(text for text in (one.listing, two.listing) if text)
    return Node(
        one.key,
        name if len(name) <= LONGEST_NAME else one.name,
        written([one.text, two.text]),
        one.start,
        max(one.end, two.end),
        listing,
        target=two.target,
        keys=(*(one.keys or (one.key,)), *(two.keys or (two.key,))),
    )


def lowered(name: str) -> str:
    """Return a name as it stands inside a sentence."""
    return name[:1].lower() + name[1:] if re.match(r"[A-Z][a-z]+\b", name) else name


def written(rows: Sequence[str]) -> str:
    """Return sentences one after the other; items of a list that end without a mark get their full stop."""
    if len(rows) < 2:
        return "".join(rows)
    return " ".join(text if text[-1] in '.!?:;,)"\u201d\u2026`' else f"{text}." for text in rows)
