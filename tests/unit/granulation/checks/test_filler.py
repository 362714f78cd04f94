"""Texts made of words that fit any subject are found wherever they stand; texts that name their subject are not."""

from __future__ import annotations

from typing import Any

import pytest

from granulator.granulation.checks import stand_ins
from granulator.model import StructureType
from tests.unit.granulation.samples import clean, found, put

BODIES = {
    StructureType.COURSE: "modules[0].lessons[1].content",
    StructureType.QUIZ: "categories[0].questions[1].explanation",
    StructureType.NOVEL: "acts[1].purpose",
    StructureType.WORKFLOW: "steps[1].description",
    StructureType.KNOWLEDGE_MAP: "concepts[2].definition",
    StructureType.LEARNING_PATH: "milestones[1].activities[0].description",
}


def written(kind: StructureType, text: str) -> Any:
    return put(clean(kind), BODIES[kind], text)


@pytest.mark.parametrize("kind", StructureType)
@pytest.mark.parametrize(
    "text",
    [
        "The author still has to work out this part.",
        "This is where the main text of the chapter would normally appear.",
        "Details will be discussed in the next version of this document.",
        "Put the actual description in here before publishing.",
        "The following paragraphs discuss the different sides of the issue in greater depth.",
        "More information about this will be made available at a later date.",
        "That is all there is to it.",
        "It is worth a closer look.",
    ],
)
def test_a_text_that_could_stand_anywhere_is_a_placeholder_in_every_structure(kind: StructureType, text: str) -> None:
    assert found(stand_ins.placeholder, written(kind, text)) == [("placeholder", BODIES[kind])]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (StructureType.QUIZ, "Two halves make a whole."),
        (StructureType.QUIZ, "The source says: \">>> '{0}, {1}'.format('a', 'b')\""),
        (StructureType.NOVEL, "She writes the last chapter of her life."),
        (StructureType.WORKFLOW, "Write the summary and attach the results."),
        (StructureType.WORKFLOW, "Update the document and publish the new version."),
        (StructureType.KNOWLEDGE_MAP, "The part of a document that comes first."),
        (StructureType.KNOWLEDGE_MAP, "A way of doing something that has become normal."),
        (StructureType.LEARNING_PATH, "Read the chapter and take notes."),
        (
            StructureType.LEARNING_PATH,
            "Redraw each bad example with a partner and explain the choice in two sentences.",
        ),
    ],
)
def test_general_words_are_no_placeholder_where_they_mean_something(kind: StructureType, text: str) -> None:
    assert found(stand_ins.placeholder, written(kind, text)) == []


def test_words_of_writing_are_content_where_writing_is_the_subject() -> None:
    structure = written(StructureType.QUIZ, "The first sentence of a paragraph says what the paragraph is about.")

    assert found(stand_ins.placeholder, structure, topic="How to write a paragraph and its sentences") == []
    assert found(stand_ins.placeholder, structure) != []


def test_a_module_may_be_described_by_a_sentence_that_goes_on_from_its_title() -> None:
    structure = put(clean(StructureType.COURSE), "modules[1].description", "Where it goes, and when it is ready.")

    assert found(stand_ins.placeholder, structure) == []


def test_a_text_in_another_language_is_not_measured_by_english_words() -> None:
    structure = written(StructureType.QUIZ, "Details will be discussed in the next version of this document.")
    structure["quizOverview"]["language"] = "de"

    assert found(stand_ins.placeholder, put(structure, BODIES[StructureType.QUIZ], "Das ist so, wie es ist.")) == []
