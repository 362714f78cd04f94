"""TextRank over sentences given as their content words."""

from __future__ import annotations

import pytest

from granulator.extraction import ranking

ROPE, KNOT, SALT = frozenset({"rope", "knot", "load"}), frozenset({"rope", "knot", "sail"}), frozenset({"salt", "pan"})


def test_sentences_that_share_words_rank_above_an_unrelated_one():
    ranks = ranking.textrank([ROPE, SALT, KNOT])

    assert ranks == pytest.approx([1.0, 0.15, 1.0])


def test_the_sentence_that_many_share_words_with_ranks_highest():
    hub = frozenset({"rope", "salt", "wind"})
    ranks = ranking.textrank([frozenset({"rope", "a"}), hub, frozenset({"salt", "b"}), frozenset({"wind", "c"})])

    assert max(range(4), key=ranks.__getitem__) == 1


def test_sentences_farther_apart_than_the_window_are_not_compared():
    assert ranking.textrank([ROPE, SALT, KNOT], window=1) == pytest.approx([0.15, 0.15, 0.15])


def test_no_sentences_have_no_ranks():
    assert ranking.textrank([]) == []
