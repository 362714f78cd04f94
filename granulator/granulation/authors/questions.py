"""Extracted questions as elements of a structure, with their keys placed and their sources named."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from granulator.extraction import items
from granulator.extraction.cloze import Item
from granulator.extraction.sections import Reading
from granulator.model import Json, JsonObject

TRUE_FALSE = ("True", "False")


def elements(reading: Reading, row: Sequence[Item], prefix: str, seed: str, *, first: int = 1) -> list[Json]:
    """Return the questions with ids from ``first`` on; ``seed`` decides which places the right answers take."""
    choices = [item for item in row if item.kind == "multiple_choice"]
    places = dict(
        zip((id(item) for item in choices), items.key_positions(len(choices), 4, f"{seed}{first}"), strict=True)
    )
    levels = items.difficulties(row)
    return [
        _question(reading, item, f"{prefix}{number}", places.get(id(item), 0), level)
        for number, (item, level) in enumerate(zip(row, levels, strict=True), first)
    ]


def _question(reading: Reading, item: Item, identity: str, place: int, difficulty: str) -> JsonObject:
    options, key = _answers(item, place)
    return {
        "id": identity,
        "type": item.kind,
        "question": item.options[TRUE_FALSE.index(item.answer)] if item.kind == "true_false" else item.stem,
        "options": options,
        "correctAnswer": key,
        "explanation": f'{_lead(item)} "{item.explanation}"',
        "difficulty": difficulty,
        "bloom": item.bloom,
        "provenance": provenance(reading, item.start, item.end),
    }


def _lead(item: Item) -> str:
    """Return how the explanation begins: for a false statement it quotes what the source says in its place."""
    is_false = item.is_contrary or (item.kind == "true_false" and item.answer == TRUE_FALSE[1])
    return "This is false; the source says instead:" if is_false else "The source says:"


def _answers(item: Item, place: int) -> tuple[list[Json], Json]:
    if item.kind == "true_false":
        return [*TRUE_FALSE], TRUE_FALSE.index(item.answer)
    if item.kind == "numeric":
        return [], {"value": float(item.answer.replace(",", "")), "tolerance": 0.0}
    if item.kind == "matching":
        return [], [{"left": left, "right": right} for left, right in item.pairs]
    if item.kind == "ordering":
        order = items.shuffled(item.options, item.stem)
        return [item.options[index] for index in order], [order.index(index) for index in range(len(order))]
    wrong = [item.options[1 + index] for index in items.shuffled(item.options[1:], item.stem)]
    return [*wrong[:place], item.answer, *wrong[place:]], place


def provenance(reading: Reading, start: int, end: int) -> JsonObject:
    """Return where an element comes from: a span of the source that can be resolved and checked again."""
    document = reading.document
    digest = sha256(document.text[start:end].encode()).hexdigest()
    return {"kind": "source", "span": {"doc": document.name, "start": start, "end": end}, "sha256": digest}
