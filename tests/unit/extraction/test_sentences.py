"""Splitting into sentences, and telling which of them can stand alone."""

from __future__ import annotations

import pytest

from granulator.extraction import sentences
from granulator.extraction.sentences import Sentence
from tests.unit.extraction.samples import document


def split(text: str) -> list[Sentence]:
    return sentences.split(document(text, "text").blocks[0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One is here. Two is there!", ["One is here.", "Two is there!"]),
        ("Use e.g. a rope. Dr. Ross did.", ["Use e.g. a rope.", "Dr. Ross did."]),
        ("See J. R. Bond at 3.5 km. He waits.", ["See J. R. Bond at 3.5 km.", "He waits."]),
        ('She said "Stop." Then she left.', ['She said "Stop."', "Then she left."]),
        ("It calls ``open``. ``close`` follows.", ["It calls open.", "close follows."]),
        ("水は流れる。川は深い。", ["水は流れる。", "川は深い。"]),
        ("No end", ["No end"]),
    ],
)
def test_text_is_split_at_the_ends_of_sentences_only(text: str, expected: list[str]):
    assert [sentence.text for sentence in split(text)] == expected


def test_sentences_know_where_they_stand_in_the_source():
    read = document("# T\n\nThe *first* one\nends. The **second** goes on.\n")
    found = sentences.split(read.blocks[1], 1, 5)

    assert [read.text[sentence.start : sentence.end] for sentence in found] == [
        "The *first* one\nends.",
        "The **second** goes on.",
    ]
    assert [(sentence.order, sentence.block) for sentence in found] == [(5, 1), (6, 1)]


@pytest.mark.parametrize(
    "text",
    [
        "See also the manual of the tool.",
        "The options are listed as follows:",
        "Is this a question for you?",
        "and so it ends without a beginning.",
        "Returns the number of open files.",
        "Read more at https://a.example/page today.",
        "The parenthesis (is never closed here.",
        "179] The bracket was opened on the page before.",
        "A box < a case > a bag | a sack = all + none.",
    ],
)
def test_fragments_references_and_questions_are_not_complete(text: str):
    assert not sentences.is_complete(split(text)[0])


@pytest.mark.parametrize(
    "text",
    [
        "It keeps the door shut at night.",
        "However, the rope must be dry before use.",
        "The following rope is stronger than hemp.",
        "We tie the rope to the pole every day.",
        "A rope holds the load, as shown above in red.",
        "This makes the vessel drift away quickly.",
        "Ironically, the rope of the vessel was new.",
        "Assume the rope of the vessel is dry.",
        "Once that is done, the rope of the vessel must be dried.",
        "The rope of the vessel does not need to be dried here.",
        "The rope of the old vessel was hung up in his memory.",
        "Eventually, the rope of the vessel must be told to stop.",
        "To restate, the rope of the vessel must be dry.",
    ],
)
def test_sentences_that_lean_on_others_do_not_stand_alone(text: str):
    assert not sentences.stands_alone(split(text)[0])


def test_a_person_named_at_the_beginning_may_be_spoken_of_again():
    assert sentences.stands_alone(split("Brenner dried the rope of the vessel while he waited for wind.")[0])


def test_a_plain_statement_is_complete_stands_alone_and_has_a_main_clause():
    sentence = split("A mooring line holds the vessel when it lies at the quay.")[0]

    assert sentences.is_complete(sentence)
    assert sentences.stands_alone(sentence)
    assert sentences.has_main_clause(sentence)


@pytest.mark.parametrize("text", ["The number of ropes that can be tied at once.", "If the rope which is wet breaks."])
def test_a_noun_phrase_or_condition_alone_has_no_main_clause(text: str):
    assert not sentences.has_main_clause(split(text)[0])
