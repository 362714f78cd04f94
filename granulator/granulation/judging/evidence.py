"""What a source says of one element: the passages its span points at, or those that match it best. Makes no call."""

from __future__ import annotations

from typing import Final

from granulator.extraction import documents
from granulator.granulation.passages import Passages, scores
from granulator.model import Json

PASSAGES_MAX: Final = 2
LETTERS_MAX: Final = 1_600
"""The most that one question or claim is held against: a claim needs one place of the source, and not all of it."""

Span = tuple[int, int]
"""Half-open character offsets in the normalised source."""


def span_of(element: Json) -> Span | None:
    """Return where in the source an element says that it comes from."""
    provenance = element.get("provenance") if isinstance(element, dict) else None
    span = provenance.get("span") if isinstance(provenance, dict) else None
    if not isinstance(span, dict) or span.get("doc") != documents.NAME:
        return None
    start, end = span.get("start"), span.get("end")
    if isinstance(start, int) and isinstance(end, int) and 0 <= start < end:
        return start, end
    return None


def excerpt(passages: Passages, span: Span | None, query: str) -> str:
    """Return the passages that overlap the span, else the best matches of the query in their order; "" without any."""
    texts = passages.passages
    if span is not None:
        found = [index for index, passage in enumerate(texts) if passage.start < span[1] and span[0] < passage.end]
        if len(found) > PASSAGES_MAX:
            # A long span is no evidence for one claim: what matches the claim best in it is.
            found = _best(passages, query, frozenset(found)) or found
    else:
        found = _best(passages, query)
    return "\n\n".join(texts[index].text for index in sorted(found[:PASSAGES_MAX]))[:LETTERS_MAX].strip()


def _best(passages: Passages, query: str, within: frozenset[int] | None = None) -> list[int]:
    found = scores(passages, query)
    ranked = sorted(found, key=lambda index: (-found[index], index))
    return [index for index in ranked if within is None or index in within]
