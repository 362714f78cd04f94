"""The novel model: three acts of chapters of scenes, with the characters and threads that run through them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from granulator.granulation.structures.elements import (
    Document,
    Element,
    Id,
    Ids,
    Ordinal,
    Provenance,
    Text,
    Texts,
    Words,
    whole_number,
)

Beat = Literal[
    "opening_image",
    "theme_stated",
    "setup",
    "catalyst",
    "debate",
    "break_into_two",
    "b_story",
    "fun_and_games",
    "midpoint",
    "bad_guys_close_in",
    "all_is_lost",
    "dark_night_of_the_soul",
    "break_into_three",
    "finale",
    "final_image",
]


class NovelOverview(Element):
    title: Text
    logline: Text
    genre: Text
    pov: Text
    tense: Text
    setting: Text
    themes: Texts
    target_words: Words
    provenance: Provenance | None = None


class Arc(Element):
    start: Text
    turn: Text
    end: Text
    provenance: Provenance | None = None


class Character(Element):
    id: Id
    name: Text
    role: Literal["protagonist", "antagonist", "ally", "mentor", "other"]
    want: Text
    need: Text
    flaw: Text
    arc: Arc
    provenance: Provenance | None = None


class Thread(Element):
    """A line of the plot from the scene that sets it up to the one that pays it off; chapters where there are none."""

    id: Id
    name: Text
    type: Literal["main", "subplot"]
    setup_scene: Id
    payoff_scene: Id
    provenance: Provenance | None = None


class Scene(Element):
    id: Id
    goal: Text
    conflict: Text
    outcome: Text
    character_ids: Ids
    thread_ids: Ids
    location: Text
    beat: Beat | None = None
    provenance: Provenance | None = None


class Chapter(Element):
    id: Id
    chapter_number: Ordinal
    title: Text
    summary: Text
    pov: Id
    target_words: Words
    scenes: list[Scene]
    provenance: Provenance | None = None


class Act(Element):
    id: Id
    act_number: Annotated[int, Field(ge=1, le=3), BeforeValidator(whole_number)]
    title: Text | None = None
    purpose: Text
    chapters: Annotated[list[Chapter], Field(min_length=1)]
    provenance: Provenance | None = None


class Novel(Document):
    """``acts[].chapters[].scenes[]`` with ``characters[]`` and ``plotThreads[]`` beside them."""

    novel_overview: NovelOverview
    characters: Annotated[list[Character], Field(min_length=1)]
    plot_threads: Annotated[list[Thread], Field(min_length=1)]
    acts: Annotated[list[Act], Field(min_length=3, max_length=3)]
