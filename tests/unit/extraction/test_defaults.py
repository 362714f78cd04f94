"""Questions on defaults: numbers beside other numbers, switches as statements to be judged."""

from __future__ import annotations

from granulator.extraction import defaults
from granulator.extraction.cloze import Item
from granulator.extraction.described import Thing

TEXT = "What the keeper sees"


def thing(term: str, default: str, block: int = 1, text: str = TEXT) -> Thing:
    return Thing(term, text, 10 * block, 10 * block + 5, block, "1/setting", "Lock settings", default)


def asked(*things: Thing) -> list[Item]:
    return list(defaults.items(things, 0, 100))


def test_a_number_is_asked_for_beside_defaults_of_other_settings_and_one_multiple():
    first, *_ = asked(
        thing("LOCK_DEPTH", "8"),
        thing("LOCK_WIDTH", "12", 2),
        thing("LOCK_LENGTH", "60", 3),
        thing("LOCK_ERA", "900", 4),
    )

    assert first.stem == (
        "What is the default of the setting LOCK_DEPTH (\u201cWhat the keeper sees\u201d) under"
        " \u201cLock settings\u201d?"
    )
    assert first.options == ("8", "12", "60", "16")


def test_a_number_is_not_asked_for_where_only_multiples_could_stand_beside_it():
    assert asked(thing("LOCK_SPACE", "50MB"), thing("LOCK_WIDTH", "12", 2)) == []


def test_a_unit_is_kept_in_all_options():
    item, *_ = asked(thing("LOCK_SPACE", "50MB"), thing("LOCK_WATER", "20MB", 2), thing("LOCK_STEAM", "80MB", 3))

    assert item.options == ("50MB", "20MB", "80MB", "100MB")


def test_a_small_number_which_anyone_would_guess_is_not_asked_for():
    rows = [thing(f"LOCK_{name}", number, place) for place, (name, number) in enumerate(
        (("DEPTH", "1"), ("WIDTH", "2"), ("LENGTH", "3"), ("HEIGHT", "4"))
    )]  # fmt: skip

    assert asked(*rows) == []


def test_the_default_of_a_bare_name_of_which_nothing_is_said_is_not_asked_for():
    assert asked(thing("LOCK_LIGHTS", "true", text="")) == []


def test_a_switch_is_a_statement_with_its_contrary():
    (item,) = asked(thing("LOCK_LIGHTS", "true"))

    lead = "Judge this statement: By default, the setting LOCK_LIGHTS (\u201cWhat the keeper sees\u201d) is set to"
    assert (item.kind, item.options) == ("true_false", (f"{lead} true.", f"{lead} false."))


def test_a_number_that_counts_from_the_left_is_no_amount():
    assert asked(thing("LOCK_MODE", "0700")) == []


def test_a_value_is_asked_for_where_the_row_has_three_others_of_its_form_but_never_a_bare_word():
    def rows(form: str) -> list[Thing]:
        pairs = (("GATE", "iron"), ("WALL", "stone"), ("FLOOR", "clay"), ("ROOF", "slate"))
        return [thing(f"LOCK_{name}", form.format(value), place) for place, (name, value) in enumerate(pairs)]

    assert asked(*rows("/{}"))[0].options == ("/iron", "/stone", "/clay", "/slate")
    assert asked(*rows("/{}")[:3]) == []
    assert asked(*rows("{}")) == []


def test_a_default_that_the_name_says_is_not_asked_for():
    assert asked(thing("LOCK_4_GATES", "4")) == []
