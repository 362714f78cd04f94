"""The questions of a text, chosen so that they are spread out and no one of them answers another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256

from granulator.extraction import (
    candidates,
    cloze,
    completions,
    contradictions,
    descriptions,
    glossary,
    orderings,
    transcripts,
)
from granulator.extraction.breaks import Break, breaks
from granulator.extraction.candidates import Vocabulary
from granulator.extraction.cloze import Item
from granulator.extraction.glossary import Definition
from granulator.extraction.outline import Segment
from granulator.extraction.sections import Reading
from granulator.extraction.transcripts import Exchange
from granulator.extraction.vocabulary import content_words, flat

MOST_PER_TERM = 1
MOST_MADE = 80
"""So many questions are made of one group's sentences before the best of them are chosen."""

MOST_SAID = 0.3
"""A stem that holds so much of another one, and its answer, gives it away."""

MOST_OFFERED = 2
LEAST_ENDING = 3
"""Who has seen an ending of more words than this twice among wrong answers knows that it is wrong."""

MOST_JUDGED = 0.3
"""The share of statements to be judged, which guessing gets half right."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What is read once for all groups; ``offered`` counts how often an ending has been a wrong answer."""

    definitions: Sequence[Definition]
    breaks: Mapping[str, Sequence[Break]]
    exchanges: Sequence[Exchange]
    offered: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class _Chosen:
    """What has been chosen so far, in the forms the checks need."""

    most_judged: int = 0
    judged: int = 0
    offered: Counter[str] = field(default_factory=Counter)
    items: list[Item] = field(default_factory=list)
    stems: list[str] = field(default_factory=list)
    answers: list[list[str]] = field(default_factory=list)
    words: list[frozenset[str]] = field(default_factory=list)
    terms: Counter[str] = field(default_factory=Counter)
    spans: list[tuple[int, int]] = field(default_factory=list)


def choose(
    known: Vocabulary,
    ranks: Mapping[int, float],
    groups: Sequence[Segment],
    wanted: Sequence[int],
    *,
    is_shared: bool = False,
) -> list[list[Item]]:
    """Return up to ``wanted[n]`` questions from each of ``groups``, in the order of the text.

    ``ranks`` are the centralities of the usable sentences by their order. When the wish ``is_shared``, what some
    groups do not hold is asked of the others.
    """
    reading = known.reading
    found_once = _Found(
        descriptions.told_once(reading, [*glossary.definitions(reading), *descriptions.stated(known)]),
        breaks(reading),
        transcripts.exchanges(reading),
    )
    chosen = _Chosen(most_judged=int(MOST_JUDGED * sum(wanted)))
    queues = [_queue(known, ranks, group, found_once) for group in groups]
    found: list[list[Item]] = [[] for _ in groups]
    _fill(found, queues, wanted, chosen)
    loose = [_spread(known, ranks, group.orders, is_strict=False) for group in groups]
    _fill(found, loose, wanted, chosen)
    if is_shared:
        _fill(found, queues, _with_missing(found, wanted), chosen)
    return _balanced([sorted(items, key=lambda item: (item.start, item.stem)) for items in found])


def _balanced(rows: Sequence[Sequence[Item]]) -> list[list[Item]]:
    """Return the rows with every second statement made false, in no visible order."""
    judged = [item for row in rows for item in row if item.kind == "true_false"]
    seed = judged[0].stem if judged else ""
    places = dict(zip(map(id, judged), key_positions(len(judged), 2, seed), strict=True))
    return [
        [replace(item, answer=("True", "False")[places[id(item)]]) if id(item) in places else item for item in row]
        for row in rows
    ]


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


def _with_missing(found: Sequence[Sequence[Item]], wanted: Sequence[int]) -> list[int]:
    """Return how many each group would have if those that are full took over what the others are short of."""
    missing = [count - len(items) for items, count in zip(found, wanted, strict=True)]
    full = [number for number, short in enumerate(missing) if not short]
    shares = {number: len(range(place, sum(missing), len(full))) for place, number in enumerate(full)}
    return [len(items) + shares.get(number, 0) for number, items in enumerate(found)]


def _next(queue: Iterator[Item], chosen: _Chosen) -> Item | None:
    for item in queue:
        if _is_free(chosen, item):
            _keep(chosen, item)
            return item
    return None


def _queue(known: Vocabulary, ranks: Mapping[int, float], group: Segment, every: _Found) -> Iterator[Item]:
    """Yield the questions of one group, the best first but never many from one place or of one kind."""
    reading = known.reading
    matching, described = descriptions.items(reading, every.definitions, group.first, group.last)
    yield from matching
    yield from orderings.items(reading, group)
    endings = completions.items(known, every.breaks, group.orders, ranks, every.offered)
    live = [
        described,
        transcripts.items(reading, every.exchanges, group.first, group.last),
        _turns(reading, list(endings)),
        _spread(known, ranks, group.orders),
        _judged(known, group, ranks),
    ]
    while live:
        for source in list(live):
            item = next(source, None)
            if item is None:
                live.remove(source)
            else:
                yield item
    yield from _judged(known, group, ranks, is_lively=False)


def _judged(known: Vocabulary, group: Segment, ranks: Mapping[int, float], *, is_lively: bool = True) -> Iterator[Item]:
    made = contradictions.items(known, group.orders, ranks, is_lively=is_lively)
    return (item for item in _turns(known.reading, made) if contradictions.is_unsaid(known, item))


def _spread(
    known: Vocabulary, ranks: Mapping[int, float], group: Sequence[int], *, is_strict: bool = True
) -> Iterator[Item]:
    """Yield cloze items, taking turns between the sections of the group.

    Unless ``is_strict``, only identifiers are asked for, with wrong answers that need not be seen in the same company.
    """
    made: list[Item] = []
    used: Counter[int] = Counter()
    for candidate in candidates.candidates(known, group, ranks):
        is_spent = used[candidate.sentence.order] >= 3 or len(made) >= MOST_MADE
        if is_spent or not (is_strict or candidate.term.is_code):
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


def _is_free(chosen: _Chosen, item: Item) -> bool:
    if item.answer and chosen.terms[item.answer.casefold()] >= MOST_PER_TERM:
        return False
    if item.kind == "true_false" and chosen.judged >= chosen.most_judged:
        return False
    if any(chosen.offered[option] >= MOST_OFFERED for option in item.options[1:]):
        return False
    if any(item.start < end and start < item.end for start, end in chosen.spans):
        return False
    own = frozenset(content_words(item.explanation))
    if flat(item.stem) in chosen.stems:
        return False
    if any(len(own & other) > 0.6 * min(len(own), len(other)) for other in chosen.words):
        return False
    stem_text = flat(" ".join([item.stem, *(left for left, _ in item.pairs)]))
    return not any(
        _gives_away(answers, words, stem_text, own) or _gives_away(_answers(item), own, other_text, words)
        for answers, words, other_text in zip(chosen.answers, chosen.words, chosen.stems, strict=True)
    )


def _gives_away(answers: Sequence[str], asked: frozenset[str], stem_text: str, said: frozenset[str]) -> bool:
    """Whether the stem ``stem_text`` names one of ``answers`` and speaks of what was asked for it."""
    return len(asked & said) >= MOST_SAID * len(asked) and any(
        len(answer) > 2 and f" {answer} " in stem_text for answer in answers
    )


def _keep(chosen: _Chosen, item: Item) -> None:
    chosen.items.append(item)
    chosen.offered.update(option for option in item.options[1:] if option.count(" ") >= LEAST_ENDING)
    chosen.judged += item.kind == "true_false"
    chosen.spans.append((item.start, item.end))
    chosen.terms[item.answer.casefold()] += 1
    chosen.stems.append(flat(" ".join([item.stem, *(left for left, _ in item.pairs)])))
    chosen.answers.append(_answers(item))
    chosen.words.append(frozenset(content_words(item.explanation)))


def _answers(item: Item) -> list[str]:
    """Return what no other question may say; what a program prints is no statement, so it is not among this."""
    if item.bloom == "apply":
        return []
    texts = [item.answer] if item.answer else [left for left, _ in item.pairs]
    return [said for text in texts if (said := flat(text).strip())]


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
