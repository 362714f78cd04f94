"""What tells somebody to do something, who is told, and what it is called in short."""

from __future__ import annotations

import pytest

from granulator.extraction import imperatives


@pytest.mark.parametrize(
    "text",
    [
        "Open the valve.",
        "First, close the inlet.",
        "If the valve leaks, close the main tap.",
        "To empty the tank, open the outlet.",
        "Once the water is clear, gently stir the tank.",
        "Build: compile the sources.",
        "Optional but useful: open an issue.",
    ],
)
def test_an_order_is_one_behind_whatever_leads_to_it(text: str):
    assert imperatives.is_order(text)


@pytest.mark.parametrize(
    "text",
    [
        "Example: Open the valve.",
        "Log files and caches might be stale.",
        "The valve opens.",
        "Water is hot.",
        "Order is kept by the master.",
        "Record: a flat disk",
        "Yeast is alive.",
        "",
    ],
)
def test_a_statement_is_no_order(text: str):
    assert not imperatives.is_order(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Open the upper doors and let the vessel in.", "Open the upper doors and let the vessel in"),
        ("Then fill the chamber until the gauge shows river level.", "Fill the chamber"),
        ("The shift leader writes a label with the number.", "Write a label with the number"),
        ("The operator must press the red button.", "Press the red button"),
        ("Install the tool by running the script.", "Install the tool"),
        ("Now install the tool by running: pip install tool.", "Install the tool"),
        ("Go to https://example.org/a: it opens.", "Go to https://example.org/a"),
        ("Run `make`, then wait.", "Run `make`"),
        ("Start by checking out the branch.", "Start by checking out the branch"),
        ("Stop. Wait for green.", "Stop"),
        ("\u2705 Check the lamp.", "Check the lamp"),
        ("\U0001f525 Boil the water", "Boil the water"),
        (
            "Verify that the numbers on the lid are those of the list on the wall of the office.",
            "Verify that the numbers on the lid are those of the list",
        ),
    ],
)
def test_a_step_is_called_by_its_verb_and_what_it_is_done_to(text: str, name: str):
    assert imperatives.short(text) == name


@pytest.mark.parametrize(
    ("text", "actor"),
    [
        ("The operator opens the valve.", "operator"),
        ("If it rains, the lock keeper must close the gate.", "lock keeper"),
        ("Reviewers read it.", ""),
        ("The maintainers then merge the change.", "maintainer"),
        ("The form is signed by the shift leader.", "shift leader"),
        ("The valve opens slowly.", ""),
        ("Open the door.", ""),
    ],
)
def test_an_actor_is_one_who_can_act_and_does(text: str, actor: str):
    assert imperatives.actor(text) == actor


@pytest.mark.parametrize(
    ("verb", "base"), [("opens", "open"), ("carries", "carry"), ("passes", "pass"), ("is", ""), ("gate", "")]
)
def test_the_base_form_of_a_verb(verb: str, base: str):
    assert imperatives.base_form(verb) == base


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Do not open the valve.", "Do not open the valve"),
        ("Never touch the lid.", "Never touch the lid"),
        ("If the tank is hot, do not open the lid.", "Do not open the lid"),
        ("To keep the name, don\u2019t follow the link.", "Don\u2019t follow the link"),
        ("You must not lift the float.", "You must not lift the float"),
    ],
)
def test_the_name_of_what_is_forbidden_forbids_it_too(text: str, name: str):
    assert (imperatives.forbids(text), imperatives.short(text)) == (True, name)
