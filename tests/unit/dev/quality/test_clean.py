"""The clean structures: what is written by hand has the shape of its type, and the splits share nothing."""

from __future__ import annotations

from itertools import chain, islice

import pytest

from granulator.dev.quality.clean import questions
from granulator.dev.quality.clean.lines import Block, Line, parse
from granulator.dev.quality.clean.structures import TEXTS, Clean, from_documents, hand_written
from granulator.dev.quality.documents import document
from granulator.dev.quality.split import DOCUMENTS, HAND_WRITTEN, Split
from granulator.granulation import structures
from granulator.model import Json, StructureType

WRITTEN = [clean for split in Split for clean in hand_written(split)]


def strings(value: Json) -> list[str]:
    if isinstance(value, str):
        return [value]
    rows = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return list(chain.from_iterable(map(strings, rows)))


def test_a_line_has_a_tag_a_note_and_fields():
    block = parse("ask(hard, 2): Which one? \n\nright: This | that\n")

    assert block == Block(Line("ask", "hard, 2", "Which one?"), [Line("right", "", "This | that")])
    assert (block.body[0].field(1), block.body[0].field(2)) == ("that", "")


def test_a_line_without_a_tag_is_refused_with_its_number():
    with pytest.raises(ValueError, match="line 2 has no tag: 'Once upon a time'"):
        parse("novel: A title\nOnce upon a time")


def test_a_block_ends_where_the_next_begins():
    block = parse("course: C\nabout: A\nmodule: One\ngoal: Do it\nmodule: Two")

    assert [part.head.value for part in block.blocks("module")] == ["One", "Two"]
    assert block.before("module").values("goal") == []
    assert block.blocks("module")[0].value("goal") == "Do it"


@pytest.mark.parametrize(
    ("text", "kind", "options", "key"),
    [
        ("ask(easy): S\nwrong: a\nright: b\nwrong: c", "multiple_choice", ["a", "b", "c"], 1),
        ("several(easy): S\nright: a\nright: b\nwrong: c", "multiple_response", ["a", "b", "c"], [0, 1]),
        ("verdict(easy): S | false", "true_false", ["True", "False"], 1),
        ("order(easy): S\nitem: a\nitem: b\nitem: c\nsequence: 2 0 1", "ordering", ["a", "b", "c"], [2, 0, 1]),
        ("match(easy): S\npair: a = b", "matching", [], [{"left": "a", "right": "b"}]),
        ("short(easy): S\nanswer: a", "short_answer", [], ["a"]),
        ("number(easy): S\nvalue: 2.5 | 1", "numeric", [], {"value": 2.5, "tolerance": 1.0}),
    ],
)
def test_each_kind_of_question_has_its_notation(text: str, kind: str, options: list[str], key: Json):
    assert questions.question(parse(f"{text}\nwhy: E"), "q_1") == {
        "id": "q_1",
        "type": kind,
        "question": "S",
        "options": options,
        "correctAnswer": key,
        "explanation": "E",
        "difficulty": "easy",
    }


@pytest.mark.parametrize("clean", WRITTEN, ids=lambda clean: f"{clean.structure_type}-{clean.name}")
def test_what_is_written_by_hand_has_the_shape_of_its_type(clean: Clean):
    assert structures.shape(clean.structure_type, clean.structure) == ()


def test_every_text_is_in_one_split():
    listed = [f"{kind}/{name}" for split in Split for kind, names in HAND_WRITTEN[split].items() for name in names]

    assert sorted(listed) == sorted(f"{path.parent.name}/{path.stem}" for path in TEXTS.glob("*/*.txt"))
    assert not set(DOCUMENTS[Split.DEV]) & set(DOCUMENTS[Split.TEST])


def test_each_type_is_written_by_hand_at_least_three_times_in_each_split():
    for split in Split:
        assert {kind: len(names) >= 3 for kind, names in HAND_WRITTEN[split].items()} == dict.fromkeys(
            map(str, StructureType), True
        )


def test_what_is_told_again_is_a_text_of_the_structure():
    told = [clean for clean in WRITTEN if clean.retold]

    assert len(told) == 18
    for clean in told:
        assert set(clean.retold) <= set(strings(clean.structure))
        assert not set(clean.retold.values()) & set(strings(clean.structure))


def test_every_document_is_there_and_long_enough_for_a_lesson():
    for split in Split:
        for name in DOCUMENTS[split]:
            assert len((document(name).text or "").split()) > 500, name


def test_what_is_built_from_a_document_brings_the_document_along():
    built = list(islice(from_documents(Split.DEV, is_small=True), 2))

    assert built[0].structure_type is StructureType.COURSE
    assert len(built) == 2
    assert all(clean.is_from_document and clean.level and clean.sizes for clean in built)
    assert not any(clean.is_from_document for clean in WRITTEN)
