"""Checks of knowledge maps only: concepts and relations given twice, levels that contradict the relations, loose"
" parts."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from granulator.granulation.checks.codes import issue, quote
from granulator.granulation.checks.document import Document, Expectation
from granulator.granulation.checks.graph import nodes_of, reachable, relations_of
from granulator.granulation.structures import at
from granulator.granulation.wording import fold
from granulator.model import Issue, Json, StructureType

_SYMMETRIC = frozenset({"related", "contrasts"})
_UPWARD = frozenset({"broader", "partOf"})
LEVELS_MAX = 100
_NAME_PART = re.compile(r"[\w+#]+")


def dup_concept(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find concepts that have a name of an earlier one, apart from case, punctuation and plural."""
    first: dict[str, tuple[str, str]] = {}
    for concept_path, concept in at(document.structure, "concepts[]"):
        for key in ("label", "altLabels[]"):
            for inner, name in at(concept, key):
                known = same_name(name) if isinstance(name, str) else ""
                owner, other = first.setdefault(known, (concept_path, f"{concept_path}.{inner}"))
                if known and owner != concept_path:
                    path = f"{concept_path}.{inner}"
                    message = f"{path} is the name {quote(str(name))}, which {other} has already"
                    yield issue("dup_concept", path, message, f"Merge {concept_path} with {owner}, or rename it")


def same_name(name: str) -> str:
    """Return what a name has in common with its spellings: no case, no punctuation, no plural."""
    return " ".join(_singular(part) for part in _NAME_PART.findall(fold(name)))


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    if len(word) > 4 and word.endswith(("ches", "shes", "sses", "xes", "zes")):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def dup_relation(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find relations given twice, also turned around where both directions read the same."""
    first: dict[tuple[str, str, str], str] = {}
    for path, relation in relations_of(document):
        source, target, kind = relation["source"], relation["target"], relation["type"]
        if kind in _SYMMETRIC:
            source, target = sorted((source, target))
        other = first.setdefault((source, target, kind), path)
        if other != path:
            yield issue("dup_relation", path, f"{path} says the same as {other}", f"Remove {path}")


def concept_level(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find a root that is not on level 1, and concepts no deeper than the concept they are narrower than."""
    if document.structure_type is not StructureType.KNOWLEDGE_MAP:
        return
    nodes = {identity: (path, _level(concept)) for identity, path, concept in nodes_of(document, "concepts[]")}
    for _, root in at(document.structure, "mapOverview.rootId"):
        path, level = nodes.get(root, ("", None)) if isinstance(root, str) else ("", None)
        if level is not None and level > 1:
            message = f"{path} is the root, but on level {level:g}"
            yield issue("concept_level", f"{path}.level", message, f"Set {path}.level to 1")
    yield from _levels_along(document, nodes)


def _levels_along(document: Document, nodes: Mapping[str, tuple[str, float | None]]) -> Iterator[Issue]:
    for _, relation in relations_of(document):
        if relation["type"] not in _UPWARD or relation["source"] == relation["target"]:
            continue
        path, level = nodes.get(relation["source"], ("", None))
        other, above = nodes.get(relation["target"], ("", None))
        if level is not None and above is not None and level <= above:
            message = f"{path} is on level {level:g}, no deeper than {other}, which is broader"
            yield issue("concept_level", f"{path}.level", message, f"Put {path} on a level below {other}")


def _level(concept: Json) -> float | None:
    level = concept.get("level") if isinstance(concept, dict) else None
    if not isinstance(level, int | float) or isinstance(level, bool):
        return None
    # What is beyond is no level: the shape says so, and nothing is reckoned with it.
    return level if 0 < level <= LEVELS_MAX else None


def disconnected(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find parts of a map from which no relation leads to the rest; a concept quite alone is ``isolated``."""
    if document.structure_type is not StructureType.KNOWLEDGE_MAP:
        return
    paths = {identity: path for identity, path, _ in nodes_of(document, "concepts[]")}
    edges: dict[str, list[str]] = defaultdict(list)
    for _, relation in relations_of(document):
        if relation["source"] in paths and relation["target"] in paths and relation["source"] != relation["target"]:
            edges[relation["source"]].append(relation["target"])
            edges[relation["target"]].append(relation["source"])
    parts: list[set[str]] = []
    placed: set[str] = set()
    for identity in paths:
        if identity in edges and identity not in placed:
            parts.append(reachable(edges, [identity]))
            placed |= parts[-1]
    largest = max(parts, key=len, default=set[str]())
    for part in parts:
        if part is not largest:
            path = next(paths[identity] for identity in paths if identity in part)
            message = f"{path} and {len(part) - 1} more concepts have no relation to the rest of the map"
            yield issue("disconnected", path, message, f"Relate {path}, or one beside it, to the rest of the map")
