"""A question without its key, as solvers get it, and what their answers mean; makes no call. Pure."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from granulator.granulation.judging.showing import normalised
from granulator.granulation.structures import at
from granulator.granulation.wording import content_words
from granulator.model import Json, JsonObject, StructureType

QUESTION_LISTS: Final[Mapping[StructureType, str]] = {
    StructureType.COURSE: "modules[].assessment.questions[]",
    StructureType.QUIZ: "categories[].questions[]",
}

Form = Literal["one", "many", "order", "pairs", "words", "number"]

FORMS: Final[Mapping[Form, str]] = {
    "one": "the letter of the right option",
    "many": "the letters of all right options",
    "order": "the letters of all items, in the right order",
    "pairs": "for each numbered item in turn the letter that belongs to it",
    "words": "the answer alone, in a few words",
    "number": "the answer alone, as a number with a point before its decimals",
}
"""How each form of question is to be answered, in words for a prompt."""

ROUNDING: Final = 0.005
"""A fraction that is off by so small a share of itself is the same, rounded."""

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LETTER = re.compile(r"\W*([A-Za-z])(?![A-Za-z])")


def _number(group: str, point: str) -> re.Pattern[str]:
    """Return what finds a number, and none within one that is written with other marks."""
    whole = rf"[0-9]{{1,3}}(?:[{group}\u00a0 ][0-9]{{3}})+|[0-9]+"
    return re.compile(
        rf"(?<![0-9.,])[-+−]?(?:(?:{whole})(?:{point}[0-9]+)?|{point}[0-9]+)(?:[eE][-+]?[0-9]+)?(?![.,]?[0-9])"
    )


_MARKS: Final = ((",", _number(",", r"\.")), (".", _number(r"\.", ",")))
"""The mark between groups of digits -> numbers written so: 1,234.5 in English is 1.234,5 in many other languages."""


@dataclass(frozen=True, slots=True)
class Solvable:
    """One question. ``key`` are indexes of ``options`` (in order for order and pairs), or ``accepted`` texts.

    ``items`` are what options are matched to; ``number`` is value and tolerance; ``element`` is the question itself.
    """

    path: str
    id: str
    form: Form
    stem: str
    element: JsonObject
    options: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    key: tuple[int, ...] = ()
    accepted: tuple[str, ...] = ()
    number: tuple[float, float] = (0.0, 0.0)

    @property
    def explanation(self) -> str:
        return _text(self.element.get("explanation"))

    @property
    def key_text(self) -> str:
        """The right answer in words."""
        if self.form == "number":
            return f"{self.number[0]:g}"
        if self.form == "words":
            return self.accepted[0]
        if self.form == "pairs":
            return "; ".join(f"{item}: {option}" for item, option in zip(self.items, self.options, strict=True))
        return "; ".join(self.options[index] for index in self.key)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A question as one solver sees it: ``order`` is the index of the option that stands under each letter."""

    question: Solvable
    order: tuple[int, ...] = field(default=())

    def text(self) -> str:
        """Return the question with its options, without key and explanation."""
        rows = [f"{place}) {item}" for place, item in enumerate(self.question.items, 1)]
        rows += [f"{_LETTERS[place]}. {self.question.options[index]}" for place, index in enumerate(self.order)]
        return "\n".join([self.question.stem, *rows])


@dataclass(frozen=True, slots=True)
class Vote:
    """One answer, read: ``agrees`` with the key, does not, or None where words have yet to be compared or none came."""

    agrees: bool | None
    answer: str = ""

    @property
    def is_abstention(self) -> bool:
        return not self.answer


def questions_of(structure_type: StructureType, structure: JsonObject) -> tuple[Solvable, ...]:
    """Return the questions of a structure that have a key to hold an answer against; essays have none."""
    path = QUESTION_LISTS.get(structure_type)
    if path is None:
        return ()
    found = (_solvable(where, question) for where, question in at(structure, path) if isinstance(question, dict))
    return tuple(question for question in found if question is not None)


def sheet(question: Solvable, vote: int) -> Sheet:
    """Return the question for the solver of this number: its options in an order of their own."""
    order = list(range(len(question.options)))
    # Chance by the question alone, so that a job that is taken over reads a kept answer as it was meant.
    random.Random(f"{question.path} {question.id} {vote}").shuffle(order)
    return Sheet(question, tuple(order))


def read(shown: Sheet, answer: Sequence[str]) -> Vote | None:
    """Return what was answered; None when it is no answer of the form that was asked for."""
    given = [text.strip() for text in answer if text.strip()]
    if not given:
        return Vote(None)
    question = shown.question
    if question.form == "words":
        text = " ".join(given)
        return Vote(True if _is_accepted(text, question.accepted) else None, text)
    if question.form == "number":
        values = _numbers(" ".join(given))
        said = next((value for value in values if _is_close(value, *question.number)), None)
        return Vote(said is not None, f"{values[0] if said is None else said:g}") if values else None
    picked = _picked(shown, given)
    return None if picked is None else _vote(question, picked)


def _vote(question: Solvable, picked: Sequence[int]) -> Vote:
    chosen = [question.options[index] for index in picked]
    wanted = [question.options[index] for index in question.key]
    if question.form in ("one", "many"):
        return Vote(set(chosen) == set(wanted), "; ".join(sorted(chosen)))
    # Two options with the same words are one answer.
    return Vote(chosen == wanted, "; ".join(chosen))


def _picked(shown: Sheet, given: Sequence[str]) -> list[int] | None:
    """Return the indexes of the options whose letters were given, or None when they do not answer the question."""
    if len(given) == 1 and re.fullmatch(r"[A-Za-z](?:\s*[,;>\s]\s*[A-Za-z])+", given[0]):
        given = re.findall(r"[A-Za-z]", given[0])
    marks = [_LETTER.match(text) for text in given]
    places = [_LETTERS.index(mark[1].upper()) for mark in marks if mark is not None]
    if len(places) < len(given) or any(place >= len(shown.order) for place in places):
        return None
    form, count = shown.question.form, len(shown.order)
    is_complete = {
        "one": len(places) == 1,
        "many": len(set(places)) == len(places),
        "order": sorted(places) == list(range(count)),
        "pairs": len(places) == len(shown.question.items),
    }
    return [shown.order[place] for place in places] if is_complete[form] else None


def _solvable(path: str, question: JsonObject) -> Solvable | None:
    kind, stem, key = question.get("type"), _text(question.get("question")), question.get("correctAnswer")
    if not isinstance(kind, str) or not stem or kind not in _READERS:
        return None
    return _READERS[kind](path, _text(question.get("id")), stem, question, key)


def _with_options(form: Form, path: str, ident: str, stem: str, question: JsonObject, key: Json) -> Solvable | None:
    listed = question.get("options")
    options, keys = _texts(listed), _indexes(key)
    if not isinstance(listed, list) or len(options) < len(listed):
        # Without its empty options a key would point at another one.
        return None
    is_sound = 2 <= len(options) <= len(_LETTERS) and keys and all(0 <= index < len(options) for index in keys)
    if (
        not is_sound
        or (form == "one" and len(keys) != 1)
        or (form == "order" and sorted(keys) != [*range(len(options))])
    ):
        return None
    return Solvable(path, ident, form, stem, question, options=options, key=keys)


def _one(path: str, ident: str, stem: str, question: JsonObject, key: Json) -> Solvable | None:
    return _with_options("one", path, ident, stem, question, key)


def _many(path: str, ident: str, stem: str, question: JsonObject, key: Json) -> Solvable | None:
    return _with_options("many", path, ident, stem, question, key)


def _order(path: str, ident: str, stem: str, question: JsonObject, key: Json) -> Solvable | None:
    return _with_options("order", path, ident, stem, question, key)


def _pairs(path: str, ident: str, stem: str, question: JsonObject, key: Json) -> Solvable | None:
    pairs = [pair for pair in key if isinstance(pair, dict)] if isinstance(key, list) else []
    items = tuple(_text(pair.get("left")) for pair in pairs)
    options = tuple(_text(pair.get("right")) for pair in pairs)
    if not 2 <= len(pairs) <= len(_LETTERS) or not all((*items, *options)):
        return None
    return Solvable(path, ident, "pairs", stem, question, options=options, items=items, key=tuple(range(len(pairs))))


def _words(path: str, ident: str, stem: str, question: JsonObject, key: Json) -> Solvable | None:
    accepted = _texts(key)
    return Solvable(path, ident, "words", stem, question, accepted=accepted) if accepted else None


def _measure(path: str, ident: str, stem: str, question: JsonObject, key: Json) -> Solvable | None:
    measure = key if isinstance(key, dict) else {}
    value, tolerance = _finite(measure.get("value")), _finite(measure.get("tolerance"))
    if value is None or tolerance is None:
        return None
    return Solvable(path, ident, "number", stem, question, number=(value, tolerance))


_READERS = {
    "multiple_choice": _one,
    "true_false": _one,
    "multiple_response": _many,
    "ordering": _order,
    "matching": _pairs,
    "short_answer": _words,
    "numeric": _measure,
}


def _text(value: Json) -> str:
    return value.strip() if isinstance(value, str) else ""


def _texts(value: Json) -> tuple[str, ...]:
    return tuple(text for entry in value if (text := _text(entry))) if isinstance(value, list) else ()


def _indexes(key: Json) -> tuple[int, ...]:
    keys = key if isinstance(key, list) else [key]
    found = tuple(_whole(keys))
    return found if len(found) == len(keys) == len(set(found)) else ()


def _whole(values: Sequence[Json]) -> Iterator[int]:
    for value in values:
        if isinstance(value, float) and value.is_integer():
            yield int(value)
        elif isinstance(value, int) and not isinstance(value, bool):
            yield value


def _finite(value: Json) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _is_accepted(answer: str, accepted: Sequence[str]) -> bool:
    """Return whether an answer says one of the accepted ones, perhaps in a sentence; other words are to be graded."""
    given, said = normalised(answer).rstrip("."), frozenset(content_words(answer))
    for text in accepted:
        wanted = frozenset(content_words(text))
        if given == normalised(text).rstrip(".") or (wanted and said == wanted):
            return True
    return False


def _numbers(text: str) -> list[float]:
    """Return what the number in a text may mean: 1.500 is one and a half to some, fifteen hundred to others."""
    found = [(group, pattern.search(text.replace("\u202f", " "))) for group, pattern in _MARKS]
    plain = (re.sub(rf"[{group}\u00a0 ]", "", number[0]) for group, number in found if number is not None)
    return [float(number.replace(",", ".").replace("−", "-")) for number in plain]


def _is_close(value: float, wanted: float, tolerance: float) -> bool:
    # A year or a count is not rounded.
    rounding = 0.0 if wanted.is_integer() else abs(wanted) * ROUNDING
    return abs(value - wanted) <= max(tolerance, rounding) + 1e-9 * abs(wanted)
