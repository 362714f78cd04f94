"""A source cut into numbered passages under its sections, and which of them match a query; shows none of them."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log

from granulator.extraction import documents, sections, sentences
from granulator.extraction.blocks import Block
from granulator.extraction.sections import Reading, Section
from granulator.extraction.sentences import IDEOGRAPH
from granulator.extraction.vocabulary import content_words
from granulator.model import Source

WORDS_ENOUGH = 60
WORDS_MOST = 150
"""A passage that has enough words ends where the next paragraph would make it too long."""

LETTERS_MOST = 1000
"""A sentence or a line of code that is longer is cut at a space."""

BM25_GAIN, BM25_LENGTH = 1.2, 0.75

_LABEL = re.compile(r"([ps])([1-9][0-9]{0,6})")
_IDEOGRAPHS = re.compile(rf"{IDEOGRAPH.pattern}+")

Piece = tuple[str, int, int]
"""A text with the white space after it, and the source offsets of the text."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Some paragraphs of one section; ``start`` and ``end`` are half-open offsets into the normalised source."""

    label: str
    section: int
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Range:
    """The passages of a section, as half-open indexes: ``first`` to ``last`` its own, to ``inner`` its subsections'."""

    first: int
    last: int
    inner: int


@dataclass(frozen=True, slots=True)
class Passages:
    """A source ready to be shown and cited; the section labelled s1 is the first of ``reading.sections``, and so on.

    ``ranges`` go with the sections; ``places`` maps a word to the passages it stands in and how often; ``lengths``
    count the words of each passage that say what it is about.
    """

    reading: Reading
    passages: tuple[Passage, ...]
    ranges: tuple[Range, ...]
    places: Mapping[str, tuple[array[int], array[int]]]
    lengths: tuple[int, ...]

    def passage(self, label: str) -> int | None:
        """Return the index of the passage a label such as p12 names."""
        return _index(label, "p", len(self.passages))

    def section(self, label: str) -> int | None:
        """Return the index of the section a label such as s3 names."""
        return _index(label, "s", len(self.ranges))


def read(source: Source) -> Passages:
    """Return the passages of ``source``; takes seconds for millions of characters.

    Raises SourceUnreadable with ``reason`` "decode", "empty" or "too_large".
    """
    reading = sections.read(documents.read(source))
    passages = _passages(reading, lambda block: block.kind != "heading" and not block.is_linked())
    if not passages:
        # Nothing but headings or links: then these are what there is to say.
        passages = _passages(reading, lambda block: True)
    places, lengths = _places(passages)
    return Passages(reading, passages, _ranges(reading, passages), places, lengths)


def scores(passages: Passages, query: str) -> dict[int, float]:
    """Return how well each passage that has a word of the query matches it (Okapi BM25), by its index."""
    found: dict[int, float] = defaultdict(float)
    number = len(passages.passages)
    mean = max(1.0, sum(passages.lengths) / number)
    for term in dict.fromkeys(_terms(query)):
        indexes, frequencies = passages.places.get(term, ((), ()))
        rarity = log(1 + (number - len(indexes) + 0.5) / (len(indexes) + 0.5))
        for index, times in zip(indexes, frequencies, strict=True):
            share = 1 - BM25_LENGTH + BM25_LENGTH * passages.lengths[index] / mean
            found[index] += rarity * times * (BM25_GAIN + 1) / (times + BM25_GAIN * share)
    return found


def _index(label: str, kind: str, number: int) -> int | None:
    found = _LABEL.fullmatch(label)
    if found is None or found[1] != kind or int(found[2]) > number:
        return None
    return int(found[2]) - 1


def _passages(reading: Reading, is_text: Callable[[Block], bool]) -> tuple[Passage, ...]:
    found: list[Passage] = []
    for number, section in enumerate(reading.sections):
        blocks = reading.document.blocks[section.first : section.last]
        pieces = (piece for block in blocks if is_text(block) for piece in _pieces(block))
        for group in _grouped(pieces):
            start, end = min(piece[1] for piece in group), max(piece[2] for piece in group)
            text = "".join(piece[0] for piece in group).rstrip()
            found.append(Passage(f"p{len(found) + 1}", number, text, start, end))
    return tuple(found)


def _grouped(pieces: Iterator[Piece]) -> Iterator[list[Piece]]:
    group: list[Piece] = []
    words = 0
    for piece in pieces:
        more = _words(piece[0])
        if words >= WORDS_ENOUGH and words + more > WORDS_MOST:
            yield group
            group, words = [], 0
        group.append(piece)
        words += more
    if group:
        yield group


def _words(text: str) -> int:
    # Text without spaces counts by its length, so that no passage is without end.
    return max(len(text.split()) + len(IDEOGRAPH.findall(text)) // 2, len(text) // 12)


def _pieces(block: Block) -> Iterator[Piece]:
    for begin, end in _cuts(block):
        raw = block.text[begin:end]
        if text := raw.strip():
            start = begin + raw.index(text)
            yield (raw + "\n" if end == len(block.text) else raw, *block.span(start, start + len(text)))


def _cuts(block: Block) -> Iterator[tuple[int, int]]:
    """Yield the whole of the block, or its sentences or lines when it is long, as half-open offsets into its text."""
    text = block.text
    borders = [0, len(text)]
    if _words(text) > WORDS_MOST:
        inner = _line_starts(text) if block.kind == "code" else [sentence.at for sentence in sentences.split(block)]
        borders = sorted({*borders, *inner})
    for begin, end in pairwise(borders):
        while end - begin > LETTERS_MOST:
            space = text.rfind(" ", begin + LETTERS_MOST // 2, begin + LETTERS_MOST)
            cut = space + 1 or begin + LETTERS_MOST
            yield begin, cut
            begin = cut
        yield begin, end


def _line_starts(text: str) -> list[int]:
    return [newline.end() for newline in re.finditer("\n", text)]


def _ranges(reading: Reading, passages: Sequence[Passage]) -> tuple[Range, ...]:
    numbers = range(len(reading.sections))
    firsts = [bisect_left(passages, number, key=lambda passage: passage.section) for number in numbers]
    ends = [*firsts[1:], len(passages)]
    inners = list(ends)
    above: list[int] = []
    for number in numbers:
        while above and not _is_under(reading, reading.sections[number], above[-1]):
            above.pop()
        for outer in above:
            inners[outer] = ends[number]
        above.append(number)
    return tuple(map(Range, firsts, ends, inners))


def _is_under(reading: Reading, section: Section, outer: int) -> bool:
    above = reading.sections[outer]
    # What stands before the first heading has no subsections, whatever its level.
    return section.level > above.level and reading.document.blocks[above.first].kind == "heading"


def _places(passages: Sequence[Passage]) -> tuple[dict[str, tuple[array[int], array[int]]], tuple[int, ...]]:
    places: dict[str, tuple[array[int], array[int]]] = defaultdict(lambda: (array("I"), array("I")))
    lengths = []
    for index, passage in enumerate(passages):
        counts = Counter(_terms(passage.text))
        lengths.append(counts.total())
        for term, times in counts.items():
            indexes, frequencies = places[term]
            indexes.append(index)
            frequencies.append(times)
    return dict(places), tuple(lengths)


def _terms(text: str) -> list[str]:
    """Return what a text is matched by: its content words, and pairs of characters where no spaces part words."""
    pairs = [run[at : at + 2] for run in _IDEOGRAPHS.findall(text) for at in range(len(run) - 1)]
    return content_words(text) + pairs
