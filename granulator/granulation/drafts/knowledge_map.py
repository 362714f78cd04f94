"""A knowledge map as asked of a model: the hierarchy planned first, then runs of concepts and further relations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from granulator.granulation.drafts.answers import Asked, Cites, PlannedId, Sections, checked, limited, published, read
from granulator.granulation.drafts.base import Fault, Planned, Wanted
from granulator.granulation.drafts.counts import off_size, over_limit, repeated
from granulator.granulation.drafts.fields import inner, number, objects, text, texts
from granulator.granulation.drafts.references import References, on_circles, reachable
from granulator.granulation.drafts.runs import Runs, by_id, in_order, matched, tokens, words_of
from granulator.granulation.structures.elements import LIST_MAX, Text, Texts
from granulator.granulation.structures.knowledge_map import Concept
from granulator.granulation.wording import fold
from granulator.model import JsonObject

DEPTH_MAX = 4
_RESTS_ON = frozenset({"broader", "partOf", "prerequisite"})
_SYMMETRIC = frozenset({"related", "contrasts"})


def _further(value: object) -> object:
    # The broader ones come from the hierarchy: said again they are only superfluous.
    if not isinstance(value, list):
        return value
    return [entry for entry in value if not (isinstance(entry, dict) and entry.get("type") == "broader")]


class OverviewAnswer(Asked):
    title: Text
    description: Annotated[Text, Field(description="Two or three sentences.")]


class _Node(Asked):
    id: Annotated[Text, Field(description="concept_1, concept_2, ...; concept_1 is the root.")]
    label: Text
    broader: Annotated[str, Field(description="Id of the concept one level above; empty for the root alone.")]


class _Defined(Asked):
    alt_labels: Annotated[Texts, Field(description="Other names of the same thing; may be empty.")]
    definition: Annotated[Text, Field(description="One or two sentences that do not use the label.")]
    examples: Texts
    cites: Cites = []


class PlannedConcept(_Node):
    sections: Sections = []


class WholeConcept(_Defined, _Node):
    pass


class WrittenConcept(_Defined):
    id: PlannedId = ""


class RelationAnswer(Asked):
    """Reads "source is TYPE target" or "source has TYPE target"."""

    source: Annotated[Text, Field(description="Id of a concept.")]
    target: Annotated[Text, Field(description="Id of another concept.")]
    type: Annotated[
        Literal["partOf", "prerequisite", "appliesTo", "related", "contrasts"],
        Field(
            description="partOf: source is a part of target; prerequisite: target must be known before source; "
            "appliesTo: source is applied in target; related, contrasts: both ways."
        ),
    ]


Relations = Annotated[
    list[RelationAnswer],
    BeforeValidator(_further),
    Field(max_length=LIST_MAX, description="Beside the broader ones; may be empty."),
]


class MapOutline(Asked):
    map_overview: OverviewAnswer
    concepts: Annotated[
        list[PlannedConcept],
        Field(min_length=1, max_length=LIST_MAX, description="All of them, each below an earlier one."),
    ]


class WholeMap(Asked):
    map_overview: OverviewAnswer
    concepts: Annotated[list[WholeConcept], Field(min_length=1, max_length=LIST_MAX)]
    relations: Relations


class MapPart(Asked):
    concepts: list[WrittenConcept]
    relations: Relations


class KnowledgeMapDraft(Runs):
    """One group; leaves are ``{id, label, level, broader}``, without ``broader`` at the root."""

    def whole_schema(self, *, cites: bool) -> JsonObject:
        return published(WholeMap, *([] if cites else ["cites"]))

    def outline_schema(self, *, passages: bool) -> JsonObject:
        return published(MapOutline, *([] if passages else ["sections"]))

    def part_schema(self, part: JsonObject, *, cites: bool) -> JsonObject:
        return published(MapPart, *([] if cites else ["cites"]))

    def read_whole(self, answer: JsonObject, wanted: Wanted) -> tuple[JsonObject, tuple[Fault, ...]]:
        whole, faults = read(WholeMap, answer)
        if whole is None:
            return {}, faults
        planned, found, counts = _plan(whole.map_overview, whole.concepts, wanted)
        concepts = [
            _concept(leaf, concept, f"concepts[{index}]", found)
            for index, (leaf, concept) in enumerate(zip(_leaves(planned), whole.concepts, strict=True))
        ]
        written: JsonObject = {"concepts": concepts, "relations": _relations(whole.relations, _names(whole.concepts))}
        return ({} if found else self.assemble(planned, (), [written])), limited([*found, *counts])

    def read_outline(self, answer: JsonObject, wanted: Wanted) -> tuple[Planned | None, tuple[Fault, ...]]:
        outline, faults = read(MapOutline, answer)
        if outline is None:
            return None, faults
        planned, found, counts = _plan(outline.map_overview, outline.concepts, wanted)
        return (None if found else planned), limited([*found, *counts])

    def read_part(self, part: JsonObject, answer: JsonObject, planned: Planned) -> tuple[JsonObject, tuple[Fault, ...]]:
        written, faults = read(MapPart, answer)
        if written is None:
            return {}, faults
        pairs, found = matched(part, written.concepts, "concepts")
        concepts = [_concept(leaf, concept, f"concepts[{index}]", found) for leaf, index, concept in pairs]
        names = References((text(leaf, "id"), text(leaf, "id"), text(leaf, "label")) for leaf in _leaves(planned))
        relations = _relations(written.relations, names)
        return ({} if found else {"concepts": concepts, "relations": relations}), limited(found)

    def assemble(self, planned: Planned, parts: Sequence[JsonObject], written: Sequence[JsonObject]) -> JsonObject:
        concepts = by_id(written, "concepts")
        leaves = _leaves(planned)
        broader: list[JsonObject] = [
            {"source": leaf["id"], "target": leaf["broader"], "type": "broader"} for leaf in leaves if "broader" in leaf
        ]
        further = [relation for part in written for relation in objects(part, "relations")]
        return {
            "mapOverview": inner(planned.frame, "mapOverview"),
            "concepts": _each_name_once([concepts[text(leaf, "id")] for leaf in leaves]),
            "relations": _sound([*broader, *_by_source(further, [text(leaf, "id") for leaf in leaves])]),
        }

    def leaf_tokens(self, level: int, words: Mapping[str, Sequence[int]]) -> int:
        said = words_of(words, "definitions", level, 45) + 2 * words_of(words, "examples", level, 25)
        return tokens(said + 6, fields=8)

    def _leaf_line(self, leaf: JsonObject) -> str:
        indent = "  " * (number(leaf, "level") - 1)
        return f"{indent}{text(leaf, 'id')} {text(leaf, 'label')}"


def _leaves(planned: Planned) -> list[JsonObject]:
    return objects(planned.groups[0], "leaves")


def _names(concepts: Sequence[_Node]) -> References:
    return References((f"concept_{place}", concept.id, concept.label) for place, concept in enumerate(concepts, 1))


def _plan(
    overview: OverviewAnswer, concepts: Sequence[PlannedConcept | WholeConcept], wanted: Wanted
) -> tuple[Planned, list[Fault], list[Fault]]:
    """Return the plan with ids of ours, what is wrong with its hierarchy, and what is wrong with its size."""
    names = _names(concepts)
    above = {f"concept_{place}": names.find(concept.broader) for place, concept in enumerate(concepts, 1)}
    edges = {own: [parent] if parent else [] for own, parent in above.items()}
    found = [*_hierarchy_faults(concepts, names, edges), *repeated(_said(concepts, "label"))]
    levels = {concept: len(reachable([concept], edges)) for concept in edges}
    leaves = [_leaf(concept, above[own], levels[own], own) for own, concept in zip(above, concepts, strict=True)]
    depth = max(levels.values())
    if depth > DEPTH_MAX and not found:
        found.append(Fault("concepts", f"is {depth} levels deep, at most {DEPTH_MAX} are possible"))
    counts = [
        *off_size("concepts", "concepts", len(concepts), wanted.sizes.leaves),
        *over_limit("concepts", len(concepts), wanted),
    ]
    if not found:
        counts += off_size("concepts", "levels below one another", depth, wanted.sizes.extras)
    root = next((own for own, parent in above.items() if parent is None), "concept_1")
    frame: JsonObject = {"mapOverview": overview.plain() | {"rootId": root}}
    return Planned(frame, ({"title": overview.title, "leaves": leaves},)), found, counts


def _said(concepts: Sequence[_Node], key: Literal["id", "label"]) -> list[tuple[str, str]]:
    texts_ = [concept.id if key == "id" else concept.label for concept in concepts]
    return [(f"concepts[{index}].{key}", said) for index, said in enumerate(texts_)]


def _hierarchy_faults(
    concepts: Sequence[_Node], names: References, edges: Mapping[str, Sequence[str]]
) -> Iterator[Fault]:
    roots = [place for place, concept in enumerate(concepts, 1) if not concept.broader.strip()]
    if len(roots) != 1:
        told = ", ".join(f"concept_{place}" for place in roots) or "none"
        yield Fault("concepts", f"exactly one concept, the root, has an empty broader; here it is {told}")
    for index, concept in enumerate(concepts):
        if concept.broader.strip():
            yield from names.unknown(f"concepts[{index}].broader", [concept.broader], "concept")
    yield from repeated(_said(concepts, "id"))
    circling = set(on_circles(edges))
    for index, own in enumerate(edges):
        if own in circling:
            yield Fault(f"concepts[{index}].broader", "leads back to the concept itself")


def _leaf(concept: PlannedConcept | WholeConcept, parent: str | None, level: int, own: str) -> JsonObject:
    leaf: JsonObject = {"id": own, "label": concept.label, "level": level}
    if parent is not None:
        leaf["broader"] = parent
    return leaf | (
        {"sections": list(concept.sections)} if isinstance(concept, PlannedConcept) and concept.sections else {}
    )


def _concept(leaf: JsonObject, concept: WrittenConcept | WholeConcept, path: str, found: list[Fault]) -> JsonObject:
    """Return the concept as it stands in a map, and add what is wrong with it to ``found``."""
    said = concept.plain() | in_order(leaf, "id", "label", "level")
    element = in_order(said, "id", "label", "altLabels", "definition", "level", "examples", "cites")
    found.extend(checked(Concept, element | {"level": min(number(leaf, "level"), DEPTH_MAX)}, path))
    return element


def _relations(relations: Sequence[RelationAnswer], names: References) -> list[JsonObject]:
    ends = [(names.find(relation.source), names.find(relation.target), relation.type) for relation in relations]
    found: list[JsonObject] = [
        {"source": source, "target": target, "type": kind} for source, target, kind in ends if source and target
    ]
    return _by_source(found, names.ids)


def _by_source(relations: Sequence[JsonObject], ids: Sequence[str]) -> list[JsonObject]:
    # In the order of the concepts, so that how the map was cut does not decide which of two relations stays.
    places = {own: place for place, own in enumerate(ids)}
    return sorted(relations, key=lambda relation: places[text(relation, "source")])


def _sound(relations: Sequence[JsonObject]) -> list[JsonObject]:
    """Return the relations that say something new and lead into no circle; of two that collide the first stays."""
    kept: list[JsonObject] = []
    said: set[tuple[str, str, str]] = set()
    rests_on: dict[str, list[str]] = {}
    for relation in relations:
        source, target, kind = (text(relation, key) for key in ("source", "target", "type"))
        if source == target or (source, target, kind) in said:
            continue
        if kind in _RESTS_ON:
            if source in reachable([target], rests_on):
                continue
            rests_on.setdefault(source, []).append(target)
        said.add((source, target, kind))
        if kind in _SYMMETRIC:
            said.add((target, source, kind))
        kept.append(relation)
    return kept


def _each_name_once(concepts: Sequence[JsonObject]) -> list[JsonObject]:
    """Return the concepts without alternative labels that are a label or stand at an earlier concept."""
    seen = {fold(text(concept, "label")) for concept in concepts}
    cleaned: list[JsonObject] = []
    for concept in concepts:
        folded = {fold(label): label for label in texts(concept, "altLabels")}
        cleaned.append(concept | {"altLabels": [label for name, label in folded.items() if name not in seen]})
        seen.update(folded)
    return cleaned
