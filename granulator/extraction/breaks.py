"""Where a sentence can be broken off so that its ending can be asked for. Compares no endings."""

from __future__ import annotations

import re
from dataclasses import dataclass

from granulator.extraction import sentences, subjects
from granulator.extraction.phrasing import AUXILIARIES, BROKEN_WORD, FIRST_PERSON, RELATIVES, VERBS
from granulator.extraction.sections import Reading
from granulator.extraction.sentences import Sentence
from granulator.extraction.terms import DETERMINERS
from granulator.extraction.vocabulary import content_words, listed

FINITE = re.compile(
    r",? (?P<joint>because|so that|unless|until|if|when|whenever|even if|even though|although|as long as|as soon as"
    r"|which means(?: that)?|but only if|only if|only when) (?!not |necessary|possible|needed|so |any )"
)
PURPOSE = re.compile(r",? (?P<joint>in order to|so as to|to) (?=(?P<verb>[a-z]+) )")
MEANS = re.compile(r" (?P<joint>by) (?=\w{3,}ing\b)")
LEADING = re.compile(r"(?P<joint>If|When|Whenever|Unless|Because|Although|Once|After|Before|Until|To|In order to) ")
MAIN_OPENING = re.compile(
    r"(?:the|a|an|it|they|he|she|you|all|any|each|every|no|its|their|your|there|most|many|some|only)\b", re.IGNORECASE
)
PRONOUN_OPENING = re.compile(r"(?:it|they|he|she|its|their|this|these|that)\b", re.IGNORECASE)
JOINED = re.compile(r"(?:and|or|but|nor|then|which|not|else|so|as|than|because|if|when|\w+ed,)\b", re.IGNORECASE)

FACTUAL = listed("because although that though means")
OPEN = RELATIVES | listed("and or but yet only not then so for except")
"""Words after which nothing has been said yet that could be completed."""

AIMS = listed("""
    prevent avoid ensure allow make keep reduce protect improve enable support save provide guarantee simplify determine
    find check detect create build control decide show let give maintain restore change store identify distinguish
""")
"""Verbs that tell a purpose even without a comma before "to"."""

UNTIDY = re.compile(
    r"[;:{}\[\]@]|[.!?] |\bsee (?:the|also|below)\b"
    r"|,.*,|, (?:they|it|he|she|you|this|so|or|as|and (?:they|it|he|you))\b| -- |\b(?:above|below)\b",
    re.IGNORECASE,
)
"""Signs of more than one statement, of markup, or of a place in the text."""

LEAST_STEMS = 3
LENGTHS = (4, 20)
"""Words of an ending."""

SUBJECT = "subject "
"""How the kind of a break after a subject begins; the verb or its form follows."""

LONGEST_SUBJECT = 9
PLURAL_VERBS = listed("are were have do aren't weren't haven't don't")
PAST_VERBS = listed("was were had did wasn't weren't hadn't didn't")
UNREAL = listed("would could might wouldn't couldn't")
"""Verbs that speak of a case told before."""

BEHIND_NOUN = re.compile(r" (?:of|in|for|with|to|on|under|from|by|at|about|between|without|\w{2,}ed|\w{2,}ing)\b")
"""What follows the noun of a subject and says more about it."""

ARTICLE = re.compile(r"(?:the|an?|one|its|their) ", re.IGNORECASE)
EQUATED = re.compile(r"(?:is|are|was|were) the ")
"""What says which of several things one is, so that either could be the subject: "the custodian was the union"."""

MODAL_VERBS = listed("can cannot could will would shall should may might must can't couldn't won't wouldn't shouldn't")
OPEN_SUBJECT = re.compile(
    r"\b(?:similar|other|another|such|same|second|third|next|previous|related|new|default|result|resulting|case|cases"
    r"|no|none|nothing|few|examples?|instance|exceptions?|reasons?|purpose|problems?|solutions?|goals?|idea)\b",
    re.IGNORECASE,
)
OPEN_PREDICATE = re.compile(
    r"\b(?:also|too|then|however|therefore|thus|both|either|same|another|(?<!each )other|others|again|still|instead"
    r"|just|already|now|here|above|below|former|latter|as well|following|such|who|called|named)\b"
    r"|^(?:is|are|was|were) that\b|^(?:can|will|must|should|may|does|did) (?:the|an?|this|they|we|you|it|its)\b",
    re.IGNORECASE,
)
"""Signs that a statement takes up another one, or gives a name that says which subject is meant."""


@dataclass(frozen=True, slots=True)
class Break:
    """A sentence broken off at ``at``; ``kind`` says which endings fit the grammar there."""

    sentence: Sentence
    at: int
    ending: str
    kind: str
    joint: str
    head_stems: frozenset[str]
    stems: frozenset[str]

    @property
    def is_fact(self) -> bool:
        """Whether the text lays the ending down as true under any condition."""
        return self.joint in FACTUAL


def breaks(reading: Reading) -> dict[str, list[Break]]:
    """Return the places where a sentence can be broken off, by kind and in the order of the text."""
    found: dict[str, list[Break]] = {}
    for order in reading.usable:
        sentence = reading.sentences[order]
        for one in (_broken(sentence), _said(sentence)):
            if one is None:
                continue
            found.setdefault(one.kind, []).append(one)
    return found


def _broken(sentence: Sentence) -> Break | None:
    text = sentence.text
    leading = LEADING.match(text)
    if leading:
        comma = text.find(", ")
        joint = leading["joint"].lower()
        return _checked(sentence, comma + 2, _kind_of_main(joint, text, comma), joint) if comma > 0 else None
    for pattern, kind in ((FINITE, "clause"), (PURPOSE, "purpose"), (MEANS, "means")):
        places = [place for place in pattern.finditer(text) if _is_border(text, place, kind)]
        if len(places) == 1:
            return _checked(sentence, places[0].end(), kind, places[0]["joint"].rpartition(" ")[2])
    return None


def _said(sentence: Sentence) -> Break | None:
    """Break the sentence off after its subject, where that names something and all the rest is said of it."""
    text = sentence.text
    at = subjects.end(text)
    head, predicate = text[:at].strip(), text[at:-1]
    if at < 0 or len(head.split()) > LONGEST_SUBJECT or not sentences.is_plain(predicate):
        return None
    verb = predicate.partition(" ")[0]
    if OPEN_PREDICATE.search(predicate) or verb in UNREAL or (EQUATED.match(predicate) and ARTICLE.match(head)):
        return None
    kind = SUBJECT + ("many" if _has_many(head, verb) else "one") + (" past" if verb in PAST_VERBS else "")
    return _checked(sentence, at, kind, verb if verb in AUXILIARIES else "does")


def _has_many(head: str, verb: str) -> bool:
    """Whether the subject ``head`` is a plural; only a modal verb leaves that to the subject."""
    if verb in MODAL_VERBS:
        core = BEHIND_NOUN.split(head, maxsplit=1)[0]
        return core.endswith("s") or head.startswith(("All ", "Most ", "Many "))
    return verb in PLURAL_VERBS or (verb not in AUXILIARIES and not verb.endswith("s"))


def _is_border(text: str, place: re.Match[str], kind: str) -> bool:
    """Whether a whole clause stands before ``place``, and behind it what its kind asks for."""
    head, tail = text[: place.start()], text[place.end() : -1]
    if head.rpartition(" ")[2].lower() in OPEN or not sentences.is_clause(head):
        return False
    is_marked = kind == "purpose" and (place["joint"] != "to" or place[0].startswith(","))
    if kind == "purpose" and place["verb"] not in (VERBS if is_marked else AIMS):
        return False
    return sentences.is_clause(tail) == (kind == "clause")


def _kind_of_main(joint: str, text: str, comma: int) -> str:
    """Return the kind of a main clause behind an introduction that ends at ``comma``, "" when it may not end there."""
    rest = text[comma + 2 : -1]
    is_aim = joint in ("to", "in order to") and text[len(joint) + 1 :].partition(" ")[0] not in DETERMINERS
    is_introduced = is_aim or sentences.is_clause(f"there {text[:comma].partition(' ')[2]}")
    is_plain = MAIN_OPENING.match(rest) is not None or "," not in rest
    return "main" if is_introduced and is_plain and sentences.is_clause(rest) else ""


def _checked(sentence: Sentence, at: int, kind: str, joint: str) -> Break | None:
    ending = sentence.text[at:-1]
    one = Break(
        sentence,
        at,
        ending,
        kind,
        joint,
        frozenset(content_words(sentence.text[:at])),
        frozenset(content_words(ending)),
    )
    is_open = kind == "clause" and "," in ending
    is_sound = (
        not is_open
        and not sentences.is_pointing(sentence)
        and kind != ""
        and LENGTHS[0] <= len(ending.split()) <= LENGTHS[1]
        and ending.strip(" .,;:") == ending
        and not UNTIDY.search(ending)
        and not BROKEN_WORD.search(ending)
        and ending.count("(") == ending.count(")")
        and ending.count('"') % 2 == 0
        and len(one.stems) >= LEAST_STEMS
        and len(one.head_stems - one.stems) >= (1 if kind.startswith(SUBJECT) else LEAST_STEMS)
        and not JOINED.match(ending)
        and not FIRST_PERSON.search(ending)
    )
    return one if is_sound else None
