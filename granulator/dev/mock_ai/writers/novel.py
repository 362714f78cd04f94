"""Novels: people, threads and three acts of chapters, whole, as an outline, or one run of chapters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from granulator.dev.mock_ai import vocabulary as words
from granulator.dev.mock_ai.asked import number, string
from granulator.dev.mock_ai.brief import shared_out
from granulator.dev.mock_ai.fitting import Draft
from granulator.dev.mock_ai.prose import Voice, sentence_case, title_case
from granulator.dev.mock_ai.writers.order import Order, mention, people, plan_text
from granulator.model import Json

ROLES = ("protagonist", "antagonist", "ally", "mentor")
THREADS = ("main", "subplot", "subplot")
CHAPTER_WORDS = 2400
SUMMARY_WORDS = r"(\d+) words in the summary"
BEATS = {"catalyst": 0.1, "break_into_two": 0.2, "midpoint": 0.5, "all_is_lost": 0.75, "finale": 0.92}


@dataclass(frozen=True, slots=True)
class _Cast:
    """The ids of characters and threads, and the names of the characters."""

    characters: tuple[str, ...]
    names: tuple[str, ...]
    threads: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Chapter:
    """One chapter to write."""

    ident: str
    place: int
    chapters: int
    title: str
    event: str
    pov: str
    scenes: int
    names: Sequence[str]


def whole(order: Order) -> Draft:
    """Return a novel; what only an outline or only a whole novel has is all in it."""
    brief = order.brief
    total = max(3, brief.count("chapter in all", brief.count("chapter", 12)))
    scenes = brief.count("scene in all", total * brief.count("scene each", brief.count("scene", 1)))
    second = max(1, total // 2)
    third = max(1, (total - second) // 2)
    acts = brief.act_chapters or (total - second - third, second, third)
    cast = _cast_of(order)
    chapters = [_planned(order, cast, place, total, scenes) for place in range(total)]
    return {
        "novelOverview": _overview(order, cast, total),
        "characters": _characters(order, cast),
        "plotThreads": _threads(order, cast, chapters),
        "acts": [_act(order, cast, at, chapters[sum(acts[:at]) : sum(acts[: at + 1])]) for at in range(3)],
    }


def part(order: Order) -> Draft:
    """Return the planned chapters under their ids."""
    planned = order.brief.cast
    characters = tuple(ident for ident in planned if ident.startswith("char_"))
    names = tuple(planned[ident] for ident in characters)
    threads = tuple(ident for ident in planned if ident.startswith("thread_"))
    spare = _cast_of(order)
    cast = _Cast(characters or spare.characters, names or spare.names, threads or spare.threads)
    chapters = [_from_plan(order, leaf) for leaf in order.brief.leaves]
    return {"chapters": [_draft(order, cast, chapter) for chapter in chapters]}


def _cast_of(order: Order) -> _Cast:
    names = people(order.voice("cast"), len(ROLES))
    return _Cast(
        tuple(f"char_{at + 1}" for at in range(len(ROLES))),
        tuple(names),
        tuple(f"thread_{at + 1}" for at in range(len(THREADS))),
    )


def _planned(order: Order, cast: _Cast, place: int, total: int, scenes: int) -> _Chapter:
    relics = order.chance("relics").sample(words.RELICS, len(words.RELICS))
    relic = relics[place % len(relics)]
    voice = order.voice(f"event {place}")
    titles = ("{x} Returns", "The Price of {x}", "What {x} Knew", "A Night with {x}", "Without {x}", "Looking for {x}")
    bare = relic.removeprefix("the ")
    title = title_case(
        titles[place % len(titles)].replace("{x}", f"the {bare}" if place % len(titles) else f"The {bare}")
    )
    event = _told(voice, cast, words.EVENTS[place % len(words.EVENTS)], relic, place)
    names = order.required_at(place, total)
    event = " ".join([f"{sentence_case(event)}.", *mention(names, voice)])
    pov = cast.characters[(0, 0, 1, 0, 2)[place % 5]]
    count = scenes // total + (place < scenes % total)
    return _Chapter(f"chapter_{place + 1}", place, total, title, event, pov, count, names)


def _from_plan(order: Order, leaf: Mapping[str, Json]) -> _Chapter:
    planned = sum(ident.startswith("chapter_") for ident in order.brief.planned)
    chapters = planned or order.brief.count("chapter in all", 12)
    ident, plan = string(leaf.get("id")), plan_text(leaf)
    place = (number(leaf.get("chapterNumber")) or 1) - 1
    event = string(leaf.get("event"))
    scenes = number(leaf.get("scenes")) or 0
    names = order.required_for(ident, plan)
    return _Chapter(ident, place, chapters, string(leaf.get("title")), event, string(leaf.get("pov")), scenes, names)


def _told(voice: Voice, cast: _Cast, frame: str, relic: str, place: int) -> str:
    first = [name.partition(" ")[0] for name in cast.names]
    turn = voice.chance.randrange(len(first))
    return voice.line(
        frame,
        a=first[(0, 1, 0, 2)[place % 4] % len(first)],
        b=first[(1 + turn) % len(first)],
        c=first[(2 + turn) % len(first)],
        x=relic,
        h=voice.one(words.HOUSES),
        k=voice.one(words.SPOTS),
    )


def _act(order: Order, cast: _Cast, at: int, chapters: Sequence[_Chapter]) -> Draft:
    voice = order.voice(f"act {at}")
    return {
        "id": f"act_{at + 1}",
        "actNumber": at + 1,
        "title": ("The Road Out", "The Long Middle", "The Way Back")[at],
        "purpose": f"{_told(voice, cast, words.PURPOSES[at], voice.one(words.RELICS), at)}.",
        "sections": list(shared_out(order.brief.sections, 3)[at]),
        "chapters": [_draft(order, cast, chapter) for chapter in chapters],
    }


def _draft(order: Order, cast: _Cast, chapter: _Chapter) -> Draft:
    scenes = cache(lambda: [_scene(order, cast, chapter, at) for at in range(chapter.scenes)])
    return {
        "id": chapter.ident,
        "chapterNumber": chapter.place + 1,
        "title": chapter.title,
        "event": chapter.event,
        "summary": lambda: _summary(order, cast, chapter),
        "pov": chapter.pov,
        "targetWords": CHAPTER_WORDS,
        "scenes": scenes,
        "cites": order.label_for(chapter.place),
    }


def _summary(order: Order, cast: _Cast, chapter: _Chapter) -> str:
    voice = order.voice(f"summary {chapter.ident}", chapter.title)
    least = order.brief.length(SUMMARY_WORDS, 50)
    told = [chapter.event] if chapter.event else []
    frames = voice.chance.sample(words.STORY, len(words.STORY))
    relic = voice.one(words.RELICS)
    while sum(map(len, map(str.split, told))) < least:
        frame = frames[len(told) % len(frames)]
        told.append(sentence_case(_told(voice, cast, frame, relic, chapter.place + len(told))))
    return " ".join([*told, *mention(chapter.names, voice)])


def _scene(order: Order, cast: _Cast, chapter: _Chapter, at: int) -> Draft:
    voice = order.voice(f"scene {chapter.ident} {at}", chapter.title)
    place, relic = chapter.place * 3 + at, voice.one(words.RELICS)
    first = max(0, cast.characters.index(chapter.pov)) if chapter.pov in cast.characters else 0
    present = {first, (first + 1 + place) % len(cast.characters)}
    told = {
        name: f"{sentence_case(_told(voice, cast, voice.one(bank), relic, place))}."
        for name, bank in (("goal", words.GOALS), ("conflict", words.CONFLICTS), ("outcome", words.OUTCOMES))
    }
    if at == 0:
        told["outcome"] = " ".join([told["outcome"], *mention(chapter.names, voice)])
    return {
        "id": f"scene_{chapter.place + 1}_{at + 1}",
        **told,
        "characterIds": [cast.characters[one] for one in sorted(present)],
        "threadIds": [cast.threads[place % len(cast.threads)]],
        "location": f"{sentence_case(voice.one(words.SPOTS))} of {voice.one(words.HOUSES)}",
        "beat": _beat(chapter) if at == 0 else "none",
    }


def _beat(chapter: _Chapter) -> str:
    for beat, share in BEATS.items():
        if chapter.place == min(chapter.chapters - 1, int(share * chapter.chapters)):
            return beat
    return "none"


def _overview(order: Order, cast: _Cast, chapters: int) -> Draft:
    voice = order.voice("overview")
    hero, rival = cast.names[:2]
    return {
        "title": f"{order.heading} and the {title_case(voice.one(words.RELICS).removeprefix('the '))}",
        "logline": f"{hero} wants {voice.one(words.WANTS)}, but {rival} stands in the way: {order.brief.topic}.",
        "genre": voice.one(words.GENRES),
        "pov": "third person limited",
        "tense": "past",
        "setting": f"A small harbour town and its surroundings, in a year in which {voice.one(words.SITUATIONS)}.",
        "themes": voice.chance.sample(words.MOODS, 3),
        "targetWords": CHAPTER_WORDS * chapters,
    }


def _characters(order: Order, cast: _Cast) -> Draft:
    voice = order.voice("characters")
    wants, needs, flaws = (
        voice.chance.sample(bank, len(cast.names)) for bank in (words.WANTS, words.NEEDS, words.FLAWS)
    )
    return [
        {
            "id": ident,
            "name": cast.names[at],
            "role": ROLES[at],
            "want": sentence_case(wants[at]),
            "need": sentence_case(needs[at]),
            "flaw": sentence_case(flaws[at]),
            "arc": {
                "start": f"Believes that nothing matters except {wants[at]}",
                "turn": f"Sees for the first time that whoever {flaws[at]} ends up alone",
                "end": f"Learns {needs[at]}",
            },
        }
        for at, ident in enumerate(cast.characters)
    ]


def _threads(order: Order, cast: _Cast, chapters: Sequence[_Chapter]) -> Draft:
    voice = order.voice("threads")
    relics = voice.chance.sample(words.RELICS, len(cast.threads))
    last = len(chapters) - 1
    found: list[Draft] = []
    for at, ident in enumerate(cast.threads):
        setup, payoff = min(at, last - 1), last - (at if last - at > at else 0)
        found.append(
            {
                "id": ident,
                "name": f"The matter of {relics[at]}",
                "type": THREADS[at],
                "setupChapter": setup + 1,
                "payoffChapter": payoff + 1,
                "setupScene": f"scene_{setup + 1}_1" if chapters[setup].scenes else chapters[setup].ident,
                "payoffScene": f"scene_{payoff + 1}_{chapters[payoff].scenes}"
                if chapters[payoff].scenes
                else chapters[payoff].ident,
            }
        )
    return found
