"""What is made of the pieces of one answer, whatever a vendor puts into them."""

from __future__ import annotations

import pytest

from granulator.model import JsonObject, Usage
from granulator.providers.base import Stop
from granulator.providers.faults import Unusable
from granulator.providers.heard import CHARACTERS_MAX, Heard
from tests.providers.conftest import ask


def heard(*pieces: str) -> Heard:
    found = Heard(ask(), stop=Stop.COMPLETE)
    for piece in pieces:
        found.hear(piece)
    return found


def test_a_character_whose_halves_came_in_two_pieces_is_one_character() -> None:
    assert heard("a wave \ud83c", "\udf0a ends").result().text == "a wave \U0001f30a ends"


def test_half_of_a_character_becomes_a_mark_that_can_be_stored() -> None:
    assert heard("a \ud800 b").result().text == "a \ufffd b"


@pytest.mark.parametrize("value", ["\ud800", float("inf"), float("nan")])
def test_an_object_that_cannot_be_stored_is_left_to_whoever_reads_the_text(value: str | float) -> None:
    found = heard("{}")
    found.data = {"title": value}

    assert found.result().data is None


def test_an_object_nested_too_deeply_to_be_written_is_left_to_whoever_reads_the_text() -> None:
    deep: JsonObject = {}
    for _ in range(5000):
        deep = {"a": deep}
    found = heard("{}")
    found.data = deep

    assert found.result().data is None


def test_the_names_a_vendor_gives_are_short_lines() -> None:
    found = heard("a")
    found.model, found.raw_stop, found.request_id = "m\ud800\n" + "x" * 1000, "st\x00op", " \n"

    result = found.result()

    assert (result.model_served, result.raw_stop, result.request_id) == ("m" + "x" * 197, "stop", None)


def test_an_answer_without_end_is_not_heard_to_the_end() -> None:
    found = heard("x" * CHARACTERS_MAX)

    with pytest.raises(Unusable):
        found.hear("x")


def test_a_report_that_counts_no_output_is_completed_by_an_estimate() -> None:
    found = heard('{"title": "Tides", "hours": 3}')
    found.count(Usage(input_tokens=120, cached_input_tokens=64))

    spent = found.spent()

    assert (spent.input_tokens, spent.cached_input_tokens, spent.is_estimated) == (120, 64, True)
    assert 8 <= spent.output_tokens <= 20


def test_a_report_of_an_empty_answer_counts_as_it_is() -> None:
    found = heard()
    found.count(Usage(input_tokens=120))

    assert found.spent() == Usage(input_tokens=120)


@pytest.mark.parametrize(
    ("stop", "is_streamed", "is_over"),
    [
        (Stop.COMPLETE, True, True),
        (Stop.TRUNCATED, True, True),
        (Stop.UNKNOWN, True, False),
        (None, True, False),
        (Stop.COMPLETE, False, False),
    ],
)
def test_only_a_stream_that_said_why_it_stopped_is_over(stop: Stop | None, is_streamed: bool, is_over: bool) -> None:
    assert Heard(ask(), stop=stop, is_streamed=is_streamed).is_over is is_over
