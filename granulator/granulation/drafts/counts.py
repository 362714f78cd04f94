"""How many of what: whether an answer has the planned counts, and how a count is dealt out; knows no structure type."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil, floor

from granulator.granulation.drafts.base import Fault, Wanted
from granulator.granulation.plan import TOLERANCE
from granulator.granulation.wording import fold


def tolerated(wanted: int) -> tuple[int, int]:
    """Return the least and the most that still counts as the number wanted."""
    return ceil(wanted * (1 - TOLERANCE)), floor(wanted * (1 + TOLERANCE))


def off_size(path: str, noun: str, have: int, wanted: int) -> Iterator[Fault]:
    """Yield a fault when a count is further from the plan than the tolerance allows."""
    low, high = tolerated(wanted)
    if not low <= have <= high:
        size = f"exactly {low}" if low == high else f"{low} to {high}"
        yield Fault(path, f"has {have} {noun}, {size} are wanted")


def over_limit(path: str, total: int, wanted: Wanted) -> Iterator[Fault]:
    """Yield a fault when all elements together are more than ``max_elements``."""
    if wanted.max_elements is not None and total > wanted.max_elements:
        yield Fault(path, f"makes {total} elements in all, at most {wanted.max_elements} are allowed: plan fewer")


def repeated(named: Sequence[tuple[str, str]]) -> Iterator[Fault]:
    """Yield a fault for each of the (path, name) pairs whose name an earlier one has."""
    first: dict[str, str] = {}
    for path, name in named:
        if (earlier := first.setdefault(fold(name), path)) != path:
            yield Fault(path, f"repeats {earlier}: give each its own")


def dealt(total: int, places: int) -> list[int]:
    """Return how many of ``total`` each place gets when they are spread evenly."""
    return [total * (place + 1) // places - total * place // places for place in range(places)]
