"""Several elements made into one: texts after one another, lists united, provenance kept; knows no structure type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from granulator.granulation.drafts.fields import inner, objects, text, texts
from granulator.model import Json, JsonObject

_AND: Final = {
    "en": "and", "de": "und", "fr": "et", "es": "y", "it": "e", "pt": "e", "nl": "en", "cs": "a", "pl": "i",
}  # fmt: skip
_ENDS: Final = ".!?…:;。！？»”)"


def titles(elements: Sequence[JsonObject], key: str, language: str) -> str:
    """Return the titles as one: "A, B and C"; equal ones once, and with "/" where the language's "and" is not known."""
    found = _distinct(text(element, key) for element in elements)
    word = _AND.get((language or "en").partition("-")[0].casefold())
    if len(found) < 2 or word is None:
        return " / ".join(found)
    return f"{', '.join(found[:-1])} {word} {found[-1]}"


def prose(elements: Sequence[JsonObject], key: str) -> str:
    """Return the texts one after the other, each as a paragraph."""
    return "\n\n".join(_distinct(text(element, key) for element in elements))


def sentences(parts: Iterable[str]) -> str:
    """Return short texts as one, equal ones once; what does not end like a sentence is set apart by a semicolon."""
    joined = ""
    for part in _distinct(parts):
        if "\n" in f"{joined}{part}":
            joined = f"{joined}\n\n{part}" if joined else part
        else:
            joined = part if not joined else f"{joined} {part}" if joined[-1] in _ENDS else f"{joined}; {part}"
    return joined


def union(elements: Sequence[JsonObject], key: str) -> list[Json]:
    """Return the texts of the lists under ``key``, each once, in order."""
    return list[Json](dict.fromkeys(entry for element in elements for entry in texts(element, key)))


def one_after_another(elements: Sequence[JsonObject], key: str) -> list[Json]:
    """Return the entries of the lists under ``key``, all of them, in order."""
    found = [entries for element in elements if isinstance(entries := element.get(key), list)]
    return [entry for entries in found for entry in entries]


def hours(elements: Sequence[JsonObject], key: str) -> int | float:
    """Return the sum, without what binary addition makes of tenths."""
    total = round(sum(value for element in elements if isinstance(value := element.get(key), int | float)), 6)
    return int(total) if total == int(total) else total


def together(elements: Sequence[JsonObject], said: Mapping[str, Json]) -> JsonObject:
    """Return the first element with ``said`` in it, where it comes from, and the ids of what was joined to it."""
    if len(elements) == 1:
        return {**elements[0], **said}
    return {**elements[0], **said, **_extensions(elements), **_origin(elements), **_merged_ids(elements)}


def minutes(elements: Sequence[JsonObject]) -> JsonObject:
    """Return ``durationMinutes`` added up where every element has it."""
    found = [value for element in elements if isinstance(value := element.get("durationMinutes"), int)]
    return {"durationMinutes": sum(found)} if found and len(found) == len(elements) else {}


def _distinct(parts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(part for part in parts if part))


def _extensions(elements: Sequence[JsonObject]) -> JsonObject:
    """Return the ``x_`` fields of all elements: lists one after another, else what the first of them has."""
    kept: JsonObject = {}
    for element in elements:
        for key, value in element.items():
            if key.startswith("x_"):
                before = kept.setdefault(key, value)
                if before is not value and isinstance(before, list) and isinstance(value, list):
                    kept[key] = [*before, *value]
    return kept


def _merged_ids(elements: Sequence[JsonObject]) -> JsonObject:
    ids = [*texts(elements[0], "x_mergedIds")]
    for element in elements[1:]:
        ids += [identity for identity in (text(element, "id"), *texts(element, "x_mergedIds")) if identity]
    return {"x_mergedIds": list[Json](dict.fromkeys(ids))} if ids else {}


def _origin(elements: Sequence[JsonObject]) -> JsonObject:
    """Return where the joined element comes from, and where each of its parts did when that is more than one place.

    What was all taken from one document comes from the span around its parts; else no one place holds it.
    """
    found = [inner(element, "provenance") for element in elements]
    kept = [part for element in elements for part in objects(element, "x_mergedProvenance") or _spanned(element)]
    if not any(found):
        return {}
    if all(each == found[0] for each in found):
        return {"provenance": found[0]}
    spans = [inner(each, "span") for each in found]
    merged: JsonObject = {"x_mergedProvenance": list[Json](kept)} if len(kept) > 1 else {}
    if all(spans) and len({text(span, "doc") for span in spans}) == 1:
        return {"provenance": {"kind": text(found[0], "kind"), "span": _around(spans)}, **merged}
    kinds = {text(each, "kind") for each in found}
    return {"provenance": {"kind": kinds.pop() if len(kinds) == 1 and "source" not in kinds else "model"}, **merged}


def _spanned(element: JsonObject) -> list[JsonObject]:
    provenance = inner(element, "provenance")
    return [provenance] if "span" in provenance else []


def _around(spans: Sequence[JsonObject]) -> JsonObject:
    starts = [start for span in spans if isinstance(start := span.get("start"), int)]
    ends = [end for span in spans if isinstance(end := span.get("end"), int)]
    return {"doc": spans[0]["doc"], "start": min(starts), "end": max(ends)}
