"""Wrong answers: of the right shape, and surely wrong against the text."""

from __future__ import annotations

import pytest

from granulator.extraction import candidates, distractors
from granulator.extraction.candidates import BLANK
from tests.unit.extraction.samples import vocabulary

ASKED = "The bosun keeps the hemp rope in the dry cabin behind the forward mast."
FILLER = (
    "The crew likes the brass bell. Nobody touches the brass bell. The mate reads the paper chart. "
    "Rain spoils the paper chart. The cook turns the steel winch. Rust eats the steel winch. "
    "The boy mends the canvas cover. Wind tears the canvas cover. The diver owns the nylon cord. "
    "Sun bleaches the nylon cord. Salt weakens the hemp rope."
)


LISTED = "\n".join(
    f"- **{name}**: number {place} of the loft."
    for place, name in enumerate(
        ["hemp rope", "brass bell", "paper chart", "steel winch", "canvas cover", "nylon cord", "tow rope",
         "tow method", "Tarnby", "Norham", "Hasle", "Selby",
         "fs.read()", "fs.open()", "fs.stat()", "stream.read()", "stream.seek()"]
    )
)  # fmt: skip
"""Only what the source lists side by side is of one class."""


def wrong_answers(text: str, answer: str, *, is_listed: bool = True) -> list[str]:
    known = vocabulary(f"# Stores of rope and northern lamps\n\n{text}\n\n{LISTED if is_listed else ''}\n")
    found = candidates.candidates(known, known.reading.usable, {})
    candidate = next(one for one in found if one.term.text == answer)
    text, place = candidate.sentence.text, candidate.occurrence
    return distractors.find(known, candidate, text[: place.start] + BLANK + text[place.end :], is_strict=False)[0]


def test_terms_of_the_same_shape_are_offered():
    wrong = wrong_answers(f"{ASKED}\n\n{FILLER}", "hemp rope")

    assert len(wrong) == 3
    assert set(wrong) <= {"brass bell", "paper chart", "steel winch", "canvas cover", "nylon cord"}


def test_words_the_source_never_lists_side_by_side_are_not_offered_for_each_other():
    assert wrong_answers(f"{ASKED}\n\n{FILLER}", "hemp rope", is_listed=False) == []


@pytest.mark.parametrize(
    "said", ["bosun keeps {} in the dry cabin", "crew and the bosun hang {} in a cabin behind the mast"]
)
def test_a_term_of_which_the_text_says_nearly_the_same_is_not_offered(said: str):
    offered = wrong_answers(f"{ASKED}\n\n{FILLER}", "hemp rope")

    statement = "Every evening the " + said.replace("{}", f"the {offered[0]}") + "."
    assert offered[0] not in wrong_answers(f"{ASKED}\n\n{FILLER}\n\n{statement}", "hemp rope")


def test_a_term_listed_together_with_the_answer_is_not_offered():
    offered = wrong_answers(f"{ASKED}\n\n{FILLER}", "hemp rope")

    statement = f"Nobody lends out the hemp rope or the {offered[0]}."
    assert offered[0] not in wrong_answers(f"{ASKED}\n\n{FILLER}\n\n{statement}", "hemp rope")


def test_amounts_of_the_text_are_not_offered_as_wrong_amounts():
    known = vocabulary(
        "# Times\n\nThe pump of the fire boat runs for 20 minutes on one tank. The crane rests for 40 minutes.\n"
    )
    found = candidates.candidates(known, known.reading.usable, {})
    candidate = next(one for one in found if one.term.text == "20")
    wrong = distractors.amounts(known, candidate)

    assert len(set(wrong)) == 3
    assert set(wrong).isdisjoint({"20", "40"})


@pytest.mark.parametrize(("rival", "is_offered"), [("stream.read()", False), ("stream.seek()", True)])
def test_names_that_end_alike_are_never_offered_for_each_other(rival: str, is_offered: bool):
    text = (
        "The loader fills the page cache with a call to `fs.read()` before any user logs in.\n\n"
        f"The player makes a sound with a call to `{rival}` at noon. A call to `fs.open()` needs rights. "
        "A call to `fs.stat()` needs none."
    )
    wrong = wrong_answers(text, "fs.read()")

    assert {"fs.open()", "fs.stat()"} <= set(wrong)
    assert (rival in wrong) == is_offered


def test_a_phrase_that_ends_in_a_word_for_anything_is_not_offered():
    generic = "Storms hide the minor thing. Few saw the tow method. Many like the tow method."

    assert "tow method" not in wrong_answers(f"{ASKED}\n\n{FILLER}\n\n{generic}", "hemp rope")


def test_a_phrase_that_shares_a_word_is_offered_only_when_the_text_defines_both():
    more = "Storms test the tow rope. Few understand the tow rope."
    defined = "A hemp rope is a line of plant fibre. A tow rope is a line for pulling."

    assert "tow rope" not in wrong_answers(f"{ASKED}\n\n{FILLER}\n\n{more}", "hemp rope")
    assert "tow rope" in wrong_answers(f"{ASKED}\n\n{FILLER}\n\n{more}\n\n{defined}", "hemp rope")


@pytest.mark.parametrize(("seen", "is_offered"), [("in Selby", True), ("for Selby", False)])
def test_a_name_is_offered_only_when_it_was_seen_behind_the_same_word(seen: str, is_offered: bool):
    text = "The oldest lamps of the northern coast were cast in Tarnby before every cold winter night."
    others = "Few live in Norham. Many live in Hasle. Some died in Norham. Others died in Hasle."
    more = f"They met {seen}. Nobody danced {seen}. Anyone slept {seen}. Crowds danced in Tarnby."

    assert ("Selby" in wrong_answers(f"{text}\n\n{FILLER}\n\n{others}\n\n{more}", "Tarnby")) == is_offered
