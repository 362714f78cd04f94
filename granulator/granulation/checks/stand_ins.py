"""The check for texts that stand in for content: blanks left open, announcements, refusals, residue of a template.

What is blank or cut off is ``texts``'s; what is too short is ``prose``'s.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from granulator.granulation.checks import residue
from granulator.granulation.checks.codes import issue, quote
from granulator.granulation.checks.document import Document, Expectation, Leaf, Passage, Question
from granulator.granulation.checks.filler import Subject, defines, is_filler, is_platitude, tells_to_act
from granulator.granulation.checks.telling import (
    is_announced_here,
    is_announcement,
    is_instruction,
    is_unwritten,
    is_vague,
    says_nothing_of_its_own,
)
from granulator.granulation.wording import content_words, fold
from granulator.model import Issue, StructureType

_THING = (
    r"(?:content|text|copy|material|description|explanation|definition|details?|information|summary|body|title|name"
    r"|answer|question|example|lesson|section|chapter|module|step|part|page|entry)s?"
)
_LATER = (
    r"(?:added|written|provided|completed|filled in|inserted|supplied|determined|defined|decided|developed|expanded"
    r"|updated|finali[sz]ed|announced|created|generated|confirmed|discussed later|included)"
)
_STAND_IN = re.compile(
    rf"(?:tbd|tba|tbc|todo|wip|n/?a|xxx+|null|undefined|placeholder(?: {_THING})?|coming soon|work in progress|ditto"
    rf"|(?:(?:this|the) {_THING} is )?(?:still )?(?:under construction|a placeholder(?: (?:for|text|until)\b.*)?"
    r"|work in progress|a draft|pending|incomplete|missing|blank|left (?:blank|empty))"
    rf"|(?:(?:[a-z]+ ){{0,3}}{_THING} )?(?:(?:is|are|has|have|still|yet|needs?|remains?|will|must|should) ){{0,3}}"
    rf"(?:to |be |been |not |yet ){{1,4}}(?:be )?{_LATER}(?: (?:here|later|soon|shortly|at a later (?:time|date|stage)"
    r"|in (?:a|the) (?:later|next|future|final) (?:version|draft|revision|step)|by the .{1,30}|once .{1,60}))?"
    rf"|(?:(?:[a-z]+ ){{0,2}}{_THING} )?(?:to|will) (?:follow|come)(?: (?:later|soon|shortly|here))?"
    r"|(?:more|further) (?:details?|information|content|text) (?:soon|later)"
    rf"|(?:please )?(?:add|insert|write|enter|put|place|fill in|provide|type|describe|complete) "
    rf"(?:(?:the|a|an|your|some|more|relevant|appropriate|[a-z]+) ){{0,3}}{_THING}(?: (?:here|below|later|text"
    rf"|for .{{1,60}}))?"
    rf"|(?:sample|example|dummy|your|some|generic|filler|default) {_THING}(?: (?:here|text|\d+))?"
    rf"|(?:[a-z]+ ){{0,2}}{_THING} (?:goes |to go |to come |comes |belongs )?here"
    rf"|{_THING} (?:of|for) (?:(?:the|this) )?(?:lesson|module|section|chapter|step|concept|question|course"
    rf"|category|topic"
    r"|element|item)(?: \d+(?:[.]\d+)*)?"
    rf"|no {_THING} (?:yet|available|provided|given|was (?:provided|generated))"
    r"|not (?:yet )?(?:written|available|provided|specified|defined|applicable|generated)"
    rf"|replace (?:this|the) {_THING}.{{0,20}}|to be (?:added|completed|written|determined|defined|announced|done)"
    r"|(?:same as|see|as) (?:above|before|previous(?:ly)?|the previous (?:lesson|section|one))|blah(?:[ ,]+blah)*"
    r"|asdf\w*|foo(?: bar(?: baz)?)?|test(?: test)+|lorem ipsum.*|\.{3,}|…|[-_?*]+"
    r")\W*"
)
_STAND_IN_TITLE = re.compile(
    r"(?:untitled|unnamed)\b.*|(?:working|draft|provisional|temporary|dummy|filler|test|some|any) (?:title|name"
    r"|heading)"
    r"|(?:new|no|enter|insert|add|your|sample|default|example|placeholder) "
    r"(?:title|name|element|module|lesson|category|chapter|section|step|concept|heading|course|quiz|milestone|act"
    r"|scene|unit|item)"
    r"|(?:lesson|module|chapter|section|course|quiz|step|concept|category|milestone|unit) (?:title|name|heading)"
    r"|(?:title|heading)(?: (?:goes )?here)?"
)
_KIND = (
    r"module|lesson|chapter|section|unit|part|topic|category|question|title|course|quiz|novel|act|scene|character"
    r"|thread"
    r"|workflow|process|step|phase|role|concept|term|milestone|activity|competency|skill|item|element|heading|node"
)
_ORDINAL = (
    r"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen"
    r"|eighteen"
    r"|nineteen|twenty"
)
_NUMBERED_TITLE = re.compile(
    rf"(?:the )?(?:{_KIND}) ?[#:.-]? ?(?:no\.? ?|number )?(?:\d+(?:[.-]\d+)*|[ivx]+|{_ORDINAL})\W*"
    rf"|(?:the )?(?:first|second|third|fourth|fifth|sixth|last|final|next) (?:{_KIND})\W*"
    r"|(?:lesson|module|chapter|section|category|topic|concept|milestone) ?[#:.-]? ?[a-h]\W*"
)
_BARE_NUMBER = re.compile(r"[#(]?(\d{1,3})((?:[.-]\d{1,3})*)[.):]?")
_LETTERED_OPTION = re.compile(
    r"(?:option|answer|choice|distractor|alternative|response"
    r"|(?:wrong|incorrect|correct|right|false|another|first|second|third|fourth) (?:option|answer|choice|alternative))"
    r" ?[#:.-]? ?(?:[a-h]|\d|one|two|three|four|five|six)?\W*"
)
_COUNTED_OPTION = re.compile(r"(\D{2,40}?)[ #_-]*(\d)")
COUNTED_OPTIONS_MIN = 3
_INSTRUCTED = re.compile(r"acts\[\d+\]\.(?:purpose|chapters\[\d+\]\.summary)|concepts\[|.*(?:\.explanation|\.content)$")
"""Where nobody is told to do anything; steps, activities and exercises may well say "Describe ..."."""

TOLD_ROLES = frozenset({"body", "description", "explanation"})


def placeholder(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find texts that stand in for content: "Untitled", "To be added", refusals, a variable nobody filled."""
    yield from {each.path: each for each in _stand_ins(document, expected)}.values()


def _stand_ins(document: Document, expected: Expectation) -> Iterator[Issue]:
    given = (expected.topic or "", *expected.sources.values())
    sources = fold("\n".join(expected.sources.values())) if expected.sources else ""
    # A course on writing may speak of texts.
    about = Subject(document, expected.topic)
    subject = frozenset(content_words(f"{document.title} {expected.topic or ''}"))
    lettered = Counter(_parent(passage.path) for passage in document.passages if _is_lettered(passage))
    titles = Counter(_level(passage.path) for passage in document.passages if passage.role == "title")
    is_read = document.language.partition("-")[0] == "en"
    for passage in document.passages:
        if (
            _is_stand_in(passage, sources, subject)
            or residue.is_left_over(passage, given)
            or (passage.role == "title" and _is_bare_number(passage, titles[_level(passage.path)]))
            or (lettered[_parent(passage.path)] > 1 and _is_lettered(passage))
            or (is_read and _is_generic(passage, about, sources))
        ):
            yield _stand_in(passage.path, passage.text)
    for leaf in document.bodies:
        # A step of a real list may be no longer than its name.
        is_quoted = leaf.is_source and (not sources or fold(leaf.body) in sources or _is_quoted(leaf, expected))
        is_bare = says_nothing_of_its_own(leaf.title, leaf.body) and not is_quoted
        if is_bare or (_may_announce(document) and is_announcement(leaf.body)):
            yield _stand_in(leaf.body_path, leaf.body)
    for question in document.questions:
        if _is_counted(question):
            yield _stand_in(f"{question.path}.options", ", ".join(question.options))


def _is_generic(passage: Passage, about: Subject, sources: str) -> bool:
    """Return whether a text could stand in any structure; what whole structures are described by may be general."""
    if passage.role not in TOLD_ROLES or _OVERVIEW.match(passage.path):
        return False
    if passage.is_source and (not sources or fold(passage.text) in sources):
        return False
    is_loose = _LEANING.fullmatch(_level(passage.path)) is not None
    is_acted, is_term = _ACTED.match(passage.path) is not None, passage.path.startswith("concepts[")
    if is_filler(passage.text, about, is_told_to_act=is_loose or is_acted, is_definition=is_term):
        return True
    return not is_loose and is_platitude(passage.text, about, is_definition=is_term)


def _is_meant(passage: Passage) -> bool:
    """Return whether general words are in their place: a term may mean any text, and a learner may be told to read."""
    if passage.path.startswith("concepts["):
        return defines(passage.text)
    if passage.path.startswith("modules["):
        return _ASKING.match(fold(passage.text)) is not None
    return _ACTED.match(passage.path) is not None and tells_to_act(passage.text)


_ASKING = re.compile(r"(?:where|when|how|why|what|who|which)\b")
"""How a description begins that goes on from the title above it: "Where it goes, and when it is ready"."""

_OVERVIEW = re.compile(r"\w+Overview\.")
_ACTED = re.compile(r"milestones\[|steps\[")
"""Where people are told what to do."""

_LEANING = re.compile(r"modules\[\]\.description|characters\[.*|.*\.scenes\[.*|roles\[.*")
"""Texts that lean on their title, or are too short to name what they are about."""


def _is_quoted(leaf: Leaf, expected: Expectation) -> bool:
    """Whether every word of a text stands in the passage it cites; markup and numbers stand between them there."""
    doc, start, end = leaf.span or ("", 0, 0)
    return set(content_words(leaf.body)) <= set(content_words(expected.sources.get(doc, "")[start:end]))


def _stand_in(path: str, text: str) -> Issue:
    return issue("placeholder", path, f"{path} is a placeholder: {quote(text)}", f"Replace {path} by real content")


def _parent(path: str) -> str:
    return path.rpartition("[")[0]


def _level(path: str) -> str:
    return re.sub(r"\d+", "", path)


def _is_lettered(passage: Passage) -> bool:
    return passage.role == "option" and len(passage.text) < 40 and bool(_LETTERED_OPTION.fullmatch(fold(passage.text)))


def _is_stand_in(passage: Passage, sources: str, subject: frozenset[str]) -> bool:
    if passage.role in ("option", "example"):
        return False
    if passage.role in TOLD_ROLES and (
        is_unwritten(passage.text)
        or (is_vague(passage.text, subject) and not _is_meant(passage))
        or (passage.role != "description" or ".activities[" in passage.path)
        and is_announced_here(passage.text)
    ):
        return True
    if len(passage.text) >= 200:
        return False
    if _INSTRUCTED.match(passage.path) and is_instruction(passage.text):
        return True
    text = fold(passage.text)
    if _STAND_IN.fullmatch(text) or (passage.role != "title" and text in ("string", "text")):
        return True
    if passage.role in ("title", "description") and _STAND_IN_TITLE.fullmatch(text):
        return True
    # A book may really call its chapter "Chapter 3"; a generated title may not.
    is_numbered = passage.role == "title" and _NUMBERED_TITLE.fullmatch(text) is not None
    return is_numbered and not (passage.is_source and (not sources or text in sources))


def _is_bare_number(passage: Passage, siblings: int) -> bool:
    # A number that only counts the elements is no title; 404 may be one.
    found = None if passage.is_source else _BARE_NUMBER.fullmatch(passage.text.strip())
    return found is not None and int(found.group(1)) <= siblings


def _may_announce(document: Document) -> bool:
    # In a workflow or a story, people really will explain and discuss things.
    return document.structure_type is StructureType.COURSE


def _is_counted(question: Question) -> bool:
    """Whether all options are one phrase with running numbers, and the stem does not ask which of them."""
    found = [_COUNTED_OPTION.fullmatch(fold(option)) for option in question.options]
    phrases = {each.group(1) for each in found if each}
    numbers = [each.group(2) for each in found if each]
    if len(found) < COUNTED_OPTIONS_MIN or len(phrases) != 1 or len(numbers) != len(found):
        return False
    runs = "".join(numbers) in "0123456789"
    said = set(content_words(question.stem))
    return runs and not said.intersection(content_words(next(iter(phrases))))
