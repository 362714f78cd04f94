"""A source read once for all that is written from it, with what every structure type says in the same way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from granulator.errors import SourceUnreadable
from granulator.extraction import candidates, concepts, documents, imperatives, lessons, ranking, sections
from granulator.extraction.candidates import Vocabulary
from granulator.extraction.outline import Group
from granulator.extraction.sections import Reading
from granulator.model import JsonObject, Source

READING_WORDS_PER_MINUTE: Final = 180
PASSING_SCORE: Final = 70
VERBS: Final = ("Explain", "Describe", "Summarize", "Illustrate")
"""Verbs of objectives that a reader of the source can be held to; used in turn."""


@dataclass(frozen=True, slots=True)
class Material:
    """A source with its sections, its terms, and the centrality of every usable sentence by its order."""

    reading: Reading
    ranks: Mapping[int, float]
    known: Vocabulary


def read(source: Source, *, is_prose: bool = True) -> Material:
    """Return what a source holds; without ``is_prose`` it may be a mere list, whose items are no sentences.

    Raises SourceUnreadable.
    """
    reading = sections.read(documents.read(source))
    if is_prose and not reading.usable:
        raise SourceUnreadable("The source holds no complete sentences", reason="empty")
    ranks = ranking.textrank([reading.sentences[order].stems for order in reading.usable])
    return Material(reading, dict(zip(reading.usable, ranks, strict=True)), candidates.vocabulary(reading))


def frames(groups: Sequence[Group]) -> tuple[JsonObject, ...]:
    """Return what a stored outline says of each stretch of the source."""
    return tuple(
        {"title": group.whole.title, "start": group.whole.start, "end": group.whole.end, "leaves": len(group.lessons)}
        for group in groups
    )


def description(material: Material, orders: Sequence[int], fallback: str) -> str:
    """Return the two most central sentences from the beginning of the stretch, or ``fallback``."""
    best = lessons.best_sentences(material.reading, material.ranks, _early(orders), 2)
    return " ".join(sentence.text for sentence in best) or fallback


def _early(orders: Sequence[int]) -> Sequence[int]:
    return orders[: max(40, len(orders) // 10)]


def about(material: Material, title: str) -> str:
    """Return what the source says it is about: the sentence that opens it, and an early central one."""
    reading = material.reading
    opening = concepts.opening(reading, title)
    first = "" if opening is None else opening.definition
    told = [order for order in _early(reading.usable) if _is_told(reading, order, first)]
    best = lessons.best_sentences(reading, material.ranks, told, 1)
    return " ".join([first, *(sentence.text for sentence in best)]).strip()


def _is_told(reading: Reading, order: int, first: str) -> bool:
    text = reading.sentences[order].text
    return text != first and not imperatives.is_order(text)


def covered(groups: Sequence[Group]) -> str:
    """Return a description made of titles alone."""
    return "It covers " + "; ".join(group.whole.title for group in groups) + "."


def spoken(minutes: int) -> str:
    """Return a length of time in words, in hours from 90 minutes on."""
    if minutes < 90:
        return f"{minutes} minute{'s' * (minutes != 1)}"
    return f"{ceil(minutes / 60)} hours"
