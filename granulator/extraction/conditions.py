"""What a step says about where it leads: jumps to other steps, and what is done on a condition only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from granulator.extraction import imperatives
from granulator.extraction.graphs import ON, PAST, Branch, Node, lowered, written
from granulator.extraction.steps import Step

OTHERWISE: Final = "Otherwise"
LONGEST_CONDITION = 14
LONGEST_LABEL = 6
GO_TO = re.compile(
    r"\b(?:go|skip|jump|return|proceed|continue|move|start|begin|resume|repeat|redo|restart|back)\b"
    r"(?:\s+(?:back|on|ahead|over|again|directly|straight|immediately|the process|the procedure|work))*"
    r"(?:\s+(?:to|with|from|at))?\s+steps?\s+#?(?P<number>\d{1,3})\b(?:\s*(?:to|through|and|-"
    r"|\u2013)\s*(?:step\s+)?\d{1,3})?",
    re.IGNORECASE,
)
IF_FIRST = re.compile(
    r"(?:(?:then|and|but|also|however),?\s+)?(?P<word>if|unless|in case"
    r"|should)\s+(?P<condition>[^;:]{3,140}?),\s*(?:then\s+)?(?P<then>\S.*)",
    re.IGNORECASE | re.DOTALL,
)
IF_LAST = re.compile(
    r"(?P<then>.+?)[,]?\s+(?P<word>if|unless|until|in case)\s+(?P<condition>[^;:]{3,140}?)[.!]?$",
    re.IGNORECASE | re.DOTALL,
)
ELSE = re.compile(
    r"(?:otherwise|else|if not|if (?:it|they|there) (?:is|are|do|does)(?: not|n['\u2019]t))\b,?\s*(?P<then>\S.*)",
    re.IGNORECASE | re.DOTALL,
)


def jumps(step: Step) -> tuple[tuple[Branch, ...], str, str]:
    """Return the branches to other steps the text names, or the one step it leads to without a condition.

    The third is the sentence that says what else is done otherwise, "" when it says nothing of the kind.
    """
    branches: list[Branch] = []
    target, other = ON, ""
    for text in step.sentences:
        jump, otherwise = GO_TO.search(text), ELSE.match(text)
        if otherwise and branches:
            other = text if jump is None and imperatives.is_order(otherwise["then"]) else other
            aim = jump["number"] if jump else f"{step.number}c" if other else ON
            branches = [one for one in branches if one.expression != OTHERWISE]
            branches.append(Branch(OTHERWISE, OTHERWISE, aim))
            continue
        if jump is None:
            continue
        said = IF_FIRST.match(text) or IF_LAST.match(text)
        if said is None:
            target = jump["number"] if jump.start() < 40 else target
        elif said["word"].lower() == "until":
            branches += [_reached(said), Branch(OTHERWISE, OTHERWISE, jump["number"])]
        else:
            branches.append(Branch(_condition(said), _label(said), jump["number"]))
    if branches and not any(branch.expression == OTHERWISE for branch in branches):
        branches.append(Branch(OTHERWISE, OTHERWISE, ON))
    return tuple(branches), ON if branches else target, other


def conditional(step: Step) -> list[Node]:
    """Return a step that does something on a condition only as a decision and what is done then; [] for others."""
    for place, text in enumerate(step.sentences):
        said = IF_FIRST.match(text)
        if said is None or not imperatives.is_order(said["then"]) or said["word"].lower() == "should":
            continue
        before, after = step.sentences[:place], step.sentences[place + 1 :]
        other = after[0] if after and ELSE.match(after[0]) else ""
        rest = after[bool(other) :]
        if any(imperatives.is_order(one) or IF_FIRST.match(one) for one in rest):
            return []
        return _choice(step, (*before, *rest), said, text, other)
    return []


def _choice(step: Step, before: Sequence[str], said: re.Match[str], text: str, other: str) -> list[Node]:
    """Return the decision, what is done when the condition holds, and what is done otherwise, if anything is."""
    key, condition = str(step.number), _condition(said)
    found = ELSE.match(other)
    then, instead = imperatives.short(said["then"]), imperatives.short(found["then"]) if found else ""
    name = name_of(before) if before else imperatives.short(f"check whether {plain(condition)}")
    told = written(before) if before else _ways_told(then, instead)
    branches = (
        Branch(condition, _label(said), f"{key}b"),
        Branch(OTHERWISE, OTHERWISE, f"{key}c" if other else PAST),
    )
    shown = (*step.listings, "", "")
    nodes = [
        Node(key, name, told, step.start, step.end, branches=branches),
        Node(f"{key}b", then, text, step.start, step.end, shown[0], target=PAST if other else ON),
    ]
    return [*nodes, Node(f"{key}c", instead, other, step.start, step.end, shown[1])] if other else nodes


def _ways_told(then: str, instead: str) -> str:
    return f"If so: {lowered(then)}. Otherwise: {lowered(instead) if instead else 'this is left out'}."


def name_of(rows: Sequence[str]) -> str:
    """Return the name of a step from its sentences; what is done on a condition only says so in its name."""
    acting = [text for text in rows if imperatives.is_order(text) or imperatives.actor(text)]
    told = next((text for text in acting if not imperatives.forbids(text)), "".join((acting or rows)[:1]))
    other = ELSE.match(told)
    told = other["then"] if other else told
    said = IF_FIRST.match(told)
    if said is None or said["word"].lower() == "should":
        return imperatives.short(told)
    name = imperatives.short(said["then"])
    whole = f"{name} {said['word'].lower()} {' '.join(said['condition'].split())}"
    return whole if len(whole.split()) <= LONGEST_CONDITION else f"If it applies: {lowered(name)}"


def _reached(said: re.Match[str]) -> Branch:
    """Return the way out of what is repeated until a condition holds."""
    words = ["When", *said["condition"].rstrip(".!,").split()]
    return Branch(" ".join(words), _cut(words), ON)


def plain(expression: str) -> str:
    """Return a condition without its first word: "the gauge shows more than 2 bar"."""
    return expression.removeprefix("In ").partition(" ")[2]


def _condition(said: re.Match[str]) -> str:
    word = said["word"].lower()
    text = " ".join(said["condition"].split()).rstrip(".!,")
    return f"{word.capitalize()} {text}"


def _label(said: re.Match[str]) -> str:
    return _cut(_condition(said).split())


def _cut(row: Sequence[str]) -> str:
    return " ".join(row[:LONGEST_LABEL]) + "\u2026" * (len(row) > LONGEST_LABEL)
