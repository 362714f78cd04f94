"""Checks of courses only: objectives, balance and durations."""

from __future__ import annotations

import re
from collections.abc import Iterator

from granulator.granulation.checks.codes import issue, quote
from granulator.granulation.checks.document import Document, Expectation, Group
from granulator.granulation.structures import at
from granulator.granulation.wording import content_words, fold
from granulator.model import Issue, Json, StructureType

IMBALANCE = 4
DURATION_FACTOR = 2
OBJECTIVE_WORDS_MIN = 2
MINUTES_MAX = 10_000_000
EXERCISES_FROM_LEVEL = 4

_LEAD_IN = re.compile(
    r"(?:(?:by the end of (?:this|the) \w+,? )?(?:the )?(?:students?|learners?|participants?|you|they)"
    r"(?: will| should| can)?(?: be able to| learn to)? |be able to |to )"
)
_MENTAL = (
    r"(?:understanding|insights?|knowledge|appreciation|sense|feel|feeling|awareness|background|overview|ideas?|grasp"
    r"|impressions?|picture|perspectives?|views?|outlook|interest|confidence|familiarity|orientation|notions?"
    r"|grip|handle"
    r"|command|mindset|attitudes?|intuition|curiosity|respect|passion|enthusiasm|motivation|exposure|experience"
    r"|basics"
    r"|information|learnings?|comprehension|recognition|acquaintance|mastery|competence|expertise|love|taste"
    r"|opinions?"
    r"|wisdom|trust|empathy|horizons?|understandings)"
)
_MODIFIERS = r"(?:(?:an?|the|some|more|one's|your|their|any|all|[a-z]+) ){0,4}"
_UNMEASURABLE = re.compile(
    r"(?:(?:really|truly|fully|better|deeply|thoroughly|further|clearly|properly|basically|generally) )?(?:"
    r"(?:understand|know|learn|appreciate|grasp|comprehend|reali[sz]e|believe|enjoy|familiari[sz]e|like|love"
    r"|value|respect"
    r"|accept|admire|feel|see (?:the|that|how|why|what)|hear|think|consider|grow|wonder|ponder|contemplate"
    r"|perceive|sense|internali[sz]e|absorb|embrace|experience"
    r"|encounter|(?:discover|explore) (?:the )?(?:\w+ )?(?:world|basics|topic|subject|field|ideas?|concepts?"
    r"|importance|role|notion|meaning|possibilities|potential|theme|history|nature)|imagine|hope|wish|want|care"
    r"|trust|dream|be|become|come to|get to know"
    r"|get used to|reflect (?:on|about|upon)|keep in mind|bear in mind|look at|pay attention|take (?:an )?interest"
    r"|(?:remember|notice|recogni[sz]e|recall|see) (?:that|how|why|the importance|the value|the need)"
    r"|hear about|find out"
    r"|have|stay|remain|master(?!-)|marvel|delve|deepen|broaden|widen|sharpen)"
    rf"|(?:get|gain|acquire|obtain|develop|build|form|receive|increase|improve|enhance|extend|expand|strengthen|raise"
    rf"|cultivate|foster|nurture|show|take|pick up|achieve|reach|arrive at) (?:up )?{_MODIFIERS}{_MENTAL}"
    r"|get (?:aware|familiar|acquainted|comfortable|interested|curious|convinced|excited|inspired|involved)"
    r")\b(?! able to)"
)
"""What goes on in a mind, and what nobody can be seen to do."""


def unmeasurable_objective(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find objectives nobody can observe, such as "Understand lists"."""
    for passage in document.passages:
        if passage.role != "objective":
            continue
        text = fold(passage.text)
        lead_in = _LEAD_IN.match(text)
        if _UNMEASURABLE.match(text, lead_in.end() if lead_in else 0):
            yield issue(
                "unmeasurable_objective",
                passage.path,
                f"{passage.path} cannot be observed: {quote(passage.text)}",
                f"Begin {passage.path} with a verb that can be observed, such as explain, apply or compare",
            )


def objective_uncovered(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find objectives with an id that no lesson teaches or no question assesses."""
    taught = {identity for leaf in document.leaves for identity in leaf.objective_ids}
    assessed = {identity for question in document.questions for identity in question.objective_ids}
    for path, objective in at(document.structure, "modules[].objectives[]"):
        identity = objective.get("id") if isinstance(objective, dict) else None
        lacks = [name for name, ids in (("lesson", taught), ("question", assessed)) if identity not in ids]
        if isinstance(identity, str) and lacks:
            message = f"{path} is linked to no {' and no '.join(lacks)}"
            yield issue("objective_uncovered", path, message, f"Link {path} by objectiveIds, or remove it")
    yield from _untaught(document)
    yield from _unassessed(document)


def _untaught(document: Document) -> Iterator[Issue]:
    """Find objectives of a module of which not a word occurs in its lessons and questions."""
    modules = document.groups if document.structure_type is StructureType.COURSE else ()
    for module, (_, element) in zip(modules, at(document.structure, "modules[]"), strict=True):
        told = frozenset[str]().union(*(leaf.meaning for leaf in module.leaves))
        for inner, objective in at(element, "learningObjectives[]"):
            words = content_words(objective)[1:] if isinstance(objective, str) else []
            if len(set(words)) < OBJECTIVE_WORDS_MIN or not told or told.intersection(words):
                continue
            if not _all_words(module).intersection(words):
                path = f"{module.path}.{inner}"
                message = f"{path} is neither taught nor assessed: no word of it occurs in {module.path}"
                yield issue("objective_uncovered", path, message, f"Teach and assess {path}, or remove it")


def _unassessed(document: Document) -> Iterator[Issue]:
    """Find courses that state objectives and ask no question at all."""
    modules = document.groups if document.structure_type is StructureType.COURSE else ()
    if not modules or any(module.questions for module in modules):
        return
    empty = [path for path, found in at(document.structure, "modules[].assessment.questions") if found == []]
    if empty:
        message = f"{empty[0]} is empty, and so are those of all other modules: no objective is assessed"
        yield issue("objective_uncovered", empty[0], message, "Ask about the objectives of each module")


def no_exercises(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find lessons without an exercise at the levels that ask for one in each."""
    planned = expected.sizes
    if (expected.granularity_level or 0) < EXERCISES_FROM_LEVEL or document.structure_type is not StructureType.COURSE:
        return
    if planned is not None and planned.extras < planned.leaves:
        return
    for path, exercises in at(document.structure, "modules[].lessons[].practicalExercises"):
        if exercises == []:
            message = f"{path} is empty; at this granularity level every lesson has an exercise"
            yield issue("below_minimum", path, message, f"Add an exercise to {path}")


def _all_words(module: Group) -> frozenset[str]:
    texts = [leaf.text for leaf in module.leaves]
    texts += [f"{each.stem} {' '.join(each.options)} {each.explanation}" for each in module.questions]
    return frozenset(word for text in texts for word in content_words(text))


def imbalance(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find the module that is more than four times as long as the shortest."""
    if document.structure_type is not StructureType.COURSE or len(document.groups) < 2:
        return
    lengths = [sum(leaf.length for leaf in group.leaves) for group in document.groups]
    shortest, longest = min(lengths), max(lengths)
    if 0 < shortest * IMBALANCE < longest:
        path, other = (document.groups[lengths.index(length)].path for length in (longest, shortest))
        message = f"{path} has {longest} words, {other} only {shortest}"
        yield issue("imbalance", path, message, f"Move lessons from {path} to other modules, or write {other} out")


def duration_mismatch(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find durations that contradict each other, or time limits that do not fit the questions, by more than"
    " double."""
    for path in ("courseOverview", "modules[]", "quizOverview"):
        for at_path, element in at(document.structure, path):
            yield from _contradicting(at_path, element)
    yield from _whole_and_parts(document)
    yield from _time_limit(document)


_UNITS = {"m": 1, "h": 60}
_DURATION = re.compile(
    r"(?:about |approximately |approx\.? |~ ?)?(\d{1,5}(?:\.\d+)?) ?(m(?:in(?:ute)?s?)?|h(?:(?:ou)?rs?)?)\b"
)


def minutes(duration: Json) -> float | None:
    """Return the minutes a text such as "1 hour 30 minutes" names; None for weeks and for anything else."""
    if not isinstance(duration, str) or len(duration) > 100:
        return None
    text = fold(duration)
    found = _DURATION.findall(text)
    rest = re.sub(r"\b(?:and|per|total)\b|[\W_]", "", _DURATION.sub("", text))
    return sum(float(number) * _UNITS[unit[0]] for number, unit in found) if found and not rest else None


def _contradicting(path: str, element: Json) -> Iterator[Issue]:
    if not isinstance(element, dict):
        return
    key = next((name for name in ("duration", "estimatedDuration", "timeLimit") if name in element), None)
    said, computed = minutes(element.get(key)) if key else None, element.get("durationMinutes")
    if not said or not isinstance(computed, int | float):
        return
    if 0 < computed <= MINUTES_MAX and _is_far(said, computed):
        message = f"{path}.{key} says {said:g} minutes, durationMinutes {computed:g}"
        yield issue("duration_mismatch", f"{path}.{key}", message, f"Make {path}.{key} agree with durationMinutes")


def _whole_and_parts(document: Document) -> Iterator[Issue]:
    whole = [_length(element, "duration") for _, element in at(document.structure, "courseOverview")]
    parts = [_length(element, "estimatedDuration") for _, element in at(document.structure, "modules[]")]
    known = [part for part in parts if part]
    if whole and whole[0] and known and len(known) == len(parts) and _is_far(whole[0], sum(known)):
        path = "courseOverview.duration"
        message = f"{path} is {whole[0]:g} minutes, its modules take {sum(known):g}"
        yield issue("duration_mismatch", path, message, f"Set {path} to the sum of its modules")


def _length(element: Json, key: str) -> float | None:
    return minutes(element.get(key)) if isinstance(element, dict) else None


_QUESTION_MINUTES = {"essay": 10.0, "short_answer": 3.0, "matching": 3.0, "ordering": 3.0, "numeric": 3.0}


def _time_limit(document: Document) -> Iterator[Issue]:
    computed = sum(_QUESTION_MINUTES.get(question.type, 1.5) for question in document.questions)
    for path, limit in at(document.structure, "quizOverview.timeLimit"):
        said = minutes(limit)
        if said and computed and _is_far(said, computed):
            message = f"{path} is {said:g} minutes, {len(document.questions)} questions take about {computed:g}"
            yield issue("duration_mismatch", path, message, f"Set {path} to about {computed:g} minutes")


def _is_far(left: float, right: float) -> bool:
    return max(left, right) > DURATION_FACTOR * min(left, right)
