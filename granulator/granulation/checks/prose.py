"""Checks of what is told: too thin, told twice, off topic, foreign key points, not in the source."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from granulator.granulation.checks.codes import issue, quote
from granulator.granulation.checks.document import Document, Expectation, Leaf
from granulator.granulation.wording import content_words, fold, tokens
from granulator.model import Issue, StructureType

FLOOR_WORDS = 20
FLOOR_SHARE = 0.12
SOURCE_FLOOR_WORDS = 5
"""Short sections of a real source are real; only next to nothing is thin there."""

SHORT_FLOOR_WORDS: Mapping[StructureType, int] = {
    StructureType.NOVEL: 5,
    StructureType.WORKFLOW: 3,
    StructureType.KNOWLEDGE_MAP: 3,
}
"""The least words of a chapter's summary, of the description of a step, of a definition."""

FOREIGN_SHARE = 0.4
RARE_WORDS = 24
CITED_SHARE = 0.35
SOURCE_SHARE = 0.6
"""The share of content words that must stand in the passage cited, or anywhere in a source where none is cited."""

PHRASES_SHARE = 0.05
CONTEXT_CHARACTERS = 400
"""How much around a cited passage supports what cites it: a sentence or three on either side."""

_GROUNDED = frozenset({StructureType.COURSE, StructureType.WORKFLOW, StructureType.KNOWLEDGE_MAP})
_TELLING = frozenset(
    content_words(
        "lesson module section learn learner understand explain describe show see example instance important consider "
        "remember note know mean work use allow help need make take give way thing part step point case first second "
        "next finally often usually always never however therefore simply really well good best common different"
    )
)
"""Words of telling, not of what is told."""

HOLDERS_MAX = 8
"""How many earlier lessons with the same rare word are compared; keeps a structure of copies linear."""


def thin(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find texts too short to say anything, and lessons far shorter than the others."""
    if not document.bodies:
        return
    usual = median(body.length for body in document.bodies)
    floor = SHORT_FLOOR_WORDS.get(document.structure_type) or max(FLOOR_WORDS, FLOOR_SHARE * usual)
    for body in document.bodies:
        least = min(SOURCE_FLOOR_WORDS, floor) if body.is_source else floor
        if body.length < least and body.body:
            path = body.body_path
            message = f"{path} has {body.length} words, at least {math.ceil(least)} are needed"
            yield issue("thin", path, message, f"Write {path} out: what it is, why it matters, how it is done")


def dup_content(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find texts that say the same as an earlier one, also when reordered or with words exchanged."""
    is_told = document.structure_type in (StructureType.COURSE, StructureType.NOVEL)
    is_same = _is_same if is_told else _is_same_definition
    for index, earlier in _near_duplicates(document.bodies, is_same):
        path, other = document.bodies[index].body_path, document.bodies[earlier].body_path
        yield issue("dup_content", path, f"{path} says the same as {other}", f"Write {path} about its own title")
    first: dict[str, str] = {}
    for group in document.groups:
        key, path = fold(group.description), f"{group.path}.{group.description_key}"
        if key and key in first:
            yield issue("dup_content", path, f"{path} is the same as {first[key]}", f"Describe {group.path} itself")
        first.setdefault(key, path)


def _near_duplicates(lessons: Sequence[Leaf], is_same: IsSame) -> Iterator[tuple[int, int]]:
    """Yield (later, earlier); only lessons sharing rare words are compared, so the cost stays near linear."""
    shingles = [_shingles(tokens(lesson.body)) for lesson in lessons]
    frequency = Counter(word for lesson in lessons for word in lesson.meaning)
    holders: dict[str, list[int]] = defaultdict(list)
    for index, lesson in enumerate(lessons):
        shared = (word for word in lesson.meaning if frequency[word] > 1)
        rare = sorted(shared, key=lambda word: (frequency[word], word))[:RARE_WORDS]
        found = Counter(holder for word in rare for holder in holders[word])
        for earlier, count in found.most_common(HOLDERS_MAX):
            if count * 4 >= len(rare) and is_same(lesson, lessons[earlier], shingles[index], shingles[earlier]):
                yield index, earlier
                break
        for word in rare:
            if len(holders[word]) < HOLDERS_MAX:
                holders[word].append(index)


IsSame = Callable[[Leaf, Leaf, frozenset[int], frozenset[int]], bool]


def _is_same(left: Leaf, right: Leaf, left_shingles: frozenset[int], right_shingles: frozenset[int]) -> bool:
    fewest = min(len(left_shingles), len(right_shingles))
    if fewest >= 5 and len(left_shingles & right_shingles) >= 0.5 * fewest:
        return True
    if min(len(left.meaning), len(right.meaning)) < 12:
        return fold(left.body) == fold(right.body)
    return len(left.meaning & right.meaning) >= 0.6 * len(left.meaning | right.meaning)


def _is_same_definition(left: Leaf, right: Leaf, left_shingles: frozenset[int], right_shingles: frozenset[int]) -> bool:
    # Two definitions may share most of their words and differ in the one that matters.
    if min(len(left.meaning), len(right.meaning)) < 12:
        return left.meaning == right.meaning or fold(left.body) == fold(right.body)
    return _is_same(left, right, left_shingles, right_shingles)


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
    """Find texts hardly supported by the passage they cite, or by any of the caller's sources if they cite none."""
    if not expected.sources or document.structure_type not in _GROUNDED:
        return
    everywhere = _Support.of(expected.sources.values())
    for body in document.bodies:
        cited = _cited(body, expected)
        if len(body.meaning) < 12 or _is_supported(body, cited or everywhere, CITED_SHARE if cited else SOURCE_SHARE):
            continue
        what = "the passage it cites" if cited else "the source"
        message = f"{body.body_path} is hardly supported by {what}"
        fix = f"Write {body.body_path} from {what}, or leave it out"
        yield issue("ungrounded", body.body_path, message, fix)


@dataclass(frozen=True, slots=True)
class _Support:
    """The content words of a text and its runs of three words."""

    words: frozenset[str]
    phrases: frozenset[int]

    @classmethod
    def of(cls, texts: Iterable[str]) -> _Support:
        words: set[str] = set()
        phrases: set[int] = set()
        for text in texts:
            words.update(content_words(text))
            phrases.update(_shingles(tokens(text)))
        return cls(frozenset(words), frozenset(phrases))


def _cited(body: Leaf, expected: Expectation) -> _Support | None:
    """Return the cited passage with what stands around it; None where none is cited or it does not resolve."""
    doc, start, end = body.span or ("", 0, 0)
    text = expected.sources.get(doc, "")
    if not text[start:end]:
        return None
    return _Support.of([text[max(0, start - CONTEXT_CHARACTERS) : end + CONTEXT_CHARACTERS]])


def _is_supported(body: Leaf, support: _Support, least: float) -> bool:
    told = body.meaning - _TELLING
    if len(told & support.words) >= least * len(told):
        return True
    shingles = _shingles(tokens(body.body))
    return len(shingles & support.phrases) >= PHRASES_SHARE * len(shingles)


def _lessons(document: Document) -> tuple[Leaf, ...]:
    return document.leaves if document.structure_type is StructureType.COURSE else ()
