"""Questions that break a sentence off at a clause and offer four endings. Judges clauses, not single terms."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from granulator.extraction import candidates, sentences
from granulator.extraction.candidates import BLANK, Vocabulary
from granulator.extraction.cloze import Item
from granulator.extraction.distractors import DISTRACTORS
from granulator.extraction.phrasing import BROKEN_WORD, FIRST_PERSON, RELATIVES, VERBS
from granulator.extraction.sections import Reading
from granulator.extraction.sentences import Sentence
from granulator.extraction.terms import DETERMINERS
from granulator.extraction.vocabulary import content_words, listed

FINITE = re.compile(
    r",? (?P<joint>because|so that|unless|until|if|when|whenever|even if|even though|although|as long as|as soon as"
    r"|which means(?: that)?|but only if|only if|only when) (?!not |necessary|possible|needed|so |any )"
)
PURPOSE = re.compile(r",? (?P<joint>in order to|so as to|to) (?=(?P<verb>[a-z]+) )")
MEANS = re.compile(r" (?P<joint>by) (?=\w{3,}ing\b)")
LEADING = re.compile(r"(?P<joint>If|When|Whenever|Unless|Because|Although|Once|After|Before|Until|To|In order to) ")
MAIN_OPENING = re.compile(
    r"(?:the|a|an|it|they|he|she|you|all|any|each|every|no|its|their|your|there|most|many|some|only)\b", re.IGNORECASE
)
PRONOUN_OPENING = re.compile(r"(?:it|they|he|she|its|their|there|you|this|these|that)\b", re.IGNORECASE)
JOINED = re.compile(r"(?:and|or|but|nor|then|which|not|else|so|as|than|because|if|when|\w+ed,)\b", re.IGNORECASE)

FACTUAL = listed("because although that though means")
OPEN = RELATIVES | listed("and or but yet only not then so for except")
"""Words after which nothing has been said yet that could be completed."""

AIMS = listed("""
    prevent avoid ensure allow make keep reduce protect improve enable support save provide guarantee simplify determine
    find check detect create build control decide show let give maintain restore change store identify distinguish
""")
"""Verbs that tell a purpose even without a comma before "to"."""

UNTIDY = re.compile(
    r"[;:{}\[\]@]|,.*,|, (?:they|it|he|she|you|this|so|or|as|and (?:they|it|he|you))\b| -- |\b(?:above|below)\b",
    re.IGNORECASE,
)
"""Signs of more than one statement, of markup, or of a place in the text."""

LEAST_STEMS = 3
LENGTHS = (4, 20)
"""Words of an ending."""

MOST_SHARED = 0.3
"""Sentences that share more of their words than this may be about the same thing, so an ending may be true of both."""

APART = 3
"""So many sentences must lie between two whose endings are exchanged."""

MOST_AROUND = 0.5
"""An ending of which more than this is spoken of around the sentence may be right there."""

MOST_TRIED = 60
OFFERED = 0.5
"""What it costs an ending to have been offered before."""


@dataclass(frozen=True, slots=True)
class Break:
    """A sentence broken off at ``at``; ``kind`` says which endings fit the grammar there."""

    sentence: Sentence
    at: int
    ending: str
    kind: str
    joint: str
    head_stems: frozenset[str]
    stems: frozenset[str]

    @property
    def is_fact(self) -> bool:
        """Whether the text lays the ending down as true under any condition."""
        return self.joint in FACTUAL


def breaks(known: Vocabulary) -> dict[str, list[Break]]:
    """Return the places where a sentence can be broken off, by kind and in the order of the text."""
    found: dict[str, list[Break]] = {}
    for order in known.reading.usable:
        sentence = known.reading.sentences[order]
        one = _broken(sentence)
        if one:
            found.setdefault(one.kind, []).append(one)
    return found


def _broken(sentence: Sentence) -> Break | None:
    text = sentence.text
    leading = LEADING.match(text)
    if leading:
        comma = text.find(", ")
        joint = leading["joint"].lower()
        return _checked(sentence, comma + 2, _kind_of_main(joint, text, comma), joint) if comma > 0 else None
    for pattern, kind in ((FINITE, "clause"), (PURPOSE, "purpose"), (MEANS, "means")):
        places = [place for place in pattern.finditer(text) if _is_border(text, place, kind)]
        if len(places) == 1:
            return _checked(sentence, places[0].end(), kind, places[0]["joint"].rpartition(" ")[2])
    return None


def _is_border(text: str, place: re.Match[str], kind: str) -> bool:
    """Whether a whole clause stands before ``place``, and behind it what its kind asks for."""
    head, tail = text[: place.start()], text[place.end() : -1]
    if head.rpartition(" ")[2].lower() in OPEN or not sentences.is_clause(head):
        return False
    is_marked = kind == "purpose" and (place["joint"] != "to" or place[0].startswith(","))
    if kind == "purpose" and place["verb"] not in (VERBS if is_marked else AIMS):
        return False
    return sentences.is_clause(tail) == (kind == "clause")


def _kind_of_main(joint: str, text: str, comma: int) -> str:
    """Return the kind of a main clause behind an introduction that ends at ``comma``, "" when it may not end there."""
    rest = text[comma + 2 : -1]
    is_aim = joint in ("to", "in order to") and text[len(joint) + 1 :].partition(" ")[0] not in DETERMINERS
    is_introduced = is_aim or sentences.is_clause(f"there {text[:comma].partition(' ')[2]}")
    is_plain = MAIN_OPENING.match(rest) is not None or "," not in rest
    return "clause" if is_introduced and is_plain and sentences.is_clause(rest) else ""


def _checked(sentence: Sentence, at: int, kind: str, joint: str) -> Break | None:
    ending = sentence.text[at:-1]
    one = Break(
        sentence,
        at,
        ending,
        kind,
        joint,
        frozenset(content_words(sentence.text[:at])),
        frozenset(content_words(ending)),
    )
    is_sound = (
        kind != ""
        and LENGTHS[0] <= len(ending.split()) <= LENGTHS[1]
        and ending.strip() == ending
        and not UNTIDY.search(ending)
        and not BROKEN_WORD.search(ending)
        and ending.count("(") == ending.count(")")
        and ending.count('"') % 2 == 0
        and len(one.stems) >= LEAST_STEMS
        and len(one.head_stems - one.stems) >= LEAST_STEMS
        and not JOINED.match(ending)
        and not FIRST_PERSON.search(ending)
    )
    return one if is_sound else None


def items(
    known: Vocabulary,
    every: Mapping[str, Sequence[Break]],
    orders: Sequence[int],
    ranks: Mapping[int, float],
    offered: Counter[str],
) -> Iterator[Item]:
    """Yield the questions of the sentences ``orders``, the best first; ``offered`` counts how often endings are wrong.

    An ending is offered less gladly each time, for who has seen it often knows that it is wrong.
    """
    wanted = frozenset(orders)
    rows = [(one, row) for row in every.values() for one in row if one.sentence.order in wanted]
    fit = [(_worth(known.reading, one, ranks), one, row) for one, row in rows if candidates.is_fit(known, one.sentence)]
    for worth, one, row in sorted(fit, key=lambda entry: (-entry[0], entry[1].sentence.order)):
        wrong = _endings(known.reading, one, row, offered)
        if len(wrong) == DISTRACTORS:
            offered.update(wrong)
            yield _item(one, wrong, worth)


def _worth(reading: Reading, one: Break, ranks: Mapping[int, float]) -> float:
    value = 3.0 + candidates.standing(reading, one.sentence, ranks) - 0.03 * abs(one.sentence.count - 20)
    return value - 0.5 * (PRONOUN_OPENING.match(one.ending) is not None)


def _endings(reading: Reading, one: Break, row: Sequence[Break], offered: Counter[str]) -> list[str]:
    """Return three endings of other sentences on other matters, from near by, fit in grammar and length."""
    place = bisect_left(row, one.sentence.order, key=lambda other: other.sentence.order)
    near = row[max(0, place - MOST_TRIED // 2) : place + MOST_TRIED // 2]
    around = _stems_around(reading, one.sentence.order)
    ranked = sorted(
        (other for other in near if _fits(one, other) and not _share(other.stems, around, MOST_AROUND)),
        key=lambda other: (OFFERED * offered[other.ending] - _likeness(one, other), other.ending),
    )
    chosen: list[Break] = []
    for other in ranked:
        is_last = len(chosen) == DISTRACTORS - 1
        has_longer = any(len(kept.ending) >= len(one.ending) for kept in [*chosen, other])
        if len(chosen) < DISTRACTORS and (has_longer or not is_last) and all(_are_apart(other, c) for c in chosen):
            chosen.append(other)
    return [other.ending for other in chosen]


def _fits(one: Break, other: Break) -> bool:
    own, others = PRONOUN_OPENING.match(one.ending), PRONOUN_OPENING.match(other.ending)
    is_alike = (own[0].lower() if own else "") == (others[0].lower() if others else "")
    shorter, longer = sorted((len(one.ending), len(other.ending)))
    return (
        other is not one
        and (one.is_fact or not other.is_fact)
        and (is_alike or others is None)
        and longer <= 2 * shorter
        and abs(one.sentence.order - other.sentence.order) > APART
        and _are_apart(one, other)
        and not _share(one.head_stems, other.head_stems)
        and not _share(other.stems, one.head_stems | one.stems)
    )


def _are_apart(one: Break, other: Break) -> bool:
    return not _share(one.stems, other.stems)


def _stems_around(reading: Reading, order: int) -> frozenset[str]:
    return frozenset().union(*(one.stems for one in reading.sentences[max(0, order - APART) : order + APART + 1]))


def _share(left: frozenset[str], right: frozenset[str], most: float = MOST_SHARED) -> bool:
    return len(left & right) > most * min(len(left), len(right))


def _likeness(one: Break, other: Break) -> float:
    """Return how tempting the ending of ``other`` is: from near by, as long, and with a word of the question."""
    near = 1 / (1 + abs(one.sentence.order - other.sentence.order) / 25)
    size = 1 - abs(len(one.ending) - len(other.ending)) / max(len(one.ending), len(other.ending))
    touches = 0.3 if other.stems & (one.head_stems | one.stems) else 0.0
    return near + 0.6 * size + touches + 0.2 * (one.joint == other.joint)


def _item(one: Break, wrong: Sequence[str], worth: float) -> Item:
    sentence = one.sentence
    return Item(
        "multiple_choice",
        f"Complete the statement: {sentence.text[: one.at]}{BLANK}.",
        one.ending,
        (one.ending, *wrong),
        sentence.text,
        sentence.start,
        sentence.end,
        sentence.order,
        -sentence.count / 60,
        "understand",
        worth=worth,
    )
