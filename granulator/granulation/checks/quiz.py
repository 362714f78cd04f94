"""Checks of single questions: options, the key and what supports it, answers given away."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from rapidfuzz import fuzz

from granulator.granulation.checks.codes import issue, quote
from granulator.granulation.checks.document import Document, Expectation, Question
from granulator.granulation.wording import contains, content_words, find_whole, fold
from granulator.model import Issue

CHOICES = frozenset({"multiple_choice", "multiple_response"})
ANSWER_MIN = 4
"""Shorter answers occur in stems by chance."""
RARE_WORDS = 10
REWORDED_RATIO = 88
HOLDERS_MAX = 16
"""How many questions sharing a rare word are compared; keeps ten thousand questions near linear."""


def dup_options(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find options of one question that differ in nothing that matters."""
    for question in document.questions:
        seen: dict[str, int] = {}
        for index, option in enumerate(question.options):
            key = _gist(option)
            if key in seen:
                path = f"{question.path}.options[{index}]"
                message = f"{path} is the same as option {seen[key]}: {quote(option)}"
                yield issue("dup_options", path, message, f"Replace {path} by a different wrong answer")
            seen.setdefault(key, index)


def _gist(option: str) -> str:
    # Case and marks tell single symbols apart (list and List, -1 and 1), but not phrases.
    text = " ".join(option.split())
    if " " not in text:
        return text
    return re.sub(r"^(?:the|an|a) ", "", text.casefold()).rstrip(".!?;, ")


def answer_in_stem(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find questions whose stem holds the answer; a stem that offers several options gives nothing away."""
    for question in document.questions:
        stem = fold(question.stem)
        if question.type not in (CHOICES | {"short_answer"}) or _offered(question, stem):
            continue
        for answer in question.answers:
            if len(answer) >= ANSWER_MIN and contains(stem, fold(answer)):
                path = f"{question.path}.question"
                message = f"{path} holds its own answer {quote(answer)}"
                yield issue("answer_in_stem", path, message, f"Replace {question.path} by a question that does not")
                break


def _offered(question: Question, stem: str) -> bool:
    return any(
        contains(stem, fold(option)) for index, option in enumerate(question.options) if index not in question.keys
    )


def answer_leak(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find questions that another question answers: its stem states the same with the answer filled in."""
    questions = document.questions
    stems = [fold(question.stem) for question in questions]
    meanings = [frozenset(content_words(question.stem)) for question in questions]
    holders = _holders(meanings)
    for index, question in enumerate(questions):
        answers = _guarded(question)
        for other in _alike(meanings[index], answers, holders) if answers else ():
            if other != index and _gives_away(answers, meanings[index], stems[other], meanings[other]):
                path = f"{question.path}.question"
                message = f"{questions[other].path}.question gives away the answer of {path}"
                yield issue("answer_leak", path, message, f"Replace {question.path} or {questions[other].path}")
                break


def _guarded(question: Question) -> list[str]:
    if question.type not in (CHOICES | {"short_answer"}):
        return []
    return [fold(answer) for answer in question.answers if len(answer) >= ANSWER_MIN]


def _holders(meanings: Sequence[frozenset[str]]) -> dict[str, list[int]]:
    holders: dict[str, list[int]] = defaultdict(list)
    for index, meaning in enumerate(meanings):
        for word in meaning:
            holders[word].append(index)
    return holders


def _alike(meaning: frozenset[str], answers: Sequence[str], holders: dict[str, list[int]]) -> list[int]:
    wanted = meaning.union(*(content_words(answer) for answer in answers))
    return _sharing(sorted(wanted, key=lambda word: (len(holders.get(word, ())), word)), holders)


def _sharing(rarest_first: Sequence[str], holders: dict[str, list[int]]) -> list[int]:
    """Return the questions that share most of the rarest words."""
    words = rarest_first[:RARE_WORDS]
    found = Counter(index for word in words for index in holders.get(word, ())[:HOLDERS_MAX])
    return [index for index, count in found.most_common(HOLDERS_MAX) if count > 1]


def _gives_away(answers: Sequence[str], asked: frozenset[str], stem: str, said: frozenset[str]) -> bool:
    for answer in answers:
        if not contains(stem, answer):
            continue
        rest = asked - frozenset(content_words(answer))
        if len(rest) >= 2 and len(rest & said) >= 0.6 * len(rest):
            return True
        if len(answer.split()) >= 4 and len(content_words(answer)) >= 3:
            return True
    return False


_NAMED_KEY = re.compile(
    r"\b(?:correct|right) (?:answer|option|choice) (?:is|:)? ?(?:option )?\(?([a-h])\)?(?![\w'])"
    r"|\b(?:option|answer|choice) \(?([a-h])\)? is (?:the )?(?:correct|right)\b"
)
_NAMED_TRUTH = re.compile(
    r"^(?:(?:this|the) (?:statement )?is )?(true|false)\b(?=[.,:;!]| because)"
    r"|\b(?:the )?(?:statement|(?:correct )?answer) is (true|false)\b"
)
_DENIED = re.compile(
    r"\b(?:not|no|never|unlike|isn't|aren't|than|instead of|whereas|wrong|incorrect|neither|nor|but)\b"
)
_BLANK = re.compile(r"_{2,}|\[blank\]|\.{4,}|…{2,}", re.IGNORECASE)


def key_contradicts_explanation(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find questions whose explanation supports another option clearly better than the key."""
    for question in document.questions:
        better = _better_supported(question)
        if better is not None:
            path = f"{question.path}.correctAnswer"
            message = (
                f"The explanation supports {quote(question.options[better])}, not the key {quote(question.answers[0])}"
            )
            yield issue("key_contradicts_explanation", path, message, f"Drop {question.path} and ask a fresh question")


def _better_supported(question: Question) -> int | None:
    if question.type not in (CHOICES | {"true_false"}) or not question.keys or not question.explanation:
        return None
    explanation = fold(question.explanation)
    if question.type == "true_false":
        return _other(question, _truth(explanation))
    if (named := _named(explanation)) is not None:
        return _other(question, named)
    if (filled := _filled(question, explanation)) is not None:
        return _other(question, filled)
    return _only_supported(question, explanation)


def _other(question: Question, supported: int | None) -> int | None:
    return supported if supported not in question.keys and supported in range(len(question.options)) else None


def _truth(explanation: str) -> int | None:
    found = _NAMED_TRUTH.search(explanation)
    return None if found is None else ("true", "false").index(found.group(1) or found.group(2))


def _named(explanation: str) -> int | None:
    found = _NAMED_KEY.search(explanation)
    return None if found is None else ord(found.group(1) or found.group(2)) - ord("a")


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


def _only_supported(question: Question, explanation: str) -> int | None:
    if any(contains(explanation, fold(question.options[key])) for key in question.keys):
        return None
    said = frozenset(content_words(explanation))
    meant = frozenset(word for key in question.keys for word in content_words(question.options[key]))
    for index, option in enumerate(question.options):
        # What key and rival have in common speaks for neither.
        own = meant - frozenset(content_words(option))
        if index not in question.keys and len(own & said) * 2 < len(own) and _is_affirmed(explanation, option):
            return index
    return None


def _is_affirmed(explanation: str, option: str) -> bool:
    phrase = fold(option).rstrip(".")
    start = find_whole(explanation, phrase)
    if start < 0 or not (any(map(str.isdigit, phrase)) or (len(phrase) >= 3 and content_words(phrase))):
        return False
    return _DENIED.search(explanation[max(0, start - 40) : start + len(phrase) + 30]) is None


def dup_question(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find questions asked before, in the same or in other words."""
    questions = document.questions
    stems = [fold(question.stem) for question in questions]
    meanings = [frozenset(content_words(stem)) for stem in stems]
    first: dict[tuple[str, tuple[str, ...]], int] = {}
    holders = _holders(meanings)
    for index, question in enumerate(questions):
        same = first.setdefault((stems[index], question.options), index)
        rare = sorted(meanings[index], key=lambda word: (len(holders[word]), word))
        for other in [same] if same < index else _sharing(rare, holders):
            if other == same < index or (
                other < index and _asks_same(question, questions[other], stems[index], stems[other])
            ):
                path = f"{question.path}.question"
                message = f"{path} asks the same as {questions[other].path}.question"
                yield issue("dup_question", path, message, f"Replace {question.path} by a different question")
                break


def _asks_same(left: Question, right: Question, stem: str, other: str) -> bool:
    if _numbers(stem) != _numbers(other) or _wanted(left) != _wanted(right):
        return False
    said, asked = frozenset(content_words(stem)), frozenset(content_words(other))
    shared = len(said & asked) / len(said | asked)
    return (shared >= 0.75 and len(said & asked) >= 2) or (
        shared >= 0.5 and fuzz.token_sort_ratio(stem, other) >= REWORDED_RATIO
    )


def _wanted(question: Question) -> frozenset[str]:
    return frozenset(_gist(fold(answer)) for answer in question.answers) or frozenset(question.options)


def _numbers(text: str) -> Counter[str]:
    return Counter(re.findall(r"\d+", text))
