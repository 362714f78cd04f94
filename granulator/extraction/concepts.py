"""What a document is about: its headings and the terms it defines, each with the sentence that says what it is.

Nothing is made up: a heading or term about which no sentence says anything is no concept.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import log2

from granulator.extraction import defining, glossary, labels, sentences
from granulator.extraction.candidates import Vocabulary
from granulator.extraction.imperatives import base_form, is_order
from granulator.extraction.lessons import ILLUSTRATION
from granulator.extraction.outline import short_title
from granulator.extraction.phrasing import AUXILIARIES
from granulator.extraction.sections import Reading, Section, parents
from granulator.extraction.sentences import Sentence
from granulator.extraction.vocabulary import content_words, listed, words

MOST = 500
"""So many concepts are compared with one another; the weightiest ones, many times as many as a map holds."""

LONGEST_DEFINITION = 60
LONGEST_LISTING = 15
LEAST_USES = 3
"""How often the text must speak of a term that it describes but does not define; once less in a short text."""

SHORT = 60
"""A text of fewer sentences is short."""

ELSEWHERE = re.compile(
    r"\b(?:see|refer to|section|chapter|information)\b|^[\[(]|^if your?\b|^you (?:may|might) have\b", re.IGNORECASE
)
"""A sentence that sends its reader elsewhere, or speaks of its reader, says less of its subject than another."""

DOUBTFUL = listed("""
    may might could would will should must cannot
    won't can't couldn't wouldn't shouldn't mustn't doesn't don't isn't aren't wasn't didn't hasn't haven't
""")
"""What says of a thing what it might do, or what it is not, says nothing of what it is."""

APPOSED = (
    r"(?:field|method|function|class|argument|option|object|command|keyword|statement|attribute|module|parameter"
    r"|variable|operator|flag|file|header|property|type|event|directive|setting|package)"
)
PHRASE = re.compile(r"[^\s,;:()\"\u201c\u201d]+")
LONGEST_PHRASE = 4


@dataclass(frozen=True, slots=True)
class Concept:
    """A named thing and what the document says it is.

    ``start`` and ``end`` are the half-open source offsets of the definition, ``section`` is the index of the section
    that gives it; ``weight`` says how much the document is about it. ``kind`` are the words that say what it is, if
    a sentence does; ``is_section`` tells that a heading names it.
    """

    label: str
    others: tuple[str, ...]
    definition: str
    start: int
    end: int
    section: int
    weight: float
    kind: str = ""
    is_section: bool = False

    @property
    def key(self) -> str:
        return labels.key(self.label)


def concepts(known: Vocabulary) -> tuple[Concept, ...]:
    """Return all concepts of a document in the order of the text, no two with the same name or definition."""
    reading = known.reading
    uses = _uses(reading.sentences)
    defined = _by_key([*_stated(reading, uses), *_listed(reading, uses)])
    headed = list(_headed(reading, defined))
    described = _described(known, uses, {*defined, *(one.key for one in headed)})
    every = [_with_short(one) for one in _by_key([*headed, *defined.values(), *described]).values()]
    also = {labels.key(other) for one in every for other in one.others}
    distinct = _distinct(one for one in every if one.key not in also)
    return tuple(sorted(distinct, key=lambda one: (one.start, one.end)))


def _with_short(concept: Concept) -> Concept:
    """Return the concept with the short form its definition gives: "Technical Committee (TC)"."""
    said = re.search(
        rf"{re.escape(concept.label)}\s+\((?P<short>[A-Z][A-Za-z]{{1,7}})\)", concept.definition, re.IGNORECASE
    )
    if said is None or not said["short"].isupper() or said["short"] in concept.others:
        return concept
    return replace(concept, others=(*concept.others, said["short"]))


def opening(reading: Reading, title: str) -> Concept | None:
    """Return what the document says it is about as a concept: the sentence that names it, or else its first one."""
    early = [reading.sentences[order] for order in reading.usable[:12]]
    alone = [one for one in early if _is_statement(one)] or [one for one in early if sentences.stands_alone(one)]
    if not (alone := alone or early):
        return None
    named = frozenset(content_words(title))
    best = max(alone, key=lambda one: (_begins_with(one, title), len(named & one.stems), -one.order))
    return Concept(title, (), best.text, best.start, best.end, reading.section_of[best.block], 0.0, is_section=True)


def examples(reading: Reading, concept: Concept, most: int = 1) -> tuple[str, ...]:
    """Return what its section shows of a concept: sentences that give an example of it, else a short listing."""
    section = reading.sections[concept.section]
    found = [
        one.text
        for order in reading.usable
        if section.first <= (one := reading.sentences[order]).block < section.last
        and one.text[0] not in "(["
        and ILLUSTRATION.search(one.text)
        and one.text != concept.definition
        and (one.text.startswith("For ") or not sentences.needs_predecessor(one))
        and _names(one.text, concept)
    ]
    listings = (
        block.text.strip()
        for block in reading.document.blocks[section.first : section.last]
        if block.kind == "code" and len(block.text.strip()) >= 12 and block.text.count("\n") < LONGEST_LISTING
    )
    fitting = [text for text in listings if concept.is_section or concept.label.rstrip("()") in text]
    return tuple(dict.fromkeys([*found, *fitting]))[:most]


def _names(text: str, concept: Concept) -> bool:
    return concept.is_section or any(labels.key(name) in labels.key(text) for name in (concept.label, *concept.others))


def _uses(rows: Iterable[Sentence]) -> Counter[str]:
    """Count the phrases of up to four words."""
    uses: Counter[str] = Counter()
    for sentence in rows:
        row = [word.strip(".'").lower() for word in PHRASE.findall(sentence.text)]
        for length in range(1, LONGEST_PHRASE + 1):
            uses.update(" ".join(row[place : place + length]) for place in range(len(row) - length + 1))
    return uses


def _used(uses: Mapping[str, int], term: str) -> int:
    plain = term.lower()
    return uses.get(plain, 0) + (uses.get(plain[:-1], 0) if plain.endswith("s") else uses.get(plain + "s", 0))


def _stated(reading: Reading, uses: Mapping[str, int]) -> Iterator[Concept]:
    for said in defining.statements(reading, uses):
        label, one = labels.written(said.term), said.sentence
        if labels.is_label(label) and one.count <= LONGEST_DEFINITION:
            others = tuple(other for other in said.others if labels.key(other) != labels.key(label))
            weight = 3 + 0.8 * min(5.0, log2(1 + _used(uses, said.term)))
            section = reading.section_of[one.block]
            yield Concept(label, others, one.text, one.start, one.end, section, weight, said.kind)


def _listed(reading: Reading, uses: Mapping[str, int]) -> Iterator[Concept]:
    for entry in glossary.entries(reading):
        section, text = reading.section_of[entry.block], entry.text
        label = labels.written(entry.term)
        if reading.sections[section].is_boilerplate or not labels.is_label(label) or entry.group < 0:
            continue
        if label.casefold() in glossary.NOT_TERMS or not _is_entry(label, text):
            continue
        weight = 2.5 + 0.8 * min(5.0, log2(1 + _used(uses, entry.term)))
        yield Concept(label, (), text, entry.start, entry.end, section, weight)


def _is_entry(label: str, text: str) -> bool:
    return (
        4 <= len(words(text)) <= LONGEST_DEFINITION
        and len(content_words(text)) >= 3
        and text[-1] not in ":,(;"
        and not glossary.NOT_DEFINITIONS.match(text)
        and text.count("(") == text.count(")")
        and "http" not in text
        and not is_order(text)
        and not text.casefold().startswith(label.split()[0].casefold() + " ")
    )


def _headed(reading: Reading, defined: Mapping[str, Concept]) -> Iterator[Concept]:
    """Yield the headings that name something, with what is said of it first; terms have their own sentences."""
    taken = {one.start: one.key for one in defined.values()}
    shares, depths = _shares(reading), _depths(reading)
    for number, section in enumerate(reading.sections):
        title = labels.written(short_title(section.title))
        if section.is_boilerplate or depths[number] < 1 or not labels.is_label(title):
            continue
        weight = 6 - 1.5 * (depths[number] - 1) + 2 * shares[number]
        term = defined.get(labels.key(title))
        if term is not None:
            yield Concept(
                title, term.others, term.definition, term.start, term.end, number, weight, term.kind, is_section=True
            )
        elif (said := _said_of(reading, number, title, taken)) is not None:
            yield Concept(title, (), said.text, said.start, said.end, number, weight, is_section=True)


def _said_of(reading: Reading, number: int, title: str, taken: Mapping[int, str]) -> Sentence | None:
    section = reading.sections[number]
    own = [
        one
        for order in reading.usable
        if section.first <= (one := reading.sentences[order]).block < section.last
        and taken.get(one.start, labels.key(title)) == labels.key(title)
        and _is_statement(one)
    ]
    named = frozenset(content_words(title))
    about = [one for one in own[:12] if _begins_with(one, title)]
    first = [one for one in own[:1] if _is_first(reading, section, one)]
    naming = [one for one in own[:12] if named and named <= one.stems]
    every = [*about, *first, *naming]
    return next((one for one in every if not ELSEWHERE.search(one.text)), every[0] if every else None)


def _is_first(reading: Reading, section: Section, sentence: Sentence) -> bool:
    """Whether the first words under a heading are this sentence's; then it says what the section is about."""
    blocks = reading.document.blocks[section.first + 1 : sentence.block + 1]
    return sentence.at == 0 and not any(block.kind in ("paragraph", "item", "term") for block in blocks[:-1])


def _is_statement(sentence: Sentence) -> bool:
    return (
        6 <= sentence.count <= LONGEST_DEFINITION
        and sentences.stands_alone(sentence)
        and (sentences.has_main_clause(sentence) or any(map(base_form, sentence.text.split()[1:8])))
        and not is_order(sentence.text)
        and sentence.text[0] not in "[("
    )


def _begins_with(sentence: Sentence, title: str) -> bool:
    row = labels.key(" ".join(sentence.text.split()[:8]))
    return f"{row} ".startswith(f"{labels.key(title)} ")


def _depths(reading: Reading) -> list[int]:
    """Return how deep each section stands; the document itself, where a heading names it, is at 0."""
    above, title = parents(reading), labels.key(reading.document.title or "")
    depths: list[int] = []
    for number, parent in enumerate(above):
        is_whole = parent < 0 and labels.key(reading.sections[number].title) == title
        depths.append(depths[parent] + 1 if parent >= 0 else 0 if is_whole else 1)
    return depths


def _shares(reading: Reading) -> list[float]:
    """Return for each section how large it is with all that stands in it, against an even share of its siblings."""
    own = [0] * len(reading.sections)
    for order in reading.usable:
        own[reading.section_of[reading.sentences[order].block]] += reading.sentences[order].count
    above = parents(reading)
    for number in range(len(own) - 1, -1, -1):
        if above[number] >= 0:
            own[above[number]] += own[number]
    family = Counter(above)
    sums = Counter[int]()
    for number, parent in enumerate(above):
        sums[parent] += own[number]
    return [min(1.5, own[n] * family[p] / sums[p]) if sums[p] else 0.0 for n, p in enumerate(above)]


def _described(known: Vocabulary, uses: Mapping[str, int], taken: set[str]) -> Iterator[Concept]:
    """Yield terms the text speaks of often and makes a plain statement about, though it never says what they are."""
    reading, used = known.reading, set[int]()
    least = LEAST_USES if len(reading.usable) >= SHORT else LEAST_USES - 1
    frequent = [term for term in known.terms.values() if len(term.occurrences) >= least]
    openings = _openings(reading)
    for term in sorted(frequent, key=lambda term: (-len(term.occurrences), term.key)):
        label = labels.written(term.text)
        if labels.key(label) in taken or not labels.is_label(label) or term.shape[0] == "quoted":
            continue
        rows = openings.get(term.text.lower(), ())
        said = next((one for one in rows if one.order not in used and _is_subject(one, term.text)), None)
        if said is not None:
            used.add(said.order)
            weight = 0.5 + 0.6 * min(5.0, log2(1 + _used(uses, term.text)))
            yield Concept(label, (), said.text, said.start, said.end, reading.section_of[said.block], weight)


def _openings(reading: Reading) -> dict[str, list[Sentence]]:
    """Return the usable sentences by the one to four words they begin with, in lower case and without an article."""
    found: dict[str, list[Sentence]] = {}
    for order in reading.usable:
        sentence = reading.sentences[order]
        row = [word.strip("\"'\u201c\u201d").lower() for word in sentence.text.split()[: LONGEST_PHRASE + 1]]
        row = row[1:] if row[0] in ("a", "an", "the", "each", "every") else row
        for length in range(1, min(LONGEST_PHRASE, len(row)) + 1):
            found.setdefault(" ".join(row[:length]), []).append(sentence)
    return found


def _is_subject(sentence: Sentence, term: str) -> bool:
    """Whether the sentence begins with the term, or with "the TERM option" for what is named in code, and a verb."""
    opens = re.match(
        rf"(?:(?:An?|The|Each|Every) )?[\"'\u201c]?{re.escape(term)}[\"'\u201d]? (?:{APPOSED} )?([\w']+)",
        sentence.text,
        re.IGNORECASE,
    )
    if opens is None or not _is_statement(sentence):
        return False
    verb = opens[1].lower().replace("\u2019", "'")
    return verb not in DOUBTFUL and (bool(base_form(verb)) or verb in AUXILIARIES)


def _by_key(rows: Iterable[Concept]) -> dict[str, Concept]:
    """Return the first concept of each name; a later one of the same name adds its weight where that is more."""
    found: dict[str, Concept] = {}
    for one in rows:
        found.setdefault(one.key, one)
    return found


def _distinct(rows: Iterable[Concept]) -> Iterator[Concept]:
    """Yield the weightiest concept of each definition."""
    said: list[tuple[int, frozenset[str]]] = []
    for one in sorted(rows, key=lambda one: (-one.weight, one.start))[:MOST]:
        meaning = frozenset(content_words(one.definition))
        if not any(one.start == start or _is_same(meaning, other) for start, other in said):
            said.append((one.start, meaning))
            yield one


def _is_same(left: frozenset[str], right: frozenset[str]) -> bool:
    return len(left & right) > 0.6 * len(left | right)
