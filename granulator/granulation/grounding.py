"""A source as a model is shown it, and the model's citations as spans of it; makes no call and writes no prompt."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from heapq import heapify, heappop, heapreplace
from itertools import groupby, islice
from math import sqrt

from granulator.extraction import ranking
from granulator.granulation.passages import Passage, Passages, read, scores
from granulator.granulation.structures import OVERVIEWS, json_schema
from granulator.model import Json, JsonObject, StructureType
from granulator.providers.tokens import estimate

__all__ = ["Passage", "Passages", "digest", "faults", "ground", "read", "select"]

SENTENCE_LETTERS_MOST = 400
BEGINNING_LETTERS_MOST = 160
"""So much of a sentence is shown in a digest, and of a passage that has no complete one."""

UNCITED_BETWEEN_MOST = 2
"""Cited passages of a section with no more uncited ones among them are one span."""

FAULTS_MAX = 20
LABELS_MAX = 20
CITING_LISTS: Mapping[StructureType, frozenset[str]] = {
    StructureType.COURSE: frozenset({"lessons", "questions"}),
    StructureType.QUIZ: frozenset({"questions"}),
    StructureType.NOVEL: frozenset(),
    StructureType.WORKFLOW: frozenset({"steps"}),
    StructureType.KNOWLEDGE_MAP: frozenset({"concepts"}),
    StructureType.LEARNING_PATH: frozenset({"milestones"}),
}
"""Lists whose elements must cite; a novel may go beyond its author's notes."""

_LABEL_TOKENS = 6
_BOILERPLATE_WEIGHT = 0.05
Origin = Callable[[str, JsonObject], JsonObject]
"""Where the element at a path comes from, as the keys to give it."""

_SHOWN = re.compile(r"^\[(p\d+)\] ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Excerpt:
    """A sentence that may stand in a digest; ``order`` counts the sentences of the source."""

    passage: int
    order: int
    text: str


@dataclass(frozen=True, slots=True)
class _Material:
    """What a digest is made from, by section: headings, what they cost, excerpts with the best first, and weights."""

    headings: Sequence[str]
    costs: Sequence[int]
    excerpts: Sequence[Sequence[_Excerpt]]
    weights: Sequence[float]


def digest(passages: Passages, budget_tokens: int) -> str:
    """Return the source for planning: all of it when it fits, else its headings with their most central sentences.

    Sentences are spread fairly over the sections, stand in their order and carry the labels of their passages. Takes
    seconds for millions of characters.
    """
    headings = [_heading(passages, number) for number in range(len(passages.ranges))]
    # Hardly any text has tokens this long on average, so a large source is not counted in vain.
    if sum(len(passage.text) for passage in passages.passages) <= 8 * budget_tokens:
        texts = [_labelled(passages.passages[span.first : span.last]) for span in passages.ranges]
        whole = _lines(passages, range(len(headings)), headings, texts)
        if estimate(whole) <= budget_tokens:
            return whole
    material = _material(passages, headings)
    return _within(budget_tokens, lambda limit: _digest(passages, material, limit))


def select(passages: Passages, wanted: Sequence[str], query: str, budget_tokens: int) -> str:
    """Return the source for writing one part: the passages of the ``wanted`` sections, in their order.

    Where they do not fit, those that match ``query`` best; where no section is wanted or known, the best of the whole
    source; and the digest where nothing in it matches.
    """
    assigned = _assigned(passages, wanted)
    if assigned:
        whole = _shown(passages, assigned)
        if estimate(whole) <= budget_tokens:
            return whole
    found = scores(passages, query)
    ranked = sorted(assigned or found, key=lambda index: (-found.get(index, 0.0), index))
    if not ranked:
        return digest(passages, budget_tokens)
    return _within(budget_tokens, lambda limit: _shown(passages, _fitting(passages, ranked, limit)))


def ground(structure_type: StructureType, structure: JsonObject, passages: Passages | None) -> JsonObject:
    """Return the structure with ``provenance`` on every element in place of the labels in its ``cites``.

    What cites known passages comes from their span, the overview from the whole source, all else from the model.
    Labels that name no passage are kept in ``x_citations`` of the element.
    """
    elements = _element_paths(structure_type)
    grounded = _grounded(structure, "", elements, lambda path, element: _origin(path, element, passages))
    assert isinstance(grounded, dict)
    return grounded


def faults(
    structure_type: StructureType, answer: Json, passages: Passages, *, shown: str | None = None
) -> tuple[tuple[str, str], ...]:
    """Return what is wrong with the labels in an answer: paths in it, and words its writer can act on; at most 20.

    With ``shown``, only the passages in that text may be cited: a label that was guessed right is still a guess.
    """
    allowed = None if shown is None else frozenset(_SHOWN.findall(shown))
    return tuple(islice(_faults(answer, "", _Citing(CITING_LISTS[structure_type], passages, allowed)), FAULTS_MAX))


def _heading(passages: Passages, number: int) -> str:
    section = passages.reading.sections[number]
    return f"{'#' * (len(section.parents) + 1)} [s{number + 1}] {section.title}".rstrip()


def _labelled(row: Sequence[Passage]) -> str:
    return "\n".join(f"[{passage.label}] {_without_labels(passage.text)}" for passage in row)


def _without_labels(text: str) -> str:
    """Return the text with no line that looks like one of our labels: it would be taken for a passage."""
    return _SHOWN.sub(r"(\1) ", text)


def _lines(passages: Passages, named: Sequence[int], headings: Sequence[str], texts: Sequence[str]) -> str:
    """Return the headings of all named sections that hold anything, each with its text."""
    rows = []
    for number in named:
        span = passages.ranges[number]
        if span.inner > span.first:
            rows += [headings[number], texts[number]]
    return "\n".join(row for row in rows if row)


def _material(passages: Passages, headings: Sequence[str]) -> _Material:
    weights = []
    for span, section in zip(passages.ranges, passages.reading.sections, strict=True):
        letters = sum(len(passage.text) for passage in passages.passages[span.first : span.last])
        weights.append(sqrt(letters + 1) * (_BOILERPLATE_WEIGHT if section.is_boilerplate else 1.0))
    costs = [estimate(heading) + 1 for heading in headings]
    return _Material(headings, costs, _excerpts(passages), weights)


def _excerpts(passages: Passages) -> list[list[_Excerpt]]:
    reading = passages.reading
    ranks = ranking.textrank([reading.sentences[order].stems for order in reading.usable])
    starts = [passage.start for passage in passages.passages]
    found: list[list[tuple[float, _Excerpt]]] = [[] for _ in passages.ranges]
    for order, rank in zip(reading.usable, ranks, strict=True):
        sentence = reading.sentences[order]
        index = max(0, bisect_right(starts, sentence.start) - 1)
        found[passages.passages[index].section].append((-rank, _Excerpt(index, order, sentence.text)))
    return [
        [excerpt for _, excerpt in sorted(row, key=lambda entry: (entry[0], entry[1].order))]
        or _beginnings(passages, n)
        for n, row in enumerate(found)
    ]


def _beginnings(passages: Passages, number: int) -> list[_Excerpt]:
    """Return how the passages of a section without a complete sentence begin."""
    span = passages.ranges[number]
    indexes = range(span.first, span.last)
    return [_Excerpt(index, 0, passages.passages[index].text[:BEGINNING_LETTERS_MOST]) for index in indexes]


def _digest(passages: Passages, material: _Material, limit: int) -> str:
    named = _named(passages, material.costs, limit)
    chosen = _filled(material, named, limit - sum(material.costs[number] for number in named))
    texts = [""] * len(material.headings)
    for number, row in chosen.items():
        texts[number] = _joined(passages, row)
    return _lines(passages, named, material.headings, texts)


def _named(passages: Passages, costs: Sequence[int], limit: int) -> list[int]:
    """Return the sections to name: all when that fits, else the outer ones, and of the innermost every so manieth."""
    sections = passages.reading.sections
    held = [number for number, span in enumerate(passages.ranges) if span.inner > span.first]
    held.sort(key=lambda number: (sections[number].is_boilerplate, len(sections[number].parents), number))
    named: list[int] = []
    for _, level in groupby(held, key=lambda n: (sections[n].is_boilerplate, len(sections[n].parents))):
        row = list(level)
        total = sum(costs[number] for number in row)
        if total > limit:
            fits = max(0, limit) * len(row) // total
            return sorted([*named, *(row[place * len(row) // fits] for place in range(fits))])
        named += row
        limit -= total
    return sorted(named)


def _filled(material: _Material, named: Sequence[int], limit: int) -> dict[int, list[_Excerpt]]:
    """Return the excerpts that fit: each section gets one before any gets two, and then by the root of its length."""
    heap = [(0.0, -material.weights[number], number) for number in named if material.excerpts[number]]
    heapify(heap)
    chosen: dict[int, list[_Excerpt]] = {}
    while heap and limit > _LABEL_TOKENS:
        filled, negative, number = heap[0]
        taken = chosen.setdefault(number, [])
        excerpt = material.excerpts[number][len(taken)]
        cost = estimate(excerpt.text[:SENTENCE_LETTERS_MOST]) + _LABEL_TOKENS
        if cost > limit:
            heappop(heap)
            continue
        taken.append(excerpt)
        limit -= cost
        if len(taken) == len(material.excerpts[number]):
            heappop(heap)
        else:
            heapreplace(heap, (filled - cost / negative, negative, number))
    return chosen


def _joined(passages: Passages, row: Sequence[_Excerpt]) -> str:
    lines = []
    ordered = sorted(row, key=lambda excerpt: (excerpt.passage, excerpt.order))
    for index, group in groupby(ordered, key=lambda excerpt: excerpt.passage):
        text = " \u2026 ".join(excerpt.text[:SENTENCE_LETTERS_MOST] for excerpt in group)
        lines.append(f"[{passages.passages[index].label}] {text}")
    return "\n".join(lines)


def _within(budget: int, build: Callable[[int], str]) -> str:
    """Return the longest text built within the budget; what parts of a text cost may be less than what it costs."""
    limit = budget
    while limit > 0:
        text = build(limit)
        if estimate(text) <= budget:
            return text
        limit -= 1 + limit // 20
    return ""


def _assigned(passages: Passages, wanted: Sequence[str]) -> list[int]:
    known = (passages.section(_label(name)) for name in wanted)
    spans = [passages.ranges[number] for number in known if number is not None]
    return sorted({index for span in spans for index in range(span.first, span.inner)})


def _label(name: str) -> str:
    return name.strip().strip("[]").strip().lower()


def _path(passages: Passages, number: int) -> str:
    section = passages.reading.sections[number]
    return f"[s{number + 1}] {' > '.join([*section.parents, section.title])}".rstrip()


def _shown(passages: Passages, indexes: Sequence[int]) -> str:
    rows = (passages.passages[index] for index in indexes)
    return "\n".join(
        f"{_path(passages, number)}\n{_labelled(list(row))}"
        for number, row in groupby(rows, key=lambda passage: passage.section)
    )


def _fitting(passages: Passages, ranked: Sequence[int], limit: int) -> list[int]:
    chosen: list[int] = []
    headed: set[int] = set()
    for index in ranked:
        passage = passages.passages[index]
        heading = 0 if passage.section in headed else estimate(_path(passages, passage.section)) + 1
        cost = estimate(passage.text) + heading + _LABEL_TOKENS
        if cost <= limit:
            chosen.append(index)
            headed.add(passage.section)
            limit -= cost
        if limit <= 2 * _LABEL_TOKENS:
            break
    return sorted(chosen)


def _grounded(value: Json, path: str, elements: frozenset[str], origin: Origin) -> Json:
    if isinstance(value, list):
        return [_grounded(entry, f"{path}[]", elements, origin) for entry in value]
    if not isinstance(value, dict):
        return value
    is_element = path in elements
    dropped = ("cites", "provenance", "x_citations") if is_element else ()
    kept: JsonObject = {
        key: _grounded(inner, f"{path}.{key}" if path else key, elements, origin)
        for key, inner in value.items()
        if key not in dropped
    }
    return kept | origin(path, value) if is_element else kept


@cache
def _element_paths(structure_type: StructureType) -> frozenset[str]:
    """Return the paths of everything that has provenance; that of the document itself is on its overview."""
    schema = json_schema(structure_type)
    definitions = schema["$defs"]
    assert isinstance(definitions, dict)
    return frozenset(_paths(schema, definitions, "")) - {""}


def _paths(node: Json, definitions: Mapping[str, Json], path: str) -> Iterator[str]:
    if not isinstance(node, dict):
        return
    reference, items, properties = node.get("$ref"), node.get("items"), node.get("properties")
    if isinstance(reference, str):
        yield from _paths(definitions[reference.rpartition("/")[2]], definitions, path)
    for key in ("anyOf", "oneOf"):
        branches = node.get(key)
        for branch in branches if isinstance(branches, list) else ():
            yield from _paths(branch, definitions, path)
    yield from _paths(items, definitions, f"{path}[]")
    for name, inner in properties.items() if isinstance(properties, dict) else ():
        if name == "provenance":
            yield path
        else:
            yield from _paths(inner, definitions, f"{path}.{name}" if path else name)


def _origin(path: str, element: JsonObject, passages: Passages | None) -> JsonObject:
    if passages is None:
        return {"provenance": {"kind": "model"}}
    if path in OVERVIEWS.values():
        return {"provenance": _source(passages, 0, len(passages.reading.document.text))}
    cited = {label: passages.passage(label) for label in _cites(element)}
    known = [index for index in cited.values() if index is not None]
    unknown: list[Json] = [label for label, index in cited.items() if index is None]
    provenance = _source(passages, *_span(passages, known)) if known else {"kind": "model"}
    return {"provenance": provenance} | ({"x_citations": unknown[:LABELS_MAX]} if unknown else {})


def _cites(element: JsonObject) -> list[str]:
    cites = element.get("cites")
    return [_label(label) for label in cites if isinstance(label, str)] if isinstance(cites, list) else []


def _span(passages: Passages, cited: Sequence[int]) -> tuple[int, int]:
    """Return the span from the first to the last passage when they stand together, else that of the one cited first."""
    first, last = min(cited), max(cited)
    is_one_section = passages.passages[first].section == passages.passages[last].section
    if not is_one_section or last - first + 1 - len(set(cited)) > UNCITED_BETWEEN_MOST:
        first = last = cited[0]
    return passages.passages[first].start, max(entry.end for entry in passages.passages[first : last + 1])


def _source(passages: Passages, start: int, end: int) -> JsonObject:
    document = passages.reading.document
    digest_of_span = sha256(document.text[start:end].encode()).hexdigest()
    return {"kind": "source", "span": {"doc": document.name, "start": start, "end": end}, "sha256": digest_of_span}


@dataclass(frozen=True, slots=True)
class _Citing:
    """What citations are held to: the lists that need them, the source, and the labels that were shown if known."""

    lists: frozenset[str]
    passages: Passages
    allowed: frozenset[str] | None


def _faults(value: Json, path: str, citing: _Citing) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for index, entry in enumerate(value):
            yield from _faults(entry, f"{path}[{index}]", citing)
    if not isinstance(value, dict):
        return
    yield from _label_faults(value, f"{path}." if path else "", citing)
    for key, inner in value.items():
        inner_path = f"{path}.{key}" if path else key
        if key in citing.lists and isinstance(inner, list):
            yield from _uncited(inner, inner_path)
        yield from _faults(inner, inner_path, citing)


def _uncited(elements: Sequence[Json], path: str) -> Iterator[tuple[str, str]]:
    for index, element in enumerate(elements):
        if isinstance(element, dict) and not _cites(element):
            yield f"{path}[{index}].cites", "is empty: list the labels of the passages this rests on"


def _label_faults(element: JsonObject, where: str, citing: _Citing) -> Iterator[tuple[str, str]]:
    for label in _cites(element):
        if citing.passages.passage(label) is None:
            yield f"{where}cites", f'names "{label[:80]}", which is no passage of the source'
        elif citing.allowed is not None and label not in citing.allowed:
            yield f"{where}cites", f'names "{label}", which is none of the passages that were shown'
    named = element.get("sections")
    for label in named if isinstance(named, list) else ():
        if isinstance(label, str) and citing.passages.section(_label(label)) is None:
            yield f"{where}sections", f'names "{label[:80]}", which is no section of the source'
