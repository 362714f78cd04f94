"""The parts that answers have in common."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from granulator.casing import ResponseModel

Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Count = Annotated[int, Field(ge=0)]
RowId = Annotated[int, Field(ge=1, le=2**53 - 1)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Score = Annotated[int, Field(ge=0, le=100)]
GranularityLevel = Annotated[int, Field(ge=1, le=5)]
ValidationLevel = Annotated[int, Field(ge=1, le=3)]
Percent = Annotated[int, Field(ge=0, le=100)]
Method = Literal["rules", "rules+judge"]
Threshold = Annotated[float, Field(ge=0, le=100)]
Usd = Annotated[float, Field(ge=0)]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Tokens(ResponseModel):
    """Tokens as providers counted them; cached input is part of the input."""

    input: Count
    output: Count
    cached_input: Count
    total: Count


class Usage(ResponseModel):
    """Tokens over every AI call of the job; `estimated` where a provider reported none."""

    tokens: Tokens
    estimated: bool


class Issue(ResponseModel):
    """One finding: where it is, what is wrong and how to mend it."""

    code: str
    severity: Literal["error", "warning"]
    path: str
    message: str
    fix: str


class Dimensions(ResponseModel):
    """The parts of the score; null where nothing was measured."""

    structure_completeness: Score
    content_coherence: Score | None
    quality_metrics: Score | None


class Judge(ResponseModel):
    """The model that was asked for its opinion, if any was; one that is unavailable added nothing.

    `agreement` is the share of blind solvers' votes that equal the key, where questions were solved; `coverage` is the
    share of the structure that the judge was shown, where that was not all of it.
    """

    status: Literal["not_run", "ok", "unavailable"]
    model: str | None
    agreement: Fraction | None = None
    coverage: Fraction | None = None


class Pagination(ResponseModel):
    """Where a page stands among all matches."""

    total: Count
    page: RowId
    page_size: Annotated[int, Field(ge=1, le=100)]
    total_pages: Count
    has_next: bool
    has_prev: bool


class Page(ResponseModel):
    """Where a list stands; each kind of list adds its named rows."""

    total: Count
    page: RowId
    page_size: Annotated[int, Field(ge=1, le=100)]
    pagination: Pagination
