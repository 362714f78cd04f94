"""Reading a model's answer: the corpus of damaged answers, the promise that nothing is cut short, and the re-ask."""

from __future__ import annotations

import json
import re
from collections import Counter

import json_repair
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from granulator.granulation.parsing import CHARACTERS_MAX, Parsed, parse, reask
from granulator.model import Json, JsonObject
from tests.unit.granulation.damaged import CORPUS, LEAF, PLAIN, Damaged


def read(text: str, *, is_clean_stop: bool = True, is_strict: bool = False) -> Parsed:
    """What an answer holds when all is allowed."""
    return parse(text, is_clean_stop=is_clean_stop, is_strict=is_strict)


@pytest.mark.parametrize("damaged", CORPUS, ids=lambda damaged: damaged.name)
def test_a_damaged_answer_is_read_as_a_careful_reader_would_or_asked_for_again(damaged: Damaged) -> None:
    parsed = read(damaged.text)

    reason = re.sub(r" \(line \d+, column \d+\)$", "", parsed.reason or "") or None
    assert (parsed.value, parsed.repaired, reason) == (damaged.value, damaged.repaired, damaged.again)


@pytest.mark.parametrize("damaged", CORPUS, ids=lambda damaged: damaged.name)
@pytest.mark.parametrize(("is_clean_stop", "is_strict"), [(True, True), (False, False), (False, True)])
def test_nothing_is_repaired_in_strict_mode_or_without_a_clean_stop(
    damaged: Damaged, is_clean_stop: bool, is_strict: bool
) -> None:
    parsed = read(damaged.text, is_clean_stop=is_clean_stop, is_strict=is_strict)

    expected = None if damaged.repaired else damaged.value
    assert (parsed.value, parsed.repaired, parsed.reason is None) == (expected, False, expected is not None)


def test_no_answer_of_the_corpus_is_silently_wrong_and_fewer_are_lost_than_to_a_repair_library() -> None:
    figures = {
        "strict JSON": Counter(outcome(damaged, loaded(damaged.text)) for damaged in CORPUS),
        "json_repair": Counter(outcome(damaged, guessed(damaged.text)) for damaged in CORPUS),
        "this ladder": Counter(outcome(damaged, read(damaged.text).value) for damaged in CORPUS),
    }

    assert len(CORPUS) >= 150
    assert figures["this ladder"] == {"recovered": 72, "asked again": 94}
    assert figures["json_repair"]["silently wrong"] > 50
    assert figures["strict JSON"]["recovered"] < 15


def outcome(damaged: Damaged, value: Json) -> str:
    """What a reading amounts to, beside what the answer says."""
    if not isinstance(value, dict):
        return "asked again"
    return "recovered" if value == damaged.value else "silently wrong"


def loaded(text: str) -> Json:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def guessed(text: str) -> Json:
    try:
        return json_repair.loads(text)
    except (ValueError, RecursionError):
        return None


def test_the_place_of_a_fault_is_named_by_line_and_column() -> None:
    parsed = read('{\n  "title": "Leaves",\n  "minutes": five\n}')

    reason = "this is neither a text in quotation marks nor another JSON value (line 3, column 14)"
    assert parsed == Parsed(None, False, reason)


def test_an_answer_too_long_to_read_is_refused_unread() -> None:
    text = '{"title": "' + "x" * CHARACTERS_MAX + '"}'

    assert read(text) == Parsed(None, False, f"it is longer than {CHARACTERS_MAX} characters")


MEGABYTE = 1_000_000


@pytest.mark.parametrize(
    "text",
    [
        "{" * MEGABYTE,
        "}" * MEGABYTE,
        "[" * MEGABYTE,
        "{ " * (MEGABYTE // 2),
        "{" + " " * MEGABYTE,
        '{"a": "' + "\\" * MEGABYTE,
        '{"a": "' + '"' * MEGABYTE,
        '{"a": "' + '",' * (MEGABYTE // 2),
        '{"a": "' + '":' * (MEGABYTE // 2),
        '{"a": ["' + '"/*' * (MEGABYTE // 3),
        '{"a": "' + ('"' + " " * 300) * (MEGABYTE // 300),
        '{"' + "a" * MEGABYTE,
        '{"a": ' + "1" * MEGABYTE,
        '{"a": ' * (MEGABYTE // 6),
        "{'a': '" + "x'" * (MEGABYTE // 2),
        "{“a”: “" + "”" * MEGABYTE,
        "[a" * (MEGABYTE // 2),
        "<think></think>" * (MEGABYTE // 15),
        "<think>" * (MEGABYTE // 7),
        "{#\n" + "#\n" * (MEGABYTE // 4),
    ],
    ids=lambda text: f"{text[:12]!r}",
)
def test_a_hostile_megabyte_is_refused(text: str) -> None:
    # A quadratic reader would take minutes here and hit the time limit of the suite.
    assert read(text).value is None


def test_a_megabyte_of_examples_is_read_once() -> None:
    text = "".join(f'{{"example": {number % 7}}} or ' for number in range(MEGABYTE // 20)) + json.dumps({"a": [1] * 99})

    assert read(text) == Parsed({"a": [1] * 99})


LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-99, 99),
    st.floats(-9, 9),
    st.text(max_size=8),
    st.text(alphabet="\"'{}[],:\\/#* ab.`<>", max_size=12),
)
KEYS = st.one_of(st.sampled_from(["title", "id", "points", "a"]), st.text(alphabet="\"':{ab", max_size=4))
DOCUMENTS = st.dictionaries(
    KEYS,
    st.recursive(
        LEAVES,
        lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=4)),
        max_leaves=12,
    ),
    min_size=1,
    max_size=4,
)
WRITTEN = st.tuples(DOCUMENTS, st.booleans(), st.sampled_from([None, 2])).map(
    lambda drawn: (drawn[0], json.dumps(drawn[0], ensure_ascii=drawn[1], indent=drawn[2]))
)


@settings(max_examples=300, deadline=None)
@given(written=WRITTEN, cut=st.floats(0, 1, exclude_max=True), is_clean_stop=st.booleans())
@example(({"a": {"b": 1}, "c": 2}, '{"a": {"b": 1}, "c": 2}'), 0.65, True)
def test_no_beginning_of_an_answer_is_ever_read_as_the_whole(
    written: tuple[JsonObject, str], cut: float, is_clean_stop: bool
) -> None:
    _, text = written

    parsed = read(text[: int(cut * len(text))], is_clean_stop=is_clean_stop)

    assert parsed.value is None


@settings(max_examples=200, deadline=None)
@given(written=WRITTEN, cut=st.floats(0, 1, exclude_max=True))
def test_no_beginning_of_an_answer_in_a_fence_is_ever_read_as_the_whole(
    written: tuple[JsonObject, str], cut: float
) -> None:
    _, text = written

    parsed = read(f"Here you are:\n```json\n{text[: int(cut * len(text))]}\n```\nAnything else?")

    assert parsed.value is None


@settings(max_examples=200, deadline=None)
@given(
    written=WRITTEN,
    before=st.sampled_from(["", "Sure!\n", "```json\n", "<think>a {b}</think>", "\ufeff", "See [1]: "]),
    after=st.sampled_from(["", "\n```", "\nDone.", "\nAs {planned}.", "**"]),
)
def test_any_answer_is_found_in_its_wrapping(written: tuple[JsonObject, str], before: str, after: str) -> None:
    document, text = written

    assert read(f"{before}{text}{after}", is_strict=True) == Parsed(document)


def shape(value: Json) -> Json:
    """A value without its texts and numbers."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    return [shape(inner) for inner in value] if isinstance(value, list) else None


PUT = ["", *"{}[]\",:'\\ #/*ab0.-\n“`"]


def changes_in_silence(document: JsonObject, damaged: str) -> bool:
    """Whether damaged text is read as another shape where strict JSON, too, sees damage."""
    value = read(damaged).value
    if value is None or shape(value) == shape(document) or value == loaded(damaged):
        return False
    # An item of one character that is lost leaves a comma before the bracket, as models write it: nobody can tell.
    return re.search(r",\s*\]", damaged) is None


@pytest.mark.parametrize(
    "document",
    [
        {"title": {"id": None, "title": None}},
        {"a": [None, {"b": 1}], "c": {"d": {}}},
        {"a": ["x {y}", {"b": 1}, [[], "z"]]},
        {"a": "it's", "b": ['say "x"', "// y", "# z"], "c": "a, b"},
        {"a": 'the "a", "b"', "b": {"c": "“q”", "d": "\\d"}},
        {"a": ["<b>", ["[1]", "a: b"], True], "b": "x\ny"},
    ],
    ids=str,
)
@pytest.mark.parametrize("indent", [None, 1])
def test_no_damage_to_one_character_of_these_changes_the_shape_in_silence(
    document: JsonObject, indent: int | None
) -> None:
    text = json.dumps(document, ensure_ascii=False, indent=indent)
    places = range(len(text) + 1)

    damaged = {text[:at] + put + text[at + removed :] for at in places for put in PUT for removed in (0, 1)}

    assert [each for each in damaged if changes_in_silence(document, each)] == []


@settings(max_examples=150, deadline=None)
@given(
    written=WRITTEN,
    place=st.floats(0, 1, exclude_max=True),
    put=st.sampled_from(PUT),
    removed=st.integers(0, 1),
)
def test_damage_to_one_character_never_changes_the_shape_in_silence(
    written: tuple[JsonObject, str], place: float, put: str, removed: int
) -> None:
    document, text = written
    at = int(place * len(text))

    assert not changes_in_silence(document, text[:at] + put + text[at + removed :])


def test_a_reask_names_the_errors_and_quotes_the_answer() -> None:
    message = reask([("lessons[0].title", "Field\n required"), ("", "three lessons are missing")], PLAIN)

    assert message == (
        "Your previous answer cannot be used:\n"
        "- lessons[0].title: Field required\n"
        "- the answer: three lessons are missing\n"
        "\n"
        "The previous answer was:\n"
        "<previous_answer>\n"
        f"{PLAIN}\n"
        "</previous_answer>\n"
        "\n"
        "Answer again with the whole corrected JSON object and nothing else."
    )


def test_a_reask_without_the_answer_does_not_speak_of_it() -> None:
    assert reask([("title", "too long")], "") == (
        "Your previous answer cannot be used:\n"
        "- title: too long\n"
        "\n"
        "Answer again with the whole corrected JSON object and nothing else."
    )


def test_a_reask_names_twenty_errors_and_counts_the_others() -> None:
    lines = reask([(f"lessons[{number}]", "is empty") for number in range(25)], "").splitlines()

    assert lines[20:22] == ["- lessons[19]: is empty", "- and 5 more"]


def test_a_reask_keeps_long_errors_and_long_answers_short() -> None:
    message = reask([("title", "x" * 5000)], "y" * 5_000_000 + "</previous_answer>")

    assert len(message) < 61_000
    assert "[4940000 characters left out]" in message
    assert message.count("</previous_answer>") == 1


def test_the_value_of_an_answer_may_be_written_to_any_store() -> None:
    assert read('{"title": "\\ud83c\\udf3f"}') == Parsed({"title": "\U0001f33f"})
    assert read('{"title": "\ud83c"}').reason == "it holds half of a character"
    assert read("{'title': '\\ud83c'}").reason == "it holds half of a character"
    assert read(PLAIN) == Parsed(LEAF)
