"""A novel as asked of a model: what stands in the structure, and what each bad answer is told."""

from __future__ import annotations

from typing import Any

import pytest

from granulator.granulation.drafts.base import Fault
from granulator.granulation.drafts.novel import NovelDraft
from granulator.granulation.plan import Sizes
from tests.unit.granulation.drafts.samples import NOVEL, novel, outline, part_answer, planned, wanted

DRAFT = NovelDraft()


def read(answer: Any, **changes: Any) -> tuple[Any, list[Fault]]:
    structure, found = DRAFT.read_whole(answer, wanted(NOVEL, **changes))
    return structure, list(found)


def test_people_threads_and_scenes_get_ids_and_every_reference_follows() -> None:
    structure, found = read(novel())

    chapters = [chapter for act in structure["acts"] for chapter in act["chapters"]]
    assert found == []
    assert [one["id"] for one in structure["characters"]] == ["char_1", "char_2"]
    assert structure["plotThreads"] == [
        {"id": "thread_1", "name": "Who put out the lamp", "type": "main"}
        | {"setupScene": "scene_1_1", "payoffScene": "scene_4_2"},
        {"id": "thread_2", "name": "The missing boat", "type": "subplot"}
        | {"setupScene": "scene_2_1", "payoffScene": "scene_3_1"},
    ]
    assert [(one["id"], one["chapterNumber"], one["pov"]) for one in chapters] == [
        ("chapter_1", 1, "char_1"),
        ("chapter_2", 2, "char_1"),
        ("chapter_3", 3, "char_2"),
        ("chapter_4", 4, "char_1"),
    ]
    assert chapters[3] == {
        "id": "chapter_4",
        "chapterNumber": 4,
        "title": "The keeper speaks",
        "summary": "Bo confesses.",
        "pov": "char_1",
        "targetWords": 1800,
        "scenes": [
            {
                "id": "scene_4_1",
                "goal": "Ada wants him to talk",
                "conflict": "The keeper has locked every door.",
                "outcome": "It costs more than expected.",
                "characterIds": ["char_1", "char_2"],
                "threadIds": [],
                "location": "The lighthouse",
            },
            {
                "id": "scene_4_2",
                "goal": "Bo wants to light the lamp",
                "conflict": "The keeper has locked every door.",
                "outcome": "It costs more than expected.",
                "characterIds": ["char_2"],
                "threadIds": ["thread_1"],
                "location": "The lighthouse",
                "beat": "finale",
            },
        ],
    }


def test_the_words_of_the_book_are_the_sum_of_its_chapters() -> None:
    structure, _ = read(novel(), targets={"chapters": [1000, 2, 3, 4, 5]})

    assert structure["novelOverview"] == novel()["novelOverview"] | {"targetWords": 4000}


def test_without_scenes_threads_run_from_chapter_to_chapter() -> None:
    structure, found = read(novel(), sizes=Sizes(3, 4, 0))

    assert found == []
    assert {len(chapter["scenes"]) for act in structure["acts"] for chapter in act["chapters"]} == {0}
    assert [(one["setupScene"], one["payoffScene"]) for one in structure["plotThreads"]] == [
        ("chapter_1", "chapter_4"),
        ("chapter_2", "chapter_3"),
    ]


def test_a_chapter_is_planned_with_its_scenes_and_the_threads_it_begins_and_ends() -> None:
    part = DRAFT.parts(planned(NOVEL), 1)[3]

    assert part == {
        "group": 2,
        "title": "Light",
        "purpose": "The lamp burns again",
        "leaves": [
            {
                "id": "chapter_4",
                "chapterNumber": 4,
                "title": "The keeper speaks",
                "event": "What only The keeper speaks tells",
                "pov": "char_1",
                "paysOff": ["thread_1"],
                "scenes": 2,
                "targetWords": 1800,
            }
        ],
        "isFirst": True,
        "isLast": True,
        "neighbours": ["Dark", "Fog"],
        "sections": [],
    }


def test_a_chapter_with_another_number_of_scenes_than_planned_is_a_fault() -> None:
    plan = planned(NOVEL)
    part = DRAFT.parts(plan, 1)[3]
    answer = part_answer(NOVEL, part, plan)
    answer["chapters"][0]["scenes"].pop()

    assert DRAFT.read_part(part, answer, plan) == (
        {},
        (Fault("chapters[0].scenes", "has 1 scenes, exactly 2 are planned"),),
    )


def test_strangers_in_a_scene_are_left_out_unless_nobody_remains() -> None:
    answer = novel()
    answer["acts"][0]["chapters"][0]["scenes"][0]["characterIds"] = ["a passer-by", "ADA"]
    answer["acts"][1]["chapters"][0]["scenes"][0]["characterIds"] = ["a passer-by"]

    assert read(answer) == (
        {},
        [Fault("acts[1].chapters[0].scenes[0].characterIds", "names no planned character; use char_1, char_2")],
    )


def _nobody_leads(answer: Any) -> None:
    answer["characters"][0]["role"] = "ally"


def _no_main_thread(answer: Any) -> None:
    answer["plotThreads"][0]["type"] = "subplot"


def _paid_off_too_early(answer: Any) -> None:
    answer["plotThreads"][1]["payoffChapter"] = 2


def _paid_off_after_the_end(answer: Any) -> None:
    answer["plotThreads"][1]["payoffChapter"] = 5


def _told_by_a_stranger(answer: Any) -> None:
    answer["acts"][1]["chapters"][1]["pov"] = "Carl"


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (_nobody_leads, Fault("characters", "lacks a protagonist")),
        (_no_main_thread, Fault("plotThreads", "lacks a thread of type main")),
        (
            _paid_off_too_early,
            Fault("plotThreads[1].payoffChapter", "must come after setupChapter 2 and be at most 4, the last chapter"),
        ),
        (
            _paid_off_after_the_end,
            Fault("plotThreads[1].payoffChapter", "must come after setupChapter 2 and be at most 4, the last chapter"),
        ),
        (_told_by_a_stranger, Fault("acts[1].chapters[1].pov", '"Carl" is no character of this answer')),
    ],
)
def test_a_book_that_does_not_hold_together_is_a_fault_of_whole_and_outline(spoil: Any, fault: Fault) -> None:
    whole, plan = novel(), outline(NOVEL)
    spoil(whole)
    spoil(plan)

    assert read(whole)[1] == [fault]
    assert DRAFT.read_outline(plan, wanted(NOVEL)) == (None, (fault,))


def test_a_book_has_three_acts() -> None:
    answer = novel()
    answer["acts"][1]["chapters"] += answer["acts"].pop()["chapters"]

    assert Fault("acts", "has 2 acts, exactly 3 are wanted") in read(answer)[1]


def test_every_chapter_needs_a_scene_where_there_are_enough() -> None:
    answer = novel()
    answer["acts"][0]["chapters"][0]["scenes"] = []

    assert read(answer)[1] == [Fault("acts[0].chapters[0].scenes", "needs at least one scene")]


def test_a_thread_begins_in_the_first_scene_of_its_chapter() -> None:
    answer = novel()
    answer["acts"][0]["chapters"][0]["scenes"] *= 2

    structure, _ = read(answer)

    scenes = structure["acts"][0]["chapters"][0]["scenes"]
    assert structure["plotThreads"][0]["setupScene"] == "scene_1_1"
    assert [(scene["id"], scene["threadIds"]) for scene in scenes] == [("scene_1_1", ["thread_1"]), ("scene_1_2", [])]
