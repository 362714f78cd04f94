"""How a structure is asked for: in one call, or as an outline and parts, and how large a part is. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Final, Literal

from granulator.granulation.drafts.base import Draft, Wanted
from granulator.granulation.plan import Sizes
from granulator.model import StructureType

Plan = Literal["single", "outline"]

OUTLINE_FROM_LEVEL: Final = 4
"""From this granularity level on a structure is never asked for in one call: it would run into the output limit."""

SINGLE_FILL: Final = 0.9
PART_FILL: Final = 0.6
"""How much of the output limit is planned for; the rest is room for a model that writes more than it was asked to.

A single answer that is cut off is asked for once more with twice the room; a part that is, is one of many.
"""

FRAME_TOKENS: Final = 300
"""About what the overview of a structure takes."""

SOURCE_TOKENS: Final = 24_000
"""The most of a source that one call is shown."""

OUTLINE_LEAF_TOKENS: Final = 50
"""About what an outline says of one leaf."""

PROMPT_TOKENS: Final = 900
"""About what the fixed text of a prompt and its schema take."""


@dataclass(frozen=True, slots=True)
class Generation:
    """How one structure is asked for; token counts are expectations, in all and of one outline and one part."""

    plan: Plan
    leaves_per_part: int
    calls: int
    input_tokens: int
    output_tokens: int
    outline_tokens: int
    part_tokens: int


def choose(draft: Draft, wanted: Wanted, *, max_tokens: int, source_tokens: int = 0) -> Generation:
    """Return how to ask for a structure when one call may write ``max_tokens``."""
    leaf, count = draft.leaf_tokens(wanted.level, wanted.words), leaves(wanted.structure_type, wanted.sizes)
    output = FRAME_TOKENS + leaf * count
    per_part = max(1, int(PART_FILL * max_tokens / leaf))
    # Parts do not repeat what the outline says, so together they take what a single answer would.
    outlined = FRAME_TOKENS + OUTLINE_LEAF_TOKENS * count
    if wanted.level < OUTLINE_FROM_LEVEL and output <= SINGLE_FILL * max_tokens:
        return Generation("single", per_part, 1, PROMPT_TOKENS + source_tokens, output, outlined, leaf * per_part)
    groups = max(1, wanted.sizes.groups)
    calls = 1 + groups * ceil(ceil(count / groups) / per_part)
    read = calls * PROMPT_TOKENS + 2 * source_tokens
    return Generation("outline", per_part, calls, read, output + outlined, outlined, leaf * per_part)


def leaves(structure_type: StructureType, sizes: Sizes) -> int:
    """Return how many leaves are written: milestones of a path, whose activities are part of them."""
    return sizes.groups if structure_type is StructureType.LEARNING_PATH else sizes.leaves
