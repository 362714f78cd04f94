"""What a description repeats of a name: as it stands, in another form, or by a word that means the same."""

from __future__ import annotations

import pytest

from granulator.extraction import echoing

OTHERS = ["LOCK_DEPTH", "LOCK_GATES"]


@pytest.mark.parametrize(
    ("name", "text", "does_echo"),
    [
        ("--logfile", "Path to the file that takes what is told", True),
        ("retries", "How often the barge has been retried", True),
        ("id", "The unique id of a barge", True),
        ("pidfile", "Where the pid file of the tug is kept", True),
        ("LOCK_TOLL", "The lock keeper counts it in coins", False),
        ("chart2", "Sheet 2 of the river", True),
        ("silent", "No lamp burns in the tower", False),
        ("size_approx", "An estimate for the barge", True),
        ("exclude", "Barges that must be skipped", True),
        ("os", "The operating system of the tug", True),
        ("autorestart", "Automatically restart the pump", True),
        ("minCrew", "The least that must be aboard", True),
        ("resolution", "Width and height of the chart", True),
        ("use_ad_stop", "Skip the ads on the quay", True),
        ("cleanup_on_error", "After a failure the deck is cleared", True),
    ],
)
def test_a_name_is_echoed_by_any_form_or_kin_of_a_part_that_the_others_do_not_have(
    name: str, text: str, does_echo: bool
):
    assert echoing.echoes(text, name, OTHERS) == does_echo


def test_a_name_is_not_betrayed_where_another_one_is_heard_as_loudly():
    text = "The ratio of the sides of the picture"

    assert echoing.echoes(text, "side_ratio", ["lock_gate"])
    assert not echoing.echoes(text, "stretched_ratio", ["aspect_ratio"])


def test_a_name_that_is_heard_whole_is_betrayed_beside_one_that_is_heard_in_part():
    assert echoing.echoes("Name of the container format", "container", ["format_id"])


@pytest.mark.parametrize(("other", "is_kin"), [("max_barges", True), ("barge_limit", True), ("lamp_oil", False)])
def test_names_are_kin_by_a_word_of_both_or_by_one_that_stands_for_it(other: str, is_kin: bool):
    assert echoing.are_kin("max_tugs", other) == is_kin
