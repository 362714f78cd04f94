"""Breaking a sentence off at a clause, and endings that belong to other sentences."""

from __future__ import annotations

from collections import Counter

import pytest

from granulator.extraction import completions
from granulator.extraction.breaks import SUBJECT, breaks
from granulator.extraction.cloze import Item
from tests.unit.extraction.samples import ranks, vocabulary

ASKED = "The keeper must light the great lamp of the tower when fog covers the northern strait."
OTHERS = (
    "Farmers in the valley can harvest their barley early because autumn storms will flatten every ripe field.",
    "If the baker has forgotten the yeast, the heavy dough stays flat inside the oven.",
    "Sailors can repair torn canvas on deck when strong winds have calmed before the evening.",
    "A clock maker opens the brass case if the small spring has lost tension.",
    "The miller stops both stones when river ice blocks the wooden wheel.",
    "Old wine will taste sour unless a tight cork holds the vapour inside.",
)
PAUSE = "Nobody knows that story. Few tell that story. Everyone likes that story. Most forget that story."


def broken(text: str) -> list[tuple[str, str]]:
    """The places at clauses; those after a subject are in ``parted``."""
    return [(kind, ending) for kind, ending in _every(text) if not kind.startswith(SUBJECT)]


def parted(text: str) -> list[tuple[str, str]]:
    return [(kind.removeprefix(SUBJECT), ending) for kind, ending in _every(text) if kind.startswith(SUBJECT)]


def _every(text: str) -> list[tuple[str, str]]:
    every = breaks(vocabulary(f"# Trades\n\n{text}\n").reading)
    return [(one.kind, one.ending) for row in every.values() for one in row]


def questions(*paragraphs: str, offered: Counter[str] | None = None) -> list[Item]:
    known = vocabulary("# Trades\n\n" + "\n\n".join(paragraphs) + "\n")
    reading = known.reading
    return list(completions.items(known, breaks(reading), reading.usable, ranks(reading), offered or Counter()))


def asked(*paragraphs: str) -> Item:
    return next(item for item in questions(ASKED, *paragraphs) if item.explanation == ASKED)


@pytest.mark.parametrize(
    ("text", "kind", "ending"),
    [
        (ASKED, "clause", "fog covers the northern strait"),
        (OTHERS[1], "main", "the heavy dough stays flat inside the oven"),
        (
            "The pilot reads the tide table in order to choose a safe hour for departure.",
            "purpose",
            "choose a safe hour for departure",
        ),
        (
            "The harbour office closes the wooden gate to protect small boats from heavy waves.",
            "purpose",
            "protect small boats from heavy waves",
        ),
        (
            "A skipper can shorten the mooring line by winding wet rope around the bollard.",
            "means",
            "winding wet rope around the bollard",
        ),
    ],
)
def test_a_sentence_is_broken_off_where_a_clause_begins(text: str, kind: str, ending: str):
    assert broken(text) == [(kind, ending)]


@pytest.mark.parametrize(
    "text",
    [
        "The keeper must light the lamp when it is dark.",
        "Simple lamp of the keeper that defines if the northern strait needs a light.",
        "The ship was sold to Denmark, to Norway and to wealthy owners of Sweden.",
        "The tower of the harbour is used to store the lamps must not be opened.",
        "The keeper must light the lamp when fog covers the strait; the pilot waits for the answer.",
        "To the blind captain, the tools are worth as much as possible.",
        "The keeper must light the lamp when the bell, the horn, and the radio report heavy fog.",
        "The keeper must light the lamp when fog covers the north- ern strait.",
        "The keeper must light the lamp when our fog covers the northern strait.",
        "The broken lamp of the tower is dark, so if fog covers the northern strait.",
        "If fog is on the northern strait, and the lamp of the tower is dark.",
        "The keeper must light the lamp of the tower when fog covers the strait, as figure 3 shows.",
        "The keeper must light the lamp of the tower when fog in section 4 covers the northern strait.",
        "The keeper must light the lamp when, as shown in figure 3, fog covers the northern strait.",
    ],
)
def test_a_sentence_without_a_clean_border_is_left_whole(text: str):
    assert broken(text) == []


def test_a_question_has_the_ending_of_its_own_sentence_and_three_of_others():
    item = asked(*OTHERS)

    assert item.stem == "Complete the statement: The keeper must light the great lamp of the tower when _____."
    assert item.answer == item.options[0] == "fog covers the northern strait"
    assert len(set(item.options)) == 4
    for option in item.options[1:]:
        assert any(option in other for other in OTHERS)


def test_what_the_text_says_to_be_true_is_no_wrong_ending_for_a_condition():
    assert asked(PAUSE, *OTHERS[3:])
    assert not questions(ASKED, PAUSE, OTHERS[0], *OTHERS[3:5])


def test_an_ending_of_what_is_spoken_of_around_the_sentence_is_not_offered():
    away = next(option for option in asked(*OTHERS).options[1:])
    more = f"Every keeper of a tower knows {away} in most years."

    assert away not in asked(more, *OTHERS).options


def test_a_sentence_on_the_same_matter_lends_no_ending():
    same = "The keeper must light the lamp of the tower when merchant vessels approach harbour."

    assert not questions(ASKED, PAUSE, *OTHERS[3:5], same)


def test_an_ending_that_was_offered_often_gives_way_to_another():
    more = (*OTHERS, "A mule will refuse the steep path when loose gravel can roll downhill.")
    often = asked(*more).options[1]

    assert often not in next(iter(questions(ASKED, *more, offered=Counter({often: 9})))).options


def test_a_result_is_no_wrong_ending_for_a_condition():
    results = [text.replace(" unless a", ", a") for text in OTHERS[5:]]
    conditions = [ASKED, *OTHERS[2:5]]

    assert {kind for text in conditions for kind, _ in broken(text)} == {"clause"}
    assert {kind for text in [OTHERS[1], *results] for kind, _ in broken(text)} <= {"main"}


def test_a_condition_that_runs_on_into_the_main_clause_is_not_asked_for():
    assert broken("The lamp of the tower is lit if thick fog covers the strait, the keeper must wake.") == []


@pytest.mark.parametrize(
    ("text", "kind", "ending"),
    [
        ("A sluice gate holds back the water of the river.", "one", "holds back the water of the river"),
        ("Mitre gates are built against the weight of water.", "many", "are built against the weight of water"),
        ("Old sailors trust the red light on the western pier.", "many", "trust the red light on the western pier"),
        ("The tide table was printed in the northern harbour.", "one past", "was printed in the northern harbour"),
        ("In winter, the ice pilot leads every ship to its berth.", "one", "leads every ship to its berth"),
        ("Charts of the coast must be dry at every hour of the day.", "many", "must be dry at every hour of the day"),
        ("A chart of wrecks must be dry at every hour of the day.", "one", "must be dry at every hour of the day"),
        ("All harbour dues must be paid before the morning tide.", "many", "must be paid before the morning tide"),
    ],
)
def test_a_sentence_is_broken_off_after_a_plain_subject(text: str, kind: str, ending: str):
    assert (kind, ending) in parted(text)


@pytest.mark.parametrize(
    "text",
    [
        "The gate the keeper opens at dawn is made of heavy oak.",
        "Every boat that enters the basin is measured at the quay.",
        "The keeper of the lamp, a tall man, is paid by the town.",
        "The harbour rules changes to dues for small boats and large barges.",
        "The sluice gate is also made from heavy northern oak.",
        "The sluice gate would fall into the deep water of the basin.",
        "The sluice gate is called a paddle by most northern keepers.",
        "The sluice gate is described below in words and drawings.",
        "If the sluice gate is open the water is lost.",
        "The rightful owner was the canal company of the northern towns.",
        "In the lock can the old barges wait for high water.",
        "The sluice gate holds these heavy barges in the deep lock.",
        "The sluice gate holds back the water of the lock.\u2019",
    ],
)
def test_a_sentence_without_a_plain_subject_is_not_broken_off_there(text: str):
    assert parted(text) == []


SLUICE = "A sluice gate holds back the water in spring."
SAID = (
    "A pilot book gives the hours of every tide.",
    "A strong tug leads heavy ships to their berth.",
    "A brass bell warns small boats of thick fog.",
    "A tow rope pulls heavy barges along the canal.",
    "A yellow flag tells the doctor of a fever.",
)
APART = [part for said in SAID for part in (PAUSE, said)]


def of_subject(sentence: str, *more: str) -> list[Item]:
    return [item for item in questions(sentence, *APART, *more) if item.explanation == sentence]


def test_a_question_on_a_subject_offers_what_is_said_of_others():
    (item,) = of_subject(SLUICE)

    assert item.stem == "Complete the statement: A sluice gate _____."
    assert item.options[0] == "holds back the water in spring"
    assert all(any(said.endswith(f" {option}.") for said in SAID) for option in item.options[1:])


@pytest.mark.parametrize("subject", ["A similar gate", "The next example", "One exception", "No gate"])
def test_a_subject_that_only_the_text_before_explains_is_not_asked_about(subject: str):
    assert of_subject(SLUICE.replace("A sluice gate", subject)) == []


def test_what_the_text_says_of_a_subject_elsewhere_is_no_wrong_ending_for_it():
    wrong = of_subject(SLUICE)[0].options[1]
    again = f"Whoever {wrong} knows each sluice gate by heart."

    assert wrong not in of_subject(SLUICE, PAUSE, again)[0].options
