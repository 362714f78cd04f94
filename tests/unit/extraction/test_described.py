"""Things a document describes in rows: what they are called, what is said of them and what they are by default."""

from __future__ import annotations

import pytest

from granulator.extraction import described
from tests.unit.extraction.samples import vocabulary


def found(text: str, form: str = "markdown") -> dict[str, tuple[str, str]]:
    return {one.term: (one.text, one.default) for one in described.things(vocabulary(text, form).reading)}


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ("-f, --force", "--force"),
        ("-q", "-q"),
        ("close(reason, code=1)", "close()"),
        ("param rope", ""),
        ("returns", ""),
        ("LOCK_DEPTH (metres)", "LOCK_DEPTH"),
        ("Slack tide", "Slack tide"),
        ("a rope that is much too long to be a name", ""),
    ],
)
def test_a_thing_is_called_by_its_bare_name(head: str, name: str):
    assert described.name(head) == name


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("the depth of the lock chamber at low water.", "The depth of the lock chamber at low water"),
        ("This setting controls the depth of the lock chamber.", "Controls the depth of the lock chamber"),
        ("LOCK_DEPTH is the depth of the lock chamber at noon.", "The depth of the lock chamber at noon"),
        ("(int) Depth of the lock chamber at noon. Defaults to 4.", "Depth of the lock chamber at noon"),
        ("Depth of the chamber.", ""),
        ("See the table below for the depth of the lock chamber.", ""),
        ("The same depth as in the example above the lock chamber.", ""),
        ("A simple way to measure the lock chamber depth.", ""),
        ("Depth of the lock chamber: 3, 4 or 5.", ""),
        ("Their depth is that of the old lock chamber.", ""),
    ],
)
def test_a_description_is_kept_where_it_stands_alone(text: str, told: str):
    assert described.said(text, "LOCK_DEPTH") == told


ROWS = """# Lock tool

## Lock settings

- `LOCK_DEPTH`: Depth of the lock chamber in metres at low water.
- `LOCK_WIDTH`: Distance between both stone walls of the chamber. Default: 12.
- `LOCK_LIGHTS`: Whether lamps burn over both gates at night. Defaults to true.
- `LOCK_NAME`: See the boards beside the entrance of the lock.
"""


def test_settings_have_their_descriptions_and_their_defaults():
    assert found(ROWS) == {
        "LOCK_DEPTH": ("Depth of the lock chamber in metres at low water", ""),
        "LOCK_WIDTH": ("Distance between both stone walls of the chamber", "12"),
        "LOCK_LIGHTS": ("Whether lamps burn over both gates at night", "true"),
    }


def test_the_head_of_an_entry_may_give_the_default():
    text = "<h1>Lock</h1><dl><dt>LOCK_DEPTH (default: 4)</dt><dd>Depth of the lock chamber at low water.</dd></dl>"

    assert found(text, "html") == {"LOCK_DEPTH": ("Depth of the lock chamber at low water", "4")}


def test_things_of_one_list_are_one_family_below_its_heading():
    rows = described.things(vocabulary(ROWS, "markdown").reading)

    assert len({one.family for one in rows}) == 1
    assert {one.place for one in rows} == {"Lock settings"}


def test_a_table_describes_things_and_gives_their_defaults():
    rows = "\n".join(
        f"| `{name}` | {default} | {text} |"
        for name, default, text in (
            ("lock_depth", "4", "Depth of the lock chamber at low water"),
            ("lock_width", "12", "Distance between both stone walls"),
            ("lock_crew", "2", "Number of keepers beside the gates"),
            ("lock_toll", "30", "Coins that a barge has to pay"),
        )
    )
    text = f"# Lock tool\n\n| Setting | Default | Description |\n|---|---|---|\n{rows}\n\nThe tool opens the lock.\n"

    assert found(text)["lock_crew"] == ("Number of keepers beside the gates", "2")
    assert len(found(text)) == 4


def test_a_column_of_defaults_of_another_thing_is_not_read():
    rows = "\n".join(f"| `lock_{name}` | 1{number}s |" for number, name in enumerate("abcd"))
    text = f"# Lock tool\n\n| Setting | Default timeout |\n|---|---|\n{rows}\n\nThe tool opens the lock.\n"

    assert found(text) == {}


def test_a_name_above_an_indented_text_is_described_by_it():
    text = "<h1>Lock</h1><p>lock_depth</p><blockquote><p>Depth of the lock chamber at low water.</p></blockquote>"

    assert found(text, "html") == {"lock_depth": ("Depth of the lock chamber at low water", "")}


def test_a_default_of_a_list_further_down_is_not_that_of_the_thing():
    text = (
        ROWS
        + "\n## basic\n\nThe plain look of the harbour pages.\n\n- It burns lamps at night, which defaults to false.\n"
    )

    assert found(text)["basic"] == ("The plain look of the harbour pages", "")


@pytest.mark.parametrize("title", ["Examples", "See also", "Changes"])
def test_what_is_beside_the_matter_is_left_out(title: str):
    assert found(ROWS.replace("## Lock settings", f"## {title}")) == {}


def test_a_name_that_stands_for_two_things_is_left_out():
    twice = ROWS + "\n## Old settings\n\n- `LOCK_DEPTH`: Number of steps from the wall to the ground.\n"

    assert ("LOCK_DEPTH" in found(ROWS), "LOCK_DEPTH" in found(twice)) == (True, False)
