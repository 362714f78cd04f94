"""Checks of every structure type on the whole of it: ids, references, titles, topic, language."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from granulator.granulation.checks.codes import issue, quote
from granulator.granulation.checks.document import Document, Expectation
from granulator.granulation.structures import at, element_paths
from granulator.granulation.wording import (
    STOP_WORDS,
    content_words,
    fold,
    tokens,
    without_code,
)
from granulator.model import Issue, Json, StructureType


def dup_id(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find ids given twice."""
    first: dict[str, str] = {}
    for identity, path in document.ids:
        if identity in first:
            message = f"{path} repeats the id {quote(identity)} of {first[identity]}"
            yield issue("dup_id", path, message, f"Give {path} an id of its own")
        first.setdefault(identity, path)


_SCENES = ("acts[].chapters[].scenes[]", "acts[].chapters[]")
"""At levels without scenes, threads name chapters."""

_REFERENCES: Mapping[StructureType, tuple[tuple[str, tuple[str, ...], str], ...]] = {
    StructureType.COURSE: (
        ("modules[].lessons[].objectiveIds[]", ("modules[].objectives[]",), "objective of this course"),
        ("modules[].assessment.questions[].objectiveIds[]", ("modules[].objectives[]",), "objective of this course"),
    ),
    # The objectives of a quiz belong to a course that is not here.
    StructureType.QUIZ: (),
    StructureType.NOVEL: (
        ("acts[].chapters[].pov", ("characters[]",), "character of this novel"),
        ("acts[].chapters[].scenes[].characterIds[]", ("characters[]",), "character of this novel"),
        ("acts[].chapters[].scenes[].threadIds[]", ("plotThreads[]",), "plot thread of this novel"),
        ("plotThreads[].setupScene", _SCENES, "scene of this novel"),
        ("plotThreads[].payoffScene", _SCENES, "scene of this novel"),
    ),
    StructureType.WORKFLOW: (
        ("steps[].nextSteps[]", ("steps[]",), "step of this workflow"),
        ("steps[].conditions[].next", ("steps[]",), "step of this workflow"),
        ("phases[].stepIds[]", ("steps[]",), "step of this workflow"),
    ),
    StructureType.KNOWLEDGE_MAP: (
        ("mapOverview.rootId", ("concepts[]",), "concept of this map"),
        ("relations[].source", ("concepts[]",), "concept of this map"),
        ("relations[].target", ("concepts[]",), "concept of this map"),
    ),
    StructureType.LEARNING_PATH: (
        ("milestones[].requires[]", ("milestones[]",), "milestone of this path"),
        ("milestones[].developsCompetencies[]", ("competencies[]",), "competency of this path"),
    ),
}
"""Where ids are named, where what they name stands, and what that is."""


def dangling_ref(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find references to nothing: ids no element has, citations of no passage, spans that do not resolve."""
    yield from _dangling_ids(document)
    for element_path in element_paths(document.structure_type):
        for path, element in at(document.structure, element_path):
            yield from _dangling_citations(path, element)
            if expected.sources:
                yield from _dangling_span(path, element, expected)


def _dangling_ids(document: Document) -> Iterator[Issue]:
    for path, targets, what in _REFERENCES[document.structure_type]:
        given = (identity for target in targets for _, identity in at(document.structure, f"{target}.id"))
        known = {identity for identity in given if isinstance(identity, str)}
        for at_path, identity in at(document.structure, path):
            if isinstance(identity, str) and identity not in known:
                message = f"{at_path} names {quote(identity)}, which is no {what}"
                fix = f"Name an existing {what.partition(' of ')[0]} in {at_path} or remove it"
                yield issue("dangling_ref", at_path, message, fix)


def _dangling_citations(path: str, element: Json) -> Iterator[Issue]:
    """Find what ``x_citations`` keeps: the labels an author cited that no passage has."""
    for inner, label in at(element, "x_citations[]"):
        at_path = f"{path}.{inner}"
        message = f"{at_path} cites {quote(str(label))}, which is no passage of the source"
        yield issue("dangling_ref", at_path, message, f"Cite a passage of the source in {path}, or leave out the claim")


def _dangling_span(path: str, element: Json, expected: Expectation) -> Iterator[Issue]:
    for inner, provenance in at(element, "provenance"):
        reason = _why_unresolved(provenance, expected) if isinstance(provenance, dict) else None
        if reason is not None:
            at_path = f"{path}.{inner}"
            yield issue(
                "dangling_ref", at_path, f"{at_path} {reason}", f"Point {at_path} to the text this element comes from"
            )


def _why_unresolved(provenance: dict[str, Json], expected: Expectation) -> str | None:
    span = provenance.get("span")
    if not isinstance(span, dict):
        return None
    doc, start, end = span.get("doc"), span.get("start"), span.get("end")
    if not isinstance(doc, str) or not isinstance(start, int | float) or not isinstance(end, int | float):
        return None
    if doc not in expected.sources:
        return f"names the document {quote(doc)}, which is not in the request"
    text = expected.sources[doc]
    if not 0 <= start < end <= len(text):
        return f"spans {start:g}..{end:g}, but the document ends at {len(text)}"
    digest = hashlib.sha256(text[int(start) : int(end)].encode("utf-8", "surrogatepass")).hexdigest()
    return "has a sha256 that is not that of its span" if provenance.get("sha256") not in (None, digest) else None


def dup_title(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find titles used twice; good sources do it too, so it is a warning."""
    first: dict[str, str] = {}
    for passage in document.passages:
        if passage.role != "title" or "verview." in passage.path:
            continue
        title, level = fold(passage.text), re.sub(r"\d+", "", passage.path)
        if title and (level + title) in first:
            message = f"{passage.path} repeats the title {quote(passage.text)} of {first[level + title]}"
            yield issue("dup_title", passage.path, message, f"Give {passage.path} a title of its own")
        first.setdefault(level + title, passage.path)


def topic_missing(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find structures in which no word of the topic occurs."""
    wanted = set(content_words(expected.topic or ""))
    # A story may be about something it never names.
    if not wanted or not document.passages or document.structure_type is StructureType.NOVEL:
        return
    if not any(wanted.intersection(content_words(passage.text)) for passage in document.passages):
        yield issue(
            "topic_missing",
            "$",
            f"No word of the topic {quote(expected.topic or '')} occurs in the structure",
            "Write about the topic, or name it in the title",
        )


_SCRIPTS = {
    "ja": "぀-ヿ一-鿿",
    "zh": "一-鿿",
    "ko": "가-힣",
    "ru": "Ѐ-ӿ",
    "uk": "Ѐ-ӿ",
    "bg": "Ѐ-ӿ",
    "ar": "؀-ۿ",
    "he": "֐-׿",
    "el": "Ͱ-Ͽ",
    "hi": "ऀ-ॿ",
    "th": "฀-๿",
}
_PROSE_ROLES = frozenset({"body", "description", "explanation"})
_SAMPLE_CHARACTERS = 20_000
_SAMPLE_WORDS_MIN = 50


def wrong_language(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find prose that is not in the language asked for, by its function words or by its script."""
    asked = document.language.partition("-")[0].casefold()
    spoken = _spoken(document, asked)
    if spoken is not None and spoken != asked:
        message = f"The text reads as {spoken}, not as {asked}"
        yield issue("wrong_language", "$", message, f"Write the text in {asked}")


def _spoken(document: Document, asked: str) -> str | None:
    prose = "\n".join(without_code(passage.text) for passage in document.passages if passage.role in _PROSE_ROLES)
    prose = prose[:_SAMPLE_CHARACTERS]
    letters = sum(character.isalpha() for character in prose)
    if letters < _SAMPLE_WORDS_MIN * 2:
        return None
    if asked in _SCRIPTS:
        own = len(re.findall(f"[{_SCRIPTS[asked]}]", prose))
        return asked if own * 4 >= letters else _by_stop_words(tokens(prose), asked) or "another language"
    if sum("a" <= character.casefold() <= "ɏ" for character in prose) * 2 < letters:
        return "another script" if asked in STOP_WORDS else None
    return _by_stop_words(tokens(prose), asked) if asked in STOP_WORDS else None


def _by_stop_words(spoken: list[str], asked: str) -> str | None:
    if len(spoken) < _SAMPLE_WORDS_MIN:
        return None
    shares: dict[str, float] = defaultdict(float)
    for language, stop_words in STOP_WORDS.items():
        shares[language] = sum(word in stop_words for word in spoken) / len(spoken)
    best = max(shares, key=lambda language: shares[language])
    return best if shares[best] >= 0.15 and shares[best] > 1.5 * shares[asked] else asked
