"""A quiz from a source: its questions by the parts of the source they stand in. Asks nothing it does not answer."""

from __future__ import annotations

from granulator.extraction import items, labels, outline
from granulator.extraction.sections import Reading
from granulator.granulation.authors import questions
from granulator.granulation.authors.base import Brief, Outline
from granulator.granulation.authors.extracted.material import (
    PASSING_SCORE,
    Material,
    covered,
    description,
    frames,
    spoken,
)
from granulator.model import JsonObject

MINUTES_PER_QUESTION = 2


def write(brief: Brief, material: Material) -> tuple[Outline, tuple[JsonObject, ...]]:
    """Return the outline and the categories of a quiz; it has fewer questions when the source holds no more."""
    reading, ranks, known = material.reading, material.ranks, material.known
    groups = outline.divide(reading, known.terms, brief.sizes.groups, 2 * brief.sizes.groups)
    wanted = [len(share) for share in _dealt(brief.sizes.leaves, len(groups))]
    asked = items.choose(known, ranks, [group.whole for group in groups], wanted, is_shared=True)
    kept = [(group, row) for group, row in zip(groups, asked, strict=True) if row]
    categories: list[JsonObject] = []
    count = 0
    for group, row in kept:
        asked_here = questions.elements(reading, row, "q_", "quiz", first=count + 1)
        count += len(row)
        categories.append(
            {
                "name": group.whole.title,
                "questions": asked_here,
                "provenance": questions.provenance(reading, group.whole.start, group.whole.end),
            }
        )
    minutes = max(1, MINUTES_PER_QUESTION * count)
    overview: JsonObject = {
        "title": _title(reading, brief.topic),
        "description": description(material, material.reading.usable, covered(groups)),
        "totalQuestions": count,
        "timeLimit": spoken(minutes),
        "durationMinutes": minutes,
        "passingScore": PASSING_SCORE,
        "provenance": questions.provenance(reading, 0, len(reading.document.text)),
    }
    return Outline(overview, frames([group for group, _ in kept])), tuple(categories)


def _title(reading: Reading, topic: str) -> str:
    """Return what the source calls itself; what a program put there, such as "<string>", is no name."""
    title = reading.document.title or topic
    if not title.startswith("<"):
        return title
    return next((section.title for section in reading.sections if labels.is_label(section.title)), topic)


def _dealt(count: int, groups: int) -> list[range]:
    return [range(number, count, groups) for number in range(groups)]
