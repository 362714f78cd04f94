"""Choosing questions that can be answered, once, and by nobody who only reads the other questions."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from granulator.extraction import described, glossary, items, outline
from granulator.extraction.cloze import Item
from granulator.extraction.vocabulary import content_words
from tests.unit.extraction.samples import HARBOUR, ranks, vocabulary

GUIDE = (Path(__file__).parents[3] / "granulator" / "dev" / "sample.md").read_text(encoding="utf-8")


LEDGER = """## The ledger

Every ledger of the harbour office is required by law. The office keeps old ledgers for 30 years in a dry room. \
Ledgers of private owners are never shown to a stranger. The toll of a barge is paid before the barge leaves the \
basin. The oldest ledger in the office holds 400 lines in green ink.
"""


def chosen(text: str = HARBOUR, wanted: int = 6, form: str = "markdown") -> list[Item]:
    known = vocabulary(text, form)
    groups = [group.whole for group in outline.divide(known.reading, known.terms, 3, 6)]
    rows = items.choose(known, ranks(known.reading), groups, [wanted] * len(groups))
    return [item for row in rows for item in row]


def test_questions_of_every_kind_are_found():
    kinds = {item.kind for item in chosen(f"{HARBOUR}\n{LEDGER}", 9)}

    assert kinds == {"multiple_choice", "matching", "ordering", "true_false", "numeric"}


def test_a_cloze_has_one_blank_four_different_options_and_its_sentence_as_explanation():
    blanks = [item for item in chosen() if "_____" in item.stem]

    assert len(blanks) >= 2
    for item in blanks:
        assert item.stem.count("_____") == 1
        assert len({option.casefold() for option in item.options}) == (0 if item.kind == "numeric" else 4)
        assert item.explanation.casefold() in HARBOUR.casefold()
        filled = item.stem.replace("_____", item.answer)
        assert filled.casefold().endswith(item.explanation.casefold())


def test_wrong_options_are_nowhere_in_the_explanation():
    for item in chosen():
        for option in item.options[1:] if item.kind == "multiple_choice" else ():
            assert not re.search(rf"\b{re.escape(option)}\b", item.explanation, re.IGNORECASE)


def test_no_stem_that_speaks_of_what_is_asked_elsewhere_holds_the_answer():
    found = chosen(GUIDE, 20)
    asked = [item for item in found if len(item.answer) > 3]

    assert len(asked) >= 3
    for item in asked:
        said = set(content_words(item.explanation))
        for other in found:
            if other is not item and re.search(rf"\b{re.escape(item.answer)}\b", other.stem, re.IGNORECASE):
                assert len(said & set(content_words(other.stem))) < 0.3 * len(said)


def test_spans_hold_the_sentence_and_no_two_questions_share_one():
    for text in (HARBOUR, GUIDE):
        found = chosen(text, 20)
        spans = sorted((item.start, item.end) for item in found)
        assert all(left[1] <= right[0] for left, right in pairwise(spans))
        for item in found:
            if "_____" in item.stem:
                assert re.sub(r"[*`]", "", text[item.start : item.end]) == item.explanation


def test_the_steps_of_an_ordering_question_are_in_the_order_of_the_source():
    (ordering,) = [item for item in chosen() if item.kind == "ordering"]

    assert ordering.options == (
        "Signal the vessel to wait behind the yellow line.",
        "Fill the chamber until the gauge shows river level.",
        "Open the upper doors and let the vessel in.",
        "Close the upper doors behind the stern.",
    )


def test_a_list_of_reasons_is_not_asked_for_as_steps():
    text = HARBOUR.replace("1. Signal the", "1. The").replace("2. Fill the", "2. If a").replace("3. Open", "3. To")

    assert [item for item in chosen(text) if item.kind == "ordering"] == []


def test_the_same_text_gives_the_same_questions():
    assert chosen() == chosen()


def test_a_text_of_narration_gives_no_question_rather_than_a_bad_one():
    assert chosen("# Tale\n\nThen he left. She wondered about it. They never met again. It was late.\n") == []


def test_shuffled_options_never_stay_in_order():
    for seed in range(50):
        order = items.shuffled(["a", "b", "c"], str(seed))
        assert sorted(order) == [0, 1, 2]
        assert order != [0, 1, 2]


def test_key_positions_are_used_equally_often():
    assert Counter(items.key_positions(40, 4, "seed")) == {0: 10, 1: 10, 2: 10, 3: 10}


@pytest.mark.parametrize(("ease", "level"), [(0.3, "easy"), (0.0, "medium"), (-0.3, "hard")])
def test_a_question_is_as_hard_as_its_ease_tells(ease: float, level: str):
    (found, *_) = chosen()

    assert items.difficulties([replace(found, ease=ease)]) == [level]


MANUAL = """# Keys

## keys.makeFirst()

The format argument specifies how a point is written and can be compressed or plain for the wire.

## keys.exportRaw()

Writes the raw bytes that a partner needs to verify a signature over the network.

## keys.makeSecond()

The format argument specifies how a point is written and can be compressed or plain for the wire.
"""


def test_what_is_said_of_two_things_is_asked_of_neither():
    found = described.things(vocabulary(MANUAL, "markdown").reading)

    assert [one.term for one in found] == ["keys.exportRaw()"]


def test_the_span_of_a_headed_description_holds_the_name_and_what_is_said_of_it():
    one = glossary.definitions(vocabulary(MANUAL, "markdown").reading)[1]

    assert MANUAL[one.start : one.end] == f"{one.term}\n\n{one.text}"


OPTIONS = """# Options

These options are understood by the harbour tool when it starts.

- `--force`: Overwrite files that are already present at the destination.
- `--quiet`: Suppress every message that is not a failure.
- `--retry`: Attempt a broken transfer so many times.
- `--trial`: Show what would happen and change nothing.
"""


def test_a_description_that_stands_elsewhere_too_is_not_asked_for():
    elsewhere = (
        "\n# Modes\n\nThe tool has a second mode. Overwrite files that are already present at the destination.\n"
    )

    once = {one.term for one in described.things(vocabulary(OPTIONS).reading) if one.text}
    twice = {one.term for one in described.things(vocabulary(OPTIONS + elsewhere).reading) if one.text}

    assert ("--force" in once, "--force" in twice) == (True, False)


CHAMBER = (
    "Clerks of the {} harbour always carry two lamps of brass over wet stones.",
    "Barges of the {} company never enter the stone basin at night.",
    "The toll for {} salt is optional in the whole valley of the river.",
    "Pilots of the {} coast must write their reports before the morning tide.",
)
KINDS = ("upper", "lower", "eastern", "western")


def test_statements_to_be_judged_are_no_more_than_six_in_ten():
    rows = [sentence.format(kind) for kind, sentence in zip(KINDS, CHAMBER, strict=True)]
    known = vocabulary("# Harbours\n\n" + "\n\n".join(rows) + "\n")
    (group,) = [one.whole for one in outline.divide(known.reading, known.terms, 1, 1)]

    def judged(wanted: int) -> int:
        found = items.choose(known, ranks(known.reading), [group], [wanted])[0]
        return sum(item.kind == "true_false" for item in found)

    assert (judged(1), judged(3), judged(9)) == (0, 1, 3)


def test_a_statement_whose_contrary_the_text_holds_is_not_made_false():
    rows = [CHAMBER[0].format("upper"), CHAMBER[0].format("lower").replace("always", "never")]
    known = vocabulary("# Harbours\n\n" + "\n\n".join(rows) + "\n")
    (group,) = [one.whole for one in outline.divide(known.reading, known.terms, 1, 1)]

    assert "False" not in {item.answer for item in items.choose(known, ranks(known.reading), [group], [9])[0]}


def shared(wanted: list[int], *, is_shared: bool) -> list[int]:
    known = vocabulary(f"{HARBOUR}\n## Empty\n\nNothing.\n", "markdown")
    groups = [group.whole for group in outline.divide(known.reading, known.terms, 2, 4)]
    rows = items.choose(known, ranks(known.reading), groups, wanted[: len(groups)], is_shared=is_shared)
    return [len(row) for row in rows]


def test_what_one_group_does_not_hold_is_asked_of_the_others_when_the_wish_is_shared():
    alone, together = shared([1, 60], is_shared=False), shared([1, 60], is_shared=True)

    assert alone[0] == 1
    assert together[0] > 1
    assert sum(together) > sum(alone)


def test_every_second_statement_is_made_false():
    answers = Counter(item.answer for item in chosen(f"{HARBOUR}\n{LEDGER}", 20) if item.kind == "true_false")

    assert sum(answers.values()) >= 2
    assert abs(answers["True"] - answers["False"]) <= 1


def test_no_stem_is_asked_twice():
    stems = [item.stem for item in chosen(GUIDE, 20)]

    assert len(stems) == len(set(stems))


@pytest.mark.parametrize(("said", "is_leak"), [({"rope", "barge", "canal"}, True), ({"rope", "price"}, False)])
def test_an_answer_is_given_away_only_where_its_matter_is_spoken_of(said: set[str], is_leak: bool):
    asked = frozenset({"pull", "barge", "canal"})

    assert items._gives_away(["tow rope"], asked, " the tow rope costs little ", frozenset(said)) == is_leak


def test_what_a_matching_question_would_use_up_is_asked_singly_where_too_few_questions_are_left():
    known = vocabulary(GUIDE)
    (group,) = [group.whole for group in outline.divide(known.reading, known.terms, 1, 2)]

    (row,) = items.choose(known, ranks(known.reading), [group], [5])

    assert (len(row), {item.kind for item in row} & {"matching"}) == (5, set())


SEEN = ("bows of a tug", "oars of a boat", "coins of a guild", "ropes of a crane", "wicks of a lamp")
SETTINGS = """# Lock settings

The lock tool reads its settings once a day and keeps them in the memory of the office computer.

""" + "\n".join(
    f"- `{name}`: The number of {seen} in the basin. Default: {number}."
    for number, name, seen in zip(
        range(13, 18), ("LOCK_DEPTH", "CREW_SIZE", "TOLL_SUM", "TUG_SPEED", "LAMP_HEAT"), SEEN, strict=True
    )
)


def test_a_quiz_asks_for_few_defaults():
    found = chosen(SETTINGS, 20)

    assert Counter(item.form for item in found)["default"] == items.MOST_OF["default"] < 5


TRUE = (
    "The harbour clerk writes the names of foreign barges into a green ledger.",
    "The harbour bell of the tower gives a signal to the mail boats.",
    "The harbour divers can look after the chains of the breakwater.",
    "The harbour office keeps coloured maps of the river in a vault.",
    "The harbour pilots can read the depth of water on a brass rod.",
    "The harbour master decides where large vessels lie for the winter.",
    "The harbour crane lifts heavy cargo out of the southern warehouses.",
    "The harbour lamps burn oil that a merchant of the town delivers.",
    "The harbour school is a wooden house behind the customs yard.",
    "The harbour doctor has a cabin with three beds beside the gate.",
)


def test_where_little_can_be_asked_a_few_statements_are_true_without_others_that_are_false():
    known = vocabulary("# Harbour life\n\n" + "\n\n".join(TRUE) + "\n")
    (group,) = [one.whole for one in outline.divide(known.reading, known.terms, 1, 1)]
    (found,) = items.choose(known, ranks(known.reading), [group], [30])
    answers = Counter(item.answer for item in found if item.kind == "true_false")

    assert 0 < answers["True"] <= items.LONE_TRUE


def test_how_hard_a_question_is_does_not_depend_on_those_beside_it():
    found = chosen()

    assert items.difficulties(found) == [items.difficulties([item])[0] for item in found]
