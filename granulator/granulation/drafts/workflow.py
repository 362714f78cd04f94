"""A workflow as asked of a model: the whole graph planned first, then runs of steps with how each is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal

from pydantic import Field

from granulator.granulation.drafts.answers import Asked, Cites, PlannedId, Sections, checked, limited, published, read
from granulator.granulation.drafts.base import Fault, Planned, Wanted
from granulator.granulation.drafts.counts import off_size, over_limit, repeated
from granulator.granulation.drafts.fields import inner, objects, text, texts, without
from granulator.granulation.drafts.references import References, on_circles, reachable, reversed_edges
from granulator.granulation.drafts.runs import Runs, by_id, in_order, matched, tokens, words_of
from granulator.granulation.structures.elements import LIST_MAX, SomeTexts, Text, Texts
from granulator.granulation.structures.workflow import Step, WorkflowOverview
from granulator.granulation.wording import fold
from granulator.model import JsonObject

_GRAPH = ("id", "name", "type", "responsible", "nextSteps", "conditions")


class OverviewAnswer(Asked):
    name: Text
    description: Annotated[Text, Field(description="Two or three sentences.")]
    purpose: Text
    stakeholders: Annotated[SomeTexts, Field(description="The roles that take part.")]


class BranchAnswer(Asked):
    expression: Annotated[Text, Field(description="What must hold for this branch.")]
    label: Annotated[Text, Field(description="The same in one to three words.")]
    next: Annotated[Text, Field(description="Id of the step it leads to, one of nextSteps.")]


class _Node(Asked):
    id: Annotated[Text, Field(description="step_1, step_2, ...")]
    name: Annotated[Text, Field(description="Verb and object.")]
    type: Literal["task", "decision", "parallel", "start", "end", "subprocess"]
    responsible: Annotated[Text, Field(description="One of the stakeholders.")]
    next_steps: Annotated[list[Text], Field(description="Ids of the steps that follow; empty only at an end.")]
    conditions: Annotated[list[BranchAnswer], Field(description="One for each next step of a decision, else empty.")]


class _Doing(Asked):
    description: Annotated[Text, Field(description="How it is done, when it is done, what if it cannot be done.")]
    inputs: Annotated[Texts, Field(description="What it takes in, from an earlier step or from outside.")]
    outputs: Annotated[Texts, Field(description="What a later step uses or the process is for.")]
    tools: Texts
    cites: Cites = []


class PlannedStep(_Node):
    sections: Sections = []


class WholeStep(_Doing, _Node):
    pass


class WrittenStep(_Doing):
    id: PlannedId = ""


class WorkflowOutline(Asked):
    workflow_overview: OverviewAnswer
    steps: Annotated[
        list[PlannedStep],
        Field(min_length=2, max_length=LIST_MAX, description="All of them, in order; exactly one entry."),
    ]


class WholeWorkflow(Asked):
    workflow_overview: OverviewAnswer
    steps: Annotated[
        list[WholeStep],
        Field(min_length=2, max_length=LIST_MAX, description="In order; exactly one entry, at least one end."),
    ]


class WorkflowPart(Asked):
    steps: list[WrittenStep]


class WorkflowDraft(Runs):
    """One group; leaves are the nodes of the graph, ``{id, title, name, type, responsible, nextSteps, conditions}``."""

    def whole_schema(self, *, cites: bool) -> JsonObject:
        return published(WholeWorkflow, *([] if cites else ["cites"]))

    def outline_schema(self, *, passages: bool) -> JsonObject:
        return published(WorkflowOutline, *([] if passages else ["sections"]))

    def part_schema(self, part: JsonObject, *, cites: bool) -> JsonObject:
        return published(WorkflowPart, *([] if cites else ["cites"]))

    def read_whole(self, answer: JsonObject, wanted: Wanted) -> tuple[JsonObject, tuple[Fault, ...]]:
        workflow, faults = read(WholeWorkflow, answer)
        if workflow is None:
            return {}, faults
        planned, found, counts = _plan(workflow.workflow_overview, workflow.steps, wanted)
        steps = [
            _step(leaf, step, f"steps[{index}]", found)
            for index, (leaf, step) in enumerate(zip(_leaves(planned), workflow.steps, strict=True))
        ]
        structure = {} if found else self.assemble(planned, (), [{"steps": steps}])
        return structure, limited([*found, *counts])

    def read_outline(self, answer: JsonObject, wanted: Wanted) -> tuple[Planned | None, tuple[Fault, ...]]:
        outline, faults = read(WorkflowOutline, answer)
        if outline is None:
            return None, faults
        planned, found, counts = _plan(outline.workflow_overview, outline.steps, wanted)
        return (None if found else planned), limited([*found, *counts])

    def read_part(self, part: JsonObject, answer: JsonObject, planned: Planned) -> tuple[JsonObject, tuple[Fault, ...]]:
        written, faults = read(WorkflowPart, answer)
        if written is None:
            return {}, faults
        pairs, found = matched(part, written.steps, "steps")
        steps = [_step(leaf, step, f"steps[{index}]", found) for leaf, index, step in pairs]
        return ({} if found else {"steps": steps}), limited(found)

    def assemble(self, planned: Planned, parts: Sequence[JsonObject], written: Sequence[JsonObject]) -> JsonObject:
        steps = by_id(written, "steps")
        return {
            "workflowOverview": inner(planned.frame, "workflowOverview"),
            "steps": [steps[text(leaf, "id")] for leaf in _leaves(planned)],
        }

    def leaf_tokens(self, level: int, words: Mapping[str, Sequence[int]]) -> int:
        return tokens(words_of(words, "steps", level, 110) + 20, fields=9)

    def _leaf_line(self, leaf: JsonObject) -> str:
        following = ", ".join(texts(leaf, "nextSteps")) or "end"
        return f"{text(leaf, 'id')} {text(leaf, 'name')} ({text(leaf, 'responsible')}) -> {following}"


def _leaves(planned: Planned) -> list[JsonObject]:
    return objects(planned.groups[0], "leaves")


def _plan(
    overview: OverviewAnswer, steps: Sequence[PlannedStep | WholeStep], wanted: Wanted
) -> tuple[Planned, list[Fault], list[Fault]]:
    """Return the plan with ids of ours, what is wrong with its graph, and what is wrong with its size."""
    names = References((f"step_{place}", step.id, step.name) for place, step in enumerate(steps, 1))
    roles = {fold(role): role for role in overview.stakeholders}
    leaves = [_leaf(place, step, names, roles) for place, step in enumerate(steps, 1)]
    found = list(repeated([(f"steps[{index}].id", step.id) for index, step in enumerate(steps)]))
    found += [fault for index, step in enumerate(steps) for fault in _reference_faults(index, step, names)]
    if not found:
        found = [*_branch_faults(leaves), *_walk_faults(leaves)]
    # Whoever is responsible takes part, also where the list of those who take part forgot them.
    said = overview.plain() | {"stakeholders": list(dict.fromkeys(roles.values()))}
    found.extend(checked(WorkflowOverview, said, "workflowOverview"))
    decisions = sum(leaf["type"] == "decision" for leaf in leaves)
    counts = [*off_size("steps", "steps", len(leaves), wanted.sizes.leaves), *over_limit("steps", len(leaves), wanted)]
    if wanted.sizes.extras:
        counts += off_size("steps", "steps of type decision", decisions, wanted.sizes.extras)
    return Planned({"workflowOverview": said}, ({"title": overview.name, "leaves": leaves},)), found, counts


def _leaf(place: int, step: PlannedStep | WholeStep, names: References, roles: dict[str, str]) -> JsonObject:
    branches = [branch for branch in step.conditions if names.find(branch.next)]
    following = names.known([*step.next_steps, *(branch.next for branch in branches)])
    leaf: JsonObject = {
        "id": f"step_{place}",
        "name": step.name,
        "type": step.type,
        "responsible": roles.setdefault(fold(step.responsible), step.responsible),
        "nextSteps": following,
        "conditions": [branch.plain() | {"next": names.find(branch.next)} for branch in branches],
    }
    return leaf | ({"sections": list(step.sections)} if isinstance(step, PlannedStep) and step.sections else {})


def _reference_faults(index: int, step: PlannedStep | WholeStep, names: References) -> Iterator[Fault]:
    yield from names.unknown(f"steps[{index}].nextSteps", step.next_steps, "step")
    for place, branch in enumerate(step.conditions):
        yield from names.unknown(f"steps[{index}].conditions[{place}].next", [branch.next], "step")


def _branch_faults(leaves: Sequence[JsonObject]) -> Iterator[Fault]:
    for index, leaf in enumerate(leaves):
        following = texts(leaf, "nextSteps")
        said = {text(branch, "next") for branch in objects(leaf, "conditions")}
        if leaf["id"] in following:
            yield Fault(f"steps[{index}].nextSteps", "leads back to the step itself")
        if leaf["type"] == "decision" and len(following) < 2:
            yield Fault(f"steps[{index}].nextSteps", "a decision needs at least two next steps")
        if leaf["type"] != "parallel" and len(following) > 1 and not said.issuperset(following):
            yield Fault(f"steps[{index}].conditions", "needs one condition for each next step, or type parallel")


def _walk_faults(leaves: Sequence[JsonObject]) -> Iterator[Fault]:
    edges = {text(leaf, "id"): texts(leaf, "nextSteps") for leaf in leaves}
    entries = _entries(leaves, edges)
    if len(entries) != 1:
        told = " and ".join(entries) or "no step"
        yield Fault("steps", f"needs exactly one entry, but {told} would be one; mark it with type start")
    ends = [step for step, following in edges.items() if not following]
    if not ends:
        yield Fault("steps", "needs an end: a step with empty nextSteps")
    reached = reachable(entries, edges)
    finishing = reachable(ends, reversed_edges(edges))
    circling = on_circles(_without_decisions(leaves))
    for index, step in enumerate(edges):
        if entries and step not in reached:
            yield Fault(f"steps[{index}]", "cannot be reached: no step before it names it in nextSteps")
        if ends and step not in finishing:
            yield Fault(f"steps[{index}].nextSteps", "never leads to an end")
        elif step in circling:
            yield Fault(f"steps[{index}].nextSteps", "is part of a loop without a decision that can leave it")


def _entries(leaves: Sequence[JsonObject], edges: Mapping[str, Sequence[str]]) -> list[str]:
    marked = [text(leaf, "id") for leaf in leaves if leaf["type"] == "start"]
    targets = {target for following in edges.values() for target in following}
    return marked or [step for step in edges if step not in targets]


def _without_decisions(leaves: Sequence[JsonObject]) -> dict[str, list[str]]:
    return {text(leaf, "id"): texts(leaf, "nextSteps") for leaf in leaves if leaf["type"] != "decision"}


def _step(leaf: JsonObject, step: WrittenStep | WholeStep, path: str, found: list[Fault]) -> JsonObject:
    """Return the step as it stands in a workflow, and add what is wrong with it to ``found``."""
    said = without(step.plain(), *_GRAPH) | in_order(leaf, *_GRAPH)
    element = in_order(said, "id", "name", "description", "type", "responsible", "inputs", "outputs", "tools")
    element |= in_order(said, "nextSteps", "conditions", "cites")
    found.extend(checked(Step, element, path))
    return element
