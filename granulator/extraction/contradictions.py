"""Statements of the text beside their contrary: one word of the sentence turned round. Chooses no question."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from granulator.extraction import candidates, distractors, sentences, statements
from granulator.extraction.candidates import Vocabulary
from granulator.extraction.cloze import Item
from granulator.extraction.sentences import Sentence
from granulator.extraction.vocabulary import content_words, words

RELATIONS = """
    before/after increase/decrease increases/decreases increased/decreased increasing/decreasing more~than/less~than
    fewer~than/more~than greater~than/less~than at~least/at~most minimum/maximum highest/lowest largest/smallest
    oldest/newest longest/shortest first/last succeeds/fails accepts/rejects accept/reject ascending/descending
    asynchronously/synchronously explicitly/implicitly manually/automatically temporarily/permanently begins/ends
    starts~with/ends~with uppercase/lowercase inside/outside enables/disables strengthens/weakens widens/narrows
    simplifies/complicates horizontally/vertically horizontal/vertical stdout/stderr top/bottom prepended/appended
    succeed/fail recursively/non-recursively
"""
"""What turns a statement into its contrary wherever it stands in the predicate."""

STATES = """
    required/optional mandatory/optional necessary/unnecessary allowed/forbidden permitted/forbidden
    prohibited/permitted enabled/disabled possible/impossible mutable/immutable public/private internal/external
    valid/invalid legal/illegal safe/unsafe visible/invisible synchronous/asynchronous explicit/implicit
    temporary/permanent static/dynamic positive/negative accepted/rejected included/excluded open/closed empty/full
    stable/unstable compatible/incompatible identical/different cheap/expensive easy/difficult rare/common strong/weak
    fast/slow case-sensitive/case-insensitive supported/unsupported encouraged/discouraged acceptable/unacceptable
    sufficient/insufficient recommended/deprecated reversible/irreversible dependent/independent lazy/eager
    encrypted/unencrypted compressed/uncompressed sorted/unsorted larger/smaller longer/shorter higher/lower
    faster/slower newer/older bigger/smaller easier/harder
"""
"""What turns a statement round only when it is said of the subject: "the field is optional"."""

ACTIONS = """
    honored/ignored honoured/ignored enable/disable enabled/disabled enables/disables enabling/disabling allows/forbids
    accept/reject accepts/rejects accepted/rejected encrypts/decrypts encrypt/decrypt compresses/decompresses
    increase/decrease increases/decreases grows/shrinks raises/lowers locks/unlocks opens/closes starts/stops
    uploads/downloads correctly/incorrectly speeds~up/slows~down persistent/temporary faster/slower larger/smaller
    higher/lower older/newer longer/shorter cheaper/dearer source/destination sender/receiver
"""
"""What makes a statement false even where it tells what can be done."""

OPEN_CASE = re.compile(
    r"\b(?:may|might|could|sometimes|some|several|whether|unless|except|rather|almost|nearly|about|not only"
    r"|depend\w*)\b",
    re.IGNORECASE,
)

PREDICATED = re.compile(
    r"\b(?:is|are|was|were|be|been|becomes?|remains?|stays?)(?: (?:also|always|usually|now|much))? $|\bmakes? it $"
)
MODAL = re.compile(r"\b(?:can|occasionally|either|try|tries|than one|even|only|up to|up or)\b", re.IGNORECASE)
"""Words with which a statement and its contrary may both be right."""

CONDITION = re.compile(
    r"\b(?:if|when|whenever|while|until|once|that|which|who|where|because|as|so|since|although|though|whereas)\b",
    re.IGNORECASE,
)
IDIOM = re.compile(
    r"\b(?:nothing|nobody|none|no|not|n['\u2019]t|cannot|never)\b|\b(?:first|last) time\b", re.IGNORECASE
)
"""What a statement already denies is not turned round by the opposite of another word."""

MEASURE = re.compile(
    r" (?:\d|an?\b|the\b|that\b|one|two|three|four|five|six|seven|eight|nine|ten|half|twice|in\b|all|any)"
)
"""What stands behind "more than" when it compares; "more than able" does not."""

LEAD = "Judge this statement:"
MOST_OVERLAP = 0.5


def items(known: Vocabulary, orders: Iterable[int], ranks: Mapping[int, float]) -> list[Item]:
    """Return statements to be judged, the best first; the options are the right sentence and, if any, the wrong one."""
    found: list[Item] = []
    for sentence in statements.fit(known, orders):
        wrong = contrary(known, sentence)
        worth = candidates.standing(known.reading, sentence, ranks) - 0.03 * abs(sentence.count - 15)
        found.append(_item(sentence, wrong, worth, known.reading.sentences[sentence.order].text))
    return sorted(found, key=lambda item: (-item.worth, item.order))


def contrary(known: Vocabulary, sentence: Sentence) -> str:
    """Return ``sentence`` with one word or amount exchanged so that it is surely false, "" when there is no such."""
    made = (*_reversed(sentence.text), *_other_amounts(known, sentence), *_other_terms(known, sentence))
    return next((wrong for wrong in made if _is_unsaid(known, sentence, wrong)), "")


def _item(sentence: Sentence, wrong: str, worth: float, source: str) -> Item:
    return Item(
        "true_false",
        f"{LEAD} {sentence.text}",
        "",
        (f"{LEAD} {sentence.text}", *([f"{LEAD} {wrong}"] if wrong else [])),
        source,
        sentence.start,
        sentence.end,
        sentence.order,
        -sentence.count / 60,
        "understand",
        worth=worth,
    )


def _is_unsaid(known: Vocabulary, sentence: Sentence, wrong: str) -> bool:
    """Whether no other sentence has most words of the wrong statement and all that sets it apart from the right one."""
    changed = set(words(wrong)) - set(words(sentence.text))
    said = frozenset(content_words(wrong))
    shared = Counter(order for word in said for order in known.users.get(word, ()))
    alike = [order for order, count in shared.items() if count >= MOST_OVERLAP * len(said) and order != sentence.order]
    return not any(changed <= set(words(known.reading.sentences[order].text)) for order in alike)


def _reversed(text: str) -> Iterator[str]:
    """Yield the sentence with one word turned into its opposite."""
    if OPEN_CASE.search(text) or IDIOM.search(text.replace("never", "", 1)):
        return
    for match in OPPOSITE.finditer(text):
        other = OPPOSITES[match[0].lower()]
        if _turns(text, match) and not re.search(rf"\b{re.escape(other)}\b", text, re.IGNORECASE):
            yield text[: match.start()] + other + text[match.end() :]


def _turns(text: str, match: re.Match[str]) -> bool:
    """Whether the opposite of the word found makes the whole statement false, and leaves it readable."""
    word, head, tail = match[0].lower(), text[: match.start()], text[match.end() :]
    is_named = head != "" and match[0] != word
    if is_named or CONDITION.search(head) or text.lower().count(word) > 1 or head.endswith("your "):
        return False
    if word in ACTION_WORDS:
        return True
    if MODAL.search(text) or (
        word in STATE_WORDS and (not PREDICATED.search(head) or tail.startswith((" to ", " by ", " as ")))
    ):
        return False
    if word in ("first", "last") and not head.endswith("the "):
        return False
    is_told = word in ("always", "never") or sentences.has_verb(head)
    return is_told and (not word.endswith(" than") or MEASURE.match(tail) is not None)


def _other_amounts(known: Vocabulary, sentence: Sentence) -> Iterator[str]:
    if MODAL.search(sentence.text):
        return
    for candidate in candidates.numbers(known.reading, sentence, {}):
        wrong = distractors.amounts(known, candidate)
        if wrong:
            occurrence = candidate.occurrence
            yield sentence.text[: occurrence.start] + wrong[0] + sentence.text[occurrence.end :]


def _other_terms(known: Vocabulary, sentence: Sentence) -> Iterator[str]:
    """Yield the sentence with one term exchanged for another of its class that is surely wrong there."""
    if OPEN_CASE.search(sentence.text):
        return
    for candidate in candidates.candidates(known, [sentence.order], {}):
        answer = candidate.term.text
        if candidate.term.shape[0] == "number" or sentence.text.count(answer) != 1:
            continue
        wrong, _ = distractors.find(known, candidate, sentence.text.replace(answer, candidates.BLANK), is_strict=True)
        if wrong:
            yield sentence.text.replace(answer, wrong[0])


def _pairs(text: str) -> dict[str, str]:
    """Return both directions of ``text``, where a pair is "one/other" and "~" is a space; the first one counts."""
    found: dict[str, str] = {}
    for pair in text.split():
        left, right = pair.replace("~", " ").split("/")
        found.setdefault(left, right)
        found.setdefault(right, left)
    return found


STATE_WORDS = frozenset(_pairs(STATES))
ACTION_WORDS = frozenset(_pairs(ACTIONS))
OPPOSITES = _pairs(RELATIONS) | _pairs(STATES) | _pairs(ACTIONS)
OPPOSITE = re.compile(
    r"(?<![\w'-])(?:" + "|".join(sorted(map(re.escape, OPPOSITES), key=len, reverse=True)) + r")(?![\w'-])",
    re.IGNORECASE,
)
