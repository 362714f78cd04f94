"""A procedure as a graph of steps: conditions become decisions where the text says where they lead.

Nothing is added to what the source says but the end that a decision in the last step needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from granulator.extraction import imperatives
from granulator.extraction.conditions import ELSE, GO_TO, IF_FIRST, conditional, jumps, name_of, plain
from granulator.extraction.graphs import (
    LEAST_WORDS,
    Node,
    ended,
    filled,
    merged,
    reachable,
    resolved,
    written,
)
from granulator.extraction.steps import Procedure, Step


def capacity(procedure: Procedure) -> int:
    """Return into how many steps a procedure can be divided."""
    return sum(max(1, len(step.inner), len(_orders(step))) for step in procedure.steps)


def flow(procedure: Procedure, size: int, decisions: int) -> tuple[Node, ...]:
    """Return the steps in the order of the source, about ``size`` of them, with about ``decisions`` decisions.

    Steps that name where they lead are decisions at every size. Others are divided while there is room, and merged
    with their neighbours when there are too many.
    """
    steps = _paired(procedure.steps)
    room = size - len(steps)
    rows = [_nodes(step) for step in steps]
    wanted = decisions - sum(node.is_decision for row in rows for node in row)
    for place, step in enumerate(steps):
        row = rows[place]
        finer = conditional(step) if wanted > 0 and not any(node.is_decision for node in row) else []
        is_choice = bool(finer)
        finer = finer or _divided(step)
        if len(finer) > len(row) and len(finer) - len(row) <= room:
            rows[place] = finer
            room -= len(finer) - len(row)
            wanted -= is_choice
    nodes = ended(reachable(resolved([node for row in rows for node in row])))
    return tuple(merged(filled(nodes), size))


def line(procedure: Procedure, size: int) -> tuple[Node, ...]:
    """Return the steps as a line of at most ``size`` nodes; conditions and jumps stay in their words."""
    rows = ((step, written([step.text, *(one.text for one in step.inner)])) for step in procedure.steps)
    nodes = [
        Node(str(step.number), step.name or name_of(step.sentences), text, step.start, step.end, _listing_of(step))
        for step, text in rows
    ]
    return tuple(merged(filled(nodes), size))


def _paired(steps: Sequence[Step]) -> list[Step]:
    """Return the steps with "Otherwise, ..." joined to the "If ..., ..." before it."""
    found: list[Step] = []
    for step in steps:
        before = found[-1] if found else None
        if before and ELSE.match(step.text) and IF_FIRST.match(before.sentences[-1]) and not step.inner:
            joined = (*before.sentences, *step.sentences)
            found[-1] = replace(before, sentences=joined, end=step.end, listings=(*before.listings, *step.listings))
        else:
            found.append(step)
    return found


def _listing_of(step: Step) -> str:
    return "\n".join(step.listings)


def _nodes(step: Step) -> list[Node]:
    """Return a step as one node; a decision when it says where it leads, and then what else is done as a second."""
    inner = [one.text for one in step.inner if len(one.text.split()) >= LEAST_WORDS and one.text not in step.text]
    branches, target, other = jumps(step)
    if not branches:
        name = imperatives.short(step.name) if step.name else name_of(step.sentences)
        text = written([*step.sentences, *inner])
        return [Node(str(step.number), name, text, step.start, step.end, _listing_of(step), (), target)]
    key, told = str(step.number), [text for text in step.sentences if text != other]
    place = next(place for place, text in enumerate(step.sentences) if GO_TO.search(text))
    name = (
        name_of(step.sentences[:place])
        if place
        else imperatives.short(f"check whether {plain(branches[0].expression)}")
    )
    nodes = [Node(key, name, written([*told, *inner]), step.start, step.end, _listing_of(step), branches)]
    if other:
        nodes.append(Node(f"{key}c", name_of([other]), other, step.start, step.end))
    return nodes


def _orders(step: Step) -> list[int]:
    """Return the places of the sentences that begin a step of their own."""
    return [
        place
        for place, text in enumerate(step.sentences)
        if imperatives.is_order(text) and not imperatives.forbids(text) and not GO_TO.search(text)
    ]


def _divided(step: Step) -> list[Node]:
    """Return a step as its substeps, or as the several things it says are to be done."""
    if inner := _inner(step):
        return inner
    begins = _orders(step)
    if len(begins) < 2 or jumps(step)[0] or any(ELSE.match(text) for text in step.sentences) or step.name:
        return []
    begins[0] = 0
    nodes = []
    for place, (begin, stop) in enumerate(zip(begins, [*begins[1:], len(step.sentences)], strict=True)):
        rows = step.sentences[begin:stop]
        key = str(step.number) if place == 0 else f"{step.number}{_letter(place)}"
        nodes.append(Node(key, name_of(rows), written(rows), step.start, step.end))
    nodes[-1] = replace(nodes[-1], listing=_listing_of(step))
    return nodes


def _inner(step: Step) -> list[Node]:
    """Return a step as its substeps; [] when what stands under it is something else, such as a list of options."""
    told = [one for one in step.inner if len(one.text.split()) >= LEAST_WORDS and one.text not in step.text]
    acting = [
        one for one in told if any(imperatives.is_order(text) or imperatives.actor(text) for text in one.sentences)
    ]
    if len(told) < 2 or 2 * len(acting) <= len(told):
        return []
    own = "" if step.text.endswith(":") else step.text
    nodes = (
        [Node(str(step.number), name_of(step.sentences), own, step.start, step.end, _listing_of(step))] if own else []
    )
    for place, one in enumerate(told, len(nodes)):
        key = f"{step.number}{_letter(place)}" if nodes else str(step.number)
        nodes.append(Node(key, name_of(one.sentences), one.text, one.start, one.end, _listing_of(one)))
    return nodes


def _letter(place: int) -> str:
    return f"_{place + 1}"
