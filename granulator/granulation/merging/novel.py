"""Novels made smaller: scenes of a chapter, then chapters of an act, are joined; threads follow what they point to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from granulator.granulation.drafts.fields import number, objects, text, texts
from granulator.granulation.merging.bounds import Bounds
from granulator.granulation.merging.joining import prose, sentences, titles, together, union
from granulator.granulation.merging.narrowing import Cost, Frame, Group, Run, by_length, gathered, narrowed
from granulator.granulation.plan import ACTS
from granulator.model import Json, JsonObject

ENDS: Final = ("setupScene", "payoffScene")


def novel(structure: JsonObject, bounds: Bounds) -> JsonObject:
    """Return the novel with neighbours joined; a thread's setup and payoff stay apart wherever they can."""
    language, threads = text(structure, "language"), objects(structure, "plotThreads")
    apart = _kept_apart(threads)
    frame = Frame(
        limit=bounds.limit,
        extras=lambda chapter: len(objects(chapter, "scenes")),
        cost=lambda left, right: _chapter_cost(left, right, apart),
        group_weight=1,
        leaves_least_in_all=bounds.least("Chapters", None, default=ACTS),
        leaves_least=bounds.least(None, "acts[].chapters"),
        extras_least=bounds.least("ScenesPerChapter", "acts[].chapters[].scenes", default=0),
        extras_most=bounds.most("ScenesPerChapter", "acts[].chapters[].scenes"),
    )
    acts = objects(structure, "acts")
    groups = [Group([act], [[chapter] for chapter in objects(act, "chapters")]) for act in acts]
    joined: list[Json] = [
        {
            **group.members[0],
            "chapters": [_chapter(run, count, apart, language) for run, count in zip(group.runs, counts, strict=True)],
        }
        for group, counts in narrowed(groups, frame)
    ]
    merged = {**structure, "acts": joined}
    return _threaded(merged, threads)


Apart = Callable[[Sequence[str], Sequence[str]], bool]
"""Whether two sets of ids hold the setup of a thread and its payoff."""


def _kept_apart(threads: Sequence[JsonObject]) -> Apart:
    pairs = [frozenset(text(thread, end) for end in ENDS) for thread in threads]

    def is_kept_apart(left: Sequence[str], right: Sequence[str]) -> bool:
        return any(pair.intersection(left) and pair.intersection(right) for pair in pairs)

    return is_kept_apart


def _ids(chapter: JsonObject) -> list[str]:
    """Return the ids a thread may end at in a chapter."""
    return [text(one, "id") for one in (chapter, *objects(chapter, "scenes"))]


def _chapter_cost(left: Run, right: Run, apart: Apart) -> Cost:
    ids = ([identity for one in run for identity in _ids(one)] for run in (left, right))
    views = ({text(one, "pov") for one in run} for run in (left, right))
    length = sum(number(one, "targetWords") for one in (*left, *right))
    return (apart(*ids), len(set[str]().union(*views)) > 1, length)


def _scene_cost(left: Run, right: Run, apart: Apart) -> Cost:
    ids = ([text(one, "id") for one in run] for run in (left, right))
    beats = [sum("beat" in one for one in run) for run in (left, right)]
    return (apart(*ids), all(beats), *by_length(left, right))


def _chapter(run: Run, scenes: int, apart: Apart, language: str) -> JsonObject:
    told = [scene for chapter in run for scene in objects(chapter, "scenes")]
    fewer = gathered(told, scenes, lambda left, right: _scene_cost(left, right, apart))
    said: JsonObject = {"scenes": [_scene(together_) for together_ in fewer]}
    if len(run) > 1:
        said |= {
            "title": titles(run, "title", language),
            "summary": prose(run, "summary"),
            "targetWords": sum(number(chapter, "targetWords") for chapter in run),
        }
    return together(run, said)


def _scene(run: Run) -> Json:
    if len(run) == 1:
        return run[0]
    said: JsonObject = {
        key: sentences(text(one, key) for one in run) for key in ("goal", "conflict", "outcome", "location")
    }
    said |= {key: union(run, key) for key in ("characterIds", "threadIds")}
    beat = next((text(one, "beat") for one in run if "beat" in one), None)
    return together(run, said | ({"beat": beat} if beat else {}))


def _threaded(structure: JsonObject, threads: Sequence[JsonObject]) -> JsonObject:
    """Return the novel with its threads pointing at what their scenes and chapters became."""
    chapters = [chapter for act in objects(structure, "acts") for chapter in objects(act, "chapters")]
    elements = [one for chapter in chapters for one in (chapter, *objects(chapter, "scenes"))]
    became = {name: text(one, "id") for one in elements for name in (text(one, "id"), *texts(one, "x_mergedIds"))}
    leaves = [text(one, "id") for chapter in chapters for one in objects(chapter, "scenes") or [chapter]]
    return {**structure, "plotThreads": [_thread(thread, became, leaves) for thread in threads]}


def _thread(thread: JsonObject, became: Mapping[str, str], leaves: Sequence[str]) -> Json:
    setup, payoff = (became.get(text(thread, end), text(thread, end)) for end in ENDS)
    if setup == payoff and text(thread, ENDS[0]) != text(thread, ENDS[1]) and len(leaves) > 1 and setup in leaves:
        # They had to be joined: what is set up in a scene is then paid off in the next, or set up in the one before.
        place = leaves.index(setup)
        setup, payoff = (leaves[place], leaves[place + 1]) if place + 1 < len(leaves) else (leaves[place - 1], payoff)
    return {**thread, ENDS[0]: setup, ENDS[1]: payoff}
