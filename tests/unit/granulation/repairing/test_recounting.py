"""Counts, numbers and sums of a structure, made to agree with what it holds."""

from __future__ import annotations

import json

import pytest

from granulator.granulation.repairing import recount
from granulator.model import StructureType
from tests.unit.granulation.samples import LEARNING_PATH, NOVEL, QUIZ, clean, learning_path, novel, quiz


@pytest.mark.parametrize("structure_type", StructureType)
def test_a_structure_that_counts_right_stays_the_very_same_bytes(structure_type: StructureType) -> None:
    structure = clean(structure_type)

    assert json.dumps(recount(structure_type, structure)) == json.dumps(clean(structure_type))


def test_the_questions_of_a_quiz_are_counted_again() -> None:
    structure = quiz()
    del structure["categories"][0]["questions"][0]

    assert recount(QUIZ, structure) == structure | {"quizOverview": structure["quizOverview"] | {"totalQuestions": 9}}


def test_acts_and_chapters_are_numbered_and_the_words_of_a_novel_added_up() -> None:
    structure = novel()
    structure["acts"][0]["chapters"][0]["chapterNumber"] = 7
    structure["acts"][1]["actNumber"] = 1
    structure["novelOverview"]["targetWords"] = 5

    assert recount(NOVEL, structure) == novel()


def test_the_hours_of_a_path_are_those_of_its_milestones() -> None:
    structure = learning_path()
    structure["milestones"][0]["hours"] += 2.5

    counted = recount(LEARNING_PATH, structure)

    before = learning_path()["pathOverview"]["totalHours"]
    assert counted == structure | {"pathOverview": structure["pathOverview"] | {"totalHours": before + 2.5}}


@pytest.mark.parametrize("hours", [None, "many", True])
def test_hours_that_are_no_number_leave_the_total_alone(hours: object) -> None:
    structure = learning_path()
    structure["milestones"][0]["hours"] = hours

    assert recount(LEARNING_PATH, structure) == structure
