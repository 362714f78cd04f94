"""Defects of workflows: where steps lead, who does them and what they hand on."""

from __future__ import annotations

from granulator.dev.quality.defects.workpiece import (
    GROSS,
    PLAIN,
    SUBTLE,
    Workpiece,
    blemish,
    child,
    defect,
    listed,
    rows,
    strings,
    text,
)
from granulator.model import JsonObject, StructureType

WORKFLOW = (StructureType.WORKFLOW,)


def _steps(work: Workpiece) -> list[JsonObject]:
    return rows(work.structure, "steps")


def _ends(work: Workpiece) -> list[JsonObject]:
    return [step for step in _steps(work) if not strings(step, "nextSteps")]


def _simple(work: Workpiece) -> list[JsonObject]:
    """Return the steps with one successor that are neither first nor last."""
    return [step for step in _steps(work)[1:] if len(strings(step, "nextSteps")) == 1]


def _decisions(work: Workpiece) -> list[JsonObject]:
    return [step for step in _steps(work) if step.get("type") == "decision" and len(strings(step, "nextSteps")) > 1]


def _leads_to_nothing(work: Workpiece) -> bool:
    step = work.choose(_simple(work) or _steps(work)[:-1])
    wrong = {GROSS: "step_that_is_missing", PLAIN: "step_99", SUBTLE: f"{strings(step, 'nextSteps')[0]}_"}
    step["nextSteps"] = [wrong[work.severity].rstrip("_") + ("_x" if work.severity == SUBTLE else "")]
    return True


def _breaks_off(work: Workpiece) -> bool:
    """Let a step in the middle lead nowhere, where what follows has no other way in."""
    inbound = [target for step in _steps(work) for target in strings(step, "nextSteps")]
    single = [step for step in _simple(work) if inbound.count(strings(step, "nextSteps")[0]) == 1]
    if work.severity == GROSS:
        for step in _steps(work):
            step["nextSteps"] = []
            step["conditions"] = []
        return True
    if not single:
        return False
    work.choose(single)["nextSteps"] = []
    return True


def _no_end(work: Workpiece) -> bool:
    for step in _ends(work):
        step["nextSteps"] = [text(_steps(work)[0 if work.severity == GROSS else 1], "id")]
        if step.get("type") == "end":
            step["type"] = "task"
    return True


def _island(work: Workpiece) -> bool:
    steps = _steps(work)
    extra: JsonObject = {
        "id": "step_extra",
        "name": "Archive the correspondence",
        "description": "Store letters and messages where they can be found in a later dispute.",
        "type": "task",
        "responsible": steps[0]["responsible"],
        "inputs": [],
        "outputs": [],
        "tools": [],
        "nextSteps": [text(_ends(work)[0], "id")],
        "conditions": [],
    }
    listed(work.structure, "steps").insert(len(steps) // 2, extra)
    if work.severity == GROSS:
        second = dict(extra) | {"id": "step_extra_2", "name": "Tidy the shared folder", "nextSteps": ["step_extra"]}
        second["description"] = "Remove drafts and duplicates so that only the signed versions are left."
        listed(work.structure, "steps").append(second)
    return True


def _trap(work: Workpiece) -> bool:
    """Send one branch of a decision round in a circle that has no way out."""
    decisions = _decisions(work)
    if not decisions:
        return False
    one: JsonObject = {
        "id": "step_trap_1",
        "name": "Ask for confirmation",
        "description": "Send a reminder and wait until somebody has confirmed in writing.",
        "type": "task",
        "responsible": decisions[0]["responsible"],
        "inputs": [],
        "outputs": [],
        "tools": [],
        "nextSteps": ["step_trap_2"],
        "conditions": [],
    }
    two = dict(one) | {"id": "step_trap_2", "name": "Check the mailbox", "nextSteps": ["step_trap_1"]}
    two["description"] = "Look through new messages for the answer and note the date."
    listed(work.structure, "steps").extend([one, two])
    decision = work.choose(decisions)
    listed(decision, "nextSteps").append("step_trap_1")
    listed(decision, "conditions").append({"expression": "No answer yet", "label": "Open", "next": "step_trap_1"})
    return True


def _back_edge(work: Workpiece) -> bool:
    """Let a plain step go back to an earlier one although nothing decides about it."""
    tasks = [step for step in _simple(work) if step.get("type") == "task"]
    pairs = [(one, next_one) for one in tasks for next_one in tasks if strings(one, "nextSteps") == [next_one["id"]]]
    if not pairs:
        return False
    first, second = pairs[-1 if work.severity == PLAIN else 0]
    second["nextSteps"] = [text(first, "id")]
    return True


def _stops_short(work: Workpiece) -> bool:
    """Let a step lead nowhere although it is no end and what should follow has another way in."""
    inbound = [target for step in _steps(work) for target in strings(step, "nextSteps")]
    many = [step for step in _simple(work) if inbound.count(strings(step, "nextSteps")[0]) > 1]
    if not many:
        return False
    work.choose(many)["nextSteps"] = []
    return True


def _to_itself(work: Workpiece) -> bool:
    step = work.choose(_simple(work))
    step["nextSteps"] = [text(step, "id")]
    return True


def _no_condition(work: Workpiece) -> bool:
    decisions = _decisions(work)
    if not decisions:
        return False
    for step in work.some(decisions):
        step["conditions"] = []
    return True


def _undecided(work: Workpiece) -> bool:
    """Give a plain task two successors and no word on when to take which."""
    tasks = [step for step in _simple(work) if step.get("type") == "task"]
    if not tasks:
        return False
    step = tasks[0]
    listed(step, "nextSteps").append(text(_ends(work)[-1], "id"))
    return len(set(strings(step, "nextSteps"))) > 1


def _foreign_branch(work: Workpiece) -> bool:
    decisions = [step for step in _decisions(work) if rows(step, "conditions")]
    if not decisions:
        return False
    step = work.choose(decisions)
    others = [
        text(row, "id") for row in _steps(work) if row["id"] not in strings(step, "nextSteps") and row is not step
    ]
    rows(step, "conditions")[0]["next"] = work.choose(others)
    return True


def _nobody(work: Workpiece) -> bool:
    for step in work.some(_steps(work)):
        if work.severity == SUBTLE:
            del step["responsible"]
        else:
            step["responsible"] = "" if work.severity == GROSS else " "
    return True


def _stranger(work: Workpiece) -> bool:
    name = {GROSS: "Somebody", PLAIN: "Regional coordinator", SUBTLE: "External auditor"}[work.severity]
    for step in work.some(_steps(work)):
        step["responsible"] = name
    return True


def _unused(work: Workpiece) -> bool:
    ends = {text(step, "id") for step in _ends(work)}
    step = work.choose([step for step in _steps(work) if strings(step, "nextSteps") and ends.isdisjoint(_nexts(step))])
    listed(step, "outputs").append("Green folder" if work.severity == PLAIN else "Countersigned memo")
    return True


def _nexts(step: JsonObject) -> list[str]:
    return strings(step, "nextSteps")


def _two_entries(work: Workpiece) -> bool:
    step = _steps(work)[len(_steps(work)) // 2]
    step["type"] = "start"
    return True


def _phase_of_nothing(work: Workpiece) -> bool:
    ids = [text(step, "id") for step in _steps(work)]
    unknown = "step_99" if work.severity == PLAIN else f"{ids[-1]}_final"
    work.structure["phases"] = [{"id": "phase_1", "name": "Preparation and work", "stepIds": [*ids, unknown]}]
    return True


def _no_stakeholders(work: Workpiece) -> bool:
    child(work.structure, "workflowOverview")["stakeholders"] = []
    return True


DEFECTS = (
    defect("a step that leads to nothing", WORKFLOW, "dangling_ref", _leads_to_nothing),
    defect("steps that lead nowhere", WORKFLOW, "unreachable no_end cannot_finish", _breaks_off, (GROSS, PLAIN)),
    blemish("a step that stops short", WORKFLOW, "dead_end unused_output unreachable no_end", _stops_short, (PLAIN,)),
    defect("no end", WORKFLOW, "no_end cannot_finish endless_loop", _no_end, (GROSS, PLAIN)),
    defect("a step nobody comes to", WORKFLOW, "unreachable", _island, (GROSS, PLAIN)),
    defect("a circle without a way out", WORKFLOW, "cannot_finish endless_loop", _trap, (PLAIN,)),
    defect(
        "a loop without a decision",
        WORKFLOW,
        "endless_loop cannot_finish unreachable no_end",
        _back_edge,
        (PLAIN, SUBTLE),
    ),
    defect("a step that follows itself", WORKFLOW, "self_loop endless_loop cannot_finish", _to_itself, (PLAIN,)),
    defect("a branch without a condition", WORKFLOW, "branch_no_condition", _no_condition, (GROSS, PLAIN)),
    defect("two ways and no decision", WORKFLOW, "branch_no_condition", _undecided, (PLAIN,)),
    defect("a condition that leads elsewhere", WORKFLOW, "dangling_ref branch_no_condition", _foreign_branch, (PLAIN,)),
    defect("nobody responsible", WORKFLOW, "no_responsible", _nobody),
    blemish("a role nobody has", WORKFLOW, "unknown_role", _stranger),
    blemish("an output nobody uses", WORKFLOW, "unused_output", _unused, (PLAIN, SUBTLE)),
    blemish(
        "a second beginning",
        WORKFLOW,
        "unreachable schema count_mismatch",
        _two_entries,
        (PLAIN,),
    ),
    defect("a phase of unknown steps", WORKFLOW, "dangling_ref", _phase_of_nothing, (PLAIN, SUBTLE)),
    defect("no stakeholders", WORKFLOW, "schema empty below_minimum missing_level", _no_stakeholders, (GROSS,)),
)
