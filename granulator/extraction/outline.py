"""Where a document is cut into groups and lessons: along its own headings, balanced by words, titled in its words."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf

from granulator.extraction.sections import Reading
from granulator.extraction.terms import Term

LEAST_WORDS = 60
LEAST_SENTENCES = 5
PARAGRAPH_COST = 4.0
SENTENCE_COST = 6.0
GROUP_WEIGHT, LESSON_WEIGHT = 0.5, 0.12
"""What a cut against the author's headings costs; a chapter is torn apart more unwillingly than a section."""

TITLE_LENGTH = 80
MOST_ATOMS = 200
MORE = " and more"


@dataclass(frozen=True, slots=True)
class Atom:
    """Sentences that stay together; ``cost`` is how bad it would be to cut before them."""

    orders: tuple[int, ...]
    words: int
    cost: float


@dataclass(frozen=True, slots=True)
class Segment:
    """A titled stretch of a document: the orders of its usable sentences and its half-open source offsets.

    ``first`` and ``last`` are half-open block indexes.
    """

    title: str
    orders: tuple[int, ...]
    first: int
    last: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Group:
    """A stretch of a document and the lessons it is divided into."""

    whole: Segment
    lessons: tuple[Segment, ...]


def divide(
    reading: Reading,
    terms: Mapping[str, Term],
    groups: int,
    leaves: int,
    *,
    bounds: tuple[int, int] = (1, 100),
    usual: int = 2,
) -> tuple[Group, ...]:
    """Return at most ``groups`` stretches with ``leaves`` lessons in all; fewer when the text holds no more.

    ``bounds`` are the fewest and the most lessons of a stretch. Stretches are merged until each has the fewest, if
    that leaves at least two of them. When the text holds too few lessons, there are fewer stretches of ``usual`` ones.
    """
    capacity = _capacity(reading)
    leaves = max(1, min(leaves, capacity))
    groups = max(1, min(groups, leaves // usual if leaves < usual * groups else groups))
    atoms = _atoms(reading, leaves)
    tried = (_cuts(atoms, count, leaves, bounds) for count in range(groups, 1, -1))
    even = next((cut for cut in tried if min(map(len, cut[1])) >= bounds[0]), None)
    pieces, cuts = even or _cuts(atoms, groups, leaves, bounds)
    wholes = _segments(reading, terms, pieces)
    used: set[str] = set()
    found = []
    for whole, cut in zip(wholes, cuts, strict=True):
        lessons = _segments(reading, terms, cut, used, end=whole.end, last=whole.last)
        found.append(Group(whole, tuple(lessons)))
    return tuple(found)


def phrases(terms: Mapping[str, Term], orders: Sequence[int], most: int = 3) -> list[str]:
    """Return the terms that set the sentences ``orders`` apart from the rest, the most telling first."""
    if not orders:
        return []
    first, last = orders[0], orders[-1]
    scored = []
    for term in terms.values():
        places = [found.order for found in term.occurrences]
        here = bisect_left(places, last + 1) - bisect_left(places, first)
        if here >= 2 or (here and len(orders) < 12):
            share = here / len(places)
            scored.append((here**0.7 * (0.2 + share) * (1 + 0.4 * (" " in term.text)), term.text))
    chosen: list[str] = []
    for _, text in sorted(scored, key=lambda entry: (-entry[0], entry[1])):
        if len(chosen) < most and not any(_overlap(text, other) for other in chosen):
            chosen.append(text)
    return chosen


def _overlap(left: str, right: str) -> bool:
    return bool(set(re.findall(r"\w+", left.lower())) & set(re.findall(r"\w+", right.lower())))


def _capacity(reading: Reading) -> int:
    words = sum(reading.sentences[order].count for order in reading.usable)
    return max(1, min(words // LEAST_WORDS, len(reading.usable) // LEAST_SENTENCES))


def _atoms(reading: Reading, leaves: int) -> list[Atom]:
    total = sum(reading.sentences[order].count for order in reading.usable)
    target = total / max(MOST_ATOMS, 6 * leaves)
    depth = _depths(reading)
    atoms: list[Atom] = []
    orders: list[int] = []
    words, cost, before = 0, 0.0, -1
    for order in reading.usable:
        sentence = reading.sentences[order]
        step = _border_cost(reading, depth, before, order) if before >= 0 else 0.0
        if orders and words >= target or (step < PARAGRAPH_COST and words >= 0.5 * target and orders):
            atoms.append(Atom(tuple(orders), words, cost))
            orders, words, cost = [], 0, step
        orders.append(order)
        words += sentence.count
        before = order
    atoms.append(Atom(tuple(orders), words, cost))
    return atoms


def _depths(reading: Reading) -> dict[int, int]:
    """Map heading levels to 0 for the outermost that is used more than once, 1 for the next, and so on."""
    levels = [section.level for section in reading.sections if not section.is_boilerplate]
    repeated = sorted({level for level in levels if levels.count(level) > 1})
    return {level: depth for depth, level in enumerate(repeated)}


def _border_cost(reading: Reading, depth: Mapping[int, int], before: int, order: int) -> float:
    left, right = reading.sentences[before].block, reading.sentences[order].block
    if left == right:
        return SENTENCE_COST
    one, two = reading.section_of[left], reading.section_of[right]
    if one == two:
        return PARAGRAPH_COST
    return float(min(depth.get(reading.sections[number].level, 0) for number in range(one + 1, two + 1)))


def _cut(atoms: Sequence[Atom], count: int, weight: float) -> list[list[Atom]]:
    """Return ``atoms`` in ``count`` stretches of about equal size, cut where it hurts least."""
    count = max(1, min(count, len(atoms)))
    sums = [0]
    for atom in atoms:
        sums.append(sums[-1] + atom.words)
    ideal = sums[-1] / count
    best = [0.0] + [inf] * len(atoms)
    choices: list[list[int]] = []
    for turn in range(count):
        following, choice = [inf] * (len(atoms) + 1), [0] * (len(atoms) + 1)
        for end in range(turn + 1, len(atoms) - (count - turn - 1) + 1):
            following[end], choice[end] = _best_cut(atoms, sums, best, ideal, weight, turn, end)
        best = following
        choices.append(choice)
    borders = [len(atoms)]
    for choice in reversed(choices):
        borders.append(choice[borders[-1]])
    borders.reverse()
    return [list(atoms[first:last]) for first, last in zip(borders, borders[1:], strict=False)]


def _best_cut(
    atoms: Sequence[Atom], sums: Sequence[int], best: Sequence[float], ideal: float, weight: float, turn: int, end: int
) -> tuple[float, int]:
    lowest, chosen = inf, turn
    for start in range(end - 1, turn - 1, -1):
        size = (sums[end] - sums[start]) / ideal
        if size > 3 and lowest < inf:
            break
        price = best[start] + (size - 1) ** 2 + 4 * max(0.0, size - 1.9) ** 2 + 4 * max(0.0, 0.5 - size)
        price += weight * atoms[start].cost if start else 0.0
        price += 30.0 * (sum(len(atom.orders) for atom in atoms[start : min(end, start + 4)]) < 4)
        if price < lowest:
            lowest, chosen = price, start
    return lowest, chosen


def _cuts(
    atoms: Sequence[Atom], groups: int, leaves: int, bounds: tuple[int, int]
) -> tuple[list[list[Atom]], list[list[list[Atom]]]]:
    """Return the stretches and, for each, its lessons."""
    pieces = _cut(atoms, groups, GROUP_WEIGHT)
    shares = _shares(pieces, leaves, bounds)
    return pieces, [_cut(piece, share, LESSON_WEIGHT) for piece, share in zip(pieces, shares, strict=True)]


def _shares(pieces: Sequence[Sequence[Atom]], leaves: int, bounds: tuple[int, int]) -> list[int]:
    """Return how many lessons each piece gets: by its words, but no more than its sentences are enough for."""
    least, most = bounds
    words = [sum(atom.words for atom in piece) for piece in pieces]
    held = [min(most, max(1, sum(len(atom.orders) for atom in piece) // LEAST_SENTENCES)) for piece in pieces]
    shares = [min(max(least, leaves * count // sum(words)), full) for count, full in zip(words, held, strict=True)]
    while sum(shares) < min(leaves, sum(held)):
        fullest = max(
            (number for number, share in enumerate(shares) if share < held[number]),
            key=lambda number: (words[number] / shares[number], -number),
        )
        shares[fullest] += 1
    return shares


def _segments(
    reading: Reading,
    terms: Mapping[str, Term],
    pieces: Sequence[Sequence[Atom]],
    used: set[str] | None = None,
    *,
    end: int | None = None,
    last: int | None = None,
) -> list[Segment]:
    taken = set() if used is None else used
    rows = [tuple(order for atom in piece for order in atom.orders) for piece in pieces]
    starts = [_start(reading, rows[number - 1] if number else (), row) for number, row in enumerate(rows)]
    document = reading.document
    found = []
    for number, row in enumerate(rows):
        first, start = starts[number]
        follows = starts[number + 1] if number + 1 < len(starts) else None
        stop = follows[1] if follows else (len(document.text) if end is None else end)
        final = follows[0] if follows else (len(document.blocks) if last is None else last)
        whole = reading.sentences[row[-1]]
        title = _title(reading, terms, row, taken)
        taken.add(title.casefold())
        length = len(document.text[start : max(stop, whole.end)].rstrip())
        found.append(Segment(title, row, first, max(final, whole.block + 1), start, start + length))
    return found


def _start(reading: Reading, before: Sequence[int], row: Sequence[int]) -> tuple[int, int]:
    """Return the first block and offset: the heading when the stretch begins a section, else its first sentence."""
    sentence = reading.sentences[row[0]]
    section = reading.section(sentence)
    is_opening = not before or reading.section(reading.sentences[before[-1]]) != section
    return (section.first, section.start) if is_opening else (sentence.block, sentence.start)


def _title(reading: Reading, terms: Mapping[str, Term], row: Sequence[int], used: set[str]) -> str:
    paths = _paths(reading, row)
    shared = _shared(paths)
    heads: dict[str, int] = {}
    for path, words in paths.items():
        if len(path) > len(shared):
            heads[path[len(shared)]] = heads.get(path[len(shared)], 0) + words
    own = shared[-1] if shared else ""
    named = _joined(heads)
    is_whole = bool(own) and _covers(reading, shared, row)
    options = [own] if is_whole or not named else [named]
    options.append(f"{own}: {named}" if own and named else own)
    telling = " and ".join(phrases(terms, row, 2))
    options.append(f"{own}: {telling}" if own and telling else telling[:1].upper() + telling[1:])
    for option in options:
        if option and option.casefold() not in used and len(option) <= TITLE_LENGTH + 20:
            return option
    base = next((option for option in options if option), "") or _opening(reading.sentences[row[0]].text)
    if base.casefold() not in used:
        return base
    return next(f"{base} (part {n})" for n in range(1, 10_000) if f"{base} (part {n})".casefold() not in used)


def _opening(text: str) -> str:
    """Return the first words of a text without headings, where it has no telling term either."""
    return text[:40].rsplit(" ", 1)[0].rstrip(" ,;:.") if " " in text[:40] else text[:20]


def _paths(reading: Reading, row: Sequence[int]) -> dict[tuple[str, ...], int]:
    paths: dict[tuple[str, ...], int] = {}
    for order in row:
        sentence = reading.sentences[order]
        section = reading.section(sentence)
        titles = (*section.parents, section.title) if section.title else section.parents
        path = tuple(short_title(title) for title in titles)
        paths[path] = paths.get(path, 0) + sentence.count
    return paths


def short_title(title: str) -> str:
    """Return a heading fit for a title: a signature loses its arguments, a long line its tail."""
    text = (
        re.sub(r"\([^()]*\)?[^()]*\)*$", "()", title)
        if re.match(r"[\w.:$'\u2019 -]*[\w$'\u2019]\(.{9,}", title)
        else title
    )
    if len(text) <= TITLE_LENGTH:
        return text
    return text[:TITLE_LENGTH].rsplit(" ", 1)[0].rstrip(" ,;:-\u2013\u2014(")


def _shared(paths: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    rows = list(paths)
    length = 0
    while all(len(row) > length for row in rows) and len({row[length] for row in rows}) == 1:
        length += 1
    return rows[0][:length]


def _joined(heads: Mapping[str, int]) -> str:
    total = sum(heads.values())
    weighty = [title for title, words in heads.items() if words >= 0.15 * total]
    if not weighty:
        weighty = sorted(heads, key=lambda title: -heads[title])[:2]
    full = _listed(weighty)
    if len(weighty) <= 3 and len(full) <= TITLE_LENGTH:
        return full
    largest = sorted(weighty, key=lambda title: -heads[title])[:2]
    shown = [title for title in weighty if title in largest]
    pair = ("; " if any(map(_is_list, shown)) else ", ").join(shown)
    return pair + MORE if len(pair) <= TITLE_LENGTH - len(MORE) else short_title(largest[0]) + MORE


def _listed(titles: Sequence[str]) -> str:
    """Return titles as a list; with semicolons where one of them is a list itself."""
    if len(titles) > 1 and any(map(_is_list, titles)):
        return "; ".join(titles)
    return ", ".join(titles[:-1]) + f" and {titles[-1]}" if len(titles) > 1 else "".join(titles)


def _is_list(title: str) -> bool:
    return ", " in title or " and " in title


def _covers(reading: Reading, path: tuple[str, ...], row: Sequence[int]) -> bool:
    """Whether the stretch holds nearly all there is under ``path``."""
    inside = sum(reading.sentences[order].count for order in row)
    total = 0
    for order in reading.usable:
        section = reading.section(reading.sentences[order])
        titles = tuple(short_title(title) for title in (*section.parents, section.title) if title)
        total += reading.sentences[order].count if titles[: len(path)] == path else 0
    return inside >= 0.9 * total
