"""Terms a document defines in lists: description lists, "**term**: what it is", option lists. Judges no question."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from granulator.extraction.blocks import Block
from granulator.extraction.outline import short_title
from granulator.extraction.sections import BOILERPLATE, Reading
from granulator.extraction.vocabulary import content_words, listed, words

SEPARATOR = re.compile(r"\s*(?::|\s[-\u2013\u2014]{1,2})\s+")
PLAIN_TERM = re.compile(
    r"(?P<term>[A-Za-z\"'-][\w.()/<>'\"+-]{1,30}(?: [\w-]+){0,2}?)(?::|\s+[-\u2013\u2014]{1,2})\s+(?=\S)"
)
LABEL = re.compile(
    r"^(?:class|event|static method|method|function|option|command|environment variable):?\s+", re.IGNORECASE
)
HEAD_NAME = re.compile(
    r"--?[\w-]+|[\w$:'-]*[._:$-][\w.:'$-]*\w(?:\(\))?|\w+\(\)|'\w+'|[a-z]+[A-Z]\w+|[a-z][a-z0-9]+|[A-Z]+_[A-Z_]+"
)
FIRST_SENTENCE = re.compile(r"(.+?[.!?])(?=\s+[A-Z\"(\u201c]|$)")
NOT_TERMS = listed("""
    note warning tip example examples important caution default returns return see todo type value default
    deprecated added version returns: parameters arguments output input result usage error solution problem
    answer question q a notes hint attention summary name description author date title status since history
""")
NOT_DEFINITIONS = re.compile(
    r"(?:see|same as|equivalent to|alias|like|returns?|type|default|deprecated|this|these|it|they|as above|also|but|"
    r"and|or|the same|ditto|unused|reserved|optional|by default|now|used (?:in|with|to)?|use|if|when|http|note)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Definition:
    """A term and what the document says it is; ``start`` and ``end`` are the source offsets of both together.

    ``group`` is the list they stand in, ``block`` the index of the block of the definition.
    """

    term: str
    text: str
    start: int
    end: int
    group: int
    block: int

    def stems(self) -> frozenset[str]:
        return frozenset(content_words(self.text))


def definitions(reading: Reading) -> tuple[Definition, ...]:
    """Return the definitions in order; a term defined twice is left out, for it has no one meaning."""
    found = [one for one in entries(reading) if _is_sound(one)]
    counts: dict[str, int] = {}
    for definition in found:
        counts[definition.term.casefold()] = counts.get(definition.term.casefold(), 0) + 1
    return tuple(definition for definition in found if counts[definition.term.casefold()] == 1)


def entries(reading: Reading) -> tuple[Definition, ...]:
    """Return whatever looks like an entry of a glossary, in order; what it says may lean on the text around it."""
    every = [*_all(reading.document.blocks), *_headed(reading)]
    return tuple(sorted(every, key=lambda one: (one.start, one.end)))


def _all(blocks: Sequence[Block]) -> Iterator[Definition]:
    for index, block in enumerate(blocks):
        if block.kind == "definition" and index and blocks[index - 1].kind == "term":
            term = blocks[index - 1]
            text = _first_sentence(block.text)
            yield Definition(term.text.rstrip(" :"), text, term.start, block.span(0, len(text))[1], block.group, index)
        elif block.kind == "item":
            found = _item(block, index)
            if found:
                yield found


def _headed(reading: Reading) -> Iterator[Definition]:
    """Yield what reference manuals say first under a heading that is the name of a thing, such as an option."""
    blocks = reading.document.blocks
    groups: dict[tuple[str, ...], int] = {}
    for section in reading.sections:
        term = LABEL.sub("", short_title(section.title))
        opening = next(
            (i for i in range(section.first + 1, min(section.first + 6, section.last)) if _opens(blocks[i])), 0
        )
        if opening and not section.is_boilerplate and HEAD_NAME.fullmatch(term):
            text = _first_sentence(blocks[opening].text)
            start, end = blocks[section.first].start, blocks[opening].span(0, len(text))[1]
            group = groups.setdefault((*section.parents, str(section.level)), -1 - len(groups))
            yield Definition(term, text, start, end, group, opening)


def _opens(block: Block) -> bool:
    return block.kind == "paragraph" and len(words(block.text)) >= 6


def _item(block: Block, index: int) -> Definition | None:
    marked = next((mark for mark in block.marks if mark.start == 0 and mark.kind in ("code", "strong")), None)
    if marked:
        term, inside = block.text[: marked.end], re.match(r".*:$", block.text[: marked.end])
        gap = re.compile(r"\s+").match(block.text, marked.end) if inside else SEPARATOR.match(block.text, marked.end)
        rest = gap.end() if gap else 0
    else:
        plain = PLAIN_TERM.match(block.text)
        term, rest = (plain["term"], plain.end()) if plain else ("", 0)
    if not rest:
        return None
    text = _first_sentence(block.text[rest:])
    start, end = block.span(0, rest + len(text))
    return Definition(term.strip(" :"), text, start, end, block.group, index) if text else None


def _first_sentence(text: str) -> str:
    first = FIRST_SENTENCE.match(text)
    return (first[1] if first else text).strip()


def _is_sound(definition: Definition) -> bool:
    term, text = definition.term, definition.text
    count = len(words(text))
    return (
        1 <= len(term.split()) <= 4
        and 2 <= len(term) <= 40
        and term.casefold().strip(":") not in NOT_TERMS
        and not BOILERPLATE.match(term)
        and 5 <= count <= 32
        and len(definition.stems()) >= 3
        and not NOT_DEFINITIONS.match(text)
        and not text.endswith((":", ",", "("))
        and "http" not in text
        and text.count("(") == text.count(")")
        and re.search(
            r"\b(?:this|these|above|below|following|previous|we|our|it|they|its|their)\b", text, re.IGNORECASE
        )
        is None
    )
