"""What a judge is shown of a structure, and which words of its answer are taken for a quotation."""

from __future__ import annotations

import pytest

from granulator.granulation.judging.showing import fitted, holds, located, normalised, texts_of
from granulator.model import Json, JsonObject
from granulator.providers.tokens import estimate

SMALL: JsonObject = {
    "schemaVersion": "1",
    "courseOverview": {"title": "Baking bread", "provenance": {"kind": "model"}, "level": 2},
    "modules": [
        {
            "title": "Dough",
            "lessons": [{"id": "lesson_1", "content": 'He said "fold it".\nThen wait.', "keyPoints": ["Fold", "Wait"]}],
            "x_note": "ours",
            "subtitle": None,
        }
    ],
}


def large(modules: int, lessons: int) -> JsonObject:
    """A course of many lessons, each of which says where it stands."""
    rows: list[Json] = [
        {"title": f"Module {m}", "lessons": [{"content": f"Words of lesson {m}.{n}"} for n in range(lessons)]}
        for m in range(modules)
    ]
    return {"courseOverview": {"title": "A long course"}, "modules": rows}


def test_texts_stand_in_lines_of_their_own_without_quotation_marks_and_without_our_notes() -> None:
    assert fitted(SMALL, 1000) == (
        "courseOverview:\n"
        " title: Baking bread\n"
        " level: 2\n"
        "modules:\n"
        " -\n"
        "  title: Dough\n"
        "  lessons:\n"
        "   -\n"
        "    id: lesson_1\n"
        '    content: He said "fold it".\nThen wait.\n'
        "    keyPoints:\n"
        "     - Fold\n"
        "     - Wait",
        1.0,
    )


def test_what_does_not_fit_is_left_out_evenly_and_the_share_is_told() -> None:
    text, share = fitted(large(20, 10), 600)

    shown = [line.rsplit(" ", 1)[1] for line in text.splitlines() if "Words of lesson" in line]
    assert estimate(text) <= 600
    assert share == len(shown) / 200
    assert 10 <= len(shown) < 200
    assert "A long course" in text
    by_half = sum(int(place.split(".")[0]) < 10 for place in shown)
    assert abs(by_half - (len(shown) - by_half)) <= 1


def test_a_group_of_which_no_element_is_shown_is_left_out_too() -> None:
    text, _ = fitted(large(3000, 1), 600)

    assert text.count("Module") == text.count("Words of lesson")


def test_one_element_that_is_too_large_is_cut() -> None:
    text, share = fitted({"modules": [{"title": "x" * 100_000}]}, 500)

    assert (len(text), share < 0.02) == (1000, True)


@pytest.mark.parametrize("count", [100, 1_000, 10_000])
def test_a_structure_of_any_size_fits(count: int) -> None:
    text, share = fitted(large(count, 2), 2_000)

    assert estimate(text) <= 2_000
    assert 0 < share <= 1


@pytest.mark.parametrize("letters", range(3_970, 4_010))
def test_what_is_a_few_letters_too_long_to_be_counted_does_not_pass_for_fitting(letters: int) -> None:
    text, _ = fitted({"modules": [{"title": ("a b " * letters)[:letters]}]}, 500)

    assert estimate(text) <= 500


TEXTS = texts_of(SMALL)


@pytest.mark.parametrize(
    ("quotation", "path"),
    [
        ("He said “fold it”. Then", "modules[0].lessons[0].content"),
        ('  HE SAID   "fold it".  ', "modules[0].lessons[0].content"),
        ("“said ‘fold it’”", None),
        ('...fold it". Then wait…', "modules[0].lessons[0].content"),
        ("title: Baking bread", "courseOverview.title"),
        ("Fold", "modules[0].lessons[0].keyPoints[0]"),
        ("Dough", "modules[0].title"),
        ("Doug", None),
        ("wait", "modules[0].lessons[0].keyPoints[1]"),
        ("said", None),
        ("", None),
        ("…", None),
        ("words that nobody wrote", None),
        ("ours", None),
    ],
)
def test_a_quotation_is_found_where_its_words_stand_whatever_their_typography(quotation: str, path: str | None) -> None:
    assert located(quotation, TEXTS) == path


def test_a_text_holds_what_it_says_and_nothing_else() -> None:
    assert holds("The dough rests for an hour.", "rests for an  HOUR")
    assert not holds("The dough rests for an hour.", "rests for two hours")


def test_normalising_twice_changes_nothing_more() -> None:
    for text in ('"…A – B…"', "«ä» ‘x’", "", "…", '" … "'):
        assert normalised(normalised(text)) == normalised(text)
