"""The questions of a text, chosen so that they are spread out and no one of them answers another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256

from granulator.extraction import (
    candidates,
    cloze,
    comparisons,
    contradictions,
    defaults,
    described,
    descriptions,
    lookups,
    means,
    orderings,
    statements,
    transcripts,
)
from granulator.extraction.candidates import Vocabulary
from granulator.extraction.cloze import Item
from granulator.extraction.described import Thing
from granulator.extraction.outline import Segment
from granulator.extraction.sections import Reading
from granulator.extraction.transcripts import Exchange
from granulator.extraction.vocabulary import content_words, flat

MOST_PER_TERM = 1
MOST_MADE = 80
"""So many questions are made of one group's sentences before the best of them are chosen."""

MOST_SAID = 0.3
"""A stem that holds so much of another one, and its answer, gives it away."""

MOST_JUDGED = 0.6
"""The share of statements to be judged, which guessing gets half right."""


MOST_OF = {"default": 3, "table": 3, "beside": 2, "blank": 3}
"""So many questions of a sort a quiz may have."""

EASY, HARD = 0.15, -0.2
"""From which ease on a question is easy, and below which it is hard."""

SHORT_QUIZ = 5
"""With fewer questions a quiz hardly deserves the name."""

LONE_TRUE = 4

STANDARDS = ((candidates.HIGH_MERIT, 1), (candidates.FAIR_MERIT, 8))
"""What statements must be worth, and with how many questions there is no need to ask about lesser ones."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What is read once for all groups, and whether its definitions are matched as well as asked for."""

    things: Sequence[Thing]
    exchanges: Sequence[Exchange]
    is_matched: bool = True


@dataclass(slots=True)
class _Chosen:
    """What has been chosen so far, in the forms the checks need."""

    most_judged: int = 0
    is_lenient: bool = False
    judged: int = 0
    items: list[Item] = field(default_factory=list)
    stems: list[str] = field(default_factory=list)
    answers: list[list[str]] = field(default_factory=list)
    words: list[frozenset[str]] = field(default_factory=list)
    terms: Counter[str] = field(default_factory=Counter)
    forms: Counter[str] = field(default_factory=Counter)
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
    groups do not hold is asked of the others. A matching question names what single questions ask for, so it is left
    out where a quiz would be too short with it.
    """
    reading = known.reading
    found_once = _Found(
        [*described.things(reading), *descriptions.stated(known)],
        transcripts.exchanges(reading),
    )
    best: list[list[Item]] = [[] for _ in groups]
    for least_merit, enough in STANDARDS:
        if _count(best) >= min(enough, sum(wanted)):
            break
        fair = replace(known, least_merit=least_merit)
        found = _of_one_standard(fair, ranks, groups, wanted, found_once, is_shared=is_shared)
        best = max(best, found, key=_count)
    return best


def _of_one_standard(
    known: Vocabulary,
    ranks: Mapping[int, float],
    groups: Sequence[Segment],
    wanted: Sequence[int],
    found_once: _Found,
    *,
    is_shared: bool,
) -> list[list[Item]]:
    matched = _chosen(known, ranks, groups, wanted, found_once, is_shared=is_shared)
    if _count(matched) >= min(SHORT_QUIZ, sum(wanted)):
        return matched
    single = _chosen(known, ranks, groups, wanted, replace(found_once, is_matched=False), is_shared=is_shared)
    return max(matched, single, key=_count)


def _count(rows: Sequence[Sequence[Item]]) -> int:
    return sum(map(len, rows))


def _chosen(
    known: Vocabulary,
    ranks: Mapping[int, float],
    groups: Sequence[Segment],
    wanted: Sequence[int],
    found_once: _Found,
    *,
    is_shared: bool,
) -> list[list[Item]]:
    is_lenient = known.least_merit < candidates.HIGH_MERIT
    chosen = _Chosen(most_judged=int(MOST_JUDGED * sum(wanted)), is_lenient=is_lenient)
    queues = [_queue(known, ranks, group, found_once, chosen) for group in groups]
    found: list[list[Item]] = [[] for _ in groups]
    _fill(found, queues, wanted, chosen)
    if is_shared:
        _fill(found, queues, _with_missing(found, wanted), chosen)
    return _balanced([sorted(items, key=lambda item: (item.start, item.stem)) for items in found])


def _balanced(rows: Sequence[Sequence[Item]]) -> list[list[Item]]:
    """Return the rows with about every second statement made false, in no visible order."""
    judged = [item for row in rows for item in row if item.kind == "true_false"]
    turned = [item for item in judged if len(item.options) > 1]
    order = shuffled([item.stem for item in turned], judged[0].stem) if len(turned) > 1 else range(len(turned))
    wrong = {id(turned[index]) for index in list(order)[: (len(judged) + 1) // 2]}
    return [
        [
            replace(item, answer="False" if id(item) in wrong else "True") if item.kind == "true_false" else item
            for item in row
        ]
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


def _queue(
    known: Vocabulary, ranks: Mapping[int, float], group: Segment, every: _Found, chosen: _Chosen
) -> Iterator[Item]:
    """Yield the questions of one group, the best first but never many from one place or of one kind."""
    reading = known.reading
    matching, told = descriptions.items(every.things, group.first, group.last)
    if every.is_matched:
        yield from matching
    yield from orderings.items(reading, group)
    judged = contradictions.items(known, group.orders, ranks)
    live = [
        told,
        defaults.items(every.things, group.first, group.last),
        lookups.items(reading, group.first, group.last),
        transcripts.items(reading, every.exchanges, group.first, group.last),
        means.items(known, every.things, group.first, group.last),
        _spread(known, ranks, group.orders),
        _turns(reading, [item for item in judged if len(item.options) > 1]),
    ]
    while live:
        for source in list(live):
            item = next(source, None)
            if item is None:
                live.remove(source)
            else:
                yield item
    yield from _turns(reading, [item for item in judged if len(item.options) == 1])
    yield from comparisons.items(known, group.orders, ranks, lambda one: _is_taken(chosen, one.start, one.end))


def _spread(known: Vocabulary, ranks: Mapping[int, float], group: Sequence[int]) -> Iterator[Item]:
    """Yield cloze items, taking turns between the sections of the group."""
    fit = frozenset(sentence.order for sentence in statements.fit(known, group))
    made: list[Item] = []
    used: Counter[int] = Counter()
    for candidate in candidates.candidates(known, group, ranks):
        is_spent = used[candidate.sentence.order] >= 3 or len(made) >= MOST_MADE
        if is_spent or candidate.sentence.order not in fit:
            continue
        item = cloze.item(known, candidate)
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
    if chosen.forms[item.form] >= MOST_OF.get(item.form, MOST_MADE):
        return False
    if item.kind == "true_false" and not _may_be_judged(chosen, item):
        return False
    if any(_is_taken(chosen, start, end) for start, end in ((item.start, item.end), *item.others)):
        return False
    own = frozenset(content_words(item.explanation))
    if flat(_shown(item)) in chosen.stems:
        return False
    if any(len(own & other) > 0.6 * min(len(own), len(other)) for other in chosen.words):
        return False
    stem_text = flat(_shown(item))
    return not any(
        _gives_away(answers, words, stem_text, own) or _gives_away(_answers(item), own, other_text, words)
        for answers, words, other_text in zip(chosen.answers, chosen.words, chosen.stems, strict=True)
    )


def _may_be_judged(chosen: _Chosen, item: Item) -> bool:
    """Whether there is room for one more statement to be judged; for a true one, beside as many that are made false.

    Where little can be asked at all, up to four may be true without that.
    """
    certain = sum(one.kind == "true_false" and len(one.options) == 1 for one in chosen.items)
    has_room = 2 * certain < chosen.judged or (chosen.is_lenient and certain < LONE_TRUE)
    return chosen.judged < chosen.most_judged and (len(item.options) > 1 or has_room)


def _is_taken(chosen: _Chosen, start: int, end: int) -> bool:
    return any(start < other_end and other_start < end for other_start, other_end in chosen.spans)


def _shown(item: Item) -> str:
    """Return what a question says before it is answered: its statements too, where it puts them side by side."""
    return " ".join([item.stem, *(left for left, _ in item.pairs), *(item.options if item.others else ())])


def _gives_away(answers: Sequence[str], asked: frozenset[str], stem_text: str, said: frozenset[str]) -> bool:
    """Whether the stem ``stem_text`` names one of ``answers`` and speaks of what was asked for it."""
    return len(asked & said) >= MOST_SAID * len(asked) and any(
        len(answer) > 2 and f" {answer} " in stem_text for answer in answers
    )


def _keep(chosen: _Chosen, item: Item) -> None:
    chosen.items.append(item)
    chosen.forms[item.form] += 1
    chosen.judged += item.kind == "true_false"
    chosen.spans.extend(((item.start, item.end), *item.others))
    chosen.terms[item.answer.casefold()] += 1
    chosen.stems.append(flat(_shown(item)))
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
    """Return easy, medium or hard for each item by its own ease, whatever else is asked beside it."""
    return ["easy" if item.ease >= EASY else "hard" if item.ease < HARD else "medium" for item in row]
