"""Sentences of a block with their place in the source, and whether a sentence can stand alone. Ranks nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from granulator.extraction.blocks import Block, Mark
from granulator.extraction.phrasing import (
    AUXILIARIES,
    BACK_REFERENCE,
    DANGLING_START,
    FIRST_PERSON,
    FRAGMENT,
    HIDDEN,
    LEANING,
    POINTING,
    RELATIVES,
    SEE_ALSO,
    SUBORDINATORS,
    THIRD_PERSON,
    URL,
    VERBS,
)
from granulator.extraction.vocabulary import ABBREVIATIONS, COMMON_WORDS, STOP_WORDS, content_words, listed, words

BORDER = re.compile(r"([.!?\u2026]+[\"'\u201d\u2019)\]]*)\s+(?=([^\s]))|[\u3002\uff01\uff1f]+[\u300d\u300f\uff09]*")
IDEOGRAPH = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
"""Scripts without spaces: two characters count as a word."""

LOOSE_SIGN = re.compile(r"(?:^|\s)[~<>|=+*/\\-]{1,3}(?=\s)")
LAST_TOKEN = re.compile(r"[^\s(\"'\u201c\[]{1,40}$")
COMPLETE = re.compile(r"[.!?\u2026\u3002\uff01\uff1f][\"'\u201d\u2019)\]\u300d\u300f]*$")
OPENING = re.compile(r"[\"'\u201c\u2018(\[]*(?:[^\W_a-z]|[a-z]\w*[A-Z_.(\[:/-]|--?\w)")


CLAUSE_TOKEN = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?|,")
PERSONS = listed("he she his her him")
DETERMINED = listed("the a an of in to its their any each all no your by with for these those many several")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence; ``start`` and ``end`` are half-open offsets into the source, ``at`` is its place in the block.

    ``block`` and ``order`` count the blocks and sentences of the document; ``stems`` are its content words.
    """

    text: str
    start: int
    end: int
    block: int
    order: int
    at: int
    count: int
    stems: frozenset[str]
    marks: tuple[Mark, ...] = ()


def word_count(text: str) -> int:
    """Return how many words a text has, of scripts without spaces too."""
    return len(words(text)) + len(IDEOGRAPH.findall(text)) // 2


def split(block: Block, index: int = 0, order: int = 0) -> list[Sentence]:
    """Return the sentences of ``block``, whose place among the blocks is ``index``; their order starts at ``order``."""
    found: list[Sentence] = []
    for begin, end in _borders(block):
        text = block.text[begin:end]
        start, stop = block.span(begin, end)
        marks = tuple(
            Mark(m.kind, m.start - begin, m.end - begin) for m in block.marks if begin <= m.start and m.end <= end
        )
        count = word_count(text)
        found.append(
            Sentence(text, start, stop, index, order + len(found), begin, count, frozenset(content_words(text)), marks)
        )
    return found


def _borders(block: Block) -> Iterator[tuple[int, int]]:
    text, begin = block.text, 0
    codes = frozenset(mark.start for mark in block.marks if mark.kind == "code")
    for border in BORDER.finditer(text):
        if border[1] and not _ends_here(text, begin, border, codes):
            continue
        end = border.end(1) if border[1] else border.end()
        if text[begin:end].strip():
            yield begin, end
        begin = border.end()
    if text[begin:].strip():
        yield begin, len(text)


def _ends_here(text: str, begin: int, border: re.Match[str], codes: frozenset[int]) -> bool:
    follows = border[2]
    if follows.islower() and border.end() not in codes:
        return False
    if not border[1].startswith(".") or len(border[1].rstrip("\"'\u201d\u2019)]")) > 1:
        return True
    token = LAST_TOKEN.search(text[max(begin, border.start() - 40) : border.start()])
    word = token[0].lower() if token else ""
    is_initial = len(word) == 1 and word.isalpha() and (token[0].isupper() if token else False) and word != "i"
    is_number = word.isdigit() and len(word) <= 3 and border.start() - len(word) == begin
    is_no = word == "no" and not follows.isdigit()
    return is_no or not (word in ABBREVIATIONS or is_initial or is_number)


def is_complete(sentence: Sentence) -> bool:
    """Whether it is a whole sentence of prose: it opens and ends like one and is no reference, question or fragment."""
    text = sentence.text
    return (
        sentence.count >= 4
        and len(text) <= 600
        and COMPLETE.search(text) is not None
        and OPENING.match(text) is not None
        and not text.rstrip("\"'\u201d\u2019)").endswith(("?", "...", "\u2026"))
        and not SEE_ALSO.match(text)
        and not FRAGMENT.match(text)
        and not URL.search(text)
        and _is_balanced(text)
        and _is_prose(text)
    )


def has_main_clause(sentence: Sentence) -> bool:
    """Whether a finite verb stands outside its relative and conditional clauses, as far as word lists can tell."""
    return is_clause(sentence.text)


def is_clause(text: str) -> bool:
    """Whether a subject and then a finite verb stand in ``text``, outside of relative and conditional clauses."""
    row = CLAUSE_TOKEN.findall(text.lower())
    if row and row[0] in SUBORDINATORS:
        row = row[row.index(",") + 1 :] if "," in row else []
    finite = [place for place in range(1, len(row)) if is_finite(row, place)]
    relative = next((place for place, word in enumerate(row) if word in RELATIVES), len(row))
    return bool(finite) and (finite[0] < relative or len(finite) > 1)


def has_verb(text: str) -> bool:
    """Whether a finite verb stands in ``text``, as far as word lists can tell."""
    row = CLAUSE_TOKEN.findall(text.lower())
    return any(is_finite(row, place) for place in range(1, len(row)))


def is_finite(row: Sequence[str], place: int) -> bool:
    """Whether word ``place`` of a clause in lower case is a finite verb, as far as word lists can tell."""
    word, before = row[place], row[place - 1]
    if word in AUXILIARIES:
        return True
    if word in THIRD_PERSON:
        return before not in DETERMINED
    is_plural = before.endswith("s") and not before.endswith(("ss", "'s", "\u2019s")) and before not in AUXILIARIES
    return word in VERBS and is_plural and "to" not in row[:place]


def _is_balanced(text: str) -> bool:
    return (
        all(text.count(opening) == text.count(closing) for opening, closing in ("()", "[]"))
        and text.count("\u201c") == text.count("\u201d")
        and text.count('"') % 2 == 0
    )


def _is_prose(text: str) -> bool:
    if len(LOOSE_SIGN.findall(text)) > 2:
        return False
    letters = sum(1 for character in text if character.isalpha() or character == " ")
    return letters >= 0.72 * len(text)


def needs_predecessor(sentence: Sentence) -> bool:
    """Whether it leans on the sentence before it."""
    return DANGLING_START.match(sentence.text) is not None


def is_pointing(sentence: Sentence) -> bool:
    """Whether it points at something else in the document, such as a figure or "the code above"."""
    return POINTING.search(sentence.text) is not None


def _leans(text: str) -> bool:
    """Whether it speaks of something that only an earlier sentence names; "he" may be one named at its beginning."""
    hidden = HIDDEN.search(text)
    if hidden is None:
        return False
    first = text.partition(" ")[0].lower()
    return hidden[0].lower() not in PERSONS or first in STOP_WORDS or first in COMMON_WORDS


def is_plain(text: str) -> bool:
    """Whether a piece of a sentence neither points elsewhere nor speaks of the author or of what was named before."""
    back = BACK_REFERENCE.search(text)
    return not (
        FIRST_PERSON.search(text)
        or POINTING.search(text)
        or HIDDEN.search(text)
        or (back and back[0].lower() in LEANING)
    )


def stands_alone(sentence: Sentence) -> bool:
    """Whether a reader who sees nothing else understands it."""
    text = sentence.text
    if needs_predecessor(sentence) or is_pointing(sentence) or FIRST_PERSON.search(text) or _leans(text):
        return False
    back = BACK_REFERENCE.search(text)
    return back is None or (back[0].lower() not in LEANING and len(words(text[: back.start()])) >= 5)
