"""Checks of every single text: blank or cut off; not of what it says, nor of what merely stands in for it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import islice

from granulator.granulation.checks.codes import issue, quote
from granulator.granulation.checks.document import Document, Expectation, Passage
from granulator.granulation.structures import is_blank
from granulator.granulation.wording import is_code, is_code_line, tokens, words
from granulator.model import Issue

_PROSE_ROLES = frozenset({"body", "description", "explanation"})


def empty(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find texts of invisible characters only, which the shape takes for text."""
    for passage in document.passages:
        if is_blank(passage.text):
            yield issue("empty", passage.path, f"{passage.path} is blank", f"Fill {passage.path} with real content")


_CLOSERS = "\"'”’»›」』)]}>*_`"
_ENDS = ".!?…。！？؟।:："
_TERMINATED = re.compile(r"[.!?؟][\"'”’»)\]]*(?:\s|$)|[。！？।]")
_LIST_LINE = re.compile(r"\s*(?:[-*+•|#>]|\d+[.)]|[a-z][.)])\s|\s{4,}|\t")
_OPEN_ENDINGS = frozenset(
    (
        "the",
        "a",
        "an",
        "and",
        "or",
        "but",
        "nor",
        "because",
        "although",
        "whereas",
        "if",
        "whose",
        "of",
        "from",
        "with",
        "our",
        "your",
        "my",
        "their",
        "its",
    )
)

SIBLINGS_MIN = 4
UNENDED_SHARE = 0.25
UNENDED_WORDS_MIN = 3
SEEN_CHARACTERS = 20
_INDEX = re.compile(r"\[\d+\]")

_UNFINISHED = frozenset(
    ("to", "in", "is", "are", "be", "can", "will", "we", "you", "it", "that", "this", "on", "for", "by")
)
"""Words a sentence of three words hardly ends with."""


def truncated(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find texts that stop in the middle of a sentence or of a code block."""
    unended = _unlike_siblings(document)
    stumps = _stumps(document)
    sources = tuple(expected.sources.values())
    for passage in document.passages:
        if _is_cut(passage) or passage.path in stumps or _is_left_open(passage, passage.path in unended, sources):
            yield issue(
                "truncated",
                passage.path,
                f"{passage.path} stops in the middle of a sentence: {quote('…' + passage.text.strip()[-60:])}",
                f"Write {passage.path} to its end",
            )


def _unlike_siblings(document: Document) -> frozenset[str]:
    """Return the paths of texts that do not end like a sentence while nearly all others of their kind do."""
    kinds: dict[str, list[Passage]] = defaultdict(list)
    for passage in document.passages:
        if passage.role in _PROSE_ROLES:
            kinds[_INDEX.sub("", passage.path)].append(passage)
    found: set[str] = set()
    for siblings in kinds.values():
        open_ones = [passage for passage in siblings if not _ends_as_sentence(passage.text)]
        if len(siblings) >= SIBLINGS_MIN and len(open_ones) < UNENDED_SHARE * len(siblings):
            found.update(passage.path for passage in open_ones if len(passage.text.split()) >= UNENDED_WORDS_MIN)
    return frozenset(found)


def _stumps(document: Document) -> frozenset[str]:
    """Return the paths of texts that break off: after a word that needs another, in a quotation, within a word."""
    broken = [each for each in document.passages if each.role in _PROSE_ROLES and not _ends_as_sentence(each.text)]
    found = {passage.path for passage in broken if _hangs(passage.text)}
    levels = Counter(_INDEX.sub("", each.path) for each in document.passages if each.role in _PROSE_ROLES)
    open_ones = Counter(_INDEX.sub("", each.path) for each in broken)
    # Where others end without a mark too, the last word is whole.
    alone = [each for each in broken if open_ones[level := _INDEX.sub("", each.path)] == 1 < levels[level]]
    if alone:
        known = Counter(word for passage in document.passages for word in set(tokens(passage.text)))
        longer = {word[:length] for word in known if len(word) > STUMP_LETTERS for length in _stump_lengths(word)}
        found.update(passage.path for passage in alone if _is_stump(passage.text, known, longer))
    return frozenset(found)


def _hangs(text: str) -> bool:
    last = text.strip().rpartition("\n")[2]
    parts = last.split()
    if len(parts) < HANGING_WORDS or is_code(text):
        return False
    is_unclosed = any(last.count(opening) > last.count(closing) for opening, closing in _PAIRS)
    is_begun = parts[-2].casefold() in _BEGINNING and parts[-1].casefold() in _UNFINISHED
    return is_unclosed or is_begun or parts[-1].casefold() in (_OPEN_ENDINGS | _HANGING)


def _stump_lengths(word: str) -> range:
    return range(STUMP_LETTERS, len(word) - STUMP_REST + 1)


def _is_stump(text: str, known: Counter[str], longer: set[str]) -> bool:
    """Return whether the last word stands nowhere else, while a much longer one beginning like it does."""
    said = tokens(text.strip()[-SEEN_CHARACTERS * 2 :])
    return len(said) > 2 and said[-1] in longer and known[said[-1]] == 1 and _INFLECTED.search(said[-1]) is None


STUMP_LETTERS = 4
STUMP_REST = 3
HANGING_WORDS = 4
_PAIRS = (("“", "”"), ("(", ")"), ("«", "»"), ("„", "“"))
_INFLECTED = re.compile(r"(?:s|ed|ing|er)$")
_BEGINNING = frozenset({"what", "which", "that", "because", "how", "if", "when", "where", "and", "or", "but"})
_HANGING = frozenset(
    (
        "what",
        "which",
        "whom",
        "whose",
        "than",
        "into",
        "onto",
        "every",
        "could",
        "would",
        "should",
        "must",
        "might",
        "shall",
        "not",
        "very",
    )
)
"""Words that hardly end a sentence, and certainly not one without a full stop."""


def _is_left_open(passage: Passage, is_unended: bool, sources: tuple[str, ...]) -> bool:
    """Return whether a text ends where it should go on; what a source says may be a heading, and end like one."""
    text = passage.text.strip()
    if not passage.is_source:
        return is_unended
    if not sources or passage.role not in _PROSE_ROLES or _ends_as_sentence(text):
        return False
    ending = text[-SEEN_CHARACTERS:]
    after = [source[place + len(ending) :][:2] for source in sources if (place := source.find(ending)) >= 0]
    return all(re.match(r"\w| [a-z]", each) for each in after) if after else is_unended


def _ends_as_sentence(text: str) -> bool:
    last = text.strip().rpartition("\n")[2]
    bare = last.rstrip(_CLOSERS)
    return (
        not bare
        or bare[-1] in _ENDS
        or last[-1] in _CLOSERS
        or bool(_LIST_LINE.match(last))
        or is_code_line(last)
        or is_code(last)
    )


def _is_cut(passage: Passage) -> bool:
    text = passage.text.strip()
    if passage.role in ("body", "example") and _fences(text) % 2:
        return True
    if passage.role in _PROSE_ROLES:
        return _is_cut_prose(text, is_body=passage.role == "body")
    return passage.role in ("point", "objective", "exercise") and _ends_open(text.rpartition("\n")[2])


def _fences(text: str) -> int:
    return sum(line.lstrip().startswith("```") for line in text.splitlines()) if "```" in text else 0


def _is_cut_prose(text: str, *, is_body: bool) -> bool:
    last = text.rpartition("\n")[2]
    bare = last.rstrip(_CLOSERS)
    # What ends in a mark, or in something closed after one, is whole; so are lists, tables and code.
    if not bare or bare[-1] in _ENDS or last[-1] in _CLOSERS or _LIST_LINE.match(last) or is_code_line(last):
        return False
    if _ends_open(last):
        return True
    length = words(last)
    if length < 4 and last.split()[-1].casefold() not in (_OPEN_ENDINGS | _UNFINISHED):
        return False
    # An author who ends sentences elsewhere would have ended this one.
    sentences = len(list(islice(_TERMINATED.finditer(text), 2)))
    return sentences == 2 or (is_body and sentences == 1 and length >= 6)


def _ends_open(line: str) -> bool:
    parts = line.split()
    if len(parts) < 6:
        return False
    return parts[-1][-1] in ",;(" or (parts[-1].casefold() in _OPEN_ENDINGS and parts[-2][-1] not in ",\"'`")
