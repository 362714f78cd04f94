"""Terms that cannot stand in a blank: of the answer's shape, from the same text, and surely wrong there."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from hashlib import sha256
from math import inf
from operator import itemgetter

from granulator.extraction import siblings, terms
from granulator.extraction.candidates import NAMED, YEAR_UNIT, Candidate, Vocabulary, last_part
from granulator.extraction.sentences import Sentence
from granulator.extraction.terms import Occurrence, Term
from granulator.extraction.vocabulary import COMMON_WORDS, content_words, stem

DISTRACTORS = 3
MOST_TRIED = 160
"""So many exchangeable terms are looked at for one blank; the nearest and the most frequent."""

MOST_SEEN = 400
"""So many sentences with a term are read to see whether it might be right; rarer ones are read altogether."""

NEED_CONTEXT = frozenset({"acronym", "name", "keyword", "type", "quoted", "compound", "noun"})
"""Shapes that say little: only terms seen next to the same words can be exchanged."""

PLACING = frozenset({"in", "at", "from", "near", "to", "by", "since", "for", "with"})
"""Words that tell names of places, of people and of times apart: only names seen behind the same one are exchanged."""

MOST_OVERLAP = 0.5
MOST_COMPANY = 0.75
"""A word that is at home among so many of a stem's words, taken over the whole text, may be a synonym."""

STEPS = (2, 0.5, 3, 4, 1.5, 0.25, 5, 10, 0.1)
"""What an amount is multiplied by to give a wrong one."""

FIXED = frozenset({"bit", "time", "degree"})
"""Units whose amounts are a matter of course, or of speech."""

NEAR = 3
BESIDE = 40
"""So many sentences away a term that is listed with the answer can be thought of beside it."""

LEAST_LIKENESS = {False: 1.15, True: 0.7}
"""Terms less like the answer than this, for words and for code, would be laughed at as options."""
LOOSE_LIKENESS = 0.6

SHORT_FLAG = re.compile(r"-[A-Za-z]{1,3}$")
CODE_LIKE = re.compile(r"--?[A-Za-z][\w-]*|\w+_\w+|\w{4,}")
LEAST_ECHO = 4
"""A word of the stem that begins with so many letters of the answer gives it away."""


def find(known: Vocabulary, candidate: Candidate, stem_text: str, *, is_strict: bool) -> tuple[list[str], float]:
    """Return three terms of the answer's shape that the text never puts into such a sentence, and how near they are."""
    answer = candidate.term
    pool = [other for other in _alike(known, candidate) if _fits(answer, other, candidate.occurrence, stem_text)]
    scored = sorted(
        ((_likeness(answer, other, candidate.sentence, is_strict=is_strict), other) for other in pool),
        key=lambda entry: (-entry[0], entry[1].key),
    )
    least = LEAST_LIKENESS[answer.is_code] if is_strict else LOOSE_LIKENESS
    chosen: list[Term] = []
    total = 0.0
    wants_longer = _hash(candidate.sentence.text) % 4 > 0
    for likeness, other in scored[:40]:
        if len(chosen) == DISTRACTORS:
            break
        is_last = len(chosen) == DISTRACTORS - 1
        if is_last and wants_longer and not any(len(c.text) >= len(answer.text) for c in [*chosen, other]):
            continue
        is_beside = other.key in known.siblings.get(answer.key, ())
        if likeness < least and not is_beside and not siblings.share_kind(candidate.occurrence, other):
            continue
        if all(_are_apart(other, kept) for kept in chosen) and is_surely_wrong(known, candidate, other):
            chosen.append(other)
            total += likeness
    found = [other.text for other in chosen]
    return ([] if _echoes(answer.text, found, stem_text) else found), total / DISTRACTORS


def _alike(known: Vocabulary, candidate: Candidate) -> list[Term]:
    """Return the terms that the text lists beside the answer or calls by the same word."""
    answer = candidate.term
    beside = (known.terms[key] for key in sorted(known.siblings.get(answer.key, ())))
    row = {term.key: term for term in (*_pool(known, candidate), *beside) if term.shape == answer.shape}
    return [
        term
        for term in row.values()
        if (term.key in known.siblings.get(answer.key, ()) and term.distance(candidate.sentence.order) <= BESIDE)
        or siblings.share_kind(candidate.occurrence, term)
    ]


def _echoes(answer: str, wrong: Sequence[str], stem_text: str) -> bool:
    """Whether the stem hints at the answer alone: by the beginning of a name in it, or the letter of a short flag."""
    if SHORT_FLAG.match(answer):
        letter = answer.lstrip("-")[0].casefold()
        return any(word.startswith(letter) for word in content_words(stem_text))
    options = (answer, *wrong)
    for seen in CODE_LIKE.findall(stem_text):
        shared = [_prefix(seen.casefold(), option.casefold()) >= LEAST_ECHO for option in options]
        if shared[0] and not all(shared):
            return True
    return False


def _pool(known: Vocabulary, candidate: Candidate) -> Iterable[Term]:
    """Return exchangeable terms: the most frequent ones and those nearest to the sentence."""
    group = known.shapes.get(candidate.term.shape, ())
    if len(group) <= MOST_TRIED:
        return group
    frequent = group[: MOST_TRIED // 2]
    known_keys = {term.key for term in frequent}
    near = _nearest(known.places[candidate.term.shape], candidate.sentence.order)
    return [*frequent, *(term for term in near if term.key not in known_keys)]


def _nearest(places: Sequence[tuple[int, Term]], here: int) -> list[Term]:
    """Return the ``MOST_TRIED`` terms nearest to sentence ``here``, walking away from it on both sides."""
    right = bisect_left(places, here, key=itemgetter(0))
    left = right - 1
    found: dict[str, tuple[int, Term]] = {}
    reached = 0
    while left >= 0 or right < len(places):
        before = here - places[left][0] if left >= 0 else inf
        after = places[right][0] - here if right < len(places) else inf
        distance = int(min(before, after))
        if len(found) >= MOST_TRIED and distance > reached:
            break
        reached = distance
        term = places[left][1] if before <= after else places[right][1]
        left, right = (left - 1, right) if before <= after else (left, right + 1)
        found.setdefault(term.key, (distance, term))
    ranked = sorted(found.items(), key=lambda entry: (entry[1][0], entry[0]))
    return [term for _, (_, term) in ranked[:MOST_TRIED]]


def may_stand(answer: Term, other: Term, stem_text: str) -> bool:
    """Whether ``other`` can be read beside ``answer``: no form and no part of it, nor said by the stem."""
    is_free = not other.is_mixed and other.key != answer.key and other.key not in stem_text.casefold()
    return is_free and _are_apart(answer, other)


def _fits(answer: Term, other: Term, occurrence: Occurrence, stem_text: str) -> bool:
    if not may_stand(answer, other, stem_text):
        return False
    longer, shorter = max(len(answer.text), len(other.text)), min(len(answer.text), len(other.text))
    if longer > 2.6 * shorter + 3:
        return False
    if occurrence.before in ("a", "an") and (other.text[0].lower() in "aeio") != (occurrence.before == "an"):
        return False
    return _suits_context(answer, other, occurrence)


def _suits_context(answer: Term, other: Term, occurrence: Occurrence) -> bool:
    kind = answer.shape[0]
    for label, seen in ((occurrence.before, other.befores), (occurrence.after, other.afters)):
        if label in NAMED and not seen[label]:
            return False
    if kind == "noun":
        is_known = other.is_defined or (len(other.occurrences) >= 2 and not _is_generic(other))
        if not is_known or abs(len(answer.text.split()) - len(other.text.split())) > 1:
            return False
        if occurrence.before in ("a", "an"):
            return bool(other.befores["a"] + other.befores["an"]) or answer.shape[1] == "plural"
        is_bare = occurrence.before not in terms.DETERMINERS
        return (
            answer.shape[1] == "plural" or not is_bare or any(word not in terms.DETERMINERS for word in other.befores)
        )
    if kind == "name":
        is_definite = occurrence.before == "the"
        is_at_home = occurrence.before not in PLACING or other.befores[occurrence.before] > 0
        return (
            len(other.occurrences) >= 2
            and is_at_home
            and (bool(other.befores["the"]) if is_definite else sum(other.befores.values()) > other.befores["the"])
        )
    return kind not in ("keyword",) or (
        len(other.text) >= 2 and other.key not in COMMON_WORDS - {"match", "use", "type"}
    )


def _is_generic(term: Term) -> bool:
    """Whether a phrase ends in a word that names no thing of its own, such as "set" in "minimal set"."""
    return " " in term.text and term.key.rpartition(" ")[2] in COMMON_WORDS


def _are_apart(left: Term, right: Term) -> bool:
    """Whether the two are neither forms of one word nor one a part of the other.

    Noun phrases that share a word, such as "exit status" and "return status", may be two names for one thing; they
    are apart only when the text defines both.
    """
    if left.key in right.key or right.key in left.key or stem(left.key) == stem(right.key):
        return False
    if left.is_code and last_part(left).casefold() == last_part(right).casefold():
        return False
    own, others = left.stems(), right.stems()
    if left.shape[0] == "noun" and own & others and not (left.is_defined and right.is_defined):
        return False
    return not own or not others or not (own <= others or others <= own)


def _likeness(answer: Term, other: Term, sentence: Sentence, *, is_strict: bool) -> float:
    shared = sum(1 for word in answer.befores if word in other.befores and word not in ("the", "a", "", "of"))
    shared += sum(1 for word in answer.afters if word in other.afters and word not in (".", ",", ""))
    if is_strict and not shared and not (answer.is_defined and other.is_defined) and answer.shape[0] in NEED_CONTEXT:
        return 0.0
    near = 0.6 / (1 + other.distance(sentence.order) / 40)
    family = 0.8 if _is_family(answer, other) else 0.0
    size = 1 - abs(len(answer.text) - len(other.text)) / max(len(answer.text), len(other.text))
    words = 0.3 if len(answer.text.split()) == len(other.text.split()) else 0.0
    defined = 0.6 if answer.is_defined and other.is_defined else 0.0
    return min(shared, 5) / 5 + near + family + defined + 0.5 * size + words


def _is_family(answer: Term, other: Term) -> bool:
    """Whether the two share a word, or the beginning that related identifiers share."""
    return bool(answer.stems() & other.stems()) or _prefix(answer.text, other.text) >= 4


def _prefix(left: str, right: str) -> int:
    length = 0
    for mine, theirs in zip(left, right, strict=False):
        if mine != theirs:
            break
        length += 1
    return length


def is_surely_wrong(known: Vocabulary, candidate: Candidate, other: Term) -> bool:
    """Whether no sentence says about ``other`` nearly what the stem says, nor lists or equates it with the answer."""
    sentence, answer = candidate.sentence, candidate.term
    said = sentence.stems - answer.stems() - other.stems()
    places = {found.order: found for found in answer.occurrences}
    company: set[str] = set()
    for found in other.occurrences[:MOST_SEEN]:
        there = known.reading.sentences[found.order]
        overlap = len(said & there.stems)
        is_near = there.block == sentence.block or abs(there.order - sentence.order) <= NEAR
        if overlap >= MOST_OVERLAP * len(said) or (is_near and overlap >= 0.34 * len(said)):
            return False
        company |= there.stems
        beside = places.get(found.order)
        if beside and _is_listed(there.text, beside, found):
            return False
    return answer.is_code or len(said & company) < MOST_COMPANY * len(said)


def _is_listed(text: str, one: Occurrence, two: Occurrence) -> bool:
    between = text[min(one.end, two.end) : max(one.start, two.start)]
    return len(between) <= 60 and re.search(r"\b(?:and|or|nor|versus|vs|is|are|called)\b|[,/&|=(]", between) is not None


def amounts(known: Vocabulary, candidate: Candidate) -> list[str]:
    """Return three other amounts of the same kind, none of which the text gives with this unit."""
    text, unit = candidate.term.text, candidate.term.shape[1]
    if unit in FIXED:
        return []
    given = known.amounts.get(unit, frozenset())
    turn = _hash(candidate.sentence.text)
    value = float(text.replace(",", ""))
    row = _years(int(value)) if unit == YEAR_UNIT else [value * step for step in STEPS]
    turn %= len(row) if unit == YEAR_UNIT else 3
    wrong: list[str] = []
    for other in (*row[turn:], *row[:turn]):
        shown = f"{int(other):,}" if "," in text else f"{int(other)}"
        if other == int(other) and other >= 1 and shown not in given and shown not in wrong and shown != text:
            wrong.append(shown)
    return [] if "." in text else wrong[:DISTRACTORS]


def _years(year: int) -> list[float]:
    return [float(year + step) for step in (-3, 2, -1, 4, 1, -2, 3, -4, 5, -5, 7, -6)]


def _hash(text: str) -> int:
    return int.from_bytes(sha256(text.encode()).digest()[:8])
