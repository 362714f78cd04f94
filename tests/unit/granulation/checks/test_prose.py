"""Lesson texts: each defect is found, and honest lessons are left alone."""

from __future__ import annotations

import random
from typing import Any

import pytest

from granulator.granulation.checks import prose
from tests.unit.granulation.samples import course, found, lesson, quiz

SECOND = "modules[1].lessons[1].content"


@pytest.mark.parametrize(
    "check", [prose.thin, prose.dup_content, prose.off_topic, prose.keypoints_unrelated, prose.ungrounded]
)
def test_clean_lessons_have_none_of_it(check: Any) -> None:
    assert found(check, course()) == []
    assert found(check, quiz()) == []


def with_second(text: str, kind: str = "user") -> Any:
    structure = course()
    lesson(structure, 1, 1).update(content=text, provenance={"kind": kind})
    return structure


def test_a_lesson_of_one_sentence_is_thin() -> None:
    assert found(prose.thin, with_second("This lesson explains when compost is ready for use.")) == [("thin", SECOND)]


def test_a_short_section_of_a_real_source_is_not_thin_unless_it_says_next_to_nothing() -> None:
    assert found(prose.thin, with_second("This section explains when compost is ready.", kind="source")) == []
    assert found(prose.thin, with_second("See above.", kind="source")) == [("thin", SECOND)]


def test_code_does_not_make_a_lesson_long() -> None:
    code = "Run it.\n\n```python\n" + "heap.turn(now, deep, twice, again)\n" * 20 + "```"

    assert found(prose.thin, with_second(code)) == [("thin", SECOND)]


def test_the_same_lesson_is_found_again() -> None:
    structure = with_second(lesson(course())["content"])

    assert found(prose.dup_content, structure) == [("dup_content", SECOND)]


def test_a_lesson_is_found_again_with_its_sentences_shuffled() -> None:
    sentences = lesson(course())["content"].split(". ")
    random.Random(7).shuffle(sentences)

    assert found(prose.dup_content, with_second(". ".join(sentences))) == [("dup_content", SECOND)]


def test_a_lesson_is_found_again_with_words_exchanged_and_sentences_shuffled() -> None:
    exchanged = {
        "heap": "pile",
        "dry": "parched",
        "fresh": "new",
        "surplus": "excess",
        "start": "beginning",
        "cold": "cool",
    }
    words = [exchanged.get(word, word) for word in lesson(course())["content"].split()]
    sentences = " ".join(words).split(". ")
    random.Random(3).shuffle(sentences)

    assert found(prose.dup_content, with_second(". ".join(sentences))) == [("dup_content", SECOND)]


def test_a_lesson_swallowed_by_a_longer_one_is_found() -> None:
    longer = " ".join((lesson(course())["content"], TAX, TAX.replace("tax", "duty").replace("annual", "monthly")))

    assert found(prose.dup_content, with_second(longer)) == [("dup_content", SECOND)]


def test_every_copy_among_hundreds_is_found_once() -> None:
    structure = course()
    structure["modules"][0]["lessons"] = [lesson(course())] * 300

    assert len(found(prose.dup_content, structure)) == 299


def test_modules_described_alike_are_found() -> None:
    structure = course()
    structure["modules"][1]["description"] = structure["modules"][0]["description"]

    assert found(prose.dup_content, structure) == [("dup_content", "modules[1].description")]


TAX = (
    "Income tax is assessed on annual earnings after allowances. Employers withhold instalments from each salary and "
    "transfer them to the revenue office. Self-employed persons file quarterly declarations instead. Deductions for "
    "commuting, pensions and insurance lower the assessment, whereas capital gains follow a separate schedule with "
    "its own exemption limits and reporting deadlines."
)


def test_a_lesson_on_something_else_is_off_topic() -> None:
    assert found(prose.off_topic, with_second(TAX)) == [("off_topic", "modules[1].lessons[1]")]


def test_key_points_of_another_lesson_are_unrelated() -> None:
    structure = course()
    lesson(structure)["keyPoints"] = ["Salaries are taxed by instalments.", "Pensions lower the assessment."]

    assert found(prose.keypoints_unrelated, structure) == [("keypoints_unrelated", "modules[0].lessons[0].keyPoints")]


def test_lessons_taken_from_the_source_are_grounded_in_it() -> None:
    source = "\n".join(entry["content"] for module in course()["modules"] for entry in module["lessons"])

    assert found(prose.ungrounded, course(), sources={"source": source}) == []


def test_a_lesson_the_source_does_not_support_is_ungrounded() -> None:
    source = "\n".join(entry["content"] for module in course()["modules"] for entry in module["lessons"])

    assert found(prose.ungrounded, with_second(TAX), sources={"source": source}) == [("ungrounded", SECOND)]
