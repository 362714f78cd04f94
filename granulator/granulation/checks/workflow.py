"""Checks of the flow of a workflow: whether every step is reached, can finish, and says which way to go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from granulator.granulation.checks.codes import issue, quote
from granulator.granulation.checks.document import Document, Expectation
from granulator.granulation.checks.graph import circles, nodes_of, reachable, reverse
from granulator.granulation.structures import at
from granulator.model import Issue, Json, StructureType


@dataclass(frozen=True, slots=True)
class _Flow:
    """The steps by id and what follows each of them; ids of no step are left out."""

    paths: Mapping[str, str]
    steps: Mapping[str, Json]
    next: Mapping[str, list[str]]

    @property
    def entry(self) -> str:
        """The step marked as start; else the first to which nothing leads, else the first."""
        marked = (name for name, step in self.steps.items() if _type(step) == "start")
        led_to = {target for name, targets in self.next.items() for target in targets if target != name}
        return next(marked, None) or next((name for name in self.paths if name not in led_to), next(iter(self.paths)))

    @property
    def ends(self) -> list[str]:
        return [name for name, step in self.steps.items() if _type(step) == "end" or not _named(step)]


def is_decision(step: Json) -> bool:
    """Return whether the step chooses what follows: by its type, or by conditions on more than one next step."""
    return _type(step) == "decision" or (
        _type(step) in ("", "task") and _has_conditions(step) and len(_named(step)) > 1
    )


def decisions(structure: Json) -> int:
    """Return how many steps of a workflow are decisions."""
    return sum(is_decision(step) for _, step in at(structure, "steps[]"))


def _type(step: Json) -> str:
    kind = step.get("type") if isinstance(step, dict) else None
    return kind if isinstance(kind, str) else ""


def _named(step: Json) -> list[str]:
    return [name for _, name in at(step, "nextSteps[]") if isinstance(name, str)]


def _has_conditions(step: Json) -> bool:
    return any(True for _ in at(step, "conditions[]"))


def _flow(document: Document) -> _Flow | None:
    if document.structure_type is not StructureType.WORKFLOW:
        return None
    found = list(nodes_of(document, "steps[]"))
    steps = {name: step for name, _, step in found}
    following = {name: [target for target in _named(step) if target in steps] for name, step in steps.items()}
    return _Flow({name: path for name, path, _ in found}, steps, following) if found else None


def unreachable(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find steps that no way from the entry leads to."""
    flow = _flow(document)
    if flow is None:
        return
    entry = flow.entry
    reached = reachable(flow.next, [entry])
    for name, path in flow.paths.items():
        if name not in reached:
            message = f"{path} cannot be reached from {quote(entry)}, where the workflow begins"
            yield issue("unreachable", path, message, f"Name {quote(name)} in the nextSteps of an earlier step")


def several_starts(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find steps marked as the start after another one was."""
    starts = [path for path, step in at(document.structure, "steps[]") if _type(step) == "start"]
    for path in starts[1:]:
        message = f"{path} is marked as the start, and so is {starts[0]}; a workflow has one entry"
        yield issue("count_mismatch", f"{path}.type", message, f"Make {path} a task")


def no_end(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find workflows in which every step is followed by another."""
    flow = _flow(document)
    if flow is not None and not flow.ends:
        yield issue(
            "no_end", "steps", "Every step is followed by another", "Leave the nextSteps of the last step empty"
        )


def cannot_finish(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find steps from which no end can be reached; endless loops have a code of their own."""
    flow = _flow(document)
    if flow is None or not flow.ends:
        return
    finishing = reachable(reverse(flow.next), flow.ends)
    known = finishing | {name for members in _endless(flow) for name in members}
    for name, path in flow.paths.items():
        # What names only steps that do not exist dangles.
        if name not in known and flow.next[name]:
            message = f"No way from {path} leads to an end"
            yield issue("cannot_finish", path, message, f"Let {path}, or a step after it, lead to an end")


def endless_loop(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find loops in which no step decides whether to go round again."""
    flow = _flow(document)
    for members in _endless(flow) if flow else ():
        path = flow.paths[members[0]] if flow else ""
        message = f"{path} comes round again by way of {', '.join(members[:5])}, and no step among them is a decision"
        yield issue("endless_loop", path, message, "Let a decision lead out of the loop, or remove the way back")


def _endless(flow: _Flow) -> list[list[str]]:
    undecided = {name: flow.next[name] for name, step in flow.steps.items() if not is_decision(step)}
    return circles(undecided, list(undecided))


def branch_no_condition(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find steps with several next steps that neither run in parallel nor say when to go where."""
    for path, step in at(document.structure, "steps[]"):
        if len(set(_named(step))) > 1 and _type(step) != "parallel" and not _has_conditions(step):
            at_path = f"{path}.conditions"
            message = f"{path} has {len(_named(step))} next steps and no condition"
            yield issue("branch_no_condition", at_path, message, f"State in {at_path} when each of them follows")


def foreign_branch(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find conditions that lead to a step which is not among the next steps of theirs."""
    known = {name for name, _, _ in nodes_of(document, "steps[]")}
    for path, step in at(document.structure, "steps[]"):
        for inner, target in at(step, "conditions[].next"):
            if isinstance(target, str) and target in known and target not in _named(step):
                at_path = f"{path}.{inner}"
                message = f"{at_path} names {quote(target)}, which is not among the nextSteps of the step"
                yield issue("dangling_ref", at_path, message, f"Add {quote(target)} to {path}.nextSteps")


def dead_end(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find decisions and forks that lead nowhere or one way only, and steps that stop beside ends marked as such."""
    steps = list(at(document.structure, "steps[]"))
    has_ends = any(_type(step) == "end" for _, step in steps)
    for path, step in steps:
        kind, ways = _type(step), len(set(_named(step)))
        if kind in ("decision", "parallel") and ways < 2:
            message = f"{path} is of type {kind}, but {ways or 'no'} step follows it"
            yield issue(
                "dead_end", f"{path}.nextSteps", message, f"Name what follows {path} in each case, or make it a task"
            )
        elif has_ends and kind in ("task", "start", "subprocess", "") and not ways:
            message = f"{path} is followed by nothing, and it is not marked as an end"
            yield issue(
                "dead_end", f"{path}.nextSteps", message, f"Name the step that follows {path}, or mark it as an end"
            )
