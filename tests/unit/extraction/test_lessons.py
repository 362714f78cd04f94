"""Writing a lesson from a stretch of a document."""

from __future__ import annotations

from granulator.extraction import lessons, outline
from granulator.extraction.lessons import Lesson
from tests.unit.extraction.samples import HARBOUR, ranks, vocabulary

PLAIN = HARBOUR.replace("**", "").replace("`", "")


def write(words: int = 200, *, exercises: int = 2, needs_example: bool = False) -> list[Lesson]:
    known = vocabulary()
    return [
        lessons.write(
            known.reading,
            known.terms,
            ranks(known.reading),
            segment,
            words=words,
            exercises=exercises,
            needs_example=needs_example,
        )
        for group in outline.divide(known.reading, known.terms, 2, 4)
        for segment in group.lessons
    ]


def test_content_is_made_of_sentences_of_the_source_in_their_order():
    for lesson in write():
        places = [PLAIN.index(paragraph) for paragraph in lesson.content.split("\n\n")]
        assert places == sorted(places)


def test_key_points_are_some_of_the_sentences_of_the_content():
    for lesson in write():
        assert 2 <= len(lesson.key_points) <= 5
        assert all(point in lesson.content for point in lesson.key_points)
        assert sum(map(len, lesson.key_points)) < len(lesson.content)


def test_content_keeps_to_the_words_asked_for():
    assert [len(lesson.content.split()) <= 70 for lesson in write(words=60)] == [True] * 4
    assert max(len(lesson.content.split()) for lesson in write(words=500)) > 100


def test_listings_are_kept_verbatim_as_examples():
    assert [lesson.examples for lesson in write() if lesson.examples] == [
        ("berth 4: Anna Lena, until Friday\nberth 5: free",)
    ]


def test_a_lesson_that_needs_an_example_quotes_one_from_the_source():
    for lesson in write(needs_example=True):
        assert lesson.examples
        assert all(example in HARBOUR or example in PLAIN for example in lesson.examples)


def test_exercises_come_in_the_number_asked_for_and_name_the_lesson():
    for lesson in write(exercises=2):
        assert len(lesson.exercises) == 2
        assert any(f"\u201c{lesson.title}\u201d" in exercise for exercise in lesson.exercises)
