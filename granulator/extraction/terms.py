"""The terms of a text: identifiers, names and noun phrases, where they stand and what may stand in their place.

There is no tagger: what is a noun is learnt from the text itself, by the words before and after it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from granulator.extraction.phrasing import THIRD_PERSON
from granulator.extraction.sentences import Sentence
from granulator.extraction.vocabulary import COMMON_WORDS, STOP_WORDS, listed, stem

TOKEN = re.compile(
    r"--?[A-Za-z][\w-]*(?:=[\w<>.-]+)?(?![\w-])"
    r"|[^\W\d_]\w*(?:(?:\.|::|->)\w+|[-'\u2019]\w+|_\w*)*(?:\(\))?(?![\w(])"
    r"|\d+(?:[.,]\d+)*|\w+|[^\w\s]"
)
CODE_SHAPES = (
    ("call", re.compile(r"[\w.:$>-]{2,40}\([^()\s]{0,24}\)$")),
    ("flag", re.compile(r"--?[A-Za-z][\w-]{0,30}$")),
    ("constant", re.compile(r"[A-Z][A-Z0-9]*_[A-Z0-9_]{1,36}$")),
    ("acronym", re.compile(r"[A-Z]{2,6}\d{0,3}s?$")),
    ("path", re.compile(r"[~.]?/[\w./-]{2,40}$|\.?\w[\w-]*\.(?:[a-z]{1,4}|json|toml|yaml|html|conf)$")),
    ("dotted", re.compile(r"[A-Za-z_]\w*(?:(?:\.|::)\w+){1,3}!?$")),
    ("type", re.compile(r"[A-Z][a-z0-9]\w*(?:<\w+>)?$")),
    ("macro", re.compile(r"[a-z_]\w*!$")),
    ("compound", re.compile(r"[a-z]+[A-Z]\w*$|[A-Za-z]\w*_\w+$|[a-z]+(?:-[a-z]+)+$")),
    ("keyword", re.compile(r"[a-z]\w{1,19}$")),
    ("quoted", re.compile(r"'[a-zA-Z][\w:-]{1,20}'$|\"[a-zA-Z][\w:-]{1,20}\"$|:[a-z]{2,16}$")),
)
BARE_SHAPES = frozenset({"call", "flag", "constant", "acronym", "compound", "dotted"})
BARE_CODE = re.compile(
    r"[\w.:]+\(\)$|--[a-z]|[a-z]+[a-z0-9]*_\w|[A-Z]+_[A-Z_]|[a-z]+[A-Z]\w|[a-z]\w+::\w|[A-Z]{2,}\d*$"
)
PLAIN_WORD = re.compile(r"[a-z][a-z]+(?:-[a-z]+)*$")
NAME = re.compile(r"[A-Z][a-z]+(?:-?[A-Za-z]+)*$|[A-Z]{2,}s?\d*$")

NOT_NAMES = STOP_WORDS | listed("""
    january february march april june july august september october november december monday tuesday wednesday
    thursday friday saturday sunday listing figure table chapter section appendix example note copyright inc ltd
    page part step true false yes see specification version number object function
""")
DETERMINERS = listed("""
    a an the this that these those its his her their your our my each every any no another
""")
ARTICLES = listed("""
    a an the its their your each every any no
""")
LEADS = ARTICLES | listed("""
    of in with for by from on into using between via per as through without within than or and
""")
VERB_LEADS = listed("""
    to can will must should may might cannot could would not don't doesn't it you we they which who let's never
    always also then
""")
MODIFIERS = listed("""
    new different specific certain single particular whole entire similar additional extra actual original
    previous next following current given special main simple full real correct existing available possible
    various common normal usual separate first second third last default large small big short long good bad
    best better great important right wrong own only further various basic general complete final several many
    few more most less least appropriate corresponding necessary required optional typical proper exact precise
    useful relevant equivalent underlying respective so-called known common-case regular ordinary standard
    individual explicit implicit desired initial resulting total overall alternative two
    three four five six seven eight nine ten fourth fifth both half classic
""")
OBJECTS = listed("a an the it them its their itself to")
"""Words that make the "plural" before them a verb, as in "the theory claims to"."""

ONE = listed("a an each every another")
"""Words after which a phrase cannot end in a plural: "in a free market wages rise"."""

NOT_HEADS = re.compile(r".*(?:ed|ly|able|ible|ous|ful|less|est|[^e]aster|lower|arger|igher|etter|onger|horter|maller)$")
UNRIPE = re.compile(
    r"(?:returning|using|having|being|making|doing|getting|setting|creating|adding|calling|keeping|taking|giving)$"
)
ADVERB = re.compile(r".*ly$")


class Token(NamedTuple):
    """A word, sign or marked code of a sentence with its half-open place in it."""

    text: str
    start: int
    end: int
    is_code: bool


class Occurrence(NamedTuple):
    """Where a term stands: the order of the sentence and the half-open place in its text."""

    order: int
    start: int
    end: int
    before: str
    after: str


@dataclass(slots=True)
class Term:
    """A term as written first, its shape (what it can be exchanged with) and all its occurrences.

    ``is_mixed`` tells that it is written in another case elsewhere, so that it is no name.
    """

    text: str
    shape: tuple[str, ...]
    occurrences: list[Occurrence] = field(default_factory=list)
    is_defined: bool = False
    is_mixed: bool = False
    befores: Counter[str] = field(default_factory=Counter)
    afters: Counter[str] = field(default_factory=Counter)

    @property
    def key(self) -> str:
        return self.text.casefold()

    @property
    def is_code(self) -> bool:
        return self.shape[0] not in ("noun", "name")

    def distance(self, order: int) -> int:
        """Return how many sentences lie between sentence ``order`` and the nearest one that has the term."""
        after = bisect_left(self.occurrences, order, key=lambda found: found.order)
        return min(abs(found.order - order) for found in self.occurrences[max(0, after - 1) : after + 1])

    def stems(self) -> frozenset[str]:
        """Return the stems of the words and parts of words it is made of."""
        return _stems(self.text)


@lru_cache(maxsize=65_536)
def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(part.lower()) for part in parts(text) if len(part) > 2)


def parts(text: str) -> list[str]:
    """Return the words inside ``text``; camel case, dots and underscores divide words too."""
    return re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_a-zA-Z]+", text)


def tokens(sentence: Sentence) -> list[Token]:
    """Return the tokens of ``sentence``; a stretch marked as code is one token."""
    found: list[Token] = []
    position = 0
    for mark in sorted((mark for mark in sentence.marks if mark.kind == "code"), key=lambda mark: mark.start):
        if mark.start < position:
            continue
        found.extend(_plain_tokens(sentence.text, position, mark.start))
        found.append(Token(sentence.text[mark.start : mark.end], mark.start, mark.end, True))
        position = mark.end
    found.extend(_plain_tokens(sentence.text, position, len(sentence.text)))
    return found


def _plain_tokens(text: str, start: int, end: int) -> Iterator[Token]:
    for match in TOKEN.finditer(text, start, end):
        yield Token(match[0], match.start(), match.end(), False)


def index(sentences: Iterable[Sentence]) -> dict[str, Term]:
    """Return the terms of the text by key; ``sentences`` are all its sentences, fragments included."""
    tokenised = [(sentence, tokens(sentence)) for sentence in sentences]
    nouns, verbs = _evidence(row for _, row in tokenised)
    terms: dict[str, Term] = {}
    for sentence, row in tokenised:
        for shape, first, last in _candidates(row, nouns, verbs):
            _record(terms, sentence, row, shape, first, last)
    return terms


def _evidence(rows: Iterable[Sequence[Token]]) -> tuple[Counter[str], Counter[str]]:
    """Count how often each word stands where a noun stands, after a determiner, and how often where a verb stands."""
    nouns: Counter[str] = Counter()
    verbs: Counter[str] = Counter()
    for row in rows:
        lowered = [token.text.lower() for token in row]
        for place, (before, word, after) in enumerate(zip(["", *lowered], lowered, [*lowered[1:], ""], strict=False)):
            if before in DETERMINERS and after not in DETERMINERS:
                nouns[word] += 1
                nouns.update(_head(lowered, place))
            elif before in VERB_LEADS or after in DETERMINERS:
                verbs[word] += 1
    return nouns, verbs


def _head(row: Sequence[str], place: int) -> list[str]:
    """Return the last word of a phrase of two or three words that begins at ``place``, if it surely ends there."""
    last = place
    while last + 1 < len(row) and PLAIN_WORD.match(row[last + 1]) and row[last + 1] not in STOP_WORDS:
        last += 1
    ends = last + 1 == len(row) or row[last + 1] not in DETERMINERS
    return [row[last]] if 0 < last - place <= 2 and ends and row[last] not in THIRD_PERSON else []


def _candidates(
    row: Sequence[Token], nouns: Counter[str], verbs: Counter[str]
) -> Iterator[tuple[tuple[str, ...], int, int]]:
    """Yield (shape, first token, last token) of every term in the row."""
    position = 0
    while position < len(row):
        token = row[position]
        shape = code_shape(token.text, is_marked=token.is_code)
        if shape:
            yield (shape,), position, position
            position += 1
            continue
        last = _name_end(row, position)
        if last >= position:
            yield ("name", "many" if last > position else "one"), position, last
            position = last + 1
            continue
        last = _noun_end(row, position)
        yield from _noun(row, position, last, nouns, verbs)
        position = max(last, position) + 1


def code_shape(text: str, *, is_marked: bool) -> str:
    """Return the shape of an identifier, "" when ``text`` is none; unmarked words must look like one."""
    if not is_marked and (not BARE_CODE.match(text) or text.lower() in SHOUTED):
        return ""
    for name, pattern in CODE_SHAPES:
        if pattern.match(text) and (is_marked or name in BARE_SHAPES):
            return name
    return ""


def _name_end(row: Sequence[Token], position: int) -> int:
    """Return the last token of a name in the middle of a sentence, or -1."""
    is_first = position == 0 or row[position - 1].text in (".", ":", "\u201c", '"', "'", "\u2018", "(")
    last = position - 1
    while last + 1 < len(row) and last - position < 3 and NAME.match(row[last + 1].text) and not row[last + 1].is_code:
        if row[last + 1].text.lower() in NOT_NAMES:
            break
        last += 1
    return -1 if last < position or is_first else last


def _noun_end(row: Sequence[Token], position: int) -> int:
    last = position - 1
    while last + 1 < len(row) and PLAIN_WORD.match(row[last + 1].text) and not row[last + 1].is_code:
        if row[last + 1].text in STOP_WORDS:
            break
        last += 1
    return last


def _noun(
    row: Sequence[Token], first: int, last: int, nouns: Counter[str], verbs: Counter[str]
) -> Iterator[tuple[tuple[str, ...], int, int]]:
    if last < first or first == 0 or row[first - 1].text.lower() not in LEADS:
        return
    after = row[last + 1].text if last + 1 < len(row) else "."
    if row[last + 1].is_code if last + 1 < len(row) else False:
        return
    if after[:1].isalnum() and after.lower() not in STOP_WORDS:
        return
    if row[last].text.endswith("s") and after in OBJECTS:
        return
    while first < last and row[first].text in MODIFIERS:
        first += 1
    words = [token.text for token in row[first : last + 1]]
    is_defined = first <= 1 and _defines(row, last)
    number = "plural" if words[-1].endswith("s") and not words[-1].endswith(("ss", "us", "is")) else "singular"
    if number == "plural" and row[first - 1].text.lower() in ONE:
        return
    if 1 <= len(words) <= 3 and _is_noun_phrase(words, nouns, verbs, is_defined=is_defined):
        yield ("noun", number), first, last


def _defines(row: Sequence[Token], last: int) -> bool:
    """Whether the words after token ``last`` say what it is: "is a", "are the"."""
    follows = [token.text for token in row[last + 1 : last + 3]]
    return len(follows) == 2 and follows[0] in ("is", "are") and follows[1] in ("a", "an", "the", "any", "one")


def _is_noun_phrase(words: list[str], nouns: Counter[str], verbs: Counter[str], *, is_defined: bool) -> bool:
    head = words[-1]
    if len(head) < 3 or NOT_HEADS.match(head) or head in MODIFIERS:
        return False
    if any(ADVERB.match(word) or verbs[word] > nouns[word] for word in words):
        return False
    if any(word.endswith("s") and verbs[word[:-1]] > nouns[word[:-1]] + nouns[word] for word in words):
        return False
    if any(word in THIRD_PERSON and nouns[word] == 0 for word in words[1:]) or UNRIPE.match(words[0]):
        return False
    if is_defined:
        return nouns[head] > verbs[head]
    if head.endswith("s") and len(words) > 1 and nouns[head] + nouns[head[:-1]] == 0:
        return False
    specific = [word for word in words if word not in COMMON_WORDS and word not in MODIFIERS]
    if len(words) == 1:
        return len(head) >= 4 and bool(specific) and stem(head) not in COMMON_STEMS
    return bool(specific)


SHOUTED = STOP_WORDS | COMMON_WORDS
"""Words that are no acronyms when they are set in capitals."""


COMMON_STEMS = frozenset(stem(word) for word in COMMON_WORDS)


def _record(
    terms: dict[str, Term], sentence: Sentence, row: Sequence[Token], shape: tuple[str, ...], first: int, last: int
) -> None:
    text = sentence.text[row[first].start : row[last].end]
    before = row[first - 1].text.lower() if first else ""
    after = row[last + 1].text.lower() if last + 1 < len(row) else "."
    term = terms.setdefault(text.casefold(), Term(text, shape))
    term.occurrences.append(Occurrence(sentence.order, row[first].start, row[last].end, before, after))
    term.is_defined = term.is_defined or (first <= 1 and shape[0] == "noun" and _defines(row, last))
    term.is_mixed = term.is_mixed or text != term.text
    term.befores[before] += 1
    term.afters[after] += 1


def by_shape(terms: dict[str, Term]) -> dict[tuple[str, ...], list[Term]]:
    """Return the terms that can be exchanged for each other, most frequent first."""
    groups: defaultdict[tuple[str, ...], list[Term]] = defaultdict(list)
    for term in sorted(terms.values(), key=lambda term: (-len(term.occurrences), term.key)):
        groups[term.shape].append(term)
    return dict(groups)
