"""A plan cut into parts and put together again: runs of leaves of one group; the same for every structure type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Protocol, TypeVar

from granulator.granulation.drafts.base import Fault, Planned
from granulator.granulation.drafts.counts import dealt
from granulator.granulation.drafts.fields import objects, text, texts, without
from granulator.model import Json, JsonObject

TOKENS_PER_WORD = 1.4
"""Of English prose inside JSON."""


class Leaf(Protocol):
    """An answer for one planned leaf."""

    @property
    def id(self) -> str: ...


L = TypeVar("L", bound=Leaf)


class Runs:
    """Cuts a plan into runs of leaves.

    ``carried`` are the keys of a group that each of its parts repeats, ``last_only`` those its last part alone gets;
    ``shows_all_leaves`` where a part refers to leaves of other groups, or tells on from them.
    """

    carried: ClassVar[tuple[str, ...]] = ()
    last_only: ClassVar[tuple[str, ...]] = ()
    shows_all_leaves: ClassVar[bool] = True

    def parts(self, planned: Planned, leaves_per_part: int) -> tuple[JsonObject, ...]:
        titles = [text(group, "title") for group in planned.groups]
        return tuple(
            self._part(index, group, titles, run, place)
            for index, group in enumerate(planned.groups)
            for run, place in _runs(objects(group, "leaves"), leaves_per_part)
        )

    def _part(
        self, index: int, group: JsonObject, titles: Sequence[str], leaves: Sequence[JsonObject], place: tuple[int, int]
    ) -> JsonObject:
        run, runs = place
        is_last = run == runs - 1
        kept = [*self.carried, *(self.last_only if is_last else ())]
        sections = dict.fromkeys(label for entry in (group, *leaves) for label in texts(entry, "sections"))
        return {
            "group": index,
            "title": titles[index],
            **{key: group[key] for key in kept if key in group},
            "leaves": [without(leaf, "sections") for leaf in leaves],
            "isFirst": run == 0,
            "isLast": is_last,
            "neighbours": [title for other, title in enumerate(titles) if other != index],
            "sections": list(sections),
        }

    def split(self, part: JsonObject) -> tuple[JsonObject, JsonObject] | None:
        leaves = objects(part, "leaves")
        if len(leaves) < 2:
            return None
        half = (len(leaves) + 1) // 2
        first: JsonObject = {"leaves": list(leaves[:half]), "isLast": False}
        second: JsonObject = {"leaves": list(leaves[half:]), "isFirst": False}
        return without(part | first, *self.last_only), part | second

    def merge(self, first: JsonObject, second: JsonObject) -> JsonObject:
        return {key: [*objects(first, key), *objects(second, key)] for key in dict.fromkeys([*first, *second])}

    def outline_text(self, planned: Planned, part: JsonObject) -> str:
        lines = list(self._above(planned))
        for index, group in enumerate(planned.groups):
            lines.append(self._group_line(group))
            if self.shows_all_leaves or index == part["group"]:
                lines.extend(f"  {self._leaf_line(leaf)}" for leaf in objects(group, "leaves"))
        return "\n".join(lines)

    def _above(self, planned: Planned) -> Sequence[str]:
        return ()

    def _group_line(self, group: JsonObject) -> str:
        return f"{text(group, 'id')} {text(group, 'title')}".strip()

    def _leaf_line(self, leaf: JsonObject) -> str:
        return f"{text(leaf, 'id')} {text(leaf, 'title')}"


def _runs(leaves: Sequence[JsonObject], most: int) -> list[tuple[Sequence[JsonObject], tuple[int, int]]]:
    # Runs of about the same length: all parts are written at once, and the longest decides when the job is done.
    count = max(1, -(-len(leaves) // max(1, most)))
    ends = [sum(dealt(len(leaves), count)[: run + 1]) for run in range(count)]
    return [(leaves[start:end], (run, count)) for run, (start, end) in enumerate(zip([0, *ends], ends, strict=False))]


def matched(part: JsonObject, answers: Sequence[L], path: str) -> tuple[list[tuple[JsonObject, int, L]], list[Fault]]:
    """Return each planned leaf of the part with the index of its answer and the answer, and what is missing or twice.

    Answers for leaves that were not asked for are left out. Only where no answer names an id does the order decide.
    """
    leaves = objects(part, "leaves")
    ids = [answer.id.strip() for answer in answers]
    if not any(ids) and len(answers) == len(leaves):
        return [(leaf, index, answers[index]) for index, leaf in enumerate(leaves)], []
    wanted = [text(leaf, "id") for leaf in leaves]
    faults = [
        Fault(path, f"lacks {missing}; the plan wants {', '.join(wanted)}") for missing in wanted if missing not in ids
    ]
    faults += [Fault(path, f"has {double} twice") for double in wanted if ids.count(double) > 1]
    return [
        (leaf, ids.index(name), answers[ids.index(name)])
        for leaf, name in zip(leaves, wanted, strict=True)
        if name in ids
    ], faults


def by_id(written: Sequence[JsonObject], key: str) -> dict[str, JsonObject]:
    """Return everything written under a key of the parts, by its id."""
    return {text(element, "id"): element for part in written for element in objects(part, key)}


def words_of(words: Mapping[str, Sequence[int]], name: str, level: int, default: int) -> int:
    """Return the words per element of that name at a granularity level."""
    targets = words.get(name, ())
    return int(targets[level - 1]) if len(targets) >= level else default


def tokens(words: float, *, fields: int) -> int:
    """Return about how many tokens that many words take in an object of so many fields."""
    return round(words * TOKENS_PER_WORD) + 8 * fields


def in_order(element: Mapping[str, Json], *keys: str) -> JsonObject:
    """Return those fields of the element that it has, in this order."""
    return {key: element[key] for key in keys if key in element}
