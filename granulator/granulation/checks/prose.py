"""Checks of what is told: too thin, off topic, foreign key points, not in the source; not of what is told twice."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from statistics import median

from granulator.granulation.checks.codes import issue, quote
from granulator.granulation.checks.document import Document, Expectation, Leaf
from granulator.granulation.structures import at
from granulator.granulation.wording import content_words, fold, is_code, shingles, tokens, words
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

TOLD_FLOOR_WORDS = 2
"""The least words of an activity or an explanation."""

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


def thin(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find texts too short to say anything, and lessons far shorter than the others."""
    usual = median(body.length for body in document.bodies) if document.bodies else 0
    floor = SHORT_FLOOR_WORDS.get(document.structure_type) or max(FLOOR_WORDS, FLOOR_SHARE * usual)
    for body in document.bodies:
        least = min(SOURCE_FLOOR_WORDS, floor) if body.is_source else floor
        if body.length < least and body.body:
            path = body.body_path
            message = f"{path} has {body.length} words, at least {math.ceil(least)} are needed"
            yield issue("thin", path, message, f"Write {path} out: what it is, why it matters, how it is done")
    for passage in document.passages:
        is_told = passage.role == "explanation" or ".activities[" in passage.path and passage.role == "description"
        if is_told and passage.text.strip() and words(passage.text) < TOLD_FLOOR_WORDS and not is_code(passage.text):
            message = f"{passage.path} has {words(passage.text)} words, at least {TOLD_FLOOR_WORDS} are needed"
            yield issue("thin", passage.path, message, f"Say in {passage.path} what is done, or why it is so")


def off_topic(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find lessons that share next to no vocabulary with the rest of the course."""
    if document.structure_type is StructureType.NOVEL:
        yield from _off_story(document)
    lessons = [lesson for lesson in _lessons(document) if not lesson.is_source]
    if len(lessons) < 4 or document.language.partition("-")[0] != "en":
        return
    spread = Counter(chain.from_iterable(lesson.meaning for lesson in lessons))
    shares = [_shared(lesson.meaning, spread) for lesson in lessons]
    usual = median(shares)
    for lesson, share in zip(lessons, shares, strict=True):
        if len(lesson.meaning) >= 20 and share < 0.15 and share < 0.5 * usual:
            message = f"{lesson.path} shares hardly a word with the other lessons"
            yield issue("off_topic", lesson.path, message, f"Replace {lesson.path} by a lesson on the topic")


def _off_story(document: Document) -> Iterator[Issue]:
    """Find summaries that name no character and share next to no word with the rest of the book."""
    names = [name for _, name in at(document.structure, "characters[].name") if isinstance(name, str)]
    known = frozenset(word for name in names for word in content_words(name))
    said = Counter(chain.from_iterable(set(content_words(passage.text)) for passage in document.passages))
    for chapter in document.bodies:
        meaning = chapter.meaning
        if len(meaning) < STORY_WORDS_MIN or meaning & known or _SPEAKER.search(fold(chapter.body)):
            continue
        if _shared(meaning, said) < STORY_SHARE:
            message = f"{chapter.body_path} names nobody and shares hardly a word with the rest of the book"
            yield issue(
                "off_topic", chapter.body_path, message, f"Tell in {chapter.body_path} what happens in the story"
            )


_SPEAKER = re.compile(r"\b(?:i|me|my|we|us|our|she|her)\b")
STORY_WORDS_MIN = 10
STORY_SHARE = 0.35


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
            phrases.update(shingles(tokens(text)))
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
    phrases = shingles(tokens(body.body))
    return len(phrases & support.phrases) >= PHRASES_SHARE * len(phrases)


def _lessons(document: Document) -> tuple[Leaf, ...]:
    return document.leaves if document.structure_type is StructureType.COURSE else ()
