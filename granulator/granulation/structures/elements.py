"""The fields and the base model every structure is built from; no structure type of its own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

ID_PATTERN = r"^[a-z]+(_[A-Za-z0-9]+)+$"
UNKNOWN_KEYS_REPORTED = 20
LIST_MAX = 1000
"""The most strings one list of an element may hold."""


@dataclass(slots=True)
class FindingBudget:
    """How many more findings are wanted; elements after the last one are no longer looked at."""

    left: int


def whole_number(value: object) -> object:
    """Return 3 for 3 and for 3.0.

    Raises PydanticCustomError for anything else, above all for a boolean, which Python counts as an integer.
    """
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise PydanticCustomError("whole_number", "must be a whole number")
    return value


Text = Annotated[str, StringConstraints(strict=True, strip_whitespace=True, min_length=1)]
Id = Annotated[str, StringConstraints(strict=True, pattern=ID_PATTERN, max_length=200)]
Texts = Annotated[list[Text], Field(fail_fast=True, max_length=LIST_MAX)]
SomeTexts = Annotated[list[Text], Field(fail_fast=True, min_length=1, max_length=LIST_MAX)]
Ids = Annotated[list[Id], Field(fail_fast=True, max_length=LIST_MAX)]
Minutes = Annotated[int, Field(ge=1, le=10_000_000), BeforeValidator(whole_number)]
Percent = Annotated[int, Field(ge=1, le=100), BeforeValidator(whole_number)]
Count = Annotated[int, Field(ge=0), BeforeValidator(whole_number)]
Ordinal = Annotated[int, Field(ge=1), BeforeValidator(whole_number)]
Words = Annotated[int, Field(ge=1, le=100_000_000), BeforeValidator(whole_number)]
Bloom = Literal["remember", "understand", "apply", "analyze", "evaluate", "create"]


class Element(BaseModel):
    """A node of a structure: unknown keys are refused, except ``x_*``, which may hold anything."""

    model_config = ConfigDict(
        extra="forbid",
        alias_generator=to_camel,
        json_schema_extra={"patternProperties": {"^x_": {}}},
    )

    @model_validator(mode="wrap")
    @classmethod
    def _look(cls, value: object, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo) -> Self:
        budget = _budget(info)
        if budget.left <= 0:
            return cls.model_construct()
        try:
            return handler(_without_extensions(value, cls.known_keys()))
        except ValidationError as error:
            budget.left -= error.error_count()
            raise

    @classmethod
    @cache
    def known_keys(cls) -> frozenset[str]:
        return frozenset(field.alias or name for name, field in cls.model_fields.items())


def within_budget(value: object, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> object:
    """Spend the budget of findings on a value that is no element yet, such as a question of unknown type."""
    budget = _budget(info)
    if budget.left <= 0:
        return None
    try:
        return handler(value)
    except ValidationError as error:
        budget.left -= error.error_count()
        raise


def _budget(info: ValidationInfo) -> FindingBudget:
    return info.context if isinstance(info.context, FindingBudget) else FindingBudget(1)


def _without_extensions(value: object, known: frozenset[str]) -> object:
    if not isinstance(value, dict) or value.keys() <= known:
        return value
    unknown = [key for key in value if key not in known and not str(key).startswith("x_")]
    return {key: value[key] for key in value if key in known} | {
        str(key).encode("utf-8", "backslashreplace").decode()[:100]: None for key in unknown[:UNKNOWN_KEYS_REPORTED]
    }


class Span(Element):
    """Half-open character offsets in the normalised text of a document of the request."""

    doc: Text
    start: Count
    end: Count

    @model_validator(mode="after")
    def _is_not_empty(self) -> Span:
        if self.end <= self.start:
            raise PydanticCustomError("span", "the span must end after its start")
        return self


class Provenance(Element):
    """Where an element comes from; what comes from a source says from which span of it."""

    kind: Literal["source", "model", "scaffold", "user"]
    span: Span | None = None
    sha256: Annotated[str, StringConstraints(strict=True, pattern=r"^[0-9a-f]{64}$")] | None = None

    @model_validator(mode="after")
    def _source_has_span(self) -> Provenance:
        if self.kind == "source" and self.span is None:
            raise PydanticCustomError("span", "provenance of kind source needs a span")
        return self


class Document(Element):
    """The outermost element of every structure type."""

    schema_version: Literal["1"] = "1"
    language: Text | None = None
    provenance: Provenance | None = None
