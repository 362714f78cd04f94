"""Questions on what the text says things are: a description for its term, a term for its description, all matched."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from granulator.extraction import candidates, defining, terms
from granulator.extraction.candidates import Vocabulary
from granulator.extraction.cloze import Item
from granulator.extraction.distractors import DISTRACTORS
from granulator.extraction.glossary import Definition
from granulator.extraction.sections import Reading
from granulator.extraction.vocabulary import flat, listed, stem

MATCHED = 4
NEAR = 30
"""Definitions further away in a list are not offered for each other."""

NUMBER = re.compile(r"\d+")
STATED = -1_000_000
"""The group of what sentences define, far from the numbers of lists; one less for plurals."""

ARTICLES = listed("a an the")


LONGEST_MATCHED = 160
SIZES = 2.2
"""So many times as long as another a description may be offered beside it."""


def told_once(reading: Reading, every: Sequence[Definition]) -> list[Definition]:
    """Leave out what the text says of several things: none of them is the one answer."""
    told = Counter(flat(one.text) for one in every)
    places: dict[str, list[int]] = {text: [] for text in told}
    for sentence in reading.sentences:
        if (text := flat(sentence.text)) in places:
            places[text].append(sentence.start)
    return [
        one
        for one in every
        if told[flat(one.text)] == 1 and all(one.start <= place < one.end for place in places[flat(one.text)])
    ]


def stated(known: Vocabulary) -> list[Definition]:
    """Return what sentences say that something is, for sentences that can be understood alone."""
    uses = {term.key: len(term.occurrences) for term in known.terms.values()}
    found: list[Definition] = []
    for one in defining.statements(known.reading, uses):
        said = re.match(
            rf"(?:(?:An?|The|Each|Every) )?{re.escape(one.term)} (?P<verb>is|are) (?P<rest>(?:an?|the|any|one) .+)",
            one.sentence.text,
        )
        if said and candidates.is_fit(known, one.sentence):
            group = STATED - (said["verb"] == "are")
            text = said["rest"]
            found.append(Definition(one.term, text, one.sentence.start, one.sentence.end, group, one.sentence.block))
    counts = Counter(one.term.casefold() for one in found)
    return [one for one in found if counts[one.term.casefold()] == 1]


def items(
    reading: Reading, every: Sequence[Definition], first: int, last: int
) -> tuple[Iterator[Item], Iterator[Item]]:
    """Return matching questions, and questions for single terms, on what blocks ``first`` to ``last`` describe."""
    here = [one for one in every if first <= one.block < last]
    return _matching(here), _single(here, every)


def _single(here: Sequence[Definition], every: Sequence[Definition]) -> Iterator[Item]:
    """Yield for each definition one question: which term is meant, or, in turns, what the term means."""
    groups: dict[int, list[Definition]] = {}
    places: dict[int, int] = {}
    for one in every:
        places[id(one)] = len(groups.setdefault(one.group, []))
        groups[one.group].append(one)
    for turn, one in enumerate(here):
        place = places[id(one)]
        near = groups[one.group][max(0, place - NEAR) : place + NEAR]
        siblings = [other for other in near if other is not one]
        forms = (_for_term, _for_meaning) if turn % 2 else (_for_meaning, _for_term)
        item = next((made for form in forms if (made := form(one, siblings))), None)
        if item:
            yield item


def _for_term(one: Definition, siblings: Sequence[Definition]) -> Item | None:
    wrong = [other.term for other in _nearest(one, siblings) if _can_confuse(one, other)]
    if len(wrong) < DISTRACTORS or _names(one.text, one.term):
        return None
    stem_text = f"Which of these does the source describe as follows: {one.text.rstrip('.')}?"
    return _item(one, stem_text, one.term, wrong[:DISTRACTORS], "remember")


def _for_meaning(one: Definition, siblings: Sequence[Definition]) -> Item | None:
    """Ask what a term means, unless its description names it; the others are as long and begin in the same way."""
    if _names(one.text, one.term):
        return None
    alike = [
        other
        for other in siblings
        if _can_confuse(one, other) and _can_confuse(other, one) and _is_alike(one.text, other.text)
    ]
    wrong = [_capital(other.text.rstrip(".")) for other in sorted(alike, key=lambda other: _size(one, other))]
    if len(wrong) < DISTRACTORS or all(len(text) < len(one.text) for text in wrong[:DISTRACTORS]):
        return None
    stem_text = f"What does the source say about \u201c{one.term}\u201d?"
    return _item(one, stem_text, _capital(one.text.rstrip(".")), wrong[:DISTRACTORS], "understand")


def _is_alike(one: str, other: str) -> bool:
    """Whether the two descriptions can stand beside each other: of like size, both beginning with an article or not."""
    size = max(len(one), len(other)) <= SIZES * min(len(one), len(other))
    return size and (_opening(one) in ARTICLES) == (_opening(other) in ARTICLES)


def _opening(text: str) -> str:
    return text.partition(" ")[0].lower()


def _size(one: Definition, other: Definition) -> tuple[int, int]:
    return abs(len(other.text) - len(one.text)), other.start


def _capital(text: str) -> str:
    """Return ``text`` with a capital, unless it begins with a name that is written otherwise."""
    return text[0].upper() + text[1:] if text.partition(" ")[0].isalpha() and text.partition(" ")[0].islower() else text


def _item(one: Definition, stem_text: str, answer: str, wrong: Sequence[str], bloom: str) -> Item:
    return Item(
        "multiple_choice",
        stem_text,
        answer,
        (answer, *wrong),
        f"{one.term}: {one.text}",
        one.start,
        one.end,
        -1 - one.block,
        0.4 - len(one.text) / 300,
        bloom,
    )


def _nearest(one: Definition, others: Sequence[Definition]) -> list[Definition]:
    return sorted(
        others, key=lambda other: (abs(len(other.term) - len(one.term)), abs(other.block - one.block), other.term)
    )


def _can_confuse(one: Definition, other: Definition) -> bool:
    """Whether ``other`` is a wrong answer to the description of ``one``, yet of the same kind."""
    mine, theirs = one.stems(), other.stems()
    is_apart = one.term.casefold() not in other.term.casefold() and other.term.casefold() not in one.term.casefold()
    return is_apart and len(mine & theirs) < 0.5 * min(len(mine), len(theirs)) and not _names(one.text, other.term)


def _names(text: str, term: str) -> bool:
    """Whether a word of the term, in any form, or a number of it stands in the text."""
    own = {stem(part.lower())[:5] for part in terms.parts(term) if len(part) >= 3} | set(NUMBER.findall(term))
    said = {stem(part.lower())[:5] for part in terms.parts(text) if len(part) >= 3} | set(NUMBER.findall(text))
    return not own.isdisjoint(said)


def _matching(defined: Sequence[Definition]) -> Iterator[Item]:
    groups: dict[int, list[Definition]] = {}
    for one in defined:
        if not _names(one.text, one.term) and len(one.text) <= LONGEST_MATCHED:
            groups.setdefault(one.group, []).append(one)
    for rows in groups.values():
        apart: list[Definition] = []
        for one in rows:
            if len(apart) < MATCHED and all(_can_confuse(one, other) and _can_confuse(other, one) for other in apart):
                apart.append(one)
        if len(apart) == MATCHED:
            named = ", ".join(one.term for one in apart[:-1]) + f" and {apart[-1].term}"
            pairs = tuple((one.term, one.text) for one in apart)
            explanation = " ".join(f"{one.term}: {one.text.rstrip('.')}." for one in apart)
            yield Item("matching", f"Match {named} with their descriptions in the source.", "", (), explanation,
                       min(one.start for one in apart), max(one.end for one in apart), -1 - apart[0].block, 0.2,
                       "understand", pairs)  # fmt: skip
            return
