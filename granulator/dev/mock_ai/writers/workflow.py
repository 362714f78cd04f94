"""Workflows: a graph with one entry, one end and the decisions asked for, whole, as an outline, or one run of steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from granulator.dev.mock_ai import vocabulary as words
from granulator.dev.mock_ai.asked import string
from granulator.dev.mock_ai.fitting import Draft
from granulator.dev.mock_ai.writers.order import Order, Sentences, cited, enough, mention, plan_text

STAKEHOLDERS = 4
STEP_WORDS = r"(\d+) words in the description of a step"


@dataclass(frozen=True, slots=True)
class _Step:
    """One step to write; ``before`` is the name of the step whose result it takes in, "" at the entry."""

    ident: str
    name: str
    responsible: str
    before: str
    names: Sequence[str]
    sentences: Sentences


def whole(order: Order) -> Draft:
    """Return a workflow; what only an outline or only a whole workflow has is all in it."""
    brief = order.brief
    total = max(2, brief.count("step", 8))
    decisions = _decisions(total, brief.count("decision", 0))
    names = _names(order, total)
    roles = order.chance("roles").sample(words.ROLES, STAKEHOLDERS)
    own = order.deal([f"step_{place + 1}" for place in range(total)])
    steps: list[Draft] = []
    for place, name in enumerate(names):
        step = _Step(
            f"step_{place + 1}",
            name,
            roles[place % len(roles)],
            names[place - 1] if place else "",
            order.required_at(place, total),
            own[f"step_{place + 1}"],
        )
        graph = _graph(order, place, total, is_decision=place in decisions)
        steps.append({**_draft(order, step), **graph})
    return {"workflowOverview": _overview(order, roles), "steps": steps}


def part(order: Order) -> Draft:
    """Return the planned steps under their ids."""
    planned = {ident: said.partition(" (")[0] for ident, said in order.brief.planned.items()}
    idents = [ident for ident in planned if ident.startswith("step_")]
    own = order.draw(idents)
    steps: list[Draft] = []
    for leaf in order.brief.leaves:
        ident, name = string(leaf.get("id")), string(leaf.get("name")) or string(leaf.get("title"))
        at = idents.index(ident) if ident in idents else 0
        before = planned[idents[at - 1]] if at else ""
        names = order.required_for(ident, plan_text(leaf))
        step = _Step(ident, name, string(leaf.get("responsible")), before, names, own.get(ident, ()))
        steps.append(_draft(order, step))
    return {"steps": steps}


def _decisions(total: int, count: int) -> frozenset[int]:
    """Return the places of the decisions: apart from each other, and never so late that nothing can be skipped."""
    inner = range(1, max(1, total - 2))
    count = min(count, len(inner))
    return frozenset(inner[at * len(inner) // count] for at in range(count)) if count else frozenset()


def _graph(order: Order, place: int, total: int, *, is_decision: bool) -> dict[str, Draft]:
    voice = order.voice(f"graph {place}")
    following = [f"step_{place + 2}"] if place + 1 < total else []
    if not is_decision:
        kind = "start" if place == 0 else "task" if following else "end"
        return {"type": kind, "nextSteps": list(following), "conditions": []}
    following.append(f"step_{place + 3}")
    fact = voice.one(words.CONDITIONS)
    branches = (f"The result is not {fact}", f"not {fact}"), (f"The result is {fact}", fact)
    conditions: list[Draft] = [
        {"expression": expression, "label": label, "next": step}
        for (expression, label), step in zip(branches, following, strict=True)
    ]
    return {"type": "decision", "nextSteps": list(following), "conditions": conditions}


def _names(order: Order, total: int) -> list[str]:
    verbs = order.chance("verbs").sample(words.VERBS, len(words.VERBS))
    items = order.chance("items").sample(words.ITEMS, len(words.ITEMS))
    return [
        f"{verbs[place % len(verbs)]} the {items[(place + place // len(items)) % len(items)]}" for place in range(total)
    ]


def _result(name: str) -> str:
    """Return what a step called "Review the cost estimate" puts out; whoever reads the plan comes to the same name."""
    verb, _, item = name.partition(" ")
    return f"{item.removeprefix('the ')} after step {verb.lower()}" if item else f"result of {name}"


def _draft(order: Order, step: _Step) -> dict[str, Draft]:
    written = cache(lambda: _described(order, step))
    outputs = [_result(step.name)]
    return {
        "id": step.ident,
        "name": step.name,
        "description": written,
        "responsible": step.responsible,
        "inputs": [_result(step.before)] if step.before else [f"request about {order.brief.topic}"],
        "outputs": list(outputs),
        "tools": [order.voice(f"tool {step.ident}").one(words.TOOLS)],
        "cites": cited(enough(step.sentences, _least(order))) or order.label_for(len(step.name)),
    }


def _least(order: Order) -> int:
    return order.brief.length(STEP_WORDS, 50)


def _described(order: Order, step: _Step) -> str:
    voice = order.voice(f"step {step.ident}", step.name)
    item = step.name.partition(" ")[2].removeprefix("the ") or step.name
    frames = voice.chance.sample(words.STEP_SENTENCES, len(words.STEP_SENTENCES))
    told = [sentence for sentence, _ in enough(step.sentences, _least(order))]
    least = _least(order) if not told else 0
    while sum(len(sentence.split()) for sentence in told) < least:
        told.append(voice.line(frames[len(told) % len(frames)], w=step.responsible or "person in charge", i=item))
    return " ".join([*told, *mention(step.names, voice)])


def _overview(order: Order, roles: Sequence[str]) -> Draft:
    voice = order.voice("overview")
    return {
        "name": f"{order.heading}: From Request to Result",
        "description": " ".join([f"This process covers {order.brief.topic}.", *voice.some(words.SENTENCES, 2)]),
        "purpose": f"To carry out {order.brief.topic} in the same way every time, because {voice.one(words.REASONS)}.",
        "stakeholders": list(roles),
    }
