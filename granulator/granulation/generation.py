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

PROMPT_TOKENS: Final = 900
"""About what the fixed text of a prompt and its schema take."""


@dataclass(frozen=True, slots=True)
class Generation:
    """How one structure is asked for; token counts are expectations."""

    plan: Plan
    leaves_per_part: int
    calls: int
    input_tokens: int
    output_tokens: int


def choose(draft: Draft, wanted: Wanted, *, max_tokens: int, source_tokens: int = 0) -> Generation:
    """Return how to ask for a structure when one call may write ``max_tokens``."""
    leaf, count = draft.leaf_tokens(wanted.level, wanted.words), leaves(wanted.structure_type, wanted.sizes)
    output = FRAME_TOKENS + leaf * count
    per_part = max(1, int(PART_FILL * max_tokens / leaf))
    if wanted.level < OUTLINE_FROM_LEVEL and output <= SINGLE_FILL * max_tokens:
        return Generation("single", per_part, 1, PROMPT_TOKENS + source_tokens, output)
    groups = max(1, wanted.sizes.groups)
    parts = groups * ceil(ceil(count / groups) / per_part)
    # Parts do not repeat what the outline says, so together they take what a single answer would.
    outlined = FRAME_TOKENS + 50 * count
    return Generation(
        "outline", per_part, 1 + parts, (1 + parts) * PROMPT_TOKENS + 2 * source_tokens, output + outlined
    )


def leaves(structure_type: StructureType, sizes: Sizes) -> int:
    """Return how many leaves are written: milestones of a path, whose activities are part of them."""
    return sizes.groups if structure_type is StructureType.LEARNING_PATH else sizes.leaves
