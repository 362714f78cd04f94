"""Dividing a document into groups and lessons."""

from __future__ import annotations

from itertools import pairwise

from granulator.extraction import outline
from granulator.extraction.outline import Group
from tests.unit.extraction.samples import HARBOUR, vocabulary


def divide(text: str, groups: int, leaves: int, form: str = "markdown") -> tuple[Group, ...]:
    known = vocabulary(text, form)
    return outline.divide(known.reading, known.terms, groups, leaves)


THINGS = ("anchors", "buoys", "cranes", "docks", "engines", "flags", "gauges", "hulls", "islands", "jetties", "keels")
DEEDS = ("counts", "paints", "lifts", "greases", "weighs", "sells", "washes", "repairs", "measures", "lends", "stacks")


def long_text() -> str:
    """Twelve sections of unequal length about different things, under two levels of headings."""
    rows = []
    for number in range(12):
        thing = f"{THINGS[number % 11]} {'abroad' if number == 11 else ''}".strip()
        heading = f"{'##' if number % 3 else '#'} Handling {thing}"
        rows.append(heading + "\n\n" + " ".join(_sentence(number, week) for week in range(6 + 3 * (number % 3))))
    return "\n\n".join(rows) + "\n"


def _sentence(number: int, week: int) -> str:
    thing, deed, other = THINGS[number % 11], DEEDS[week % 11], THINGS[(number + week + 3) % 11]
    meanwhile = f"while crew {week + 20} {DEEDS[number % 11]} {other} near hut {number}"
    return f"Crew {number} {deed} {thing} on pier {week} {meanwhile}."


def test_groups_and_lessons_come_in_the_planned_numbers_and_in_order():
    groups = divide(long_text(), 4, 12)

    assert [len(group.lessons) for group in groups] == [3, 3, 3, 3]
    spans = [(lesson.start, lesson.end) for group in groups for lesson in group.lessons]
    assert all(left[1] <= right[0] for left, right in pairwise(spans))


def test_cuts_are_made_at_the_authors_headings():
    text = long_text()
    groups = divide(text, 4, 12)

    assert [text[group.whole.start :].split("\n")[0].lstrip("# ") for group in groups] == [
        "Handling anchors",
        "Handling docks",
        "Handling gauges",
        "Handling jetties",
    ]


def chapter(title: str, sections: range, weeks: int) -> str:
    """A chapter with a section of ``weeks`` sentences for each number in ``sections``."""
    parts = [f"# {title}"]
    for number in sections:
        parts.append(f"## {title} of {THINGS[number]}")
        parts.append(" ".join(_sentence(number, week) for week in range(weeks)))
    return "\n\n".join(parts) + "\n\n"


def test_lessons_follow_the_length_of_a_group_and_keep_to_its_bounds():
    text = chapter("Repair", range(4), 8) + chapter("Sale", range(4, 7), 8) + chapter("Storage", range(7, 9), 8)
    known = vocabulary(text, "markdown")

    free = outline.divide(known.reading, known.terms, 3, 9)
    bounded = outline.divide(known.reading, known.terms, 3, 9, bounds=(2, 3))

    assert [(group.whole.title, len(group.lessons)) for group in free] == [("Repair", 4), ("Sale", 3), ("Storage", 2)]
    assert [len(group.lessons) for group in bounded] == [3, 3, 3]


def test_groups_are_merged_until_each_has_the_fewest_lessons():
    text = chapter("Repair", range(3), 8) + chapter("Sale", range(3, 6), 8) + chapter("Storage", range(6, 8), 5)
    known = vocabulary(text, "markdown")

    groups = outline.divide(known.reading, known.terms, 3, 8, bounds=(3, 8))

    assert [(group.whole.title, len(group.lessons)) for group in groups] == [("Repair", 3), ("Sale and Storage", 5)]


def test_no_group_is_four_times_as_long_as_another():
    sizes = [len(group.whole.orders) for group in divide(long_text(), 4, 12)]

    assert max(sizes) < 4 * min(sizes)


def test_titles_are_different_and_taken_from_the_text():
    text = long_text()
    titles = [lesson.title for group in divide(text, 4, 12) for lesson in group.lessons]

    assert len({title.casefold() for title in titles}) == len(titles)
    assert all(any(word in text for word in title.split()) for title in titles)


def test_a_small_document_gives_fewer_groups_instead_of_empty_ones():
    groups = divide(HARBOUR, 8, 48)

    assert len(groups) == 2
    assert all(len(lesson.orders) >= 2 for group in groups for lesson in group.lessons)


def test_one_enormous_line_without_headings_is_divided_too():
    line = " ".join(long_text().replace("#", "").split())
    groups = divide(line, 3, 6, "text")

    assert [len(group.lessons) for group in groups] == [2, 2, 2]
    assert all(group.whole.title for group in groups)


def test_titles_that_are_lists_themselves_are_told_apart_by_semicolons():
    titles = {"Mast and sail": range(1, 10), "Ropes, knots and hooks": range(20, 29), "Anchor": range(40, 60)}
    text = "# Harbour\n\n" + "".join(
        f"## {title}\n\n{' '.join(_sentence(crew, week + turn) for crew in crews for turn in (0, 1))}\n\n"
        for week, (title, crews) in enumerate(titles.items(), 1)
    )

    told = [lesson.title for group in divide(text, 2, 2) for lesson in group.lessons]
    assert told == ["Mast and sail", "Ropes, knots and hooks; Anchor"]
