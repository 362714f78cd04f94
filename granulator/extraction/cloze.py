"""Questions with one blank, made of a sentence, a term of it and three terms that cannot stand there."""

from __future__ import annotations

from dataclasses import dataclass

from granulator.extraction import distractors
from granulator.extraction.candidates import BLANK, YEAR_UNIT, Candidate, Vocabulary, is_definition
from granulator.extraction.distractors import DISTRACTORS


@dataclass(frozen=True, slots=True)
class Item:
    """One question: ``options`` hold the answer first; ``ease`` grows with how easy it is, ``worth`` with how good.

    ``others`` are the spans of further sentences it shows; ``is_contrary`` tells that its answer turns one round.
    ``form`` names a sort of question of which a quiz should not have many.
    """

    kind: str
    stem: str
    answer: str
    options: tuple[str, ...]
    explanation: str
    start: int
    end: int
    order: int
    ease: float
    bloom: str
    pairs: tuple[tuple[str, str], ...] = ()
    worth: float = 0.0
    others: tuple[tuple[int, int], ...] = ()
    is_contrary: bool = False
    form: str = ""


def item(known: Vocabulary, candidate: Candidate) -> Item | None:
    """Return the question of ``candidate``, or None when the text has no three terms that are surely wrong there."""
    sentence, occurrence = candidate.sentence, candidate.occurrence
    stem_text = sentence.text[: occurrence.start] + BLANK + sentence.text[occurrence.end :]
    if candidate.term.shape[0] == "number":
        wrong, likeness = distractors.amounts(known, candidate), 0.5
    else:
        wrong, likeness = distractors.find(known, candidate, stem_text, is_strict=True)
    if len(wrong) < DISTRACTORS:
        return None
    frequency = min(len(candidate.term.occurrences), 20) / 20
    ease = frequency - likeness - sentence.count / 60 + (0.3 if is_definition(sentence, occurrence) else 0)
    lead = "Which term completes this definition?" if is_definition(sentence, occurrence) else "Fill in the blank:"
    is_typed = candidate.term.shape[0] == "number" and candidate.term.shape[1] != YEAR_UNIT and sentence.order % 2 == 0
    return Item(
        "numeric" if is_typed else "multiple_choice",
        f"{'Which number is missing?' if is_typed else lead} {stem_text}",
        candidate.term.text,
        () if is_typed else (candidate.term.text, *wrong),
        sentence.text,
        sentence.start,
        sentence.end,
        sentence.order,
        ease,
        "remember",
        worth=candidate.worth + likeness,
        form="blank",
    )
