"""Checks of how a novel is built: protagonist, main thread, payoffs after setups, balance of the acts, beats; not"
" its cast."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from granulator.granulation.checks.codes import issue
from granulator.granulation.checks.document import Document, Expectation
from granulator.granulation.structures import at
from granulator.model import Issue, Json, StructureType

ACT_TWO_SHARE = (0.4, 0.6)
BEAT_DISTANCE = 0.15
"""How far from where it is expected, as a share of the words, a beat may stand."""

BEATS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "opening_image": (0, 0.05),
        "theme_stated": (0, 0.1),
        "setup": (0, 0.1),
        "catalyst": (0.1, 0.12),
        "debate": (0.1, 0.2),
        "break_into_two": (0.2, 0.25),
        "b_story": (0.2, 0.3),
        "fun_and_games": (0.2, 0.5),
        "midpoint": (0.5, 0.5),
        "bad_guys_close_in": (0.5, 0.75),
        "all_is_lost": (0.75, 0.75),
        "dark_night_of_the_soul": (0.75, 0.85),
        "break_into_three": (0.75, 0.85),
        "finale": (0.85, 0.99),
        "final_image": (0.95, 1),
    }
)
"""Where each beat is expected, as a share of the words."""

WORDS_MAX = 100_000_000


def no_arc(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find novels in which nobody is the protagonist; an arc that is missing is found by the shape."""
    roles = [role for _, role in at(document.structure, "characters[].role")]
    if roles and "protagonist" not in roles:
        yield issue("no_arc", "characters", "No character is the protagonist", "Make one character the protagonist")


def no_main_thread(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find novels whose plot threads are all subplots."""
    types = [kind for _, kind in at(document.structure, "plotThreads[].type")]
    if types and "main" not in types:
        yield issue(
            "below_minimum", "plotThreads", "No plot thread is the main one", "Make one plot thread the main one"
        )


def thread_unresolved(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find threads that are paid off before, or in the very scene in which, they are set up."""
    if document.structure_type is not StructureType.NOVEL:
        return
    order = {identity: position for position, identity in enumerate(_told(document.structure))}
    for path, thread in at(document.structure, "plotThreads[]"):
        ends = [identity for key in ("setupScene", "payoffScene") for _, identity in at(thread, key)]
        places = [order[identity] for identity in ends if isinstance(identity, str) and identity in order]
        if len(places) == 2 and places[0] >= places[1]:
            at_path = f"{path}.payoffScene"
            message = f"{at_path} does not come after {path}.setupScene"
            yield issue("thread_unresolved", at_path, message, f"Let {at_path} name a scene after the setup")


def _told(structure: Json) -> Iterator[str]:
    """Yield the ids of chapters and scenes in the order in which they are told."""
    for _, chapter in at(structure, "acts[].chapters[]"):
        for path in ("id", "scenes[].id"):
            yield from (identity for _, identity in at(chapter, path) if isinstance(identity, str))


def act_balance(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find novels whose second act holds less than 40 or more than 60 % of the words."""
    acts = [[_words(chapter) for _, chapter in at(act, "chapters[]")] for _, act in at(document.structure, "acts[]")]
    lengths = [sum(words for words in act if words) for act in acts]
    if len(acts) != 3 or any(words is None for act in acts for words in act) or not all(lengths):
        return
    share = lengths[1] / sum(lengths)
    if not ACT_TWO_SHARE[0] <= share <= ACT_TWO_SHARE[1]:
        message = f"acts[1] holds {share:.0%} of the words; about half is usual"
        yield issue("act_balance", "acts[1]", message, "Move chapters or words between the acts")


def beat_position(document: Document, expected: Expectation) -> Iterator[Issue]:
    """Find scenes whose beat is expected in quite another part of the book."""
    scenes = list(_placed(document.structure))
    total = scenes[-1][3] if scenes else 0
    for path, beat, start, end in scenes:
        if beat in BEATS and total and (gap := _distance(BEATS[beat], start / total, end / total)) > BEAT_DISTANCE:
            at_path = f"{path}.beat"
            first, last = BEATS[beat]
            message = (
                f"{at_path}, {beat}, stands at {start / total:.0%}, {gap:.0%} of the book from {first:.0%}-{last:.0%}"
            )
            yield issue("beat_position", at_path, message, f"Move the beat {beat}, or give {path} another one")


def _placed(structure: Json) -> Iterator[tuple[str, str, float, float]]:
    """Yield path, beat and the first and the last word of every scene; a chapter is shared out evenly."""
    before = 0.0
    for path, chapter in at(structure, "acts[].chapters[]"):
        scenes = list(at(chapter, "scenes[]"))
        words = (_words(chapter) or 0) / max(1, len(scenes))
        for inner, scene in scenes:
            beat = scene.get("beat") if isinstance(scene, dict) else None
            yield f"{path}.{inner}", beat if isinstance(beat, str) else "", before, before + words
            before += words
        before += 0 if scenes else words


def _distance(expected: tuple[float, float], start: float, end: float) -> float:
    return max(0.0, expected[0] - end, start - expected[1])


def _words(chapter: Json) -> float | None:
    words = chapter.get("targetWords") if isinstance(chapter, dict) else None
    return words if isinstance(words, int | float) and 0 < words <= WORDS_MAX else None
