"""The check that a question's key is what its explanation supports; one reading of the explanation per question type.

It speaks only where the explanation does: what an explanation leaves open is not held against the key.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from granulator.granulation.checks import support
from granulator.granulation.checks.codes import issue, quote
from granulator.granulation.checks.document import Document, Expectation, Question
from granulator.granulation.checks.telling import sentences
from granulator.granulation.wording import contains, content_words, fold
from granulator.model import Issue

EXPLANATION_MAX = 20_000
"""Longer explanations are not read; none is that long for a reason."""

ROUNDING = 0.01


def key_contradicts_explanation(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find questions whose explanation supports another answer clearly better than the key."""
    for question in document.questions:
        reading = _READINGS.get(question.type)
        if reading is None or not 0 < len(question.explanation) <= EXPLANATION_MAX:
            continue
        if (better := reading(question)) is not None:
            path = f"{question.path}.correctAnswer"
            message = f"The explanation supports {quote(better)}, not the key{_said_key(question)}"
            yield issue("key_contradicts_explanation", path, message, f"Drop {question.path} and ask a fresh question")


def _said_key(question: Question) -> str:
    return f" {quote(question.answers[0])}" if question.answers else ""


def _of_choice(question: Question) -> str | None:
    if not question.keys:
        return None
    better = support.better_option(question)
    return None if better is None else question.options[better]


_VERDICT = re.compile(
    r"^(?:(?:this|the|that)(?: (?:statement|claim|assertion))? (?:is|would be) )?(?P<a>(?:not |in)?(?:true|false"
    r"|correct)|wrong"
    r"|right|untrue)\b(?=[.,:;!—–-]| because| since| as\b|$)"
    r"|\b(?:the )?(?:statement|claim|assertion|(?:correct |right )?answer) (?:is|given is|here is|would be)"
    r"(?: therefore| thus| actually| indeed| simply)? (?P<b>(?:not |in)?(?:true|false|correct)|wrong|right|untrue)\b"
    r"|^(?P<c>yes|no|indeed|actually|on the contrary)[,.;:—–]"
    r"|^(?:this|that|it)(?: is|'s)(?: just| only)? an? (?:\w+ )?(?P<d>myth|misconception|fallacy|fact"
    r"|misunderstanding)\b"
)
_TRUE = frozenset({"true", "correct", "right", "not false", "yes", "not incorrect", "indeed", "fact"})
_NEGATION = re.compile(
    r"\b(?:not|never|no|cannot|can't|don't|doesn't|isn't|aren't|won't|without|neither|nor|wasn't|weren't)\b"
)


def _of_statement(question: Question) -> str | None:
    """Return "True" or "False" where the explanation says so and the key says otherwise."""
    if len(question.keys) != 1 or len(question.options) != 2:
        return None
    explanation = fold(question.explanation).replace("’", "'")
    found = _VERDICT.search(explanation)
    verdict = next(group for group in found.groups() if group) in _TRUE if found else _restated(question)
    if verdict is None or verdict == (question.keys[0] == 0):
        return None
    return "True" if verdict else "False"


def _restated(question: Question) -> bool | None:
    """Return whether a sentence of the explanation says the statement again, or its opposite; None if none does."""
    stem = re.sub(r"^true or false[:?.]? *", "", fold(question.stem)).replace("’", "'")
    asked = content_words(stem)
    if len(asked) < 3:
        return None
    for sentence in map(fold, sentences(question.explanation)):
        said = content_words(sentence)
        shared = len(set(asked) & set(said))
        if shared < 0.8 * len(set(asked)) or shared < 0.6 * len(set(said)):
            continue
        opposed = bool(_NEGATION.search(sentence.replace("’", "'"))) != bool(_NEGATION.search(stem))
        if opposed:
            return False
        if _runs(asked, said):
            return True
        if _is_exchanged(asked, said):
            return False
    return None


def _runs(asked: list[str], said: list[str]) -> bool:
    """Whether the words asked come in the same order among those said."""
    remaining = iter(said)
    return all(word in remaining for word in asked)


def _is_exchanged(asked: list[str], said: list[str]) -> bool:
    """Whether the same is said with one word exchanged for another."""
    pairs = list(zip(asked, said, strict=False))
    return len(asked) == len(said) >= 4 and sum(left != right for left, right in pairs) == 1


_SAYS_ANSWER = re.compile(
    r"\b(?:correct|right|accepted|expected|model)? ?answer(?: here)? (?:is|would be|reads)[: ]+(.{1,80})"
)


def _of_text(question: Question) -> str | None:
    found = _SAYS_ANSWER.search(fold(question.explanation))
    if found is None or not question.answers:
        return None
    named = found.group(1)
    if any(contains(named, fold(answer)) or _is_near(named, answer) for answer in question.answers):
        return None
    return re.split(r"[.,;:]| because | since | as ", named)[0].strip("\"'“”‘’ ") or None


def _is_near(named: str, answer: str) -> bool:
    meant = set(content_words(answer))
    return bool(meant & set(content_words(named))) or not meant


_NUMBER = r"[-−]?\d[\d,  ]*(?:\.\d+)?(?:e[-+]?\d+)?"
_NUMBERS = re.compile(_NUMBER)
_RESULT = re.compile(
    rf"(?:=|≈|\b(?:is|are|equals|gives|makes|get|yields|totals|be|to|of|about|exactly)) ?(?:about |exactly "
    rf"|roughly )?({_NUMBER})"
)


def _of_measure(question: Question) -> str | None:
    """Return the result the explanation comes to when no number in it is the value."""
    if question.value is None:
        return None
    explanation = fold(question.explanation)
    value, tolerance = question.value
    room = max(tolerance, abs(value) * ROUNDING)
    if any(abs(number - value) <= room for number in _numbers(explanation)):
        return None
    given = _numbers(fold(question.stem))
    results = [number for each in _RESULT.findall(explanation) for number in _numbers(each) if number not in given]
    return f"{results[-1]:g}" if results else None


def _numbers(text: str) -> list[float]:
    found = (re.sub(r"[,  ]+", "", each).replace("−", "-") for each in _NUMBERS.findall(text))
    return [float(each) for each in found if len(each) < 40]


_CLAUSE = re.compile(r"[.;,\n]| and | while | whereas ")


def _of_pairs(question: Question) -> str | None:
    """Return the pair the explanation makes when a clause joins a left side to the right side of another."""
    lefts = [fold(left) for left, _ in question.pairs]
    rights = [fold(right) for _, right in question.pairs]
    for clause in _CLAUSE.split(fold(question.explanation)):
        left = [index for index, text in enumerate(lefts) if contains(clause, text)]
        right = [index for index, text in enumerate(rights) if contains(clause, text)]
        is_clear = len(left) == len(right) == 1 and not _NEGATION.search(clause)
        if is_clear and rights[left[0]] != rights[right[0]]:
            return f"{question.pairs[left[0]][0]} – {question.pairs[right[0]][1]}"
    return None


_TURNED = re.compile(
    r"\b(?:preced\w+|prior to|follows|(?:comes?|happens?|is|are|occurs?|only|not|done|until) (?:\w+ )?(?:after|before)"
    r"|before|last|finally|once|since|because)\b"
)


def _of_order(question: Question) -> str | None:
    """Return the order in which the explanation tells all items when it is another one than that of the key."""
    explanation = fold(question.explanation)
    if len(question.keys) != len(question.options) or _TURNED.search(explanation):
        return None
    places = [explanation.find(fold(question.options[key])) for key in question.keys]
    if min(places, default=-1) < 0 or len(set(places)) < len(places) or places == sorted(places):
        return None
    told = sorted(question.keys, key=lambda key: explanation.find(fold(question.options[key])))
    return ", ".join(question.options[key] for key in told)


_READINGS: Mapping[str, Callable[[Question], str | None]] = {
    "multiple_choice": _of_choice,
    "multiple_response": _of_choice,
    "true_false": _of_statement,
    "short_answer": _of_text,
    "numeric": _of_measure,
    "matching": _of_pairs,
    "ordering": _of_order,
}
