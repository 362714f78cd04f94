"""Reading JSON of our own making: fields known to be there, with their types; no validation of what others send."""

from __future__ import annotations

from collections.abc import Mapping

from granulator.model import Json, JsonObject


def objects(value: Mapping[str, Json], key: str) -> list[JsonObject]:
    found = value.get(key, [])
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def texts(value: Mapping[str, Json], key: str) -> list[str]:
    found = value.get(key, [])
    return [entry for entry in found if isinstance(entry, str)] if isinstance(found, list) else []


def inner(value: Mapping[str, Json], key: str) -> JsonObject:
    found = value.get(key, {})
    return found if isinstance(found, dict) else {}


def text(value: Mapping[str, Json], key: str) -> str:
    found = value.get(key, "")
    return found if isinstance(found, str) else ""


def number(value: Mapping[str, Json], key: str) -> int:
    found = value.get(key, 0)
    return found if isinstance(found, int) else 0


def without(value: Mapping[str, Json], *keys: str) -> JsonObject:
    return {key: entry for key, entry in value.items() if key not in keys}
