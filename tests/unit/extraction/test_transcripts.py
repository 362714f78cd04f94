"""What recorded sessions printed: only what can be worked out from what is shown."""

from __future__ import annotations

import pytest

from granulator.extraction import transcripts
from granulator.extraction.transcripts import Exchange
from tests.unit.extraction.samples import reading


def found(*listings: str) -> list[Exchange]:
    blocks = "\n\n".join(f"Some prose stands here.\n\n```\n{listing}\n```" for listing in listings)
    return transcripts.exchanges(reading(f"# Sessions\n\n{blocks}\n"))


def printed(listing: str) -> list[tuple[str, str]]:
    return [(one.code, one.output) for one in found(listing)]


def test_the_output_of_a_statement_is_asked_for():
    assert printed(">>> sorted([3, 1, 2])\n[1, 2, 3]") == [(">>> sorted([3, 1, 2])", "[1, 2, 3]")]


def test_all_earlier_statements_are_shown_when_names_are_used():
    listing = ">>> boats = ['ada', 'bee']\n>>> boats.pop()\n'bee'\n>>> len(boats)\n1"

    assert printed(listing)[-1] == (">>> boats = ['ada', 'bee']\n>>> boats.pop()\n>>> len(boats)", "1")


def test_statements_of_several_lines_stay_whole():
    listing = ">>> for n in range(2):\n...     total = n\n...\n>>> total + 40\n41"

    assert printed(listing) == [(">>> for n in range(2):\n...     total = n\n>>> total + 40", "41")]


def test_comments_are_not_shown_for_they_may_tell_the_answer():
    assert printed(">>> len('a#b')  # gives three\n3") == [(">>> len('a#b')", "3")]


def test_the_name_of_an_exception_is_asked_for():
    (one,) = found(">>> int('x')\nTraceback (most recent call last):\n  ...\nValueError: invalid literal")

    assert (one.output, one.is_error) == ("ValueError", True)
    assert "ValueError" not in one.wrong


@pytest.mark.parametrize(
    "listing",
    [
        ">>> boats.pop()\n'ada'",
        ">>> import time\n>>> time.time()\n1699.5",
        ">>> object()\n<object object at 0x7f3a2b1c>",
        ">>> list(range(3000))\n[0, 1, ...]",
        ">>> list(set('ab'))\n['b', 'a']",
        ">>> 'hull'\n'hull'",
        ">>> hull = 3\n>>> hull\n3",
        ">>> {'a': 1, 'b': 2}.copy()\n{'a': 1, 'b': 2}",
        ">>> len('''a\n... b''')\n3",
    ],
)
def test_what_nobody_can_work_out_is_not_asked_for(listing: str):
    assert printed(listing) == []


def test_a_long_session_is_not_asked_for():
    assert printed("\n".join(f">>> n{k} = {k}" for k in range(9)) + "\n>>> n1 + n2\n3") == []


def test_a_session_with_a_statement_too_long_to_be_shown_is_not_asked_for():
    assert printed(f">>> total = {'1 + ' * 300}1\n>>> total + 1\n302") == []
    assert printed(f">>> total = {'1 + ' * 3}1\n>>> total + 1\n5")


@pytest.mark.parametrize(
    ("code", "output"),
    [
        ("2 ** 10", "1024"),
        ("7 / 2", "3.5"),
        ("'mast'.upper()", "'MAST'"),
        ("'a b c'.split()", "['a', 'b', 'c']"),
        ("divmod(17, 5)", "(3, 2)"),
        ("3 in [1, 2]", "False"),
    ],
)
def test_wrong_outputs_have_the_form_of_the_right_one_and_differ(code: str, output: str):
    (one,) = found(f">>> {code}\n{output}")

    assert len({output, *one.wrong}) == 4
    if output not in transcripts.WORDS:
        assert {wrong[0].isalnum() for wrong in one.wrong} == {output[0].isalnum()}


def test_outputs_that_differ_only_in_gaps_or_case_are_not_offered_together():
    listing = ">>> '1\\t2'.expandtabs()\n'1       2'\n>>> '1\\t2'.expandtabs(4)\n'1   2'"
    (_, narrow) = found(listing)

    assert narrow.output == "'1   2'"
    assert "'1       2'" not in narrow.wrong


def test_other_outputs_of_the_session_are_offered_first():
    one = found(">>> 2 ** 5\n32\n>>> 5 ** 2\n25\n>>> 2 * 5\n10")[0]

    assert one.wrong[:2] == ("25", "10")


def test_a_shell_command_is_asked_for_only_with_three_other_outputs_of_its_form():
    kinds = ("commit", "tree", "blob", "tag")
    listings = [f"$ show-kind {name}1\n{kind}" for name, kind in zip("abcd", kinds, strict=True)]

    assert found(*listings[:3]) == []
    assert [(one.code, one.output, set(one.wrong)) for one in found(*listings)][:1] == [
        ("$ show-kind a1", "commit", {"tree", "blob", "tag"})
    ]


def test_a_question_shows_the_session_and_is_to_be_applied():
    of = reading("# Sessions\n\nProse comes first.\n\n```\n>>> 2 ** 10\n1024\n```\n")
    (item,) = transcripts.items(of, transcripts.exchanges(of), 0, len(of.document.blocks))

    assert item.stem == "What does the last line of this session print?\n\n>>> 2 ** 10"
    assert (item.answer, item.bloom) == ("1024", "apply")
    assert "2 ** 10" in of.document.text[item.start : item.end]
