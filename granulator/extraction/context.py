"""What a statement takes from outside itself: things it points at, examples it is about, claims nobody can miss."""

from __future__ import annotations

import re

from granulator.extraction import echoing, subjects
from granulator.extraction.candidates import Vocabulary
from granulator.extraction.phrasing import AUXILIARIES, RULE, SUBORDINATORS, THIRD_PERSON, VERBS
from granulator.extraction.sentences import Sentence
from granulator.extraction.terms import COMMON_STEMS, DETERMINERS
from granulator.extraction.vocabulary import STOP_WORDS, content_words, listed, stem, words

COMPARED = re.compile(
    r"\b(?:one of them|whenever possible|where possible|slightly|equal to|similar to|analogous"
    r"|both (?!\w+ and\b)(?!\w+ \w+ and\b)"
    r"|instead(?! of)|differently|alternatively|additional|additionally|otherwise|again|in turn|once more|equally"
    r"|counterparts?|equivalents?|extra|the (?:actual|real|original|new|current|given|desired|specified|remaining)"
    r"|(?:(?:more|less)(?= \w+(?:ly|able|ible|ient|ful|ive|ant|ent|ous|ic|ed)\b)"
    r"|faster|slower|larger|smaller|higher|lower|longer|shorter|greater|newer|older|cheaper|simpler"
    r"|easier|cleaner|stronger|weaker|safer)(?! than| \w+ than| \w+ \w+ than))\b",
    re.IGNORECASE,
)
"""What compares or adds without saying to what."""

NUMBERED = re.compile(r"\b(?!Python|Windows|Unicode|Article|RFC|PEP|Section|Level)[A-Z][a-z]+ \d+\b")
UNSAID = re.compile(
    r"(?:When|If|Once|Unless) (?:\w+ed|set|true|false|on|off|not \w+),|On average"
    r"|(?:After|Before|When|While|By|Without|On) \w+ing\b[^,]*, (?:it|they)\b"
    r"|(?:[A-Z]+ )?[A-Z][a-z]+ (?:lowest|highest)\b"
)
"""A case, a name or an order without what it belongs to."""

SAMPLE = re.compile(
    r"\b(?:path/to|foo|bar|baz|spam|eggs|example\.\w+|my[_-]?[a-z]*(?:app|task|tree|module|class|func\w*|project|package)"
    r"|your[_-]\w+|myapp|localhost|alice|bob)\b|/home/|~/|C:\\",
    re.IGNORECASE,
)
BLURB = re.compile(
    r"(?:[\w.-]+ ){1,4}(?:is|are) (?:an?|the) (?:[\w/-]+ ){0,5}?(?:tool|library|framework|package|downloader"
    r"|application|app|program|project|toolkit|implementation|service|system|solution|platform|interface|core|heart|foundation"
    r"|part|way|place|concept|feature|mechanism|standard|wrapper|driver|binding|collection|set)s?\b"
)
"""What introduces a thing rather than tells something of it."""

CLAIM = re.compile(
    r"(?:You|[\w.'-]+(?: [\w.'-]+){0,3}?) (?:can|provides?|supports?|offers?|allows?|lets?|enables?|exposes?|includes?"
    r"|extends?|defines?|comes?|gives?|makes? it|helps?|introduces?|has|have|contains?)\b"
)
"""What only says that something exists or can be done."""

CONDITION = re.compile(
    r"\b(?:if|when|unless|until|once|whenever|after|before|while|by default|only|except|without|even|in case)\b",
    re.IGNORECASE,
)
LIMIT = re.compile(
    r"\b(?:must|cannot|not|never|always|require[sd]?|optional|mandatory"
    r"|forbidden|allowed|at most|at least|exactly|up to|maximum|minimum|no|automatically"
    r"|ignored|overrides?|precedence|raises?|fails?|first|last|before|after|instead of|rather than)\b",
    re.IGNORECASE,
)
PRECISE = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten)\b"
    r"|[a-z]_[a-z]|\w\.\w|--\w|\w\(\)|\b[A-Z]{2,}\b|(?<=[a-z] )[A-Z][a-z]+|[a-z][A-Z]"
)
FOLLOWED = listed(
    "of for in that which who whose from to with used on between by containing specified given where under as at into"
    " against behind inside within per when"
)
"""Words behind a noun that say which one is meant."""

ORDINAL = listed("""
    first last next maximum minimum highest lowest largest smallest longest shortest oldest newest latest same only
    most least whole entire
""")
KNOWN = listed("""
    user users reader internet web world filesystem system disk network keyboard mouse screen terminal shell clipboard
    sun moon earth sea sky weather past future law state government president congress senate command line
""")
ENDS = STOP_WORDS | AUXILIARIES | SUBORDINATORS | (VERBS - listed("set run call test build view match filter"))
LEAST_SECTIONS = 3
SHARE = 10
"""What is spoken of in one section of so many is known to whoever has read the text."""

OPENING_SENTENCES = 3
LONG = 60
"""A text of so many sentences begins with what it is about, before it says anything to be asked for."""


CASE = re.compile(
    r"\byou (?:did|didn[’']t|wanted|forgot|intended|meant)\b|\b(?:foo|bar|baz|spam|eggs)\b", re.IGNORECASE
)
"""What tells of one case among others, or of a name that stands for any."""


def leans(known: Vocabulary, sentence: Sentence) -> bool:
    """Whether a statement means something particular that stands outside it, or something of an example."""
    text = sentence.text
    return (
        COMPARED.search(text) is not None
        or UNSAID.match(text) is not None
        or " - " in text
        or re.search(r"[a-z]\. \w", text) is not None
        or _has_no_subject(text)
        or NUMBERED.search(text) is not None
        or CASE.search(text) is not None
        or SAMPLE.search(text) is not None
        or _is_on_listing(known, sentence)
        or any(
            not _is_known(known, sentence, noun) and not _is_marked(known, sentence, noun) for noun in _definite(text)
        )
    )


def _has_no_subject(text: str) -> bool:
    """Whether it begins with the verb of a thing it does not name: "Stores and reads the data"."""
    first, second, *_ = *text.lower().split()[:2], "", ""
    return first in THIRD_PERSON and second in DETERMINERS | {"and", "or", "all", "how", "whether"}


def merit(known: Vocabulary, sentence: Sentence) -> float:
    """Return how much a statement is worth asking: by what it lays down, less for claims and for length."""
    text = sentence.text
    value = 1.0 + 0.5 * (CONDITION.search(text) is not None) + 0.4 * (LIMIT.search(text) is not None)
    value += 0.3 * (PRECISE.search(text[1:]) is not None) + 0.1 * (RULE.search(text) is not None)
    value += 0.2 * (not sentence.stems.isdisjoint(content_words(known.reading.section(sentence).title)))
    value -= 0.6 * (CLAIM.match(text) is not None) + 0.8 * (BLURB.match(text) is not None)
    is_opening = sentence.order < OPENING_SENTENCES and len(known.reading.sentences) >= LONG
    value -= 0.8 * is_opening + 0.6 * _is_tautology(text)
    value -= 0.3 * (sentence.count > 24) + 0.3 * (text.count(",") > 2)
    return value


def _is_tautology(text: str) -> bool:
    """Whether it only says with other words what the name says that it begins with: "--comment gives the comment"."""
    end = max(subjects.end(text), 0)
    names = re.findall(r"--[\w-]+|\w+_\w+", text[:end])
    return bool(names) and echoing.echoes(text[end:], names[0].lower(), ())


def _is_on_listing(known: Vocabulary, sentence: Sentence) -> bool:
    """Whether it names something that a listing makes up: "the variable winner"."""
    source = known.reading.sentences[sentence.order]
    named = {source.text[mark.start : mark.end].partition("(")[0] for mark in source.marks if mark.kind == "code"}
    named |= set(re.findall(r"\b(?:variable|function|class|object|task|method|module)s? (\w+)", sentence.text))
    return not known.examples.isdisjoint(named)


def _is_marked(known: Vocabulary, sentence: Sentence, noun: tuple[str, ...]) -> bool:
    """Whether a word of ``noun`` is written as code, and so is a name."""
    source = known.reading.sentences[sentence.order]
    return not {source.text[mark.start : mark.end] for mark in source.marks if mark.kind == "code"}.isdisjoint(noun)


def _definite(text: str) -> list[tuple[str, ...]]:
    """Return the nouns with their adjectives behind "the" that nothing behind them tells apart."""
    found: list[tuple[str, ...]] = []
    for match in re.finditer(r"\b[Tt]he ((?:[\w'/.-]+ ?)+)", text):
        row: list[str] = []
        follower = ""
        for word in match[1].split():
            follower = word.lower()
            if row and (follower in ENDS or follower in THIRD_PERSON or follower.endswith("ed")):
                break
            row.append(word.strip("."))
            follower = ""
            if len(row) == 4:
                break
        is_plain = all(re.fullmatch(r"[a-z][a-z'-]*", word) for word in row)
        if row and is_plain and follower not in FOLLOWED and not follower.endswith("ed") and ORDINAL.isdisjoint(row):
            found.append(tuple(row))
    return found


def _is_known(known: Vocabulary, sentence: Sentence, noun: tuple[str, ...]) -> bool:
    """Whether a title, the sentence itself or much of the text has spoken of ``noun`` before."""
    before = sentence.text[: sentence.text.find(" ".join(noun))]
    titles = known.reading.section(sentence)
    named = {stem(word) for title in (known.reading.document.title or "", titles.title, *titles.parents)
             for word in words(title)} | {stem(word) for word in words(before)}  # fmt: skip
    if any(term in known.terms and known.terms[term].is_defined for term in (" ".join(noun), noun[-1])):
        return True
    own = [stem(word.split("'")[0]) for word in noun if word not in KNOWN]
    return all(word in named or word in COMMON_STEMS and len(noun) > 1 or _is_spread(known, word) for word in own)


def _is_spread(known: Vocabulary, word: str) -> bool:
    reading = known.reading
    sections = {reading.section_of[reading.sentences[order].block] for order in known.users.get(word, ())}
    count = len(reading.sections)
    return len(sections) >= max(min(LEAST_SECTIONS, count // 2), count // SHARE)
