"""Which terms can be left out of which sentences."""

from __future__ import annotations

import pytest

from granulator.extraction import candidates, distractors
from tests.unit.extraction.samples import vocabulary


def blanks(text: str) -> set[str]:
    known = vocabulary(f"# Notes\n\n{text}\n")
    return {one.term.text for one in candidates.candidates(known, known.reading.usable, {})}


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


@pytest.mark.parametrize(("told", "is_asked"), [("A lantern is a lamp in a case.", True), ("It burns.", False)])
def test_a_single_word_is_left_out_only_when_the_text_defines_it(told: str, is_asked: bool):
    text = "The guard of the western gate shows every late guest the lantern before supper. Guests fear the lantern."

    assert ("lantern" in blanks(f"{told} {text}")) == is_asked


LONG = " ".join(f"Number {count} of these lines says nothing." for count in range(120))


@pytest.mark.parametrize(
    ("subject", "is_fit"),
    [
        ("The visibility map", True),
        ("A hasher", True),
        ("Tuples", True),
        ("The CRC", True),
        ("The size of a map", True),
        ("The general rule", False),
        ("The algorithm", False),
        ("The generated ledger", False),
        ("The uppercase letters", False),
        ("The entire N lines", False),
        ("N", False),
        ("Additional arguments", False),
    ],
)
def test_a_sentence_is_asked_about_only_when_its_subject_says_what_it_is(subject: str, is_fit: bool):
    verb = "are" if subject.endswith("s") else "is"
    known = vocabulary(
        f"# Notes\n\n{subject} {verb} written to disk before every cold winter night begins.\n\n{LONG}\n"
    )

    assert candidates.is_fit(known, known.reading.sentences[0]) == is_fit


def test_a_single_word_with_an_article_says_what_it_is_when_the_text_is_about_it():
    text = "The algorithm is written to disk before every cold winter night begins."
    titled = vocabulary(f"# The algorithm\n\n{text}\n\nFew like the algorithm. {LONG}\n")

    assert candidates.is_fit(titled, titled.reading.sentences[0])


@pytest.mark.parametrize(("start", "is_fit"), [("", True), ("2.1. ", False), ("501 ", False)])
def test_a_sentence_that_holds_the_number_of_a_list_is_not_asked_about(start: str, is_fit: bool):
    known = vocabulary(
        f"# Notes\n\n{start}Blue lamps of the northern tower are lit before every winter night.\n", "text"
    )

    assert [candidates.is_fit(known, one) for one in known.reading.sentences[:1]] == [is_fit]


@pytest.mark.parametrize(("opening", "is_fit"), [("Notice how each", False), ("Clear glass shows how each", True)])
def test_an_order_to_the_reader_is_no_statement(opening: str, is_fit: bool):
    text = f"{opening} blue lamp has a cover, and how the northern tower is lit before every winter night."
    known = vocabulary(f"# Notes\n\n{text}\n")

    assert candidates.is_fit(known, known.reading.sentences[0]) == is_fit


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


def test_a_statement_that_adds_to_another_one_stands_less_well():
    plain, added = (
        vocabulary(f"# Notes\n\nBlue lamps of the tower {word}burn in every cold winter night.\n").reading
        for word in ("", "also ")
    )

    assert candidates.standing(added, added.sentences[0], {}) < candidates.standing(plain, plain.sentences[0], {})
