"""Where the plain subject of a sentence ends, and whether it says what it is. Tags no words: lists and places tell."""

from __future__ import annotations

import re
from collections.abc import Sequence

from granulator.extraction.phrasing import AUXILIARIES, RELATIVES, SUBORDINATORS, THIRD_PERSON
from granulator.extraction.sentences import CLAUSE_TOKEN, is_finite
from granulator.extraction.terms import COMMON_STEMS, MODIFIERS
from granulator.extraction.vocabulary import STOP_WORDS, listed, stem, words

INTRODUCTION = re.compile(
    r"(?:By default|(?:In|Under|On|At|For|Like|Unlike|Within|Inside|During|Since) (?:[\w.'-]+ ){0,3}[\w.'-]+), "
)
"""A phrase before the subject, without a verb of its own."""

NOUN_FOLLOWERS = (
    SUBORDINATORS | (RELATIVES - {"that", "how"}) | listed(", of and or as than but not only are currently")
)
"""Words behind which a word such as "changes" may be a plural."""

ONLY_VERBS = listed(
    "depends consists belongs refers relies tends needs leads appears begins happens exists applies works starts"
)

PLURAL_FOLLOWERS = listed("of in for from with and or that which")
"""Words behind which a sentence began with a plural, such as "Names", and with no verb."""

INNER = (RELATIVES - {"than", "as", "times", "since"}) | listed("to after before when if until while unless")
"""Words that open a clause or an aim within a noun phrase."""

PARTICIPLE = re.compile(r"\w{2,}(?:ed|en|ing)$")


def end(text: str) -> int:
    """Return where the finite verb of a plain main clause begins, -1 when its subject is not plain.

    A plain subject has no comma and no clause in it, and its verb is an auxiliary or in the third person.
    """
    opening = INTRODUCTION.match(text)
    found = list(CLAUSE_TOKEN.finditer(text.lower(), opening.end() if opening else 0))
    row = [match[0] for match in found]
    if not row or row[0] in SUBORDINATORS:
        return -1
    for place in range(1, len(row)):
        if row[place] == "," or row[place] in RELATIVES or _opens_clause(row, place):
            return -1
        if _is_surely_verb(row, place):
            start, end = found[place].span()
            return start if text[start - 1] == " " and text[end : end + 1] == " " else -1
    return -1


def _opens_clause(row: Sequence[str], place: int) -> bool:
    """Whether a second noun phrase begins here without a word that joins it: "the library the program is built on"."""
    before = row[place - 1]
    is_joined = before in SUBORDINATORS or before in ("of", "and", "or", "all") or before.endswith("ing")
    return row[place] in ("the", "a", "an", "you", "we", "they", "it") and not is_joined


def _is_surely_verb(row: Sequence[str], place: int) -> bool:
    """Whether the word is an auxiliary, or a verb in the third person that cannot be a plural."""
    if row[place] in AUXILIARIES:
        return True
    after = row[place + 1] if place + 1 < len(row) else ","
    is_free = after not in NOUN_FOLLOWERS or row[place] in ONLY_VERBS
    return is_finite(row, place) and is_free and after not in AUXILIARIES and not after.endswith("ing")


def tells(text: str) -> bool:
    """Whether a finite verb stands in ``text`` before any clause or aim that could hold it: not "the time to wait"."""
    found = list(CLAUSE_TOKEN.finditer(text.lower()))
    row = [match[0] for match in found]
    if len(row) < 2 or (row[0] in THIRD_PERSON and row[1] not in AUXILIARIES | PLURAL_FOLLOWERS):
        return False
    for place in range(1, len(row)):
        if row[place] == "," or row[place] in INNER or _opens_clause(row, place):
            return False
        after = row[place + 1] if place + 1 < len(row) else ","
        is_part = text[found[place].start() - 1] == "-"
        if (
            not is_part
            and is_finite(row, place)
            and (row[place] in AUXILIARIES or after not in ("of", "and", "or", ","))
        ):
            return True
    return False


def is_named(text: str, topics: frozenset[str]) -> bool:
    """Whether a plain subject says what it is: "the visibility map", not "the general rule" or "N"."""
    head = text[: max(end(text), 0)]
    if len(head.strip()) == 1:
        return False
    if not head or re.search(r"[^\w ,'\u2019-]|\w[A-Z]|_|\d| [A-Z]\w", head):
        return True
    row = [word for word in words(head) if word not in STOP_WORDS]
    telling = [word for word in row if not _is_common(word) and not PARTICIPLE.match(word)]
    if len(telling) != 1 or not head.startswith(("The ", "Each ", "Every ")):
        return bool(telling) or not row
    is_loose = len(row) == 1 or PARTICIPLE.match(row[0]) or _is_common(row[-1])
    return not is_loose or stem(telling[0]) in topics


def _is_common(word: str) -> bool:
    return word in MODIFIERS or stem(word) in COMMON_STEMS
