"""Procedures of a document: numbered lists, headings that are steps, "first ..., then ...", and lists of orders."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace

from granulator.extraction import sentences
from granulator.extraction.imperatives import actor, base_form, is_order
from granulator.extraction.phrasing import SEE_ALSO
from granulator.extraction.sections import NUMBERING, Reading, parents
from granulator.extraction.sentences import Sentence
from granulator.extraction.steplists import lists
from granulator.extraction.steps import (
    LEAST_STEPS,
    ORDER_SHARE,
    TITLE,
    Procedure,
    Step,
    acts_named,
    counted,
    gerund,
    is_choice,
    made,
    may_hold,
    short_listings,
)

OPEN_ADVICE = re.compile(
    r"(?:if|when|to|for|note|otherwise|do not|don['\u2019]t|never|always|avoid|remember"
    r"|make sure to)\b",
    re.IGNORECASE,
)
"""Advice for one case or for all of them, which is no step by itself."""
MOST_TOLD = 20
OPENS_SEQUENCE = re.compile(
    r"(?:first(?:ly)?\b(?! of all,? (?:it|this))|to (?:begin|start)\b|start by\b|begin by\b)", re.IGNORECASE
)
GOES_ON = re.compile(
    r"(?:then|next|after(?:wards?| that)?|second(?:ly)?|third(?:ly)?|fourth(?:ly)?|finally|lastly|once|when|now"
    r"|at the end)\b",
    re.IGNORECASE,
)
STEP_TITLE = re.compile(
    r"(?:step|stage|phase)\s+(\d+|[ivx]+|one|two|three|four|five|six|seven"
    r"|eight)\b[\s.:)\u2013\u2014-]*",
    re.IGNORECASE,
)


def procedures(reading: Reading) -> tuple[Procedure, ...]:
    """Return the procedures of a document in its order, none inside another."""
    found = [*_by_headings(reading), *lists(reading, 0, len(reading.document.blocks))]
    taken = [(one.start, one.end) for one in found]
    for number, section in enumerate(reading.sections):
        if not any(start < section.end and section.start < end for start, end in taken) and may_hold(section):
            found.extend(_told(reading, number))
    return _outermost(found)


def _outermost(found: Sequence[Procedure]) -> tuple[Procedure, ...]:
    kept: list[Procedure] = []
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return tuple(kept)


def _by_headings(reading: Reading) -> Iterator[Procedure]:
    """Yield the procedures whose steps are sections: "Step 1: ...", or numbered headings that are orders."""
    above = parents(reading)
    families: dict[int, list[int]] = {}
    for number, parent in enumerate(above):
        families.setdefault(parent, []).append(number)
    for parent, children in families.items():
        run = [number for number in children if _is_numbered(reading, number)]
        acting = [number for number in run if acts_named(reading.sections[number].title) or _is_step(reading, number)]
        if len(run) < LEAST_STEPS or len(acting) < ORDER_SHARE * len(run):
            continue
        ends = [_end(reading, above, number) for number in run]
        steps = [_section_step(reading, *pair) for pair in zip(run, ends, strict=True)]
        whole = made(reading, parent if parent >= 0 else run[0], _opening(reading, parent), counted(steps))
        yield replace(whole, title=reading.document.title or whole.title) if parent < 0 else whole


def _is_numbered(reading: Reading, number: int) -> bool:
    section = reading.sections[number]
    raw = _raw_title(reading, number)
    is_open = not section.is_boilerplate and may_hold(section)
    return is_open and (NUMBERING.match(raw) is not None or STEP_TITLE.match(raw) is not None)


def _is_step(reading: Reading, number: int) -> bool:
    return STEP_TITLE.match(_raw_title(reading, number)) is not None


def _raw_title(reading: Reading, number: int) -> str:
    return " ".join(reading.document.blocks[reading.sections[number].first].text.split())


def _end(reading: Reading, above: Sequence[int], number: int) -> int:
    """Return where the section ends with all that stands in it."""
    last = number
    while last + 1 < len(above) and above[last + 1] >= number:
        last += 1
    return reading.sections[last].end


def _section_step(reading: Reading, number: int, end: int) -> Step:
    section = reading.sections[number]
    own = [one for one in _of_section(reading, number) if sentences.is_complete(one) or is_order(one.text)]
    held = list(lists(reading, section.first, section.last))
    name = STEP_TITLE.sub("", section.title) or section.title
    blocks = reading.document.blocks[section.first : section.last]
    inner = held[0].steps if held else ()
    outside = [one for one in own if not inner or one.end <= inner[0].start or one.start >= inner[-1].end]
    kept = tuple(one.text for one in outside[:4]) or tuple(step.text for step in inner[:1])
    return Step(0, kept or (name,), section.start, end, name=name, listings=short_listings(blocks), inner=inner)


def _of_section(reading: Reading, number: int) -> list[Sentence]:
    """Return the sentences of prose of a section, those of its subsections left out."""
    section, rows = reading.sections[number], reading.sentences
    first = bisect_left(rows, section.first, key=lambda one: one.block)
    return list(rows[first : bisect_left(rows, section.last, key=lambda one: one.block)])


def _opening(reading: Reading, number: int) -> str:
    own = _of_section(reading, number) if number >= 0 else []
    return next((one.text for one in own if sentences.is_complete(one)), "")


def _told(reading: Reading, number: int) -> Iterator[Procedure]:
    """Yield what a section tells in prose: a sequence that is opened by "first", or orders under a fitting title."""
    kinds = ("paragraph", "item", "definition")
    rows = [one for one in _of_section(reading, number) if reading.document.blocks[one.block].kind in kinds]
    sequences = [one for stretch in _stretches(reading, rows) for one in _sequence(reading, number, stretch)]
    if sequences:
        yield from sequences
    elif _is_telling(reading, number):
        steps = _runs(reading, number, rows)
        loose = sum(map(is_choice, steps)) + sum(OPEN_ADVICE.match(step.text) is not None for step in steps)
        if LEAST_STEPS <= len(steps) <= MOST_TOLD and 3 * loose < len(steps) and 5 * len(steps) >= 2 * len(rows):
            yield made(reading, number, _lead_of(rows, steps), steps, is_ordered=False)


def _stretches(reading: Reading, rows: Sequence[Sentence]) -> list[list[Sentence]]:
    """Return the sentences divided at the terms of definition lists: what stands under two terms is no sequence."""
    found: list[list[Sentence]] = []
    for one in rows:
        between = reading.document.blocks[found[-1][-1].block + 1 : one.block] if found else ()
        if not found or any(block.kind == "term" for block in between):
            found.append([])
        found[-1].append(one)
    return found


def _sequence(reading: Reading, number: int, rows: Sequence[Sentence]) -> Iterator[Procedure]:
    """Yield what is opened by "first", if as many steps follow as make a procedure."""
    opened = next((place for place, one in enumerate(rows) if OPENS_SEQUENCE.match(one.text)), None)
    if opened is None:
        return
    last = max((place for place, one in enumerate(rows) if GOES_ON.match(one.text) and place <= opened + 14), default=0)
    steps = _runs(reading, number, rows[opened : last + 1])
    if len(steps) >= LEAST_STEPS:
        yield made(reading, number, rows[opened - 1].text if opened else "", steps)


def _is_telling(reading: Reading, number: int) -> bool:
    """Whether the title announces how something is done, and the section is no list of definitions."""
    section = reading.sections[number]
    blocks = reading.document.blocks[section.first : section.last]
    has_title = bool(TITLE.match(section.title)) or bool(base_form(gerund(section.title)))
    return has_title and not any(block.kind in ("term", "definition") for block in blocks)


def _lead_of(rows: Sequence[Sentence], steps: Sequence[Step]) -> str:
    before = [one for one in rows if one.end <= steps[0].start]
    return before[-1].text if before else ""


def _runs(reading: Reading, number: int, rows: Sequence[Sentence]) -> list[Step]:
    """Return one step for each sentence in which somebody acts, with the sentences after it and its listing."""
    begins = [place for place, one in enumerate(rows) if is_order(one.text) or actor(one.text)]
    begins = [place for place in begins if not SEE_ALSO.match(rows[place].text)]
    blocks, found = reading.document.blocks, list[Step]()
    last = reading.sections[number].last
    for place, begin in enumerate(begins):
        stop = begins[place + 1] if place + 1 < len(begins) else len(rows)
        own = [one for one in rows[begin:stop] if one.block == rows[begin].block][:3]
        until = rows[stop].block if stop < len(rows) else last
        shown = list(blocks[own[-1].block + 1 : max(until, own[-1].block + 1)])
        listings = short_listings(shown[:1])
        end = shown[0].end if listings else own[-1].end
        found.append(Step(place + 1, tuple(one.text for one in own), own[0].start, end, listings=listings))
    return found
