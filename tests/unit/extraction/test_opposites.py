"""Pairs of opposites: every word has one, and never itself."""

from __future__ import annotations

from granulator.extraction import opposites


def test_every_word_has_an_opposite_that_is_another_word():
    assert all(word != other and other for word, other in opposites.OPPOSITES.items())


def test_words_of_states_and_actions_are_among_the_opposites():
    assert set(opposites.OPPOSITES) >= opposites.STATE_WORDS | opposites.ACTION_WORDS


def test_a_place_is_found_as_a_whole_phrase_only():
    (pattern, instead) = next(row for row in opposites.PLACES if row[1] == "all at once")

    assert instead == "all at once"
    assert pattern.search("They enter one at a time.")
    assert not pattern.search("They enter one at a timely hour.")
