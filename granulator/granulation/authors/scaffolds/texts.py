"""The words every scaffold is made of: the template's own or built-in ones, the topic put in; no structure type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count, cycle, islice
from typing import Final

from granulator.granulation.authors.base import Brief
from granulator.granulation.places import leaves
from granulator.model import Json, JsonObject

MARKER: Final = "{topic}"

NOTICE: Final = (
    "This is a scaffold: it holds no facts about the topic, only questions to its author. "
    "Add input.source or configure an AI provider to have the content written."
)


def provenance() -> JsonObject:
    """Return the provenance of everything in a scaffold."""
    return {"kind": "scaffold"}


def asked(brief: Brief, key: str, default: Sequence[str]) -> list[str]:
    """Return the texts of the template's scaffold under ``key``, else the built-in ones, with the topic in them."""
    given: Mapping[str, Json] = brief.template.scaffold or {}
    texts = given.get(key)
    named = [text for text in texts if isinstance(text, str)] if isinstance(texts, list | tuple) else []
    return [text.replace(MARKER, brief.topic) for text in named or default]


def titles(brief: Brief, key: str, default: Sequence[str], wanted: int) -> list[str]:
    """Return as many titles as are wanted, no two of them equal: those used again are numbered."""
    chosen: dict[str, None] = {}
    texts = cycle(asked(brief, key, default))
    while len(chosen) < wanted:
        chosen[_unused(next(texts), chosen)] = None
    return list(chosen)


def course_of(brief: Brief, key: str, default: Sequence[str], wanted: int) -> list[str]:
    """Return as many titles as are wanted, from the beginning to the end of what they tell, no two of them equal.

    With fewer than there are some between are left out, with more some come again where they stand.
    """
    texts = asked(brief, key, default)
    last = len(texts) - 1
    if wanted > len(texts):
        places = [place * len(texts) // wanted for place in range(wanted)]
    else:
        places = [(2 * place * last + wanted - 1) // max(1, 2 * (wanted - 1)) for place in range(wanted)]
    chosen: dict[str, None] = {}
    for place in places:
        chosen[_unused(texts[place], chosen)] = None
    return list(chosen)


def turn(texts: Sequence[str], number: int) -> str:
    """Return text ``number``, from the first one again after the last."""
    return texts[number % len(texts)]


def reminders(brief: Brief) -> list[list[str]]:
    """Return, leaf by leaf, a question for each required element that is to appear there.

    An element goes where it was placed, and where that is not often enough, into further leaves from the first on.
    """
    places = leaves(brief.structure_type, brief.sizes)
    asked_in: list[list[str]] = [[] for _ in places]
    for element in brief.required:
        firsts = (next((i for i, names in enumerate(places) if wanted in names), 0) for wanted in element.placement)
        order = dict.fromkeys([*firsts, *range(len(places))])
        for index in islice(order, max(element.min_appearances, len(set(element.placement)))):
            asked_in[index].append(f"Where and how does \u201c{element.name}\u201d come in here?")
    return asked_in


def _unused(text: str, taken: Mapping[str, None]) -> str:
    return text if text not in taken else next(f"{text} ({n})" for n in count(2) if f"{text} ({n})" not in taken)
