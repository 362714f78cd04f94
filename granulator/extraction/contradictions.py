"""Statements of the text beside their contrary: one word of the sentence turned round. Chooses no question."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from granulator.extraction import (
    candidates,
    distractors,
    echoing,
    labels,
    outline,
    sentences,
    siblings,
    statements,
    subjects,
)
from granulator.extraction.candidates import Vocabulary
from granulator.extraction.cloze import Item
from granulator.extraction.described import ATTRIBUTES
from granulator.extraction.opposites import ACTION_WORDS, COUNTS, OPPOSITE, OPPOSITES, PLACES, STATE_WORDS, THIRDS
from granulator.extraction.phrasing import THIRD_PERSON, VERBS
from granulator.extraction.sentences import Sentence
from granulator.extraction.vocabulary import STOP_WORDS, content_words, listed, words

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
    r"\b(?:if|when|whenever|while|until|once|that|which|who|where|because|as|so|since|although|though|whereas|how|what"
    r"|why)\b",
    re.IGNORECASE,
)
IDIOM = re.compile(
    r"\b(?:nothing|nobody|none|no|not|n['\u2019]t|cannot|never)\b|\b(?:first|last) time\b", re.IGNORECASE
)
"""What a statement already denies is not turned round by the opposite of another word."""

CONTRACTED = re.compile(r"\b(wo|do|does|is|are|must|should|ca)n['\u2019]t\b")
FULL = {"wo": "will", "ca": "can"}
DENIAL = re.compile(
    r"\b(?:(?P<aid>does|do) not (?P<adverb>\w+ly )?(?P<verb>[a-z]+)\b"
    r"|(?P<modal>is|are|can|will|must|should) not (?=[a-z])"
    r"|(?P<never>must never) (?=[a-z])|(?P<whole>cannot) (?=[a-z]))"
)
INSEPARABLE = re.compile(r"(?:an?|the|only|just|yet|always|all|every|both|quite|really|very)\b")
"""What stands behind a "not" that denies a part of the sentence only."""

NEGATIVE = re.compile(
    r"\b(?:not?|never|cannot|any|anything|anyone|anybody|either|neither|nor|yet|until|unless|but|at all|ever|much"
    r"|without|none|nothing|only|whatsoever|necessarily|instead|rather|longer|except|even|need|so)\b|n['\u2019]t\b",
    re.IGNORECASE,
)
"""Words that go with a denial, so that the sentence would not be English without it."""

CONTRAST = re.compile(r"\b(?:but|rather|instead|only|just|unless|until|because|since|as)\b", re.IGNORECASE)
PRECEDENCE = re.compile(
    r"(?P<one>(?:The |A |An )?[\w./'-]+(?: [\w./'-]+){0,4}?) "
    r"(?P<verb>(?:always )?(?:takes? precedence over|overrides?|has precedence over|wins over|is faster than"
    r"|is slower than)) (?P<two>(?:the |a |an )?[\w./'-]+(?: [\w./'-]+){0,4}?)(?P<rest>\.)"
)
PRONOUN = re.compile(r"\b(?:it|its|this|that|they|their|which)\b", re.IGNORECASE)

MEANS = re.compile(r"\b(?:by|with|using|via|through)\b|^ [\w ]{2,20} to\b")
DISTINCT = re.compile(r"\b(?:[A-Z]{2,}|\d+|only|is (?:an?|the)) |_")
"""What is said of one kind of a thing so that it does not hold for another kind too."""

REASON = re.compile(r"\b(?:because|since|due to|therefore|thanks to)\b|^As ", re.IGNORECASE)
"""What says why a statement is right, and so betrays its contrary."""

AIM = re.compile(r"\b(?:in order to|so as to|to) \w+ it $|\bin order to\b")
COUNTED = re.compile(
    r"\b(?:exactly|at least|at most|up to|no more than|every|within|into|contains|has|have|takes|consists of|for|after)"
    r" "
    r"(?P<number>two|three|four|five|six|seven|eight|ten|twelve) (?=[a-z]+s\b)"
)

MEASURE = re.compile(
    r" (?:\d|an?\b|the\b|that\b|one|two|three|four|five|six|seven|eight|nine|ten|half|twice|in\b|all|any)"
)
"""What stands behind "more than" when it compares; "more than able" does not."""

HAPPENS = re.compile(
    r"\b(?:runs?|called|executed|applied|evaluated|performed|sent|loaded|processed|invoked|created|closed|started|stopped"
    r"|read|written|writes?|happens?|occurs?|fires?|fired|emitted|removed|deleted|added|checked|validated|saved|paid"
    r"|rendered|parsed|resolved|comes?|starts?|ends?|closes?|opens?|set|placed|inserted|installed|committed|leaves?)"
    r"(?: [\w-]+){0,9} $"
)
"""What is done at a time, so that another time makes a statement that can be believed."""

LEADING = re.compile(
    r"(?:By default,? )?(?:[Ii]f|[Ww]hen|Once|While|Whenever|After|Before|On|In|For|With|During|Under) [^,]{5,110}, "
    r"|By default,? "
)
AUXILIARY = re.compile(r"(?:(?P<modal>will|can|must)|(?P<be>is|are)|(?P<verb>[a-z]+s)) ")
AIM_BEHIND = re.compile(r"\bto (?!be\b|the\b|an?\b|[A-Z_./-]|each\b|all\b|its\b|\w+(?:s|ed)?[.,]$)[a-z]+ |\bwhenever\b")
"""An aim, which a denial does not reach."""

MANNER = re.compile(
    r", \w+ly\.$|^\w+ (?!automatically|explicitly|directly|immediately|implicitly)\w+ly\b|\b(?:usually|simply)\b"
)
"""A manner, which a denial would reach alone."""

DENIABLE = frozenset(THIRD_PERSON) - listed(
    "exists controls describes defines refers represents specifies means contains denotes indicates consists stands"
)
"""Verbs that tell what happens, not what a thing is for."""

FURTHER = re.compile(r", (?:and|so|but)\b")
MODAL_BEHIND = re.compile(
    r"(?P<head>(?:An?|The) (?:[\w-]+ ){1,3}(?:that|which|who) "
    r"(?!(?:\w+ )*?(?:must|will|cannot)\b.*\b(?:must|will|cannot)\b)[^,]{3,60}? )(?:must|will) (?!not\b)"
)
"""A subject with a clause about it, and the one modal verb behind it."""

ONLY = re.compile(
    r"\b(?P<be>is|are|can be|may be) only (?=\w+(?:ed|en|able|t) (?:in|by|when|if|with|for|on|from|at|as)\b)"
)
TELLING = re.compile(
    r"\b(?:if|when|automatically|by default|first|last|before|after|maximum|minimum|requires|needs"
    r"|depends|inherits|accepts|returns|raises|waits|blocks|overrides)\b"
)
TOLD_OF = re.compile(
    r"(?:\w+ly )?(?:\w{2,}ed|set|kept|sent|read|written|run|built|made|put|given|taken|shown|known|hidden"
    r"|case-sensitive|required|optional|mutable|immutable|thread-safe|available|possible|allowed|visible|unique"
    r"|inherited|shared) "
    r"(?!by\b|to be\b)|(?:\w+ly )?\w{2,}(?:ed|tional|ible|able)\."
)
"""What a subject is said to be so that the contrary can be believed; not what it is by its nature, nor by whom."""

EVERY = re.compile(r"(?:All|Every|Each|Any|Both|Many|Most|None|No|Only)\b")
"""With these, a denial denies less than it seems."""

LEAD = "Judge this statement:"
MOST_OVERLAP = 0.5


def items(known: Vocabulary, orders: Iterable[int], ranks: Mapping[int, float]) -> list[Item]:
    """Return statements to be judged, the best first; the options are the right sentence and, if any, the wrong one."""
    found: list[Item] = []
    for sentence in statements.fit(known, orders):
        wrong = contrary(known, sentence)
        worth = candidates.standing(known.reading, sentence, ranks) - 0.03 * abs(sentence.count - 15)
        lead = _lead(known, sentence)
        found.append(_item(sentence, wrong, worth, known.reading.sentences[sentence.order].text, lead))
    return sorted(found, key=lambda item: (-item.worth, item.order))


def contrary(known: Vocabulary, sentence: Sentence) -> str:
    """Return ``sentence`` with one word or amount exchanged so that it is surely false, "" when there is no such."""
    text = sentence.text
    if REASON.search(text):
        return ""
    made = (
        *_affirmed(text),
        *_forbidden(text),
        *_reversed(text),
        *_exchanged(text),
        *_other_kind(known, text),
        *_displaced(text),
        *_other_amounts(known, sentence),
        *_other_terms(known, sentence),
        *_denied(text),
    )
    return next((wrong for wrong in made if _is_unsaid(known, sentence, wrong)), "")


def _lead(known: Vocabulary, sentence: Sentence) -> str:
    """Return what the statement is introduced with: the heading it stands under, unless it names that itself."""
    title = ATTRIBUTES.sub("", outline.short_title(known.reading.section(sentence).title))
    is_named = set(content_words(title)) <= sentence.stems
    return (
        LEAD
        if is_named or not labels.is_label(title) or "<" in title
        else f"Judge this statement about \u201c{title}\u201d:"
    )


def _item(sentence: Sentence, wrong: str, worth: float, source: str, lead: str) -> Item:
    return Item(
        "true_false",
        f"{lead} {sentence.text}",
        "",
        (f"{lead} {sentence.text}", *([f"{lead} {wrong}"] if wrong else [])),
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
    if not changed:
        return all(DENIAL.search(known.reading.sentences[order].text) for order in alike)
    return not any(changed <= set(words(known.reading.sentences[order].text)) for order in alike)


def _reversed(text: str) -> Iterator[str]:
    """Yield the sentence with one word turned into its opposite."""
    if OPEN_CASE.search(text) or IDIOM.search(text.replace("never", "", 1)):
        return
    for match in OPPOSITE.finditer(text):
        other = OPPOSITES[match[0].lower()]
        if _turns(text, match) and not re.search(rf"\b{re.escape(other)}\b", text, re.IGNORECASE):
            shown = other.capitalize() if match.start() == 0 else other
            yield text[: match.start()] + shown + text[match.end() :]


def _affirmed(text: str) -> Iterator[str]:
    """Yield the sentence without its one "not"; what only a denial can be said with does not survive that."""
    text = CONTRACTED.sub(lambda match: FULL.get(match[1].lower(), match[1]) + " not", text)
    found = list(DENIAL.finditer(text))
    opening = LEADING.match(text)
    main = text[opening.end() if opening else 0 :]
    if len(found) != 1 or NEGATIVE.search(DENIAL.sub(" ", main)) or OPEN_CASE.search(text):
        return
    match = found[0]
    if text[: match.start()].endswith(" and ") or match[0] not in main:
        return
    if CONDITION.search(statements.CLAUSE_FIRST.sub("", text[: match.start()], count=1)) or CONTRAST.search(
        text[match.end() :]
    ):
        return
    if match["aid"] is None:
        modal = "may" if match["never"] or match["modal"] == "must" else match["modal"] or "can"
        if not INSEPARABLE.match(text, match.end()):
            yield text[: match.start()] + modal + " " + text[match.end() :]
    elif match["verb"] in VERBS:
        shown = THIRDS[match["verb"]] if match["aid"] == "does" else match["verb"]
        yield text[: match.start()] + (match["adverb"] or "") + shown + text[match.end() :]


def _denied(text: str) -> Iterator[str]:
    """Yield the sentence with a "not" behind the auxiliary of its main clause, where a reader could believe that."""
    opening = LEADING.match(text)
    start = opening.end() if opening else 0
    main = text[start : start + 1].upper() + text[start + 1 :]
    first = FURTHER.split(main, maxsplit=1)[0]
    related = MODAL_BEHIND.match(first)
    end = related.end("head") if related else subjects.end(main)
    found = AUXILIARY.match(main, end) if end > 0 else None
    if not found or OPEN_CASE.search(text) or NEGATIVE.search(text[:start] + first) or CONTRAST.search(first):
        return
    if EVERY.match(main) or (CONDITION.search(main[:end]) and not related):
        return
    if found["be"] and not TOLD_OF.match(main, found.end()):
        return
    if found["verb"] and (found["verb"] not in DENIABLE or not (opening or TELLING.search(text))):
        return
    named, told = set(content_words(main[:end])), set(content_words(main[end:]))
    if (
        (AIM_BEHIND.search(main[end:]) and not opening)
        or MANNER.search(main[end:])
        or 2 * len(named & told) >= len(named)
    ):
        return
    yield text[: start + end] + _not(found) + text[start + found.end() :]


def _not(found: re.Match[str]) -> str:
    if found["verb"]:
        return f"does not {THIRD_PERSON[found['verb']]} "
    return f"{found['modal'] or found['be']}{'' if found['modal'] == 'can' else ' '}not "


def _forbidden(text: str) -> Iterator[str]:
    """Yield the sentence with "never" for "only": what is done in one case is done."""
    found = list(ONLY.finditer(text))
    if len(found) == 1 and not OPEN_CASE.search(text) and not IDIOM.search(text):
        match = found[0]
        first, _, more = match["be"].replace("may", "can").partition(" ")
        yield f"{text[: match.start()]}{first} never {more + ' ' if more else ''}{text[match.end() :]}"


def _exchanged(text: str) -> Iterator[str]:
    """Yield the sentence with its two sides exchanged, where one is said to stand above the other."""
    match = PRECEDENCE.fullmatch(text)
    if match and not IDIOM.search(text) and not PRONOUN.search(text):
        yield f"{_capital(match['two'])} {match['verb']} {_small(match['one'])}{match['rest']}"


def _other_kind(known: Vocabulary, text: str) -> Iterator[str]:
    """Yield the sentence with one kind of a thing for another, where the text has headings for both."""
    rows = {(" ".join(section.title.lower().split()), section.parents) for section in known.reading.sections}
    lowered = text.lower()
    for title, parents in sorted(row for row in rows if row[0] in lowered and row[0].count(" ") == 1):
        first, head = title.split()
        if not first.isalpha() or not DISTINCT.search(text[1:]):
            continue
        match = re.search(rf"\b{re.escape(title)}\b", text, re.IGNORECASE)
        if not match or len(re.findall(rf"\b{re.escape(head)}\b", lowered)) != 1 or OPEN_CASE.search(text):
            continue
        for other in sorted(row[0] for row in rows if row[1] == parents and row[0] != title):
            instead, _, same = other.partition(" ")
            if same == head and instead.isalpha() and instead not in STOP_WORDS and instead not in lowered:
                shown = instead.capitalize() if match[0][0].isupper() else instead
                yield f"{text[: match.start()]}{shown}{text[match.start() + len(first) :]}"


def _displaced(text: str) -> Iterator[str]:
    """Yield the sentence with another place, number or manner."""
    if OPEN_CASE.search(text) or IDIOM.search(text):
        return
    for pattern, instead in PLACES:
        found = list(pattern.finditer(text))
        own = content_words(found[0][0]) if found else []
        is_free = (set(content_words(instead)) - set(own)).isdisjoint(
            content_words(text)
        ) and instead not in text.lower()
        if len(found) == 1 and is_free and not CONDITION.search(text[: found[0].start()]):
            start, end = found[0].span()
            yield text[:start] + instead + text[end:]
    found = list(COUNTED.finditer(text))
    if len(found) == 1 and not MODAL.search(text):
        match = found[0]
        yield text[: match.start("number")] + COUNTS[match["number"]] + text[match.end("number") :]


def _capital(text: str) -> str:
    return text[0].upper() + text[1:] if text.split()[0].isalpha() else text


def _small(text: str) -> str:
    first = text.partition(" ")[0]
    return first.lower() + text[len(first) :] if first in ("The", "A", "An") else text


def _turns(text: str, match: re.Match[str]) -> bool:
    """Whether the opposite of the word found makes the whole statement false, and leaves it readable."""
    word, head, tail = match[0].lower(), text[: match.start()], text[match.end() :]
    is_named = head != "" and match[0] != word
    bare = statements.CLAUSE_FIRST.sub("", head, count=1)
    if is_named or CONDITION.search(bare) or AIM.search(head) or text.lower().count(word) > 1 or head.endswith("your "):
        return False
    if _is_idle(word, head, tail):
        return False
    if word in ACTION_WORDS:
        return True
    if MODAL.search(text) or (
        word in STATE_WORDS
        and (
            not PREDICATED.search(head)
            or tail.startswith((" to ", " by ", " as ", " on ", " with ", " using ", " before ", " from ", " at "))
        )
    ):
        return False
    if word in ("first", "last") and (not head.endswith("the ") or re.match(r" \w+(?: \w+)?['\u2019]", tail)):
        return False
    if word in ("before", "after") and not HAPPENS.search(head):
        return False
    is_told = word in ("always", "never") or sentences.has_verb(head)
    return is_told and (not word.endswith(" than") or MEASURE.match(tail) is not None)


def _is_idle(word: str, head: str, tail: str) -> bool:
    """Whether nobody would write the opposite of the word there."""
    return (
        (word in ("enable", "disable", "enables", "disables") and MEANS.search(tail) is not None)
        or (word in ("never", "always") and head.rstrip().endswith(("must", "should")))
        or (word == "always" and PREDICATED.search(head) is None)
        or tail.startswith(" of ")
        or (word in ("supported", "unsupported") and tail.startswith(" in "))
        or (word in ("enabled", "disabled") and head.endswith("can be "))
        or (word in ("automatically", "manually") and head.endswith("able to "))
        or " without " in head + tail
    )


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
        is_kind = bool(known.siblings.get(candidate.term.key)) or candidate.occurrence.after in siblings.KINDS
        if not is_kind or candidate.term.shape[0] in ("number", "noun") or sentence.text.count(answer) != 1:
            continue
        wrong, _ = distractors.find(known, candidate, sentence.text.replace(answer, candidates.BLANK), is_strict=True)
        rest = sentence.text.replace(answer, "")
        wrong = [text for text in wrong if text.casefold() in known.siblings.get(candidate.term.key, ())]
        if wrong and not echoing.echoes(rest, answer, wrong[:1]):
            yield sentence.text.replace(answer, wrong[0])
