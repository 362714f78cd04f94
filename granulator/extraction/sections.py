"""A document as sections under the author's own headings, with their sentences. Chooses and ranks nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from granulator.extraction import sentences
from granulator.extraction.blocks import Block
from granulator.extraction.documents import Document
from granulator.extraction.sentences import Sentence

BOILERPLATE = re.compile(
    r"^(?:[\divxlc]+(?:\.\d+)*[.)]?\s+)?(?:table of contents|contents|toc|index|licen[sc]es?|licensing|copyright.*|"
    r"changelog|change ?log|change history|changes|release notes|history|references|bibliography|see also|"
    r"further reading|more information|links|acknowledge?ments?|credits|authors?|contributors?|contributing|sponsors?|"
    r"backers|support|colophon|footnotes|endnotes|disclaimer|legal.*|about (?:this|the) (?:document|documentation|book|"
    r"manual|faq)|document history|revision history|organization of this document|todo|badges|keyboard shortcuts|"
    r"(?:[\w-]+ )?v?\d+\.\d+(?:\.\d+)*[\w.-]*(?: \(.*\))?|navigation|"
    r"related (?:pages|topics)|external links|notices?|name|synopsis|"
    r"bugs|reporting bugs)\W*$",
    re.IGNORECASE,
)
ASIDE = re.compile(r"(?:note|tip|warning|important|caution|hint|danger|attention)s?\W*$", re.IGNORECASE)
"""The title of a box in the text, which begins no section."""

RUN = 4
LONG = 10
"""Sentences of so many words are repetitions when half of their runs of four words stood before."""

PROSE_KINDS = frozenset({"paragraph", "item", "definition", "quote"})
NUMBERING = re.compile(
    r"^(?:(?i:chapter|part|section|appendix) (?:\d{1,3}|[IVXL]+|[A-Z])[.:]|\d{1,3}(?:\.\d{1,3})*[.)]?"
    r"|[A-Z]\.\d{1,3}(?:\.\d{1,3})*\.?|\([a-z\d]\)|[IVXL]+\.)\s+(?=\S)",
)


@dataclass(frozen=True, slots=True)
class Section:
    """The blocks from one heading to the next; ``parents`` are the titles above it, outermost first.

    ``first`` and ``last`` are half-open block indexes, ``start`` and ``end`` half-open source offsets.
    """

    title: str
    level: int
    parents: tuple[str, ...]
    first: int
    last: int
    start: int
    end: int
    is_boilerplate: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """A document with its sections and sentences.

    ``section_of`` maps a block to its section; ``usable`` are the orders of complete sentences of prose outside
    boilerplate, and ``readable`` is the same as a set.
    """

    document: Document
    sections: tuple[Section, ...]
    section_of: tuple[int, ...]
    sentences: tuple[Sentence, ...]
    usable: tuple[int, ...]

    def section(self, sentence: Sentence) -> Section:
        return self.sections[self.section_of[sentence.block]]


def read(document: Document) -> Reading:
    """Return the document cut at its headings."""
    sections = _sections(document)
    section_of = tuple(number for number, section in enumerate(sections) for _ in range(section.first, section.last))
    found: list[Sentence] = []
    for index, block in enumerate(document.blocks):
        if block.kind in PROSE_KINDS and not block.is_linked():
            found.extend(sentences.split(block, index, len(found)))
    usable = _usable(found, document.blocks, sections, section_of)
    return Reading(document, sections, section_of, tuple(found), usable)


def clean_title(text: str) -> str:
    """Return a heading without its numbering and trailing signs."""
    title = NUMBERING.sub("", " ".join(text.split())).strip(" \t.:#*|-\u2013\u2014")
    title = title.strip("_") if " " in title else title
    return title or text.strip()


def parents(reading: Reading) -> tuple[int, ...]:
    """Return for each section the index of the section it stands in, -1 for those that stand in none."""
    found: list[int] = []
    path: list[int] = []
    for number, section in enumerate(reading.sections):
        while path and reading.sections[path[-1]].level >= section.level:
            path.pop()
        found.append(path[-1] if path else -1)
        path.append(number)
    return tuple(found)


def _sections(document: Document) -> tuple[Section, ...]:
    blocks = document.blocks
    heads = [index for index, block in enumerate(blocks) if block.kind == "heading" and not ASIDE.match(block.text)]
    borders = heads if heads[:1] == [0] else [0, *heads]
    found: list[Section] = []
    open_titles: list[tuple[int, str, bool]] = []
    for first, last in zip(borders, [*borders[1:], len(blocks)], strict=True):
        head = blocks[first] if blocks[first].kind == "heading" else None
        level = head.level if head else 1
        title = clean_title(head.text) if head else (document.title or "")
        open_titles = [entry for entry in open_titles if entry[0] < level]
        is_boilerplate = bool(BOILERPLATE.match(title)) or any(entry[2] for entry in open_titles)
        parents = tuple(entry[1] for entry in open_titles)
        end = blocks[last].start if last < len(blocks) else len(document.text)
        found.append(Section(title, level, parents, first, last, blocks[first].start, end, is_boilerplate))
        if head:
            open_titles.append((level, title, is_boilerplate))
    return tuple(found)


def _usable(
    found: Sequence[Sentence], blocks: Sequence[Block], sections: Sequence[Section], section_of: Sequence[int]
) -> tuple[int, ...]:
    once = list(_unrepeated(sentence for sentence in found if sentences.is_complete(sentence)))
    core = tuple(s.order for s in once if not sections[section_of[s.block]].is_boilerplate)
    return core if len(core) * 10 >= len(once) else tuple(s.order for s in once)


def _unrepeated(complete: Iterable[Sentence]) -> Iterator[Sentence]:
    """Yield the sentences that were not said before in nearly the same words, as reference manuals do."""
    seen: set[str] = set()
    said: set[str] = set()
    for sentence in complete:
        text = sentence.text.casefold()
        row = text.split()
        runs = {" ".join(row[place : place + RUN]) for place in range(len(row) - RUN + 1)}
        is_repeated = text in seen or (len(row) >= LONG and len(runs & said) >= 0.5 * len(runs))
        seen.add(text)
        said |= runs
        if not is_repeated:
            yield sentence
