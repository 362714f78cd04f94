"""Procedures of a document: what is one, what only looks like one, and what belongs to each step."""

from __future__ import annotations

import pytest

from granulator.extraction import procedures
from granulator.extraction.steps import Procedure
from tests.unit.extraction.procedure_samples import BREWERY, RUNBOOK, SECTIONS
from tests.unit.extraction.samples import HARBOUR, reading

HTML_LIST = """<h1>Kiln</h1><p>Fire the kiln in this order:</p>
<ol><li>Load the shelves.</li><li>Close the door.<ul><li>Turn the bolt.</li><li>Check the seal.</li></ul></li>
<li>Light the burner.</li></ol>"""

TYPED = """Fire drill

To clear the building, do this:

1. Sound the alarm in the hall,
   which hangs beside the door.
2. Lead the guests to the yard.

   The yard lies behind the kitchen.

3. Count the guests.
"""


def found(text: str, form: str = "markdown") -> tuple[Procedure, ...]:
    return procedures.procedures(reading(text, form))


def texts(procedure: Procedure) -> list[str]:
    return [step.text for step in procedure.steps]


def test_a_numbered_list_of_orders_is_a_procedure_with_its_lead_and_who_carries_it_out():
    filling = found(BREWERY)[0]

    assert (filling.title, filling.lead, filling.actor, len(filling.steps)) == (
        "Filling a tank",
        "The brewer follows these steps:",
        "brewer",
        8,
    )
    assert filling.steps[6].listings == ("tankctl fill --slow",)
    assert [step.number for step in filling.steps] == list(range(1, 9))


def test_a_sequence_told_in_prose_is_a_procedure():
    emptying = found(BREWERY)[1]

    assert (emptying.title, texts(emptying)) == (
        "Emptying a tank",
        [
            "First, close the inlet valve and warn the brewer.",
            "Then open the outlet valve.",
            "After that, wait for the pump to run dry.",
            "Finally, close the outlet valve and write the time into the log.",
        ],
    )


def test_facts_alternatives_and_release_notes_are_no_procedures():
    assert [one.title for one in found(BREWERY)] == ["Filling a tank", "Emptying a tank"]


def test_headings_that_are_steps_are_a_procedure_with_the_lists_in_them_as_substeps():
    (moving,) = found(SECTIONS)

    assert [(step.number, step.name, step.text) for step in moving.steps] == [
        (1, "Sort the folders", "Sort all folders by year. Throw away copies."),
        (2, "Pack the boxes", "Pack the folders of one year into one box."),
        (3, "Hand the boxes over", "Give the boxes to the driver. Keep the receipt in the office."),
        (4, "Lock the empty room", "Lock the empty room"),
    ]
    assert [step.text for step in moving.steps[1].inner] == [
        "Write the year on the lid.",
        "Tape the box from below.",
        "Weigh the box on the scale.",
    ]


def test_a_list_in_a_page_keeps_its_substeps():
    (kiln,) = found(HTML_LIST, "html")

    assert texts(kiln) == ["Load the shelves.", "Close the door.", "Light the burner."]
    assert [step.text for step in kiln.steps[1].inner] == ["Turn the bolt.", "Check the seal."]


def test_typed_text_keeps_the_paragraphs_of_an_item_with_it():
    (drill,) = found(TYPED, "text")

    assert texts(drill) == [
        "Sound the alarm in the hall, which hangs beside the door.",
        "Lead the guests to the yard. The yard lies behind the kitchen.",
        "Count the guests.",
    ]


def test_a_list_of_orders_without_numbers_is_one_only_under_a_title_that_says_so():
    orders = "- Stop the pump.\n- Drain the pipe.\n- Remove the filter.\n"

    assert len(found(f"# Manual\n\n## Replacing the filter\n\n{orders}")) == 1
    assert found(f"# Manual\n\n## The filter\n\n{orders}") == ()


def test_spans_of_steps_resolve_into_the_source():
    for text in (BREWERY, RUNBOOK, HARBOUR):
        for procedure in found(text):
            for step in procedure.steps:
                assert step.sentences[0].split()[0] in text[step.start : step.end]


@pytest.mark.parametrize(
    "text",
    [
        "# Notes\n\nNothing is to be done here. The sea is calm today and the wind is low.\n",
        "# Facts\n\n1. The Danube is long.\n2. The Rhine is wide.\n3. The Elbe is cold.\n",
        "# Contents\n\n1. [Open it](#a)\n2. [Close it](#b)\n3. [Move it](#c)\n",
        "# Two\n\n1. Open the door.\n2. Close the door.\n",
    ],
)
def test_a_document_without_a_procedure_has_none(text: str):
    assert found(text) == ()


def test_a_paragraph_after_a_list_of_a_page_belongs_to_no_step():
    page = "<h1>Setup</h1><p>Follow these steps:</p><ol><li>Open it.</li><li>Fill it.</li><li>Close it.</li></ol>"

    procedure = found(f"{page}\n<p>The lid may stay warm for an hour.</p>", "html")[0]

    assert texts(procedure) == ["Open it.", "Fill it.", "Close it."]


def test_names_with_what_they_mean_below_are_no_steps():
    methods = "".join(
        f"<li><p>{name}</p><blockquote>Return the number of {name} jobs.</blockquote></li>"
        for name in ("waiting", "running", "failed")
    )

    assert found(f"<h1>Setup</h1><p>It has the following operations:</p><ul>{methods}</ul>", "html") == ()


def test_what_is_told_under_two_terms_is_no_sequence():
    one = "<dt>By hand</dt><dd><p>It takes an hour.</p><p>First open the inlet. Then fill the tank.</p></dd>"
    other = "<dt>By pump</dt><dd><p>It takes a minute.</p>"
    other += "<p>Then start the pump. Finally close the inlet. Write down the level.</p></dd>"

    assert found(f"<h1>Filling</h1><dl>{one}{other}</dl>", "html") == ()
