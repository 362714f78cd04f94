"""A workflow from the procedures of a source, step by step in its own words. Names no role the source does not name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from granulator.errors import SourceRequired
from granulator.extraction import flows, graphs, handing, imperatives, labels, lessons, procedures
from granulator.extraction.graphs import END, LEAST_WORDS, Node
from granulator.extraction.sections import Reading
from granulator.extraction.steps import Procedure, gerund
from granulator.extraction.vocabulary import content_words
from granulator.granulation.authors.base import Brief, Outline
from granulator.granulation.authors.extracted.material import Material
from granulator.granulation.authors.questions import provenance
from granulator.granulation.plan import TOLERANCE
from granulator.model import Json, JsonObject

UNNAMED: Final = "Performer (not named in the source)"
"""Who carries out what the source tells its reader to do."""

UNNAMED_NOTICE: Final = "The source does not say who carries out every step; “responsible” says so where it does not."
SEVERAL_NOTICE: Final = (
    "The source describes several procedures and no order between them; the first step chooses the one that applies."
)
MOST_PROCEDURES: Final = 8
MOST_STEPS: Final = 35
MOST_COMPARED: Final = 40
"""Procedures that are the same are so from the beginning."""

ENDS: Final = '.!?:;\u2026"\u201d)`'


@dataclass(frozen=True, slots=True)
class Phase:
    """A procedure and its steps under the ids they have in the workflow."""

    procedure: Procedure
    nodes: tuple[Node, ...]
    first: int

    def identity(self, key: str) -> str:
        """Return the id of the node with a key, or of the one it was merged into."""
        place = next(place for place, node in enumerate(self.nodes) if key == node.key or key in node.keys)
        return f"step_{self.first + place}"


def write(brief: Brief, material: Material) -> tuple[Outline, tuple[JsonObject, ...]]:
    """Return the workflow as an outline without parts.

    Raises SourceRequired when the source holds no procedure: there is nothing true to write then.
    """
    reading = material.reading
    titled = reading.document.title or brief.topic
    found = [replace(one, title=one.title or titled) for one in procedures.procedures(reading)]
    if not found:
        raise SourceRequired(
            "The source describes no procedure: no numbered steps, no list of what is to be done one after the other",
            reason="no_procedure",
        )
    chosen = _chosen(brief, found)
    is_choice = len(chosen) > 1 and not _is_sequence(chosen)
    phases = _phases(brief, chosen, first=2 if is_choice else 1)
    steps = [step for number in range(len(phases)) for step in _steps(reading, phases, number, is_choice=is_choice)]
    if is_choice:
        steps.insert(0, _choice(reading, phases))
    structure: JsonObject = {"workflowOverview": _overview(material, chosen, steps), "steps": list(steps)}
    if len(phases) > 1:
        structure["phases"] = [_phase(reading, phase, number) for number, phase in enumerate(phases, 1)]
    return Outline(structure, (), notice=_notice(steps, is_choice=is_choice), plan="single"), ()


def _notice(steps: Sequence[JsonObject], *, is_choice: bool) -> str | None:
    said = [SEVERAL_NOTICE] if is_choice else []
    said += [UNNAMED_NOTICE] if any(step["responsible"] == UNNAMED for step in steps) else []
    return " ".join(said) or None


def _chosen(brief: Brief, found: Sequence[Procedure]) -> list[Procedure]:
    """Return the procedure that fits topic and size best, with others beside it while the size is not reached."""
    size, wanted = brief.sizes.leaves, frozenset(content_words(brief.topic))
    least = size - int(size * TOLERANCE)

    def rank(one: Procedure) -> tuple[int, bool, int, int]:
        named = wanted & frozenset(content_words(" ".join((*one.path[-2:], one.lead))))
        held = flows.capacity(one)
        return len(named), one.is_ordered, min(held, least), -abs(len(one.steps) - size)

    ranked = sorted(found, key=lambda one: (rank(one), -one.start), reverse=True)
    kept = ranked[:1]
    for one in ranked[1:MOST_PROCEDURES]:
        if sum(map(flows.capacity, kept)) >= least:
            break
        if not any(_repeats(one, other) for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda one: one.start)


def _repeats(one: Procedure, other: Procedure) -> bool:
    """Whether two procedures share a step in about the same words; then they are two ways to the same end."""
    known = [frozenset(content_words(step.text)) for step in other.steps[:MOST_COMPARED]]
    own = [frozenset(content_words(step.text)) for step in one.steps[:MOST_COMPARED]]
    return any(2 * len(left & right) > len(left | right) for left in own for right in known)


def _is_sequence(chosen: Sequence[Procedure]) -> bool:
    """Whether the source numbers the procedures themselves, so that one follows the other."""
    orders = [one.order for one in chosen]
    return all(orders) and orders == sorted(set(orders)) and len({one.path[:-1] for one in chosen}) == 1


def _phases(brief: Brief, chosen: Sequence[Procedure], first: int) -> list[Phase]:
    held = [flows.capacity(one) for one in chosen]
    room = brief.sizes.leaves - (first - 1)
    spare = max(0, room - sum(held))
    phases: list[Phase] = []
    for one, share in zip(chosen, held, strict=True):
        size = share + spare if sum(held) <= room else max(2, round(room * share / sum(held)))
        decisions = brief.sizes.extras - (first > 1) - sum(node.is_decision for phase in phases for node in phase.nodes)
        nodes = flows.flow(one, size, decisions)
        if len(nodes) > _most(brief, size, len(chosen)):
            nodes = flows.line(one, size)
        spare = max(0, spare - max(0, len(nodes) - share))
        phases.append(Phase(one, nodes, first + sum(len(phase.nodes) for phase in phases)))
    return phases


def _most(brief: Brief, size: int, procedures: int) -> int:
    """Return how many steps a procedure may have before its conditions go back into the words of a line of steps."""
    if brief.max_elements is not None:
        return size
    return max(size, brief.template.validation_rules.get("maxSteps", MOST_STEPS) // procedures - 1)


def _steps(reading: Reading, phases: Sequence[Phase], number: int, *, is_choice: bool) -> list[JsonObject]:
    phase = phases[number]
    goes_on = not is_choice and number + 1 < len(phases)
    following = phases[number + 1].identity(phases[number + 1].nodes[0].key) if goes_on else ""
    handed = handing.handed([node.text for node in phase.nodes])
    return [
        _step(reading, phase, place, ways, pair, following)
        for place, (ways, pair) in enumerate(zip(graphs.ways(phase.nodes), handed, strict=True))
    ]


def _step(
    reading: Reading,
    phase: Phase,
    place: int,
    ways: Sequence[str],
    handed: tuple[tuple[str, ...], tuple[str, ...]],
    following: str,
) -> JsonObject:
    node = phase.nodes[place]
    next_steps: list[Json] = [phase.identity(key) for key in ways] or ([following] if following else [])
    return {
        "id": f"step_{phase.first + place}",
        "name": node.name,
        "description": _description(phase, node),
        "type": "decision" if node.is_decision else "end" if node.key == END else "task",
        "responsible": _responsible(phase, node),
        "inputs": list(handed[0]),
        "outputs": list(handed[1]),
        "tools": list(handing.tools(node.text, _codes(reading, node), node.listing)),
        "nextSteps": next_steps,
        "conditions": _conditions(phase, place),
        "provenance": provenance(reading, node.start, node.end),
    }


def _description(phase: Phase, node: Node) -> str:
    """Return the words of a step with the command it shows; a step of a word or two says which step it is."""
    text = node.text if node.text[-1] in ENDS else f"{node.text}."
    if len(text.split()) < LEAST_WORDS:
        text = f"{text.rstrip('.')}, which is step {node.key} of \u201c{phase.procedure.title}\u201d."
    return f"{text}\n\n```\n{node.listing}\n```" if node.listing else text


def _codes(reading: Reading, node: Node) -> list[str]:
    """Return what the source sets as code in the words of a step."""
    return [
        block.text[mark.start : mark.end]
        for block in reading.document.blocks
        if node.start <= block.start < node.end
        for mark in block.marks
        if mark.kind == "code" and block.text[mark.start : mark.end] in node.text
    ]


def _responsible(phase: Phase, node: Node) -> str:
    named = imperatives.actor(node.text) or phase.procedure.actor
    return f"{named[:1].upper()}{named[1:]}" if named else UNNAMED


def _conditions(phase: Phase, place: int) -> list[Json]:
    node = phase.nodes[place]
    after = phase.nodes[place + 1].key if place + 1 < len(phase.nodes) else ""
    return [
        {"expression": branch.expression, "label": branch.label, "next": phase.identity(branch.target or after)}
        for branch in node.branches
    ]


def _choice(reading: Reading, phases: Sequence[Phase]) -> JsonObject:
    titles = _titles(phases)
    named = "; ".join(f"\u201c{title}\u201d" for title in titles)
    conditions: list[Json] = [
        {"expression": f"The task is: {title}", "label": title, "next": f"step_{phase.first}"}
        for title, phase in zip(titles, phases, strict=True)
    ]
    return {
        "id": "step_1",
        "name": "Choose the procedure that applies",
        "description": f"The source describes {len(phases)} procedures: {named}.",
        "type": "decision",
        "responsible": UNNAMED,
        "inputs": [],
        "outputs": [],
        "tools": [],
        "nextSteps": [f"step_{phase.first}" for phase in phases],
        "conditions": conditions,
        "provenance": provenance(reading, phases[0].procedure.start, phases[-1].procedure.end),
    }


def _titles(phases: Sequence[Phase]) -> list[str]:
    """Return a title for each procedure; those of one section are told apart by what announces them."""
    titles = [phase.procedure.title for phase in phases]
    count = Counter(titles)
    return [
        title if count[title] == 1 else f"{title}: {_aim(phase.procedure) or phase.nodes[0].name}"
        for title, phase in zip(titles, phases, strict=True)
    ]


def _phase(reading: Reading, phase: Phase, number: int) -> JsonObject:
    return {
        "id": f"phase_{number}",
        "name": phase.procedure.title,
        "stepIds": [f"step_{phase.first + place}" for place in range(len(phase.nodes))],
        "provenance": provenance(reading, phase.procedure.start, phase.procedure.end),
    }


def _overview(material: Material, chosen: Sequence[Procedure], steps: Sequence[JsonObject]) -> JsonObject:
    reading = material.reading
    roles = Counter(str(step["responsible"]) for step in steps)
    stakeholders: list[Json] = [role for role, _ in roles.most_common()]
    title = reading.document.title or chosen[0].title
    aim = _aim(chosen[0]) if len(chosen) == 1 else ""
    name = aim or (_named(chosen[0].title, title) if len(chosen) == 1 else title)
    start, end = min(one.start for one in chosen), max(one.end for one in chosen)
    return {
        "name": name,
        "description": _about(material, chosen) or f"What \u201c{title}\u201d says is to be done, step by step.",
        "purpose": _purpose(chosen, title),
        "stakeholders": stakeholders,
        "provenance": provenance(reading, start, end),
    }


def _named(section: str, document: str) -> str:
    """Return the title of a section; one that would fit any document is followed by that of its own."""
    is_own = labels.key(section) == labels.key(document)
    return section if is_own or len(section.split()) > 2 else f"{section}: {document}"


def _aim(procedure: Procedure) -> str:
    """Return what a procedure is for when its lead says so: "To lock a vessel through, follow these steps"."""
    said = re.match(r"To ([a-z]+(?: [^,:;.]+){1,10}),", procedure.lead)
    return said[1][:1].upper() + said[1][1:] if said and said[1].split()[0] in imperatives.ORDERS else ""


def _purpose(chosen: Sequence[Procedure], title: str) -> str:
    if len(chosen) > 1:
        named = "; ".join(f"\u201c{one.title}\u201d" for one in chosen)
        return f"To carry out what \u201c{title}\u201d describes under {named}."
    one = chosen[0]
    if aim := _aim(one):
        return f"To {aim[:1].lower()}{aim[1:]}."
    aimed = _aimed(one.title) or f"To carry out \u201c{one.title}\u201d"
    return f"{aimed}."


def _aimed(title: str) -> str:
    """Return "To replace the filter" for "Replacing the filter" and "How to replace the filter", "" for others."""
    verb = imperatives.base_form(gerund(title))
    if verb:
        return " ".join(["To", verb, *title.split()[1:]])
    how = re.match(r"how (to [a-z]+ .+)$", title, re.IGNORECASE)
    return f"T{how[1][1:]}" if how else ""


def _about(material: Material, chosen: Sequence[Procedure]) -> str:
    """Return the central sentences of the sections the procedures stand in, the steps themselves left out."""
    reading = material.reading
    sections = {one.section for one in chosen}
    orders = [
        order
        for order in reading.usable
        if reading.section_of[(one := reading.sentences[order]).block] in sections
        and not any(other.start <= one.start < other.end for other in chosen)
    ]
    best = lessons.best_sentences(reading, material.ranks, orders, 2)
    return " ".join(sentence.text for sentence in best)
