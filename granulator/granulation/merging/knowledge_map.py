"""Knowledge maps made smaller: a concept below which there is none goes into the broader one, its relations with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from granulator.granulation.checks.graph import reachable
from granulator.granulation.drafts.fields import inner, number, objects, text, texts
from granulator.granulation.merging.bounds import Bounds
from granulator.granulation.merging.joining import sentences, together, union
from granulator.granulation.merging.narrowing import length
from granulator.granulation.wording import fold, stem
from granulator.model import Json, JsonObject

HIERARCHY: Final = ("broader", "partOf")
RESTING: Final = (*HIERARCHY, "prerequisite")
SYMMETRIC: Final = ("related", "contrasts")
TYPES: Final = (*RESTING, "appliesTo", *SYMMETRIC)
"""Relations in the order in which a concept prefers to go along them."""
_RANKS: Final = {kind: rank for rank, kind in enumerate(TYPES)}


def knowledge_map(structure: JsonObject, bounds: Bounds) -> JsonObject:
    """Return the map with leaf concepts in their broader ones: the deepest first, then the shortest, evenly spread.

    A concept that has no broader one goes into one it is related to. The template's least depth is kept.
    """
    root = text(inner(structure, "mapOverview"), "rootId")
    concepts, relations = objects(structure, "concepts"), objects(structure, "relations")
    most = max(bounds.limit, bounds.least("Concepts", "concepts"))
    depth = bounds.least("Depth", None)
    while len(concepts) > most:
        choice = min(_choices(concepts, relations, root, depth), default=None)
        if choice is None:
            break
        _, leaf, into = choice
        concepts, relations = _without(concepts, relations, leaf, into)
    return {**structure, "concepts": list[Json](concepts), "relations": list[Json](relations)}


def _choices(
    concepts: Sequence[JsonObject], relations: Sequence[JsonObject], root: str, depth: int
) -> Iterator[tuple[tuple[float, ...], str, str]]:
    """Yield cost, leaf and what it may go into, of every concept that may go: not the root, and no broader one."""
    known = {text(concept, "id"): concept for concept in concepts}
    near = _neighbours(relations)
    stays = {text(relation, "target") for relation in relations if text(relation, "type") in HIERARCHY}
    stays |= {root, *_holding(concepts, depth)}
    for identity, concept in known.items():
        if identity in stays or not near[identity]:
            continue
        rank, into = min(near[identity])
        # What both were related to is all that will hold the broader one.
        around = {other for one in (identity, into) for _, other in near[one]} - {identity, into}
        if into in known and (around or len(known) == 2):
            taken = len(texts(known[into], "x_mergedIds"))
            cost = (rank >= len(HIERARCHY), -number(concept, "level"), taken, length(concept.get("definition")))
            yield cost, identity, into


def _neighbours(relations: Sequence[JsonObject]) -> Mapping[str, Sequence[tuple[int, str]]]:
    """Return id -> the concepts it is related to with the rank of the relation; one read backwards ranks lower."""
    near: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for relation in relations:
        kind, source, target = (text(relation, key) for key in ("type", "source", "target"))
        rank = _RANKS.get(kind, len(TYPES))
        near[source].append((rank, target))
        near[target].append((rank if kind in SYMMETRIC else len(TYPES) + rank, source))
    return near


def _holding(concepts: Sequence[JsonObject], depth: int) -> list[str]:
    """Return the id of the only concept that is as deep as the map must be."""
    deep = [text(concept, "id") for concept in concepts if number(concept, "level") >= depth > 1]
    return deep if len(deep) == 1 else []


def _without(
    concepts: Sequence[JsonObject], relations: Sequence[JsonObject], leaf: str, into: str
) -> tuple[list[JsonObject], list[JsonObject]]:
    by_id = {text(concept, "id"): concept for concept in concepts}
    names = {_name(text(concept, "label")) for concept in concepts if text(concept, "id") not in (leaf, into)}
    moved, lost = _moved(relations, leaf, into)
    both = _both(by_id[into], by_id[leaf], names)
    both |= {"x_relationLabels": list[Json]([*texts(both, "x_relationLabels"), *lost])} if lost else {}
    kept = [both if identity == into else concept for identity, concept in by_id.items() if identity != leaf]
    return kept, moved


def _both(concept: JsonObject, leaf: JsonObject, taken: set[str]) -> JsonObject:
    names = [*texts(concept, "altLabels"), text(leaf, "label"), *texts(leaf, "altLabels")]
    seen = {*taken, _name(text(concept, "label"))}
    distinct: list[Json] = []
    for name in names:
        if _name(name) not in seen:
            seen.add(_name(name))
            distinct.append(name)
    defined = f"{text(leaf, 'label')}: {text(leaf, 'definition')}"
    said: JsonObject = {
        "altLabels": distinct,
        "definition": sentences([text(concept, "definition"), defined]),
        "examples": union([concept, leaf], "examples"),
    }
    return together([concept, leaf], said)


def _name(label: str) -> str:
    """Return what a label says whatever its case, plural or full stop; marks inside it, as in C#, tell it apart."""
    return " ".join(stem(word) for word in fold(label).strip(" .,:;!?").split())


def _moved(relations: Sequence[JsonObject], leaf: str, into: str) -> tuple[list[JsonObject], list[str]]:
    """Return the relations with those of the leaf moved, and the labels of those that would say nothing new.

    What the leaf is below, its broader concept need not be: such a link is only ``related`` from then on, and so is
    one that would lead into a circle.
    """
    kept = [relation for relation in relations if leaf not in (text(relation, "source"), text(relation, "target"))]
    lost: list[str] = []
    for relation in relations:
        if leaf not in (text(relation, "source"), text(relation, "target")):
            continue
        ends: JsonObject = {
            end: into if text(relation, end) == leaf else text(relation, end) for end in ("source", "target")
        }
        moved = _weakened({**relation, **ends}, kept, is_below=text(relation, "source") == leaf)
        if ends["source"] == ends["target"] or _is_said(moved, kept):
            lost += [text(relation, "label")] if text(relation, "label") else []
        else:
            kept.append(moved)
    return kept, lost


def _weakened(relation: JsonObject, kept: Sequence[JsonObject], *, is_below: bool) -> JsonObject:
    kind, source = text(relation, "type"), text(relation, "source")
    edges: dict[str, list[str]] = defaultdict(list)
    for other in kept:
        if text(other, "type") in RESTING:
            edges[text(other, "source")].append(text(other, "target"))
    circles = kind in RESTING and source in reachable(edges, [text(relation, "target")])
    return {**relation, "type": "related"} if circles or (kind in HIERARCHY and is_below) else relation


def _is_said(relation: JsonObject, kept: Sequence[JsonObject]) -> bool:
    """Return whether the relations hold this one already; what is only related says nothing new of a linked pair."""
    kind, pair = text(relation, "type"), (text(relation, "source"), text(relation, "target"))
    for other in kept:
        found = text(other, "source"), text(other, "target")
        if found == pair and text(other, "type") == kind:
            return True
        if set(found) == set(pair) and (kind == "related" or (kind in SYMMETRIC and text(other, "type") == kind)):
            return True
    return False
