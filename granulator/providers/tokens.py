"""Owns the estimate of how many tokens a text has, and what bills have taught about it. Knows no vocabulary, no price.

The rules imitate how byte-pair vocabularies of about 200,000 entries cut a text: at words, groups of three digits, runs
of punctuation and of white space. What they cannot know (a vendor's own vocabulary) ``Calibration`` learns.
"""

from __future__ import annotations

import math
import re
from collections import Counter, OrderedDict
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

_SLICE = 65_536
"""Characters cut at once: bounds the memory of the list of segments; a word cut in two at a seam costs a token."""

_REMEMBERED = 8192
"""Estimates of texts of up to so many characters are kept: system texts and schemas come again with every call."""

_SEGMENT = re.compile(
    "\x20?[A-ZÀ-ÖØ-Þ\u0100-\u024f\u1e00-\u1eff]?[a-zß-öø-ÿ\u0100-\u024f\u0300-\u036f\u1e00-\u1eff]+"
    "|\x20?[A-ZÀ-ÖØ-Þ]+(?![a-zß-öø-ÿ])"
    "|\x20?[0-9]{1,3}"
    "|\x20?[!-/:-@\\[-`{-~¡-¿×÷\u2000-\u206f\u3000-\u303f\uff01-\uff20]+[\r\n]*"
    "|\x20?[^\x00-\u024f\u1e00-\u206f\u3000-\u303f\uff01-\uff20\\s]+"
    "|\\s*[\r\n]+|\\s+|."
)

_PER_CHARACTER = (
    (0x03FF, 0.33),  # Greek
    (0x052F, 0.27),  # Cyrillic
    (0x058F, 0.55),  # Armenian
    (0x05FF, 0.42),  # Hebrew
    (0x08FF, 0.38),  # Arabic
    (0x0DFF, 0.34),  # the scripts of India
    (0x0EFF, 0.42),  # Thai, Lao
    (0x10FF, 0.55),  # Tibetan, Burmese, Georgian
    (0x2FFF, 1.00),  # arrows, mathematics, boxes
    (0x30FF, 0.72),  # kana
    (0xABFF, 0.72),  # Han
    (0xD7FF, 0.62),  # Hangul
    (0xFFFF, 1.00),  # private use, presentation forms, wide Latin
    (0x1FFFF, 2.10),  # emoji and other symbols
    (0x10FFFF, 2.00),  # rare Han
)
"""Tokens per character outside Latin, by the last code point of each range, ascending."""


def estimate(text: str) -> int:
    """Return about how many tokens a current model reads ``text`` as; 0 only for an empty text."""
    return _remembered(text) if len(text) <= _REMEMBERED else _estimated(text)


@lru_cache(maxsize=256)
def _remembered(text: str) -> int:
    return _estimated(text)


def _estimated(text: str) -> int:
    segments: Counter[str] = Counter()
    for start in range(0, len(text), _SLICE):
        segments.update(_SEGMENT.findall(text, start, start + _SLICE))
    near, far = _accents(segments)
    return math.ceil(sum(count * _cost(segment, near, far) for segment, count in segments.items()))


def _accents(segments: Counter[str]) -> tuple[float, float]:
    """Return the shares of Latin words with a western accent (as in German) and with another one (as in Czech).

    They tell other languages from English without a list of words; western ones are better known to vocabularies.
    """
    words = near = far = 0
    for segment, count in segments.items():
        if not _is_word(segment):
            continue
        words += count
        if not segment.isascii():
            is_near = max(segment) <= "ÿ"
            near, far = near + count * is_near, far + count * (not is_near)
    return (near / words, far / words) if words else (0.0, 0.0)


def _is_word(segment: str) -> bool:
    last = segment[-1]
    return last < "\u0370" and last.isalpha()


def _cost(segment: str, near: float, far: float) -> float:
    if _is_word(segment):
        return _word_cost(segment.lstrip(" "), near, far)
    if segment.isspace():
        return 1.0
    if segment[-1].isdigit() and segment.isascii():
        return 2.0 if segment[0] == " " else 1.0
    if segment.isascii():
        return 1.0 + max(0, len(segment.strip()) - 3) / 8
    return max(1.0, sum(_character_cost(ord(character)) for character in segment.strip()))


def _word_cost(word: str, near: float, far: float) -> float:
    length = len(word)
    if length > 1 and word.isupper():
        return max(1.0, length / 2.8)
    english = 1.0 + max(0, length - 6) * 0.06 + max(0, length - 12) * 0.14
    if not near and not far:
        return english
    foreign = max(1.0, length / (4.7 - 8 * min(far, 0.3)))
    weight = min(1.0, (near + far) / 0.08)
    return weight * foreign + (1 - weight) * english


def _character_cost(code: int) -> float:
    return next(cost for last, cost in _PER_CHARACTER if code <= last)


START = {"claude": 1.3}
"""Factors before the first bill: what Anthropic says its vocabulary since 4.7 counts above the one before."""


class Key(NamedTuple):
    """What a calibration is kept for: the same prompts in one language, read by one model."""

    provider: str
    model: str
    template: str
    language: str


@dataclass(slots=True)
class Calibration:
    """What the bills say of the estimates: per key a moving average of actual over estimated tokens.

    ``rate`` is the weight of the newest call; the ``capacity`` keys learnt last are kept, in this process only.
    """

    rate: float = 0.2
    capacity: int = 1024
    _factors: OrderedDict[Key, float] = field(default_factory=OrderedDict)

    def factor(self, key: Key) -> float:
        """Return what to multiply an estimate with for ``key``, from the vendor's own figure until a bill is known."""
        return self._factors.get(key, START.get(key.provider, 1.0))

    def learn(self, key: Key, estimated: int, actual: int) -> None:
        """Move the factor of ``key`` towards ``actual / estimated``; a call without either count teaches nothing."""
        if estimated <= 0 or actual <= 0:
            return
        ratio = actual / estimated
        known = self._factors.pop(key, ratio)
        self._factors[key] = known + self.rate * (ratio - known)
        while len(self._factors) > self.capacity:
            self._factors.popitem(last=False)
