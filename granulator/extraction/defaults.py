"""Questions on the values that settings have by themselves. What the settings are, ``described`` tells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from granulator.extraction import descriptions, echoing
from granulator.extraction.cloze import Item
from granulator.extraction.described import Thing
from granulator.extraction.distractors import DISTRACTORS, STEPS

NUMBER = re.compile(r"(?P<number>[1-9]\d{0,6})(?P<unit> ?[A-Za-z%]+)?")
MASK = re.compile(r"perm|mode|mask", re.IGNORECASE)
"""What is a pattern of bits rather than an amount."""

LONGEST = 110
LEAST = 5
"""A smaller default without a unit is what anyone would guess."""

LEAST_GIVEN = 2
"""So many of the wrong values must be defaults of other settings."""

SWITCH = {"true": "False", "false": "True", "yes": "no", "no": "yes", "on": "off", "off": "on"}
SWITCH |= {"enabled": "disabled", "disabled": "enabled"}


def items(every: Sequence[Thing], first: int, last: int) -> Iterator[Item]:
    """Yield questions on the defaults of what blocks ``first`` to ``last`` describe."""
    given = [one for one in every if one.default]
    for one in given:
        if first <= one.block < last:
            item = _switch(one) if one.default.casefold() in SWITCH else _value(one, given)
            if item:
                yield item


def _switch(one: Thing) -> Item | None:
    if not _is_short(one):
        return None
    other = SWITCH[one.default.casefold()]
    wrong = other.lower() if one.default.islower() else other
    lead = f"Judge this statement: By default, the {_noun(one)} {one.term} (\u201c{one.text}\u201d) is set to"
    told = f"{one.term}: {one.default} by default"
    return Item("true_false", f"{lead} {one.default}.", "", (f"{lead} {one.default}.", f"{lead} {wrong}."), told,
                one.start, one.end, -1 - one.block, 0.0, "remember", form="default")  # fmt: skip


def _is_short(one: Thing) -> bool:
    """Whether what is said of a thing can be told beside its name, so that nobody is asked for a bare name."""
    return 0 < len(one.text) <= LONGEST and "\u201c" not in one.text


def _noun(one: Thing) -> str:
    kind = descriptions.noun(one)
    return "setting" if kind in ("name", "term") else kind


def _value(one: Thing, given: Sequence[Thing]) -> Item | None:
    wrong = _numbers(one, given) if NUMBER.fullmatch(one.default) else _names(one, given)
    if len(wrong) < DISTRACTORS or not _is_short(one) or echoing.echoes(one.default, one.term, wrong):
        return None
    place = f" under \u201c{one.place}\u201d" if one.place else ""
    stem_text = f"What is the default of the {_noun(one)} {one.term} (\u201c{one.text}\u201d){place}?"
    answer = one.default
    return Item("multiple_choice", stem_text, answer, (answer, *wrong), f"{one.term}: {answer} by default",
                one.start, one.end, -1 - one.block, -0.25, "remember", form="default")  # fmt: skip


def _numbers(one: Thing, given: Sequence[Thing]) -> list[str]:
    """Return defaults of like size, most of which other settings have; the rest are multiples of the right one."""
    own = None if MASK.search(one.term) else NUMBER.fullmatch(one.default)
    if not own or (own["unit"] is None and int(own["number"]) < LEAST):
        return []
    value, unit = int(own["number"]), own["unit"] or ""
    rows = [match for other in given if other is not one and (match := NUMBER.fullmatch(other.default))]
    near = [int(row["number"]) for row in rows if (row["unit"] or "") == unit and row["number"] != "0"]
    near = list(dict.fromkeys(other for other in near if other != value and value / 10 <= other <= value * 10))
    stepped = [int(value * step) for step in STEPS if value * step == int(value * step) and value * step >= 1]
    rows_of_all = [f"{other}{unit}" for other in dict.fromkeys([*near, *stepped])][:DISTRACTORS]
    return rows_of_all if len(near) >= LEAST_GIVEN else []


def _names(one: Thing, given: Sequence[Thing]) -> list[str]:
    """Return defaults of the same writing that other settings of the row have; bare words look alike but are not."""
    form = _form(one.default)
    if form in ("a", "0"):
        return []
    rows = [other.default for other in given if other.family == one.family and _form(other.default) == form]
    return [text for text in dict.fromkeys(rows) if text != one.default][:DISTRACTORS]


def _form(text: str) -> str:
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "0", text))
