"""The token estimate: near the counts of a real vocabulary, linear, and corrected by what was billed."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from granulator.providers.tokens import START, Calibration, Key, estimate

# Texts of our own, made of words whose tokens in o200k_base are published, so that each count is exact.
COUNTED = [
    (
        "The history of music is a journey across the world. From painting and film to literature, "
        "each form of art has its own unique story to tell.",
        30,
        0.15,
    ),
    ("const total = (a, b) => a + b;", 13, 0.15),
    ("public class Employee { private int age; }", 9, 0.15),
    ('{"name": "banana", "age": 3, "city": "New York"}', 19, 0.15),
    ("Guten Tag, wie geht es Ihnen? Was ist überhaupt dein Lieblingsfilm?", 16, 0.25),
    ("Dobrý den, jak se máte?", 9, 0.25),
    ("你好，世界！我喜欢汉字。", 9, 0.25),
]

KEY = Key("openai", "gpt-6-luna", "course", "en")


@pytest.mark.parametrize(("text", "counted", "tolerance"), COUNTED)
def test_estimate_is_near_the_count_of_a_real_vocabulary(text: str, counted: int, tolerance: float) -> None:
    assert estimate(text) == pytest.approx(counted, rel=tolerance)


def test_estimate_is_0_only_for_an_empty_text() -> None:
    assert [estimate(text) for text in ("", " ", "a", "\n", "\x00")] == [0, 1, 1, 1, 1]


def test_a_long_word_a_long_number_and_capitals_are_more_than_one_token() -> None:
    assert [estimate(text) for text in ("straightforwardness", "1234567", "CHRYSANTHEMUM", "🌍🌳")] == [3, 3, 5, 5]


def test_indentation_and_blank_lines_cost_one_token_however_wide() -> None:
    assert estimate("x\n" + " " * 40 + "y") == estimate("x\n  y") == 4


def test_accents_tell_a_language_that_costs_more_tokens_per_word() -> None:
    plain = "Nejlepsi zpusob uceni nam ukazuje dlouholeta zkusenost zaku"
    accented = "Nejlepší způsob učení nám ukazuje dlouholetá zkušenost žáků"

    assert estimate(accented) > 2 * estimate(plain)


@pytest.mark.parametrize(("text", "counted", "tolerance"), COUNTED)
def test_a_thousand_times_the_text_is_a_thousand_times_the_tokens(text: str, counted: int, tolerance: float) -> None:
    long = (text + "\n") * 1000

    assert estimate(long) == pytest.approx(1000 * (estimate(text + "\n\n") - 1), rel=0.12)


@pytest.mark.parametrize("piece", ["a", "A", " ", " \n", "9", "é", "-", "字", "aA", "a1", "\u0301", "x" * 400 + " "])
def test_hostile_text_takes_no_longer_than_prose(piece: str) -> None:
    text = (piece * 400_000)[:400_000]
    started = time.process_time()

    estimate(text)

    assert time.process_time() - started < 2


@given(st.text(max_size=200))
def test_no_text_has_more_tokens_than_bytes(text: str) -> None:
    size = len(text.encode("utf-8", "surrogatepass"))

    assert min(1, size) <= estimate(text) <= size


def test_factor_is_the_first_bill_then_moves_a_fifth_of_the_way_to_each() -> None:
    calibration = Calibration()

    calibration.learn(KEY, 1000, 1200)
    first = calibration.factor(KEY)
    calibration.learn(KEY, 1000, 1700)

    assert (first, calibration.factor(KEY)) == (1.2, pytest.approx(1.3))


def test_factor_before_any_bill_is_the_vendors_own_figure_or_1() -> None:
    calibration = Calibration()

    assert calibration.factor(KEY) == 1.0
    assert calibration.factor(KEY._replace(provider="claude")) == START["claude"] == 1.3


def test_keys_learn_apart() -> None:
    calibration = Calibration()

    calibration.learn(KEY, 100, 150)

    assert calibration.factor(KEY._replace(language="de")) == 1.0


@pytest.mark.parametrize(("estimated", "actual"), [(0, 10), (10, 0), (-1, 10)])
def test_a_call_without_a_count_teaches_nothing(estimated: int, actual: int) -> None:
    calibration = Calibration()

    calibration.learn(KEY, estimated, actual)

    assert calibration.factor(KEY) == 1.0


def test_the_key_learnt_longest_ago_is_forgotten_when_the_memory_is_full() -> None:
    calibration = Calibration(capacity=2)
    first, second, third = (KEY._replace(template=name) for name in ("course", "quiz", "novel"))
    calibration.learn(first, 10, 20)
    calibration.learn(second, 10, 20)
    calibration.learn(first, 10, 20)

    calibration.learn(third, 10, 20)

    assert [calibration.factor(key) for key in (first, second, third)] == [2.0, 1.0, 2.0]
