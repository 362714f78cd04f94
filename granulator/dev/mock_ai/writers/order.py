"""What every writer shares: the order, a voice for each element, required names, the source's sentences dealt out."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, islice
from zlib import crc32

from granulator.dev.mock_ai import vocabulary as words
from granulator.dev.mock_ai.asked import string
from granulator.dev.mock_ai.brief import Brief, shared_out
from granulator.dev.mock_ai.prose import Voice, focus_of, seed, sentence_case, terms
from granulator.model import Json

NAMED_IN = 3
"""A required name is worked into so many elements."""

WHOLE_SOURCE = "It rests on the whole source."
"""What a plan says of a leaf that no section of the source was assigned to."""

Sentences = Sequence[tuple[str, str]]
"""Sentences of the source, each with the label of its passage."""


@dataclass(frozen=True)
class Order:
    """A brief, the types of question its schema offers, and the manner of a judge who is to be out of the ordinary."""

    brief: Brief
    question_types: tuple[str, ...] = ()
    manner: str = ""

    def chance(self, *key: str) -> random.Random:
        again = () if self.brief.attempt <= 1 else (str(self.brief.attempt),)
        return seed(self.brief.topic, *key, *again)

    def voice(self, key: str, plan: str = "") -> Voice:
        """Return the voice of one element, which speaks of the term its plan names."""
        chance = self.chance(key, plan)
        return Voice(self.brief.topic, focus_of(plan, chance), chance)

    def terms(self, count: int, key: str = "terms") -> list[str]:
        return list(islice(terms(self.chance(key)), count))

    @cached_property
    def heading(self) -> str:
        return sentence_case(self.brief.topic)

    def required_at(self, place: int, count: int) -> tuple[str, ...]:
        """Return the required names that the element at this place of so many is to hold."""
        names = self.brief.required
        spread = range(min(NAMED_IN, max(1, count)))
        return tuple(name for at, name in enumerate(names) if place in {(at + len(names) * n) % count for n in spread})

    def required_for(self, ident: str, plan: str) -> tuple[str, ...]:
        """Return the required names for a planned element: those its plan mentions, else those of its place."""
        named = tuple(name for name in self.brief.required if name.casefold() in plan.casefold())
        alike = [other for other in self.brief.planned if other.partition("_")[0] == ident.partition("_")[0]]
        if named or ident not in alike:
            return named
        return self.required_at(alike.index(ident), len(alike))

    def deal(self, places: Sequence[str]) -> Mapping[str, Sentences]:
        """Return for each place its own run of the source's sentences."""
        return dict(zip(places, shared_out(self.brief.sentences, len(places)), strict=True))

    def draw(
        self, places: Sequence[str], together: int = 1, sentences: Sentences | None = None
    ) -> Mapping[str, Sentences]:
        """Return for each place its own sentences, scattered over the source, so many of a passage together.

        Parts that are shown different passages agree on who gets which sentence without knowing of each other.
        """
        drawn: dict[str, list[tuple[str, str]]] = {place: [] for place in places}
        given = self.brief.sentences if sentences is None else sentences
        for label, found in groupby(given, key=lambda entry: entry[1]):
            entries = list(found)
            for start in range(0, len(entries), together) if places else ():
                key = f"{label} {start} {places[0]}".encode()
                drawn[places[crc32(key) % len(places)]] += entries[start : start + together]
        return drawn

    def label_for(self, place: int) -> list[str]:
        """Return one label to cite, a different one from element to element."""
        passages = self.brief.passages
        return [passages[place % len(passages)].label] if passages else []


def cited(sentences: Sentences) -> list[str]:
    """Return the labels of the sentences, each once."""
    return list(dict.fromkeys(label for _, label in sentences))


def enough(sentences: Sentences, words_wanted: int) -> Sentences:
    """Return as many of the first sentences as have so many words together."""
    count = 0
    for place, (sentence, _) in enumerate(sentences):
        count += len(sentence.split())
        if count >= words_wanted:
            return sentences[: place + 1]
    return sentences


def mention(names: Sequence[str], voice: Voice) -> list[str]:
    """Return sentences that bring the names in."""
    frames = (
        "{n} has a place here as well, because {r}.",
        "The same holds for {n} whenever {s}.",
        "{n} comes into play as soon as {s}.",
    )
    return [voice.line(voice.one(frames), n=sentence_case(name)) for name in names]


def plan_text(leaf: Mapping[str, Json]) -> str:
    """Return what the plan says of a leaf, in one text."""
    return " ".join(string(leaf.get(key)) for key in ("title", "name", "label", "objective", "fact", "event")).strip()


def practices(voice: Voice, count: int) -> list[str]:
    """Return so many different things to do."""
    found: dict[str, None] = {}
    while len(found) < count:
        found.setdefault(voice.practice())
    return list(found)


def people(voice: Voice, count: int) -> list[str]:
    first = voice.chance.sample(words.FIRST_NAMES, count)
    last = voice.chance.sample(words.LAST_NAMES, count)
    return [f"{one} {other}" for one, other in zip(first, last, strict=True)]
