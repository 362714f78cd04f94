"""Questions for the option, setting or command that serves a purpose which a sentence names. Leaves nothing blank."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from granulator.extraction import descriptions, distractors, echoing, siblings
from granulator.extraction.candidates import Candidate, Vocabulary
from granulator.extraction.cloze import Item
from granulator.extraction.described import Thing
from granulator.extraction.distractors import DISTRACTORS
from granulator.extraction.phrasing import THIRD_PERSON
from granulator.extraction.sentences import Sentence
from granulator.extraction.statements import ASIDE, OPENING, VAGUE
from granulator.extraction.terms import Occurrence, Term
from granulator.extraction.vocabulary import content_words, words

SHORT_FLAG = re.compile(r"-[A-Za-z]")
"""Letters are flags of many programs, and say too little to be told apart."""

SHAPES = frozenset({"flag", "constant", "compound", "dotted", "call"})
HERE = "\0"
NOUN = (
    r"(?:command[- ]line )?(?:option|flag|switch|argument|setting|parameter|command|method|function"
    r"|environment variable|variable|keyword|attribute|directive|decorator|field|header|property"
    r"|configuration option|config option)"
)
TOKEN = rf"(?:[Tt]he |[Aa]n? )?(?:(?P<before>{NOUN}) )?{HERE}(?:=\S+)?(?: (?P<after>{NOUN}))?"
USE = r"(?:use|pass|set|specify|add|run|call|invoke|supply|provide|define)"
BY = r"(?:by (?:using|passing|setting|adding|specifying|calling|running|providing)|using|with|via|through)"
TAIL = r"(?: (?:on|from|in|to) (?:the |your )?[\w-]+(?: [\w-]+)?)?[.:]$"
FORMS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:You can |The user can )?(?i:{USE}) {TOKEN} (?:on the command line )?to (?P<aim>.+)[.:]$",
        rf"(?:In order to|To) (?P<aim>[^,]+), (?:you can |simply |just )?{USE} {TOKEN}{TAIL}",
        rf"If you (?:want|need|wish|would like) to (?P<aim>[^,]+), (?:you can |simply |just )?{USE} {TOKEN}{TAIL}",
        rf"You can (?P<aim>.+?) {BY} {TOKEN}{TAIL}",
        rf"{TOKEN} (?P<does>[a-z]+ .+)[.:]$",
        rf"(?P<what>[A-Z][^,]+?) can be (?P<done>\w+) {BY} {TOKEN}(?: and .+\.|{TAIL[:-1]})$",
    )
)
LEANING = re.compile(
    r"\b(?:this|these|those|it|its|they|them|their|above|below|following|same|also|instead|another|other|such|so|then"
    r"|example|here|previous|we|our|directly|differently|e\.g|i\.e|etc)\b|[:;(){}<>|]|\.\.\.",
    re.IGNORECASE,
)
BESIDE = re.compile(
    r"\b(?:windows|macos|legacy|deprecated|obsolete|examples?|changes|history|contribut\w*)\b", re.IGNORECASE
)
MOST_SHARED = 0.4
COUNTS = (3, 22)
LEAST_STEMS = 3


def items(known: Vocabulary, things: Sequence[Thing], first: int, last: int) -> Iterator[Item]:
    """Yield questions on the sentences in blocks ``first`` to ``last`` that tell what something is used for.

    ``things`` are offered as wrong answers too, where the text describes them as something else.
    """
    reading = known.reading
    for term in sorted(known.terms.values(), key=lambda one: one.key):
        if term.shape[0] not in SHAPES or term.is_mixed or SHORT_FLAG.match(term.text):
            continue
        for occurrence in term.occurrences:
            sentence = reading.sentences[occurrence.order]
            if first <= sentence.block < last and not reading.section(sentence).is_boilerplate:
                item = _item(known, things, sentence, term, occurrence)
                if item:
                    yield item
                    break


def _item(
    known: Vocabulary, things: Sequence[Thing], sentence: Sentence, term: Term, occurrence: Occurrence
) -> Item | None:
    text = sentence.text[: occurrence.start] + HERE + sentence.text[occurrence.end :]
    bare = OPENING.sub("", ASIDE.sub("", text), count=1)
    bare = bare[:1].upper() + bare[1:]
    title = known.reading.section(sentence).title
    if bare.count(HERE) != 1 or VAGUE.search(bare) or BESIDE.search(title):
        return None
    question = next((asked for form in FORMS if (found := form.match(bare)) and (asked := _asked(found, term))), "")
    if not question:
        return None
    wrong = _wrong(known, Candidate(0.0, sentence, term, occurrence), question)
    wrong = [*wrong, *_described(things, term, question, wrong)][:DISTRACTORS]
    if len(wrong) < DISTRACTORS or echoing.echoes(question, term.text, wrong):
        return None
    worth = 1.0 + 0.2 * (len(set(content_words(title)) & sentence.stems) > 0)
    start, end, order = sentence.start, sentence.end, sentence.order
    return Item("multiple_choice", question, term.text, (term.text, *wrong), sentence.text, start, end, order, 0.0,
                "remember", worth=worth)  # fmt: skip


def _asked(found: re.Match[str], term: Term) -> str:
    """Return the question a sentence of a known form answers, "" when what it says does not stand alone."""
    parts = found.groupdict()
    noun = parts["before"] or parts["after"] or _noun(term)
    told = parts.get("aim") or parts.get("does") or parts.get("what") or ""
    count = len(words(told))
    is_told = COUNTS[0] <= count <= COUNTS[1] or (parts.get("done") and count >= 1)
    if not is_told or LEANING.search(told) or len(set(content_words(found.string))) < LEAST_STEMS:
        return ""
    if parts.get("aim"):
        if told.startswith("not "):
            return ""
        return f"Which {noun} is used to {parts['aim']}?"
    if parts.get("does"):
        is_verb = parts["does"].partition(" ")[0] in THIRD_PERSON
        return f"Which {noun} {parts['does']}?" if is_verb and parts["does"].split()[0] != "has" else ""
    what = parts["what"]
    shown = what[0].lower() + what[1:] if what.split()[0] in ("The", "A", "An") else what
    return f"With which {noun} can {shown} be {parts['done']}?"


def _noun(term: Term) -> str:
    return {"flag": "option", "call": "function", "constant": "setting"}.get(term.shape[0], "of these names")


def _described(things: Sequence[Thing], answer: Term, question: str, used: Sequence[str]) -> list[str]:
    """Return the names of the answer's class that are described as something else than what is asked for."""
    asked = set(content_words(question))
    root = re.split(r"[_.]", answer.text.lstrip("-"))[0]
    return [
        one.term
        for one in things
        if one.text
        and one.term not in used
        and descriptions.are_apart(one.term, answer.text)
        and (one.term[:2] == "--" == answer.text[:2] or ("_" in answer.text and one.term.startswith(f"{root}_")))
        and len(asked & one.stems()) < MOST_SHARED * min(len(asked), len(one.stems()))
        and one.term.casefold() not in question.casefold()
    ]


def _wrong(known: Vocabulary, candidate: Candidate, question: str) -> list[str]:
    """Return three terms of the same class that the text never says this of, those first that stand near."""
    answer = candidate.term
    pool = [
        other
        for other in known.shapes.get(answer.shape, ())
        if siblings.are_alike(known.siblings, answer, other) and distractors.may_stand(answer, other, question)
    ]
    near = sorted(pool, key=lambda other: (other.distance(candidate.sentence.order), other.key))
    chosen: list[Term] = []
    for other in near:
        if len(chosen) < DISTRACTORS and distractors.is_surely_wrong(known, candidate, other):
            chosen.append(other)
    return [other.text for other in chosen]
