"""Novels: somebody whose story it is, a main thread, and payoffs after their setups."""

from __future__ import annotations

from typing import Any

import pytest

from granulator.granulation.checks import novel as checks
from tests.unit.granulation.samples import StructureType, clean, found, novel, put


@pytest.mark.parametrize("kind", StructureType)
@pytest.mark.parametrize("check", [checks.no_arc, checks.no_main_thread, checks.thread_unresolved])
def test_a_clean_structure_has_none_of_it(check: Any, kind: StructureType) -> None:
    assert found(check, clean(kind)) == []


def test_a_novel_without_a_protagonist_is_nobodys_story() -> None:
    structure = put(novel(), "characters[0].role", "other")

    assert found(checks.no_arc, structure) == [("no_arc", "characters")]


def test_a_novel_of_subplots_only_has_no_main_thread() -> None:
    structure = put(novel(), "plotThreads[0].type", "subplot")

    assert found(checks.no_main_thread, structure) == [("below_minimum", "plotThreads")]


@pytest.mark.parametrize("payoff", ["scene_1", "scene_2", "chapter_1"])
def test_a_thread_is_paid_off_after_it_was_set_up(payoff: str) -> None:
    structure = put(novel(), "plotThreads[1].payoffScene", payoff)

    assert found(checks.thread_unresolved, structure) == [("thread_unresolved", "plotThreads[1].payoffScene")]


def test_threads_may_name_chapters_where_there_are_no_scenes() -> None:
    structure = novel()
    for act in structure["acts"]:
        for chapter in act["chapters"]:
            chapter["scenes"] = []
    structure["plotThreads"][0] |= {"setupScene": "chapter_1", "payoffScene": "chapter_6"}
    structure["plotThreads"][1] |= {"setupScene": "chapter_4", "payoffScene": "chapter_2"}

    assert found(checks.thread_unresolved, structure) == [("thread_unresolved", "plotThreads[1].payoffScene")]
