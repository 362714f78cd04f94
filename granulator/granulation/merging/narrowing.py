"""Groups of leaves of extras, such as modules of lessons of exercises, joined until they fit; knows no fields.

Leaves and extras are joined with their neighbours, the shortest first and where there are most of them. Extras come
first, then leaves, then groups, and no further than is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from granulator.granulation.wording import words
from granulator.model import Json, JsonObject

T = TypeVar("T")
Run = list[JsonObject]
"""Neighbours that become one element."""

Cost = tuple[float, ...]


@dataclass(slots=True)
class Group:
    """A run of groups that become one, and the runs of all their leaves."""

    members: Run
    runs: list[Run]


@dataclass(frozen=True, slots=True)
class Frame:
    """What is counted and how far it may shrink.

    A group counts ``group_weight`` elements; ``extras`` says how many a leaf has. The least of leaves holds in each
    group, ``leaves_least_in_all`` over all of them. ``cost`` is that of joining two runs, None where that is forbidden.
    """

    limit: int
    extras: Callable[[JsonObject], int]
    cost: Callable[[Run, Run], Cost | None]
    group_weight: int = 0
    groups_least: int = 1
    leaves_least: int = 1
    leaves_least_in_all: int = 1
    leaves_most: int = 1_000_000
    extras_least: int = 1
    extras_most: int = 1_000_000
    joins_groups: bool = False


def narrowed(groups: Sequence[Group], frame: Frame) -> list[tuple[Group, list[int]]]:
    """Return the groups with their runs of leaves, and how many extras each run may keep.

    Joins as much as it may and no more than it must; what comes back can still be above the limit.
    """
    left = list(groups)
    while _least(left, frame) > frame.limit or any(len(group.runs) > frame.leaves_most for group in left):
        if not (_join_leaves(left, frame) or _join_groups(left, frame)):
            break
    room = frame.limit - frame.group_weight * len(left) - sum(len(group.runs) for group in left)
    counts = iter(_dealt([_extras(run, frame) for group in left for run in group.runs], room, frame))
    return [(group, [next(counts) for _ in group.runs]) for group in left]


def gathered(items: Sequence[T], count: int, cost: Callable[[list[T], list[T]], Cost | None]) -> list[list[T]]:
    """Return the items as at most ``count`` runs of neighbours, or more where the rest may not be joined."""
    runs = [[item] for item in items]
    while len(runs) > count and (place := _cheapest(runs, cost)) is not None:
        runs[place : place + 2] = [runs[place] + runs[place + 1]]
    return runs


def length(value: Json) -> int:
    """Return the number of words in all texts of a value."""
    if isinstance(value, str):
        return words(value)
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return sum(length(entry) for entry in inside)


def by_length(left: Sequence[Json], right: Sequence[Json]) -> Cost:
    """Return the cost of joining where nothing but the length of what comes out matters."""
    return (sum(map(length, left)) + sum(map(length, right)),)


def _least(groups: Sequence[Group], frame: Frame) -> int:
    leaves = sum(1 + _extras_least(run, frame) for group in groups for run in group.runs)
    return frame.group_weight * len(groups) + leaves


def _extras(run: Run, frame: Frame) -> int:
    return min(sum(frame.extras(leaf) for leaf in run), frame.extras_most)


def _extras_least(run: Run, frame: Frame) -> int:
    return min(_extras(run, frame), max(1, frame.extras_least))


def _join_leaves(groups: Sequence[Group], frame: Frame) -> bool:
    """Join two neighbouring leaves of the group that has most; False when none may be joined."""
    if sum(len(group.runs) for group in groups) <= frame.leaves_least_in_all:
        return False
    for group in sorted(groups, key=lambda each: -len(each.runs)):
        place = _cheapest(group.runs, frame.cost) if len(group.runs) > frame.leaves_least else None
        if place is not None:
            group.runs[place : place + 2] = [group.runs[place] + group.runs[place + 1]]
            return True
    return False


def _join_groups(groups: list[Group], frame: Frame) -> bool:
    if not frame.joins_groups or len(groups) <= frame.groups_least:
        return False
    place = min(range(len(groups) - 1), key=lambda at: len(groups[at].runs) + len(groups[at + 1].runs))
    first, second = groups[place], groups[place + 1]
    groups[place : place + 2] = [Group(first.members + second.members, first.runs + second.runs)]
    return True


def _cheapest(runs: Sequence[list[T]], cost: Callable[[list[T], list[T]], Cost | None]) -> int | None:
    costs = [(price, place) for place in range(len(runs) - 1) if (price := cost(runs[place], runs[place + 1]))]
    return min(costs)[1] if costs else None


def _dealt(counts: Sequence[int], room: int, frame: Frame) -> list[int]:
    """Return the counts made smaller, the largest first, until they fit into the room or are at their least."""
    left = list(counts)
    while sum(left) > room:
        place = max(range(len(left)), key=left.__getitem__)
        if left[place] <= max(1, frame.extras_least):
            break
        left[place] -= 1
    return left
