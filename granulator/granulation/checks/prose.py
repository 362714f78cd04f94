"""Checks of lesson texts: too thin, told twice, off topic, foreign key points, not in the source."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from statistics import median

from granulator.granulation.checks.codes import issue, quote
from granulator.granulation.checks.document import Document, Expectation, Leaf
from granulator.granulation.wording import content_words, fold, tokens
from granulator.model import Issue, StructureType

FLOOR_WORDS = 20
FLOOR_SHARE = 0.12
SOURCE_FLOOR_WORDS = 5
"""Short sections of a real source are real; only next to nothing is thin there."""

FOREIGN_SHARE = 0.4
RARE_WORDS = 24
HOLDERS_MAX = 8
"""How many earlier lessons with the same rare word are compared; keeps a structure of copies linear."""


def thin(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find lessons far shorter than the others, or shorter than any lesson can be."""
    lessons = _lessons(document)
    if not lessons:
        return
    floor = max(FLOOR_WORDS, FLOOR_SHARE * median(lesson.length for lesson in lessons))
    for lesson in lessons:
        least = SOURCE_FLOOR_WORDS if lesson.is_source else floor
        if lesson.length < least and lesson.body:
            path = f"{lesson.path}.content"
            message = f"{path} has {lesson.length} words, at least {math.ceil(least)} are needed"
            yield issue("thin", path, message, f"Write {path} out: what it is, why it matters, how it is done")


def dup_content(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find lessons that say the same as an earlier one, also when reordered or with words exchanged."""
    lessons = _lessons(document)
    for index, earlier in _near_duplicates(lessons):
        path, other = f"{lessons[index].path}.content", f"{lessons[earlier].path}.content"
        yield issue("dup_content", path, f"{path} says the same as {other}", f"Write {path} about its own title")
    first: dict[str, str] = {}
    for group in document.groups:
        key, path = fold(group.description), f"{group.path}.description"
        if key and key in first:
            yield issue("dup_content", path, f"{path} is the same as {first[key]}", f"Describe {group.path} itself")
        first.setdefault(key, path)


def _near_duplicates(lessons: Sequence[Leaf]) -> Iterator[tuple[int, int]]:
    """Yield (later, earlier); only lessons sharing rare words are compared, so the cost stays near linear."""
    shingles = [_shingles(tokens(lesson.body)) for lesson in lessons]
    frequency = Counter(word for lesson in lessons for word in lesson.meaning)
    holders: dict[str, list[int]] = defaultdict(list)
    for index, lesson in enumerate(lessons):
        shared = (word for word in lesson.meaning if frequency[word] > 1)
        rare = sorted(shared, key=lambda word: (frequency[word], word))[:RARE_WORDS]
        found = Counter(holder for word in rare for holder in holders[word])
        for earlier, count in found.most_common(HOLDERS_MAX):
            if count * 4 >= len(rare) and _is_same(lesson, lessons[earlier], shingles[index], shingles[earlier]):
                yield index, earlier
                break
        for word in rare:
            if len(holders[word]) < HOLDERS_MAX:
                holders[word].append(index)


def _is_same(left: Leaf, right: Leaf, left_shingles: frozenset[int], right_shingles: frozenset[int]) -> bool:
    fewest = min(len(left_shingles), len(right_shingles))
    if fewest >= 5 and len(left_shingles & right_shingles) >= 0.5 * fewest:
        return True
    if min(len(left.meaning), len(right.meaning)) < 12:
        return fold(left.body) == fold(right.body)
    return len(left.meaning & right.meaning) >= 0.6 * len(left.meaning | right.meaning)


def _shingles(text: Sequence[str]) -> frozenset[int]:
    return frozenset(map(hash, zip(text, text[1:], text[2:], strict=False)))


def off_topic(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find lessons that share next to no vocabulary with the rest of the course."""
    lessons = [lesson for lesson in _lessons(document) if not lesson.is_source]
    if len(lessons) < 4 or document.language.partition("-")[0] != "en":
        return
    spread = Counter(word for lesson in lessons for word in lesson.meaning)
    shares = [_shared(lesson.meaning, spread) for lesson in lessons]
    usual = median(shares)
    for lesson, share in zip(lessons, shares, strict=True):
        if len(lesson.meaning) >= 20 and share < 0.15 and share < 0.5 * usual:
            message = f"{lesson.path} shares hardly a word with the other lessons"
            yield issue("off_topic", lesson.path, message, f"Replace {lesson.path} by a lesson on the topic")


def _shared(vocabulary: frozenset[str], spread: Counter[str]) -> float:
    return sum(spread[word] > 1 for word in vocabulary) / len(vocabulary) if vocabulary else 1.0


def keypoints_unrelated(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find lessons whose key points do not come from their own text."""
    for lesson in _lessons(document):
        lesson_words = lesson.meaning | frozenset(content_words(lesson.title))
        foreign = [point for point in lesson.points if _is_foreign(point, lesson_words)]
        if foreign and len(foreign) * 2 >= len(lesson.points):
            path = f"{lesson.path}.keyPoints"
            message = f"{path} are not about this lesson, for example {quote(foreign[0])}"
            yield issue("keypoints_unrelated", path, message, f"Take {path} from the content of the lesson")


def _is_foreign(point: str, lesson_words: frozenset[str]) -> bool:
    said = frozenset(content_words(point))
    return len(said) >= 2 and len(said & lesson_words) < FOREIGN_SHARE * len(said)


def ungrounded(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find lessons that the caller's sources hardly support."""
    if not expected.sources:
        return
    known, phrases = _support(expected)
    for lesson in _lessons(document):
        if len(lesson.meaning) < 12 or len(lesson.meaning & known) >= 0.6 * len(lesson.meaning):
            continue
        shingles = _shingles(tokens(lesson.body))
        if len(shingles & phrases) < 0.05 * len(shingles):
            path = f"{lesson.path}.content"
            message = f"{path} is hardly supported by the source"
            yield issue("ungrounded", path, message, f"Write {path} from the source, or leave the lesson out")


def _support(expected: Expectation) -> tuple[frozenset[str], frozenset[int]]:
    known: set[str] = set()
    phrases: set[int] = set()
    for text in expected.sources.values():
        known.update(content_words(text))
        phrases.update(_shingles(tokens(text)))
    return frozenset(known), frozenset(phrases)


def _lessons(document: Document) -> tuple[Leaf, ...]:
    return document.leaves if document.structure_type is StructureType.COURSE else ()
