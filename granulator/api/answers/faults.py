"""The two error envelopes: of a request that was refused and of a job that failed."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from granulator.api.answers.values import Count, RowId, Usage, Usd
from granulator.casing import ResponseModel
from granulator.errors import by_code

Code = Annotated[str, Field(json_schema_extra={"enum": list(by_code())})]


class ErrorDetails(ResponseModel):
    """What to do next, and the field at fault where there is one; each code may add facts of its own."""

    model_config = ConfigDict(extra="allow")

    suggestion: str
    docs: Annotated[str, Field(pattern="^/docs#[A-Z_]+$")]
    field: str | SkipJsonSchema[None] = None
    path: str | SkipJsonSchema[None] = None
    value: object = None
    errors: list[FieldError] | SkipJsonSchema[None] = None


class FieldError(ResponseModel):
    """One of several wrong fields."""

    path: str
    code: Code
    message: str


class Error(ResponseModel):
    """The request was refused: nothing was made and nothing is charged."""

    error: str
    status: Annotated[int, Field(ge=400, le=599)]
    code: Code
    details: ErrorDetails


class FailureDetails(ResponseModel):
    """Why the job failed; each code may add facts of its own."""

    model_config = ConfigDict(extra="allow")

    code: Code
    context: str
    suggestion: str
    job_id: RowId


class Failure(ResponseModel):
    """A job was admitted and failed, or goes on without us; it can be read by its id and may have cost money."""

    success: Literal[False]
    error: str
    status: Literal["failed", "processing"]
    code: Code
    details: FailureDetails
    usage: Usage
    cost: Usd | None
    duration: Count
