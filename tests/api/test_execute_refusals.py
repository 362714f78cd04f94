"""What bad input gets at ``POST /api/execute``: the exact body, no job, no cost."""

from __future__ import annotations

import base64
import copy
import json

import httpx
import pytest

from granulator.services import Services
from granulator.store import jobs

COURSE = {"action": "granulate", "input": {"topic": "Bees", "structureType": "course"}}

INVALID_JSON = "Send a single valid JSON object encoded as UTF-8"
INVALID_PARAMETER = "Correct the field named in details.field; see /openapi.json"
MISSING = "Add the field named in details.field"
GRANULARITY = "Granularity level must be between 1 and 5"
STRUCTURE_TYPE = "Use course, quiz, novel, workflow, knowledge_map or learning_path"
PROVIDER = "Use one of details.available or configure the provider"


def course(path: str, value: object) -> dict[str, object]:
    """The course request with one field set."""
    body = copy.deepcopy(COURSE)
    target: dict[str, object] = body  # type: ignore[assignment]
    *parents, last = path.split(".")
    for name in parents:
        target = target.setdefault(name, {})  # type: ignore[assignment]
    target[last] = value
    return body


def error(message: str, code: str, suggestion: str, **details: object) -> dict[str, object]:
    """The envelope of a 400."""
    return {
        "error": message,
        "status": 400,
        "code": code,
        "details": {**details, "suggestion": suggestion, "docs": f"/docs#{code}"},
    }


def parameter(path: str, reason: str, **details: object) -> dict[str, object]:
    """The envelope of a parameter that is not allowed."""
    field = path.rpartition(".")[2].partition("[")[0]
    return error(
        f"Invalid value for {path}: {reason}", "INVALID_PARAMETER", INVALID_PARAMETER, field=field, path=path, **details
    )


def level(value: object) -> dict[str, object]:
    details = {"field": "granularityLevel", "path": "input.granularityLevel", "value": value}
    return error("Invalid granularity level", "INVALID_GRANULARITY", GRANULARITY, **details)


def missing(path: str) -> dict[str, object]:
    field = path.rpartition(".")[2]
    return error(f"Missing required field: {path}", "MISSING_REQUIRED_FIELD", MISSING, field=field, path=path)


def unknown(path: str, value: object) -> dict[str, object]:
    field = path.rpartition(".")[2]
    return error(f"Unknown field: {path}", "INVALID_PARAMETER", INVALID_PARAMETER, field=field, path=path, value=value)


NOT_JSON = [
    pytest.param(b"", "Expecting value at line 1 column 1", "The request body is not valid JSON", id="empty"),
    pytest.param(
        b'{"action"', "Expecting ':' delimiter at line 1 column 10", "The request body is not valid JSON", id="cut"
    ),
    pytest.param(
        b"{'a': 1}",
        "Expecting property name enclosed in double quotes at line 1 column 2",
        "The request body is not valid JSON",
        id="single quotes",
    ),
    pytest.param(b'{"a": NaN}', "NaN is not a JSON number", "The request body is not valid JSON", id="NaN"),
    pytest.param(
        b'{"a": -Infinity}', "-Infinity is not a JSON number", "The request body is not valid JSON", id="Infinity"
    ),
    pytest.param(
        b'{"a": ' + b"9" * 5000 + b"}", "a number is too large", "The request body is not valid JSON", id="5000 digits"
    ),
    pytest.param(b'{"a": 1e999}', "a number is too large", "The request body is not valid JSON", id="too large"),
    pytest.param(
        b'{"a": 1, "a": 2}',
        "the key 'a' stands twice in one object",
        "The request body is not valid JSON",
        id="key twice",
    ),
    pytest.param(b'{"a": "\xff"}', "byte 7", "The request body is not UTF-8", id="not UTF-8"),
    pytest.param(b"[]", "it is an array", "The request body is not a JSON object", id="array"),
    pytest.param(b'"x"', "it is a string", "The request body is not a JSON object", id="string"),
    pytest.param(b"null", "it is null", "The request body is not a JSON object", id="null"),
    pytest.param(b"true", "it is a boolean", "The request body is not a JSON object", id="boolean"),
    pytest.param(b"12", "it is a number", "The request body is not a JSON object", id="number"),
    pytest.param(
        b'{"\\u0000": 1}',
        "a key holds a NUL or lone surrogate character",
        "The request body is not valid JSON",
        id="NUL key",
    ),
    pytest.param(
        b'{"a":' * 65 + b"1" + b"}" * 65, "nesting", "The request body is nested more than 64 levels deep", id="deep"
    ),
    pytest.param(b"[" * 100_000, "nesting", "The request body is nested more than 64 levels deep", id="very deep"),
]


@pytest.mark.parametrize(("body", "reason", "message"), NOT_JSON)
async def test_a_body_that_is_not_one_json_object_is_refused(
    client: httpx.AsyncClient, body: bytes, reason: str, message: str
) -> None:
    answer = await client.post("/api/execute", content=body)

    assert (answer.status_code, answer.json()) == (400, error(message, "INVALID_JSON", INVALID_JSON, reason=reason))


REFUSED = [
    pytest.param({}, missing("action"), id="no action"),
    pytest.param({**COURSE, "action": None}, missing("action"), id="null action"),
    pytest.param(
        {**COURSE, "action": "Granulate"},
        error(
            "Unsupported action",
            "INVALID_ACTION",
            "Use a supported action; see details.supported",
            field="action",
            path="action",
            value="Granulate",
            supported=["granulate", "validate"],
        ),
        id="unknown action",
    ),
    pytest.param({"action": "granulate"}, missing("input"), id="no input"),
    pytest.param(course("input.topic", None), missing("input.topic"), id="null topic"),
    pytest.param(course("input.topic", " \n "), missing("input.topic"), id="blank topic"),
    pytest.param(
        course("input.topic", 7),
        parameter("input.topic", "Input should be a valid string", value=7),
        id="topic a number",
    ),
    pytest.param(
        course("input.topic", "x" * 1_000_000),
        parameter("input.topic", "String should have at most 500 characters", value="x" * 100),
        id="topic of 1 MB",
    ),
    pytest.param(course("input.structureType", None), missing("input.structureType"), id="null type"),
    pytest.param(
        course("input.structureType", "Course"),
        error(
            "Unsupported structure type",
            "INVALID_STRUCTURE_TYPE",
            STRUCTURE_TYPE,
            field="structureType",
            path="input.structureType",
            value="Course",
        ),
        id="unknown type",
    ),
    *[
        pytest.param(course("input.granularityLevel", value), level(value), id=f"level {value!r}")
        for value in (0, 6, 10, -1, 2.5, "3", True)
    ],
    pytest.param(
        course("input.granularityLevel", [3]),
        error(
            "Invalid granularity level",
            "INVALID_GRANULARITY",
            GRANULARITY,
            field="granularityLevel",
            path="input.granularityLevel",
        ),
        id="level a list",
    ),
    pytest.param(
        course("input.maxElements", 0),
        parameter("input.maxElements", "Input should be greater than or equal to 1", value=0),
        id="maxElements 0",
    ),
    pytest.param(
        course("input.maxElements", 7),
        error(
            "maxElements 7 is below the smallest valid structure of this template, which has 8 elements",
            "INVALID_PARAMETER",
            INVALID_PARAMETER,
            field="maxElements",
            path="input.maxElements",
            value=7,
            smallest=8,
        ),
        id="maxElements too small",
    ),
    pytest.param(
        course("config.temperature", 1.5),
        parameter("config.temperature", "Input should be less than or equal to 1", value=1.5),
        id="temperature",
    ),
    pytest.param(
        course("config.validation", "yes"),
        parameter("config.validation", "Input should be a valid boolean", value="yes"),
        id="validation",
    ),
    pytest.param(
        course("timeout", 999),
        parameter("timeout", "Input should be greater than or equal to 1000", value=999),
        id="timeout",
    ),
    pytest.param(course("config.temprature", 0.5), unknown("config.temprature", 0.5), id="unknown key"),
    pytest.param(course("input.__class__", "x"), unknown("input.__class__", "x"), id="odd key"),
    pytest.param(
        course("config.aiProvider", "skynet"),
        error(
            "AI provider 'skynet' is not known",
            "PROVIDER_NOT_CONFIGURED",
            PROVIDER,
            field="aiProvider",
            path="config.aiProvider",
            value="skynet",
            available=["local"],
        ),
        id="unknown provider",
    ),
    pytest.param(
        course("config.aiProvider", "openai"),
        error(
            "AI provider 'openai' is not configured",
            "PROVIDER_NOT_CONFIGURED",
            PROVIDER,
            field="aiProvider",
            path="config.aiProvider",
            value="openai",
            available=["local"],
        ),
        id="provider without a key",
    ),
    pytest.param(
        course("config.fallback", ["claude/some-model"]),
        error(
            "AI provider 'claude' is not configured",
            "PROVIDER_NOT_CONFIGURED",
            PROVIDER,
            field="fallback",
            path="config.fallback[0]",
            value="claude",
            available=["local"],
        ),
        id="fallback without a key",
    ),
    pytest.param(
        course("input.templateName", "quiz_assessment_standard"),
        error(
            "Template 'quiz_assessment_standard' is for quiz, not course",
            "INVALID_TEMPLATE",
            "Use a template whose structureType matches the request",
            field="templateName",
            path="input.templateName",
            value="quiz_assessment_standard",
        ),
        id="template of another type",
    ),
    pytest.param(
        course("input.topic", "Bees\x00"),
        error(
            "input.topic holds a NUL or lone surrogate character",
            "INVALID_PARAMETER",
            INVALID_PARAMETER,
            field="topic",
            path="input.topic",
            reason="character",
        ),
        id="NUL in the topic",
    ),
    pytest.param(
        course("input.topic", "Bees \ud83d"),
        error(
            "input.topic holds a NUL or lone surrogate character",
            "INVALID_PARAMETER",
            INVALID_PARAMETER,
            field="topic",
            path="input.topic",
            reason="character",
        ),
        id="lone surrogate in the topic",
    ),
    pytest.param(
        course("input.source", {"text": "Bees fly."}), missing("input.source.format"), id="source without format"
    ),
    pytest.param(
        course("input.source", {"text": "Bees fly.", "file": "QmVlcw==", "format": "text"}),
        error(
            "Invalid value for input.source: Give exactly one of text and file",
            "INVALID_PARAMETER",
            INVALID_PARAMETER,
            field="source",
            path="input.source",
        ),
        id="two sources",
    ),
    pytest.param(
        course("input.source", {"file": "not base64!", "format": "text"}),
        error(
            "Invalid value for input.source.file: it is not base64",
            "INVALID_PARAMETER",
            INVALID_PARAMETER,
            field="file",
            path="input.source.file",
        ),
        id="file not base64",
    ),
    pytest.param(
        course("input.source", {"text": "x", "format": "rtf"}),
        parameter("input.source.format", "Input should be 'markdown', 'html' or 'text'", value="rtf"),
        id="unknown source format",
    ),
    pytest.param(
        course("config.fallback", ["local"]),
        parameter("config.fallback[0]", "local writes from a source and cannot stand in for a model", value="local"),
        id="fallback to what is no model",
    ),
    pytest.param(
        course("config.aiModel", "gpt"),
        error(
            "Provider 'local' has no model of that name",
            "MODEL_UNAVAILABLE",
            "Use a model listed by GET /api/ai-providers",
            field="aiModel",
            path="config.aiModel",
            value="gpt",
            provider="local",
            supported=["extractive"],
        ),
        id="unknown model",
    ),
    pytest.param(
        course("input.requiredElements", ["pollen", {"name": "Ann", "type": "character"}]),
        parameter("input.requiredElements[1].type", "it must be one of topic, skill", value="character"),
        id="required element of another type of structure",
    ),
    pytest.param(
        course("callback", {"url": "http://127.0.0.1/hook"}),
        error(
            "127.0.0.1 has an address that is not public",
            "INVALID_CALLBACK_URL",
            "Use a public http or https URL for the callback",
            field="url",
            path="callback.url",
            reason="address",
        ),
        id="callback to an address of our own",
    ),
    pytest.param(course("callback", {}), missing("callback.url"), id="callback without a URL"),
]


@pytest.mark.parametrize(("body", "expected"), REFUSED)
async def test_a_wrong_request_is_refused_and_no_job_exists(
    client: httpx.AsyncClient, services: Services, body: dict[str, object], expected: dict[str, object]
) -> None:
    answer = await client.post("/api/execute", content=json.dumps(body))

    assert (answer.status_code, answer.json()) == (400, expected)
    assert (await jobs.page(services.db, services.counts, client_id="acme", limit=1, offset=0)).total == 0


async def test_several_wrong_fields_are_all_listed_and_the_first_by_rank_gives_the_code(
    client: httpx.AsyncClient,
) -> None:
    body = {"action": "granulate", "input": {"structureType": "sonnet", "granularityLevel": 9}, "timeout": 1, "x": 1}

    answer = await client.post("/api/execute", json=body)

    assert answer.json()["code"] == "MISSING_REQUIRED_FIELD"
    assert [(row["path"], row["code"]) for row in answer.json()["details"]["errors"]] == [
        ("input.topic", "MISSING_REQUIRED_FIELD"),
        ("input.structureType", "INVALID_STRUCTURE_TYPE"),
        ("input.granularityLevel", "INVALID_GRANULARITY"),
        ("timeout", "INVALID_PARAMETER"),
        ("x", "INVALID_PARAMETER"),
    ]


@pytest.mark.parametrize("name", ["course_basic", "Educational_Course_Basic", "educational", "' OR 1=1 --", "%"])
async def test_an_unknown_template_is_404_and_nothing_takes_its_place(client: httpx.AsyncClient, name: str) -> None:
    answer = await client.post("/api/execute", json=course("input.templateName", name))

    assert (answer.status_code, answer.json()) == (
        404,
        {
            "error": "Template not found",
            "status": 404,
            "code": "TEMPLATE_NOT_FOUND",
            "details": {
                "templateName": name,
                "field": "templateName",
                "path": "input.templateName",
                "suggestion": "Use GET /api/templates to list available templates",
                "docs": "/docs#TEMPLATE_NOT_FOUND",
            },
        },
    )


@pytest.mark.parametrize(("kind", "what"), [("quiz", "A quiz"), ("knowledge_map", "A knowledge map")])
async def test_what_is_nothing_without_facts_is_422_when_there_is_no_source(
    client: httpx.AsyncClient, kind: str, what: str
) -> None:
    answer = await client.post("/api/execute", json=course("input.structureType", kind))

    assert (answer.status_code, answer.json()) == (
        422,
        {
            "error": f"{what} needs a source: the local provider knows no facts about a topic",
            "status": 422,
            "code": "SOURCE_REQUIRED",
            "details": {
                "field": "source",
                "path": "input.source",
                "suggestion": "Add input.source or configure an AI provider",
                "docs": "/docs#SOURCE_REQUIRED",
            },
        },
    )
    assert (await client.get("/api/jobs")).json()["total"] == 0


async def test_a_workflow_from_a_source_without_a_procedure_fails_the_job_with_the_reason(
    client: httpx.AsyncClient,
) -> None:
    request = course("input.structureType", "workflow")
    request["input"]["source"] = {"text": "# Sea\n\nThe sea is calm today. The wind is low.\n", "format": "markdown"}  # type: ignore[index]

    answer = await client.post("/api/execute", json=request)

    body = answer.json()
    assert (answer.status_code, body["code"], body["status"]) == (422, "SOURCE_REQUIRED", "failed")
    assert body["details"]["reason"] == "no_procedure"
    job = (await client.get(f"/api/jobs/{body['details']['jobId']}")).json()["job"]
    assert (job["status"], job["error"]["code"]) == ("failed", "SOURCE_REQUIRED")


@pytest.mark.parametrize(
    "source",
    [
        pytest.param({"text": "word " * 1_000_001, "format": "text"}, id="text"),
        pytest.param({"text": "word " * 8_000_000, "format": "text"}, id="text of 40 MB"),
        pytest.param({"file": base64.b64encode(b"word " * 4_000_001).decode(), "format": "text"}, id="file"),
    ],
)
async def test_a_source_above_the_limit_is_413(client: httpx.AsyncClient, source: dict[str, object]) -> None:
    answer = await client.post("/api/execute", json=course("input.source", source))

    field = next(iter(source))
    assert (answer.status_code, answer.json()["code"]) == (413, "PAYLOAD_TOO_LARGE")
    assert answer.json()["details"]["path"] == f"input.source.{field}"


UNREADABLE = [
    pytest.param({"text": "", "format": "markdown"}, "empty", id="empty text"),
    pytest.param({"text": " \n\t ", "format": "text"}, "empty", id="blank text"),
    pytest.param({"text": "<html><script>var x</script></html>", "format": "html"}, "empty", id="no words in the page"),
    pytest.param(
        {"file": base64.b64encode(bytes(range(256)) * 40).decode(), "format": "text"}, "decode", id="binary file"
    ),
    pytest.param(
        {"file": base64.b64encode(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR").decode(), "format": "html"},
        "decode",
        id="image",
    ),
]


@pytest.mark.parametrize(("source", "reason"), UNREADABLE)
async def test_an_unreadable_source_fails_the_job_with_the_reason(
    client: httpx.AsyncClient, source: dict[str, object], reason: str
) -> None:
    answer = await client.post("/api/execute", json=course("input.source", source))

    body = answer.json()
    assert (answer.status_code, body["code"], body["status"]) == (422, "SOURCE_UNREADABLE", "failed")
    assert body["details"]["reason"] == reason
    assert (await client.get(f"/api/jobs/{body['details']['jobId']}")).json()["job"]["status"] == "failed"


async def test_a_compressed_body_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/execute", content=b"\x1f\x8b", headers={"Content-Encoding": "gzip"})

    assert (answer.status_code, answer.json()["details"]["field"]) == (400, "Content-Encoding")
