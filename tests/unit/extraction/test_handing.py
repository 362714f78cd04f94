"""What steps work with: only what they say."""

from __future__ import annotations

import pytest

from granulator.extraction import handing


@pytest.mark.parametrize(
    ("text", "codes", "listing", "tools"),
    [
        ("Run make docs to build it.", ["make docs"], "", ("make",)),
        ("Stop the workers:", [], "$ queuectl stop\n", ("queuectl",)),
        ("Attach the label, using a wire clamp.", [], "", ("wire clamp",)),
        ("Set the value to use it.", ["value"], "", ()),
        ("Read the report.", ["make docs"], "", ()),
        ("Set it using the following values.", [], "", ()),
        ("Define the size:", [], "import size\n", ()),
    ],
)
def test_tools_are_programs_that_are_run_and_things_that_are_used(
    text: str, codes: list[str], listing: str, tools: tuple[str, ...]
):
    assert handing.tools(text, codes, listing) == tools


def test_what_one_step_makes_and_a_later_one_speaks_of_is_handed_on():
    texts = ["Write a label.", "Open the valve.", "Attach the label to the tank.", "Create a copy."]

    assert handing.handed(texts) == (((), ("label",)), ((), ()), (("label",), ()), ((), ()))


def test_nothing_is_handed_to_an_earlier_step():
    assert handing.handed(["Read the label.", "Write a label."]) == (((), ()), ((), ()))
