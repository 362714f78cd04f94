"""A structure as a judge is shown it, and quotations found in it again; makes no call. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from granulator.model import Json, JsonObject
from granulator.providers.tokens import estimate

QUOTE_LETTERS_MIN: Final = 8
"""A shorter quotation is found anywhere, so it proves nothing; a whole text is one, however short it is."""

_QUOTABLE_LETTERS = 500_000
"""No judge is shown more of one text."""

_LETTERS_PER_TOKEN_MAX = 8
_LETTERS_PER_TOKEN_SURE = 2
_HIDDEN = frozenset({"provenance", "schemaVersion"})
"""Where an element comes from is our own note, and no part of what its reader gets."""

_ALIKE = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "–": "-", "—": "-"})
_KEY = re.compile(r"[a-zA-Z]+: ")

Texts = Sequence[tuple[str, str]]
"""The texts of a structure with their paths, normalised."""


def fitted(structure: JsonObject, budget_tokens: int) -> tuple[str, float]:
    """Return the structure as lines of text, and which share (0..1) of its innermost elements they hold.

    Where not all fit into the budget, so many are left out, evenly over the whole structure. Takes seconds for
    structures of many megabytes.
    """
    elements = list(_innermost(structure))
    count = len(elements)
    while True:
        text = _lines(structure, elements, count)
        size = _size(text, budget_tokens)
        if size <= budget_tokens or count <= 1:
            break
        count = max(1, min(count - 1, count * budget_tokens // size))
    if size <= budget_tokens:
        return text, count / len(elements) if elements else 1.0
    cut = text[: budget_tokens * _LETTERS_PER_TOKEN_SURE]
    return cut, len(cut) / len(text) / max(1, len(elements))


def texts_of(structure: Json) -> Texts:
    """Return every text that a judge may have been shown with its path, normalised; of a huge one its beginning."""
    return [(path, normalised(text[:_QUOTABLE_LETTERS])) for path, text in _texts(structure, "")]


def located(quotation: str, texts: Texts) -> str | None:
    """Return the path of the first text that holds the quotation; None when there is none, or it is too short."""
    wanted = normalised(quotation)
    found = _holding(wanted, texts)
    # The key that stands before a text is easily taken for a part of it.
    return found or _holding(normalised(_KEY.sub("", quotation.strip(), count=1)), texts)


def holds(text: str, quotation: str) -> bool:
    """Return whether the quotation occurs in the text word for word."""
    return located(quotation, [("$", normalised(text))]) is not None


def normalised(text: str) -> str:
    """Return the text as quotations of it are compared: without case, white space and typography."""
    plain = " ".join(text.translate(_ALIKE).split()).casefold()
    return plain.replace("…", "...").strip(" \"'").removesuffix("...").removeprefix("...").strip(" \"'")


def _holding(wanted: str, texts: Texts) -> str | None:
    if len(wanted) >= QUOTE_LETTERS_MIN:
        return next((path for path, text in texts if wanted in text), None)
    return next((path for path, text in texts if wanted and wanted == text), None)


def _size(text: str, budget: int) -> int:
    """Return about how many tokens a text has; one that is far too long is not counted in vain."""
    if len(text) > _LETTERS_PER_TOKEN_MAX * budget:
        return max(budget + 1, len(text) // _LETTERS_PER_TOKEN_MAX)
    return estimate(text)


def _innermost(value: Json) -> Iterator[int]:
    """Yield the identity of every object that stands in a list and holds no list of objects."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if not _is_hidden(key):
                yield from _innermost(inner)
    elif isinstance(value, list):
        for entry in value:
            inside = list(_innermost(entry))
            yield from inside if inside or not isinstance(entry, dict) else [id(entry)]


def _lines(structure: JsonObject, elements: Sequence[int], count: int) -> str:
    if count == len(elements):
        return "\n".join(_rendered(structure, ""))
    chosen = frozenset(elements[place * len(elements) // count] for place in range(count))
    return "\n".join(_rendered(_kept(structure, chosen)[0], ""))


def _kept(value: Json, chosen: frozenset[int]) -> tuple[Json, bool]:
    """Return the value without the list entries that neither are nor hold a chosen element, and whether it has one."""
    if isinstance(value, dict):
        pairs = [(key, _kept(inner, chosen)) for key, inner in value.items() if not _is_hidden(key)]
        has_any = id(value) in chosen or any(is_in for _, (_, is_in) in pairs)
        return {key: kept for key, (kept, _) in pairs}, has_any
    if isinstance(value, list):
        rows = [(entry, *_kept(entry, chosen)) for entry in value]
        return [kept for entry, kept, is_in in rows if is_in or not isinstance(entry, dict)], any(
            row[2] for row in rows
        )
    return value, False


def _rendered(value: Json, indent: str) -> Iterator[str]:
    """Yield lines in which texts stand as they are, without quotation marks and escapes that a quotation would lack."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if not _is_hidden(key):
                yield from _entry(f"{indent}{key}:", inner, indent)
    elif isinstance(value, list):
        for inner in value:
            yield from _entry(f"{indent}-", inner, indent)
    else:
        yield f"{indent}{value}"


def _entry(head: str, value: Json, indent: str) -> Iterator[str]:
    if isinstance(value, dict | list):
        yield head
        yield from _rendered(value, f"{indent} ")
    elif value is not None:
        yield f"{head} {value}"


def _texts(value: Json, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            if not _is_hidden(key):
                yield from _texts(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(inner, f"{path}[{index}]")


def _is_hidden(key: str) -> bool:
    return key in _HIDDEN or key.startswith("x_")
