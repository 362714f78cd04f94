"""The question model shared by quizzes and course assessments: one class per question type, one shape of key each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StrictStr, WrapValidator, model_validator
from pydantic_core import PydanticCustomError

from granulator.granulation.structures.elements import (
    Bloom,
    Element,
    Id,
    Ids,
    Provenance,
    SomeTexts,
    Text,
    whole_number,
    within_budget,
)

Position = Annotated[int, BeforeValidator(whole_number)]
Options = Annotated[list[Text], Field(fail_fast=True, min_length=3, max_length=8)]


class _Question(Element):
    id: Id
    question: Text
    explanation: Text
    difficulty: Literal["easy", "medium", "hard"]
    bloom: Bloom | None = None
    objective_ids: Ids | None = None
    distractor_rationale: Annotated[list[StrictStr | None], Field(fail_fast=True)] | None = None
    provenance: Provenance | None = None


class MultipleChoice(_Question):
    type: Literal["multiple_choice"]
    options: Options
    correct_answer: Position

    @model_validator(mode="after")
    def _key_is_an_option(self) -> MultipleChoice:
        _check_positions([self.correct_answer], self.options)
        _check_rationale(self.distractor_rationale, [self.correct_answer], self.options)
        return self


class TrueFalse(_Question):
    type: Literal["true_false"]
    options: Annotated[list[Text], Field(fail_fast=True, min_length=2, max_length=2)]
    correct_answer: Position

    @model_validator(mode="after")
    def _options_are_the_pair(self) -> TrueFalse:
        if self.options != ["True", "False"]:
            raise PydanticCustomError("true_false", 'the options must be "True" and "False", in this order')
        _check_positions([self.correct_answer], self.options)
        return self


class MultipleResponse(_Question):
    type: Literal["multiple_response"]
    options: Options
    correct_answer: Annotated[list[Position], Field(fail_fast=True, min_length=1, max_length=8)]

    @model_validator(mode="after")
    def _keys_are_distinct_options(self) -> MultipleResponse:
        _check_positions(self.correct_answer, self.options)
        _check_rationale(self.distractor_rationale, self.correct_answer, self.options)
        return self


class Ordering(_Question):
    type: Literal["ordering"]
    options: Options
    correct_answer: Annotated[list[Position], Field(fail_fast=True, min_length=1, max_length=8)]

    @model_validator(mode="after")
    def _key_orders_every_item(self) -> Ordering:
        _check_positions(self.correct_answer, self.options)
        if len(self.correct_answer) != len(self.options):
            raise PydanticCustomError("key_range", "the key must hold each item's index once")
        return self


class _WithoutOptions(_Question):
    options: Annotated[list[Text], Field(max_length=0)] = []


class ShortAnswer(_WithoutOptions):
    type: Literal["short_answer"]
    correct_answer: SomeTexts


class Essay(_WithoutOptions):
    type: Literal["essay"]
    correct_answer: SomeTexts


class Pair(Element):
    left: Text
    right: Text


class Matching(_WithoutOptions):
    type: Literal["matching"]
    correct_answer: Annotated[list[Pair], Field(fail_fast=True, min_length=2)]


class Measure(Element):
    value: Annotated[float, Field(strict=True, allow_inf_nan=False)]
    tolerance: Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]


class Numeric(_WithoutOptions):
    type: Literal["numeric"]
    correct_answer: Measure


Question = Annotated[
    MultipleChoice | TrueFalse | MultipleResponse | Ordering | ShortAnswer | Essay | Matching | Numeric,
    Field(discriminator="type"),
    WrapValidator(within_budget),
]

TYPES = (
    "multiple_choice",
    "true_false",
    "multiple_response",
    "ordering",
    "short_answer",
    "essay",
    "matching",
    "numeric",
)


def _check_positions(positions: Sequence[int], options: Sequence[str]) -> None:
    if any(not 0 <= position < len(options) for position in positions):
        raise PydanticCustomError("key_range", "the key must be the index of an option, counted from 0")
    if len(set(positions)) != len(positions):
        raise PydanticCustomError("key_range", "the key names an option twice")


def _check_rationale(rationale: Sequence[str | None] | None, positions: Sequence[int], options: Sequence[str]) -> None:
    if rationale is None:
        return
    if len(rationale) != len(options) or any(rationale[position] is not None for position in positions):
        raise PydanticCustomError("rationale", "distractorRationale needs one entry per option and null at the key")
