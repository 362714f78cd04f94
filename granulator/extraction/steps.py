"""What procedures are made of: steps in the words of the source, and what tells that something is done in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from granulator.extraction.blocks import Block
from granulator.extraction.imperatives import actor, base_form, is_order
from granulator.extraction.sections import Reading, Section

LEAST_STEPS = 3
LONGEST_LISTING = 6
ORDER_SHARE, ANNOUNCED_SHARE = 0.6, 0.4
"""How much of a list must be orders: of any list, and of one that is announced as a procedure."""
TITLE = re.compile(
    r"(?:.*\b(?:install\w*|set-?up|setting up|getting started|quick ?start\w*|how to\b.*|procedures?|steps?"
    r"|instructions?"
    r"|checklist|usage|walk-?through|deploy\w*|upgrad\w+|migrat\w+|build(?:ing)?|releas(?:e process|ing)"
    r"|workflow|process"
    r"|recipe|method|preparation|directions|contributing|development|configur\w+|maintenance|emergency|commissioning"
    r"|start-?up|shut-?down|routine|protocol|playbook|runbook|troubleshooting|recovery|restor\w+|rollback"
    r"|operation)\b.*"
    r"|to [a-z]+ .*)$",
    re.IGNORECASE,
)
NOT_PROCEDURE = re.compile(
    r".*(?:change ?log|change history|release notes|what['\u2019]?s new|changes|history|licen[sc]e|copyright|contents"
    r"|references|credits|sponsors|see also|features|acknowledg\w+|bibliography|roadmap|todo|advantages"
    r"|highlights)\b",
    re.IGNORECASE,
)
NUMBERED = re.compile(r"(?:(?:step|stage|phase|part)\s+)?(?P<number>\d{1,2})\b", re.IGNORECASE)
CHOICE = re.compile(r"(?:or\b|alternatively|you (?:can|may|could|might)\b|another)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Step:
    """What is done at one point of a procedure, in the words of the source.

    ``sentences`` is its text sentence by sentence; ``name`` is set when a heading names it; ``number`` is its number
    in the source, or its place; ``listings`` are the short ones it shows. ``start`` and ``end`` are source offsets.
    """

    number: int
    sentences: tuple[str, ...]
    start: int
    end: int
    name: str = ""
    listings: tuple[str, ...] = ()
    inner: tuple[Step, ...] = ()

    @property
    def text(self) -> str:
        return " ".join(self.sentences)


@dataclass(frozen=True, slots=True)
class Procedure:
    """Steps in their order; ``lead`` is the sentence that announces them, ``path`` the titles above, innermost last.

    ``actor`` is who carries it out, if the lead says so; ``order`` is its number among its siblings when the source
    numbers them, else 0.
    """

    title: str
    path: tuple[str, ...]
    lead: str
    steps: tuple[Step, ...]
    section: int
    start: int
    end: int
    actor: str = ""
    order: int = 0
    is_ordered: bool = True


def made(reading: Reading, number: int, lead: str, steps: Sequence[Step], *, is_ordered: bool = True) -> Procedure:
    """Return the steps as the procedure of section ``number``."""
    section = reading.sections[number]
    return Procedure(
        title=section.title,
        path=(*section.parents, section.title),
        lead=lead,
        steps=tuple(steps),
        section=number,
        start=steps[0].start,
        end=max(step.end for step in steps),
        actor=actor(lead),
        order=_order(reading, number),
        is_ordered=is_ordered,
    )


def _order(reading: Reading, number: int) -> int:
    """Return the number the heading of a section bears, 0 when it bears none."""
    head = reading.document.blocks[reading.sections[number].first]
    said = NUMBERED.match(head.text) if head.kind == "heading" else None
    return int(said["number"]) if said else 0


def may_hold(section: Section) -> bool:
    """Whether a section may hold a procedure: it is not of a kind that lists other things, such as release notes."""
    return not any(NOT_PROCEDURE.match(title) for title in (*section.parents, section.title))


def acts(step: Step) -> bool:
    """Whether somebody is told to do something in a step, or does it."""
    return any(is_order(text) or actor(text) for text in step.sentences[:2]) or acts_named(step.name)


def acts_named(name: str) -> bool:
    """Whether a heading names something that is done: "Replace the filter", "Replacing the filter"."""
    return bool(name) and (is_order(name) or bool(gerund(name)))


def is_choice(step: Step) -> bool:
    """Whether a step is one way among several, and not what comes next."""
    return CHOICE.match(step.text) is not None


def gerund(title: str) -> str:
    """Return the third person of the verb a title such as "Replacing the filter" begins with, "" for others."""
    word = title.split()[0].lower() if title.split() else ""
    stem = word.removesuffix("ing") if word.endswith("ing") else ""
    doubled = stem[:-1] if len(stem) > 2 and stem[-1] == stem[-2] else stem
    return next((form + "s" for form in (stem, stem + "e", doubled) if form and base_form(form + "s")), "")


def counted(steps: Sequence[Step]) -> list[Step]:
    """Return the steps numbered by their places."""
    return [replace(step, number=number) for number, step in enumerate(steps, 1)]


def short_listings(blocks: Sequence[Block]) -> tuple[str, ...]:
    """Return the first listing among the blocks that is no longer than a command or two."""
    codes = (block.text.strip("\n") for block in blocks if block.kind == "code")
    return tuple(text for text in codes if text.count("\n") < LONGEST_LISTING)[:1]
