"""TextRank: how central each sentence is among its neighbours. Knows words, not documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import log

WINDOW = 24
"""A sentence is compared with this many that follow it, so the cost grows with the text and not with its square."""

ROUNDS = 20
DAMPING = 0.85


def textrank(sentences: Sequence[frozenset[str]], *, window: int = WINDOW) -> list[float]:
    """Return one centrality per sentence, given as its content words; the mean is 1, an unrelated one has 0.15."""
    edges = _edges(sentences, window)
    strengths = [sum(weight for _, weight in row) for row in edges]
    ranks = [1.0] * len(sentences)
    for _ in range(ROUNDS):
        shares = [rank / strength if strength else 0.0 for rank, strength in zip(ranks, strengths, strict=True)]
        ranks = [1 - DAMPING + DAMPING * sum(shares[other] * weight for other, weight in row) for row in edges]
    return ranks


def _edges(sentences: Sequence[frozenset[str]], window: int) -> list[list[tuple[int, float]]]:
    counts = Counter(word for sentence in sentences for word in sentence)
    rarity = {word: log(1 + len(sentences) / count) for word, count in counts.items() if count > 1}
    linked = [sentence & rarity.keys() for sentence in sentences]
    edges: list[list[tuple[int, float]]] = [[] for _ in sentences]
    for left, here in enumerate(linked):
        for right in range(left + 1, min(left + 1 + window, len(linked))):
            shared = here & linked[right]
            if shared:
                weight = _weight(shared, rarity, len(sentences[left]), len(sentences[right]))
                edges[left].append((right, weight))
                edges[right].append((left, weight))
    return edges


def _weight(shared: frozenset[str], rarity: dict[str, float], left: int, right: int) -> float:
    return sum(sorted(rarity[word] for word in shared)) / (log(1 + left) + log(1 + right))
