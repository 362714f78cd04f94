"""Typed values out of database rows, and JSON into them; the only place that trusts no column's type."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import cast

from granulator.model import Json, JsonObject
from granulator.store.database import Row


def text(row: Row, name: str) -> str:
    """Return a text column that is never NULL."""
    value = row[name]
    if not isinstance(value, str):
        raise _unexpected(name, value)
    return value


def optional_text(row: Row, name: str) -> str | None:
    """Return a text column, or None."""
    return None if row[name] is None else text(row, name)


def integer(row: Row, name: str) -> int:
    """Return a whole number; D1 and PostgreSQL may hand it over as another type of number."""
    value = row[name]
    if not isinstance(value, int | float) or value != int(value):
        raise _unexpected(name, value)
    return int(value)


def optional_integer(row: Row, name: str) -> int | None:
    """Return a whole number, or None."""
    return None if row[name] is None else integer(row, name)


def number(row: Row, name: str) -> float:
    """Return a number."""
    value = row[name]
    if not isinstance(value, int | float):
        raise _unexpected(name, value)
    return float(value)


def optional_number(row: Row, name: str) -> float | None:
    """Return a number, or None."""
    return None if row[name] is None else number(row, name)


def total(row: Row | None) -> int:
    """Return the ``total`` of a counting statement, which always has one row."""
    if row is None:
        raise TypeError("a counting statement returned no row")
    return integer(row, "total")


def flag(row: Row, name: str) -> bool:
    """Return a truth stored as 0 or 1."""
    return integer(row, name) == 1


def optional_flag(row: Row, name: str) -> bool | None:
    """Return a truth stored as 0 or 1, or None."""
    return None if row[name] is None else flag(row, name)


def json_object(row: Row, name: str) -> JsonObject:
    """Return the JSON object stored as text."""
    return cast(JsonObject, json.loads(text(row, name)))


def to_json(value: Json) -> str:
    """Return compact JSON text. Raises ValueError for NaN and infinity, which JSON does not have."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def _unexpected(name: str, value: object) -> TypeError:
    return TypeError(f"column {name} holds an unexpected {type(value).__name__}")
