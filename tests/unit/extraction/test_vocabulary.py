"""Words and their stems."""

from __future__ import annotations

import pytest

from granulator.extraction import vocabulary


@pytest.mark.parametrize(
    "forms",
    [
        ("name", "names"),
        ("write", "writes", "writing"),
        ("stop", "stops", "stopped", "stopping"),
        ("box", "boxes"),
        ("class", "classes"),
        ("query", "queries"),
        ("pass", "passes"),
    ],
)
def test_the_forms_of_a_word_have_one_stem(forms: tuple[str, ...]):
    assert len({vocabulary.stem(form) for form in forms}) == 1


def test_words_of_other_meaning_keep_apart():
    assert len({vocabulary.stem(word) for word in ("string", "stream", "store", "press", "process")}) == 5


def test_content_words_leave_out_what_carries_no_topic():
    assert vocabulary.content_words("The harbour masters are writing it.") == ["harbour", "master", "writ"]
