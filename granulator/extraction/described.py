"""Things a document describes in rows, such as options, settings or terms of a glossary. Asks no question."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from granulator.extraction import glossary, labels, outline, subjects, tables
from granulator.extraction.glossary import Definition
from granulator.extraction.phrasing import THIRD_PERSON, URL, VERBS
from granulator.extraction.sections import BOILERPLATE, Reading
from granulator.extraction.statements import PRAISE
from granulator.extraction.tables import Table
from granulator.extraction.vocabulary import content_words, flat, listed, words

COUNTS = (4, 30)
LEAST_STEMS = 3

GIVEN = re.compile(r"\s*\((?:the )?defaults?(?: value| to| is)?:?\s*(?P<value>[^,]*?)(?:,[^()]*)?\)$", re.IGNORECASE)
"""The default that the head of an entry gives in brackets."""

TOLD = re.compile(
    r"\b(?:the )?defaults?(?: value)?(?:\s+(?:is|to)|:|\s*=)+\s*"
    r"(?P<value>[\"'\u201c`]?[-\w./%]+(?: (?:seconds?|minutes?|hours?|days?|bytes|KB|MB|GB|KiB|MiB|GiB|ms)\b)?"
    r"[\"'\u201d`]?)"
    r"(?=[.,;)](?:\s|$)|$)",
    re.IGNORECASE,
)
VALUE = re.compile(r"[\"'\u201c\u2018`]*(?P<value>.*?)[\"'\u201d\u2019`.]*")
REACH = 8
"""So many blocks behind its description an entry may give its default."""

FLAG = re.compile(r"(?:^|\s)(?P<flag>--?[A-Za-z][\w-]*)")
LONG_FLAG = re.compile(r"--[A-Za-z][\w-]*")
SIGNATURE = re.compile(r"(?P<name>[A-Za-z_$][\w.:$]*)\(.*")
LABELLED = re.compile(
    r"(?:param|parameter|argument|arg|keyword|key|type|rtype|returns?|raises|yields)\b", re.IGNORECASE
)
UNTYPED = re.compile(r"(?:\{[^{}]*\}|<[^<>]*>|\([^()]*\))\s*")
"""The type that reference pages put before a description."""

SELF = re.compile(
    r"(?:This|The)(?: \w+)? (?:option|setting|attribute|method|flag|parameter|argument|function|value|command|field"
    r"|variable|directive|property|class|key|module|switch|event|header|hook|signal|section|type)\s+"
    r"(?:(?:is|are|can be|will be) )?(?=[a-z])"
)
THIS_IS = re.compile(r"(?:This|It|Which) is (?=(?:the|an?)\b)")
ASIDE = re.compile(
    r"\b(?:examples?|friends|demos?|requirements|resources|alternatives|downloads?|release files"
    r"|install\w*|changes|tutorial|distributions?|compliance"
    r"|acknowledg\w*)\b",
    re.IGNORECASE,
)
"""Titles of parts whose lists are beside the matter."""

VAGUE = re.compile(
    r"\b(?:sort of|kind of|stuff|things?|various|so-called|useful|basically|some|several)\b", re.IGNORECASE
)
INTRODUCED = re.compile(r"(?:In|To|For|With|On|At|By)\b[^,]{3,60}, ")
VALUES = re.compile(r"[\w-]+, (?:[\w-]+(?:,| or| and) )+[\w-]+$")
"""A mere row of what may be set."""

ARTICLES = listed("a an the any all")
CONDITIONS = listed("if when whether how where")
OWN_SUBJECT = re.compile(
    r"(?:(?!\b(?:that|which|who|whose|where|when|to|used|for)\b)[^,])*?\s"
    r"(?:has|have|can|cannot|must|should|will|is|are)\s"
)
CUT = re.compile(
    r"[.,;]? (?:The )?[Dd]efaults?(?: value)?(?: is|:| to)\b.*$|\s\((?:default|required|optional)[^()]*\)"
    r"|\s\((?:int(?:eger)?|str(?:ing)?|bool(?:ean)?|float|list|dict|number|deprecated)s?\)(?=$|\.$)"
)
CLAUSE = re.compile(r"(?i:If|When|Whenever|While|Once|After|Before|Unless|As|Because|Since)\b[^,]{3,120}, (?=\S)")
NAMED_ITEM = re.compile(
    r"(?P<term>[\w.-]*[\w])(?: \([^()]{2,30}\))? (?P<text>(?P<verb>[a-z]+s)(?: whether| how)? \S.+)"
)
"""An item of a list that begins with the name of a thing and goes on with what it does."""

LEANING = re.compile(
    r"\b(?:this|these|those|above|below|following|previous(?:ly)?|earlier|we|our|see|example|e\.g|i\.e"
    r"|etc|as of|since version|added in|new in|changed in|deprecated|no longer|http|same as|likewise|here|says?|docs?"
    r"|documentation|obsolete|(?:created|written|contributed) by|(?<!\w )it|(?<!\w )its|note that|falls? back"
    r"|command line|and/or|former|latter)\b",
    re.IGNORECASE,
)
OPENING = re.compile(
    r"(?:(?:\w+ ){0,2}(?:they|their|them)\b|and|or|but|also|same|like|alias|equivalent|similar"
    r"|ditto|unused|reserved|default|now|note|if not|as |yes\b|no\b|none\b|optional\.|required\.|boolean\b|true\b"
    r"|false\b|integer\b|string\b|it\b|its\b|use this\b|one of\b"
    r"|a list of\W*$|not\b|there\b|you\b|your\b|by default|only\b)",
    re.IGNORECASE,
)
UNTIDY = re.compile(r"://|`|[{}<>|\u2026]|\.\.\.|\\|:\s|;\s")
ATTRIBUTES = re.compile(r"\s*\{:?[^{}]*\}\s*$")
"""What some dialects of Markdown put behind a heading."""

PLAIN_TITLES = listed("overall settings values configuration reference misc others parameters")
NAMES = listed("name value type description default note version")


@dataclass(frozen=True, slots=True)
class Thing:
    """What a document says of one of several things in a row; ``family`` tells which things are of one kind.

    ``place`` is the title they stand under, ``default`` the value the text says it has by itself, "" for none.
    ``text`` is "" when what is said of it cannot stand alone.
    """

    term: str
    text: str
    start: int
    end: int
    block: int
    family: str
    place: str
    default: str = ""
    told: str = ""

    def stems(self) -> frozenset[str]:
        return frozenset(content_words(self.text))


def things(reading: Reading) -> list[Thing]:
    """Return the things in order; a name that stands for two things, and a text told of two, are left out."""
    entries = sorted(
        [*glossary.entries(reading), *_indented(reading), *_acting(reading)], key=lambda one: (one.start, one.end)
    )
    nexts = [*(other.start for other in entries), len(reading.document.text)][1:]
    found = [thing for one, stop in zip(entries, nexts, strict=False) if (thing := _thing(reading, one, stop))]
    found += [thing for table in tables.tables(reading) for thing in _rows(reading, table)]
    names = Counter((one.term.casefold(), _is_row(one)) for one in found)
    listed_names = {one.term.casefold() for one in found if not _is_row(one)}
    kept = [
        one
        for one in found
        if names[one.term.casefold(), _is_row(one)] == 1 and not (_is_row(one) and one.term.casefold() in listed_names)
    ]
    return sorted(_told_once(reading, kept), key=lambda one: (one.start, one.end))


def _is_row(one: Thing) -> bool:
    return one.family.startswith("t")


def _told_once(reading: Reading, found: Sequence[Thing]) -> list[Thing]:
    """Leave out what the text says of several things: none of them is the one answer."""
    told = Counter(flat(one.text) for one in found if one.text)
    places: dict[str, list[int]] = {text: [] for text in told}
    for sentence in reading.sentences:
        if (text := flat(sentence.text)) in places:
            places[text].append(sentence.start)
    return [
        one
        for one in found
        if not one.text
        or (told[flat(one.text)] == 1 and all(one.start <= place < one.end for place in places[flat(one.text)]))
    ]


def _thing(reading: Reading, one: Definition, stop: int) -> Thing | None:
    section = reading.sections[reading.section_of[one.block]]
    head = GIVEN.search(one.term)
    term = name(GIVEN.sub("", one.term))
    if not term or section.is_boilerplate or BOILERPLATE.match(term):
        return None
    is_headed = one.group < 0
    place = _place(reading, (*section.parents, *(() if is_headed else (section.title,))))
    if ASIDE.search(section.title) or any(ASIDE.search(title) for title in section.parents):
        return None
    default = _value(head["value"]) if head else _told(reading, one, stop)
    text = said(one.text, term)
    is_said = _is_phrase(text) if is_code(term) else _is_defined(reading, one, text)
    text, default = text if is_said else "", default if is_code(term) else ""
    family = f"{one.group if is_headed else reading.section_of[one.block]}/{shape(term)}"
    return (
        Thing(term, text, one.start, one.end, one.block, family, place, default, one.text) if text or default else None
    )


def _indented(reading: Reading) -> Iterator[Definition]:
    """Yield what is said, set in, below a line that holds but the name of a thing."""
    blocks = reading.document.blocks
    for index in range(1, len(blocks)):
        head, block = blocks[index - 1], blocks[index]
        is_name = head.kind == "paragraph" and block.kind == "quote" and " " not in head.text and len(head.text) <= 40
        if is_name and is_code(head.text) and head.text[-1] not in ".:,":
            text = _first(block.text)
            yield Definition(head.text, text, head.start, block.span(0, len(text))[1], 0, index)


def _acting(reading: Reading) -> Iterator[Definition]:
    """Yield what items of lists say that a thing does which they begin with: "job_id lets you choose the name"."""
    told = {entry.block for entry in glossary.entries(reading)}
    for index, block in enumerate(reading.document.blocks):
        text = _first(" ".join(block.text.split()))
        found = NAMED_ITEM.fullmatch(text) if block.kind == "item" and index not in told else None
        if found and found["verb"] in THIRD_PERSON and any(mark.kind == "code" for mark in block.marks[:1]):
            end = block.span(0, len(_first(block.text)))[1]
            yield Definition(found["term"], found["text"], block.start, end, block.group, index)


def _place(reading: Reading, titles: Sequence[str]) -> str:
    """Return the innermost title that names what the things belong to, "" when there is none."""
    named = [
        title
        for title in (reading.document.title or "", *titles)
        if labels.is_label(title) and "<" not in title and title.casefold() not in PLAIN_TITLES
    ]
    return ATTRIBUTES.sub("", outline.short_title(named[-1])) if named else ""


def _is_phrase(text: str) -> bool:
    """Whether a description says what a thing is or does, without a subject of its own."""
    opening = CLAUSE.match(text)
    if opening:
        return _is_phrase(text[opening.end() :])
    first, second, *_ = *text.lower().split()[:2], "", ""
    if VALUES.match(text) or first in ("sometimes", "usually", "often", "typically", "normally"):
        return False
    is_verb = first in VERBS or first in THIRD_PERSON or first in CONDITIONS or first.endswith("ed")
    if INTRODUCED.match(text) or (second in THIRD_PERSON and first not in ARTICLES):
        return False
    return is_verb or (subjects.end(text) <= 0 and not OWN_SUBJECT.match(text))


def name(head: str) -> str:
    """Return the bare name an entry begins with: without its signature, its types and further spellings."""
    text = " ".join(head.split()).strip(" :`")
    if LABELLED.match(text):
        return ""
    flags = FLAG.findall(text)
    if flags and text.startswith("-"):
        long = LONG_FLAG.search(text)
        return long[0] if long else str(flags[0])
    signature = SIGNATURE.fullmatch(text)
    if signature:
        return signature["name"] + "()"
    text = re.split(r"\s[-=\u2013]\s|\s\(", text)[0].strip(" :,")
    is_short = len(text) <= 40 and len(text.split()) <= 4
    return text if is_short and len(text) >= 2 and text.casefold() not in NAMES and re.search(r"[^\W\d_]", text) else ""


def shape(term: str) -> str:
    """Return what kind of name it is by its writing."""
    if FLAG.search(term):
        return "option"
    if term.endswith("()"):
        return "function"
    if re.fullmatch(r"[A-Z][A-Z0-9]*_[A-Z0-9_]+", term):
        return "setting"
    if term[0] in "'\"":
        return "value"
    return "name"


def is_code(term: str) -> bool:
    """Whether a term is written as only names in a program are."""
    return (
        shape(term) != "name"
        or re.fullmatch(r"\S*[\w$][._:$/-]\S*|[a-z]+[A-Z]\w*|[a-z][a-z0-9]*|/\S+", term) is not None
    )


def _is_defined(reading: Reading, one: Definition, text: str) -> bool:
    """Whether a plain term is given a meaning: in a list of terms, or by words that begin with an article."""
    is_term = reading.document.blocks[one.block].kind == "definition"
    is_noun = text.partition(" ")[0].lower() in ("a", "an", "the", "any", "one")
    return labels.is_label(one.term) and is_noun and (is_term or one.group >= 0)


def said(text: str, term: str) -> str:
    """Return what the first sentence of an entry says of ``term`` in words that stand alone, "" when they do not."""
    shown = UNTYPED.sub("", text, count=1) if UNTYPED.match(text) else text
    shown = " ".join(shown.split())
    shown = (
        re.sub(
            rf"(?:The )?[`'\"]?{re.escape(term)}[`'\"]?(?: \w+)? (?=(?:is|are|specifies|defines|sets|controls)\b)",
            "This setting ",
            shown,
            count=1,
        )
        if shown.startswith((term, f"The {term}"))
        else shown
    )
    shown = CUT.sub("", shown)
    shown = SELF.sub("", THIS_IS.sub("", shown), count=1).strip().rstrip(".,;")
    count = len(words(shown))
    is_fit = (
        COUNTS[0] <= count <= COUNTS[1]
        and len(set(content_words(shown))) >= LEAST_STEMS
        and not LEANING.search(shown)
        and not OPENING.match(shown)
        and not UNTIDY.search(shown)
        and not PRAISE.search(shown)
        and not VAGUE.search(shown)
        and not URL.search(shown)
        and shown.count("(") == shown.count(")")
        and shown[-1] not in ":,("
        and shown[0] not in ",(=.-/*"
    )
    return shown[0].upper() + shown[1:] if is_fit and shown.partition(" ")[0].isalpha() else shown if is_fit else ""


def _told(reading: Reading, one: Definition, stop: int) -> str:
    """Return the one default that the entry gives in its text, "" when it gives none or several."""
    blocks = reading.document.blocks
    found: set[str] = set()
    for place in range(one.block, min(one.block + REACH, len(blocks))):
        block = blocks[place]
        if place > one.block and (block.start >= stop or block.kind not in ("definition", "paragraph", "quote")):
            break
        found.update(_value(match["value"]) for match in TOLD.finditer(" ".join(block.text.split())))
    return found.pop() if len(found) == 1 else ""


def _value(text: str) -> str:
    shown = VALUE.fullmatch(text.strip())
    value = shown["value"] if shown else ""
    return value if len(value) <= 30 and value.casefold() not in ("the", "a", "an", "none", "null", "") else ""


def _rows(reading: Reading, table: Table) -> Iterator[Thing]:
    """Yield the things whose meaning, or default, a column of the table gives."""
    columns = _columns(table)
    if not columns:
        return
    for row in table.rows:
        section = reading.sections[reading.section_of[row.index]]
        term = name(row.text(0))
        if term and not section.is_boilerplate and not ASIDE.search(section.title):
            text = said(_first(row.text(columns["text"])), term) if "text" in columns else ""
            default = _value(row.text(columns["default"])) if "default" in columns and is_code(term) else ""
            family = f"t{table.rows[0].start}/{shape(term)}"
            place = _place(reading, (*section.parents, section.title))
            if text or default:
                yield Thing(
                    term, text, row.start, row.end, row.index, family, place, default, row.text(columns.get("text", 0))
                )


def _first(text: str) -> str:
    found = glossary.FIRST_SENTENCE.match(text)
    return found[1] if found else text


DESCRIBING = re.compile(
    r"\b(?:descriptions?|meanings?|purposes?|effects?|explanations?|definitions?|functions?|role|usage|details|summary|what"
    r"|does|means|controls|sets|notes?|comments?|behaviou?r|action|result|use|used)\b"
)
"""Titles of columns that tell what the things are, rather than how one of several others treats them."""


def _columns(table: Table) -> Mapping[str, int]:
    """Return which column says what the things are, and which gives their defaults."""
    found: dict[str, int] = {}
    for column in range(1, len(table.header)):
        title = table.header[column].casefold()
        texts = [row.text(column) for row in table.rows]
        if title in ("default", "defaults", "default value"):
            found.setdefault("default", column)
        elif DESCRIBING.search(title) and sum(len(words(text)) >= COUNTS[0] for text in texts) >= 0.7 * len(texts):
            found.setdefault("text", column)
    return found
