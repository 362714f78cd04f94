"""A novel as asked of a model: people, threads and chapters planned first, then runs of chapters with their scenes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from granulator.granulation.drafts.answers import checked, limited, published, read
from granulator.granulation.drafts.base import Fault, Planned, Wanted
from granulator.granulation.drafts.counts import dealt, off_size, over_limit, repeated
from granulator.granulation.drafts.fields import inner, number, objects, text, texts
from granulator.granulation.drafts.novel_answers import (
    ChapterFrame,
    NovelOutline,
    NovelPart,
    NovelPartWithScenes,
    PlannedAct,
    PlannedChapter,
    SceneAnswer,
    ThreadAnswer,
    WholeAct,
    WholeChapter,
    WholeNovel,
    WrittenChapter,
    WrittenChapterWithScenes,
)
from granulator.granulation.drafts.references import References
from granulator.granulation.drafts.runs import Runs, by_id, in_order, matched, tokens, words_of
from granulator.granulation.plan import ACTS, NOVEL_LEVELS
from granulator.granulation.structures.novel import Chapter, Character, NovelOverview
from granulator.model import JsonObject

CHAPTER_WORDS = (1800, 2200, 2800, 3200, 3600)
"""Words of a chapter at each granularity level, where the template says nothing."""

SCENE_WORDS = 75


class NovelDraft(Runs):
    """Leaves are chapters ``{id, title, event, pov, scenes, setsUp, paysOff}``; ``scenes`` is their number."""

    carried: ClassVar = ("purpose",)

    def whole_schema(self, *, cites: bool) -> JsonObject:
        return published(WholeNovel, *([] if cites else ["cites"]))

    def outline_schema(self, *, passages: bool) -> JsonObject:
        return published(NovelOutline, *([] if passages else ["sections"]))

    def part_schema(self, part: JsonObject, *, cites: bool) -> JsonObject:
        return published(_answer_of(part), *([] if cites else ["cites"]))

    def read_whole(self, answer: JsonObject, wanted: Wanted) -> tuple[JsonObject, tuple[Fault, ...]]:
        novel, faults = read(WholeNovel, answer)
        if novel is None:
            return {}, faults
        planned, found = _plan(novel, novel.acts, wanted)
        people, threads = _people(novel), _threads(novel)
        leaves = [leaf for group in planned.groups for leaf in objects(group, "leaves")]
        answers = [
            (f"acts[{index}].chapters[{place}]", chapter)
            for index, act in enumerate(novel.acts)
            for place, chapter in enumerate(act.chapters)
        ]
        chapters = [
            _chapter(leaf, chapter, chapter.scenes if wanted.sizes.extras else [], people, threads, path, found)
            for leaf, (path, chapter) in zip(leaves, answers, strict=True)
        ]
        scenes = [len(objects(chapter, "scenes")) for chapter in chapters]
        structure = {} if found else self.assemble(planned, (), [{"chapters": chapters}])
        counts = [*_act_faults(novel.acts, sum(scenes), wanted), *_scene_faults(answers, scenes, wanted)]
        return structure, limited([*found, *counts])

    def read_outline(self, answer: JsonObject, wanted: Wanted) -> tuple[Planned | None, tuple[Fault, ...]]:
        outline, faults = read(NovelOutline, answer)
        if outline is None:
            return None, faults
        planned, found = _plan(outline, outline.acts, wanted)
        titles = [
            (f"acts[{index}].chapters[{place}].event", chapter.event)
            for index, act in enumerate(outline.acts)
            for place, chapter in enumerate(act.chapters)
        ]
        counts = [*_act_faults(outline.acts, wanted.sizes.extras, wanted), *repeated(titles)]
        return (None if found else planned), limited([*found, *counts])

    def read_part(self, part: JsonObject, answer: JsonObject, planned: Planned) -> tuple[JsonObject, tuple[Fault, ...]]:
        written, faults = read(_answer_of(part), answer)
        if written is None:
            return {}, faults
        people, threads = (_planned_names(planned, key) for key in ("characters", "plotThreads"))
        pairs, found = matched(part, written.chapters, "chapters")
        chapters: list[JsonObject] = []
        for leaf, index, chapter in pairs:
            path = f"chapters[{index}]"
            scenes = chapter.scenes if isinstance(chapter, WrittenChapterWithScenes) else []
            if len(scenes) != number(leaf, "scenes"):
                found.append(Fault(f"{path}.scenes", f"has {len(scenes)} scenes, exactly {leaf['scenes']} are planned"))
            chapters.append(_chapter(leaf, chapter, scenes, people, threads, path, found))
        return ({} if found else {"chapters": chapters}), limited(found)

    def assemble(self, planned: Planned, parts: Sequence[JsonObject], written: Sequence[JsonObject]) -> JsonObject:
        chapters = by_id(written, "chapters")
        acts: list[JsonObject] = [
            in_order(group, "id", "actNumber", "title", "purpose")
            | {"chapters": [chapters[text(leaf, "id")] for leaf in objects(group, "leaves")]}
            for group in planned.groups
        ]
        total = sum(number(chapter, "targetWords") for act in acts for chapter in objects(act, "chapters"))
        threads = [_resolved(thread, chapters) for thread in objects(planned.frame, "plotThreads")]
        return {
            "novelOverview": inner(planned.frame, "novelOverview") | {"targetWords": total},
            "characters": objects(planned.frame, "characters"),
            "plotThreads": threads,
            "acts": acts,
        }

    def leaf_tokens(self, level: int, words: Mapping[str, Sequence[int]]) -> int:
        scenes = NOVEL_LEVELS[level][1]
        return tokens(words_of(words, "chapters", level, 90) + scenes * SCENE_WORDS, fields=2 + 7 * scenes)

    def _above(self, planned: Planned) -> Sequence[str]:
        people = [
            f"{text(one, 'id')} {text(one, 'name')}, {text(one, 'role')}"
            for one in objects(planned.frame, "characters")
        ]
        threads = [f"{text(one, 'id')} {text(one, 'name')}" for one in objects(planned.frame, "plotThreads")]
        return [f"Characters: {'; '.join(people)}", f"Threads: {'; '.join(threads)}"]

    def _leaf_line(self, leaf: JsonObject) -> str:
        return f"{text(leaf, 'id')} {text(leaf, 'title')}: {text(leaf, 'event')}"


def _answer_of(part: JsonObject) -> type[NovelPart]:
    has_scenes = any(number(leaf, "scenes") for leaf in objects(part, "leaves"))
    return NovelPartWithScenes if has_scenes else NovelPart


def _plan(
    novel: NovelOutline | WholeNovel, acts: Sequence[PlannedAct | WholeAct], wanted: Wanted
) -> tuple[Planned, list[Fault]]:
    """Return the plan with ids of ours, and what is wrong with its references."""
    people = _people(novel)
    count = sum(len(act.chapters) for act in acts)
    found = [*_cast_faults(novel), *_thread_faults(novel.plot_threads, count)]
    found += repeated([(f"characters[{place}].id", one.id) for place, one in enumerate(novel.characters)])
    found += repeated([(f"plotThreads[{place}].id", one.id) for place, one in enumerate(novel.plot_threads)])
    targets = wanted.targets.get("chapters", CHAPTER_WORDS)
    scenes = dealt(wanted.sizes.extras, count)
    groups: list[JsonObject] = []
    first = 1
    for index, act in enumerate(acts):
        leaves: list[JsonObject] = []
        for place, chapter in enumerate(act.chapters):
            pov = people.find(chapter.pov)
            if pov is None:
                found.extend(people.unknown(f"acts[{index}].chapters[{place}].pov", [chapter.pov], "character"))
            leaf = _leaf(first + place, chapter, pov or people.ids[0], novel.plot_threads)
            leaves.append(leaf | {"scenes": scenes[first + place - 1], "targetWords": targets[wanted.level - 1]})
        first += len(leaves)
        sections: JsonObject = {"sections": list(act.sections)} if isinstance(act, PlannedAct) and act.sections else {}
        head: JsonObject = {
            "id": f"act_{index + 1}",
            "actNumber": index + 1,
            "title": act.title,
            "purpose": act.purpose,
        }
        groups.append(head | sections | {"leaves": leaves})
    overview = novel.novel_overview.plain()
    characters = [one.plain() | {"id": f"char_{place}"} for place, one in enumerate(novel.characters, 1)]
    threads = [thread.plain() | {"id": f"thread_{place}"} for place, thread in enumerate(novel.plot_threads, 1)]
    found.extend(checked(NovelOverview, overview | {"targetWords": 1}, "novelOverview"))
    for place, one in enumerate(characters):
        found.extend(checked(Character, one, f"characters[{place}]"))
    return Planned({"novelOverview": overview, "characters": characters, "plotThreads": threads}, tuple(groups)), found


def _people(novel: NovelOutline | WholeNovel) -> References:
    return References((f"char_{place}", one.id, one.name) for place, one in enumerate(novel.characters, 1))


def _threads(novel: NovelOutline | WholeNovel) -> References:
    return References((f"thread_{place}", one.id, one.name) for place, one in enumerate(novel.plot_threads, 1))


def _planned_names(planned: Planned, key: str) -> References:
    return References((text(one, "id"), text(one, "id"), text(one, "name")) for one in objects(planned.frame, key))


def _leaf(number_: int, chapter: ChapterFrame, pov: str, threads: Sequence[ThreadAnswer]) -> JsonObject:
    leaf: JsonObject = {"id": f"chapter_{number_}", "chapterNumber": number_, "title": chapter.title}
    if isinstance(chapter, PlannedChapter):
        leaf["event"] = chapter.event
    leaf["pov"] = pov
    for key, chapters in (
        ("setsUp", [t.setup_chapter for t in threads]),
        ("paysOff", [t.payoff_chapter for t in threads]),
    ):
        if ids := [f"thread_{place}" for place, found in enumerate(chapters, 1) if found == number_]:
            leaf[key] = ids
    return leaf


def _cast_faults(novel: NovelOutline | WholeNovel) -> Iterator[Fault]:
    if all(one.role != "protagonist" for one in novel.characters):
        yield Fault("characters", "lacks a protagonist")
    if all(thread.type != "main" for thread in novel.plot_threads):
        yield Fault("plotThreads", "lacks a thread of type main")


def _thread_faults(threads: Sequence[ThreadAnswer], chapters: int) -> Iterator[Fault]:
    for place, thread in enumerate(threads):
        if not thread.setup_chapter < thread.payoff_chapter <= chapters:
            told = f"must come after setupChapter {thread.setup_chapter} and be at most {chapters}, the last chapter"
            yield Fault(f"plotThreads[{place}].payoffChapter", told)


def _act_faults(acts: Sequence[PlannedAct | WholeAct], scenes: int, wanted: Wanted) -> Iterator[Fault]:
    if len(acts) != ACTS:
        yield Fault("acts", f"has {len(acts)} acts, exactly {ACTS} are wanted")
    chapters = sum(len(act.chapters) for act in acts)
    yield from off_size("acts", "chapters in all", chapters, wanted.sizes.leaves)
    yield from over_limit("acts", len(acts) + chapters + scenes, wanted)


def _scene_faults(
    answers: Sequence[tuple[str, WholeChapter]], scenes: Sequence[int], wanted: Wanted
) -> Iterator[Fault]:
    if wanted.sizes.extras:
        yield from off_size("acts", "scenes in all", sum(scenes), wanted.sizes.extras)
    if wanted.sizes.extras < wanted.sizes.leaves:
        return
    for (path, _), count in zip(answers, scenes, strict=True):
        if not count:
            yield Fault(f"{path}.scenes", "needs at least one scene")


def _chapter(
    leaf: JsonObject,
    chapter: WrittenChapter | WholeChapter,
    scenes: Sequence[SceneAnswer],
    people: References,
    threads: References,
    path: str,
    found: list[Fault],
) -> JsonObject:
    """Return the chapter as it stands in a novel, and add what is wrong with it to ``found``."""
    written = [_scene(leaf, place, scene, people, threads) for place, scene in enumerate(scenes, 1)]
    for place, scene in enumerate(written):
        if not scene["characterIds"]:
            found.append(
                Fault(
                    f"{path}.scenes[{place}].characterIds", f"names no planned character; use {', '.join(people.ids)}"
                )
            )
    if written:
        _touch(written[0], texts(leaf, "setsUp"))
        _touch(written[-1], texts(leaf, "paysOff"))
    element = in_order(leaf, "id", "chapterNumber", "title") | {"summary": chapter.summary}
    element |= in_order(leaf, "pov", "targetWords") | {"scenes": written} | in_order(chapter.plain(), "cites")
    found.extend(checked(Chapter, element, path))
    return element


def _scene(leaf: JsonObject, place: int, scene: SceneAnswer, people: References, threads: References) -> JsonObject:
    said = scene.plain()
    said["characterIds"], said["threadIds"] = people.known(scene.character_ids), threads.known(scene.thread_ids)
    if said["beat"] == "none":
        del said["beat"]
    return {"id": f"scene_{leaf['chapterNumber']}_{place}"} | said


def _touch(scene: JsonObject, threads: Sequence[str]) -> None:
    # What the plan says of this chapter holds for its first or last scene, whether its writer listed it or not.
    scene["threadIds"] = list(dict.fromkeys([*texts(scene, "threadIds"), *threads]))


def _resolved(thread: JsonObject, chapters: Mapping[str, JsonObject]) -> JsonObject:
    setup, payoff = (chapters[f"chapter_{thread[key]}"] for key in ("setupChapter", "payoffChapter"))
    ends = [objects(setup, "scenes")[:1] or [setup], objects(payoff, "scenes")[-1:] or [payoff]]
    element = in_order(thread, "id", "name", "type")
    return element | {"setupScene": ends[0][0]["id"], "payoffScene": ends[1][0]["id"]}
