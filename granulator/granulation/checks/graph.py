"""Checks of what points at what in maps and paths, and the plain walks over a graph that such checks need."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from granulator.granulation.checks.codes import issue, quote
from granulator.granulation.checks.document import Document, Expectation
from granulator.granulation.structures import at
from granulator.model import Issue, Json, StructureType

Edges = Mapping[str, Sequence[str]]
"""Node -> the nodes it points at; a node without an entry points at nothing."""

_RESTING = frozenset({"broader", "partOf", "prerequisite"})
"""Relations that point from what depends to what it rests on."""

NAMED = 5
"""How many members of a circle a message names."""


def reachable(edges: Edges, starts: Iterable[str]) -> set[str]:
    """Return every node that can be reached from the starts, themselves included."""
    found: set[str] = set()
    waiting = list(starts)
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting.extend(edges.get(node, ()))
    return found


def reverse(edges: Edges) -> dict[str, list[str]]:
    """Return the edges turned around."""
    turned: dict[str, list[str]] = defaultdict(list)
    for node, targets in edges.items():
        for target in targets:
            turned[target].append(node)
    return turned


def circles(edges: Edges, order: Sequence[str]) -> list[list[str]]:
    """Return the sets of two or more nodes of ``order`` that all reach one another, each set in that order.

    Two walks: the first notes when each node is left for good, the second gathers along the edges turned around.
    """
    position = {node: index for index, node in enumerate(order)}
    inside = {node: [target for target in edges.get(node, ()) if target in position] for node in order}
    left = _left_in_order(inside, order)
    turned, taken = reverse(inside), set[str]()
    found = []
    for node in reversed(left):
        members = _gather(turned, node, taken)
        if len(members) > 1:
            found.append(sorted(members, key=position.__getitem__))
    return sorted(found, key=lambda members: position[members[0]])


def _left_in_order(edges: Edges, order: Sequence[str]) -> list[str]:
    left: list[str] = []
    seen: set[str] = set()
    for start in order:
        path = [] if start in seen else [(start, iter(edges[start]))]
        seen.add(start)
        while path:
            node, targets = path[-1]
            target = next((each for each in targets if each not in seen), None)
            if target is None:
                left.append(path.pop()[0])
            else:
                seen.add(target)
                path.append((target, iter(edges[target])))
    return left


def _gather(turned: Edges, start: str, taken: set[str]) -> list[str]:
    members, waiting = [], [start]
    while waiting:
        node = waiting.pop()
        if node not in taken:
            taken.add(node)
            members.append(node)
            waiting.extend(turned.get(node, ()))
    return members


def self_loop(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find relations of a concept with itself, and steps or milestones that name themselves."""
    for path, relation in relations_of(document):
        if relation["source"] == relation["target"]:
            yield _loop(path, relation["source"])
    for list_path, key in (("milestones[]", "requires[]"), ("steps[]", "nextSteps[]")):
        for path, element in at(document.structure, list_path):
            identity = element.get("id") if isinstance(element, dict) else None
            for inner, target in at(element, key):
                if isinstance(target, str) and target == identity:
                    yield _loop(f"{path}.{inner}", target)


def _loop(path: str, identity: str) -> Issue:
    return issue("self_loop", path, f"{path} leads from {quote(identity)} to itself", f"Remove {path} or name another")


def cycle(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find concepts that rest on one another in a circle, and milestones that require one another."""
    nodes, edges = _dependencies(document)
    for members in circles(edges, list(nodes)):
        path = nodes[members[0]]
        named = ", ".join(members[:NAMED]) + ", …" * (len(members) > NAMED)
        message = f"{path} rests on itself by way of {named}"
        yield issue("cycle", path, message, f"Remove one of the links between {named}")


def _dependencies(document: Document) -> tuple[dict[str, str], Edges]:
    """Return id -> path of every concept or milestone, and what each rests on."""
    edges: dict[str, list[str]] = defaultdict(list)
    if document.structure_type is StructureType.KNOWLEDGE_MAP:
        for _, relation in relations_of(document):
            if relation["type"] in _RESTING:
                edges[relation["source"]].append(relation["target"])
    if document.structure_type is StructureType.LEARNING_PATH:
        for identity, _, milestone in nodes_of(document, "milestones[]"):
            edges[identity] += [target for _, target in at(milestone, "requires[]") if isinstance(target, str)]
    paths = {"concepts[]", "milestones[]"}
    nodes = {identity: path for each in sorted(paths) for identity, path, _ in nodes_of(document, each)}
    return nodes, edges


def nodes_of(document: Document, path: str) -> Iterator[tuple[str, str, Json]]:
    """Yield id, path and element of everything at a path that has an id; the first of those with the same id."""
    seen: set[str] = set()
    for found, element in at(document.structure, path):
        identity = element.get("id") if isinstance(element, dict) else None
        if isinstance(identity, str) and identity not in seen:
            seen.add(identity)
            yield identity, found, element


def relations_of(document: Document) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield path, and source, target and type of every relation that has all three."""
    for path, relation in at(document.structure, "relations[]"):
        named = {key: relation.get(key) for key in ("source", "target", "type")} if isinstance(relation, dict) else {}
        texts = {key: value for key, value in named.items() if isinstance(value, str)}
        if len(texts) == 3:
            yield path, texts


def isolated(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find concepts that have no relation to any other; a map without any relation misses a whole level instead."""
    if document.structure_type is not StructureType.KNOWLEDGE_MAP:
        return
    linked = {
        relation[end]
        for _, relation in relations_of(document)
        for end in ("source", "target")
        if relation["source"] != relation["target"]
    }
    for identity, path, _ in nodes_of(document, "concepts[]"):
        if linked and identity not in linked:
            message = f"{path} has no relation to any other concept"
            yield issue("isolated", path, message, f"Relate {quote(identity)} to another concept, or remove it")


def unreachable_milestones(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find milestones outside every circle that still nobody can come to, since what they require is in one."""
    if document.structure_type is not StructureType.LEARNING_PATH:
        return
    nodes, edges = _dependencies(document)
    stuck = {member for members in circles(edges, list(nodes)) for member in members}
    stuck |= {node for node in nodes if node in edges.get(node, ())}
    blocked = reachable(reverse(edges), stuck) - stuck
    for identity, path in nodes.items():
        if identity in blocked:
            message = f"{path} requires what nobody can complete"
            yield issue("unreachable", path, message, f"Let {path} require milestones that can be reached")


def competency_uncovered(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find competencies that no milestone develops, or that only milestones without an assessment do."""
    developed: set[str] = set()
    assessed: set[str] = set()
    for _, milestone in at(document.structure, "milestones[]"):
        named = {name for _, name in at(milestone, "developsCompetencies[]") if isinstance(name, str)}
        developed |= named
        if any(
            isinstance(criterion, str) and criterion.strip() for _, criterion in at(milestone, "assessment.criterion")
        ):
            assessed |= named
    for identity, path, _ in nodes_of(document, "competencies[]"):
        if identity not in assessed:
            lacks = "assessed" if identity in developed else "developed"
            message = f"{path} is {lacks} by no milestone"
            yield issue("competency_uncovered", path, message, f"Let a milestone develop and assess {quote(identity)}")
