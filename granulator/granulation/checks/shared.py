"""Checks of every structure type on the whole of it: ids, references, titles, topic."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping

from granulator.granulation.checks.codes import issue, quote
from granulator.granulation.checks.document import Document, Expectation
from granulator.granulation.structures import at, element_paths
from granulator.granulation.wording import content_words, fold, stem, tokens
from granulator.model import Issue, Json, StructureType


def dup_id(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find ids given twice."""
    first: dict[str, str] = {}
    for identity, path in document.ids:
        if identity in first:
            message = f"{path} repeats the id {quote(identity)} of {first[identity]}"
            yield issue("dup_id", path, message, f"Give {path} an id of its own")
        first.setdefault(identity, path)


FORM_LETTERS = 2
"""By how many letters two forms of a word differ at most."""

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
        # Steps and concepts that repeat a name have codes of their own.
        if passage.role != "title" or "verview." in passage.path or passage.path.startswith(("steps[", "concepts[")):
            continue
        title, level = spelled(passage.text), re.sub(r"\d+", "", passage.path)
        if title and (level + title) in first:
            message = f"{passage.path} repeats the title {quote(passage.text)} of {first[level + title]}"
            yield issue("dup_title", passage.path, message, f"Give {passage.path} a title of its own")
        first.setdefault(level + title, passage.path)


def spelled(title: str) -> str:
    """Return what the spellings of a title have in common: no case and no marks, unless it is made of marks."""
    return " ".join(re.findall(r"[\w+#]+", fold(title))) or fold(title)


def topic_missing(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find structures in which no word of the topic occurs."""
    wanted = {stem(word): len(word) for word in tokens(expected.topic or "") if content_words(word)}
    # A story may be about something it never names.
    if not wanted or not document.passages or document.structure_type is StructureType.NOVEL:
        return
    # "Opens" is no mention of "openings".
    if not any(
        abs(len(word) - wanted.get(stem(word), -FORM_LETTERS - 1)) <= FORM_LETTERS
        for passage in document.passages
        for word in tokens(passage.text)
    ):
        yield issue(
            "topic_missing",
            "$",
            f"Hardly a word of the topic {quote(expected.topic or '')} occurs in the structure",
            "Write about the topic, or name it in the title",
        )
