"""Sentences that say what a term is: "A berth is a place at the quay". Lists of definitions are in ``glossary``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from granulator.extraction import sentences
from granulator.extraction.sections import Reading
from granulator.extraction.sentences import Sentence
from granulator.extraction.terms import MODIFIERS
from granulator.extraction.vocabulary import STOP_WORDS, listed, words

LONGEST_TERM = 4
LEAST_COMPLEMENT = 4
"""So many words must say what the term is."""

IS = re.compile(
    r"(?:(?P<article>An?|The|Each|Every)\s+)?(?P<term>[\w\"'\u201c][^\s,;:()]*(?: [\w\"'\u201c][^\s,;:()]*){0,4}?)"
    r"(?:\s+\((?P<short>[^()]{2,30})\)|,? (?:or|(?:also |sometimes |often )?(?:called|known as|abbreviated))"
    r" (?:an? |the )?(?P<other>[^,.;()]{2,30}),)?"
    r"\s+(?:(?P<verb>is|are)\s+(?:(?:simply|basically|usually|typically|essentially|just|also)\s+)?"
    r"(?P<kind>an?|the|any|one)|(?P<means>means|refers? to|stands? for|denotes?))\s+(?P<rest>\S.*)",
    re.DOTALL,
)
PLURAL_IS = re.compile(
    r"(?P<term>[A-Z][\w-]+(?: [\w-]+){0,2}?s)\s+are\s+(?P<rest>[a-z][\w-]*(?: [\w-]+){0,4}? that\b.*)"
)
NAMED = re.compile(
    r"\b(?<!not )(?:is|are|often|usually|sometimes|commonly|also) (?:called|known as|termed|referred to as|named)\s+"
    r"(?:an? |the )?(?P<term>[^,.;:()]{3,40}?)(?=[.,;:()]|\s(?:and|or|which|because|if|when|in|of|that|for)\b)"
)
ALSO = re.compile(
    r"(?:,| \(|;) ?(?:also|sometimes|often) (?:called|known as|referred to as|abbreviated(?: as| to)?)\s+"
    r"(?:an? |the )?(?P<term>[^,.;:()]{2,30}?)(?=[.,;:()]|$)"
)
EMPTY_KINDS = listed("""
    lot bit few must good bad great different matter little important useful best better same only most first last next
    problem reason mistake question case example fact way time further separate similar nice one shame pity pleasure
    following above valid legal handy convenient more less very rather quite default result choice
""")
"""What says nothing about what a thing is, as in "is a good idea"."""

VAGUE = listed("""
    problem reason result difference example purpose idea goal advantage disadvantage aim point question case effect
    trick key solution issue order other others exception caveat benefit drawback consequence conclusion change way
    intention intent motivation meaning limitation alternative choice thing rest following answer
""")
"""What a sentence may speak of but does not define, with words before it or without."""

NOT_DEFINED = VAGUE | listed("""
    argument value default second type kind sort number author text book chapter section page document manual
    tutorial introduction version name there output input term word content contents part behavior behaviour
    approach step steps line lines figure table everything nothing something anything someone anyone what who which
    where all none both each every only most many some any several here now today one two three four first third
    last results limit same body return simplest
""")
"""What is no term when it stands alone or comes first."""

CAN_LEAD = listed("key table page type line text word value name number document section step order")
"""Words that begin terms such as "page table" though they are none themselves."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A term and the sentence that says what it is; ``others`` are further names the sentence gives it.

    ``kind`` are the words that say what it is, without what follows "that" or "which".
    """

    term: str
    sentence: Sentence
    others: tuple[str, ...] = ()
    kind: str = ""


def statements(reading: Reading, uses: Mapping[str, int]) -> tuple[Statement, ...]:
    """Return what complete sentences outside boilerplate define; ``uses`` counts phrases in lower case."""
    found: list[Statement] = []
    for order in reading.usable:
        sentence = reading.sentences[order]
        if sentences.stands_alone(sentence):
            found.extend(_of(sentence, uses))
    return tuple(found)


def _of(sentence: Sentence, uses: Mapping[str, int]) -> Iterator[Statement]:
    said = IS.match(sentence.text)
    if said and (term := _term(said, uses)) and _tells(said["rest"], is_meaning=bool(said["means"])):
        others = [other for other in (said["short"], said["other"]) if other and _is_name(other)]
        others += [also["term"].strip("\"'\u201c\u201d") for also in ALSO.finditer(said["rest"])]
        kind = "" if said["means"] or said["kind"] == "the" else _kind(said["rest"])
        yield Statement(term, sentence, tuple(dict.fromkeys(others)), kind)
        return
    many = PLURAL_IS.match(sentence.text)
    if many and _is_name(many["term"]) and uses.get(many["term"].lower(), 0) >= 2:
        yield Statement(many["term"], sentence, (), _kind(many["rest"]))
        return
    named = NAMED.search(sentence.text)
    if named and (marked := _marked(sentence, named)):
        yield Statement(marked, sentence)


def _term(said: re.Match[str], uses: Mapping[str, int]) -> str:
    """Return the term a sentence begins with, "" when that is none."""
    term, article = said["term"].strip("\"'\u201c\u201d"), said["article"]
    if not _is_name(term):
        return ""
    row = term.lower().split()
    used = uses.get(term.lower(), 0)
    # "The lock is a ..." speaks of one lock; what a text often speaks of is a term of it.
    least = 3 if article == "The" else 1 if article in ("A", "An") or len(row) > 1 else 2
    return term if used >= least else ""


def _is_name(term: str) -> bool:
    row = re.findall(r"[^\s\"'\u201c\u201d]+", term)
    if not 1 <= len(row) <= LONGEST_TERM or len(term) > 40 or not re.search(r"[^\W\d_]{2}", term):
        return False
    lowered = [word.lower() for word in row]
    inner = [word for word in lowered if word not in ("of", "in", "and", "for", "to", "by")]
    head = lowered[lowered.index("of") - 1] if "of" in lowered[1:] else lowered[-1]
    return (
        not any(word in STOP_WORDS or word in MODIFIERS for word in inner)
        and not any(word.endswith("ly") for word in inner[:-1])
        and lowered[0] not in ("of", "in", "and", "for", "to", "by")
        and lowered[-1] not in ("of", "in", "and", "for", "to", "by")
        and head not in (VAGUE if len(row) > 1 else NOT_DEFINED)
        and lowered[0] not in NOT_DEFINED - CAN_LEAD
        and not (len(row) == 1 and lowered[0].endswith("ly"))
        and (head not in MODIFIERS or len(row) == 1)
    )


def _tells(rest: str, *, is_meaning: bool) -> bool:
    row = words(rest)
    if len(row) < LEAST_COMPLEMENT or (row[0] in EMPTY_KINDS and not is_meaning):
        return False
    return not rest.lower().startswith(("kind of like", "example of", "thing", "great ", "one of the"))


def _kind(rest: str) -> str:
    """Return the noun phrase a definition begins with."""
    return (
        re.split(
            r"\s(?:that|which|who|where|whose|used|for|with|in|on|at|by|from|to|of|between|made|containing|as)\b"
            r"|[,.;:(]",
            rest,
            maxsplit=1,
        )[0]
        .strip()
        .lower()
    )


def _marked(sentence: Sentence, named: re.Match[str]) -> str:
    """Return a term that is given its name here: set off from the text, or all there is up to the full stop."""
    start, end = named.span("term")
    mark = next(
        (one for one in sentence.marks if start <= one.start <= end and one.kind in ("emphasis", "strong", "code")),
        None,
    )
    if mark:
        term = sentence.text[mark.start : mark.end]
    else:
        quoted = re.match(r"[\"'\u201c](.{2,40}?)[\"'\u201d]", sentence.text[start:])
        term = quoted[1] if quoted else named["term"] if sentence.text[end : end + 1] == "." else ""
    return term if term and _is_name(term) else ""
