"""Questions on the order of the steps in a numbered list. Knows nothing of other lists."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from granulator.extraction import glossary
from granulator.extraction.blocks import Block
from granulator.extraction.cloze import Item
from granulator.extraction.imperatives import ORDERS
from granulator.extraction.outline import Segment
from granulator.extraction.sections import Reading
from granulator.extraction.vocabulary import listed

STEPS = re.compile(
    r"\bsteps?\b|\bprocedure\b|\bin (?:this|the following) order\b|\bsequence\b|\bwhat to do\b|\bin order:",
    re.IGNORECASE,
)
NEXT = listed("once after then finally next now before immediately afterwards first lastly")
"""Words besides an order that a step may begin with."""


def items(reading: Reading, group: Segment) -> Iterator[Item]:
    """Yield the question on the first list of steps in ``group``."""
    blocks = reading.document.blocks
    for index in range(max(group.first, 1), group.last):
        block = blocks[index]
        if block.kind == "item" and block.number == 1 and STEPS.search(_lead(reading, index)):
            steps = _steps(blocks, index)
            if 3 <= len(steps) <= 7 and len({step.casefold() for step in steps}) == len(steps):
                end = max(other.end for other in blocks[index : index + 3 * len(steps)] if other.group == block.group)
                title = reading.sections[reading.section_of[index]].title
                text = " ".join(f"{number}. {step}" for number, step in enumerate(steps, 1))
                yield Item("ordering", f"Put these steps of \u201c{title}\u201d into the order the source gives.", "",
                           tuple(steps), text, block.start, end, -1 - index, 0.1, "understand")  # fmt: skip
                return


def _lead(reading: Reading, index: int) -> str:
    before = reading.document.blocks[index - 1]
    return before.text[-200:] + " " + reading.sections[reading.section_of[index]].title


def _steps(blocks: Sequence[Block], index: int) -> list[str]:
    """Return the first sentences of the numbered list at ``index``; nothing when a step is too long or open."""
    steps: list[str] = []
    for block in blocks[index : index + 40]:
        if block.kind == "item" and block.group == blocks[index].group and block.number == len(steps) + 1:
            sentence = glossary.FIRST_SENTENCE.match(block.text)
            text = (sentence[1] if sentence else block.text).strip()
            words = text.lower().split()
            is_step = words[0].strip(",") in ORDERS | NEXT if words else False
            if not 2 <= len(words) <= 28 or text.endswith(":") or not is_step:
                return []
            steps.append(text)
    return steps
