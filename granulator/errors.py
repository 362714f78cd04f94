"""The error tree: one class per code of the API; raised low, rendered once in ``api/errors.py``.

GranulatorError
├── RequestError            400: what the caller sent
├── CredentialError         401: who the caller is
├── NotFound                404
├── Conflict                409
└── JobError                what went wrong after a job was admitted
"""

from __future__ import annotations

from typing import ClassVar


class GranulatorError(Exception):
    """Something the caller must be told; ``code`` and ``status`` are fixed per class."""

    code: ClassVar[str] = "INTERNAL_ERROR"
    status: ClassVar[int] = 500
    suggestion: ClassVar[str] = "Try again later; quote the X-Request-ID"

    def __init__(
        self,
        message: str | None = None,
        *,
        headers: dict[str, str] | None = None,
        **details: object,
    ) -> None:
        self.message = message or (self.__doc__ or self.code).splitlines()[0].rstrip(".")
        self.details = details
        self.headers = headers or {}
        super().__init__(self.message)

    def put_under(self, place: str) -> None:
        """Say that the request at fault stands at ``place`` of a larger one, such as ``requests[3]``."""
        inner = self.details.get("path")
        self.details["path"] = f"{place}.{inner}" if inner else place


class RequestError(GranulatorError):
    """The request cannot be served as it stands."""

    code = "INVALID_PARAMETER"
    status = 400
    suggestion = "Correct the field named in details.field; see /openapi.json"


class InvalidJson(RequestError):
    """The request body is not one valid JSON object."""

    code = "INVALID_JSON"
    suggestion = "Send a single valid JSON object encoded as UTF-8"


class MissingRequiredField(RequestError):
    """A required field is missing."""

    code = "MISSING_REQUIRED_FIELD"
    suggestion = "Add the field named in details.field"


class InvalidAction(RequestError):
    """The action is not supported."""

    code = "INVALID_ACTION"
    suggestion = "Use a supported action; see details.supported"


class InvalidStructureType(RequestError):
    """The structure type is not supported."""

    code = "INVALID_STRUCTURE_TYPE"
    suggestion = "Use course, quiz, novel, workflow, knowledge_map or learning_path"


class InvalidGranularity(RequestError):
    """Invalid granularity level."""

    code = "INVALID_GRANULARITY"
    suggestion = "Granularity level must be between 1 and 5"


class InvalidTemplate(RequestError):
    """The template is for another structure type."""

    code = "INVALID_TEMPLATE"
    suggestion = "Use a template whose structureType matches the request"


class InvalidParameter(RequestError):
    """A parameter has a value that is not allowed."""

    code = "INVALID_PARAMETER"


class InvalidCallbackUrl(RequestError):
    """The callback URL is not allowed."""

    code = "INVALID_CALLBACK_URL"
    suggestion = "Use a public http or https URL for the callback"


class ProviderNotConfigured(RequestError):
    """The AI provider is unknown or has no key."""

    code = "PROVIDER_NOT_CONFIGURED"
    suggestion = "Use one of details.available or configure the provider"


class ModelUnavailable(RequestError):
    """The model the caller named does not exist at the provider."""

    code = "MODEL_UNAVAILABLE"
    suggestion = "Use a model listed by GET /api/ai-providers"


class CredentialError(GranulatorError):
    """No credentials were presented."""

    code = "INVALID_AUTH"
    status = 401
    suggestion = "Send worker, API key or session credentials"


class InvalidAuth(CredentialError):
    """No credentials were presented."""


class InvalidWorkerAuth(CredentialError):
    """Invalid worker credentials."""

    code = "INVALID_WORKER_AUTH"
    suggestion = "Send Authorization: Bearer with a valid token and X-Worker-ID"


class InvalidApiKey(CredentialError):
    """Invalid API key."""

    code = "INVALID_API_KEY"
    suggestion = "Check your API key is correct and not expired"


class InvalidSession(CredentialError):
    """Invalid session token."""

    code = "INVALID_SESSION"
    suggestion = "Obtain a new session with POST /api/session"


class BudgetExceeded(GranulatorError):
    """The job would cost more than it may."""

    code = "BUDGET_EXCEEDED"
    status = 402
    suggestion = "Raise maxCostUsd or the key's budget, or choose a cheaper model"


class Forbidden(GranulatorError):
    """These credentials do not allow the request."""

    code = "FORBIDDEN"
    status = 403
    suggestion = "Use worker authentication for this request"


class NotFound(GranulatorError):
    """There is nothing at this path."""

    code = "NOT_FOUND"
    status = 404
    suggestion = "See GET /help for the available endpoints"


class TemplateNotFound(NotFound):
    """Template not found."""

    code = "TEMPLATE_NOT_FOUND"
    suggestion = "Use GET /api/templates to list available templates"


class JobNotFound(NotFound):
    """Job not found."""

    code = "JOB_NOT_FOUND"
    suggestion = "Use GET /api/jobs to list your jobs"


class BatchNotFound(NotFound):
    """Batch not found."""

    code = "BATCH_NOT_FOUND"
    suggestion = "Check the batchId returned by POST /api/batch"


class DeliveryNotFound(NotFound):
    """Delivery not found."""

    code = "DELIVERY_NOT_FOUND"
    suggestion = "Use GET /api/webhooks/deliveries to list deliveries"


class KeyNotFound(NotFound):
    """API key not found."""

    code = "KEY_NOT_FOUND"
    suggestion = "Use GET /api/admin/keys to list keys"


class MethodNotAllowed(GranulatorError):
    """The path does not support this method."""

    code = "METHOD_NOT_ALLOWED"
    status = 405
    suggestion = "Use a method listed in the Allow header"


class Conflict(GranulatorError):
    """The object is in a state that does not allow the request."""

    status = 409


class IdempotencyConflict(Conflict):
    """The Idempotency-Key belongs to another request."""

    code = "IDEMPOTENCY_CONFLICT"
    suggestion = "Use a new Idempotency-Key, or wait for the first request to finish"


class JobNotRetryable(Conflict):
    """The job cannot be retried."""

    code = "JOB_NOT_RETRYABLE"
    suggestion = "Only failed or cancelled jobs can be retried"


class JobNotCancellable(Conflict):
    """The job cannot be cancelled."""

    code = "JOB_NOT_CANCELLABLE"
    suggestion = "Only unfinished jobs can be cancelled"


class StructureNotAvailable(Conflict):
    """The job has no structure."""

    code = "STRUCTURE_NOT_AVAILABLE"
    suggestion = "Wait for the job to finish; see GET /api/jobs/{id}/status"


class TemplateExists(Conflict):
    """A template of this name exists."""

    code = "TEMPLATE_EXISTS"
    suggestion = "Choose another name or use action update"


class PayloadTooLarge(GranulatorError):
    """The request body is too large."""

    code = "PAYLOAD_TOO_LARGE"
    status = 413
    suggestion = "Keep the request below 50 MB"


class SourceRequired(GranulatorError):
    """This structure cannot be made honestly without a source."""

    code = "SOURCE_REQUIRED"
    status = 422
    suggestion = "Add input.source or configure an AI provider"


class RateLimitExceeded(GranulatorError):
    """Rate limit exceeded."""

    code = "RATE_LIMIT_EXCEEDED"
    status = 429
    suggestion = "Please wait before making more requests"


class ConcurrencyLimitExceeded(GranulatorError):
    """Too many requests of this caller are running."""

    code = "CONCURRENCY_LIMIT_EXCEEDED"
    status = 429
    suggestion = "Wait for a running request to finish"


class DatabaseError(GranulatorError):
    """The database did not answer."""

    code = "DATABASE_ERROR"
    suggestion = "Try again later"


class StorageError(GranulatorError):
    """The stored structure could not be read or written."""

    code = "STORAGE_ERROR"
    suggestion = "Try again later"


class JobError(GranulatorError):
    """The job failed after it was admitted."""


class RequestTimeout(JobError):
    """The deadline of the request passed."""

    code = "REQUEST_TIMEOUT"
    status = 408
    suggestion = "Raise timeout, lower granularityLevel, or use Prefer: respond-async"


class JobCancelled(JobError):
    """The job was cancelled."""

    code = "JOB_CANCELLED"
    status = 409
    suggestion = "The job was cancelled; start it again with POST /api/jobs/{id}/retry"


class SourceUnreadable(JobError):
    """The source could not be read."""

    code = "SOURCE_UNREADABLE"
    status = 422
    suggestion = "Check that the source is reachable, in the stated format and not empty"


class ContentRefused(JobError):
    """The model refused the content."""

    code = "CONTENT_REFUSED"
    status = 422
    suggestion = "Rephrase the topic or source, or use another provider"


class ContextTooLong(JobError):
    """The source does not fit the model's context."""

    code = "CONTEXT_TOO_LONG"
    status = 422
    suggestion = "Shorten the source or choose a model with a larger context"


class ValidationFailed(JobError):
    """Structure validation failed."""

    code = "VALIDATION_FAILED"
    status = 422
    suggestion = "Read details.issues; retry, or lower validationThreshold"


class AiProviderError(JobError):
    """AI provider request failed."""

    code = "AI_PROVIDER_ERROR"
    suggestion = "Try again later or use a different AI provider"


class AiResponseInvalid(JobError):
    """The AI provider's answer is not a valid structure."""

    code = "AI_RESPONSE_INVALID"
    suggestion = "Retry, raise maxTokens, or use another model"


class InternalError(GranulatorError):
    """Unexpected server error."""


def by_code() -> dict[str, type[GranulatorError]]:
    """Return the class that stands for each code of the API.

    Classes that only group others have no code, and those elsewhere are special cases of one here.
    """
    found: dict[str, type[GranulatorError]] = {}
    waiting: list[type[GranulatorError]] = [GranulatorError]
    for error in waiting:
        below = [special for special in error.__subclasses__() if special.__module__ == __name__]
        waiting.extend(below)
        if "code" in vars(error) or not below:
            found[error.code] = error
    return found


class ConfigurationError(Exception):
    """The server or command cannot start as configured; the message names the setting. Never sent to a caller."""
