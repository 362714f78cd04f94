"""The frame of a novel about a bare topic: roles, threads and chapters that ask their author; invents no plot."""

from __future__ import annotations

from typing import Final

from granulator.granulation.authors.base import Brief, Outline
from granulator.granulation.authors.scaffolds import texts
from granulator.granulation.drafts.counts import dealt
from granulator.granulation.plan import shares
from granulator.granulation.word_estimates import chapter_words
from granulator.model import Json, JsonObject

ACT_TITLES = ("The world before", "The way through", "The price and what remains")
CHAPTER_TITLES = (
    "How things were", "The first sign", "What is wanted", "The step that cannot be undone", "The rules change",
    "A plan", "The plan fails", "Who is left", "The hardest choice", "What has changed",
)  # fmt: skip
QUESTIONS = (
    "What does the main person want in this chapter, and what do they do to get it?",
    "Who or what stands in the way, and why are they right from their own point of view?",
    "What is different at the end of this chapter, and why can it not be undone?",
    "What does the reader learn about {topic} here, and what is kept from them?",
    "Which earlier promise is kept here, and which new one is made?",
    "Which choice does the main person make here, and what does it cost?",
)
PURPOSES = (
    "What has to be known before the main person can no longer go back?",
    "What makes it harder and harder, and what does the main person learn from it?",
    "What is decided, what does it cost, and what is different afterwards?",
)
ROLES: Final = (
    ("protagonist", "The main person"),
    ("antagonist", "The one who stands in the way"),
    ("ally", "The one who helps"),
    ("mentor", "The one who knows more"),
    ("other", "The one who sees it differently"),
)
CAST: Final = {1: 2, 2: 3, 3: 3, 4: 4, 5: 5}
"""Granularity level -> characters."""

SUBPLOTS_FROM: Final = 2
BEATS: Final = (
    (0.0, "opening_image"), (0.1, "catalyst"), (0.2, "break_into_two"), (0.5, "midpoint"), (0.75, "all_is_lost"),
    (0.9, "finale"), (1.0, "final_image"),
)  # fmt: skip
"""Where in the book, as a share of its scenes, a scene has which task in the whole."""

SOURCE_NOTICE: Final = (
    "This is a scaffold: a source is not invented into a plot, so it was not read. It holds no facts about the topic, "
    "only questions to its author. Configure an AI provider to have the novel planned."
)


def novel(brief: Brief) -> tuple[Outline, tuple[JsonObject, ...]]:
    """Return the frame of a novel about ``brief.topic`` in the planned sizes, whole; the source is left unread."""
    leaves = _leaf_ids(brief)
    frame: JsonObject = {
        "novelOverview": _overview(brief),
        "characters": _characters(brief),
        "plotThreads": _threads(brief, leaves),
        "acts": _acts(brief, leaves),
    }
    notice = texts.NOTICE if brief.source is None else SOURCE_NOTICE
    return Outline(frame, (), notice, is_scaffold=True, plan="single"), ()


def _overview(brief: Brief) -> JsonObject:
    topic = brief.topic
    return {
        "title": topic,
        "logline": f"Who wants what in this story of {topic}, what stands in the way, and what is lost if they fail?",
        "genre": "Which genre is it, and which of its promises does it keep?",
        "pov": "Who tells it, and in which person?",
        "tense": "Is it told as past or as present?",
        "setting": f"Where and when does the story of {topic} happen, and what is possible only there?",
        "themes": [f"Which question about {topic} is left with the reader?"],
        "targetWords": brief.sizes.leaves * chapter_words(brief.template, brief.level),
        "provenance": texts.provenance(),
    }


def _characters(brief: Brief) -> list[Json]:
    named = [element.name for element in brief.required if element.type == "character"]
    cast = ROLES[: max(CAST[brief.level], min(len(named), len(ROLES)))]
    return [
        _character(number, kind, role, named[number - 1] if number <= len(named) else role)
        for number, (kind, role) in enumerate(cast, 1)
    ]


def _character(number: int, kind: str, role: str, name: str) -> JsonObject:
    return {
        "id": f"char_{number}",
        "name": name,
        "role": kind,
        "want": f"What does this person want on the first page? ({role})",
        "need": "What do they need without knowing it?",
        "flaw": "Which flaw hides it from them?",
        "arc": {
            "start": "What do they believe at the beginning?",
            "turn": "What makes them doubt it?",
            "end": "What do they do at the end that they could not have done at the beginning?",
            "provenance": texts.provenance(),
        },
        "provenance": texts.provenance(),
    }


def _leaf_ids(brief: Brief) -> list[list[str]]:
    """Return, chapter by chapter, the ids of its scenes; of a chapter without any, its own."""
    scenes = dealt(brief.sizes.extras, brief.sizes.leaves)
    return [
        [f"scene_{number}_{place}" for place in range(1, count + 1)] or [f"chapter_{number}"]
        for number, count in enumerate(scenes, 1)
    ]


def _threads(brief: Brief, leaves: list[list[str]]) -> list[Json]:
    asked = [("main", f"What does {brief.topic} do to the main person?")]
    if brief.level >= SUBPLOTS_FROM:
        asked.append(("subplot", "What happens between the main person and the others?"))
    flat = [leaf for chapter in leaves for leaf in chapter]
    return [
        {
            "id": f"thread_{number}",
            "name": question,
            "type": kind,
            "setupScene": flat[min(number - 1, len(flat) - 1)],
            "payoffScene": flat[-number],
            "provenance": texts.provenance(),
        }
        for number, (kind, question) in enumerate(asked, 1)
    ]


def _acts(brief: Brief, leaves: list[list[str]]) -> list[Json]:
    chapters = iter(_chapters(brief, leaves))
    names = texts.asked(brief, "actTitles", ACT_TITLES)
    return [
        {
            "id": f"act_{number}",
            "actNumber": number,
            "title": texts.turn(names, number - 1),
            "purpose": PURPOSES[number - 1],
            "chapters": [next(chapters) for _ in range(count)],
            "provenance": texts.provenance(),
        }
        for number, count in enumerate(shares(brief.structure_type, brief.sizes), 1)
    ]


def _chapters(brief: Brief, leaves: list[list[str]]) -> list[Json]:
    names = texts.course_of(brief, "chapterTitles", CHAPTER_TITLES, len(leaves))
    flat = [leaf for chapter in leaves for leaf in chapter]
    reminders = dict(zip(flat, texts.reminders(brief), strict=True))
    beats = _beats(flat)
    chapters: list[Json] = []
    for number, (name, ids) in enumerate(zip(names, leaves, strict=True), 1):
        own_id = f"chapter_{number}"
        scenes = [_scene(brief, leaf, beats.get(leaf), reminders[leaf]) for leaf in ids if leaf != own_id]
        chapters.append(_chapter(brief, number, name, reminders.get(own_id, []), scenes))
    return chapters


def _beats(leaves: list[str]) -> dict[str, str]:
    """Return leaf -> beat; where two beats fall on one leaf it keeps the first of them."""
    beats: dict[str, str] = {}
    for share, beat in BEATS:
        beats.setdefault(leaves[round(share * (len(leaves) - 1))], beat)
    return beats


def _chapter(brief: Brief, number: int, name: str, reminders: list[str], scenes: list[JsonObject]) -> JsonObject:
    questions = texts.asked(brief, "questions", QUESTIONS)
    summary = [texts.turn(questions, 2 * number - 2), texts.turn(questions, 2 * number - 1), *reminders]
    return {
        "id": f"chapter_{number}",
        "chapterNumber": number,
        "title": name,
        "summary": " ".join(summary),
        "pov": "char_1",
        "targetWords": chapter_words(brief.template, brief.level),
        "scenes": list[Json](scenes),
        "provenance": texts.provenance(),
    }


def _scene(brief: Brief, identity: str, beat: str | None, reminders: list[str]) -> JsonObject:
    number = int(identity.split("_")[1]) + int(identity.split("_")[2])
    threads = ["thread_1", "thread_2"] if number % 3 == 0 and brief.level >= SUBPLOTS_FROM else ["thread_1"]
    element: JsonObject = {
        "id": identity,
        "goal": " ".join(["What does the person whose scene this is want right now?", *reminders]),
        "conflict": "Who or what keeps them from it?",
        "outcome": "What is different when the scene ends?",
        "characterIds": ["char_1", f"char_{2 + number % (CAST[brief.level] - 1)}"],
        "threadIds": list[Json](threads),
        "location": f"Where in the world of {brief.topic} does this scene happen?",
        "provenance": texts.provenance(),
    }
    return element | {"beat": beat} if beat else element
