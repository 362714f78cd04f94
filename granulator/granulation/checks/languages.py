"""Checks of the language prose is written in, and of how hard it is to read for whom it is meant."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from granulator.granulation.checks.codes import issue, quote
from granulator.granulation.checks.document import Document, Expectation
from granulator.granulation.checks.telling import sentences
from granulator.granulation.wording import STOP_WORDS, is_code_line, tokens, without_code
from granulator.model import Issue

_SCRIPTS = {
    "ja": "぀-ヿ一-鿿",
    "zh": "一-鿿",
    "ko": "가-힣",
    "ru": "Ѐ-ӿ",
    "uk": "Ѐ-ӿ",
    "bg": "Ѐ-ӿ",
    "ar": "؀-ۿ",
    "he": "֐-׿",
    "el": "Ͱ-Ͽ",
    "hi": "ऀ-ॿ",
    "th": "฀-๿",
}
_LETTER = re.compile(r"[^\W\d_]")
_LATIN = re.compile("[A-Za-zÀ-ɏ]")
_PROSE_ROLES = frozenset({"body", "description", "explanation"})
_SAMPLE_CHARACTERS = 20_000
_SAMPLE_PASSAGES = 50
_PASSAGE_CHARACTERS = 2_000
_PASSAGE_SAMPLE = 500
_OWN_SHARE = 0.2
"""A text of which this share is the asked language's own function words is written in it."""

_SAMPLE_WORDS_MIN = 30
_SENTENCE_WORDS_MIN = 7
_FOREIGN_WORDS_MIN = 2


def wrong_language(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find prose that is not in the language asked for, by its function words or by its script."""
    asked = document.language.partition("-")[0].casefold()
    spoken = _spoken(_prose(document), asked)
    if spoken is not None and spoken != asked:
        message = f"The text reads as {spoken}, not as {asked}"
        yield issue("wrong_language", "$", message, f"Write the text in {asked}")
        return
    for passage in document.passages:
        if passage.role in _PROSE_ROLES and len(passage.text) > _SAMPLE_WORDS_MIN:
            sample = without_code(passage.text[:_PASSAGE_SAMPLE])
            spoken = _spoken(sample, asked) or _spoken_shortly(sample, asked)
            if spoken is not None and spoken != asked:
                message = f"{passage.path} reads as {spoken}, not as {asked}"
                yield issue("wrong_language", passage.path, message, f"Write {passage.path} in {asked}")


def _prose(document: Document) -> str:
    """Return a sample of all prose, the beginning of each text for the whole of it."""
    told = [passage.text[:_PASSAGE_CHARACTERS] for passage in document.passages if passage.role in _PROSE_ROLES]
    return without_code("\n".join(told[:: max(1, len(told) // _SAMPLE_PASSAGES)]))[:_SAMPLE_CHARACTERS]


def _spoken(prose: str, asked: str) -> str | None:
    """Return the language of a text, "another language" or "another script"; None where it cannot be told."""
    if prose.isascii() and asked in STOP_WORDS:
        return _by_stop_words(tokens(prose), asked)
    letters = len(_LETTER.findall(prose))
    if letters < _SAMPLE_WORDS_MIN * 2:
        return None
    if asked in _SCRIPTS:
        own = len(re.findall(f"[{_SCRIPTS[asked]}]", prose))
        return asked if own * 4 >= letters else _by_stop_words(tokens(prose), asked) or "another language"
    if len(_LATIN.findall(prose)) * 2 < letters:
        return "another script" if asked in STOP_WORDS else None
    return _by_stop_words(tokens(prose), asked) if asked in STOP_WORDS else None


def _spoken_shortly(sentence: str, asked: str) -> str | None:
    """Return the language of a sentence that has function words of it, and none of the language asked for."""
    spoken = frozenset(tokens(sentence))
    if asked not in STOP_WORDS or len(spoken) < _SENTENCE_WORDS_MIN or spoken & STOP_WORDS[asked]:
        return None
    own = {language: len(spoken & stop_words) for language, stop_words in STOP_WORDS.items()}
    best = max(own, key=lambda language: own[language])
    return best if own[best] >= _FOREIGN_WORDS_MIN else None


def _by_stop_words(spoken: list[str], asked: str) -> str | None:
    if len(spoken) < _SAMPLE_WORDS_MIN:
        return None
    if asked in STOP_WORDS and len([word for word in spoken if word in STOP_WORDS[asked]]) >= _OWN_SHARE * len(spoken):
        return asked
    shares: dict[str, float] = defaultdict(float)
    for language, stop_words in STOP_WORDS.items():
        shares[language] = sum(word in stop_words for word in spoken) / len(spoken)
    best = max(shares, key=lambda language: shares[language])
    return best if shares[best] >= 0.15 and shares[best] > 1.5 * shares[asked] else asked


GRADE_MAX = (
    (re.compile(r"\b(?:child(?:ren)?|kids?|primary|elementary|pupils?|toddlers?|(?:grade|year)s? ?[1-6])\b"), 10.0),
    (re.compile(r"\b(?:middle school|secondary|high school|teen\w*|youth|young people)\b"), 13.0),
    (re.compile(r"\b(?:experts?|professionals?|scientists?|researchers?|lawyers?|academics?|postgraduates?)\b"), 24.0),
    (re.compile(r"\b(?:beginners?|novices?|newcomers?|laym[ae]n|lay ?people|everyone|general|public)\b|^$"), 18.0),
    (re.compile(""), 20.0),
)
"""Audience -> the school grade above which a text is surely not written for it; documentation reads at 8 to 13."""

READ_WORDS_MIN = 100
PASSAGE_WORDS_MIN = 25
PASSAGE_CHARACTERS_MIN = 150
PASSAGE_ALLOWANCE = 6.0
"""How much harder than the whole one text of it may be."""

LINE_WORDS_MIN = 4
_LETTERS = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_VOWELS = re.compile(r"[aeiouy]+")


def readability(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find English prose whose Flesch-Kincaid grade is far above what its audience reads."""
    if document.language.partition("-")[0].casefold() != "en":
        return
    audience = expected.template.target_audience.casefold() if expected.template else ""
    highest = next(grade for pattern, grade in GRADE_MAX if pattern.search(audience))
    grade = reading_grade(_prose(document))
    if grade is None or grade <= highest:
        yield from _hard_passages(document, highest + PASSAGE_ALLOWANCE, audience)
    else:
        message = f"The text reads at grade {grade:.0f}, too hard for the audience {quote(audience)}"
        yield issue("readability", "$", message, "Write shorter sentences and plainer words")


def _hard_passages(document: Document, highest: float, audience: str) -> Iterator[Issue]:
    for passage in document.passages:
        if passage.role != "body" or len(passage.text) < PASSAGE_CHARACTERS_MIN:
            continue
        grade = reading_grade(without_code(passage.text[:_PASSAGE_CHARACTERS]), PASSAGE_WORDS_MIN)
        if grade is not None and grade > highest:
            message = f"{passage.path} reads at grade {grade:.0f}, too hard for the audience {quote(audience)}"
            yield issue(
                "readability", passage.path, message, f"Write {passage.path} in shorter sentences, plainer words"
            )


def reading_grade(prose: str, least: int = READ_WORDS_MIN) -> float | None:
    """Return the Flesch-Kincaid grade of English prose; None for fewer than ``least`` words."""
    told = [found for each in sentences(prose) if (found := _LETTERS.findall(each)) and not is_code_line(each)]
    told = [found for found in told if len(found) >= LINE_WORDS_MIN]
    count = sum(map(len, told))
    if count < least:
        return None
    syllables = sum(_syllables(word.casefold()) for found in told for word in found)
    return 0.39 * count / len(told) + 11.8 * syllables / count - 15.59


def _syllables(word: str) -> int:
    groups = len(_VOWELS.findall(word))
    is_silent = word.endswith("e") and not word.endswith(("le", "ee", "ye")) and groups > 1
    return max(1, groups - is_silent)
