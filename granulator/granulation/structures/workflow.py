"""The workflow model: steps that name the steps that follow them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from granulator.granulation.structures.elements import (
    LIST_MAX,
    Document,
    Element,
    Id,
    Ids,
    Provenance,
    SomeTexts,
    Text,
    Texts,
)

CONDITION_FORMS = ("words", "branch")


class WorkflowOverview(Element):
    name: Text
    description: Text
    purpose: Text
    stakeholders: SomeTexts
    provenance: Provenance | None = None


class Branch(Element):
    """A condition that names the step it leads to, one of the step's ``nextSteps``."""

    expression: Text
    label: Text
    next: Id


def _form(condition: object) -> str:
    return "branch" if isinstance(condition, dict) else "words"


Condition = Annotated[Annotated[Text, Tag("words")] | Annotated[Branch, Tag("branch")], Discriminator(_form)]


class Step(Element):
    id: Id
    name: Text
    description: Text
    type: Literal["task", "decision", "parallel", "start", "end", "subprocess"] | None = None
    responsible: Text
    inputs: Texts
    outputs: Texts
    tools: Texts
    next_steps: Ids
    conditions: Annotated[list[Condition], Field(max_length=LIST_MAX)]
    provenance: Provenance | None = None


class Phase(Element):
    id: Id
    name: Text
    step_ids: Ids
    provenance: Provenance | None = None


class Role(Element):
    id: Id
    name: Text
    description: Text | None = None
    provenance: Provenance | None = None


class Workflow(Document):
    """``steps[]``, grouped by ``phases[]`` where there are any; a step without ``nextSteps`` is an end."""

    workflow_overview: WorkflowOverview
    steps: Annotated[list[Step], Field(min_length=2)]
    phases: Annotated[list[Phase], Field(max_length=LIST_MAX)] | None = None
    roles: Annotated[list[Role], Field(max_length=LIST_MAX)] | None = None
