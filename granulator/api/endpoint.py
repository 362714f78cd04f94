"""What is said of one endpoint: its handler, what it takes and everything it can answer; no path is listed here."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from granulator import errors
from granulator.casing import RequestModel
from granulator.model import JobStatus, Json, JsonObject, StructureType
from granulator.store.outbox import State
from granulator.webhooks.callbacks import Event

Handler = Callable[[Request], Awaitable[Response]]
Errors = tuple[type[errors.GranulatorError], ...]
Credential = Literal["worker", "key", "session"]

BODY_ERRORS: Final[Errors] = (errors.InvalidJson, errors.InvalidParameter, errors.PayloadTooLarge)
API_ERRORS: Final[Errors] = (
    errors.InvalidParameter,
    errors.InvalidAuth,
    errors.InvalidWorkerAuth,
    errors.InvalidSession,
    errors.InvalidApiKey,
    errors.Forbidden,
    errors.DatabaseError,
)
"""What any request below ``/api`` can be refused with."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One value beside the body; ``schema`` is JSON Schema."""

    name: str
    schema: JsonObject
    description: str
    where: Literal["path", "query", "header"] = "query"
    is_required: bool = False
    example: Json = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method of one path; ``group`` is where ``/help`` lists it.

    ``answers`` maps a status to the models its body may have, none for an answer without a body; ``errors`` are in the
    general envelope, beside those every endpoint shares; ``failures`` are in the envelope of a job that was admitted.
    """

    method: str
    path: str
    handler: Handler
    group: str
    answers: Mapping[int, tuple[type[BaseModel], ...]]
    parameters: tuple[Parameter, ...] = ()
    body: tuple[type[RequestModel], ...] = ()
    is_body_required: bool = True
    example: JsonObject | None = None
    errors: Errors = ()
    failures: Errors = ()
    headers: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    media_type: str = "application/json"
    credentials: tuple[Credential, ...] = ("key", "session", "worker")

    @property
    def summary(self) -> str:
        return (self.handler.__doc__ or "").strip().splitlines()[0]

    @property
    def accepted_credentials(self) -> tuple[Credential, ...]:
        """Which credentials the endpoint takes; outside ``/api`` it asks for none."""
        return self.credentials if self.path.startswith("/api/") else ()

    @property
    def all_parameters(self) -> tuple[Parameter, ...]:
        return (*(PATH_PARAMETERS[name] for name in re.findall(r"{(\w+)}", self.path)), *self.parameters)

    @property
    def all_errors(self) -> Errors:
        """Every refusal in the general envelope, by status and code, each code once."""
        shared = API_ERRORS if self.accepted_credentials else (errors.InvalidParameter,)
        body = BODY_ERRORS if self.body else ()
        every: Errors = (*shared, *body, *self.errors, errors.InternalError)
        return tuple(
            sorted({error.code: error for error in every}.values(), key=lambda error: (error.status, error.code))
        )


ROW_ID: Final[JsonObject] = {"type": "integer", "minimum": 1, "maximum": 2**53 - 1}

PATH_PARAMETERS: Final = {
    "id": Parameter("id", ROW_ID, "The job.", "path", is_required=True, example=1),
    "batchId": Parameter(
        "batchId", {"type": "string", "minLength": 1}, "The batch.", "path", is_required=True, example="batch_1"
    ),
    "deliveryId": Parameter(
        "deliveryId", {"type": "string", "minLength": 1}, "The delivery.", "path", is_required=True, example="1"
    ),
    "keyId": Parameter(
        "keyId", {"type": "string", "minLength": 1}, "The API key.", "path", is_required=True, example="key_1"
    ),
    "name": Parameter(
        "name",
        {"type": "string", "minLength": 1},
        "The exact name, in its case.",
        "path",
        is_required=True,
        example="educational_course_basic",
    ),
    "structureType": Parameter(
        "structureType",
        {"type": "string", "enum": [kind.value for kind in StructureType]},
        "The type of structure.",
        "path",
        is_required=True,
        example="course",
    ),
}

PAGE: Final = (
    Parameter("limit", {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}, "Rows on a page."),
    Parameter(
        "offset",
        {"type": "integer", "minimum": 0, "maximum": 2**53 - 1, "default": 0},
        "Rows before the page; not together with `page`.",
    ),
    Parameter(
        "page",
        {"type": "integer", "minimum": 1, "maximum": (2**53 - 1) // 100, "default": 1},
        "The page, counted from 1; not together with `offset`.",
    ),
)
STRUCTURE_TYPE: Final = Parameter(
    "structureType", {"type": "string", "enum": [kind.value for kind in StructureType]}, "Only this type."
)
STRUCTURE_TYPE_SNAKE: Final = Parameter(
    "structure_type", STRUCTURE_TYPE.schema, "The same as `structureType`.", example="course"
)
STATUS: Final = Parameter(
    "status", {"type": "string", "enum": [status.value for status in JobStatus]}, "Only jobs in this state."
)
DAYS: Final = Parameter(
    "days", {"type": "integer", "minimum": 1, "maximum": 365, "default": 30}, "How many days to look back.", example=7
)
CLIENT: Final = Parameter(
    "clientId",
    {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,128}$"},
    "Only jobs of this client.",
    example="client_123",
)
JOB_ID: Final = Parameter("jobId", ROW_ID, "The job; required under this name or as `job_id`.", example=1)
JOB_ID_SNAKE: Final = Parameter("job_id", ROW_ID, "The same as `jobId`.")
DELIVERIES: Final = (
    Parameter("jobId", ROW_ID, "Only deliveries of this job.", example=1),
    Parameter(
        "event",
        {"type": "string", "enum": [event.value for event in Event]},
        "Only deliveries of this event.",
    ),
    Parameter("status", {"type": "string", "enum": [state.value for state in State]}, "Only deliveries in this state."),
)
KEYS_OF: Final = Parameter("clientId", CLIENT.schema, "Only keys of this client.", example="client_123")
IF_NONE_MATCH: Final = Parameter(
    "If-None-Match", {"type": "string"}, "The ETag of the copy the caller has.", where="header"
)
IDEMPOTENCY_KEY: Final = Parameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
    "The same key with the same body gets the first answer again, for 24 hours; nothing is made or billed twice.",
    where="header",
)
PREFER: Final = Parameter(
    "Prefer", {"type": "string"}, "`respond-async` puts the job in line and answers at once.", where="header"
)
LAST_EVENT_ID: Final = Parameter(
    "Last-Event-ID",
    {"type": "integer", "minimum": 0, "maximum": 2**53 - 1},
    "The last event the caller has: the stream goes on behind it.",
    where="header",
)
