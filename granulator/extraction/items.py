"""The questions of a text, chosen so that they are spread out and no one of them answers another."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from math import ceil

from granulator.extraction import candidates, cloze, completions, glossary, terms
from granulator.extraction.blocks import Block
from granulator.extraction.candidates import Vocabulary
from granulator.extraction.cloze import Item
from granulator.extraction.completions import Break
from granulator.extraction.distractors import DISTRACTORS
from granulator.extraction.glossary import Definition
from granulator.extraction.outline import Segment
from granulator.extraction.sections import Reading
from granulator.extraction.vocabulary import content_words, listed, stem

MOST_PER_TERM = 1
MOST_MADE = 80
"""So many questions are made of one group's sentences before the best of them are chosen."""

FILLED = 0.75
"""Questions for terms the text uses rarely are asked only until so much of the plan is filled."""

SHORT = 200
"""A text of fewer sentences uses most of its terms rarely, so with these the plan may be filled."""

LEAST_FILLED = 0.25
"""Up to here, wrong answers may be less alike to the right one too."""


STEPS = re.compile(
    r"\bsteps?\b|\bprocedure\b|\bin (?:this|the following) order\b|\bsequence\b|\bhow to\b|\bprocess\b", re.IGNORECASE
)
NO_STEPS = listed("the a an in to if when for it this there any all each every no some as at by on of with you")
"""Words a rule or a reason begins with, but no step."""

MATCHED = 4


@dataclass(slots=True)
class _Chosen:
    """What has been chosen so far, in the forms the checks need."""

    items: list[Item] = field(default_factory=list)
    stems: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    words: list[frozenset[str]] = field(default_factory=list)
    terms: Counter[str] = field(default_factory=Counter)
    spans: list[tuple[int, int]] = field(default_factory=list)


def choose(
    known: Vocabulary, ranks: Mapping[int, float], groups: Sequence[Segment], wanted: Sequence[int]
) -> list[list[Item]]:
    """Return up to ``wanted[n]`` questions from each of ``groups``, in the order of the text.

    ``ranks`` are the centralities of the usable sentences by their order.
    """
    reading = known.reading
    every = _told_once(reading, glossary.definitions(reading))
    breaks, offered = completions.breaks(known), Counter[str]()
    chosen = _Chosen()
    queues = [_queue(known, ranks, group, every, breaks, offered) for group in groups]
    found: list[list[Item]] = [[] for _ in groups]
    _fill(found, queues, wanted, chosen)
    filled, least = (1.0, 1.0) if len(reading.usable) < SHORT else (FILLED, LEAST_FILLED)
    for share, is_strict in ((filled, True), (least, False)):
        loose = [_spread(known, ranks, group.orders, knows=False, is_strict=is_strict) for group in groups]
        _fill(found, loose, [ceil(share * count) for count in wanted], chosen)
    return [sorted(items, key=lambda item: (item.start, item.stem)) for items in found]


def _fill(found: list[list[Item]], queues: Sequence[Iterator[Item]], wanted: Sequence[int], chosen: _Chosen) -> None:
    """Let the groups take turns in taking a question, until each has as many as are wanted or no more."""
    open_groups = [number for number, count in enumerate(wanted) if count > len(found[number])]
    while open_groups:
        for number in list(open_groups):
            item = _next(queues[number], chosen)
            if item is not None:
                found[number].append(item)
            if item is None or len(found[number]) >= wanted[number]:
                open_groups.remove(number)


def _next(queue: Iterator[Item], chosen: _Chosen) -> Item | None:
    for item in queue:
        if _is_free(chosen, item):
            _keep(chosen, item)
            return item
    return None


def _queue(
    known: Vocabulary,
    ranks: Mapping[int, float],
    group: Segment,
    every: Sequence[Definition],
    breaks: Mapping[str, Sequence[Break]],
    offered: Counter[str],
) -> Iterator[Item]:
    """Yield the questions of one group, the best first but never many from one place."""
    defined = [one for one in every if group.first <= one.block < group.last]
    described = iter(_described(defined))
    blanks = iter(_spread(known, ranks, group.orders, knows=True, is_strict=True))
    yield from _matching(defined)
    yield from _ordering(known.reading, group)
    turn = 0
    endings = iter(_turns(known.reading, list(completions.items(known, breaks, group.orders, ranks, offered))))
    live = [described, endings, blanks]
    while live:
        item = next(live[turn % len(live)], None)
        if item is None:
            gone = live[turn % len(live)]
            live = [source for source in live if source is not gone]
            continue
        turn += 1
        yield item


def _spread(
    known: Vocabulary, ranks: Mapping[int, float], group: Sequence[int], *, knows: bool, is_strict: bool
) -> Iterator[Item]:
    """Yield cloze items, taking turns between the sections of the group.

    ``knows`` asks for terms the text makes much of only, ``is_strict`` for wrong answers seen in the same company.
    """
    made: list[Item] = []
    used: Counter[int] = Counter()
    for candidate in candidates.candidates(known, group, ranks, is_strict=knows):
        if used[candidate.sentence.order] >= 3 or len(made) >= MOST_MADE:
            continue
        item = cloze.item(known, candidate, is_strict=is_strict)
        if item:
            used[item.order] += 1
            made.append(item)
    yield from _turns(known.reading, sorted(made, key=lambda item: (-item.worth, item.start, item.stem)))


def _turns(reading: Reading, ranked: Sequence[Item]) -> Iterator[Item]:
    """Yield the items so that the sections they come from take turns, the section of the best item first."""
    rows: dict[int, list[Item]] = {}
    for item in ranked:
        rows.setdefault(reading.section_of[reading.sentences[item.order].block], []).append(item)
    for depth in range(max(map(len, rows.values()), default=0)):
        yield from (row[depth] for row in rows.values() if len(row) > depth)


def _told_once(reading: Reading, every: Sequence[Definition]) -> list[Definition]:
    """Leave out what the text says of several things: none of them is the one answer."""
    told = Counter(_flat(one.text) for one in every)
    places: dict[str, list[int]] = {text: [] for text in told}
    for sentence in reading.sentences:
        if (text := _flat(sentence.text)) in places:
            places[text].append(sentence.start)
    return [
        one
        for one in every
        if told[_flat(one.text)] == 1 and all(one.start <= place < one.end for place in places[_flat(one.text)])
    ]


def _described(defined: Sequence[Definition]) -> Iterator[Item]:
    for one in defined:
        siblings = [other for other in defined if other.group == one.group and other is not one]
        wrong = [other.term for other in _nearest(one, siblings) if _can_confuse(one, other)]
        if len(wrong) >= DISTRACTORS and not _names(one.text, one.term):
            text = one.text.rstrip(".")
            yield Item(
                "multiple_choice",
                f"Which of these does the source describe as follows: {text}?",
                one.term,
                (one.term, *wrong[:DISTRACTORS]),
                f"{one.term}: {one.text}",
                one.start,
                one.end,
                -1 - one.block,
                0.4 - len(text) / 300,
                "remember",
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
    own = {stem(part.lower())[:5] for part in terms.parts(term) if len(part) >= 3}
    return not own.isdisjoint({stem(part.lower())[:5] for part in terms.parts(text) if len(part) >= 3})


def _matching(defined: Sequence[Definition]) -> Iterator[Item]:
    groups: dict[int, list[Definition]] = {}
    for one in defined:
        if not _names(one.text, one.term) and len(one.text) <= 160:
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


def _ordering(reading: Reading, group: Segment) -> Iterator[Item]:
    blocks = reading.document.blocks
    for index in range(max(group.first, 1), group.last):
        block = blocks[index]
        if block.kind == "item" and block.number == 1 and STEPS.search(_lead(reading, index)):
            steps = _steps(blocks, index)
            if 3 <= len(steps) <= 7 and len({step.casefold() for step in steps}) == len(steps):
                end = max(other.end for other in blocks[index : index + 3 * len(steps)] if other.group == block.group)
                title = reading.sections[reading.section_of[index]].title
                text = " ".join(f"{number}. {step}" for number, step in enumerate(steps, 1))
                yield Item("ordering", f"Put these steps of \u201c{title}\u201d into the order the source gives.", "",
                           tuple(steps), text, block.start, end, -1 - index, 0.1, "understand")  # fmt: skip
                return


def _lead(reading: Reading, index: int) -> str:
    before = reading.document.blocks[index - 1]
    return before.text[-200:] + " " + reading.sections[reading.section_of[index]].title


def _steps(blocks: Sequence[Block], index: int) -> list[str]:
    """Return the first sentences of the numbered list at ``index``; nothing when a step is too long or open."""
    steps: list[str] = []
    for block in blocks[index : index + 40]:
        if block.kind == "item" and block.group == blocks[index].group and block.number == len(steps) + 1:
            sentence = glossary.FIRST_SENTENCE.match(block.text)
            text = (sentence[1] if sentence else block.text).strip()
            words = text.lower().split()
            if not 2 <= len(words) <= 28 or text.endswith(":") or words[0] in NO_STEPS:
                return []
            steps.append(text)
    return steps


def _is_free(chosen: _Chosen, item: Item) -> bool:
    if item.answer and chosen.terms[item.answer.casefold()] >= MOST_PER_TERM:
        return False
    if any(item.start < end and start < item.end for start, end in chosen.spans):
        return False
    own = frozenset(content_words(item.stem))
    if any(len(own & other) > 0.6 * min(len(own), len(other)) for other in chosen.words):
        return False
    stem_text = _flat(" ".join([item.stem, *(left for left, _ in item.pairs)]))
    if any(len(answer) > 2 and f" {answer} " in stem_text for answer in chosen.answers):
        return False
    answers = _answers(item)
    return not any(f" {answer} " in other for answer in answers for other in chosen.stems)


def _keep(chosen: _Chosen, item: Item) -> None:
    chosen.items.append(item)
    chosen.spans.append((item.start, item.end))
    chosen.terms[item.answer.casefold()] += 1
    chosen.stems.append(_flat(item.stem))
    chosen.answers.extend(_answers(item))
    chosen.words.append(frozenset(content_words(item.stem)))


def _answers(item: Item) -> list[str]:
    texts = [item.answer] if item.answer else [left for left, _ in item.pairs]
    return [flat.strip() for text in texts if (flat := _flat(text)).strip()]


def _flat(text: str) -> str:
    return " " + " ".join(re.findall(r"\w+", text.casefold())) + " "


def shuffled(options: Sequence[str], seed: str) -> list[int]:
    """Return the indexes of ``options`` in another order, which depends on nothing but ``seed``."""
    order = sorted(range(len(options)), key=lambda index: sha256(f"{seed}\0{options[index]}".encode()).digest())
    return order if order != list(range(len(options))) else [*order[1:], *order[:1]]


def key_positions(count: int, size: int, seed: str) -> list[int]:
    """Return ``count`` places for the right answer among ``size``, each used equally often and in no visible order."""
    places: list[int] = []
    turn = 0
    while len(places) < count:
        places.extend(shuffled([str(place) for place in range(size)], f"{seed}\0{turn}"))
        turn += 1
    return places[:count]


def difficulties(row: Sequence[Item]) -> list[str]:
    """Return easy, medium or hard for each item by its ease among the others: the easiest three tenths, and so on."""
    ranked = sorted(range(len(row)), key=lambda index: (-row[index].ease, row[index].stem))
    levels = [""] * len(row)
    for position, index in enumerate(ranked):
        share = (position + 0.5) / len(row)
        levels[index] = "easy" if share < 0.3 else "medium" if share < 0.7 else "hard"
    return levels
