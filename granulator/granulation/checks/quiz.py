"""Checks of single questions: options, answers given away, questions asked twice; the key is ``keys``'s."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from rapidfuzz import fuzz

from granulator.granulation.checks.codes import issue, quote
from granulator.granulation.checks.document import Document, Expectation, Question
from granulator.granulation.wording import contains, content_words, fold
from granulator.model import Issue

CHOICES = frozenset({"multiple_choice", "multiple_response"})
ANSWER_MIN = 4
"""Shorter answers occur in stems by chance."""
RARE_WORDS = 10
ARTICLE_WORDS_MIN = 4
REWORDED_RATIO = 88
HOLDERS_MAX = 16
"""How many questions sharing a rare word are compared; keeps ten thousand questions near linear."""


def dup_options(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find options of one question that differ in nothing that matters."""
    for question in document.questions:
        seen: dict[str, int] = {}
        is_dotted = any(option.rstrip().endswith(".") and " " not in option.strip() for option in question.options)
        for index, option in enumerate(question.options):
            key = _gist(option).casefold() if is_dotted else _gist(option)
            if key in seen:
                path = f"{question.path}.options[{index}]"
                message = f"{path} is the same as option {seen[key]}: {quote(option)}"
                yield issue("dup_options", path, message, f"Replace {path} by a different wrong answer")
            seen.setdefault(key, index)


def _gist(option: str) -> str:
    # Case and marks tell single symbols apart (list and List, -1 and 1), but not phrases.
    text = " ".join(option.split())
    if " " not in text:
        # A full stop is no part of a symbol, and whoever adds one does not mean its case either.
        return text[:-1].casefold() if text.endswith(".") and text.strip(".") else text
    text = re.sub(r"^(?:the|an|a) ", "", text.casefold()).rstrip(".!?;, ")
    # In a phrase an article makes no difference, unless the phrase is hardly more than that.
    return re.sub(r"\b(?:the|an|a) ", "", text) if text.count(" ") >= ARTICLE_WORDS_MIN else text


def overlapping_options(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find questions with one correct option that holds a wrong one whole, or is held by it."""
    for question in document.questions:
        if question.type != "multiple_choice" or len(question.keys) != 1:
            continue
        key = _bare(question.options[question.keys[0]])
        for index, option in enumerate(question.options):
            other = _bare(option)
            shorter, longer = sorted((key, other), key=len)
            if index in question.keys or shorter == longer or not contains(longer, shorter):
                continue
            if len(content_words(shorter)) >= 2 or _only_qualifies(longer.replace(shorter, " ", 1)):
                path = f"{question.path}.options[{index}]"
                message = f"{path} and the key hold the same: {quote(shorter)}"
                yield issue("overlapping_options", path, message, f"Replace {path} by an option that excludes the key")


_QUALIFYING_WORDS = (
    "mostly mainly only just nothing else among other things usually partly possibly probably perhaps and or more "
    "also often sometimes always exactly approximately about roughly in part to some extent a little bit simply "
    "merely especially at least most the an of it that is as well too"
)
_QUALIFYING = frozenset(_QUALIFYING_WORDS.split())


def _only_qualifies(rest: str) -> bool:
    said = re.findall(r"\w+", rest)
    return bool(said) and all(word in _QUALIFYING for word in said)


def _bare(option: str) -> str:
    return fold(option).rstrip(".!?;, ")


def answer_in_stem(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find questions whose stem holds the answer; a stem that offers several options gives nothing away."""
    for question in document.questions:
        stem = fold(question.stem)
        if question.type not in (CHOICES | {"short_answer"}) or _offered(question, stem):
            continue
        for answer in question.answers:
            if len(answer) >= ANSWER_MIN and contains(stem, fold(answer).rstrip(".")):
                path = f"{question.path}.question"
                message = f"{path} holds its own answer {quote(answer)}"
                yield issue("answer_in_stem", path, message, f"Replace {question.path} by a question that does not")
                break


def _offered(question: Question, stem: str) -> bool:
    for answer in question.answers:
        # "Salt" is not offered where "salt water" is told.
        stem = stem.replace(fold(answer).rstrip("."), " ")
    return any(
        contains(stem, fold(option)) for index, option in enumerate(question.options) if index not in question.keys
    )


def answer_leak(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find questions that another question answers: its stem states the same with the answer filled in."""
    questions = document.questions
    stems = [fold(question.stem) for question in questions]
    meanings = [frozenset(content_words(question.stem)) for question in questions]
    holders = _holders(meanings)
    for index, other in _told_elsewhere(questions, stems):
        path = f"{questions[index].path}.question"
        message = f"{questions[other].path}.question tells the answer of {path}"
        yield issue("answer_leak", path, message, f"Replace {questions[other].path} by a question that stands alone")
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
    return [fold(answer).rstrip(".") for answer in question.answers if len(answer) >= ANSWER_MIN]


_REFERS = re.compile(
    r"\b(?:(?:earlier|previous|preceding|other|last|first) (?:answer|question)|recall|as (?:we|you) (?:know|saw"
    r"|learned)|from before"
    r"|(?:was|were|been) (?:said|mentioned|asked) (?:about|before|earlier|above)|we know|you know"
    r"|remember(?:ing)? that)\b"
)
REFERRING_MAX = 50
"""How many stems that speak of other questions are read for the answers of all of them."""


def _told_elsewhere(questions: Sequence[Question], stems: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield (question, other) where the other's stem speaks of an earlier answer and holds that of the question."""
    referring = [index for index, stem in enumerate(stems) if _REFERS.search(stem) or _has_aside(stem)][:REFERRING_MAX]
    for other in referring:
        stem = stems[other]
        tells = contains if _REFERS.search(stem) else _in_asides
        for index, question in enumerate(questions):
            if index != other and any(tells(stem, answer) for answer in _guarded(question)):
                yield index, other
                break


_ASIDE = re.compile(r"\(([^()]{4,200})\)|^([^:?]{4,200}): |^([^,?]{4,200}), (?=\w)")
_ON_ANSWERS = frozenset(
    content_words(
        "answer answers answered question questions said say says told mentioned mention right wrong correct incorrect"
        " true false case earlier previous previously before already seen saw known know contrast comparison opposed"
        " nothing something anything to do with confuse confused mix mistake mistaken apart aside besides addition"
        " recall remember remind reminder hint note noted established found learned discussed treated asked solution"
        " solved result one same different differently other another leaving let set put assume assuming given granted"
        " apply applies meant mean means here there now above last first second third"
    )
)
"""Words of an aside that speaks of an answer, and of nothing besides."""


def _has_aside(stem: str) -> bool:
    """Return whether an aside of the stem speaks of answers at all; most stems have none."""
    asides = (next(group for group in found.groups() if group) for found in _ASIDE.finditer(stem))
    return any(word in _ON_ANSWERS for aside in asides for word in content_words(aside))


def _in_asides(stem: str, answer: str) -> bool:
    """Return whether an aside in a stem holds an answer, and says otherwise only that it is one."""
    for found in _ASIDE.finditer(stem):
        aside = next(group for group in found.groups() if group)
        if contains(aside, answer):
            rest = content_words(aside.replace(answer, " "))
            return bool(rest) and all(word in _ON_ANSWERS for word in rest)
    return False


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
    if _has_same_options(left, right):
        return True
    stem, other = _asking(stem), _asking(other)
    said, asked = frozenset(content_words(stem)), frozenset(content_words(other))
    if not said or not asked:
        return stem == other
    shared = len(said & asked) / len(said | asked)
    return (shared >= 0.75 and len(said & asked) >= 2) or (
        shared >= 0.5 and fuzz.token_sort_ratio(stem, other) >= REWORDED_RATIO
    )


SAME_OPTIONS_WORDS = 3


def _has_same_options(left: Question, right: Question) -> bool:
    """Whether both offer the same phrases; single words are offered by many questions on one subject."""
    options = frozenset(map(_gist, left.options))
    if len(options) < 3 or options != frozenset(map(_gist, right.options)):
        return False
    return sum(len(option.split()) for option in options) >= SAME_OPTIONS_WORDS * len(options)


def _asking(stem: str) -> str:
    """Return the stem without what introduces it, such as "Please answer:"."""
    before, colon, after = stem.partition(": ")
    return after if colon and len(before.split()) <= 4 and len(after.split()) >= 3 else stem


def _wanted(question: Question) -> frozenset[str]:
    return frozenset(_gist(fold(answer)) for answer in question.answers) or frozenset(question.options)


def _numbers(text: str) -> Counter[str]:
    return Counter(re.findall(r"\d+", text))
