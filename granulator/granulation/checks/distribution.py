"""Checks of all questions together: difficulty, where the key stands, which option is longest, catch-all options."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator

from granulator.granulation.checks.codes import issue, quote
from granulator.granulation.checks.document import Document, Expectation, Question
from granulator.granulation.wording import fold
from granulator.model import Issue, StructureType

ITEMS_MIN = 8
"""Fewer items say nothing about a distribution."""

CHI_SQUARE_99 = {1: 6.63, 2: 9.21, 3: 11.34, 4: 13.28, 5: 15.09, 6: 16.81, 7: 18.48}
"""Degrees of freedom -> the value chance exceeds once in a hundred."""

SAME_ODDS = 60
LONGEST_ODDS = 0.35
LONGEST_CHANCE = 0.01
"""Right options are the longest in about a third of honest questions; more is chance once in a hundred quizzes."""

FEW_ITEMS_MIN = 5
LONGEST_SHARE = 0.6
LONGER_BY = 1.1
_ALL = r"(?:all|none|both|neither|any|each|every one|everything|several|two or more|more than one|some)"
_LISTED = (
    r"(?:above|below|these|them|those|others?|rest|listed|given"
    r"|(?:answer|option|choice|statement|alternative|possibilit)\w*)"
)
_CATCH_ALL = re.compile(
    rf"{_ALL}(?: of)?(?: the| these| those)?(?: other| listed| given)? {_LISTED}(?: above| below| listed| given)?"
    rf"(?: (?:is|are|may be|can be|could be|apply|applies))?(?: \w+)?\W*"
    r"|(?:both )?\(?[a-h]\)? (?:and|&) \(?[a-h]\)?(?: (?:only|are \w+))?\W*"
    r"|(?:all|none) (?:are|is) (?:correct|right|true|wrong)\W*|everything (?:mentioned|listed|above)\W*"
)


def difficulty_flat(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find quizzes of eight questions or more that are all of one difficulty."""
    found = Counter(question.difficulty for question in document.questions)
    if document.structure_type is StructureType.QUIZ and len(found) == 1 and found.total() >= ITEMS_MIN:
        message = f"All {found.total()} questions are {quote(next(iter(found)))}"
        yield issue("difficulty_flat", "categories", message, "Mix easy, medium and hard questions")


def key_position_bias(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find quizzes whose correct option stands in one place more often than chance allows (chi-square, 1 %)."""
    questions = list(_choices(document))
    if (position := _always(questions)) is not None:
        message = f"The correct option is at index {position} in all {len(questions)} questions"
        yield issue("key_position_bias", _top(document), message, "Shuffle the options of each question")
        return
    by_size: dict[int, list[int]] = {}
    for question in questions:
        by_size.setdefault(len(question.options), []).append(question.keys[0])
    for size, keys in by_size.items():
        if not _is_biased(keys, size):
            continue
        position, count = Counter(keys).most_common(1)[0]
        message = f"The correct option is at index {position} in {count} of {len(keys)} questions"
        yield issue("key_position_bias", _top(document), message, "Shuffle the options of each question")


def _always(questions: list[Question]) -> int | None:
    """Return where all keys stand, if in one place, and chance hardly ever puts so many there."""
    keys = {question.keys[0] for question in questions}
    odds = math.prod(len(question.options) for question in questions[1:ITEMS_MIN])
    return keys.pop() if len(keys) == 1 and odds > SAME_ODDS else None


def _is_biased(keys: list[int], size: int) -> bool:
    return len(keys) >= ITEMS_MIN and _chi_square(keys, size) > CHI_SQUARE_99.get(size - 1, 0)


def _chi_square(keys: list[int], size: int) -> float:
    share = len(keys) / size
    counts = Counter(keys)
    return sum((counts[position] - share) ** 2 / share for position in range(size))


def longest_is_correct(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find quizzes in which the longest option is the correct one most of the time."""
    questions = list(_choices(document))
    longest = sum(_key_is_longest(question) for question in questions)
    if _is_mostly_longest(longest, len(questions)):
        message = f"The longest option is correct in {longest} of {len(questions)} questions"
        yield issue("longest_is_correct", _top(document), message, "Make wrong options as long as right ones")


def _is_mostly_longest(longest: int, count: int) -> bool:
    if count >= ITEMS_MIN:
        return longest >= LONGEST_SHARE * count
    chance = sum(
        math.comb(count, each) * LONGEST_ODDS**each * (1 - LONGEST_ODDS) ** (count - each)
        for each in range(longest, count + 1)
    )
    return count >= FEW_ITEMS_MIN and chance <= LONGEST_CHANCE


def _key_is_longest(question: Question) -> bool:
    lengths = [len(option) for option in question.options]
    key = lengths.pop(question.keys[0])
    return key > LONGER_BY * max(lengths)


def all_of_above(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find catch-all options such as "All of the above"."""
    for passage in document.passages:
        if passage.role == "option" and _CATCH_ALL.fullmatch(fold(passage.text[:60])):
            message = f"{passage.path} is a catch-all: {quote(passage.text)}"
            yield issue("all_of_above", passage.path, message, f"Replace {passage.path} by an option of its own")


def _choices(document: Document) -> Iterator[Question]:
    for question in document.questions:
        if question.type == "multiple_choice" and len(question.keys) == 1 and len(question.options) > 2:
            yield question


def _top(document: Document) -> str:
    return "categories" if document.structure_type is StructureType.QUIZ else "modules"
