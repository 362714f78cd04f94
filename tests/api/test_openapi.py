"""``/openapi.json``: the description holds for what the service really takes and answers, and cannot drift from it."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from starlette.applications import Starlette

from granulator import errors
from granulator.api import routes
from granulator.api.endpoint import Endpoint
from granulator.api.routes import ENDPOINTS
from granulator.granulation import structures
from granulator.model import StructureType
from tests.conftest import client_of
from tests.described import DOCUMENT, body_faults, disagreements, faults, operation_of

API = Path(routes.__file__).parent
SCHEMAS = DOCUMENT["components"]["schemas"]
OPERATIONS = [
    (method, path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
    if method != "parameters"
]


async def test_the_document_is_sent_as_json_to_anyone(anonymous: httpx.AsyncClient) -> None:
    answer = await anonymous.get("/openapi.json")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json() == DOCUMENT
    assert (await anonymous.head("/openapi.json")).content == b""


async def test_the_document_takes_no_parameter_and_no_other_method(anonymous: httpx.AsyncClient) -> None:
    asked, posted = await anonymous.get("/openapi.json?v=3"), await anonymous.post("/openapi.json")

    assert (asked.status_code, asked.json()["details"]["field"]) == (400, "v")
    assert (posted.status_code, posted.headers["Allow"]) == (405, "GET, HEAD")


def test_the_document_is_valid_openapi() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    assert list(OpenAPIV31SpecValidator(DOCUMENT).iter_errors()) == []


def test_the_document_has_exactly_the_endpoints_of_the_route_table() -> None:
    described = {(method.upper(), path) for method, path, _ in OPERATIONS}

    assert described == {(endpoint.method, endpoint.path) for endpoint in ENDPOINTS}


def test_names_in_the_document_are_unique_and_plain() -> None:
    ids = [operation["operationId"] for _, _, operation in OPERATIONS]

    assert len(set(ids)) == len(ids)
    assert [name for name in (*ids, *SCHEMAS) if not re.fullmatch("[A-Za-z]+", name)] == []


def test_every_error_code_is_in_the_document_under_its_one_status() -> None:
    described = {
        (code, int(status))
        for _, _, operation in OPERATIONS
        for status, response in operation["responses"].items()
        for code in codes_in(response)
    }

    assert set(SCHEMAS["Error"]["properties"]["code"]["enum"]) == set(errors.by_code())
    assert described <= {(code, error.status) for code, error in errors.by_code().items()}


def codes_in(value: object) -> Iterator[str]:
    """The error codes a response is narrowed to."""
    if isinstance(value, Mapping):
        if isinstance(value.get("code"), Mapping):
            yield from value["code"]["enum"]
        for item in value.values():
            yield from codes_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from codes_in(item)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: f"{endpoint.method} {endpoint.path}")
async def test_an_endpoint_asks_for_the_credentials_the_document_names(
    anonymous: httpx.AsyncClient, endpoint: Endpoint
) -> None:
    operation = operation_of(endpoint.method, endpoint.path)
    assert operation is not None

    answer = await anonymous.request(endpoint.method, endpoint.path)

    assert (answer.status_code == 401) == bool(operation["security"])


def test_each_credential_is_a_security_scheme() -> None:
    schemes = DOCUMENT["components"]["securitySchemes"]

    assert {name: (scheme["type"], scheme.get("name")) for name, scheme in schemes.items()} == {
        "apiKey": ("apiKey", "X-API-Key"),
        "session": ("apiKey", "x-bitware-session-token"),
        "workerToken": ("http", None),
        "workerId": ("apiKey", "X-Worker-ID"),
    }
    assert DOCUMENT["paths"]["/api/jobs"]["get"]["security"] == [
        {"apiKey": []},
        {"session": []},
        {"workerToken": [], "workerId": []},
    ]


@pytest.mark.parametrize("kind", structures.MODELS)
def test_the_schema_of_each_structure_is_the_one_structures_are_checked_by(kind: StructureType) -> None:
    own = structures.model_of(kind)

    assert set(SCHEMAS[own.__name__]["properties"]) == {field.alias or name for name, field in own.model_fields.items()}
    assert own.__name__ in {reference.rpartition("/")[2] for reference in references(SCHEMAS["JobStructure"])}
    assert set(structures.json_schema(kind)["$defs"]) <= set(SCHEMAS)  # type: ignore[arg-type]


def references(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


FIELDS = [
    ("GranulateInput", "topic", {"type": "string", "minLength": 1, "maxLength": 500}),
    ("GranulateInput", "granularityLevel", {"type": "integer", "minimum": 1, "maximum": 5, "default": 3}),
    ("GranulateInput", "maxElements", {"type": "integer", "minimum": 1, "maximum": 500}),
    (
        "GranulateInput",
        "language",
        {"type": "string", "pattern": "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$", "default": "en"},
    ),
    ("GranulateConfig", "temperature", {"type": "number", "minimum": 0, "maximum": 1}),
    ("GranulateConfig", "maxCostUsd", {"type": "number", "exclusiveMinimum": 0, "maximum": 1000}),
    ("GranulateConfig", "validation", {"type": "boolean", "default": True}),
    ("GranulateConfig", "seed", {"type": "integer", "minimum": 0, "maximum": 2**31 - 1}),
    ("GranulateRequest", "timeout", {"type": "integer", "minimum": 1000, "maximum": 600_000, "default": 120_000}),
    ("SessionRequest", "ttlSeconds", {"type": "integer", "minimum": 60, "maximum": 86_400, "default": 3600}),
]


@pytest.mark.parametrize(("model", "field", "expected"), FIELDS)
def test_ranges_and_defaults_of_a_field_are_published(model: str, field: str, expected: dict[str, object]) -> None:
    published = dict(SCHEMAS[model]["properties"][field])
    published.pop("description", None)
    for option in published.pop("anyOf", []):
        published |= option if option != {"type": "null"} else {}

    assert published == expected


REQUESTS = [
    ("input.granularityLevel", value) for value in (0, 1, 5, 6, 2.5, 3.0, "3", True, None)
] + [
    ("input.topic", None),
    ("input.topic", ""),
    ("input.topic", "x" * 501),
    ("input.structureType", "poem"),
    ("input.language", "e"),
    ("input.maxElements", 501),
    ("input.unknown", 1),
    ("input.requiredElements", None),
    ("input.requiredElements", [{"name": "Nectar", "minAppearances": 0}]),
    ("config.temperature", 1.1),
    ("config.validation", "yes"),
    ("config.validationThreshold", 0),
    ("config.seed", -1),
    ("config", None),
    ("timeout", 999),
    ("action", None),
    ("action", "explode"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value"), REQUESTS)
async def test_the_document_accepts_a_body_when_the_service_does(
    client: httpx.AsyncClient, path: str, value: object
) -> None:
    body: dict[str, object] = {
        "action": "granulate",
        "input": {"topic": "Bees", "structureType": "course", "granularityLevel": 1},
        "config": {},
    }
    inner, _, last = path.rpartition(".")
    (body[inner] if inner else body)[last] = value  # type: ignore[index]

    answer = await client.post("/api/execute", json=body)

    schema = DOCUMENT["paths"]["/api/execute"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert (answer.status_code != 400) == (disagreements(schema, body) == []), answer.text


async def test_an_endpoint_takes_exactly_the_query_parameters_it_is_described_with(
    client: httpx.AsyncClient, worker: httpx.AsyncClient
) -> None:
    described = {
        (endpoint.path, parameter.name)
        for endpoint in ENDPOINTS
        for parameter in endpoint.parameters
        if parameter.where == "query"
    }
    calls = re.findall(r"wire\.query\(request, ([^)]*)\)", "".join(file.read_text() for file in API.glob("*.py")))
    names = {name for _, name in described} | set(re.findall(r'"(\w+)"', "".join(calls)))

    taken = set()
    for endpoint in (endpoint for endpoint in ENDPOINTS if endpoint.method == "GET"):
        path, caller = endpoint.path, worker if endpoint.credentials == ("worker",) else client
        for name in names:
            answer = await caller.get(path, params={name: "1"})
            if "Unknown query parameter" not in answer.text:
                taken.add((path, name))

    assert taken == described


UNMET = {
    # A job that has just been completed is neither started again nor stopped.
    "/api/jobs/{id}/retry": (409,),
    "/api/jobs/{id}/cancel": (409,),
    # The name of a batch is not known before it is sent.
    "/api/batch/{batchId}": (404,),
    # There is no delivery, and the name of a key is not known before it is issued.
    "/api/webhooks/deliveries/{deliveryId}": (404,),
    "/api/webhooks/deliveries/{deliveryId}/redeliver": (404,),
    "/api/admin/keys/{keyId}": (404,),
    "/api/admin/keys/{keyId}/rotate": (404,),
}


async def test_every_example_gets_the_answer_it_is_described_with(
    app: Starlette, client: httpx.AsyncClient, worker: httpx.AsyncClient
) -> None:
    for endpoint in ENDPOINTS:
        if endpoint.credentials == ("session",):
            token = (await client.post("/api/session")).json()["sessionToken"]
            async with client_of(app, x_bitware_session_token=token) as session:
                answer = await called(session, endpoint)
        elif endpoint.credentials == ("worker",):
            answer = await called(worker, endpoint)
        else:
            answer = await called(client, endpoint)

        expected = UNMET.get(endpoint.path, endpoint.answers)
        assert (endpoint.path, faults(answer), answer.status_code in expected) == (endpoint.path, [], True)


async def called(client: httpx.AsyncClient, endpoint: Endpoint) -> httpx.Response:
    """The answer to an endpoint's example."""
    examples = {item.name: item.example for item in endpoint.all_parameters if item.example is not None}
    query = {item.name: str(item.example) for item in endpoint.parameters if item.example is not None}
    return await client.request(
        endpoint.method, endpoint.path.format_map(examples), params=query, json=endpoint.example
    )


@pytest.mark.parametrize("kind", ["course", "quiz"])
async def test_every_answer_on_the_way_of_a_job_is_described(
    client: httpx.AsyncClient, course_request: dict[str, object], kind: str
) -> None:
    wanted = {**course_request["input"], "structureType": kind}  # type: ignore[dict-item]
    made = await client.post("/api/execute", json={**course_request, "input": wanted})
    job_id = made.json()["output"]["jobId"]
    stored = await client.get(f"/api/jobs/{job_id}/structure")

    answers = [
        made,
        stored,
        await client.get(f"/api/jobs/{job_id}"),
        await client.get(f"/api/jobs/{job_id}/status"),
        await client.get(f"/api/jobs/{job_id}/structure", headers={"If-None-Match": stored.headers["ETag"]}),
        await client.get("/api/jobs"),
        await client.get("/api/stats"),
        await client.post("/api/validate", json={"jobId": job_id}),
        await client.post("/api/execute", json={"action": "validate", "input": {"jobId": job_id}}),
        await client.get("/api/validation/history", params={"jobId": job_id}),
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 304, 200, 200, 200, 200, 200]
    assert [faults(answer) for answer in answers] == [[]] * len(answers)


async def test_every_answer_on_the_way_of_a_failed_job_is_described(client: httpx.AsyncClient) -> None:
    source = {"text": " ", "format": "text"}
    body = {"action": "granulate", "input": {"topic": "Air", "structureType": "course", "source": source}}
    failed = await client.post("/api/execute", json=body)
    path = f"/api/jobs/{failed.json()['details']['jobId']}"

    answers = [
        failed,
        await client.get(path),
        await client.get(f"{path}/status"),
        await client.get(f"{path}/structure"),
    ]

    assert [answer.status_code for answer in answers] == [422, 200, 200, 409]
    assert [faults(answer) for answer in answers] == [[]] * len(answers)


async def test_every_refusal_is_described(
    client: httpx.AsyncClient, anonymous: httpx.AsyncClient, worker: httpx.AsyncClient
) -> None:
    answers = [
        await anonymous.get("/api/jobs"),
        await anonymous.get("/health?deep=1"),
        await client.get("/api/jobs", headers={"X-Client-ID": "other"}),
        await worker.get("/api/jobs", headers={"X-Client-ID": "not a name"}),
        await worker.post("/api/session"),
        await client.get("/api/jobs/0"),
        await client.get("/api/jobs?limit=0"),
        await client.get("/api/templates/none"),
        await client.get("/api/validation/history"),
        await client.post("/api/validate", content=b"["),
        await client.post("/api/validate", json={}),
        await client.post("/api/execute", json={"action": "granulate", "input": {"structureType": "quiz"}, "x": 1}),
        await client.post("/api/session", json={"ttlSeconds": 1}),
    ]

    assert [answer.status_code for answer in answers] == [401, 400, 403, 400, 401, 404, 400, 404] + [400] * 5
    assert [faults(answer) for answer in answers] == [[]] * len(answers)


async def test_an_answer_with_one_key_more_or_less_is_not_described(
    client: httpx.AsyncClient, course_request: dict[str, object]
) -> None:
    made = await client.post("/api/execute", json=course_request)
    response = DOCUMENT["paths"]["/api/execute"]["post"]["responses"]["200"]
    more, less = copy.deepcopy(made.json()), copy.deepcopy(made.json())
    more["output"]["structure"]["modules"][0]["mood"] = "calm"
    del less["output"]["summary"]["lessons"]

    found = [
        body_faults(response, httpx.Response(200, json=body, request=made.request))
        for body in (made.json(), more, less)
    ]

    assert [bool(fault) for fault in found] == [False, True, True]
