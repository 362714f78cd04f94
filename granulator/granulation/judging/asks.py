"""What all questions to a judge have in common: their prompts, the shape of numbered answers, and all or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final, TypeVar

from granulator.errors import DatabaseError
from granulator.granulation import prompts
from granulator.granulation.asking import Ask, Asker, Faults
from granulator.granulation.prompts import Prompt
from granulator.model import Json, JsonObject
from granulator.store.database import GuardFailed

T = TypeVar("T")

BATCH: Final = 10
"""Questions in one call: few enough that each gets its thought, and one that fails does not cost many."""

VOTES: Final = 3
_TOKENS_PER_ROW = 60
_NAMES = ("system", "rubric", "solve", "grade", "support")
YES_NO: JsonObject = {"type": "string", "enum": ["yes", "no"]}
TEXT: JsonObject = {"type": "string"}

Work = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Panel:
    """Who is asked. ``steady`` answers the same each time as far as it can, ``voter`` anew each time."""

    steady: Asker
    voter: Asker
    step: str
    language: str
    at_once: int


def prompt(name: str, plain: Mapping[str, str | int], material: Mapping[str, str]) -> Prompt:
    """Return the prompt of this name, filled."""
    return prompts.compose(_text("system"), _text(name), plain, material)


def record(properties: Mapping[str, Json]) -> JsonObject:
    """Return the schema of an object that has these properties and no others."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def rows_ask(
    step: str,
    asked: Prompt,
    kind: str,
    properties: Mapping[str, Json],
    read: Callable[[Sequence[JsonObject]], tuple[Sequence[T], Faults]],
    count: int,
) -> Ask[Sequence[T]]:
    """Return a question whose answer is a list ``kind`` with one row for each number from 1 to ``count``.

    ``read`` gets the rows in the order of their numbers.
    """
    row = record({"number": {"type": "integer"}, **properties})

    def read_rows(answer: JsonObject) -> tuple[Sequence[T] | None, Faults]:
        rows = _in_order(answer.get(kind), count)
        if rows is None:
            return None, ((kind, f"must have exactly one row for each number from 1 to {count}"),)
        found, faults = read(rows)
        return (None if faults else found), faults

    schema = record({kind: {"type": "array", "items": row}})
    return Ask(step, asked, schema, f"judge_{kind}", read_rows, count * _TOKENS_PER_ROW)


def batches(items: Sequence[T]) -> list[Sequence[T]]:
    """Return the items in runs of at most ``BATCH``."""
    return [items[start : start + BATCH] for start in range(0, len(items), BATCH)]


def spread(items: Sequence[T], most: int) -> Sequence[T]:
    """Return at most so many of the items, evenly over all of them."""
    if len(items) <= most:
        return items
    return [items[place * len(items) // most] for place in range(most)]


async def all_done(works: Sequence[Work], at_once: int) -> None:
    """Do all works, some at once. After one has failed no further one begins, and when the rest has ended it is raised.

    A lost lease or database is raised before any other failure.
    """
    gate = asyncio.Semaphore(at_once)
    failed: list[Exception] = []

    async def one(work: Work) -> None:
        async with gate:
            if failed:
                return
            try:
                await work()
            except Exception as error:
                failed.append(error)

    try:
        async with asyncio.TaskGroup() as group:
            for work in works:
                group.create_task(one(work))
    except BaseExceptionGroup as broken:
        raise broken.exceptions[0] from None
    if failed:
        raise next((error for error in failed if isinstance(error, GuardFailed | DatabaseError)), failed[0])


@cache
def _text(name: str) -> str:
    assert name in _NAMES
    return resources.files(__package__).joinpath(f"{name}.md").read_text(encoding="utf-8")


def _in_order(rows: Json, count: int) -> list[JsonObject] | None:
    given = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    by_number = {row.get("number"): row for row in given if isinstance(row.get("number"), int)}
    if len(given) != count or set(by_number) != set(range(1, count + 1)):
        return None
    return [by_number[number] for number in range(1, count + 1)]
