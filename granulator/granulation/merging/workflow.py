"""Workflows made smaller: a step is joined with the one step that follows it when nothing else leads there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from granulator.granulation.checks.workflow import is_decision
from granulator.granulation.drafts.fields import objects, text, texts
from granulator.granulation.merging.bounds import Bounds
from granulator.granulation.merging.joining import prose, titles, together, union
from granulator.granulation.merging.narrowing import length
from granulator.granulation.plan import STEPS_MIN
from granulator.model import Json, JsonObject

_PLAIN: Final = ("", "task")
_JOINABLE: Final = (*_PLAIN, "start")
"""Types of the first of two steps that can be joined: what decides or runs in parallel leads to more than one."""


def workflow(structure: JsonObject, bounds: Bounds) -> JsonObject:
    """Return the workflow with chains of tasks joined; then tasks with what follows them, a decision or an end.

    Steps of one performer and one phase come first, then short ones. Branches are never joined: they say what to do
    when.
    """
    language = text(structure, "language")
    steps, phases = objects(structure, "steps"), objects(structure, "phases")
    least = max(bounds.limit, bounds.least("Steps", "steps", default=STEPS_MIN))
    while len(steps) > least:
        pairs = [(_cost(first, second, phases), place, first, second) for place, first, second in _chains(steps)]
        if not pairs:
            break
        _, _, first, second = min(pairs, key=lambda pair: pair[:2])
        steps = _joined(steps, first, second)
        phases = [_in_phase(phase, first, second) for phase in phases]
    names = {text(step, "id"): step for step in objects(structure, "steps")}
    named: list[Json] = [_named(step, names, language) for step in steps]
    told: JsonObject = {"phases": list[Json](phases)} if "phases" in structure else {}
    return {**structure, "steps": named, **told}


def _chains(steps: Sequence[JsonObject]) -> Iterator[tuple[int, JsonObject, JsonObject]]:
    """Yield the pairs of steps of which the second is all that follows the first, and follows nothing else."""
    known = {text(step, "id"): step for step in steps}
    led_to = Counter(name for step in steps for name in set(texts(step, "nextSteps")))
    for place, step in enumerate(steps):
        following = texts(step, "nextSteps")
        second = known.get(following[0]) if len(following) == 1 else None
        if second is None or second is step or led_to[following[0]] > 1 or step.get("conditions"):
            continue
        is_loop = text(step, "id") in texts(second, "nextSteps")
        if text(step, "type") in _JOINABLE and text(second, "type") != "start" and not is_loop:
            yield place, step, second


def _cost(first: JsonObject, second: JsonObject, phases: Sequence[JsonObject]) -> tuple[float, ...]:
    is_plain = all(text(step, "type") in _PLAIN and not is_decision(step) for step in (first, second))
    is_same = text(first, "responsible") == text(second, "responsible")
    ids = [
        {text(phase, "id") for phase in phases if text(step, "id") in texts(phase, "stepIds")}
        for step in (first, second)
    ]
    return (
        not is_plain,
        ids[0] != ids[1],
        not is_same,
        length(first.get("description")) + length(second.get("description")),
    )


def _named(step: JsonObject, originals: Mapping[str, JsonObject], language: str) -> JsonObject:
    """Return a joined step with the names of all that it was, "A, B and C"."""
    parts = [originals[name] for name in (text(step, "id"), *texts(step, "x_mergedIds")) if name in originals]
    return {**step, "name": titles(parts, "name", language)} if len(parts) > 1 else step


def _joined(steps: Sequence[JsonObject], first: JsonObject, second: JsonObject) -> list[JsonObject]:
    # Nothing but the first of them names the second, so that no other step has to change.
    both = _both(first, second)
    return [both if step is first else step for step in steps if step is not second]


def _both(first: JsonObject, second: JsonObject) -> JsonObject:
    kind = _kind(first, second)
    performer = text(second, "responsible")
    handed_on = performer != text(first, "responsible")
    described: JsonObject = {"description": f"{performer}: {text(second, 'description')}"} if handed_on else {}
    made = texts(first, "outputs")
    said: JsonObject = {
        "description": prose([first, {**second, **described}], "description"),
        "inputs": [*union([first], "inputs"), *(need for need in _more(first, second, "inputs") if need not in made)],
        "outputs": union([first, second], "outputs"),
        "tools": union([first, second], "tools"),
        "nextSteps": second.get("nextSteps", []),
        "conditions": second.get("conditions", []),
    }
    return together([first, second], said | ({"type": kind} if kind else {}))


def _kind(first: JsonObject, second: JsonObject) -> str:
    if text(second, "type") not in _PLAIN:
        return text(second, "type")
    return "decision" if is_decision(second) else text(first, "type")


def _more(first: JsonObject, second: JsonObject, key: str) -> list[Json]:
    return [entry for entry in union([second], key) if entry not in texts(first, key)]


def _in_phase(phase: JsonObject, first: JsonObject, second: JsonObject) -> JsonObject:
    own, gone = text(first, "id"), text(second, "id")
    names = [own if name == gone else name for name in texts(phase, "stepIds")]
    return {**phase, "stepIds": list[Json](dict.fromkeys(names))}
