"""Checks of every single text: blank, a placeholder, or cut off; not of what it says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from granulator.granulation.checks.codes import issue, quote
from granulator.granulation.checks.document import Document, Expectation, Passage
from granulator.granulation.structures import is_blank
from granulator.granulation.wording import fold, is_code_line, without_code, words
from granulator.model import Issue

_STAND_IN = re.compile(
    r"(?:tbd|tba|todo|n/?a|xxx+|placeholder(?: text)?|coming soon|to be (?:added|completed|written|determined|defined)"
    r"|(?:sample|example|dummy|your|insert|add|some) (?:text|content|title|description|explanation|question)(?: here)?"
    r"|(?:content|text|description|explanation|title) (?:goes |to go |to come |comes )?here|lorem ipsum.*"
    r"|\.{3,}|…|[-_?*]+)\W*"
)
_STAND_IN_TITLE = re.compile(r"(?:untitled|unnamed)\b.*|(?:new|no) (?:title|name|element|module|lesson|category)")
_NUMBERED_TITLE = re.compile(
    r"(?:module|lesson|chapter|section|unit|part|topic|category|question|title|course|quiz|novel|act|scene|character|thread"
    r"|workflow|process|step|phase|role|concept|term|milestone|activity|competency|skill) ?[#:.-]? ?(?:\d+|[ivx]+)\W*"
)
_LETTERED_OPTION = re.compile(
    r"(?:option|answer|choice|distractor|(?:wrong|incorrect|correct|right) (?:option|answer))"
    r" ?[#:.-]? ?(?:[a-h]|\d)?\W*"
)
_IN_PROSE = re.compile(r"lorem ipsum dolor|\[(?:insert|your|add|placeholder)\b[^\]\n]{0,60}\]", re.IGNORECASE)
_WHOLE_MARKER = re.compile(r"(?:\$?\{\{?\s*[a-z_][\w.]*\s*\}?\}|<\s*[a-z_]+\s*>|\[\s*[a-z_ ]+\s*\])", re.IGNORECASE)
_OWN_MARKER = re.compile(r"\{(?:topic|audience|language|sizes|requiredElements|source|outline|part)\}")
_PROSE_ROLES = frozenset({"body", "description", "explanation"})
_MARKED_ROLES = frozenset({"title", "body", "description", "explanation", "objective", "stem", "point"})


def empty(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find texts of invisible characters only, which the shape takes for text."""
    for passage in document.passages:
        if is_blank(passage.text):
            yield issue("empty", passage.path, f"{passage.path} is blank", f"Fill {passage.path} with real content")


def placeholder(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find texts that stand in for content: "Untitled", "Lesson 3", lorem ipsum, a variable nobody filled."""
    lettered = Counter(_parent(passage.path) for passage in document.passages if _is_lettered(passage))
    given = (expected.topic or "", *expected.sources.values())
    for passage in document.passages:
        if _is_stand_in(passage, given) or (lettered[_parent(passage.path)] > 1 and _is_lettered(passage)):
            yield issue(
                "placeholder",
                passage.path,
                f"{passage.path} is a placeholder: {quote(passage.text)}",
                f"Replace {passage.path} by real content",
            )


def _parent(path: str) -> str:
    return path.rpartition("[")[0]


def _is_lettered(passage: Passage) -> bool:
    return passage.role == "option" and len(passage.text) < 40 and bool(_LETTERED_OPTION.fullmatch(fold(passage.text)))


def _is_stand_in(passage: Passage, given: tuple[str, ...]) -> bool:
    if len(passage.text) < 200 and passage.role not in ("option", "example"):
        text = fold(passage.text)
        if _STAND_IN.fullmatch(text) or (passage.role != "title" and text in ("string", "text")):
            return True
        if passage.role == "title" and _is_stand_in_title(text, is_source=passage.is_source):
            return True
    return passage.role in _MARKED_ROLES and _has_marker(passage, given)


def _is_stand_in_title(text: str, *, is_source: bool) -> bool:
    # A book may really call its chapter "Chapter 3"; a generated title may not.
    return bool(_STAND_IN_TITLE.fullmatch(text) or (not is_source and _NUMBERED_TITLE.fullmatch(text)))


def _has_marker(passage: Passage, given: tuple[str, ...]) -> bool:
    prose = without_code(passage.text)
    found = _IN_PROSE.search(prose) or _OWN_MARKER.search(prose) or _WHOLE_MARKER.fullmatch(prose.strip())
    return found is not None and not any(found.group() in text for text in given)


_CLOSERS = "\"'”’»›」』)]}>*_`"
_ENDS = ".!?…。！？؟।:："
_TERMINATED = re.compile(r"[.!?؟][\"'”’»)\]]*(?:\s|$)|[。！？।]")
_LIST_LINE = re.compile(r"\s*(?:[-*+•|#>]|\d+[.)]|[a-z][.)])\s|\s{4,}|\t")
_OPEN_ENDINGS = frozenset(
    (
        "the",
        "a",
        "an",
        "and",
        "or",
        "but",
        "nor",
        "because",
        "although",
        "whereas",
        "if",
        "whose",
        "of",
        "from",
        "with",
        "our",
        "your",
        "my",
        "their",
        "its",
    )
)

_UNFINISHED = frozenset(
    ("to", "in", "is", "are", "be", "can", "will", "we", "you", "it", "that", "this", "on", "for", "by")
)
"""Words a sentence of three words hardly ends with."""


def truncated(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find texts that stop in the middle of a sentence or of a code block."""
    for passage in document.passages:
        if _is_cut(passage):
            yield issue(
                "truncated",
                passage.path,
                f"{passage.path} stops in the middle of a sentence: {quote('…' + passage.text.strip()[-60:])}",
                f"Write {passage.path} to its end",
            )


def _is_cut(passage: Passage) -> bool:
    text = passage.text.strip()
    if passage.role in ("body", "example") and _fences(text) % 2:
        return True
    if passage.role in _PROSE_ROLES:
        return _is_cut_prose(text, is_body=passage.role == "body")
    return passage.role in ("point", "objective", "exercise") and _ends_open(text.rpartition("\n")[2])


def _fences(text: str) -> int:
    return sum(line.lstrip().startswith("```") for line in text.splitlines()) if "```" in text else 0


def _is_cut_prose(text: str, *, is_body: bool) -> bool:
    last = text.rpartition("\n")[2]
    bare = last.rstrip(_CLOSERS)
    # What ends in a mark, or in something closed after one, is whole; so are lists, tables and code.
    if not bare or bare[-1] in _ENDS or last[-1] in _CLOSERS or _LIST_LINE.match(last) or is_code_line(last):
        return False
    if _ends_open(last):
        return True
    length = words(last)
    if length < 4 and last.split()[-1].casefold() not in (_OPEN_ENDINGS | _UNFINISHED):
        return False
    # An author who ends sentences elsewhere would have ended this one.
    sentences = len(list(islice(_TERMINATED.finditer(text), 2)))
    return sentences == 2 or (is_body and sentences == 1 and length >= 6)


def _ends_open(line: str) -> bool:
    parts = line.split()
    if len(parts) < 6:
        return False
    return parts[-1][-1] in ",;(" or (parts[-1].casefold() in _OPEN_ENDINGS and parts[-2][-1] not in ",\"'`")
