"""Defects no rule can see, because nothing in the structure contradicts them; shown, and not counted as missed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from granulator.dev.quality.defects.questions import choices
from granulator.dev.quality.defects.workpiece import Defect, Workpiece, rows, strings, text
from granulator.model import StructureType

_VERB = re.compile(r"\b(is|are|can|should|must)\b(?! not)")
_NUMBER = re.compile(r"\b\d{2,}\b")


def _wrong_throughout(work: Workpiece) -> bool:
    """Key a wrong option and explain it as confidently as a model would."""
    questions = choices(work)
    if not questions:
        return False
    row = work.choose(questions)
    options, key = strings(row, "options"), row["correctAnswer"]
    wrong = work.choose([at for at in range(len(options)) if at != key])
    explanation = text(row, "explanation")
    row["explanation"] = f"{options[wrong].rstrip('.')} is what is meant here, and any textbook confirms it."
    row["correctAnswer"] = wrong
    row.pop("distractorRationale", None)
    return explanation != row["explanation"]


def _negated(work: Workpiece) -> bool:
    leaves = [leaf for leaf in work.leaves() if _VERB.search(text(leaf, work.body))]
    if not leaves:
        return False
    leaf = work.choose(leaves)
    leaf[work.body] = _VERB.sub(r"\1 not", text(leaf, work.body), count=1)
    return True


def _wrong_figure(work: Workpiece) -> bool:
    leaves = [leaf for leaf in work.leaves() if _NUMBER.search(text(leaf, work.body))]
    if not leaves:
        return False
    leaf = work.choose(leaves)
    leaf[work.body] = _NUMBER.sub(lambda match: match.group()[::-1] + "0", text(leaf, work.body), count=1)
    return True


def _exchanged(work: Workpiece) -> bool:
    """Let two elements keep their place and exchange what they say."""
    first, second = work.two(work.leaves())
    first[work.body], second[work.body] = second[work.body], first[work.body]
    return True


def _wrong_order(work: Workpiece) -> bool:
    """Let two neighbouring tasks change places in all but their position."""
    steps = rows(work.structure, "steps")
    pairs = [
        (a, b)
        for a in steps
        for b in steps
        if strings(a, "nextSteps") == [b["id"]] and a.get("type") == b.get("type") == "task"
    ]
    if not pairs:
        return False
    first, second = work.choose(pairs)
    for key in ("name", "description", "responsible", "tools"):
        first[key], second[key] = second[key], first[key]
    return True


def _wrong_direction(work: Workpiece) -> bool:
    """Say that the basic concept needs the advanced one."""
    relations = [row for row in rows(work.structure, "relations") if row["type"] == "prerequisite"]
    if not relations:
        return False
    row = work.choose(relations)
    row["source"], row["target"] = row["target"], row["source"]
    return True


def _beyond(kind: str, types: Iterable[StructureType], make: Callable[[Workpiece], bool]) -> Defect:
    return Defect(kind, frozenset(types), (), make, False, ("plain",), True)


T = StructureType
DEFECTS = (
    _beyond("a wrong key with an explanation that supports it", (T.QUIZ, T.COURSE), _wrong_throughout),
    _beyond("a statement turned into its opposite", (T.COURSE, T.QUIZ, T.WORKFLOW), _negated),
    _beyond("a wrong figure", (T.QUIZ,), _wrong_figure),
    _beyond("two elements that say what belongs to the other", (T.NOVEL, T.KNOWLEDGE_MAP, T.LEARNING_PATH), _exchanged),
    _beyond("two tasks in the wrong order", (T.WORKFLOW,), _wrong_order),
    _beyond("a prerequisite in the wrong direction", (T.KNOWLEDGE_MAP,), _wrong_direction),
)
