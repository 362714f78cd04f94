"""What the mock reads in a prompt: blocks, counts, the plan and the passages of a source."""

from __future__ import annotations

import pytest

from granulator.dev.mock_ai.brief import Passage, brief_of, schema_in, shared_out
from granulator.granulation import requirements
from granulator.granulation.validation import RequiredElement
from granulator.model import StructureType

SOURCE = """<source-0a1b2c>
# [s1] Tides
[p1] The moon pulls at the sea. It pulls at the land as well!
## [s2] Springs
### [s3] At new moon
[p2] Sun and moon then pull the same way.
The high water is higher than usual.
## [s4] Nothing here
## [s5] Neaps
[p3] A week later they pull at right angles.
</source-0a1b2c>"""


def test_blocks_are_read_with_and_without_a_code() -> None:
    brief = brief_of("Plan 3 modules.\n<topic-1f3a9c>\nTides\n</topic-1f3a9c>\nFor <audience>divers</audience>.")

    assert brief.blocks == {"topic": "Tides", "audience": "divers"}
    assert brief.topic == "Tides"
    assert brief.count("module", 0) == 3


def test_a_block_ends_only_with_its_own_code() -> None:
    brief = brief_of("<topic-1f3a9c>\na </topic-000000> b </topic>\n</topic-1f3a9c>")

    assert brief.blocks == {"topic": "a </topic-000000> b </topic>"}


def test_a_long_topic_is_cut_between_words() -> None:
    assert brief_of(f"<topic>{'currents ' * 30}</topic>").topic == " ".join(["currents"] * 7)


@pytest.mark.parametrize(
    ("sizes", "counts"),
    [
        ("4 modules with 4 lessons each, 16 lessons in all, 8 exercises in all", {"module": 4, "lesson in all": 16}),
        ("8 categories with 7 or 8 questions each, 60 questions in all", {"category": 8, "question in all": 60}),
        ("3 acts with 6, 12 and 6 chapters, 24 chapters in all; 48 scenes in all", {"act": 3, "chapter in all": 24}),
        ("12 steps, 2 of them decisions", {"step": 12, "decision": 2}),
        ("5 steps, none of them a decision", {"step": 5, "decision": 0}),
        ("24 concepts, at most 3 levels deep", {"concept": 24, "level deep": 3}),
        ("6 milestones with 3 activities each, 18 activities in all", {"milestone": 6, "activity in all": 18}),
    ],
)
def test_counts_are_read_from_the_words_of_a_plan(sizes: str, counts: dict[str, int]) -> None:
    brief = brief_of(f"Plan it: {sizes}.")

    assert {noun: brief.count(noun, -1) for noun in counts} == counts


def test_totals_come_from_groups_where_they_are_not_said() -> None:
    brief = brief_of("Write 4 modules with 3 lessons each.")

    assert (brief.total("module", "lesson", 0), brief.total("module", "exercise", 7)) == (12, 7)


def test_what_stands_in_a_block_is_no_count() -> None:
    assert brief_of("<topic>99 modules</topic> Write 2 modules.").count("module", 0) == 2


def test_the_passages_of_a_source_keep_their_labels() -> None:
    brief = brief_of(SOURCE)

    assert brief.passages == (
        Passage("p1", "The moon pulls at the sea. It pulls at the land as well!"),
        Passage("p2", "Sun and moon then pull the same way. The high water is higher than usual."),
        Passage("p3", "A week later they pull at right angles."),
    )
    assert brief.sentences[:2] == (("The moon pulls at the sea.", "p1"), ("It pulls at the land as well!", "p1"))


def test_only_sections_with_passages_and_nothing_below_them_are_to_be_shared_out() -> None:
    assert brief_of(SOURCE).sections == ("s3", "s5")


def test_a_plan_is_read_as_ids_with_what_they_stand_for() -> None:
    outline = (
        "<outline-1a2b3c>\nmodule_1 Moon\n  lesson_1_1 Springs\nstep_2 Sign the form (clerk) -> end\n</outline-1a2b3c>"
    )
    brief = brief_of(f'{outline}\n<part>{{"title": "Moon", "leaves": [{{"id": "lesson_1_1"}}]}}</part>')

    assert brief.planned == {"lesson_1_1": "Springs", "step_2": "Sign the form (clerk) -> end"}
    assert brief.leaves == ({"id": "lesson_1_1"},)


def test_the_cast_of_a_plan_is_read_from_its_lines() -> None:
    outline = "Characters: char_1 Mara Rask, protagonist; char_2 Emil Novak, ally\nThreads: thread_1 The brass key"

    assert brief_of(f"<outline>\n{outline}\n</outline>").cast == {
        "char_1": "Mara Rask",
        "char_2": "Emil Novak",
        "thread_1": "The brass key",
    }


@pytest.mark.parametrize("part", ["", "<part>no json</part>", "<part>[1]</part>", '<part>{"leaves": 3}</part>'])
def test_a_plan_that_cannot_be_read_is_none(part: str) -> None:
    assert brief_of(part).leaves == ()


@pytest.mark.parametrize(
    ("element", "name"),
    [
        (RequiredElement("Ann, the (elder) keeper"), "Ann, the (elder) keeper"),
        (RequiredElement("Ann", "character", 3, ("1.2", "scene_4_1")), "Ann"),
        (RequiredElement("Ann", None, 1, ("act_2",)), "Ann"),
        (RequiredElement("Ann", "object", 2), "Ann"),
    ],
)
def test_a_required_name_is_read_without_what_is_said_of_it(element: RequiredElement, name: str) -> None:
    line = requirements.line(StructureType.NOVEL, element)

    assert brief_of(f"<required-elements>\n- {line}\n</required-elements>").required == (name,)


def test_a_schema_is_found_and_is_no_part_of_the_instructions() -> None:
    prompt = 'Plan 2 modules.\n\nJSON Schema:\n{"type": "object", "description": "9 lessons"}\n\nOne object only.'

    assert schema_in(prompt) == {"type": "object", "description": "9 lessons"}
    assert brief_of(prompt).count("lesson", -1) == -1
    assert schema_in("JSON Schema:\nto follow") is None


def test_items_are_shared_out_in_runs_as_even_as_possible() -> None:
    assert shared_out("abcde", 3) == ["ab", "cd", "e"]
    assert shared_out("a", 3) == ["a", "", ""]
