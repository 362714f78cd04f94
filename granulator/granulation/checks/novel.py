"""Checks of novels only: a protagonist, a main thread, and payoffs that come after their setups."""

from __future__ import annotations

from collections.abc import Iterator

from granulator.granulation.checks.codes import issue
from granulator.granulation.checks.document import Document, Expectation
from granulator.granulation.structures import at
from granulator.model import Issue, Json, StructureType


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
