"""Which terms can be left out of which sentences."""

from __future__ import annotations

import pytest

from granulator.extraction import candidates, distractors
from tests.unit.extraction.samples import vocabulary


def blanks(text: str, *, is_strict: bool = False) -> set[str]:
    known = vocabulary(f"# Notes\n\n{text}\n")
    return {one.term.text for one in candidates.candidates(known, known.reading.usable, {}, is_strict=is_strict)}


@pytest.mark.parametrize(
    ("sentence", "answer"),
    [
        ("The survey of the island was led by Captain Brenner in a very cold winter.", "Brenner"),
        ("The heavy cargo was landed at Tarnby, Zealand before the first frost arrived.", "Tarnby"),
        ("The full table of allowed signals stands in RFC 2616 on every bridge.", "RFC"),
    ],
)
def test_a_part_of_a_longer_name_is_not_left_out(sentence: str, answer: str):
    again = f"Few know {answer} today. Many praise {answer} today."

    assert answer not in blanks(f"{sentence} {again}")


def test_a_phrase_that_holds_the_verb_of_its_clause_is_not_left_out():
    text = "The old letters will disappear quickly if the broker restarts. Nobody hears of the broker restarts."

    assert "broker restarts" not in blanks(text)


def test_what_an_introduction_consists_of_is_not_left_out():
    text = "Without the mooring rope, every small vessel is lost at the quay within one stormy night."
    more = "The crew repairs the mooring rope."

    assert "mooring rope" not in blanks(f"{text} {more}")
    assert "mooring rope" in blanks(f"{text.replace('rope,', 'rope of hemp,')} {more}")


def test_an_identifier_that_is_used_as_a_verb_is_not_left_out():
    text = "A loop of the small language cannot `break` before the last round of it is over. Use `break` elsewhere."

    assert "break" not in blanks(text)


def test_a_word_written_with_and_without_a_capital_is_no_name():
    text = "The old tower of the town is shown by Mason to every guest before noon. We saw Mason there."

    assert "Mason" in blanks(text)
    assert "Mason" not in blanks(f"{text} The tools of the mason are old.")


@pytest.mark.parametrize(("noun", "is_asked"), [("lantern", True), ("authority", False)])
def test_single_words_for_what_cannot_be_pointed_at_are_not_asked_for(noun: str, is_asked: bool):
    text = f"The guard of the western gate shows every late guest the {noun} before supper. Guests fear the {noun}."

    assert (noun in blanks(text)) == is_asked


def test_a_year_is_left_out_and_three_years_the_text_never_names_are_wrong():
    known = vocabulary(
        "# Canal\n\nThe canal between the northern lakes was opened in June 1893 by the queen.\n\n"
        "The narrow lock at its eastern end was widened in 1895 for larger barges.\n"
    )
    (candidate,) = [one for one in candidates.candidates(known, known.reading.usable, {}) if one.term.text == "1893"]
    wrong = distractors.amounts(known, candidate)

    assert len(set(wrong)) == 3
    assert set(wrong).isdisjoint({"1893", "1895"})
    assert all(abs(int(year) - 1893) <= 10 for year in wrong)


@pytest.mark.parametrize("tail", ["the same for a pile of stones", "the only light on the whole coast"])
def test_a_comparison_is_no_definition(tail: str):
    known = vocabulary(f"# Coast\n\nA beacon is {tail} near the northern harbour. Few like the beacon.\n")
    sentence = known.reading.sentences[0]

    (occurrence,) = [one for one in known.terms["beacon"].occurrences if one.order == 0] or [None]
    assert occurrence is None or not candidates.is_definition(sentence, occurrence)
