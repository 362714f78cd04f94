"""The text of a lesson: real sentences in their order, key points, examples and exercises. Knows no JSON."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from textwrap import dedent

from granulator.extraction import outline, sentences
from granulator.extraction.outline import Segment
from granulator.extraction.sections import Reading
from granulator.extraction.sentences import Sentence
from granulator.extraction.terms import Term

MOST_EXAMPLES = 3
MOST_LINES = 40
LONGEST_POINT = 45
ILLUSTRATION = re.compile(r"\b(?:for example|for instance|e\.g\.|such as|suppose|imagine|consider)\b", re.IGNORECASE)
DUTY = re.compile(r"\b(?:must|should|cannot|never|always|only if|required)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a lesson says; every string but the exercises stands in the source."""

    title: str
    content: str
    key_points: tuple[str, ...]
    examples: tuple[str, ...]
    exercises: tuple[str, ...]
    terms: tuple[str, ...]
    words_read: int


def write(
    reading: Reading,
    terms: Mapping[str, Term],
    ranks: Mapping[int, float],
    segment: Segment,
    *,
    words: int,
    exercises: int,
    needs_example: bool,
    number: int = 0,
) -> Lesson:
    """Return the lesson of ``segment`` with about ``words`` words of content; ``number`` varies the exercises."""
    chosen = _content(reading, ranks, segment, words)
    points = _key_points(ranks, chosen)
    listings = _listings(reading, segment)
    examples = listings or (_illustrations(reading, segment, points) if needs_example else ())
    telling = tuple(outline.phrases(terms, segment.orders, 4))
    return Lesson(
        segment.title,
        _flow(chosen),
        tuple(point.text for point in points),
        examples,
        _turned(_exercises(reading, segment, telling, listings, points, number), number)[:exercises],
        telling,
        sum(reading.sentences[order].count for order in segment.orders),
    )


def best_sentences(reading: Reading, ranks: Mapping[int, float], orders: Iterable[int], most: int) -> list[Sentence]:
    """Return the ``most`` central sentences that can stand alone, in the order of the text."""
    alone = [reading.sentences[order] for order in orders if _is_point(reading.sentences[order])]
    ranked = sorted(alone, key=lambda sentence: (-_value(ranks, sentence), sentence.order))
    return sorted(ranked[:most], key=lambda sentence: sentence.order)


def _value(ranks: Mapping[int, float], sentence: Sentence) -> float:
    """Return the centrality, less for very short and very long sentences."""
    return ranks.get(sentence.order, 0.0) - 0.02 * abs(sentence.count - 18)


def _is_point(sentence: Sentence) -> bool:
    return 6 <= sentence.count <= LONGEST_POINT and sentences.stands_alone(sentence)


def _content(reading: Reading, ranks: Mapping[int, float], segment: Segment, words: int) -> list[Sentence]:
    pool = [reading.sentences[order] for order in segment.orders if not sentences.is_pointing(reading.sentences[order])]
    pool = pool if len(pool) >= LEAST else [reading.sentences[order] for order in segment.orders]
    if sum(sentence.count for sentence in pool) <= 1.25 * words:
        anchored = _anchored(pool)
        return anchored if len(anchored) >= LEAST else pool
    kept: list[Sentence] = []
    left = 1.05 * words
    for paragraph in _paragraphs(ranks, pool):
        fitting = _fitting(paragraph, left)
        left -= sum(sentence.count for sentence in fitting)
        kept.extend(fitting)
    return sorted(kept, key=lambda sentence: sentence.order) if len(kept) >= LEAST else list(pool[:LEAST])


LEAST = 3


def _paragraphs(ranks: Mapping[int, float], pool: Sequence[Sentence]) -> list[list[Sentence]]:
    """Return the paragraphs, the one that opens the section first and then the most central ones."""
    rows = [list(row) for _, row in groupby(_anchored(pool), key=lambda sentence: sentence.block)]
    means = [sum(_value(ranks, sentence) for sentence in row) / len(row) for row in rows]
    ranked = sorted(range(1, len(rows)), key=lambda index: (-means[index], index))
    return [rows[index] for index in (0, *ranked)] if rows else []


def _fitting(paragraph: Sequence[Sentence], left: float) -> list[Sentence]:
    kept: list[Sentence] = []
    for sentence in paragraph:
        left -= sentence.count
        if left < 0:
            break
        kept.append(sentence)
    return kept


def _anchored(pool: Sequence[Sentence]) -> list[Sentence]:
    kept: list[Sentence] = []
    for sentence in pool:
        leans = sentences.needs_predecessor(sentence)
        if not leans or (kept and kept[-1].order == sentence.order - 1 and kept[-1].block == sentence.block):
            kept.append(sentence)
    return kept


def _flow(chosen: Sequence[Sentence]) -> str:
    paragraphs = groupby(chosen, key=lambda sentence: sentence.block)
    return "\n\n".join(" ".join(sentence.text for sentence in row) for _, row in paragraphs)


def _key_points(ranks: Mapping[int, float], chosen: Sequence[Sentence]) -> list[Sentence]:
    most = max(2, min(5, len(chosen) // 3))
    ranked = sorted(chosen, key=lambda sentence: (-_value(ranks, sentence), sentence.order))
    alone = [sentence for sentence in ranked if _is_point(sentence)]
    rest = [sentence for sentence in ranked if not _is_point(sentence) and not sentences.needs_predecessor(sentence)]
    last = [sentence for sentence in ranked if sentence not in alone and sentence not in rest]
    points = alone[:most] if len(alone) >= 2 else [*alone, *rest, *last][:2]
    return sorted(points, key=lambda sentence: sentence.order)


def _listings(reading: Reading, segment: Segment) -> tuple[str, ...]:
    blocks = reading.document.blocks[segment.first : segment.last]
    texts = [dedent(block.text).strip() for block in blocks if block.kind == "code" and block.start < segment.end]
    fitting = [text for text in dict.fromkeys(texts) if text.count("\n") < MOST_LINES and len(text) >= 12]
    longer = [text for text in fitting if "\n" in text]
    chosen = (longer or fitting)[:MOST_EXAMPLES]
    return tuple(chosen)


def _illustrations(reading: Reading, segment: Segment, points: Sequence[Sentence]) -> tuple[str, ...]:
    """Return sentences that illustrate when a section has no listing; an example is quoted, never made up."""
    rows = [reading.sentences[order] for order in segment.orders]
    marked = [sentence for sentence in rows if ILLUSTRATION.search(sentence.text)]
    known = {point.order for point in points}
    concrete = sorted(
        (sentence for sentence in rows if sentence.order not in known and not sentences.needs_predecessor(sentence)),
        key=lambda sentence: (-len(re.findall(r"\d|[\"\u201c'(]|\b[A-Z]", sentence.text)), sentence.order),
    )
    chosen = (marked or concrete or rows)[:1]
    return tuple(sentence.text for sentence in chosen)


def _exercises(
    reading: Reading,
    segment: Segment,
    telling: Sequence[str],
    listings: Sequence[str],
    points: Sequence[Sentence],
    number: int,
) -> tuple[str, ...]:
    """Return exercises on what the section holds; the wording depends on ``number``."""
    title = segment.title
    found: list[str] = []
    steps = [b for b in reading.document.blocks[segment.first : segment.last] if b.kind == "item" and b.number]
    duties = [point for point in points if DUTY.search(point.text)]
    shown = [term for term in telling if any(term.strip("\"'").partition("(")[0] in listing for listing in listings)]
    if shown:
        found.append(_pick(_ON_CODE, number, title, shown))
    if len(steps) >= 3:
        found.append(
            f"Carry out the numbered steps under \u201c{title}\u201d yourself and note the result of each one."
        )
    if duties:
        found.append(
            f"Find a case in your own work for this rule, and describe what happens when it is broken: {duties[0].text}"
        )
    if len(telling) > 1:
        found.append(_pick(_ON_TERMS, number, title, telling))
    found.append(_pick(_ON_TEXT, number, title, telling))
    return tuple(found)


_ON_CODE = (
    ("Run the example from \u201c", 0, "\u201d, change one line that concerns ", 1, ", and explain what changed."),
    ("Retype the example from \u201c", 0, "\u201d from memory and explain the part that ", 1, " plays in it."),
    ("Write a small example of your own that uses ", 1, ", and compare it with the one in \u201c", 0, "\u201d."),
    ("Change the example from \u201c", 0, "\u201d so that it fails, and explain the failure in terms of ", 1, "."),
)
_ON_TERMS = (
    (
        "Write one sentence each on ",
        1,
        " and ",
        2,
        " without the source, then correct them against \u201c",
        0,
        "\u201d.",
    ),
    ("Draw a sketch that shows how ", 1, " and ", 2, " are related in \u201c", 0, "\u201d, and label every link."),
    ("Explain ", 1, " to a colleague in two minutes, using ", 2, " in an example from \u201c", 0, "\u201d."),
    ("List what \u201c", 0, "\u201d states about ", 1, " and what it states about ", 2, "; mark what differs."),
)
_ON_TEXT = (
    ("Summarize \u201c", 0, "\u201d in three sentences of your own, then check each against the source."),
    ("Write two questions that \u201c", 0, "\u201d answers, and quote the sentence that answers each."),
    ("Name one decision in your own work that \u201c", 0, "\u201d would change, and say why."),
)


def _turned(found: Sequence[str], number: int) -> tuple[str, ...]:
    turn = number % len(found)
    return (*found[turn:], *found[:turn])


def _pick(forms: Sequence[Sequence[str | int]], number: int, title: str, telling: Sequence[str]) -> str:
    """Return one of the forms filled in; 0 stands for the title, 1 and 2 for the terms. Nothing is a format string."""
    values = (title, *telling)
    form = forms[number % len(forms)]
    return "".join(part if isinstance(part, str) else values[part] for part in form)
