"""Sentences cut, shuffled and worded anew as careless writers and models do it; knows no structure."""

from __future__ import annotations

import re

from granulator.dev.quality.defects import wordings
from granulator.dev.quality.defects.workpiece import GROSS, PLAIN, Workpiece

_SENTENCE = re.compile(r"\S.*?[.!?](?=\s|$)|\S.+$", re.DOTALL)
_WORD = re.compile(r"[A-Za-z]+")


def said_in_full(prose: str) -> list[str]:
    """Return the sentences of ``prose``; at least one for a text that is not blank."""
    return [match.group() for match in _SENTENCE.finditer(prose)]


def cut(prose: str, severity: str) -> str:
    """Return the beginning of ``prose`` as a model leaves it that ran out of room: inside a word, or between words."""
    words = prose.split()
    if severity == GROSS:
        at = next((n for n in range(len(words) // 2, 1, -1) if len(words[n]) > 5), len(words) // 2)
        return " ".join([*words[:at], words[at][: max(2, len(words[at]) // 2)]])
    part = words[: max(3, len(words) * (6 if severity == PLAIN else 8) // 10)]
    while len(part) > 3 and part[-1][-1] in ".!?:;,)":
        part.pop()
    return " ".join(part) if severity == PLAIN else " ".join([*part, "and", "the"])


def reworded(prose: str, work: Workpiece, *, is_shuffled: bool) -> str:
    """Return ``prose`` with common words swapped and a new opening; shuffled, its sentences in another order too."""
    swaps = wordings.SWAPS[work.split]
    sentences = [_WORD.sub(lambda match: swaps.get(match.group(), match.group()), row) for row in said_in_full(prose)]
    if is_shuffled:
        work.draw.shuffle(sentences)
    opening = work.choose(wordings.OPENINGS[work.split])
    sentences[0] = opening + sentences[0][:1].lower() + sentences[0][1:]
    return " ".join(sentences)
