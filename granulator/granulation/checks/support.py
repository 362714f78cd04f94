"""Which option of a question its explanation supports: named, filled into the blank, computed, or told in its"
" words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from granulator.granulation.checks.document import Question
from granulator.granulation.checks.telling import sentences
from granulator.granulation.wording import contains, content_words, find_whole, fold

_LETTER = r"[\"'“‘(]?([A-H])[\"'”’)]?(?=[\s.,;:!?)—–-]|$)(?! (?:few|lot|list|set|single|new|good)\b)"
_NAMED_KEYS = (
    re.compile(
        r"(?i:\b(?:correct|right|best|proper) (?:answer|option|choice|response|key)(?: here)?(?: is| would be|:"
        r"| was)?:? ?"
        rf"(?:option |choice |answer |letter )?){_LETTER}"
    ),
    re.compile(rf"(?i:\b(?:the )?answer(?: here)?(?: is|:)+ ?(?:option |choice |letter )?){_LETTER}"),
    re.compile(
        rf"(?i:\b(?:option|answer|choice|letter) )?(?<![\w'’]){_LETTER}(?i: is (?:the )?(?:only )?"
        r"(?:correct|right|best|true|accurate|proper)\b)"
    ),
    re.compile(rf"^(?i:correct|key|answer)(?i::| -| –) ?{_LETTER}"),
    re.compile(r"^[\"'“(]?([A-H])[)\"'”]?(?: is|[.):] |, (?i:because|since|as)\b)"),
)
_SEVERAL_KEYS = re.compile(
    r"(?i:\b(?:options?|answers?|choices?) )?(?<![\w'’])([A-H](?:, [A-H])*,? (?:and"
    r"|&) [A-H])(?i: are (?:the )?(?:correct|right|true))"
)
_DENIED_KEY = re.compile(
    r"(?i:\b(?:option|answer|choice) )?(?<![\w'’])[(]?([A-H])[)]?(?i: (?:is|would be) (?:therefore |clearly |also )?"
    r"(?:incorrect|wrong|false|not (?:correct|right|true)))"
)
_PLACES = ("first", "second", "third", "fourth", "fifth", "sixth")
_NAMED_PLACE = re.compile(
    rf"\bthe ({'|'.join(_PLACES)}) (?:option|answer|choice|one) (?:is|gives|states) (?:the )?(?:correct|right)\b"
    rf"|\b(?:correct|right) (?:answer|option|choice) is (?:the ({'|'.join(_PLACES)}) (?:option|one|choice)?"
    rf"|(?:option|number|choice) ([1-8]))\b"
)
_DENIED = re.compile(
    r"\b(?:not|no|never|unlike|isn't|aren't|doesn't|don't|cannot|can't|than|instead of|whereas|while|wrong"
    r"|incorrect|neither"
    r"|nor|but|although|though|however|rather|confus\w+|misconception|mistak\w+|distractor|contrast|opposite|differs?"
    r"|different|would (?:be|mean|give)|other options?|others?|applies to|belongs? to|without|except|fails?|false"
    r"|only if)\b"
)
_NEGATED_STEM = re.compile(
    r"\b(?:except|exception|least|unlikely|untrue|incorrect|false|wrong)\b"
    r"|\b(?:which|who|what|whom|whose|all|each)\b.*\b(?:not|never|cannot|isn't|doesn't|aren't|don't|can't)\b"
)
"""A stem that asks for the exception; the explanation may then tell of all options but that one."""

_SUBORDINATE = re.compile(
    r"\b(?:if|when|because|since|while|where|after|before|unless|until|so that|although|what happens"
    r"|what would happen)\b.*"
)
_WHY = re.compile(r"(?:why|how|when|where)\b")
_OTHERS = re.compile(
    r"\b(?:not|unlike|than|instead of|never) (?:by |with )?(?:any |one |either "
    r"|all )?(?:of )?(?:the )?(?:others?|rest"
    r"|other (?:\w+|three|two)(?: options?| answers?)?|remaining \w+)\b|\b(?:do not|don't|never) be (?:misled|fooled"
    r"|confused|tempted|deceived)\b"
    r"|\b(?:the )?(?:others|other (?:options|answers|choices|three|two)|rest|remaining \w+) (?:are|is|do|does|can|may"
    r"|would|will|have|only|all)\b.{0,80}"
)
"""What is said of all other options denies none in particular."""

_BLANK = re.compile(r"_{2,}|\[blank\]|\.{4,}|…{2,}", re.IGNORECASE)
_RESULT = re.compile(r"= ?([-−]?\d[\d,]*(?:\.\d+)?)(?!\s*[-+*/×÷=^]|[\d.,]*\d)")


def better_option(question: Question) -> int | None:
    """Return the option that the explanation supports clearly better than the key; None where it leaves that open."""
    raw = " ".join(question.explanation.split())
    if (named := _named(raw)) is not None:
        return _other(question, named)
    if (denied := _denied_key(question, raw)) is not None:
        return denied
    explanation = _OTHERS.sub(" ", fold(raw).replace("’", "'"))
    if (filled := _filled(question, explanation)) is not None:
        return _other(question, [filled])
    if (computed := _computed(question, explanation)) is not None:
        return _other(question, [computed])
    if (stated := _stated(question, explanation)) is not None:
        return _other(question, [stated])
    if _asks_for_exception(question.stem):
        return _left_out(question, explanation)
    return _only_supported(question, explanation) if len(question.keys) == 1 else _unsupported(question, explanation)


def _asks_for_exception(stem: str) -> bool:
    asked = fold(stem).replace("’", "'")
    main = _SUBORDINATE.sub("", asked) or asked
    return _WHY.match(asked) is None and _NEGATED_STEM.search(main) is not None


def _other(question: Question, supported: Sequence[int]) -> int | None:
    places = range(len(question.options))
    return next((each for each in supported if each not in question.keys and each in places), None)


def _named(raw: str) -> list[int] | None:
    """Return the options named by letter or by place, None where none is."""
    if several := _SEVERAL_KEYS.search(raw):
        return [_place(letter) for letter in re.findall(r"[A-H]", several.group(1))]
    for pattern in _NAMED_KEYS:
        if found := pattern.search(raw):
            return [_place(found.group(1))]
    if found := _NAMED_PLACE.search(raw.casefold()):
        word = found.group(1) or found.group(2)
        return [_PLACES.index(word) if word else int(found.group(3)) - 1]
    return None


def _place(letter: str) -> int:
    return ord(letter) - ord("A")


def _denied_key(question: Question, raw: str) -> int | None:
    """Return an option that is not called wrong when the key is."""
    denied = {_place(letter) for letter in _DENIED_KEY.findall(raw)}
    if not denied or not set(question.keys) <= denied:
        return None
    return next((index for index in range(len(question.options)) if index not in denied), None)


def _filled(question: Question, explanation: str) -> int | None:
    """Return the one option that makes the stem's blank read as the explanation does, the key before all others."""
    parts = _BLANK.split(fold(question.stem))
    if len(parts) != 2:
        return None
    # What stands before a colon introduces the sentence and is no part of it.
    before, after = parts[0].rpartition(": ")[2], parts[1]
    left = " ".join(before.split()[-4:]) + " " * before.endswith(" ")
    right = " " * after.startswith(" ") + " ".join(after.split()[:4])
    order = (*question.keys, *range(len(question.options)))
    return next((i for i in order if f"{left}{fold(question.options[i])}{right}".strip(" .?") in explanation), None)


def _computed(question: Question, explanation: str) -> int | None:
    """Return the only option that is the number a calculation in the explanation comes to."""
    results = _RESULT.findall(explanation)
    if not results:
        return None
    last = _plain(results[-1])
    same = [index for index, option in enumerate(question.options) if last in map(_plain, re.findall(_NUMBER, option))]
    return same[0] if len(same) == 1 else None


_NUMBER = r"[-−]?\d[\d,]*(?:\.\d+)?"


def _plain(number: str) -> str:
    bare = number.replace(",", "").replace("−", "-")
    return bare.rstrip("0").rstrip(".") if "." in bare else bare


_STATES = re.compile(
    r"\b(?:only|correct|right|best|true) (?:answer|option|choice|one|solution) (?:that"
    r"|which) \w+(?: \w+)? is:? (.{1,200})"
    r"|\b(?:know|knows|see|sees|get|gets|have) the (?:result|answer|solution|outcome): (.{1,200})"
    r"|\b(?:hardly anything|nothing|none|no (?:other )?\w+)(?: else)? (?:but|except(?: for)?|other than"
    r"|besides) (.{1,200})"
    r"|^here,? (.{1,200}) is (?:what counts|the point|meant|decisive|the key)"
    r"|\b(?:correct|right|best) (?:answer|option|choice|response|term|word)(?: here)? (?:is|would be"
    r"|was):? (?:therefore |thus )?(.{1,200})"
    r"|\b(?:so|thus|hence|therefore),? the answer is:? (.{1,200})|^the answer is:? (.{1,200})"
)


def _stated(question: Question, explanation: str) -> int | None:
    """Return the longest option that follows words such as "the correct answer is"."""
    found = _STATES.search(explanation)
    if found is None:
        return None
    said = next(group for group in found.groups() if group).lstrip("\"'“‘(")
    begun = [
        index
        for index, option in enumerate(question.options)
        if _begins(said, fold(option).rstrip(".")) or _begins(said, f"the {fold(option)}".rstrip("."))
    ]
    return max(begun, key=lambda index: len(question.options[index]), default=None)


def _begins(said: str, phrase: str) -> bool:
    return bool(phrase) and said.startswith(phrase) and find_whole(said, phrase) == 0


def _left_out(question: Question, explanation: str) -> int | None:
    """Return the exception when the stem asks for one and a clause lists all options but that one, the key"
    " included."""
    meanings = [frozenset(content_words(option)) for option in question.options]
    for clause in _CLAUSE.split(explanation):
        said = frozenset(content_words(clause))
        rest = [index for index, meaning in enumerate(meanings) if not meaning <= said]
        if len(rest) == 1 and len(meanings) > 2 and not _DENIED.search(clause):
            return rest[0] if rest[0] not in question.keys else None
    return None


_CLAUSE = re.compile(r"[.;:!?]|, (?:but|while|whereas)\b")


def _only_supported(question: Question, explanation: str) -> int | None:
    """Return the option that the explanation affirms, in its own words, while it says next to nothing of the key."""
    key = question.keys[0]
    own = _own_words(question)
    restated = _restating(question, explanation)
    if key not in restated and len(restated) == 1:
        return restated.pop()
    said = frozenset(content_words(explanation))
    if contains(explanation, fold(question.options[key]).rstrip(".")):
        return None
    if own[key] and _share_loosely(own[key], said) >= 0.5:
        return None
    affirmed = frozenset(
        word for sentence in sentences(explanation) if not _DENIED.search(sentence) for word in content_words(sentence)
    )
    is_parallel = all(len(words) == 1 for words in own)
    if not own[key] & said and (hinted := _hinted(own, key, affirmed)) is not None:
        return hinted
    told = (
        index
        for index, option in enumerate(question.options)
        if index != key
        and (
            _is_affirmed(explanation, option)
            or (not own[key] & said and _is_told(own[index], affirmed, 1 if is_parallel else 2))
        )
    )
    return next(told, None)


HINTED_SHARE = 0.55
HINTED_LETTERS = 4


def _hinted(own: Sequence[frozenset[str]], key: int, affirmed: frozenset[str]) -> int | None:
    """Return the only option of whose own words the explanation says some when it says none of the key's."""
    if not own[key] or _share_loosely(own[key], affirmed) > 0:
        return None
    shares = [len(words & affirmed) / len(words) if words else 0.0 for words in own]
    told = [index for index, share in enumerate(shares) if share > 0]
    if len(told) != 1 or shares[told[0]] < HINTED_SHARE:
        return None
    return told[0] if any(len(word) >= HINTED_LETTERS for word in own[told[0]]) else None


def _restating(question: Question, explanation: str) -> set[int]:
    """Return the options that stand alone in a sentence which says the stem again."""
    asked = frozenset(content_words(question.stem))
    meanings = [frozenset(content_words(option)) - asked for option in question.options]
    found = set()
    for sentence in sentences(explanation):
        said = frozenset(content_words(sentence))
        named = [index for index, meaning in enumerate(meanings) if meaning and meaning <= said]
        touched = sum(bool(meaning & said) for meaning in meanings)
        if (
            len(named) == touched == 1
            and len(asked & said) >= max(2, 0.5 * len(asked))
            and not _DENIED.search(sentence)
        ):
            found.add(named[0])
    return found


def _own_words(question: Question) -> list[frozenset[str]]:
    """Return the words that each option has alone, those of the stem left out: the others speak for no option."""
    meanings = [frozenset(content_words(option)) for option in question.options]
    holders = Counter(word for meaning in meanings for word in meaning)
    asked = frozenset(content_words(question.stem))
    return [frozenset(word for word in meaning if holders[word] == 1) - asked for meaning in meanings]


def _share_loosely(own: frozenset[str], said: frozenset[str]) -> float:
    beginnings = {word[:5] for word in said}
    return sum(word in said or (len(word) >= 5 and word[:5] in beginnings) for word in own) / len(own)


def _is_told(own: frozenset[str], affirmed: frozenset[str], least: int) -> bool:
    if len(own) < least or max(map(len, own)) < 4:
        return False
    return len(own & affirmed) >= 0.75 * len(own)


def _is_affirmed(explanation: str, option: str) -> bool:
    phrase = fold(option).rstrip(".")
    start = find_whole(explanation, phrase)
    if start < 0 or not (any(map(str.isdigit, phrase)) or (len(phrase) >= 3 and content_words(phrase))):
        return False
    end = start + len(phrase)
    return not any(map(_DENIED.search, (explanation[max(0, start - 40) : start], explanation[end : end + 30])))


def _unsupported(question: Question, explanation: str) -> int | None:
    """Return an option told of when the explanation tells of no key at all."""
    said = frozenset(content_words(explanation))
    own = _own_words(question)
    if any(_share_loosely(own[key], said) > 0 for key in question.keys if own[key]):
        return None
    if any(contains(explanation, fold(question.options[key]).rstrip(".")) for key in question.keys):
        return None
    others = (index for index in range(len(question.options)) if index not in question.keys)
    return next((index for index in others if _is_affirmed(explanation, question.options[index])), None)
