"""What is judged, made ready to be asked about: what is shown, which questions are solved, which claims are held up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from granulator.extraction import documents
from granulator.granulation import passages
from granulator.granulation.checks.document import Document
from granulator.granulation.checks.reading import read
from granulator.granulation.judging import rubric, solving, support
from granulator.granulation.judging.asks import spread
from granulator.granulation.judging.evidence import excerpt, span_of
from granulator.granulation.judging.showing import fitted, texts_of
from granulator.granulation.judging.solvable import Solvable, questions_of
from granulator.granulation.judging.support import STATEMENT_LETTERS_MAX, Claim
from granulator.granulation.passages import Passages
from granulator.model import Json, JsonObject, Source, StructureType

QUESTIONS_MOST: Final = 300
CLAIMS_MOST: Final = 60
"""Of more questions and claims a sample is judged, evenly over all of them."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What is judged. ``language`` is a tag; without ``source`` nothing is held against one."""

    structure: JsonObject
    structure_type: StructureType
    topic: str | None
    language: str
    audience: str | None
    source: Source | None


@dataclass(slots=True)
class Case:
    """What is judged, made ready to be asked about, and the answers as they come in; ``coverage`` is 0..1."""

    shown: rubric.Shown
    solved: solving.Solved
    supported: support.Supported
    coverage: float
    findings: Sequence[rubric.Finding] = ()


def is_judgeable(judged: Judged) -> bool:
    """Return whether there is content to judge: an empty structure and a scaffold have none."""
    return bool(_document(judged).leaves) and not is_scaffold(judged.structure)


def is_scaffold(structure: Json) -> bool:
    """Return whether every element that says where it comes from comes from a scaffold: then nobody wrote it yet."""
    kinds: set[str] = set()
    waiting: list[Json] = [structure]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            provenance = value.get("provenance")
            if isinstance(provenance, dict):
                kinds.add(str(provenance.get("kind")))
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return kinds == {"scaffold"}


def prepare(judged: Judged, level: int, room: int) -> Case | None:
    """Return the case of a level, shown in so many tokens of ``room``, or None when there is nothing to judge.

    Takes seconds for very large structures and sources. Raises SourceUnreadable.
    """
    if not is_judgeable(judged):
        return None
    text, share = fitted(judged.structure, room)
    topic, audience = judged.topic or "", judged.audience or ""
    shown = rubric.Shown(judged.structure_type, text, share, texts_of(judged.structure), topic, audience)
    if level < 3:
        return Case(shown, solving.Solved((), ()), support.Supported(()), share)
    every = questions_of(judged.structure_type, judged.structure)
    asked = spread(every, QUESTIONS_MOST)
    source = None if judged.source is None else passages.read(judged.source)
    excerpts = [_excerpt(source, question) for question in asked]
    claims = _claims(asked, excerpts) if asked else _grounded(_document(judged), source)
    coverage = min(share, len(asked) / len(every) if every else 1.0)
    return Case(shown, solving.Solved(asked, excerpts), support.Supported(spread(claims, CLAIMS_MOST)), coverage)


def _document(judged: Judged) -> Document:
    return read(judged.structure_type, judged.structure, judged.language)


def _excerpt(source: Passages | None, question: Solvable) -> str:
    if source is None:
        return ""
    query = " ".join((question.stem, *question.options, *question.items, question.key_text))
    return excerpt(source, span_of(question.element), query)


def _claims(questions: Sequence[Solvable], excerpts: Sequence[str]) -> list[Claim]:
    return [
        Claim(f"{question.path}.explanation", question.id, _statement(question), found)
        for question, found in zip(questions, excerpts, strict=True)
        if found
    ]


def _statement(question: Solvable) -> str:
    told = f"Question: {question.stem}\nAnswer: {question.key_text}\nExplanation: {question.explanation}"
    return told[:STATEMENT_LETTERS_MAX]


def _grounded(document: Document, source: Passages | None) -> list[Claim]:
    """Return what the elements that name a place of the source say."""
    if source is None:
        return []
    spans = [
        (leaf, leaf.span[1:])
        for leaf in document.leaves
        if leaf.span is not None and leaf.span[0] == documents.NAME and leaf.body.strip()
    ]
    # Sampled before the source is searched: a search for each of thousands of elements would take minutes.
    found = (
        Claim(leaf.body_path, leaf.id, leaf.body[:STATEMENT_LETTERS_MAX], excerpt(source, span, leaf.body))
        for leaf, span in spread(spans, CLAIMS_MOST)
    )
    return [claim for claim in found if claim.excerpt]
