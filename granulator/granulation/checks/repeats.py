"""The check for what is told twice: whole texts, also reworded, paragraphs shared by lessons, sentences that loop."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, combinations
from statistics import median

from granulator.granulation.checks.codes import issue
from granulator.granulation.checks.document import Document, Expectation, Leaf, Passage, Question
from granulator.granulation.checks.telling import sentences
from granulator.granulation.wording import content_words, fold, shingles, tokens
from granulator.model import Issue, StructureType

RARE_WORDS = 24
HOLDERS_MAX = 8
"""How many earlier lessons with the same rare word are compared; keeps a structure of copies linear."""

PHRASES_SHARE = 0.5
WORDS_SHARE = 0.6
LONG_WORDS_SHARE = 0.45
"""The share of content words that two texts, or two long ones, have in common when they say the same."""

SHORT_WORDS = 12
LONG_WORDS = 20

ALIKE_SHARE = 0.3
ALIKE_MIN = 4
ALIKE_COMPARED = 12
"""A lesson that has this share in common with most others is one of many rewordings; so many are looked at."""

SENTENCE_WORDS = 8
LOOPED = 2
LOOPED_SHORT = 3
LOOP_WORDS = 3
LOOP_CHARACTERS_MIN = 30
SAME_WORDS = 4
SAME_WORDS_QUOTED = 5
OWN_SHARE = 0.3
"""An explanation shares more of its words than this with the question that it explains."""

LEADING_MAX = 50
TOLD_ROLES = frozenset({"body", "description", "explanation"})
SHARED_BY = 3
SHARED_SHARE = 0.4


def dup_content(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find texts that say the same as an earlier one, also when reordered or reworded, and sentences said again."""
    reported: set[str] = set()
    for each in _repeats(document):
        if each.path not in reported:
            reported.add(each.path)
            yield each


def _repeats(document: Document) -> Iterator[Issue]:
    for index, earlier in _near_duplicates(document.bodies, _measure(document.structure_type)):
        yield _same(document.bodies[index].body_path, document.bodies[earlier].body_path)
    yield from _same_descriptions(document)
    told = [(body, _long_sentences(body.body)) for body in document.bodies]
    if document.structure_type is StructureType.COURSE:
        yield from _all_alike(document.bodies)
        yield from _shared_sentences(told)
    if document.structure_type in (StructureType.NOVEL, StructureType.LEARNING_PATH):
        yield from _same_leaves(document)
    for passage in document.passages:
        if passage.role in TOLD_ROLES and len(passage.text) > LOOP_CHARACTERS_MIN:
            yield from _loops(passage)
    yield from _same_passages(document)


def _same(path: str, other: str) -> Issue:
    return issue("dup_content", path, f"{path} says the same as {other}", f"Write {path} about its own title")


def _same_descriptions(document: Document) -> Iterator[Issue]:
    first: dict[str, str] = {}
    for group in document.groups:
        key, path = fold(group.description), f"{group.path}.{group.description_key}"
        if key and key in first:
            yield issue("dup_content", path, f"{path} is the same as {first[key]}", f"Describe {group.path} itself")
        first.setdefault(key, path)


def _same_leaves(document: Document) -> Iterator[Issue]:
    """Find scenes and milestones of which everything but the title is that of an earlier one."""
    first: dict[str, str] = {}
    bodies = {body.path for body in document.bodies}
    for leaf in document.leaves:
        key = fold(leaf.told)
        if leaf.path in bodies or len(key.split()) < SENTENCE_WORDS:
            continue
        if key in first:
            yield _same(leaf.path, first[key])
        first.setdefault(key, leaf.path)


IsSame = Callable[[Leaf, Leaf, frozenset[int], frozenset[int]], bool]


def _near_duplicates(lessons: Sequence[Leaf], is_same: IsSame) -> Iterator[tuple[int, int]]:
    """Yield (later, earlier); only lessons sharing rare words are compared, so the cost stays near linear."""
    phrases = [shingles(tokens(lesson.body)) for lesson in lessons]
    frequency = Counter(chain.from_iterable(lesson.meaning for lesson in lessons))
    holders: dict[str, list[int]] = defaultdict(list)
    for index, lesson in enumerate(lessons):
        counted = sorted((frequency[word], word) for word in lesson.meaning)
        rare = [word for count, word in counted if count > 1][:RARE_WORDS]
        found = Counter(chain.from_iterable(holders[word] for word in rare))
        alike = [(count, -earlier) for earlier, count in found.items() if count * 4 >= len(rare)]
        for _, earlier in sorted(alike, reverse=True)[:HOLDERS_MAX]:
            if is_same(lesson, lessons[-earlier], phrases[index], phrases[-earlier]):
                yield index, -earlier
                break
        for word in rare:
            if len(holders[word]) < HOLDERS_MAX:
                holders[word].append(index)


def _measure(structure_type: StructureType) -> IsSame:
    if structure_type is StructureType.COURSE:
        return _is_same_lesson
    return _is_same if structure_type is StructureType.NOVEL else _is_same_definition


def _is_same(left: Leaf, right: Leaf, left_phrases: frozenset[int], right_phrases: frozenset[int]) -> bool:
    fewest = min(len(left_phrases), len(right_phrases))
    if fewest >= 5 and len(left_phrases & right_phrases) >= PHRASES_SHARE * fewest:
        return True
    if min(len(left.meaning), len(right.meaning)) < SHORT_WORDS:
        return fold(left.body) == fold(right.body)
    return _common(left, right) >= WORDS_SHARE


def _is_same_lesson(left: Leaf, right: Leaf, left_phrases: frozenset[int], right_phrases: frozenset[int]) -> bool:
    if _is_same(left, right, left_phrases, right_phrases):
        return True
    is_long = min(len(left.meaning), len(right.meaning)) >= LONG_WORDS
    return is_long and _common(left, right) >= LONG_WORDS_SHARE


def _is_same_definition(left: Leaf, right: Leaf, left_phrases: frozenset[int], right_phrases: frozenset[int]) -> bool:
    # Two definitions may share most of their words and differ in the one that matters.
    if min(len(left.meaning), len(right.meaning)) < SHORT_WORDS:
        return left.meaning == right.meaning or fold(left.body) == fold(right.body)
    return _is_same(left, right, left_phrases, right_phrases)


def _common(left: Leaf, right: Leaf) -> float:
    return len(left.meaning & right.meaning) / len(left.meaning | right.meaning)


def _all_alike(lessons: Sequence[Leaf]) -> Iterator[Issue]:
    """Find lessons that share so many words with most others that all of them reword one."""
    written = [lesson for lesson in lessons if not lesson.is_source and len(lesson.meaning) >= LONG_WORDS]
    if len(written) < ALIKE_MIN:
        return
    compared = written[:: max(1, len(written) // ALIKE_COMPARED)][:ALIKE_COMPARED]
    if not any(_common(left, right) >= ALIKE_SHARE for left, right in combinations(compared, 2)):
        return
    for lesson in written[1:]:
        shares = [_common(lesson, other) for other in compared if other is not lesson]
        if median(shares) >= ALIKE_SHARE:
            yield _same(lesson.body_path, written[0].body_path)


def _shared_sentences(lessons: Sequence[tuple[Leaf, list[str]]]) -> Iterator[Issue]:
    """Find lessons that share a long sentence with two others, or a good part of their sentences with any."""
    written = [(lesson, told) for lesson, told in lessons if not lesson.is_source]
    holders = Counter(sentence for _, told in written for sentence in set(told))
    first: dict[str, str] = {}
    for lesson, told in written:
        again = [sentence for sentence in told if sentence in first]
        is_boilerplate = any(holders[sentence] >= SHARED_BY for sentence in again)
        if again and (is_boilerplate or len(again) >= SHARED_SHARE * len(told)):
            path, other = lesson.body_path, first[again[0]]
            message = f"{path} repeats sentences of {other}"
            yield issue("dup_content", path, message, f"Say in {path} what {other} does not say")
        for sentence in told:
            first.setdefault(sentence, lesson.body_path)


def _loops(passage: Passage) -> Iterator[Issue]:
    told = [fold(sentence) for sentence in sentences(passage.text)]
    if len(set(told)) == len(told):
        return
    counts = Counter(sentence for sentence in told if sentence.count(" ") >= LOOP_WORDS - 1)
    sentence, most = max(counts.items(), key=lambda row: (row[1], len(row[0])), default=("", 0))
    is_long = sentence.count(" ") >= SENTENCE_WORDS - 1 and not passage.is_source
    # A short sentence may come twice on purpose; one that is half of the text may not.
    if most >= LOOPED_SHORT and most * 2 >= len(told) or (is_long and most >= LOOPED):
        path = passage.path
        message = f"{path} says the same sentence {most} times"
        yield issue("dup_content", path, message, f"Say each thing once in {path}")


def _same_passages(document: Document) -> Iterator[Issue]:
    """Find activities, explanations and definitions that repeat another of their kind, apart from a lead-in."""
    asked = {f"{each.path}.explanation": each for each in document.questions}
    first: dict[tuple[str, str], str] = {}
    for passage in document.passages:
        level = _LEVEL.sub("", passage.path)
        if level not in _COMPARED:
            continue
        text = fold(passage.text)
        key = _LEAD_IN.sub("", text).strip(" .!:")
        if key.count(" ") < (SAME_WORDS_QUOTED if passage.is_source else SAME_WORDS) - 1:
            continue
        other = first.setdefault((level, key), passage.path)
        if other != passage.path and not (passage.is_source and level in _QUOTING and not _is_astray(passage, asked)):
            yield _same(passage.path, other)
    yield from _said_again(document)


def _is_astray(passage: Passage, asked: Mapping[str, Question]) -> bool:
    """Return whether an explanation has next to nothing to do with its own question."""
    question = asked.get(passage.path)
    if question is None:
        return False
    said = set(content_words(passage.text))
    own = set(content_words(" ".join((question.stem, *question.answers))))
    return len(said & own) < OWN_SHARE * len(said)


def _said_again(document: Document) -> Iterator[Issue]:
    """Find texts that announce that they repeat, and do: "In other words, ..."."""
    leading = [
        passage
        for passage in document.passages
        if _LEVEL.sub("", passage.path) in _COMPARED and _LEAD_IN.match(fold(passage.text[:80]))
    ][:LEADING_MAX]
    for passage in leading:
        level = _LEVEL.sub("", passage.path)
        said = frozenset(content_words(_LEAD_IN.sub("", fold(passage.text))))
        for other in document.passages:
            if other.path == passage.path or _LEVEL.sub("", other.path) != level:
                continue
            meant = frozenset(content_words(other.text))
            if len(said) >= 3 and len(said & meant) >= WORDS_SHARE * len(said | meant):
                yield _same(passage.path, other.path)
                break


_LEVEL = re.compile(r"\[\d+\]")
_COMPARED = frozenset(
    {
        "milestones.activities.description",
        "milestones.assessment.criterion",
        "concepts.definition",
        "steps.description",
        "categories.questions.explanation",
        "modules.assessment.questions.explanation",
    }
)
_QUOTING = frozenset({"categories.questions.explanation", "modules.assessment.questions.explanation"})
"""Two questions may rest on one sentence of a source."""

_LEAD_IN = re.compile(
    r"^(?:(?:in|put) other words|as (?:was |already |we )?(?:mentioned|said|noted|stated|seen|discussed)(?: \w+)?"
    r"|to (?:put it|say it|phrase it) \w+|(?:once )?again|put (?:simply|differently|another way)|simply put"
    r"|that is(?: to say)?"
    r"|to repeat|to recap|in short|in summary|to sum up|namely|basically|essentially|to reiterate"
    r"|said differently)[,:] "
)


def _long_sentences(text: str) -> list[str]:
    return [fold(sentence) for sentence in sentences(text) if sentence.count(" ") >= SENTENCE_WORDS - 1]
