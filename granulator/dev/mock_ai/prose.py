"""Varied English sentences about any topic: the same seed gives the same words, another seed hardly any of them."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import count

from granulator.dev.mock_ai import vocabulary as words

_TOPIC = "\0"
_ARTICLE = re.compile(r"\b([Aa]) (?=[aeiou](?!ne\b|ne-))")
_TERM = re.compile(
    rf"\b({'|'.join(words.MODIFIERS)}) ({'|'.join(sorted(words.HEADS, key=len, reverse=True))})\b", re.IGNORECASE
)


def seed(*parts: str) -> random.Random:
    """Return a source of chance that depends on the texts alone, in every process alike."""
    return random.Random(sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).digest())


def terms(chance: random.Random) -> Iterator[str]:
    """Yield ever new terms such as "layered boundary"; 60 in a row share neither of their words."""
    modifiers, heads = list(words.MODIFIERS), list(words.HEADS)
    chance.shuffle(modifiers)
    chance.shuffle(heads)
    for place in count():
        turn, column = divmod(place, min(len(modifiers), len(heads)))
        yield f"{modifiers[column % len(modifiers)]} {heads[(column + turn * 7) % len(heads)]}"


def focus_of(text: str, chance: random.Random) -> str:
    """Return the term a planned title or sentence is about; a new one when it holds none of ours."""
    found = _TERM.search(text)
    return found[0].lower() if found else next(terms(chance))


def sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]


def title_case(text: str) -> str:
    return " ".join(word if word in _SMALL else sentence_case(word) for word in text.split(" "))


_SMALL = frozenset({"a", "an", "the", "of", "in", "to", "from", "at", "under", "by", "around", "and"})


@dataclass(slots=True)
class Voice:
    """Writes about one term of a topic; never the same frame twice before all of them were used."""

    topic: str
    term: str
    chance: random.Random

    def line(self, frame: str, **given: str) -> str:
        """Return a frame with its slots filled."""
        person = self.one(words.PEOPLE)
        gerund = self.one(words.GERUNDS)
        filled = {
            "T": _TOPIC,
            "t": self.term,
            "u": f"{self.one(words.MODIFIERS)} {self.one(words.HEADS)}",
            "p": person,
            "P": sentence_case(person),
            "g": gerund,
            "g2": sentence_case(gerund),
            "o": self.one(words.OBJECTS),
            "q": self.one(words.QUALIFIERS),
            "s": self.one(words.SITUATIONS),
            "r": self.one(words.REASONS),
            "l": self.one(words.PLACES),
            "O": self.one(words.OPENERS),
        }
        text = _ARTICLE.sub(r"\1n ", frame.format_map(filled | given))
        # The topic goes in last: it is the caller's text, whose own articles are none of our business.
        return text.replace(_TOPIC, self.topic)

    def one(self, bank: Sequence[str]) -> str:
        return bank[self.chance.randrange(len(bank))]

    def some(self, bank: Sequence[str], number: int, **given: str) -> list[str]:
        """Return lines from different frames; frames come again only when there are too few."""
        frames: list[str] = []
        while len(frames) < number:
            frames += self.chance.sample(bank, min(len(bank), number - len(frames)))
        return [self.line(frame, **given) for frame in frames]

    def sentences(self, least_words: int) -> list[str]:
        """Return sentences that have so many words together."""
        frames = self.chance.sample(words.SENTENCES, len(words.SENTENCES))
        found: list[str] = []
        while sum(len(text.split()) for text in found) < least_words:
            found.append(self.line(frames[len(found) % len(frames)]))
        return found

    def practice(self) -> str:
        """Return something one can do, such as "recording the outer edge once a day"."""
        return f"{self.one(words.GERUNDS)} {self.one(words.OBJECTS)} {self.one(words.QUALIFIERS)}"
