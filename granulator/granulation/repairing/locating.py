"""From the issues of a structure to what is to be written again: elements, questions to replace, elements to add. Pure.

An issue is mended where it is caused, which is not always where it stands: a step that cannot be reached is mended by
the step before it, a name that occurs nowhere by the elements it fits best.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Literal

from granulator.granulation import plan
from granulator.granulation.checks.cast import PROTAGONIST_SHARE
from granulator.granulation.checks.document import Document, Leaf, RequiredElement
from granulator.granulation.checks.reading import read
from granulator.granulation.drafts.fields import text
from granulator.granulation.plan import Sizes
from granulator.granulation.repairing import places
from granulator.granulation.repairing.kinds import Kind, kind_at
from granulator.granulation.repairing.places import Place, get, objects_at, parse, pattern, written
from granulator.granulation.structures import OVERVIEWS
from granulator.granulation.wording import contains, content_words, fold
from granulator.model import Issue, JsonObject, StructureType

Action = Literal["rewrite", "questions", "add"]

LEFT_ALONE = frozenset({"above_maximum", "granularity_mismatch", "count_mismatch", "dup_id"})
"""What is merged or counted, and never asked of a model."""

_OF_ALL_PROSE = frozenset({"wrong_language", "readability"})
_LIST_CODES = frozenset({"below_minimum", "missing_level", "empty_module", "empty_act", "missing_act", "empty"})
_REPRESENTATIVES: Mapping[str, int] = {"characters": 0, "plotThreads": 0, "steps": -1, "milestones": -1}
"""Lists of which an issue of the whole is mended in one element: which one."""

_QUESTIONS_LEAST = 2


@dataclass(frozen=True, slots=True)
class Target:
    """One call: the element at ``place`` again, or for the list there fresh questions or further elements.

    ``indexes`` are the questions to be dropped, ``count`` is how many are asked for beyond those.
    """

    action: Action
    place: Place
    kind: Kind
    issues: tuple[Issue, ...]
    indexes: tuple[int, ...] = ()
    count: int = 0

    @property
    def path(self) -> str:
        return written(self.place)


@dataclass(frozen=True, slots=True)
class Found:
    """A structure with what was ordered of it."""

    structure_type: StructureType
    structure: JsonObject
    language: str
    sizes: Sizes
    required: tuple[RequiredElement, ...] = ()


def targets(found: Found, issues: Sequence[Issue]) -> tuple[Target, ...]:
    """Return what is to be written again to mend the issues, in the order of the issues, each place once."""
    document = read(found.structure_type, found.structure, found.language)
    by_place: dict[tuple[Action, Place], list[Target]] = {}
    for issue in issues:
        for target in _of(found, document, issue):
            by_place.setdefault((target.action, target.place), []).append(target)
    return tuple(map(_joined, by_place.values()))


def _joined(same: Sequence[Target]) -> Target:
    return replace(
        same[0],
        issues=tuple(dict.fromkeys(issue for target in same for issue in target.issues)),
        indexes=tuple(sorted({index for target in same for index in target.indexes})),
        count=max(target.count for target in same),
    )


def _of(found: Found, document: Document, issue: Issue) -> Iterator[Target]:
    if issue.code in LEFT_ALONE:
        return
    place = parse(issue.path)
    if not place:
        yield from _everywhere(found, document, issue)
    elif issue.code.startswith("required_"):
        yield from _naming(found, document, issue, place)
    elif issue.code in _LIST_CODES and pattern(place) and not isinstance(place[-1], int) and _is_list(found, place):
        yield from _additions(found, issue, place)
    else:
        yield from _causes(found, document, issue, place)


def _causes(found: Found, document: Document, issue: Issue, place: Place) -> Iterator[Target]:
    if issue.code == "unreachable" and place[0] == "steps" and len(place) > 1 and isinstance(place[1], int):
        # Nothing leads to it, so what comes before it has to.
        place = ("steps", place[1] - 1 if place[1] else 1)
    if issue.code == "competency_uncovered":
        leaf = _fitting(document.leaves, str(get(found.structure, (*place[:2], "label"))), 1)
        place = parse(leaf[0].path) if leaf else place
    if issue.code in ("isolated", "cycle", "disconnected") and place[0] == "concepts":
        yield from _links(found, issue, place)
        return
    if issue.code == "character_vanishes" and len(place) > 1:
        yield from _appearances(found, document, issue, place)
        return
    if len(place) == 1 and place[0] in _REPRESENTATIVES and (many := objects_at(found.structure, place)):
        place = (place[0], _REPRESENTATIVES[str(place[0])] % len(many))
    yield from _owner(found, issue, place)


def _owner(found: Found, issue: Issue, place: Place) -> Iterator[Target]:
    """Yield the innermost element that can be written again and in which the place is."""
    for above in places.prefixes(place):
        kind = kind_at(found.structure_type, pattern(above))
        if kind is None or not isinstance(get(found.structure, above), dict):
            continue
        if kind.name == "question" and isinstance(above[-1], int):
            yield Target("questions", above[:-1], kind, (issue,), indexes=(above[-1],))
        else:
            yield Target("rewrite", above, kind, (issue,))
        return


def _everywhere(found: Found, document: Document, issue: Issue) -> Iterator[Target]:
    yield from _owner(found, issue, (OVERVIEWS[found.structure_type],))
    if issue.code in _OF_ALL_PROSE:
        for leaf in document.leaves:
            yield from _owner(found, issue, parse(leaf.path))


def _links(found: Found, issue: Issue, place: Place) -> Iterator[Target]:
    """Yield the relations of a concept in place of which others are needed, or one to add where it has none."""
    own = get(found.structure, (*place[:2], "id"))
    relations = objects_at(found.structure, ("relations",))
    kinds = ("broader", "partOf", "prerequisite")
    resting = [at for at, one in enumerate(relations) if one.get("source") == own and one.get("type") in kinds]
    kind = kind_at(found.structure_type, "relations[]")
    if kind is None:
        return
    if issue.code == "cycle" and resting:
        yield Target("rewrite", ("relations", resting[-1]), kind, (issue,))
    else:
        yield Target("add", ("relations",), kind, (issue,), count=1)


def _appearances(found: Found, document: Document, issue: Issue, place: Place) -> Iterator[Target]:
    """Yield the scenes, or chapters, in which a character is to appear who is in none, or a protagonist in too few."""
    character = get(found.structure, place[:2])
    name, role = (fold(text(character, key)) if isinstance(character, dict) else "" for key in ("name", "role"))
    free = [leaf for leaf in document.leaves if not contains(fold(leaf.text), name)]
    wanted = 1
    if role == "protagonist":
        wanted = ceil(PROTAGONIST_SHARE * len(document.leaves)) - (len(document.leaves) - len(free))
    for leaf in _fitting(free, str(character), max(1, wanted)):
        yield from _owner(found, issue, parse(leaf.path))


# Additions


def _is_list(found: Found, place: Place) -> bool:
    """Return whether a list of elements stands at a place, or is missing from the element that should hold it."""
    kind = kind_at(found.structure_type, f"{pattern(place)}[]")
    return kind is not None and isinstance(get(found.structure, place[:-1]), dict)


def _additions(found: Found, issue: Issue, place: Place) -> Iterator[Target]:
    have, kind = len(objects_at(found.structure, place)), kind_at(found.structure_type, f"{pattern(place)}[]")
    lacking = planned(found, place) - have
    if lacking > 0 and kind is not None and kind.fresh is not None:
        action: Action = "questions" if kind.name == "question" else "add"
        yield Target(action, place, kind, (issue,), count=lacking)
    elif place in (("categories",), ("acts",)) and have:
        yield from _in_smallest(found, issue, place)
    elif len(place) == 1 and place[0] in _REPRESENTATIVES and have:
        yield from _owner(found, issue, (place[0], _REPRESENTATIVES[str(place[0])] % have))


def _in_smallest(found: Found, issue: Issue, place: Place) -> Iterator[Target]:
    """Yield what is to be added to the group that lacks most."""
    key = "questions" if place == ("categories",) else "chapters"
    lists: list[Place] = [(*place, index, key) for index in range(len(objects_at(found.structure, place)))]
    lacking = {each: planned(found, each) - len(objects_at(found.structure, each)) for each in lists}
    most = max(lists, key=lambda each: lacking[each])
    kind = kind_at(found.structure_type, f"{pattern(most)}[]")
    if kind is not None and lacking[most] > 0:
        yield Target("questions" if key == "questions" else "add", most, kind, (issue,), count=lacking[most])


def planned(found: Found, place: Place) -> int:
    """Return how many elements the list at a place was planned to hold."""
    sizes = found.sizes
    match pattern(place):
        case "modules" | "categories" | "acts" | "milestones":
            return sizes.groups
        case "modules[].lessons" | "categories[].questions":
            return sizes.leaves_per_group
        case "modules[].assessment.questions":
            return _QUESTIONS_LEAST
        case "acts[].chapters":
            shares = plan.shares(found.structure_type, sizes)
            return shares[place[1]] if isinstance(place[1], int) and place[1] < len(shares) else 1
        case "acts[].chapters[].scenes":
            return max(1, sizes.extras // max(1, sizes.leaves))
        case "steps" | "concepts":
            return sizes.leaves
        case "relations":
            return len(objects_at(found.structure, ("concepts",))) - 1
        case _:
            return 1


# Names that were required


def _naming(found: Found, document: Document, issue: Issue, place: Place) -> Iterator[Target]:
    if place[0] != "requiredElements":
        groups = {group.path: group.leaves for whole in document.groups for group in (whole, *whole.inner)}
        chosen = _fitting(groups.get(issue.path, ()), issue.message, 1)
        yield from _owner(found, issue, parse(chosen[0].path) if chosen else place)
        return
    index = place[1] if len(place) > 1 else None
    if not isinstance(index, int) or index >= len(found.required) or issue.code == "required_misplaced":
        return
    element = found.required[index]
    name = fold(element.name)
    free = [leaf for leaf in document.leaves if not contains(fold(leaf.text), name)]
    wanted = element.min_appearances - (len(document.leaves) - len(free))
    if len(element.placement) < element.min_appearances or not element.placement:
        for leaf in _fitting(free, element.name, max(1, wanted)):
            yield from _owner(found, issue, parse(leaf.path))


def _fitting(leaves: Sequence[Leaf], told: str, count: int) -> list[Leaf]:
    """Return the leaves that share most words with a text, of equals the first."""
    wanted = frozenset(content_words(told))
    return sorted(leaves, key=lambda leaf: -len(wanted.intersection(content_words(leaf.text))))[:count]
