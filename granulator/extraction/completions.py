"""Questions that break a sentence off and offer four endings. Where sentences break is in ``breaks``."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from granulator.extraction import candidates
from granulator.extraction.breaks import OPEN_SUBJECT, PRONOUN_OPENING, SUBJECT, Break
from granulator.extraction.candidates import BLANK, Vocabulary
from granulator.extraction.cloze import Item
from granulator.extraction.distractors import DISTRACTORS
from granulator.extraction.sections import Reading
from granulator.extraction.terms import DETERMINERS

MOST_SHARED = 0.3
"""Sentences that share more of their words than this may be about the same thing, so an ending may be true of both."""

APART = 3
"""So many sentences must lie between two whose endings are exchanged."""

MOST_AROUND = 0.5
"""An ending of which more than this is spoken of around the sentence may be right there."""

MOST_TRIED = 60
OFFERED = 0.5
"""What it costs an ending to have been offered before."""


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
    fit = [(_worth(known.reading, one, ranks), one, row) for one, row in rows if _is_fit(known, one)]
    for worth, one, row in sorted(fit, key=lambda entry: (-entry[0], entry[1].sentence.order)):
        wrong = _endings(known, one, row, offered)
        if len(wrong) == DISTRACTORS:
            offered.update(wrong)
            yield _item(one, wrong, worth)


def _is_fit(known: Vocabulary, one: Break) -> bool:
    return candidates.is_fit(known, one.sentence) and not (
        one.kind.startswith(SUBJECT) and OPEN_SUBJECT.search(one.sentence.text[: one.at])
    )


def _worth(reading: Reading, one: Break, ranks: Mapping[int, float]) -> float:
    value = 3.0 + candidates.standing(reading, one.sentence, ranks) - 0.03 * abs(one.sentence.count - 20)
    return value - 0.5 * (PRONOUN_OPENING.match(one.ending) is not None)


def _endings(known: Vocabulary, one: Break, row: Sequence[Break], offered: Counter[str]) -> list[str]:
    """Return three endings of other sentences on other matters, from near by, fit in grammar and length."""
    place = bisect_left(row, one.sentence.order, key=lambda other: other.sentence.order)
    near = row[max(0, place - MOST_TRIED // 2) : place + MOST_TRIED // 2]
    around = _stems_around(known.reading, one.sentence.order) | _company(known, one)
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
        and is_alike
        and longer <= 2 * shorter
        and abs(one.sentence.order - other.sentence.order) > APART
        and _are_apart(one, other)
        and not _share(one.head_stems, other.head_stems)
        and not _share(other.stems, one.head_stems | one.stems)
    )


def _are_apart(one: Break, other: Break) -> bool:
    return not _share(one.stems, other.stems)


def _company(known: Vocabulary, one: Break) -> frozenset[str]:
    """Return what the whole text says in sentences that name the subject of a break after a subject."""
    if not one.kind.startswith(SUBJECT):
        return frozenset()
    orders = set.intersection(*(set(known.users.get(word, ())) for word in one.head_stems))
    return frozenset().union(*(known.reading.sentences[order].stems for order in orders))


def _stems_around(reading: Reading, order: int) -> frozenset[str]:
    return frozenset().union(*(one.stems for one in reading.sentences[max(0, order - APART) : order + APART + 1]))


def _share(left: frozenset[str], right: frozenset[str], most: float = MOST_SHARED) -> bool:
    return len(left & right) > most * min(len(left), len(right))


def _second(one: Break) -> str:
    """Return what the second word of the ending is: an article, a participle, or anything else."""
    word = f"{one.ending} ".split(" ")[1].lower()
    return "article" if word in DETERMINERS else "participle" if word.endswith(("ed", "en")) else ""


def _likeness(one: Break, other: Break) -> float:
    """Return how tempting the ending of ``other`` is: from near by, as long, and with a word of the question."""
    near = 1 / (1 + abs(one.sentence.order - other.sentence.order) / 25)
    size = 1 - abs(len(one.ending) - len(other.ending)) / max(len(one.ending), len(other.ending))
    touches = 0.3 if other.stems & (one.head_stems | one.stems) else 0.0
    return near + 0.6 * size + touches + 0.4 * (one.joint == other.joint) + 0.3 * (_second(one) == _second(other))


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
