"""Defects of what claims to come from a source: statements it does not make and citations that do not hold."""

from __future__ import annotations

from granulator.dev.quality.defects import wordings
from granulator.dev.quality.defects.prose import said_in_full
from granulator.dev.quality.defects.workpiece import GROSS, PLAIN, SUBTLE, Workpiece, blemish, child, text
from granulator.model import StructureType

COURSE, QUIZ, MAP = StructureType.COURSE, StructureType.QUIZ, StructureType.KNOWLEDGE_MAP


def _invented(work: Workpiece) -> bool:
    if not work.clean.is_from_document:
        return False
    wording = work.worded(wordings.FOREIGN)
    leaf = work.choose(work.leaves())
    own = said_in_full(text(leaf, work.body))
    leaf[work.body] = wording if work.severity != SUBTLE else " ".join([*own[: len(own) // 3], wording])
    return True


def _false_citation(work: Workpiece) -> bool:
    cited = [leaf for leaf in work.leaves() if _is_cited(leaf.get("provenance"))]
    if not work.clean.is_from_document or not cited:
        return False
    provenance = child(work.choose(cited), "provenance")
    span = child(provenance, "span")
    if work.severity == GROSS:
        span["doc"] = "appendix"
    elif work.severity == PLAIN:
        length = len(next(iter(work.clean.sources.values())))
        span["start"], span["end"] = length + 100, length + 200
    else:
        provenance["sha256"] = "0" * 64
    return True


def _is_cited(provenance: object) -> bool:
    return isinstance(provenance, dict) and isinstance(provenance.get("span"), dict)


DEFECTS = (
    blemish("a statement the source does not make", {COURSE}, "ungrounded off_topic", _invented),
    blemish(
        "a citation that does not hold",
        {COURSE, QUIZ, MAP},
        "dangling_ref ungrounded schema",
        _false_citation,
        (GROSS, PLAIN, SUBTLE),
    ),
)
