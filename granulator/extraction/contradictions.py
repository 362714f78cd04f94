"""Statements of the text beside their contrary: one word of the sentence turned round. Chooses no question."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from granulator.extraction import candidates, distractors, sentences, subjects
from granulator.extraction.candidates import Vocabulary
from granulator.extraction.cloze import Item
from granulator.extraction.phrasing import THIRD_PERSON, VERBS
from granulator.extraction.sentences import Sentence
from granulator.extraction.vocabulary import content_words, words

RELATIONS = """
    before/after always/never increase/decrease increases/decreases increased/decreased increasing/decreasing
    more~than/less~than fewer~than/more~than greater~than/less~than at~least/at~most minimum/maximum highest/lowest
    largest/smallest oldest/newest longest/shortest first/last succeeds/fails accepts/rejects accept/reject
    includes/excludes ascending/descending asynchronously/synchronously explicitly/implicitly manually/automatically
    temporarily/permanently rises/falls rise/fall rose/fell begins/ends starts~with/ends~with uppercase/lowercase
    inside/outside enables/disables strengthens/weakens widens/narrows encourages/discourages
    simplifies/complicates horizontally/vertically horizontal/vertical
"""
"""What turns a statement into its contrary wherever it stands in the predicate."""

STATES = """
    required/optional mandatory/optional necessary/unnecessary allowed/forbidden permitted/forbidden
    prohibited/permitted enabled/disabled possible/impossible mutable/immutable public/private internal/external
    valid/invalid legal/illegal safe/unsafe visible/invisible synchronous/asynchronous explicit/implicit
    local/remote temporary/permanent static/dynamic positive/negative accepted/rejected included/excluded
    known/unknown open/closed empty/full stable/unstable compatible/incompatible identical/different
    cheap/expensive easy/difficult rare/common strong/weak fast/slow case-sensitive/case-insensitive
    supported/unsupported encouraged/discouraged acceptable/unacceptable sufficient/insufficient
    recommended/deprecated reversible/irreversible dependent/independent lazy/eager
    larger/smaller longer/shorter higher/lower faster/slower newer/older bigger/smaller easier/harder
"""
"""What turns a statement round only when it is said of the subject: "the field is optional"."""

PREDICATED = re.compile(
    r"\b(?:is|are|was|were|be|been|becomes?|remains?|stays?)(?: (?:also|always|usually|now|much))? $|\\bmakes? it $"
)
MODAL = re.compile(
    r"\b(?:may|might|could|can|sometimes|occasionally|some|several|either|or|whether|try|tries|unless|except|than one"
    r"|rather|almost|nearly|about|approximately|instead|both|between|not only|even|only|but|depending|depends"
    r"|up to|up or)\b",
    re.IGNORECASE,
)
"""Words with which a statement and its contrary may both be right."""

CONDITION = re.compile(
    r"\b(?:if|when|whenever|while|until|once|that|which|who|where|because|as|so|since|although|though|whereas)\b",
    re.IGNORECASE,
)
IDIOM = re.compile(r"\b(?:nothing|no|not|n['\u2019]t|cannot|never)\b|\b(?:first|last) time\b", re.IGNORECASE)
"""What a statement already denies is not turned round by the opposite of another word."""

SCOPED = re.compile(
    r"\b(?:any|anything|anyone|anywhere|ever|either|yet|nor|but|rather|until|unless|at all|only|necessarily|just|merely"
    r"|enough|because|or|even|much|many|all|every|both|really|simply|exactly|so)\b",
    re.IGNORECASE,
)
"""Words that read wrongly, or mean something else, without the "not" before them."""

NEGATED = re.compile(
    r"\b(?:(?P<verb>is|are|was|were|must|should|will|shall|has|have|had)(?: not|n['\u2019]t)"
    r"|(?P<can>can)(?:not| not|['\u2019]t)"
    r"|(?P<do>does|do)(?: not|n['\u2019]t) (?P<what>[a-z]+))\b(?= [a-z])"
)
FORMS = {verb: form for form, verb in THIRD_PERSON.items()}
DENIED = {"can": "cannot"} | {verb: f"{verb} not" for verb in ("is", "are", "was", "were", "must", "will", "should")}
UNDENIABLE = re.compile(
    r"n't\b|\b(?:not|no|never|only|or|some|any|but|always|often|usually|you|try|may|might|both)\b", re.IGNORECASE
)
"""Words beside which a "not" would deny more or less than the whole, or something nobody asks about."""

MEASURE = re.compile(
    r" (?:\d|an?\b|the\b|that\b|one|two|three|four|five|six|seven|eight|nine|ten|half|twice|in\b|all|any)"
)
"""What stands behind "more than" when it compares; "more than able" does not."""

VERDICT = re.compile(r"\b(?:true|false|right|wrong)\b", re.IGNORECASE)
"""Words of the answer, which a statement to be judged had better not hold."""

LEAD = "Judge this statement:"
LONGEST = 32
MOST_OVERLAP = 0.5


def items(
    known: Vocabulary, orders: Iterable[int], ranks: Mapping[int, float], *, is_lively: bool = True
) -> list[Item]:
    """Return statements to be judged, the best first; the options are the right sentence and the wrong one.

    Unless ``is_lively``, the wrong one is the right one with a "not" in it.
    """
    found: list[Item] = []
    for order in orders:
        sentence = known.reading.sentences[order]
        if sentence.count <= LONGEST and candidates.is_fit(known, sentence) and not VERDICT.search(sentence.text):
            worth = candidates.standing(known.reading, sentence, ranks) - 0.03 * abs(sentence.count - 15)
            found.extend(
                _item(sentence, contrary, base + worth)
                for contrary, base in _turned(known, sentence, is_lively=is_lively)
            )
    return sorted(found, key=lambda item: (-item.worth, item.order, item.options))


def _item(sentence: Sentence, contrary: str, worth: float) -> Item:
    return Item(
        "true_false",
        f"{LEAD} {sentence.text}",
        "",
        (f"{LEAD} {sentence.text}", f"{LEAD} {contrary}"),
        sentence.text,
        sentence.start,
        sentence.end,
        sentence.order,
        -sentence.count / 60,
        "understand",
        worth=worth,
    )


def _turned(known: Vocabulary, sentence: Sentence, *, is_lively: bool) -> list[tuple[str, float]]:
    """Return the sentence made false, and how good that is; the best way only."""
    text = sentence.text
    lively = ((1.6, _reversed(text)), (1.4, _other_amounts(known, sentence)), (1.2, _affirmed(text)))
    ways = lively if is_lively else ((0.4, _denied(text)),)
    return next(([(contrary, base) for contrary in found] for base, made in ways if (found := list(made))), [])


def is_unsaid(known: Vocabulary, item: Item) -> bool:
    """Whether no other sentence has most words of the wrong statement and all that sets it apart from the right one."""
    right, wrong = (set(words(option)) for option in item.options)
    said = frozenset(content_words(item.options[1].removeprefix(LEAD)))
    shared = Counter(order for word in said for order in known.users.get(word, ()))
    alike = [order for order, count in shared.items() if count >= MOST_OVERLAP * len(said) and order != item.order]
    return not any(wrong - right <= set(words(known.reading.sentences[order].text)) for order in alike)


def _reversed(text: str) -> Iterator[str]:
    """Yield the sentence with one word turned into its opposite."""
    if MODAL.search(text):
        return
    for match in () if IDIOM.search(text.replace("never", "", 1)) else OPPOSITE.finditer(text):
        word = match[0].lower()
        head = text[: match.start()]
        is_state = word in STATE_WORDS
        tail = text[match.end() :]
        if is_state and (not PREDICATED.search(head) or tail.startswith(" to ")):
            continue
        if (
            CONDITION.search(head)
            or not (word in ("always", "never") or sentences.has_verb(head))
            or text.lower().count(word) > 1
        ):
            continue
        if word in ("first", "last") and not head.endswith("the "):
            continue
        if word.endswith(" than") and not MEASURE.match(tail):
            continue
        other = OPPOSITES[word]
        if re.search(rf"\b{re.escape(other)}\b", text, re.IGNORECASE):
            continue
        yield head + other + tail


def _other_amounts(known: Vocabulary, sentence: Sentence) -> Iterator[str]:
    if MODAL.search(sentence.text):
        return
    for candidate in candidates.numbers(known.reading, sentence, {}):
        wrong = distractors.amounts(known, candidate)
        if wrong:
            occurrence = candidate.occurrence
            yield sentence.text[: occurrence.start] + wrong[0] + sentence.text[occurrence.end :]


def _affirmed(text: str) -> Iterator[str]:
    """Yield the sentence without its one "not"."""
    found = list(NEGATED.finditer(text))
    if len(found) != 1 or re.search(r"\b(?:no|never|nothing|none|neither)\b", text, re.IGNORECASE):
        return
    match = found[0]
    tail = text[match.end() :]
    if SCOPED.search(tail) or CONDITION.search(text[: match.start()]):
        return
    said = match["verb"] or match["can"] or _inflected(match["do"], match["what"])
    if said:
        yield text[: match.start()] + said + tail


def _inflected(auxiliary: str, verb: str) -> str:
    """Return the verb as it is without its auxiliary, "" when it is no known one."""
    if verb not in FORMS:
        return ""
    return FORMS[verb] if auxiliary == "does" else verb


def _denied(text: str) -> Iterator[str]:
    """Yield the sentence with its main verb denied, where it has a plain subject: "does not hold" for "holds"."""
    at = subjects.end(text)
    if at < 0 or UNDENIABLE.search(text):
        return
    verb = text[at:].partition(" ")[0]
    denied = DENIED.get(verb) or _denial(verb)
    if denied:
        yield text[:at] + denied + text[at + len(verb) :]


def _denial(verb: str) -> str:
    if verb in THIRD_PERSON:
        return f"does not {THIRD_PERSON[verb]}"
    return f"do not {verb}" if verb in VERBS else ""


def _pairs(text: str) -> dict[str, str]:
    """Return both directions of ``text``, where a pair is "one/other" and "~" is a space; the first one counts."""
    found: dict[str, str] = {}
    for pair in text.split():
        left, right = pair.replace("~", " ").split("/")
        found.setdefault(left, right)
        found.setdefault(right, left)
    return found


STATE_WORDS = frozenset(_pairs(STATES))
OPPOSITES = _pairs(RELATIONS) | _pairs(STATES)
OPPOSITE = re.compile(
    r"(?<![\w'-])(?:" + "|".join(sorted(map(re.escape, OPPOSITES), key=len, reverse=True)) + r")(?![\w'-])",
    re.IGNORECASE,
)
