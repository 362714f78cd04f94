"""What a model is asked to say of a novel: the answers as values with the words that explain them; reads nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from granulator.granulation.drafts.answers import Asked, Cites, PlannedId, Sections
from granulator.granulation.structures.elements import Ordinal, SomeTexts, Text
from granulator.granulation.structures.novel import Beat


def _strings(value: object) -> object:
    return [entry for entry in value if isinstance(entry, str)] if isinstance(value, list) else value


Names = Annotated[list[str], BeforeValidator(_strings)]


class OverviewAnswer(Asked):
    title: Text
    logline: Annotated[Text, Field(description="One sentence: who wants what, and what stands in the way.")]
    genre: Text
    pov: Annotated[Text, Field(description="How it is told, such as first person or third person limited.")]
    tense: Annotated[Text, Field(description="past or present")]
    setting: Text
    themes: SomeTexts


class ArcAnswer(Asked):
    start: Text
    turn: Text
    end: Text


class CharacterAnswer(Asked):
    id: Annotated[Text, Field(description="char_1, char_2, ...")]
    name: Text
    role: Literal["protagonist", "antagonist", "ally", "mentor", "other"]
    want: Text
    need: Text
    flaw: Text
    arc: ArcAnswer


class ThreadAnswer(Asked):
    id: Annotated[Text, Field(description="thread_1, thread_2, ...")]
    name: Text
    type: Annotated[Literal["main", "subplot"], Field(description="Exactly one thread is the main one.")]
    setup_chapter: Annotated[Ordinal, Field(description="Number of the chapter that sets it up.")]
    payoff_chapter: Annotated[Ordinal, Field(description="Number of the later chapter that pays it off.")]


class SceneAnswer(Asked):
    goal: Annotated[Text, Field(description="What somebody wants here.")]
    conflict: Annotated[Text, Field(description="What stands in the way.")]
    outcome: Annotated[Text, Field(description="How it ends: better or worse for that person than before.")]
    character_ids: Annotated[Names, Field(description="Ids of the characters present, at least one.")]
    thread_ids: Annotated[Names, Field(description="Ids of the threads this scene moves on; may be empty.")]
    location: Text
    beat: Annotated[Literal[Beat, "none"], Field(description="The turning point this scene is, most often none.")] = (
        "none"
    )


class _Summarised(Asked):
    summary: Annotated[Text, Field(description="Three to five sentences.")]
    cites: Cites = []


class _Scenic(Asked):
    scenes: list[SceneAnswer]


class WrittenChapter(_Summarised):
    id: PlannedId = ""


class WrittenChapterWithScenes(_Scenic, WrittenChapter):
    pass


class ChapterFrame(Asked):
    title: Annotated[Text, Field(description="Without a number.")]
    pov: Annotated[Text, Field(description="Id of the character through whom the chapter is told.")]


class PlannedChapter(ChapterFrame):
    event: Annotated[Text, Field(description="The one thing that happens in this chapter and in no other.")]


class WholeChapter(_Summarised, ChapterFrame):
    scenes: Annotated[list[SceneAnswer], Field(description="As many as asked for; empty where none are asked for.")]


class _ActFrame(Asked):
    title: Text
    purpose: Annotated[Text, Field(description="What this act does for the story.")]


class PlannedAct(_ActFrame):
    sections: Sections = []
    chapters: Annotated[list[PlannedChapter], Field(min_length=1)]


class WholeAct(_ActFrame):
    chapters: Annotated[list[WholeChapter], Field(min_length=1)]


class _Cast(Asked):
    novel_overview: OverviewAnswer
    characters: Annotated[list[CharacterAnswer], Field(min_length=1, description="At least one protagonist.")]


class _Threaded(Asked):
    plot_threads: Annotated[list[ThreadAnswer], Field(min_length=1)]


class NovelOutline(_Threaded, _Cast):
    acts: Annotated[list[PlannedAct], Field(min_length=1, description="Three; the second has half of all chapters.")]


class WholeNovel(_Threaded, _Cast):
    acts: Annotated[list[WholeAct], Field(min_length=1, description="Three; the second has half of all chapters.")]


class NovelPart(Asked):
    chapters: Sequence[WrittenChapter]


class NovelPartWithScenes(NovelPart):
    chapters: Annotated[Sequence[WrittenChapterWithScenes], Field(description="As many scenes in each as planned.")]
