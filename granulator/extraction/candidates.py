"""Which sentence can be asked about and which of its terms can be left out. Knows nothing of wrong answers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

from granulator.extraction import sentences, siblings, subjects, terms
from granulator.extraction.phrasing import (
    BARE_VERB,
    BROKEN_WORD,
    GENERIC_START,
    NARRATIVE,
    RELATIVES,
    RULE,
    SUBORDINATORS,
    VERBS,
)
from granulator.extraction.sections import Reading
from granulator.extraction.sentences import Sentence
from granulator.extraction.terms import DETERMINERS, VERB_LEADS, Occurrence, Term
from granulator.extraction.vocabulary import COMMON_WORDS, STOP_WORDS, content_words, listed, stem

BLANK = "_____"
NAMED = listed("""
    called named as termed keyword command option flag method function macro type event property trait variable module
    class constant parameter
""")
LIST_SIGNS = frozenset({"and", "or", ",", "/", "nor", "&", "|"})
UNITS = (
    r"milliseconds?|seconds?|minutes?|hours?|days?|weeks?|months?|years?|bytes?|bits?|kilobytes|megabytes|gigabytes|KiB|MiB|"
    r"GiB|KB|MB|GB|kB|characters?|columns?|lines?|pixels?|percent|ms|threads|connections|attempts|retries|entries|levels|"
    r"arguments|colou?rs|digits|words|metres|meters|kilometres|miles|degrees|times"
)
QUANTITY = re.compile(
    rf"(?<![\w.,#/~-])(?P<number>\d{{1,3}}(?:,\d{{3}})+|\d{{1,6}}(?:\.\d+)?)(?=[ -](?P<unit>{UNITS})\b)"
)
YEAR = re.compile(
    r"\b(?:in|since|until|before|after|of|January|February|March|April|May|June|July|August|September|October|November|December"
    r"|(?:\d{1,2}(?:st|nd|rd|th)?,))\s(?P<number>1[5-9]\d\d|20\d\d)\b(?!s\b| [a-z]+s\b)",
    re.IGNORECASE,
)
YEAR_UNIT = "in year"
DEFINITE = re.compile(r"\bthe (\w+)")
INSEPARABLE = frozenset("\\/=$-@#&_[({<>+*%^~|\u2010")
EXAMPLE_NAME = re.compile(
    r"\b(?:let(?: mut)?|var|const|define|def|fn|variable|my|function|struct|class|enum|trait|impl|mod|for)\s+"
    r"[$@%]?(\w{3,})"
    r"|^\s*[$@%]?(\w{3,})\s*:?=[^=]",
    re.MULTILINE,
)
"""What a listing names itself, so that a sentence about it is about the example only."""
DEFINING = re.compile(
    r" (?:is|are) (?:an? |the |any |one )(?!same|only|most|first|last|case|reason|good|bad|best|few|little)"
)
INTRODUCTION = re.compile(r"[A-Z]\w+ (?:\w+ ){0,2}")
CLAUSE_OPENING = re.compile(r"\b(?:if|when|because|while|until|unless|although)\s", re.IGNORECASE)

TAKEN_UP = re.compile(r"\b(?:also|too|still|again|already|as well|actually|simply|really|just)\b", re.IGNORECASE)
"""Words of a statement that adds to another one, or argues."""

TOPICAL = (50, 8)
"""A text is about what one in so many of its sentences names; never must more than so many name it."""


INSTRUCTION = re.compile(
    r"(?:To \w+ .{8,80}? (?:use|set|pass|run|specify|add|call|invoke)\b"
    r"|(?:Use|Pass|Set|Specify|Add|Call|Invoke) .{2,60}? (?:to|for|if|when|in order to) [a-z]"
    r"|If you (?:want|need|wish|prefer) .{8,90}? (?:use|set|pass|run|specify|add|call|invoke)\b)"
)
TOOLS = frozenset({"flag", "constant", "call", "dotted"})
LEAST_STEMS = 4
BY_DEFAULT = re.compile(r"By default,? (?:when [^,]{3,40}, )?")

LEAST_WORDS = 7
LEAST_TOPICAL = 2
LEAST_LEFT = 4
"""So many content words must be left in a stem, or it asks for anything."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence with a place in it that could become a blank; ``worth`` says how good a question it would be."""

    worth: float
    sentence: Sentence
    term: Term
    occurrence: Occurrence


HIGH_MERIT = 1.2
FAIR_MERIT = 0.65
"""What a statement must be worth: one that lays something down, or one that is at least no blurb and no bare claim."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The terms of a reading, which of them can be exchanged, names of examples, and amounts by unit.

    ``topics`` are the stems of what the text is about: the words of its titles, and those it comes back to; ``users``
    hold the orders of the sentences that have a stem; ``siblings`` are the terms listed beside a term, by key.
    ``places`` hold, for each shape, where its terms stand in the order of the text: (sentence order, term).
    ``least_merit`` is what a statement must be worth to be asked about.
    """

    reading: Reading
    terms: Mapping[str, Term]
    shapes: Mapping[tuple[str, ...], Sequence[Term]]
    places: Mapping[tuple[str, ...], Sequence[tuple[int, Term]]]
    examples: frozenset[str]
    amounts: Mapping[str, frozenset[str]]
    topics: frozenset[str]
    users: Mapping[str, Sequence[int]]
    siblings: Mapping[str, frozenset[str]]
    least_merit: float = HIGH_MERIT


def vocabulary(reading: Reading) -> Vocabulary:
    """Return the terms of all sentences of ``reading``."""
    found = terms.index(reading.sentences)
    listings = (block.text for block in reading.document.blocks if block.kind == "code")
    names = frozenset(match[1] or match[2] for text in listings for match in EXAMPLE_NAME.finditer(text))
    shapes = terms.by_shape(found)
    places = {shape: _places(group) for shape, group in shapes.items()}
    users: dict[str, list[int]] = {}
    for sentence in reading.sentences:
        for word in sentence.stems:
            users.setdefault(word, []).append(sentence.order)
    kin = siblings.proven(reading, found)
    return Vocabulary(reading, found, shapes, places, names, _amounts(reading), _topics(reading, users), users, kin)


def _topics(reading: Reading, users: Mapping[str, Sequence[int]]) -> frozenset[str]:
    """Return the stems of titles the text takes up, and of whatever it often names."""
    least = min(TOPICAL[1], len(reading.sentences) // TOPICAL[0])
    titles = {word for section in reading.sections for word in content_words(section.title)}
    return frozenset(word for word, orders in users.items() if len(orders) >= (2 if word in titles else least))


def _places(group: Sequence[Term]) -> list[tuple[int, Term]]:
    return sorted(((found.order, term) for term in group for found in term.occurrences), key=itemgetter(0))


def candidates(known: Vocabulary, orders: Iterable[int], ranks: Mapping[int, float]) -> list[Candidate]:
    """Return the places for a blank in the sentences ``orders``, best first; ``ranks`` are their centralities."""
    rows = [known.reading.sentences[order] for order in orders]
    wanted = [one.order for one in rows if (is_fit(known, one) or instructs(one)) and is_important(known, one)]
    told = {one.order for one in rows if instructs(one)}
    asked = frozenset(wanted)
    found = [
        Candidate(
            _worth(sentence, term, occurrence) + standing(known.reading, sentence, ranks) - _ubiquity(known, term),
            sentence,
            term,
            occurrence,
        )
        for term in known.terms.values()
        if _is_answer(term)
        for occurrence in term.occurrences
        if occurrence.order in asked
        for sentence in [known.reading.sentences[occurrence.order]]
        if _is_blankable(sentence, term, occurrence) and (occurrence.order not in told or term.shape[0] in TOOLS)
    ]
    for order in wanted:
        found.extend(numbers(known.reading, known.reading.sentences[order], ranks))
    return sorted(found, key=lambda candidate: (-candidate.worth, candidate.sentence.order, candidate.occurrence.start))


def is_fit(known: Vocabulary, sentence: Sentence) -> bool:
    """Whether ``sentence`` says something by itself that is true of more than an example."""
    return (
        _is_askable(sentence) and not _is_on_example(known, sentence) and subjects.is_named(sentence.text, known.topics)
    )


def instructs(sentence: Sentence) -> bool:
    """Whether a sentence says by itself what to use for which purpose, so that the means can be asked for."""
    text = sentence.text
    return (
        INSTRUCTION.match(text) is not None
        and sentences.is_plain(text)
        and not re.search(r"[;:(]|\b(?:also|instead|too)\b", text)
        and 8 <= sentence.count <= 30
        and len(sentence.stems) >= LEAST_STEMS
    )


def is_important(known: Vocabulary, sentence: Sentence) -> bool:
    """Whether a sentence speaks of what its heading names, or of more than one topic of the text."""
    own = content_words(known.reading.section(sentence).title)
    return not sentence.stems.isdisjoint(own) or len(sentence.stems & known.topics) >= LEAST_TOPICAL


def _is_askable(sentence: Sentence) -> bool:
    text = sentence.text
    return (
        LEAST_WORDS <= sentence.count <= 38
        and len(text) <= 280
        and text[-1] == "."
        and text.count("(") <= 1
        and len(sentence.stems) >= LEAST_STEMS
        and BLANK not in text
        and "__" not in text
        and ":" not in text[:40]
        and ";" not in text
        and not text.startswith(("(", "[", "-", "*"))
        and not NUMBERED.match(text)
        and "{" not in text
        and not BROKEN_WORD.search(text)
        and not GENERIC_START.match(text)
        and not BARE_VERB.match(text)
        and not _is_order(text)
        and not NARRATIVE.search(text)
        and sentences.stands_alone(sentence)
        and sentences.is_clause(BY_DEFAULT.sub("", text))
        and sum(mark.end - mark.start for mark in sentence.marks if mark.kind == "code") < 0.45 * len(text)
    )


def _is_order(text: str) -> bool:
    """Whether it tells the reader to do something: "Wait for the bell", "Notice how"."""
    first, second, *_ = *text.lower().split()[:2], "", ""
    return first in VERBS and (second in DETERMINERS or second in SUBORDINATORS or second in RELATIVES)


def _is_on_example(known: Vocabulary, sentence: Sentence) -> bool:
    """Whether it names something that only a listing defines."""
    names = {sentence.text[mark.start : mark.end] for mark in sentence.marks if mark.kind == "code"}
    names.update(re.findall(r"\b\w+_\w+\b|\b[a-z]+[A-Z]\w+\b", sentence.text))
    return not known.examples.isdisjoint({name.partition("(")[0] for name in names})


def _ubiquity(known: Vocabulary, term: Term) -> float:
    """Return how much a question for ``term`` would cost: all sentences that name it are spoilt for other questions."""
    return 6 * len(term.occurrences) / max(len(known.reading.usable), 1)


def _is_answer(term: Term) -> bool:
    if term.is_mixed or term.key in UNSUITED or PLACEHOLDER.match(term.text):
        return False
    if term.shape[0] == "noun":
        return term.is_defined or _is_specific(term)
    if term.shape[0] in ("keyword", "name", "acronym", "quoted"):
        return len(term.occurrences) >= 2 and len(term.text) >= 3
    return len(term.text) >= 3


def _is_specific(term: Term) -> bool:
    """Whether a phrase the text does not define ends in a word of its own, which tells what is meant."""
    return " " in term.text and term.key.rpartition(" ")[2] not in COMMON_WORDS


NUMBERED = re.compile(r"(?:\d+(?:\.\d+)*|[a-zA-Z])[.)] |\d+ [A-Z]")
"""The number of a list that was taken for a word of its sentence."""

VAGUE = re.compile(r" (?:\w+ )?only\b")
"""What a restriction says of a thing may be true of another one as well."""

PLACEHOLDER = re.compile(r"--?[A-Z]{3,}$")

UNSUITED = frozenset(
    {"true", "false", "null", "none", "options", "value", "name", "string", "number", "object", "function", "yes", "no"}
)


def _is_blankable(sentence: Sentence, term: Term, occurrence: Occurrence) -> bool:
    text, answer = sentence.text, sentence.text[occurrence.start : occurrence.end]
    if occurrence.before in LIST_SIGNS or occurrence.after in LIST_SIGNS - {","}:
        return False
    if occurrence.after == "," and re.match(
        r",\s+(?:and\b|or\b|\w+,|\w+\(|\w+ and\b|\w+ or\b)", text[occurrence.end :]
    ):
        return False
    if (
        text[occurrence.start - 1 : occurrence.start] in INSEPARABLE
        or text[occurrence.end : occurrence.end + 1] in INSEPARABLE
    ):
        return False
    if text.casefold().count(answer.casefold()) != 1 or occurrence.after in ("(", "=", "'s"):
        return False
    if not _is_free(text, term, occurrence) or VAGUE.match(text[occurrence.end :]):
        return False
    if len(sentence.stems - term.stems()) < LEAST_LEFT:
        return False
    rest = text[: occurrence.start] + " " + text[occurrence.end :]
    return not _gives_away(term, rest)


def _is_free(text: str, term: Term, occurrence: Occurrence) -> bool:
    """Whether the term is neither a part of a name, nor all that an introduction says, nor a verb."""
    kind = term.shape[0]
    if kind in ("name", "acronym", "type") and _is_part_of_name(text, occurrence):
        return False
    if INTRODUCTION.fullmatch(text[: occurrence.start]) and occurrence.after == ",":
        return False
    if kind == "noun":
        return _leaves_clause(text, occurrence)
    return kind not in ("keyword", "compound") or occurrence.before not in VERB_LEADS


def _is_part_of_name(text: str, occurrence: Occurrence) -> bool:
    """Whether a capital or a number stands next to the term, as in "Anna _____" or "_____ 2616"."""
    before = re.search(r"(\w+) (?:of )?$", text[: occurrence.start])
    is_named = before is not None and before[1][0].isupper() and before[1].lower() not in STOP_WORDS
    return occurrence.start == 0 or is_named or re.match(r",? [A-Z\d]", text[occurrence.end :]) is not None


def _leaves_clause(text: str, occurrence: Occurrence) -> bool:
    """Whether the clause that loses the term still has its verb; if not, the "noun" was a subject and its verb."""
    head = text[: occurrence.start]
    opening = max((match.end() for match in CLAUSE_OPENING.finditer(head)), default=0)
    tail = re.split(r"[,.;:]", text[occurrence.end :], maxsplit=1)[0]
    return opening == 0 or sentences.is_clause(f"{head[opening:]}it{tail}")


def _gives_away(term: Term, rest: str) -> bool:
    """Whether a word of the answer, in any form, is left in the sentence."""
    own = {part.lower()[:4] for part in terms.parts(last_part(term)) if len(part) >= 3}
    return not own.isdisjoint({part.lower()[:4] for part in terms.parts(rest) if len(part) >= 3})


def last_part(term: Term) -> str:
    """Return what a dotted name or a call ends in, and any other term as it is."""
    if term.shape[0] in ("dotted", "call"):
        return re.split(r"\.|::|->", term.text.split("(")[0])[-1]
    return term.text


def _worth(sentence: Sentence, term: Term, occurrence: Occurrence) -> float:
    value = {"noun": 0.4, "name": 1.2, "keyword": 1.6, "acronym": 1.2, "number": 1.5}.get(term.shape[0], 2.0)
    if term.shape[0] == "noun":
        value += 0.9 * (len(term.text.split()) > 1) + 0.1 * min(len(term.occurrences), 4)
    if occurrence.before in NAMED:
        value += 0.8
    if RULE.search(sentence.text):
        value += 0.4
    if is_definition(sentence, occurrence):
        value += 1.2
    value -= 0.04 * abs(sentence.count - 17)
    return value - 0.15 * sum(1 for mark in sentence.marks if mark.kind == "code")


def is_definition(sentence: Sentence, occurrence: Occurrence) -> bool:
    """Whether the sentence says of the term at ``occurrence`` what it is."""
    head, tail = sentence.text[: occurrence.start].strip().lower(), sentence.text[occurrence.end :]
    return head in ("", "a", "an", "the") and DEFINING.match(tail) is not None


def standing(reading: Reading, sentence: Sentence, ranks: Mapping[int, float]) -> float:
    """Return how well a sentence stands by itself: its centrality, and whether the one before it prepares it."""
    value = 0.5 * min(ranks.get(sentence.order, 0.0), 2)
    value += 0.4 if sentence.at == 0 else 0.0
    value -= 0.4 if reading.document.blocks[sentence.block].kind != "paragraph" else 0.0
    value -= 0.5 * (TAKEN_UP.search(sentence.text) is not None)
    before = reading.sentences[sentence.order - 1] if sentence.order else sentence
    if sentence.at and before.block == sentence.block:
        definite = {stem(word) for word in DEFINITE.findall(sentence.text.lower())}
        value -= 0.4 * min(2, len(definite & before.stems))
    return value


def numbers(reading: Reading, sentence: Sentence, ranks: Mapping[int, float]) -> list[Candidate]:
    """Return the amounts and years of ``sentence`` that can be asked for."""
    return [*_quantities(reading, sentence, ranks), *_years(reading, sentence, ranks)]


def _years(reading: Reading, sentence: Sentence, ranks: Mapping[int, float]) -> Iterator[Candidate]:
    found = list(YEAR.finditer(sentence.text))
    if len(found) == 1 and len(re.findall(r"\d{4}", sentence.text)) == 1:
        match = found[0]
        term = Term(match["number"], ("number", YEAR_UNIT))
        occurrence = Occurrence(sentence.order, match.start("number"), match.end("number"), "in", "")
        worth = _worth(sentence, term, occurrence) + standing(reading, sentence, ranks)
        yield Candidate(worth, sentence, term, occurrence)


def _quantities(reading: Reading, sentence: Sentence, ranks: Mapping[int, float]) -> Iterator[Candidate]:
    found = list(QUANTITY.finditer(sentence.text))
    if len(found) != 1 or len(re.findall(r"\d+", sentence.text)) > 2:
        return
    match = found[0]
    if match["number"] in ("0", "1") or sentence.text.count(match["number"]) != 1:
        return
    term = Term(match["number"], ("number", match["unit"].rstrip("s")))
    occurrence = Occurrence(sentence.order, match.start(), match.start() + len(match["number"]), "", match["unit"])
    yield Candidate(_worth(sentence, term, occurrence) + standing(reading, sentence, ranks), sentence, term, occurrence)


def _amounts(reading: Reading) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for sentence in reading.sentences:
        for match in QUANTITY.finditer(sentence.text):
            found.setdefault(match["unit"].rstrip("s"), set()).add(match["number"])
        found.setdefault(YEAR_UNIT, set()).update(match["number"] for match in YEAR.finditer(sentence.text))
    return {unit: frozenset(numbers) for unit, numbers in found.items()}
