"""Questions as asked of a model, of four types, and as they stand in a structure; shared by courses and quizzes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, TypeAdapter

from granulator.granulation.drafts.answers import Asked, Cites, PlannedId, checked
from granulator.granulation.drafts.base import Fault
from granulator.granulation.drafts.runs import in_order, tokens, words_of
from granulator.granulation.structures.elements import SomeTexts, Text
from granulator.granulation.structures.question import Options, Position, Question
from granulator.model import JsonObject

Difficulty = Literal["easy", "medium", "hard"]
TRUE_FALSE = ("True", "False")
FIELDS = 8
"""Fields of a question, its options among them."""

_FULL: TypeAdapter[object] = TypeAdapter(Question)
_ORDER = ("id", "type", "question", "options", "correctAnswer", "explanation", "difficulty", "cites")


def _true_or_false(value: object) -> object:
    # Which of the two is meant is beyond doubt, and saying it without a number is the commonest slip.
    if isinstance(value, bool):
        return 0 if value else 1
    named = {"true": 0, "false": 1}
    return named.get(value.strip().casefold(), value) if isinstance(value, str) else value


def _one_or_many(value: object) -> object:
    return [value] if isinstance(value, str) else value


class _Said(Asked):
    question: Text
    explanation: Text
    cites: Cites = []


class _Choice(_Said):
    """Exactly one option is right."""

    type: Literal["multiple_choice"]
    options: Annotated[Options, Field(description="Four options, pairwise different, of about the same length.")]
    correct_answer: Annotated[Position, Field(description="Index of the right option, counted from 0.")]


class _TrueFalse(_Said):
    """A statement that is true or false."""

    type: Literal["true_false"]
    correct_answer: Annotated[
        Position, BeforeValidator(_true_or_false), Field(description="0 if the statement is true, 1 if it is false.")
    ]


class _Response(_Said):
    """Several options are right; the stem says so."""

    type: Literal["multiple_response"]
    options: Annotated[Options, Field(description="Four to six options, pairwise different.")]
    correct_answer: Annotated[
        list[Position], Field(min_length=1, description="Indexes of all right options, counted from 0.")
    ]


class _ShortAnswer(_Said):
    """Answered in a few words."""

    type: Literal["short_answer"]
    correct_answer: Annotated[
        SomeTexts, BeforeValidator(_one_or_many), Field(description="Every wording that counts as right.")
    ]


class _Fresh(Asked):
    difficulty: Difficulty


class _Planned(Asked):
    id: PlannedId = ""


class FreshChoice(_Choice, _Fresh):
    __doc__ = _Choice.__doc__


class FreshTrueFalse(_TrueFalse, _Fresh):
    __doc__ = _TrueFalse.__doc__


class FreshResponse(_Response, _Fresh):
    __doc__ = _Response.__doc__


class FreshShortAnswer(_ShortAnswer, _Fresh):
    __doc__ = _ShortAnswer.__doc__


class PlannedChoice(_Choice, _Planned):
    __doc__ = _Choice.__doc__


class PlannedTrueFalse(_TrueFalse, _Planned):
    __doc__ = _TrueFalse.__doc__


class PlannedResponse(_Response, _Planned):
    __doc__ = _Response.__doc__


class PlannedShortAnswer(_ShortAnswer, _Planned):
    __doc__ = _ShortAnswer.__doc__


FreshQuestion = Annotated[FreshChoice | FreshTrueFalse | FreshResponse | FreshShortAnswer, Field(discriminator="type")]
"""A question nobody planned: it says how difficult it is."""

PlannedQuestion = Annotated[
    PlannedChoice | PlannedTrueFalse | PlannedResponse | PlannedShortAnswer, Field(discriminator="type")
]
"""A question the plan names and rates."""


def element(answer: Asked, **planned: str) -> JsonObject:
    """Return the question as it stands in a structure; ``planned`` are its id and difficulty as planned."""
    said = answer.plain()
    given = [*TRUE_FALSE] if said["type"] == "true_false" else []
    return in_order({"options": given} | said | planned, *_ORDER)


def faults(elements: Sequence[tuple[str, JsonObject]]) -> list[Fault]:
    """Return what the full model says against questions, each given with its place in the answer."""
    return [fault for path, question in elements for fault in checked(_FULL, question, path)]


def expected_tokens(words: Mapping[str, Sequence[int]], level: int) -> int:
    """Return about how many tokens one question takes."""
    options = 4 * words_of(words, "options", level, 10)
    return tokens(
        words_of(words, "stems", level, 25) + options + words_of(words, "explanations", level, 40), fields=FIELDS
    )
