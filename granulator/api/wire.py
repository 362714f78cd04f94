"""Bytes in, values out, and back: request bodies, queries, pages and answers as the contract writes them."""

from __future__ import annotations

import asyncio
import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints, ValidationError
from pydantic_core import ErrorDetails
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from granulator import errors
from granulator.casing import RequestModel
from granulator.model import Json, JsonObject, StructureType

BODY_LIMIT_BYTES = 50 * 1024 * 1024
DRAIN_LIMIT_BYTES = 100 * 1024 * 1024
DRAIN_SECONDS = 5.0
DRAIN_PAUSE_SECONDS = 0.5
"""A refused body is read and dropped for so long, while it keeps coming, so that the caller gets to see the answer."""

DEPTH_LIMIT = 64
NODES_LIMIT = 200_000
"""Members and entries of one body; a structure of 500 elements has a tenth of it."""

ERRORS_SHOWN = 20
LONGEST_INTEGER = 308
"""Digits of the largest number a double can hold; nothing longer means anything here."""

THREAD_FROM_BYTES = 256 * 1024
"""Bodies from this size on are parsed outside the event loop."""

Model = TypeVar("Model", bound=RequestModel)
Choice = TypeVar("Choice", bound=StrEnum)


def whole_number(value: object) -> object:
    """Return 3.0 as 3; anything else as it is, for the strict check that follows."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Text = Annotated[str, StringConstraints(strict=True, strip_whitespace=True)]
WholeNumber = Annotated[int, Field(strict=True), BeforeValidator(whole_number)]
Number = Annotated[float, Field(strict=True)]
Flag = Annotated[bool, Field(strict=True)]


async def read(request: Request, model: type[Model]) -> Model:
    """Return the body as ``model``.

    Raises PayloadTooLarge, InvalidJson or, for the first wrong field, the error of its code with all in ``errors``.
    """
    return parse(model, await read_object(request))


async def read_optional(request: Request, model: type[Model]) -> Model:
    """Return the body as ``model``; an empty body stands for ``{}``."""
    return parse(model, await read_optional_object(request))


async def read_optional_object(request: Request) -> JsonObject:
    """Return the body as a JSON object; an empty body stands for ``{}``."""
    body = await _body(request)
    return await _object(body) if body.strip() else {}


async def read_object(request: Request) -> JsonObject:
    """Return the body as a JSON object.

    Raises PayloadTooLarge, InvalidJson, or InvalidParameter for NUL characters and lone surrogates.
    """
    return await _object(await _body(request))


def parse(model: type[Model], body: Mapping[str, object]) -> Model:
    """Return ``body`` as ``model`` or raise the error of its first wrong field."""
    try:
        return model.model_validate(body)
    except ValidationError as error:
        raise field_error(error.errors(include_url=False)) from error


async def _body(request: Request) -> bytes:
    query(request)
    if request.headers.get("content-encoding", "identity").lower() not in ("", "identity"):
        raise errors.InvalidParameter(
            "Compressed request bodies are not supported", field="Content-Encoding", path="Content-Encoding"
        )
    declared = request.headers.get("content-length", "")
    chunks: list[bytes] = []
    size = int(declared) if declared.isdecimal() and int(declared) > BODY_LIMIT_BYTES else 0
    stream = request.stream()
    if not size:
        async for chunk in stream:
            size += len(chunk)
            if size > BODY_LIMIT_BYTES:
                chunks.clear()
                break
            chunks.append(chunk)
    if size > BODY_LIMIT_BYTES:
        await _drain(request)
        raise errors.PayloadTooLarge(limit=BODY_LIMIT_BYTES, headers={"Connection": "close"})
    return b"".join(chunks)


async def _drain(request: Request) -> None:
    if "expect" in request.headers:
        # The caller waits for our word before it sends anything.
        return
    left = DRAIN_LIMIT_BYTES
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            while left > 0:
                message = await asyncio.wait_for(request.receive(), DRAIN_PAUSE_SECONDS)
                left -= len(message.get("body", b""))
                if message["type"] == "http.disconnect" or not message.get("more_body", False):
                    return
    except TimeoutError:
        return


async def _object(body: bytes) -> JsonObject:
    return await asyncio.to_thread(_decode, body) if len(body) > THREAD_FROM_BYTES else _decode(body)


def _decode(body: bytes) -> JsonObject:
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_float=_finite,
            parse_int=_whole,
        )
    except UnicodeDecodeError as error:
        raise errors.InvalidJson("The request body is not UTF-8", reason=f"byte {error.start}") from error
    except json.JSONDecodeError as error:
        raise errors.InvalidJson(
            "The request body is not valid JSON", reason=f"{error.msg} at line {error.lineno} column {error.colno}"
        ) from error
    except RecursionError as error:
        raise _too_deep() from error
    except ValueError as error:
        raise errors.InvalidJson("The request body is not valid JSON", reason=str(error)[:200]) from error
    if not isinstance(value, dict):
        raise errors.InvalidJson("The request body is not a JSON object", reason=f"it is {_kind(value)}")
    _check_tree(value)
    return value


def _unique(pairs: list[tuple[str, Json]]) -> JsonObject:
    members = dict(pairs)
    if len(members) < len(pairs):
        twice = next(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
        raise ValueError(f"the key {twice[:100]!r} stands twice in one object")
    return members


def _no_constant(name: str) -> Json:
    raise ValueError(f"{name} is not a JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("a number is too large")
    return number


def _whole(text: str) -> int:
    if len(text) > LONGEST_INTEGER:
        raise ValueError("a number is too large")
    return int(text)


def _kind(value: Json) -> str:
    if value is None:
        return "null"
    names = {bool: "a boolean", str: "a string", list: "an array"}
    return names.get(type(value), "a number")


def _too_deep() -> errors.InvalidJson:
    return errors.InvalidJson(f"The request body is nested more than {DEPTH_LIMIT} levels deep", reason="nesting")


def _check_tree(root: JsonObject) -> None:
    """Refuse deep nesting, and text that no database or encoder takes: NUL and lone surrogates."""
    waiting: list[tuple[Json, tuple[str | int, ...]]] = [(root, ())]
    nodes = 0
    while waiting:
        value, path = waiting.pop()
        if isinstance(value, str):
            if _UNSTORABLE.search(value):
                raise _unstorable(path)
        elif isinstance(value, dict | list):
            if len(path) >= DEPTH_LIMIT:
                raise _too_deep()
            nodes += len(value)
            if nodes > NODES_LIMIT:
                raise errors.InvalidJson(f"The request body has more than {NODES_LIMIT} members", reason="size")
            waiting.extend((item, (*path, key)) for key, item in _members(value) if not isinstance(item, int | float))


def _members(value: JsonObject | list[Json]) -> Iterator[tuple[str | int, Json]]:
    if isinstance(value, list):
        yield from enumerate(value)
        return
    for key, item in value.items():
        if _UNSTORABLE.search(key):
            raise errors.InvalidJson(
                "The request body is not valid JSON", reason="a key holds a NUL or lone surrogate character"
            )
        yield key, item


_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def _unstorable(path: tuple[str | int, ...]) -> errors.InvalidParameter:
    where = path_text(path)
    return errors.InvalidParameter(
        f"{where} holds a NUL or lone surrogate character", field=_field(path), path=where, reason="character"
    )


def field_error(found: Sequence[ErrorDetails]) -> errors.RequestError:
    """Return one error for all wrong fields of a body: the first by rank gives the code, all stand in ``errors``."""
    rows = sorted((_one_field(detail) for detail in found), key=_rank)
    first = rows[0]
    if len(rows) > 1:
        first.details["errors"] = [
            {"path": row.details["path"], "code": row.code, "message": row.message} for row in rows[:ERRORS_SHOWN]
        ]
        first.details["errorCount"] = len(rows)
    return first


def _rank(error: errors.RequestError) -> int:
    order = (errors.MissingRequiredField, errors.InvalidStructureType, errors.InvalidGranularity)
    return order.index(type(error)) if type(error) in order else len(order)


_CODES: Mapping[str, tuple[type[errors.RequestError], str]] = {
    "structureType": (errors.InvalidStructureType, "Unsupported structure type"),
    "granularityLevel": (errors.InvalidGranularity, "Invalid granularity level"),
}


def _one_field(detail: ErrorDetails) -> errors.RequestError:
    path, field = path_text(detail["loc"]), _field(detail["loc"])
    kind = detail["type"]
    if kind in ("missing", "blank"):
        return errors.MissingRequiredField(f"Missing required field: {path}", field=field, path=path)
    if kind == "extra_forbidden":
        return errors.InvalidParameter(f"Unknown field: {path}", field=field, path=path, value=detail["input"])
    if kind == "callback_url":
        # Without the value: a URL may hold a secret.
        reason = detail["ctx"]["reason"]
        return errors.InvalidCallbackUrl(detail["msg"], field=field, path=path, reason=reason)
    error, message = _CODES.get(field, (errors.InvalidParameter, ""))
    reason = _REASONS.get(kind, detail["msg"].removeprefix("Value error, "))
    return error(message or f"Invalid value for {path}: {reason}", field=field, path=path, value=detail["input"])


_REASONS: Mapping[str, str] = {
    "model_type": "Input should be a JSON object",
    "model_attributes_type": "Input should be a JSON object",
    "dict_type": "Input should be a JSON object",
    "string_pattern_mismatch": "Input does not have the required form",
}


def path_text(path: Sequence[str | int]) -> str:
    """Return a location as it is written in answers, such as ``requests[3].input.topic``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.removeprefix(".")[:300]


def _field(path: Sequence[str | int]) -> str:
    return str(next((step for step in reversed(path) if isinstance(step, str)), ""))[:100]


def query(request: Request, *allowed: str) -> dict[str, str]:
    """Return the query parameters; unknown and repeated ones raise InvalidParameter."""
    found: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name not in allowed:
            raise _bad_query(name, value, f"Unknown query parameter: {name[:100]}")
        if name in found:
            raise _bad_query(name, value, f"Query parameter {name} stands twice")
        if _UNSTORABLE.search(value):
            raise _bad_query(name, "", f"Query parameter {name} holds a NUL character")
        found[name] = value
    return found


def whole_query(params: Mapping[str, str], name: str, *, default: int, least: int, most: int) -> int:
    """Return a query parameter as a whole number within its range; raises InvalidParameter."""
    text = params.get(name)
    if text is None:
        return default
    if not re.fullmatch(r"-?[0-9]{1,16}", text) or not least <= int(text) <= most:
        raise _bad_query(name, text, f"Invalid value for {name}: it must be a whole number from {least} to {most}")
    return int(text)


def choice_query(params: Mapping[str, str], name: str, choices: type[Choice]) -> Choice | None:
    """Return a query parameter as one of ``choices``, None when it is absent; raises InvalidParameter."""
    text = params.get(name)
    if text is None:
        return None
    try:
        return choices(text)
    except ValueError as error:
        allowed = ", ".join(choices)
        raise _bad_query(name, text, f"Invalid value for {name}: it must be one of {allowed}") from error


def structure_type_query(params: Mapping[str, str], *names: str) -> StructureType | None:
    """Return the structure type a list is narrowed to, under any of its ``names``.

    Raises InvalidStructureType for an unknown one, InvalidParameter when two names disagree.
    """
    found = {name: params[name] for name in names if name in params}
    if len(set(found.values())) > 1:
        raise _bad_query(names[-1], found[names[-1]], f"{' and '.join(found)} disagree")
    for name, text in found.items():
        if text not in set(StructureType):
            raise errors.InvalidStructureType("Unsupported structure type", field=name, path=name, value=text)
        return StructureType(text)
    return None


def _bad_query(name: str, value: str, message: str) -> errors.InvalidParameter:
    return errors.InvalidParameter(message, field=name[:100], path=name[:100], value=value)


@dataclass(frozen=True, slots=True)
class PageQuery:
    """Which rows of a list are asked for; ``number`` counts from 1."""

    limit: int
    offset: int

    @property
    def number(self) -> int:
        return self.offset // self.limit + 1


MAX_ROW = 2**53 - 1


def page(params: Mapping[str, str]) -> PageQuery:
    """Return the asked-for page; ``offset`` and ``page`` are two ways to say it and raise when both are given."""
    limit = whole_query(params, "limit", default=20, least=1, most=100)
    if "offset" in params and "page" in params:
        raise _bad_query("page", params["page"], "Give either offset or page, not both")
    if "page" in params:
        number = whole_query(params, "page", default=1, least=1, most=MAX_ROW // 100)
        return PageQuery(limit, (number - 1) * limit)
    return PageQuery(limit, whole_query(params, "offset", default=0, least=0, most=MAX_ROW))


def paged(name: str, rows: Sequence[BaseModel | JsonObject], total: int, asked: PageQuery) -> dict[str, object]:
    """Return the body of a list: the named rows, how many match in all, and where this page stands."""
    return {
        name: [_plain(row) for row in rows],
        "total": total,
        "page": asked.number,
        "pageSize": asked.limit,
        "pagination": {
            "total": total,
            "page": asked.number,
            "pageSize": asked.limit,
            "totalPages": -(-total // asked.limit),
            "hasNext": asked.offset + asked.limit < total,
            "hasPrev": asked.offset > 0,
        },
    }


def reply(body: BaseModel | Mapping[str, object], status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return ``body`` as a JSON answer."""
    return JSONResponse(_plain(body), status, headers)


def _plain(body: BaseModel | Mapping[str, object]) -> Mapping[str, object]:
    return body.model_dump(mode="json") if isinstance(body, BaseModel) else body
