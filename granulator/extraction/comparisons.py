"""Questions that put four statements side by side, of which one is true, or one false. Turns no sentence round."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from granulator.extraction import candidates, contradictions, outline, statements
from granulator.extraction.candidates import Vocabulary
from granulator.extraction.cloze import Item
from granulator.extraction.described import ATTRIBUTES
from granulator.extraction.distractors import DISTRACTORS
from granulator.extraction.sentences import Sentence

SIZES = 2
"""So many times as long as the shortest the longest of the four may be."""

MOST_SHARED = 0.4
"""Statements that share more of their words than this are about one matter, so that one would betray the other."""


def items(
    known: Vocabulary, orders: Sequence[int], ranks: Mapping[int, float], is_taken: Callable[[Sentence], bool]
) -> Iterator[Item]:
    """Yield questions of statements that stand near each other; ``is_taken`` tells which sentences are asked about."""
    every = statements.fit(known, orders)
    ranked = sorted(every, key=lambda one: (-candidates.standing(known.reading, one, ranks), one.order))
    turned = {one.order: contrary for one in ranked if (contrary := contradictions.contrary(known, one))}
    asked: set[tuple[int, bool]] = set()
    for wants_true in (False, True, False, True):
        for key in ranked:
            section = known.reading.section_of[key.block]
            if is_taken(key) or (section, wants_true) in asked or (not wants_true and key.order not in turned):
                continue
            free = [one for one in ranked if not is_taken(one)]
            others = _beside(known, key, [one for one in free if not wants_true or one.order in turned], turned)
            if len(others) == DISTRACTORS:
                asked.add((section, wants_true))
                yield _item(known, key, others, turned, wants_true=wants_true)


def _beside(
    known: Vocabulary, key: Sentence, free: Sequence[Sentence], turned: Mapping[int, str]
) -> tuple[Sentence, ...]:
    """Return three statements for the options beside ``key``: near, alike in length, on other matters.

    Those that cannot be turned round are taken first, for the others can be asked about by themselves.
    """
    home = known.reading.section_of[key.block]
    near = [one for one in free if _place(known, key, one) is not None]
    ranked = sorted(
        near, key=lambda one: (known.reading.section_of[one.block] != home, one.order in turned, _gap(key, one))
    )
    chosen: list[Sentence] = []
    for one in ranked:
        is_last = len(chosen) == DISTRACTORS - 1
        has_longer = any(len(other.text) >= len(key.text) for other in [*chosen, one])
        if len(chosen) < DISTRACTORS and (has_longer or not is_last) and _suits(one, [key, *chosen]):
            chosen.append(one)
    return tuple(chosen)


def _place(known: Vocabulary, key: Sentence, one: Sentence) -> str | None:
    """Return the title the two statements stand under together, None when that is the whole text."""
    own, theirs = known.reading.section(key), known.reading.section(one)
    if own == theirs:
        return own.title
    shared = [
        title
        for title, other in zip((*own.parents, own.title), (*theirs.parents, theirs.title), strict=False)
        if title == other
    ]
    is_deep = len(shared) >= 2 and shared == [*own.parents, own.title][: len(shared)]
    return shared[-1] if is_deep else None


def _gap(key: Sentence, one: Sentence) -> tuple[int, int]:
    return abs(len(one.text) - len(key.text)), one.order


def _suits(one: Sentence, chosen: Sequence[Sentence]) -> bool:
    return all(
        one is not other
        and len(one.stems & other.stems) <= MOST_SHARED * min(len(one.stems), len(other.stems))
        and max(len(one.text), len(other.text)) <= SIZES * min(len(one.text), len(other.text))
        for other in chosen
    )


def _item(
    known: Vocabulary, key: Sentence, others: Sequence[Sentence], turned: Mapping[int, str], *, wants_true: bool
) -> Item:
    answer = key.text if wants_true else turned[key.order]
    wrong = [turned[one.order] if wants_true else one.text for one in others]
    places = {place for one in others if (place := _place(known, key, one)) is not None}
    title = known.reading.section(key).title
    if places != {title}:
        title = next((parent for parent in known.reading.section(key).parents[::-1] if parent in places), title)
    lead = (
        f"According to the part \u201c{ATTRIBUTES.sub('', outline.short_title(title))}\u201d, which"
        if title
        else "According to the text, which"
    )
    return Item(
        "multiple_choice",
        f"{lead} of these statements is {'true' if wants_true else 'false'}?",
        answer,
        (answer, *wrong),
        known.reading.sentences[key.order].text,
        key.start,
        key.end,
        key.order,
        -0.4,
        "understand",
        others=tuple((one.start, one.end) for one in others),
        is_contrary=not wants_true,
        form="beside",
    )
