"""A knowledge map from a source: its headings and defined terms, in its own sentences. Proves no prerequisite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from granulator.errors import SourceRequired
from granulator.extraction import concept_tree, concepts
from granulator.extraction.concept_tree import Link, Node
from granulator.extraction.sections import Reading
from granulator.granulation.authors.base import Brief, Outline
from granulator.granulation.authors.extracted.material import Material, about
from granulator.granulation.authors.questions import provenance
from granulator.model import Json, JsonObject

EXAMPLES_FROM_LEVEL: Final = 2
"""At the coarsest granularity a concept is its definition only."""

LABELS: Final = {"related": "named in its definition", "partOf": "part of", "broader": "treated under"}


def write(brief: Brief, material: Material) -> tuple[Outline, tuple[JsonObject, ...]]:
    """Return the knowledge map as an outline without parts; it has fewer concepts when the source names no more.

    Raises SourceRequired when the source says of nothing what it is: there is nothing true to draw then.
    """
    reading = material.reading
    title = reading.document.title or brief.topic
    root = concepts.opening(reading, title)
    found = concepts.concepts(material.known)
    if root is None or not found:
        raise SourceRequired(
            "The source says of nothing what it is: no heading or term in it has a sentence of its own",
            reason="no_concepts",
        )
    nodes = concept_tree.tree(reading, root, found, brief.sizes.leaves, brief.sizes.extras)
    structure: JsonObject = {
        "mapOverview": {
            "title": title,
            "description": about(material, title),
            "rootId": _id(0),
            "provenance": provenance(reading, 0, len(reading.document.text)),
        },
        "concepts": [_concept(brief, reading, nodes, place) for place in range(len(nodes))],
        "relations": [
            *_broader(reading, nodes),
            *(_related(reading, nodes, link) for link in concept_tree.links(nodes)),
        ],
    }
    return Outline(structure, (), plan="single"), ()


def _id(place: int) -> str:
    return f"concept_{place + 1}"


def _concept(brief: Brief, reading: Reading, nodes: Sequence[Node], place: int) -> JsonObject:
    node = nodes[place]
    one = node.concept
    shown = concepts.examples(reading, one) if place and brief.level >= EXAMPLES_FROM_LEVEL else ()
    element: JsonObject = {
        "id": _id(place),
        "label": one.label,
        "altLabels": list(one.others),
        "definition": _sentence(one.definition),
        "level": node.level,
        "examples": list(shown),
        "provenance": provenance(reading, one.start, one.end),
    }
    if node.narrower:
        narrower: list[Json] = list(node.narrower)
        element["x_narrower"] = narrower
    return element


def _sentence(definition: str) -> str:
    """Return a definition as a sentence; in lists of terms they often begin small and end without a full stop."""
    is_word = definition[:1].islower() and definition.split()[0].isalpha()
    text = definition[:1].upper() + definition[1:] if is_word else definition
    return text if text[-1] in '.!?\u2026"\u201d)' else f"{text}."


def _broader(reading: Reading, nodes: Sequence[Node]) -> list[Json]:
    return [_relation(reading, nodes, place, node.parent, "broader") for place, node in enumerate(nodes) if place]


def _related(reading: Reading, nodes: Sequence[Node], link: Link) -> JsonObject:
    return _relation(reading, nodes, link.source, link.target, link.type)


def _relation(reading: Reading, nodes: Sequence[Node], source: int, target: int, kind: str) -> JsonObject:
    one = nodes[source].concept
    return {
        "source": _id(source),
        "target": _id(target),
        "type": kind,
        "label": LABELS[kind],
        "provenance": provenance(reading, one.start, one.end),
    }
