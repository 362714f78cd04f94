"""Which answer of the mock's own questions is right: told by the words alone, so that a mock judge can solve them."""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

from granulator.dev.mock_ai import vocabulary as words


def rank(option: str) -> int:
    """Return how right an option is: of several the one with the least rank is the key."""
    return crc32(option.strip().casefold().encode("utf-8", "surrogatepass"))


def best(options: Sequence[str], count: int = 1) -> list[int]:
    """Return the places of the so many options that are right, in their order."""
    return sorted(sorted(range(len(options)), key=lambda place: rank(options[place]))[:count])


def is_true(statement: str) -> bool:
    """Return whether a statement to be judged true or false is true."""
    return rank(statement) % 2 == 0


def short_answer(question: str) -> str:
    """Return the answer of a question that is answered in a word or two."""
    return words.SHORT_ANSWERS[rank(question) % len(words.SHORT_ANSWERS)]
