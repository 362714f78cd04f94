"""Lists whose items are steps, with the paragraphs, listings and substeps that belong to each item."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from granulator.extraction import sentences
from granulator.extraction.blocks import Block
from granulator.extraction.imperatives import base_form
from granulator.extraction.sections import Reading
from granulator.extraction.steps import (
    ANNOUNCED_SHARE,
    LEAST_STEPS,
    ORDER_SHARE,
    TITLE,
    Procedure,
    Step,
    acts,
    counted,
    gerund,
    is_choice,
    made,
    may_hold,
    short_listings,
)
from granulator.extraction.vocabulary import words

LONGEST_STEP = 150
"""An item of more words is an essay, not a step."""
MOST_BETWEEN = 8
"""So many blocks may stand between two items of one list: paragraphs, listings, substeps."""
ANNOUNCED = re.compile(
    r"\b(?:follow(?:ing)?\b|straight down|order\b|these steps|steps\b|as follows|procedure|proceed|in (?:this"
    r"|the following) order|do this|checklist"
    r"|to [a-z]+ [^.]{3,80}[:,]|how to|must be done|is done)",
    re.IGNORECASE,
)
SURELY = re.compile(
    r"\b(?:these steps|following steps|do (?:the following|this)|in (?:this|the following) order|step by step)\b"
    r"|^To [a-z]+ [^.]{3,80},",
    re.IGNORECASE,
)
"""What announces a numbered list as a procedure, whatever verbs its items begin with."""
ALTERNATIVES = re.compile(
    r"\b(?:means|ways|options|alternatives?|one of|any of|either|possibilit\w+|for example|examples?|rules"
    r"|guidelines|tips"
    r"|principles|reasons|limitations|methods|approaches|cases|situations|consider)\b",
    re.IGNORECASE,
)
"""A list that is announced so is not gone through from the first to the last."""
CHECK_BOX = re.compile(r"\[[ xX]\]\s+")


def lists(reading: Reading, first: int, last: int) -> Iterator[Procedure]:
    """Yield the procedures that are lists between two blocks, in the order of the text."""
    position, blocks = first, reading.document.blocks
    while position < last:
        if blocks[position].kind != "item" or blocks[position].is_linked():
            position += 1
            continue
        items, end = _list(reading, position)
        procedure = _from_list(reading, position, items)
        if procedure is not None:
            yield procedure
        position = max(end, position + 1)


def _list(reading: Reading, first: int) -> tuple[list[list[int]], int]:
    """Return for each item of the list its block and those that belong to it, and where the list ends."""
    blocks, section = reading.document.blocks, reading.section_of[first]
    items, position, loose = [[first]], first + 1, 0
    head = blocks[first]
    while position < len(blocks) and reading.section_of[position] == section and loose <= MOST_BETWEEN:
        block = blocks[position]
        if block.kind == "item" and block.level == head.level and _goes_on(blocks[items[-1][0]], block):
            items.append([position])
            loose = 0
        elif block.kind == "item" and block.level <= head.level:
            break
        elif (
            block.kind == "item" or _is_inside(reading, block) or _comes_again(reading, position, blocks[items[-1][0]])
        ):
            items[-1].append(position)
            loose += 1
        else:
            break
        position += 1
    return items, position


def _goes_on(before: Block, block: Block) -> bool:
    """Whether an item belongs to the list of the item before it."""
    if before.number is None or block.number is None:
        return before.number == block.number and before.group == block.group
    return before.group == block.group or block.number == before.number + 1


def _is_inside(reading: Reading, block: Block) -> bool:
    """Whether a block is indented as what belongs to an item is."""
    text = reading.document.text
    line = text.rfind("\n", 0, block.start) + 1
    is_set_in = text[line : block.start].isspace() or text[block.start : block.start + 2].isspace()
    return block.kind in ("paragraph", "code", "quote") and (block.level > 0 or is_set_in)


def _comes_again(reading: Reading, position: int, before: Block) -> bool:
    """Whether the next number of the list follows soon."""
    if before.number is None:
        return False
    section = reading.section_of[position]
    following = (
        reading.document.blocks[place]
        for place in range(position + 1, min(position + MOST_BETWEEN, len(reading.section_of)))
        if reading.section_of[place] == section
    )
    return any(
        block.kind == "item" and block.level == before.level and block.number == before.number + 1
        for block in following
    )


def _from_list(reading: Reading, first: int, items: Sequence[Sequence[int]]) -> Procedure | None:
    blocks, number = reading.document.blocks, reading.section_of[first]
    section, head = reading.sections[number], blocks[first]
    if len(items) < LEAST_STEPS or not may_hold(section):
        return None
    if head.number is None and _are_names(blocks, items):
        return None
    lead = _lead(reading, first)
    steps = [_step(reading, item, place) for place, item in enumerate(items, 1)]
    if ALTERNATIVES.search(lead) or sum(map(is_choice, steps)) * 3 >= len(steps):
        return None
    is_announced = bool(TITLE.match(section.title) or ANNOUNCED.search(lead) or base_form(gerund(section.title)))
    is_ordered = head.number is not None
    share = sum(acts(step) or (is_ordered and is_announced and _happens(step)) for step in steps) / len(steps)
    least = (
        0.0 if is_ordered and SURELY.search(lead) else ANNOUNCED_SHARE if is_announced and is_ordered else ORDER_SHARE
    )
    if (not is_announced and not is_ordered) or share < least:
        return None
    if sum(len(words(step.text)) for step in steps) > LONGEST_STEP * len(steps):
        return None
    numbered = steps if _is_counted(blocks, items) else counted(steps)
    return made(reading, number, lead, numbered, is_ordered=is_ordered)


def _are_names(blocks: Sequence[Block], items: Sequence[Sequence[int]]) -> bool:
    """Whether most items are one word with what it means below, as the methods of a class are."""
    named = [item for item in items if len(item) > 1 and len(blocks[item[0]].text.split()) == 1]
    return 2 * len(named) > len(items)


def _is_counted(blocks: Sequence[Block], items: Sequence[Sequence[int]]) -> bool:
    numbers = [blocks[item[0]].number for item in items]
    return len(set(numbers)) == len(numbers) and None not in numbers


def _lead(reading: Reading, first: int) -> str:
    """Return the last sentence of the paragraph before a list, when it stands in the same section."""
    before = first - 1
    blocks = reading.document.blocks
    if before < 0 or reading.section_of[before] != reading.section_of[first] or blocks[before].kind != "paragraph":
        return ""
    return sentences.split(blocks[before])[-1].text


def _happens(step: Step) -> bool:
    """Whether it says what something does at this point: "The parser reads the file"."""
    row = step.sentences[0].split()[1:6] if step.sentences else ()
    return any(map(base_form, row))


def _step(reading: Reading, item: Sequence[int], place: int) -> Step:
    """Return an item with its paragraphs, its listing and its substeps."""
    blocks = reading.document.blocks
    head = blocks[item[0]]
    said = [
        sentence.text
        for index in item
        if blocks[index].kind in ("paragraph", "quote")
        for sentence in sentences.split(blocks[index])
    ]
    own = [CHECK_BOX.sub("", sentence.text) for sentence in sentences.split(head)]
    inner = [index for index in item[1:] if blocks[index].kind == "item"]
    substeps = [_step(reading, [index], number) for number, index in enumerate(inner, 1)]
    return Step(
        number=head.number or place,
        sentences=tuple([*own, *said]),
        start=head.start,
        end=max(blocks[index].end for index in item),
        listings=short_listings([blocks[index] for index in item]),
        inner=tuple(substeps) if len(substeps) > 1 else (),
    )
