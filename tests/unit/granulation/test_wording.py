"""Words: counted in every script, code set apart, phrases found whole."""

from __future__ import annotations

import pytest

from granulator.granulation import wording


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("A heap needs air.", 4),
        ("Don't over-water it: e.g. 2.5 litres", 6),
        ("Über façade naïve", 3),
        ("堆肥需要空气。", 6),
        ("コンポスト needs 空気", 8),
        ("Run `heap.turn()` twice", 2),
        ("Run:\n\n```python\nheap.turn(now)\n```\n\nThen wait.", 3),
        ("Run:\n\n~~~\nheap turn now\n", 1),
        ("السماد يحتاج الهواء", 3),
        ("हिन्दी में खाद", 3),
        ("cafe\u0301 nai\u0308ve", 2),
        ("می\u200cخواهم بروم", 2),
        ("com\u00adpost heap", 2),
        ("— … !", 0),
    ],
)
def test_words_are_counted_by_script_and_without_code(text: str, count: int) -> None:
    assert wording.words(text) == count


@pytest.mark.parametrize(
    "text",
    ["def turn(heap):\n    return heap", ">>> 1 + 1\n2", "x = 3", "print('a')", "$ pip install heap", "if (a) {\n}\n"],
)
def test_program_text_is_code(text: str) -> None:
    assert wording.is_code(text)


@pytest.mark.parametrize(
    "text",
    ["", "If the heap is cold, add greens.", "A bucket of peelings", "For example: turn it.", "Return to the top."],
)
def test_prose_is_not_code(text: str) -> None:
    assert not wording.is_code(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("stored", "stores"),
        ("storing", "store"),
        ("heaps", "heap"),
        ("stopped", "stop"),
        ("studies", "studying"),
        ("makes", "making"),
    ],
)
def test_forms_of_one_word_share_a_stem(one: str, other: str) -> None:
    assert wording.stem(one) == wording.stem(other)


@pytest.mark.parametrize(
    ("one", "other"), [("class", "clash"), ("press", "presto"), ("bus", "bun"), ("carbon", "cardboard")]
)
def test_different_words_do_not(one: str, other: str) -> None:
    assert wording.stem(one) != wording.stem(other)


@pytest.mark.parametrize(
    ("text", "phrase", "is_there"),
    [
        ("the module search path", "module", True),
        ("the modules", "module", False),
        ("use sys.path here", "sys.path", True),
        ("use --help here", "--help", True),
        ("catalogue of a log", "log", True),
        ("anything", "", False),
    ],
)
def test_a_phrase_is_found_as_whole_words(text: str, phrase: str, is_there: bool) -> None:
    assert wording.contains(text, phrase) is is_there
