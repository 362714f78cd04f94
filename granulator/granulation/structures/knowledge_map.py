"""The knowledge map model: concepts with definitions, and typed relations between them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from granulator.granulation.structures.elements import Document, Element, Id, Provenance, Text, Texts, whole_number


class MapOverview(Element):
    title: Text
    description: Text
    root_id: Id
    provenance: Provenance | None = None


class Concept(Element):
    id: Id
    label: Text
    alt_labels: Texts
    definition: Text
    level: Annotated[int, Field(ge=1, le=4), BeforeValidator(whole_number)]
    examples: Texts
    provenance: Provenance | None = None


class Relation(Element):
    """Reads "source has or is TYPE target": ``target`` is the broader concept, the whole, or what is known first."""

    source: Id
    target: Id
    type: Literal["broader", "partOf", "prerequisite", "appliesTo", "related", "contrasts"]
    label: Text | None = None
    weight: Annotated[float, Field(strict=True, ge=0, le=1, allow_inf_nan=False)] | None = None
    provenance: Provenance | None = None


class KnowledgeMap(Document):
    """``concepts[]`` held together by ``relations[]``."""

    map_overview: MapOverview
    concepts: Annotated[list[Concept], Field(min_length=1)]
    relations: list[Relation]
